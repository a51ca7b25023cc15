# SPDX-License-Identifier: AGPL-3.0-only
"""I-1 to I-12 after every step of random histories, and R-5 against members charged one by one."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from support.mutuals import SPACING, SPONSOR, Village, member_id, terms, wallet
from tongxin.model import Entitlement, ModelRevert, Payment
from tongxin.model.invariants import Before, i_3, violations
from tongxin.units import DAY, SCALE, Address, Index, Seconds, Units
from tongxin.words import Stage

MEMBERS = st.integers(1, 12)
SEATS = st.one_of(
    st.integers(0, 8).map(lambda level: [level] * 7),
    st.lists(st.one_of(st.none(), st.integers(0, 8)), min_size=7, max_size=7),
)


@given(
    runways=st.lists(st.tuples(st.integers(10, 30), st.sampled_from([0, 1, 2])), min_size=1, max_size=12),
    amounts=st.lists(st.tuples(st.integers(1, 200_000), st.integers(0, 20 * SPACING)), min_size=1, max_size=8),
    spacing=st.sampled_from([1, 7, 1_500, SPACING, 3 * SPACING + 1]),
)
def test_r5_takes_from_each_what_the_index_says(
    runways: list[tuple[int, int]], amounts: list[tuple[int, int]], spacing: int
) -> None:
    """The same collection with everybody's runway in fractions, member by member, without ticks."""
    village = Village.found(
        spacing=Index(spacing), round_cap=Index(30 * spacing), year_cap=Index(10**12), admission_floor=100
    )
    for number, (tick, class_id) in enumerate(runways, 1):
        village.join(number, tick, class_id)
    ledger = village.mutual.ledger
    ends = [(tick * spacing, terms().shares[class_id]) for tick, class_id in runways]
    for amount, limit in amounts:
        index, deposits = ledger.index, ledger.deposits + ledger.surplus
        collected = ledger.collect(amount, limit, village.now)
        rise = ledger.index - index
        taken = sum((Fraction(shares * min(rise, max(0, end - index)), SCALE) for end, shares in ends), Fraction(0))
        assert collected == taken.numerator // taken.denominator
        assert ledger.deposits + ledger.surplus == deposits - collected
        assert rise <= limit
        in_force = [(end, shares) for end, shares in ends if end > index + rise]
        assert ledger.shares == sum(shares for _, shares in in_force)
        assert ledger.heads == len(in_force)
        if collected < amount:
            assert rise == limit or not in_force
        elif rise:
            without_the_last = sum(shares * min(rise - 1, max(0, end - index)) for end, shares in ends)
            assert without_the_last < amount * SCALE


