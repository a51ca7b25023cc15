# SPDX-License-Identifier: AGPL-3.0-only
"""How far a version may go from those before it (docs/spec/governance.md R-91 to R-93)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tongxin.model.reverts import require
from tongxin.model.terms import Terms
from tongxin.units import DAY
from tongxin.words import Scope

FIXED: Final = (
    "spacing",
    "zone",
    "called",
    "immediate",
    "period",
    "call_margin",
    "open_panel",
    "strict",
    "waiver",
    "admission",
    "minimum_members",
    "founding_deadline",
)
"""R-92: what no vote changes, besides classes, benefits and the number of ladder steps."""
FREE: Final = ("charter_hash", "steward", "investigator", "remainder")
"""What may change to anything."""
APART: Final = ("attestors", "shares", "benefits", "entitlements", "ladder")
"""What has rules of its own below."""


@dataclass(frozen=True)
class Step:
    """R-93: the larger of a quarter of the earlier number and `unit`, or `unit` alone."""

    unit: int
    quarter: bool = True

    def allows(self, old: int, new: int) -> bool:
        """Whether a number may become another."""
        return abs(new - old) <= max(self.unit, old // 4 if self.quarter else 0)


def _alone(unit: int) -> Step:
    return Step(unit, quarter=False)


QUARTER: Final = Step(0)
WEEK_STEP: Final = Step(7 * DAY)
MONTH_STEP: Final = Step(30 * DAY)
DAY_STEP: Final = Step(DAY)
PARTS: Final = _alone(500)
LADDER_PARTS: Final = _alone(1_000)
STEPS: Final = {
    "fee": _alone(100),
    "carries": _alone(2),
    "grace": WEEK_STEP,
    "newcomer": WEEK_STEP,
    "leave_notice": WEEK_STEP,
    "adoption_delay": WEEK_STEP,
    "execution_time": WEEK_STEP,
    "proposal_pause": WEEK_STEP,
    "min_runway": Step(16),
    "max_runway": Step(16),
    "admission_bps": Step(100),
    "admission_floor": Step(10),
    "open_quorum_heads": Step(10),
    "floor_heads": Step(10),
    "filing_window": MONTH_STEP,
    "attestor_silence": MONTH_STEP,
    "runoff": MONTH_STEP,
    "attestor_quorum": _alone(1),
    "inviters": _alone(1),
    "access_time": DAY_STEP,
    "commit_time": DAY_STEP,
    "reveal_time": DAY_STEP,
    "cure_time": DAY_STEP,
    "verdict_notice": DAY_STEP,
    "investigation_time": DAY_STEP,
    "panel_size": _alone(2),
    "threshold": PARTS,
    "open_quorum_bps": PARTS,
    "vote_quorum": PARTS,
    "majority": PARTS,
    "wind_down_majority": PARTS,
    "lot_delay": _alone(20),
    "juror_pay": QUARTER,
    "juror_bond": QUARTER,
    "review_above": QUARTER,
    "investigator_fee": QUARTER,
    "claim_cap": QUARTER,
    "entry_fee": QUARTER,
    "review_bps": LADDER_PARTS,
    "voting_time": Step(3 * DAY),
}
CAPS: Final = ("round_cap", "year_cap")
"""A quarter or one tick spacing."""
ATTESTOR_FIELDS: Final = ("attestors", "attestor_quorum")
JUROR_FIELDS: Final = (
    "access_time",
    "commit_time",
    "reveal_time",
    "cure_time",
    "verdict_notice",
    "panel_size",
    "threshold",
    "lot_delay",
    "strict",
    "open_panel",
    "waiver",
    "open_quorum_heads",
    "open_quorum_bps",
    "juror_pay",
    "juror_bond",
    "review_bps",
    "review_above",
    "investigator",
    "investigator_fee",
    "investigation_time",
)
SCOPES: Final = {
    "steward": Scope.STEWARD,
    **dict.fromkeys(ATTESTOR_FIELDS, Scope.ATTESTORS),
    **dict.fromkeys(JUROR_FIELDS, Scope.JUROR_RULES),
}
"""R-91: T2, T3 and P-34 are the juror rules. What is not named is anything else."""


def scope_of(new: Terms, old: Terms) -> Scope:
    """R-91: what a draft changes; 0 if nothing but the document."""
    scope = Scope(0)
    for name in (*FIXED, *FREE[1:], *STEPS, *CAPS, "attestors", "shares", "benefits", "ladder"):
        if getattr(new, name) != getattr(old, name):
            scope |= SCOPES.get(name, Scope.OTHER)
    for benefit in range(len(new.benefits)):
        for class_id in range(len(new.shares)):
            if new.entitlement(benefit, class_id) != old.entitlement(benefit, class_id):
                scope |= Scope.OTHER
    return scope


def check_fixed(new: Terms, old: Terms) -> None:
    """R-92.

    Raises:
        ModelRevert: The draft changes what no vote changes.
    """
    for name in FIXED:
        require(getattr(new, name) == getattr(old, name), "R-92", f"charter: {name} is fixed")
    require(new.shares[: len(old.shares)] == old.shares, "R-92", "charter: shares of a class are fixed")
    require(len(new.ladder) == len(old.ladder), "R-92", "charter: the number of ladder steps is fixed")
    require(len(new.benefits) >= len(old.benefits), "R-92", "charter: a benefit is missing")
    for one, before in zip(new.benefits, old.benefits, strict=False):
        same = (one.kind, one.levels, one.repeats, one.interval) == (
            before.kind,
            before.levels,
            before.repeats,
            before.interval,
        )
        require(same, "R-92", "charter: kind, levels, repeats and interval are fixed")


def check_step(new: Terms, old: Terms) -> None:
    """R-93, against one version that was in force in the last 90 days.

    Raises:
        ModelRevert: A number goes too far.
    """
    for name, step in (*STEPS.items(), *((cap, Step(old.spacing)) for cap in CAPS)):
        require(step.allows(getattr(old, name), getattr(new, name)), "R-93", f"charter: {name} goes too far")
    added = set(new.attestors) - set(old.attestors)
    require(len(added) <= 1, "R-93", "charter: more than one new attestor")
    for rung, earlier in zip(new.ladder, old.ladder, strict=True):
        near = MONTH_STEP.allows(earlier.after, rung.after) and LADDER_PARTS.allows(earlier.bps, rung.bps)
        require(near, "R-93", "charter: ladder goes too far")
    for benefit, before in enumerate(old.benefits):
        near = QUARTER.allows(before.deductible, new.benefits[benefit].deductible)
        require(near, "R-93", "charter: deductible goes too far")
        for class_id in range(len(old.shares)):
            _check_entitlement(new, old, benefit, class_id)


def _check_entitlement(new: Terms, old: Terms, benefit: int, class_id: int) -> None:
    before, one = old.entitlement(benefit, class_id), new.entitlement(benefit, class_id)
    if not before.amount:
        return
    require(one.amount, "R-93", "charter: a covered class becomes uncovered")
    require(QUARTER.allows(before.amount, one.amount), "R-93", "charter: amount goes too far")
    require(MONTH_STEP.allows(before.waiting, one.waiting), "R-93", "charter: waiting goes too far")
