# SPDX-License-Identifier: AGPL-3.0-only
"""Attestors' signatures, recovered from the input of the transactions that admitted members (R-32, R-35)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data

from tongxin.audit.discovery import Parts
from tongxin.audit.history import History
from tongxin.audit.outcome import number
from tongxin.audit.reading import Reader
from tongxin.audit.report import Findings, Name
from tongxin.audit.slots import ChainCharter, ChainSlot
from tongxin.chain.abi import AbiError, contract_abi
from tongxin.chain.events import Adopted, Enrolled, Event, Joined, Sealed
from tongxin.chain.primitives import from_hex
from tongxin.chain.structs import Attestation
from tongxin.chain.typed_data import TypedData, attestation, fund_domain, roster
from tongxin.words import MEMBER_TERMS

__all__ = ["check_signatures"]


def check_signatures(reader: Reader, parts: Parts, charter: ChainCharter, history: History, findings: Findings) -> None:
    """Every attested admission was signed by enough of the attestors of then, for exactly these people."""
    attested = {
        transaction.hash: transaction
        for transaction in history.transactions
        if any(_is_attested(event) for event in transaction.events)
    }
    inputs = reader.transactions(attested)
    rules = _rules(charter, history)
    chain_id = reader.endpoints.chain_id
    recovered = left = 0
    for item, transaction in attested.items():
        call = _call(inputs.get(item), parts)
        if call is None:
            left += sum(_is_attested(event) for event in transaction.events)
            continue
        name, arguments = call
        typed, admitted = _signed(chain_id, parts, name, arguments)
        shown = {
            (event.member_id, number(event.wallet))
            for event in transaction.events
            if isinstance(event, Joined | Enrolled)
        }
        if not shown <= admitted:
            findings.fail(
                Name.SIGNATURES, transaction.block, f"transaction {item} admitted others than those who were attested"
            )
        why = _refusal(typed, arguments["signatures"], rules[item])
        if why is None:
            recovered += len(shown)
        else:
            findings.fail(Name.SIGNATURES, transaction.block, f"transaction {item}: {why}")
    note = f"{recovered} admissions signed by attestors"
    findings.note(Name.SIGNATURES, note + (f"; {left} more, through other contracts, left to the code" if left else ""))


def _rules(charter: ChainCharter, history: History) -> dict[str, ChainSlot]:
    """The slot that the Fund went by when each transaction began (R-95)."""
    present, placed = charter.first, {}
    slots = {event.version: event.slot for event in history.events() if isinstance(event, Sealed)}
    for transaction in history.transactions:
        placed[transaction.hash] = present
        for event in transaction.events:
            if isinstance(event, Adopted):
                present = charter.slots.get(slots.get(event.version, 0), present)
    return placed


def _is_attested(event: Event) -> bool:
    return isinstance(event, Enrolled) or (isinstance(event, Joined) and event.attested)


def _call(raw: dict[str, str] | None, parts: Parts) -> tuple[str, dict[str, Any]] | None:
    """The admission that a transaction calls directly; None if it is within another call."""
    if raw is None or not raw.get("to"):
        return None
    contract = {number(parts.fund): "Fund", number(parts.office): "Office"}.get(number(raw["to"]))
    if contract is None:
        return None
    data = from_hex(raw["input"])
    form = contract_abi(contract).function_of(data)
    if form is None or form.name not in {"join", "enrol", "join_for"}:
        return None
    try:
        return form.name, form.decode_arguments(data)
    except AbiError:
        return None


def _signed(
    chain_id: int, parts: Parts, name: str, arguments: dict[str, Any]
) -> tuple[TypedData, set[tuple[bytes, int]]]:
    """What the attestors had to sign, and whom it admits."""
    domain = fund_domain(chain_id, parts.fund)
    if name == "enrol":
        ids, wallets = arguments["ids"], arguments["wallets"]
        typed = roster(
            domain,
            ids,
            wallets,
            arguments["class_id"],
            issued=arguments["issued"],
            expiry=arguments["expiry"],
        )
        return typed, set(zip(map(bytes, ids), map(number, wallets), strict=True))
    member_id, wallet, class_id, issued, expiry = arguments["attestation"]
    item = Attestation(member_id, wallet, class_id, issued, expiry)
    return attestation(domain, item), {(bytes(member_id), number(wallet))}


def _refusal(typed: TypedData, signatures: Sequence[bytes], rules: ChainSlot) -> str | None:
    """Why the signatures are not those of enough attestors; None if they are."""
    attestors = {number(address) for address in rules.words.attestors}
    quorum = MEMBER_TERMS.unpack(rules.words.member_terms)["quorum"]
    message = encode_typed_data(full_message=typed.full())
    signers = set()
    for signature in signatures:
        try:
            signers.add(number(Account.recover_message(message, signature=bytes(signature))))
        except Exception:  # noqa: BLE001 - whatever the library says of bytes that are no signature
            return "a signature is none of an account's key; an attestor that is a contract can't be judged here"
    if len(signers & attestors) < quorum:
        return f"{len(signers & attestors)} attestors signed, {quorum} must"
    return None
