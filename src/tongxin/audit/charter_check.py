# SPDX-License-Identifier: AGPL-3.0-only
"""The published documents against the numbers on chain: every version's, and those of drafts under a vote."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields

from tongxin.audit.discovery import Parts
from tongxin.audit.reading import Reader
from tongxin.audit.report import Findings, Name
from tongxin.audit.slots import FIRST, ChainCharter, ChainSlot
from tongxin.chain.abi import AbiError, contract_abi
from tongxin.chain.events import Event, Proposed, Published, Sealed
from tongxin.chain.primitives import from_hex
from tongxin.chain.token import Token
from tongxin.charter import CharterError, CharterWords, document_hash, encode, read_document
from tongxin.words import ProposalKind

__all__ = ["check_charter"]


def check_charter(
    reader: Reader, parts: Parts, charter: ChainCharter, events: Sequence[Event], findings: Findings
) -> None:
    """The document of every version that was ever in force must be there and say the version's numbers.

    Of drafts that somebody proposed the same is noted, not required: anybody may seal a draft and propose it.
    """
    if charter.effective_from != parts.founded:
        why = f"version 1 holds from {charter.effective_from}, not from the founding"
        findings.fail(Name.CHARTER, parts.first_block, why)
    published = _published(events)
    versions = {event.version: event for event in events if isinstance(event, Sealed)}
    proposed = {
        event.subject: event.p
        for event in events
        if isinstance(event, Proposed) and event.kind <= ProposalKind.JUROR_RULES
    }
    decimals = Token(reader.endpoints, parts.token).decimals()
    in_force = {FIRST, *(event.slot for event in versions.values())}
    for version, event in versions.items():
        if event.slot not in published:
            why = f"the document of version {version} was never published, so nobody can compare it"
            findings.fail(Name.CHARTER, event.log.block, why)
    said = 0
    for slot in charter.slots.values():
        told = published.get(slot.number, [])
        if not told or (slot.number not in in_force and slot.number not in proposed):
            continue
        faults = _faults(reader, slot, told, decimals)
        said += not faults and slot.number in in_force
        if slot.number in in_force:
            for block, why in faults:
                findings.fail(Name.CHARTER, block, f"slot {slot.number}: {why}")
        elif faults:
            findings.note(Name.CHARTER, f"beware of proposal {proposed[slot.number]}: {faults[0][1]}")
    unpublished = [p for slot, p in proposed.items() if slot not in published and slot not in in_force]
    if unpublished:
        findings.note(Name.CHARTER, f"nobody published what proposals {', '.join(map(str, unpublished))} would change")
    findings.note(Name.CHARTER, f"{said} published documents say the numbers on chain")


def _published(events: Sequence[Event]) -> dict[int, list[Published]]:
    """By slot; anybody may publish a document again."""
    found: dict[int, list[Published]] = defaultdict(list)
    for event in events:
        if isinstance(event, Published):
            found[event.slot].append(event)
    return found


def _faults(
    reader: Reader, slot: ChainSlot, published: Sequence[Published], decimals: int
) -> list[tuple[int | None, str]]:
    """What is wrong with a document, each with its block; of several publications the first that can be read counts."""
    block = published[0].log.block
    found = (_document(reader, event, slot.document_hash) for event in published)
    document = next((document for document in found if document is not None), None)
    if document is None:
        return [(block, "no publishing transaction carries a document that has the charter's hash")]
    try:
        written = encode(read_document(document), decimals).words
    except CharterError as error:
        return [(block, f"sealing should have refused this charter: {error}")]
    since = slot.sealed_in if slot.is_old else None
    return [
        (since, f"{field.name} on chain is {on_chain}, the document says {in_document}")
        for field in fields(CharterWords)
        if _plain(on_chain := getattr(slot.words, field.name)) != _plain(in_document := getattr(written, field.name))
    ]


def _plain(words: object) -> object:
    """Addresses without the case of their letters."""
    if isinstance(words, str):
        return words.lower()
    if isinstance(words, tuple):
        return tuple(_plain(word) for word in words)
    return words


def _document(reader: Reader, published: Published, wanted: bytes) -> bytes | None:
    """The document in the input of the transaction that published it, also if a wallet contract passed it on."""
    raw = reader.transactions([published.log.transaction]).get(published.log.transaction)
    data = b"" if raw is None else from_hex(raw["input"])
    publish = contract_abi("Charter").function("publish", 2)
    start = data.find(publish.selector)
    while start >= 0:
        with contextlib.suppress(AbiError):
            document = bytes(publish.decode_arguments(data[start:])["document"])
            if document_hash(document) == wanted:
                return document
        start = data.find(publish.selector, start + 1)
    return None
