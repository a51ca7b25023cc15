# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin charter` as a person types it; no chain is needed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from support.cli import PROGRAM, Cli
from tongxin.charter import load_charter

CHARTERS = Path(__file__).parents[2] / "charters"
CLEANERS = CHARTERS / "facade-cleaners.yaml"


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def edited(folder: Path, *changes: tuple[str, str]) -> Path:
    text = CLEANERS.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "edited.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_check_tells_hash_and_warnings_with_their_lines(cli: Cli) -> None:
    answer = cli.answer("charter", "check", CLEANERS)
    assert answer["charter_hash"].startswith("0x")
    newcomer = next(one for one in answer["warnings"] if one["path"] == "membership.newcomer")
    assert CLEANERS.read_text(encoding="utf-8").splitlines()[newcomer["line"] - 1].strip() == "newcomer: 14d"
    assert newcomer["file"] == str(CLEANERS)
    assert newcomer["zh"]
    shown = cli.run("charter", "check", CLEANERS).stdout
    assert "votes can be bought cheaply" in shown
    assert "可以低价买票" in cli.run("charter", "check", CLEANERS, "--lang", "zh").stdout


def test_check_counts_a_roster(cli: Cli, tmp_path: Path) -> None:
    lines = (CHARTERS / "rosters" / "facade-cleaners.csv").read_text(encoding="utf-8").splitlines()
    roster = tmp_path / "few.csv"
    roster.write_text("\n".join(lines[:12]) + "\n", encoding="utf-8")
    answer = cli.answer("charter", "check", CLEANERS, "--roster", roster)
    assert any("in the roster" in one["en"] for one in answer["warnings"])
    full = cli.answer("charter", "check", CLEANERS, "--roster", CHARTERS / "rosters" / "facade-cleaners.csv")
    assert not any("in the roster" in one["en"] for one in full["warnings"])


def test_check_names_line_and_right_value(cli: Cli, tmp_path: Path) -> None:
    path = edited(tmp_path, ("adoption_delay: 45d", "adoption_delay: 36d"))
    said = cli.failure("charter", "check", path)
    line = path.read_text(encoding="utf-8").splitlines().index("  adoption_delay: 36d") + 1
    assert f"line {line}: voting.adoption_delay (F-8)" in said
    assert "write at least 37d" in said


def test_check_says_whether_a_vote_may_go_there(cli: Cli, tmp_path: Path) -> None:
    small = edited(tmp_path, ("fee: 4%", "fee: 5%"))
    assert cli.answer("charter", "check", small, "--follows", CLEANERS)["document_bytes"] > 0
    large = edited(tmp_path, ("fee: 4%", "fee: 6%"))
    said = cli.failure("charter", "check", large, "--follows", CLEANERS)
    assert "money.fee (R-93): rises by 50 % at once" in said
    line = large.read_text(encoding="utf-8").splitlines().index("  fee: 6%") + 1
    assert f"line {line}:" in said
    assert "nothing to vote on" in cli.failure("charter", "check", CLEANERS, "--follows", CLEANERS)


def test_explain_speaks_to_a_class_in_either_language(cli: Cli) -> None:
    shown = cli.run("charter", "explain", CLEANERS, "--class", "aged 50 to 59").stdout
    assert "1,875 TSC in one year" in shown
    assert "18 to 29" not in shown
    assert "我最多付多少" in cli.run("charter", "explain", CLEANERS, "--lang", "zh").stdout
    answer = cli.answer("charter", "explain", CLEANERS, "--class", "3")
    assert answer["class"] == 3
    assert {"zh", "en"} == set(answer["sections"][0]["title"])
    assert answer["charter"]["money"]["round_cap"] == "300"
    assert "there is no class 'pilots'; there are 0 aged 18 to 29" in cli.failure(
        "charter", "explain", CLEANERS, "--class", "pilots"
    )


