# SPDX-License-Identifier: AGPL-3.0-only
"""Rules that only the document holds (P-57 to P-61), above all shares that follow the rule named."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.charter import CharterError, canonical_json, load_charter, parse_charter, read_document
from tongxin.charter.provisions import right_shares, value_at

CHARTERS = Path(__file__).parents[3] / "charters"
TEXT = (CHARTERS / "example-immediate.yaml").read_text(encoding="utf-8")

# T4 of the figures to reproduce: one male of each age, Chinese CI1 (2006-10), the benefit bands of Xianghubao.
T4_RATES = ["0.000340", "0.000514", "0.001218", "0.001905", "0.002151", "0.003997", "0.007155", "0.011682", "0.016086"]
T4_AGES = (20, 25, 35, 39, 40, 45, 50, 55, 59)
T4_FAIR = [".173201", ".261839", ".620467", ".970435", ".365250", ".678710", "1.214954", "1.983661", "2.731482"]


def thousandths(fair: str) -> str:
    return str(round(float(fair), 3))


def t4(shares: list[str], rule: str = "risk") -> str:
    classes = "".join(
        f'  - {{label: {{zh: 年龄{age}, en: aged {age}}}, shares: "{share}"}}\n'
        for age, share in zip(T4_AGES, shares, strict=True)
    )
    amounts = ", ".join('"300000"' if age < 40 else '"100000"' for age in T4_AGES)
    rates = ", ".join(f'"{rate}"' for rate in T4_RATES)
    text = (
        TEXT[: TEXT.index("classes:")]
        + f"classes:\n{classes}\nshare_rule: {rule}\n\n"
        + TEXT[TEXT.index("benefits:") :]
    )
    text = text.replace('amounts: ["1000", "2000"]', f"amounts: [{amounts}]")
    return text.replace("waiting: [0d, 0d]", f"waiting: [{', '.join(['0d'] * 9)}]\n    incidence: [{rates}]")


def faults(text: str) -> list[tuple[str, str, int]]:
    with pytest.raises(CharterError) as caught:
        parse_charter(text, "mutual.yaml")
    return [(fault.path, fault.problem, fault.line) for fault in caught.value.faults]


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_fair_weights_of_t4_follow_the_risk() -> None:
    charter = parse_charter(t4([thousandths(fair) for fair in T4_FAIR]), "t4")
    assert [one.shares for one in charter.classes] == [173, 262, 620, 970, 365, 679, 1215, 1984, 2731]
    assert read_document(canonical_json(charter)) == charter


def test_a_share_that_does_not_follow_the_risk_is_named_with_the_right_value() -> None:
    shares = [thousandths(fair) for fair in T4_FAIR]
    shares[4] = "0.971"
    text = t4(shares)
    assert faults(text) == [
        (
            "classes[4].shares",
            "0.971 does not follow the share rule 'risk'; write \"0.365\"",
            line_of(text, "{zh: 年龄40"),
        )
    ]


def test_equal_shares_over_the_same_lives_are_no_fair_ones() -> None:
    parse_charter(t4(["1"] * 9, "equal"), "t4")
    parse_charter(t4(["1"] * 9, "stated"), "t4")
    assert len(faults(t4(["1"] * 9, "risk"))) == 8
    assert [path for path, _, _ in faults(t4(["1"] * 8 + ["1.001"], "equal"))] == ["classes[8].shares"]


def test_shares_by_benefit_follow_the_amounts() -> None:
    text = TEXT.replace("benefits:\n", "share_rule: benefit\nbenefits:\n", 1)
    parse_charter(text, "x")
    wrong = text.replace('shares: "2"', 'shares: "2.002"')
    assert faults(wrong) == [
        ("classes[1].shares", "2.002 does not follow the share rule 'benefit'; write \"2\"", line_of(wrong, "2.002"))
    ]
    nothing = text.replace('"1000", "2000"', '"1000", "0"')
    ((path, problem, _line),) = faults(nothing)
    assert path == "classes[1].shares"
    assert "can expect nothing" in problem


def test_shares_by_risk_need_the_incidence_of_every_class() -> None:
    text = TEXT.replace("benefits:\n", "share_rule: risk\nbenefits:\n", 1)
    assert [path for path, _, _ in faults(text)] == ["benefits[0].incidence"]
    short = TEXT.replace("waiting: [0d, 0d]", 'waiting: [0d, 0d]\n    incidence: ["0.1"]')
    assert "1 entries for 2 classes" in faults(short)[0][1]


weights = st.lists(st.fractions(Fraction(1, 100), 100), min_size=1, max_size=9)


@given(weights, st.fractions(Fraction(10), 5000))
def test_whatever_the_scale_rounded_weights_are_right(weight: list[Fraction], scale: Fraction) -> None:
    shares = [int(scale * one + Fraction(1, 2)) for one in weight]
    assert right_shares(shares, weight) == shares


@given(weights, st.fractions(Fraction(2000), 5000), st.integers(0, 8), st.integers(100, 900))
def test_of_three_or_more_one_wrong_share_is_found(
    weight: list[Fraction], scale: Fraction, position: int, off: int
) -> None:
    weight = [max(one, Fraction(1)) for one in weight]
    if len(weight) < 3:
        weight += [Fraction(1), Fraction(1)]
    shares = [int(scale * one + Fraction(1, 2)) for one in weight]
    wrong = list(shares)
    wrong[position % len(shares)] += off
    right = right_shares(wrong, weight)
    assert [j for j, (a, b) in enumerate(zip(wrong, right, strict=True)) if a != b] == [position % len(shares)]


# ---- migration and sizes

AGED = TEXT.replace(
    '    shares: "1"\n', '    shares: "1"\n    age: {least: 18, largest: 39}\n    migrates_to: 1\n'
).replace('    shares: "2"\n', '    shares: "2"\n    age: {least: 40, largest: 59}\n')


def test_a_class_may_move_to_the_next() -> None:
    charter = parse_charter(AGED, "x")
    assert charter.classes[0].migrates_to == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("migrates_to: 1", "migrates_to: 0", "0 is no other class; there are 1"),
        ("migrates_to: 1", "migrates_to: 2", "2 is no other class; there are 1"),
        ("{least: 40", "{least: 41", "who turns 40 leaves this class, and class 1 is for 41 to 59"),
        ("    age: {least: 18, largest: 39}\n", "", "needs the ages of this class"),
    ],
)
def test_a_class_that_can_not_be_moved_to_is_refused(old: str, new: str, message: str) -> None:
    text = AGED.replace(old, new, 1)
    ((path, problem, line),) = faults(text)
    assert path == "classes[0].migrates_to"
    assert message in problem
    assert line == line_of(text, "migrates_to")


def test_expected_parts_add_up() -> None:
    text = TEXT.replace('    shares: "1"\n', '    shares: "1"\n    expected: 70%\n')
    assert faults(text)[0][0] == "classes[1].expected"
    both = text.replace('    shares: "2"\n', '    shares: "2"\n    expected: 29%\n')
    assert "all classes together make 99%" in faults(both)[0][1]
    parse_charter(both.replace("29%", "30%"), "x")


# ---- provenance

PROVENANCE = """provenance:
  platform: {zh: 某平台, en: a platform}
  known:
    - {field: money.fee, value: 4%, source: a page}
  unknown: [court.panel_size, voting]
