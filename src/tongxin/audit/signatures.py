# SPDX-License-Identifier: AGPL-3.0-only
"""Attestors' signatures, recovered from the input of the transactions that admitted members (R-32, R-35)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tongxin.audit.bulk import EnrolledRun
from tongxin.audit.discovery import Parts
from tongxin.audit.history import History
from tongxin.audit.outcome import number
from tongxin.audit.reading import Reader
from tongxin.audit.report import Findings, Name
from tongxin.audit.slots import ChainCharter, ChainSlot
from tongxin.chain.abi import AbiError, contract_abi
from tongxin.chain.events import Adopted, Enrolled, Event, Joined, Sealed
from tongxin.chain.primitives import from_hex, keccak
from tongxin.chain.structs import Attestation
from tongxin.chain.typed_data import attestation, fund_domain, roster
from tongxin.words import MEMBER_TERMS

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage

__all__ = ["check_signatures"]

INPUTS_AT_ONCE: Final = 50


def check_signatures(reader: Reader, parts: Parts, charter: ChainCharter, history: History, findings: Findings) -> None:
    """Every attested admission was signed by enough of the attestors of then, for exactly these people."""
    attested = {
        transaction.hash: transaction
        for transaction in history.transactions
        if any(_is_attested(event) for event in transaction.events)
    }
    rules = _rules(charter, history)
    judge = _Judge(reader.endpoints.chain_id, parts)
    recovered = left = 0
    for inputs in _inputs(reader, list(attested)):
        for item, raw in inputs.items():
            transaction = attested[item]
            came = [event for event in transaction.events if isinstance(event, Joined | Enrolled | EnrolledRun)]
            call = judge.call(raw)
            if call is None:
                left += sum(_people(event) for event in came if _is_attested(event))
                continue
            if not call.admits(came):
                why = f"transaction {item} admitted others than those who were attested"
                findings.fail(Name.SIGNATURES, transaction.block, why)
            refusal = _refusal(call, rules[item])
            if refusal is None:
                recovered += sum(map(_people, came))
            else:
                findings.fail(Name.SIGNATURES, transaction.block, f"transaction {item}: {refusal}")
    note = f"{recovered} admissions signed by attestors"
    findings.note(Name.SIGNATURES, note + (f"; {left} more, through other contracts, left to the code" if left else ""))


def _inputs(reader: Reader, hashes: Sequence[str]) -> Iterator[dict[str, dict[str, str] | None]]:
    """The transactions in portions, None for one that is not shown: a batch's input is large."""
    for start in range(0, len(hashes), INPUTS_AT_ONCE):
        part = hashes[start : start + INPUTS_AT_ONCE]
        found = reader.transactions(part)
        yield {item: found.get(item) for item in part}


def _people(event: Event) -> int:
    return len(event) if isinstance(event, EnrolledRun) else 1


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
    return isinstance(event, Enrolled | EnrolledRun) or (isinstance(event, Joined) and event.attested)


@dataclass(frozen=True)
class _Call:
    """An admission: what the attestors had to sign, their signatures, and whom it admits, a word of 32 bytes each."""

    signed: SignableMessage
    signatures: Sequence[bytes]
    ids: bytes
    wallets: bytes

    def admits(self, came: Sequence[Event]) -> bool:
        """Whether nobody came but those who were attested."""
        if len(came) == 1 and isinstance(came[0], EnrolledRun):
            run = came[0]
            if run.ids == self.ids and run.wallet_words() == self.wallets:
                return True
        attested = set(zip(_words(self.ids), map(int.from_bytes, _words(self.wallets)), strict=True))
        shown: set[tuple[bytes, int]] = set()
        for event in came:
            if isinstance(event, EnrolledRun):
                shown.update(zip(event.member_ids(), event.wallets(), strict=True))
            elif isinstance(event, Joined | Enrolled):
                shown.add((event.member_id, number(event.wallet)))
        return shown <= attested


def _words(packed: bytes) -> list[bytes]:
    return [packed[place : place + 32] for place in range(0, len(packed), 32)]


