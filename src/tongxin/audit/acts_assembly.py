# SPDX-License-Identifier: AGPL-3.0-only
"""Calls of Charter and Assembly: drafts, proposals, votes and what follows from them (governance.md R-90 to R-103)."""

from __future__ import annotations

from tongxin.audit.outcome import NO_LOG, Outcome, number, text
from tongxin.audit.replay import Replay, act
from tongxin.audit.slots import FIRST
from tongxin.chain.events import (
    Adopted,
    AssemblyNamed,
    BenefitsAdded,
    Drafted,
    DraftSealed,
    Event,
    Executed,
    ProposalWithdrawn,
    Proposed,
    Published,
    Sealed,
    SuccessorNamed,
    VoteCast,
    WoundDown,
)
from tongxin.model import ModelRevert, Mutual
from tongxin.words import ProposalKind, ProposalStatus

# Drafts


@act(AssemblyNamed)
def assembly_named(_replay: Replay, event: AssemblyNamed) -> Outcome:
    """Who adopts versions was named; discovery compares it with storage."""
    return Outcome([event])


@act(Drafted)
def drafted(replay: Replay, event: Drafted) -> Outcome:
    """R-90. The numbers are those that were sealed; a draft that never was is in force for nobody and not judged."""
    if event.slot == FIRST:
        return Outcome([event])
    charter, touched = replay.mutual.charter, replay.touched
    terms = replay.drafts.get(event.slot)
    shown = event.charter_hash if terms is None else terms.charter_hash
    shared_with = touched.benefits_in[charter.versions[charter.latest].slot]
    slot = replay.mutual.draft(terms or charter.terms(charter.latest), event.own_benefits, number(event.drafter))
    touched.benefits_in[slot] = slot if event.own_benefits else shared_with
    expected = Drafted(
        log=NO_LOG, slot=slot, drafter=event.drafter, charter_hash=shown, own_benefits=event.own_benefits
    )
    return Outcome([expected])


@act(BenefitsAdded)
def benefits_added(replay: Replay, event: BenefitsAdded) -> Outcome:
    """R-90."""
    terms = replay.drafts.get(event.slot)
    if event.slot == FIRST or terms is None:
        return Outcome([event])
    mutual = replay.mutual
    draft = mutual.charter.draft_at(event.slot)
    added = slice(event.first, event.first + event.count)
    benefits, rows = terms.benefits[added], terms.entitlements[added]
    mutual.add_benefits(event.slot, len(draft.terms.benefits), benefits, rows, draft.drafter)
    first, count = len(draft.terms.benefits), len(benefits)
    return Outcome([BenefitsAdded(log=NO_LOG, slot=event.slot, first=first, count=count)])


@act(DraftSealed)
def draft_sealed(replay: Replay, event: DraftSealed) -> Outcome:
    """R-91 to R-93: every number checked again. The founding's slot comes into force by its sealing."""
    mutual = replay.mutual
    charter = mutual.charter
    if event.slot == FIRST:
        return Outcome([DraftSealed(log=NO_LOG, slot=FIRST, base=0, scope=0), _sealed(mutual, FIRST)])
    if event.slot not in replay.drafts:
        raise ModelRevert("R-91", "charter: its numbers are none that could be sealed")
    scope = mutual.seal(event.slot, charter.draft_at(event.slot).drafter, now=replay.now)
    return Outcome([DraftSealed(log=NO_LOG, slot=event.slot, base=charter.latest, scope=int(scope))])


def _sealed(mutual: Mutual, version: int) -> Sealed:
    slot, effective_from = mutual.charter.versions[version]
    return Sealed(
        log=NO_LOG,
        version=version,
        slot=slot,
        charter_hash=mutual.charter.terms(version).charter_hash,
        effective_from=effective_from,
    )


@act(Published)
def published(replay: Replay, event: Published) -> Outcome:
    """A document came to the chain; the check of the charter reads it."""
    draft = replay.mutual.charter.draft_at(event.slot)
    known = event.slot == FIRST or event.slot in replay.drafts
    replay.touched.published.add(event.slot)
    shown = draft.terms.charter_hash if known else event.charter_hash
    return Outcome([Published(log=NO_LOG, slot=event.slot, charter_hash=shown)])