"""


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        ("value: 4%", "value: 8%", "provenance.known[0].value", "is 8%, and money.fee is 4%"),
        ("money.fee", "money.fees", "provenance.known[0].field", "'money.fees' is no field"),
        ("court.panel_size", '"benefits[1]"', "provenance.unknown[0]", "'benefits[1]' is no field"),
        ("court.panel_size", "money.fee", "provenance.unknown[0]", "is named as known too"),
    ],
)
def test_what_a_preset_says_of_its_platform_is_checked(old: str, new: str, path: str, message: str) -> None:
    parse_charter(TEXT + PROVENANCE, "x")
    ((found, problem, line),) = faults(TEXT + PROVENANCE.replace(old, new, 1))
    assert found == path
    assert message in problem
    assert line > TEXT.count("\n")


def test_a_departure_is_named_with_its_reason() -> None:
    text = TEXT + PROVENANCE.replace("value: 4%", "value: 8%")
    parse_charter(text + "  differs:\n    - {field: money.fee, why: {zh: 更低, en: lower here}}\n", "x")


def test_values_are_found_by_their_path() -> None:
    rules = load_charter(CHARTERS / "facade-cleaners.yaml").model_dump(mode="json")
    assert value_at(rules, "benefits[0].amounts") == "50000, 50000, 45000, 40000"
    assert value_at(rules, "court.strict") == "true"
    assert value_at(rules, "court") == ""
    assert value_at(rules, "classes") == ""
    for nothing in ("court.none", "benefits[9]", "benefits.amounts", "money.fee.x"):
        assert value_at(rules, nothing) is None


# ---- judged


def test_what_people_judge_names_who() -> None:
    judged = "judged:\n  - {by: panel, zh: 健康, en: health}\n"
    assert parse_charter(TEXT + judged, "x").judged[0].by == "panel"
    assert "'panel' or 'attestor'" in faults(TEXT + judged.replace("panel", "founder"))[0][1]
