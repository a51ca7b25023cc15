# SPDX-License-Identifier: AGPL-3.0-only
"""Calls of the Fund: members come, pay, move and go; rounds are settled, claims paid (ledger.md, membership.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.audit.bulk import EnrolledRun
from tongxin.audit.outcome import NO_LOG, Outcome, number, text
from tongxin.audit.replay import Replay, act
from tongxin.chain.events import (
    Absorbed,
    Accepted,
    BatchEnrolled,
    BatchToppedUp,
    Carried,
    ClassSet,
    Collected,
    Donated,
    DustSwept,
    Enrolled,
    Event,
    FeesWithdrawn,
    Joined,
    Left,
    LossRecognised,
    OrderSet,
    Owed,
    Paid,
    Refunded,
    Rejoined,
    RoundSettled,
    TickCrossed,
    ToppedUp,
    WalletSet,
    Wired,
    Withdrawn,
)
from tongxin.model import Attestation, ModelRevert, Mutual, Payment
from tongxin.model.rounds import claim_key
from tongxin.units import HOUR, SCALE, Address, MemberId
from tongxin.words import FUND_MEMBER, AdmissionForm, MemberStatus

AUTHORIZATION = 2


@dataclass(frozen=True)
class Before:
    """The ledger before a call that may raise the index."""

    marks: tuple[int, ...]
    index: int
    shares: int
    deposits: int
    surplus: int

    @classmethod
    def of(cls, mutual: Mutual) -> Before:
        """Now."""
        ledger = mutual.ledger
        return cls(tuple(ledger.marks.ascending), ledger.index, ledger.shares, ledger.deposits, ledger.surplus)

    def collected(self, mutual: Mutual) -> int:
        """R-5: units that a rise of the index since then took."""
        ledger = mutual.ledger
        got, index, shares = 0, self.index, self.shares
        for tick in self.marks:
            if ledger.above(tick):
                break
            got += shares * (ledger.place(tick) - index)
            index = ledger.place(tick)
            shares -= ledger.tick(tick).shares
        return (got + shares * (ledger.index - index)) // SCALE

    def crossings(self, mutual: Mutual, collected: int) -> list[Event]:
        """R-5: the ticks that the index has reached since, and the dust if nobody is left."""
        ledger = mutual.ledger
        events: list[Event] = [
            TickCrossed(log=NO_LOG, tick=tick, shares=ledger.tick(tick).shares, heads=ledger.tick(tick).heads)
            for tick in self.marks
            if not ledger.above(tick)
        ]
        dust = self.deposits - collected
        if ledger.index > self.index and not ledger.shares and dust:
            events.append(DustSwept(log=NO_LOG, amount=dust))
        return events


def owed(replay: Replay, payee: int, amount: int) -> list[Event]:
    """R-19: the log of a push that the token refused."""
    if amount and payee in replay.mutual.token.push_fails:
        replay.touched.payees.add(payee)
        return [Owed(log=NO_LOG, payee=text(payee), amount=amount)]
    return []


def bond_payment(payer: str, actor: str, amount: int) -> Payment:
    """How a bond was paid: from the actor's allowance, or by somebody's authorization."""
    if payer == actor:
        return Payment()
    return Payment(method=AUTHORIZATION, payer=number(payer), amount=amount)


@act(Wired)
def wired(_replay: Replay, event: Wired) -> Outcome:
    """Office, Court and Jury were named; discovery compares them with storage."""
    return Outcome([event])


@act(Joined)
def joined(replay: Replay, event: Joined) -> Outcome:
    """R-32 to R-38."""
    mutual, now = replay.mutual, replay.now
    terms, ledger = mutual.terms, mutual.ledger
    deposits = ledger.deposits
    attestation = Attestation(event.member_id, number(event.wallet), event.class_id, now, now)
    replay.fund_purse(event.payer)
    # Who acted is not logged: the wallet, if it consented without paying, else who paid.
    if event.accepted and event.payer != event.wallet:
        total = event.price + event.entry_fee
        payment, actor = Payment(method=AUTHORIZATION, payer=number(event.payer), amount=total), number(event.wallet)
    else:
        payment, actor = Payment(), number(event.payer)
    if event.attested:
        mutual.join(attestation, True, event.tick, terms.charter_hash, payment, actor, now=now)
    elif terms.admission == AdmissionForm.OPEN:
        mutual.admit_open(attestation, event.tick, terms.charter_hash, payment, actor, now=now)
    else:
        if terms.admission != AdmissionForm.INVITATION and not mutual.membership.silent(now):
            raise ModelRevert("R-38", "office: attestors admit here")
        mutual.membership.admit(attestation, event.tick, terms.charter_hash, payment, actor, now)
    member = mutual.membership.member(event.member_id)
    price = ledger.deposits - deposits
    expected = Joined(
        log=NO_LOG,
        member_id=event.member_id,
        wallet=event.wallet,
        payer=event.payer,
        class_id=member.class_id,
        shares=member.shares,
        tick=member.tick,
        joined=member.joined,
        price=price,
        entry_fee=terms.entry_fee,
        accepted=bool(member.status & MemberStatus.ACCEPTED),
        attested=event.attested,
    )
    return Outcome([expected], [(event.payer, price + terms.entry_fee)])


@act(BatchEnrolled)
def batch_enrolled(replay: Replay, event: BatchEnrolled) -> Outcome:
    """R-35. How many ids were skipped is the sender's business and is not recomputed."""
    mutual, ledger = replay.mutual, replay.mutual.ledger
    place = next(i for i, item in enumerate(replay.group) if item is event)
    admitted = replay.group[:place]
    deposits, surplus = ledger.deposits, ledger.surplus
    count = 0
    events: list[Event] = []
    ids = [member_id for item in admitted for member_id in _ids_of(item)]
    if ids:
        first = next(record for item in admitted for record in _records_of(item))
        record = FUND_MEMBER.unpack(first)
        replay.fund_purse(event.payer)
        count = mutual.enrol(
            ids,
            [wallet for item in admitted for wallet in _wallets_of(item)],
            record["class_id"],
            record["tick"],
            replay.now,
            replay.now,
            True,
            number(event.payer),
            now=replay.now,
        )
        if count != len(ids):
            raise ModelRevert("R-35", f"fund: {len(ids)} people are logged, {count} of them came anew")
        events += _enrolled(mutual, admitted)
    price, fees = ledger.deposits - deposits, ledger.surplus - surplus
    events.append(
        BatchEnrolled(log=NO_LOG, payer=event.payer, count=count, skipped=event.skipped, price=price, entry_fees=fees)
    )
    return Outcome(events, [(event.payer, price + fees)])


