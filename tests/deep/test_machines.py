# SPDX-License-Identifier: AGPL-3.0-only
"""The state machines for long, and on contracts that another optimiser compiled (the compiler has known faults)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MACHINES = ("immediate", "period", "called", "life")
PRAGMA = re.compile(r"^#pragma optimize \w+$", re.MULTILINE)


def run(machine: str, contracts: Path, profile: str) -> None:
    """Runs one machine in a process of its own, because compiled contracts are kept for as long as one lives."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", f"tests/stateful/test_{machine}.py"]
    environment = {**os.environ, "TONGXIN_CONTRACTS": str(contracts), "HYPOTHESIS_PROFILE": profile}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8_000:]
    assert "1 passed" in done.stdout or "2 passed" in done.stdout, done.stdout


@pytest.mark.timeout(3 * 3_600)
@pytest.mark.parametrize("machine", MACHINES)
def test_a_thousand_examples(machine: str) -> None:
    run(machine, ROOT / "contracts", "deep")


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("optimizer", ["gas", "codesize"])
@pytest.mark.parametrize("machine", MACHINES)
def test_another_optimiser_makes_no_difference(machine: str, optimizer: str, tmp_path: Path) -> None:
    contracts = tmp_path / "contracts"
    shutil.copytree(ROOT / "contracts", contracts)
    changed = 0
    for path in contracts.glob("*.vy"):
        text = path.read_text()
        other = PRAGMA.sub(f"#pragma optimize {optimizer}", text)
        changed += other != text
        path.write_text(other)
    assert changed, "every contract has this optimiser already"
    run(machine, contracts, "ci")
