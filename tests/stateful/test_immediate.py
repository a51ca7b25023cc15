# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual that settles each claim by itself, step by step against the model (I-1 to I-12); docs/testing.md has the counts."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import settings

from stateful.charters import COMMON
from stateful.claims import Claims
from tongxin.units import DAY


class Immediate(Claims):
    """Each claim settled by itself; some grants reviewed by lot."""

    rules_of_charter: ClassVar[dict[str, Any]] = COMMON | {
        "immediate": True,
        "review_bps": 3_000,
        "ladder": ((10 * DAY, 5_000), (60 * DAY, 10_000)),
    }


@pytest.fixture(scope="module", autouse=True)
def founded() -> None:
    """Founded before any example, because each example undoes what it did on the chain."""
    Immediate.found()


TestImmediate = Immediate.TestCase
TestImmediate.settings = settings(settings.get_profile(settings.get_current_profile_name()), stateful_step_count=40)
