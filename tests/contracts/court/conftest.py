# SPDX-License-Identifier: AGPL-3.0-only
"""Mutuals to judge claims in: each is founded once, every test starts from it and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import boa
import pytest

from support.hearing import Mutual, Rules, roll

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Isolation is the `mutual` fixture's: boa's own would undo a mutual that later tests share."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("ignore_isolation")


@pytest.fixture(autouse=True)
def _isolated() -> None:
    """Takes the place of the fixture of that name above this folder, for the same reason."""


@pytest.fixture(scope="session")
def founded() -> Callable[[Rules], Mutual]:
    """Founds a mutual for each set of rules, the first time it is asked for."""
    return cache(Mutual)


@pytest.fixture
def rules() -> Rules:
    """The charter of a test; a module or a test that needs another one overrides it."""
    return Rules()


@pytest.fixture
def mutual(founded: Callable[[Rules], Mutual], rules: Rules) -> Iterator[Mutual]:
    ready = founded(rules)
    roll()
    with boa.env.anchor():
        yield ready
