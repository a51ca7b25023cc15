# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import pytest

from tongxin.actuary import ActuaryError, load_incidence_table


@pytest.mark.parametrize(
    ("age", "published"),
    [(20, 0.018609), (25, 0.018609), (30, 0.017871), (40, 0.016982), (50, 0.016551), (60, 0.018239), (70, 0.022286)],
)
def test_the_rates_are_the_published_ones(age: int, published: float) -> None:
    assert load_incidence_table(1736).rate(age) == published


def test_the_table_is_men_in_manual_work_after_thirty_days_off() -> None:
    table = load_incidence_table(1736)
    assert table.name == "2012 IDEC Claim Incidence Table - Male, Occ Class 4, Acc, 30 day EP"
    assert (table.first_age, table.last_age) == (20, 70)


def test_some_nine_of_five_hundred_men_a_year_are_disabled_by_accident() -> None:
    table = load_incidence_table(1736)
    assert 8.2 < 500 * sum(table.rate(age) for age in range(20, 60)) / 40 < 9.3


@pytest.mark.parametrize("age", [19, 71, -1])
def test_an_age_outside_the_table_is_refused(age: int) -> None:
    with pytest.raises(ActuaryError, match=f"ages 20 to 70, not for {age}"):
        load_incidence_table(1736).rate(age)


def test_a_table_that_is_not_there_is_refused() -> None:
    with pytest.raises(ActuaryError, match="no table 999999"):
        load_incidence_table(999999)


def test_a_table_of_other_rates_is_refused() -> None:
    with pytest.raises(ActuaryError, match="not Claim Incidence"):
        load_incidence_table(1)
