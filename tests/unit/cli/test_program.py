# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from pathlib import Path

import typer

from tongxin import cli
from tongxin.cli.program import MODULES, build


def names(program: typer.Typer) -> set[str]:
    return set(typer.main.get_group(program).commands)


def test_each_module_declares_the_commands_that_are_listed_for_it() -> None:
    for module, commands in MODULES.items():
        assert names(build([commands[0]])) == set(commands), module


def test_every_module_of_commands_is_part_of_the_program() -> None:
    found = {path.stem for path in Path(cli.__file__).parent.glob("*.py") if "\ndef add_to(" in path.read_text("utf-8")}
    assert found == set(MODULES)
    assert names(build()) == {command for commands in MODULES.values() for command in commands}


def test_an_option_that_is_called_like_a_command_hides_none() -> None:
    assert names(build(["--home", "node", "show", "mutual"])) == {"node", "mint", "show"}
