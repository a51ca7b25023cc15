# SPDX-License-Identifier: AGPL-3.0-only
"""Changes that a draft may bring: to the largest step and one beyond it, of what is fixed, of lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from contracts.mutual import NOBODY, account
from stateful.twin import ATTESTORS
from tongxin.charter.numbers import BenefitNumbers, CharterNumbers
from tongxin.model.steps import STEPS
from tongxin.units import DAY, HOUR
from tongxin.words import AdmissionForm, BenefitKind

TOGETHER = {
    "leave_notice": ("adoption_delay",),
    "filing_window": ("runoff",),
    "juror_pay": ("juror_bond",),
    "majority": ("wind_down_majority",),
    "max_runway": ("min_runway",),
}
"""Numbers that founding's rules tie to one another (F-1, F-4, F-5, F-8, F-9): the second moves by its own step too."""
FIXED: dict[str, Callable[[Any], Any]] = {
    "zone": lambda zone: zone - HOUR,
    "called": lambda called: not called,
    "immediate": lambda immediate: not immediate,
    "period": lambda period: period + DAY,
    "call_margin": lambda margin: margin + 1,
    "open_panel": lambda is_open: not is_open,
    "strict": lambda strict: not strict,
    "waiver": lambda waiver: not waiver,
    "admission": lambda form: AdmissionForm((form + 1) % 3),
    "minimum_members": lambda members: members + 1,
    "founding_deadline": lambda deadline: deadline + DAY,
}
PARTIES = ("steward", "investigator", "remainder")
NAMED = ("somebody new", "somebody else")
LARGEST, BEYOND, SMALL = range(3)


