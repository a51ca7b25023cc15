# SPDX-License-Identifier: AGPL-3.0-only
"""A state machine that begins at some moment of a mutual's life and spends its steps on what changes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from stateful.governance import Governance
from stateful.members import HOUR, SOMEBODY
from stateful.twin import VOLUNTEERS
from tongxin.units import DAY
from tongxin.words import ProposalKind

EVERY_LIFE = {
    "Assembly.execute",
    "Assembly.propose",
    "Assembly.propose_for",
    "Assembly.vote",
    "Assembly.vote_for",
    "Assembly.withdraw",
    "Assembly.withdraw_for",
    "Charter.add_benefits",
    "Charter.draft",
    "Charter.publish",
    "Charter.seal",
    "Fund.end",
    "Fund.pay_out",
    "Fund.register",
    "Fund.start",
    "Fund.step_back",
    "Fund.sweep_remainder",
    "Fund.watch_floor",
    "Office.step_back_for",
    "awards compared",
    "claim granted",
    "claim denied",
    "emptied",
    "emptied of those registered",
    "executed attestors",
    "executed charter",
    "executed juror_rules",
    "executed steward",
    "executed successor",
    "executed wind_down",
    "floor regained",
    "left with an earlier notice",
}
"""What the examples of every such machine have to reach."""


def quiet(act: Callable[..., Any]) -> Callable[..., Any]:
    """A rule that is only called by others."""

    def run(self: Governance, *values: Any, **named: Any) -> Any:
        return act(self, *values, **named)

    return run


class Life(Governance):
    """A mutual that gathers, has rules that change, and may end by vote or for want of members.

    What the other machines try step by step - an issuer that misbehaves, single steps of a claim - is left to them.
    """

    examples: ClassVar[float] = 0.1
    accept, set_order, top_up_many, collect = map(
        quiet, (Governance.accept, Governance.set_order, Governance.top_up_many, Governance.collect)
    )
    stray, seize, donate, advance = map(
        quiet, (Governance.stray, Governance.seize, Governance.donate, Governance.advance)
    )
    commit, commit_for, reveal, expose = map(
        quiet, (Governance.commit, Governance.commit_for, Governance.reveal, Governance.expose)
    )
    draw, grant, cure, report = map(quiet, (Governance.draw, Governance.grant, Governance.cure, Governance.report))
    conclude, time_out, review, commission = map(
        quiet, (Governance.conclude, Governance.time_out, Governance.review, Governance.commission)
    )
    grant_for, cure_for, challenge_for, challenge = map(
        quiet, (Governance.grant_for, Governance.cure_for, Governance.challenge_for, Governance.challenge)
    )
    pay_jurors, settle, withdraw_bond, dismiss = map(
        quiet, (Governance.pay_jurors, Governance.settle, Governance.withdraw_bond, Governance.dismiss)
    )
    case_3 = case_4 = case_5 = case_6 = quiet(Governance.case)
    set_contacts, set_contacts_for, list_account = map(
        quiet, (Governance.set_contacts, Governance.set_contacts_for, Governance.list_account)
    )
    propose_wallet, veto_wallet, veto_wallet_for, complete_wallet = map(
        quiet,
        (Governance.propose_wallet, Governance.veto_wallet, Governance.veto_wallet_for, Governance.complete_wallet),
    )

    MOMENTS: ClassVar[Sequence[str]] = (
        "old",
        "amended",
        "started",
        "few",
        "narrow",
        "leaver",
        "rivals",
        "resolved",
        "late",
        "ending",
        "gathering",
    )

    @initialize(moment=st.sampled_from(MOMENTS), change=st.integers(0, 60), member=SOMEBODY)
    def begin(self, moment: str, change: int, member: int) -> None:
        super().begin()
        if moment == "gathering":
            self.back_out(member, self.owner(member), relayed=bool(change % 2))
            return
        self.start()
        if moment == "started":
            return
        self.twin.wait(91 * DAY, 300)
        if moment != "old":
            getattr(self, f"begin_{moment}")(change, member)

    def begin_amended(self, change: int, member: int) -> None:
        self.benefit_and_claim(member, change, 1 + change % 50)
        self.benefit_and_claim(member + 1, change + 1, 20)

    def begin_few(self, change: int, member: int) -> None:
        self.shrink([one for one in range(6) if one != member], back=change % 2 == 0)
        if change % 2:
            self.wind_down_by_floor(1)

    def begin_narrow(self, change: int, member: int) -> None:
        for which in range(3):
            self.narrow(which, change, (member + which) % VOLUNTEERS)

    def begin_leaver(self, change: int, member: int) -> None:
        self.leave_over_it(member % VOLUNTEERS, 2 * (change % 2), (member + 1) % VOLUNTEERS)

    def begin_rivals(self, change: int, member: int) -> None:
        members = (member % VOLUNTEERS, (member + 1) % VOLUNTEERS)
        self.rivals(("benefit", 7 * change), ("parties", change % 2), member, members, "first")

    def begin_resolved(self, change: int, member: int) -> None:
        self.think_again(member % VOLUNTEERS, relayed=bool(change % 2))
        self.resolve((member + 1) % VOLUNTEERS, ProposalKind.SUCCESSOR, 0, "last")

    def begin_late(self, change: int, member: int) -> None:
        member %= VOLUNTEERS - 2
        for place, moment in enumerate(("late", "early")):
            self.amend(("fee", change), member, member + place, 0, moment, general=True, relayed=True)
        self.amend(("lists", 5 * (change % 2)), member, member + 2, 0, "first", general=True, relayed=False)

    def begin_ending(self, change: int, member: int) -> None:
        self.case(member, 0, 0, 7, 0, 0, [0, 0])
        self.resolve(member % VOLUNTEERS, ProposalKind.WIND_DOWN, 0, "first")
        self.to_the_end(everybody=bool(change % 2))

    @classmethod
    def once_each(cls) -> None:
        """Every beginning once with an even and once with an odd choice, to the end of the mutual's life."""
        for place, moment in enumerate(cls.MOMENTS):
            for change in (0, 1):
                machine = cls()
                machine.begin(moment, change, 4 + place % 4)
                machine.teardown()

    # ---- what has to happen often enough

    @precondition(Governance.is_running)
    @rule(member=SOMEBODY, change=st.integers(0, 3), by=SOMEBODY)
    def leave_over_it(self, member: int, change: int, by: int) -> None:
        """Gives notice just before a version with another notice, and goes by the notice that was given (R-96)."""
        slot = self.prepared(("leave_notice", change), by)
        p = self.put(1, slot, by, self.owner(by), relayed=False) if slot else 0
        if not p:
            return
        self.everybody(p, 0)
        self.wait_for(self.twin.model.assembly.proposals[p], "first")
        notice = self.twin.model.terms.leave_notice
        self.leave(member, 0, 1, relayed=False)
        self.carry_out(p)
        self.twin.wait(notice + HOUR, 300)
        self.settle_round()
        if self.go_now(member) and self.twin.model.terms.leave_notice > notice + HOUR:
            self.twin.counts["left with an earlier notice"] += 1

    def go_now(self, member: int) -> bool:
        """Whether a refund is made."""
        before = self.twin.counts["Fund.refund"]
        self.refund(member)
        return self.twin.counts["Fund.refund"] > before

    @precondition(Governance.is_running)
    @rule(member=SOMEBODY, change=st.integers(0, 60), days=st.sampled_from([1, 20, 38, 41]))
    def benefit_and_claim(self, member: int, change: int, days: int) -> None:
        """A benefit changes, then somebody claims for a day before or after (R-96, R-97)."""
        self.amend(("benefit", change), member, member, 0, "first", general=True, relayed=False)
        self.twin.wait(DAY * (change % 40), 20)
        self.settle_round()
        count = self.twin.model.court.count
        self.file(member, 0, 1, change % 2, days, 10**8, 0)
        if self.twin.model.court.count > count:
            self.close_claims()
            claim = self.twin.model.court.record(count + 1).claim
            earlier = claim.version < self.twin.model.charter.latest
            self.twin.counts["claim of an earlier version"] += earlier

    @precondition(Governance.is_running)
    @rule(which=st.integers(0, 2), change=st.integers(0, 11), member=SOMEBODY)
    def narrow(self, which: int, change: int, member: int) -> None:
        """A version that touches attestors, steward or juror rules alone, proposed as such."""
        name, how = (("attestors", 5 * change), ("parties", 0 if change % 2 else 3), ("commit_time", change))[which]
        self.amend((name, how), member, member, 0, "first", general=False, relayed=bool(change % 2))

    @precondition(Governance.is_running)
    @rule(member=SOMEBODY, relayed=st.booleans())
    def think_again(self, member: int, relayed: bool) -> None:
        """Proposes, and withdraws before or after somebody voted."""
        p = self.put(5, 1, member, self.owner(member), relayed=not relayed)
        if p:
            self.vote(0, member, 0, 1, relayed, 1)
            self.take_back(p, self.owner(member), relayed=relayed)

    @precondition(Governance.is_ending)
    @rule(everybody=st.booleans())
    def to_the_end(self, everybody: bool) -> None:
        self.run_off(everybody, early=not everybody)

    to_the_end_2 = to_the_end
