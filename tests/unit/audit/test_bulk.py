# SPDX-License-Identifier: AGPL-3.0-only
"""Enrolments in bulk against enrolments one by one: random stories, the same state, the same findings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.mutuals import ADDRESSES, FOUNDED, SPONSOR, START, member_id, terms, wallet
from tongxin.audit import run as _run  # noqa: F401 - registers what each event replays
from tongxin.audit.bulk import ENROLLED, EnrolledRun, Row, is_enrolled, run_of
from tongxin.audit.history import History, Transaction
from tongxin.audit.outcome import text
from tongxin.audit.replay import Replay
from tongxin.audit.report import Findings, Name
from tongxin.chain.events import BatchEnrolled, Enrolled, Event, RawLog, Transfer
from tongxin.chain.primitives import address_of
from tongxin.model import ModelRevert, Mutual
from tongxin.units import Address, MemberId
from tongxin.words import FUND_MEMBER

FUND = "0x" + "F" * 40
PAYER = text(SPONSOR)


@dataclass(frozen=True)
class Batch:
    """One call of `enrol`."""

    numbers: list[int]
    class_id: int
    tick: int
    wait: int


BATCHES = st.lists(
    st.builds(
        Batch,
        numbers=st.lists(st.integers(0, 40), max_size=12),
        class_id=st.integers(0, 3),
        tick=st.integers(5, 110),
        wait=st.sampled_from([0, 1, 3_600, 8 * 86_400]),
    ),
    max_size=8,
)


def founded() -> Mutual:
    mutual = Mutual(terms(entry_fee=7), FOUNDED, 1, ADDRESSES)
    mutual.token.mint(SPONSOR, 10**12)
    return mutual


def wallet_of(number: int) -> int:
    """Number 0 has none; some numbers share one."""
    return 0 if number == 0 else wallet(number % 30)


def enrol(mutual: Mutual, batch: Batch, numbers: list[int], now: int) -> int:
    ids, wallets = [member_id(number) for number in numbers], [wallet_of(number) for number in numbers]
    return mutual.enrol(ids, wallets, batch.class_id, batch.tick, now, now, True, SPONSOR, now=now)


def state(mutual: Mutual) -> dict[str, Any]:
    return {
        "words": mutual.words().all(),
        "wallets": dict(mutual.membership.wallets),
        "roundings": mutual.ledger.roundings,
        "held": mutual.token.held,
        "heads": mutual.ledger.heads,
    }


@settings(max_examples=150, deadline=None)
@given(BATCHES)
def test_a_batch_changes_the_model_as_its_people_one_by_one_do(batches: list[Batch]) -> None:
    together, apart = founded(), founded()
    now = START
    for batch in batches:
        now += batch.wait
        try:
            count = enrol(together, batch, batch.numbers, now)
        except ModelRevert:
            before = state(apart)
            with pytest.raises(ModelRevert):
                enrol(apart, batch, batch.numbers, now)
            assert state(apart) == before
            continue
        assert count == sum(enrol(apart, batch, [number], now) for number in batch.numbers)
        assert state(together) == state(apart)


def test_a_batch_that_reverts_late_leaves_nothing() -> None:
    mutual = founded()
    enrol(mutual, Batch([], 0, 50, 0), [1], START)
    before = state(mutual)

    def too_late() -> None:
        with mutual.journal.call():
            # Number 31 has the wallet of number 1, which must stay known.
            assert enrol(mutual, Batch([], 0, 60, 0), [31, 2, 3], START) == 3
            raise RuntimeError

    with pytest.raises(RuntimeError):
        too_late()
    assert state(mutual) == before


def story(batches: list[Batch]) -> list[Transaction]:
    """What the chain logs of these batches; those that revert log nothing."""
    mutual = founded()
    now, found = START, []
    for place, batch in enumerate(batches):
        now += batch.wait
        fresh = [
            n for n in dict.fromkeys(batch.numbers) if n and MemberId(member_id(n)) not in mutual.membership.members
        ]
        deposits, surplus, held = mutual.ledger.deposits, mutual.ledger.surplus, mutual.token.held
        try:
            count = enrol(mutual, batch, batch.numbers, now)
        except ModelRevert:
            continue
        log = RawLog(FUND, (), b"", place, f"0x{place:064x}", 0)
        transaction = Transaction(log.transaction, place, now)
        if fresh:
            members = [mutual.membership.members[MemberId(member_id(n))] for n in fresh]
            words = [FUND_MEMBER.pack(**one._replace(wallet=Address(0))._asdict()) for one in members]
            data = b"".join(
                one.wallet.to_bytes(32, "big") + word.to_bytes(32, "big")
                for one, word in zip(members, words, strict=True)
            )
            transaction.events.append(EnrolledRun(log=log, ids=b"".join(map(member_id, fresh)), data=data))
        price, fees = mutual.ledger.deposits - deposits, mutual.ledger.surplus - surplus
        skipped = len(batch.numbers) - count
        transaction.events.append(
            BatchEnrolled(log=log, payer=PAYER, count=count, skipped=skipped, price=price, entry_fees=fees)
        )
        paid = mutual.token.held - held
        if paid:
            transaction.transfers.append(Transfer(log=log, sender=PAYER, receiver=FUND, amount=paid))
        found.append(transaction)
    return found


def one_by_one(transactions: list[Transaction]) -> list[Transaction]:
    return [
        replace(
            item,
            events=[
                one for event in item.events for one in (event.events() if isinstance(event, EnrolledRun) else [event])
            ],
        )
        for item in transactions
    ]


def replayed(transactions: list[Transaction]) -> tuple[dict[str, Any], Findings, int]:
    mutual, findings = founded(), Findings()
    replay = Replay(
        mutual,
        fund=FUND,
        drafts={1: mutual.terms},
        findings=findings,
        block_hash=lambda block: block.to_bytes(32, "big"),
        has_history=lambda _lot, _block: False,
    )
    replay.run(History(tuple(transactions)))
    return state(mutual), findings, replay.events_replayed


@settings(max_examples=150, deadline=None)
@given(BATCHES)
def test_runs_are_replayed_as_their_events_are(batches: list[Batch]) -> None:
    transactions = story(batches)
    bulk, findings, count = replayed(transactions)
    plain, plain_findings, plain_count = replayed(one_by_one(transactions))
    assert bulk == plain
    assert not findings.failures()
    assert not plain_findings.failures()
    assert count == plain_count == sum(len(item.events) for item in one_by_one(transactions))


def tampered(run: EnrolledRun, how: str) -> list[Event]:
    match how:
        case "record":
            return [replace(run, data=run.data[:-1] + bytes([run.data[-1] ^ 2]))]
        case "id twice":
            return [replace(run, ids=run.ids[:32] + run.ids[:-32])]
        case "one hidden":
            return [replace(run, ids=run.ids[32:], data=run.data[64:])]
        case "no wallet":
            return [replace(run, data=bytes(32) + run.data[32:])]
        case _:
            return [run, run]


@pytest.mark.parametrize("how", ["record", "id twice", "one hidden", "no wallet", "run twice"])
def test_a_tampered_run_is_found_as_its_tampered_events_are(how: str) -> None:
    transactions = story([Batch([1, 2, 3, 4], 0, 50, 0), Batch([5, 6], 1, 60, 3_600)])
    run, batch = transactions[0].events
    assert isinstance(run, EnrolledRun)
    transactions[0] = replace(transactions[0], events=[*tampered(run, how), batch])
    _state, bulk, _count = replayed(transactions)
    _state, plain, _count = replayed(one_by_one(transactions))
    assert bulk.failures() == plain.failures() != ()
    assert {check.name for check in bulk.failures()} <= {Name.MEMBERSHIP, Name.TOKENS}


def test_rows_become_a_run_and_the_run_its_events() -> None:
    rows = [
        Row(
            address=FUND,
            topics=[ENROLLED, "0x" + member_id(number).hex()],
            data="0x" + wallet(number).to_bytes(32, "big").hex() + f"{number:064x}",
            block_number="0x5",
            transaction_hash="0x" + "11" * 32,
            log_index=hex(7 + number),
        )
        for number in range(3)
    ]
    assert all(map(is_enrolled, rows))
    run = run_of(rows)
    assert len(run) == 3
    events = run.events()
    assert [event.log.index for event in events] == [7, 8, 9]
    for number, event in enumerate(events):
        assert isinstance(event, Enrolled)
        assert (event.member_id, event.record) == (member_id(number), number)
        assert event.wallet == address_of(wallet(number).to_bytes(32, "big"))
    assert run.wallets() == [wallet(number) for number in range(3)]
    assert run.records() == [0, 1, 2]
    assert not is_enrolled(Row(FUND, [ENROLLED], rows[0].data, "0x5", "0x1", "0x0"))
    assert not is_enrolled(Row(FUND, rows[0].topics, rows[0].data + "00", "0x5", "0x1", "0x0"))
