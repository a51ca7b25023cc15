# SPDX-License-Identifier: AGPL-3.0-only
"""Why founding would refuse a charter: F-1 to F-9 of docs/spec/charter.md, on the document.

`Charter.vy` refuses the same on chain, F-7 apart, which only the document shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from tongxin.charter.errors import CharterError, Fault
from tongxin.charter.numbers import SCALE, CharterNumbers, claim_path, numbers_of
from tongxin.charter.provisions import provision_faults
from tongxin.charter.quantities import DAY, YEAR, format_decimal, format_duration, format_percentage
from tongxin.charter.rules import Benefit, Charter, Disclosures, Form, Kind
from tongxin.words import (
    COURT_FOUNDING,
    COURT_MONEY,
    COURT_ROLES,
    ENTITLEMENT,
    MEMBER_TERMS,
    MONEY_TERMS,
)

LARGEST_SPACING = 2**68 - 1
LARGEST_INDEX = 2**96 - 1
LARGEST_ROUND_TICKS = 1024
DELAY_BEYOND_NOTICE = 7 * DAY
"""F-8: who disagrees with a vote is out this long before the change."""


def refusals(charter: Charter) -> list[Fault]:
    """Everything for which founding would refuse this charter; empty when it can be founded.

    What only the document holds (P-57 to P-61) is checked too.
    Addresses that are still to be filled in (`Charter.with_parties`) are no ground of refusal here.
    """
    faults = [*_notice(charter), *_period(charter), *_runway_order(charter), *_court(charter)]
    faults += [*_classes_and_benefits(charter), *_ladder(charter), *_admission(charter), *_disclosures(charter)]
    faults += [*_voting(charter), *_starting(charter), *provision_faults(charter)]
    try:
        numbers = numbers_of(charter)
    except CharterError as error:
        return [*faults, *error.faults]
    return [*faults, *_caps(charter, numbers), *_widths(numbers)]


def _notice(charter: Charter) -> Iterator[Fault]:
    path = claim_path(charter)
    notice = charter.membership.leave_notice
    if notice < path:
        yield Fault(
            "F-1",
            "membership.leave_notice",
            f"{format_duration(notice)} is shorter than the path of a claim from filing to payment plus one period: "
            f"access, commit, reveal, verdict notice, two periods and an hour; write at least {_rounded(path)}",
        )
    if notice >= 2**32:
        yield Fault(
            "P-14", "membership.leave_notice", "is longer than a member could live to see; write for example 30d"
        )


def _rounded(seconds: int) -> str:
    hours = -(-seconds // 3600)
    return f"{-(-hours // 24)}d" if hours > 48 else f"{hours}h"


def _period(charter: Charter) -> Iterator[Fault]:
    period, notice = charter.money.period, charter.court.verdict_notice
    if period < notice:
        yield Fault(
            "F-3",
            "money.period",
            f"{format_duration(period)} is shorter than the verdict notice {format_duration(notice)}",
        )


def _runway_order(charter: Charter) -> Iterator[Fault]:
    least, largest = charter.membership.min_runway, charter.membership.max_runway
    if least <= 0:
        yield Fault("P-12", "membership.min_runway", "must be above zero")
    if largest < least:
        yield Fault(
            "F-4",
            "membership.max_runway",
            f"{format_decimal(largest)} is below the least runway {format_decimal(least)}",
        )


def _caps(charter: Charter, numbers: CharterNumbers) -> Iterator[Fault]:
    money = charter.money
    spacing, round_cap = numbers.tick_spacing, numbers.round_cap
    if not 0 < spacing <= LARGEST_SPACING:
        most = format_decimal(Decimal(LARGEST_SPACING * 1000 // SCALE).scaleb(-charter.token.decimals))
        yield Fault("P-2", "money.tick_spacing", f"must be above 0 and at most {most} for this token")
        return
    if round_cap == 0:
        yield Fault("F-2", "money.round_cap", "must be above zero: it is the most a full share can lose at once")
    if round_cap > LARGEST_ROUND_TICKS * spacing:
        most = format_decimal(LARGEST_ROUND_TICKS * money.tick_spacing)
        yield Fault("F-2", "money.round_cap", f"spans more than 1024 ticks; write at most {most}, or widen the ticks")
    if numbers.year_cap < round_cap:
        yield Fault("F-2", "money.year_cap", f"is below the round cap {format_decimal(money.round_cap)}")
    if not numbers.called and numbers.min_runway * spacing < round_cap:
        yield Fault(
            "F-2",
            "membership.min_runway",
            f"prepaid funding needs at least the round cap {format_decimal(money.round_cap)}",
        )
    if numbers.max_runway >= 2**20:
        yield Fault("P-13", "membership.max_runway", "spans more than 1,048,575 ticks; write less, or widen the ticks")
    if (numbers.max_runway + 1) * spacing + numbers.year_cap > LARGEST_INDEX:
        yield Fault("F-4", "membership.max_runway", "together with the year cap exceeds what the index can hold")


def _court(charter: Charter) -> Iterator[Fault]:
    court = charter.court
    if court.panel_size % 2 == 0:
        yield Fault("F-5", "court.panel_size", f"{court.panel_size} is even; write {court.panel_size + 1}")
    least = (2 * court.panel_size + 1) * court.juror_pay
    if court.juror_bond < least:
        yield Fault(
            "F-5",
            "court.juror_bond",
            f"is below the pay of the next panel; write at least {format_decimal(least)}",
        )
    elif Fraction(court.juror_bond) * 10**charter.token.decimals % 2 == 1:
        yield Fault("F-5", "court.juror_bond", "is odd in the token's smallest unit; it is posted as two halves")
    investigator = court.investigator
    if investigator.fee > 0 and investigator.time == 0:
        yield Fault("P-34", "court.investigator.time", "is missing although the investigator has a fee; write 7d")


def _classes_and_benefits(charter: Charter) -> Iterator[Fault]:
    if not charter.classes:
        yield Fault("F-6", "classes", "there is no class; write at least one")
    if not charter.benefits:
        yield Fault("F-6", "benefits", "there is no benefit; write at least one")
    for position, one in enumerate(charter.classes):
        if one.age is not None and one.age.least > one.age.largest:
            yield Fault("P-38", f"classes[{position}].age", f"ends at {one.age.largest} before it begins")
    for position, benefit in enumerate(charter.benefits):
        yield from _benefit(f"benefits[{position}]", benefit, len(charter.classes))


def _benefit(path: str, benefit: Benefit, classes: int) -> Iterator[Fault]:
    for rule, field, given in (("P-40", "amounts", benefit.amounts), ("P-41", "waiting", benefit.waiting)):
        if len(given) != classes:
            yield Fault(rule, f"{path}.{field}", f"has {len(given)} entries for {classes} classes; write one for each")
    if not any(amount > 0 for amount in benefit.amounts):
        yield Fault("F-6", f"{path}.amounts", "no class has an amount above zero")
    grants = [level.grants for level in benefit.levels]
    for position in range(1, len(grants)):
        if grants[position] < grants[position - 1]:
            yield Fault("F-6", f"{path}.levels[{position}].grants", "is below the level before it; levels never fall")
    if grants[-1] == 0:
        yield Fault("F-6", f"{path}.levels[{len(grants) - 1}].grants", "the highest level grants nothing")
    if benefit.kind is Kind.LUMP_SUM and benefit.deductible > 0:
        yield Fault("P-39", f"{path}.deductible", "a lump sum has no deductible; leave it out")


def _ladder(charter: Charter) -> Iterator[Fault]:
    for position in range(1, len(charter.ladder)):
        earlier, later = charter.ladder[position - 1], charter.ladder[position]
        if later.after <= earlier.after or later.grants <= earlier.grants:
            yield Fault("F-6", f"ladder[{position}]", "must come later and grant more than the step before it")


def _admission(charter: Charter) -> Iterator[Fault]:
    admission = charter.membership.admission
    if admission.form is not Form.OPEN and admission.attestor_quorum == 0:
        problem = "must be at least 1 unless admission is open: by invitation too, attestors let the first members in"
        yield Fault("P-20", "membership.admission.attestor_quorum", problem)
    if len(set(admission.attestors)) < len(admission.attestors):
        yield Fault("P-46", "membership.admission.attestors", "names the same attestor twice")
    if admission.attestors and len(admission.attestors) < admission.attestor_quorum:
        yield Fault(
            "P-20",
            "membership.admission.attestor_quorum",
            f"asks for {admission.attestor_quorum} of {len(admission.attestors)} attestors",
        )


def _voting(charter: Charter) -> Iterator[Fault]:
    voting, notice = charter.voting, charter.membership.leave_notice
    least = notice + DELAY_BEYOND_NOTICE
    if voting.adoption_delay < least:
        yield Fault(
            "F-8",
            "voting.adoption_delay",
            f"{format_duration(voting.adoption_delay)} is shorter than the notice of leaving "
            f"({format_duration(notice)}) and 7 days: who disagrees must be out before the change; "
            f"write at least {_rounded(least)}",
        )
    if voting.adoption_delay > 3 * YEAR:
        yield Fault("P-51", "voting.adoption_delay", "is longer than three years; write for example 45d")
    if voting.wind_down_majority < voting.majority:
        yield Fault(
            "F-8",
            "voting.wind_down_majority",
            f"is below the majority that changes a rule; write at least {format_percentage(voting.majority)}",
        )


def _starting(charter: Charter) -> Iterator[Fault]:
    starting, window = charter.starting, charter.court.filing_window
    least = window + DAY
    if starting.runoff < least:
        yield Fault(
            "F-9",
            "starting.runoff",
            f"{format_duration(starting.runoff)} is shorter than the time to file ({format_duration(window)}) and a "
            f"day: an event before the end could not be claimed; write at least {_rounded(least)}",
        )
    if starting.runoff > (longest := window + 366 * DAY):
        yield Fault(
            "F-9",
            "starting.runoff",
            f"{format_duration(starting.runoff)} would keep everybody's balance for over a year after the last claim "
            f"could be filed; write at most {format_duration(longest)}",
        )
    deadline = starting.founding_deadline
    if starting.minimum_members > 1 and not DAY <= deadline <= 3 * YEAR:
        yield Fault(
            "P-47",
            "starting.founding_deadline",
            f"{format_duration(deadline)} is out of range; write 1d to 1095d, the time in which "
            f"{starting.minimum_members} members must have come",
        )


def _disclosures(charter: Charter) -> Iterator[Fault]:
    for name, field in Disclosures.model_fields.items():
        if not getattr(charter.disclosures, name).strip():
            yield Fault(
                "F-7", f"disclosures.{name}", f"is missing: {field.description}; write none where there is none"
            )


def _widths(numbers: CharterNumbers) -> Iterator[Fault]:
    """Amounts that do not fit their words on chain."""
    for rule, path, amount, largest in (
        ("P-3", "money.round_cap", numbers.round_cap, MONEY_TERMS.largest("round_cap")),
        ("P-4", "money.year_cap", numbers.year_cap, MONEY_TERMS.largest("year_cap")),
        ("P-12", "membership.min_runway", numbers.min_runway, MEMBER_TERMS.largest("min_runway")),
        ("P-29", "court.juror_pay", numbers.juror_pay, COURT_MONEY.largest("juror_pay")),
        ("P-30", "court.juror_bond", numbers.juror_bond, COURT_MONEY.largest("juror_bond")),
        ("P-32", "court.review_above", numbers.review_above, COURT_MONEY.largest("review_above")),
        ("P-34", "court.investigator.fee", numbers.investigator_fee, COURT_ROLES.largest("investigator_fee")),
        ("P-35", "money.claim_cap", numbers.claim_cap, COURT_ROLES.largest("claim_cap")),
        ("P-37", "money.entry_fee", numbers.entry_fee, COURT_FOUNDING.largest("entry_fee")),
        ("P-47", "starting.founding_deadline", numbers.founding_deadline, COURT_FOUNDING.largest("founding_deadline")),
        *(
            ("P-40", f"benefits[{position}].amounts[{j}]", amount, ENTITLEMENT.largest("amount"))
            for position, benefit in enumerate(numbers.benefits)
            for j, amount in enumerate((*benefit.amounts, benefit.deductible))
        ),
    ):
        if amount > largest:
            yield Fault(rule, path, "is larger than the contracts can hold")
