# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from eth_account import Account

from support.cli import Cli, Founded
from tongxin.chain import dev_rpc
from tongxin.chain.primitives import keccak
from tongxin.chain.structs import Filing, Payment

pytestmark = pytest.mark.chain

DAY = 86_400
HOUR = 3_600
COIN = 10**6
CLAIMANT = 1
Found = Callable[[Mapping[str, object]], Founded]


def granted(founded: Founded, jurors: tuple[int, ...]) -> None:
    """Claim 1 of account 1, its panel drawn and given access through the SDK."""
    world, mutual = founded.world, founded.mutual
    ids = {number: founded.joined(number) for number in (CLAIMANT, *jurors)}
    world.travel(HOUR)
    for number in jurors:
        mutual.allow(world.senders[number], 14 * COIN)
        world.senders[number].send(mutual.jury.volunteer(ids[number], Payment()))
    world.travel(3 * DAY)
    day = (world.now() + 8 * HOUR) // DAY - 1
    claimant = world.senders[CLAIMANT]
    c, claim = mutual.file(claimant, Filing(ids[CLAIMANT], 0, day, 0, keccak(b"e"), bytes(32), keccak(b"s")))
    world.mine(6)
    claimant.send(mutual.court.draw(c, claim))
    claimant.send(mutual.court.grant(c, claim, bytes(32)))


def seated(founded: Founded, claimant: Cli, folder: Path) -> list[Cli]:
    """The jurors of claim 1 at their terminals, by seat."""
    numbers = {sender.address: number for number, sender in enumerate(founded.world.senders)}
    seats = claimant.answer("claim", "status", "1")["seats"]
    return [founded.person(numbers[seat["juror"]], folder / f"seat-{seat['seat']}") for seat in seats]


def test_a_panel_asks_an_investigator_a_vote_is_given_away_and_a_juror_dissents(
    found_with: Found, tmp_path: Path
) -> None:
    account = Account.from_key(keccak(b"investigator"))
    founded = found_with(
        {
            "court.panel_size": 3,
            "court.juror_bond": "14",
            "court.investigator.address": account.address,
            "court.investigator.fee": "5",
            "court.investigator.time": "2d",
        }
    )
    dev_rpc.set_balance(founded.world.url, account.address, 10**18)
    granted(founded, (0, 2, 3, 4, 5, 6, 7, 8, 9))
    claimant = founded.person(CLAIMANT, tmp_path / "claimant")
    first, second, third = seated(founded, claimant, tmp_path)
    claimant = claimant.using(password="correct horse", stores=str(tmp_path / "store"))
    investigator = claimant.using(key="0x" + bytes(account.key).hex())
    paper = founded.evidence(investigator, tmp_path / "report", b"it was so") / "document.age"
    plain = tmp_path / "report.txt"
    plain.write_bytes(b"not sealed")

    assert "has no seat" in claimant.failure("claim", "commission", "1")
    assert not first.answer("claim", "commission", "1")["commissioned"]
    assert "[court: no report is awaited]" in investigator.failure("claim", "report", "1", paper)
    before = founded.mutual.jury.panel(8)
    asked = second.answer("claim", "commission", "1")
    assert before is not None
    assert (asked["commissioned"], asked["commit_by"]) == (True, before.commit_by + 2 * DAY)
    assert "[court: not the investigator]" in claimant.failure("claim", "report", "1", paper)
    assert "cannot be read" in investigator.failure("claim", "report", "1", tmp_path / "none")
    assert "is not sealed" in investigator.failure("claim", "report", "1", plain)
    digest = hashlib.sha256(paper.read_bytes()).hexdigest()
    assert investigator.answer("claim", "report", "1", paper)["report_hash"] == "0x" + digest
    assert (tmp_path / "store" / digest[:2]).exists()

    first.run("vote", "commit", "1", "--level", "1", "--reason", "轻伤")
    kept = json.loads((next((first.home / "ballots").iterdir())).read_text(encoding="utf-8").strip())
    juror = first.answer("key", "address")["address"]
    given = ("vote", "expose", "1", "--juror", juror, "--level", "1", "--salt", kept["salt"])
    assert "64 hexadecimal" in claimant.failure(*given[:-1], "0x12")
    assert "[jury: not that vote]" in claimant.failure(*given)
    assert "exposes themselves" in first.failure(*given, "--reason", "轻伤")
    address = claimant.answer("key", "address")["address"]
    assert "has no seat" in claimant.failure("vote", "expose", "1", "--juror", address, *given[5:])
    assert claimant.answer(*given, "--reason", "轻伤")["amount"] == 7 * COIN

    second.run("vote", "commit", "1", "--level", "0")
    third.run("vote", "commit", "1", "--level", "1")
    second.run("vote", "reveal", "1")
    third.run("vote", "reveal", "1")
    # One of two valid votes is no majority for the level.
    assert claimant.answer("conclude", "1")["level"] == 0
    assert "[jury: " in second.failure("challenge", "1", "--as-juror")
    challenged = third.answer("challenge", "1", "--as-juror")
    assert challenged["panel_number"] == 1


