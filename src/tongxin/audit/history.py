# SPDX-License-Identifier: AGPL-3.0-only
"""Everything the chain logged about a mutual, in order, and whether the logs are what the receipts say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tongxin.audit.discovery import Parts
from tongxin.audit.reading import Reader
from tongxin.audit.report import Findings, Name
from tongxin.chain.endpoints import Endpoints, RequestRefusedError
from tongxin.chain.events import Event, RawLog, Transfer, Wired
from tongxin.chain.logs import Header, LogError, decode_log, fetch_logs, headers
from tongxin.chain.primitives import from_hex

__all__ = ["History", "Transaction", "read_history"]

HEADERS_AT_ONCE = 500
RECEIPTS_AT_ONCE = 50


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
        """Every event of the mutual's contracts."""
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


def _fund_topic(parts: Parts) -> bytes:
    return from_hex(parts.fund).rjust(32, b"\0")


def _fetch(endpoints: Endpoints, parts: Parts, last: int, done: Callable[[int], None] | None = None) -> list[RawLog]:
    """Logs of the mutual's contracts and the token's transfers from or to the fund, in the chain's order."""
    first = parts.first_block
    logs = list(fetch_logs(endpoints, list(parts.contracts()), first, last, progress=done))
    fund = _fund_topic(parts)
    seen = set()
    for topics in ((fund,), (None, fund)):
        for log in fetch_logs(endpoints, [parts.token], first, last, kinds=(Transfer,), topics=topics):
            if (log.block, log.index) not in seen:
                seen.add((log.block, log.index))
                logs.append(log)
    return sorted(logs, key=lambda log: (log.block, log.index))


def read_history(
    reader: Reader, parts: Parts, findings: Findings, progress: Callable[[str, int, int], None]
) -> History:
    """The history up to the reader's block.

    Every log is looked up in its receipt, and every receipt is searched for logs that were not shown. With several
    endpoints, each must show the same logs.
    """
    span = reader.block - parts.first_block + 1
    logs = _fetch(
        reader.endpoints, parts, reader.block, lambda block: progress("logs", block - parts.first_block + 1, span)
    )
    _compare_receipts(reader, parts, logs, findings, progress)
    _compare_endpoints(reader, parts, logs, findings)
    blocks = sorted({log.block for log in logs})
    times: dict[int, Header] = {}
    for start in range(0, len(blocks), HEADERS_AT_ONCE):
        for header in headers(reader.endpoints, blocks[start : start + HEADERS_AT_ONCE]):
            times[header.number] = header
        progress("blocks", min(start + HEADERS_AT_ONCE, len(blocks)), len(blocks))
    transactions: dict[str, Transaction] = {}
    for log in logs:
        transaction = transactions.setdefault(
            log.transaction, Transaction(log.transaction, log.block, times[log.block].timestamp)
        )
        _sort_in(transaction, log, parts, findings)
    findings.note(Name.LOGS, f"{len(logs)} logs of {len(transactions)} transactions agree with their receipts")
    return History(tuple(transactions.values()))


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


def _compare_receipts(
    reader: Reader,
    parts: Parts,
    logs: Sequence[RawLog],
    findings: Findings,
    progress: Callable[[str, int, int], None],
) -> None:
    shown: dict[str, list[RawLog]] = defaultdict(list)
    for log in logs:
        shown[log.transaction].append(log)
    hashes = list(shown)
    for start in range(0, len(hashes), RECEIPTS_AT_ONCE):
        part = hashes[start : start + RECEIPTS_AT_ONCE]
        answers = reader.endpoints.batch([("eth_getTransactionReceipt", [item]) for item in part])
        for transaction, receipt in zip(part, answers, strict=True):
            block = shown[transaction][0].block
            if isinstance(receipt, RequestRefusedError) or receipt is None:
                findings.fail(Name.LOGS, block, f"there is no receipt of transaction {transaction}")
                continue
            if int(receipt["status"], 16) != 1:
                findings.fail(Name.LOGS, block, f"transaction {transaction} failed and can't have logged anything")
            kept = list(_ours(map(RawLog.of_json, receipt["logs"]), parts))
            if kept != shown[transaction]:
                findings.fail(Name.LOGS, block, _difference(transaction, shown[transaction], kept))
        progress("receipts", start + len(part), len(hashes))


def _ours(logs: Iterable[RawLog], parts: Parts) -> Iterable[RawLog]:
    """Of a receipt's logs, those that `_fetch` asks for."""
    fund = _fund_topic(parts)
    contracts = parts.contracts()
    for log in logs:
        if log.address in contracts:
            yield log
        elif log.address == parts.token and fund in log.topics[1:3]:
            event = decode_log(log)
            if isinstance(event, Transfer):
                yield log


def _difference(transaction: str, shown: Sequence[RawLog], kept: Sequence[RawLog]) -> str:
    by_index = {log.index: log for log in kept}
    for log in shown:
        if log.index not in by_index:
            return f"log {log.index} of transaction {transaction} is not in its receipt"
        if log != by_index[log.index]:
            return f"log {log.index} of transaction {transaction} differs from its receipt"
    missing = sorted(set(by_index) - {log.index for log in shown})
    return f"log {missing[0]} in the receipt of transaction {transaction} was not shown" if missing else "order of logs"


def _compare_endpoints(reader: Reader, parts: Parts, logs: Sequence[RawLog], findings: Findings) -> None:
    for url in reader.endpoints.urls if len(reader.endpoints.urls) > 1 else ():
        with Endpoints([url], chain_id=reader.endpoints.chain_id) as alone:
            others = _fetch(alone, parts, reader.block)
        if others == list(logs):
            continue
        differing = set(others) ^ set(logs)
        block = min((log.block for log in differing), default=None)
        findings.fail(Name.LOGS, block, "the endpoints do not show the same logs: one of them is wrong")
