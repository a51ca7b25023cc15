# SPDX-License-Identifier: AGPL-3.0-only
"""A chain of two go-ethereum nodes, and on it a mutual for each test."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.cli import Cli, Founded, World
from support.sdk import changed
from support.testnet import Testnet, production_nodes
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.founding import deploy_factory, deploy_stablecoin, found
from tongxin.chain.journal import Journal
from tongxin.chain.keys import KeySigner
from tongxin.chain.mutual import Mutual
from tongxin.chain.node import dev_accounts
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import Sender
from tongxin.charter import encode, load_charter
from tongxin.roster import TagKey

CHARTER = Path(__file__).parents[2] / "charters" / "example-immediate.yaml"
COINS = 1_000_000 * 10**6
REMAINDER = "0x" + "22" * 20
PEOPLE = 6


@dataclass(frozen=True)
class Nodes(World):
    """A world on several nodes, whose time and blocks are the test's."""

    net: Testnet

    def travel(self, seconds: int) -> None:
        self.net.advance(seconds)

    def mine(self, blocks: int) -> None:
        for _ in range(blocks):
            self.net.produce()

    def now(self) -> int:
        return int(self.net.head["timestamp"], 16)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    accounts = dev_accounts()[:PEOPLE]
    with contextlib.ExitStack() as opened:
        net = opened.enter_context(production_nodes(tmp_path_factory.mktemp("nodes")))
        urls = [peer.url for peer in net.peers]
        endpoints, journal = opened.enter_context(Endpoints(urls)), opened.enter_context(Journal(None))
        senders = tuple(Sender(endpoints, KeySigner(account), journal) for account in accounts)
        token = deploy_stablecoin(senders[0], "Test Coin", "TSC")
        coin = StableCoin(endpoints, token)
        senders[0].send_many([(account.address, coin.mint(account.address, COINS)) for account in accounts])
        yield Nodes(
            url=",".join(urls),
            endpoints=endpoints,
            factory=deploy_factory(senders[0]),
            token=token,
            keys=tuple("0x" + bytes(account.key).hex() for account in accounts),
            senders=senders,
            net=net,
        )


@pytest.fixture
def founded(world: Nodes, tmp_path: Path) -> Founded:
    """A mutual of its own for a test, with panels of one."""
    attestor = world.senders[0]
    rules = changed(load_charter(CHARTER), {"court.panel_size": 1}).with_parties(
        token=world.token, steward=attestor.address, attestors=(attestor.address,), remainder=REMAINDER
    )
    listing = found(attestor, world.factory, encode(rules, 6), label=str(tmp_path))
    mutual = Mutual.at(world.endpoints, listing.fund)
    home = tmp_path / "attestor"
    TagKey.create(home / "keys" / f"{mutual.fund.address.lower()}.key")
    return Founded(world, Cli(home, world.url, mutual.fund.address, world.keys[0]), mutual)


def assert_each_once(founded: Founded, *people: Cli) -> None:
    """All that these home folders ever signed was signed once, and is in the chain as it was signed."""
    for person in people:
        with contextlib.closing(sqlite3.connect(person.home / "sent.sqlite3")) as journal:
            rows = journal.execute("SELECT hash, nonce, purpose, state FROM sent").fetchall()
        assert {state for *_, state in rows} == {"mined"}
        assert len({nonce for _, nonce, *_ in rows}) == len({purpose for _, _, purpose, _ in rows}) == len(rows)
        for tx_hash, nonce, *_ in rows:
            shown = founded.world.endpoints.request("eth_getTransactionByHash", tx_hash)
            assert shown["blockNumber"] is not None
            assert int(shown["nonce"], 16) == nonce
