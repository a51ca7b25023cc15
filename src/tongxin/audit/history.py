# SPDX-License-Identifier: AGPL-3.0-only
"""Everything the chain logged about a mutual, in order, and whether the logs are what the receipts say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from tongxin.audit.bulk import TRANSFER, ReceiptRow, Row, is_enrolled, ranges, run_of
from tongxin.audit.discovery import Parts
from tongxin.audit.reading import Reader
from tongxin.audit.report import Findings, Name
from tongxin.chain.endpoints import Endpoints, RequestRefusedError
from tongxin.chain.events import Event, RawLog, Transfer, Wired
from tongxin.chain.logs import LogError, decode_log, headers
from tongxin.proof.agreement import alone

__all__ = ["History", "Transaction", "read_history"]

RECEIPTS_AT_ONCE = 50
LOGS_AT_ONCE = 10_000
"""Receipts are asked for until they hold so many logs of ours."""


@dataclass
class Transaction:
    """One transaction that touched the mutual: its events and the token's transfers from and to the fund, in order."""

    hash: str
    block: int
    time: int
    events: list[Event] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)


@dataclass(frozen=True)
class History:
    """All transactions in order."""

    transactions: tuple[Transaction, ...]

    def events(self) -> list[Event]:
        """Every event of the mutual's contracts; those of a batch enrolment as one `EnrolledRun`."""
        return [event for transaction in self.transactions for event in transaction.events]

    def wired_block(self) -> int:
        """The block in which the founding ended; 0 if it never did."""
        return next((event.log.block for event in self.events() if isinstance(event, Wired)), 0)

    def wired_at(self) -> int | None:
        """The time at which the founding ended."""
        return next((item.time for item in self.transactions if any(isinstance(e, Wired) for e in item.events)), None)

    def blocks(self) -> list[int]:
        """The blocks in which something happened, in order."""
        return sorted({transaction.block for transaction in self.transactions})


@dataclass(frozen=True)
class _Wanted:
    """The logs that belong to the mutual: its contracts', and the token's transfers from and to its fund."""

    contracts: frozenset[str]
    token: str
    fund_topic: str

    @classmethod
    def of(cls, parts: Parts) -> _Wanted:
        return cls(
            frozenset(address.lower() for address in parts.contracts()),
            parts.token.lower(),
            "0x" + parts.fund[2:].lower().rjust(64, "0"),
        )

    def filters(self, parts: Parts) -> list[dict[str, object]]:
        """For `eth_getLogs`."""
        return [
            {"address": list(parts.contracts())},
            {"address": [parts.token], "topics": [TRANSFER, self.fund_topic]},
            {"address": [parts.token], "topics": [TRANSFER, None, self.fund_topic]},
        ]

    def __contains__(self, row: Row) -> bool:
        address = row.address.lower()
        if address in self.contracts:
            return True
        topics = [topic.lower() for topic in row.topics]
        return address == self.token and topics[:1] == [TRANSFER] and self.fund_topic in topics[1:3]


def read_history(
    reader: Reader, parts: Parts, findings: Findings, progress: Callable[[str, int, int], None]
) -> History:
    """The history up to the reader's block.

    Every log is looked up in its receipt, and every receipt is searched for logs that were not shown. With several
    endpoints, each must show the same logs. All of it goes range by range, so that memory holds one range's answers.
    """
    wanted = _Wanted.of(parts)
    filters = wanted.filters(parts)
    span = reader.block - parts.first_block + 1
    transactions: list[Transaction] = []
    count = 0
    with ExitStack() as closing:
        singles = closing.enter_context(alone(reader.endpoints)) if len(reader.endpoints.urls) > 1 else []
        for first, last, rows in ranges(reader.endpoints, filters, parts.first_block, reader.block):
            _compare_endpoints(singles, filters, (first, last), rows, findings)
            shown: dict[str, list[Row]] = defaultdict(list)
            for row in rows:
                shown[row.transaction_hash].append(row)
            _compare_receipts(reader, wanted, shown, findings)
            times = _times(reader, rows)
            for transaction, own in shown.items():
                block = own[0].place[0]
                transactions.append(_decoded(Transaction(transaction, block, times[block]), own, parts, findings))
            count += len(rows)
            progress("logs", last - parts.first_block + 1, span)
    findings.note(Name.LOGS, f"{count} logs of {len(transactions)} transactions agree with their receipts")
    return History(tuple(transactions))


