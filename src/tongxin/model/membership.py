# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - parameters stand in the order of the contracts' functions
"""Members of the fund (docs/spec/membership.md R-30 to R-46): admission, payment, orders, classes, leaving.

Signatures are not checked here: whoever calls says who acts and whether attestors' and payers' signatures are good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tongxin.model.journal import Journal, Journaled, Table
from tongxin.model.ledger import Ledger
from tongxin.model.reverts import ModelRevert, require
from tongxin.model.rounds import Rounds
from tongxin.model.stages import Stages
from tongxin.model.terms import Terms
from tongxin.units import (
    BPS,
    DAY,
    HOUR,
    SCALE,
    Address,
    ClassId,
    Hour,
    MemberId,
    Seconds,
    Shares,
    Tick,
    Units,
    ceil_div,
    hour_up,
)
from tongxin.words import MemberStatus

WEEK = 7 * DAY
REJOIN_ARREARS_TIME = 365 * DAY
AUTHORIZATION = 2
MOST_ENROLLED = 500
MOST_TOPPED_UP = 200
MOST_COLLECTED = 100


class Member(NamedTuple):
    """R-30."""

    wallet: Address
    tick: Tick
    shares: Shares
    joined: Hour
    class_id: ClassId
    status: MemberStatus


class History(NamedTuple):
    """R-31: the previous record, the hours of change, notice of leaving and exit (0: never), that notice's length."""

    tick: Tick = Tick(0)
    shares: Shares = Shares(0)
    joined: Hour = Hour(0)
    class_id: ClassId = ClassId(0)
    status: MemberStatus = MemberStatus(0)
    changed: Hour = Hour(0)
    left: Hour = Hour(0)
    exited: Hour = Hour(0)
    notice: Seconds = Seconds(0)


class Order(NamedTuple):
    """R-40: a standing order."""

    most_per_period: Units
    spent: int
    period: int
    target: int


@dataclass(frozen=True)
class Attestation:
    """R-32."""

    member_id: bytes
    wallet: int
    class_id: int
    issued: int
    expiry: int


@dataclass(frozen=True)
class Payment:
    """R-34. `method` 0 and 1 take from the actor; 2 takes exactly `amount` from `payer`.

    `good` says that the authorization of method 2 is signed for this purpose, unused and in its time.
    """

    method: int = 0
    payer: int = 0
    amount: int = 0
    good: bool = True

    def payer_of(self, actor: Address, price: int) -> Address:
        """Who pays a price.

        Raises:
            ModelRevert: The authorization is bad or for another amount.
        """
        if self.method != AUTHORIZATION:
            return actor
        require(self.good, "R-34", "payments: bad authorization")
        require(self.amount == price, "R-34", "payments: amount is not the price")
        return Address(self.payer)

    def consents(self, wallet: int, actor: int) -> bool:
        """R-33: whether the wallet itself acts or pays."""
        return actor == wallet or (self.method == AUTHORIZATION and self.payer == wallet)


class Admission(NamedTuple):
    """R-37: this week's admissions."""

    week: int
    admitted: int
    base: int
    last_attested: int