def _ids_of(event: Event) -> list[bytes]:
    if isinstance(event, EnrolledRun):
        return event.member_ids()
    return [event.member_id] if isinstance(event, Enrolled) else []


def _wallets_of(event: Event) -> list[int]:
    if isinstance(event, EnrolledRun):
        return event.wallets()
    return [number(event.wallet)] if isinstance(event, Enrolled) else []


def _records_of(event: Event) -> list[int]:
    if isinstance(event, EnrolledRun):
        return event.records()
    return [event.record] if isinstance(event, Enrolled) else []


def _enrolled(mutual: Mutual, admitted: Sequence[Event]) -> list[Event]:
    """What the model makes of those admitted, in the form in which they were logged."""
    members = mutual.membership.members
    packed: dict[tuple[int, ...], int] = {}

    def record(member_id: bytes) -> int:
        """The lower 96 bits of a member word, which all of a batch have alike."""
        member = members[MemberId(member_id)]
        rest = member[1:]
        if rest not in packed:
            packed[rest] = FUND_MEMBER.pack(**member._replace(wallet=Address(0))._asdict())
        return packed[rest]

    events: list[Event] = []
    for item in admitted:
        if isinstance(item, EnrolledRun):
            words = (record(member_id).to_bytes(32, "big") for member_id in item.member_ids())
            wallets = item.wallet_words()
            data = b"".join(wallets[32 * place : 32 * place + 32] + word for place, word in enumerate(words))
            events.append(EnrolledRun(log=NO_LOG, ids=item.ids, data=data))
        elif isinstance(item, Enrolled):
            own = record(item.member_id)
            events.append(Enrolled(log=NO_LOG, member_id=item.member_id, wallet=item.wallet, record=own))
    return events


@act(Accepted)
def accepted(replay: Replay, event: Accepted) -> Outcome:
    """R-33."""
    mutual = replay.mutual
    mutual.accept(event.member_id, mutual.terms.charter_hash, mutual.membership.member(event.member_id).wallet)
    return Outcome([event])


@act(ToppedUp)
def topped_up(replay: Replay, event: ToppedUp) -> Outcome:
    """R-39, also each one of a batch."""
    mutual, ledger = replay.mutual, replay.mutual.ledger
    deposits, surplus = ledger.deposits, ledger.surplus
    replay.fund_purse(event.payer)
    mutual.top_up(event.member_id, event.tick, Payment(), number(event.payer), now=replay.now)
    price, arrears = ledger.deposits - deposits, ledger.surplus - surplus
    expected = ToppedUp(
        log=NO_LOG, member_id=event.member_id, payer=event.payer, tick=event.tick, price=price, arrears=arrears
    )
    replay.topped_up.append(expected)
    return Outcome([expected], [(event.payer, price + arrears)])


