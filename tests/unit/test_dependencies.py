# SPDX-License-Identifier: AGPL-3.0-only
"""What the program imports is declared: a library that only another one brings may be gone with its next release."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> dict[str, str]:
    """The first part of each import's name, and a file that has it."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                node.body = []  # what only the type checker reads
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
                names = [node.module]
            found |= {name.split(".")[0]: str(path.relative_to(ROOT)) for name in names}
    return found


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {normal(re.split(r"[\s\[<>=!~;]", entry)[0]) for entry in project["dependencies"]}
    brought_by = packages_distributions()
    undeclared = {
        name: where
        for name, where in imported().items()
        if name not in sys.stdlib_module_names
        and name != "tongxin"
        and not declared & {normal(package) for package in brought_by.get(name, ())}
    }
    assert undeclared == {}
