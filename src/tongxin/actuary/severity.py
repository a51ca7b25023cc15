# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.actuary.errors import ActuaryError

__all__ = ["BASIS_POINTS", "LEVELS", "SeverityDistribution"]

BASIS_POINTS = 10_000
LEVELS = 7
"""Levels a panel can grant (R-72); level 0 is a denial."""


@dataclass(frozen=True)
class SeverityDistribution:
    """How likely each level is, given that an accident counts as a claim.

    Attributes:
        probabilities: The probability of level 1, of level 2 and so on; levels left out have none.

    Raises:
        ActuaryError: More than seven levels, a negative probability, or a sum other than 1.
    """

    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.probabilities) <= LEVELS:
            raise ActuaryError(f"a severity distribution has 1 to {LEVELS} levels, not {len(self.probabilities)}")
        if min(self.probabilities) < 0 or not math.isclose(math.fsum(self.probabilities), 1, abs_tol=1e-9):
            raise ActuaryError(f"probabilities {self.probabilities} are not all at least 0 with the sum 1")

    def expected_part(self, level_bps: Sequence[int]) -> float:
        """The expected part of the full amount, from the parts (basis points, P-39) that levels 1, 2, ... grant.

        Raises:
            ActuaryError: There are fewer parts than levels.
        """
        if len(level_bps) < len(self.probabilities):
            raise ActuaryError(f"{len(self.probabilities)} levels need as many parts, not {len(level_bps)}")
        weighted = (p * bps for p, bps in zip(self.probabilities, level_bps, strict=False))
        return math.fsum(weighted) / BASIS_POINTS
