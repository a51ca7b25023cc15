# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - parameters stand in the order of the contracts' functions
"""The court (docs/spec/court.md R-60 to R-86): from filing to closing. Block hashes come from `Blocks`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tongxin.model.charter import Charter
from tongxin.model.cover import (
    awarded_on,
    base_amount,
    covered,
    day_number,
    day_start,
    due_at,
    full_amount,
    record_on,
)
from tongxin.model.journal import Journal, Journaled, Table
from tongxin.model.jury import Jury
from tongxin.model.lot import Blocks, lot_seed, reviewed_by_lot
from tongxin.model.membership import Membership, Payment
from tongxin.model.office import Contacts, Office
from tongxin.model.reverts import ModelRevert, require
from tongxin.model.rounds import Rounds
from tongxin.model.tally import INCOMPLETE, Rule
from tongxin.model.terms import Terms
from tongxin.units import BPS, DAY, Address, MemberId, Units
from tongxin.words import ChallengerKind, ClaimFlag, MemberStatus, Stage

OPEN_KEY = 4
MOST_CHALLENGES = 2
WAIVER_TIME = 365 * DAY
MOST_ADVANCED = 64
NO_FLAGS = ClaimFlag(0)
REFILABLE = (1).to_bytes(32, "big")
FROM_PAYMENT, FROM_BALANCE, WAIVED = range(3)
JURORS_PAID = (ClaimFlag.PANEL_0_PAID, ClaimFlag.PANEL_1_PAID, ClaimFlag.PANEL_2_PAID)
CLAIM_TYPES = (
    "(bytes32,address,address,address,address,address,uint256,uint256,uint256,uint256,uint256,uint256,uint256,"
    "uint256,bytes32,bytes32,bytes32)"
)


@dataclass(frozen=True)
class Filing:
    """What a person files (interface.md). `source`: 0 payment, 1 balance, 2 waiver.

    `evidence`, `seal_key` and `summary` are hashes of what lies elsewhere (R-121), and no more to the rules.
    """

    member_id: bytes
    benefit: int
    day: int
    claimed: int
    evidence: bytes
    seal_key: bytes
    summary: bytes
    source: int


@dataclass(frozen=True)
class Claim:
    """R-63: what is fixed at filing (`evidence` changes once, by a cure)."""

    member_id: bytes
    wallet: int
    filer: int
    payee: int
    contact_a: int
    contact_b: int
    benefit: int
    class_id: int
    day: int
    filed_at: int
    claimed: int
    base: int
    version: int
    pool: int
    evidence: bytes
    seal_key: bytes
    summary: bytes

    def event_key(self) -> bytes:
        """R-60: the event (member, benefit, day)."""
        return event_key(self.member_id, self.benefit, self.day)

    def digest(self, number: int) -> bytes:
        """R-63."""
        people = [who.to_bytes(20, "big") for who in self.excluded()]
        numbers = [self.benefit, self.class_id, self.day, self.filed_at, self.claimed, self.base, self.version]
        fields = (self.member_id, *people, *numbers, self.pool, self.evidence, self.seal_key, self.summary)
        return keccak(encode(["uint256", CLAIM_TYPES], [number, fields]))

    def excluded(self) -> tuple[int, ...]:
        """R-67: whose wallets never sit."""
        return (self.wallet, self.filer, self.payee, self.contact_a, self.contact_b)


def panel_size(terms: Terms, n: int) -> int:
    """P-22: seats of a claim's n-th drawn panel (R-77)."""
    size = terms.panel_size
    for _ in range(n):
        size = 2 * size + 1
    return size


def event_key(member_id: bytes, benefit: int, day: int) -> bytes:
    """R-60."""
    return keccak(encode(["bytes32", "uint256", "uint256"], [member_id, benefit, day]))


class Challenger(NamedTuple):
    """R-77. `kind` 0 is a review. `bond` is units, of a juror its volunteer index."""

    challenger: Address
    kind: int
    level: int
    bond: int

    @property
    def posted(self) -> int:
        """Units that the challenger posted."""
        return 0 if self.kind == ChallengerKind.JUROR else self.bond

    def succeeds(self, final: int) -> bool:
        """R-79."""
        if self.kind in {ChallengerKind.CLAIMANT_FREE, ChallengerKind.CLAIMANT_BONDED}:
            return final > self.level
        return bool(self.kind) and final != self.level


