# SPDX-License-Identifier: AGPL-3.0-only
"""What insurance for the same accidents would cost a year, from the same table and an assumed loss ratio.

    expected aid of a person = incidence at the attained age x expected part of the amount x amount of the class
    like premium             = expected aid / loss ratio

The loss ratio is the part of the premium that comes back as claims; the rest pays selling, administration, capital
and profit. It is an assumption, not a quotation: nobody offers facade cleaners this cover.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.actuary.errors import ActuaryError
from tongxin.actuary.tables import IncidenceTable

__all__ = ["BandPremium", "Life", "like_premium"]


@dataclass(frozen=True)
class Life:
    """A person to be priced.

    Attributes:
        band: The name under which people of one age band are summed.
        age: The attained age in years.
        amount: The full amount of the benefit in units of the token.
        expected_part: The expected part of it that a claim is granted.
    """

    band: str
    age: int
    amount: int
    expected_part: float


@dataclass(frozen=True)
class BandPremium:
    """One age band's year; money in units of the token, rounded up, per person.

    Attributes:
        band: Its name.
        heads: The people in it.
        incidence: Claims per person and year.
        expected_aid: Expected aid per person.
        premium: The like premium per person.
    """

    band: str
    heads: int
    incidence: float
    expected_aid: int
    premium: int


def like_premium(lives: Sequence[Life], table: IncidenceTable, *, loss_ratio: float) -> list[BandPremium]:
    """The like premium of each band, in the order in which the bands first appear.

    Raises:
        ActuaryError: The loss ratio is not in (0, 1], or an age is outside the table.
    """
    if not 0 < loss_ratio <= 1:
        raise ActuaryError(f"a loss ratio lies above 0 and is at most 1, not {loss_ratio}")
    bands: dict[str, list[Life]] = defaultdict(list)
    for life in lives:
        bands[life.band].append(life)
    priced = []
    for band, people in bands.items():
        claims = math.fsum(table.rate(life.age) for life in people)
        aid = math.fsum(table.rate(life.age) * life.expected_part * life.amount for life in people) / len(people)
        priced.append(BandPremium(band, len(people), claims / len(people), math.ceil(aid), math.ceil(aid / loss_ratio)))
    return priced
