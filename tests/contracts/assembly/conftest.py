# SPDX-License-Identifier: AGPL-3.0-only
"""A whole mutual whose members decide on its rules; it is founded once, and every test leaves it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boa
import pytest

from contracts.assembly.voting import MEMBERS, NEWCOMER
from support.hearing import DAY, Mutual, Rules, roll

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
def _settled() -> Mutual:
    mutual = Mutual(Rules(members=MEMBERS, volunteers=0, newcomer=NEWCOMER))
    roll(seconds=30 * DAY)
    return mutual


@pytest.fixture
def mutual(_settled: Mutual) -> Iterator[Mutual]:
    roll()
    with boa.env.anchor():
        yield _settled
    roll()
