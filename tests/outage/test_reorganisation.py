# SPDX-License-Identifier: AGPL-3.0-only
"""Blocks of two go-ethereum nodes are dropped while people work at the terminal."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outage.conftest import Nodes, assert_each_once
from support.case import CLAIMANT, DAY, Case, case_of
from support.cli import Cli, Founded
from support.testnet import Testnet
from tongxin.chain.events import BatchEnrolled, Committed, Enrolled, Revealed, Settled
from tongxin.chain.primitives import keccak

pytestmark = pytest.mark.deep

PRICE = 100 * 10**6
DEEPEST = 7
"""The block below is final."""


def head(net: Testnet) -> int:
    return int(net.head["number"], 16)


@pytest.fixture
def alone(world: Nodes) -> Iterator[None]:
    """The second node is cut off: what the first one drops, nobody brings back but who signed it."""
    other = world.net.peers[1]
    other.kill()
    yield
    other.start()
    world.net.catch_up(other)


def wait_for(net: Testnet, founded: Founded, batches: int) -> None:
    limit = time.monotonic() + 60
    while len(list(founded.mutual.events(kinds=(BatchEnrolled,)))) < batches:
        assert time.monotonic() < limit, "the enrolment does not get on"
        time.sleep(0.05)
    assert net.head


@pytest.mark.parametrize("depth", [2, DEEPEST])
@pytest.mark.usefixtures("alone")
def test_in_the_middle_of_an_enrolment(world: Nodes, founded: Founded, tmp_path: Path, depth: int) -> None:
    people = tmp_path / "people.csv"
    rows = [f"N{number},王五,standard,0x{number + 1:040x}" for number in range(60)]
    people.write_text("\n".join(["id_number,name,class,wallet", *rows]) + "\n", encoding="utf-8")
    command = ("enrol", people, "--batch-size", "5", "--json")
    payer = world.senders[0].address
    before = founded.mutual.token.balance_of(payer)
    world.mine(DEEPEST)
    with founded.cli.start(*command) as process:
        wait_for(world.net, founded, 4)
        world.net.reorganise(depth)
        output, errors = process.communicate(timeout=120)
    assert "Traceback" not in output + errors
    answer = founded.cli.answer(*command[:-1])
    assert answer["rows"] == 60
    assert founded.mutual.fund.books().heads == 60
    enrolled = Counter(
        event.member_id for event in founded.mutual.events(kinds=(Enrolled,)) if isinstance(event, Enrolled)
    )
    assert (len(enrolled), set(enrolled.values())) == (60, {1})
    assert before - founded.mutual.token.balance_of(payer) == 60 * PRICE
    assert_each_once(founded, founded.cli)


@pytest.fixture
def case(founded: Founded, tmp_path: Path) -> Case:
    return case_of(founded, tmp_path, (2, 3, 4))


def claim_events(case: Case, kind: type[Any]) -> int:
    return len(list(case.founded.mutual.events(kinds=(kind,))))


def voting(case: Case) -> Cli:
    """Claim 1 is drawn and its evidence shown to the juror, who is returned."""
    (juror,) = case.drawn(case.founded.evidence(case.claimant, case.folder / "evidence"))
    juror.run("evidence", "announce")
    case.claimant.run("claim", "grant", "1")
    return juror


def server(case: Case, name: str) -> Cli:
    """Who keeps an index, and calls a block confirmed once three are upon it."""
    home = case.folder / name
    home.mkdir()
    variables = (("TONGXIN_CONFIRMATIONS", "3"),)
    return Cli(home, case.founded.world.url, case.founded.mutual.fund.address, variables=variables)


def vote_undone_twice(world: Nodes, case: Case, juror: Cli) -> None:
    """The hidden vote is dropped, then the shown one; nobody but the juror's own machine brings them back."""
    net = world.net
    world.mine(DEEPEST)
    committed = juror.answer("vote", "commit", "1", "--level", "1", "--reason", "伤情属实")
    assert committed["status"] == "seen"
    world.mine(DEEPEST - 2)
    net.reorganise(DEEPEST)
    assert claim_events(case, Committed) == 0
    assert juror.answer("show", "transaction", committed["transaction"])["status"] == "kept"
    # The vote comes back as it was signed before it is revealed, with the salt that was kept.
    revealed = juror.run("vote", "reveal", "1")
    assert committed["transaction"] in revealed.stderr
    world.mine(DEEPEST - 3)
    net.reorganise(DEEPEST)
    assert claim_events(case, Revealed) == 0
    status = juror.answer("claim", "status", "1")
    assert status["stage"] == "voting"
    assert (claim_events(case, Committed), claim_events(case, Revealed)) == (1, 1)
    assert_each_once(case.founded, juror)
    assert juror.answer("claim", "push", "1")["stage"] == "notice"