def step(name: str, old: int, spacing: int) -> int:
    """The largest step of a number (R-93)."""
    rule = STEPS.get(name)
    if rule is None:
        return max(spacing, old // 4)
    return max(rule.unit, old // 4 if rule.quarter else 0)


def moved(name: str, old: int, how: int, spacing: int) -> int:
    """A number `how` of another: up or down, by the largest step, by one more, by one."""
    unit = spacing if name in {"round_cap", "year_cap"} else 2 if name == "panel_size" else 1
    size = step(name, old, spacing) // unit * unit
    by = {LARGEST: size, BEYOND: size + unit, SMALL: unit}[how // 2 % 3]
    return max(0, old + (by if how % 2 == 0 else -by))


def of_number(name: str) -> Callable[[CharterNumbers, int], CharterNumbers]:
    """Moves one number, and what is tied to it."""

    def change(numbers: CharterNumbers, how: int) -> CharterNumbers:
        fields: dict[str, Any] = {}
        for field in (name, *TOGETHER.get(name, ())):
            number = moved(field, getattr(numbers, field), how, numbers.tick_spacing)
            fields[field] = number - number % 2 if field == "juror_bond" else number
        return replace(numbers, **fields)

    return change


def of_fixed(numbers: CharterNumbers, how: int) -> CharterNumbers:
    """Something that no vote changes (R-92)."""
    name = sorted(FIXED)[how % len(FIXED)]
    return replace(numbers, **{name: FIXED[name](getattr(numbers, name))})


def of_parties(numbers: CharterNumbers, how: int) -> CharterNumbers:
    """Who is paid, or commissioned; sometimes nobody."""
    name = PARTIES[how % 3]
    who = NOBODY if how // 3 % 4 == 3 else account(NAMED[how // 3 % 2]).address
    return replace(numbers, **{name: who})  # type: ignore[arg-type]


def of_attestors(numbers: CharterNumbers, how: int) -> CharterNumbers:
    """One is new, one is replaced, one goes, two are new, more must sign."""
    known = list(numbers.attestors)
    fresh = [one for one in (str(account(name).address) for name in ATTESTORS) if one not in known]
    match how % 5:
        case 0:
            known += fresh[:1]
        case 1:
            known = known[1:] + fresh[:1]
        case 2:
            known = known[1:]
        case 3:
            known = fresh[:2]
        case _:
            quorum = numbers.attestor_quorum + (1 if how % 2 else -1) * (1 + how // 7)
            return replace(numbers, attestor_quorum=max(0, quorum))
    return replace(numbers, attestors=tuple(sorted(known, key=lambda one: int(one, 16))))


def of_benefit(numbers: CharterNumbers, how: int) -> CharterNumbers:
    """Amounts, waiting times, deductible, cover of a class, or what is fixed in a benefit."""
    at = how % len(numbers.benefits)
    benefit = numbers.benefits[at]
    class_id = how // 2 % len(benefit.amounts)
    amounts, waits = list(benefit.amounts), list(benefit.waiting)
    fields: dict[str, Any] = {}
    amount, waiting = benefit.amounts[class_id], benefit.waiting[class_id]
    match how % 7:
        case 0 | 1:
            amounts[class_id] = amount + amount // 4 + how // 7 % 2
        case 2:
            amounts[class_id] = amount - amount // 4
        case 3:
            waits[class_id] = max(0, waiting + 30 * DAY * (1 if how // 7 % 2 else -1) + how // 14 % 2)
        case 4:
            fields["deductible"] = benefit.deductible * 5 // 4 + how // 7 % 2
        case 5:
            amounts[class_id] = 0 if amount else 10**7
        case _:
            name = ("levels", "repeats", "interval")[how // 7 % 3]
            fields[name] = {"levels": (10_000,) * 7, "repeats": benefit.repeats + 1, "interval": 5 * DAY}[name]
    changed = replace(benefit, amounts=tuple(amounts), waiting=tuple(waits), **fields)
    return replace(numbers, benefits=(*numbers.benefits[:at], changed, *numbers.benefits[at + 1 :]))


def of_lists(numbers: CharterNumbers, how: int) -> CharterNumbers:
    """A class or a benefit more, or less; a class with other shares."""
    classes, benefits = numbers.classes, numbers.benefits
    match how % 5:
        case 0:
            classes = (*classes, 2_000)
            benefits = tuple(
                replace(one, amounts=(*one.amounts, 10**7), waiting=(*one.waiting, 30 * DAY)) for one in benefits
            )
        case 1:
            kind = BenefitKind(how // 5 % 3)
            rows = (2 * 10**7,) * len(classes), (15 * DAY,) * len(classes)
            benefits = (*benefits, BenefitNumbers(kind, (10_000,) * 7, 10**6 * (kind > 0), 0, 0, *rows))
        case 2:
            benefits = benefits[:-1]
        case 3:
            classes = (classes[0] + 1, *classes[1:])
        case _:
            classes = classes[:-1]
            benefits = tuple(replace(one, amounts=one.amounts[:-1], waiting=one.waiting[:-1]) for one in benefits)
    return replace(numbers, classes=classes, benefits=benefits)


def of_ladder(numbers: CharterNumbers, how: int) -> CharterNumbers:
    """A step later, another part, or another number of steps."""
    ladder = list(numbers.ladder)
    if not ladder or how % 5 == 4:
        return replace(numbers, ladder=((DAY, 5_000), *ladder)[:4])
    at = how // 3 % len(ladder)
    after, part = ladder[at]
    later = 30 * DAY + how % 2
    ladder[at] = [(after + later, part), (after, min(10_000, part + 1_000)), (after, part - 1_001)][how % 3]
    return replace(numbers, ladder=tuple(ladder))


def of_nothing(numbers: CharterNumbers, how: int) -> CharterNumbers:  # noqa: ARG001 - as the others
    """Only the document is another."""
    return numbers


NUMBERS = (*STEPS, "round_cap", "year_cap")
CHANGES: dict[str, Callable[[CharterNumbers, int], CharterNumbers]] = {
    **{name: of_number(name) for name in NUMBERS},
    "fixed": of_fixed,
    "parties": of_parties,
    "attestors": of_attestors,
    "benefit": of_benefit,
    "lists": of_lists,
    "ladder": of_ladder,
    "nothing": of_nothing,
}
APART = ("parties", "attestors", "benefit", "benefit", "lists", "fee", "leave_notice", "floor_heads", "juror_pay")
HOW = st.integers(0, 2_000)
CHANGE = st.tuples(st.one_of(st.sampled_from(APART), st.sampled_from(sorted(CHANGES))), HOW)
"""Any change; those that more depends on are drawn more often."""
GOOD = st.tuples(st.sampled_from(APART), HOW.map(lambda how: 7 * how))


def apply(numbers: CharterNumbers, change: tuple[str, int]) -> CharterNumbers:
    """The numbers of a draft."""
    name, how = change
    return CHANGES[name](numbers, how)


def own_benefits(numbers: CharterNumbers, new: CharterNumbers) -> bool:
    """Whether a draft of these numbers needs benefits of its own."""
    return numbers.benefits != new.benefits
