# SPDX-License-Identifier: AGPL-3.0-only
"""Whether and for how much a member was covered on a day (R-45, R-51, R-62)."""

from __future__ import annotations

from typing import NamedTuple

from tongxin.model.ledger import Ledger
from tongxin.model.membership import History, Member
from tongxin.model.terms import Terms
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


def covered(record: DayRecord, ledger: Ledger, benefit: int, start: int) -> bool:
    """R-51."""
    terms = ledger.terms
    ran = ledger.above(record.tick) or ledger.tick(record.tick).stamp > start
    if not ran or start >= record.exit:
        return False
    joined = record.joined * HOUR
    begins = joined + terms.entitlement(benefit, record.class_id).waiting
    if terms.benefits[benefit].kind == BenefitKind.CONTRIBUTION_REFUND:
        return joined <= start < begins
    return begins <= start


def full_amount(terms: Terms, history: History, record: DayRecord, benefit: int, start: int) -> Units:
    """R-45 and the ladder of R-62."""
    entitled = terms.entitlement(benefit, record.class_id)
    amount = int(entitled.amount)
    changed = history.changed * HOUR
    if changed and changed <= start < changed + entitled.waiting:
        amount = min(amount, terms.entitlement(benefit, history.class_id).amount)
    return Units(amount * terms.ladder_bps(start - record.joined * HOUR) // BPS)


def base_amount(terms: Terms, benefit: int, full: int, claimed: int) -> Units:
    """R-62: what level 10000 would grant."""
    rules = terms.benefits[benefit]
    if rules.kind == BenefitKind.LUMP_SUM:
        return Units(full)
    return Units(min(full, max(0, claimed - rules.deductible)))


def due_at(ledger: Ledger, benefit: int, base: int, level: int) -> Units:
    """R-62: what a level grants, bounded by the claim cap."""
    terms = ledger.terms
    due = base * terms.benefits[benefit].levels[level] // BPS
    if terms.claim_cap:
        due = min(due, terms.claim_cap * ledger.shares // SCALE)
    return Units(due)
