# SPDX-License-Identifier: AGPL-3.0-only
"""The Charter: the rules of a mutual, by version."""

from __future__ import annotations

from collections.abc import Sequence

from tongxin.chain.contract import LATEST, Block, Contract
from tongxin.chain.records import BenefitTerms, CourtTerms, Entitlement, FundTerms, MemberTerms, MoneyTerms
from tongxin.chain.transactions import Action
from tongxin.charter import CharterWords
from tongxin.words import SHARES_PER_WORD, SHARES_WORD

__all__ = ["Charter"]


class Charter(Contract):
    """The numbers that a mutual's other contracts read, each naming a version."""

    artifact = "Charter"

    def add_benefits(self, first: int, benefits: Sequence[int], entitlements: Sequence[Sequence[int]]) -> Action:
        """Adds packed benefits before sealing; the Founder only."""
        return self._act("add_benefits", first, list(benefits), [list(row) for row in entitlements])

    def seal(self) -> Action:
        """Puts version 1 in force; the Founder only."""
        return self._act("seal")

    def publish(self, document: bytes) -> Action:
        """Puts the charter's document on the chain; anyone, once per version."""
        return self._act("publish", document)

    def current(self, block: Block = LATEST) -> int:
        """The version in force; 0 before sealing."""
        return int(self._read("current", block=block))

    def version_at(self, time: int, block: Block = LATEST) -> int:
        """The version in force at a time in seconds."""
        return int(self._read("version_at", time, block=block))

    def charter_hash(self, version: int, block: Block = LATEST) -> bytes:
        """keccak-256 of a version's document."""
        return bytes(self._read("charter_hash", version, block=block))

    def published(self, version: int, block: Block = LATEST) -> bool:
        """Whether a version's document stands on the chain."""
        return bool(self._read("published", version, block=block))

    def fund_terms(self, version: int, block: Block = LATEST) -> FundTerms:
        """What the Fund takes from a version."""
        money, member, words, digest = self._read("fund_terms", version, block=block)
        shares = tuple(SHARES_WORD.unpack(word)[f"class_{j}"] for word in words for j in range(SHARES_PER_WORD))
        return FundTerms(MoneyTerms.unpack(money), MemberTerms.unpack(member), shares, bytes(digest))

    def court_terms(self, version: int, block: Block = LATEST) -> CourtTerms:
        """What the Court takes from a version."""
        one, two, three, four = self._read("court_terms", version, block=block)
        return CourtTerms.unpack((one, two, three, four))

    def entitlement(self, version: int, benefit: int, class_id: int, block: Block = LATEST) -> BenefitTerms:
        """A benefit for a class: terms, full amount, waiting time, ladder."""
        one, two, three = self._read("entitlement", version, benefit, class_id, block=block)
        return BenefitTerms.unpack((one, two, three))

    def class_entitlement(self, version: int, benefit: int, class_id: int, block: Block = LATEST) -> Entitlement:
        """Full amount and waiting time of a benefit for a class."""
        return Entitlement.unpack(self._read("class_entitlement", version, benefit, class_id, block=block))

    def benefit_word(self, version: int, benefit: int, block: Block = LATEST) -> int:
        """A benefit's packed rules, the same for all classes; 0 when there is none."""
        return int(self._read("benefit_word", version, benefit, block=block))

    def benefit_count(self, version: int, block: Block = LATEST) -> int:
        """How many benefits a version has."""
        return int(self._read("benefit_count", version, block=block))

    def effective_from(self, version: int, block: Block = LATEST) -> int:
        """Since when a version is in force, in seconds."""
        return int(self._read("effective_from", version, block=block))

    def latest(self, block: Block = LATEST) -> int:
        """The newest version, in force or not."""
        return int(self._read("latest", block=block))

    def founder(self, block: Block = LATEST) -> str:
        """The factory that founded the mutual."""
        return str(self._read("FOUNDER", block=block))

    def words(self, version: int, block: Block = LATEST) -> CharterWords:
        """All words of a version as the chain has them; `tongxin.charter.decode` reads them."""
        money, member, shares, _digest = self._read("fund_terms", version, block=block)
        one, two, three, four = self._read("court_terms", version, block=block)
        classes = sum(number > 0 for number in self.fund_terms(version, block).shares)
        rows = []
        for benefit in range(self.benefit_count(version, block)):
            arguments = [(version, benefit, class_id) for class_id in range(classes)]
            rows.append(self._read_many("entitlement", arguments, block))
        return CharterWords(
            money_terms=money,
            member_terms=member,
            court_terms=(one, two, three, four),
            shares_words=tuple(shares),
            steward=self.steward(block),
            investigator=self.investigator(block),
            token=self.token(block),
            spacing=self.spacing(block),
            attestors=tuple(self.attestors(number, block) for number in range(self.attestor_count(block))),
            ladder=rows[0][0][2],
            benefits=tuple(row[0][0] for row in rows),
            entitlements=tuple(tuple(entry[1] for entry in row) for row in rows),
        )

    def steward(self, block: Block = LATEST) -> str:
        """Who receives the fee."""
        return str(self._read("steward", block=block))

    def investigator(self, block: Block = LATEST) -> str:
        """Whom a panel may commission."""
        return str(self._read("investigator", block=block))

    def token(self, block: Block = LATEST) -> str:
        """The token."""
        return str(self._read("token", block=block))

    def spacing(self, block: Block = LATEST) -> int:
        """Index units between two ticks (P-2)."""
        return int(self._read("spacing", block=block))

    def attestors(self, number: int, block: Block = LATEST) -> str:
        """An attestor by position."""
        return str(self._read("attestors", number, block=block))

    def attestor_count(self, block: Block = LATEST) -> int:
        """How many attestors there are."""
        return int(self._read("attestor_count", block=block))
