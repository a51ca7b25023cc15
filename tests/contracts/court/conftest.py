# SPDX-License-Identifier: AGPL-3.0-only
"""Mutuals to judge claims in: each is founded once, every test starts from it and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import boa
import pytest

from support.hearing import Mutual, Rules, roll


@pytest.fixture(scope="session")
def _founded() -> Callable[[Rules], Mutual]:
    return cache(Mutual)


@pytest.fixture
def rules() -> Rules:
    """The charter of a test; a module or a test that needs another one overrides it."""
    return Rules()


@pytest.fixture
def mutual(_founded: Callable[[Rules], Mutual], rules: Rules) -> Iterator[Mutual]:
    founded = _founded(rules)
    roll()
    with boa.env.anchor():
        yield founded
    roll()
