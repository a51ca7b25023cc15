# SPDX-License-Identifier: AGPL-3.0-only
"""One chain, one test stablecoin and one factory, on which the mutuals of all presets are founded one after another."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from support.sdk import person
from tongxin.chain import dev_rpc
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.founder import Founder
from tongxin.chain.founding import deploy_factory, deploy_stablecoin
from tongxin.chain.journal import Journal
from tongxin.chain.keys import KeySigner
from tongxin.chain.node import EmbeddedNode, dev_accounts
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import Action, Receipt, Sender

PURSE = 10**15
"""Units of the test stablecoin that every wallet has."""
GAS = 2_000_000
"""Limit of what wallets send in one batch, of which a later one may need what an earlier one does."""


@dataclass
class Ground:
    """The chain; its wallets are the same people in every mutual."""

    node: EmbeddedNode
    endpoints: Endpoints
    journal: Journal
    keeper: Sender
    coin: StableCoin
    factory: Founder
    wallets: list[Sender] = field(default_factory=list)

    def wallet(self, number: int) -> Sender:
        """A person's wallet, with gas and coins."""
        while len(self.wallets) <= number:
            sender = Sender(self.endpoints, person(f"preset {len(self.wallets)}"), self.journal)
            dev_rpc.set_balance(self.node.url, sender.address, 10**20)
            self.keeper.send(self.coin.mint(sender.address, PURSE))
            self.wallets.append(sender)
        return self.wallets[number]


def send_all(sender: Sender, actions: Sequence[Action], gas: int | None = GAS) -> list[Receipt]:
    """Sends all at once; the first refusal is raised."""
    receipts = []
    for outcome in sender.send_many([(uuid.uuid4().hex, action) for action in actions], gas=gas):
        if outcome.error is not None:
            raise outcome.error
        assert outcome.receipt is not None
        receipts.append(outcome.receipt)
    return receipts


@contextlib.contextmanager
def ground() -> Iterator[Ground]:
    """A chain in memory with all that is deployed once."""
    with EmbeddedNode(old_states=False) as node, Endpoints(node.url) as endpoints, Journal(None) as journal:
        keeper = Sender(endpoints, KeySigner(dev_accounts(1)[0]), journal)
        coin = StableCoin(endpoints, deploy_stablecoin(keeper, "Test Dollar", "TSC"))
        keeper.send(coin.mint(keeper.address, PURSE))
        yield Ground(node, endpoints, journal, keeper, coin, deploy_factory(keeper))
