# SPDX-License-Identifier: AGPL-3.0-only
"""The ledger (docs/spec/ledger.md R-1 to R-8, R-11, R-18 to R-25): the index, the ticks and the five accounts.

Everything is O(log n) of the number of marked ticks and independent of the number of members.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from tongxin.model.journal import Journal, Journaled, Table
from tongxin.model.reverts import require
from tongxin.model.terms import Terms
from tongxin.model.token import Token
from tongxin.units import BPS, SCALE, YEAR, Address, Index, Timestamp, Units, ceil_div

LARGEST_TICK = 2**28 - 1


class TickRecord(NamedTuple):
    """R-4: what ends at one tick, and when the index reached it (0: not yet)."""

    shares: int
    heads: int
    stamp: Timestamp


EMPTY_TICK = TickRecord(0, 0, Timestamp(0))


@dataclass(frozen=True)
class Settlement:
    """The figures of R-8, in units."""

    due: int
    costs: int
    gross: int
    need: int
    from_surplus: int
    collected: int
    costs_paid: int
    paid: int
    fee: int
    to_surplus: int
    index: int
    rise: int
    limit: int
    shares_before: int
    fee_bps: int
    round_cap: int


class Marks:
    """Marked ticks in ascending order (the bitmap of R-4)."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.ascending: list[int] = []

    def add(self, tick: int) -> None:
        """Mark a tick; nothing happens if it is marked."""
        at = bisect_left(self.ascending, tick)
        if at == len(self.ascending) or self.ascending[at] != tick:
            self._journal.record(partial(self.ascending.remove, tick))
            self.ascending.insert(at, tick)

    def remove_first(self) -> None:
        """Unmark the lowest tick."""
        tick = self.ascending.pop(0)
        self._journal.record(partial(insort, self.ascending, tick))


