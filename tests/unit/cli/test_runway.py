# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tongxin.cli.runway import affordable_tick, price_of


@given(
    shares=st.integers(1, 2**24 - 1),
    start=st.integers(0, 2**60),
    amount=st.integers(0, 2**60),
    spacing=st.integers(1, 2**40),
)
def test_the_affordable_tick_is_the_farthest_that_the_amount_pays(
    shares: int, start: int, amount: int, spacing: int
) -> None:
    tick = affordable_tick(shares, start, amount, spacing)
    assert price_of(shares, start, tick, spacing) <= amount
    assert price_of(shares, start, tick + 1, spacing) > amount
