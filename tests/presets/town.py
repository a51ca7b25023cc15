# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual founded by a preset's rules, and the people who join it; the ledger as its formulas have it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Self

import pytest
from eth_utils.crypto import keccak

from presets.by_hand import (
    DAY,
    HOUR,
    SCALE,
    WEEK,
    YEAR,
    Pair,
    Sheet,
    Standing,
    founders_of,
    small,
    up,
)
from presets.ground import GAS, PURSE, Ground, send_all
from support.sdk import person
from tongxin.chain import dev_rpc
from tongxin.chain.events import (
    BatchEnrolled,
    Joined,
    Started,
    SteppedBack,
)
from tongxin.chain.founding import found
from tongxin.chain.keys import KeySigner
from tongxin.chain.mutual import Mutual
from tongxin.chain.payments import by_allowance
from tongxin.chain.reverts import (
    AdmissionsFull,
    BeforeStart,
    BooksFull,
    NotASettledMember,
    RunwayTooShort,
    TooFewInviters,
    TooFewMembers,
)
from tongxin.chain.structs import Attestation, BondSource, Filing, Payment
from tongxin.chain.transactions import Receipt, Sender, simulate
from tongxin.chain.typed_data import attestation, roster
from tongxin.charter import Charter, decode, encode, numbers_of
from tongxin.charter.rules import Kind
from tongxin.words import FundStage

EVIDENCE = keccak(b"sealed evidence")


@dataclass
class Person:
    """A member: `joined` is the hour of joining rounded up."""

    wallet: Sender
    member_id: bytes
    class_id: int
    shares: int
    joined: int
    may_vote: bool = True


