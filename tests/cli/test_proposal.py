# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.cli import Cli, Founded
from support.rpc_proxy import lying_endpoint
from support.sdk import changed
from tongxin.chain.assembly import reason_hash
from tongxin.chain.events import BenefitsAdded, Drafted, DraftSealed, Published
from tongxin.chain.primitives import ZERO_ADDRESS
from tongxin.charter import EncodedCharter, encode, read_document
from tongxin.words import ProposalKind

pytestmark = pytest.mark.chain

DAY = 86_400
SUCCESSOR = "0x" + "33" * 20


def proposed(charter: Path, folder: Path, **changes: str) -> Path:
    """The charter's file with other numbers."""
    text = charter.read_text(encoding="utf-8")
    for name, number in changes.items():
        (line,) = [line for line in text.splitlines() if line.strip().startswith(f"{name}: ")]
        text = text.replace(line, f"{line.partition(':')[0]}: {number}")
    path = folder / "proposal.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def settled(founded: Founded, *numbers: int, folder: Path) -> list[tuple[Cli, str]]:
    """People who have been members for a month, at their terminals, with their member ids."""
    ids = ["0x" + founded.joined(number).hex() for number in numbers]
    founded.world.travel(31 * DAY)
    people = [founded.person(number, folder / f"home-{number}") for number in numbers]
    return list(zip(people, ids, strict=True))


def test_a_vote_goes_from_a_file_to_execution(  # noqa: PLR0915 - one story
    founded: Founded, charter: Path, tmp_path: Path
) -> None:
    world = founded.world
    (ana, ana_id), (ben, ben_id) = settled(founded, 1, 2, folder=tmp_path)
    stranger = founded.person(8, tmp_path / "stranger")
    dearer = proposed(charter, tmp_path, fee="5%", round_cap='"110"', min_runway='"110"')
    reasons = tmp_path / "reasons.txt"
    reasons.write_text("意外变贵了。\n", encoding="utf-8")
    assert "has no membership" in stranger.failure("proposal", "make", dearer, "--json")
    assert "settled member" in stranger.failure("proposal", "make", dearer, "--member", ana_id, "--json")
    assert founded.mutual.charter.drafts() == 1

    shown = ana.run("proposal", "make", dearer, "--reason", reasons)
    assert "management fee" in shown.stderr
    assert "would accept it" in shown.stderr
    made = ana.answer("proposal", "make", dearer, "--reason", reasons)
    assert (made["proposal"], made["kind"], made["draft"], made["state"]) == (1, "charter", 2, "open")
    assert founded.mutual.assembly.count() == 1
    assert made["reason"] == "0x" + reason_hash("意外变贵了。\n").hex()
    assert {item["path"] for item in made["changes"]} == {"money.fee", "money.round_cap", "membership.min_runway"}
    assert made["document_fits"]
    assert made["leave_by"] == made["execute_from"] - 7 * DAY == made["ends"] + 8 * DAY
    assert founded.mutual.charter.published(2)

    ana.run("proposal", "vote", "1", "yes")
    assert "[assembly: has voted]" in ana.failure("proposal", "vote", "1", "no")
    assert "settled member" in stranger.failure("proposal", "vote", "1", "no", "--member", ben_id)
    assert "no proposal 2" in ana.failure("proposal", "vote", "2", "yes")
    ballot, turned, elsewhere = (tmp_path / f"{name}.json" for name in ("ballot", "turned", "elsewhere"))
    signed = ben.answer("proposal", "vote", "1", "yes", "--sign", ballot)
    assert (signed["member_id"], signed["deadline"]) == (ben_id, made["ends"])
    paper = json.loads(ballot.read_text(encoding="utf-8"))
    turned.write_text(json.dumps(paper | {"support": False}), encoding="utf-8")
    elsewhere.write_text(json.dumps(paper | {"fund": SUCCESSOR}), encoding="utf-8")
    assert founded.mutual.assembly.proposal(1).yes == 1
    assert "not for this one" in stranger.failure("proposal", "relay", ballot, elsewhere)
    assert "not the file" in stranger.failure("proposal", "relay", reasons)
    skipped = stranger.answer("proposal", "relay", turned, code=1)
    why = "not the signature of a settled member's wallet, or a second vote"
    assert [item["why"] for item in skipped["skipped"]] == [why]
    relayed = stranger.answer("proposal", "relay", turned, ballot)
    assert [item["member_id"] for item in relayed["counted"]] == [ben_id]
    assert [(item["file"], item["why"]) for item in relayed["skipped"]] == [(str(turned), why)]
    again = stranger.answer("proposal", "relay", ballot)
    assert (again["counted"], again["skipped"][0]["why"], again["sent"]) == ([], "this member has voted", [])
    poll = founded.mutual.assembly.proposal(1)
    assert (poll.yes, poll.no) == (2, 0)

    told = ben.answer("proposal", "show", "1", "--member", ben_id, "--reason", reasons)
    assert (told["vote"], told["yes"], told["passes"]) == ("yes", 2, True)
    assert "not the reasons" in ben.failure("proposal", "show", "1", "--reason", "others")
    assert "give notice by" in ben.run("proposal", "show", "1").stdout
    assert "[assembly: too early to execute]" in stranger.failure("proposal", "execute", "1")
    world.travel(poll.execute_from - world.now())
    (listed,) = ben.answer("proposal", "list")["proposals"]
    assert listed["state"] == "executable"
    done = stranger.answer("proposal", "execute", "1")
    assert (done["version"], done["charter_hash"]) == (2, "0x" + founded.mutual.charter_hash.hex())
    assert founded.mutual.fund.money_terms().fee == 500
    assert "version 2" in ben.run("proposal", "show", "1").stdout
    assert stranger.answer("show", "mutual")["version"] == 2
    assert "says what is in force" in ana.failure("proposal", "make", dearer, "--json")
    assert "[assembly: already executed]" in stranger.failure("proposal", "execute", "1")
    assert ana_id != ben_id


