# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin index` as a person runs it."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from index.conftest import Lived
from support.cli import Cli

pytestmark = pytest.mark.chain


@pytest.fixture
def cli(lived: Lived, tmp_path: Path) -> Cli:
    return Cli(home=tmp_path, url=lived.node.url)


def test_an_index_is_made_shown_written_out_and_made_again(lived: Lived, cli: Cli) -> None:
    assert "is empty" in cli.run("index", "status").stdout
    named = [part for fund in lived.funds for part in ("--fund", fund)]
    made = cli.answer("index", "run", *named)
    assert (made["block"], made["reorganisations"]) == (lived.mutuals[0].head().number, 0)
    assert made["events"] > 500
    assert cli.answer("index", "run")["events"] == 0

    status = cli.answer("index", "status")
    assert {item["fund"] for item in status["mutuals"]} == set(lived.funds)
    assert {item["block"] for item in status["mutuals"]} == {made["block"]}
    assert status["final"] <= status["confirmed"] <= status["head"] == made["block"]
    assert [(item["endpoint"], item["state"], item["block"]) for item in status["endpoints"]] == [
        (lived.node.url, "keeps up", made["block"])
    ]
    shown = cli.run("index", "status").stdout
    assert "TSC" in shown
    assert "keeps up" in shown

    path = cli.home / "first.txt"
    rows = cli.answer("index", "dump", "--out", path)["rows"]
    shown = cli.run("index", "dump").stdout
    assert shown == path.read_text(encoding="utf-8")
    lines = [line for line in shown.splitlines() if not line.startswith("#")]
    assert len(lines) == rows
    assert all(isinstance(json.loads(line), list) for line in lines)

    again = cli.answer("index", "rebuild", "--yes")
    assert again["events"] == made["events"]
    assert cli.run("index", "dump").stdout == shown


def test_the_mutual_of_the_settings_is_followed_unless_another_is_named(lived: Lived, cli: Cli) -> None:
    cli.using(mutual=lived.funds[0]).answer("index", "run")
    assert [item["fund"] for item in cli.answer("index", "status")["mutuals"]] == [lived.funds[0]]


def test_following_goes_on_until_interrupted(lived: Lived, cli: Cli) -> None:
    with cli.start("index", "run", "--follow", "--fund", lived.funds[0], "--json") as process:
        assert process.stdout is not None
        told = ""
        while not told.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, "it ended"
            told += line
        assert json.loads(told)["block"] == lived.mutuals[0].head().number
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_without_a_mutual_it_says_what_to_name(cli: Cli) -> None:
    assert "no mutual is followed" in cli.failure("index", "run")


def test_an_address_without_a_mutual_is_refused_and_not_followed(lived: Lived, cli: Cli) -> None:
    cli.failure("index", "run", "--fund", lived.mutuals[0].court.address)
    assert cli.answer("index", "status")["mutuals"] == []


def test_a_database_that_cannot_be_is_refused(cli: Cli) -> None:
    assert "must be named like" in cli.failure("index", "status", "--database", "nowhere")


def test_a_damaged_index_is_told(lived: Lived, cli: Cli) -> None:
    (cli.home / "index.sqlite").write_bytes(b"no database at all, but long enough to look" * 50)
    assert "is damaged" in cli.failure("index", "run", "--fund", lived.funds[0])


def test_the_database_is_a_plain_one_that_other_programs_read(lived: Lived, cli: Cli) -> None:
    cli.run("index", "run", "--fund", lived.funds[0])
    with sqlite3.connect(cli.home / "index.sqlite") as connection:
        heads, members = connection.execute("SELECT heads, members FROM mutuals").fetchone()
    connection.close()
    assert heads == lived.mutuals[0].fund.books().heads
    assert members > heads
