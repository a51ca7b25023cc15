# SPDX-License-Identifier: AGPL-3.0-only
"""R-45, R-51 and R-62: who was covered on a day, and for how much."""

from __future__ import annotations

import pytest

from support.mutuals import FOUNDED, HOUR, START, Village, member_id, terms, wallet
from tongxin.model import Mutual
from tongxin.model.charter import Charter
from tongxin.model.cover import (
    NEVER,
    DayRecord,
    awarded_on,
    base_amount,
    day_number,
    day_start,
    due_at,
    full_amount,
    record_on,
)
from tongxin.model.cover import covered as covers
from tongxin.model.journal import Journal
from tongxin.model.membership import History, Member
from tongxin.model.terms import Step, Terms
from tongxin.units import DAY, Bps, ClassId, Index, Seconds, Shares, Tick
from tongxin.units import Hour as Hours
from tongxin.words import MemberStatus

S = MemberStatus
JOINED = START // HOUR


def member(status: MemberStatus = S.OCCUPIED, tick: int = 60, joined: int = JOINED, class_id: int = 0) -> Member:
    return Member(wallet(1), Tick(tick), Shares(1_000), Hours(joined), ClassId(class_id), status)


def history(changed: int, status: MemberStatus = S.OCCUPIED, class_id: int = 1, exited: int = 0) -> History:
    return History(
        Tick(50), Shares(500), Hours(JOINED), ClassId(class_id), status, Hours(changed), Hours(0), Hours(exited)
    )


def covered(record: DayRecord, mutual: Mutual, benefit: int, start: int) -> bool:
    awarded = awarded_on(mutual.charter, record, benefit, start)
    kind = mutual.terms.benefits[benefit].kind
    return covers(record, mutual.ledger, mutual.stages, kind, awarded, start)


def full(rules: Terms, past: History, record: DayRecord, start: int) -> int:
    charter = Charter(Journal(), rules, 0)
    return full_amount(charter, past, record, 0, awarded_on(charter, record, 0, start), start)


@pytest.mark.parametrize(("zone", "time", "day"), [(0, DAY, 1), (28_800, 57_599, 0), (28_800, 57_600, 1), (-1, 0, -1)])
def test_day_numbers_follow_the_zone(zone: int, time: int, day: int) -> None:
    assert day_number(time, zone) == day
    assert day_start(day, zone) <= time < day_start(day + 1, zone)


def test_r45_the_record_of_the_day() -> None:
    changed = JOINED + 100
    record = record_on(member(), history(changed), changed * HOUR - 1)
    assert (record.tick, record.class_id, record.exit) == (50, 1, NEVER)
    assert record_on(member(), history(changed), changed * HOUR).tick == 60
    assert record_on(member(), History(), 0).tick == 60


def test_r51_exit_belongs_to_the_record_that_exited() -> None:
    gone, changed = S.OCCUPIED | S.LEAVING | S.EXITED, JOINED + 100
    early, late = (changed - 1) * HOUR, changed * HOUR
    assert record_on(member(gone), history(0, exited=7), late).exit == 7 * HOUR
    assert record_on(member(), history(changed, gone, exited=7), early).exit == 7 * HOUR
    assert record_on(member(), history(changed, gone, exited=7), late).exit == NEVER
    assert record_on(member(gone), history(changed, gone, exited=7), early).exit == 0


def test_r51_waiting_lapse_and_exit_bound_the_cover() -> None:
    village = Village.found()
    village.join(1, tick=10)
    village.join(2, tick=60)
    ledger, mutual = village.mutual.ledger, village.mutual
    begins = START + 30 * DAY
    record = record_on(village.mutual.membership.member(member_id(1)), History(), begins)
    assert covered(record, mutual, 0, begins)
    assert not covered(record, mutual, 0, begins - 1)
    ledger.collect(20_000, 10 * ledger.terms.spacing, begins + 5)
    assert covered(record, mutual, 0, begins + 4)
    assert not covered(record, mutual, 0, begins + 5)
    assert not covered(record._replace(exit=begins), mutual, 0, begins)


def test_r51_a_contribution_refund_is_for_the_waiting_time() -> None:
    village = Village.found()
    village.join(1, tick=10)
    record = record_on(village.mutual.membership.member(member_id(1)), History(), START)
    for time, is_covered in (
        (START - 1, False),
        (START, True),
        (START + 30 * DAY - 1, True),
        (START + 30 * DAY, False),
    ):
        assert covered(record, village.mutual, 2, time) is is_covered


def test_r45_fresh_waiting_takes_the_smaller_amount() -> None:
    rules = terms()
    changed = JOINED + 2_000
    for class_id, before, time, amount in (
        (0, 1, changed * HOUR, 5_000),
        (0, 1, changed * HOUR + 30 * DAY - 1, 5_000),
        (0, 1, changed * HOUR + 30 * DAY, 10_000),
        (1, 0, changed * HOUR, 5_000),
    ):
        past = history(changed, class_id=before)
        record = record_on(member(class_id=class_id), past, time)
        assert full(rules, past, record, time) == amount


def test_r62_the_ladder_grows_with_time_since_joining() -> None:
    rules = terms(ladder=(Step(Seconds(10), Bps(3_000)), Step(Seconds(100), Bps(10_000))))
    record = record_on(member(), History(), START)
    amounts = [full(rules, History(), record, JOINED * HOUR + later) for later in (9, 10, 99, 100)]
    assert amounts == [0, 3_000, 3_000, 10_000]


def test_r62_bases_and_levels() -> None:
    village = Village.found(claim_cap=Index(2_000_000))
    village.people(2)
    rules = village.mutual.terms
    lump, bill = rules.benefits[:2]
    assert base_amount(lump, 0, 10_000, 0) == 10_000
    assert [base_amount(bill, 100, 8_000, claimed) for claimed in (100, 101, 8_100, 9_000)] == [0, 1, 8_000, 8_000]
    assert due_at(rules, village.mutual.ledger, 0, 9_999, 1) == 2_499
    assert due_at(rules, village.mutual.ledger, 0, 10_000, 4) == 4_000  # 2 units of each of 2000 thousandths
    assert FOUNDED % DAY == 0