@dataclass
class Town:
    """One mutual on the shared chain: its founding, its members, its clock.

    `done` notes which parts of the story were met.
    """

    ground: Ground
    rules: Charter
    mutual: Mutual
    attestors: list[KeySigner]
    done: set[str] = field(default_factory=set)
    people: list[Person] = field(default_factory=list)
    base: list[Person] = field(default_factory=list)
    fees: int = 0
    week: int = 0
    week_heads: int = 0
    week_joined: int = 0

    # -- founding

    @classmethod
    def found(cls, ground: Ground, rules: Charter) -> Self:
        """Founds the mutual; only the least members to start are fewer than the charter says."""
        quorum = rules.membership.admission.attestor_quorum
        attestors = sorted(
            (person(f"attestor {number}") for number in range(quorum)), key=lambda one: one.address.lower()
        )
        named = small(rules).with_parties(
            token=ground.coin.address,
            steward=person("steward").address,
            attestors=tuple(one.address for one in attestors),
            remainder=person("remainder").address,
        )
        assert named.court.investigator.fee == 0, "no part of the year commissions an investigator; write it"
        listing = found(ground.keeper, ground.factory, encode(named, ground.coin.decimals()), label=uuid.uuid4().hex)
        made = cls(ground, named, Mutual.at(ground.endpoints, listing.fund), attestors)
        assert decode(made.mutual.words) == numbers_of(named)
        made.done.add("words on chain")
        ground.keeper.send(ground.coin.approve(made.mutual.fund.address, PURSE))
        return made

    def __post_init__(self) -> None:
        self.sheet = Sheet(self.rules)
        self.fund = self.mutual.fund
        self.court = self.mutual.court
        self.keeper = self.ground.keeper
        self.founded = self.fund.founded()
        self.charter_hash = self.mutual.charter_hash

    # -- clock

    @property
    def now(self) -> int:
        return self.mutual.head().timestamp

    @property
    def today(self) -> int:
        return self.sheet.day_of(self.now)

    def wait(self, seconds: int) -> None:
        dev_rpc.increase_time(self.ground.node.url, seconds)

    def wait_until(self, time: int) -> None:
        """Waits for a time, unless it is past."""
        now = self.now
        if time > now:
            self.wait(time - now)

    # -- joining

    def make_room(self, wanted: int) -> None:
        """R-37: waits for the next week if this one's admissions would not do."""
        heads = self.fund.books().heads
        if self.now // WEEK == self.week and self.week_joined + wanted > self.sheet.admissions(self.week_heads):
            self.wait_until((self.week + 1) * WEEK + 1)
        if self.now // WEEK != self.week:
            self.week, self.week_heads, self.week_joined = self.now // WEEK, heads, 0
        self.week_joined += wanted

    def next_wallet(self, ahead: int = 0) -> tuple[Sender, bytes]:
        number = len(self.people) + ahead
        return self.ground.wallet(number), keccak(f"{self.fund.address} {number}".encode())

    def attested(self, member_id: bytes, wallet: str, class_id: int) -> tuple[Attestation, list[bytes]]:
        item = Attestation(member_id, wallet, class_id, self.now - 60, self.now + DAY)
        typed = attestation(self.mutual.attestation_domain, item)
        return item, [one.sign_typed(typed) for one in self.attestors]

    def shares_of(self, class_id: int) -> int:
        return self.rules.classes[class_id].shares

    def tick_ahead(self, ticks: int) -> int:
        """R-3: so many ticks ahead, at most the largest runway."""
        index, spacing = self.fund.books().index, self.sheet.spacing
        return min(up(index, spacing) + ticks, index // spacing + self.sheet.most_ticks)

    def price(self, shares: int, tick: int, index: int) -> int:
        """R-2, from nothing."""
        return up(shares * (tick * self.sheet.spacing - index), SCALE)

    def came(self, wallet: Sender, member_id: bytes, class_id: int, at: int) -> Person:
        """Notes a new member, who came in the block of that time (R-30)."""
        member = Person(wallet, member_id, class_id, self.shares_of(class_id), up(at, HOUR))
        on_chain = self.fund.member(member_id)
        assert (on_chain.joined, on_chain.shares, on_chain.wallet) == (member.joined, member.shares, wallet.address)
        self.people.append(member)
        return member

    def enrol(self, count: int) -> None:
        """A batch under the attestors' one signature, in the first class; each wallet then accepts."""
        pairs = [self.next_wallet(ahead) for ahead in range(count)]
        wallets, ids = [one.address for one, _ in pairs], [member_id for _, member_id in pairs]
        issued, expiry = self.now - 60, self.now + DAY
        typed = roster(self.mutual.attestation_domain, ids, wallets, 0, issued=issued, expiry=expiry)
        signatures = [one.sign_typed(typed) for one in self.attestors]
        index, tick = self.fund.books().index, self.tick_ahead(self.sheet.most_ticks)
        action = self.fund.enrol(ids, wallets, 0, tick, issued=issued, expiry=expiry, signatures=signatures)
        enrolled, at = self.keeper.send(action).one(BatchEnrolled), self.now
        entry_fee = self.sheet.units(self.rules.money.entry_fee)
        price = self.price(self.shares_of(0), tick, index)
        assert (enrolled.count, enrolled.price, enrolled.entry_fees) == (count, count * price, count * entry_fee)
        for wallet, member_id in pairs:
            accept = self.fund.accept(member_id, self.charter_hash)
            send_all(wallet, [self.ground.coin.approve(self.fund.address, PURSE), accept])
            self.base.append(self.came(wallet, member_id, 0, at))
        self.done.add("attested")

    def join(self, class_id: int, ticks: int) -> Person:
        """Somebody joins alone, from the own wallet."""
        self.make_room(1)
        wallet, member_id = self.next_wallet()
        item, signatures = self.attested(member_id, wallet.address, class_id)
        index, tick = self.fund.books().index, self.tick_ahead(ticks)
        price = self.price(self.shares_of(class_id), tick, index)
        entry_fee, surplus = self.sheet.units(self.rules.money.entry_fee), self.fund.purse().surplus
        if self.attestors:
            action = self.fund.join(item, signatures, tick, self.charter_hash, Payment())
        else:
            action = self.mutual.office.admit_open(item, tick, self.charter_hash, Payment())
        held = self.ground.coin.balance_of(wallet.address)
        joined = send_all(wallet, [self.ground.coin.approve(self.fund.address, PURSE), action])[1].one(Joined)
        assert (joined.price, joined.entry_fee, joined.accepted) == (price, entry_fee, True)
        assert held - self.ground.coin.balance_of(wallet.address) == price + entry_fee
        assert self.fund.purse().surplus == surplus + entry_fee
        if entry_fee:
            self.done.add("entry fee")
        self.done.add("attested" if self.attestors else "open admission")
        return self.came(wallet, member_id, class_id, self.now)

    def other_runways_are_refused(self) -> None:
        """R-3: one tick less than the least, and one more than the largest."""
        wallet, member_id = self.next_wallet()
        item, signatures = self.attested(member_id, wallet.address, 0)
        least, most = self.tick_ahead(self.sheet.least_ticks), self.tick_ahead(self.sheet.most_ticks)
        approve = self.ground.coin.approve(self.fund.address, PURSE)
        wallet.send(approve)
        for tick, refusal in ((least - 1, RunwayTooShort), (most + 1, BooksFull)):
            if self.attestors:
                action = self.fund.join(item, signatures, tick, self.charter_hash, Payment())
            else:
                action = self.mutual.office.admit_open(item, tick, self.charter_hash, Payment())
            with pytest.raises(refusal):
                simulate(self.ground.endpoints, action, wallet.address)
        self.done.add("runway limits")

    def gather(self) -> None:
        """The founders come, as many in a week as the charter lets in; with too few nothing starts (R-105)."""
        least = self.rules.starting.minimum_members
        gathering = least > 1
        assert (self.fund.stage().stage is FundStage.GATHERING) == gathering
        self.other_runways_are_refused()
        count = founders_of(self.rules)
        while len(self.base) < count:
            missing = count - len(self.base)
            if gathering and self.fund.books().heads < least:
                with pytest.raises(TooFewMembers):
                    simulate(self.ground.endpoints, self.fund.start(), self.keeper.address)
            if not self.attestors:
                self.base.append(self.join(0, self.sheet.most_ticks))
                continue
            self.make_room(0)
            size = min(missing, self.sheet.admissions(self.week_heads) - self.week_joined)
            if size == 0:
                self.make_room(1)
                self.week_joined -= 1
                continue
            heads = self.fund.books().heads
            if size < missing:
                self.one_more_is_refused(size + 1)
            if gathering and heads < least - 1:
                size = min(size, least - 1 - heads)
            self.week_joined += size
            self.enrol(size)
        if gathering:
            self.step_back()
            started = self.keeper.send(self.fund.start()).one(Started)
            assert started.heads == self.fund.books().heads >= least
            self.done.add("gathering and start")
            with pytest.raises(BeforeStart):
                self.file(self.base[0], self.sheet.pairs(refunds=False)[0], self.today)
        assert self.fund.stage().stage is FundStage.RUNNING

    def one_more_is_refused(self, size: int) -> None:
        """R-37."""
        pairs = [self.next_wallet(ahead) for ahead in range(size)]
        wallets, ids = [one.address for one, _ in pairs], [member_id for _, member_id in pairs]
        issued, expiry = self.now - 60, self.now + DAY
        typed = roster(self.mutual.attestation_domain, ids, wallets, 0, issued=issued, expiry=expiry)
        signatures = [one.sign_typed(typed) for one in self.attestors]
        tick = self.tick_ahead(self.sheet.least_ticks)
        action = self.fund.enrol(ids, wallets, 0, tick, issued=issued, expiry=expiry, signatures=signatures)
        with pytest.raises(AdmissionsFull):
            simulate(self.ground.endpoints, action, self.keeper.address)
        self.done.add("admissions of a week")

    def step_back(self) -> None:
        """R-107: before the start everything comes back, the entry fee too."""
        held = self.ground.coin.balance_of(self.next_wallet()[0].address)
        gone = self.join(0, self.sheet.least_ticks)
        back = gone.wallet.send(self.fund.step_back(gone.member_id)).one(SteppedBack)
        price = self.price(gone.shares, self.sheet.least_ticks, 0)
        assert (back.amount, back.entry_fee) == (price, self.sheet.units(self.rules.money.entry_fee))
        assert self.ground.coin.balance_of(gone.wallet.address) == held
        gone.may_vote = False

    def invite(self) -> None:
        """R-38: who has been a member long enough vouches for somebody."""
        self.make_room(1)
        wallet, member_id = self.next_wallet()
        item = Attestation(member_id, wallet.address, 0, self.now - 60, self.now + DAY)
        typed = attestation(self.mutual.attestation_domain, item)
        inviters = self.base[: self.rules.membership.admission.inviters]
        ids, signatures = [one.member_id for one in inviters], [one.wallet.signer.sign_typed(typed) for one in inviters]
        tick = self.tick_ahead(self.sheet.most_ticks)

        def admit(number: int) -> Receipt:
            action = self.mutual.office.admit_invited(
                item, ids[:number], signatures[:number], tick, self.charter_hash, payment=Payment()
            )
            return wallet.send(action)

        wallet.send(self.ground.coin.approve(self.fund.address, PURSE))
        with pytest.raises(TooFewInviters):
            admit(len(inviters) - 1)
        joined = admit(len(inviters)).one(Joined)
        assert (joined.attested, joined.accepted) == (False, True)
        self.came(wallet, member_id, 0, self.now).may_vote = False
        self.done.add("invited")

    def volunteer(self) -> None:
        """R-66: everybody who has been a member long enough posts a juror's bond."""
        everybody = [one for one in self.people if one.may_vote]
        newcomer = self.rules.membership.newcomer
        act = self.mutual.jury.volunteer
        if newcomer:
            with pytest.raises(NotASettledMember):
                simulate(
                    self.ground.endpoints, act(everybody[-1].member_id, by_allowance()), everybody[-1].wallet.address
                )
            self.done.add("newcomers do not judge")
        self.wait_until(everybody[-1].joined * HOUR + newcomer + 1)
        bond = self.sheet.units(self.rules.court.juror_bond)
        before = self.fund.bonds()
        for one in everybody:
            one.wallet.send(act(one.member_id, by_allowance()), gas=GAS)
        assert self.fund.bonds() == before + len(everybody) * bond
        assert len(everybody) >= 3 * self.rules.court.panel_size

    # -- the ledger by hand

    def standing(self) -> Standing:
        """The ledger as it stands; the members' runways one by one."""
        books, purse, yearly, now = self.fund.books(), self.fund.purse(), self.fund.yearly(), self.now
        members = self.fund.members([one.member_id for one in self.people])
        runways = tuple(
            (one.shares, one.tick * self.sheet.spacing)
            for one in members
            if one.in_force(books.index, self.sheet.spacing)
        )
        raised = yearly.raised if yearly.year == (now - self.founded) // YEAR else 0
        before = Standing(books.index, purse.surplus, max(0, self.sheet.year_cap - raised), runways)
        assert before.shares == books.shares
        return before

    def balanced(self) -> None:
        """I-1: what the Fund holds is what its accounts say."""
        books, purse = self.fund.books(), self.fund.purse()
        accounts = books.deposits + purse.surplus + purse.due + purse.fees + self.fund.bonds()
        assert self.ground.coin.balance_of(self.fund.address) == accounts
        before = self.standing()
        owed = sum(shares * (end - books.index) for shares, end in before.runways)
        assert owed <= books.deposits * SCALE
        assert purse.fees == self.fees

    # -- claims

    def filing(self, who: Person, pair: Pair, day: int, claimed: int | None = None, *, waived: bool = False) -> Filing:
        benefit = self.rules.benefits[pair[0]]
        if claimed is None:
            full = self.sheet.units(benefit.amounts[pair[1]])
            claimed = 0 if benefit.kind is Kind.LUMP_SUM else self.sheet.units(benefit.deductible) + full
        source = BondSource.WAIVER if waived else BondSource.PAYMENT
        return Filing(who.member_id, pair[0], day, claimed, EVIDENCE, keccak(b"seal key"), keccak(b"summary"), source)

    def file(self, who: Person, pair: Pair, day: int, claimed: int | None = None, *, waived: bool = False) -> None:
        """Whether a claim would be taken now; raises the refusal."""
        action = self.court.file(self.filing(who, pair, day, claimed, waived=waived), Payment())
        simulate(self.ground.endpoints, action, who.wallet.address)

    def elapsed(self, who: Person, day: int) -> int:
        return max(0, self.sheet.start_of(day) - who.joined * HOUR)
