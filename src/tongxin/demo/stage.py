# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from eth_account.signers.local import LocalAccount

from tongxin.chain import dev_rpc
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.journal import Journal
from tongxin.chain.keys import KeySigner
from tongxin.chain.transactions import Action, Receipt, Sender
from tongxin.demo.people import KeyRing

__all__ = ["Stage"]

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

    def sender(self, account: LocalAccount) -> Sender:
        """The sender of an account."""
        known = self._senders.get(account.address)
        if known is None:
            dev_rpc.set_balance(self.url, account.address, COIN)
            known = Sender(self.endpoints, KeySigner(account), self._journal)
            self._senders[account.address] = known
        return known
