#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Verdict
@license AGPL-3.0-only
@notice What the revealed votes decide (R-72, I-9).
@dev No state. `counts[o]` is the number of valid votes for option o: a level from 0 to 7, or 8 for incomplete.
"""

from modules import words

INCOMPLETE: constant(uint256) = 8


@internal
@pure
def _reaches(votes: uint256, valid: uint256, threshold: uint256, strict: bool) -> bool:
    if strict:
        return votes * words.BPS > valid * threshold
    return votes * words.BPS >= valid * threshold


@internal
@pure
def _decide(counts: uint256[9], threshold: uint256, strict: bool, may_cure: bool) -> uint256:
    """
    @dev The highest level that the threshold of valid votes wants at least; else incomplete, if the claim may still be
         cured and the threshold wants that; else 0.
    """
    valid: uint256 = 0
    for votes: uint256 in counts:
        valid += votes
    if valid == 0:
        return 0
    at_least: uint256 = 0
    for i: uint256 in range(7):
        at_least += counts[7 - i]
        if self._reaches(at_least, valid, threshold, strict):
            return 7 - i
    if may_cure and self._reaches(counts[INCOMPLETE], valid, threshold, strict):
        return INCOMPLETE
    return 0


@internal
@pure
def _is_fixed(counts: uint256[9], waiting: uint256, threshold: uint256, strict: bool, may_cure: bool) -> bool:
    """
    @dev Whether `waiting` more votes can no longer change the decision: shares move furthest when all of them agree.
    """
    decided: uint256 = self._decide(counts, threshold, strict, may_cure)
    for option: uint256 in range(9):
        more: uint256[9] = counts
        more[option] += waiting
        if self._decide(more, threshold, strict, may_cure) != decided:
            return False
    return True
