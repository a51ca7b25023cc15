# SPDX-License-Identifier: AGPL-3.0-only
"""One version of a charter, read from the chain once, since a version never changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tongxin.chain.charter import Charter
from tongxin.chain.records import CourtTerms, FundTerms, VoteTerms
from tongxin.charter import CharterWords
from tongxin.model.terms import Terms

__all__ = ["Version"]


@dataclass(frozen=True)
class Version:
    """What a version says; every part is read when it is first asked for."""

    charter: Charter
    number: int

    @cached_property
    def slot(self) -> int:
        """The slot of the draft that became it."""
        return self.charter.slot_of(self.number)

    @cached_property
    def effective_from(self) -> int:
        """Since when it is in force, in seconds."""
        return self.charter.effective_from(self.number)

    @cached_property
    def fund_terms(self) -> FundTerms:
        """Terms of the Fund."""
        return self.charter.fund_terms(self.number)

    @cached_property
    def court_terms(self) -> CourtTerms:
        """Terms of the Court."""
        return self.charter.court_terms(self.number)

    @cached_property
    def vote_terms(self) -> VoteTerms:
        """Terms of the Assembly."""
        return self.charter.vote_terms(self.number)

    @property
    def charter_hash(self) -> bytes:
        """keccak-256 of its document: what members accept."""
        return self.fund_terms.charter_hash

    @cached_property
    def words(self) -> CharterWords:
        """All its words; `tongxin.charter.decode` reads them."""
        return self.charter.slot_words(self.slot)

    @cached_property
    def terms(self) -> Terms:
        """The version as the model reads it."""
        return Terms.of_charter(self.words, self.charter_hash)
