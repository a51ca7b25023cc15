# SPDX-License-Identifier: AGPL-3.0-only
"""Deploys compiled contracts to a test chain and calls them through web3, from accounts the node itself signs for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_typing import ChecksumAddress
from web3 import HTTPProvider, Web3
from web3.contract import Contract
from web3.logs import DISCARD
from web3.types import TxReceipt

from tongxin.artifacts import load


def connect(url: str) -> Web3:
    return Web3(HTTPProvider(url))


def accounts(w3: Web3) -> list[ChecksumAddress]:
    """The funded accounts that the node signs for."""
    return list(w3.eth.accounts)


def at(w3: Web3, name: str, address: str) -> Contract:
    contract: Contract = w3.eth.contract(address=Web3.to_checksum_address(address), abi=list(load(name).abi))
    return contract


def deploy(w3: Web3, name: str, *arguments: object, sender: str | None = None) -> Contract:
    artifact = load(name)
    factory = w3.eth.contract(abi=list(artifact.abi), bytecode=artifact.bytecode)
    sent = factory.constructor(*arguments).transact({"from": Web3.to_checksum_address(sender or accounts(w3)[0])})
    receipt = w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)
    address = receipt["contractAddress"]
    assert address is not None
    return at(w3, name, address)


def send(contract: Contract, function: str, *arguments: object, sender: str) -> TxReceipt:
    """Sends a call and waits for its receipt; a revert is raised by web3 with the contract's message."""
    sent = contract.functions[function](*arguments).transact({"from": Web3.to_checksum_address(sender)})
    return contract.w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)


def read(contract: Contract, function: str, *arguments: object) -> Any:
    return contract.functions[function](*arguments).call()


def events(contract: Contract, name: str, receipt: TxReceipt) -> Sequence[dict[str, Any]]:
    """The arguments of each event of that name that the contract itself logged."""
    return [
        dict(event["args"])
        for event in contract.events[name]().process_receipt(receipt, DISCARD)
        if event["address"] == contract.address
    ]
