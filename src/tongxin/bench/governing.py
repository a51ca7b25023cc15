# SPDX-License-Identifier: AGPL-3.0-only
"""What it costs that members make the rules: preparing, proposing, voting, carrying out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tongxin.bench.errors import BenchError
from tongxin.bench.fixed import has_zero, word
from tongxin.bench.membership import member_account, member_id
from tongxin.bench.stage import DAY, Stage
from tongxin.chain.assembly import BALLOT_BATCH
from tongxin.chain.events import Drafted, Proposed, VoteCast
from tongxin.chain.keys import KeySigner
from tongxin.chain.structs import Ballot
from tongxin.charter import EncodedCharter
from tongxin.units import ceil_div
from tongxin.words import ProposalKind

__all__ = ["DraftGas", "Votes"]

BLOCK_GAS: Final = 28_000_000
"""More than one transaction may have on many chains, so that a seal that is too dear is measured all the same."""
LEAST_AGE: Final = 30 * DAY
"""How long a version is in force at least before another one may follow (R-94)."""


@dataclass(frozen=True)
class DraftGas:
    """Gas of a draft's transactions, and the slot it got.

    Attributes:
        slot: Where the draft stands.
        stored: The numbers and all benefits, in one transaction or several.
        seal: The check, and the comparison with every version of the last 90 days.
        publish: The document.
    """

    slot: int
    stored: int
    seal: int
    publish: int


@dataclass
class Votes:
    """What the members of a mutual put to the vote."""

    stage: Stage

    def draft(self, rules: EncodedCharter) -> DraftGas:
        """A draft with benefits of its own is stored, sealed and published."""
        stage, charter = self.stage, self.stage.mutual.charter
        receipt = stage.push(charter.draft(rules.terms(), own_benefits=True))
        slot, stored = receipt.one(Drafted).slot, receipt.gas_used
        for first, benefits, entitlements in rules.benefit_batches():
            stored += stage.push(charter.add_benefits(slot, first, benefits, entitlements)).gas_used
        seal = stage.push(charter.seal(slot), gas=BLOCK_GAS).gas_used
        return DraftGas(slot, stored, seal, stage.push(charter.publish(slot, rules.document)).gas_used)

    def propose(self, number: int, kind: ProposalKind, subject: int) -> tuple[int, int]:
        """A member proposes; returns the proposal and the gas."""
        action = self.stage.mutual.assembly.propose(kind, subject, word(f"reason {number}"), member_id(number))
        receipt = self.stage.act(member_account(number), action)
        return receipt.one(Proposed).p, receipt.gas_used

    def vote(self, p: int, number: int) -> int:
        """A member votes yes; gas."""
        action = self.stage.mutual.assembly.vote(p, member_id(number), support=True)
        return self.stage.act(member_account(number), action).gas_used

    def relay(self, p: int, numbers: Sequence[int]) -> int:
        """As many votes as one transaction can bring, all yes; gas for each of the first of these transactions.

        Raises:
            BenchError: Some did not count.
        """
        gas = []
        for start in range(0, len(numbers), BALLOT_BATCH):
            batch = numbers[start : start + BALLOT_BATCH]
            receipt = self.stage.push(self.stage.mutual.assembly.vote_for(p, [self._ballot(p, it) for it in batch]))
            if len(receipt.all(VoteCast)) != len(batch):
                raise BenchError(f"{len(receipt.all(VoteCast))} of {len(batch)} signed votes counted")
            gas.append(ceil_div(receipt.gas_used, len(batch)))
        return gas[0]

    def execute(self, p: int) -> int:
        """Travels to where a proposal may be carried out, if that is not past; gas."""
        execute_from = self.stage.mutual.assembly.proposal(p).execute_from
        if execute_from > self.stage.now:
            self.stage.travel(execute_from)
        return self.stage.push(self.stage.mutual.assembly.execute(p)).gas_used

    def change(self, rules: EncodedCharter, number: int) -> None:
        """The one member of a mutual changes its rules as soon as they may be changed."""
        mutual = self.stage.mutual
        terms = mutual.vote_terms
        from_vote_to_execution = terms.voting_time + terms.adoption_delay
        self.stage.travel(mutual.in_force.effective_from + LEAST_AGE - from_vote_to_execution)
        p, _ = self.propose(number, ProposalKind.CHARTER, self.draft(rules).slot)
        self.vote(p, number)
        self.execute(p)

    def _ballot(self, p: int, number: int) -> Ballot:
        """A signed vote without a zero byte but for those of the encoding."""
        assembly, signer = self.stage.mutual.assembly, KeySigner(member_account(number))
        for deadline in itertools.count(self.stage.now + DAY):
            ballot = assembly.ballot(signer, p, member_id(number), support=True, deadline=deadline)
            if not has_zero(deadline.to_bytes(4)) and not has_zero(ballot.signed.signature):
                break
        return ballot
