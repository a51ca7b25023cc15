# SPDX-License-Identifier: AGPL-3.0-only
"""Every function that changes something is called by a rule."""

from __future__ import annotations

import re
from pathlib import Path

from stateful.calls import CALLS, ONLY_CONTRACTS

MODULES = ("members", "claims", "relayed", "governance")


def test_every_function_is_called_by_a_rule() -> None:
    source = "".join((Path(__file__).parent / f"{name}.py").read_text() for name in MODULES)
    mentioned = set(re.findall(r"\b(?:fund|office|jury|court|charter|assembly)\.(\w+)", source))
    mentioned |= set(re.findall(r'"(\w+_for)"', source))
    direct = set(re.findall(r'\("([a-z_]+)", "[A-Z]\w+", "', source))
    mentioned |= direct | {f"{act}_for" for act in direct}
    missing = sorted(call for call in CALLS if call.split(".")[1] not in mentioned)
    assert not missing, f"no rule calls: {', '.join(missing)}"


def test_what_only_contracts_may_call_exists() -> None:
    assert ONLY_CONTRACTS <= CALLS
