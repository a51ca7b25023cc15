# SPDX-License-Identifier: AGPL-3.0-only
"""Every server of ours and one of two nodes are killed in the middle of a claim; the claim is paid all the same."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from outage.conftest import Nodes, assert_each_once
from support.case import CLAIMANT, DAY, HOUR, Case, case_of
from support.cli import Cli, Founded
from tongxin.chain.events import AccessGranted, Closed, Committed, Drawn, Filed, Revealed, Settled

JURORS = (2, 3, 4)


@contextlib.contextmanager
def serving(cli: Cli, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A command that goes on until it is ended, and its first answer."""
    with cli.start(*arguments, "--json") as process:
        assert process.stdout is not None
        told = ""
        while not told.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, f"{arguments} ended: {process.stderr.read() if process.stderr else ''}"
            told += line
        try:
            yield process, json.loads(told)
        finally:
            process.kill()
            process.communicate()


def shown(url: str) -> dict[str, Any]:
    """What the API answers."""
    answer = urllib3.request("GET", url, retries=False, timeout=20)
    assert answer.status == 200, answer.data
    found: dict[str, Any] = json.loads(answer.data)
    return found


def wait_for_head(server: Cli, head: int) -> None:
    limit = time.monotonic() + 60
    while server.answer("index", "status")["head"] < head:
        assert time.monotonic() < limit, "the index does not catch up"
        time.sleep(0.2)


@pytest.fixture
def case(founded: Founded, tmp_path: Path) -> Case:
    return case_of(founded, tmp_path, JURORS)


def file_through(case: Case, url: str) -> dict[str, Any]:
    """Claim 1 with real sealed evidence, filed through one endpoint alone."""
    claimant, folder = case.claimant.using(url=url), case.folder
    claimant.run("evidence", "key", "new")
    (folder / "plain.txt").write_bytes(b"what happened")
    claimant.run("evidence", "seal", folder / "plain.txt", "--out", folder / "sealed")
    (folder / "summary.txt").write_text("a fall at work", encoding="utf-8")
    day = time.strftime("%Y-%m-%d", time.gmtime(case.founded.world.now() - DAY + 8 * HOUR))
    filing = ("--benefit", "0", "--day", day, "--evidence", folder / "sealed", "--summary", folder / "summary.txt")
    return claimant.answer("claim", "file", case.members[CLAIMANT], *filing)


def judge_and_pay(case: Case) -> Cli:
    """Draw, access, vote, settlement and payment, each by a command of its own; returns the juror."""
    world = case.founded.world
    world.mine(6)
    case.claimant.run("draw", "1")
    (seat,) = case.claimant.answer("claim", "status", "1")["seats"]
    juror = case.person(next(number for number in JURORS if world.senders[number].address == seat["juror"]))
    juror.run("evidence", "announce")
    case.claimant.run("claim", "grant", "1")
    juror.run("evidence", "open", "1", "--out", case.folder / "opened")
    assert (case.folder / "opened" / "plain.txt").read_bytes() == b"what happened"
    juror.run("vote", "commit", "1", "--level", "1")
    juror.run("vote", "reveal", "1")
    assert juror.answer("claim", "push", "1")["stage"] == "notice"
    world.travel(DAY)
    assert juror.answer("claim", "push", "1")["stage"] == "granted"
    return juror


def money(case: Case) -> dict[str, int]:
    """What everybody and the fund hold."""
    mutual = case.founded.mutual
    holders = [mutual.fund.address, *(sender.address for sender in case.founded.world.senders)]
    return {address: mutual.token.balance_of(address) for address in holders}


def test_a_claim_is_paid_while_index_api_and_a_node_are_gone(world: Nodes, case: Case, tmp_path: Path) -> None:
    net, mutual = world.net, case.founded.mutual
    first = net.peers[0]
    fund = mutual.fund.address
    server = Cli(tmp_path / "server", world.url, fund)
    server.home.mkdir()
    follow, serve = ("index", "run", "--follow"), ("index", "serve", "--port", "0")
    before = money(case)

    with serving(server, *follow) as (index, _), serving(server, *serve) as (api, told):
        url = f"{told['url']}/v1/mutuals/{fund}/claims"
        filed = file_through(case, first.url)
        assert (filed["claim"], filed["status"]) == (1, "seen")
        wait_for_head(server, filed["block"])
        assert shown(url)["items"][0]["stage"] == "lot"
        for process in (index, api):
            process.send_signal(signal.SIGKILL)
            assert process.wait(30) == -signal.SIGKILL
        first.kill()
    with pytest.raises(urllib3.exceptions.HTTPError):
        shown(url)

    # Nobody changes anything: the same commands, the dead node still first in the list.
    juror = judge_and_pay(case)
    (settled,) = [event for event in mutual.events(kinds=(Settled,)) if isinstance(event, Settled)]

    # Everything comes back and catches up.
    first.start()
    net.catch_up(first)
    assert {peer.call("eth_getBlockByNumber", "latest", False)["hash"] for peer in net.peers} == {net.head["hash"]}
    with serving(server, *follow), serving(server, *serve) as (_, told):
        wait_for_head(server, int(net.head["number"], 16))
        url = f"{told['url']}/v1/mutuals/{fund}/claims/1"
        claim = shown(url)
        assert (claim["stage"], int(claim["paid"])) == ("granted", settled.paid)
        payments = [item for item in shown(f"{url}/payments")["items"] if item["event"] == "Settled"]
        assert [int(item["amount"]) for item in payments] == [settled.paid]
    again = Cli(tmp_path / "again", first.url, fund)
    again.home.mkdir()
    again.run("index", "run")
    assert again.run("index", "dump").stdout == server.run("index", "dump").stdout

    # Nothing lost, nothing twice.
    for kind in (Filed, Drawn, AccessGranted, Committed, Revealed, Closed, Settled):
        assert len(list(mutual.events(kinds=(kind,)))) == 1, kind.__name__
    assert_each_once(case.founded, case.claimant, juror)
    after = money(case)
    assert sum(after.values()) == sum(before.values())
    assert after[settled.payee] - before[settled.payee] == settled.paid  # the bond went and came back
    assert settled.paid + settled.fee + settled.costs_paid + settled.to_surplus == settled.collected
