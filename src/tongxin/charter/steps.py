# SPDX-License-Identifier: AGPL-3.0-only
"""Whether a version of a charter may follow others: what is fixed for ever (R-92) and the largest steps (R-93).

The same table stands in `Bounds.vy`; here it says why, so that a draft is put right before it costs a vote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from enum import IntFlag
from typing import Final

from tongxin.charter.errors import Fault
from tongxin.charter.numbers import BenefitNumbers, CharterNumbers
from tongxin.charter.quantities import DAY

STEP_DAYS: Final = 90
"""R-93 compares with every version that was in force in so many days before sealing."""


TICK: Final = -1
"""Stands for one tick spacing as the unit of a step."""


class Scope(IntFlag):
    """What a version changes (R-91)."""

    NOTHING = 0
    ATTESTORS = 1
    STEWARD = 2
    JURORS = 4
    OTHER = 8


@dataclass(frozen=True)
class Step:
    """A largest step (R-93): the larger of a quarter of the old number, if `quarter`, and `unit`."""

    path: str
    unit: int = 0
    written: str = ""
    quarter: bool = True

    @property
    def rule(self) -> str:
        """The step in words."""
        if not self.quarter:
            return self.written
        return f"a quarter of it or {self.written}, the larger of both" if self.unit else "a quarter of it"

    def most(self, old: int, spacing: int) -> int:
        """How far the new number may be from the old one."""
        unit = spacing if self.unit == TICK else self.unit
        return max(old // 4, unit) if self.quarter else unit


STEPS: Final = {
    "round_cap": Step("money.round_cap", TICK, "one tick"),
    "year_cap": Step("money.year_cap", TICK, "one tick"),
    "fee": Step("money.fee", 100, "one percentage point", quarter=False),
    "carries": Step("money.carries", 2, "2", quarter=False),
    "grace": Step("membership.grace", 7 * DAY, "7 days"),
    "newcomer": Step("membership.newcomer", 7 * DAY, "7 days"),
    "leave_notice": Step("membership.leave_notice", 7 * DAY, "7 days"),
    "adoption_delay": Step("voting.adoption_delay", 7 * DAY, "7 days"),
    "execution_time": Step("voting.execution_time", 7 * DAY, "7 days"),
    "proposal_pause": Step("voting.proposal_pause", 7 * DAY, "7 days"),
    "min_runway": Step("membership.min_runway", 16, "16 ticks"),
    "max_runway": Step("membership.max_runway", 16, "16 ticks"),
    "admission_bps": Step("membership.admission.admission_bps", 100, "one percentage point"),
    "admission_floor": Step("membership.admission.admission_floor", 10, "10"),
    "open_quorum_heads": Step("court.open_quorum_heads", 10, "10"),
    "floor_heads": Step("starting.floor_heads", 10, "10"),
    "filing_window": Step("court.filing_window", 30 * DAY, "30 days"),
    "attestor_silence": Step("membership.admission.attestor_silence", 30 * DAY, "30 days"),
    "runoff": Step("starting.runoff", 30 * DAY, "30 days"),
    "attestor_quorum": Step("membership.admission.attestor_quorum", 1, "1", quarter=False),
    "inviters": Step("membership.admission.inviters", 1, "1", quarter=False),
    "access_time": Step("court.access_time", DAY, "a day"),
    "commit_time": Step("court.commit_time", DAY, "a day"),
    "reveal_time": Step("court.reveal_time", DAY, "a day"),
    "cure_time": Step("court.cure_time", DAY, "a day"),
    "verdict_notice": Step("court.verdict_notice", DAY, "a day"),
    "investigation_time": Step("court.investigator.time", DAY, "a day"),
    "panel_size": Step("court.panel_size", 2, "2", quarter=False),
    "threshold": Step("court.threshold", 500, "5 percentage points", quarter=False),
    "open_quorum_bps": Step("court.open_quorum_bps", 500, "5 percentage points", quarter=False),
    "vote_quorum": Step("voting.quorum", 500, "5 percentage points", quarter=False),
    "majority": Step("voting.majority", 500, "5 percentage points", quarter=False),
    "wind_down_majority": Step("voting.wind_down_majority", 500, "5 percentage points", quarter=False),
    "lot_delay": Step("court.lot_delay", 20, "20", quarter=False),
    "juror_pay": Step("court.juror_pay"),
    "juror_bond": Step("court.juror_bond"),
    "review_above": Step("court.review_above"),
    "investigator_fee": Step("court.investigator.fee"),
    "claim_cap": Step("money.claim_cap"),
    "entry_fee": Step("money.entry_fee"),
    "review_bps": Step("court.review_bps", 1000, "10 percentage points", quarter=False),
    "voting_time": Step("voting.voting_time", 3 * DAY, "3 days"),
}
AMOUNT: Final = Step("amounts")
DEDUCTIBLE: Final = Step("deductible")
WAITING: Final = Step("waiting", 30 * DAY, "30 days")
LADDER_AFTER: Final = Step("after", 30 * DAY, "30 days")
LADDER_GRANTS: Final = Step("grants", 1000, "10 percentage points", quarter=False)

FIXED: Final = {
    "token": "token.address",
    "tick_spacing": "money.tick_spacing",
    "zone": "court.zone",
    "called": "money.funding",
    "immediate": "money.rounds",
    "period": "money.period",
    "call_margin": "money.call_margin",
    "open_panel": "court.panel",
    "strict": "court.strict",
    "waiver": "court.waiver",
    "admission": "membership.admission.form",
    "minimum_members": "starting.minimum_members",
    "founding_deadline": "starting.founding_deadline",
}
FREE: Final = {
    "steward": "steward",
    "investigator": "court.investigator.address",
    "remainder": "starting.remainder",
}
"""Addresses that any vote may change."""
APART: Final = {"classes", "benefits", "ladder", "attestors"}
"""Numbers with rules of their own, below."""

_ATTESTORS: Final = {"attestors", "attestor_quorum"}
_STEWARD: Final = {"steward"}
_JURORS: Final = {
    "access_time", "commit_time", "reveal_time", "cure_time", "verdict_notice", "panel_size", "threshold", "lot_delay",
    "strict", "open_panel", "waiver", "open_quorum_heads", "open_quorum_bps", "juror_pay", "juror_bond", "review_bps",
    "review_above", "investigator", "investigator_fee", "investigation_time",
}  # fmt: skip


def scope_of(new: CharterNumbers, newest: CharterNumbers) -> Scope:
    """What a draft changes against the newest version (R-91)."""
    scope = Scope.NOTHING
    for field in fields(CharterNumbers):
        if _same(getattr(new, field.name), getattr(newest, field.name)):
            continue
        if field.name in _ATTESTORS:
            scope |= Scope.ATTESTORS
        elif field.name in _STEWARD:
            scope |= Scope.STEWARD
        elif field.name in _JURORS:
            scope |= Scope.JURORS
        else:
            scope |= Scope.OTHER
    return scope


def step_faults(new: CharterNumbers, newest: CharterNumbers, recent: Sequence[CharterNumbers] = ()) -> list[Fault]:
    """Why `new` may not follow; empty when it can be sealed as a draft (R-91 to R-93).

    Args:
        new: The draft.
        newest: The version in force, on which it is based.
        recent: The other versions that were in force at any time in the last 90 days.
    """
    faults: dict[tuple[str, str], Fault] = {}
    for old in (newest, *recent):
        for fault in (*_fixed(new, old), *_steps(new, old)):
            faults.setdefault((fault.rule, fault.path), fault)
    if not faults and scope_of(new, newest) is Scope.NOTHING:
        return [Fault("R-91", "", "no number differs from the version in force, so there is nothing to vote on")]
    return list(faults.values())


def _fixed(new: CharterNumbers, old: CharterNumbers) -> Iterator[Fault]:
    for name, path in FIXED.items():
        if not _same(getattr(new, name), getattr(old, name)):
            yield Fault("R-92", path, "is fixed for ever; no vote changes it")
    if len(new.classes) < len(old.classes):
        yield Fault("R-92", "classes", f"there were {len(old.classes)}; classes may be added, never removed")
    for position, (after, before) in enumerate(zip(new.classes, old.classes, strict=False)):
        if after != before:
            yield Fault("R-92", f"classes[{position}].shares", "the shares of a class are fixed for ever; add a class")
    yield from _fixed_benefits(new.benefits, old.benefits)
    if len(new.ladder) != len(old.ladder):
        yield Fault("R-92", "ladder", f"has {len(old.ladder)} steps for ever; only their times and parts can change")


def _fixed_benefits(new: Sequence[BenefitNumbers], old: Sequence[BenefitNumbers]) -> Iterator[Fault]:
    if len(new) < len(old):
        yield Fault("R-92", "benefits", f"there were {len(old)}; benefits may be added, never removed")
    for position, (benefit, before_it) in enumerate(zip(new, old, strict=False)):
        for name in ("kind", "levels", "repeats", "interval"):
            if getattr(benefit, name) != getattr(before_it, name):
                problem = "of a benefit is fixed for ever; add a benefit"
                yield Fault("R-92", f"benefits[{position}].{name}", problem)


def _steps(new: CharterNumbers, old: CharterNumbers) -> Iterator[Fault]:
    spacing = old.tick_spacing
    for name, step in STEPS.items():
        yield from _step(step, step.path, getattr(new, name), getattr(old, name), spacing)
    for position, (benefit, before) in enumerate(zip(new.benefits, old.benefits, strict=False)):
        yield from _benefit_steps(f"benefits[{position}]", benefit, before)
    for position, ((after, grants), (old_after, old_grants)) in enumerate(zip(new.ladder, old.ladder, strict=False)):
        yield from _step(LADDER_AFTER, f"ladder[{position}].after", after, old_after)
        yield from _step(LADDER_GRANTS, f"ladder[{position}].grants", grants, old_grants)
    known = {address.lower() for address in old.attestors}
    fresh = [address for address in new.attestors if address.lower() not in known]
    if len(fresh) > 1:
        path = "membership.admission.attestors"
        yield Fault(
            "R-93", path, f"{len(fresh)} attestors are new; one at a time, so that nobody takes the mutual over"
        )


def _benefit_steps(path: str, new: BenefitNumbers, old: BenefitNumbers) -> Iterator[Fault]:
    yield from _step(DEDUCTIBLE, f"{path}.deductible", new.deductible, old.deductible)
    entitlements = zip(new.amounts, new.waiting, old.amounts, old.waiting, strict=False)
    for position, (amount, waiting, old_amount, old_waiting) in enumerate(entitlements):
        if old_amount == 0:
            continue
        if amount == 0:
            yield Fault("R-93", f"{path}.amounts[{position}]", "is covered today; a covered class stays covered")
        else:
            yield from _step(AMOUNT, f"{path}.amounts[{position}]", amount, old_amount)
        yield from _step(WAITING, f"{path}.waiting[{position}]", waiting, old_waiting)


def _step(step: Step, path: str, new: int, old: int, spacing: int = 0) -> Iterator[Fault]:
    if abs(new - old) <= step.most(old, spacing):
        return
    if old == 0 and not step.unit:
        yield Fault("R-93", path, "is 0, and no vote can introduce it")
    else:
        far = f"by {100 * abs(new - old) / old:.0f} %" if old else "from nothing"
        direction = "rises" if new > old else "falls"
        yield Fault("R-93", path, f"{direction} {far} at once; every 90 days it may change by {step.rule} at most")


def _same(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return one == other
