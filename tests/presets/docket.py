# SPDX-License-Identifier: AGPL-3.0-only
"""The claims of a preset's mutual, from filing to payment, its rounds, and what happens to whose runway is used up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from eth_utils.crypto import keccak

from presets.by_hand import (
    BPS,
    DAY,
    HOUR,
    SCALE,
    YEAR,
    Pair,
    Settlement,
    Standing,
    settlement,
    up,
)
from presets.ground import send_all
from presets.town import Person, Town
from tongxin.chain import dev_rpc
from tongxin.chain.events import (
    Carried,
    Closed,
    Collected,
    Deferred,
    Filed,
    JurorsPaid,
    Paid,
    Rejoined,
    Reviewed,
    RoundSettled,
    Settled,
    ToppedUp,
    Verdict,
)
from tongxin.chain.payments import by_allowance
from tongxin.chain.reverts import (
    InWaitingTime,
    Lapsed,
    NotCovered,
    NothingCovered,
    OneWaiverAYear,
)
from tongxin.chain.structs import Claim, Payment
from tongxin.chain.transactions import simulate
from tongxin.chain.typed_data import commit
from tongxin.charter.rules import Funding, Kind
from tongxin.words import Stage

REASON = keccak(b"reason")
SALT = keccak(b"salt")


@dataclass
class Case:
    """A claim from its filing to its payment, and what is expected of it."""

    who: Person
    benefit: int
    level: int
    claimed: int = 0
    waived: bool = False
    c: int = 0
    claim: Claim | None = None
    bond: int = 0
    due: int = 0
    call: int = 0
    costs: int = 0
    jurors: int = 0
    paid: int = 0

    @property
    def pair(self) -> Pair:
        return self.benefit, self.who.class_id

    @property
    def filed(self) -> Claim:
        assert self.claim is not None
        return self.claim


@dataclass
class Docket(Town):
    """The same mutual with its claims: each comes with what the YAML's values make of it.

    `waiting` are the claims of the round under way; `ordered` has a standing order, `careful` repairs a lapse in time,
    `careless` does not.
    """

    steps_met: set[int] = field(default_factory=set)
    waiting: list[Case] = field(default_factory=list)
    ordered: Person | None = None
    careful: Person | None = None
    careless: Person | None = None

    def file_case(self, case: Case) -> None:
        """R-60, R-62, R-64: base and bond are what the charter says."""
        day = self.today
        if self.rules.benefits[case.benefit].kind is Kind.REIMBURSEMENT:
            with pytest.raises(NothingCovered):
                self.file(case.who, case.pair, day, self.sheet.units(self.rules.benefits[case.benefit].deductible))
            self.done.add("reimbursement")
        filing = self.filing(case.who, case.pair, day, case.claimed, waived=case.waived)
        filed = case.who.wallet.send(self.court.file(filing, Payment())).one(Filed)
        elapsed = self.elapsed(case.who, day)
        case.bond = 0 if case.waived else self.sheet.filing_bond
        assert filed.base == self.sheet.base(case.pair, elapsed, case.claimed)
        assert (filed.bond, filed.source) == (case.bond, int(filing.source))
        case.c, case.claim = filed.c, Claim.of_event(filed)
        self.steps_met.add(self.sheet.step(elapsed))

    def judge(self, cases: Sequence[Case]) -> None:
        """Lot, access, votes and verdict of several claims at once."""
        dev_rpc.mine(self.ground.node.url, self.rules.court.lot_delay + 1)
        send_all(self.keeper, [self.court.draw(case.c, case.filed) for case in cases])
        drawn = [case for case in cases if not self.court.state(case.c).open_panel]
        opened = [case for case in cases if case not in drawn]
        for case in drawn:
            case.who.wallet.send(self.court.grant(case.c, case.filed, keccak(b"wrapped keys")))
        voters: dict[int, list[Person]] = {case.c: self.commit_drawn(case) for case in drawn}
        voters |= self.commit_open(opened)
        if opened:
            self.wait(self.rules.court.commit_time)
        jury = self.mutual.jury
        reveals = []
        for case in cases:
            levels = self.ballot(case, len(voters[case.c]))
            seats = (
                [int(one.wallet.address, 16) for one in voters[case.c]] if case in opened else list(range(len(levels)))
            )
            reveals.append(
                jury.reveal_many(
                    self.mutual.panel_key(case.c), seats, levels, [REASON] * len(seats), [SALT] * len(seats)
                )
            )
        send_all(self.keeper, reveals)
        shares = self.fund.books().shares
        concluded = send_all(self.keeper, [self.court.conclude(case.c, case.filed) for case in cases])
        for case, receipt in zip(cases, concluded, strict=True):
            case.jurors = max(case.jurors, len(voters[case.c])) if case in drawn else case.jurors
            pay = case.jurors * self.sheet.seat_pay
            case.costs = pay if case.level else max(0, pay - case.bond)
            case.due = self.sheet.due(case.benefit, case.level, case.filed.base, shares)
            case.call = self.sheet.call(case.due, case.costs, shares) if case.level else 0
            verdict = receipt.one(Verdict)
            assert (verdict.level, verdict.due) == (case.level, case.due)
            if case.level:
                assert (verdict.call, verdict.costs) == (case.call, case.costs)
                self.note_verdict(case, shares)
        self.done |= {"drawn panel"} if drawn else set()
        self.done |= {"open panel"} if opened and not self.sheet.drawn else set()

    def note_verdict(self, case: Case, shares: int) -> None:
        levels = self.rules.benefits[case.benefit].levels
        if len(levels) > 1 and case.level < len(levels):
            self.done.add("severity")
        if self.sheet.claim_cap and case.due < case.filed.base * levels[case.level - 1].grants // BPS:
            assert case.due == self.sheet.claim_cap * shares // SCALE
            self.done.add("claim cap")

    def ballot(self, case: Case, count: int) -> list[int]:
        """All votes but one agree, where one does not decide."""
        other = 0 if case.level else 1
        return [case.level] * (count - 1) + [other if (count > 2 and self.sheet.drawn) or count > 4 else case.level]

    def hidden(self, case: Case, key: int, seats: Sequence[int]) -> list[bytes]:
        jury, attempt = self.mutual.jury, self.court.state(case.c).attempt
        levels = self.ballot(case, len(seats))
        return [
            jury.commitment(key, attempt, seat, level=level, reason=REASON, salt=SALT)
            for seat, level in zip(seats, levels, strict=True)
        ]

    def commit_drawn(self, case: Case) -> list[Person]:
        """The jurors sign, the keeper brings their hidden votes (R-69)."""
        jury, key = self.mutual.jury, self.mutual.panel_key(case.c)
        seats = range(self.rules.court.panel_size)
        by_address = {one.wallet.address: one for one in self.people}
        jurors = [by_address[jury.juror(key, seat)] for seat in seats]
        hidden = self.hidden(case, key, seats)
        signatures = [
            one.wallet.signer.sign_typed(commit(jury.typed_domain(), key, 0, seat, item))
            for one, seat, item in zip(jurors, seats, hidden, strict=True)
        ]
        self.keeper.send(jury.commit_for(key, list(seats), hidden, signatures))
        return jurors

    def commit_open(self, cases: Sequence[Case]) -> dict[int, list[Person]]:
        """As many members vote as the quorum asks for (R-75), each on all claims at once."""
        if not cases:
            return {}
        jury, heads = self.mutual.jury, self.fund.books().heads
        voters: dict[int, list[Person]] = {}
        bags: dict[int, list[tuple[Case, bytes]]] = {}
        for case in cases:
            key = self.mutual.panel_key(case.c)
            panel = jury.panel(key)
            assert panel is not None
            assert panel.least_votes == self.sheet.least_votes(heads)
            chosen = [number for number, one in enumerate(self.base) if one is not case.who][: panel.least_votes]
            assert len(chosen) == panel.least_votes
            seats = [int(self.base[number].wallet.address, 16) for number in chosen]
            voters[case.c] = [self.base[number] for number in chosen]
            for number, item in zip(chosen, self.hidden(case, key, seats), strict=True):
                bags.setdefault(number, []).append((case, item))
        for number, bag in bags.items():
            one = self.base[number]
            seat = int(one.wallet.address, 16)
            send_all(
                one.wallet,
                [jury.commit(self.mutual.panel_key(case.c), seat, one.member_id, item) for case, item in bag],
            )
        return voters

    def hear(self, cases: Sequence[Case], *, donated: bool = False) -> None:
        """Claims from filing to payment, all in one round."""
        self.settle_closed_round()
        for case in cases:
            self.file_case(case)
        self.judge(cases)
        if self.rules.money.funding is Funding.CALLED:
            self.collect_orders(sum(case.call for case in cases))
        self.wait(self.rules.court.verdict_notice)
        for case in [case for case in cases if case.waived]:
            with pytest.raises(OneWaiverAYear):
                self.file(case.who, case.pair, self.today, waived=True)
            self.done.add("waiver")
        self.review([case for case in cases if case.level])
        if donated:
            need = sum(self.sheet.gross(case.due) + case.costs for case in cases)
            self.keeper.send(self.fund.donate(need, by_allowance()))
        for case in cases:
            self.settle(case)
        self.restore_in_grace()
        self.settle_closed_round(wait=True)
        self.balanced()

    def review(self, cases: Sequence[Case]) -> None:
        """R-78: no grant is closed before the lot, or its amount, decided on a review."""
        if not self.sheet.reviewed or not cases:
            return
        dev_rpc.mine(self.ground.node.url, self.rules.court.lot_delay + 1)
        receipts = send_all(self.keeper, [self.court.review(case.c, case.filed) for case in cases])
        above = self.sheet.units(self.rules.court.review_above)
        chosen = []
        for case, receipt in zip(cases, receipts, strict=True):
            selected = receipt.one(Reviewed).selected
            assert selected or not 0 < above < case.due
            chosen += [case] if selected else []
            self.done |= {"reviewed by amount"} if 0 < above < case.due else set()
        self.done.add("awaited review")
        if chosen:
            self.judge(chosen)
            self.wait(self.rules.court.verdict_notice)

    def settle(self, case: Case) -> None:
        """R-8 to R-10, R-80 to R-83: costs at once; the due at once, or in the period's round."""
        before = self.standing()
        now_paid = case.due if self.sheet.immediate else 0
        limit = min(self.sheet.round_cap, before.year_left)
        if now_paid:
            limit = min(limit, self.sheet.with_margin(case.call))
        expected = settlement(self.sheet, before, due=now_paid, costs=case.costs, limit=limit)
        held = self.ground.coin.balance_of(case.who.wallet.address)
        receipt = self.keeper.send(self.court.settle(case.c, case.filed))
        settled, closed = receipt.one(Settled), receipt.one(Closed)
        self.same(settled, expected)
        assert settled.costs_paid == expected.costs_paid
        assert (closed.level, closed.due, closed.costs) == (case.level, case.due, case.costs)
        assert self.court.state(case.c).stage is (Stage.GRANTED if case.level else Stage.DENIED)
        back = case.bond if case.level else 0
        assert self.ground.coin.balance_of(case.who.wallet.address) - held == back + expected.paid
        self.fees += expected.fee
        self.done |= {"denial"} if not case.level else set()
        self.done |= {"filing bond"} if case.bond else set()
        if now_paid:
            self.note_paid(case, expected.paid)
            self.note_cap(before, expected, case.due)
            self.done.add("immediate payment")
        elif case.due:
            deferred = receipt.one(Deferred)
            assert (deferred.due, deferred.call, deferred.carries) == (case.due, case.call, self.rules.money.carries)
            self.waiting.append(case)
        each = min(self.sheet.seat_pay, (case.bond - back + expected.costs_paid) // max(1, case.jurors))
        if each:
            paid = self.keeper.send(self.court.pay_jurors(case.c, 0)).one(JurorsPaid)
            assert (paid.each, paid.count) == (each, case.jurors)

    def same(self, event: Settled | RoundSettled, expected: Settlement) -> None:
        seen = (event.from_surplus, event.collected, event.paid, event.fee, event.to_surplus, event.index)
        assert seen == (
            expected.from_surplus,
            expected.collected,
            expected.paid,
            expected.fee,
            expected.to_surplus,
            expected.index,
        )

    def note_paid(self, case: Case, amount: int) -> None:
        case.paid += amount
        if case.paid == case.due:
            self.done.add("payment in full")

    def note_cap(self, before: Standing, expected: Settlement, due: int) -> None:
        """Where the index rose by the whole round cap, claims get less than is due."""
        if expected.paid < due and expected.index - before.index == self.sheet.round_cap:
            fee = self.rules.money.fee
            everything = expected.from_surplus + before.raised_by(self.sheet.round_cap) // SCALE
            assert expected.paid == (everything - expected.costs_paid) * BPS // (BPS + fee)
            self.done.add("round cap")

    def settle_closed_round(self, *, wait: bool = False) -> None:
        """R-14: the round is settled once it closes, and every claim gets its part."""
        if not self.fund.books().pending:
            return
        outstanding = self.fund.round()
        if wait:
            self.wait_until(outstanding.closes_at)
        elif outstanding.closes_at > self.now:
            return
        assert (outstanding.closes_at - self.founded) % self.rules.money.period == 0
        before = self.standing()
        due, call = sum(case.due - case.paid for case in self.waiting), sum(case.call for case in self.waiting)
        limit = min(self.sheet.round_cap, before.year_left, self.sheet.with_margin(call))
        expected = settlement(self.sheet, before, due=due, costs=0, limit=limit)
        settled = self.keeper.send(self.fund.settle_round()).one(RoundSettled)
        assert (settled.due, settled.call) == (due, call)
        self.same(settled, expected)
        self.fees += expected.fee
        self.note_cap(before, expected, due)
        for case in self.waiting:
            wanted = case.due - case.paid
            part = wanted * expected.paid // due
            held = self.ground.coin.balance_of(case.who.wallet.address)
            paid = self.keeper.send(self.fund.pay(self.court.address, case.c)).one(Paid)
            assert (paid.amount, paid.rest) == (part, wanted - part)
            assert self.ground.coin.balance_of(case.who.wallet.address) == held + part
            self.note_paid(case, part)
        self.waiting.clear()
        if not self.sheet.immediate:
            self.done.add("round of a period")
        self.restore_in_grace()

    def carry(self, cases: Sequence[Case]) -> None:
        """R-15: one rest is carried into a later round."""
        rests = [case for case in cases if case.paid < case.due]
        if not rests or not self.rules.money.carries or "carry" in self.done:
            return
        case = rests[0]
        waits = self.fund.deferred(self.court.address, case.c)
        assert (waits.due, waits.round, waits.carries) == (case.due - case.paid, 0, self.rules.money.carries)
        shares = self.fund.books().shares
        carried = self.keeper.send(self.fund.carry(self.court.address, case.c)).one(Carried)
        case.call = self.sheet.call(waits.due, 0, shares)
        assert (carried.due, carried.call) == (waits.due, case.call)
        outstanding = self.fund.round()
        assert outstanding.closes_at - self.now >= self.rules.money.period - 1
        assert self.fund.deferred(self.court.address, case.c).carries == self.rules.money.carries - 1
        if self.rules.money.funding is Funding.CALLED:
            self.collect_orders(case.call)
        self.waiting.append(case)
        paid = case.paid
        self.settle_closed_round(wait=True)
        assert case.paid > paid
        self.done.add("carry")
        self.balanced()

    def collect_orders(self, calls: int) -> None:
        """R-16, R-40: in the notice the order buys what the call will cost, at most with its margin."""
        one = self.ordered
        assert one is not None
        before, tick = self.standing(), self.fund.member(one.member_id).tick
        spacing, target = self.sheet.spacing, self.sheet.least_ticks
        called = up(calls * (BPS + self.rules.money.call_margin), BPS)
        goal = min(
            up(before.index + target * spacing + called, spacing), before.index // spacing + self.sheet.most_ticks
        )
        if goal <= tick:
            return
        held = self.ground.coin.balance_of(one.wallet.address)
        collected = self.keeper.send(self.fund.collect([one.member_id])).one(Collected)
        price = up(one.shares * (goal - tick) * spacing, SCALE)
        assert (collected.tick, collected.price) == (goal, price)
        assert held - self.ground.coin.balance_of(one.wallet.address) == price
        self.done.add("standing order")

    # -- lapse

    def lapsed(self, who: Person | None) -> bool:
        if who is None:
            return False
        return not self.fund.member(who.member_id).in_force(self.fund.books().index, self.sheet.spacing)

    def easiest(self, class_id: int) -> Pair:
        """The pair of a class with the shortest waiting time."""
        pairs = [pair for pair in self.sheet.pairs(refunds=False) if pair[1] == class_id]
        return min(pairs, key=lambda pair: self.rules.benefits[pair[0]].waiting[class_id])

    def restore_in_grace(self) -> None:
        """R-39, R-42: cover ends with the runway; paid up within the grace time, it has no gap."""
        who = self.careful
        if who is None or not self.lapsed(who):
            return
        self.careful = None
        tick = self.fund.member(who.member_id).tick
        stamp = self.fund.tick(tick).stamp
        assert self.fund.balance_of(who.member_id) == 0
        day = self.sheet.day_of(stamp) + 1
        self.wait_until(self.sheet.start_of(day) + 1)
        self.settle_closed_round()
        assert self.now <= stamp + self.rules.membership.grace
        with pytest.raises(NotCovered):
            self.file(who, self.easiest(who.class_id), day)
        self.done.add("lapse")
        index, surplus, spacing = self.fund.books().index, self.fund.purse().surplus, self.sheet.spacing
        ahead = self.tick_ahead(self.sheet.most_ticks)
        topped = who.wallet.send(self.fund.top_up(who.member_id, ahead, by_allowance())).one(ToppedUp)
        arrears = up(who.shares * (index - tick * spacing), SCALE)
        assert (topped.price, topped.arrears) == (self.price(who.shares, ahead, index), arrears)
        assert self.fund.purse().surplus == surplus + arrears
        assert self.fund.member(who.member_id).joined == who.joined
        self.file(who, self.easiest(who.class_id), day)
        self.done.add("restored in grace")

    def top_up_is_taken(self, who: Person) -> None:
        """Whether a top-up would be taken now; raises the refusal."""
        action = self.fund.top_up(who.member_id, self.tick_ahead(self.sheet.most_ticks), by_allowance())
        simulate(self.ground.endpoints, action, who.wallet.address)

    def rejoin_after_grace(self) -> None:
        """R-43: after the grace time the own wallet starts anew, waiting times too."""
        who = self.careless
        if who is None or not self.lapsed(who):
            return
        self.careless = None
        tick = self.fund.member(who.member_id).tick
        stamp = self.fund.tick(tick).stamp
        over = stamp + self.rules.membership.grace + 1
        if self.now < over - HOUR:
            self.wait_until(over - HOUR)
            self.settle_closed_round()
            self.top_up_is_taken(who)
        self.wait_until(over)
        self.settle_closed_round()
        with pytest.raises(Lapsed):
            self.top_up_is_taken(who)
        ahead, index = self.tick_ahead(self.sheet.most_ticks), self.fund.books().index
        late = self.now - stamp >= YEAR
        owed = min(
            up(who.shares * (index - tick * self.sheet.spacing), SCALE), up(who.shares * self.sheet.year_cap, SCALE)
        )
        action = self.fund.rejoin(who.member_id, ahead, self.charter_hash, by_allowance())
        rejoined = who.wallet.send(action).one(Rejoined)
        who.joined = up(self.now, HOUR)
        assert (rejoined.price, rejoined.arrears) == (self.price(who.shares, ahead, index), 0 if late else owed)
        assert rejoined.joined == self.fund.member(who.member_id).joined == who.joined
        pairs = [pair for pair in self.sheet.pairs(refunds=False) if pair[1] == who.class_id]
        longest = max(pairs, key=lambda pair: self.rules.benefits[pair[0]].waiting[who.class_id])
        if self.rules.benefits[longest[0]].waiting[who.class_id]:
            day = self.sheet.first_covered(longest, who.joined) - 1
            if self.sheet.start_of(day) >= who.joined * HOUR:
                self.wait_until(min(self.sheet.start_of(day), who.joined * HOUR + 2 * DAY))
                with pytest.raises(InWaitingTime):
                    self.file(who, longest, min(day, self.today))
        self.done.add("rejoined after grace")
        self.balanced()
