# SPDX-License-Identifier: AGPL-3.0-only
"""Deploying the factory once per chain, and founding mutuals through it, step by step.

Every step has its purpose in the sender's journal, so that founding that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from tongxin.artifacts import load
from tongxin.chain.charter import Charter
from tongxin.chain.contract import deployment
from tongxin.chain.events import Begun
from tongxin.chain.founder import Founder, Listing
from tongxin.chain.transactions import Action, Sender, TransactionError
from tongxin.charter import EncodedCharter

__all__ = ["Progress", "blueprint", "deploy_factory", "deploy_stablecoin", "found", "quiet"]

_PREAMBLE: Final = bytes.fromhex("fe7100")
"""Marks a blueprint without further data (EIP-5202)."""
_PARTS: Final = ("Charter", "Fund", "FundAnnex", "FundStages", "Office", "Jury", "Court", "Assembly")
_FOUNDINGS_SLOT: Final = 1

Progress = Callable[[str], None]
"""Told the name of each step before it."""


def quiet(_step: str) -> None:
    """Says nothing."""


def blueprint(artifact: str) -> Action:
    """The creation of a blueprint: code that is the preamble and the contract's creation code (EIP-5202)."""
    code = _PREAMBLE + load(artifact).bytecode
    # PUSH2 length, RETURNDATASIZE, DUP2, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURN: what follows these 10 bytes.
    header = b"\x61" + len(code).to_bytes(2) + bytes.fromhex("3d81600a3d39f3")
    return Action(artifact, "blueprint", None, header + code)


def deploy_factory(sender: Sender, progress: Progress = quiet) -> Founder:
    """The factory of this version of the contracts, deployed by this account unless its journal knows it already.

    Args:
        sender: Pays the gas.
        progress: Called with the name of each step before it.

    Raises:
        TransactionError, Reverted, EndpointError, SignerError, JournalError: As `Sender.send`.
    """
    addresses = []
    for part in _PARTS:
        progress(f"blueprint of {part}")
        action = blueprint(part)
        addresses.append(_deployed(sender, action))
    progress("bounds")
    bounds = _deployed(sender, deployment("Bounds"))
    progress("factory")
    action = deployment("Founder", *addresses, bounds)
    return Founder(sender.endpoints, _deployed(sender, action))


def deploy_stablecoin(sender: Sender, name: str, symbol: str) -> str:
    """Deploys the test stablecoin, unless the journal knows it already; the account may mint. Returns its address."""
    return _deployed(sender, deployment("StableCoin", name, symbol))


def found(
    sender: Sender, factory: Founder, charter: EncodedCharter, *, label: str = "", progress: Progress = quiet
) -> Listing:
    """Founds a mutual from a charter and publishes the charter's document.

    Args:
        sender: Takes all the steps; nothing remains in its power afterwards.
        factory: Deploys the contracts.
        charter: From `tongxin.charter.encode`.
        label: Tells two mutuals with the same charter apart; under the same label founding goes on where it stopped.
        progress: Called with the name of each step before it.

    Returns:
        The mutual's contracts.

    Raises:
        Reverted: The chain refuses the charter.
        TransactionError, EndpointError, SignerError, JournalError: As `Sender.send`; call again to go on.
    """
    prefix = f"found {factory.address} {charter.document_hash.hex()} {label}".rstrip()
    progress("charter")
    begun = sender.send(factory.begin(*charter.founding_arguments()), f"{prefix}: charter").one(Begun)
    for first, benefits, entitlements in charter.benefit_batches():
        progress(f"benefits from {first}")
        action = factory.add_benefits(begun.id, first, benefits, entitlements)
        sender.send(action, f"{prefix}: benefits {first}")
    steps = (
        ("fund", factory.deploy_fund),
        ("office", factory.deploy_office),
        ("jury", factory.deploy_jury),
        ("court", factory.deploy_court),
        ("assembly", factory.deploy_assembly),
    )
    for name, step in steps:
        progress(name)
        sender.send(step(begun.id), f"{prefix}: {name}")
    progress("document")
    publish = Charter(sender.endpoints, begun.charter).publish(_FOUNDINGS_SLOT, charter.document)
    sender.send(publish, f"{prefix}: document")
    return factory.mutuals(begun.id)


def _deployed(sender: Sender, action: Action) -> str:
    """The address of a creation, made once per account, chain and code."""
    receipt = sender.send(action, f"deploy {action.name} {hashlib.sha256(action.data).hexdigest()}")
    if receipt.contract_address is None:
        raise TransactionError(f"{receipt.hash} should have created {action.contract} and has not")
    return receipt.contract_address
