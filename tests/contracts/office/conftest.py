# SPDX-License-Identifier: AGPL-3.0-only
"""Mutuals with members, a bench and a court for all tests of the Office; each test leaves them as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import boa
import pytest

from support.hearing import Mutual, Rules, roll

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Isolation is this folder's: boa's own would undo a mutual that later tests share."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("ignore_isolation")


@pytest.fixture(autouse=True)
def _isolated(request: pytest.FixtureRequest) -> Iterator[None]:
    """Takes the place of the fixture of that name above this folder; what `mutual` founds stays."""
    if "mutual" in request.fixturenames:
        yield
        return
    with boa.env.anchor():
        yield


@pytest.fixture(scope="session")
def founded() -> Callable[[Rules], Mutual]:
    """Founds a mutual for each set of rules, the first time it is asked for."""
    return cache(Mutual)


@pytest.fixture
def rules() -> Rules:
    """The charter of a test; one that needs another overrides it."""
    return Rules()


@pytest.fixture
def mutual(founded: Callable[[Rules], Mutual], rules: Rules) -> Iterator[Mutual]:
    ready = founded(rules)
    roll()
    with boa.env.anchor():
        yield ready
    roll()
