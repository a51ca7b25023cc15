# SPDX-License-Identifier: AGPL-3.0-only
"""The whole life of a mutual, step by step against the model: gathering, versions, end, nothing left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from stateful.charters import LIFE
from stateful.life import EVERY_LIFE, Life
from stateful.reached import run
from tongxin.units import DAY
from tongxin.words import AdmissionForm

WANTED = {
    *EVERY_LIFE,
    "Fund.wind_down_by_floor",
    "claim of an earlier version",
}
NEVER = {"Office.admit_open"}
NEVER_WHEN_CALLED = {
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


class LifeOfPrepaid(Life):
    """Each claim settled by itself."""

    rules_of_charter: ClassVar[dict[str, Any]] = LIFE | {"immediate": True}


class LifeOfCalled(Life):
    """Tiny deposits, calls in rounds, panels of everybody, and whoever likes may come in."""

    examples: ClassVar[float] = 0.05
    MOMENTS: ClassVar[Sequence[str]] = ("amended", "ending", "few")
    rules_of_charter: ClassVar[dict[str, Any]] = LIFE | {
        "called": True,
        "immediate": False,
        "open_panel": True,
        "min_runway": 1,
        "period": 2 * DAY,
        "admission": AdmissionForm.OPEN,
    }


def test_life() -> None:
    run(LifeOfPrepaid, WANTED, NEVER)


def test_life_of_a_called_mutual() -> None:
    run(LifeOfCalled, {"emptied", "executed charter", "executed wind_down", "Fund.settle_round"}, NEVER_WHEN_CALLED)
