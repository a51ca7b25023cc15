# SPDX-License-Identifier: AGPL-3.0-only
"""Calls of the Fund at the turns of a mutual's life: start, floor, wind-down, end (governance.md R-105 to R-110)."""

from __future__ import annotations

from tongxin.audit.acts_assembly import wound_down
from tongxin.audit.acts_fund import owed
from tongxin.audit.outcome import NO_LOG, Outcome, text
from tongxin.audit.replay import Replay, act
from tongxin.chain.events import (
    DustSwept,
    Ended,
    Event,
    FloorWatched,
    PaidOut,
    Registered,
    RemainderSwept,
    Started,
    SteppedBack,
    WoundDown,
)
from tongxin.model import ModelRevert, Mutual
from tongxin.words import FundStage, MemberStatus


@act(Started)
def started(replay: Replay, _event: Started) -> Outcome:
    """R-105."""
    replay.mutual.start(now=replay.now)
    return Outcome([Started(log=NO_LOG, heads=replay.mutual.ledger.heads)])


def _dust(deposits: int, balance: int, mutual: Mutual) -> list[Event]:
    """R-5: what nobody was left for when a balance was taken out of the deposits."""
    dust = deposits - balance - mutual.ledger.deposits
    return [DustSwept(log=NO_LOG, amount=dust)] if dust else []


@act(SteppedBack)
def stepped_back(replay: Replay, event: SteppedBack) -> Outcome:
    """R-107. Whether the wallet asked for it before the deadline is left to the code."""
    mutual = replay.mutual
    wallet = mutual.membership.member(event.member_id).wallet
    deposits, balance = mutual.ledger.deposits, mutual.balance_of(event.member_id)
    total = mutual.step_back(event.member_id, wallet, now=replay.now)
    expected = SteppedBack(
        log=NO_LOG, member_id=event.member_id, wallet=text(wallet), amount=balance, entry_fee=total - balance
    )
    return Outcome([expected, *_dust(deposits, balance, mutual), *owed(replay, wallet, total)])


@act(FloorWatched)
def floor_watched(replay: Replay, _event: FloorWatched) -> Outcome:
    """R-108."""
    mutual = replay.mutual
    mutual.watch_floor(now=replay.now)
    return Outcome([FloorWatched(log=NO_LOG, since=mutual.stages.below_since, heads=mutual.ledger.heads)])


@act(WoundDown)
def wound_down_by_floor(replay: Replay, _event: WoundDown) -> Outcome:
    """R-108: a wind-down that no vote led to."""
    replay.mutual.wind_down_by_floor(now=replay.now)
    return Outcome([wound_down(replay.mutual, by_vote=False)])


@act(Registered)
def registered(replay: Replay, event: Registered) -> Outcome:
    """R-109: in force at the trigger, there for 90 days before, once."""
    mutual = replay.mutual
    if not mutual.register([event.member_id]):
        raise ModelRevert("R-109", "fund: not entitled to a part of the surplus")
    shares = mutual.membership.member(event.member_id).shares
    return Outcome([Registered(log=NO_LOG, member_id=event.member_id, shares=shares)])


@act(Ended)
def ended(replay: Replay, _event: Ended) -> Outcome:
    """R-110: the surplus set aside, every claim closed."""
    mutual = replay.mutual
    mutual.end(now=replay.now)
    return Outcome([Ended(log=NO_LOG, set_aside=mutual.stages.set_aside, entitled=mutual.stages.entitled)])


@act(PaidOut)
def paid_out(replay: Replay, event: PaidOut) -> Outcome:
    """R-110: the balance, and the part of what was set aside by the member's shares."""
    mutual = replay.mutual
    wallet = mutual.membership.member(event.member_id).wallet
    deposits, balance = mutual.ledger.deposits, mutual.balance_of(event.member_id)
    total = mutual.pay_out(event.member_id, now=replay.now)
    expected = PaidOut(
        log=NO_LOG,
        member_id=event.member_id,
        wallet=text(wallet),
        balance=balance,
        part=total - balance,
        exited=mutual.membership.history_of(event.member_id).exited,
    )
    return Outcome([expected, *_dust(deposits, balance, mutual), *owed(replay, wallet, total)])


@act(RemainderSwept)
def remainder_swept(replay: Replay, _event: RemainderSwept) -> Outcome:
    """R-107 and R-110: what belongs to no member becomes a due of P-56."""
    mutual = replay.mutual
    amount = mutual.sweep_remainder(now=replay.now)
    remainder = mutual.terms.remainder
    replay.touched.payees.add(remainder)
    return Outcome([RemainderSwept(log=NO_LOG, remainder=text(remainder), amount=amount)])


_SAID = {
    FundStage.GATHERING: "gathering",
    FundStage.RUNNING: "running",
    FundStage.WINDING_DOWN: "winding down",
    FundStage.ENDED: "ended",
}


def describe_stages(mutual: Mutual) -> str:
    """What the check of stages went over."""
    stages = mutual.stages
    said = _SAID[stages.stage]
    if not stages.ending:
        return said
    members = mutual.membership.members.values()
    entitled = sum(bool(member.status & MemberStatus.REGISTERED) for member in members)
    return f"{said}; {entitled} members registered for the surplus, {stages.set_aside_left} units of it not paid out"
