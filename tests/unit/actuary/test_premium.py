# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import pytest

from tongxin.actuary import ActuaryError, IncidenceTable, Life, like_premium, load_incidence_table

TABLE = IncidenceTable(0, "for hand calculation", "", 20, (0.01, 0.02, 0.04))


def test_a_band_by_hand() -> None:
    lives = [Life("young", 20, 1_000_000, 0.5), Life("young", 21, 1_000_000, 0.5), Life("old", 22, 3_000_000, 0.25)]
    young, old = like_premium(lives, TABLE, loss_ratio=0.75)
    assert (young.band, young.heads, young.expected_aid, young.premium) == ("young", 2, 7_500, 10_000)
    assert (old.band, old.heads, old.expected_aid, old.premium) == ("old", 1, 30_000, 40_000)
    assert young.incidence == pytest.approx(0.015)


def test_money_is_rounded_up() -> None:
    (band,) = like_premium([Life("one", 20, 333, 0.1)], TABLE, loss_ratio=0.65)
    assert (band.expected_aid, band.premium) == (1, 1)


def test_a_published_rate_gives_its_premium() -> None:
    (band,) = like_premium([Life("all", 40, 20_000_000_000, 0.35)], load_incidence_table(1736), loss_ratio=0.65)
    assert band.expected_aid == pytest.approx(118_874_000, abs=1)
    assert band.premium == pytest.approx(182_883_077, abs=1)


@pytest.mark.parametrize("loss_ratio", [0, -0.1, 1.01])
def test_a_loss_ratio_that_is_none_is_refused(loss_ratio: float) -> None:
    with pytest.raises(ActuaryError, match="loss ratio"):
        like_premium([Life("one", 20, 1, 1)], TABLE, loss_ratio=loss_ratio)