def _times(reader: Reader, rows: Sequence[Row]) -> dict[int, int]:
    """When each block was, in seconds since 1970."""
    blocks = sorted({row.place[0] for row in rows})
    return {header.number: header.timestamp for header in headers(reader.endpoints, blocks)}


def _decoded(transaction: Transaction, rows: Sequence[Row], parts: Parts, findings: Findings) -> Transaction:
    """A transaction with its logs as events; enrolments that follow one another become one run."""
    fund = parts.fund.lower()
    enrolled: list[Row] = []

    def end_run() -> None:
        if enrolled:
            transaction.events.append(run_of(enrolled))
            enrolled.clear()

    for row in rows:
        if is_enrolled(row) and row.address.lower() == fund:
            enrolled.append(row)
        else:
            end_run()
            _sort_in(transaction, row.raw(), parts, findings)
    end_run()
    return transaction


def _sort_in(transaction: Transaction, log: RawLog, parts: Parts, findings: Findings) -> None:
    try:
        event = decode_log(log)
    except LogError as error:
        findings.fail(Name.LOGS, log.block, str(error))
        return
    if log.address == parts.token:
        if isinstance(event, Transfer):
            transaction.transfers.append(event)
        return
    contract = parts.contracts().get(log.address)
    # The Fund runs the annex's code, whose events are the Fund's own.
    if event is None or event.contract != contract:
        findings.fail(Name.LOGS, log.block, f"log {log.index} of {log.address} is no event of the {contract}")
        return
    transaction.events.append(event)


def _compare_receipts(reader: Reader, wanted: _Wanted, shown: dict[str, list[Row]], findings: Findings) -> None:
    for part in _portions(shown):
        answers = reader.endpoints.batch_as(ReceiptRow, [("eth_getTransactionReceipt", [item]) for item in part])
        for transaction, receipt in zip(part, answers, strict=True):
            block = shown[transaction][0].place[0]
            if isinstance(receipt, RequestRefusedError) or receipt is None:
                findings.fail(Name.LOGS, block, f"there is no receipt of transaction {transaction}")
                continue
            if int(receipt.status, 16) != 1:
                findings.fail(Name.LOGS, block, f"transaction {transaction} failed and can't have logged anything")
            kept = [row for row in receipt.logs if row in wanted]
            if kept != shown[transaction]:
                why = _difference(transaction, _raw(shown[transaction]), _raw(kept))
                if why is not None:
                    findings.fail(Name.LOGS, block, why)


def _portions(shown: dict[str, list[Row]]) -> Iterator[list[str]]:
    """Transactions in portions whose receipts are not too large."""
    part: list[str] = []
    logs = 0
    for transaction, rows in shown.items():
        part.append(transaction)
        logs += len(rows)
        if len(part) == RECEIPTS_AT_ONCE or logs >= LOGS_AT_ONCE:
            yield part
            part, logs = [], 0
    if part:
        yield part


def _raw(rows: Sequence[Row]) -> list[RawLog]:
    return [row.raw() for row in rows]


def _difference(transaction: str, shown: Sequence[RawLog], kept: Sequence[RawLog]) -> str | None:
    """What a receipt says otherwise; None if they differ in the letters' case alone."""
    if list(shown) == list(kept):
        return None
    by_index = {log.index: log for log in kept}
    for log in shown:
        if log.index not in by_index:
            return f"log {log.index} of transaction {transaction} is not in its receipt"
        if log != by_index[log.index]:
            return f"log {log.index} of transaction {transaction} differs from its receipt"
    missing = sorted(set(by_index) - {log.index for log in shown})
    return f"log {missing[0]} in the receipt of transaction {transaction} was not shown" if missing else "order of logs"


def _compare_endpoints(
    singles: Sequence[Endpoints],
    filters: Sequence[dict[str, object]],
    blocks: tuple[int, int],
    rows: Sequence[Row],
    findings: Findings,
) -> None:
    for one in singles:
        others = [row for part in ranges(one, filters, *blocks) for row in part.rows]
        if others == list(rows):
            continue
        differing = set(_raw(others)) ^ set(_raw(rows))
        if differing:
            block = min(log.block for log in differing)
            findings.fail(Name.LOGS, block, "the endpoints do not show the same logs: one of them is wrong")
