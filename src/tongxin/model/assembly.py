# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - parameters stand in the order of the contract's functions
"""Proposals and votes (docs/spec/governance.md R-98 to R-104)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tongxin.model.charter import Charter
from tongxin.model.journal import Journal, Journaled, Table
from tongxin.model.membership import Member, Membership
from tongxin.model.reverts import ModelRevert, require
from tongxin.units import BPS, HOUR, Address, Bps, MemberId, ceil_div
from tongxin.words import MemberStatus, ProposalKind, ProposalStatus, Scope

MOST_BALLOTS = 50
SCOPE_OF_KIND = {
    ProposalKind.ATTESTORS: Scope.ATTESTORS,
    ProposalKind.STEWARD: Scope.STEWARD,
    ProposalKind.JUROR_RULES: Scope.JUROR_RULES,
}
LARGEST_ADDRESS = 2**160 - 1


@dataclass(frozen=True)
class Ballot:
    """R-100: a vote that a wallet signed. `good` says that the member's wallet did."""

    member_id: bytes
    support: bool
    deadline: int
    good: bool = True


@dataclass(frozen=True)
class Proposal:
    """R-99. `executed_at` is 0 until then."""

    kind: ProposalKind
    subject: int
    proposer: Address
    member_id: MemberId
    cutoff: int
    ends: int
    delay: int
    execution: int
    needed: int
    majority: Bps
    yes: int = 0
    no: int = 0
    status: ProposalStatus = ProposalStatus.MADE
    executed_at: int = 0

    @property
    def passed(self) -> bool:
        """R-101."""
        cast = self.yes + self.no
        return cast >= self.needed and self.yes * BPS >= cast * self.majority

    @property
    def from_time(self) -> int:
        """The earliest execution."""
        return self.ends + self.delay

    @property
    def expires(self) -> int:
        """From when on it can no more be executed."""
        return self.from_time + self.execution


