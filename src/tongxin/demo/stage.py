# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import uuid
from collections.abc import Sequence

from eth_account.signers.local import LocalAccount

from tongxin.chain import dev_rpc
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.journal import Journal
from tongxin.chain.keys import KeySigner
from tongxin.chain.transactions import Action, Receipt, Sender
from tongxin.demo.people import KeyRing
from tongxin.errors import TongxinError

__all__ = ["Stage"]

BATCH = 50
"""Transactions under way at once."""
COIN = 10**21
"""What an account that sends gets of the local chain's own coin, in wei."""


class Stage:
    """Who acts on the chain: every account of the demo, with the local chain's coin for its gas.

    Attributes:
        endpoints: The node.
        keys: Whose keys there are.
        operator: Pays for what anybody may do: draws, conclusions, settlements, relayed votes.
    """

    def __init__(self, url: str, keys: KeyRing) -> None:
        self.url = url
        self.endpoints = Endpoints([url])
        self.keys = keys
        self.operator = keys.account("operator")
        self._journal = Journal(None)
        self._senders: dict[str, Sender] = {}

    def act(self, account: LocalAccount, action: Action) -> Receipt:
        """Sends an act of an account and waits until it is mined.

        Raises:
            Reverted: The contract refuses it; nothing was sent.
        """
        return self.sender(account).send(action)

    def push(self, action: Action) -> Receipt:
        """Sends what anybody may do."""
        return self.act(self.operator, action)

    def push_each(self, actions: Sequence[Action]) -> list[Receipt]:
        """Sends many acts that anybody may do, together in as few blocks as they fit.

        Raises:
            TongxinError: One of them was refused; the others are done.
        """
        receipts = []
        for outcome in self.try_each(actions):
            if isinstance(outcome, TongxinError):
                raise outcome
            receipts.append(outcome)
        return receipts

    def try_each(self, actions: Sequence[Action]) -> list[Receipt | TongxinError]:
        """The same, but a refusal stands in the place of the receipt."""
        if not actions:
            return []
        dev_rpc.set_automine(self.url, enabled=False)
        try:
            outcomes = self.sender(self.operator).send_many(
                [(uuid.uuid4().hex, action) for action in actions], batch=BATCH, after_batch=self._mine_all
            )
        finally:
            dev_rpc.set_automine(self.url, enabled=True)
        results: list[Receipt | TongxinError] = []
        for outcome in outcomes:
            if outcome.receipt is not None:
                results.append(outcome.receipt)
            elif outcome.error is not None:
                results.append(outcome.error)
        return results

    def _mine_all(self) -> None:
        """Mines until nothing waits: a block holds no more than its gas limit."""
        while int(dev_rpc.request(self.url, "txpool_status")["pending"], 16):
            dev_rpc.mine(self.url)

    def sender(self, account: LocalAccount) -> Sender:
        """The sender of an account."""
        known = self._senders.get(account.address)
        if known is None:
            dev_rpc.set_balance(self.url, account.address, COIN)
            known = Sender(self.endpoints, KeySigner(account), self._journal)
            self._senders[account.address] = known
        return known
