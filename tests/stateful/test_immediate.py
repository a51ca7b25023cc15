# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual that settles each claim by itself, step by step against the model (I-1 to I-15)."""

from __future__ import annotations

from typing import Any, ClassVar

from stateful.charters import COMMON
from stateful.reached import run
from stateful.relayed import Relayed
from tongxin.units import DAY

WANTED = {
    "claim on panel 1",
    "claim on panel 2",
    "claim reviewed",
    "claim cured",
    "claim redrawn",
    "claim open_now",
    "claim granted",
    "claim denied",
    "claim no_access",
    "claim investigator_owed",
    "claim bond_from_balance",
    "claim waived",
    "member lapsed",
    "member exited",
    "Fund.carry",
    "Fund.pay",
    "Fund.settle_round",
}
NEVER = {"Office.admit_open"}


class Immediate(Relayed):
    """Each claim settled by itself; some grants reviewed by lot."""

    rules_of_charter: ClassVar[dict[str, Any]] = COMMON | {
        "immediate": True,
        "review_bps": 3_000,
        "ladder": ((10 * DAY, 5_000), (60 * DAY, 10_000)),
    }


def test_immediate() -> None:
    run(Immediate, WANTED, NEVER)
