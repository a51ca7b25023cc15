# SPDX-License-Identifier: AGPL-3.0-only
"""An error class per reason that a contract gives when it refuses a call: what happened, and what to do.

Each class names the reasons of the contracts' sources that it stands for; a test reads the sources and fails when a
reason has no class here. Nothing on the chain changed when one of these is raised.

    try:
        sender.send(fund.leave(member_id))
    except SettleFirst:
        sender.send(fund.settle_round())
"""

# ruff: noqa: N818 - a refusal is named by its reason, as in `except SettleFirst`

from __future__ import annotations

import inspect
from typing import ClassVar

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from tongxin.chain.endpoints import RequestRefusedError
from tongxin.chain.primitives import from_hex
from tongxin.errors import TongxinError

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")


class Reverted(TongxinError):
    """The contract refused the call."""

    reasons: ClassVar[tuple[str, ...]] = ()
    advice: ClassVar[str] = "read the reason, and the rule it names in docs/spec"
    _by_reason: ClassVar[dict[str, type[Reverted]]] = {}

    def __init_subclass__(cls, reasons: tuple[str, ...] = (), advice: str = "", **rest: object) -> None:
        super().__init_subclass__(**rest)
        cls.reasons = reasons
        cls.advice = advice or cls.advice
        for reason in reasons:
            if reason in Reverted._by_reason:
                raise TypeError(f"two classes for the reason '{reason}'")
            Reverted._by_reason[reason] = cls

    def __init__(self, reason: str, call: str = "") -> None:
        where = f" ({call})" if call else ""
        happened = inspect.cleandoc(type(self).__doc__ or reason).split("\n\n")[0].replace("\n", " ").rstrip(".")
        super().__init__(f"{happened}: {self.advice} [{reason or 'no reason given'}]{where}")
        self.reason = reason
        self.call = call

    @staticmethod
    def of(reason: str, call: str = "") -> Reverted:
        """The error for a reason; one that no class stands for becomes a plain `Reverted`."""
        kind = Reverted._by_reason.get(reason)
        if kind is None and reason.startswith(("erc20:", "eip712:", "ownable:", "ERC20", "mock:")):
            kind = TokenRefused
        return (kind or Reverted)(reason, call)


class TokenRefused(Reverted, advice="look at the payer's balance, allowance, signature and at the token's own rules"):
    """The token refused the payment."""


class OutOfRange(Reverted, advice="a number is too large or too small for the contract; check the arguments"):
    """The contract's arithmetic or a list went out of its range."""


class RefusedWithoutReason(Reverted, advice="check the contract's address, the arguments and the gas limit"):
    """The contract refused the call without a reason."""


def revert_of(error: RequestRefusedError, call: str = "") -> Reverted | None:
    """The refusal that an endpoint's error answer carries, or None if it is no revert."""
    text = error.reason
    if error.data is not None and len(error.data) > 2:
        return of_data(from_hex(error.data), call)
    if "revert" not in text.lower():
        return None
    _, found, reason = text.partition("reverted: ")
    return Reverted.of(reason, call) if found else RefusedWithoutReason("", call)


def of_data(data: bytes, call: str = "") -> Reverted:
    """The refusal that a call returned as bytes."""
    try:
        if data[:4] == _ERROR_STRING:
            return Reverted.of(str(decode(["string"], data[4:])[0]), call)
        if data[:4] == _PANIC:
            return OutOfRange(f"panic {decode(['uint256'], data[4:])[0]:#x}", call)
    except DecodingError:
        return RefusedWithoutReason(data.hex(), call)
    return RefusedWithoutReason(data.hex(), call)
