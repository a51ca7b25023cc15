# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from support.cli import Cli, Founded
from tongxin.chain.primitives import keccak
from tongxin.chain.structs import Filing, Payment
from tongxin.words import MemberStatus

pytestmark = pytest.mark.chain

DAY = 86_400
ZONE = dt.timedelta(hours=8)
JURORS = (2, 3, 4)
CLAIMANT = 1


def join(founded: Founded, number: int, folder: Path) -> tuple[Cli, str]:
    """A person becomes a member at the terminal, with an attestation; returns the terminal and the member id."""
    person = founded.person(number, folder / f"home-{number}")
    paper = folder / f"attestation-{number}.json"
    wallet = founded.world.senders[number].address
    founded.cli.run(
        "attest", "sign", "--member", "-", "--wallet", wallet, "--class", "0", "--out", paper, said=f"J{number}\n"
    )
    shown = person.run("join", paper, "--json")
    return person, json.loads(shown.stdout)["member_id"]


def denied(founded: Founded) -> int:
    """A claim that a panel of one denied, brought that far through the SDK; returns its number."""
    world, mutual = founded.world, founded.mutual
    ids = {number: founded.joined(number) for number in (CLAIMANT, *JURORS)}
    world.travel(3600)
    for number in JURORS:
        mutual.allow(world.senders[number], 12_000_000)
        world.senders[number].send(mutual.jury.volunteer(ids[number], Payment()))
    world.travel(3 * DAY)
    day = (world.now() + int(ZONE.total_seconds())) // DAY - 1
    claimant = world.senders[CLAIMANT]
    c, claim = mutual.file(claimant, Filing(ids[CLAIMANT], 0, day, 0, keccak(b"e"), bytes(32), keccak(b"s")))
    world.mine(6)
    claimant.send(mutual.court.draw(c, claim))
    claimant.send(mutual.court.grant(c, claim, bytes(32)))
    wallet = mutual.jury.juror(8 * c, 0)
    juror = next(sender for sender in world.senders if sender.address == wallet)
    hidden = mutual.jury.commitment(8 * c, 0, 0, level=0, reason=bytes(32), salt=keccak(b"salt"))
    juror.send(mutual.jury.commit(8 * c, 0, bytes(32), hidden))
    juror.send(mutual.jury.reveal(8 * c, 0, 0, bytes(32), keccak(b"salt")))
    return c


def test_the_claimants_first_challenge_is_free_and_others_post_a_bond(founded: Founded, tmp_path: Path) -> None:
    number = str(denied(founded))
    stranger = founded.person(8, tmp_path / "stranger")
    assert stranger.answer("conclude", number)["stage"] == "notice"
    assert "has no seat" in stranger.failure("challenge", number, "--as-juror")
    before = founded.mutual.token.balance_of(founded.world.senders[8].address)
    # The next panel has three seats at one coin each.
    assert stranger.answer("challenge", number)["bond"] == 3_000_000
    assert before - founded.mutual.token.balance_of(founded.world.senders[8].address) == 3_000_000
    assert stranger.answer("claim", "status", number)["panel_number"] == 1


def test_a_claimant_challenges_for_nothing(founded: Founded, tmp_path: Path) -> None:
    number = str(denied(founded))
    claimant = founded.person(CLAIMANT, tmp_path / "claimant")
    assert claimant.answer("claim", "push", number)["level"] == 0
    assert claimant.answer("challenge", number)["bond"] == 0


