# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tongxin.actuary import load_incidence_table
from tongxin.charter import SCALE, Charter, load_charter, numbers_of
from tongxin.demo.errors import DemoError
from tongxin.demo.people import KeyRing, Person, people_after
from tongxin.demo.plan import Part, Plan, main_benefit, make_plan, severity_of
from tongxin.roster import RosterRow

CHARTERS = Path(__file__).parents[3] / "charters"


@pytest.fixture(scope="module")
def charter() -> Charter:
    return load_charter(CHARTERS / "facade-cleaners.yaml")


def rows(count: int) -> list[RosterRow]:
    return [
        RosterRow(place + 2, f"ID{place:04}", f"Member {place}", place % 4, "0x" + "11" * 20) for place in range(count)
    ]


def crowd(charter: Charter, count: int, seed: int = 1) -> list[Person]:
    return people_after(rows(500), charter.classes, count, KeyRing(seed), np.random.default_rng(seed))


def plan_of(charter: Charter, count: int, seed: int = 1, years: int = 1) -> Plan:
    return make_plan(
        crowd(charter, count, seed),
        charter,
        load_incidence_table(1736),
        years=years,
        accidents=np.random.default_rng([seed, 1]),
        casting=np.random.default_rng([seed, 2]),
    )


@pytest.mark.parametrize("count", [100, 137, 500, 1300])
def test_a_crowd_has_the_rosters_classes_and_their_ages(charter: Charter, count: int) -> None:
    people = crowd(charter, count)
    assert len({person.id_number for person in people}) == count
    for place, band in enumerate(charter.classes):
        inside = [person for person in people if person.class_id == place]
        assert band.age is not None
        assert abs(len(inside) - count / 4) <= 1
        assert all(band.age.least <= person.age <= band.age.largest for person in inside)


def test_wallets_are_the_seeds_and_nobody_shares_one(charter: Charter) -> None:
    first, again, other = crowd(charter, 100), crowd(charter, 100), crowd(charter, 100, seed=2)
    assert [p.wallet.address for p in first] == [p.wallet.address for p in again]
    assert len({p.wallet.address for p in [*first, *other]}) == 200


def test_an_empty_roster_is_refused(charter: Charter) -> None:
    with pytest.raises(DemoError, match="holds nobody"):
        people_after([], charter.classes, 100, KeyRing(1), np.random.default_rng(1))


def test_the_same_seed_makes_the_same_plan(charter: Charter) -> None:
    assert plan_of(charter, 500) == plan_of(charter, 500)
    assert plan_of(charter, 500) != plan_of(charter, 500, seed=2)


@pytest.mark.parametrize("count", [100, 500, 3000])
def test_nobody_plays_two_parts_and_nobody_scripted_is_hurt_by_the_table(charter: Charter, count: int) -> None:
    plan = plan_of(charter, count)
    cast = plan.cast
    parts = [*cast.jurors, *cast.savers, *cast.forgetful, cast.leaver, cast.fresh, cast.later]
    parts += [claim.person for claim in plan.claims if claim.part is not Part.DRAWN]
    assert len(set(parts)) == len(parts)
    assert not set(parts) & {claim.person for claim in plan.of(Part.DRAWN)}
    assert cast.late in cast.forgetful


@pytest.mark.parametrize("count", [100, 3000])
def test_who_claims_inside_the_waiting_time_is_of_the_class_enrolled_last(charter: Charter, count: int) -> None:
    (waiting,) = plan_of(charter, count).of(Part.WAITING)
    assert crowd(charter, count)[waiting.person].class_id == len(charter.classes) - 1


def test_claims_of_a_large_mutual_are_filed_once_a_week(charter: Charter) -> None:
    drawn = plan_of(charter, 8000).of(Part.DRAWN)
    assert len(drawn) > 100
    assert {(claim.day + claim.filed_after) % 7 for claim in drawn} == {0}
    assert min(claim.filed_after for claim in drawn) >= 31


def test_a_challenge_panel_can_be_drawn(charter: Charter) -> None:
    assert len(plan_of(charter, 100).cast.jurors) >= 3 * (2 * charter.court.panel_size + 1)


@pytest.mark.parametrize("count", [100, 500, 3000])
def test_the_storm_costs_more_than_one_settlement_may_collect(charter: Charter, count: int) -> None:
    people = crowd(charter, count)
    numbers = numbers_of(charter)
    benefit = numbers.benefits[main_benefit(charter)]
    storm = plan_of(charter, count).of(Part.STORM)
    due = sum(benefit.amounts[people[c.person].class_id] * benefit.levels[c.level - 1] // 10_000 for c in storm)
    most = numbers.round_cap * sum(numbers.classes[person.class_id] for person in people) // SCALE
    assert due > 1.5 * most


def test_claims_are_in_the_order_of_filing_and_only_a_fraud_deserves_nothing(charter: Charter) -> None:
    plan = plan_of(charter, 3000, years=2)
    filed = [claim.day + claim.filed_after for claim in plan.claims]
    assert filed == sorted(filed)
    assert max(claim.day for claim in plan.of(Part.DRAWN)) > 365
    assert {claim.part for claim in plan.claims if claim.level == 0} == {Part.FRAUD}
    assert {part: len(plan.of(part)) for part in (Part.WAITING, Part.SILENCE, Part.FRAUD)} == {
        Part.WAITING: 1,
        Part.SILENCE: 1,
        Part.FRAUD: 1,
    }


def test_casting_does_not_change_the_drawn_accidents(charter: Charter) -> None:
    people = crowd(charter, 500)
    one, other = (
        make_plan(
            people,
            charter,
            load_incidence_table(1736),
            years=1,
            accidents=np.random.default_rng(1),
            casting=np.random.default_rng(casting),
        )
        for casting in (1, 2)
    )
    assert one.of(Part.DRAWN) == other.of(Part.DRAWN)
    assert one.cast != other.cast


@pytest.mark.parametrize("count", [100, 500, 3000])
def test_a_quarter_votes_and_nobody_twice(charter: Charter, count: int) -> None:
    cast = plan_of(charter, count).cast
    voters = [*cast.by_hand, *cast.from_phones, cast.leaver]
    assert len(set(voters)) == len(voters) == count // 4 + 1
    assert len(voters) * 10_000 >= numbers_of(charter).vote_quorum * count
    assert set(cast.by_hand) < set(cast.savers)
    assert not set(cast.from_phones) & {*cast.jurors, *cast.savers, *cast.forgetful}


def test_too_few_people_are_refused(charter: Charter) -> None:
    for count in (50, 99):
        with pytest.raises(DemoError, match="take 100 or more"):
            plan_of(charter, count)


def test_severities_halve_from_level_to_level(charter: Charter) -> None:
    probabilities = severity_of(charter.benefits[0]).probabilities
    assert len(probabilities) == len(charter.benefits[0].levels)
    for lower, higher in pairwise(probabilities):
        assert higher == pytest.approx(lower / 2)
