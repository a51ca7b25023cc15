# SPDX-License-Identifier: AGPL-3.0-only
"""What the classes of the contracts share: an address, endpoints, and how a call is encoded and read.

A reading method asks the chain at once, at the latest block or at the one named. An acting method sends nothing: it
returns an `Action`, for `Sender.send`, `Sender.send_many`, `Sender.simulate` or `Sender.estimate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from tongxin.artifacts import load
from tongxin.chain.abi import contract_abi
from tongxin.chain.endpoints import Endpoints, RequestRefusedError
from tongxin.chain.primitives import abi_encode, checksum, from_hex
from tongxin.chain.reverts import revert_of
from tongxin.chain.transactions import Action
from tongxin.chain.typed_data import Domain
from tongxin.errors import TongxinError

__all__ = ["LATEST", "Block", "Contract", "NotDeployedError", "deployment"]

Block = int | str
"""A block's number, or a tag such as `latest` or `finalized`."""
LATEST: Final = "latest"


class NotDeployedError(TongxinError):
    """There is no such contract at an address."""

    def __init__(self, contract: str, address: str, chain_id: int) -> None:
        super().__init__(
            f"there is no {contract} of this version of Tongxin at {address} on chain {chain_id}; "
            "check the address and the endpoint"
        )
        self.contract = contract
        self.address = address
        self.chain_id = chain_id


class Contract:
    """One deployed contract.

    Args:
        endpoints: Where to read.
        address: Where it stands.

    Raises:
        AddressError: The address is none.
    """

    artifact: ClassVar[str] = ""
    """Name of the compiled contract."""

    def __init__(self, endpoints: Endpoints, address: str) -> None:
        self.endpoints = endpoints
        self.address = checksum(address)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address})"

    def code(self, block: Block = LATEST) -> bytes:
        """The code on the chain; empty when there is none."""
        return from_hex(self.endpoints.request("eth_getCode", self.address, tag(block)))

    def check(self) -> None:
        """Makes sure that the contract's own code stands at the address.

        Raises:
            NotDeployedError: It does not.
        """
        if not load(self.artifact).is_code_of(self.code()):
            raise NotDeployedError(self.artifact, self.address, self.endpoints.chain_id)

    def storage(self, slot: int, block: Block = LATEST) -> bytes:
        """One storage slot, 32 bytes."""
        return from_hex(self.endpoints.request("eth_getStorageAt", self.address, hex(slot), tag(block)))

    def domain(self, block: Block = LATEST) -> Domain:
        """The contract's EIP-712 domain, as it says itself (EIP-5267).

        Raises:
            AbiError, Reverted, NotDeployedError: It has none, or does not say it.
        """
        _fields, name, version, chain_id, contract, _salt, _extensions = self._read("eip712Domain", block=block)
        return Domain(str(name), str(version), int(chain_id), str(contract))

    def _act(self, function: str, *arguments: Any) -> Action:
        form = contract_abi(self.artifact).function(function, len(arguments))
        return Action(self.artifact, function, self.address, form.encode(arguments))

    def _read(self, function: str, *arguments: Any, block: Block = LATEST) -> Any:
        form = contract_abi(self.artifact).function(function, len(arguments))
        call = {"to": self.address, "data": "0x" + form.encode(arguments).hex()}
        try:
            answer = self.endpoints.request("eth_call", call, tag(block))
        except RequestRefusedError as error:
            reverted = revert_of(error, f"{self.artifact}.{function}")
            raise (reverted or error) from error
        if answer == "0x":
            raise NotDeployedError(self.artifact, self.address, self.endpoints.chain_id)
        return form.decode(from_hex(answer))

    def _read_many(self, function: str, arguments: Sequence[tuple[Any, ...]], block: Block = LATEST) -> list[Any]:
        """The same function for many arguments, in few requests."""
        if not arguments:
            return []
        form = contract_abi(self.artifact).function(function, len(arguments[0]))
        answers = self.endpoints.batch(
            [
                ("eth_call", [{"to": self.address, "data": "0x" + form.encode(item).hex()}, tag(block)])
                for item in arguments
            ]
        )
        results = []
        for answer in answers:
            if isinstance(answer, RequestRefusedError):
                reverted = revert_of(answer, f"{self.artifact}.{function}")
                raise (reverted or answer) from answer
            if answer == "0x":
                raise NotDeployedError(self.artifact, self.address, self.endpoints.chain_id)
            results.append(form.decode(from_hex(answer)))
        return results


def deployment(artifact: str, *arguments: Any) -> Action:
    """The creation of a compiled contract; the receipt's `contract_address` tells where it stands."""
    encoded = abi_encode(list(contract_abi(artifact).constructor), list(arguments))
    return Action(artifact, "__init__", None, load(artifact).bytecode + encoded)


def tag(block: Block) -> str:
    """A block's number as JSON-RPC writes it; a tag as it is."""
    return hex(block) if isinstance(block, int) else block
