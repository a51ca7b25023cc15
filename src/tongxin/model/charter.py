# SPDX-License-Identifier: AGPL-3.0-only
"""All versions of a charter and the drafts of the next one (docs/spec/governance.md R-90 to R-94, R-96, R-97)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tongxin.model.founding import MOST_BENEFITS, check_benefit, check_entitlements, check_terms
from tongxin.model.journal import Journal, Journaled, Table
from tongxin.model.reverts import ModelRevert, require
from tongxin.model.steps import check_fixed, check_step, scope_of
from tongxin.model.terms import Benefit, Entitlement, Terms
from tongxin.units import BPS, DAY, Address, Seconds, Units
from tongxin.words import BenefitKind, Scope

LEAST_IN_FORCE = 30 * DAY
STEP_TIME = 90 * DAY
FOUNDING_SLOT = 1
NOTHING = Scope(0)


@dataclass(frozen=True)
class Draft:
    """R-90 and R-91. `base` and `scope` are known once it is sealed, at `sealed_at`."""

    drafter: Address
    terms: Terms
    own_benefits: bool
    sealed: bool = False
    sealed_at: int = 0
    base: int = 0
    scope: Scope = NOTHING


class Version(NamedTuple):
    """A draft that was adopted, and when."""

    slot: int
    effective_from: int


class Awarded(NamedTuple):
    """R-97: what an event is worth to a class. `full` has the ladder in it; 0 means not covered."""

    version: int
    full: Units
    waiting: Seconds
    deductible: Units


class Charter(Journaled):
    """Versions from 1 on, slots from 1 on. Slot 1 is the founding's."""

    def __init__(self, journal: Journal, terms: Terms, founded: int) -> None:
        super().__init__(journal)
        self.latest = 1
        self.slots = 1
        self.drafts: Table[int, Draft] = Table(journal)
        self.versions: Table[int, Version] = Table(journal)
        self.drafts[FOUNDING_SLOT] = Draft(Address(0), terms, own_benefits=True, sealed=True, sealed_at=founded)
        self.versions[1] = Version(FOUNDING_SLOT, founded)

    # Reading

    def terms(self, version: int) -> Terms:
        """Terms of a version."""
        return self.drafts[self.versions[version].slot].terms

    def version_at(self, time: int) -> int:
        """R-96: the version in force at a time.

        Raises:
            ModelRevert: None was.
        """
        version = self.latest
        while version and self.versions[version].effective_from > time:
            version -= 1
        require(version, "R-96", "charter: no version in force then")
        return version

    def in_force_since(self, time: int, until: int) -> list[int]:
        """Versions that were in force at any time from `time` to `until`."""
        return [
            version
            for version, (_, effective_from) in self.versions.items()
            if effective_from <= until
            and (version + 1 not in self.versions or self.versions[version + 1].effective_from > time)
        ]

    def awarded(self, time: int, benefit: int, class_id: int, elapsed: int) -> Awarded:
        """R-97, for an event at a time, so long after joining."""
        of_day = self.version_at(time)
        full, waiting, deductible = [], [], []
        rules = self.terms(of_day).benefits
        refund = benefit < len(rules) and rules[benefit].kind == BenefitKind.CONTRIBUTION_REFUND
        for version in range(of_day, 0, -1):
            terms = self.terms(version)
            entitled = terms.entitlement(benefit, class_id)
            full.append(entitled.amount * terms.ladder_bps(elapsed) // BPS)
            waiting.append(entitled.waiting)
            known = benefit < len(terms.benefits)
            deductible.append(terms.benefits[benefit].deductible if known else Units(0))
            former = self.terms(version - 1).entitlement(benefit, class_id).waiting if version > 1 else 0
            if self.versions[version].effective_from + max(entitled.waiting, former) <= time:
                break
        strictest = min if refund else max
        return Awarded(of_day, Units(min(full)), strictest(waiting), max(deductible))

    # Drafts

    def draft_at(self, slot: int) -> Draft:
        """A draft.

        Raises:
            ModelRevert: There is none.
        """
        found = self.drafts.get(slot)
        if found is None:
            raise ModelRevert("R-90", "charter: no such draft")
        return found

    def _own(self, slot: int, actor: int) -> Draft:
        draft = self.draft_at(slot)
        require(draft.drafter == actor, "R-90", "charter: only the drafter")
        require(not draft.sealed, "R-91", "charter: already sealed")
        return draft

    def draft(self, terms: Terms, own_benefits: bool, actor: int) -> int:  # noqa: FBT001 - as the contract has it
        """R-90, by anyone; benefits in `terms` are ignored. The slot."""
        newest = self.terms(self.latest)
        benefits, entitlements = ((), ()) if own_benefits else (newest.benefits, newest.entitlements)
        terms = replace(terms, benefits=benefits, entitlements=entitlements)
        self.slots += 1
        self.drafts[self.slots] = Draft(Address(actor), terms, own_benefits)
        return self.slots

    def add_benefits(
        self,
        slot: int,
        first: int,
        benefits: Sequence[Benefit],
        entitlements: Sequence[tuple[Entitlement, ...]],
        actor: int,
    ) -> None:
        """R-90, by the drafter: the next benefits (P-39 to P-41)."""
        draft = self._own(slot, actor)
        terms = draft.terms
        require(draft.own_benefits, "R-90", "charter: the draft shares its benefits")
        require(first == len(terms.benefits), "R-90", "charter: benefits out of order")
        require(first + len(benefits) <= MOST_BENEFITS, "P-39", "charter: more than 16 benefits")
        require(len(benefits) == len(entitlements), "P-40", "charter: benefits and amounts differ in number")
        for benefit, row in zip(benefits, entitlements, strict=True):
            check_benefit(benefit)
            check_entitlements(row, terms)
        terms = replace(
            terms,
            benefits=(*terms.benefits, *benefits),
            entitlements=(*terms.entitlements, *entitlements),
        )
        self.drafts[slot] = replace(draft, terms=terms)

    def seal(self, slot: int, actor: int, now: int) -> Scope:
        """R-91 to R-93, by the drafter: what it changes of the newest version."""
        draft = self._own(slot, actor)
        terms = draft.terms
        check_terms(terms)
        require(terms.benefits, "F-6", "charter: no benefit")
        newest = self.terms(self.latest)
        check_fixed(terms, newest)
        for version in self.in_force_since(now - STEP_TIME, now):
            check_step(terms, self.terms(version))
        scope = scope_of(terms, newest)
        require(scope, "R-91", "charter: nothing but the document changes")
        self.drafts[slot] = replace(draft, sealed=True, sealed_at=now, base=self.latest, scope=scope)
        return scope

    def adopt(self, slot: int, now: int) -> int:
        """R-94, by the Assembly: the new version."""
        draft = self.draft_at(slot)
        require(draft.sealed, "R-94", "charter: the draft is not sealed")
        require(draft.base == self.latest, "R-94", "charter: based on an earlier version")
        since = self.versions[self.latest].effective_from
        require(now >= since + LEAST_IN_FORCE, "R-94", "charter: 30 days between two versions")
        self.latest += 1
        self.versions[self.latest] = Version(slot, now)
        return self.latest
