# SPDX-License-Identifier: AGPL-3.0-only
"""I-1 to I-15 over whole lives of a mutual: it gathers, changes its rules, winds down and is divided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from support.governing import REASON, drafted, entitled
from support.mutuals import SPACING, SPONSOR, Village, member_id, wallet
from tongxin.model import ModelRevert, Payment
from tongxin.model.invariants import Before, i_3, violations
from tongxin.units import DAY, Address, Bps, Index, Seconds, Units
from tongxin.words import FundStage, ProposalKind

MEMBERS = st.integers(1, 9)
COURT = Address(0xADD)
PAYEE = Address(0xFEED)
CHANGES = st.sampled_from(
    [
        {"fee": Bps(900)},
        {"fee": Bps(750), "steward": Address(0x99)},
        {"steward": Address(0x98)},
        {"attestor_quorum": 2},
        {"panel_size": 5},
        {"floor_heads": 2},
        {"floor_heads": 8},
        {"round_cap": Index(8 * SPACING), "runoff": Seconds(90 * DAY)},
        {"leave_notice": Seconds(45 * DAY), "adoption_delay": Seconds(54 * DAY)},
        {"zone": 60},
        {"remainder": Address(0)},
    ]
)


class Life(RuleBasedStateMachine):
    """Whatever is forbidden must change nothing; each act is tried whenever it comes up."""

    def __init__(self) -> None:
        super().__init__()
        self.village = Village.found()
        self.before = Before.of(self.village.mutual)
        self.acting: set[bytes] = set()

    @initialize(
        minimum=st.sampled_from([0, 0, 4, 8]),
        floor=st.sampled_from([0, 5]),
        immediate=st.booleans(),
        people=st.integers(3, 7),
    )
    def found(self, *, minimum: int, floor: int, immediate: bool, people: int) -> None:
        self.village = Village.found(
            minimum_members=minimum,
            founding_deadline=Seconds(120 * DAY),
            floor_heads=floor,
            immediate=immediate,
            entry_fee=Units(500),
            proposal_pause=Seconds(DAY),
            vote_quorum=Bps(500),
            wind_down_majority=Bps(6_000),
        )
        self.village.mutual.token.mint(SPONSOR, 10**9)
        for number in range(1, people + 1):
            self.village.join(number, 10 + 6 * number, number % 3)
        if minimum <= people:
            self.attempt(lambda: self.village.mutual.start(now=self.village.now))
        self.village.now += DAY

    def attempt(self, act: Callable[[], Any], *acting: int) -> None:
        mutual = self.village.mutual
        self.before, self.acting = Before.of(mutual), {member_id(number) for number in acting}
        was = (mutual.words().all(), mutual.token.held, mutual.charter.latest)
        try:
            act()
        except ModelRevert:
            assert (mutual.words().all(), mutual.token.held, mutual.charter.latest) == was

    @rule(days=st.sampled_from([1, 8, 30, 48, 95]))
    def time_passes(self, days: int) -> None:
        self.village.now += days * DAY

    @rule(number=MEMBERS, tick=st.integers(10, 60), class_id=st.integers(0, 2))
    def somebody_comes(self, number: int, tick: int, class_id: int) -> None:
        v = self.village
        tick += v.mutual.ledger.index // SPACING
        who, charter_hash = wallet(number), v.mutual.terms.charter_hash
        self.attempt(lambda: v.join(number, tick, class_id), number)
        self.attempt(lambda: v.mutual.top_up(member_id(number), tick, Payment(), SPONSOR, now=v.now), number)
        self.attempt(lambda: v.mutual.rejoin(member_id(number), tick, charter_hash, Payment(), who, now=v.now), number)

    @rule(number=MEMBERS, own=st.booleans())
    def somebody_goes(self, number: int, *, own: bool) -> None:
        v, who = self.village, wallet(number) if own else SPONSOR
        self.attempt(lambda: v.mutual.step_back(member_id(number), who, now=v.now), number)
        self.attempt(lambda: v.mutual.refund(member_id(number), now=v.now), number)
        self.attempt(lambda: v.mutual.leave(member_id(number), wallet(number), now=v.now), number)

    @rule(due=st.integers(1, 90_000), claim=st.integers(1, 9))
    def a_claim_is_settled(self, due: int, claim: int) -> None:
        v = self.village

        def settle() -> None:
            with v.mutual.journal.call():
                call = v.mutual.announce(due, 0)
                v.mutual.settle_claim(COURT, claim, PAYEE, due, 0, call, now=v.now)

        if (COURT << 96) + claim not in v.mutual.rounds.deferred and v.mutual.stages.stage != FundStage.ENDED:
            self.attempt(settle)
        self.attempt(lambda: v.mutual.settle_round(now=v.now))
        self.attempt(lambda: v.mutual.pay(COURT, claim))
        self.attempt(lambda: v.mutual.carry(COURT, claim, now=v.now))

    @rule(amount=st.integers(1, 50_000))
    def somebody_gives(self, amount: int) -> None:
        self.attempt(lambda: self.village.mutual.donate(amount, Payment(), SPONSOR))

    def vote(self, kind: ProposalKind, subject: int, by: int, against: int) -> None:
        """A proposal, everybody's vote, the delay, and its execution; each may be forbidden."""
        v = self.village
        self.attempt(lambda: v.mutual.propose(kind, subject, REASON, member_id(by), wallet(by), now=v.now))
        p = v.mutual.assembly.count
        for number in range(1, 10):
            support = number > against
            self.attempt(lambda: v.mutual.vote(p, member_id(number), support, wallet(number), now=v.now))  # noqa: B023
        self.attempt(lambda: v.mutual.execute(p, now=v.now))
        if p:
            v.now = max(v.now, v.mutual.assembly.proposal(p).from_time)
            self.attempt(lambda: v.mutual.settle_round(now=v.now))
            self.attempt(lambda: v.mutual.execute(p, now=v.now))

    @rule(changes=CHANGES, better=st.booleans(), by=MEMBERS, against=st.integers(0, 4))
    def the_rules_are_changed(self, changes: dict[str, Any], by: int, against: int, *, better: bool) -> None:
        if better:
            changes = changes | {"entitlements": entitled(self.village, amount=11_000)}
        self.attempt(lambda: drafted(self.village, **changes))
        self.vote(ProposalKind.CHARTER, self.village.mutual.charter.slots, by, against)

    @rule(kind=st.sampled_from([2, 3, 4, 5, 6, 6, 6]), by=MEMBERS, against=st.integers(0, 3))
    def something_else_is_decided(self, kind: int, by: int, against: int) -> None:
        subject = {5: 0x5CC, 6: 0}.get(kind, self.village.mutual.charter.slots)
        self.vote(ProposalKind(kind), subject, by, against)

    @rule()
    def the_floor_is_watched(self) -> None:
        self.attempt(lambda: self.village.mutual.watch_floor(now=self.village.now))
        self.attempt(lambda: self.village.mutual.wind_down_by_floor(now=self.village.now))

    @rule(number=MEMBERS)
    def it_starts_or_ends(self, number: int) -> None:
        v = self.village
        self.attempt(lambda: v.mutual.start(now=v.now))
        self.attempt(lambda: v.mutual.register([member_id(one) for one in range(1, number + 1)]))
        v.now = max(v.now, v.mutual.stages.ends_at)
        self.attempt(lambda: v.mutual.end(now=v.now))
        self.attempt(lambda: v.mutual.pay_out(member_id(number), now=v.now), number)
        self.attempt(lambda: v.mutual.sweep_remainder(now=v.now))

    @invariant()
    def everything_holds(self) -> None:
        v = self.village
        assert violations(v.mutual, v.now) == []
        assert i_3(self.before, v.mutual, self.acting) == []

    def teardown(self) -> None:
        """R-111: whatever became of it, everybody's money reaches its payee by acts open to anyone."""
        v = self.village
        mutual = v.mutual
        v.now = max(v.now, mutual.rounds.closes_at, mutual.stages.deadline) + 91 * DAY
        self.pushed(lambda: mutual.settle_round(now=v.now))
        if mutual.stages.stage == FundStage.RUNNING:
            mutual.stages.wind_down(v.now)  # as the members might
        self.pushed(lambda: mutual.register(list(mutual.membership.members)))
        v.now = max(v.now, mutual.stages.ends_at)
        self.pushed(lambda: mutual.end(now=v.now))
        for one in list(mutual.membership.members):
            if mutual.stages.stage == FundStage.GATHERING:
                mutual.step_back(one, SPONSOR, now=v.now)
            else:
                self.pushed(lambda: mutual.pay_out(one, now=v.now))  # noqa: B023
        for claim in range(1, 10):
            self.pushed(lambda: mutual.pay(COURT, claim))  # noqa: B023
        self.pushed(mutual.withdraw_fees)
        self.pushed(lambda: mutual.sweep_remainder(now=v.now))
        for who in list(mutual.ledger.dues):
            mutual.withdraw(who)
        assert violations(mutual, v.now) == []
        assert (mutual.token.held, mutual.ledger.booked()) == (0, 0)

    @staticmethod
    def pushed(act: Callable[[], Any]) -> None:
        """Done, or there was nothing to do."""
        try:
            act()
        except ModelRevert:
            return


TestLives = pytest.mark.property(Life.TestCase)
TestLives.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
