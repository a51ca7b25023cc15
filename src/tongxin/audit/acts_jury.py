# SPDX-License-Identifier: AGPL-3.0-only
"""Calls of the Jury: volunteers, seat keys, votes, exposures (court.md R-66, R-69 to R-71, evidence.md R-122)."""

from __future__ import annotations

from tongxin.audit.acts_fund import bond_payment, owed
from tongxin.audit.outcome import NO_LOG, Outcome, number, text
from tongxin.audit.replay import Replay, act
from tongxin.chain.events import (
    BondWithdrawn,
    Committed,
    Dismissed,
    Event,
    Exposed,
    Held,
    Released,
    Retired,
    Revealed,
    RevealsOpened,
    SeatKeyAnnounced,
    Slashed,
    Volunteered,
)
from tongxin.model import ModelRevert
from tongxin.units import Address
from tongxin.words import PanelFlag, PanelKind


def payer_of_bond(replay: Replay, actor: str) -> str:
    """Who paid the bond of a call: the one of its log, or the actor if nothing was held."""
    held = next((item for item in replay.group if isinstance(item, Held)), None)
    payer = actor if held is None else held.payer
    replay.fund_purse(payer)
    return payer


@act(Volunteered)
def volunteered(replay: Replay, event: Volunteered) -> Outcome:
    """R-66."""
    mutual = replay.mutual
    bond = 2 * (mutual.terms.juror_bond // 2)
    payer = payer_of_bond(replay, event.wallet) if bond else event.wallet
    payment = bond_payment(payer, event.wallet, bond)
    index = mutual.volunteer(event.member_id, payment, number(event.wallet), now=replay.now)
    half = mutual.jury.volunteers[index].half
    events: list[Event] = [
        Volunteered(log=NO_LOG, index=index, wallet=event.wallet, member_id=event.member_id, half=half)
    ]
    if half:
        events.append(Held(log=NO_LOG, payer=payer, amount=2 * half))
    return Outcome(events, [(payer, 2 * half)])


@act(Retired)
def retired(replay: Replay, event: Retired) -> Outcome:
    """R-66."""
    mutual = replay.mutual
    mutual.retire(mutual.jury.volunteer_at(event.index).wallet, now=replay.now)
    out_at = mutual.jury.volunteers[event.index].out_at
    return Outcome([Retired(log=NO_LOG, index=event.index, out_at=out_at)])


@act(Dismissed)
def dismissed(replay: Replay, event: Dismissed) -> Outcome:
    """R-66."""
    replay.mutual.dismiss(event.index, now=replay.now)
    return Outcome([Dismissed(log=NO_LOG, index=event.index, out_at=replay.mutual.jury.volunteers[event.index].out_at)])


@act(BondWithdrawn)
def bond_withdrawn(replay: Replay, event: BondWithdrawn) -> Outcome:
    """R-66."""
    mutual = replay.mutual
    amount = mutual.withdraw_bond(event.index, now=replay.now)
    events: list[Event] = [BondWithdrawn(log=NO_LOG, index=event.index, amount=amount)]
    if amount:
        events += released(replay, mutual.jury.volunteers[event.index].wallet, amount)
    return Outcome(events)


def released(replay: Replay, to: int, amount: int) -> list[Event]:
    """A payment out of the bonds, and its becoming a due if the token refused it."""
    return [Released(log=NO_LOG, to=text(to), amount=amount), *owed(replay, to, amount)]


@act(SeatKeyAnnounced)
def seat_key_announced(replay: Replay, event: SeatKeyAnnounced) -> Outcome:
    """R-122: by the juror whom the lot put there, in the panel's attempt of then."""
    mutual, jury = replay.mutual, replay.mutual.jury
    mutual.announce_seat(event.key, event.seat, event.kind, event.public_key, number(event.juror))
    expected = SeatKeyAnnounced(
        log=NO_LOG,
        key=event.key,
        seat=event.seat,
        juror=event.juror,
        attempt=jury.panel(event.key).attempt,
        kind=event.kind,
        public_key=event.public_key,
    )
    return Outcome([expected])


@act(Committed)
def committed(replay: Replay, event: Committed) -> Outcome:
    """R-69, R-75. On an open panel the log names the membership that votes."""
    mutual, now = replay.mutual, replay.now
    jury = mutual.jury
    actor = number(event.juror)
    panel = jury.panel(event.key)
    was_open = bool(panel.flags & PanelFlag.REVEALS_OPEN)
    mutual.commit(event.key, event.seat, event.member_id, event.commitment, actor, now=now)
    panel = jury.panel(event.key)
    named = event.member_id if panel.kind == PanelKind.OPEN else bytes(32)
    expected = Committed(
        log=NO_LOG,
        key=event.key,
        seat=event.seat,
        juror=event.juror,
        commitment=event.commitment,
        member_id=named,
    )
    events: list[Event] = [expected]
    if panel.flags & PanelFlag.REVEALS_OPEN and not was_open:
        events.append(RevealsOpened(log=NO_LOG, key=event.key, reveal_by=panel.reveal_by))
    return Outcome(events)


@act(Revealed)
def revealed(replay: Replay, event: Revealed) -> Outcome:
    """R-70: level, reason and salt must open the commitment."""
    replay.mutual.reveal(event.key, event.seat, event.level, event.reason, event.salt, now=replay.now)
    return Outcome([event])


@act(Exposed)
def exposed(replay: Replay, event: Exposed) -> Outcome:
    """R-71."""
    mutual = replay.mutual
    jury = mutual.jury
    panel = jury.panel(event.key)
    by = number(event.by)
    if panel.kind == PanelKind.DRAWN and event.seat >= panel.size:
        raise ModelRevert("R-71", "jury: no such seat")
    before = jury.exposed.get(event.key, 0)
    mutual.expose(event.key, event.seat, event.level, event.reason, event.salt, Address(by), now=replay.now)
    amount = jury.exposed.get(event.key, 0) - before
    expected = Exposed(
        log=NO_LOG,
        key=event.key,
        seat=event.seat,
        by=event.by,
        level=event.level,
        reason=event.reason,
        salt=event.salt,
        amount=amount,
    )
    events: list[Event] = [expected]
    if panel.kind == PanelKind.DRAWN and amount:
        events.append(Slashed(log=NO_LOG, index=panel.seats[event.seat], key=event.key, amount=amount))
    return Outcome(events)
