# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual of tiny deposits, calls and open panels, step by step against the model (I-1 to I-12); docs/testing.md has the counts."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import settings

from stateful.charters import COMMON
from stateful.claims import Claims
from tongxin.units import DAY


class Called(Claims):
    """Tiny deposits, calls, and panels of everybody."""

    rules_of_charter: ClassVar[dict[str, Any]] = COMMON | {
        "called": True,
        "immediate": False,
        "open_panel": True,
        "min_runway": 1,
        "period": 2 * DAY,
    }


@pytest.fixture(scope="module", autouse=True)
def founded() -> None:
    """Founded before any example, because each example undoes what it did on the chain."""
    Called.found()


TestCalled = Called.TestCase
TestCalled.settings = settings(settings.get_profile(settings.get_current_profile_name()), stateful_step_count=40)
