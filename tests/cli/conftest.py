# SPDX-License-Identifier: AGPL-3.0-only
"""A chain in memory, and on it a mutual for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from support.cli import Cli, Founded, World
from support.sdk import changed
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.founding import deploy_factory, deploy_stablecoin, found
from tongxin.chain.journal import Journal
from tongxin.chain.keys import KeySigner
from tongxin.chain.mutual import Mutual
from tongxin.chain.node import EmbeddedNode, dev_accounts
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import Sender
from tongxin.charter import encode, load_charter
from tongxin.roster import TagKey

CHARTER = Path(__file__).parents[2] / "charters" / "example-immediate.yaml"
COINS = 1_000_000 * 10**6
REMAINDER = "0x" + "22" * 20


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    accounts = dev_accounts()
    with EmbeddedNode() as node, Endpoints(node.url) as endpoints, Journal(None) as journal:
        senders = tuple(Sender(endpoints, KeySigner(account), journal) for account in accounts)
        token = deploy_stablecoin(senders[0], "Test Coin", "TSC")
        coin = StableCoin(endpoints, token)
        for account in accounts:
            senders[0].send(coin.mint(account.address, COINS))
        yield World(
            url=node.url,
            endpoints=endpoints,
            factory=deploy_factory(senders[0]),
            token=token,
            keys=tuple("0x" + bytes(account.key).hex() for account in accounts),
            senders=senders,
        )


@pytest.fixture(scope="session")
def charter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example charter with a panel of one, so that three volunteers are enough."""
    path = tmp_path_factory.mktemp("charter") / "charter.yaml"
    text = CHARTER.read_text(encoding="utf-8")
    assert "panel_size: 5" in text
    path.write_text(text.replace("panel_size: 5", "panel_size: 1"), encoding="utf-8")
    return path


@pytest.fixture
def found_with(world: World, charter: Path, tmp_path: Path) -> Callable[[Mapping[str, object]], Founded]:
    """Founds a mutual of its own for a test through the SDK, some fields of its charter changed."""

    def make(changes: Mapping[str, object]) -> Founded:
        attestor = world.senders[0]
        rules = changed(load_charter(charter), changes).with_parties(
            token=world.token, steward=attestor.address, attestors=(attestor.address,), remainder=REMAINDER
        )
        listing = found(attestor, world.factory, encode(rules, 6), label=str(tmp_path))
        mutual = Mutual.at(world.endpoints, listing.fund)
        home = tmp_path / "attestor"
        TagKey.create(home / "keys" / f"{mutual.fund.address.lower()}.key")
        return Founded(world, Cli(home, world.url, mutual.fund.address, world.keys[0]), mutual)

    return make


@pytest.fixture
def founded(found_with: Callable[[Mapping[str, object]], Founded]) -> Founded:
    """A mutual of its own for a test, founded through the SDK, with the attestor's tag key."""
    return found_with({})
