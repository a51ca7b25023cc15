# SPDX-License-Identifier: AGPL-3.0-only
"""Whether and for how much a member was covered on a day (R-45, R-51, R-62, R-97)."""

from __future__ import annotations

from typing import NamedTuple

from tongxin.model.charter import Awarded, Charter
from tongxin.model.ledger import Ledger
from tongxin.model.membership import History, Member
from tongxin.model.stages import Stages
from tongxin.model.terms import Benefit, Terms
from tongxin.units import BPS, DAY, HOUR, SCALE, ClassId, DayNumber, Hour, Tick, Timestamp, Units
from tongxin.words import BenefitKind, MemberStatus

NEVER = 1 << 255


class DayRecord(NamedTuple):
    """The record that counts for an event's day; `exit` is the time cover ended by leaving (NEVER: it did not)."""

    tick: Tick
    joined: Hour
    class_id: ClassId
    exit: int


def day_number(time: int, zone: int) -> DayNumber:
    """Number of the day of a time."""
    return DayNumber((time + zone) // DAY)


def day_start(day: int, zone: int) -> Timestamp:
    """First second of a day in the charter's zone."""
    return Timestamp(day * DAY - zone)


def record_on(member: Member, history: History, start: int) -> DayRecord:
    """R-45: the previous record before the hour of the change, the present one from then on."""
    exited = bool(member.status & MemberStatus.EXITED)
    if history.changed and start < history.changed * HOUR:
        end = NEVER
        if history.status & MemberStatus.EXITED:
            end = 0 if exited else history.exited * HOUR
        return DayRecord(history.tick, history.joined, history.class_id, end)
    return DayRecord(member.tick, member.joined, member.class_id, history.exited * HOUR if exited else NEVER)


def awarded_on(charter: Charter, record: DayRecord, benefit: int, start: int) -> Awarded:
    """R-97 for the class of a record."""
    return charter.awarded(start, benefit, record.class_id, start - record.joined * HOUR)


def covered(  # noqa: PLR0917 - what is covered, by what, when
    record: DayRecord, ledger: Ledger, stages: Stages, kind: BenefitKind, awarded: Awarded, start: int
) -> bool:
    """R-51."""
    ran = ledger.above(record.tick) or ledger.tick(record.tick).stamp > start
    if not ran or start >= record.exit or not stages.covers(start):
        return False
    joined = record.joined * HOUR
    begins = joined + awarded.waiting
    if kind == BenefitKind.CONTRIBUTION_REFUND:
        return joined <= start < begins
    return begins <= start


def full_amount(  # noqa: PLR0917 - as in covered
    charter: Charter, history: History, record: DayRecord, benefit: int, awarded: Awarded, start: int
) -> Units:
    """R-45 and the ladder of R-62."""
    changed = history.changed * HOUR
    if changed and changed <= start < changed + awarded.waiting:
        before = record._replace(class_id=history.class_id)
        return min(awarded.full, awarded_on(charter, before, benefit, start).full)
    return awarded.full


def base_amount(rules: Benefit, deductible: int, full: int, claimed: int) -> Units:
    """R-62: what level 10000 would grant."""
    if rules.kind == BenefitKind.LUMP_SUM:
        return Units(full)
    return Units(min(full, max(0, claimed - deductible)))


def due_at(terms: Terms, ledger: Ledger, benefit: int, base: int, level: int) -> Units:
    """R-62: what a level grants, bounded by the claim cap of the claim's version."""
    due = base * terms.benefits[benefit].levels[level] // BPS
    if terms.claim_cap:
        due = min(due, terms.claim_cap * ledger.shares // SCALE)
    return Units(due)
