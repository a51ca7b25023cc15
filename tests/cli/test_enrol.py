# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import json
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from support.cli import Founded
from tongxin.chain.events import Enrolled

pytestmark = pytest.mark.chain

PRICE = 100 * 10**6
"""Least deposit of one share under the example charter."""


def roster(folder: Path, count: int, *extra: str) -> Path:
    path = folder / "roster.csv"
    rows = [f"N{number},王五,standard,0x{number + 1:040x}" for number in range(count)]
    path.write_text("\n".join(["id_number,name,class,wallet", *rows, *extra]) + "\n", encoding="gb18030")
    return path


def enrolled(founded: Founded) -> Counter[bytes]:
    """How often each id was enrolled."""
    return Counter(event.member_id for event in founded.mutual.events(kinds=(Enrolled,)) if isinstance(event, Enrolled))


def wait_for_heads(founded: Founded, least: int) -> int:
    deadline = time.monotonic() + 60
    while (heads := founded.mutual.fund.books().heads) < least:
        assert time.monotonic() < deadline, "the enrolment does not get on"
        time.sleep(0.01)
    return heads


def test_an_enrolment_killed_in_the_middle_goes_on_without_enrolling_anybody_twice(
    founded: Founded, tmp_path: Path
) -> None:
    people = roster(tmp_path, 400)
    command = ("enrol", people, "--batch-size", "10")
    before = founded.mutual.token.balance_of(founded.world.senders[0].address)
    with founded.cli.start(*command) as process:
        wait_for_heads(founded, 50)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    after_kill = founded.mutual.fund.books().heads
    assert 50 <= after_kill < 400, "the kill came too late to show anything"

    answer = founded.cli.answer(*command)
    assert answer["rows"] == 400
    assert answer["admitted"] + answer["already_members"] == 400
    assert founded.mutual.fund.books().heads == 400
    assert set(enrolled(founded).values()) == {1}
    assert len(enrolled(founded)) == 400
    paid = before - founded.mutual.token.balance_of(founded.world.senders[0].address)
    assert paid == founded.mutual.fund.books().deposits == 400 * PRICE

    again = founded.cli.answer(*command)
    assert (again["admitted"], again["already_members"], again["price"]) == (0, 400, 0)


def test_an_interrupted_enrolment_says_so_in_one_line(founded: Founded, tmp_path: Path) -> None:
    with founded.cli.start("enrol", roster(tmp_path, 400), "--batch-size", "5") as process:
        wait_for_heads(founded, 10)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output == ""
    assert errors.splitlines() == ["tongxin: interrupted; the same command goes on where it stopped"]
    assert founded.mutual.fund.books().heads < 400


def test_bad_rows_stop_everything_unless_the_good_ones_are_asked_for(founded: Founded, tmp_path: Path) -> None:
    people = roster(
        tmp_path, 3, f"N1,王五,standard,0x{9:040x}", "N9,王五,no such class,0x12", f"N8,,standard,0x{8:040x}"
    )
    refused = founded.cli.run("enrol", people, code=1)
    assert refused.stdout == ""
    assert "nothing was done; the first, row 5: the same person as in row 3" in refused.stderr.splitlines()[-1]
    shown = json.loads(founded.cli.failure("enrol", people, "--json"))
    assert [(item["row"], item["kind"]) for item in shown["problems"]] == [
        (5, "duplicate_id"),
        (6, "unknown_class"),
        (6, "malformed_wallet"),
        (7, "empty_field"),
    ]
    checked = founded.cli.answer("enrol", people, "--check", code=1)
    assert (checked["rows"], checked["good_rows"], checked["encoding"]) == (6, 3, "gb18030")
    assert founded.mutual.fund.books().heads == 0
    assert founded.cli.answer("enrol", people, "--only-good")["admitted"] == 3
    assert founded.mutual.fund.books().heads == 3


def test_an_enrolment_that_the_payer_cannot_pay_is_not_begun(founded: Founded, tmp_path: Path) -> None:
    line = founded.cli.failure("enrol", roster(tmp_path, 600), "--ticks", "4000")
    assert "enrolling costs 1,200,000.00 TSC" in line
    assert "nothing was done" in line
    assert founded.mutual.fund.books().heads == 0


def test_the_member_id_is_that_of_the_tag_command(founded: Founded, tmp_path: Path) -> None:
    founded.cli.run("enrol", roster(tmp_path, 1))
    tag = founded.cli.answer("attest", "tag", "n 0")["member_id"]
    assert [item.hex() for item in enrolled(founded)] == [tag[2:]] == [founded.tag("N0").hex()]
    assert founded.cli.answer("show", "member", "N0")["balance"] == PRICE
