# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import re
from pathlib import Path

import typer

from tongxin.cli.program import build
from tongxin.settings import Settings

GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "cli.md").read_text(encoding="utf-8")


def commands() -> set[str]:
    found = set()
    for name, item in typer.main.get_group(build()).commands.items():
        inner = getattr(item, "commands", None)
        found |= {f"{name} {part}" for part in inner} if inner else {name}
    return found


def test_every_command_is_in_the_guide_and_nothing_else() -> None:
    table = GUIDE.split("## Commands")[1].split("## Lists")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert set(re.findall(r"`([a-z -]+)`", " ".join(cells))) == commands()


def test_every_setting_is_in_the_guide_with_its_variable() -> None:
    table = GUIDE.split("## Settings")[1].split("## A mutual")[0]
    assert set(re.findall(r"^\| ([a-z_]+) \|", table, re.MULTILINE)) - {"setting"} == set(Settings.model_fields)
    for name in Settings.model_fields:
        assert f"`TONGXIN_{name.upper()}`" in table
