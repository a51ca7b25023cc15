# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual of tiny deposits, calls and open panels, step by step against the model (I-1 to I-15)."""

from __future__ import annotations

from typing import Any, ClassVar

from stateful.charters import COMMON
from stateful.reached import run
from stateful.relayed import Relayed
from tongxin.units import DAY
from tongxin.words import AdmissionForm

WANTED = {
    "claim open_now",
    "claim granted",
    "claim denied",
    "member lapsed",
    "member exited",
    "Fund.settle_round",
    "Fund.pay",
}
NEVER = {
    "Court.commission",
    "Court.grant",
    "Court.report",
    "Court.review",
    "Jury.announce",
    "Jury.commit_for",
    "Office.admit_invited",
    "Office.announce_seat_for",
    "Office.grant_for",
}


class Called(Relayed):
    """Tiny deposits, calls, and panels of everybody."""

    rules_of_charter: ClassVar[dict[str, Any]] = COMMON | {
        "called": True,
        "immediate": False,
        "open_panel": True,
        "min_runway": 1,
        "period": 2 * DAY,
        "admission": AdmissionForm.OPEN,
    }


def test_called() -> None:
    run(Called, WANTED, NEVER)
