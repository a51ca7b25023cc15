# SPDX-License-Identifier: AGPL-3.0-only
"""Logs from the chain, in bulk: fetched over ranges that shrink when an endpoint refuses, decoded without web3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tongxin.chain.abi import contract_abi, type_of
from tongxin.chain.endpoints import Endpoints, NoEndpointError, RequestRefusedError
from tongxin.chain.events import EVENTS, Event, RawLog
from tongxin.chain.primitives import address_of, checksum, keccak
from tongxin.errors import TongxinError

__all__ = ["Header", "LogError", "decode_log", "decode_logs", "fetch_events", "fetch_logs", "headers"]

FIRST_SPAN: Final = 10_000
"""Blocks asked for at first; halved when an endpoint refuses, doubled when it does not."""
LARGEST_SPAN: Final = 1_000_000
_WORD: Final = 32


class LogError(TongxinError):
    """A log is not what its contract emits, or logs cannot be read."""


def _as_int(word: bytes) -> int:
    return int.from_bytes(word)


def _as_signed(word: bytes) -> int:
    return int.from_bytes(word, signed=True)


def _as_bool(word: bytes) -> bool:
    return word[-1] != 0


def _reader(kind: str) -> Callable[[bytes], object]:
    """How to read a value of a type from its word; the contracts' events have no others."""
    if kind == "address":
        return address_of
    if kind == "bool":
        return _as_bool
    if kind == "bytes32":
        return bytes
    if kind.startswith("uint"):
        return _as_int
    if kind.startswith("int"):
        return _as_signed
    raise LogError(f"events with a field of type {kind} cannot be decoded")


@dataclass(frozen=True)
class _Form:
    kind: type[Event]
    indexed: tuple[tuple[str, Callable[[bytes], object]], ...]
    plain: tuple[tuple[str, Callable[[bytes], object]], ...]


def field_name(name: str) -> str:
    """The name of an event's parameter as a field of its class."""
    return _RENAMED.get(name, name)


_RENAMED: Final = {"contract": "deployed", "value": "amount"}
"""`Event.contract` says who emits the event; the token's standard says `value` for an amount."""


@cache
def _forms() -> dict[bytes, _Form]:
    """How to decode each event, by its first topic."""
    forms: dict[bytes, _Form] = {}
    for (contract, name), kind in EVENTS.items():
        entry = contract_abi(contract).events[name]
        topic = keccak(f"{name}({','.join(type_of(item) for item in entry['inputs'])})".encode())
        parts = [(field_name(item["name"]), _reader(item["type"]), item["indexed"]) for item in entry["inputs"]]
        forms[topic] = _Form(
            kind,
            tuple((part, read) for part, read, indexed in parts if indexed),
            tuple((part, read) for part, read, indexed in parts if not indexed),
        )
    return forms


def topic_of(kind: type[Event]) -> bytes:
    """The first topic of an event's logs."""
    for topic, form in _forms().items():
        if form.kind is kind:
            return topic
    raise LogError(f"{kind.__name__} is no event of a contract")


def decode_log(log: RawLog) -> Event | None:
    """The event that a log is, or None if it is none of ours.

    Raises:
        LogError: It says it is one of ours, and its length is wrong.
    """
    form = _forms().get(log.topics[0]) if log.topics else None
    if form is None:
        return None
    if len(log.topics) != len(form.indexed) + 1 or len(log.data) != _WORD * len(form.plain):
        raise LogError(f"log {log.index} of block {log.block} is no {form.kind.__name__}: its length is wrong")
    values: dict[str, Any] = {}
    for (name, read), topic in zip(form.indexed, log.topics[1:], strict=True):
        values[name] = read(topic)
    data = log.data
    for place, (name, read) in enumerate(form.plain):
        values[name] = read(data[_WORD * place : _WORD * place + _WORD])
    return form.kind(log=log, **values)


def decode_logs(logs: Iterable[RawLog]) -> list[Event]:
    """The events among logs, in order; logs of other contracts are left out.

    Raises:
        LogError: As `decode_log`.
    """
    return [found for found in map(decode_log, logs) if found is not None]


def fetch_logs(
    endpoints: Endpoints,
    addresses: Sequence[str],
    first: int,
    last: int,
    *,
    kinds: Sequence[type[Event]] = (),
    topics: Sequence[bytes | None] = (),
    progress: Callable[[int], None] | None = None,
) -> Iterator[RawLog]:
    """The logs of contracts from block `first` to block `last`, both included, in the chain's order.

    Args:
        endpoints: Where to read.
        addresses: The contracts.
        first: The first block.
        last: The last block.
        kinds: Only these events; none named is all.
        topics: What the indexed fields after the event's kind must be; None is anything.
        progress: Called with the last block read.

    Raises:
        LogError: The endpoint refuses even a single block.
        EndpointError: No endpoint answers.
    """
    wanted: dict[str, Any] = {"address": [checksum(address) for address in addresses]}
    if kinds or topics:
        first_topic = ["0x" + topic_of(kind).hex() for kind in kinds] or None
        wanted["topics"] = [first_topic, *(None if topic is None else "0x" + topic.hex() for topic in topics)]
    span = FIRST_SPAN
    start = first
    while start <= last:
        end = min(start + span - 1, last)
        try:
            found = endpoints.request("eth_getLogs", wanted | {"fromBlock": hex(start), "toBlock": hex(end)})
        except (RequestRefusedError, NoEndpointError) as error:
            if end == start:
                if isinstance(error, NoEndpointError):
                    raise
                raise LogError(f"the logs of block {start} cannot be read: {error.reason}") from error
            span = (end - start + 1) // 2
            continue
        for raw in found:
            yield RawLog.of_json(raw)
        if progress is not None:
            progress(end)
        start = end + 1
        span = min(span * 2, LARGEST_SPAN)


def fetch_events(
    endpoints: Endpoints,
    addresses: Sequence[str],
    first: int,
    last: int,
    *,
    kinds: Sequence[type[Event]] = (),
    topics: Sequence[bytes | None] = (),
    progress: Callable[[int], None] | None = None,
) -> Iterator[Event]:
    """The events of contracts over a range of blocks; arguments and errors as `fetch_logs`."""
    for log in fetch_logs(endpoints, addresses, first, last, kinds=kinds, topics=topics, progress=progress):
        found = decode_log(log)
        if found is not None:
            yield found


@dataclass(frozen=True)
class Header:
    """What is read of a block: `timestamp` in seconds, hashes in 0x-hex."""

    number: int
    hash: str
    parent: str
    timestamp: int

    @classmethod
    def of_json(cls, raw: dict[str, Any]) -> Header:
        """From `eth_getBlockByNumber`."""
        return cls(int(raw["number"], 16), raw["hash"], raw["parentHash"], int(raw["timestamp"], 16))


def headers(endpoints: Endpoints, numbers: Iterable[int | str]) -> list[Header]:
    """The headers of blocks, by number or tag (`latest`, `finalized`), in order.

    Raises:
        LogError: The chain has no such block.
        EndpointError: No endpoint answers.
    """
    asked = [hex(number) if isinstance(number, int) else number for number in numbers]
    found = endpoints.batch([("eth_getBlockByNumber", [number, False]) for number in asked])
    for number, raw in zip(asked, found, strict=True):
        if not isinstance(raw, dict):
            raise LogError(f"the chain has no block {number}, or the endpoint does not show it")
    return [Header.of_json(raw) for raw in found]
