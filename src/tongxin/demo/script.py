# SPDX-License-Identifier: AGPL-3.0-only
"""What happens beside the claims: jurors volunteer, members change a rule, one leaves over it, one pays late, the
storm's round.
"""

from __future__ import annotations

from tongxin.chain.events import Left, Refunded, ToppedUp, Volunteered
from tongxin.chain.reverts import Reverted
from tongxin.chain.structs import Payment
from tongxin.demo.docket import Docket
from tongxin.demo.errors import DemoError
from tongxin.demo.plan import Part
from tongxin.demo.reform import Reform
from tongxin.demo.rounds import ClosedRound, Rounds
from tongxin.demo.treasury import UNLIMITED, Treasury
from tongxin.demo.world import DAY, World

__all__ = ["Script"]

VOLUNTEER_HOUR = 9
LATE_AFTER = 2 * DAY


class Script:
    """Everything that is to happen after the enrolment, put on the agenda.

    Attributes:
        docket: The claims.
        storm_ratio_bps: What the storm's round paid at first, in basis points; 0 before.
    """

    def __init__(self, world: World, treasury: Treasury) -> None:
        self._world = world
        self._treasury = treasury
        self._rounds = Rounds(world, self._after_round, self._lapsed)
        self._late_is_lapsed = False
        self._leaving_ends = 0
        self._leaver_is_out = False
        self.docket = Docket(world, self._rounds)
        self._reform = Reform(
            world, self._rounds, leave=self._leave, is_out=lambda: self._leaver_is_out, file=self.docket.put_down
        )
        self.storm_ratio_bps = 0

    def put_down(self) -> None:
        """Puts everything on the agenda."""
        world = self._world
        newcomer_days = -(-world.numbers.newcomer // DAY) + 1
        world.agenda.at(world.time_of(newcomer_days, VOLUNTEER_HOUR), self._volunteer)
        self._reform.put_down()
        self.docket.put_down(world.plan.claims)

    def take_dues(self) -> None:
        """Everybody who is owed something is paid: jurors, whoever a transfer failed for, the steward."""
        world = self._world
        fund = world.mutual.fund
        payees = [wallet.address for wallet in self.docket.jurors.values()]
        cast = world.plan.cast
        claimants = [*(claim.person for claim in world.plan.claims), cast.fresh, cast.later]
        payees += [world.wallet(person).address for person in claimants]
        payees.append(world.stage.keys.account("steward").address)
        owed = [payee for payee in dict.fromkeys(payees) if fund.dues(payee) > 0]
        world.stage.push_each([fund.withdraw(payee) for payee in owed])
        if fund.purse().fees > 0:
            world.stage.push(fund.withdraw_fees())

    def _volunteer(self) -> None:
        world = self._world
        token, fund, jury = world.token, world.mutual.fund, world.mutual.jury
        bond = world.numbers.juror_bond
        for person in world.plan.cast.jurors:
            wallet = world.wallet(person)
            world.stage.push(token.mint(wallet.address, bond))
            world.stage.act(wallet, token.approve(fund.address, bond))
            world.accept(person)
            receipt = world.stage.act(wallet, jury.volunteer(world.member_ids[person], Payment()))
            self.docket.jurors[receipt.one(Volunteered).index] = wallet
        world.narrator.scripted(
            f"{len(self.docket.jurors)} members volunteer as jurors and post {world.money(bond)} each"
        )

    def _leave(self) -> None:
        world = self._world
        leaver = world.plan.cast.leaver
        self._treasury.leave_out(leaver)
        self._rounds.settle_first()
        receipt = world.stage.act(world.wallet(leaver), world.mutual.fund.leave(world.member_ids[leaver]))
        self._leaving_ends = receipt.one(Left).ends
        world.narrator.scripted("a member who voted no gives notice of leaving, which can't be taken back")
        world.agenda.at(self._leaving_ends, self._refund)

    def _refund(self) -> None:
        """The refund waits until every claim filed before the notice ended is closed, three notices at most (R-46);
        until then it is tried every day.
        """
        world = self._world
        leaver = world.plan.cast.leaver
        self._rounds.settle_first()
        try:
            receipt = world.stage.push(world.mutual.fund.refund(world.member_ids[leaver]))
        except Reverted:
            if world.clock.now > self._leaving_ends + 2 * world.numbers.leave_notice:
                raise
            world.agenda.at(world.clock.now + DAY, self._refund)
            return
        self._leaver_is_out = True
        world.narrator.scripted(f"the leaver is refunded {world.money(receipt.one(Refunded).amount)}")

    def _after_round(self, closed: ClosedRound) -> None:
        world = self._world
        numbers = closed.settled
        parts = {self.docket.part_of[claim] for claim in closed.payments}
        tell = world.narrator.drawn if parts == {Part.DRAWN} else world.narrator.rule
        tell(
            f"round {numbers.number}: {len(closed.payments)} claims, {world.money(numbers.due)} due, "
            f"{world.money(numbers.paid)} paid"
        )
        if Part.STORM in parts and not self.storm_ratio_bps:
            self._storm_settled(closed)
        moved, paid = self._treasury.collect()
        filled, price = self._treasury.top_up_if_low()
        if moved:
            tell(f"standing orders: {moved} members topped up with {world.money(paid)}")
        if filled:
            world.narrator.rule(f"the sponsor tops up {filled} members with {world.money(price)}")

    def _storm_settled(self, closed: ClosedRound) -> None:
        world = self._world
        settled = closed.settled
        for payment in closed.payments.values():
            due = payment.amount + payment.rest
            if payment.amount != due * settled.paid // settled.due:
                raise DemoError(f"claim {payment.claim} was not paid the ratio of its round (R-14)")
        self.storm_ratio_bps = closed.ratio_bps
        world.narrator.scripted(
            f"the cap binds: each of the round's {len(closed.payments)} claims gets the same "
            f"{closed.ratio_bps / 100:.2f} % now; the rest is carried to later rounds"
        )

    def _lapsed(self, heads: int) -> None:
        world = self._world
        world.narrator.rule(f"members who used up their deposits and lapse: {heads}; nobody owes anything")
        late = world.mutual.fund.member(world.member_ids[world.plan.cast.late])
        if not self._late_is_lapsed and not late.in_force(world.mutual.fund.books().index, world.mutual.spacing):
            self._late_is_lapsed = True
            world.agenda.at(world.clock.now + LATE_AFTER, self._pay_late)

    def _pay_late(self) -> None:
        """One of the lapsed pays the arrears within the grace time and is covered without a gap."""
        world = self._world
        fund, late = world.mutual.fund, world.plan.cast.late
        wallet, member_id = world.wallet(late), world.member_ids[late]
        index = fund.books().index
        tick = -(-index // world.numbers.tick_spacing) + self._treasury.full_runway
        world.stage.push(world.token.mint(wallet.address, world.numbers.year_cap))
        world.stage.act(wallet, world.token.approve(fund.address, UNLIMITED))
        self._rounds.settle_first()
        paid = world.stage.act(wallet, fund.top_up(member_id, tick, Payment())).one(ToppedUp)
        world.narrator.scripted(
            f"one of the lapsed pays within the grace time: {world.money(paid.arrears)} arrears and "
            f"{world.money(paid.price)} for a new runway; the cover has no gap"
        )
