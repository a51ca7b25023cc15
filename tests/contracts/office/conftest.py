# SPDX-License-Identifier: AGPL-3.0-only
"""One mutual with members, a bench and a court for all tests of the Office; each test leaves it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import boa
import pytest

from support.hearing import Mutual, Rules, roll


@pytest.fixture(scope="session")
def _founded() -> Mutual:
    return Mutual(Rules())


@pytest.fixture
def mutual(_founded: Mutual) -> Iterator[Mutual]:
    roll()
    with boa.env.anchor():
        yield _founded
    roll()