def settlement_undone(world: Nodes, case: Case, juror: Cli, keeper: Cli) -> str:
    """The blocks of the settlement are dropped; returns its transaction."""
    net, mutual = world.net, case.founded.mutual
    world.travel(DAY)
    wallet = world.senders[CLAIMANT].address
    before = mutual.token.balance_of(wallet)
    closed = juror.answer("claim", "push", "1")
    assert [item["step"] for item in closed["steps"]] == ["settle", "pay_jurors", "carry"]
    assert {item["status"] for item in closed["steps"]} == {"seen"}
    paid = mutual.token.balance_of(wallet) - before
    assert paid > 0
    settled = closed["steps"][0]["transaction"]
    world.mine(2)
    keeper.run("index", "run")
    net.reorganise(5)
    assert mutual.token.balance_of(wallet) == before
    again = juror.answer("claim", "push", "1")
    assert (again["stage"], again["steps"]) == ("granted", [])
    assert mutual.token.balance_of(wallet) - before == paid
    assert claim_events(case, Settled) == 1
    assert_each_once(case.founded, juror)
    return str(settled)


def assert_index_follows(net: Testnet, case: Case, keeper: Cli) -> None:
    """It drops what the chain dropped, and says how firm its blocks are."""
    assert keeper.answer("index", "run")["reorganisations"] == 1
    other = server(case, "other")
    other.run("index", "run")
    assert keeper.run("index", "dump").stdout == other.run("index", "dump").stdout
    heights = keeper.answer("index", "status")
    assert heights["head"] == head(net)
    assert heights["head"] - heights["confirmed"] == 3
    assert heights["head"] - heights["final"] == net.FINAL_DEPTH


def assert_becomes_final(world: Nodes, careful: Cli, settled: str) -> None:
    """Blocks upon it confirm it, the chain's own final block settles it."""
    net = world.net
    block = careful.answer("show", "transaction", settled)["block"]
    for upon, stands in ((2, "seen"), (3, "confirmed"), (7, "confirmed"), (8, "final")):
        world.mine(max(0, block + upon - head(net)))
        if head(net) == block + upon:
            assert careful.answer("show", "transaction", settled)["status"] == stands
    assert careful.answer("show", "transaction", settled)["status"] == "final"


def test_in_the_middle_of_a_vote_and_of_a_settlement(world: Nodes, case: Case) -> None:
    net, keeper = world.net, server(case, "keeper")
    juror = voting(case)
    net.peers[1].kill()
    vote_undone_twice(world, case, juror)
    settled = settlement_undone(world, case, juror, keeper)
    assert_index_follows(net, case, keeper)
    assert_becomes_final(world, juror.using(variables=(("TONGXIN_CONFIRMATIONS", "3"),)), settled)
    net.peers[1].start()
    net.catch_up(net.peers[1])
    assert net.peers[1].call("eth_getTransactionReceipt", settled)["status"] == "0x1"
    unknown = "0x" + keccak(b"nothing").hex()
    assert "no endpoint knows" in juror.failure("show", "transaction", unknown)