class Assembly(Journaled):
    """Every proposal and who voted on it."""

    def __init__(
        self,
        journal: Journal,
        charter: Charter,
        membership: Membership,
        adopt_in_fund: Callable[[int], None],
        wind_down: Callable[[int], None],
    ) -> None:
        super().__init__(journal)
        self.charter = charter
        self.membership = membership
        self.stages = membership.stages
        self.adopt_in_fund = adopt_in_fund
        self.wind_down = wind_down
        self.count = 0
        self.successor = Address(0)
        self.proposals: Table[int, Proposal] = Table(journal)
        self.cast_by_wallet: Table[tuple[Address, int], bool] = Table(journal)
        self.cast_by_member: Table[tuple[MemberId, int], bool] = Table(journal)
        self.last_proposed: Table[MemberId, int] = Table(journal)

    def proposal(self, p: int) -> Proposal:
        """A proposal.

        Raises:
            ModelRevert: There is none of that number.
        """
        found = self.proposals.get(p)
        if found is None:
            raise ModelRevert("R-99", "assembly: no such proposal")
        return found

    def _check_running(self) -> None:
        require(self.stages.running, "R-98", "assembly: the mutual is not running")

    def _may(self, member: Member, cutoff: int) -> bool:
        """R-98."""
        return (
            self.membership.in_force(member)
            and bool(member.status & MemberStatus.ACCEPTED)
            and not member.status & MemberStatus.LEAVING
            and member.joined * HOUR <= cutoff
        )

    def propose(self, kind: int, subject: int, reason: bytes, member_id: bytes, actor: int, now: int) -> int:
        """R-98 and R-99: the proposal's number. `reason` is only published."""
        self._check_running()
        terms = self.charter.terms(self.charter.latest)
        require(len(reason) == 32, "R-99", "assembly: no hash")
        cutoff = now - terms.newcomer
        member = self.membership.own(member_id, actor)
        require(self._may(member, cutoff), "R-98", "assembly: not a settled member's wallet")
        last = self.last_proposed.get(MemberId(member_id))
        require(last is None or now >= last + terms.proposal_pause, "R-98", "assembly: proposed too recently")
        require(kind in set(ProposalKind), "R-99", "assembly: unknown kind")
        self._check_subject(ProposalKind(kind), subject)
        heavy = kind in {ProposalKind.SUCCESSOR, ProposalKind.WIND_DOWN}
        heads = self.membership.ledger.heads
        self.count += 1
        self.last_proposed[MemberId(member_id)] = now
        self.proposals[self.count] = Proposal(
            kind=ProposalKind(kind),
            subject=subject,
            proposer=Address(actor),
            member_id=MemberId(member_id),
            cutoff=cutoff,
            ends=now + terms.voting_time,
            delay=terms.adoption_delay,
            execution=terms.execution_time,
            needed=max(1, ceil_div(heads * terms.vote_quorum, BPS)),
            majority=terms.wind_down_majority if heavy else terms.majority,
        )
        return self.count

    def _check_subject(self, kind: ProposalKind, subject: int) -> None:
        if kind == ProposalKind.WIND_DOWN:
            require(not subject, "R-99", "assembly: a wind-down has no subject")
        elif kind == ProposalKind.SUCCESSOR:
            require(0 < subject <= LARGEST_ADDRESS, "R-99", "assembly: not an address")
        else:
            draft = self.charter.draft_at(subject)
            require(draft.sealed, "R-99", "assembly: the draft is not sealed")
            require(draft.base == self.charter.latest, "R-99", "assembly: based on an earlier version")
            wanted = SCOPE_OF_KIND.get(kind, draft.scope)
            require(draft.scope == wanted, "R-99", "assembly: the draft changes something else")

    # Votes

    @staticmethod
    def _check_made(proposal: Proposal) -> None:
        require(proposal.status != ProposalStatus.WITHDRAWN, "R-102", "assembly: withdrawn")
        require(proposal.status != ProposalStatus.EXECUTED, "R-103", "assembly: already executed")

    def _open(self, p: int, now: int) -> Proposal:
        proposal = self.proposal(p)
        self._check_made(proposal)
        require(now < proposal.ends, "R-100", "assembly: the vote has ended")
        return proposal

    def vote(self, p: int, member_id: bytes, support: bool, actor: int, now: int) -> None:  # noqa: FBT001 - as on chain
        """R-100."""
        self._check_running()
        proposal = self._open(p, now)
        member = self.membership.own(member_id, actor)
        require(self._may(member, proposal.cutoff), "R-98", "assembly: not a settled member's wallet")
        require(not self._has_voted(p, member_id, member), "R-100", "assembly: has voted")
        self._cast(p, member_id, member, support=support)

    def vote_for(self, p: int, ballots: Sequence[Ballot], now: int) -> int:
        """R-100, by anyone: how many votes were cast; what is invalid is skipped."""
        require(len(ballots) <= MOST_BALLOTS, "R-100", "assembly: bad batch")
        self._check_running()
        proposal = self._open(p, now)
        count = 0
        for ballot in ballots:
            member = self.membership.members.get(MemberId(ballot.member_id))
            if member is None or not ballot.good or now > ballot.deadline:
                continue
            if self._may(member, proposal.cutoff) and not self._has_voted(p, ballot.member_id, member):
                self._cast(p, ballot.member_id, member, support=ballot.support)
                count += 1
        return count

    def _has_voted(self, p: int, member_id: bytes, member: Member) -> bool:
        return (member.wallet, p) in self.cast_by_wallet or (MemberId(member_id), p) in self.cast_by_member

    def _cast(self, p: int, member_id: bytes, member: Member, *, support: bool) -> None:
        proposal = self.proposals[p]
        self.cast_by_wallet[member.wallet, p] = True
        self.cast_by_member[MemberId(member_id), p] = True
        yes, no = (1, 0) if support else (0, 1)
        self.proposals[p] = replace(proposal, yes=proposal.yes + yes, no=proposal.no + no)

    # What follows

    def withdraw(self, p: int, actor: int, now: int) -> None:
        """R-102, by the wallet of the member who proposed."""
        proposal = self._open(p, now)
        member = self.membership.members.get(proposal.member_id)
        require(member and member.wallet == actor, "R-102", "assembly: not the proposer")
        self.proposals[p] = replace(proposal, status=ProposalStatus.WITHDRAWN)

    def execute(self, p: int, now: int) -> None:
        """R-103, by anyone."""
        self._check_running()
        proposal = self.proposal(p)
        self._check_made(proposal)
        require(now >= proposal.from_time, "R-103", "assembly: too early to execute")
        require(now < proposal.expires, "R-103", "assembly: expired")
        require(proposal.passed, "R-103", "assembly: not passed")
        self.proposals[p] = replace(proposal, status=ProposalStatus.EXECUTED, executed_at=now)
        if proposal.kind == ProposalKind.SUCCESSOR:
            self.successor = Address(proposal.subject)
        elif proposal.kind == ProposalKind.WIND_DOWN:
            self.wind_down(now)
        else:
            self.charter.adopt(proposal.subject, now)
            self.adopt_in_fund(now)
