# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tongxin.actuary.errors import ActuaryError
from tongxin.actuary.severity import SeverityDistribution
from tongxin.actuary.tables import IncidenceTable

__all__ = ["DAYS_PER_YEAR", "Accident", "draw_accidents"]

DAYS_PER_YEAR = 365


@dataclass(frozen=True, order=True)
class Accident:
    """One drawn accident that counts as a claim.

    Attributes:
        day: The day it happens, counted from 0 at the beginning of the first year.
        life: The position of the person in the list of ages.
        level: Its severity, 1 for the lightest.
    """

    day: int
    life: int
    level: int


def draw_accidents(
    ages: Sequence[int],
    table: IncidenceTable,
    severity: SeverityDistribution,
    *,
    years: int,
    rng: np.random.Generator,
) -> list[Accident]:
    """The accidents of some years among people of these ages at the beginning, in the order of their days.

    In each year each person has one accident with the probability of the table's rate at the age attained, on a day
    drawn uniformly, of a level drawn from `severity`; people and years are independent.

    Raises:
        ActuaryError: There is no year or an age outside the table.
    """
    if years < 1:
        raise ActuaryError(f"accidents are drawn for at least one year, not {years}")
    levels = np.arange(1, len(severity.probabilities) + 1)
    accidents: list[Accident] = []
    for year in range(years):
        rates = np.array([table.rate(age + year) for age in ages])
        lives = np.flatnonzero(rng.random(len(ages)) < rates)
        days = rng.integers(0, DAYS_PER_YEAR, size=len(lives)) + year * DAYS_PER_YEAR
        drawn = rng.choice(levels, size=len(lives), p=severity.probabilities)
        accidents += [
            Accident(int(day), int(life), int(level)) for day, life, level in zip(days, lives, drawn, strict=True)
        ]
    return sorted(accidents)
