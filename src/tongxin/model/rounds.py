# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - parameters stand in the order of the contracts' functions
"""Settling claims (docs/spec/ledger.md R-9 to R-17): at once, in the period's round, carried."""

from __future__ import annotations

from typing import NamedTuple

from tongxin.model.journal import Journal, Journaled, Table
from tongxin.model.ledger import Ledger, Settlement
from tongxin.model.reverts import ModelRevert, require
from tongxin.model.stages import Stages
from tongxin.model.terms import Terms
from tongxin.units import Address, Units, ceil_div
from tongxin.words import FundStage


class Payout(NamedTuple):
    """A round after settling: its due, what it paid, claims not yet paid."""

    due: int
    paid: int
    left: int


class Deferred(NamedTuple):
    """A claim in a round, or (round 0) waiting to be carried."""

    payee: Address
    round: int
    carries: int
    due: int


NO_PAYOUT = Payout(0, 0, 0)


def claim_key(adjudicator: int, claim: int) -> int:
    """Key of a claim in the fund."""
    return (adjudicator << 96) + claim


class Rounds(Journaled):
    """The outstanding (or last) round and everything deferred."""

    def __init__(self, journal: Journal, ledger: Ledger, stages: Stages) -> None:
        super().__init__(journal)
        self.ledger = ledger
        self.stages = stages
        self.pending = False
        self.number = 0
        self.closes_at = 0
        self.due = 0
        self.call = 0
        self.payouts: Table[int, Payout] = Table(journal)
        self.unpaid: Table[int, int] = Table(journal)
        self.deferred: Table[int, Deferred] = Table(journal)
        self.payees: Table[Address, bool] = Table(journal)
        self.last: Settlement | None = None

    @property
    def terms(self) -> Terms:
        """Those the Fund goes by."""
        return self.ledger.terms

    def settle_first(self, now: int) -> None:
        """R-13.

        Raises:
            ModelRevert: A closed round is unsettled.
        """
        require(not (self.pending and now >= self.closes_at), "R-13", "fund: settle first")

    def settle(
        self, adjudicator: Address, claim: int, payee: Address, due: int, costs: int, call: int, now: int
    ) -> Units:
        """R-9 and R-10, called by the court when a claim closes: the costs that could be paid."""
        self.settle_first(now)
        ledger = self.ledger
        self.payees[payee] = True
        if due and self.terms.immediate and not ledger.year_cap_binds(due, costs, call, now):
            ledger.retract(call)
            figures = ledger.apportion(due, costs, ledger.limit(call, now), now)
            rest = due - figures.paid
            if rest and self.terms.carries:
                self.deferred[claim_key(adjudicator, claim)] = Deferred(payee, 0, self.terms.carries, rest)
            ledger.pay_out(payee, figures.paid)
        else:
            figures = ledger.apportion(0, costs, ledger.cost_limit(now), now)
            if due:
                if not self.pending:
                    self._open(self._boundary_after(now))
                self._join(claim_key(adjudicator, claim), Deferred(payee, 0, self.terms.carries, due), call)
            else:
                ledger.retract(call)
        self.last = figures
        return Units(figures.costs_paid)

    def _boundary_after(self, now: int) -> int:
        """First boundary strictly after a time (R-12)."""
        founded, period = self.ledger.founded, self.terms.period
        return founded + ((now - founded) // period + 1) * period

    def _open(self, closes_at: int) -> None:
        self.number += 1
        self.closes_at = closes_at
        self.due = 0
        self.call = 0
        self.pending = True

    def _join(self, key: int, claim: Deferred, call: int) -> None:
        self.due += claim.due
        self.call += call
        payout = self.payouts.get(self.number, NO_PAYOUT)
        self.payouts[self.number] = payout._replace(left=payout.left + 1)
        self.deferred[key] = claim._replace(round=self.number)

    def settle_round(self, now: int) -> Settlement:
        """R-14: settle the closed round.

        Raises:
            ModelRevert: No round is outstanding, or it is still open.
        """
        require(self.pending, "R-14", "fund: no round")
        require(now >= self.closes_at, "R-12", "fund: round still open")
        ledger = self.ledger
        ledger.retract(self.call)
        figures = ledger.apportion(self.due, 0, ledger.limit(self.call, now), now)
        self.payouts[self.number] = self.payouts[self.number]._replace(due=self.due, paid=figures.paid)
        self.unpaid[self.number] = figures.paid
        self.pending = False
        self.last = figures
        return figures

    def pay(self, adjudicator: Address, claim: int) -> Units:
        """R-14: a claim's part of its settled round.

        Raises:
            ModelRevert: The claim is in no round, or its round is not settled.
        """
        key = claim_key(adjudicator, claim)
        entry = self.deferred.get(key)
        if entry is None or not entry.round:
            raise ModelRevert("R-14", "fund: nothing to pay")
        number = entry.round
        require(number != self.number or not self.pending, "R-14", "fund: round not settled")
        payout = self.payouts[number]
        amount = entry.due * payout.paid // payout.due
        rest = entry.due - amount
        if rest and entry.carries and self.stages.stage != FundStage.ENDED:
            self.deferred[key] = entry._replace(round=0, due=rest)
        else:
            del self.deferred[key]
        self.payouts[number] = payout._replace(left=payout.left - 1)
        self.unpaid[number] -= amount
        if payout.left == 1:
            self.ledger.due -= self.unpaid[number]
            self.ledger.surplus += self.unpaid[number]
            self.unpaid[number] = 0
        self.ledger.pay_out(entry.payee, amount)
        return Units(amount)

    def carry(self, adjudicator: Address, claim: int, now: int) -> int:
        """R-15: a waiting rest joins a round that leaves a period for its call; the call announced.

        Raises:
            ModelRevert: Nothing waits, a closed round is unsettled, the outstanding round closes too soon, or the
                mutual has ended (R-110).
        """
        self.stages.check_not_ended()
        self.settle_first(now)
        key = claim_key(adjudicator, claim)
        entry = self.deferred.get(key)
        if entry is None or entry.round:
            raise ModelRevert("R-15", "fund: nothing to carry")
        period = self.terms.period
        if self.pending:
            require(self.closes_at >= now + period, "R-15", "fund: carry later")
        else:
            founded = self.ledger.founded
            self._open(founded + ceil_div(now + period - founded, period) * period)
        call = self.ledger.announce(entry.due, 0)
        self._join(key, entry._replace(carries=entry.carries - 1), call)
        return call
