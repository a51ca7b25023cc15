# SPDX-License-Identifier: AGPL-3.0-only
"""Bounds.vy: what no vote changes (R-92) and the largest step of every number (R-93), each row of the table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.mutual import SPACING, charter_numbers
from support.hearing import DAY, HOUR, refused
from support.sources import source
from tongxin.charter import CharterNumbers, pack, terms_of
from tongxin.words import BENEFIT, ENTITLEMENT, AdmissionForm

HASH = b"\x01" * 32
PEOPLE = tuple(sorted((f"0x{i:040x}" for i in range(1, 10)), key=lambda a: int(a, 16)))

QUARTER = [
    ("round_cap", SPACING, "round cap"),
    ("year_cap", SPACING, "year cap"),
    ("grace", 7 * DAY, "grace"),
    ("newcomer", 7 * DAY, "newcomer time"),
    ("leave_notice", 7 * DAY, "leaving notice"),
    ("adoption_delay", 7 * DAY, "adoption delay"),
    ("execution_time", 7 * DAY, "execution time"),
    ("proposal_pause", 7 * DAY, "proposal pause"),
    ("min_runway", 16, "least runway"),
    ("max_runway", 16, "largest runway"),
    ("admission_bps", 100, "admissions"),
    ("admission_floor", 10, "admission floor"),
    ("open_quorum_heads", 10, "open quorum heads"),
    ("floor_heads", 10, "floor of heads"),
    ("filing_window", 30 * DAY, "filing window"),
    ("attestor_silence", 30 * DAY, "attestor silence"),
    ("runoff", 30 * DAY, "run-off"),
    ("access_time", DAY, "access time"),
    ("commit_time", DAY, "commit time"),
    ("reveal_time", DAY, "reveal time"),
    ("cure_time", DAY, "cure time"),
    ("verdict_notice", DAY, "verdict notice"),
    ("investigation_time", DAY, "investigation time"),
    ("juror_pay", 0, "juror pay"),
    ("juror_bond", 0, "juror bond"),
    ("review_above", 0, "review above"),
    ("investigator_fee", 0, "investigator fee"),
    ("claim_cap", 0, "claim cap"),
    ("entry_fee", 0, "entry fee"),
    ("voting_time", 3 * DAY, "voting time"),
]
"""Rows whose step is a quarter of the value, or the unit if that is more."""

UNIT_ALONE = [
    ("fee", 100, "fee"),
    ("carries", 2, "carries"),
    ("attestor_quorum", 1, "attestor quorum"),
    ("inviters", 1, "inviters"),
    ("panel_size", 2, "panel size"),
    ("threshold", 500, "threshold"),
    ("open_quorum_bps", 500, "open quorum part"),
    ("vote_quorum", 500, "vote quorum"),
    ("majority", 500, "majority"),
    ("wind_down_majority", 500, "wind-down majority"),
    ("lot_delay", 20, "lot delay"),
    ("review_bps", 1000, "review by lot"),
]

FIXED: list[tuple[str, object, object, str]] = [
    ("call_margin", 100, 101, "call margin"),
    ("called", False, True, "funding or rounds"),
    ("immediate", True, False, "funding or rounds"),
    ("period", 7 * DAY, 7 * DAY + 1, "period"),
    ("open_panel", False, True, "panel, strictness or waiver"),
    ("strict", False, True, "panel, strictness or waiver"),
    ("waiver", True, False, "panel, strictness or waiver"),
    ("zone", 8 * HOUR, 9 * HOUR, "time zone"),
    ("admission", AdmissionForm.ATTESTOR, AdmissionForm.OPEN, "form of admission"),
    ("minimum_members", 10, 9, "minimum members"),
    ("founding_deadline", DAY, 2 * DAY, "founding date"),
]


@pytest.fixture(scope="module")
def bounds() -> Any:
    return source("Bounds").deploy()


def with_number(field: str, number: object) -> CharterNumbers:
    return charter_numbers(**{field: number})


def step(bounds: Any, new: CharterNumbers, old: CharterNumbers) -> bool:
    return bool(bounds.check_step(terms_of(pack(new), HASH), terms_of(pack(old), HASH), SPACING))


def check_both_ways(bounds: Any, field: str, old: int, largest: int, name: str) -> None:
    before = with_number(field, old)
    for sign in (1, -1):
        if old + sign * largest >= 0:
            assert step(bounds, with_number(field, old + sign * largest), before)
        if old + sign * (largest + 1) >= 0:
            with refused(f"charter: step of {name} too large"):
                step(bounds, with_number(field, old + sign * (largest + 1)), before)


@pytest.mark.parametrize(("field", "unit", "name"), QUARTER, ids=[row[0] for row in QUARTER])
def test_a_number_moves_by_a_quarter_or_its_unit(bounds: Any, field: str, unit: int, name: str) -> None:
    large = 8 * unit + 3 or 4_003
    check_both_ways(bounds, field, large, large // 4, name)
    small = 2 * unit
    check_both_ways(bounds, field, small, unit, name)
    check_both_ways(bounds, field, 0, unit, name)


@pytest.mark.parametrize(("field", "unit", "name"), UNIT_ALONE, ids=[row[0] for row in UNIT_ALONE])
def test_some_numbers_move_by_their_unit_alone(bounds: Any, field: str, unit: int, name: str) -> None:
    check_both_ways(bounds, field, 9 * unit, unit, name)
    check_both_ways(bounds, field, 0, unit, name)


@pytest.mark.parametrize(("field", "old", "new", "name"), FIXED, ids=[row[0] for row in FIXED])
def test_no_vote_changes_what_is_fixed(bounds: Any, field: str, old: object, new: object, name: str) -> None:
    for before, after in ((old, new), (new, old)):
        with refused(f"charter: {name} is fixed"):
            step(bounds, with_number(field, after), with_number(field, before))


def test_every_number_of_a_charter_is_fixed_or_has_a_step() -> None:
    """A field that the checks forgot would pass unseen, so each number of a charter is accounted for."""
    named = {row[0] for row in [*QUARTER, *UNIT_ALONE, *FIXED]}
    addresses = {"token", "steward", "investigator", "remainder", "attestors"}
    others = {"tick_spacing", "classes", "benefits", "ladder"}
    assert set(CharterNumbers.__dataclass_fields__) == named | addresses | others


def test_addresses_are_free(bounds: Any) -> None:
    changed = charter_numbers(steward=PEOPLE[0], investigator=PEOPLE[1], remainder=PEOPLE[2])
    assert step(bounds, changed, charter_numbers())


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        (PEOPLE[:3], PEOPLE[:4], True),
        (PEOPLE[:3], PEOPLE[1:4], True),
        (PEOPLE[:3], PEOPLE[:1], True),
        (PEOPLE[:3], (), True),
        (PEOPLE[:3], PEOPLE[2:5], False),
        (PEOPLE[:3], PEOPLE[:5], False),
        ((), PEOPLE[:1], True),
    ],
)
def test_at_most_one_attestor_is_new(bounds: Any, old: tuple[str, ...], new: tuple[str, ...], allowed: bool) -> None:
    before, after = charter_numbers(attestors=old), charter_numbers(attestors=new)
    if allowed:
        assert step(bounds, after, before)
    else:
        with refused("charter: more than one new attestor"):
            step(bounds, after, before)


def test_shares_of_a_class_are_fixed_and_classes_may_be_appended(bounds: Any) -> None:
    classes = tuple(range(1000, 1012))
    before = charter_numbers(classes=classes)
    assert step(bounds, charter_numbers(classes=(*classes, 7, 8)), before)
    for wrong in ((*classes[:-1], 5), classes[:-1], (1, *classes[1:]), (*classes[:-2], classes[-1], classes[-2])):
        with refused("charter: shares of a class are fixed"):
            step(bounds, charter_numbers(classes=wrong), before)


def test_the_ladder_keeps_its_steps_and_moves_slowly(bounds: Any) -> None:
    ladder = ((0, 2000), (200 * DAY, 6000))
    before = charter_numbers(ladder=ladder)
    for allowed in (
        ((30 * DAY, 3000), (250 * DAY, 5000)),
        ((0, 1000), (150 * DAY, 7000)),
    ):
        assert step(bounds, charter_numbers(ladder=allowed), before)
    for wrong in (((30 * DAY + 1, 2000), ladder[1]), (ladder[0], (250 * DAY + 1, 6000))):
        with refused("charter: step of ladder times too large"):
            step(bounds, charter_numbers(ladder=wrong), before)
    for wrong in (((0, 3001), ladder[1]), (ladder[0], (200 * DAY, 4999))):
        with refused("charter: step of ladder grants too large"):
            step(bounds, charter_numbers(ladder=wrong), before)
    numbers_of_steps: tuple[tuple[tuple[int, int], ...], ...] = ((), ladder[:1], (*ladder, (300 * DAY, 7000)))
    for other in numbers_of_steps:
        with refused("charter: number of ladder steps is fixed"):
            step(bounds, charter_numbers(ladder=other), before)


BENEFIT_FIELDS: dict[str, int] = {
    "kind": 1,
    **{f"level_{level}": 1000 * level for level in range(1, 8)},
    "deductible": 4_003,
    "repeats": 2,
    "interval": DAY,
}


@pytest.mark.parametrize("field", BENEFIT_FIELDS)
def test_the_rules_of_a_benefit_are_fixed_but_for_its_deductible(bounds: Any, field: str) -> None:
    old = BENEFIT.pack(**BENEFIT_FIELDS)
    if field != "deductible":
        for change in (1, -1):
            with refused("charter: rules of a benefit are fixed"):
                bounds.check_benefit_step(
                    BENEFIT.pack(**{**BENEFIT_FIELDS, field: BENEFIT_FIELDS[field] + change}), old
                )
        return
    for sign in (1, -1):
        near = BENEFIT.pack(**{**BENEFIT_FIELDS, field: 4_003 + sign * 1000})
        far = BENEFIT.pack(**{**BENEFIT_FIELDS, field: 4_003 + sign * 1001})
        assert bounds.check_benefit_step(near, old)
        with refused("charter: step of deductible too large"):
            bounds.check_benefit_step(far, old)


def test_amounts_and_waiting_times_move_slowly(bounds: Any) -> None:
    def entitlement(amount: int, waiting: int) -> int:
        return int(ENTITLEMENT.pack(amount=amount, waiting=waiting))

    old = entitlement(4_003, 30 * DAY)
    for amount, waiting in ((5_003, 60 * DAY), (3_003, 0), (4_003, 30 * DAY)):
        assert bounds.check_entitlement_step(entitlement(amount, waiting), old)
    for amount in (5_004, 3_002):
        with refused("charter: step of an amount too large"):
            bounds.check_entitlement_step(entitlement(amount, 30 * DAY), old)
    with refused("charter: step of a waiting time too large"):
        bounds.check_entitlement_step(entitlement(4_003, 60 * DAY + 1), old)
    long = entitlement(4_003, 400 * DAY)
    assert bounds.check_entitlement_step(entitlement(4_003, 500 * DAY), long)
    with refused("charter: step of a waiting time too large"):
        bounds.check_entitlement_step(entitlement(4_003, 300 * DAY - 1), long)
    for uncovered in (0, entitlement(0, 30 * DAY)):
        with refused("charter: a covered class uncovered"):
            bounds.check_entitlement_step(uncovered, old)
        assert bounds.check_entitlement_step(entitlement(10**9, 90 * DAY), uncovered)


def test_a_step_is_measured_on_every_field_at_once(bounds: Any) -> None:
    before = charter_numbers()
    both = replace(before, fee=before.fee + 100, grace=before.grace + 7 * DAY)
    assert step(bounds, both, before)
    with refused("charter: step of grace too large"):
        step(bounds, replace(both, grace=both.grace + 1), before)
