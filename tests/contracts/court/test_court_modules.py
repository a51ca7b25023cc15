# SPDX-License-Identifier: AGPL-3.0-only
"""The pure parts of the court, each against a reckoning of its own."""

from __future__ import annotations

import random
from itertools import combinations_with_replacement
from typing import Any

import boa
import pytest

from support.hearing import HOUR, INCOMPLETE, SPACING, block_hash, height, pack, refused, roll
from support.sources import CONTRACTS, LIBRARIES

VERDICT = """
# pragma version 0.4.3
from modules import verdict

@external
@pure
def decide(counts: uint256[9], threshold: uint256, strict: bool, may_cure: bool) -> uint256:
    return verdict._decide(counts, threshold, strict, may_cure)

@external
@pure
def is_fixed(counts: uint256[9], waiting: uint256, threshold: uint256, strict: bool, may_cure: bool) -> bool:
    return verdict._is_fixed(counts, waiting, threshold, strict, may_cure)
"""

COVER = """
# pragma version 0.4.3
from modules import cover

@external
@pure
def on_day(
    member: uint256, history: uint256, index: uint256, member_tick: uint256, history_tick: uint256, spacing: uint256,
    start: uint256
) -> cover.Cover:
    return cover._on_day(member, history, index, member_tick, history_tick, spacing, start)
"""

SORTITION = """
# pragma version 0.4.3
from modules import sortition

@external
@view
def block_hash(lot_block: uint256) -> bytes32:
    return sortition._block_hash(lot_block)
"""


def _load(source: str) -> Any:
    boa.interpret.set_search_paths([str(LIBRARIES), str(CONTRACTS)])
    return boa.loads(source)


@pytest.fixture(scope="module")
def verdict() -> Any:
    return _load(VERDICT)


@pytest.fixture(scope="module")
def cover() -> Any:
    return _load(COVER)


def decided(votes: list[int], threshold: int, *, strict: bool, may_cure: bool) -> int:
    """R-72, from the votes themselves."""
    levels = [0 if vote == INCOMPLETE else vote for vote in votes]

    def reached(number: int) -> bool:
        share = number * 10_000 / len(votes)
        return share > threshold if strict else share >= threshold

    for level in range(7, 0, -1):
        if reached(sum(one >= level for one in levels)):
            return level
    return INCOMPLETE if may_cure and reached(votes.count(INCOMPLETE)) else 0


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("threshold", [2_500, 5_000, 6_667, 10_000])
def test_the_verdict_is_the_highest_level_that_enough_votes_want(verdict: Any, threshold: int, strict: bool) -> None:
    # R-72, I-9. Quarters and halves are exact in binary, so the oracle's division is.
    for number in (1, 2, 4, 8):
        for votes in random.Random(number).choices(list(combinations_with_replacement(range(9), number)), k=12):
            counts = [votes.count(option) for option in range(9)]
            for may_cure in (True, False):
                wanted = decided(list(votes), threshold, strict=strict, may_cure=may_cure)
                assert verdict.decide(counts, threshold, strict, may_cure) == wanted


def test_no_votes_grant_nothing(verdict: Any) -> None:
    assert verdict.decide([0] * 9, 1, False, True) == 0


@pytest.mark.parametrize("strict", [True, False])
def test_a_result_is_fixed_iff_no_completion_changes_it(verdict: Any, strict: bool) -> None:
    generator = random.Random(7)
    seen = set()
    for _ in range(40):
        votes = [generator.choice((0, 0, 3, 7, 7, 7, 8)) for _ in range(generator.randint(3, 6))]
        waiting = generator.randint(1, 2)
        threshold = generator.choice((2_500, 5_000, 7_500))
        counts = [votes.count(option) for option in range(9)]
        results = {
            verdict.decide([counts[o] + more.count(o) for o in range(9)], threshold, strict, True)
            for late in range(waiting + 1)
            for more in combinations_with_replacement(range(9), late)
        }
        fixed = verdict.is_fixed(counts, waiting, threshold, strict, True)
        assert fixed == (len(results) == 1), (votes, waiting, threshold)
        seen.add(fixed)
    assert seen == {True, False}


# Cover: a member joined at hour 100; one day is 24 hours.

JOINED = 100


