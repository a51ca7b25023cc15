# SPDX-License-Identifier: AGPL-3.0-only
"""Of two go-ethereum nodes the first hangs, or stays behind; the commands name it first all the same."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from outage.conftest import Nodes, assert_each_once
from support.cli import Cli, Founded
from support.testnet import Peer
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.events import Donated
from tongxin.chain.journal import Journal
from tongxin.chain.transactions import Sender, TransactionPendingError

COIN = 10**6


@pytest.fixture
def first(world: Nodes) -> Iterator[Peer]:
    """The first node, which hears of no block until the test ends."""
    peer = world.net.peers[0]
    peer.is_told = False
    yield peer
    hears_again(world, peer)


def hears_again(world: Nodes, peer: Peer) -> None:
    peer.is_told = True
    world.net.catch_up(peer)


@pytest.fixture
def donor(founded: Founded, tmp_path: Path) -> Cli:
    """Somebody who gave the mutual five coins while both nodes ran."""
    person = founded.person(5, tmp_path / "donor")
    person.run("donate", "5")
    return person


def donated(founded: Founded) -> list[int]:
    return [event.amount for event in founded.mutual.events(kinds=(Donated,)) if isinstance(event, Donated)]


def test_a_node_that_hangs_is_passed_over(world: Nodes, founded: Founded, donor: Cli, first: Peer) -> None:
    """It still takes connections, and answers nothing."""
    assert first.process is not None
    first.process.send_signal(signal.SIGSTOP)
    try:
        assert donor.answer("donate", "7")["status"] == "seen"
    finally:
        first.process.send_signal(signal.SIGCONT)
    hears_again(world, first)
    assert donated(founded) == [5 * COIN, 7 * COIN]
    assert_each_once(founded, donor)


def test_a_node_that_is_behind_is_asked_last(world: Nodes, founded: Founded, donor: Cli, first: Peer) -> None:
    world.mine(4)
    for amount in ("7", "8"):
        assert donor.answer("donate", amount)["status"] == "seen"
    assert donor.answer("show", "mutual")["surplus"] == 20 * COIN
    behind, ahead = (
        int(peer.call("eth_getTransactionCount", world.senders[5].address, "latest"), 16)
        for peer in (first, world.net.peers[1])
    )
    assert behind < ahead
    hears_again(world, first)
    assert donated(founded) == [5 * COIN, 7 * COIN, 8 * COIN]
    assert_each_once(founded, donor)


def test_an_account_waits_for_the_only_endpoint_that_is_behind_what_it_did(
    world: Nodes, founded: Founded, first: Peer, tmp_path: Path
) -> None:
    """Through the second node it acted; now only the first is named, and knows nothing of that yet."""
    signer = world.senders[5].signer
    approvals = [founded.mutual.token.approve(founded.mutual.fund.address, amount) for amount in (1, 2)]
    with Journal(tmp_path / "sent.sqlite3") as journal:
        with Endpoints(world.net.peers[1].url) as second:
            acted = Sender(second, signer, journal).send(approvals[0], "the first")
        with Endpoints(first.url) as behind:
            with pytest.raises(TransactionPendingError):
                Sender(behind, signer, journal, timeout=1).send(approvals[1], "the second")
            chain = Sender(behind, signer, journal)._chain_key()
            assert journal.of_purpose(chain, signer.address, "the second") == []
            hears_again(world, first)
            later = Sender(behind, signer, journal).send(approvals[1], "the second")
            assert Sender(behind, signer, journal).send(approvals[0], "the first").hash == acted.hash
            nonces = [
                int(behind.request("eth_getTransactionByHash", item.hash)["nonce"], 16) for item in (acted, later)
            ]
    assert nonces[1] == nonces[0] + 1
