# SPDX-License-Identifier: AGPL-3.0-only
"""The unit tests of the browser library, which Node.js runs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from support import age_program, chromium

FRONTEND = Path(__file__).parents[2] / "frontend"


def test_the_unit_tests_of_the_browser_library_pass(tmp_path: Path) -> None:
    assert not age_program.missing(), age_program.missing()
    subprocess.run([chromium.NODE, FRONTEND / "build.mjs", tmp_path, "--tests"], check=True)
    bundles = sorted(tmp_path.glob("*.test.mjs"))
    done = subprocess.run(
        [chromium.NODE, "--test", "--test-reporter=tap", *bundles],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AGE_TESTKIT": str(age_program.TESTKIT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written = sum(path.read_text().count("\ntest(") for path in FRONTEND.glob("tests/*.test.ts"))
    assert re.findall(r"^# (?:pass|fail|skipped|todo) (\d+)$", done.stdout, re.MULTILINE) == [
        str(written),
        "0",
        "0",
        "0",
    ]
