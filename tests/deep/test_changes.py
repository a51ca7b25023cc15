# SPDX-License-Identifier: AGPL-3.0-only
"""Every change of every number, sealed or refused: the compiled Charter and Bounds against the model (R-91 to R-93)."""

from __future__ import annotations

import copy

import boa
import pytest

from stateful.changes import CHANGES
from stateful.members import Members
from stateful.test_life import LifeOfCalled, LifeOfPrepaid
from tongxin.model.steps import STEPS
from tongxin.units import DAY

BY = 3
MOST = 45


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("machine", [LifeOfPrepaid, LifeOfCalled])
@pytest.mark.parametrize("versions", [1, 3])
def test_each_change_is_judged_alike(machine: type[LifeOfPrepaid], versions: int) -> None:
    """One version is compared, or three of the last 90 days, each with a fee of its own."""
    machine.found()
    life = machine()
    Members.begin(life)
    life.start()
    life.twin.wait(91 * DAY, 300)
    for place in range(versions - 1):
        life.amend(("fee", place), BY, BY + place, 0, "first", general=True, relayed=False)
    assert life.twin.model.charter.latest == versions
    sealed = 0
    for name in sorted(CHANGES):
        for how in range(6 if name in STEPS else MOST):
            model, drafts, numbers = life.twin.model, dict(life.twin.drafts), dict(life.numbers)
            life.twin.model = copy.deepcopy(model)
            with boa.env.anchor():
                sealed += bool(life.prepared((name, how), BY))
            life.twin.model, life.twin.drafts, life.numbers = model, drafts, numbers
    assert sealed > MOST
    life.stack.close()
