# SPDX-License-Identifier: AGPL-3.0-only
"""The Assembly: what members propose, vote on and carry out (R-98 to R-104)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tongxin.chain.contract import LATEST, Block, Contract
from tongxin.chain.events import Proposed
from tongxin.chain.keys import Signer
from tongxin.chain.primitives import address_of, keccak
from tongxin.chain.records import Poll
from tongxin.chain.structs import Ballot, Signed
from tongxin.chain.transactions import Action
from tongxin.chain.typed_data import AssemblyActs, assembly_domain
from tongxin.words import ProposalKind, ProposalStatus

__all__ = ["BALLOT_BATCH", "Assembly", "Proposal", "ProposalState", "reason_hash", "state_of"]

BALLOT_BATCH: Final = 50
"""Most ballots in one `vote_for`."""
_BITS: Final = 256


class ProposalState(StrEnum):
    """Where a proposal stands at a time."""

    OPEN = "open"
    FAILED = "failed"
    WAITING = "waiting"
    EXECUTABLE = "executable"
    EXECUTED = "executed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOID = "void"


_DECIDED: Final = {
    ProposalStatus.WITHDRAWN: ProposalState.WITHDRAWN,
    ProposalStatus.EXECUTED: ProposalState.EXECUTED,
}


def state_of(poll: Poll, now: int, *, running: bool) -> ProposalState:
    """Where a proposal stands (R-100 to R-103).

    Args:
        poll: The proposal.
        now: The latest block's time, in seconds.
        running: Whether the mutual is running; once it winds down, what is not decided is void (R-108).
    """
    if poll.status is not ProposalStatus.MADE:
        return _DECIDED[poll.status]
    if not running:
        return ProposalState.VOID
    if now < poll.ends:
        return ProposalState.OPEN
    if not poll.passes:
        return ProposalState.FAILED
    if now < poll.execute_from:
        return ProposalState.WAITING
    return ProposalState.EXECUTABLE if now < poll.expires else ProposalState.EXPIRED


@dataclass(frozen=True)
class Proposal:
    """A proposal: how it was made, its votes, and where it stood when it was read.

    `made` has what was fixed at its creation: proposer, subject, reason's hash, times in seconds, votes needed.
    """

    made: Proposed
    poll: Poll
    state: ProposalState

    @property
    def number(self) -> int:
        """Its number."""
        return self.made.p

    @property
    def kind(self) -> ProposalKind:
        """What it is about."""
        return self.poll.kind

    @property
    def draft(self) -> int | None:
        """The slot of the draft it would adopt, if it is about the rules."""
        return self.made.subject if self.kind < ProposalKind.SUCCESSOR else None

    @property
    def successor(self) -> str | None:
        """The successor it would name, if it is about one."""
        return address_of(self.made.subject.to_bytes(20)) if self.kind is ProposalKind.SUCCESSOR else None


def reason_hash(text: str) -> bytes:
    """What stands on the chain of the reasons for a proposal: keccak-256 of their text in UTF-8."""
    return keccak(text.encode())


def _has_bit(word: int, p: int) -> bool:
    return bool(word >> p % _BITS & 1)


class Assembly(Contract):
    """The votes of one mutual's members."""

    artifact = "Assembly"

    def acts(self) -> AssemblyActs:
        """The messages to sign for this Assembly."""
        return AssemblyActs(assembly_domain(self.endpoints.chain_id, self.address))

    def ballot(self, signer: Signer, p: int, member_id: bytes, *, support: bool, deadline: int) -> Ballot:
        """A member's vote, signed for whoever relays it until the deadline, in seconds."""
        typed = self.acts().vote(p, member_id, support=support, deadline=deadline)
        return Ballot(member_id, support, Signed(deadline, signer.sign_typed(typed)))

    # -- acts

    def propose(self, kind: ProposalKind, subject: int, reason: bytes, member_id: bytes) -> Action:
        """Proposes (R-99); returns the proposal's number.

        Args:
            kind: What it is about.
            subject: The slot of a sealed draft, a successor's address as a number, or 0 for a wind-down.
            reason: `reason_hash` of the reasons.
            member_id: The sender's membership.
        """
        return self._act("propose", int(kind), subject, reason, member_id)

    def propose_for(self, kind: ProposalKind, subject: int, reason: bytes, member_id: bytes, signed: Signed) -> Action:
        """Proposes for the wallet that signed."""
        return self._act("propose_for", int(kind), subject, reason, member_id, *signed.abi())

    def vote(self, p: int, member_id: bytes, *, support: bool) -> Action:
        """Votes with the sender's membership, for ever (R-100)."""
        return self._act("vote", p, member_id, support)

    def vote_for(self, p: int, ballots: Sequence[Ballot]) -> Action:
        """Casts up to 50 signed votes; returns how many counted, for those that cannot are skipped (R-100)."""
        return self._act("vote_for", p, [ballot.abi() for ballot in ballots])

    def withdraw(self, p: int) -> Action:
        """Takes a proposal back; its proposer only, until the vote ends (R-102)."""
        return self._act("withdraw", p)

    def withdraw_for(self, p: int, signed: Signed) -> Action:
        """Takes a proposal back for the proposer that signed."""
        return self._act("withdraw_for", p, *signed.abi())

    def execute(self, p: int) -> Action:
        """Does what was decided, once its delay is over; anyone (R-103)."""
        return self._act("execute", p)

    # -- what it says

    def count(self, block: Block = LATEST) -> int:
        """How many proposals were made; numbers start at 1."""
        return int(self._read("count", block=block))

    def proposal(self, p: int, block: Block = LATEST) -> Poll:
        """The votes of a proposal and what was fixed at its creation."""
        return Poll.unpack(self._read("proposal", p, block=block))

    def proposals(self, numbers: Sequence[int], block: Block = LATEST) -> list[Poll]:
        """Many proposals, in few requests."""
        return [Poll.unpack(word) for word in self._read_many("proposal", [(p,) for p in numbers], block)]

    def proposer(self, p: int, block: Block = LATEST) -> tuple[str, bytes]:
        """Who made a proposal: the wallet, and its member id."""
        wallet, member_id = self._read("proposer", p, block=block)
        return str(wallet), bytes(member_id)

    def subject(self, p: int, block: Block = LATEST) -> int:
        """The draft's slot or the successor's address as a number."""
        return int(self._read("subject", p, block=block))

    def passed(self, p: int, block: Block = LATEST) -> bool:
        """Whether the votes suffice (R-101)."""
        return bool(self._read("passed", p, block=block))

    def wallet_has_voted(self, p: int, wallet: str, block: Block = LATEST) -> bool:
        """Whether a wallet has voted on a proposal, with whichever membership (R-98)."""
        return _has_bit(self._read("cast_by_wallet", wallet, p // _BITS, block=block), p)

    def member_has_voted(self, p: int, member_id: bytes, block: Block = LATEST) -> bool:
        """Whether a member has voted on a proposal, with whichever wallet (R-98)."""
        return _has_bit(self._read("cast_by_member", member_id, p // _BITS, block=block), p)

    def last_proposed(self, member_id: bytes, block: Block = LATEST) -> int:
        """When a member last proposed, in seconds; 0 never."""
        return int(self._read("last_proposed", member_id, block=block))

    def nonces(self, member_id: bytes, block: Block = LATEST) -> int:
        """The nonce of a member's next signed proposal or withdrawal."""
        return int(self._read("nonces", member_id, block=block))

    def successor(self, block: Block = LATEST) -> str:
        """The mutual to which each member may go; the zero address while none is named."""
        return str(self._read("successor", block=block))

    def charter(self, block: Block = LATEST) -> str:
        """The Charter's address."""
        return str(self._read("CHARTER", block=block))

    def fund(self, block: Block = LATEST) -> str:
        """The Fund's address."""
        return str(self._read("FUND", block=block))
