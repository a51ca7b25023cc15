# SPDX-License-Identifier: AGPL-3.0-only
"""The charter: what storage says, what the published document says, and whether they are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from tongxin.audit.discovery import Parts
from tongxin.audit.reading import AuditError, Reader, Slot, slot_of
from tongxin.audit.report import Findings, Name
from tongxin.chain.abi import AbiError, contract_abi
from tongxin.chain.events import Event, Published
from tongxin.chain.primitives import address_of, from_hex
from tongxin.chain.token import Token
from tongxin.charter import CharterError, CharterWords, document_hash, encode, read_document
from tongxin.model import Terms
from tongxin.words import SHARES_PER_WORD, SHARES_WORD

__all__ = ["ChainCharter", "check_charter", "read_charter"]

VERSION = 1
SHARES_WORDS = 4
MOST_BENEFITS = 16
MOST_ATTESTORS = 8


@dataclass(frozen=True)
class ChainCharter:
    """The charter in force, as the Charter's storage says it."""

    words: CharterWords
    document_hash: bytes
    effective_from: int
    latest: int

    def terms(self) -> Terms:
        """The same for the model."""
        return Terms.of_charter(self.words, self.document_hash)


def _address(word: int) -> str:
    return address_of(word.to_bytes(32, "big"))


def read_charter(reader: Reader, parts: Parts, spacing: int) -> ChainCharter:
    """The charter's words from storage.

    Raises:
        AuditError: No version is sealed.
    """
    at = parts.charter

    def one(variable: str, *keys: int, offset: int = 0) -> Slot:
        return Slot(at, slot_of("Charter", variable, *keys) + offset)

    slots = [
        one("latest"),
        one("_money_terms", VERSION),
        one("_member_terms", VERSION),
        *(one("_court_terms", VERSION, offset=place) for place in range(4)),
        *(one("_shares_words", VERSION, offset=place) for place in range(SHARES_WORDS)),
        one("_ladder", VERSION),
        one("_hashes", VERSION),
        one("effective_from", VERSION),
        one("steward"),
        one("investigator"),
        one("benefit_count", VERSION),
        *(one("_attestors", offset=place) for place in range(MOST_ATTESTORS + 1)),
    ]
    found = reader.words(slots)
    latest, money, member = found[:3]
    if not latest:
        raise AuditError(f"the charter at {at} is not sealed: the mutual is only half founded")
    court, shares = found[3:7], found[7:11]
    ladder, hashed, effective_from, steward, investigator, benefit_count, attestor_count = found[11:18]
    attestors = found[18 : 18 + min(attestor_count, MOST_ATTESTORS)]
    classes = _class_count(shares)
    count = min(benefit_count, MOST_BENEFITS)
    benefits = reader.words([one("_benefits", VERSION, benefit) for benefit in range(count)])
    entitlements = reader.words(
        [one("_entitlements", VERSION, benefit, class_id) for benefit in range(count) for class_id in range(classes)]
    )
    words = CharterWords(
        money_terms=money,
        member_terms=member,
        court_terms=(court[0], court[1], court[2], court[3]),
        shares_words=tuple(shares),
        steward=_address(steward),
        investigator=_address(investigator),
        token=parts.token,
        spacing=spacing,
        attestors=tuple(_address(word) for word in attestors),
        ladder=ladder,
        benefits=tuple(benefits),
        entitlements=tuple(
            tuple(entitlements[classes * benefit : classes * (benefit + 1)]) for benefit in range(count)
        ),
    )
    return ChainCharter(words, hashed.to_bytes(32, "big"), effective_from, latest)


def _class_count(shares_words: Sequence[int]) -> int:
    shares = [SHARES_WORD.unpack(word)[f"class_{j}"] for word in shares_words for j in range(SHARES_PER_WORD)]
    return max((place + 1 for place, share in enumerate(shares) if share), default=0)


def check_charter(
    reader: Reader, parts: Parts, charter: ChainCharter, events: Sequence[Event], findings: Findings
) -> None:
    """The published document against the words."""
    block = parts.first_block
    if charter.latest != VERSION:
        findings.fail(Name.CHARTER, None, f"the chain names version {charter.latest}; only version 1 can be audited")
    if charter.effective_from != parts.founded:
        findings.fail(Name.CHARTER, block, f"version 1 holds from {charter.effective_from}, not from the founding")
    published = next((event for event in events if isinstance(event, Published) and event.version == VERSION), None)
    if published is None:
        findings.fail(Name.CHARTER, None, "the charter's document was never published, so nobody can compare it")
        return
    document = _document(reader, parts, published)
    if document is None:
        findings.fail(Name.CHARTER, published.log.block, "the publishing transaction does not carry the document")
        return
    if document_hash(document) != charter.document_hash:
        findings.fail(Name.CHARTER, published.log.block, "the published document does not have the charter's hash")
        return
    try:
        written = encode(read_document(document), Token(reader.endpoints, parts.token).decimals()).words
    except CharterError as error:
        findings.fail(Name.CHARTER, published.log.block, f"founding should have refused this charter: {error}")
        return
    for field in fields(CharterWords):
        on_chain, in_document = getattr(charter.words, field.name), getattr(written, field.name)
        if _plain(on_chain) != _plain(in_document):
            findings.fail(Name.CHARTER, block, f"{field.name} on chain is {on_chain}, the document says {in_document}")
    findings.note(
        Name.CHARTER,
        f"document 0x{charter.document_hash.hex()} of {len(document)} bytes says the numbers on chain",
    )


def _plain(words: object) -> object:
    """Addresses without the case of their letters; a row's trailing zeros do not count."""
    if isinstance(words, str):
        return words.lower()
    if isinstance(words, tuple):
        return tuple(_plain(word) for word in words)
    return words


def _document(reader: Reader, parts: Parts, published: Published) -> bytes | None:
    raw = reader.transactions([published.log.transaction]).get(published.log.transaction)
    if raw is None or int(raw.get("to") or "0x0", 16) != int(parts.charter, 16):
        return None
    publish = contract_abi("Charter").function("publish", 1)
    try:
        return bytes(publish.decode_arguments(from_hex(raw["input"]))["document"])
    except AbiError:
        return None
