# SPDX-License-Identifier: AGPL-3.0-only
"""Each attack is made on a mutual of its own, and the chain is put back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boa
import pytest

from attacks.town import Town

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Isolation is the `town` fixture's: boa's own would undo a mutual that later tests share."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("ignore_isolation")


@pytest.fixture(scope="session")
def grown() -> Town:
    """Twelve members, all past the newcomer time and their waiting time."""
    town = Town()
    town.wait(70 * 86_400)
    return town


@pytest.fixture
def town(grown: Town) -> Iterator[Town]:
    numbers, drafted = dict(grown.numbers), dict(grown.drafted)
    with boa.env.anchor():
        yield grown
    grown.numbers, grown.drafted = numbers, drafted
