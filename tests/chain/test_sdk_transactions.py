# SPDX-License-Identifier: AGPL-3.0-only
"""Sending through the journal: nothing is done twice, whatever is killed, forgotten, stuck or taken."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.rpc_proxy import REFUSED, lying_endpoint
from support.sdk import person
from tongxin.chain import dev_rpc
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.events import Transfer
from tongxin.chain.founding import deploy_stablecoin
from tongxin.chain.journal import Journal, State
from tongxin.chain.keys import KeySigner, RpcSigner, Signer, SignerError
from tongxin.chain.node import EmbeddedNode, dev_accounts
from tongxin.chain.reverts import RefusedWithoutReason, TokenRefused
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import (
    FeeLimitError,
    NoFundsError,
    Sender,
    TransactionError,
    TransactionLostError,
    TransactionPendingError,
)

MINT_GAS = 100_000
numbers = itertools.count()


class Killed(BaseException):
    """Stands for the end of the process."""


class Dying(Endpoints):
    """Endpoints of a process that ends just before, or just after, its transaction leaves."""

    dies: str = ""

    def batch(self, requests: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        sends = any(method == "eth_sendRawTransaction" for method, _ in requests)
        if sends and self.dies == "before":
            raise Killed
        results = super().batch(requests)
        if sends and self.dies == "after":
            raise Killed
        return results


@pytest.fixture(scope="module")
def chain() -> Iterator[EmbeddedNode]:
    with EmbeddedNode() as node:
        yield node


@pytest.fixture
def endpoints(chain: EmbeddedNode) -> Iterator[Dying]:
    with Dying(chain.url) as opened:
        yield opened
    dev_rpc.set_automine(chain.url, True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "sent.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal(path) as opened:
        yield opened


@pytest.fixture
def signer(chain: EmbeddedNode) -> KeySigner:
    """An account of its own for each test."""
    new = person(f"sender {next(numbers)}")
    dev_rpc.set_balance(chain.url, new.address, 10**20)
    return new


@pytest.fixture
def sender(endpoints: Dying, signer: KeySigner, journal: Journal) -> Sender:
    return Sender(endpoints, signer, journal, timeout=10)


@pytest.fixture
def coin(sender: Sender) -> StableCoin:
    return StableCoin(sender.endpoints, deploy_stablecoin(sender, "Test Dollar", "TSC"))


def nonce_of(endpoints: Endpoints, signer: Signer) -> int:
    return int(endpoints.request("eth_getTransactionCount", signer.address, "latest"), 16)


def test_a_purpose_is_served_once(sender: Sender, coin: StableCoin) -> None:
    first = sender.send(coin.mint(sender.address, 5), "wages of May")
    assert first.one(Transfer).amount == 5
    assert sender.send(coin.mint(sender.address, 5), "wages of May") == first
    assert sender.send(coin.mint(sender.address, 5)).hash != first.hash
    assert coin.balance_of(sender.address) == 10
    with pytest.raises(TransactionError, match="should have one event"):
        Sender(sender.endpoints, sender.signer, Journal(None)).send(coin.approve(coin.address, 1)).one(Transfer)


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_process_that_dies_while_sending_sends_once(
    endpoints: Dying, sender: Sender, coin: StableCoin, path: Path, dies: str
) -> None:
    endpoints.dies = dies
    with pytest.raises(Killed):
        sender.send(coin.mint(sender.address, 7), "the payment")
    endpoints.dies = ""
    before = nonce_of(endpoints, sender.signer)
    with Journal(path) as again:
        other = Sender(endpoints, sender.signer, again)
        # Something else of the account comes first; the purpose keeps the nonce it was signed with.
        other.send(coin.mint(coin.address, 1), "something else")
        receipt = other.send(coin.mint(sender.address, 7), "the payment")
        assert [entry.hash for entry in again.of_purpose(other._chain_key(), other.address, "the payment")] == [
            receipt.hash
        ]
        assert receipt.one(Transfer).amount == 7
        assert not again.open_entries(other._chain_key(), other.address)
    assert coin.balance_of(sender.address) == 7
    assert nonce_of(endpoints, sender.signer) == before + (2 if dies == "before" else 1)


def test_a_transaction_that_the_node_forgot_is_sent_again(
    chain: EmbeddedNode, sender: Sender, coin: StableCoin, path: Path
) -> None:
    dev_rpc.set_automine(chain.url, False)
    impatient = Sender(sender.endpoints, sender.signer, Journal(path), timeout=0.05)
    with pytest.raises(TransactionPendingError, match="same purpose 'the payment'") as caught:
        impatient.send(coin.mint(sender.address, 7), "the payment")
    dev_rpc.request(chain.url, "anvil_dropTransaction", caught.value.tx_hash)
    dev_rpc.mine(chain.url)
    assert coin.balance_of(sender.address) == 0
    dev_rpc.set_automine(chain.url, True)
    assert sender.send(coin.mint(sender.address, 7), "the payment").hash == caught.value.tx_hash
    assert coin.balance_of(sender.address) == 7


def test_a_stuck_transaction_is_replaced_by_a_dearer_one(
    chain: EmbeddedNode, sender: Sender, coin: StableCoin, journal: Journal
) -> None:
    dev_rpc.set_automine(chain.url, False)
    patient = Sender(sender.endpoints, sender.signer, journal, timeout=20, replace_after=0.2)
    replaced = threading.Event()
    done: list[str] = []

    def run() -> None:
        done.append(patient.send(coin.mint(sender.address, 7), "the payment", gas=MINT_GAS).hash)

    thread = threading.Thread(target=run)
    thread.start()
    while not replaced.wait(0.05):
        if len(journal.of_purpose(patient._chain_key(), sender.address, "the payment")) > 1:
            replaced.set()
    dev_rpc.mine(chain.url)
    thread.join()
    entries = journal.of_purpose(sender._chain_key(), sender.address, "the payment")
    assert len({entry.nonce for entry in entries}) == 1
    assert [entry.hash for entry in entries if entry.state is State.MINED] == done
    assert entries[0].hash != done[0]
    assert coin.balance_of(sender.address) == 7
    assert sender.send(coin.mint(sender.address, 7), "the payment").hash == done[0]


def test_a_nonce_that_another_program_took_is_found_out(
    chain: EmbeddedNode, sender: Sender, coin: StableCoin, path: Path, tmp_path: Path
) -> None:
    dev_rpc.set_automine(chain.url, False)
    with pytest.raises(TransactionPendingError) as caught:
        Sender(sender.endpoints, sender.signer, Journal(path), timeout=0.01).send(
            coin.mint(sender.address, 7), "the payment", gas=MINT_GAS
        )
    dev_rpc.request(chain.url, "anvil_dropTransaction", caught.value.tx_hash)
    dev_rpc.set_automine(chain.url, True)
    with Journal(tmp_path / "other.sqlite") as other:
        Sender(sender.endpoints, sender.signer, other).send(coin.mint(coin.address, 1))
    receipt = sender.send(coin.mint(sender.address, 7), "the payment")
    assert receipt.hash != caught.value.tx_hash
    assert coin.balance_of(sender.address) == 7


def test_a_nonce_taken_while_waiting_is_an_error(
    chain: EmbeddedNode, sender: Sender, coin: StableCoin, tmp_path: Path
) -> None:
    dev_rpc.set_automine(chain.url, False)
    errors: list[BaseException] = []

    def run() -> None:
        try:
            sender.send(coin.mint(sender.address, 7), "the payment", gas=MINT_GAS)
        except TransactionLostError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    pending = "0x0"
    while int(pending, 16) <= nonce_of(sender.endpoints, sender.signer):
        pending = sender.endpoints.request("eth_getTransactionCount", sender.address, "pending")
    dev_rpc.request(chain.url, "anvil_dropAllTransactions")
    with Journal(tmp_path / "other.sqlite") as other:
        rival = Sender(sender.endpoints, sender.signer, other)
        after = lambda: dev_rpc.mine(chain.url)  # noqa: E731 - one line
        rival.send_many([("x", coin.mint(coin.address, 1))], gas=MINT_GAS, after_batch=after)
    thread.join()
    assert len(errors) == 1
    assert coin.balance_of(sender.address) == 0


def test_a_node_that_still_indexes_is_waited_for(
    chain: EmbeddedNode, signer: KeySigner, coin: StableCoin, journal: Journal
) -> None:
    """go-ethereum refuses receipts while it indexes, also of transactions that are in its blocks."""
    refused: list[str] = []

    def indexing(method: str, _params: list[Any], result: Any) -> Any:
        if method == "eth_getTransactionReceipt" and len(refused) < 8:
            refused.append(method)
            return REFUSED
        return result

    with lying_endpoint(chain.url, indexing) as url, Endpoints(url) as slow:
        sender = Sender(slow, signer, journal, timeout=30)
        receipt = sender.send(coin.mint(sender.address, 5))
    assert receipt.succeeded
    assert len(refused) == 8


def test_refusals(sender: Sender, coin: StableCoin, journal: Journal) -> None:
    nonce = nonce_of(sender.endpoints, sender.signer)
    with pytest.raises(TokenRefused, match="exceeds balance"):
        sender.send(coin.transfer(coin.address, 1), "too much")
    assert nonce_of(sender.endpoints, sender.signer) == nonce
    with pytest.raises(TokenRefused, match="exceeds balance"):
        sender.send(coin.transfer(coin.address, 1), "too much", gas=MINT_GAS)
    assert nonce_of(sender.endpoints, sender.signer) == nonce + 1
    with pytest.raises(RefusedWithoutReason, match="ran out of gas"):
        sender.send(coin.mint(sender.address, 1), "too little gas", gas=30_000)
    states = [item.state for item in journal.of_purpose(sender._chain_key(), sender.address, "too much")]
    assert states == [State.REVERTED]
    # A purpose that was refused can be served later.
    sender.send(coin.mint(sender.address, 1))
    assert sender.send(coin.transfer(coin.address, 1), "too much").succeeded


def test_who_cannot_pay_is_told_and_no_nonce_is_lost(chain: EmbeddedNode, sender: Sender, coin: StableCoin) -> None:
    dev_rpc.set_balance(chain.url, sender.address, 1)
    for gas in (None, MINT_GAS):
        with pytest.raises(NoFundsError, match="too little of the chain's coin"):
            sender.send(coin.mint(sender.address, 1), "mint", gas=gas)
    dev_rpc.set_balance(chain.url, sender.address, 10**20)
    assert sender.send(coin.mint(sender.address, 1), "mint").succeeded


def test_a_limit_of_fees_holds(sender: Sender, coin: StableCoin, journal: Journal) -> None:
    with pytest.raises(FeeLimitError, match="above the limit of 5"):
        Sender(sender.endpoints, sender.signer, journal, most_per_gas=5).send(coin.mint(sender.address, 1))
    receipt = Sender(sender.endpoints, sender.signer, journal, most_per_gas=10**11).send(coin.mint(sender.address, 1))
    assert receipt.fee <= receipt.gas_used * 10**11


def test_many_are_sent_each_once_and_a_refusal_harms_nobody(
    chain: EmbeddedNode, sender: Sender, coin: StableCoin
) -> None:
    dev_rpc.set_automine(chain.url, False)
    actions = [(f"mint {number}", coin.mint(sender.address, 1)) for number in range(25)]
    actions.insert(7, ("too much", coin.transfer(coin.address, 10**30)))
    done: list[int] = []
    after = lambda: dev_rpc.mine(chain.url)  # noqa: E731 - one line
    outcomes = sender.send_many(actions, batch=10, after_batch=after, progress=done.append)
    assert done == [10, 20, 26]
    assert [outcome.purpose for outcome in outcomes] == [purpose for purpose, _ in actions]
    refused = [outcome for outcome in outcomes if outcome.error is not None]
    assert [type(outcome.error) for outcome in refused] == [TokenRefused]
    assert sender.send_many(actions[:7], gas=MINT_GAS, after_batch=after) == outcomes[:7]
    (mined,) = sender.send_many([("again too much", actions[7][1])], gas=MINT_GAS, after_batch=after)
    assert isinstance(mined.error, TokenRefused)
    assert coin.balance_of(sender.address) == 25
    with pytest.raises(TransactionError, match="same purpose"):
        sender.send_many([actions[0], actions[0]])


def test_two_senders_of_one_account_share_its_nonces(sender: Sender, coin: StableCoin, path: Path) -> None:
    errors: list[BaseException] = []

    def run(name: str) -> None:
        try:
            with Journal(path) as own, Endpoints(sender.endpoints.urls) as opened:
                mine = Sender(opened, sender.signer, own)
                for number in range(15):
                    mine.send(coin.mint(sender.address, 1), f"{name} {number}")
        except BaseException as error:  # noqa: BLE001 - shown below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert coin.balance_of(sender.address) == 45


CHILD = """
import sys
from pathlib import Path
from support.rpc_proxy import REFUSED, lying_endpoint
from support.sdk import person
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.journal import Journal
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import Sender