@act(BatchToppedUp)
def batch_topped_up(replay: Replay, event: BatchToppedUp) -> Outcome:
    """R-39: the sum of the batch's members."""
    own = replay.topped_up[len(replay.topped_up) - event.count :] if event.count else []
    price = sum(item.price for item in own if item.payer == event.payer)
    return Outcome([BatchToppedUp(log=NO_LOG, payer=event.payer, count=len(own), price=price)])


@act(OrderSet)
def order_set(replay: Replay, event: OrderSet) -> Outcome:
    """R-40."""
    mutual = replay.mutual
    wallet = mutual.membership.member(event.member_id).wallet
    mutual.set_order(event.member_id, event.most_per_period, event.target, wallet, now=replay.now)
    replay.touched.orders.add(event.member_id)
    return Outcome([event])


@act(Collected)
def collected(replay: Replay, event: Collected) -> Outcome:
    """R-40, one member of a batch."""
    mutual, ledger = replay.mutual, replay.mutual.ledger
    deposits = ledger.deposits
    wallet = text(mutual.membership.member(event.member_id).wallet)
    replay.fund_purse(wallet)
    if not mutual.collect([event.member_id], now=replay.now):
        raise ModelRevert("R-40", "fund: nothing to collect from this member")
    price = ledger.deposits - deposits
    tick = mutual.membership.member(event.member_id).tick
    return Outcome([Collected(log=NO_LOG, member_id=event.member_id, tick=tick, price=price)], [(wallet, price)])


@act(Rejoined)
def rejoined(replay: Replay, event: Rejoined) -> Outcome:
    """R-43. Who paid is not logged."""
    mutual, ledger = replay.mutual, replay.mutual.ledger
    deposits, surplus = ledger.deposits, ledger.surplus
    wallet = mutual.membership.member(event.member_id).wallet
    replay.fund_purse(text(wallet))
    mutual.rejoin(event.member_id, event.tick, mutual.terms.charter_hash, Payment(), wallet, now=replay.now)
    member = mutual.membership.member(event.member_id)
    price, arrears = ledger.deposits - deposits, ledger.surplus - surplus
    expected = Rejoined(
        log=NO_LOG, member_id=event.member_id, tick=member.tick, joined=member.joined, price=price, arrears=arrears
    )
    return Outcome([expected], [(None, price + arrears)])


@act(Left)
def left(replay: Replay, event: Left) -> Outcome:
    """R-46, the notice."""
    mutual = replay.mutual
    mutual.leave(event.member_id, mutual.membership.member(event.member_id).wallet, now=replay.now)
    hour = mutual.membership.history_of(event.member_id).left
    ends = hour * HOUR + mutual.terms.leave_notice
    return Outcome([Left(log=NO_LOG, member_id=event.member_id, left=hour, ends=ends)])


@act(Refunded)
def refunded(replay: Replay, event: Refunded) -> Outcome:
    """R-46, the end."""
    mutual, ledger = replay.mutual, replay.mutual.ledger
    deposits = ledger.deposits
    amount = mutual.refund(event.member_id, now=replay.now)
    wallet = mutual.membership.member(event.member_id).wallet
    expected = Refunded(
        log=NO_LOG,
        member_id=event.member_id,
        wallet=text(wallet),
        amount=amount,
        exited=mutual.membership.history_of(event.member_id).exited,
    )
    dust = deposits - amount - ledger.deposits
    swept: list[Event] = [DustSwept(log=NO_LOG, amount=dust)] if dust else []
    return Outcome([expected, *swept, *owed(replay, wallet, amount)])


@act(WalletSet)
def wallet_set(replay: Replay, event: WalletSet) -> Outcome:
    """R-47: by the wallet itself, or a proposal that nobody vetoed."""
    mutual = replay.mutual
    member = mutual.membership.member(event.member_id)
    proposal = mutual.office.proposals.get(MemberId(event.member_id))
    proposed = proposal is not None and proposal.wallet == number(event.wallet) and replay.now >= proposal.ready_at
    if proposed and not event.accepted:
        mutual.complete_wallet(event.member_id, now=replay.now)
    else:
        mutual.replace_wallet(event.member_id, number(event.wallet), member.wallet, now=replay.now)
    replay.touched.pending.add(event.member_id)
    accepts = bool(mutual.membership.member(event.member_id).status & MemberStatus.ACCEPTED)
    return Outcome([WalletSet(log=NO_LOG, member_id=event.member_id, wallet=event.wallet, accepted=accepts)])


