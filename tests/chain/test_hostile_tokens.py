# SPDX-License-Identifier: AGPL-3.0-only
"""The hostile tokens really do what the tests of the fund rely on."""

from __future__ import annotations

import pytest
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractLogicError

from support.contracts import accounts, connect, deploy, events, read, send
from tongxin.chain.node import EmbeddedNode

HONEST, MOVES_NOTHING, RETURNS_FALSE = 1, 2, 4


@pytest.fixture
def w3(node: EmbeddedNode) -> Web3:
    return connect(node.url)


def funded(w3: Web3, name: str, *arguments: object) -> tuple[Contract, str, str]:
    token = deploy(w3, name, *arguments)
    payer, payee = accounts(w3)[:2]
    send(token, "mint", payer, 1000, sender=payer)
    send(token, "approve", payee, 500, sender=payer)
    assert read(token, "decimals") == 6
    return token, payer, payee


def balances(token: Contract, *holders: str) -> list[int]:
    return [read(token, "balanceOf", holder) for holder in holders]


def test_the_fee_token_takes_its_part(w3: Web3) -> None:
    token, payer, payee = funded(w3, "FeeToken", 100)
    send(token, "transfer", payee, 250, sender=payer)
    assert balances(token, payer, payee) == [750, 248]
    assert read(token, "totalSupply") == 998
    send(token, "set_fee", 5000, sender=payee)
    send(token, "transferFrom", payer, payee, 100, sender=payee)
    assert balances(token, payer, payee) == [650, 298]
    assert read(token, "allowance", payer, payee) == 400
    with pytest.raises(ContractLogicError, match="fee_token: fee above"):
        send(token, "set_fee", 10_001, sender=payer)


def test_the_blacklist_token_refuses_listed_receivers(w3: Web3) -> None:
    token, payer, payee = funded(w3, "BlacklistToken")
    send(token, "set_blacklisted", payee, True, sender=payer)
    with pytest.raises(ContractLogicError, match="blacklist_token: receiver is listed"):
        send(token, "transfer", payee, 1, sender=payer)
    with pytest.raises(ContractLogicError, match="blacklist_token: receiver is listed"):
        send(token, "transferFrom", payer, payee, 1, sender=payee)
    send(token, "set_blacklisted", payee, False, sender=payer)
    send(token, "transfer", payee, 1, sender=payer)
    assert balances(token, payer, payee) == [999, 1]


@pytest.mark.parametrize(
    ("mode", "answer", "moved"), [(HONEST, True, 10), (MOVES_NOTHING, True, 0), (RETURNS_FALSE, False, 0)]
)
def test_the_lying_token_lies_as_it_is_told(w3: Web3, mode: int, answer: bool, moved: int) -> None:
    token, payer, payee = funded(w3, "LyingToken")
    send(token, "set_mode", mode, sender=payer)
    assert token.functions.transfer(payee, 10).call({"from": payer}) is answer
    assert token.functions.transferFrom(payer, payee, 10).call({"from": payee}) is answer
    send(token, "transfer", payee, 10, sender=payer)
    assert balances(token, payer, payee) == [1000 - moved, moved]
    send(token, "transferFrom", payer, payee, 10, sender=payee)
    assert balances(token, payer, payee) == [1000 - 2 * moved, 2 * moved]


@pytest.mark.parametrize("mode", [0, 3, 7])
def test_the_lying_token_knows_three_modes(w3: Web3, mode: int) -> None:
    token, payer, _ = funded(w3, "LyingToken")
    with pytest.raises(ContractLogicError, match="lying_token: no such mode"):
        send(token, "set_mode", mode, sender=payer)


def test_the_reentrant_token_calls_back_before_it_moves(w3: Web3) -> None:
    token, payer, payee = funded(w3, "ReentrantToken")
    other = deploy(w3, "FeeToken", 0)
    data = other.encode_abi("mint", [payee, 7])
    send(token, "set_callback", other.address, data, 2, sender=payer)
    receipt = send(token, "transfer", payee, 10, sender=payer)
    assert events(token, "CalledBack", receipt) == [{"target": other.address, "success": True}]
    receipt = send(token, "transferFrom", payer, payee, 10, sender=payee)
    assert events(token, "CalledBack", receipt) == [{"target": other.address, "success": True}]
    receipt = send(token, "transfer", payee, 10, sender=payer)
    assert events(token, "CalledBack", receipt) == []
    assert balances(other, payee) == [14]
    assert balances(token, payer, payee) == [970, 30]


def test_the_reentrant_token_reports_a_callback_that_fails(w3: Web3) -> None:
    token, payer, payee = funded(w3, "ReentrantToken")
    other = deploy(w3, "FeeToken", 0)
    send(token, "set_callback", other.address, other.encode_abi("transfer", [payee, 1]), 1, sender=payer)
    receipt = send(token, "transfer", payee, 10, sender=payer)
    assert events(token, "CalledBack", receipt) == [{"target": other.address, "success": False}]
    assert balances(token, payer, payee) == [990, 10]


def test_the_no_return_token_returns_nothing(w3: Web3) -> None:
    token, payer, payee = funded(w3, "NoReturnToken")
    answer = w3.eth.call({"from": payer, "to": token.address, "data": token.encode_abi("transfer", [payee, 10])})
    assert bytes(answer) == b""
    send(token, "transfer", payee, 10, sender=payer)
    send(token, "transferFrom", payer, payee, 10, sender=payee)
    assert balances(token, payer, payee) == [980, 20]
    assert read(token, "allowance", payer, payee) == 490