# Votes


@act(Proposed)
def proposed(replay: Replay, event: Proposed) -> Outcome:
    """R-98 and R-99: who may propose, and times, votes needed and majority by the newest version."""
    mutual = replay.mutual
    p = mutual.propose(event.kind, event.subject, event.reason, event.member_id, number(event.proposer), now=replay.now)
    made = mutual.assembly.proposal(p)
    expected = Proposed(
        log=NO_LOG,
        p=p,
        kind=int(made.kind),
        proposer=event.proposer,
        member_id=event.member_id,
        subject=made.subject,
        reason=event.reason,
        cutoff=made.cutoff,
        ends=made.ends,
        execute_from=made.from_time,
        expires=made.expires,
        needed=made.needed,
        majority=made.majority,
        heads=mutual.ledger.heads,
    )
    return Outcome([expected])


@act(VoteCast)
def vote_cast(replay: Replay, event: VoteCast) -> Outcome:
    """R-98 and R-100, also each one of a batch: eligible, in time, and neither wallet nor member has voted."""
    replay.mutual.vote(event.p, event.member_id, event.support, number(event.wallet), now=replay.now)
    return Outcome([event])


@act(ProposalWithdrawn)
def proposal_withdrawn(replay: Replay, event: ProposalWithdrawn) -> Outcome:
    """R-102: by the wallet that the member who proposed has now."""
    mutual = replay.mutual
    proposer = mutual.membership.member(mutual.assembly.proposal(event.p).member_id)
    mutual.withdraw_proposal(event.p, proposer.wallet, now=replay.now)
    return Outcome([event])


@act(Executed)
def executed(replay: Replay, event: Executed) -> Outcome:
    """R-101 and R-103: passed by the votes replayed, in its time, once; then R-94 and R-95, or R-108."""
    mutual = replay.mutual
    fees, steward = mutual.ledger.fees, mutual.terms.steward
    mutual.execute(event.p, now=replay.now)
    done = mutual.assembly.proposal(event.p)
    events: list[Event] = [Executed(log=NO_LOG, p=event.p, kind=int(done.kind), subject=done.subject)]
    if done.kind == ProposalKind.WIND_DOWN:
        events.append(wound_down(mutual, by_vote=True))
    elif done.kind == ProposalKind.SUCCESSOR:
        events.append(SuccessorNamed(log=NO_LOG, successor=text(done.subject)))
    else:
        if fees:
            replay.touched.payees.add(steward)
        events += [
            _sealed(mutual, mutual.charter.latest),
            Adopted(
                log=NO_LOG,
                version=mutual.stages.version,
                charter_hash=mutual.terms.charter_hash,
                owed_steward=fees,
            ),
        ]
    return Outcome(events)


def wound_down(mutual: Mutual, *, by_vote: bool) -> WoundDown:
    """R-108: what the trigger fixes."""
    stages = mutual.stages
    return WoundDown(log=NO_LOG, by_vote=by_vote, index=stages.index_at_trigger, ends_at=stages.ends_at)


def describe_votes(mutual: Mutual) -> str:
    """What the check of votes went over."""
    proposals = mutual.assembly.proposals
    cast = sum(proposal.yes + proposal.no for proposal in proposals.values())
    done = sum(proposal.status == ProposalStatus.EXECUTED for proposal in proposals.values())
    voters = {member_id for member_id, _ in mutual.assembly.cast_by_member}
    return f"{len(proposals)} proposals, {cast} votes of {len(voters)} members counted again, {done} executed"


def describe_versions(mutual: Mutual) -> str:
    """What the check of versions went over."""
    charter = mutual.charter
    sealed = sum(draft.sealed for draft in charter.drafts.values())
    return f"version {charter.latest} is in force, {sealed} of {charter.slots} slots sealed and checked again"
