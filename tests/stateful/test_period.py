# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual whose rounds settle several claims at one ratio, step by step against the model (I-1 to I-15)."""

from __future__ import annotations

from typing import Any, ClassVar

from contracts.mutual import SPACING
from stateful.charters import COMMON
from stateful.reached import run
from stateful.relayed import Relayed
from tongxin.units import DAY
from tongxin.words import AdmissionForm

WANTED = {
    "claim on panel 1",
    "claim reviewed",
    "claim granted",
    "claim denied",
    "claim award_cut",
    "Fund.settle_round",
    "Fund.pay",
}
NEVER = {"Office.admit_open"}


class Period(Relayed):
    """Weekly rounds whose caps bind; large grants reviewed; a cap per claim."""

    rules_of_charter: ClassVar[dict[str, Any]] = COMMON | {
        "immediate": False,
        "round_cap": 5 * SPACING,
        "year_cap": 12 * SPACING,
        "carries": 2,
        "review_above": 3 * 10**7,
        "claim_cap": 25 * SPACING // 10,
        "period": 3 * DAY,
        "min_runway": 5,
        "admission": AdmissionForm.INVITATION,
    }


def test_period() -> None:
    run(Period, WANTED, NEVER)