def test_what_the_contracts_would_refuse_is_refused_before_anything_is_sent(
    founded: Founded, charter: Path, tmp_path: Path
) -> None:
    ((ana, _),) = settled(founded, 1, folder=tmp_path)
    greedy = proposed(charter, tmp_path, fee="9%")
    refused = ana.run("proposal", "make", greedy, code=1)
    assert "would refuse it" in refused.stderr
    last = refused.stderr.splitlines()[-1]
    assert "line 18: money.fee (R-93)" in last
    fixed = proposed(charter, tmp_path, call_margin="11%")
    (fault,) = json.loads(ana.failure("proposal", "make", fixed, "--json"))["faults"]
    assert (fault["rule"], fault["path"]) == ("R-92", "money.call_margin")
    named = tmp_path / "named.yaml"
    named.write_text(charter.read_text(encoding="utf-8") + f"steward: '{SUCCESSOR}'\n", encoding="utf-8")
    assert "names that address already" in ana.failure("proposal", "make", named, "--steward", SUCCESSOR)
    assert founded.mutual.charter.drafts() == 1


def test_a_steward_is_replaced_by_its_own_kind_of_vote(founded: Founded, charter: Path, tmp_path: Path) -> None:
    ((ana, _),) = settled(founded, 1, folder=tmp_path)
    same = proposed(charter, tmp_path)
    made = ana.answer("proposal", "make", same, "--steward", SUCCESSOR)
    assert (made["kind"], [item["path"] for item in made["changes"]]) == ("steward", ["steward"])