class Owed(NamedTuple):
    """R-82: who is owed what when a claim closes with a level, in units."""

    filing_bond: int
    challengers: tuple[tuple[Address, int], ...]
    votes: int
    pay: int
    investigator: int

    @property
    def total(self) -> int:
        """Sum of it all."""
        return self.filing_bond + sum(bond for _, bond in self.challengers) + self.votes * self.pay + self.investigator


class Closing(NamedTuple):
    """R-82 as it was carried out (I-10), in units."""

    pot: int
    costs_paid: int
    bonds_returned: int
    jurors: int
    investigator: int
    rewards: int
    to_surplus: int


@dataclass(frozen=True)
class ClaimRecord:
    """Where a claim stands. `due` and `call` are the award in its notice, `part` what of the base was granted."""

    claim: Claim
    stage: Stage
    lot_block: int
    flags: ClaimFlag = NO_FLAGS
    n: int = 0
    attempt: int = 0
    level: int = 0
    deadline: int = 0
    valid: int = 0
    call: int = 0
    part: int = 0
    due: int = 0
    challengers_posted: int = 0
    slashed: int = 0
    pay_per_seat: int = 0
    commissioned: int = -1
    closing: Closing | None = None

    @property
    def closed(self) -> bool:
        """Whether it is final."""
        return self.stage in {Stage.GRANTED, Stage.DENIED}


