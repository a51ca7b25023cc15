# SPDX-License-Identifier: AGPL-3.0-only
"""Logs in bulk: from an endpoint's JSON to fields, without web3.

Every value of the contracts' events has one word of 32 bytes, so a log is its topics and data put one after the other
and cut in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from struct import Struct
from typing import Any, Final

import msgspec

from tongxin.chain.abi import contract_abi, type_of
from tongxin.chain.primitives import keccak
from tongxin.index.errors import LogFormError

__all__ = ["CONTRACTS", "Entry", "Form", "WireHeader", "WireLog", "fields", "form", "forms", "some_fields"]

CONTRACTS: Final = ("Charter", "Fund", "Office", "Jury", "Court", "Assembly")
"""The contracts of a mutual that log."""

_WORD: Final = 32


class WireLog(msgspec.Struct, rename="camel", gc=False):
    """A log as `eth_getLogs` gives it."""

    address: str
    topics: list[str]
    data: str
    block_number: str
    block_hash: str
    transaction_hash: str
    transaction_index: str
    log_index: str


class WireHeader(msgspec.Struct, rename="camel", gc=False):
    """What is used of a block as `eth_getBlockByNumber` gives it."""

    number: str
    hash: str
    parent_hash: str
    timestamp: str


def _integer(word: bytes) -> int:
    return int.from_bytes(word)


def _address(word: bytes) -> bytes:
    return word[12:]


def _flag(word: bytes) -> bool:
    return word[-1] != 0


def _itself(word: bytes) -> bytes:
    return word


def _reader(kind: str) -> Callable[[bytes], Any]:
    if kind.startswith("uint"):
        return _integer
    try:
        return {"address": _address, "bool": _flag, "bytes32": _itself}[kind]
    except KeyError:
        raise LogFormError(f"events with a field of type {kind} cannot be decoded") from None


@dataclass(frozen=True)
class Form:
    """An event's fields in the order of its words: the indexed ones, then the others."""

    contract: str
    name: str
    topic: str
    indexed: int
    readers: tuple[tuple[str, Callable[[bytes], Any]], ...]

    @cached_property
    def length(self) -> int:
        """Bytes of its words."""
        return _WORD * len(self.readers)

    @cached_property
    def _cut(self) -> Struct:
        return Struct(f"{_WORD}s" * len(self.readers))

    @cached_property
    def places(self) -> dict[str, tuple[int, Callable[[bytes], Any]]]:
        """Where in its words each field begins, and how it is read."""
        return {name: (_WORD * number, read) for number, (name, read) in enumerate(self.readers)}

    @cached_property
    def member_at(self) -> int | None:
        """Where in its words a member's id begins, if it names one."""
        names = [name for name, _ in self.readers]
        return _WORD * names.index("member_id") if "member_id" in names else None

    def fields(self, words: bytes) -> dict[str, Any]:
        """The values by name: int, bool, 20 bytes of an address or 32 of a hash."""
        return {name: read(word) for (name, read), word in zip(self.readers, self._cut.unpack(words), strict=True)}

    def words(self, log: WireLog) -> bytes:
        """The words of a log.

        Raises:
            LogFormError: Their number is not the event's.
        """
        topics = log.topics
        words = bytes.fromhex("".join([topic[2:] for topic in topics[1:]]) + log.data[2:])
        if len(topics) != self.indexed + 1 or len(words) != self.length:
            raise LogFormError(
                f"log {int(log.log_index, 16)} of block {int(log.block_number, 16)} is no {self.name}: "
                "its length is wrong"
            )
        return words


@cache
def forms(contract: str) -> dict[str, Form]:
    """The events of a contract by their first topic."""
    found = {}
    for name, entry in contract_abi(contract).events.items():
        inputs = sorted(entry["inputs"], key=lambda item: not item["indexed"])
        kinds = ",".join(type_of(item) for item in entry["inputs"])
        topic = "0x" + keccak(f"{name}({kinds})".encode()).hex()
        readers = tuple((item["name"], _reader(item["type"])) for item in inputs)
        found[topic] = Form(contract, name, topic, sum(item["indexed"] for item in inputs), readers)
    return found


@cache
def form(contract: str, name: str) -> Form:
    """The form of one event.

    Raises:
        LogFormError: The contract has none of that name.
    """
    for found in forms(contract).values():
        if found.name == name:
            return found
    raise LogFormError(f"{contract} has no event {name}")


def fields(contract: str, name: str, words: bytes) -> dict[str, Any]:
    """The fields of a row of `events`: int, bool, 20 bytes of an address or 32 of a hash, by name."""
    return form(contract, name).fields(words)


def some_fields(contract: str, name: str, words: bytes, wanted: Iterable[str]) -> dict[str, Any]:
    """As `fields`, of those that are wanted, as far as the event has them."""
    places = form(contract, name).places
    found = ((field, places[field]) for field in wanted if field in places)
    return {field: read(words[at : at + _WORD]) for field, (at, read) in found}


class Entry(msgspec.Struct, gc=False):
    """One log of one mutual, sorted in and dated."""

    mutual: int
    block: int
    log_index: int
    time: int
    contract: str
    name: str
    transaction: bytes
    transaction_index: int
    words: bytes
