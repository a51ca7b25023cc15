# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from dataclasses import replace

import pytest

from tongxin.demo.errors import DemoError
from tongxin.demo.figures import Holdings

SOUND = Holdings(holds=1_000, deposits=600, surplus=100, due=50, fees=30, bonds=220, balances=597)


def test_sound_accounts_pass_with_the_dust_of_rounding() -> None:
    SOUND.check(roundings=3)
    assert SOUND.dust == 3


@pytest.mark.parametrize("account", ["holds", "deposits", "surplus", "due", "fees", "bonds"])
@pytest.mark.parametrize("units", [1, -1])
def test_a_single_unit_too_much_or_too_little_is_found(account: str, units: int) -> None:
    wrong = replace(SOUND, **{account: getattr(SOUND, account) + units})
    with pytest.raises(DemoError, match="money is not conserved"):
        wrong.check(roundings=10)


@pytest.mark.parametrize("balances", [601, 590])
def test_dust_that_rounding_does_not_explain_is_found(balances: int) -> None:
    with pytest.raises(DemoError, match="not by rounding alone"):
        replace(SOUND, balances=balances).check(roundings=9)