class Ledger(Journaled):
    """Index, ticks, accounts and the yearly cap. Shares are thousandths, money is units, the index 1/SCALE units."""

    def __init__(self, journal: Journal, terms: Terms, token: Token, founded: int) -> None:
        super().__init__(journal)
        self.terms = terms
        self.token = token
        self.founded = founded
        self.index = 0
        self.shares = 0
        self.heads = 0
        self.deposits = 0
        self.roundings = 0
        self.surplus = 0
        self.due = 0
        self.fees = 0
        self.bonds = 0
        self.year = 0
        self.raised = 0
        self.open_calls = 0
        self.dues: Table[Address, int] = Table(journal)
        self.ticks: Table[int, TickRecord] = Table(journal)
        self.marks = Marks(journal)

    # Places on the index

    def place(self, tick: int) -> Index:
        """Where a tick lies."""
        return Index(tick * self.terms.spacing)

    def above(self, tick: int) -> bool:
        """Whether a runway that ends there is not used up (A < X)."""
        return self.place(tick) > self.index

    def balance(self, shares: int, tick: int) -> Units:
        """R-1."""
        return Units(shares * (self.place(tick) - self.index) // SCALE) if self.above(tick) else Units(0)

    def price(self, shares: int, from_index: int, tick: int) -> Units:
        """R-2: cost of moving a runway's end from a place on the index to a tick."""
        return Units(ceil_div(shares * (self.place(tick) - from_index), SCALE))

    def check_tick(self, tick: int, *, joining: bool) -> None:
        """R-3 and R-4.

        Raises:
            ModelRevert: The tick is outside the runway limits.
        """
        spacing = self.terms.spacing
        require(self.above(tick) and tick <= LARGEST_TICK, "R-4", "fund: the index has passed this tick")
        require(tick <= self.index // spacing + self.terms.max_runway, "R-3", "fund: runway too long")
        if joining:
            require(tick >= ceil_div(self.index, spacing) + self.terms.min_runway, "R-3", "fund: runway too short")

    def tick(self, tick: int) -> TickRecord:
        """What is known of a tick."""
        return self.ticks.get(tick, EMPTY_TICK)

    # Members' shares

    def _end(self, tick: int, shares: int, heads: int) -> None:
        record = self.tick(tick)
        self.ticks[tick] = record._replace(shares=record.shares + shares, heads=record.heads + heads)

    def enter(self, tick: int, shares: int, heads: int = 1) -> None:
        """Somebody comes in force, or several who have these shares in all."""
        self._end(tick, shares, heads)
        self.marks.add(tick)
        self.shares += shares
        self.heads += heads

    def move(self, old: int, new: int, shares: int) -> None:
        """Somebody in force moves the end of a runway."""
        self._end(old, -shares, -1)
        self._end(new, shares, 1)
        self.marks.add(new)

    def reweigh(self, tick: int, change: int) -> None:
        """The shares of somebody in force change."""
        self._end(tick, change, 0)
        self.shares += change

    def exit(self, tick: int, shares: int) -> None:
        """Somebody in force leaves."""
        self._end(tick, -shares, -1)
        self.shares -= shares
        self.heads -= 1

    def deposit(self, amount: int, purchases: int = 1) -> None:
        """What members paid for runway; each purchase may round once (R-25)."""
        self.deposits += amount
        self.roundings += purchases

    def take(self, amount: int) -> None:
        """What leaves the deposits; it rounds once (R-25)."""
        self.deposits -= amount
        self.roundings += 1

    def sweep(self) -> None:
        """R-5: without members what is left in the deposits is dust."""
        if not self.shares:
            self.surplus += self.deposits
            self.deposits = 0
            self.roundings = 0

    # Collection

    def year_left(self, now: int) -> Index:
        """What the index may still rise in the ledger's year; nothing if the cap fell below what it rose (R-95)."""
        spent = self.raised if self.year == self._year_at(now) else 0
        return Index(max(0, self.terms.year_cap - spent))

    def _year_at(self, now: int) -> int:
        return (now - self.founded) // YEAR

    def cost_limit(self, now: int) -> Index:
        """R-11."""
        return Index(min(self.terms.round_cap, self.year_left(now)))

    def call_limit(self, call: int) -> Index:
        """The announced call with its margin (R-6)."""
        return Index(call * (BPS + self.terms.call_margin) // BPS)

    def limit(self, call: int, now: int) -> Index:
        """R-6."""
        return Index(min(self.cost_limit(now), self.call_limit(call)))

    def collect(self, amount: int, limit: int, now: int) -> Units:
        """R-5: take an amount from those in force, raising the index by at most `limit`; what was collected."""
        need = amount * SCALE
        got = 0
        start = self.index
        stop_at = self.index + limit
        while got < need and self.shares and self.index < stop_at:
            stop = min(self.index + ceil_div(need - got, self.shares), stop_at)
            tick = self.marks.ascending[0]
            end = self.place(tick)
            if end > stop:
                got += self.shares * (stop - self.index)
                self.index = stop
            else:
                got += self.shares * (end - self.index)
                self.index = end
                self._cross(tick, now)
        collected = got // SCALE
        self.take(collected)
        if self.index > start:
            self._count_rise(self.index - start, now)
            self.sweep()
        return Units(collected)

    def _cross(self, tick: int, now: int) -> None:
        record = self.tick(tick)
        self.shares -= record.shares
        self.heads -= record.heads
        self.ticks[tick] = record._replace(stamp=Timestamp(now))
        self.marks.remove_first()

    def _count_rise(self, rise: int, now: int) -> None:
        year = self._year_at(now)
        self.raised = rise + (self.raised if self.year == year else 0)
        self.year = year

    # Calls and settlements

    def gross(self, due: int) -> Units:
        """A due with its fee (R-7)."""
        return Units(due + ceil_div(due * self.terms.fee, BPS))

    def announce(self, due: int, costs: int) -> Index:
        """R-7: the call of a claim, counted in the open calls."""
        call = 0
        if self.shares:
            call = min(ceil_div((self.gross(due) + costs) * SCALE, self.shares), self.terms.round_cap)
        self.open_calls += call
        return Index(call)

    def retract(self, call: int) -> None:
        """R-7: take a call out of the open ones."""
        self.open_calls -= call

    def year_cap_binds(self, due: int, costs: int, call: int, now: int) -> bool:
        """R-9: whether the year's cap, and no other, would cut an immediate settlement."""
        if not self.shares:
            return False
        need = self.gross(due) + costs
        rise = ceil_div((need - min(self.surplus, need)) * SCALE, self.shares)
        return self.year_left(now) < min(rise, self.terms.round_cap, self.call_limit(call))

    def apportion(self, due: int, costs: int, limit: int, now: int) -> Settlement:
        """R-8: costs go to the bonds, what is paid to *due*, the fee to the fees, the rest to the surplus."""
        gross = self.gross(due)
        need = gross + costs
        from_surplus = min(self.surplus, need)
        start, shares = self.index, self.shares
        self.surplus -= from_surplus
        collected = self.collect(need - from_surplus, limit, now)
        funded = from_surplus + collected
        costs_paid = min(costs, funded)
        rest = funded - costs_paid
        paid = min(due, rest * BPS // (BPS + self.terms.fee))
        fee = paid * self.terms.fee // BPS
        self.bonds += costs_paid
        self.due += paid
        self.fees += fee
        self.surplus += rest - paid - fee
        return Settlement(
            due=due,
            costs=costs,
            gross=gross,
            need=need,
            from_surplus=from_surplus,
            collected=collected,
            costs_paid=costs_paid,
            paid=paid,
            fee=fee,
            to_surplus=rest - paid - fee,
            index=self.index,
            rise=self.index - start,
            limit=limit,
            shares_before=shares,
            fee_bps=self.terms.fee,
            round_cap=self.terms.round_cap,
        )

    # Tokens

    def pay_out(self, payee: Address, amount: int) -> bool:
        """R-19: push what lies in *due* to a payee, or owe it; whether it was pushed."""
        if not amount:
            return True
        if self.token.push(payee, amount):
            self.due -= amount
            return True
        self.owe(payee, amount)
        return False

    def owe(self, payee: Address, amount: int) -> None:
        """Name the payee of what lies in *due*."""
        self.dues[payee] = self.dues.get(payee, 0) + amount

    def withdraw(self, payee: Address) -> Units:
        """R-19: a payee's dues, by anyone.

        Raises:
            ModelRevert: Nothing is due, or the push fails.
        """
        amount = self.dues.get(payee, 0)
        require(amount, "R-19", "fund: nothing due")
        del self.dues[payee]
        self.due -= amount
        require(self.token.push(payee, amount), "R-19", "fund: push failed")
        return Units(amount)

    def change_terms(self, terms: Terms) -> Units:
        """R-95: go on by the terms of a later version; the fees until then, a due of the steward before."""
        owed = self.fees
        if owed:
            self.fees = 0
            self.due += owed
            self.owe(self.terms.steward, owed)
        self.terms = terms
        return Units(owed)

    def withdraw_fees(self) -> Units:
        """R-23."""
        amount = self.fees
        require(amount, "R-23", "fund: no fees")
        self.fees = 0
        self.due += amount
        self.pay_out(self.terms.steward, amount)
        return Units(amount)

    def booked(self) -> int:
        """Sum of the five accounts."""
        return self.deposits + self.surplus + self.due + self.fees + self.bonds

    def absorb(self) -> Units:
        """R-20.

        Raises:
            ModelRevert: No stray units are there.
        """
        stray = self.token.held - self.booked()
        require(stray > 0, "R-20", "fund: nothing to absorb")
        self.surplus += stray
        return Units(stray)

    def recognise_loss(self, now: int) -> Units:
        """R-21: the shortage before it was apportioned.

        Raises:
            ModelRevert: There is no shortage.
        """
        shortage = self.booked() - self.token.held
        require(shortage > 0, "R-21", "fund: no loss")
        from_surplus = min(self.surplus, shortage)
        self.surplus -= from_surplus
        rest = shortage - from_surplus
        collected = self.collect(rest, self.cost_limit(now), now)
        self.surplus += max(0, collected - rest)
        return Units(shortage)
