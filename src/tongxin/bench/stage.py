# SPDX-License-Identifier: AGPL-3.0-only
"""Where the bench plays: a chain in memory whose clock is moved by hand, its test money, one mutual, who acts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from eth_account.signers.local import LocalAccount

from tongxin.bench.fixed import account
from tongxin.chain import dev_rpc
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.founding import deploy_factory, deploy_stablecoin, found
from tongxin.chain.journal import Journal
from tongxin.chain.keys import KeySigner
from tongxin.chain.mutual import Mutual
from tongxin.chain.node import EmbeddedNode, dev_accounts
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import Action, Receipt, Sender
from tongxin.charter import Charter, EncodedCharter, encode, load_charter

__all__ = ["COIN", "DAY", "GAS_LIMIT", "HOUR", "Stage", "bench_rules", "changed", "founded"]

CHARTER: Final = Path(__file__).with_name("charter.yaml")
GENESIS_TIME: Final = 1_767_225_600
"""1 January 2026, 00:00 UTC: times stand in calldata, so each run has the same."""
SECONDS_BETWEEN_BLOCKS: Final = 1
GAS_LIMIT: Final = 2**24
"""Of every transaction: the most that one may have on many chains (EIP-7825)."""
ETHER: Final = 10**18
COIN: Final = 10**6
"""Units of one whole token."""
HOUR: Final = 3_600
DAY: Final = 24 * HOUR


@dataclass
class Stage:
    """A founded mutual on a chain of its own, and the accounts that act on it.

    Attributes:
        url: The node.
        endpoints: The same, for the SDK.
        coin: The test stablecoin.
        mutual: The mutual's contracts.
        attestor: Who vouches.
        operator: Who mints, and pushes what anybody may.
        rules: The charter it was founded with.
        founding: Gas of each transaction of its founding.
        node: The node's process id.
    """

    url: str
    endpoints: Endpoints
    coin: StableCoin
    mutual: Mutual
    attestor: KeySigner
    operator: Sender
    rules: Charter
    founding: Sequence[int]
    node: int
    _journal: Journal
    _senders: dict[str, Sender] = field(default_factory=dict)

    def sender(self, who: LocalAccount) -> Sender:
        """The sender of an account, which is given the chain's coin for its gas."""
        known = self._senders.get(who.address)
        if known is None:
            dev_rpc.set_balance(self.url, who.address, 100 * ETHER)
            known = Sender(self.endpoints, KeySigner(who), self._journal)
            self._senders[who.address] = known
        return known

    def act(self, who: LocalAccount, action: Action) -> Receipt:
        """An account's act, mined.

        Raises:
            Reverted: The contract refuses it.
        """
        return self.sender(who).send(action, gas=GAS_LIMIT)

    def push(self, action: Action, gas: int = GAS_LIMIT) -> Receipt:
        """What anybody may do; with more gas than most chains allow only to measure how far too much it is."""
        return self.operator.send(action, gas=gas)

    def fund(self, wallet: str, coins: int) -> None:
        """Gives a wallet whole tokens."""
        self.push(self.coin.mint(wallet, coins * COIN))

    def approve(self, who: LocalAccount, units: int) -> Receipt:
        """Approves units to the Fund."""
        return self.act(who, self.coin.approve(self.mutual.fund.address, units))

    @property
    def now(self) -> int:
        """The latest block's time."""
        return dev_rpc.block_time(self.url)

    def travel(self, time: int) -> None:
        """Mines a block at that time."""
        dev_rpc.set_next_block_timestamp(self.url, time)
        dev_rpc.mine(self.url)

    def next_day(self) -> None:
        """Travels to the first hour of the next day, so that times do not depend on what was done before."""
        self.travel((self.now // DAY + 1) * DAY + HOUR)

    def encoded(self, changes: Mapping[str, object]) -> EncodedCharter:
        """The rules as the mutual was founded with them, some changed.

        Args:
            changes: New contents by their paths, such as `money.fee`.
        """
        return encode(changed(self.rules, changes), self.coin.decimals())

    def day(self, time: int) -> int:
        """The day in the charter's zone that a time lies on."""
        return (time + self.mutual.court_terms.zone) // DAY


def changed(rules: Charter, changes: Mapping[str, object]) -> Charter:
    """A charter with other contents; a path such as `benefits.0.amounts` names each."""
    document: Any = rules.model_dump(mode="json")
    for path, content in changes.items():
        *folders, last = path.split(".")
        place = document
        for folder in folders:
            place = place[int(folder)] if isinstance(place, list) else place[folder]
        place[last] = content
    return Charter.model_validate(document)


def bench_rules() -> Charter:
    """The charter that the bench measures under, without addresses."""
    return load_charter(CHARTER)


@contextlib.contextmanager
def founded(rules: Charter, further: Sequence[str] = (), *, old_states: bool = True) -> Iterator[Stage]:
    """Starts a chain, deploys money and factory, founds a mutual.

    Args:
        rules: Its charter, without addresses.
        further: Attestors beside the one who acts.
        old_states: Whether the chain keeps what stood there at earlier blocks.

    Raises:
        NodeError: The chain does not start.
    """
    with contextlib.ExitStack() as closing:
        node = closing.enter_context(EmbeddedNode(genesis_time=GENESIS_TIME, hardfork="cancun", old_states=old_states))
        dev_rpc.request(node.url, "anvil_setBlockTimestampInterval", SECONDS_BETWEEN_BLOCKS)
        endpoints = closing.enter_context(Endpoints(node.url))
        journal = closing.enter_context(Journal(None))
        operator = Sender(endpoints, KeySigner(dev_accounts(1)[0]), journal)
        coin = StableCoin(endpoints, deploy_stablecoin(operator, "Test Stablecoin", "TSC"))
        attestor = KeySigner(account("attestor"))
        charter = rules.with_parties(
            token=coin.address,
            steward=account("steward").address,
            attestors=(attestor.address, *further),
            remainder=account("remainder").address,
        )
        factory = deploy_factory(operator)
        before = _block_number(node.url)
        listing = found(operator, factory, encode(charter, coin.decimals()))
        founding = [_gas_of_block(node.url, number) for number in range(before + 1, _block_number(node.url) + 1)]
        mutual = Mutual.at(endpoints, listing.fund)
        yield Stage(node.url, endpoints, coin, mutual, attestor, operator, charter, founding, node.pid, journal)


def _block_number(url: str) -> int:
    return int(dev_rpc.request(url, "eth_blockNumber"), 16)


def _gas_of_block(url: str, number: int) -> int:
    """Each block has one transaction."""
    return int(dev_rpc.request(url, "eth_getBlockByNumber", hex(number), False)["gasUsed"], 16)
