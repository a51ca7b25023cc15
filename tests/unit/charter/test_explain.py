# SPDX-License-Identifier: AGPL-3.0-only
"""The rules in plain words: every number that matters to a member is said, and said as it is."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tongxin.charter import Charter, load_charter, parse_charter
from tongxin.charter.explain import explain
from tongxin.charter.wording import amount, span

CHARTERS = Path(__file__).parents[3] / "charters"
CLEANERS = load_charter(CHARTERS / "facade-cleaners.yaml")
TEXT = (CHARTERS / "facade-cleaners.yaml").read_text(encoding="utf-8")


def told(charter: Charter, title: str, class_id: int | None = None) -> str:
    (section,) = [one for one in explain(charter, class_id) if one.title.en == title]
    return "\n".join(line.en for line in section.lines)


def test_the_headings_answer_a_member_s_questions_in_order() -> None:
    assert [one.title.en for one in explain(CLEANERS)] == [
        "What this is",
        "What I pay at most",
        "How I am covered",
        "When waiting ends",
        "How to come in",
        "How a claim goes",
        "Who decides",
        "How the rules change",
        "How it starts and ends",
        "How to leave",
        "What nobody can do",
        "Disclosures",
    ]
    assert "这不是保险" in explain(CLEANERS)[0].lines[1].zh


def test_payments_are_those_of_the_class() -> None:
    assert (
        "at least 375 TSC deposited when joining; at most 375 TSC in one settlement and 1,875 TSC in one year"
        in told(CLEANERS, "What I pay at most", 3)
    )
    assert "18 to 29" not in told(CLEANERS, "What I pay at most", 3)
    assert "18 to 29" in told(CLEANERS, "What I pay at most")
    with pytest.raises(IndexError, match="there is no class 4; they are 0 to 3"):
        explain(CLEANERS, 4)


@pytest.mark.parametrize(
    ("old", "new", "title", "words"),
    [
        ("fee: 4%", "fee: 0%", "What I pay at most", "There is no management fee."),
        ('claim_cap: "0"', 'claim_cap: "20"', "What I pay at most", "For one claim a full share pays at most 20 TSC."),
        ('entry_fee: "0"', 'entry_fee: "9"', "What I pay at most", "Joining costs 9 TSC once"),
        ("funding: prepaid", "funding: called", "What I pay at most", "announced at least 3 days before"),
        ("carries: 4", "carries: 0", "What I pay at most", "claimants receive less for good"),
        ("rounds: period", "rounds: immediate", "What I pay at most", "shared at once"),
        ("grace: 7d", "grace: 0d", "How I am covered", "without grace"),
        ("[7d, 7d, 7d, 7d]", "[7d, 8d, 7d, 7d]", "When waiting ends", "aged 30 to 39 8 days"),
        ("form: attestor", "form: invitation", "How to come in", "3 members invite me"),
        ("panel: drawn", "panel: open", "How a claim goes", "at least 15 votes and 3% of the members"),
        ("strict: true", "strict: false", "How a claim goes", "at least 50% of the valid votes"),
        ('review_above: "0"', 'review_above: "9000"', "How a claim goes", "and all above 9,000 TSC,"),
        ("waiver: true", "waiver: false", "How a claim goes", "returned when granted."),
        ("voting_time: 14d", "voting_time: 9d", "How the rules change", "A vote is open for 9 days."),
        ("quorum: 20%", "quorum: 12.5%", "How the rules change", "at least 13 of every 100 members voted"),
        ("adoption_delay: 45d", "adoption_delay: 50d", "How the rules change", "take effect 50 days after the vote"),
        ("minimum_members: 100", "minimum_members: 0", "How it starts and ends", "It starts at once"),
        ("floor_heads: 60", "floor_heads: 0", "How it starts and ends", "Only a vote winds it down."),
        ("leave_notice: 30d", "leave_notice: 31d", "How to leave", "After 31 days"),
        ("leave_notice: 30d", "leave_notice: 31d", "How to leave", "after 93 days at the latest"),
    ],
)
def test_a_rule_that_changes_is_told_otherwise(old: str, new: str, title: str, words: str) -> None:
    assert old in TEXT
    assert words not in told(CLEANERS, title)
    assert words in told(parse_charter(TEXT.replace(old, new, 1), "x"), title)


def test_what_people_judge_and_who_moves_is_told() -> None:
    xianghubao = load_charter(CHARTERS / "xianghubao.yaml")
    assert "(checked by the attestor)" in told(xianghubao, "What people judge because no contract can")
    assert "at 40 I move to 'aged 40 to 59'" in told(xianghubao, "How to come in")
    sources = told(xianghubao, "Where these values come from")
    assert "Known money.fee: 8% (rules table row 14, 10 % in 2018)" in sources
    assert "rules table row 8, unverified" in sources
    assert "Unknown, chosen here: money.round_cap" in sources


def test_money_is_rounded_up_to_what_a_member_pays() -> None:
    assert amount(Decimal("1234567.5"), CLEANERS) == "1,234,567.50 TSC"
    assert amount(Decimal("0.0000001"), CLEANERS) == "0.000001 TSC"
    assert amount(Decimal(0), CLEANERS) == "0 TSC"
    assert [span(0).en, span(1).en, span(90_000).en, span(86_400).zh] == ["0 days", "1 second", "1 day 1 hour", "1天"]
