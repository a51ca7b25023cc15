# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual founded on a local chain through the SDK, for tests of whatever stands on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eth_account import Account
from eth_utils.crypto import keccak

from tongxin.chain import dev_rpc
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.founding import deploy_factory, deploy_stablecoin, found
from tongxin.chain.journal import Journal, State
from tongxin.chain.keys import KeySigner
from tongxin.chain.mutual import Mutual
from tongxin.chain.node import EmbeddedNode, dev_accounts
from tongxin.chain.structs import Attestation
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import Sender
from tongxin.chain.typed_data import attestation as typed_attestation
from tongxin.charter import Charter, EncodedCharter, encode, load_charter

CHARTERS = Path(__file__).parents[2] / "charters"
COIN = 10**6
DAY = 86_400


def person(name: str) -> KeySigner:
    """A key that only tests use, the same in every run."""
    return KeySigner(Account.from_key(keccak(f"tongxin test {name}".encode())))


def changed(rules: Charter, changes: Mapping[str, object]) -> Charter:
    """A charter with other values; a key is a path such as `money.fee` or `benefits.0.amounts`."""
    document: Any = rules.model_dump(mode="json")
    for path, content in changes.items():
        *folders, last = path.split(".")
        place = document
        for folder in folders:
            place = place[int(folder)] if folder.isdigit() else place[folder]
        assert last in place, path
        place[last] = content
    return Charter.model_validate(document)


@dataclass
class World:
    """A chain with the test stablecoin and one mutual."""

    node: EmbeddedNode
    endpoints: Endpoints
    journal: Journal
    founder: Sender
    coin: StableCoin
    mutual: Mutual
    rules: Charter
    attestor: KeySigner
    senders: dict[str, Sender] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """The latest block's time."""
        return self.mutual.head().timestamp

    def sender(self, name: str, coins: int = 100_000) -> Sender:
        """Somebody with gas and coins."""
        if name not in self.senders:
            sender = Sender(self.endpoints, person(name), self.journal)
            dev_rpc.set_balance(self.node.url, sender.address, 10**20)
            self.founder.send(self.coin.mint(sender.address, coins * COIN))
            self.senders[name] = sender
        return self.senders[name]

    def attested(self, name: str, wallet: str, class_id: int = 0) -> tuple[Attestation, list[bytes]]:
        """The attestor's word for a person."""
        item = Attestation(keccak(name.encode()), wallet, class_id, self.now - 60, self.now + DAY)
        return item, [self.attestor.sign_typed(typed_attestation(self.mutual.attestation_domain, item))]

    def encoded(self, changes: Mapping[str, object]) -> EncodedCharter:
        """The rules as the mutual was founded with them, some fields changed, as `changed` says."""
        return encode(changed(self.rules, changes), self.coin.decimals())

    def member(self, name: str, ticks: int = 500) -> tuple[bytes, Sender]:
        """Somebody who joined with the allowance of the own wallet."""
        sender = self.sender(name)
        item, signatures = self.attested(name, sender.address)
        self.mutual.join(sender, item, signatures, self.mutual.runway_tick(ticks))
        return item.member_id, sender

    def wait(self, seconds: int) -> None:
        """Moves the chain's clock."""
        dev_rpc.increase_time(self.node.url, seconds)

    def mine(self, blocks: int) -> None:
        """Mines blocks."""
        dev_rpc.mine(self.node.url, blocks)

    def go_back(self, snapshot: str) -> None:
        """The chain as it was, and nobody who would send again what is undone by it."""
        assert dev_rpc.request(self.node.url, "evm_revert", snapshot)
        for sender in (self.founder, *self.senders.values()):
            undone = self.journal.mined_from(sender._chain_key(), sender.address, sender._mined_count())
            self.journal.mark([entry.hash for entry in undone], State.DROPPED)


@contextlib.contextmanager
def founded(
    node: EmbeddedNode,
    journal_path: Path,
    charter: str = "example-immediate",
    changes: Mapping[str, object] = MappingProxyType({}),
) -> Iterator[World]:
    """Founds a mutual from one of the project's charters, some fields changed, on a running node."""
    attestor = person("attestor")
    account = dev_accounts(1)[0]
    with Endpoints(node.url) as endpoints, Journal(journal_path) as journal:
        founder = Sender(endpoints, KeySigner(account), journal)
        coin = StableCoin(endpoints, deploy_stablecoin(founder, "Test Dollar", "TSC"))
        rules = changed(load_charter(CHARTERS / f"{charter}.yaml"), changes).with_parties(
            token=coin.address,
            steward=person("steward").address,
            attestors=(attestor.address,),
            remainder=person("remainder").address,
        )
        listing = found(founder, deploy_factory(founder), encode(rules, coin.decimals()))
        mutual = Mutual.at(endpoints, listing.fund)
        yield World(node, endpoints, journal, founder, coin, mutual, rules, attestor)
