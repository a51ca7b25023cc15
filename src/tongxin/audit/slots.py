# SPDX-License-Identifier: AGPL-3.0-only
"""The charter's sealed slots as storage holds them: complete sets of numbers, of which votes make versions (R-90)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tongxin.audit.discovery import Parts
from tongxin.audit.reading import AuditError, Reader, Slot, slot_of
from tongxin.chain.endpoints import RequestRefusedError
from tongxin.chain.events import DraftSealed, Event
from tongxin.chain.primitives import address_of
from tongxin.charter import CharterWords
from tongxin.model import Terms
from tongxin.words import SHARES_PER_WORD, SHARES_WORD

__all__ = ["EFFECTIVE_AT", "FIRST", "MOST_ATTESTORS", "SLOT_AT", "ChainCharter", "ChainSlot", "read_charter"]

FIRST: Final = 1
"""The slot and the version of the founding."""
EFFECTIVE_AT: Final = 80
SLOT_AT: Final = 40
"""Bits of a version's word: since when | its slot | the slot of its benefits."""
MOST_BENEFITS: Final = 16
MOST_ATTESTORS: Final = 8
_TERMS_WORDS: Final = 17
"""Words of the struct Terms before the attestors themselves."""
_SHARES_BITS: Final = 240
_SEALED, _BENEFITS_IN = 3, 4
"""Places in the struct Draft."""


@dataclass(frozen=True)
class ChainSlot:
    """A sealed slot.

    Attributes:
        number: Its number.
        words: Its numbers.
        document_hash: The hash of the document that they were taken from.
        sealed_in: The block of its sealing.
        is_old: Whether it was read in the state of that block, so that nothing done later counts.
    """

    number: int
    words: CharterWords
    document_hash: bytes
    sealed_in: int
    is_old: bool

    @cached_property
    def terms(self) -> Terms:
        """The same for the model.

        Raises:
            WordError, ValueError: It holds what no sealed slot can hold.
        """
        return Terms.of_charter(self.words, self.document_hash)


@dataclass(frozen=True)
class ChainCharter:
    """The charter's sealed slots by number, and since when its first version holds."""

    slots: dict[int, ChainSlot]
    effective_from: int

    @property
    def first(self) -> ChainSlot:
        """The founding's."""
        return self.slots[FIRST]

    @property
    def words(self) -> CharterWords:
        """The numbers of the founding."""
        return self.first.words


def _address(word: int) -> str:
    return address_of(word.to_bytes(32, "big"))


def read_charter(reader: Reader, parts: Parts, spacing: int, events: Iterable[Event]) -> ChainCharter:
    """The founding's slot, and every later one that a log says was sealed.

    Each is read in the state of the block of its sealing where the endpoint keeps it, else in the last one.

    Raises:
        AuditError: The founding's is not sealed.
    """
    sealed = {FIRST: parts.first_block}
    for event in events:
        if isinstance(event, DraftSealed):
            sealed.setdefault(event.slot, event.log.block)
            if event.slot == FIRST:
                sealed[FIRST] = event.log.block
    slots = {number: _read(reader, parts, spacing, number, block) for number, block in sealed.items()}
    effective_from = reader.word(Slot(parts.charter, slot_of("Charter", "_versions", FIRST))) >> EFFECTIVE_AT
    if not effective_from:
        raise AuditError(f"the charter at {parts.charter} is not sealed: the mutual is only half founded")
    return ChainCharter(slots, effective_from)


def _read(reader: Reader, parts: Parts, spacing: int, number: int, block: int) -> ChainSlot:
    try:
        sealed = reader.word(Slot(parts.charter, slot_of("Charter", "_drafts", number) + _SEALED), block)
    except RequestRefusedError:
        sealed = 0
    at = block if sealed else reader.block
    words, document_hash = _words(reader, parts, spacing, number, at)
    return ChainSlot(number, words, document_hash, block, is_old=bool(sealed))


def _words(reader: Reader, parts: Parts, spacing: int, number: int, block: int) -> tuple[CharterWords, bytes]:
    def one(variable: str, *keys: int, offset: int = 0) -> Slot:
        return Slot(parts.charter, slot_of("Charter", variable, *keys) + offset)

    terms = [one("_terms", number, offset=place) for place in range(_TERMS_WORDS + MOST_ATTESTORS)]
    *found, benefits_in = reader.words([*terms, one("_drafts", number, offset=_BENEFITS_IN)], block)
    document_hash, money, member, *rest = found
    court, vote, shares = rest[:4], rest[4], rest[5:9]
    ladder, steward, investigator, remainder, attestors, *listed = rest[9:]
    count = min(reader.word(one("_benefit_count", benefits_in), block), MOST_BENEFITS)
    classes = _class_count(shares)
    benefits = reader.words([one("_benefits", benefits_in, benefit) for benefit in range(count)], block)
    cells = [(benefit, class_id) for benefit in range(count) for class_id in range(classes)]
    entitlements = reader.words([one("_entitlements", benefits_in, *cell) for cell in cells], block)
    words = CharterWords(
        money_terms=money,
        member_terms=member,
        court_terms=(court[0], court[1], court[2], court[3]),
        vote_terms=vote,
        shares_words=tuple(shares),
        steward=_address(steward),
        investigator=_address(investigator),
        remainder=_address(remainder),
        token=parts.token,
        spacing=spacing,
        attestors=tuple(_address(word) for word in listed[: min(attestors, MOST_ATTESTORS)]),
        ladder=ladder,
        benefits=tuple(benefits),
        entitlements=tuple(
            tuple(entitlements[classes * benefit : classes * (benefit + 1)]) for benefit in range(count)
        ),
    )
    return words, document_hash.to_bytes(32, "big")


def _class_count(shares_words: Sequence[int]) -> int:
    table = [word & (1 << _SHARES_BITS) - 1 for word in shares_words]
    shares = [SHARES_WORD.unpack(word)[f"class_{j}"] for word in table for j in range(SHARES_PER_WORD)]
    return max((place + 1 for place, share in enumerate(shares) if share), default=0)
