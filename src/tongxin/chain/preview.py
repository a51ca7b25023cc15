# SPDX-License-Identifier: AGPL-3.0-only
"""What a member could lose and what a claim could be paid today (R-24): R-8 on a copy of the ledger."""

from __future__ import annotations

from tongxin.chain.fund import Fund
from tongxin.chain.records import Member
from tongxin.model.journal import Journal
from tongxin.model.ledger import Ledger, Settlement, TickRecord
from tongxin.model.terms import Terms
from tongxin.model.token import Token
from tongxin.units import SCALE, Timestamp, ceil_div

__all__ = ["copy_of", "most_lost", "settled_today"]

_BITS = 256


def copy_of(fund: Fund, terms: Terms, block: int) -> Ledger:
    """The ledger at a block, with as many ticks as one settlement can reach."""
    journal = Journal()
    ledger = Ledger(journal, terms, Token(journal), fund.founded(block))
    books, purse, yearly = fund.books(block), fund.purse(block), fund.yearly(block)
    ledger.index, ledger.shares, ledger.heads, ledger.deposits = (
        books.index,
        books.shares,
        books.heads,
        books.deposits,
    )
    ledger.surplus, ledger.due, ledger.fees = purse.surplus, purse.due, purse.fees
    ledger.bonds = fund.bonds(block)
    ledger.year, ledger.raised, ledger.open_calls = yearly.year, yearly.raised, yearly.open_calls
    first = books.index // terms.spacing + 1
    last = (books.index + terms.round_cap) // terms.spacing
    words = list(range(first // _BITS, last // _BITS + 1))
    occupied = [
        _BITS * word + bit
        for word, bits in zip(words, fund.bitmaps(words, block), strict=True)
        for bit in range(_BITS)
        if bits >> bit & 1 and first <= _BITS * word + bit <= last
    ]
    for number, tick in zip(occupied, fund.ticks(occupied, block), strict=True):
        ledger.ticks[number] = TickRecord(tick.shares, tick.heads, Timestamp(tick.stamp))
        ledger.marks.add(number)
    # Everybody else ends beyond what one settlement can reach.
    ledger.marks.add(last + 1)
    return ledger


def settled_today(ledger: Ledger, due: int, costs: int, now: int) -> Settlement:
    """What a settlement of `due` and `costs` (units) would collect and pay, called and settled now (R-7, R-8)."""
    call = ledger.announce(due, costs)
    return ledger.apportion(due, costs, ledger.limit(call, now), now)


def most_lost(ledger: Ledger, member: Member, now: int) -> int:
    """Units that a member can lose at most in the next settlement (R-24)."""
    runway = max(0, ledger.place(member.tick) - ledger.index)
    return ceil_div(member.shares * min(ledger.cost_limit(now), runway), SCALE)
