# SPDX-License-Identifier: AGPL-3.0-only
"""The Charter: the rules of a mutual, in versions, and the drafts of new ones (R-90 to R-97)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tongxin.chain.contract import LATEST, Block, Contract
from tongxin.chain.records import (
    Awarded,
    CourtTerms,
    Draft,
    Entitlement,
    FundTerms,
    Ladder,
    MemberTerms,
    MoneyTerms,
    VoteTerms,
    ladder_of,
)
from tongxin.chain.transactions import Action
from tongxin.charter import CharterWords, words_of_terms
from tongxin.words import SHARES_PER_WORD, SHARES_WORD, Scope

__all__ = ["Bounds", "Charter"]

_SHARES: Final = 5
"""Place of the class shares in the struct Terms."""


class Bounds(Contract):
    """The code that checks drafts, one for all mutuals of a factory; only charters call it."""

    artifact = "Bounds"


class Charter(Contract):
    """The numbers that a mutual's other contracts read, each naming a version."""

    artifact = "Charter"

    # -- drafts, by anyone

    def draft(self, terms: tuple[object, ...], *, own_benefits: bool) -> Action:
        """Stores a draft of a version (R-90); returns its slot.

        Args:
            terms: `EncodedCharter.terms()`.
            own_benefits: Whether the sender adds its benefits; else it has those of the newest version.
        """
        return self._act("draft", terms, own_benefits)

    def add_benefits(
        self, slot: int, first: int, benefits: Sequence[int], entitlements: Sequence[Sequence[int]]
    ) -> Action:
        """Adds packed benefits to a draft before its sealing; the drafter only (R-90)."""
        return self._act("add_benefits", slot, first, list(benefits), [list(row) for row in entitlements])

    def seal(self, slot: int) -> Action:
        """Has a draft checked and fixed for ever; the drafter only (R-91)."""
        return self._act("seal", slot)

    def publish(self, slot: int, document: bytes) -> Action:
        """Puts the document of a draft or version on the chain; anyone, once per slot."""
        return self._act("publish", slot, document)

    # -- by other contracts of the mutual only

    def wire(self, assembly: str) -> Action:
        """Names the Assembly, once; the Founder only."""
        return self._act("wire", assembly)

    def adopt(self, slot: int) -> Action:
        """Puts a draft in force (R-94); the Assembly only."""
        return self._act("adopt", slot)

    # -- versions

    def current(self, block: Block = LATEST) -> int:
        """The version in force; 0 before the founding's is sealed."""
        return int(self._read("current", block=block))

    def latest(self, block: Block = LATEST) -> int:
        """The newest version."""
        return int(self._read("latest", block=block))

    def version_at(self, time: int, block: Block = LATEST) -> int:
        """The version in force at a time in seconds."""
        return int(self._read("version_at", time, block=block))

    def effective_from(self, version: int, block: Block = LATEST) -> int:
        """Since when a version is in force, in seconds."""
        return int(self._read("effective_from", version, block=block))

    def slot_of(self, version: int, block: Block = LATEST) -> int:
        """The slot of the draft that became a version."""
        return int(self._read("slot_of", version, block=block))

    def charter_hash(self, version: int, block: Block = LATEST) -> bytes:
        """keccak-256 of a version's document."""
        return bytes(self._read("charter_hash", version, block=block))

    def fund_terms(self, version: int, block: Block = LATEST) -> FundTerms:
        """What the Fund takes from a version."""
        money, member, words, digest = self._read("fund_terms", version, block=block)
        shares = tuple(SHARES_WORD.unpack(word)[f"class_{j}"] for word in words for j in range(SHARES_PER_WORD))
        return FundTerms(MoneyTerms.unpack(money), MemberTerms.unpack(member), shares, bytes(digest))

    def court_terms(self, version: int, block: Block = LATEST) -> CourtTerms:
        """What the Court takes from a version."""
        one, two, three, four = self._read("court_terms", version, block=block)
        return CourtTerms.unpack((one, two, three, four))

    def vote_terms(self, version: int, block: Block = LATEST) -> VoteTerms:
        """What the Assembly takes from a version."""
        return VoteTerms.unpack(self._read("vote_terms", version, block=block))

    def ladder(self, version: int, block: Block = LATEST) -> Ladder:
        """The parts of an amount by time since joining; empty when all is granted from the first day (P-42)."""
        return ladder_of(self._read("ladder", version, block=block))

    def awarded(self, time: int, benefit: int, class_id: int, elapsed: int, block: Block = LATEST) -> Awarded:
        """What an event may be granted at most (R-97).

        Args:
            time: Start of the event's day, in seconds.
            benefit: The benefit.
            class_id: The class that counts for the day.
            elapsed: Seconds from joining to the event.
            block: When to look.
        """
        version, word, amount, waiting = self._read("awarded", time, benefit, class_id, elapsed, block=block)
        return Awarded.unpack((version, word, amount, waiting))

    def benefit_word(self, version: int, benefit: int, block: Block = LATEST) -> int:
        """A benefit's packed rules, the same for all classes; 0 when there is none."""
        return int(self._read("benefit_word", version, benefit, block=block))

    def class_entitlement(self, version: int, benefit: int, class_id: int, block: Block = LATEST) -> Entitlement:
        """Full amount and waiting time of a benefit for a class."""
        return Entitlement.unpack(self._read("class_entitlement", version, benefit, class_id, block=block))

    def benefit_count(self, version: int, block: Block = LATEST) -> int:
        """How many benefits a version has."""
        return int(self._read("benefit_count", version, block=block))

    def steward(self, version: int, block: Block = LATEST) -> str:
        """Who receives the fee."""
        return str(self._read("steward", version, block=block))

    def investigator(self, version: int, block: Block = LATEST) -> str:
        """Whom a panel may commission."""
        return str(self._read("investigator", version, block=block))

    def remainder(self, version: int, block: Block = LATEST) -> str:
        """Who receives what belongs to no member when all is over (P-56)."""
        return str(self._read("remainder", version, block=block))

    def attestors(self, version: int, block: Block = LATEST) -> tuple[str, ...]:
        """Who vouches for members, by rising address (P-46)."""
        return tuple(self._read("attestors", version, block=block))

    def words(self, version: int, block: Block = LATEST) -> CharterWords:
        """All words of a version as the chain has them; `tongxin.charter.decode` reads them."""
        return self.slot_words(self.slot_of(version, block), block)

    # -- drafts

    def drafts(self, block: Block = LATEST) -> int:
        """How many slots there are, the founding's included; the newest draft has this number."""
        return int(self._read("drafts", block=block))

    def draft_of(self, slot: int, block: Block = LATEST) -> Draft:
        """What is known of a draft."""
        drafter, base, scope, is_sealed, digest = self._read("draft_of", slot, block=block)
        return Draft(slot, drafter, base, Scope(scope), is_sealed, bytes(digest))

    def published(self, slot: int, block: Block = LATEST) -> bool:
        """Whether the document of a draft or version stands on the chain."""
        return bool(self._read("published", slot, block=block))

    def slot_terms(self, slot: int, block: Block = LATEST) -> tuple[Any, ...]:
        """The struct Terms of a draft or version as it was given; `tongxin.charter.words_of_terms` reads it."""
        return tuple(self._read("slot_terms", slot, block=block))

    def slot_benefit_count(self, slot: int, block: Block = LATEST) -> int:
        """How many benefits a draft or version has."""
        return int(self._read("slot_benefit_count", slot, block=block))

    def slot_benefits(self, slot: int, count: int, block: Block = LATEST) -> list[int]:
        """The first `count` packed benefits of a draft or version, in few requests."""
        return [int(word) for word in self._read_many("slot_benefit", [(slot, b) for b in range(count)], block)]

    def slot_entitlements(
        self, slot: int, benefits: int, classes: int, block: Block = LATEST
    ) -> tuple[tuple[int, ...], ...]:
        """Packed amounts and waiting times of a draft or version, by benefit and class, in few requests."""
        cells = [(slot, benefit, class_id) for benefit in range(benefits) for class_id in range(classes)]
        found = self._read_many("slot_entitlement", cells, block)
        return tuple(tuple(found[row * classes : (row + 1) * classes]) for row in range(benefits))

    def slot_words(self, slot: int, block: Block = LATEST) -> CharterWords:
        """All words of a draft or version as the chain has them; `tongxin.charter.decode` reads them."""
        terms = self.slot_terms(slot, block)
        count = self.slot_benefit_count(slot, block)
        classes = sum(number > 0 for word in terms[_SHARES] for number in SHARES_WORD.unpack(word).values())
        words, _document_hash = words_of_terms(
            terms,
            token=self.token(block),
            spacing=self.spacing(block),
            benefits=self.slot_benefits(slot, count, block),
            entitlements=self.slot_entitlements(slot, count, classes, block),
        )
        return words

    # -- what never changes

    def token(self, block: Block = LATEST) -> str:
        """The token."""
        return str(self._read("token", block=block))

    def spacing(self, block: Block = LATEST) -> int:
        """Index units between two ticks (P-2)."""
        return int(self._read("spacing", block=block))

    def founder(self, block: Block = LATEST) -> str:
        """The factory that founded the mutual."""
        return str(self._read("FOUNDER", block=block))

    def bounds(self, block: Block = LATEST) -> str:
        """Where the code stands that checks drafts."""
        return str(self._read("BOUNDS", block=block))

    def assembly(self, block: Block = LATEST) -> str:
        """The Assembly that adopts versions."""
        return str(self._read("assembly", block=block))
