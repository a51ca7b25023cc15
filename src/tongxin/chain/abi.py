# SPDX-License-Identifier: AGPL-3.0-only
"""Encoding of calls and decoding of results, from a compiled contract's ABI.

A Vyper function whose last parameters have defaults stands several times in the ABI, once per number of parameters;
the number of arguments chooses among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError, EncodingError

from tongxin.artifacts import load
from tongxin.chain.primitives import abi_encode, address_of, from_hex, keccak
from tongxin.errors import TongxinError

__all__ = ["AbiError", "AbiFunction", "ContractAbi", "contract_abi", "type_of"]


_FURTHER_PARTS: Final = {"Fund": ("FundAnnex", "FundStages")}
"""The Fund runs their code at its own address, so that callers see one contract."""


class AbiError(TongxinError):
    """Arguments do not fit a function, or an answer is not what the function returns."""


def type_of(parameter: dict[str, Any]) -> str:
    """The canonical type of an ABI parameter, structs written as tuples."""
    kind = str(parameter["type"])
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(type_of(part) for part in parameter["components"]) + ")" + kind.removeprefix("tuple")


def _parts(kind: str) -> list[str]:
    """The types in a tuple type without its brackets."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(kind):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append(kind[start:place])
            start = place + 1
    return [*parts, kind[start:]]


def _readable(item: Any, kind: str) -> Any:
    """A decoded value with addresses in EIP-55 form, those in lists and structs too."""
    if "address" not in kind:
        return item
    if kind == "address":
        return address_of(from_hex(item))
    if kind.endswith("]"):
        return [_readable(part, kind[: kind.rindex("[")]) for part in item]
    return tuple(_readable(part, inner) for part, inner in zip(item, _parts(kind[1:-1]), strict=True))


@dataclass(frozen=True)
class AbiFunction:
    """One form of one function."""

    contract: str
    name: str
    inputs: tuple[str, ...]
    input_names: tuple[str, ...]
    outputs: tuple[str, ...]
    selector: bytes
    reads_only: bool

    def encode(self, arguments: tuple[Any, ...]) -> bytes:
        """Call data.

        Raises:
            AbiError: An argument does not fit its type.
        """
        try:
            return self.selector + abi_encode(list(self.inputs), list(arguments))
        except (EncodingError, TypeError, ValueError) as error:
            raise AbiError(f"{self.contract}.{self.name}: an argument does not fit its type: {error}") from error

    def decode_arguments(self, data: bytes) -> dict[str, Any]:
        """The arguments in call data of this function, by name.

        Raises:
            AbiError: It is not.
        """
        if data[:4] != self.selector:
            raise AbiError(f"this is no call of {self.contract}.{self.name}")
        values = self._decode(self.inputs, data[4:])
        return dict(zip(self.input_names, values, strict=True))

    def decode(self, data: bytes) -> Any:
        """The result: one value, or a tuple of several, or None.

        Raises:
            AbiError: There is no such contract at the address, or it is another one.
        """
        values = self._decode(self.outputs, data)
        if not values:
            return None
        return values[0] if len(values) == 1 else tuple(values)

    def _decode(self, kinds: tuple[str, ...], data: bytes) -> list[Any]:
        try:
            values = decode(list(kinds), data)
        except DecodingError as error:
            raise AbiError(
                f"the answer to {self.contract}.{self.name} is not what that contract returns; is the address right?"
            ) from error
        return [_readable(item, kind) for item, kind in zip(values, kinds, strict=True)]


class ContractAbi:
    """All functions and events of one contract, those of its further parts included."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.functions: dict[str, dict[int, AbiFunction]] = {}
        self.events: dict[str, dict[str, Any]] = {}
        self.constructor: tuple[str, ...] = ()
        for entry in (entry for part in (name, *_FURTHER_PARTS.get(name, ())) for entry in load(part).abi):
            if entry["type"] == "constructor" and not self.constructor:
                self.constructor = tuple(type_of(item) for item in entry["inputs"])
            elif entry["type"] == "event":
                self.events[entry["name"]] = entry
            elif entry["type"] == "function":
                function = self._function(entry)
                self.functions.setdefault(function.name, {})[len(function.inputs)] = function
        self._by_selector = {form.selector: form for forms in self.functions.values() for form in forms.values()}

    def _function(self, entry: dict[str, Any]) -> AbiFunction:
        inputs = tuple(type_of(item) for item in entry["inputs"])
        return AbiFunction(
            contract=self.name,
            name=entry["name"],
            inputs=inputs,
            input_names=tuple(item["name"] for item in entry["inputs"]),
            outputs=tuple(type_of(item) for item in entry["outputs"]),
            selector=keccak(f"{entry['name']}({','.join(inputs)})".encode())[:4],
            reads_only=entry["stateMutability"] in {"view", "pure"},
        )

    def function(self, name: str, arguments: int) -> AbiFunction:
        """The form of a function that takes so many arguments.

        Raises:
            AbiError: There is none.
        """
        forms = self.functions.get(name, {})
        if arguments not in forms:
            raise AbiError(f"{self.name} has no function {name} with {arguments} arguments (it has {sorted(forms)})")
        return forms[arguments]

    def function_of(self, data: bytes) -> AbiFunction | None:
        """The function that call data names, or None."""
        return self._by_selector.get(data[:4])


@cache
def contract_abi(name: str) -> ContractAbi:
    """The ABI of a compiled contract, as in `contract_abi("Fund")`."""
    return ContractAbi(name)