class Membership(Journaled):
    """Every record of the fund and what changes it."""

    def __init__(
        self,
        journal: Journal,
        ledger: Ledger,
        rounds: Rounds,
        stages: Stages,
        settled_before: Callable[[int], bool],
    ) -> None:
        super().__init__(journal)
        self.ledger = ledger
        self.rounds = rounds
        self.stages = stages
        self.token = ledger.token
        self.settled_before = settled_before
        self.members: Table[MemberId, Member] = Table(journal)
        self.history: Table[MemberId, History] = Table(journal)
        self.orders: Table[MemberId, Order] = Table(journal)
        self.wallets: Table[Address, bool] = Table(journal)
        self.erased: Table[MemberId, bool] = Table(journal)
        self.admission = Admission(0, 0, 0, ledger.founded // HOUR)

    # Reading

    @property
    def terms(self) -> Terms:
        """Those the Fund goes by."""
        return self.ledger.terms

    def member(self, member_id: bytes) -> Member:
        """A record.

        Raises:
            ModelRevert: Nobody has this id.
        """
        found = self.members.get(MemberId(member_id))
        if found is None:
            raise ModelRevert("R-30", "fund: no such member")
        return found

    def history_of(self, member_id: bytes) -> History:
        """A member's second word."""
        return self.history.get(MemberId(member_id), History())

    def in_force(self, member: Member) -> bool:
        """I-7: the tick is above the index and the member has not exited."""
        return self.ledger.above(member.tick) and not member.status & MemberStatus.EXITED

    def own(self, member_id: bytes, actor: int) -> Member:
        """A record whose wallet is the actor.

        Raises:
            ModelRevert: It is not.
        """
        member = self.member(member_id)
        require(member.wallet == actor, "R-30", "fund: not the member's wallet")
        return member

    def seasoned(self, member: Member, time: int) -> bool:
        """In force, accepted, not leaving, and joined `newcomer` (P-15) before a time."""
        return (
            self.in_force(member)
            and bool(member.status & MemberStatus.ACCEPTED)
            and not member.status & MemberStatus.LEAVING
            and member.joined * HOUR + self.terms.newcomer <= time
        )

    # Coming in

    def join(
        self,
        attestation: Attestation,
        signatures: bool,  # noqa: FBT001 - the place of the signatures in the contract's function
        tick: int,
        charter_hash: bytes,
        payment: Payment,
        actor: int,
        now: int,
    ) -> None:
        """R-32 to R-37, with an attestation; `signatures` says that enough attestors signed it."""
        require(self.terms.attestor_quorum, "R-32", "fund: no attestors")
        require(signatures, "R-32", "fund: not attested")
        self.admit(attestation, tick, charter_hash, payment, actor, now, attested=True)

    def admit(
        self,
        attestation: Attestation,
        tick: int,
        charter_hash: bytes,
        payment: Payment,
        actor: int,
        now: int,
        *,
        attested: bool = False,
    ) -> None:
        """R-38, and the common part of every single admission."""
        self.stages.check_joining(now)
        self.rounds.settle_first(now)
        self._check_window(attestation.issued, attestation.expiry, now)
        self._check_consent(charter_hash)
        member_id, wallet = MemberId(attestation.member_id), Address(attestation.wallet)
        require(wallet, "R-32", "fund: no wallet")
        require(member_id not in self.members, "R-32", "fund: already a member")
        shares = self._shares(attestation.class_id)
        self.ledger.check_tick(tick, joining=True)
        self._count_admissions(1, now, attested=attested)
        price = self.ledger.price(shares, self.ledger.index, tick)
        total = price + self.terms.entry_fee
        self.token.pull(payment.payer_of(Address(actor), total), total)
        status = MemberStatus.OCCUPIED
        if payment.consents(wallet, actor):
            status |= MemberStatus.ACCEPTED
        self.ledger.deposit(price)
        self.ledger.surplus += self.terms.entry_fee
        self._enter(member_id, Member(wallet, Tick(tick), shares, hour_up(now), ClassId(attestation.class_id), status))

    def enrol(
        self,
        ids: Sequence[bytes],
        wallets: Sequence[int],
        class_id: int,
        tick: int,
        issued: int,
        expiry: int,
        signatures: bool,  # noqa: FBT001 - as in join
        actor: int,
        now: int,
    ) -> int:
        """R-35: how many were newly admitted."""
        require(self.terms.attestor_quorum and signatures, "R-35", "fund: not attested")
        require(len(ids) == len(wallets) and len(ids) <= MOST_ENROLLED, "R-35", "fund: bad batch")
        self.rounds.settle_first(now)
        self._check_window(issued, expiry, now)
        shares = self._shares(class_id)
        self.ledger.check_tick(tick, joining=True)
        fresh: dict[MemberId, Address] = {}
        for member_id, wallet in zip(ids, wallets, strict=True):
            if wallet and MemberId(member_id) not in self.members:
                fresh.setdefault(MemberId(member_id), Address(wallet))
        if not fresh:
            return 0
        self.stages.check_joining(now)
        self._count_admissions(len(fresh), now, attested=True)
        price = self.ledger.price(shares, self.ledger.index, tick)
        self.token.pull(Address(actor), len(fresh) * (price + self.terms.entry_fee))
        self.ledger.deposit(len(fresh) * price, len(fresh))
        self.ledger.surplus += len(fresh) * self.terms.entry_fee
        alike = (Tick(tick), shares, hour_up(now), ClassId(class_id), MemberStatus.OCCUPIED)
        self.members.add_new({member_id: Member(wallet, *alike) for member_id, wallet in fresh.items()})
        self.wallets.add_new({wallet: True for wallet in fresh.values() if wallet not in self.wallets})
        self.ledger.enter(tick, len(fresh) * shares, len(fresh))
        self.stages.heads_changed()
        return len(fresh)

    def _enter(self, member_id: MemberId, member: Member) -> None:
        self.members[member_id] = member
        self.wallets[member.wallet] = True
        self.ledger.enter(member.tick, member.shares)
        self.stages.heads_changed()

    def _shares(self, class_id: int) -> Shares:
        shares = self.terms.shares_of(class_id)
        require(shares, "R-32", "fund: no such class")
        return shares

    @staticmethod
    def _check_window(issued: int, expiry: int, now: int) -> None:
        require(issued <= now <= expiry, "R-32", "fund: attestation out of time")

    def _check_consent(self, charter_hash: bytes) -> None:
        require(charter_hash == self.terms.charter_hash, "R-33", "fund: not this charter")

    def _count_admissions(self, count: int, now: int, *, attested: bool) -> None:
        """R-37."""
        week, counted, base, last_attested = self.admission
        if week != now // WEEK:
            week, counted, base = now // WEEK, 0, self.ledger.heads
        most = max(self.terms.admission_floor, base * self.terms.admission_bps // BPS)
        require(counted + count <= most, "R-37", "fund: admissions of this week are full")
        self.admission = Admission(week, counted + count, base, now // HOUR if attested else last_attested)

    def silent(self, now: int) -> bool:
        """R-38: whether the attestors have fallen silent."""
        return now - self.admission.last_attested * HOUR > self.terms.attestor_silence

    def accept(self, member_id: bytes, charter_hash: bytes, actor: int) -> None:
        """R-33."""
        member = self.own(member_id, actor)
        self._check_consent(charter_hash)
        self.members[MemberId(member_id)] = member._replace(status=member.status | MemberStatus.ACCEPTED)

    # Paying

    def top_up(self, member_id: bytes, tick: int, payment: Payment, actor: int, now: int) -> None:
        """R-39, by anyone."""
        self.stages.check_not_ended()
        self.rounds.settle_first(now)
        ledger = self.ledger
        member = self.member(member_id)
        require(not member.status & MemberStatus.EXITED, "R-39", "fund: exited, rejoin")
        ledger.check_tick(tick, joining=False)
        if self.in_force(member):
            require(tick > member.tick, "R-3", "fund: not beyond the present runway")
            price = ledger.price(member.shares, ledger.place(member.tick), tick)
            self.token.pull(payment.payer_of(Address(actor), price), price)
            self._move(MemberId(member_id), member, tick, price)
            return
        self.stages.check_joining(now)
        require(ledger.tick(member.tick).stamp + self.terms.grace >= now, "R-39", "fund: lapsed, rejoin")
        arrears = ceil_div(member.shares * (ledger.index - ledger.place(member.tick)), SCALE)
        price = ledger.price(member.shares, ledger.index, tick)
        self.token.pull(payment.payer_of(Address(actor), price + arrears), price + arrears)
        ledger.surplus += arrears
        ledger.deposit(price)
        self._enter(MemberId(member_id), member._replace(tick=Tick(tick)))

    def top_up_many(self, ids: Sequence[bytes], ticks: Sequence[int], actor: int, now: int) -> int:
        """R-39: how many were moved."""
        require(len(ids) == len(ticks) and len(ids) <= MOST_TOPPED_UP, "R-39", "fund: bad batch")
        self.stages.check_not_ended()
        self.rounds.settle_first(now)
        count = 0
        total = 0
        for member_id, tick in zip(ids, ticks, strict=True):
            member = self.members.get(MemberId(member_id))
            if member is None or not self.in_force(member) or tick <= member.tick:
                continue
            self.ledger.check_tick(tick, joining=False)
            price = self.ledger.price(member.shares, self.ledger.place(member.tick), tick)
            self._move(MemberId(member_id), member, tick, price)
            count += 1
            total += price
        self.token.pull(Address(actor), total)
        return count

    def _move(self, member_id: MemberId, member: Member, tick: int, price: int) -> None:
        self.ledger.deposit(price)
        self.ledger.move(member.tick, tick, member.shares)
        self.members[member_id] = member._replace(tick=Tick(tick))

    def set_order(self, member_id: bytes, most_per_period: int, target: int, actor: int, now: int) -> None:
        """R-40: the wallet's own standing order; 0 ends it."""
        member = self.own(member_id, actor)
        if most_per_period:
            self.orders[MemberId(member_id)] = Order(Units(most_per_period), 0, self._period(now), target)
            self.members[MemberId(member_id)] = member._replace(status=member.status | MemberStatus.ORDER_SET)
        else:
            self.members[MemberId(member_id)] = self._without_order(MemberId(member_id), member)

    def _without_order(self, member_id: MemberId, member: Member) -> Member:
        if member_id in self.orders:
            del self.orders[member_id]
        return member._replace(status=member.status & ~MemberStatus.ORDER_SET)

    def _period(self, now: int) -> int:
        return (now - self.ledger.founded) // self.terms.period

    def collect(self, ids: Sequence[bytes], now: int) -> int:
        """R-40: collect standing orders; how many members were moved."""
        require(len(ids) <= MOST_COLLECTED, "R-40", "fund: bad batch")
        self.stages.check_not_ended()
        self.rounds.settle_first(now)
        return sum(self._collect_one(MemberId(member_id), now) for member_id in ids)

    def _collect_one(self, member_id: MemberId, now: int) -> bool:
        member = self.members.get(member_id)
        order = self.orders.get(member_id)
        if member is None or order is None or not self.in_force(member):
            return False
        goal = self._goal(order.target)
        spent = order.spent if order.period == self._period(now) else 0
        affordable = (order.most_per_period - spent) * SCALE // member.shares
        tick = min(goal, (self.ledger.place(member.tick) + affordable) // self.terms.spacing)
        if tick <= member.tick:
            return False
        price = self.ledger.price(member.shares, self.ledger.place(member.tick), tick)
        if not self.token.can_pull(member.wallet, price):
            return False
        self.token.pull(member.wallet, price)
        self._move(member_id, member, tick, price)
        self.orders[member_id] = order._replace(spent=spent + price, period=self._period(now))
        return True

    def _goal(self, target: int) -> int:
        """R-16 and R-40: the tick up to which a standing order fills."""
        spacing, index = self.terms.spacing, self.ledger.index
        funded_call = 0
        if self.terms.called:
            funded_call = ceil_div(self.ledger.open_calls * (BPS + self.terms.call_margin), BPS)
        return min(ceil_div(index + target * spacing + funded_call, spacing), index // spacing + self.terms.max_runway)

    def rejoin(self, member_id: bytes, tick: int, charter_hash: bytes, payment: Payment, actor: int, now: int) -> None:
        """R-43, by the member's own wallet."""
        self.stages.check_joining(now, anew=True)
        self.rounds.settle_first(now)
        ledger = self.ledger
        member = self.own(member_id, actor)
        self._check_consent(charter_hash)
        require(not self.in_force(member), "R-43", "fund: in force, top up")
        ledger.check_tick(tick, joining=True)
        arrears = 0
        if not member.status & MemberStatus.EXITED:
            stamp = ledger.tick(member.tick).stamp
            require(stamp + self.terms.grace < now, "R-43", "fund: in grace, top up")
            if now - stamp < REJOIN_ARREARS_TIME:
                missed = min(ledger.index - ledger.place(member.tick), self.terms.year_cap)
                arrears = ceil_div(member.shares * missed, SCALE)
        price = ledger.price(member.shares, ledger.index, tick)
        self.token.pull(payment.payer_of(Address(actor), price + arrears), price + arrears)
        ledger.surplus += arrears
        ledger.deposit(price)
        self._keep_history(MemberId(member_id), member, now)
        gone = MemberStatus.LEAVING | MemberStatus.EXITED
        status = member.status & ~gone | MemberStatus.ACCEPTED | MemberStatus.HISTORY_USED
        self._enter(MemberId(member_id), member._replace(tick=Tick(tick), joined=hour_up(now), status=status))

    def _keep_history(self, member_id: MemberId, member: Member, now: int) -> None:
        self.history[member_id] = self.history_of(member_id)._replace(
            tick=member.tick,
            shares=member.shares,
            joined=member.joined,
            class_id=member.class_id,
            status=member.status,
            changed=hour_up(now),
        )

    # Going

    def leave(self, member_id: bytes, actor: int, now: int) -> None:
        """R-46: give notice."""
        self.stages.check_leaving()
        self.rounds.settle_first(now)
        member = self.own(member_id, actor)
        require(self.in_force(member), "R-46", "fund: not in force")
        require(not member.status & MemberStatus.LEAVING, "R-46", "fund: already leaving")
        self.history[MemberId(member_id)] = self.history_of(member_id)._replace(
            left=hour_up(now), notice=self.terms.leave_notice
        )
        status = member.status | MemberStatus.LEAVING | MemberStatus.HISTORY_USED
        self.members[MemberId(member_id)] = member._replace(status=status)

    def refund(self, member_id: bytes, now: int) -> Units:
        """R-46: end a membership whose notice is over, by anyone; the balance."""
        self.rounds.settle_first(now)
        member = self.member(member_id)
        require(member.status & MemberStatus.LEAVING, "R-46", "fund: not leaving")
        require(not member.status & MemberStatus.EXITED, "R-46", "fund: already exited")
        history = self.history_of(member_id)
        left, notice = history.left * HOUR, history.notice
        over = now >= left + notice and self.settled_before(left + notice)
        require(over or now >= left + 3 * notice, "R-46", "fund: notice not over")
        amount = self.ledger.balance(member.shares, member.tick)
        if self.in_force(member):
            self.ledger.exit(member.tick, member.shares)
        self.ledger.take(amount)
        self.ledger.due += amount
        self.ledger.sweep()
        self.history[MemberId(member_id)] = history._replace(exited=hour_up(now))
        self.members[MemberId(member_id)] = member._replace(status=member.status | MemberStatus.EXITED)
        self.ledger.pay_out(member.wallet, amount)
        return amount

    def erase(self, member_id: bytes, now: int) -> None:
        """R-107: record, history, order and the place in the week's admissions, as if the person had never joined."""
        week = self.admission.week
        if week == now // WEEK and self.member(member_id).joined * HOUR > week * WEEK:
            self.admission = self.admission._replace(admitted=self.admission.admitted - 1)
        self.erased[MemberId(member_id)] = True
        for table in (self.members, self.history, self.orders):
            if MemberId(member_id) in table:
                del table[MemberId(member_id)]

    # What the Office orders

    def set_wallet(self, member_id: bytes, wallet: int, *, keep_accepted: bool, now: int) -> None:
        """R-47: the new wallet; its standing order ends (R-40)."""
        self.rounds.settle_first(now)
        require(wallet, "R-47", "fund: no wallet")
        member = self._without_order(MemberId(member_id), self.member(member_id))
        self.wallets[Address(wallet)] = True
        status = member.status if keep_accepted else member.status & ~MemberStatus.ACCEPTED
        self.members[MemberId(member_id)] = member._replace(wallet=Address(wallet), status=status)

    def set_class(self, member_id: bytes, class_id: int, payer: int, now: int) -> None:
        """R-44: the new class at once, paid by the payer or returned to the wallet."""
        self.rounds.settle_first(now)
        ledger = self.ledger
        member = self.member(member_id)
        self.check_class_change(member_id, class_id, now)
        shares = self._shares(class_id)
        left = ledger.place(member.tick) - ledger.index
        self._keep_history(MemberId(member_id), member, now)
        ledger.reweigh(member.tick, shares - member.shares)
        status = member.status | MemberStatus.HISTORY_USED
        self.members[MemberId(member_id)] = member._replace(shares=shares, class_id=ClassId(class_id), status=status)
        if shares >= member.shares:
            price = ceil_div((shares - member.shares) * left, SCALE)
            self.token.pull(Address(payer), price)
            ledger.deposit(price)
        else:
            returned = (member.shares - shares) * left // SCALE
            ledger.take(returned)
            ledger.due += returned
            ledger.pay_out(member.wallet, returned)

    def check_class_change(self, member_id: bytes, class_id: int, now: int) -> None:
        """R-31 and R-44.

        Raises:
            ModelRevert: The member can't change to this class now.
        """
        self.stages.check_class_change()
        member = self.member(member_id)
        self._shares(class_id)
        going = member.status & MemberStatus.LEAVING
        require(self.in_force(member) and not going, "R-44", "fund: not in force or leaving")
        changed = self.history_of(member_id).changed
        recent = changed and changed * HOUR + self.terms.filing_window >= now
        require(not recent, "R-31", "fund: changed too recently")

    def set_contacts_flag(self, member_id: bytes, *, on: bool) -> None:
        """R-48: whether somebody is named."""
        member = self.member(member_id)
        named = MemberStatus.CONTACTS_NAMED
        status = member.status | named if on else member.status & ~named
        self.members[MemberId(member_id)] = member._replace(status=status)

    # What the court takes from a balance

    def hold_from_balance(self, member_id: bytes, amount: int, now: int) -> Units:
        """R-64 source 1: cut the runway by the fewest ticks that free the amount; what is freed beyond it."""
        self.rounds.settle_first(now)
        ledger, spacing = self.ledger, self.terms.spacing
        member = self.member(member_id)
        require(self.in_force(member), "R-64", "fund: not in force")
        ticks = ceil_div(amount * SCALE, member.shares * spacing)
        tick = member.tick - ticks
        require(ledger.place(tick) - ledger.index >= spacing, "R-64", "fund: balance too small")
        freed = member.shares * ticks * spacing // SCALE
        ledger.take(freed)
        ledger.bonds += amount
        ledger.due += freed - amount
        if freed > amount:
            ledger.owe(member.wallet, freed - amount)
        if ticks:
            ledger.move(member.tick, tick, member.shares)
        self.members[MemberId(member_id)] = member._replace(tick=Tick(tick))
        return Units(freed - amount)
