# SPDX-License-Identifier: AGPL-3.0-only
"""Whose storage an audit reads, and what the stated chance of a sample is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from fractions import Fraction
from math import comb
from random import Random

import pytest

from support.mutuals import Village
from tongxin.audit import sampling
from tongxin.audit.replay import Touched
from tongxin.audit.sampling import chance_of_detection, choose
from tongxin.model import Mutual
from tongxin.units import MemberId


def touched(acted: Mapping[MemberId, int], claimed: Collection[MemberId]) -> Touched:
    return Touched(set(), set(), set(), set(), Counter(), set(), set(), {1: 1}, dict(acted.items()), {*claimed})


@pytest.mark.parametrize(
    ("others", "sampled", "wrong"), [(50, 10, 3), (1_000, 200, 1), (20, 20, 1), (30, 0, 5), (9, 5, 5)]
)
def test_the_chance_is_the_hypergeometric_one(others: int, sampled: int, wrong: int) -> None:
    exact = 1 - Fraction(comb(others - wrong, sampled), comb(others, sampled))
    assert chance_of_detection(others, sampled, wrong) == pytest.approx(float(exact), abs=1e-12)


def test_a_sample_finds_a_fault_as_often_as_it_says() -> None:
    draw = Random(7)
    wrong = set(range(4))
    seen = sum(bool(wrong & set(draw.sample(range(100), 25))) for _ in range(4_000))
    assert seen / 4_000 == pytest.approx(chance_of_detection(100, 25, 4), abs=0.03)


@pytest.fixture
def mutual(monkeypatch: pytest.MonkeyPatch) -> Mutual:
    monkeypatch.setattr(sampling, "SAMPLE", 40)
    village = Village.found()
    village.people(300)
    return village.mutual


def test_everybody_is_read_where_not_told_otherwise_up_to_a_size(
    mutual: Mutual, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = set(mutual.membership.members)
    assert set(choose(mutual, touched({}, set()), 0, None).members) == everybody
    monkeypatch.setattr(sampling, "FULL_UP_TO", 299)
    assert len(choose(mutual, touched({}, set()), 0, None).members) == 40
    assert set(choose(mutual, touched({}, set()), 0, "full").members) == everybody


def test_who_acted_lately_or_claimed_is_read_for_certain(mutual: Mutual) -> None:
    members = list(mutual.membership.members)
    now = 10 * sampling.LATELY
    lately, long_ago = dict.fromkeys(members[:5], now - 1), dict.fromkeys(members[5:10], now - sampling.LATELY - 1)
    claimed = {members[7]}
    chosen = choose(mutual, touched(lately | long_ago, claimed), now, "sample", seed=3)
    assert {*members[:5], members[7]} <= set(chosen.members)
    assert len(set(chosen.members)) == len(chosen.members) == 46
    assert (chosen.sampled, chosen.others) == (40, 294)
    assert "all 6 members" in chosen.said
    assert "seed 3" in chosen.said
    assert chosen == choose(mutual, touched(lately | long_ago, claimed), now, "sample", seed=3)


def test_nobody_foresees_whom_a_sample_holds(mutual: Mutual) -> None:
    drawn = {frozenset(choose(mutual, touched({}, set()), 0, "sample").members) for _ in range(3)}
    assert len(drawn) == 3


def test_the_stated_chance_is_rounded_down(mutual: Mutual) -> None:
    chosen = choose(mutual, touched({}, set()), 0, "sample")
    stated = float(chosen.said.rpartition("chance of ")[2].removesuffix(" %"))
    assert stated <= 100 * chosen.chance < stated + 0.0001