class Court(Journaled):
    """Every claim and how it goes on."""

    def __init__(
        self,
        journal: Journal,
        charter: Charter,
        membership: Membership,
        rounds: Rounds,
        office: Office,
        jury: Jury,
        blocks: Blocks,
        court_address: int,
    ) -> None:
        super().__init__(journal)
        self.charter = charter
        self.membership = membership
        self.rounds = rounds
        self.office = office
        self.jury = jury
        self.blocks = blocks
        self.address = Address(court_address)
        self.ledger = membership.ledger
        self.count = 0
        self.lowest_open = 1
        self.claims: Table[int, ClaimRecord] = Table(journal)
        self.digests: Table[bytes, bytes] = Table(journal)
        self.challengers: Table[tuple[int, int], Challenger] = Table(journal)
        self.grants: Table[tuple[MemberId, int], tuple[int, int]] = Table(journal)
        self.waived_at: Table[MemberId, int] = Table(journal)

    # Reading

    def record(self, c: int) -> ClaimRecord:
        """A claim.

        Raises:
            ModelRevert: There is none of that number.
        """
        found = self.claims.get(c)
        if found is None:
            raise ModelRevert("R-63", "court: no such claim")
        return found

    def _at(self, c: int, *stages: Stage) -> ClaimRecord:
        record = self.record(c)
        require(record.stage in stages, "R-86", "court: not at this stage")
        return record

    def key(self, c: int, record: ClaimRecord) -> int:
        """Key of the present panel."""
        return 8 * c + record.n + (OPEN_KEY if record.flags & ClaimFlag.OPEN_NOW else 0)

    def terms_of(self, claim: Claim) -> Terms:
        """R-96: those of the version in force on the event's day, to the end of the claim."""
        return self.charter.terms(claim.version)

    def size(self, record: ClaimRecord, n: int) -> int:
        """P-22: seats of a claim's n-th drawn panel."""
        return panel_size(self.terms_of(record.claim), n)

    def filing_bond(self, record: ClaimRecord) -> Units:
        """R-64: what was posted when filing."""
        terms = self.terms_of(record.claim)
        if terms.open_panel or record.flags & ClaimFlag.WAIVED:
            return Units(0)
        return Units(terms.panel_size * terms.juror_pay)

    def settled_before(self, time: int) -> bool:
        """R-85: whether no claim filed before a time is open, by the pointer."""
        return self.lowest_open > self.count or self.claims[self.lowest_open].claim.filed_at >= time

    def advance(self) -> None:
        """R-85."""
        for _ in range(MOST_ADVANCED):
            if self.lowest_open > self.count or not self.claims[self.lowest_open].closed:
                return
            self.lowest_open += 1

    # Filing

    def file(self, filing: Filing, payment: Payment, actor: int, now: int, block_number: int) -> int:
        """R-60 to R-64: the claim's number."""
        claim = self._claim(filing, actor, now)
        key = claim.event_key()
        before = self.digests.get(key)
        require(before in {None, REFILABLE}, "R-60", "court: judged before")
        require(self._repeats_allow(claim), "R-61", "court: too often or too soon")
        flags = NO_FLAGS if before is None else ClaimFlag.REFILE
        terms = self.terms_of(claim)
        if terms.open_panel:
            flags |= ClaimFlag.OPEN_NOW
        flags |= self._take_bond(terms, filing, payment, actor, now)
        self.count += 1
        self.digests[key] = claim.digest(self.count)
        self.claims[self.count] = ClaimRecord(
            claim=claim, stage=Stage.LOT, lot_block=block_number + terms.lot_delay, flags=flags
        )
        return self.count

    def _claim(self, filing: Filing, actor: int, now: int) -> Claim:
        stages = self.membership.stages
        stages.check_filing(now)
        start = day_start(filing.day, self.ledger.terms.zone)
        version = self.charter.version_at(start)
        terms = self.charter.terms(version)
        member = self.membership.member(filing.member_id)
        named_any = member.status & MemberStatus.CONTACTS_NAMED
        contacts = self.office.contacts_of(filing.member_id) if named_any else Contacts()
        named = {contacts.contact_a, contacts.contact_b} - {Address(0)}
        require(actor == member.wallet or actor in named, "R-60", "court: neither wallet nor contact")
        require(member.status & MemberStatus.ACCEPTED, "R-33", "court: charter not accepted")
        require(filing.benefit < len(terms.benefits), "R-60", "court: no such benefit")
        require(filing.day <= day_number(now, terms.zone), "R-60", "court: day in the future")
        require(now < start + DAY + terms.filing_window, "R-60", "court: filed too late")
        history = self.membership.history_of(filing.member_id)
        record = record_on(member, history, start)
        require(terms.entitlement(filing.benefit, record.class_id).amount, "R-60", "court: not a benefit of the class")
        rules = terms.benefits[filing.benefit]
        awarded = awarded_on(self.charter, record, filing.benefit, start)
        cover = covered(record, self.ledger, stages, rules.kind, awarded, start)
        require(cover, "R-51", "court: not covered that day")
        full = full_amount(self.charter, history, record, filing.benefit, awarded, start)
        base = base_amount(rules, awarded.deductible, full, filing.claimed)
        require(base, "R-62", "court: nothing to grant")
        payee = member.wallet if actor == member.wallet else contacts.beneficiary or member.wallet
        return Claim(
            member_id=filing.member_id,
            wallet=member.wallet,
            filer=actor,
            payee=payee,
            contact_a=contacts.contact_a,
            contact_b=contacts.contact_b,
            benefit=filing.benefit,
            class_id=record.class_id,
            day=filing.day,
            filed_at=now,
            claimed=filing.claimed,
            base=base,
            version=version,
            pool=self.jury.count,
            evidence=filing.evidence,
            seal_key=filing.seal_key,
            summary=filing.summary,
        )

    def _repeats_allow(self, claim: Claim) -> bool:
        """R-61; the last day is the claim's own where its grant was taken back for a second panel."""
        rules = self.terms_of(claim).benefits[claim.benefit]
        count, last = self.grants.get((MemberId(claim.member_id), claim.benefit), (0, 0))
        if rules.repeats and count >= rules.repeats:
            return False
        return not count or claim.day == last or abs(claim.day - last) * DAY >= rules.interval

    def _take_bond(self, terms: Terms, filing: Filing, payment: Payment, actor: int, now: int) -> ClaimFlag:
        """R-64."""
        require(filing.source in {FROM_PAYMENT, FROM_BALANCE, WAIVED}, "R-64", "court: no such source")
        bond = 0 if terms.open_panel else terms.panel_size * terms.juror_pay
        if not bond:
            return ClaimFlag.BOND_FROM_BALANCE if filing.source == FROM_BALANCE else NO_FLAGS
        member_id = MemberId(filing.member_id)
        if filing.source == WAIVED:
            require(terms.waiver, "R-64", "court: no waiver")
            last = self.waived_at.get(member_id)
            require(last is None or now - last >= WAIVER_TIME, "R-64", "court: waiver used this year")
            self.waived_at[member_id] = now
            return ClaimFlag.WAIVED
        if filing.source == FROM_BALANCE:
            self.membership.hold_from_balance(member_id, bond, now)
            return ClaimFlag.BOND_FROM_BALANCE
        self._hold(bond, payment, actor)
        return NO_FLAGS

    def _hold(self, amount: int, payment: Payment, actor: int) -> None:
        self.ledger.token.pull(payment.payer_of(Address(actor), amount), amount)
        self.ledger.bonds += amount

    # Panels

    def draw(self, c: int, now: int, block_number: int) -> None:
        """R-65, R-67: by anyone, once the lot's block is past."""
        record = self._at(c, Stage.LOT)
        key = 8 * c + record.n
        seed = lot_seed(self.blocks.lot_hash(record.lot_block, block_number), key, record.attempt)
        claim = record.claim
        if not record.flags & ClaimFlag.OPEN_NOW and self.jury.draw(
            key, record.attempt, seed, self.size(record, record.n), claim.pool, claim.filed_at, claim.excluded()
        ):
            access_time = self.terms_of(claim).access_time
            self.claims[c] = replace(record, stage=Stage.ACCESS, deadline=now + access_time)
        else:
            self._open_panel(c, replace(record, attempt=0), now)

    def _open_panel(self, c: int, record: ClaimRecord, now: int) -> None:
        terms = self.terms_of(record.claim)
        commit_by = now + terms.commit_time
        reveal_by = commit_by + terms.reveal_time
        earlier = sum(1 for n in range(record.n) if 8 * c + n + OPEN_KEY in self.jury.panels)
        record = replace(record, stage=Stage.VOTING, flags=record.flags | ClaimFlag.OPEN_NOW, deadline=reveal_by)
        self.claims[c] = record
        self.jury.open_panel(
            self.key(c, record),
            record.attempt,
            commit_by,
            reveal_by,
            terms.open_quorum_heads,
            terms.open_quorum_bps,
            2**earlier,
            record.claim.filed_at,
            record.claim.excluded(),
        )

    @staticmethod
    def _check_claimant(record: ClaimRecord, actor: int, rule: str) -> None:
        require(actor in {record.claim.wallet, record.claim.filer}, rule, "court: not the claimant")

    def grant(self, c: int, keys_hash: bytes, actor: int, now: int) -> None:
        """R-68: access for the drawn jurors; voting opens. `keys_hash`, the manifest's (R-123), is only published."""
        record = self._at(c, Stage.ACCESS)
        self._check_claimant(record, actor, "R-68")
        require(len(keys_hash) == len(REFILABLE), "R-68", "court: no hash")
        require(now < record.deadline, "R-68", "court: access time is over")
        key = self.key(c, record)
        terms = self.terms_of(record.claim)
        commit_by = now + terms.commit_time
        reveal_by = commit_by + terms.reveal_time
        stood = self.jury.start(key, record.attempt, commit_by, reveal_by)
        self.claims[c] = replace(record, stage=Stage.VOTING, deadline=reveal_by, valid=record.valid - stood)

    def time_out(self, c: int, now: int, block_number: int) -> None:
        """R-68 and R-74: what happens when the claimant lets a time pass."""
        record = self._at(c, Stage.ACCESS, Stage.CURE)
        require(now >= record.deadline, "R-86", "court: time is not over")
        if record.stage == Stage.CURE:
            self._verdict(c, record, 0, now, block_number)
            return
        first = not record.n and not record.attempt and not record.flags & ClaimFlag.REFILE
        if first:
            self.digests[record.claim.event_key()] = REFILABLE
        self._close(c, replace(record, level=0, flags=record.flags | ClaimFlag.NO_ACCESS), now)

    def cure(self, c: int, evidence: bytes, actor: int, now: int) -> None:
        """R-74: by the claimant, once."""
        record = self._at(c, Stage.CURE)
        self._check_claimant(record, actor, "R-74")
        require(now < record.deadline, "R-74", "court: cure time is over")
        claim = replace(record.claim, evidence=evidence)
        self.digests[claim.event_key()] = claim.digest(c)
        flags = record.flags | ClaimFlag.CURED
        record = replace(record, claim=claim, flags=flags, attempt=record.attempt + 1)
        if record.flags & ClaimFlag.OPEN_NOW:
            self._open_panel(c, record, now)
        else:
            access_time = self.terms_of(claim).access_time
            self.claims[c] = replace(record, stage=Stage.ACCESS, deadline=now + access_time)

    # Investigators

    def commission(self, c: int, seat: int, actor: int, now: int) -> None:
        """R-84."""
        record = self._at(c, Stage.VOTING)
        terms = self.terms_of(record.claim)
        require(terms.investigator, "R-84", "court: no investigator")
        require(
            not record.flags & (ClaimFlag.OPEN_NOW | ClaimFlag.COMMISSIONED), "R-84", "court: can't be commissioned"
        )
        key = self.key(c, record)
        if self.jury.commission(key, seat, actor, terms.investigation_time, now):
            later = record.deadline + terms.investigation_time
            flags = record.flags | ClaimFlag.COMMISSIONED
            self.claims[c] = replace(record, flags=flags, deadline=later, commissioned=key)

    def report(self, c: int, report_hash: bytes, actor: int) -> None:
        """R-84: by the investigator. `report_hash` is only published."""
        record = self._at(c, Stage.LOT, Stage.ACCESS, Stage.VOTING, Stage.CURE)
        require(actor == self.terms_of(record.claim).investigator, "R-84", "court: not the investigator")
        require(len(report_hash) == len(REFILABLE), "R-84", "court: no hash")
        require(record.commissioned == self.key(c, record), "R-84", "court: not commissioned")
        require(not record.flags & ClaimFlag.INVESTIGATOR_OWED, "R-84", "court: reported already")
        self.claims[c] = replace(record, flags=record.flags | ClaimFlag.INVESTIGATOR_OWED)

    # Verdicts

    def conclude(self, c: int, now: int, block_number: int) -> None:
        """R-72 and R-73."""
        record = self._at(c, Stage.VOTING)
        may_cure = not record.flags & ClaimFlag.CURED
        is_open = bool(record.flags & ClaimFlag.OPEN_NOW)
        terms = self.terms_of(record.claim)
        rule = Rule(terms.threshold, terms.strict, may_cure)
        decided, level, valid, slashed = self.jury.conclude(self.key(c, record), rule, now)
        record = replace(
            record,
            valid=record.valid + (0 if is_open else valid),
            slashed=record.slashed + slashed,
            flags=record.flags | (ClaimFlag.ESCROW_USED if slashed else NO_FLAGS),
        )
        if not decided and is_open:
            self._verdict(c, record, record.level if record.n else 0, now, block_number)
        elif not decided and record.flags & ClaimFlag.REDRAWN:
            self._open_panel(c, replace(record, attempt=0), now)
        elif not decided:
            self.claims[c] = replace(
                record,
                stage=Stage.LOT,
                attempt=record.attempt + 1,
                flags=record.flags | ClaimFlag.REDRAWN,
                lot_block=block_number + terms.lot_delay,
            )
        elif level == INCOMPLETE:
            self.claims[c] = replace(record, stage=Stage.CURE, deadline=now + terms.cure_time)
        else:
            self._verdict(c, record, level, now, block_number)

    def _verdict(self, c: int, record: ClaimRecord, level: int, now: int, block_number: int) -> None:
        """R-76."""
        claim = record.claim
        terms = self.terms_of(claim)
        due = due_at(terms, self.ledger, claim.benefit, claim.base, level) if self._repeats_allow(claim) else 0
        record = replace(
            record,
            stage=Stage.NOTICE,
            level=level if due else 0,
            deadline=now + terms.verdict_notice,
            lot_block=block_number + terms.lot_delay,
        )
        if due:
            record = self._award(c, record, due)
        self.claims[c] = record

    def _award(self, c: int, record: ClaimRecord, due: int) -> ClaimRecord:
        claim = record.claim
        part = self.terms_of(claim).benefits[claim.benefit].levels[record.level]
        key = (MemberId(claim.member_id), claim.benefit)
        self.grants[key] = (self.grants.get(key, (0, 0))[0] + 1, claim.day)
        costs = max(0, self.owed(c, record).total - self.pot(record))
        flags = record.flags | ClaimFlag.REPEATS_COUNTED
        if due < claim.base * part // BPS:
            flags |= ClaimFlag.AWARD_CUT
        return replace(record, due=due, part=part, call=self.ledger.announce(due, costs), flags=flags)

    def challenge(self, c: int, seat: int, payment: Payment, actor: int, now: int, block_number: int) -> None:
        """R-77. A seat beyond the panel means that nobody challenges as its juror."""
        record = self._at(c, Stage.NOTICE)
        require(now < record.deadline, "R-77", "court: notice is over")
        require(record.n < MOST_CHALLENGES, "R-77", "court: challenged twice")
        challenger = self._challenger(c, record, seat, actor)
        if challenger.posted:
            self._hold(challenger.posted, payment, actor)
            record = replace(
                record,
                challengers_posted=record.challengers_posted + challenger.posted,
                flags=record.flags | ClaimFlag.ESCROW_USED,
            )
        self._next_panel(c, record, challenger, block_number)

    def _challenger(self, c: int, record: ClaimRecord, seat: int, actor: int) -> Challenger:
        who = Address(actor)
        bond = self.size(record, record.n + 1) * self.terms_of(record.claim).juror_pay
        if actor in {record.claim.wallet, record.claim.filer}:
            by_claimant = {ChallengerKind.CLAIMANT_FREE, ChallengerKind.CLAIMANT_BONDED}
            again = any(self.challengers[c, n].kind in by_claimant for n in range(1, record.n + 1))
            if again:
                return Challenger(who, ChallengerKind.CLAIMANT_BONDED, record.level, bond)
            return Challenger(who, ChallengerKind.CLAIMANT_FREE, record.level, 0)
        key = self.key(c, record)
        if seat < self.jury.panel(key).size:
            index = self.jury.dissenter(key, seat, actor, record.level)
            return Challenger(who, ChallengerKind.JUROR, record.level, index)
        return Challenger(who, ChallengerKind.ANYONE, record.level, bond)

    def _next_panel(self, c: int, record: ClaimRecord, challenger: Challenger, block_number: int) -> None:
        self.challengers[c, record.n + 1] = challenger
        self.ledger.retract(record.call)
        if record.flags & ClaimFlag.REPEATS_COUNTED:
            key = (MemberId(record.claim.member_id), record.claim.benefit)
            count, last = self.grants[key]
            self.grants[key] = (count - 1, last)
        gone = ClaimFlag.REPEATS_COUNTED | ClaimFlag.REDRAWN | ClaimFlag.AWARD_CUT
        self.claims[c] = replace(
            record,
            stage=Stage.LOT,
            n=record.n + 1,
            attempt=0,
            flags=record.flags & ~gone,
            lot_block=block_number + self.terms_of(record.claim).lot_delay,
            call=0,
            part=0,
            due=0,
        )

    def review(self, c: int, block_number: int) -> None:
        """R-78: by anyone, once the block fixed at the verdict is past."""
        record = self._at(c, Stage.NOTICE)
        require(self._unreviewed(record), "R-78", "court: nothing to review")
        block_hash = self.blocks.lot_hash(record.lot_block, block_number)
        record = replace(record, flags=record.flags | ClaimFlag.REVIEWED)
        terms = self.terms_of(record.claim)
        if record.due > terms.review_above > 0 or reviewed_by_lot(block_hash, c, terms.review_bps):
            self._next_panel(c, record, Challenger(Address(0), ChallengerKind.REVIEW, record.level, 0), block_number)
        else:
            self.claims[c] = record

    def _unreviewed(self, record: ClaimRecord) -> bool:
        first_grant = not record.n and record.level
        return bool(self.terms_of(record.claim).reviews and first_grant and not record.flags & ClaimFlag.REVIEWED)

    # Closing

    def settle(self, c: int, now: int) -> None:
        """R-80: by anyone, after the notice."""
        record = self._at(c, Stage.NOTICE)
        require(now >= record.deadline, "R-80", "court: notice is not over")
        require(not self._unreviewed(record), "R-78", "court: review first")
        self._close(c, record, now)

    def pot(self, record: ClaimRecord) -> int:
        """R-81."""
        return self.filing_bond(record) + record.challengers_posted + record.slashed

    def _challengers_of(self, c: int, record: ClaimRecord) -> list[Challenger]:
        return [self.challengers[c, n] for n in range(1, record.n + 1)]

    def owed(self, c: int, record: ClaimRecord) -> Owed:
        """R-82, if the claim closed as it stands."""
        terms = self.terms_of(record.claim)
        winners = [who for who in self._challengers_of(c, record) if who.succeeds(record.level)]
        return Owed(
            filing_bond=self.filing_bond(record) if record.level else 0,
            challengers=tuple((who.challenger, who.posted) for who in winners),
            votes=record.valid,
            pay=terms.juror_pay,
            investigator=terms.investigator_fee if record.flags & ClaimFlag.INVESTIGATOR_OWED else 0,
        )

    def _close(self, c: int, record: ClaimRecord, now: int) -> None:
        for who in self._challengers_of(c, record):
            if who.kind == ChallengerKind.JUROR and not who.succeeds(record.level):
                taken = self.jury.slash(who.bond, 2, now)
                used = ClaimFlag.ESCROW_USED if taken else NO_FLAGS
                record = replace(record, slashed=record.slashed + taken, flags=record.flags | used)
        owed = self.owed(c, record)
        costs = max(0, owed.total - self.pot(record))
        claim = record.claim
        costs_paid = self.rounds.settle(self.address, c, Address(claim.payee), record.due, costs, record.call, now)
        record = self._distribute(record, owed, costs_paid)
        self.claims[c] = replace(record, stage=Stage.GRANTED if record.level else Stage.DENIED)
        if c == self.lowest_open:
            self.advance()

    def _distribute(self, record: ClaimRecord, owed: Owed, costs_paid: int) -> ClaimRecord:
        """R-82: what the pot and the paid costs are for, in its order."""
        claim = record.claim
        pot = self.pot(record)
        have = pot + costs_paid
        excess = max(0, pot - owed.total)
        bond_to = claim.filer
        if record.flags & ClaimFlag.BOND_FROM_BALANCE or claim.filer == claim.wallet:
            bond_to = claim.payee
        returned = 0
        for to, bond in ((Address(bond_to), owed.filing_bond), *owed.challengers):
            returned += self._release(to, min(bond, have - returned))
        investigator = self._release(self.terms_of(claim).investigator, min(owed.investigator, have - returned))
        left = have - returned - investigator
        each = min(owed.pay, left // owed.votes) if owed.votes else 0
        left -= each * owed.votes
        rewards = 0
        if owed.challengers:
            reward = min(record.slashed, excess) // len(owed.challengers)
            rewards = sum(self._release(to, reward) for to, _ in owed.challengers)
        self.ledger.bonds -= left - rewards
        self.ledger.surplus += left - rewards
        closing = Closing(pot, costs_paid, returned, each * owed.votes, investigator, rewards, left - rewards)
        return replace(record, pay_per_seat=each, closing=closing)

    def _release(self, to: Address, amount: int) -> int:
        """Pay out of the bonds (R-19)."""
        self.ledger.bonds -= amount
        self.ledger.due += amount
        self.ledger.pay_out(to, amount)
        return amount

    def pay_jurors(self, c: int, n: int) -> int:
        """R-83: credit the jurors of a drawn panel of a closed claim; their number."""
        record = self._at(c, Stage.GRANTED, Stage.DENIED)
        require(n <= record.n, "R-83", "court: no such panel")
        require(not record.flags & JURORS_PAID[n], "R-83", "court: jurors are paid")
        require(record.pay_per_seat, "R-83", "court: nothing to pay")
        self.claims[c] = replace(record, flags=record.flags | JURORS_PAID[n])
        key = 8 * c + n
        return self.jury.pay(key, record.pay_per_seat) if key in self.jury.panels else 0
