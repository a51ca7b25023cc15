# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: RUF001 - Chinese punctuation is meant
"""What a proposal changes, said in plain words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.charter import Charter, load_charter, parse_charter
from tongxin.charter.changes import SCOPES, compare
from tongxin.charter.labels import LABELS, label_of
from tongxin.charter.steps import Scope

CHARTERS = Path(__file__).parents[3] / "charters"
FILES = sorted(CHARTERS.glob("*.yaml"))
TEXT = (CHARTERS / "facade-cleaners.yaml").read_text(encoding="utf-8")
CURRENT = parse_charter(TEXT, "current")


def proposed(*changes: tuple[str, str]) -> Charter:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return parse_charter(text, "proposal")


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_charter_differs_in_nothing_from_itself(path: Path) -> None:
    charter = load_charter(path)
    for class_id in (None, *range(len(charter.classes))):
        found = compare(charter, charter, class_id=class_id)
        assert (found.changes, found.faults, found.scope) == ((), (), Scope.NOTHING)


def test_addresses_that_one_of_the_two_leaves_open_are_no_change() -> None:
    founded = CURRENT.with_parties(
        token="0x" + 20 * "11", steward="0x" + 20 * "22", attestors=("0x" + 20 * "33",), remainder="0x" + 20 * "44"
    )
    assert compare(founded, CURRENT).changes == ()
    assert compare(CURRENT, founded).changes == ()


def test_a_change_is_told_in_both_languages() -> None:
    (change,) = compare(CURRENT, proposed(('year_cap: "1500"', 'year_cap: "1600"'))).changes
    assert change.path == "money.year_cap"
    assert change.meaning.en == "most a full share pays in one year: from 1,500 TSC to 1,600 TSC"
    assert change.meaning.zh == "一整份一年最多付：从 1,500 TSC 改为 1,600 TSC"
    assert not change.increase
    assert not change.refused


def test_a_member_is_told_what_it_is_for_their_class() -> None:
    found = compare(CURRENT, proposed(('year_cap: "1500"', 'year_cap: "1600"')), class_id=3)
    assert found.changes[0].meaning.en.endswith("(for me from 1,875 TSC to 2,000 TSC)")


def test_changes_of_other_classes_are_left_out() -> None:
    proposal = proposed(('["50000", "50000", "45000", "40000"]', '["50000", "50000", "50000", "30000"]'))
    assert [one.path for one in compare(CURRENT, proposal).changes] == [
        "benefits[0].amounts[2]",
        "benefits[0].amounts[3]",
    ]
    (mine,) = compare(CURRENT, proposal, class_id=3).changes
    assert mine.path == "benefits[0].amounts[3]"
    with pytest.raises(IndexError, match="there is no class 4"):
        compare(CURRENT, proposal, class_id=4)


@pytest.mark.parametrize(
    ("old", "new", "path", "waits"),
    [
        ('"45000"', '"50000"', "benefits[0].amounts[2]", True),
        ('"45000"', '"40000"', "benefits[0].amounts[2]", False),
        ("waiting: [3d, 3d, 3d, 3d]", "waiting: [2d, 3d, 3d, 3d]", "benefits[0].waiting[0]", True),
        ("waiting: [3d, 3d, 3d, 3d]", "waiting: [5d, 3d, 3d, 3d]", "benefits[0].waiting[0]", False),
        ('deductible: "500"', 'deductible: "400"', "benefits[1].deductible", True),
        ('deductible: "500"', 'deductible: "600"', "benefits[1].deductible", False),
        ("after: 0d, grants: 60%", "after: 0d, grants: 65%", "ladder[0].grants", True),
        ("after: 30d, grants: 80%", "after: 20d, grants: 80%", "ladder[1].after", True),
        ("after: 30d, grants: 80%", "after: 40d, grants: 80%", "ladder[1].after", False),
    ],
)
def test_what_improves_cover_waits(old: str, new: str, path: str, waits: bool) -> None:
    """R-97: a better benefit covers only events after a fresh waiting time."""
    (change,) = compare(CURRENT, proposed((old, new))).changes
    assert (change.path, change.increase) == (path, waits)
    assert ("fresh waiting time" in change.meaning.en) == waits
    assert ("等待期的事件" in change.meaning.zh) == waits


def test_a_longer_waiting_time_of_a_refund_is_better() -> None:
    text = (CHARTERS / "example-immediate.yaml").read_text(encoding="utf-8")
    text = text.replace("kind: lump_sum", "kind: contribution_refund").replace("[0d, 0d]", "[30d, 30d]")
    longer = parse_charter(text.replace("[30d, 30d]", "[40d, 30d]"), "x")
    (change,) = compare(parse_charter(text, "x"), longer).changes
    assert change.increase


def test_what_the_contracts_would_refuse_is_marked_with_its_reason() -> None:
    found = compare(
        CURRENT, proposed(("fee: 4%", "fee: 6%"), ("grace: 7d", "grace: 14d"), ("strict: true", "strict: false"))
    )
    refused = {one.path: one.refused for one in found.changes}
    assert refused["money.fee"].startswith("R-93: rises by 50 % at once; every 90 days it may change by one percentage")
    assert refused["court.strict"] == "R-92: is fixed for ever; no vote changes it"
    assert not refused["membership.grace"]
    assert {one.path for one in found.faults} == {"money.fee", "court.strict"}
    assert found.scope == Scope.JURORS | Scope.OTHER


def test_versions_of_the_last_ninety_days_count() -> None:
    newest, draft = proposed(("fee: 4%", "fee: 5%")), proposed(("fee: 4%", "fee: 6%"))
    assert compare(newest, draft).faults == ()
    assert [one.path for one in compare(newest, draft, recent=[CURRENT]).faults] == ["money.fee"]


def test_a_new_benefit_or_class_is_one_change() -> None:
    text = (CHARTERS / "example-immediate.yaml").read_text(encoding="utf-8")
    benefit = text[text.index("  - label: {zh: 意外") : text.index("voting:")].replace(
        "意外, en: accident", "病, en: illness"
    )
    longer = text.replace("voting:", benefit + "\nvoting:", 1)
    (change,) = compare(parse_charter(text, "x"), parse_charter(longer, "x")).changes
    assert (change.path, change.before, change.increase) == ("benefits[1]", "", True)
    assert change.meaning.en.startswith("new benefit: illness")
    assert change.meaning.zh.startswith("新增保障：病")
    gone = compare(parse_charter(longer, "x"), parse_charter(text, "x"))
    assert gone.changes[0].refused.startswith("R-92: there were 2; benefits may be added, never removed")


def test_a_change_of_words_alone_is_refused_as_nothing_to_vote_on() -> None:
    found = compare(CURRENT, proposed(("We clean facades", "We wash facades")))
    assert [one.path for one in found.changes] == ["text"]
    assert [one.rule for one in found.faults] == ["R-91"]
    assert found.scope is Scope.NOTHING


def test_the_timing_is_that_of_the_version_in_force() -> None:
    timing = compare(CURRENT, proposed(("voting_time: 14d", "voting_time: 10d"))).timing
    assert "takes effect 59 days after the proposal" in timing.en
    assert "59天" in timing.zh


fields_to_change = st.sampled_from(
    [
        ("fee: 4%", "fee: {}%", st.integers(0, 10)),
        ("carries: 4", "carries: {}", st.integers(0, 12)),
        ("repeats: 3", "repeats: {}", st.integers(0, 255)),
        ("quorum: 20%", "quorum: {}%", st.integers(5, 100)),
        ("period: 7d", "period: {}d", st.integers(3, 9)),
        ('"45000"', '"{}"', st.integers(1, 90_000)),
        ("newcomer: 14d", "newcomer: {}d", st.integers(0, 60)),
    ]
)


@settings(deadline=None, max_examples=40)
@given(st.data(), st.lists(fields_to_change, unique_by=lambda one: one[0], min_size=1, max_size=4))
def test_each_number_that_differs_is_told_once_and_no_other(
    data: st.DataObject, chosen: list[tuple[str, str, st.SearchStrategy[int]]]
) -> None:
    changes = [(old, new.format(data.draw(numbers))) for old, new, numbers in chosen]
    different = sum(old != new for old, new in changes)
    found = compare(CURRENT, proposed(*changes))
    assert len(found.changes) == len({one.path for one in found.changes}) == different
    # Whatever is refused for the draft is refused on one of the changes.
    assert {one.path for one in found.faults if one.rule != "R-91"} == {
        one.path for one in found.changes if one.refused
    }
    back = compare(proposed(*changes), CURRENT)
    assert {one.path for one in back.changes} == {one.path for one in found.changes}


# ---- names of fields


def leaves(node: object, path: str = "") -> set[str]:
    if isinstance(node, dict):
        if set(node) <= {"zh", "en", "by"}:
            return {path}
        return {leaf for name, item in node.items() for leaf in leaves(item, f"{path}.{name}" if path else name)}
    if isinstance(node, list):
        return {leaf for item in node for leaf in leaves(item, f"{path}[]")}
    return set() if node is None else {path}


def test_every_field_has_a_name_in_both_languages() -> None:
    found: set[str] = set()
    one = "0x" + 20 * "11"
    for file in FILES:
        charter = load_charter(file).with_parties(
            token=one, steward=one, attestors=(one,), investigator=one, remainder=one
        )
        found |= leaves(charter.model_dump(mode="json"))
    for path in found:
        if not path.startswith("provenance"):
            label = label_of(path)
            assert re.search("[\u4e00-\u9fff]", label.zh), path
            assert label.en
    unused = {name for name in LABELS if not any(path.startswith(name) for path in found)}
    assert unused == {"classes[].sex"}
    with pytest.raises(KeyError):
        label_of("nothing")


def test_every_scope_has_a_name() -> None:
    assert set(SCOPES) == set(Scope) - {Scope.NOTHING}
