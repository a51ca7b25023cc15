# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tongxin.chain.events import Carried, Deferred, Paid, RoundSettled, TickCrossed
from tongxin.chain.transactions import Receipt
from tongxin.demo.world import World

__all__ = ["ClosedRound", "Rounds"]

BPS = 10_000
SOON = 3600
"""A group of settlements that must fall into one round waits if the round closes within so many seconds."""


@dataclass(frozen=True)
class ClosedRound:
    """A round that was settled.

    Attributes:
        settled: The fund's event.
        payments: What each claim got, by its number.
    """

    settled: RoundSettled
    payments: dict[int, Paid]

    @property
    def ratio_bps(self) -> int:
        """The part of what was due that was paid, in basis points, rounded down."""
        return self.settled.paid * BPS // self.settled.due


@dataclass
class _Open:
    closes_at: int
    claims: list[int] = field(default_factory=list)


class Rounds:
    """Settles each round when it closes, pays its claims and lets unpaid rests be carried (R-12 to R-15).

    Args:
        world: What all parts share.
        after: Called with each round once it is settled and paid.
        lapsed: Called with the number of members whose runway the index has reached.
    """

    def __init__(self, world: World, after: Callable[[ClosedRound], None], lapsed: Callable[[int], None]) -> None:
        self._world = world
        self._after = after
        self._lapsed = lapsed
        self._open: dict[int, _Open] = {}

    def note(self, receipt: Receipt) -> None:
        """Takes note of the claims that joined a round and the members who lapsed by a transaction."""
        for event in receipt.events:
            if isinstance(event, Deferred | Carried) and event.round > 0:
                self._join(event.round, event.claim)
        heads = sum(event.heads for event in receipt.all(TickCrossed))
        if heads:
            self._lapsed(heads)

    def settle_first(self) -> None:
        """Settles the outstanding round if it closes now, because until then the fund refuses nearly everything."""
        now = self._world.clock.now
        for number, outstanding in list(self._open.items()):
            if outstanding.closes_at <= now + 2:
                self._close(number)

    def is_closing_soon(self) -> int:
        """When the outstanding or next round closes, if within an hour, else 0."""
        numbers, now = self._world.numbers, self._world.clock.now
        passed = (now - self._world.mutual.fund.founded()) % numbers.period
        left = numbers.period - passed
        return now + left if left < SOON else 0

    def _join(self, number: int, claim: int) -> None:
        if number not in self._open:
            closes_at = self._world.mutual.fund.round().closes_at
            self._open[number] = _Open(closes_at)
            self._world.agenda.at(closes_at, lambda: self._close(number))
        self._open[number].claims.append(claim)

    def _close(self, number: int) -> None:
        outstanding = self._open.pop(number, None)
        if outstanding is None:
            return
        world = self._world
        fund, court = world.mutual.fund, world.mutual.court
        world.clock.travel(outstanding.closes_at)
        receipt = world.stage.push(fund.settle_round())
        paid = world.stage.push_each([fund.pay(court.address, claim) for claim in outstanding.claims])
        payments = {claim: receipt.one(Paid) for claim, receipt in zip(outstanding.claims, paid, strict=True)}
        rests = [claim for claim, payment in payments.items() if payment.carried]
        for carried in world.stage.push_each([fund.carry(court.address, claim) for claim in rests]):
            self.note(carried)
        self._after(ClosedRound(receipt.one(RoundSettled), payments))
        self.note(receipt)
