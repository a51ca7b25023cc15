# SPDX-License-Identifier: AGPL-3.0-only
"""Runs a state machine and asks that its examples got everywhere: a rule that never succeeds tests nothing.

`pytest -rP tests/stateful` shows the counts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from stateful.calls import CALLS, GOVERNANCE, ONLY_CONTRACTS
from stateful.governance import Governance
from stateful.members import Members

STEPS = 40
ENOUGH = ("ci", "deep")
"""Profiles with enough examples for everything that is wanted to happen; in `deep` every call succeeds as well."""


def run(machine: type[Members], wanted: Collection[str], never: Collection[str] = ()) -> None:
    """Founds a machine's mutual, runs its examples, and looks at what they reached.

    Args:
        machine: The state machine.
        wanted: What must have happened.
        never: Calls that cannot succeed under this charter.
    """
    machine.found()
    machine.once_each()
    profile = os.environ.get("HYPOTHESIS_PROFILE", "ci")
    usual = settings.get_profile(profile)
    examples = max(1, int(usual.max_examples * machine.examples))
    run_state_machine_as_test(machine, settings=settings(usual, max_examples=examples, stateful_step_count=STEPS))
    counts = machine.base.counts
    sys.stdout.writelines(f"{count:7} {name}\n" for name, count in sorted(counts.items()))
    barred = {*never, *ONLY_CONTRACTS, *(() if issubclass(machine, Governance) else GOVERNANCE)}
    happened = sorted(name for name in barred if counts[name])
    assert not happened, f"cannot be, but happened: {', '.join(happened)}"
    possible = {*wanted, *(CALLS if profile == "deep" else ())} - barred
    missing = sorted(name for name in possible if not counts[name])
    assert not missing or profile not in ENOUGH, f"no example got to: {', '.join(missing)}"