class History(RuleBasedStateMachine):
    """People who join, pay, claim, judge and leave in whatever order; whatever is forbidden must change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.village = Village.found()
        self.before = Before.of(self.village.mutual)
        self.acting: set[bytes] = set()

    @initialize(
        immediate=st.booleans(),
        called=st.booleans(),
        carries=st.integers(0, 2),
        open_panel=st.booleans(),
        year_cap=st.sampled_from([12, 50]),
        review=st.booleans(),
        spacing=st.sampled_from([SPACING, 1_500_001]),
    )
    def found(
        self,
        *,
        immediate: bool,
        called: bool,
        carries: int,
        open_panel: bool,
        year_cap: int,
        review: bool,
        spacing: int,
    ) -> None:
        rows = tuple(
            tuple(Entitlement(Units(amount), Seconds(0)) for amount in amounts)
            for amounts in ((60_000, 50_000, 150_000), (8_000, 8_000, 8_000), (0, 0, 0))
        )
        self.village = Village.found(
            immediate=immediate,
            called=called,
            carries=carries,
            open_panel=open_panel,
            spacing=Index(spacing),
            round_cap=Index(10 * spacing),
            year_cap=Index(year_cap * spacing),
            review_above=Units(4_000 if review else 0),
            min_runway=2,
            entitlements=rows,
        )
        for number in range(1, 13):
            self.village.join(number, 2 * number, number % 3)
        self.village.volunteers(2, 11)
        self.village.wait(DAY)
        self.village.mutual.token.mint(SPONSOR, 10**9)
        self.village.file(1)
        self.village.file(2)

    def attempt(self, *acting: int) -> _Attempt:
        self.before = Before.of(self.village.mutual)
        self.acting = {member_id(number) for number in acting}
        return _Attempt(self.village)

    @rule(days=st.sampled_from([0, 1, 3, 7, 20, 45]), blocks=st.integers(1, 12))
    def time_passes(self, days: int, blocks: int) -> None:
        self.village.wait(days * DAY, blocks)

    @rule(number=st.integers(13, 16), ticks=st.integers(1, 60), class_id=st.integers(0, 3))
    def somebody_joins(self, number: int, ticks: int, class_id: int) -> None:
        self.village.mutual.token.mint(wallet(number), 10**9)
        attestation = self.village.attestation(number, class_id)
        charter, now = self.village.mutual.terms.charter_hash, self.village.now
        with self.attempt(number):
            self.village.mutual.join(attestation, True, self.at(ticks), charter, Payment(), wallet(number), now=now)

    def at(self, ticks: int) -> int:
        ledger = self.village.mutual.ledger
        return ledger.index // ledger.terms.spacing + ticks

    @rule(number=MEMBERS, ticks=st.integers(0, 101))
    def somebody_tops_up(self, number: int, ticks: int) -> None:
        with self.attempt(number):
            self.village.mutual.top_up(member_id(number), self.at(ticks), Payment(), SPONSOR, now=self.village.now)

    @rule(number=MEMBERS, ticks=st.integers(1, 60))
    def somebody_rejoins(self, number: int, ticks: int) -> None:
        v = self.village
        with self.attempt(number):
            v.mutual.rejoin(
                member_id(number), self.at(ticks), v.mutual.terms.charter_hash, Payment(), wallet(number), now=v.now
            )

    @rule(number=MEMBERS, most=st.integers(0, 20_000), ticks=st.integers(0, 60))
    def somebody_orders(self, number: int, most: int, ticks: int) -> None:
        v = self.village
        with self.attempt(number):
            v.mutual.set_order(member_id(number), most, ticks, wallet(number), now=v.now)

    @rule()
    def orders_are_collected(self) -> None:
        with self.attempt(*range(1, 13)):
            self.village.mutual.collect([member_id(number) for number in range(1, 13)], now=self.village.now)

    @rule(number=MEMBERS, class_id=st.integers(0, 2))
    def somebody_changes_class(self, number: int, class_id: int) -> None:
        v = self.village
        with self.attempt(number):
            v.mutual.change_class(member_id(number), class_id, v.now, v.now, True, wallet(number), now=v.now)
        with self.attempt(number):
            v.mutual.apply_class(member_id(number), now=v.now)

    @rule(number=MEMBERS)
    def somebody_leaves(self, number: int) -> None:
        with self.attempt(number):
            self.village.mutual.leave(member_id(number), wallet(number), now=self.village.now)

    @rule(number=MEMBERS)
    def somebody_is_refunded(self, number: int) -> None:
        with self.attempt(number):
            self.village.mutual.refund(member_id(number), now=self.village.now)

    @rule(number=MEMBERS, benefit=st.integers(0, 1), source=st.integers(0, 2), ago=st.integers(0, 3))
    def somebody_files(self, number: int, benefit: int, source: int, ago: int) -> None:
        with self.attempt(number):
            self.village.file(number, benefit, 5_000, self.village.today - ago, source)

    def claims(self) -> list[int]:
        return [c for c, record in self.village.mutual.court.claims.items() if not record.closed]

    @precondition(lambda self: self.claims())
    @rule(levels=SEATS, steps=st.integers(1, 5), data=st.data())
    def a_claim_goes_on(self, levels: list[int | None], steps: int, data: st.DataObject) -> None:
        c = data.draw(st.sampled_from(self.claims()))
        for _ in range(steps):
            self.step(c, levels)

    def step(self, c: int, levels: list[int | None]) -> None:
        v = self.village
        record = v.mutual.court.record(c)
        if record.stage == Stage.VOTING:
            self.vote(c, levels)
            return
        with self.attempt():
            if record.stage == Stage.LOT:
                v.draw(c)
            elif record.stage == Stage.ACCESS:
                v.mutual.grant(c, bytes(32), record.claim.wallet, now=v.now)
            elif record.stage == Stage.CURE:
                v.mutual.cure(c, b"n" * 32, record.claim.wallet, now=v.now)
            elif v.mutual.terms.reviews and not record.n and record.level:
                v.wait(0, 6)
                v.mutual.review(c, block_number=v.block)
            elif record.stage == Stage.NOTICE:
                v.settle(c)

    def vote(self, c: int, levels: list[int | None]) -> None:
        v = self.village
        jury, key = v.mutual.jury, v.mutual.court.key(c, v.mutual.court.record(c))
        attempt = jury.panel(key).attempt
        if jury.panel(key).size:
            votes = jury.panel(key).votes
            who = [(seat, level, jury.juror(key, seat), b"") for seat, level in enumerate(levels[: len(votes)])]
        else:
            who = [(wallet(n), level, wallet(n), member_id(n)) for n, level in enumerate(levels, 3)]
        for seat, level, actor, voter in who:
            if level is not None:
                commitment = jury.commitment(key, attempt, seat, level, bytes(32), bytes(32))
                with _Forbidden():
                    v.mutual.commit(key, seat, voter, commitment, actor, now=v.now)
        if not jury.panel(key).reveals_open(v.now):
            v.now = jury.panel(key).commit_by
        for seat, level, _, _ in who:
            if level is not None:
                with _Forbidden():
                    v.mutual.reveal(key, seat, level, bytes(32), bytes(32), now=v.now)
        with self.attempt():
            v.conclude(c)

    @precondition(lambda self: self.claims())
    @rule(data=st.data())
    def a_claim_is_pushed(self, data: st.DataObject) -> None:
        v, c = self.village, data.draw(st.sampled_from(self.claims()))
        record = v.mutual.court.record(c)
        with self.attempt():
            if record.stage == Stage.VOTING:
                v.conclude(c)
            elif record.stage == Stage.NOTICE:
                v.settle(c)
            else:
                v.mutual.time_out(c, now=v.now, block_number=v.block)

    @precondition(lambda self: self.claims())
    @rule(who=st.integers(1, 14), seat=st.integers(0, 9), data=st.data())
    def a_verdict_is_challenged(self, who: int, seat: int, data: st.DataObject) -> None:
        v, c = self.village, data.draw(st.sampled_from(self.claims()))
        with self.attempt():
            v.mutual.challenge(c, seat, Payment(), wallet(who), now=v.now, block_number=v.block)

    @rule(c=st.integers(1, 8), n=st.integers(0, 2))
    def claims_and_jurors_are_paid(self, c: int, n: int) -> None:
        v = self.village
        for act in (
            lambda: v.mutual.pay_jurors(c, n),
            lambda: v.mutual.pay(v.mutual.court.address, c),
            lambda: v.mutual.carry(v.mutual.court.address, c, now=v.now),
            lambda: v.mutual.settle_round(now=v.now),
        ):
            with self.attempt():
                act()

    @rule(amount=st.integers(-3_000, 3_000))
    def units_stray(self, amount: int) -> None:
        v = self.village
        v.mutual.token.stray(amount)
        with self.attempt():
            if amount < 0:
                v.mutual.recognise_loss(now=v.now)
            else:
                v.mutual.absorb()
        missing = v.mutual.ledger.booked() - v.mutual.token.held
        v.mutual.token.stray(max(0, missing))

    @rule(number=MEMBERS)
    def pushes_fail(self, number: int) -> None:
        fails = self.village.mutual.token.push_fails
        fails ^= {wallet(number)}
        with self.attempt():
            self.village.mutual.withdraw(Address(wallet(number)))

    @invariant()
    def everything_holds(self) -> None:
        v = self.village
        found = violations(v.mutual, v.now)
        assert not found, found
        assert i_3(self.before, v.mutual, self.acting) == []
        v.mutual.words().all()


class _Forbidden:
    """A call that may be forbidden."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, ModelRevert)


class _Attempt(_Forbidden):
    """A call that, if forbidden, must leave every word as it was."""

    def __init__(self, village: Village) -> None:
        self.mutual = village.mutual

    def state(self) -> object:
        return self.mutual.words().all(), self.mutual.token.held, dict(self.mutual.token.balances)

    def __enter__(self) -> None:
        self.was = self.state()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        forbidden = super().__exit__(kind)
        assert not forbidden or self.state() == self.was
        return forbidden


TestHistory = pytest.mark.property(History.TestCase)
TestHistory.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
