# SPDX-License-Identifier: AGPL-3.0-only
"""The demo as a person runs it: through the command, on a real local chain, small."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.chain

PROGRAM = Path(sys.executable).with_name("tongxin")
SECONDS = 500
DAY = 86_400


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [PROGRAM, "demo", *options],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, dict[str, Any]]]:
    """What two runs of one seed say and write; the second without --no-serve, its input being no terminal."""
    runs = []
    for place, options in enumerate((["--no-serve"], [])):
        folder = tmp_path_factory.mktemp(f"demo{place}")
        done = demo(folder, "--members", "120", "--seed", "11", "--json", "result.json", *options)
        assert done.returncode == 0, done.stdout + done.stderr
        runs.append((done.stdout, json.loads((folder / "result.json").read_text(encoding="utf-8"))))
    return runs


@pytest.fixture(scope="module")
def told(two_runs: list[tuple[str, dict[str, Any]]]) -> str:
    return two_runs[0][0]


@pytest.fixture(scope="module")
def result(two_runs: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    return two_runs[0][1]


def test_the_same_seed_gives_the_same_people_accidents_and_verdicts(two_runs: list[tuple[str, dict[str, Any]]]) -> None:
    """Keys of documents and seats are drawn anew, as they must be, so that blocks and lots differ."""
    plan = ("members", "years", "seed", "accidents_drawn", "like_premium")
    fate = ("claims_filed", "claims_refused", "claims_denied", "claims_paid", "granted_before_the_change")
    first, second = ({key: run[key] for key in (*plan, *fate)} for _, run in two_runs)
    assert first == second
    assert first["claims_denied"] == 1


def test_jurors_open_what_was_sealed_and_nothing_that_opens_it_is_left(told: str, result: dict[str, Any]) -> None:
    found = re.search(
        r"(\d+) sealed documents were opened (\d+) times by drawn jurors; the (\d+) keys of\s+their seats", told
    )
    assert found is not None
    documents, opened, destroyed = map(int, found.groups())
    assert documents == result["claims_filed"] + result["claims_refused"]
    assert opened == destroyed >= 5 * result["claims_filed"] + 11


def test_money_is_conserved_to_the_unit(result: dict[str, Any]) -> None:
    accounts = ("balances", "dust", "surplus", "due", "bonds", "fees_unpaid")
    assert result["fund_holds"] == sum(result[account] for account in accounts)
    assert result["fund_holds"] > 0
    assert 0 <= result["dust"] < 10_000


def test_money_is_integers_of_the_smallest_unit(result: dict[str, Any]) -> None:
    for key in ("members", "claims_filed", "claims_paid", "collected", "paid", "fees", "surplus", "refunded"):
        assert type(result[key]) is int, key
    assert result["members"] == 120
    assert result["paid"] <= result["collected"] + result["surplus"] + result["paid"] // 100


def test_the_fee_is_a_part_of_what_was_paid_and_lower_after_the_vote(result: dict[str, Any]) -> None:
    assert [version["fee_bps"] for version in result["versions"]] == [400, 300]
    rounding = result["claims_paid"] * 10
    assert result["paid"] * 3 // 100 + rounding < result["fees"] < result["paid"] * 4 // 100 - rounding


def test_the_members_change_their_rules(result: dict[str, Any], told: str) -> None:
    (vote,) = result["proposals"]
    assert (vote["kind"], vote["state"], vote["heads"]) == ("charter", "executed", 120)
    assert vote["needed"] == 24 <= vote["yes"] + vote["no"]
    assert vote["yes"] * 10_000 >= (vote["yes"] + vote["no"]) * 6_000
    assert vote["no"] > 1
    first, second = result["versions"]
    assert (first["number"], second["number"]) == (1, 2)
    assert second["effective_from"] >= vote["execute_from"] == vote["ends"] + 45 * DAY
    assert second["charter_hash"] == result["charter_hash"] != first["charter_hash"]
    assert f"{vote['yes']} / {vote['no']} / {vote['needed']}" in told
    assert "version 2, since 2026-" in told


def test_who_disagrees_is_out_before_the_change(told: str) -> None:
    lines = told.splitlines()
    steps = (
        "the mutual starts",
        "a member proposes to pay treatment up to 24,000.00 TSC instead of 20,000.00",
        "10 members vote yes and one votes no",
        "sign votes on their phones",
        "it has passed",
        "gives notice of leaving",
        "the leaver is refunded",
        "the vote is carried out: version 2",
    )
    places = [next(place for place, line in enumerate(lines) if step in line) for step in steps]
    assert places == sorted(places)


def test_an_increase_waits(result: dict[str, Any], told: str) -> None:
    assert result["granted_before_the_change"] == 20_000 * 10**6
    assert result["granted_after_the_change"] == 24_000 * 10**6
    assert "within the fresh waiting time" in told
    assert "after the fresh waiting time" in told


def test_the_audit_found_everything_in_order(result: dict[str, Any], told: str) -> None:
    assert result["audit_ok"] is True
    assert "Every check holds." in told


def test_the_script_was_played(result: dict[str, Any], told: str) -> None:
    assert result["claims_refused"] >= 1
    assert "inside the waiting time" in told
    assert "never reveals it" in told
    assert "the silent juror loses" in told
    assert "the juror who voted 0 escalates to a panel of 11" in told
    assert "the panel of 11 denies it" in told
    assert result["claims_denied"] == 1
    assert 0 < result["storm_ratio_bps"] < 10_000
    assert "the cap binds" in told
    assert "pays within the grace time" in told
    assert result["refunded"] > 0
    assert result["in_force"] < result["members"]


def test_everything_is_settled_at_the_end(result: dict[str, Any]) -> None:
    assert result["claims_filed"] == result["claims_paid"] + result["claims_denied"]
    assert result["due"] == 0
    assert result["fees_unpaid"] == 0
    assert 4 < result["days_to_payment_median"] < 60


def test_it_says_what_is_drawn_and_that_nobody_audited_it(told: str) -> None:
    assert "table 1736" in told
    assert "scripted" in told
    assert told.count("Not audited by a third party") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--members", "50"], "take 100 or more"),
        (["--years", "11"], "1 to 10 years"),
        (["--seed", "-1"], "a seed is a whole number"),
        (["--members", "100", "--json", "no/such/folder/x.json"], "no/such/folder"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(tmp_path: Path, options: list[str], message: str) -> None:
    done = demo(tmp_path, "--no-serve", *options)
    assert done.returncode != 0
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
