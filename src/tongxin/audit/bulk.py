# SPDX-License-Identifier: AGPL-3.0-only
"""Logs in bulk: decoded straight from the endpoint's JSON, range by range, enrolments kept as plain bytes.

A batch enrolment logs one event of fixed size per person. A million of them as objects would take gigabytes; as an
`EnrolledRun` they take 96 bytes each, and are turned into events only where something is wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

from tongxin.chain.endpoints import Endpoints, NoEndpointError, RequestRefusedError, TooLargeError
from tongxin.chain.events import Enrolled, Event, RawLog, Transfer
from tongxin.chain.logs import LogError, topic_of
from tongxin.chain.primitives import address_of, from_hex

__all__ = ["ENROLLED", "TRANSFER", "EnrolledRun", "Range", "ReceiptRow", "Row", "is_enrolled", "ranges", "run_of"]

FIRST_SPAN: Final = 64
LARGEST_SPAN: Final = 1_000_000
WANTED_LOGS: Final = 20_000
"""About so many logs are asked for at once: the span of blocks grows and shrinks towards it."""
TOO_LARGE: Final = 64
"""After an answer too large to read the span is cut to this part: a busy time has begun, and each try costs much."""
ENROLLED: Final = "0x" + topic_of(Enrolled).hex()
TRANSFER: Final = "0x" + topic_of(Transfer).hex()
_ID, _WORD = 32, 32


class Row(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A log in the endpoint's own hex."""

    address: str
    topics: list[str]
    data: str
    block_number: str
    transaction_hash: str
    log_index: str

    @property
    def place(self) -> tuple[int, int]:
        """Block and place in it."""
        return int(self.block_number, 16), int(self.log_index, 16)

    def raw(self) -> RawLog:
        """The same as bytes."""
        return RawLog(
            address=address_of(from_hex(self.address)),
            topics=tuple(from_hex(topic) for topic in self.topics),
            data=from_hex(self.data),
            block=int(self.block_number, 16),
            transaction=self.transaction_hash,
            index=int(self.log_index, 16),
        )


class ReceiptRow(msgspec.Struct, frozen=True):
    """What is read of a receipt."""

    status: str
    logs: list[Row]


@dataclass(frozen=True, kw_only=True)
class EnrolledRun(Event):
    """Consecutive `Enrolled` events of one transaction.

    Attributes:
        ids: The member ids, 32 bytes each.
        data: The events' data: wallet and record, a word of 32 bytes each.
    """

    contract = "Fund"

    ids: bytes
    data: bytes

    def __len__(self) -> int:
        return len(self.ids) // _ID

    def member_ids(self) -> list[bytes]:
        """The ids one by one."""
        return [self.ids[place : place + _ID] for place in range(0, len(self.ids), _ID)]

    def wallets(self) -> list[int]:
        """The wallets as numbers."""
        data = self.data
        return [int.from_bytes(data[place : place + _WORD]) for place in range(0, len(data), 2 * _WORD)]

    def wallet_words(self) -> bytes:
        """The wallets, a word of 32 bytes each."""
        return b"".join(self.data[place : place + _WORD] for place in range(0, len(self.data), 2 * _WORD))

    def records(self) -> list[int]:
        """The lower 96 bits of each member word."""
        data = self.data
        return [int.from_bytes(data[place : place + _WORD]) for place in range(_WORD, len(data), 2 * _WORD)]

    def events(self) -> list[Event]:
        """The same one by one; their logs have their own places and no bytes."""
        log = self.log
        return [
            Enrolled(
                log=RawLog(log.address, (), b"", log.block, log.transaction, log.index + place),
                member_id=member_id,
                wallet=address_of(wallet.to_bytes(_WORD, "big")),
                record=record,
            )
            for place, (member_id, wallet, record) in enumerate(
                zip(self.member_ids(), self.wallets(), self.records(), strict=True)
            )
        ]


def is_enrolled(row: Row) -> bool:
    """Whether a log of the Fund is an `Enrolled` of the right size."""
    return row.topics[:1] == [ENROLLED] and len(row.topics) == 2 and len(row.data) == 2 + 4 * _WORD


def run_of(rows: Sequence[Row]) -> EnrolledRun:
    """Consecutive `Enrolled` logs as one run."""
    first = rows[0]
    block, index = first.place
    return EnrolledRun(
        log=RawLog(address_of(from_hex(first.address)), (), b"", block, first.transaction_hash, index),
        ids=bytes.fromhex("".join(row.topics[1][2:] for row in rows)),
        data=bytes.fromhex("".join(row.data[2:] for row in rows)),
    )


class Range(NamedTuple):
    """All logs wanted of some consecutive blocks, in order."""

    first: int
    last: int
    rows: list[Row]


def ranges(endpoints: Endpoints, filters: Sequence[dict[str, Any]], first: int, last: int) -> Iterator[Range]:
    """Logs by `eth_getLogs` over ranges of blocks whose length follows the number of logs found.

    Args:
        endpoints: Where to read.
        filters: What is wanted, as `eth_getLogs` takes it without the blocks; a log that two filters find comes once.
        first: The first block.
        last: The last one.

    Raises:
        LogError: The endpoint refuses even a single block.
        EndpointError: No endpoint answers.
    """
    span, start = FIRST_SPAN, first
    while start <= last:
        end = min(start + span - 1, last)
        try:
            rows = _rows_between(endpoints, filters, start, end)
        except (RequestRefusedError, NoEndpointError) as error:
            if end == start:
                if isinstance(error, NoEndpointError):
                    raise
                raise LogError(f"the logs of block {start} cannot be read: {error.reason}") from error
            span = max(1, (end - start + 1) // (TOO_LARGE if isinstance(error, TooLargeError) else 2))
            continue
        yield Range(start, end, rows)
        start = end + 1
        if len(rows) > WANTED_LOGS:
            span = max(1, span // 2)
        elif 4 * len(rows) < WANTED_LOGS:
            span = min(2 * span, LARGEST_SPAN)


def _rows_between(endpoints: Endpoints, filters: Sequence[dict[str, Any]], first: int, last: int) -> list[Row]:
    """The logs of some blocks, in order.

    Raises:
        RequestRefusedError: The endpoint refuses so many.
        EndpointError: No endpoint answers.
    """
    found: dict[tuple[int, int], Row] = {}
    for wanted in filters:
        asked = wanted | {"fromBlock": hex(first), "toBlock": hex(last)}
        for row in endpoints.request_as(list[Row], "eth_getLogs", asked) or []:
            found[row.place] = row
    return [found[place] for place in sorted(found)]
