# SPDX-License-Identifier: AGPL-3.0-only
"""The Founder: the factory that deploys and lists mutuals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tongxin.chain.contract import LATEST, Block, Contract
from tongxin.chain.transactions import Action

__all__ = ["Founder", "Listing"]


@dataclass(frozen=True)
class Listing:
    """A mutual as the factory lists it; a part not yet deployed is the zero address."""

    charter: str
    fund: str
    office: str
    jury: str
    court: str
    assembly: str
    begun_by: str
    done: bool


class Founder(Contract):
    """The factory of one chain."""

    artifact = "Founder"

    def begin(self, *charter: Any) -> Action:
        """Deploys a charter; takes `EncodedCharter.founding_arguments()`; returns the mutual's number here."""
        return self._act("begin", *charter)

    def add_benefits(
        self, number: int, first: int, benefits: Sequence[int], entitlements: Sequence[Sequence[int]]
    ) -> Action:
        """Adds benefits to the charter; who began only."""
        return self._act("add_benefits", number, first, list(benefits), [list(row) for row in entitlements])

    def deploy_fund(self, number: int) -> Action:
        """Seals the charter and deploys the Fund; who began only."""
        return self._act("deploy_fund", number)

    def deploy_office(self, number: int) -> Action:
        """Deploys the Office; who began only."""
        return self._act("deploy_office", number)

    def deploy_jury(self, number: int) -> Action:
        """Deploys the Jury; who began only."""
        return self._act("deploy_jury", number)

    def deploy_court(self, number: int) -> Action:
        """Deploys the Court; who began only."""
        return self._act("deploy_court", number)

    def deploy_assembly(self, number: int) -> Action:
        """Deploys the Assembly, wires all and lists the mutual; who began only."""
        return self._act("deploy_assembly", number)

    def mutuals(self, number: int, block: Block = LATEST) -> Listing:
        """A mutual by its number."""
        return Listing(*self._read("mutuals", number, block=block))

    def count(self, block: Block = LATEST) -> int:
        """How many were begun."""
        return int(self._read("count", block=block))

    def blueprint(self, part: str, block: Block = LATEST) -> str:
        """Where the blueprint of a part stands: charter, fund, annex, stages, office, jury, court or assembly."""
        return str(self._read(f"{part.upper()}_BLUEPRINT", block=block))

    def bounds(self, block: Block = LATEST) -> str:
        """Where the code stands that checks charters."""
        return str(self._read("BOUNDS", block=block))
