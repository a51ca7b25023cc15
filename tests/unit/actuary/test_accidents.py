# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import numpy as np
import pytest

from tongxin.actuary import ActuaryError, IncidenceTable, SeverityDistribution, draw_accidents, load_incidence_table

SEVERITY = SeverityDistribution((0.5, 0.3, 0.2))


def test_the_same_seed_draws_the_same_accidents() -> None:
    table = load_incidence_table(1736)
    first, again, other = (
        draw_accidents([30] * 500, table, SEVERITY, years=1, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_the_number_of_accidents_is_the_tables() -> None:
    table = load_incidence_table(1736)
    drawn = draw_accidents([40] * 200_000, table, SEVERITY, years=1, rng=np.random.default_rng(7))
    expected = 200_000 * 0.016982
    assert abs(len(drawn) - expected) < 4 * expected**0.5


def test_levels_follow_the_distribution() -> None:
    table = IncidenceTable(0, "nearly certain", "", 20, (0.999,) * 10)
    drawn = draw_accidents([20] * 20_000, table, SEVERITY, years=1, rng=np.random.default_rng(3))
    for level, probability in enumerate(SEVERITY.probabilities, start=1):
        assert abs(sum(a.level == level for a in drawn) / len(drawn) - probability) < 0.02


def test_people_grow_older_and_days_run_on() -> None:
    table = IncidenceTable(0, "second year only", "", 20, (1e-12, 1 - 1e-12))
    drawn = draw_accidents([20] * 50, table, SEVERITY, years=2, rng=np.random.default_rng(1))
    assert len(drawn) == 50
    assert all(365 <= accident.day < 730 for accident in drawn)
    assert [a.day for a in drawn] == sorted(a.day for a in drawn)


def test_no_year_or_an_age_outside_the_table_is_refused() -> None:
    table = load_incidence_table(1736)
    rng = np.random.default_rng(1)
    with pytest.raises(ActuaryError, match="at least one year"):
        draw_accidents([30], table, SEVERITY, years=0, rng=rng)
    with pytest.raises(ActuaryError, match="not for 71"):
        draw_accidents([70], table, SEVERITY, years=2, rng=rng)


@pytest.mark.parametrize("probabilities", [(), (0.5, 0.4), (1.2, -0.2), (0.125,) * 8])
def test_a_distribution_that_is_none_is_refused(probabilities: tuple[float, ...]) -> None:
    with pytest.raises(ActuaryError):
        SeverityDistribution(probabilities)


def test_the_expected_part_weighs_levels_by_probability() -> None:
    assert SEVERITY.expected_part((1000, 5000, 10000, 10000)) == pytest.approx(0.05 + 0.15 + 0.2)
    with pytest.raises(ActuaryError, match="3 levels need as many parts"):
        SEVERITY.expected_part((1000, 5000))
