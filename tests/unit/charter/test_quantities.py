# SPDX-License-Identifier: AGPL-3.0-only
"""How quantities are written in a charter: each reads back as it was written, anything else is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.charter import quantities as q


@given(st.integers(0, 2**32))
def test_durations_read_back(seconds: int) -> None:
    assert q.parse_duration(q.format_duration(seconds)) == seconds


@given(st.integers(0, 10_000))
def test_percentages_read_back(bps: int) -> None:
    assert q.parse_percentage(q.format_percentage(bps)) == bps


@given(st.integers(0, 2**24))
def test_shares_read_back(thousandths: int) -> None:
    assert q.parse_shares(q.format_shares(thousandths)) == thousandths


@given(st.decimals(min_value=0, max_value=10**20, places=6))
def test_money_reads_back_exactly(tokens: Decimal) -> None:
    assert q.parse_tokens(q.format_decimal(tokens)) == tokens


@given(st.integers(-12 * 60, 14 * 60))
def test_zones_read_back(minutes: int) -> None:
    assert q.parse_zone(q.format_zone(60 * minutes)) == 60 * minutes


@pytest.mark.parametrize(
    ("text", "seconds"), [("30d", 2_592_000), ("12h", 43_200), ("90m", 5_400), ("45s", 45), ("0d", 0)]
)
def test_durations(text: str, seconds: int) -> None:
    assert q.parse_duration(text) == seconds


def test_the_same_duration_is_written_in_one_way() -> None:
    assert {q.format_duration(q.parse_duration(text)) for text in ("30d", "720h", "43200m")} == {"30d"}


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (q.parse_duration, 7, "'7' is no duration"),
        (q.parse_duration, "1.5d", "is no duration"),
        (q.parse_duration, "-1d", "is no duration"),
        (q.parse_duration, "1w", "is no duration"),
        (q.parse_percentage, 4, "'4' is no percentage"),
        (q.parse_percentage, "4", "write it with its sign"),
        (q.parse_percentage, "0.125%", "at most two decimal places"),
        (q.parse_shares, "1.0005", "at most three decimal places"),
        (q.parse_tokens, 0.1, "put money in quotes"),
        (q.parse_tokens, "1e3", "is no money"),
        (q.parse_tokens, "-1", "is no money"),
        (q.parse_tokens, "1,000", "is no money"),
        (q.parse_tokens, True, "is no money"),
        (q.parse_tokens, "9" * 61, "is no money"),
        (q.parse_zone, 8, "is no time zone"),
        (q.parse_zone, "8:00", "is no time zone"),
    ],
)
def test_what_is_written_otherwise_is_refused(parse: Callable[[Any], object], text: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)


def test_tokens_become_units_exactly_or_not_at_all() -> None:
    large = Decimal("123456789012345678901234567890.123456")
    assert q.to_units(large, 6) == 123456789012345678901234567890123456
    with pytest.raises(ValueError, match="it has 2 decimals"):
        q.to_units(Decimal("0.001"), 2)
