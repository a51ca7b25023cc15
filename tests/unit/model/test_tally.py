# SPDX-License-Identifier: AGPL-3.0-only
"""R-72: the verdict of votes, and when nothing can change it any more."""

from __future__ import annotations

from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.model.tally import INCOMPLETE, OPTIONS, Rule, settled, verdict

RULES = st.builds(Rule, st.integers(1, 10_000), st.booleans(), st.booleans())


def counts(votes: list[int]) -> list[int]:
    return [votes.count(option) for option in range(OPTIONS)]


@pytest.mark.parametrize(
    ("votes", "strict", "level"),
    [
        ([3, 3, 0], True, 3),
        ([1, 5, 0], True, 1),
        ([7, 0, 0], True, 0),
        ([4, 0], True, 0),
        ([4, 0], False, 4),
        ([4, 0, 8, 8], False, 8),
        ([8, 8, 1], True, 8),
        ([2, 3, 8], True, 2),
    ],
)
def test_the_highest_level_that_reaches_half(votes: list[int], strict: bool, level: int) -> None:
    assert verdict(counts(votes), Rule(5_000, strict, may_cure=True)) == level


def test_a_cured_claim_is_not_found_incomplete_again() -> None:
    assert verdict(counts([8, 8, 1]), Rule(5_000, strict=True, may_cure=False)) == 0


@given(st.lists(st.integers(0, 8), min_size=1, max_size=5), st.integers(0, 3), RULES)
def test_settled_means_that_no_completion_changes_it(votes: list[int], outstanding: int, rule: Rule) -> None:
    if settled(counts(votes), outstanding, rule):
        found = {
            verdict(counts(votes + list(more)), rule)
            for said in range(outstanding + 1)
            for more in combinations_with_replacement(range(OPTIONS), said)
        }
        assert found == {verdict(counts(votes), rule)}


@given(st.lists(st.integers(0, 8), min_size=1, max_size=5), st.integers(1, 3), RULES)
def test_not_settled_means_that_uniform_votes_could_change_it(votes: list[int], outstanding: int, rule: Rule) -> None:
    if not settled(counts(votes), outstanding, rule):
        found = {verdict(counts(votes + [level] * outstanding), rule) for level in range(INCOMPLETE + 1)}
        assert len(found) > 1
