# SPDX-License-Identifier: AGPL-3.0-only
"""The script of the demo: who plays what, which accidents were drawn from the table and which events are scripted.

Nothing here touches a chain. The plan says what people do; what comes of it, the chain decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from tongxin.actuary import IncidenceTable, SeverityDistribution, draw_accidents
from tongxin.charter import SCALE, Charter, CharterNumbers, numbers_of
from tongxin.charter.rules import Benefit, Kind
from tongxin.demo.errors import DemoError
from tongxin.demo.people import Person

__all__ = [
    "Cast",
    "Part",
    "Plan",
    "PlannedClaim",
    "main_benefit",
    "make_plan",
    "medical_benefit",
    "severity_of",
    "table_ages",
]

STORM_DAYS = 7
STORM_BINDS_BPS = 16_000
"""The storm's claims come to this much of what one settlement may collect, so that the cap binds."""
FEWEST_STORM_CLAIMS = 3
SPARE_JURORS = 6
FEWEST_MEMBERS = 100
VOTES_BY_HAND = 10
TURNOUT = 4
"""A quarter of the people vote; the charter asks for a fifth of those in force."""
MOST_SAVERS = 120
"""Members with a standing order of their own; for everybody else the sponsor tops up."""
SAVERS_SHARE = 5
FORGETFUL_SHARE = 33
FEWEST_FORGETFUL = 3

WAITING_DAY = 0
SILENCE_DAY = 45
FRAUD_DAY = 75
PROPOSE_DAY = 80
STORM_DAY = 170
REPORT_DAYS = (31, 60)
"""The table counts who is still unable to work after 30 days, so a claim is filed from the 31st day on."""

DAILY_FILINGS = 100
"""Up to so many accidents a year a claim is filed on its own day; above, all claims of a week are filed together, so
that a local chain of 20,000 members keeps to few blocks: each costs it work for all of its state."""
SITTING_DAYS = 7


class Part(StrEnum):
    """The part that a claim plays."""

    DRAWN = "drawn"
    """An accident drawn from the table."""
    WAITING = "waiting"
    """Scripted: an accident before the waiting time is over, which the chain refuses."""
    SILENCE = "silence"
    """Scripted: an honest claim on whose panel one juror commits and never reveals."""
    FRAUD = "fraud"
    """Scripted: forged papers, believed by the first panel but for one juror, who escalates."""
    FRESH = "fresh"
    """Scripted: treatment after an accident that came soon after a vote raised what is paid for it: the old amount."""
    RAISED = "raised"
    """Scripted: the same after the fresh waiting time: the new amount."""
    STORM = "storm"
    """Scripted: the week in which a storm throws many people off their scaffolds."""


@dataclass(frozen=True)
class PlannedClaim:
    """Somebody will claim.

    Attributes:
        person: Position in the list of people.
        day: Day of the event, 0 on the day the first year begins.
        filed_after: Days from the event to filing.
        level: What an honest juror grants; 0 for a fraud.
        part: Its part in the script.
        benefit: What is claimed.
        claimed: The costs, in units; 0 for a lump sum.
    """

    person: int
    day: int
    filed_after: int
    level: int
    part: Part
    benefit: int
    claimed: int = 0


@dataclass(frozen=True)
class Cast:
    """Who does something; each a position in the list of people, nobody twice.

    Attributes:
        jurors: Volunteer for panels.
        savers: Set a standing order.
        forgetful: Begin with the least runway, set no order and lapse in the storm's round at the latest.
        late: One of the forgetful, who pays the arrears within the grace time.
        leaver: Votes against the change of the rules, gives notice over it and is refunded.
        by_hand: Vote with transactions of their own; the first of them proposes.
        from_phones: Sponsored members who accept the charter and vote by signatures that the operator relays.
        fresh: Has an accident soon after the change.
        later: Has one after the fresh waiting time.
    """

    jurors: tuple[int, ...]
    savers: tuple[int, ...]
    forgetful: tuple[int, ...]
    late: int
    leaver: int
    by_hand: tuple[int, ...]
    from_phones: tuple[int, ...]
    fresh: int
    later: int


@dataclass(frozen=True)
class Plan:
    """The cast and the claims, these in the order of their filing."""

    cast: Cast
    claims: tuple[PlannedClaim, ...]

    def of(self, part: Part) -> tuple[PlannedClaim, ...]:
        """The claims of one part."""
        return tuple(claim for claim in self.claims if claim.part is part)


def main_benefit(charter: Charter) -> int:
    """The benefit that the drawn accidents claim: the first lump sum.

    Raises:
        DemoError: The charter has none.
    """
    for number, benefit in enumerate(charter.benefits):
        if benefit.kind is Kind.LUMP_SUM:
            return number
    raise DemoError("the charter has no lump sum, which the drawn accidents would claim")


def medical_benefit(charter: Charter) -> int:
    """The benefit that the members raise: the first that pays costs.

    Raises:
        DemoError: The charter has none.
    """
    for number, benefit in enumerate(charter.benefits):
        if benefit.kind is Kind.REIMBURSEMENT:
            return number
    raise DemoError("the charter pays no costs, which the script's vote would raise")


def severity_of(benefit: Benefit) -> SeverityDistribution:
    """Illustrative: each level half as likely as the one below it. No published table gives severities of this kind."""
    weights = [0.5**level for level in range(1, len(benefit.levels) + 1)]
    return SeverityDistribution(tuple(weight / math.fsum(weights) for weight in weights))


def table_ages(people: Iterable[Person], table: IncidenceTable) -> list[int]:
    """Ages at which the table is read: those below its first age take the first rate."""
    return [max(person.age, table.first_age) for person in people]


