# SPDX-License-Identifier: AGPL-3.0-only
"""Fixtures of the contract tests: each test runs on a chain that is put back afterwards."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from contracts.mutual import Mutual, found

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import boa


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    """Each test leaves the chain as it found it."""
    with boa.env.anchor():
        yield


@pytest.fixture(scope="session")
def prepaid() -> Mutual:
    """A prepaid mutual that settles each claim at once. Tests share it; what they do is undone."""
    return found()


@pytest.fixture(scope="session")
def period() -> Mutual:
    """A called mutual that settles in rounds of a week."""
    return found(called=True, immediate=False, min_runway=1)