def test_a_claim_goes_from_filing_to_payment(founded: Founded, tmp_path: Path) -> None:
    world, mutual = founded.world, founded.mutual
    claimant, member = join(founded, CLAIMANT, tmp_path)
    first = founded.person(JURORS[0], tmp_path / f"home-{JURORS[0]}")
    ids = {number: founded.joined(number) for number in JURORS}
    world.travel(3600)
    assert first.answer("vote", "volunteer", "0x" + ids[JURORS[0]].hex())["bond"] == 12_000_000
    for number in JURORS[1:]:
        mutual.allow(world.senders[number], 12_000_000)
        world.senders[number].send(mutual.jury.volunteer(ids[number], Payment()))
    world.travel(3 * DAY)
    event = dt.datetime.fromtimestamp(world.now() - DAY, dt.UTC) + ZONE
    claimant = claimant.using(password="correct horse", stores=str(tmp_path / "store"))
    first = first.using(password="correct horse", stores=str(tmp_path / "store"))
    evidence, summary = founded.evidence(claimant, tmp_path / "evidence"), tmp_path / "summary.txt"
    summary.write_text("a fall", encoding="utf-8")

    outlook = claimant.answer("show", "worst-case", "--member", member)
    assert outlook["largest_loss"] == 100_000_000
    assert 0 < outlook["payable"] < 400_000_000
    filing = ("--benefit", "0", "--day", event.date().isoformat(), "--evidence", evidence, "--summary", summary)
    shown = claimant.run("claim", "file", member, *filing)
    assert "most that a claim could be paid today" in shown.stderr
    assert "500.00 TSC" in shown.stderr
    assert "lot not ready" in claimant.failure("draw", "1")
    world.mine(6)
    assert claimant.answer("draw", "1")["filled"]
    (seat,) = claimant.answer("claim", "status", "1")["seats"]
    seated = next(number for number in JURORS if world.senders[number].address == seat["juror"])
    juror = first.using(key=world.keys[seated], home=founded.person(seated, tmp_path / f"home-{seated}").home)
    juror.run("evidence", "announce")
    assert claimant.answer("claim", "grant", "1")["seats"] == [0]
    juror.run("evidence", "open", "1", "--out", tmp_path / "opened")
    assert (tmp_path / "opened" / "plain.txt").read_bytes() == b"what happened"
    assert "has no seat" in claimant.failure("vote", "commit", "1", "--level", "1")

    juror.run("vote", "commit", "1", "--level", "1", "--reason", "伤情属实")
    assert juror.answer("vote", "reveal", "1")["level"] == 1
    pushed = claimant.answer("claim", "push", "1")
    assert [item["step"] for item in pushed["steps"]] == ["conclude"]
    assert (pushed["stage"], pushed["level"], pushed["due"]) == ("notice", 1, 500_000_000)

    world.travel(DAY)
    before = mutual.token.balance_of(world.senders[CLAIMANT].address)
    closed = juror.answer("claim", "push", "1")
    assert [item["step"] for item in closed["steps"]] == ["settle", "pay_jurors", "carry"]
    assert closed["stage"] == "granted"
    paid = mutual.token.balance_of(world.senders[CLAIMANT].address) - before
    # The bond of one unit of pay comes back; the round cap keeps the payment below what was due.
    assert 1_000_000 < paid <= outlook["payable"] + 1_000_000
    assert closed["deferred"] == 500_000_000 - (paid - 1_000_000)
    assert juror.answer("withdraw")["amount"] == 1_000_000


def test_a_member_leaves_with_the_balance(founded: Founded, tmp_path: Path) -> None:
    member_id = "0x" + founded.joined(CLAIMANT).hex()
    member = founded.person(CLAIMANT, tmp_path / "home")
    left = member.answer("leave", member_id)
    assert left["balance"] == 100_000_000
    assert "notice" in member.failure("refund", member_id).lower()
    founded.world.travel(8 * DAY)
    assert member.answer("refund", member_id)["amount"] == 100_000_000
    assert founded.cli.answer("show", "member", member_id)["exited"]
    assert "no claim 1" in member.failure("challenge", "1")


def test_a_sponsored_member_accepts_and_sets_a_standing_order(founded: Founded, tmp_path: Path) -> None:
    world = founded.world
    people = tmp_path / "people.csv"
    people.write_text(f"id_number,name,class,wallet\nS1,王五,double,{world.senders[5].address}\n", encoding="utf-8")
    founded.cli.run("enrol", people)
    person = founded.person(5, tmp_path / "home-5")
    tag = founded.tag("S1")
    member_id = "0x" + tag.hex()
    assert not founded.mutual.fund.member(tag).status & MemberStatus.ACCEPTED
    person.run("accept", member_id)
    assert founded.mutual.fund.member(tag).status & MemberStatus.ACCEPTED
    person.run("order", member_id, "--most", "50", "--target", "220")
    collected = founded.cli.answer("collect")
    assert collected["topped_up"] == 1
    assert [item["status"] for item in collected["collected"]] == ["seen"]
    assert collected["price"] == 20_000_000
    assert founded.mutual.fund.balance_of(tag) == 220_000_000


def test_an_attestation_for_another_mutual_is_refused(founded: Founded, tmp_path: Path) -> None:
    paper = tmp_path / "attestation.json"
    wallet = founded.world.senders[6].address
    founded.cli.run("attest", "sign", "--member", "-", "--wallet", wallet, "--class", "0", "--out", paper, said="X\n")
    text = paper.read_text(encoding="utf-8")
    fund = founded.mutual.fund.address
    paper.write_text(text.replace(fund, "0x" + "11" * 20), encoding="utf-8")
    assert "not for this one" in founded.person(6, tmp_path / "home-6").failure("join", paper)
    paper.write_text(text.replace('"class_id": 0', '"class_id": 1'), encoding="utf-8")
    refused = founded.person(6, tmp_path / "home-6").run("join", paper, code=1)
    assert "[fund: not an attestor's signature]" in refused.stderr.splitlines()[-1]
    assert "most you can lose in the next settlement" in refused.stderr
    assert founded.mutual.fund.books().heads == 0
