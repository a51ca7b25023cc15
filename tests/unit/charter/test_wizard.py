# SPDX-License-Identifier: AGPL-3.0-only
"""Questions and answers become a charter that founding would accept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.charter import CharterError, parse_charter
from tongxin.charter.wizard import Answers, Question, write_charter

LEAST: dict[str, Any] = {
    "name": {"zh": "邻里互助", "en": "Neighbours"},
    "text": {"zh": "我们互相帮助。", "en": 'We help "each other": always.'},
    "classes": [{"zh": "成员", "en": "member"}],
    "benefits": [{"zh": "意外", "en": "accident", "text": {"zh": "意外。", "en": "An accident."}}],
    "disclosures": {
        "founder": "we",
        "steward": "one of us",
        "attestors": "two of us",
        "jurisdiction": "here",
        "complaints": "our meeting",
    },
}


def answers(**changes: Any) -> Answers:
    return Answers({**LEAST, **changes}, "answers.yaml")


def test_few_answers_make_a_charter_with_comments() -> None:
    text = write_charter(answers(), "en")
    charter = parse_charter(text, "x")
    assert (charter.name.zh, charter.text.en) == ("邻里互助", 'We help "each other": always.')
    assert charter.money.round_cap == 100
    assert text.count("\n# ") >= 6
    assert "# Only members change the rules by vote" in text
    assert "# 规则只能由成员投票改变" in write_charter(answers(), "zh")
    # What is said in comments is all that differs.
    assert parse_charter(write_charter(answers(), "zh"), "x") == charter


def test_what_follows_from_other_answers_is_computed() -> None:
    charter = parse_charter(
        write_charter(answers(period="30d", filing_window="90d", juror_pay="7", panel_size="9", round_cap="33"), "en"),
        "x",
    )
    assert charter.membership.leave_notice == 70 * 86_400
    assert charter.voting.adoption_delay == 78 * 86_400
    assert charter.starting.runoff == 91 * 86_400
    assert charter.court.juror_bond == 7 * 20
    assert (int(charter.membership.min_runway), int(charter.money.year_cap)) == (66, 330)


def test_classes_and_benefits_are_as_many_as_there_are_answers() -> None:
    charter = parse_charter(
        write_charter(
            answers(
                classes=[
                    {"zh": "青", "en": "young", "least": 18, "largest": 39},
                    {"zh": "长", "en": "old", "shares": "1.5"},
                ],
                benefits=[
                    {**LEAST["benefits"][0], "amounts": [500, 400], "waiting": ["1d", "2d"]},
                    {**LEAST["benefits"][0], "en": "costs", "kind": "reimbursement", "deductible": "20"},
                ],
            ),
            "en",
        ),
        "x",
    )
    assert [(one.shares, one.age is None) for one in charter.classes] == [(1000, False), (1500, True)]
    assert [str(one) for one in charter.benefits[0].amounts] == ["500", "400"]
    assert charter.benefits[1].deductible == 20
    assert len(charter.benefits[1].amounts) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"round_cap": "ten"}, "round_cap: 'ten' is no money"),
        ({"panel_size": 4}, "panel_size: '4' is no odd number"),
        ({"funding": "later"}, "funding: 'later' is none of prepaid, called"),
        ({"name": {"zh": "互助"}}, "name.en: is missing: Name of the mutual"),
        ({"classes": []}, "classes: '0' is no whole number from 1 to 40"),
        ({"year_cap": "1"}, "money.year_cap"),
    ],
)
def test_a_wrong_answer_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CharterError, match=message):
        write_charter(answers(**changes), "en")


def test_answers_to_no_question_are_refused() -> None:
    given_answers = answers(round_kap="5")
    write_charter(given_answers, "en")
    with pytest.raises(CharterError, match="round_kap: answers no question"):
        given_answers.refuse_unused()
    used = answers()
    write_charter(used, "en")
    used.refuse_unused()


def test_every_question_is_asked_in_both_languages_and_has_a_fitting_default() -> None:
    asked: list[Question] = []

    def ask(question: Question) -> str:
        asked.append(question)
        return question.default or "text"

    write_charter(lambda question: "" if question.key.endswith("least") else ask(question), "en")
    assert len(asked) > 40
    for question in asked:
        assert question.text.zh != question.text.en
        if question.default:
            assert question.problem(question.default) is None, question.key


@settings(deadline=None, max_examples=40)
@given(
    st.fixed_dictionaries(
        {
            "funding": st.sampled_from(["prepaid", "called"]),
            "rounds": st.sampled_from(["immediate", "period"]),
            "period": st.integers(3, 60).map("{}d".format),
            "round_cap": st.integers(1, 10**6).map(str),
            "fee": st.integers(0, 10).map("{}%".format),
            "panel": st.sampled_from(["drawn", "open"]),
            "panel_size": st.sampled_from(["1", "3", "5", "15"]),
            "juror_pay": st.decimals(0, 100, places=6).map("{:f}".format),
            "filing_window": st.integers(1, 1000).map("{}d".format),
            "admission": st.sampled_from(["attestor", "invitation", "open"]),
            "majority": st.integers(51, 100).map("{}%".format),
            "members": st.integers(0, 10**6),
        }
    )
)
def test_any_sensible_answers_can_be_founded(changes: dict[str, Any]) -> None:
    write_charter(answers(**changes), "en")
