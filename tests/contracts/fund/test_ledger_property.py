# SPDX-License-Identifier: AGPL-3.0-only
"""Collection against a register of every member: R-1, R-5, R-25, I-1 to I-4, with generated input."""

from __future__ import annotations

from dataclasses import dataclass, field

import boa
from eth_utils.crypto import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.mutual import BY_ALLOWANCE, Mutual, account, ceil_div, found

SPACING = 100_003
"""Prime, so that every price and collection rounds."""
SCALE = 10**6
CLASSES = (1_000, 1_500, 777)
NAMES = tuple(f"p{number}" for number in range(8))


@dataclass
class Book:
    """Every member by name, and the index: R-5 computed over all of them, without ticks."""

    index: int = 0
    ends: dict[str, tuple[int, int]] = field(default_factory=dict)
    roundings: int = 0

    def in_force(self) -> list[tuple[int, int]]:
        return [(shares, end) for shares, end in self.ends.values() if end > self.index]

    def collect(self, amount: int, limit: int) -> int:
        need, got, stop_at = amount * SCALE, 0, self.index + limit
        while got < need and self.in_force() and self.index < stop_at:
            shares = sum(share for share, _ in self.in_force())
            stop = min(self.index + ceil_div(need - got, shares), stop_at, *(end for _, end in self.in_force()))
            got += shares * (stop - self.index)
            self.index = stop
        self.roundings += 1
        return got // SCALE


acts = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.sampled_from(NAMES), st.integers(0, 2), st.integers(0, 30)),
        st.tuples(st.just("top_up"), st.sampled_from(NAMES), st.just(0), st.integers(1, 30)),
        st.tuples(st.just("settle"), st.just(""), st.just(0), st.integers(0, 60_000)),
    ),
    max_size=25,
)


def check(mutual: Mutual, book: Book) -> None:
    index, shares, heads, _, deposits = mutual.books()
    alive = book.in_force()
    assert index == book.index
    assert (shares, heads) == (sum(share for share, _ in alive), len(alive))
    exact = sum(share * (end - book.index) for share, end in alive)
    assert 0 <= deposits * SCALE - exact < max(book.roundings, 1) * SCALE
    for name, (share, end) in book.ends.items():
        assert mutual.fund.balance_of(keccak(text=name)) == max(0, share * (end - book.index) // SCALE)
    mutual.check_books()


def test_collection_equals_the_register_of_all_members() -> None:
    mutual = found(tick_spacing=SPACING, round_cap=20 * SPACING, year_cap=2_000 * SPACING, fee=0, classes=CLASSES)
    for name in NAMES:
        mutual.give(account(name).address)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(acts)
    def compare(steps: list[tuple[str, str, int, int]]) -> None:
        with boa.env.anchor():
            book = Book()
            for claim, (act, name, class_id, number) in enumerate(steps, start=1):
                if act == "join" and name not in book.ends:
                    tick = ceil_div(mutual.index, SPACING) + mutual.numbers.min_runway + number
                    mutual.join(name, class_id, tick)
                    book.ends[name] = (CLASSES[class_id], tick * SPACING)
                elif act == "top_up" and name in book.ends and book.ends[name][1] > book.index:
                    tick = book.ends[name][1] // SPACING + number
                    mutual.fund.top_up(keccak(text=name), tick, BY_ALLOWANCE, sender=account(name).address)
                    book.ends[name] = (book.ends[name][0], tick * SPACING)
                elif act == "settle":
                    from_surplus = min(number, mutual.purse()[0])
                    collected = book.collect(number - from_surplus, 20 * SPACING)
                    paid = mutual.fund.settle(claim, account("payee").address, 0, number, 0, sender=mutual.court)
                    assert paid == min(number, from_surplus + collected)
                book.roundings += 1
                check(mutual, book)

    compare()
