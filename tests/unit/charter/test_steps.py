# SPDX-License-Identifier: AGPL-3.0-only
"""R-91 to R-93 in Python: against the table of the spec, and against the contract that says the same."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import boa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.sources import source
from tongxin.charter import CharterNumbers, load_charter, numbers_of, pack, terms_of
from tongxin.charter.steps import APART, FIXED, FREE, STEPS, TICK, Scope, scope_of, step_faults
from tongxin.words import BenefitKind

ROOT = Path(__file__).parents[3]
DAY = 86_400
OTHERS = tuple(sorted("0x" + 20 * digits for digits in ("a1", "b2", "c3", "d4")))
OLD = numbers_of(
    load_charter(ROOT / "charters" / "facade-cleaners.yaml").with_parties(
        token="0x" + 20 * "11", steward="0x" + 20 * "22", attestors=OTHERS[:2], remainder="0x" + 20 * "55"
    )
)


def faults(**changes: Any) -> list[tuple[str, str]]:
    return [(fault.rule, fault.path) for fault in step_faults(replace(OLD, **changes), OLD)]


def test_every_number_is_fixed_or_has_a_step_or_is_free() -> None:
    named = [*FIXED, *STEPS, *FREE, *APART]
    assert len(named) == len(set(named))
    assert set(named) == {field.name for field in fields(CharterNumbers)}


# ---- R-93 against the table of docs/spec/governance.md

SPEC_NAMES = {
    "voting delay (P-51)": "adoption_delay",
    "execution time (P-52)": "execution_time",
    "pause (P-55)": "proposal_pause",
    "access": "access_time",
    "commit": "commit_time",
    "reveal": "reveal_time",
    "cure": "cure_time",
    "vote quorum": "vote_quorum",
    "wind-down majority (P-50, P-53, P-54)": "wind_down_majority",
    "voting_time (P-49)": "voting_time",
}
APART_NAMES = {"waiting", "ladder `after`", "ladder `grants`", "amounts", "deductible"}


def table() -> dict[str, str]:
    text = (ROOT / "docs" / "spec" / "governance.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+) \| (.+) \|$", text[text.index("| fields | step |") :], re.MULTILINE)
    steps: dict[str, str] = {}
    for names, step in rows:
        if names in {"fields", "---"}:
            continue
        for name in re.split(r", (?!P-)", names):
            steps[SPEC_NAMES.get(name, name)] = step
    return steps


def test_the_steps_are_those_of_the_spec() -> None:
    rows = table()
    assert rows.keys() - APART_NAMES == STEPS.keys()
    units = {"d": DAY, "bp": 1, "": 1, "ticks": 1}
    for name, step in STEPS.items():
        row = rows[name]
        if row == "quarter or one tick spacing":
            assert (step.unit, step.quarter) == (TICK, True), name
            continue
        found = re.fullmatch(r"(quarter or |abs |quarter)(?:([0-9]+) ?(d|bp|ticks|))?", row)
        assert found is not None, row
        unit = int(found[2]) * units[found[3]] if found[2] else 0
        assert (step.unit, step.quarter) == (unit, not row.startswith("abs")), name


@pytest.mark.parametrize("name", list(STEPS))
def test_a_number_may_move_as_far_as_its_step_and_no_further(name: str) -> None:
    old = getattr(OLD, name)
    most = STEPS[name].most(old, OLD.tick_spacing)
    for far in (most, -min(most, old)):
        if far:
            assert faults(**{name: old + far}) == []
    assert faults(**{name: old + most + 1}) == [("R-93", STEPS[name].path)]
    if old > most:
        assert faults(**{name: old - most - 1}) == [("R-93", STEPS[name].path)]


def test_what_is_fixed_is_refused_whatever_the_step() -> None:
    for name, path in FIXED.items():
        old = getattr(OLD, name)
        other = ("0x" + 20 * "99") if name == "token" else (not old) if isinstance(old, bool) else type(old)(old + 1)
        assert faults(**{name: other}) == [("R-92", path)]
    assert faults(classes=(*OLD.classes[:1], 1001, *OLD.classes[2:])) == [("R-92", "classes[1].shares")]
    assert faults(classes=OLD.classes[:-1]) == [("R-92", "classes")]
    assert faults(benefits=OLD.benefits[:-1]) == [("R-92", "benefits")]
    assert faults(ladder=OLD.ladder[:-1]) == [("R-92", "ladder")]
    others: dict[str, Any] = {"repeats": 9, "interval": 1, "levels": (1,) * 7, "kind": BenefitKind(2)}
    for name, value in others.items():
        changed = (replace(OLD.benefits[0], **{name: value}), *OLD.benefits[1:])
        assert faults(benefits=changed) == [("R-92", f"benefits[0].{name}")]


def test_classes_and_benefits_can_be_added() -> None:
    longer = tuple(replace(one, amounts=(*one.amounts, 5), waiting=(*one.waiting, 0)) for one in OLD.benefits)
    assert faults(classes=(*OLD.classes, 700), benefits=(*longer, longer[0])) == []


def test_a_covered_class_stays_covered_and_an_uncovered_one_may_become_covered() -> None:
    one = OLD.benefits[0]
    uncovered = replace(OLD, benefits=(replace(one, amounts=(0, *one.amounts[1:])), *OLD.benefits[1:]))
    assert [fault.path for fault in step_faults(uncovered, OLD)] == ["benefits[0].amounts[0]"]
    assert step_faults(OLD, uncovered) == []


def test_at_most_one_attestor_is_new_against_each_version() -> None:
    newest = replace(OLD, attestors=OTHERS[1:3])
    draft = replace(OLD, attestors=OTHERS[2:4])
    assert step_faults(draft, newest) == []
    assert [fault.path for fault in step_faults(draft, newest, [OLD])] == ["membership.admission.attestors"]


def test_steps_count_against_every_version_of_the_last_ninety_days() -> None:
    first, second, third = OLD.fee, OLD.fee + 100, OLD.fee + 200
    newest = replace(OLD, fee=second)
    draft = replace(OLD, fee=third)
    assert step_faults(draft, newest) == []
    assert [fault.path for fault in step_faults(draft, newest, [replace(OLD, fee=first)])] == ["money.fee"]


def test_scope_says_which_kinds_of_proposal_fit() -> None:
    assert scope_of(OLD, OLD) is Scope.NOTHING
    assert [fault.rule for fault in step_faults(OLD, OLD)] == ["R-91"]
    assert scope_of(replace(OLD, attestors=OTHERS), OLD) is Scope.ATTESTORS
    assert scope_of(replace(OLD, attestor_quorum=2), OLD) is Scope.ATTESTORS
    assert scope_of(replace(OLD, steward="0x" + 20 * "77"), OLD) is Scope.STEWARD
    assert scope_of(replace(OLD, juror_pay=1, investigator="0x" + 20 * "77"), OLD) is Scope.JURORS
    assert scope_of(replace(OLD, fee=1, juror_pay=1), OLD) == Scope.OTHER | Scope.JURORS


# ---- against Bounds.vy


@pytest.fixture(scope="module")
def bounds() -> Any:
    return source("Bounds").deploy()


def _word_fields() -> dict[str, int]:
    widths = {"round_cap": 80, "year_cap": 96, "claim_cap": 96, "entry_fee": 88, "min_runway": 20, "max_runway": 20}
    widths |= dict.fromkeys(("juror_pay", "juror_bond", "review_above", "investigator_fee"), 80)
    widths |= dict.fromkeys(("fee", "admission_bps", "threshold", "open_quorum_bps", "review_bps"), 16)
    widths |= dict.fromkeys(("vote_quorum", "majority", "wind_down_majority"), 14)
    widths |= dict.fromkeys(("carries", "attestor_quorum", "inviters", "panel_size", "lot_delay"), 8)
    return {name: widths.get(name, 24 if name == "open_quorum_heads" else 32) for name in STEPS}


WIDTHS = _word_fields()


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[CharterNumbers, CharterNumbers]:
    """Two versions that differ in a few numbers, each by about its step."""
    base: dict[str, int] = {}
    changes: dict[str, int] = {}
    for name in draw(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=3, unique=True)):
        largest = 2 ** WIDTHS[name] - 1
        base[name] = draw(st.one_of(st.just(getattr(OLD, name)), st.integers(0, largest)))
        most = STEPS[name].most(base[name], OLD.tick_spacing)
        far = draw(st.sampled_from([most, most + 1, -most, -most - 1, most // 2, 0]))
        changes[name] = min(largest, max(0, base[name] + far))
    old = replace(OLD, **base)  # type: ignore[arg-type]
    return replace(old, **changes), old  # type: ignore[arg-type]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pair=neighbours())
def test_the_contract_takes_the_same_steps(bounds: Any, pair: tuple[CharterNumbers, CharterNumbers]) -> None:
    new, old = pair
    said = [fault for fault in step_faults(new, old) if fault.rule != "R-91"]
    terms = [terms_of(pack(one), bytes(32)) for one in (new, old)]
    try:
        bounds.check_step(*terms, OLD.tick_spacing)
    except boa.BoaError:
        assert said
    else:
        assert not said


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=st.integers(0, 2**60), far=st.integers(-3, 3), waiting=st.integers(0, 2**30), days=st.integers(-31, 31))
def test_the_contract_takes_the_same_steps_of_amounts(bounds: Any, old: int, far: int, waiting: int, days: int) -> None:
    one = OLD.benefits[0]

    def numbers(amount: int, wait: int) -> CharterNumbers:
        benefit = replace(one, amounts=(amount, *one.amounts[1:]), waiting=(wait, *one.waiting[1:]))
        return replace(OLD, benefits=(benefit, *OLD.benefits[1:]))

    edge = old // 4
    amount = max(0, old + (edge + far if far >= 0 else -edge + far))
    before, after = numbers(old, waiting), numbers(amount, max(0, waiting + days * DAY))
    said = [fault for fault in step_faults(after, before) if fault.rule != "R-91"]
    words = [pack(version).entitlements[0][0] for version in (after, before)]
    try:
        bounds.check_entitlement_step(*words)
    except boa.BoaError:
        assert said
    else:
        assert not said
