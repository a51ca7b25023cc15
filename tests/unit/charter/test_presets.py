# SPDX-License-Identifier: AGPL-3.0-only
"""The files in charters/: every platform of the rules table, and groups of our own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tongxin.charter import Charter, load_charter
from tongxin.charter.advice import advice
from tongxin.charter.explain import explain
from tongxin.charter.rules import Judge, Kind, ShareRule

ROOT = Path(__file__).parents[3]
CHARTERS = ROOT / "charters"
KNOWN = ("xianghubao", "kangai", "e-mutual", "water-drop", "quark")
UNKNOWN = ("concentric", "17-mutual", "gecko", "zebra-club", "national-bodyguard", "public-help")
GROUPS = ("facade-cleaners", "couriers", "village-flood", "freelancers-sick-pay")
BASES = ("illustrative", "example-immediate", "example-called")


def preset(name: str) -> Charter:
    return load_charter(CHARTERS / f"{name}.yaml")


def test_every_file_is_one_of_these() -> None:
    assert {path.stem for path in CHARTERS.glob("*.yaml")} == {*KNOWN, *UNKNOWN, *GROUPS, *BASES}


@pytest.mark.parametrize("name", [*KNOWN, *UNKNOWN])
def test_a_preset_says_where_its_values_come_from(name: str) -> None:
    provenance = preset(name).provenance
    assert provenance is not None
    assert provenance.unknown
    assert bool(provenance.known) == (name in KNOWN)
    assert all(known.source.startswith("rules table row") for known in provenance.known)
    assert "preset" in preset(name).name.en
    text = (CHARTERS / f"{name}.yaml").read_text(encoding="utf-8")
    comments = " ".join(line.removeprefix("# ") for line in text.splitlines() if line.startswith("#"))
    assert "Not connected with it." in comments
    assert "Not audited by a third party." in comments


@pytest.mark.parametrize("name", UNKNOWN)
def test_platforms_without_known_values_are_thin_files(name: str) -> None:
    base, thin = preset("illustrative"), preset(name)
    same = {"name", "provenance"}
    assert thin.model_dump(exclude=same) == base.model_dump(exclude=same)
    assert len((CHARTERS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()) < 40


@pytest.mark.parametrize("name", GROUPS)
def test_our_own_groups_can_pay_what_they_promise(name: str) -> None:
    charter = preset(name)
    short = [one for one in advice(charter) if re.fullmatch(r"benefits\[\d+\]\.amounts", one.path)]
    # A largest amount may need more than one round; none may be out of reach of the rounds it is carried through.
    for one in short:
        part = int(re.search(r"about (\d+) %", one.reason.en)[1])  # type: ignore[index]
        assert part * (1 + charter.money.carries) >= 100, one.reason.en
    assert charter.starting.minimum_members >= 60
    assert charter.starting.floor_heads > 0


def test_values_of_the_table_stand_in_the_presets() -> None:
    xianghubao, kangai = preset("xianghubao"), preset("kangai")
    assert [str(amount) for amount in xianghubao.benefits[0].amounts] == ["300000", "100000"]
    assert (xianghubao.money.fee, str(xianghubao.money.claim_cap), str(xianghubao.money.year_cap)) == (
        800,
        "0.1",
        "188",
    )
    assert [step.grants for step in kangai.ladder] == [3333, 6667, 10_000]
    assert kangai.benefits[1].kind is Kind.REIMBURSEMENT
    assert str(kangai.benefits[1].deductible) == "10000"
    assert str(preset("e-mutual").membership.min_runway) == "9"
    assert preset("water-drop").money.period == 30 * 86_400
    assert preset("quark").benefits[1].repeats == 0


def test_the_presets_together_use_every_form_of_rule() -> None:
    charters = [preset(path.stem) for path in CHARTERS.glob("*.yaml")]
    assert {one.share_rule for one in charters} == set(ShareRule)
    assert {rule.by for one in charters for rule in one.judged} == set(Judge)
    assert {benefit.kind for one in charters for benefit in one.benefits} == set(Kind)
    for forms in (
        {one.money.funding.value for one in charters},
        {one.money.rounds.value for one in charters},
        {one.court.panel.value for one in charters},
    ):
        assert len(forms) == 2
    assert {one.membership.admission.form.value for one in charters} == {"attestor", "invitation", "open"}
    assert any(row.migrates_to is not None for one in charters for row in one.classes)


# ---- the table of thirty rules

TABLE = (ROOT / "docs" / "spec" / "rules-table.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", TABLE, re.MULTILINE)


def test_the_table_has_thirty_rows_each_with_who_enforces_it() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, 31))
    for number, _rule, _where, who in ROWS:
        assert re.search(r"contract|panel|attestor|[Nn]ot possible", who), number


def test_the_table_names_fields_that_a_charter_has() -> None:
    names = re.findall(r"`([a-z_.\[\]]+)(?:: [a-z]+)?`", " ".join(where for _, _, where, _ in ROWS))
    leaves = {part for name in names for part in name.replace("[]", "").split(".") if part}
    dumped = preset("xianghubao").model_dump(mode="json")

    def keys(node: object) -> set[str]:
        if isinstance(node, dict):
            return set(node) | {key for item in node.values() for key in keys(item)}
        return {key for item in node for key in keys(item)} if isinstance(node, list) else set()

    assert leaves - keys(dumped) - {"contribution_refund", "drawn"} == set()


# ---- explained


@pytest.mark.parametrize("path", sorted(CHARTERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_is_explained_in_both_languages(path: Path) -> None:
    charter = load_charter(path)
    for class_id in (None, *range(len(charter.classes))):
        sections = explain(charter, class_id)
        assert len(sections) >= 12
        for section in sections:
            for line in (section.title, *section.lines):
                assert line.zh.strip()
                assert line.en.strip()
                assert "None" not in line.en
            assert not re.search("[\u4e00-\u9fff]", section.title.en)
