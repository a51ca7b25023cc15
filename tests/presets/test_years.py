# SPDX-License-Identifier: AGPL-3.0-only
"""Every charter in `charters/` is founded on a real node and lives through a scripted year.

The least members to start are scaled to as many as a test can enrol (12, or as many as an open panel's quorum needs);
token, steward, attestors and remainder are addresses of the test. Nothing else of a file is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from presets.by_hand import parts_of, small
from presets.ground import Ground, ground
from presets.year import Year, founders_of
from support.sdk import CHARTERS
from tongxin.charter import load_charter

pytestmark = pytest.mark.chain

FILES = sorted(CHARTERS.glob("*.yaml"))


@pytest.fixture(scope="module")
def chain() -> Iterator[Ground]:
    with ground() as made:
        yield made


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_year_by_the_rules_of(path: Path, chain: Ground) -> None:
    rules = load_charter(path)
    year = Year.found(chain, rules)
    year.live()
    assert year.done == parts_of(rules, founders_of(rules))


def test_a_year_in_which_every_grant_is_reviewed(chain: Ground) -> None:
    """R-61, R-78: a second panel's grant of the same event is no repetition of the first panel's."""
    rules = load_charter(CHARTERS / "illustrative.yaml")
    rules = rules.model_copy(update={"court": rules.court.model_copy(update={"review_bps": 10_000})})
    year = Year.found(chain, rules)
    year.live()
    assert year.done == parts_of(rules, founders_of(rules))


def test_only_the_least_members_are_scaled() -> None:
    for path in FILES:
        rules = load_charter(path)
        scaled = small(rules, 12)
        assert scaled.starting.minimum_members <= 12
        least = scaled.starting.model_copy(update={"minimum_members": rules.starting.minimum_members})
        assert scaled.model_copy(update={"starting": least}) == rules
