# SPDX-License-Identifier: AGPL-3.0-only
"""Calls of the Court: every claim from filing to closing (court.md R-60 to R-86)."""

from __future__ import annotations

from tongxin.audit.acts_fund import Before, bond_payment, owed
from tongxin.audit.acts_jury import payer_of_bond, released
from tongxin.audit.outcome import NO_LOG, Outcome, number, text
from tongxin.audit.replay import Replay, act
from tongxin.chain.events import (
    AccessGranted,
    Announced,
    Challenged,
    Closed,
    Commissioned,
    Concluded,
    Credited,
    Cured,
    Deferred,
    Drawn,
    Event,
    Extended,
    Filed,
    Forfeited,
    Held,
    HeldFromBalance,
    Incomplete,
    InvestigatorAsked,
    JurorPaid,
    JurorsPaid,
    PanelOpened,
    Redraw,
    Reported,
    Retracted,
    Reviewed,
    SeatsDrawn,
    Settled,
    Slashed,
    TimedOut,
    Verdict,
    VotingStarted,
)
from tongxin.model import ClaimRecord, Filing, ModelRevert
from tongxin.model.court import FROM_BALANCE, OPEN_KEY, WAIVED, Owed
from tongxin.model.cover import day_start
from tongxin.model.jury import Volunteer
from tongxin.model.lot import lot_seed
from tongxin.model.rounds import claim_key
from tongxin.words import SEATS_IN_PANEL, SEATS_PER_WORD, ChallengerKind, ClaimFlag, PanelKind, Stage

NEAR_SEATS = (1 << 24 * SEATS_IN_PANEL) - 1
BEYOND = 255
"""A seat that no panel has: nobody challenges as its juror (R-77)."""


def _court(replay: Replay) -> str:
    return text(replay.mutual.court.address)


# Filing


@act(Filed)
def filed(replay: Replay, event: Filed) -> Outcome:
    """R-60 to R-64."""
    mutual = replay.mutual
    court = mutual.court
    payer = payer_of_bond(replay, event.filer)
    terms = mutual.charter.terms(mutual.charter.version_at(day_start(event.day, mutual.terms.zone)))
    size = terms.panel_size * terms.juror_pay
    filing = Filing(
        event.member_id,
        event.benefit,
        event.day,
        event.claimed,
        event.evidence,
        event.seal_key,
        event.summary,
        event.source,
    )
    deposits, bonds = mutual.ledger.deposits, mutual.ledger.bonds
    c = mutual.file(
        filing,
        bond_payment(payer, event.filer, size),
        number(event.filer),
        now=replay.now,
        block_number=replay.block,
    )
    record = court.record(c)
    claim = record.claim
    bond = mutual.ledger.bonds - bonds
    events: list[Event] = [
        Filed(
            log=NO_LOG,
            c=c,
            member_id=claim.member_id,
            filer=text(claim.filer),
            wallet=text(claim.wallet),
            payee=text(claim.payee),
            contact_a=text(claim.contact_a),
            contact_b=text(claim.contact_b),
            benefit=claim.benefit,
            class_id=claim.class_id,
            day=claim.day,
            filed_at=claim.filed_at,
            claimed=claim.claimed,
            base=claim.base,
            version=claim.version,
            pool=claim.pool,
            evidence=claim.evidence,
            seal_key=claim.seal_key,
            summary=claim.summary,
            bond=bond,
            source=event.source,
            lot_block=record.lot_block,
        )
    ]
    if not bond:
        return Outcome(events)
    if event.source == FROM_BALANCE:
        returned = deposits - mutual.ledger.deposits - bond
        replay.touched.payees.add(claim.wallet)
        tick = mutual.membership.member(claim.member_id).tick
        events.append(HeldFromBalance(log=NO_LOG, member_id=claim.member_id, tick=tick, amount=bond, returned=returned))
        return Outcome(events)
    if event.source == WAIVED:
        raise ModelRevert("R-64", "court: a waived bond was held")
    events.append(Held(log=NO_LOG, payer=payer, amount=bond))
    return Outcome(events, [(payer, bond)])


