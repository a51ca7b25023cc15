# SPDX-License-Identifier: AGPL-3.0-only
"""Sending on a chain that takes blocks back, and through endpoints that are behind: nothing is lost or done twice."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.rpc_proxy import lying_endpoint
from support.sdk import person
from tongxin.chain import dev_rpc
from tongxin.chain.endpoints import Endpoints, RequestRefusedError
from tongxin.chain.founding import deploy_stablecoin
from tongxin.chain.journal import Journal, State
from tongxin.chain.keys import KeySigner
from tongxin.chain.node import EmbeddedNode
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import Sender, TransactionChangedError, TransactionPendingError

MINT_GAS = 100_000
numbers = itertools.count()


class Unwilling(Endpoints):
    """A node that does not know what was sent to another one, and takes nothing."""

    def batch(self, requests: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        if requests and requests[0][0] == "eth_sendRawTransaction":
            return [RequestRefusedError(method, -32000, "txpool is full") for method, _ in requests]
        if requests and requests[0][0] == "eth_getTransactionByHash":
            return [None] * len(requests)
        return super().batch(requests)


@pytest.fixture(scope="module")
def chain() -> Iterator[EmbeddedNode]:
    with EmbeddedNode() as node:
        yield node


@pytest.fixture
def endpoints(chain: EmbeddedNode) -> Iterator[Endpoints]:
    with Endpoints(chain.url) as opened:
        yield opened
    dev_rpc.set_automine(chain.url, True)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "sent.sqlite") as opened:
        yield opened


@pytest.fixture
def signer(chain: EmbeddedNode) -> KeySigner:
    new = person(f"reorganised {next(numbers)}")
    dev_rpc.set_balance(chain.url, new.address, 10**20)
    return new


@pytest.fixture
def sender(endpoints: Endpoints, signer: KeySigner, journal: Journal) -> Sender:
    return Sender(endpoints, signer, journal, timeout=10)


@pytest.fixture
def coin(sender: Sender) -> StableCoin:
    return StableCoin(sender.endpoints, deploy_stablecoin(sender, "Test Dollar", "TSC"))


@pytest.fixture
def branch(chain: EmbeddedNode, coin: StableCoin) -> Callable[[], None]:
    """Takes the chain back to where the coin was just made; what happened since is in no block and in no pool."""
    assert coin.address
    kept = dev_rpc.request(chain.url, "evm_snapshot")
    return lambda: back_to(chain, kept)


def back_to(chain: EmbeddedNode, kept: str) -> None:
    assert dev_rpc.request(chain.url, "evm_revert", kept)
    dev_rpc.request(chain.url, "anvil_dropAllTransactions")


def states(journal: Journal, sender: Sender, purpose: str) -> list[State]:
    return [item.state for item in journal.of_purpose(sender._chain_key(), sender.address, purpose)]


def test_what_a_reorganisation_undid_is_sent_again_as_it_was_signed(
    sender: Sender, coin: StableCoin, journal: Journal, branch: Callable[[], None]
) -> None:
    first = sender.send(coin.mint(sender.address, 7), "the payment")
    branch()
    assert coin.balance_of(sender.address) == 0
    assert sender.send(coin.mint(sender.address, 7), "the payment").hash == first.hash
    assert coin.balance_of(sender.address) == 7
    assert states(journal, sender, "the payment") == [State.MINED]


def test_another_act_comes_after_those_that_were_undone(
    sender: Sender, coin: StableCoin, journal: Journal, branch: Callable[[], None]
) -> None:
    """Neither its nonce nor its estimate may overlook them."""
    earlier = [sender.send(coin.mint(sender.address, 7), f"payment {number}").hash for number in range(3)]
    branch()
    sender.send(coin.transfer(coin.address, 21), "pay on")
    assert coin.balance_of(coin.address) == 21
    for number, tx_hash in enumerate(earlier):
        assert states(journal, sender, f"payment {number}") == [State.MINED]
        assert sender.send(coin.mint(sender.address, 7), f"payment {number}").hash == tx_hash
    assert coin.balance_of(sender.address) == 0


def test_a_batch_that_was_undone_in_part_is_completed(
    sender: Sender, coin: StableCoin, branch: Callable[[], None]
) -> None:
    actions = [(f"mint {number}", coin.mint(sender.address, 1)) for number in range(10)]
    before = [item.receipt.hash for item in sender.send_many(actions[:6], batch=3) if item.receipt]
    branch()
    done = [item.receipt.hash for item in sender.send_many(actions, batch=3) if item.receipt]
    assert done[:6] == before
    assert len(set(done)) == 10
    assert coin.balance_of(sender.address) == 10


def test_the_replaced_transaction_may_be_the_one_that_stays(
    chain: EmbeddedNode, sender: Sender, coin: StableCoin, journal: Journal, branch: Callable[[], None]
) -> None:
    dev_rpc.set_automine(chain.url, False)
    hasty = Sender(sender.endpoints, sender.signer, journal, timeout=0.4, replace_after=0.05)
    with pytest.raises(TransactionPendingError):
        hasty.send(coin.mint(sender.address, 7), "the payment", gas=MINT_GAS)
    dev_rpc.mine(chain.url)
    mined = sender.send(coin.mint(sender.address, 7), "the payment")
    original = journal.of_purpose(sender._chain_key(), sender.address, "the payment")[0]
    assert original.hash != mined.hash
    branch()
    dev_rpc.request(chain.url, "eth_sendRawTransaction", "0x" + original.raw.hex())
    dev_rpc.mine(chain.url)
    assert sender.send(coin.mint(sender.address, 7), "the payment").hash == original.hash
    assert coin.balance_of(sender.address) == 7


def test_what_turns_out_otherwise_on_the_new_branch_is_said(
    chain: EmbeddedNode, sender: Sender, coin: StableCoin, journal: Journal
) -> None:
    other = Sender(sender.endpoints, person("reorganised by"), Journal(None))
    dev_rpc.set_balance(chain.url, other.address, 10**20)
    sender.send(coin.mint(other.address, 5))
    kept = dev_rpc.request(chain.url, "evm_snapshot")
    other.send(coin.transfer(sender.address, 5))
    sender.send(coin.transfer(other.address, 5), "pay on")
    back_to(chain, kept)
    with pytest.raises(TransactionChangedError, match=r"was done before the chain was reorganised.*is refused now"):
        sender.send(coin.mint(sender.address, 1), "something else")
    assert states(journal, sender, "pay on") == [State.REVERTED]
    assert states(journal, sender, "something else") == []
    assert sender.send(coin.mint(sender.address, 1), "something else").succeeded


def test_an_endpoint_that_is_behind_does_not_make_an_account_use_a_nonce_twice(
    chain: EmbeddedNode, signer: KeySigner, sender: Sender, coin: StableCoin, journal: Journal
) -> None:
    """It shows the state of some blocks ago, until it has caught up."""
    behind = [nonce := int(dev_rpc.request(chain.url, "eth_getTransactionCount", signer.address, "latest"), 16)] * 12
    hidden = {sender.send(coin.mint(sender.address, 7), f"payment {number}").hash for number in range(2)}

    def late(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getTransactionCount" and behind:
            return hex(behind.pop())
        if method in {"eth_getTransactionReceipt", "eth_getTransactionByHash"} and params[0] in hidden and behind:
            return None
        return result

    with lying_endpoint(chain.url, late) as url, Endpoints(url) as endpoints:
        slow = Sender(endpoints, signer, journal, timeout=20)
        slow.send(coin.mint(sender.address, 1), "something else", gas=MINT_GAS)
    assert not behind
    (new,) = journal.of_purpose(sender._chain_key(), sender.address, "something else")
    assert new.nonce == nonce + 2
    assert coin.balance_of(sender.address) == 15


def test_receipts_from_an_endpoint_behind_the_one_that_counted_do_not_make_an_act_anew(
    chain: EmbeddedNode, signer: KeySigner, sender: Sender, coin: StableCoin, journal: Journal
) -> None:
    """Behind one address may stand two nodes, one of them without the last block."""
    dev_rpc.set_automine(chain.url, False)
    with pytest.raises(TransactionPendingError) as caught:
        Sender(sender.endpoints, signer, journal, timeout=0.01).send(
            coin.mint(sender.address, 7), "the payment", gas=MINT_GAS
        )
    dev_rpc.set_automine(chain.url, True)
    dev_rpc.mine(chain.url)
    without = [None] * 2

    def late(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getTransactionReceipt" and params[0] == caught.value.tx_hash and without:
            return without.pop()
        return result

    with lying_endpoint(chain.url, late) as url, Endpoints(url) as endpoints:
        mixed = Sender(endpoints, signer, journal)
        mixed.send(coin.mint(coin.address, 1), "something else")
        assert mixed.send(coin.mint(sender.address, 7), "the payment").hash == caught.value.tx_hash
    assert not without
    assert coin.balance_of(sender.address) == 7


def test_a_node_that_will_not_have_it_again_does_not_make_it_be_signed_anew(
    chain: EmbeddedNode, signer: KeySigner, sender: Sender, coin: StableCoin, journal: Journal
) -> None:
    """Another node may hold the first one and mine it."""
    dev_rpc.set_automine(chain.url, False)
    with pytest.raises(TransactionPendingError) as caught:
        Sender(sender.endpoints, signer, journal, timeout=0.01).send(
            coin.mint(sender.address, 7), "the payment", gas=MINT_GAS
        )

    with Unwilling(chain.url) as endpoints, pytest.raises(TransactionPendingError):
        Sender(endpoints, signer, journal, timeout=0.3).send(coin.mint(sender.address, 7), "the payment")
    dev_rpc.mine(chain.url)
    dev_rpc.set_automine(chain.url, True)
    assert sender.send(coin.mint(sender.address, 7), "the payment").hash == caught.value.tx_hash
    assert coin.balance_of(sender.address) == 7
