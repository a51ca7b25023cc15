# SPDX-License-Identifier: AGPL-3.0-only
"""Every charter in `charters/` is founded on a real node and lives through a scripted year.

The least members to start are scaled to as many as a test can enrol (12, or one more than an open panel's quorum);
token, steward, attestors and remainder are addresses of the test. Nothing else of a file is changed.

Which parts a year has follows from the charter (`by_hand.parts_of`), and a year that leaves one out fails. Not lived
through: limits of repeats above three, and a round cap that needs more than six claims of one round.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from presets.by_hand import founders_of, parts_of, small
from presets.ground import Ground, ground
from presets.year import Year
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
    assert year.done == parts_of(rules)


@pytest.mark.parametrize("preset", ["illustrative", "facade-cleaners"])
def test_a_year_in_which_every_grant_is_reviewed(preset: str, chain: Ground) -> None:
    """R-61, R-78: a second panel's grant of the same event is no repetition of the first panel's.

    Too few volunteer for a second panel, so that it is open.
    """
    rules = load_charter(CHARTERS / f"{preset}.yaml")
    rules = rules.model_copy(update={"court": rules.court.model_copy(update={"review_bps": 10_000})})
    year = Year.found(chain, rules)
    year.live()
    assert year.done == parts_of(rules)


def test_only_the_least_members_are_scaled() -> None:
    for path in FILES:
        rules = load_charter(path)
        scaled = small(rules)
        assert scaled.starting.minimum_members <= founders_of(rules)
        least = scaled.starting.model_copy(update={"minimum_members": rules.starting.minimum_members})
        assert scaled.model_copy(update={"starting": least}) == rules
