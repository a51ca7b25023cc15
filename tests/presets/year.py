# SPDX-License-Identifier: AGPL-3.0-only
"""A year in the life of a mutual, as its charter has it: every rule that the charter holds is met at least once.

`Year.live` tells the story; each step compares what the chain did with what `by_hand` says that the YAML's values
lead to, and notes the part of the story it belongs to.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from eth_utils.crypto import keccak

from presets.by_hand import (
    BPS,
    DAY,
    HOUR,
    SCALE,
    WEEK,
    YEAR,
    Pair,
    Settlement,
    Sheet,
    Standing,
    settlement,
    small,
    up,
)
from presets.ground import GAS, PURSE, Ground, send_all
from support.sdk import person
from tongxin.chain import dev_rpc
from tongxin.chain.events import (
    BatchEnrolled,
    Carried,
    Closed,
    Collected,
    Deferred,
    FeesWithdrawn,
    Filed,
    Joined,
    JurorsPaid,
    Left,
    Paid,
    Refunded,
    Rejoined,
    Reviewed,
    RoundSettled,
    Settled,
    Started,
    SteppedBack,
    ToppedUp,
    Verdict,
    Withdrawn,
)
from tongxin.chain.founding import found
from tongxin.chain.keys import KeySigner
from tongxin.chain.mutual import Mutual
from tongxin.chain.payments import by_allowance
from tongxin.chain.reverts import (
    AdmissionsFull,
    BeforeStart,
    InWaitingTime,
    Lapsed,
    NotCovered,
    NothingCovered,
    NotASettledMember,
    OneWaiverAYear,
    RunwayTooShort,
    TooFewInviters,
    TooFewMembers,
    TooManyGrants,
    WaitingTimeOver,
)
from tongxin.chain.structs import Attestation, BondSource, Claim, Filing, Payment
from tongxin.chain.transactions import Receipt, Sender, simulate
from tongxin.chain.typed_data import attestation, commit, roster
from tongxin.charter import Charter, decode, encode, numbers_of
from tongxin.charter.rules import Form, Funding, Kind
from tongxin.words import FundStage, Stage

FOUNDERS = 12
"""People who found a mutual together, where its panels need no more."""
REASON = keccak(b"reason")
SALT = keccak(b"salt")
EVIDENCE = keccak(b"sealed evidence")
MOST_EXTRA = 4
"""Rounds beyond the planned ones until the shortest runways are used up."""


def founders_of(rules: Charter) -> int:
    """How many join before the start: for open panels as many as must vote, and one who claims."""
    sheet = Sheet(rules)
    return FOUNDERS if sheet.drawn else max(FOUNDERS, rules.court.open_quorum_heads + 1)


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
class Year:
    """One mutual on the shared chain, from its founding to a member's exit."""

    ground: Ground
    rules: Charter
    mutual: Mutual
    attestors: list[KeySigner]
    done: set[str] = field(default_factory=set)
    people: list[Person] = field(default_factory=list)
    base: list[Person] = field(default_factory=list)
    steps_met: set[int] = field(default_factory=set)
    fees: int = 0
    week: int = 0
    week_heads: int = 0
    week_joined: int = 0

    # -- founding

    @classmethod
    def found(cls, ground: Ground, rules: Charter) -> Year:
        """Founds the mutual; only the least members to start are fewer than the charter says."""
        quorum = rules.membership.admission.attestor_quorum
        attestors = sorted(
            (person(f"attestor {number}") for number in range(quorum)), key=lambda one: one.address.lower()
        )
        named = small(rules, founders_of(rules)).with_parties(
            token=ground.coin.address,
            steward=person("steward").address,
            attestors=tuple(one.address for one in attestors),
            remainder=person("remainder").address,
        )
        assert named.court.investigator.fee == 0, "no part of the year commissions an investigator; write it"
        listing = found(ground.keeper, ground.factory, encode(named, ground.coin.decimals()), label=uuid.uuid4().hex)
        year = cls(ground, named, Mutual.at(ground.endpoints, listing.fund), attestors)
        assert decode(year.mutual.words) == numbers_of(named)
        year.done.add("words on chain")
        ground.keeper.send(ground.coin.approve(year.mutual.fund.address, PURSE))
        return year

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

    def short_runway_is_refused(self) -> None:
        """R-3: one tick less than the least."""
        wallet, member_id = self.next_wallet()
        item, signatures = self.attested(member_id, wallet.address, 0)
        tick = self.tick_ahead(self.sheet.least_ticks) - 1
        if self.attestors:
            action = self.fund.join(item, signatures, tick, self.charter_hash, Payment())
        else:
            action = self.mutual.office.admit_open(item, tick, self.charter_hash, Payment())
        approve = self.ground.coin.approve(self.fund.address, PURSE)
        wallet.send(approve)
        with pytest.raises(RunwayTooShort):
            simulate(self.ground.endpoints, action, wallet.address)
        self.done.add("least runway")

    def gather(self) -> None:
        """The founders come, as many in a week as the charter lets in; with too few the mutual does not start (R-105)."""
        least = self.rules.starting.minimum_members
        gathering = least > 1
        assert (self.fund.stage().stage is FundStage.GATHERING) == gathering
        self.short_runway_is_refused()
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
            if size < missing:
                self.one_more_is_refused(size + 1)
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
        return [case.level] * (count - 1) + [other if count > 2 and self.sheet.drawn or count > 4 else case.level]

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

    @property
    def waiting(self) -> list[Case]:
        """Claims that wait for the round."""
        return self.__dict__.setdefault("_waiting", [])  # type: ignore[no-any-return]

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

    ordered: Person | None = None
    careful: Person | None = None
    careless: Person | None = None

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

    def rejoin_after_grace(self) -> None:
        """R-43: after the grace time the own wallet starts anew, waiting times too."""
        who = self.careless
        if who is None or not self.lapsed(who):
            return
        self.careless = None
        tick = self.fund.member(who.member_id).tick
        stamp = self.fund.tick(tick).stamp
        self.wait_until(stamp + self.rules.membership.grace + 1)
        self.settle_closed_round()
        ahead, index = self.tick_ahead(self.sheet.most_ticks), self.fund.books().index
        with pytest.raises(Lapsed):
            simulate(self.ground.endpoints, self.fund.top_up(who.member_id, ahead, by_allowance()), who.wallet.address)
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
        self.last_round(newcomers)
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

    @property
    def claimed(self) -> set[Pair]:
        """What was claimed by somebody of the class."""
        return self.__dict__.setdefault("_claimed", set())  # type: ignore[no-any-return]

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

    next_founder: int = -1

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

    spaced: Case | None = None

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

    def last_round(self, newcomers: Sequence[Person]) -> None:
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