def test_successor_and_wind_down_are_proposed_and_taken_back(founded: Founded, tmp_path: Path) -> None:
    (ana, ana_id), (ben, _) = settled(founded, 1, 2, folder=tmp_path)
    made = ana.answer("proposal", "successor", SUCCESSOR)
    assert (made["kind"], made["successor"], made["majority"]) == ("successor", SUCCESSOR, 7_500)
    assert ana.answer("proposal", "successor", SUCCESSOR)["proposal"] == 1
    assert "[assembly: proposed too recently]" in ana.failure("proposal", "wind-down")
    assert "[assembly: not the proposer]" in ben.failure("proposal", "withdraw", "1")
    ana.run("proposal", "withdraw", "1")
    assert ana.answer("proposal", "show", "1", "--member", ana_id)["vote"] == "none"
    assert "closed to votes: withdrawn" not in ana.run("proposal", "list").stdout
    assert "withdrawn" in ana.run("proposal", "list").stdout
    named = ben.answer("proposal", "successor", SUCCESSOR)["proposal"]
    for person in (ana, ben):
        person.run("proposal", "vote", str(named), "yes")
    founded.world.travel(18 * DAY)
    assert "closed to votes" in ana.failure("proposal", "vote", str(named), "yes", "--sign", tmp_path / "late.json")
    assert ana.answer("proposal", "execute", str(named))["successor"] == SUCCESSOR
    assert founded.cli.answer("show", "mutual")["successor"] == SUCCESSOR
    assert founded.mutual.assembly.successor() != ZERO_ADDRESS


def test_a_proposal_killed_in_the_middle_goes_on_with_the_same_draft(
    founded: Founded, charter: Path, tmp_path: Path
) -> None:
    ((ana, _),) = settled(founded, 1, folder=tmp_path)
    dearer = proposed(charter, tmp_path, fee="5%", amounts='["1250", "2000"]')
    running: list[subprocess.Popen[str]] = []
    sent = 0

    def kill_after_two(method: str, _params: list[Any], result: Any) -> Any:
        nonlocal sent
        sent += method == "eth_sendRawTransaction"
        if sent == 2:
            running[0].kill()
        return result

    with lying_endpoint(founded.world.url, kill_after_two) as url:
        running.append(ana.using(url=url).start("proposal", "make", dearer))
        with running[0] as process:
            process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    mutual = founded.mutual
    assert (mutual.charter.drafts(), mutual.charter.draft_of(2).sealed, mutual.assembly.count()) == (2, False, 0)

    made = ana.answer("proposal", "make", dearer)
    assert (made["proposal"], made["draft"], made["document_fits"]) == (1, 2, True)
    assert [type(event) for event in mutual.events(kinds=(Drafted, BenefitsAdded, DraftSealed, Published))][-4:] == [
        Drafted,
        BenefitsAdded,
        DraftSealed,
        Published,
    ]
    assert (mutual.charter.drafts(), mutual.assembly.count()) == (2, 1)


def test_a_document_that_says_something_else_or_nothing_is_told(founded: Founded, tmp_path: Path) -> None:
    ((ana, _),) = settled(founded, 1, folder=tmp_path)
    mutual, sender = founded.mutual, founded.world.senders[1]
    honest, greedy = (
        encode(changed(read_document(mutual.document(1)), {"money.fee": fee}), 6) for fee in ("4.5%", "5%")
    )
    false = EncodedCharter(greedy.words, honest.document, honest.document_hash)
    slot = mutual.prepare_version(sender, false)
    member_id = founded.tag("J1")
    kind = ProposalKind.CHARTER
    sender.send(mutual.assembly.propose(kind, slot, bytes(32), member_id))
    told = ana.answer("proposal", "show", "1")
    assert (told["document_read"], told["document_fits"], told["changes"][0]["after"]) == (True, False, "4.5%")
    assert "THE DOCUMENT DOES NOT SAY" in ana.run("proposal", "show", "1").stdout
    founded.world.travel(DAY)
    slot = sender.send(mutual.charter.draft(greedy.terms(), own_benefits=False)).one(Drafted).slot
    sender.send(mutual.charter.seal(slot))
    sender.send(mutual.assembly.propose(kind, slot, bytes(32), member_id))
    told = ana.answer("proposal", "show", "2")
    assert (told["document_read"], told["changes"]) == (False, [])
    assert "CANNOT BE READ" in ana.run("proposal", "show", "2").stdout
    file = tmp_path / "draft.yaml"
    file.write_bytes(honest.document)
    assert "not the document of draft" in ana.failure("proposal", "publish", str(slot), file)
    assert "no draft 9" in ana.failure("proposal", "publish", "9", file)
    file.write_bytes(greedy.document)
    assert ana.answer("proposal", "publish", str(slot), file)["charter_hash"] == "0x" + greedy.document_hash.hex()
    assert ana.answer("proposal", "show", "2")["document_fits"]
