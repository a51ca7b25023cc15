# SPDX-License-Identifier: AGPL-3.0-only
"""Calls of the Office and what happens once at the founding (membership.md R-44 to R-50, evidence.md R-124, R-125)."""

from __future__ import annotations

from tongxin.audit.outcome import NO_LOG, Outcome, number
from tongxin.audit.replay import Replay, act
from tongxin.chain.events import (
    ActRelayed,
    Authorised,
    ClassRequested,
    ContactsFlag,
    ContactsSet,
    CourtNamed,
    ReaderKeyAnnounced,
    Revoked,
    WalletProposed,
    WalletVetoed,
)
from tongxin.model import ModelRevert
from tongxin.units import MemberId
from tongxin.words import MemberStatus


@act(CourtNamed)
def court_named(_replay: Replay, event: CourtNamed) -> Outcome:
    """Whom the Jury obeys; discovery compares it with storage."""
    return Outcome([event])


@act(ContactsSet)
def contacts_set(replay: Replay, event: ContactsSet) -> Outcome:
    """R-48."""
    mutual = replay.mutual
    wallet = mutual.membership.member(event.member_id).wallet
    named = (number(event.contact_a), number(event.contact_b), number(event.beneficiary))
    mutual.set_contacts(event.member_id, *named, wallet)
    on = bool(mutual.membership.member(event.member_id).status & MemberStatus.CONTACTS_NAMED)
    return Outcome([event, ContactsFlag(log=NO_LOG, member_id=event.member_id, on=on)])


@act(WalletProposed)
def wallet_proposed(replay: Replay, event: WalletProposed) -> Outcome:
    """R-47. When the attestors signed is not logged; that an attestation works once is left to the contract."""
    mutual, member_id = replay.mutual, MemberId(event.member_id)
    issued = mutual.office.last_issued.get(member_id, -1) + 1
    mutual.propose_wallet(
        event.member_id,
        number(event.wallet),
        issued,
        replay.now,
        True,
        now=replay.now,
    )
    replay.touched.pending.add(event.member_id)
    ready_at = mutual.office.proposals[member_id].ready_at
    return Outcome([WalletProposed(log=NO_LOG, member_id=event.member_id, wallet=event.wallet, ready_at=ready_at)])


@act(WalletVetoed)
def wallet_vetoed(replay: Replay, event: WalletVetoed) -> Outcome:
    """R-47."""
    replay.mutual.veto_wallet(event.member_id, number(event.by))
    return Outcome([event])


@act(ClassRequested)
def class_requested(replay: Replay, event: ClassRequested) -> Outcome:
    """R-44: a decrease that waits."""
    mutual = replay.mutual
    replay.change_class(event.member_id, event.class_id, mutual.membership.member(event.member_id).wallet)
    replay.touched.pending.add(event.member_id)
    request = mutual.office.requests[MemberId(event.member_id)]
    return Outcome(
        [
            ClassRequested(
                log=NO_LOG,
                member_id=event.member_id,
                class_id=request.class_id,
                applies_at=request.applies_at,
            )
        ]
    )


@act(ReaderKeyAnnounced)
def reader_key_announced(replay: Replay, event: ReaderKeyAnnounced) -> Outcome:
    """R-125. That it was the wallet who sent it is left to the code."""
    wallet = replay.mutual.membership.member(event.member_id).wallet
    replay.mutual.announce_key(event.member_id, event.kind, event.public_key, wallet)
    return Outcome([event])


@act(Authorised)
def authorised(replay: Replay, event: Authorised) -> Outcome:
    """R-124: the wallet or a contact of then. What grants and stores hold is no matter of the chain."""
    replay.mutual.authorise(event.member_id, event.document, event.reader, event.grant, number(event.actor))
    return Outcome([event])


@act(Revoked)
def revoked(replay: Replay, event: Revoked) -> Outcome:
    """R-124."""
    replay.mutual.revoke(event.member_id, event.document, event.reader, number(event.actor))
    return Outcome([event])


@act(ActRelayed)
def act_relayed(replay: Replay, event: ActRelayed) -> Outcome:
    """R-50: nonces count up from 0; what was done by it is logged after it."""
    nonce = replay.touched.nonces[event.member_id]
    if event.nonce != nonce:
        raise ModelRevert("R-50", f"office: the signed act has nonce {event.nonce}, it should be {nonce}")
    replay.touched.nonces[event.member_id] += 1
    return Outcome([event])
