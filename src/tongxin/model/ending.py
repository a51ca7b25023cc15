# SPDX-License-Identifier: AGPL-3.0-only
"""Giving back what is in a mutual that gathers or has ended (docs/spec/governance.md R-107, R-109 to R-111)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tongxin.model.journal import Journal, Journaled
from tongxin.model.membership import Member, Membership
from tongxin.model.reverts import require
from tongxin.units import DAY, HOUR, MemberId, Units, hour_up
from tongxin.words import FundStage, MemberStatus

MEMBER_BEFORE_TRIGGER = 90 * DAY
MOST_REGISTERED = 200


class Ending(Journaled):
    """Acts that give back what is in a mutual, open to anyone but for a member's own step back."""

    def __init__(self, journal: Journal, membership: Membership, settled_before: Callable[[int], bool]) -> None:
        super().__init__(journal)
        self.membership = membership
        self.ledger = membership.ledger
        self.rounds = membership.rounds
        self.stages = membership.stages
        self.settled_before = settled_before

    def step_back(self, member_id: bytes, actor: int, now: int) -> Units:
        """R-107: undo a joining; what went back to the wallet."""
        self.rounds.settle_first(now)
        require(self.stages.stage == FundStage.GATHERING, "R-107", "fund: not gathering")
        member = self.membership.member(member_id)
        own = member.wallet == actor
        require(own or self.stages.failed(now), "R-107", "fund: not the member's wallet")
        ledger = self.ledger
        balance = self._take_out(member)
        entry_fee = min(ledger.terms.entry_fee, ledger.surplus)
        ledger.surplus -= entry_fee
        ledger.due += entry_fee
        self.membership.erase(member_id, now)
        ledger.pay_out(member.wallet, balance + entry_fee)
        return Units(balance + entry_fee)

    def _take_out(self, member: Member) -> Units:
        """The balance, moved to *due*; nobody's deposits are dust (R-5)."""
        ledger = self.ledger
        balance = ledger.balance(member.shares, member.tick)
        if self.membership.in_force(member):
            ledger.exit(member.tick, member.shares)
        ledger.take(balance)
        ledger.due += balance
        ledger.sweep()
        return balance

    def register(self, ids: Sequence[bytes]) -> int:
        """R-109: how many were newly registered; others are skipped."""
        require(len(ids) <= MOST_REGISTERED, "R-109", "fund: bad batch")
        require(self.stages.stage == FundStage.WINDING_DOWN, "R-109", "fund: not winding down")
        return sum(self._register(MemberId(member_id)) for member_id in ids)

    def _register(self, member_id: MemberId) -> bool:
        member = self.membership.members.get(member_id)
        barred = MemberStatus.LEAVING | MemberStatus.EXITED | MemberStatus.REGISTERED
        if member is None or member.status & barred:
            return False
        in_force = self.ledger.place(member.tick) > self.stages.index_at_trigger
        long_enough = member.joined * HOUR <= self.stages.wound_at - MEMBER_BEFORE_TRIGGER
        if not (in_force and long_enough):
            return False
        self.stages.entitled += member.shares
        self.membership.members[member_id] = member._replace(status=member.status | MemberStatus.REGISTERED)
        return True

    def end(self, now: int) -> None:
        """R-110, by anyone."""
        require(self.stages.stage == FundStage.WINDING_DOWN, "R-110", "fund: not winding down")
        require(now >= self.stages.ends_at, "R-110", "fund: run-off is not over")
        require(not self.rounds.pending, "R-110", "fund: round outstanding")
        require(self.settled_before(now + 1), "R-110", "fund: claims are open")
        self.stages.end()

    def pay_out(self, member_id: bytes, now: int) -> Units:
        """R-110: the balance and the part of what was set aside, by anyone."""
        stages, ledger = self.stages, self.ledger
        require(stages.stage == FundStage.ENDED, "R-110", "fund: not ended")
        member = self.membership.member(member_id)
        require(not member.status & MemberStatus.EXITED, "R-110", "fund: already exited")
        balance = self._take_out(member)
        part = 0
        if member.status & MemberStatus.REGISTERED:
            part = stages.set_aside * member.shares // stages.entitled
            stages.set_aside_left -= part
            stages.shares_paid += member.shares
            if stages.shares_paid == stages.entitled:
                ledger.due -= stages.set_aside_left
                ledger.surplus += stages.set_aside_left
                stages.set_aside_left = 0
        history = self.membership.history_of(member_id)
        self.membership.history[MemberId(member_id)] = history._replace(exited=hour_up(now))
        status = member.status | MemberStatus.EXITED | MemberStatus.HISTORY_USED
        self.membership.members[MemberId(member_id)] = member._replace(status=status)
        ledger.pay_out(member.wallet, balance + part)
        return Units(balance + part)

    def sweep_remainder(self, now: int) -> Units:
        """R-107 and R-110: the surplus becomes a due of P-56, by anyone."""
        ledger = self.ledger
        empty = self.stages.failed(now) and not ledger.heads
        require(empty or self.stages.stage == FundStage.ENDED, "R-110", "fund: not over")
        amount = ledger.surplus
        require(amount, "R-110", "fund: nothing left")
        ledger.surplus = 0
        ledger.due += amount
        ledger.owe(ledger.terms.remainder, amount)
        return Units(amount)
