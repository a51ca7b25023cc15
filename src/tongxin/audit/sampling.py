# SPDX-License-Identifier: AGPL-3.0-only
"""Whose storage is compared: everybody's, or that of all who acted lately or claimed, and a random part of the others.

A sample of n out of N records, drawn without putting back, misses all of k wrong ones with the chance
C(N - k, n) / C(N, n): the hypergeometric distribution.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from tongxin.audit.replay import Touched
from tongxin.model import Mutual
from tongxin.units import DAY

__all__ = ["FULL_UP_TO", "LATELY", "SAMPLE", "Choice", "StorageMode", "chance_of_detection", "choose"]

StorageMode = Literal["full", "sample"]
FULL_UP_TO: Final = 50_000
"""Members up to whom all storage is read unless a sample is asked for."""
LATELY: Final = 90 * DAY
SAMPLE: Final = 20_000
"""Others whose words are read."""
ONE_IN: Final = 1_000
"""The stated chance is that of finding a fault in one of so many of the others."""


@dataclass(frozen=True)
class Choice:
    """Whose words are read.

    Attributes:
        members: Their ids.
        said: What the report says of it; empty if it is everybody.
        sampled: How many of them were drawn.
        others: From how many they were drawn.
        chance: The chance that at least one of `others / 1,000` (at least one) wrong records among them is seen.
    """

    members: list[bytes]
    said: str = ""
    sampled: int = 0
    others: int = 0
    chance: float = 1.0


def chance_of_detection(others: int, sampled: int, wrong: int) -> float:
    """The chance that a sample shows at least one of some wrong records."""
    if sampled + wrong > others:
        return 1.0
    missed = sum(math.log1p(-sampled / (others - item)) for item in range(wrong))
    return -math.expm1(missed)


def choose(mutual: Mutual, touched: Touched, now: int, mode: StorageMode | None, seed: int | None = None) -> Choice:
    """Whose storage to compare.

    Args:
        mutual: The state recomputed.
        touched: What the replay saw of members.
        now: The time of the block, in seconds since 1970.
        mode: Everybody, or a sample; None reads everybody's up to `FULL_UP_TO` members.
        seed: For a sample that can be drawn again; by default nobody can foresee it.
    """
    everybody = [*mutual.membership.members, *mutual.membership.erased]
    if mode == "full" or (mode is None and len(everybody) <= FULL_UP_TO):
        return Choice(list(dict.fromkeys(everybody)))
    certain = touched.claimed | {who for who, when in touched.acted.items() if when >= now - LATELY}
    others = [who for who in dict.fromkeys(everybody) if who not in certain]
    drawn_by = secrets.randbits(64) if seed is None else seed
    drawn = Random(drawn_by).sample(others, min(SAMPLE, len(others)))  # noqa: S311 - its seed is from `secrets`
    wrong = max(1, len(others) // ONE_IN)
    chance = chance_of_detection(len(others), len(drawn), wrong)
    said = (
        f", of all {len(certain)} members who acted in the last {LATELY // DAY} days or ever claimed and of"
        f" {len(drawn)} of the {len(others)} others, drawn with the seed {drawn_by}: were {wrong} of those wrong, at"
        f" least one would be found with a chance of {math.floor(chance * 1e6) / 1e4:.4f} %"
    )
    return Choice([*certain, *drawn], said, len(drawn), len(others), chance)
