# SPDX-License-Identifier: AGPL-3.0-only
"""A year in the life of a mutual, as its charter has it: every rule that the charter holds is met at least once.

`Year.live` tells the story; each step compares what the chain did with what `by_hand` says that the YAML's values
lead to, and notes the part of the story it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from presets.by_hand import (
    DAY,
    HOUR,
    SCALE,
    Pair,
    up,
)
from presets.docket import Case, Docket
from presets.town import Person
from support.sdk import person
from tongxin.chain.events import (
    FeesWithdrawn,
    Left,
    Refunded,
    Withdrawn,
)
from tongxin.chain.reverts import (
    BeforeStart,
    InWaitingTime,
    NotCovered,
    TooManyGrants,
    WaitingTimeOver,
)
from tongxin.charter.rules import Form, Funding, Kind

MOST_EXTRA = 4
"""Rounds beyond the planned ones until the shortest runways are used up."""


@dataclass
class Year(Docket):
    """The story of one mutual.

    `claimed` is what somebody of the class has claimed, `spaced` the grant after which the interval is tried.
    """

    claimed: set[Pair] = field(default_factory=set)
    next_founder: int = -1
    spaced: Case | None = None

    # -- the story

    def live(self) -> None:
        """From the founding to an exit."""
        self.gather()
        newcomers = self.newcomers()
        checks = self.checks(newcomers)
        ready = max(one.joined for one in self.people) * HOUR + self.rules.membership.newcomer + 1
        for _, pair in [one for one in checks if one[0] <= ready]:
            self.cover_begins(newcomers[pair[1]], pair)
        if self.sheet.drawn:
            self.volunteer()
        self.wait_until(ready + HOUR)
        if self.rules.membership.admission.form is Form.INVITATION:
            self.invite()
        self.claims_of_the_year(newcomers, [one for one in checks if one[0] > ready])
        self.last_round()
        self.end()

    def newcomers(self) -> list[Person]:
        """After the start: somebody of each class, and three whose deposit is the least."""
        newcomers = [self.join(class_id, self.sheet.most_ticks) for class_id in range(len(self.rules.classes))]
        self.careful, self.careless = (self.join(0, self.sheet.least_ticks) for _ in range(2))
        self.leaver = self.join(0, self.sheet.most_ticks)
        if self.rules.money.funding is Funding.CALLED:
            self.ordered = self.join(0, self.sheet.least_ticks)
            most = self.sheet.units(self.rules.membership.max_runway) * 10
            send = self.fund.set_order(self.ordered.member_id, most, self.sheet.least_ticks)
            self.ordered.wallet.send(send)
        return newcomers

    def checks(self, newcomers: Sequence[Person]) -> list[tuple[int, Pair]]:
        """When which benefit begins to cover whom, by time."""
        pairs = self.sheet.pairs(refunds=False) + self.sheet.pairs(refunds=True)
        return sorted(
            (self.sheet.start_of(self.sheet.first_covered(pair, newcomers[pair[1]].joined)), pair) for pair in pairs
        )

    def cover_begins(self, who: Person, pair: Pair) -> None:
        """R-41, R-51: the last day of the waiting time is refused, the next one is taken."""
        first = self.sheet.first_covered(pair, who.joined)
        self.wait_until(self.sheet.start_of(first) + 1)
        self.settle_closed_round()
        benefit = self.rules.benefits[pair[0]]
        if benefit.kind is Kind.CONTRIBUTION_REFUND:
            self.file(who, pair, first - 1)
            with pytest.raises(WaitingTimeOver):
                self.file(who, pair, first)
            return
        waits = benefit.waiting[pair[1]] > 0 and self.sheet.start_of(first - 1) >= who.joined * HOUR
        with pytest.raises(InWaitingTime if waits else (BeforeStart, InWaitingTime, NotCovered)):
            self.file(who, pair, first - 1)
        self.file(who, pair, first)
        if waits:
            self.done.add("waiting refused")

    def claims_of_the_year(self, newcomers: Sequence[Person], later: list[tuple[int, Pair]]) -> None:
        """Each benefit of each class is claimed once its waiting time is over; steps of the ladder, repeats, floods."""
        open_pairs = [pair for pair in self.sheet.pairs(refunds=False) if pair not in [pair for _, pair in later]]
        ladder = [one.after for one in self.rules.ladder if one.after]
        agenda: list[tuple[int, Pair | None]] = [
            *later,
            *((self.sheet.start_of(self.ladder_day(newcomers[0], after)), None) for after in ladder),
        ]
        times = sorted({at for at, _ in agenda})
        if open_pairs:
            self.session(newcomers, open_pairs, times[0] if times else None)
        for at, following in zip(times, [*times, None][1:], strict=True):
            self.wait_until(at + 1)
            self.settle_closed_round()
            begun = [pair for when, pair in agenda if when == at and pair is not None]
            for pair in begun:
                self.cover_begins(newcomers[pair[1]], pair)
            if len(begun) < sum(when == at for when, _ in agenda):
                self.ladder_rises(newcomers[0])
            claimable = [pair for pair in begun if self.rules.benefits[pair[0]].kind is not Kind.CONTRIBUTION_REFUND]
            self.session(newcomers, claimable, following)
        self.keep_interval()
        if self.rules.ladder:
            assert self.steps_met >= set(range(1, len(self.rules.ladder) + 1))
            self.done.add("ladder")
        assert len(self.claimed) == len(self.sheet.pairs(refunds=False))
        if len(self.rules.classes) > 1:
            self.done.add("class amounts")
        self.repeat(newcomers[0])
        for _ in range(MOST_EXTRA):
            if self.careful is None and self.careless is None:
                break
            self.session(newcomers, [])

    def ladder_day(self, who: Person, after: int) -> int:
        return self.sheet.first_day_from(who.joined * HOUR + after)

    def ladder_rises(self, who: Person) -> None:
        """R-62: the day before a step and the day of it."""
        pair = self.easiest(who.class_id)
        for step in self.rules.ladder:
            day = self.ladder_day(who, step.after)
            if step.after and self.sheet.start_of(day) <= self.now:
                for on in (day - 1, day):
                    amount = self.mutual.awarded(who.member_id, pair[0], on).amount
                    assert amount == self.sheet.full(pair, self.elapsed(who, on))
                assert self.sheet.full(pair, self.elapsed(who, day)) > self.sheet.full(pair, self.elapsed(who, day - 1))

    def session(self, newcomers: Sequence[Person], pairs: Sequence[Pair], following: int | None = None) -> None:
        """One round: what begins to cover, as many more as a flood has, denials and a refund in the first one.

        `following` is when the story goes on.
        """
        first = not self.claimed
        cases = [self.case(newcomers[pair[1]], pair, number) for number, pair in enumerate(pairs)]
        self.claimed.update(pairs)
        while sum(case.level > 0 for case in cases) < self.sheet.flood:
            who = self.from_the_base()
            pair = self.easiest(0)
            cases.append(self.case(who, pair, 0, full=True))
        if first:
            cases.append(self.case(self.from_the_base(), self.easiest(0), 0, level=0))
            if self.rules.court.waiver and self.sheet.filing_bond:
                cases.append(self.case(self.from_the_base(), self.easiest(0), 0, level=0))
                cases[-1].waived = True
            cases += self.refunds()
        self.hear(cases)
        if self.spaced is None:
            self.spaced = next((case for case in cases if case.level and case.benefit == self.sheet.spaced), None)
        self.keep_interval(before=following)
        self.carry(cases)
        self.rejoin_after_grace()

    def from_the_base(self) -> Person:
        """Another founder each time."""
        self.next_founder = (self.next_founder + 1) % len(self.base)
        return self.base[-1 - self.next_founder]

    def case(self, who: Person, pair: Pair, number: int, *, level: int | None = None, full: bool = False) -> Case:
        """A claim; levels take turns, the first and the last at least, and so do reimbursements below and above."""
        benefit = self.rules.benefits[pair[0]]
        top = len(benefit.levels)
        if level is None:
            level = top if full or number % 2 else 1 + number // 2 % top
        amount = self.sheet.units(benefit.amounts[pair[1]])
        part = 2 * amount if number % 2 == 0 else amount * 2 // 5
        claimed = 0 if benefit.kind is Kind.LUMP_SUM else self.sheet.units(benefit.deductible) + part
        return Case(who, pair[0], level, claimed)

    def refunds(self) -> list[Case]:
        """R-62: who falls ill within the waiting time claims back what was shared."""
        pairs = self.sheet.pairs(refunds=True)
        if not pairs:
            return []
        benefit, class_id = pairs[0]
        novice = self.join(class_id, self.sheet.most_ticks)
        novice.may_vote = False
        self.wait_until(self.sheet.start_of(self.sheet.first_day_from(novice.joined * HOUR)) + 1)
        self.settle_closed_round()
        self.done.add("refund of contributions")
        return [Case(novice, benefit, 1, self.sheet.units(self.rules.benefits[benefit].amounts[class_id]) // 10)]

    def keep_interval(self, before: int | None = None) -> None:
        """R-61: no second grant within the interval; postponed if the story has something to do before."""
        case = self.spaced
        if case is None or "interval" in self.done:
            return
        day = case.filed.day + up(self.rules.benefits[case.benefit].interval, DAY)
        if before is not None and before < self.sheet.start_of(day):
            return
        self.wait_until(self.sheet.start_of(day) + 1)
        self.settle_closed_round()
        with pytest.raises(TooManyGrants):
            self.file(case.who, case.pair, day - 1)
        self.file(case.who, case.pair, day)
        self.done.add("interval")

    def repeat(self, who: Person) -> None:
        """R-61: grants up to the limit, and none beyond it."""
        if self.sheet.again is None:
            return
        benefit = self.rules.benefits[self.sheet.again]
        while True:
            grants = self.court.grants_of(who.member_id, self.sheet.again)
            assert 1 <= grants.count <= benefit.repeats
            self.wait_until(self.sheet.start_of(grants.last_day + max(1, up(benefit.interval, DAY))) + 1)
            self.settle_closed_round()
            if grants.count == benefit.repeats:
                break
            self.hear([self.case(who, (self.sheet.again, who.class_id), 0)])
            self.rejoin_after_grace()
        with pytest.raises(TooManyGrants):
            self.file(who, (self.sheet.again, who.class_id), self.today)
        self.done.add("repeats")

    def last_round(self) -> None:
        """Somebody gives notice and still shares; a donation pays a claim in full (R-8, R-22)."""
        assert self.careful is None
        assert self.careless is None
        left = self.leaver.wallet.send(self.fund.leave(self.leaver.member_id)).one(Left)
        assert left.left == up(self.now, HOUR)
        assert left.ends == left.left * HOUR + self.rules.membership.leave_notice
        case = self.case(self.from_the_base(), self.easiest(0), 0)
        before = self.fund.books().index
        self.hear([case], donated=True)
        assert case.paid == case.due > 0
        assert self.fund.books().index == before
        self.done.add("payment in full")
        self.wait_until(left.ends)
        self.settle_closed_round()
        index, end = self.fund.books().index, self.fund.member(self.leaver.member_id).tick * self.sheet.spacing
        held = self.ground.coin.balance_of(self.leaver.wallet.address)
        refunded = self.keeper.send(self.fund.refund(self.leaver.member_id)).one(Refunded)
        assert refunded.amount == self.leaver.shares * (end - index) // SCALE > 0
        assert self.ground.coin.balance_of(self.leaver.wallet.address) == held + refunded.amount
        self.done.add("exit with refund")

    def end(self) -> None:
        """The steward takes the fee, a juror the pay; then the Fund holds what its accounts say (I-1, R-25)."""
        if self.rules.money.fee:
            assert self.fees > 0
            held = self.ground.coin.balance_of(person("steward").address)
            assert self.keeper.send(self.fund.withdraw_fees()).one(FeesWithdrawn).amount == self.fees
            assert self.ground.coin.balance_of(person("steward").address) == held + self.fees
            self.fees = 0
            self.done.add("fee")
        if self.sheet.seat_pay:
            juror = next(one.wallet.address for one in self.people if self.fund.dues(one.wallet.address))
            due = self.fund.dues(juror)
            assert self.keeper.send(self.fund.withdraw(juror)).one(Withdrawn).amount == due
        self.balanced()
        books = self.fund.books()
        owed = sum(shares * (end - books.index) for shares, end in self.standing().runways)
        acts = sum(1 for event in self.mutual.events() if event.contract == "Fund")
        assert 0 <= books.deposits * SCALE - owed < acts * SCALE
        self.done.add("conservation")