def test_diff_tells_changes_and_refusals(cli: Cli, tmp_path: Path) -> None:
    path = edited(tmp_path, ("fee: 4%", "fee: 6%"), ('"45000"', '"50000"'))
    answer = cli.answer("charter", "diff", CLEANERS, path)
    assert {one["path"]: (bool(one["refused"]), one["waits"]) for one in answer["changes"]} == {
        "money.fee": (True, False),
        "benefits[0].amounts[2]": (False, True),
    }
    assert [one["rule"] for one in answer["refused"]] == ["R-93"]
    shown = cli.run("charter", "diff", CLEANERS, path, "--class", "2").stdout
    assert "from 45,000 TSC to 50,000 TSC" in shown
    assert "would refuse it" in shown
    assert "50,000" not in cli.run("charter", "diff", CLEANERS, path, "--class", "0").stdout
    assert "The two say the same." in cli.run("charter", "diff", CLEANERS, CLEANERS).stdout


def test_diff_looks_back_ninety_days(cli: Cli, tmp_path: Path) -> None:
    newest = edited(tmp_path, ("fee: 4%", "fee: 5%")).rename(tmp_path / "newest.yaml")
    draft = edited(tmp_path, ("fee: 4%", "fee: 6%"))
    assert cli.answer("charter", "diff", newest, draft)["refused"] == []
    assert len(cli.answer("charter", "diff", newest, draft, "--recent", CLEANERS)["refused"]) == 1


def test_schema_is_json_with_and_without_the_option(cli: Cli) -> None:
    committed = (CHARTERS / "charter.schema.json").read_text(encoding="utf-8")
    assert cli.run("charter", "schema").stdout == committed
    assert cli.answer("charter", "schema") == json.loads(committed)


ANSWERS = {
    "name": {"zh": "邻里互助", "en": "Neighbours"},
    "text": {"zh": "我们互相帮助。", "en": "We help one another."},
    "round_cap": 50,
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


def test_new_writes_a_charter_that_check_accepts_and_overwrites_none(cli: Cli, tmp_path: Path) -> None:
    given, written = tmp_path / "answers.yaml", tmp_path / "ours.yaml"
    with given.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(ANSWERS, file)
    made = cli.answer("charter", "new", written, "--answers", given)
    assert made == cli.answer("charter", "check", written)
    assert "# Money: the most anybody can be asked for." in written.read_text(encoding="utf-8")
    before = written.read_bytes()
    assert "is there already" in cli.failure("charter", "new", written, "--answers", given)
    assert written.read_bytes() == before
    cli.run("charter", "new", written, "--answers", given, "--overwrite", "--lang", "zh")
    assert "# 钱" in written.read_text(encoding="utf-8")


def test_new_asks_at_the_terminal_and_again_until_an_answer_fits(cli: Cli, tmp_path: Path) -> None:
    written = tmp_path / "ours.yaml"
    keyboard, terminal = pty.openpty()
    asked = ""
    answers = {"in one settlement": "many"}
    with subprocess.Popen(
        [PROGRAM, "charter", "new", written],
        env=cli.environment(),
        stdin=terminal,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(terminal)
        assert process.stderr is not None
        # A question is written in one piece, so it is read in one piece; the end of the program ends the pipe.
        while question := os.read(process.stderr.fileno(), 4096).decode():
            asked += question
            if question.endswith(":"):
                default = "" if question.endswith("]:") or "empty" in question else "text"
                key = next((part for part in answers if part in question), "")
                os.write(keyboard, f"{answers.pop(key, default)}\n".encode())
    os.close(keyboard)
    assert process.returncode == 0, asked
    assert asked.count("Most a full share pays in one settlement") == 2
    assert "'many' is no money" in asked
    charter = load_charter(written)
    assert (charter.name.en, int(charter.money.round_cap), charter.starting.minimum_members) == ("text", 100, 100)


def test_new_refuses_what_makes_no_charter_and_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    given, written = tmp_path / "answers.yaml", tmp_path / "ours.yaml"
    assert "nobody can be asked here" in cli.failure("charter", "new", written)
    for text, message in (
        (json.dumps({**ANSWERS, "round_cap": "ten"}), "round_cap: 'ten' is no money"),
        (json.dumps({**ANSWERS, "colour": "red"}), "colour: answers no question"),
        ("- 1\n", "holds no named answers"),
        ("a: [", "can't be read"),
    ):
        given.write_text(text, encoding="utf-8")
        assert message in cli.failure("charter", "new", written, "--answers", given)
    assert not written.exists()