class _Judge:
    """Reads the calls that admit people to one Fund."""

    def __init__(self, chain_id: int, parts: Parts) -> None:
        self._contracts = {number(parts.fund): "Fund", number(parts.office): "Office"}
        self._domain = fund_domain(chain_id, parts.fund)
        nobody = roster(self._domain, [], [], 0, issued=0, expiry=0)
        self._header = nobody.signable().header
        fields = ",".join(f"{kind} {name}" for name, kind in nobody.fields)
        self._roster_type = keccak(f"{nobody.primary_type}({fields})".encode())
        functions = (contract_abi("Fund").function("enrol", count) for count in (7, 8))
        self._enrols = {function.selector: len(function.inputs) for function in functions}

    def call(self, raw: dict[str, str] | None) -> _Call | None:
        """The admission that a transaction calls directly; None if it is within another call."""
        if raw is None or not raw.get("to"):
            return None
        contract = self._contracts.get(number(raw["to"]))
        if contract is None:
            return None
        data = from_hex(raw["input"])
        if contract == "Fund" and data[:4] in self._enrols:
            return self._enrolment(data[4:], self._enrols[data[:4]])
        form = contract_abi(contract).function_of(data)
        if form is None or form.name not in {"join", "join_for"}:
            return None
        try:
            arguments = form.decode_arguments(data)
        except AbiError:
            return None
        item = Attestation(*arguments["attestation"])
        return _Call(
            attestation(self._domain, item).signable(),
            arguments["signatures"],
            bytes(item.member_id),
            number(item.wallet).to_bytes(32, "big"),
        )

    def _enrolment(self, data: bytes, parameters: int) -> _Call | None:
        """`enrol` by its words: ids and wallets lie there as EIP-712 hashes them."""
        try:
            head = [_word(data, 32 * place) for place in range(parameters)]
            ids, wallets = _array(data, head[0]), _array(data, head[1])
            signatures = _byte_strings(data, head[6])
        except ValueError:
            return None
        if len(ids) != len(wallets):
            return None
        signed = (head[2], head[4], head[5])
        body = keccak(
            self._roster_type + keccak(ids) + keccak(wallets) + b"".join(item.to_bytes(32, "big") for item in signed)
        )
        from eth_account.messages import SignableMessage  # noqa: PLC0415 - see `tongxin.chain.keys`

        return _Call(SignableMessage(b"\x01", self._header, body), signatures, ids, wallets)


def _slice(data: bytes, start: int, length: int) -> bytes:
    """Bytes of call data.

    Raises:
        ValueError: It ends before.
    """
    if start + length > len(data):
        raise ValueError("the call's data are too short")
    return data[start : start + length]


def _word(data: bytes, place: int) -> int:
    return int.from_bytes(_slice(data, place, 32))


def _array(data: bytes, place: int) -> bytes:
    """The words of an array of words."""
    return _slice(data, place + 32, 32 * _word(data, place))


def _byte_strings(data: bytes, place: int) -> list[bytes]:
    """The elements of a `bytes[]`."""
    base = place + 32
    starts = [base + _word(data, base + 32 * item) for item in range(_word(data, place))]
    return [_slice(data, start + 32, _word(data, start)) for start in starts]


def _refusal(call: _Call, rules: ChainSlot) -> str | None:
    """Why the signatures are not those of enough attestors; None if they are."""
    from eth_account import Account  # noqa: PLC0415 - see `tongxin.chain.keys`

    attestors = {number(address) for address in rules.words.attestors}
    quorum = MEMBER_TERMS.unpack(rules.words.member_terms)["quorum"]
    signers = set()
    for signature in call.signatures:
        try:
            signers.add(number(Account.recover_message(call.signed, signature=bytes(signature))))
        except Exception:  # noqa: BLE001 - whatever the library says of bytes that are no signature
            return "a signature is none of an account's key; an attestor that is a contract can't be judged here"
    if len(signers & attestors) < quorum:
        return f"{len(signers & attestors)} attestors signed, {quorum} must"
    return None