def member(*, tick: int = 50, joined: int = JOINED, class_id: int = 1, status: int = 3) -> int:
    return pack((1, 160), (tick, 28), (1000, 24), (joined, 20), (class_id, 16), (status, 8))


def history(*, earlier: int = 0, changed: int = 0, exited: int = 0) -> int:
    return (earlier & 2**96 - 1) << 160 | changed << 140 | exited << 100


def stamped(hour: int) -> int:
    return hour * HOUR << 144


def test_in_force_while_the_runway_lasts(cover: Any) -> None:
    for index, tick, start, in_force in (
        (50 * SPACING - 1, 0, 200, True),
        (50 * SPACING, stamped(201), 200, True),
        (50 * SPACING, stamped(200), 200, False),
    ):
        found = cover.on_day(member(), 0, index, tick, 0, SPACING, start * HOUR)
        assert (found[0], found[1], found[2]) == (in_force, JOINED * HOUR, 1)


def test_a_day_before_a_class_change_has_the_earlier_record(cover: Any) -> None:
    word = history(earlier=member(tick=20, class_id=5, status=11), changed=300)
    now = member(class_id=6, status=11)
    before = cover.on_day(now, word, 30 * SPACING, 0, stamped(299), SPACING, 298 * HOUR)
    assert tuple(before)[:3] == (True, JOINED * HOUR, 5)
    assert before[3] == 0
    lapsed = cover.on_day(now, word, 30 * SPACING, 0, stamped(298), SPACING, 298 * HOUR)
    assert not lapsed[0]
    after = cover.on_day(now, word, 30 * SPACING, 0, stamped(299), SPACING, 300 * HOUR)
    assert tuple(after) == (True, JOINED * HOUR, 6, 300 * HOUR, 5)


def test_nobody_is_covered_after_the_exit(cover: Any) -> None:
    gone = member(status=1 | 2 | 8 | 128)
    for start, in_force in ((399, True), (400, False)):
        found = cover.on_day(gone, history(exited=400), 0, 0, 0, SPACING, start * HOUR)
        assert found[0] is in_force


def test_who_rejoins_keeps_the_cover_up_to_the_exit(cover: Any) -> None:
    earlier = member(status=1 | 2 | 8 | 128)
    word = history(earlier=earlier, changed=500, exited=400)
    back = member(joined=500, status=11)
    for start, in_force, joined in ((399, True, JOINED), (400, False, JOINED), (499, False, JOINED), (500, True, 500)):
        found = cover.on_day(back, word, 0, 0, 0, SPACING, start * HOUR)
        assert (found[0], found[1]) == (in_force, joined * HOUR)
    # A second exit overwrote the hour of the first.
    again = member(joined=500, status=11 | 128)
    word = history(earlier=earlier, changed=500, exited=600)
    assert not cover.on_day(again, word, 0, 0, 0, SPACING, 399 * HOUR)[0]
    assert cover.on_day(again, word, 0, 0, 0, SPACING, 599 * HOUR)[0]


# The lot's block


def test_the_blocks_hash_by_opcode_history_or_formula() -> None:
    lots = _load(SORTITION)
    roll(blocks=10_000)
    lot_block = height()
    with refused("court: lot not ready"):
        lots.block_hash(lot_block)
    roll(blocks=1)
    assert lots.block_hash(lot_block) == block_hash(lot_block)
    roll(blocks=255)
    assert lots.block_hash(lot_block) == block_hash(lot_block)
    # Too old for the opcode, and no history contract: the next block in steps of 256.
    roll(blocks=1)
    assert lots.block_hash(lot_block) == block_hash(lot_block + 256)
    roll(blocks=600)
    assert lots.block_hash(lot_block) == block_hash(lot_block + 768)
    # EIP-2935 answers: here a contract that returns what it was asked for.
    at = "0x0000F90827F1C53a10cb7A02335B175320002935"
    with boa.env.anchor():
        boa.env.set_code(at, bytes.fromhex("5f355f5260205ff3"))
        assert lots.block_hash(lot_block) == lot_block.to_bytes(32)
        # It does not know the block: zero, or a revert.
        for code in ("5f5f5260205ff3", "5f5ffd", "60015f5260015ff3"):
            boa.env.set_code(at, bytes.fromhex(code))
            assert lots.block_hash(lot_block) == block_hash(lot_block + 768)
