# SPDX-License-Identifier: AGPL-3.0-only
"""What a command has read of large libraries before it begins: only those it works with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

XIANGHUBAO: Final = Path(__file__).parents[3] / "charters" / "xianghubao.yaml"

ID: Final = "0x" + "11" * 32

LARGE: Final = {
    "alembic",
    "boto3",
    "eth_account",
    "fastapi",
    "numpy",
    "pandas",
    "psycopg",
    "py_ecc",
    "pyarrow",
    "sqlalchemy",
    "uvicorn",
    "web3",
}
"""Libraries that take long to import and that only signing, the index, the stores or the demo need."""

READ: Final = """
import atexit, sys
atexit.register(lambda: print("\\n" + " ".join(sys.modules)))
from tongxin.cli import main
main()
"""


def modules_read(home: Path, *arguments: str) -> set[str]:
    """What a process of its own has imported when the command has ended, as it does at once without a chain."""
    done = subprocess.run(
        [sys.executable, "-c", READ, *arguments],
        env={"TONGXIN_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("command", "module"),
    [
        (("claim", "status", "1"), "claim"),
        (("vote", "commit", "1", "--level", "0"), "vote"),
        (("member", "contacts", ID), "member"),
        (("evidence", "list", "1"), "evidence"),
        (("charter", "check", str(XIANGHUBAO)), "charter"),
        (("proposal", "list"), "proposal"),
        (("show", "mutual"), "show"),
        (("join", "attestation.json"), "join"),
        (("top-up", ID), "top_up"),
    ],
)
def test_an_ordinary_command_begins_without_large_libraries(
    tmp_path: Path, command: tuple[str, ...], module: str
) -> None:
    read = modules_read(tmp_path, *command)
    assert f"tongxin.cli.{module}" in read
    assert read & LARGE == set()


def test_help_lists_all_commands_without_large_libraries(tmp_path: Path) -> None:
    read = modules_read(tmp_path, "--help")
    assert {"tongxin.cli.demo", "tongxin.cli.index", "tongxin.cli.bench", "tongxin.cli.audit"} <= read
    assert read & LARGE == set()
