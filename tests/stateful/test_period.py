# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual whose rounds settle several claims at one ratio, step by step against the model (I-1 to I-12); docs/testing.md has the counts."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import settings

from contracts.mutual import SPACING
from stateful.charters import COMMON
from stateful.claims import Claims
from tongxin.units import DAY


class Period(Claims):
    """Weekly rounds whose caps bind; large grants reviewed; a cap per claim."""

    rules_of_charter: ClassVar[dict[str, Any]] = COMMON | {
        "immediate": False,
        "round_cap": 5 * SPACING,
        "year_cap": 12 * SPACING,
        "carries": 2,
        "review_above": 3 * 10**7,
        "claim_cap": 25 * SPACING // 10,
        "period": 3 * DAY,
    }


@pytest.fixture(scope="module", autouse=True)
def founded() -> None:
    """Founded before any example, because each example undoes what it did on the chain."""
    Period.found()


TestPeriod = Period.TestCase
TestPeriod.settings = settings(settings.get_profile(settings.get_current_profile_name()), stateful_step_count=40)
