# SPDX-License-Identifier: AGPL-3.0-only
"""Warnings: each appears when its reason is there, and goes when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.charter import Charter, parse_charter
from tongxin.charter.advice import Advice, advice, class_sizes

CHARTERS = Path(__file__).parents[3] / "charters"
# A charter about which nothing is to be said but that it has no licence.
TEXT = (CHARTERS / "illustrative.yaml").read_text(encoding="utf-8")


def changed(*changes: tuple[str, str]) -> Charter:
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return parse_charter(text, "x")


def found(*changes: tuple[str, str]) -> list[Advice]:
    return [one for one in advice(changed(*changes)) if one.path != "disclosures.licence"]


def test_nothing_is_said_without_a_reason() -> None:
    assert found() == []
    assert [one.path for one in advice(changed())] == ["disclosures.licence"]


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ([('min_runway: "200"', 'min_runway: "199.5"')], "membership.min_runway", "twice the round cap is safer"),
        ([('max_runway: "2000"', 'max_runway: "799.5"')], "membership.max_runway", "at most 799.50 TSC"),
        (
            [('year_cap: "800"', 'year_cap: "4801"'), ('max_runway: "2000"', 'max_runway: "5000"')],
            "money.year_cap",
            "24 times the least deposit",
        ),
        ([("fee: 5%", "fee: 5.01%")], "money.fee", "a fee of 5.01% is high"),
        ([("carries: 2", "carries: 0")], "money.carries", "lost to the claimant"),
        ([("minimum_members: 300", "minimum_members: 1")], "starting.minimum_members", "no least number"),
        (
            [("minimum_members: 300", "minimum_members: 200")],
            "benefits[0].amounts",
            "pay at most 19,047 TSC in one round: of the full amount of 20,000 TSC about 95 %",
        ),
        ([('claim_cap: "0"', 'claim_cap: "1"')], "benefits[0].amounts", "can pay at most 285 TSC"),
        (
            [("leave_notice: 30d", "leave_notice: 91d"), ("adoption_delay: 45d", "adoption_delay: 98d")],
            "membership.leave_notice",
            "leaving takes 91 days",
        ),
        ([("filing_window: 180d", "filing_window: 29d")], "court.filing_window", "only 29 days to file"),
        ([("newcomer: 30d", "newcomer: 29d")], "membership.newcomer", "votes can be bought cheaply"),
        ([("voting_time: 14d", "voting_time: 6d")], "voting.voting_time", "passes unseen"),
        ([("quorum: 20%", "quorum: 9%")], "voting.quorum", "9% of the members can change the rules"),
        (
            [("minimum_members: 300", "minimum_members: 45"), ("floor_heads: 100", "floor_heads: 10")],
            "voting.quorum",
            "with the 45 members at the start 9 votes are a quorum",
        ),
        ([("wind_down_majority: 75%", "wind_down_majority: 60%")], "voting.wind_down_majority", "no larger majority"),
        (
            [("form: attestor", "form: open"), ("attestor_quorum: 2", "attestor_quorum: 0")],
            "membership.admission.form",
            "one person can hold many",
        ),
        (
            [("attestor_quorum: 2", "attestor_quorum: 1")],
            "membership.admission.attestor_quorum",
            "100 people a week, in about 3 week(s)",
        ),
        ([("panel_size: 5", "panel_size: 1")], "court.panel_size", "one person decides"),
        ([("panel_size: 5", "panel_size: 15"), ('juror_bond: "60"', 'juror_bond: "156"'),
          ("minimum_members: 300", "minimum_members: 188")], "court.panel_size", "draws from 189 volunteers"),
        ([("open_quorum_heads: 9", "open_quorum_heads: 301")], "court.open_quorum_heads", "such claims are denied"),
        ([("floor_heads: 100", "floor_heads: 300")], "starting.floor_heads", "at or below the floor"),
        ([("floor_heads: 100", "floor_heads: 0")], "starting.floor_heads", "there is no floor"),
        ([("founding_deadline: 180d", "founding_deadline: 20d")], "starting.founding_deadline", "2 weeks may not"),
        ([("complaints: The members' meeting", "complaints: none #")], "disclosures.complaints", "nowhere to complain"),
        ([("founder: invented; whoever", "founder: none # whoever")], "disclosures.founder", "nobody says who"),
    ],
)  # fmt: skip
def test_each_reason_is_told(changes: list[tuple[str, str]], path: str, reason: str) -> None:
    told = [one for one in found(*changes) if one.path == path and reason in one.reason.en]
    assert len(told) == 1, found(*changes)
    assert told[0].reason.zh


CLASSES = '  - label: {zh: 标准, en: standard}\n    shares: "1"\n'
TWO = CLASSES + '    expected: 97%\n  - label: {zh: 少数, en: few}\n    shares: "1"\n    expected: 3%\n'
PER_CLASS = (
    ('amounts: ["20000"]\n    waiting: [90d]', 'amounts: ["20000", "20000"]\n    waiting: [90d, 90d]'),
    ('amounts: ["20000"]\n    waiting: [0d]', 'amounts: ["20000", "0"]\n    waiting: [0d, 0d]'),
)


def test_a_class_so_small_that_a_payment_names_a_person() -> None:
    """Design section 6: fewer than ten covered people."""
    charter = changed((CLASSES, TWO), *PER_CLASS)
    assert class_sizes(charter) == {0: 291, 1: 9}
    (small,) = [one for one in advice(charter) if one.path.startswith("benefits")]
    # The class is covered by the first benefit alone.
    assert small.path == "benefits[0].amounts[1]"
    assert "'serious illness' covers 9 people of class 'few' expected" in small.reason.en
    ten = changed((CLASSES, TWO), *PER_CLASS, ("minimum_members: 300", "minimum_members: 334"))
    assert [one for one in advice(ten) if one.path.startswith("benefits")] == []


def test_a_roster_counts_better_than_an_estimate() -> None:
    charter = changed((CLASSES, TWO), *PER_CLASS)
    assert [one for one in advice(charter, {0: 200, 1: 50}) if one.path.startswith("benefits")] == []
    small = [one for one in advice(charter, {0: 9, 1: 0}) if one.path.startswith("benefits")]
    assert [one.path for one in small] == ["benefits[0].amounts[0]", "benefits[1].amounts[0]"]
    assert "in the roster" in small[0].reason.en


def test_unknown_sizes_are_said() -> None:
    silent = TWO.replace("    expected: 97%\n", "").replace("    expected: 3%\n", "")
    charter = changed((CLASSES, silent), *PER_CLASS)
    assert [one.path for one in advice(charter)] == ["disclosures.licence", "classes"]
    assert [one.path for one in advice(charter, {0: 20, 1: 20})] == ["disclosures.licence"]
