# SPDX-License-Identifier: AGPL-3.0-only
"""Where a mutual stands in its life (docs/spec/governance.md R-105, R-106, R-108): the state and what it forbids."""

from __future__ import annotations

from tongxin.model.journal import Journal, Journaled
from tongxin.model.ledger import Ledger
from tongxin.model.reverts import require
from tongxin.units import DAY, Index, Timestamp
from tongxin.words import FundStage

EMPTY_TIME = 365 * DAY


class Stages(Journaled):
    """Stage, times, and what is put aside at the end. Times are 0 until they come."""

    def __init__(self, journal: Journal, ledger: Ledger, wired: int) -> None:
        super().__init__(journal)
        self.ledger = ledger
        gathers = ledger.terms.minimum_members > 1
        self.stage = FundStage.GATHERING if gathers else FundStage.RUNNING
        self.passed: tuple[FundStage, ...] = (self.stage,)
        self.started = Timestamp(0 if gathers else wired)
        self.below_since = Timestamp(0)
        self.wound_at = Timestamp(0)
        self.ends_at = Timestamp(0)
        self.version = 1
        self.index_at_trigger = Index(0)
        self.entitled = 0
        self.shares_paid = 0
        self.set_aside = 0
        self.set_aside_left = 0

    # Reading

    @property
    def running(self) -> bool:
        """Whether members vote, leave and change class."""
        return self.stage == FundStage.RUNNING

    @property
    def special(self) -> bool:
        """Whether it is anything but plainly running."""
        return not self.running or self.below_since != 0

    @property
    def ending(self) -> bool:
        """Whether a wind-down began."""
        return self.stage in {FundStage.WINDING_DOWN, FundStage.ENDED}

    @property
    def deadline(self) -> int:
        """R-105: when gathering fails."""
        return self.ledger.founded + self.ledger.terms.founding_deadline

    def failed(self, now: int) -> bool:
        """R-106."""
        return self.stage == FundStage.GATHERING and now >= self.deadline

    def covers(self, start: int) -> bool:
        """R-51: whether a mutual covers events of a day that starts then."""
        if self.stage == FundStage.GATHERING or start < self.started:
            return False
        return not self.ending or start < self.wound_at

    @property
    def below_floor(self) -> bool:
        """R-108: nobody in force is below every floor."""
        return self.ledger.heads < max(self.ledger.terms.floor_heads, 1)

    # What a stage forbids

    def check_joining(self, now: int, *, anew: bool = False) -> None:
        """R-106; `anew` for a rejoining, which a mutual that gathers does not know."""
        gathering = self.stage == FundStage.GATHERING and not self.failed(now) and not anew
        require(self.running or gathering, "R-106", "fund: no joining now")

    def check_leaving(self) -> None:
        """R-106 and R-108."""
        require(self.running, "R-106", "fund: no leaving now")

    def check_class_change(self) -> None:
        """R-108."""
        require(not self.ending, "R-108", "fund: no class change now")

    def check_not_ended(self) -> None:
        """R-110."""
        require(self.stage != FundStage.ENDED, "R-110", "fund: the mutual has ended")

    def check_filing(self, now: int) -> None:
        """R-108."""
        require(not self.ending or now < self.ends_at, "R-108", "court: the mutual has ended")

    # What moves on

    def _enter(self, stage: FundStage) -> None:
        self.stage = stage
        self.passed = (*self.passed, stage)

    def start(self, now: int) -> None:
        """R-105, by anyone."""
        require(self.stage == FundStage.GATHERING, "R-105", "fund: not gathering")
        require(now < self.deadline, "R-105", "fund: too late to start")
        require(self.ledger.heads >= self.ledger.terms.minimum_members, "R-105", "fund: too few members")
        self._enter(FundStage.RUNNING)
        self.started = Timestamp(now)

    def watch_floor(self, now: int) -> None:
        """R-108: note since when heads are below the floor, by anyone."""
        require(self.running, "R-108", "fund: not running")
        require(self.below_floor, "R-108", "fund: not below the floor")
        require(not self.below_since, "R-108", "fund: the floor is watched already")
        self.below_since = Timestamp(now)

    def heads_changed(self) -> None:
        """R-108: heads back at the floor end the watch."""
        if self.below_since and not self.below_floor:
            self.below_since = Timestamp(0)

    def wind_down_by_floor(self, now: int) -> None:
        """R-108, by anyone."""
        require(self.running, "R-108", "fund: not running")
        require(self.below_since, "R-108", "fund: the floor is not watched")
        terms = self.ledger.terms
        wait = terms.grace if terms.floor_heads else EMPTY_TIME
        require(now > self.below_since + wait, "R-108", "fund: grace is not over")
        self._wind_down(now)

    def wind_down(self, now: int) -> None:
        """R-108, by the Assembly."""
        require(self.running, "R-108", "fund: not running")
        self._wind_down(now)

    def _wind_down(self, now: int) -> None:
        self._enter(FundStage.WINDING_DOWN)
        self.below_since = Timestamp(0)
        self.wound_at = Timestamp(now)
        self.ends_at = Timestamp(now + self.ledger.terms.runoff)
        self.index_at_trigger = Index(self.ledger.index)

    def end(self) -> None:
        """R-110: the last stage; the surplus is put aside for those registered, as a part of *due*."""
        self._enter(FundStage.ENDED)
        if self.entitled:
            self.set_aside = self.set_aside_left = self.ledger.surplus
            self.ledger.due += self.set_aside
            self.ledger.surplus = 0