# Panels


def _learn_hash(replay: Replay, record: ClaimRecord) -> bytes:
    """R-65: gives the model the hash of the lot's block, and returns it."""
    blocks = replay.mutual.blocks
    lot_block = record.lot_block
    blocks.history = replay.has_history(lot_block, replay.block)
    for number_of_block in range(lot_block, replay.block, 256):
        blocks.hashes[number_of_block] = replay.block_hash(number_of_block)
        if blocks.history:
            break
    return blocks.lot_hash(lot_block, replay.block)


def _opened(replay: Replay, c: int, record: ClaimRecord) -> PanelOpened:
    key = 8 * c + record.n + OPEN_KEY
    panel = replay.mutual.jury.panel(key)
    replay.touched.excluded.update((key, who) for who in panel.excluded if who)
    return PanelOpened(
        log=NO_LOG,
        key=key,
        attempt=panel.attempt,
        commit_by=panel.commit_by,
        reveal_by=panel.reveal_by,
        least_votes=panel.least,
        heads=panel.heads,
    )


@act(Drawn)
def drawn(replay: Replay, event: Drawn) -> Outcome:
    """R-65, R-67: the lot is drawn again."""
    mutual, c = replay.mutual, event.c
    before = mutual.court.record(c)
    key = 8 * c + before.n
    seed = lot_seed(_learn_hash(replay, before), key, before.attempt)
    mutual.draw(c, now=replay.now, block_number=replay.block)
    record = mutual.court.record(c)
    filled = record.stage == Stage.ACCESS
    events: list[Event] = [Drawn(log=NO_LOG, c=c, key=key, seed=seed, filled=filled, deadline=record.deadline)]
    if not filled:
        return Outcome([*events, _opened(replay, c, record)])
    words = mutual.words()
    panel = mutual.jury.panel(key)
    near = words.panel(key) & NEAR_SEATS
    events.append(SeatsDrawn(log=NO_LOG, key=key, w=0, attempt=before.attempt, seats=near))
    far = -(-max(0, panel.size - SEATS_IN_PANEL) // SEATS_PER_WORD)
    events += [
        SeatsDrawn(log=NO_LOG, key=key, w=w + 1, attempt=before.attempt, seats=words.seats(key, w)) for w in range(far)
    ]
    return Outcome(events)


@act(AccessGranted)
def access_granted(replay: Replay, event: AccessGranted) -> Outcome:
    """R-68. Which of wallet and filer granted is not logged."""
    mutual, c = replay.mutual, event.c
    record = mutual.court.record(c)
    mutual.grant(c, event.keys_hash, record.claim.wallet, now=replay.now)
    key = 8 * c + record.n
    panel = mutual.jury.panel(key)
    return Outcome(
        [
            VotingStarted(
                log=NO_LOG, key=key, attempt=panel.attempt, commit_by=panel.commit_by, reveal_by=panel.reveal_by
            ),
            AccessGranted(
                log=NO_LOG,
                c=c,
                key=key,
                keys_hash=event.keys_hash,
                commit_by=panel.commit_by,
                reveal_by=panel.reveal_by,
            ),
        ]
    )


@act(Cured)
def cured(replay: Replay, event: Cured) -> Outcome:
    """R-74."""
    mutual, c = replay.mutual, event.c
    mutual.cure(c, event.evidence, mutual.court.record(c).claim.wallet, now=replay.now)
    record = mutual.court.record(c)
    events: list[Event] = [Cured(log=NO_LOG, c=c, evidence=event.evidence, deadline=record.deadline)]
    if record.stage == Stage.VOTING:
        events.append(_opened(replay, c, record))
    return Outcome(events)


@act(TimedOut)
def timed_out(replay: Replay, event: TimedOut) -> Outcome:
    """R-68, R-74."""
    mutual, c = replay.mutual, event.c
    closing = _Closing(replay, c)
    stage = closing.record.stage
    mutual.time_out(c, now=replay.now, block_number=replay.block)
    record = mutual.court.record(c)
    events: list[Event] = [TimedOut(log=NO_LOG, c=c, stage=stage)]
    if record.closed:
        return Outcome([*events, *closing.events()])
    return Outcome([*events, *_verdict(replay, c, record)])


# Investigators


@act(InvestigatorAsked)
def investigator_asked(replay: Replay, event: InvestigatorAsked) -> Outcome:
    """R-84."""
    mutual, c = replay.mutual, event.key // 8
    mutual.commission(c, event.seat, number(event.juror), now=replay.now)
    events: list[Event] = [event]
    if mutual.court.record(c).flags & ClaimFlag.COMMISSIONED:
        panel = mutual.jury.panel(event.key)
        events.append(Extended(log=NO_LOG, key=event.key, commit_by=panel.commit_by, reveal_by=panel.reveal_by))
        events.append(Commissioned(log=NO_LOG, c=c, key=event.key, commit_by=panel.commit_by))
    return Outcome(events)


@act(Reported)
def reported(replay: Replay, event: Reported) -> Outcome:
    """R-84."""
    court = replay.mutual.court
    investigator = court.terms_of(court.record(event.c).claim).investigator
    replay.mutual.report(event.c, event.report_hash, investigator)
    return Outcome([event])


# Verdicts


def _slashes(replay: Replay, before: dict[int, Volunteer], key: int) -> list[Event]:
    """What volunteers lost since."""
    lost = []
    for index, volunteer in before.items():
        halves = volunteer.halves - replay.mutual.jury.volunteers[index].halves
        if halves:
            lost.append(Slashed(log=NO_LOG, index=index, key=key, amount=halves * volunteer.half))
    return [*lost]


@act(Concluded)
def concluded(replay: Replay, event: Concluded) -> Outcome:
    """R-72, R-73: the verdict is that of the votes replayed."""
    mutual, c = replay.mutual, event.key // 8
    jury = mutual.jury
    if mutual.court.key(c, mutual.court.record(c)) != event.key:
        raise ModelRevert("R-72", "court: another panel sits")
    panel = jury.panel(event.key)
    before = {index: jury.volunteers[index] for index in panel.seats}
    mutual.conclude(c, now=replay.now, block_number=replay.block)
    conclusion = jury.found[event.key][-1]
    record = mutual.court.record(c)
    events: list[Event] = [
        Concluded(
            log=NO_LOG,
            key=event.key,
            attempt=panel.attempt,
            status=int(conclusion.decided),
            level=conclusion.level,
            valid=conclusion.valid,
            slashed=conclusion.slashed,
        ),
        *_slashes(replay, before, event.key),
    ]
    if record.stage == Stage.CURE:
        events.append(Incomplete(log=NO_LOG, c=c, key=event.key, deadline=record.deadline))
    elif record.stage == Stage.LOT:
        events.append(Redraw(log=NO_LOG, c=c, key=event.key, lot_block=record.lot_block))
    elif record.stage == Stage.VOTING:
        events.append(_opened(replay, c, record))
    else:
        events += _verdict(replay, c, record)
    return Outcome(events)


def _verdict(replay: Replay, c: int, record: ClaimRecord) -> list[Event]:
    """R-76."""
    court = replay.mutual.court
    costs = max(0, court.owed(c, record).total - court.pot(record))
    verdict = Verdict(
        log=NO_LOG,
        c=c,
        key=court.key(c, record),
        level=record.level,
        due=record.due,
        call=record.call,
        costs=costs,
        deadline=record.deadline,
        lot_block=record.lot_block,
    )
    if not record.due:
        return [verdict]
    announced = Announced(log=NO_LOG, adjudicator=_court(replay), due=record.due, costs=costs, call=record.call)
    return [verdict, announced]


@act(Challenged)
def challenged(replay: Replay, event: Challenged) -> Outcome:
    """R-77. A juror's seat is found by the juror."""
    mutual, c = replay.mutual, event.c
    court, jury = mutual.court, mutual.jury
    before = court.record(c)
    actor = number(event.challenger)
    seat = BEYOND
    if event.kind == ChallengerKind.JUROR:
        panel = jury.panel(court.key(c, before))
        seat = next((j for j, index in enumerate(panel.seats) if jury.volunteers[index].wallet == actor), BEYOND)
    payer = payer_of_bond(replay, event.challenger)
    bond = court.size(before, before.n + 1) * court.terms_of(before.claim).juror_pay
    mutual.challenge(
        c,
        seat,
        bond_payment(payer, event.challenger, bond),
        actor,
        now=replay.now,
        block_number=replay.block,
    )
    record = court.record(c)
    challenger = court.challengers[c, record.n]
    events = _retracted(replay, before)
    events.append(
        Challenged(
            log=NO_LOG,
            c=c,
            n=record.n,
            challenger=text(challenger.challenger),
            kind=challenger.kind,
            level=challenger.level,
            bond=challenger.posted,
            lot_block=record.lot_block,
        )
    )
    if not challenger.posted:
        return Outcome(events)
    events.append(Held(log=NO_LOG, payer=payer, amount=challenger.posted))
    return Outcome(events, [(payer, challenger.posted)])


def _retracted(replay: Replay, before: ClaimRecord) -> list[Event]:
    if not before.level:
        return []
    return [Retracted(log=NO_LOG, adjudicator=_court(replay), call=before.call)]


@act(Reviewed)
def reviewed(replay: Replay, event: Reviewed) -> Outcome:
    """R-78: the lot is drawn again."""
    mutual, c = replay.mutual, event.c
    before = mutual.court.record(c)
    _learn_hash(replay, before)
    mutual.review(c, block_number=replay.block)
    record = mutual.court.record(c)
    selected = record.n > before.n
    events: list[Event] = [Reviewed(log=NO_LOG, c=c, selected=selected, lot_block=record.lot_block)]
    if selected:
        events += _retracted(replay, before)
    return Outcome(events)


# Closing


class _Closing:
    """R-80 to R-82: what a claim's closing logs, from what stood before it."""

    def __init__(self, replay: Replay, c: int) -> None:
        mutual = replay.mutual
        self.replay = replay
        self.c = c
        self.record = mutual.court.record(c)
        self.ledger = Before.of(mutual)
        self.key = claim_key(mutual.court.address, c)
        self.was_deferred = self.key in mutual.rounds.deferred
        self.losers = {
            who.bond: (n, mutual.jury.volunteers[who.bond])
            for n in range(1, self.record.n + 1)
            if (who := mutual.court.challengers[c, n]).kind == ChallengerKind.JUROR
        }

    def events(self) -> list[Event]:
        """Everything, once the model has closed the claim."""
        mutual, c = self.replay.mutual, self.c
        record = mutual.court.record(c)
        events: list[Event] = []
        for index, (n, volunteer) in self.losers.items():
            events += _slashes(self.replay, {index: volunteer}, 8 * c + n - 1)
        owed_then = mutual.court.owed(c, record)
        return [*events, *self._settled(record), *self._given(record, owed_then), self._closed(record, owed_then)]

    def _settled(self, record: ClaimRecord) -> list[Event]:
        """R-8 to R-12."""
        replay, mutual = self.replay, self.replay.mutual
        figures = mutual.rounds.last
        if figures is None:
            raise ModelRevert("R-80", "model: nothing was settled")
        payee = record.claim.payee
        entry = None if self.was_deferred else mutual.rounds.deferred.get(self.key)
        replay.touched.deferred.add(self.key)
        whole = entry is not None and bool(entry.round)
        events: list[Event] = [
            Settled(
                log=NO_LOG,
                adjudicator=_court(replay),
                claim=self.c,
                payee=text(payee),
                due=figures.due,
                costs=figures.costs,
                call=0 if whole else self.record.call,
                from_surplus=figures.from_surplus,
                collected=figures.collected,
                costs_paid=figures.costs_paid,
                paid=figures.paid,
                fee=figures.fee,
                to_surplus=figures.to_surplus,
                index=figures.index,
            ),
            *self.ledger.crossings(mutual, figures.collected),
            *owed(replay, payee, figures.paid),
        ]
        if entry is not None:
            events.append(
                Deferred(
                    log=NO_LOG,
                    adjudicator=_court(replay),
                    claim=self.c,
                    payee=text(entry.payee),
                    due=entry.due,
                    call=self.record.call if whole else 0,
                    round=entry.round,
                    carries=entry.carries,
                )
            )
        return events

    def _given(self, record: ClaimRecord, owed_then: Owed) -> list[Event]:
        """R-82: to whom the pot and the costs went."""
        replay, claim, closing = self.replay, record.claim, record.closing
        if closing is None:
            raise ModelRevert("R-80", "model: the claim is not closed")
        events: list[Event] = []
        if owed_then.filing_bond:
            own = record.flags & ClaimFlag.BOND_FROM_BALANCE or claim.filer == claim.wallet
            events += released(replay, claim.payee if own else claim.filer, owed_then.filing_bond)
        each = closing.rewards // len(owed_then.challengers) if owed_then.challengers else 0
        for to, bond in owed_then.challengers:
            if bond + each:
                events += released(replay, to, bond + each)
        if closing.investigator:
            events += released(replay, replay.mutual.court.terms_of(claim).investigator, closing.investigator)
        if closing.to_surplus:
            events.append(Forfeited(log=NO_LOG, amount=closing.to_surplus))
        return events

    def _closed(self, record: ClaimRecord, owed_then: Owed) -> Event:
        closing = record.closing
        if closing is None:
            raise ModelRevert("R-80", "model: the claim is not closed")
        return Closed(
            log=NO_LOG,
            c=self.c,
            member_id=record.claim.member_id,
            level=record.level,
            due=self.record.due,
            owed=owed_then.total,
            costs=max(0, owed_then.total - closing.pot),
            costs_paid=closing.costs_paid,
            pay_per_seat=record.pay_per_seat,
            rewards=closing.rewards,
            to_surplus=closing.to_surplus,
            payee=text(record.claim.payee),
        )


@act(Closed)
def closed(replay: Replay, event: Closed) -> Outcome:
    """R-80."""
    closing = _Closing(replay, event.c)
    replay.mutual.settle(event.c, now=replay.now)
    return Outcome(closing.events())


@act(JurorsPaid)
def jurors_paid(replay: Replay, event: JurorsPaid) -> Outcome:
    """R-83."""
    mutual, c = replay.mutual, event.c
    jury = mutual.jury
    count = mutual.pay_jurors(c, event.n)
    key = 8 * c + event.n
    panel = jury.panel(key)
    each = mutual.court.record(c).pay_per_seat
    events: list[Event] = [JurorsPaid(log=NO_LOG, c=c, n=event.n, each=each, count=count)]
    if panel.kind != PanelKind.DRAWN:
        raise ModelRevert("R-83", "court: no drawn panel")
    for seat, (index, vote) in enumerate(zip(panel.seats, panel.votes, strict=True)):
        if vote:
            juror = jury.volunteers[index].wallet
            replay.touched.payees.add(juror)
            events.append(Credited(log=NO_LOG, to=text(juror), amount=each))
            events.append(JurorPaid(log=NO_LOG, key=key, seat=seat, juror=text(juror), amount=each))
    return Outcome(events)
