# SPDX-License-Identifier: AGPL-3.0-only
"""Counting votes (R-72): levels 0 .. 7, and 8 for incomplete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.units import BPS

INCOMPLETE = 8
HIGHEST = 7
OPTIONS = 9


@dataclass(frozen=True)
class Rule:
    """P-23 and P-24, and whether the claim may still be cured (R-74)."""

    threshold: int
    strict: bool
    may_cure: bool

    def reached(self, votes: int, valid: int) -> bool:
        """Whether so many of the valid votes reach the threshold."""
        if self.strict:
            return votes * BPS > self.threshold * valid
        return votes * BPS >= self.threshold * valid


def at_least(counts: Sequence[int], level: int) -> int:
    """Votes for a level or a higher one; incomplete is none of them."""
    return sum(counts[level:INCOMPLETE])


def verdict(counts: Sequence[int], rule: Rule) -> int:
    """R-72 for the votes of each option."""
    valid = sum(counts)
    for level in range(HIGHEST, 0, -1):
        if rule.reached(at_least(counts, level), valid):
            return level
    return INCOMPLETE if rule.may_cure and rule.reached(counts[INCOMPLETE], valid) else 0


def settled(counts: Sequence[int], outstanding: int, rule: Rule) -> bool:
    """Whether the verdict is the same however those who still may reveal vote, or if they don't."""
    valid = sum(counts) + outstanding
    votes = [at_least(counts, level) for level in range(HIGHEST, 0, -1)]
    if rule.may_cure:
        votes.append(counts[INCOMPLETE])
    for number in votes:
        if rule.reached(number, valid):
            return True
        if rule.reached(number + outstanding, valid):
            return False
    return True