def make_plan(
    people: Sequence[Person],
    charter: Charter,
    table: IncidenceTable,
    *,
    years: int,
    accidents: np.random.Generator,
    casting: np.random.Generator,
) -> Plan:
    """Draws the accidents of the years and casts the scripted parts among people who have none.

    Args:
        people: Everybody who will be enrolled.
        charter: The rules.
        table: Where accidents are drawn from.
        years: How many years of accidents.
        accidents: Draws accidents, levels and days to filing.
        casting: Chooses people for parts; apart from `accidents`, so that no part changes a drawn accident.

    Raises:
        DemoError: There are too few people for the parts.
    """
    benefit = main_benefit(charter)
    severity = severity_of(charter.benefits[benefit])
    happened = draw_accidents(table_ages(people, table), table, severity, years=years, rng=accidents)
    delays = accidents.integers(REPORT_DAYS[0], REPORT_DAYS[1] + 1, size=len(happened))
    sitting = 1 if len(happened) <= DAILY_FILINGS * years else SITTING_DAYS
    drawn = [
        PlannedClaim(
            accident.life,
            accident.day,
            _until_sitting(accident.day, int(delay), sitting),
            accident.level,
            Part.DRAWN,
            benefit,
        )
        for accident, delay in zip(happened, delays, strict=True)
    ]
    hurt = {claim.person for claim in drawn}
    unhurt = _Pool(number for number in casting.permutation(len(people)).tolist() if number not in hurt)
    numbers = numbers_of(charter)
    levels = len(charter.benefits[benefit].levels)
    try:
        if len(people) < numbers.minimum_members:
            raise _TooFewError
        parts = _Parts.cast(unhurt, len(people), numbers)
        scripted = _scripted(unhurt, people, numbers, benefit, levels)
        cast = parts.complete(unhurt, casting.permutation(len(people)).tolist())
    except _TooFewError:
        raise DemoError(
            f"{len(people)} members are too few for this charter's panels and the script; take {FEWEST_MEMBERS} or more"
        ) from None
    return Plan(cast, tuple(sorted([*drawn, *scripted], key=lambda claim: claim.day + claim.filed_after)))


def _until_sitting(day: int, delay: int, every: int) -> int:
    """Days from an event to the first sitting at or after `delay` days."""
    return -(-(day + delay) // every) * every - day


@dataclass(frozen=True)
class _Parts:
    """The parts that are cast before the scripted claims."""

    jurors: tuple[int, ...]
    savers: tuple[int, ...]
    forgetful: tuple[int, ...]
    leaver: int

    @classmethod
    def cast(cls, pool: _Pool, heads: int, numbers: CharterNumbers) -> Self:
        challenge_panel = 2 * numbers.panel_size + 1
        jurors = pool.take(3 * challenge_panel + SPARE_JURORS)
        savers = pool.take(min(MOST_SAVERS, heads // SAVERS_SHARE))
        forgetful = pool.take(max(FEWEST_FORGETFUL, heads // FORGETFUL_SHARE))
        return cls(jurors, savers, forgetful, leaver=pool.take(1)[0])

    def complete(self, pool: _Pool, order: Sequence[int]) -> Cast:
        """Casts who votes, in that order, and who has accidents after the vote."""
        by_hand = self.savers[:VOTES_BY_HAND]
        busy = {*self.jurors, *self.savers, *self.forgetful, self.leaver}
        sponsored = [person for person in order if person not in busy]
        from_phones = tuple(sponsored[: -(-len(order) // TURNOUT) - len(by_hand)])
        fresh, later = pool.take(2)
        return Cast(
            self.jurors,
            self.savers,
            self.forgetful,
            late=self.forgetful[0],
            leaver=self.leaver,
            by_hand=by_hand,
            from_phones=from_phones,
            fresh=fresh,
            later=later,
        )


def _scripted(
    pool: _Pool, people: Sequence[Person], numbers: CharterNumbers, benefit: int, levels: int
) -> list[PlannedClaim]:
    terms = numbers.benefits[benefit]
    soonest = REPORT_DAYS[0]
    scripted = [
        PlannedClaim(pool.take(1)[0], SILENCE_DAY, soonest, (levels + 1) // 2, Part.SILENCE, benefit),
        PlannedClaim(pool.take(1)[0], FRAUD_DAY, soonest, 0, Part.FRAUD, benefit),
    ]
    if min(terms.waiting) > 0:
        last = pool.take_last(lambda person: (people[person].class_id, person))
        scripted.append(PlannedClaim(last, WAITING_DAY, soonest, 1, Part.WAITING, benefit))
    shares = sum(numbers.classes[person.class_id] for person in people)
    wanted = numbers.round_cap * shares // SCALE * STORM_BINDS_BPS // 10_000
    due = victims = 0
    while due < wanted or victims < FEWEST_STORM_CLAIMS:
        person = pool.take(1)[0]
        level = max(1, levels - victims % 3)
        scripted.append(PlannedClaim(person, STORM_DAY + victims % STORM_DAYS, soonest, level, Part.STORM, benefit))
        due += terms.amounts[people[person].class_id] * terms.levels[level - 1] // 10_000
        victims += 1
    return scripted


class _TooFewError(Exception):
    """The pool is empty."""


class _Pool:
    """People without a part, in the order in which they are cast."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._left = list(numbers)

    def take(self, count: int) -> tuple[int, ...]:
        if len(self._left) < count:
            raise _TooFewError
        taken = tuple(self._left[:count])
        del self._left[:count]
        return taken

    def take_last(self, rank: Callable[[int], tuple[int, int]]) -> int:
        """The one who ranks last: who is enrolled last is still waiting when the year begins."""
        if not self._left:
            raise _TooFewError
        last = max(self._left, key=rank)
        self._left.remove(last)
        return last