def test_an_incomplete_claim_is_completed_and_paid_in_rounds(found_with: Found, tmp_path: Path) -> None:
    changes = {"money.rounds": "period", "membership.leave_notice": "9d", "voting.adoption_delay": "16d"}
    founded = found_with(changes)
    world, mutual = founded.world, founded.mutual
    granted(founded, (2, 3, 4))
    claimant = founded.person(CLAIMANT, tmp_path / "claimant")
    (juror,) = seated(founded, claimant, tmp_path)
    juror.run("vote", "commit", "1", "--level", "8")
    juror.run("vote", "reveal", "1")
    assert claimant.answer("conclude", "1")["stage"] == "cure"
    claimant = claimant.using(password="correct horse", stores=str(tmp_path / "store"))
    juror = juror.using(password="correct horse", stores=str(tmp_path / "store"))
    more = founded.evidence(claimant, tmp_path / "evidence", b"all of it")
    digest = hashlib.sha256((more / "document.age").read_bytes()).hexdigest()
    assert claimant.answer("claim", "cure", "1", "--evidence", more)["evidence"] == "0x" + digest
    juror.run("evidence", "announce", "1")
    claimant.run("claim", "grant", "1")
    juror.run("evidence", "open", "1", "--out", tmp_path / "opened")
    assert (tmp_path / "opened" / "plain.txt").read_bytes() == b"all of it"
    juror.run("vote", "commit", "1", "--level", "2")
    assert juror.answer("vote", "reveal", "1")["level"] == 2
    assert claimant.answer("conclude", "1")["due"] == 1_000 * COIN
    assert "[court: " in claimant.failure("settle", "claim", "1")
    world.travel(DAY)
    closed = claimant.answer("settle", "claim", "1")
    assert (closed["stage"], closed["deferred"], closed["round"]) == ("granted", 1_000 * COIN, 1)
    assert claimant.answer("settle", "jurors", "1")["total"] == COIN
    assert "credited already" in claimant.failure("settle", "jurors", "1")
    assert "round" in claimant.failure("settle", "pay", "1")
    world.travel(mutual.fund.round().closes_at - world.now())
    settled = claimant.answer("settle", "round")
    assert (settled["due"], settled["paid"] > 0) == (1_000 * COIN, True)
    paid = claimant.answer("settle", "pay", "1")
    assert (paid["paid"], paid["rest"]) == (settled["paid"], 1_000 * COIN - settled["paid"])
    assert claimant.answer("show", "round", "1")["paid"] == settled["paid"]
    carried = claimant.answer("settle", "carry", "1")
    assert (carried["due"], carried["round"]) == (paid["rest"], 2)
    assert claimant.answer("claim", "status", "1")["round"] == 2