@act(ClassSet)
def class_set(replay: Replay, event: ClassSet) -> Outcome:
    """R-44: at once, or a requested decrease."""
    mutual, ledger = replay.mutual, replay.mutual.ledger
    deposits = ledger.deposits
    member = mutual.membership.member(event.member_id)
    wallet = text(member.wallet)
    replay.fund_purse(wallet)
    if mutual.terms.shares_of(event.class_id) < member.shares:
        mutual.apply_class(event.member_id, now=replay.now)
    else:
        replay.change_class(event.member_id, event.class_id, member.wallet)
    replay.touched.pending.add(event.member_id)
    member = mutual.membership.member(event.member_id)
    change = ledger.deposits - deposits
    expected = ClassSet(
        log=NO_LOG,
        member_id=event.member_id,
        class_id=member.class_id,
        shares=member.shares,
        changed=mutual.membership.history_of(event.member_id).changed,
        paid=max(change, 0),
        returned=max(-change, 0),
    )
    return Outcome([expected, *owed(replay, member.wallet, max(-change, 0))], [(wallet, max(change, 0))])


@act(RoundSettled)
def round_settled(replay: Replay, _event: RoundSettled) -> Outcome:
    """R-14."""
    mutual = replay.mutual
    before = Before.of(mutual)
    figures = mutual.settle_round(now=replay.now)
    expected = RoundSettled(
        log=NO_LOG,
        number=mutual.rounds.number,
        due=figures.due,
        call=mutual.rounds.call,
        from_surplus=figures.from_surplus,
        collected=figures.collected,
        paid=figures.paid,
        fee=figures.fee,
        to_surplus=figures.to_surplus,
        index=figures.index,
    )
    return Outcome([expected, *before.crossings(mutual, figures.collected)])


@act(Paid)
def paid(replay: Replay, event: Paid) -> Outcome:
    """R-14: a claim's part of a round."""
    mutual = replay.mutual
    key = claim_key(number(event.adjudicator), event.claim)
    entry = mutual.rounds.deferred[key]
    amount = mutual.pay(number(event.adjudicator), event.claim)
    expected = Paid(
        log=NO_LOG,
        adjudicator=event.adjudicator,
        claim=event.claim,
        payee=text(entry.payee),
        round=entry.round,
        amount=amount,
        rest=entry.due - amount,
        carried=key in mutual.rounds.deferred,
    )
    return Outcome([expected, *owed(replay, entry.payee, amount)])


@act(Carried)
def carried(replay: Replay, event: Carried) -> Outcome:
    """R-15."""
    mutual = replay.mutual
    call = mutual.carry(number(event.adjudicator), event.claim, now=replay.now)
    entry = mutual.rounds.deferred[claim_key(number(event.adjudicator), event.claim)]
    expected = Carried(
        log=NO_LOG, adjudicator=event.adjudicator, claim=event.claim, due=entry.due, call=call, round=entry.round
    )
    return Outcome([expected])


@act(Donated)
def donated(replay: Replay, event: Donated) -> Outcome:
    """R-22."""
    replay.fund_purse(event.payer)
    replay.mutual.donate(event.amount, Payment(), number(event.payer))
    return Outcome([event], [(event.payer, event.amount)])


@act(Absorbed)
def absorbed(replay: Replay, _event: Absorbed) -> Outcome:
    """R-20."""
    return Outcome([Absorbed(log=NO_LOG, amount=replay.mutual.absorb())])


@act(LossRecognised)
def loss_recognised(replay: Replay, _event: LossRecognised) -> Outcome:
    """R-21."""
    mutual = replay.mutual
    before = Before.of(mutual)
    shortage = mutual.recognise_loss(now=replay.now)
    taken = before.collected(mutual)
    expected = LossRecognised(
        log=NO_LOG,
        shortage=shortage,
        from_surplus=min(before.surplus, shortage),
        collected=taken,
        index=mutual.ledger.index,
    )
    return Outcome([expected, *before.crossings(mutual, taken)])


@act(Withdrawn)
def withdrawn(replay: Replay, event: Withdrawn) -> Outcome:
    """R-19."""
    payee = Address(number(event.payee))
    replay.touched.payees.add(payee)
    return Outcome([Withdrawn(log=NO_LOG, payee=event.payee, amount=replay.mutual.withdraw(payee))])


@act(FeesWithdrawn)
def fees_withdrawn(replay: Replay, _event: FeesWithdrawn) -> Outcome:
    """R-23."""
    steward = replay.mutual.terms.steward
    amount = replay.mutual.withdraw_fees()
    expected = FeesWithdrawn(log=NO_LOG, steward=text(steward), amount=amount)
    return Outcome([expected, *owed(replay, steward, amount)])