url, path, name, coin_address, count = sys.argv[1:]
with Endpoints(url) as endpoints, Journal(Path(path)) as journal:
    sender, coin = Sender(endpoints, person(name), journal), StableCoin(endpoints, coin_address)
    actions = ((f"mint {number}", coin.mint(coin.address, 1)) for number in range(int(count)))
    print("begun", flush=True)
    sender.send_many(actions, batch=5, gas=100_000, progress=lambda done: print(done, flush=True))
"""


def test_a_process_killed_again_and_again_does_everything_once(
    chain: EmbeddedNode, coin: StableCoin, signer: KeySigner, path: Path
) -> None:
    name = f"sender {next(numbers) - 1}"
    assert person(name).address == signer.address
    command = [sys.executable, "-c", CHILD, chain.url, str(path), name, coin.address, "80"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    kills = 0
    while True:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert child.stdout is not None
        with child.stdout:
            seen = [line for line, _ in zip(child.stdout, range(4 + 3 * kills), strict=False)]
            if kills < 2 and len(seen) == 4 + 3 * kills:
                child.send_signal(signal.SIGKILL)
                kills += 1
            child.wait()
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL
    assert kills == 2
    assert coin.balance_of(coin.address) == 80


def test_an_account_of_the_node_signs(chain: EmbeddedNode, sender: Sender, coin: StableCoin, journal: Journal) -> None:
    account = dev_accounts(4)[3]
    outside = Sender(sender.endpoints, RpcSigner(chain.url, account.address), journal)
    sender.send(coin.mint(account.address, 9))
    assert outside.send(coin.transfer(sender.address, 9), "pay back").one(Transfer).sender == account.address
    with pytest.raises(SignerError, match="did not sign"):
        Sender(sender.endpoints, RpcSigner(chain.url, sender.address), journal).send(coin.approve(coin.address, 1))


def test_a_chain_begun_anew_is_another_chain(sender: Sender, coin: StableCoin, journal: Journal) -> None:
    sender.send(coin.mint(sender.address, 1), "the payment")
    with EmbeddedNode(genesis_time=1_700_000_000) as fresh, Endpoints(fresh.url) as endpoints:
        dev_rpc.set_balance(fresh.url, sender.address, 10**20)
        other = Sender(endpoints, sender.signer, journal)
        new = StableCoin(endpoints, deploy_stablecoin(other, "Test Dollar", "TSC"))
        assert other.send(new.mint(sender.address, 1), "the payment").one(Transfer).amount == 1
