# SPDX-License-Identifier: AGPL-3.0-only
"""A small mutual with round numbers, for tests of the model and of whatever runs beside it.

One tick costs one unit per thousandth of a share, so a full share (1000) pays 1000 units a tick.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tongxin.model import Addresses, Attestation, Benefit, Entitlement, Filing, Mutual, Payment, Terms
from tongxin.units import DAY, SCALE, Address, Bps, Index, Seconds, Shares, Units
from tongxin.words import AdmissionForm, BenefitKind

FOUNDED = 1_700_006_400
START = FOUNDED + 3_600
CHARTER_HASH = bytes([7]) * 32
STEWARD = Address(0x57E)
INVESTIGATOR = Address(0x1F)
REMAINDER = Address(0xC4A)
ATTESTORS = (Address(0xA1), Address(0xA2))
ADDRESSES = Addresses(jury=Address(0x70), court=Address(0xC0))
SPONSOR = Address(0x5)
STRANGER = Address(0xBAD)
SPACING = SCALE
HOUR = 3_600
LEVELS = tuple(Bps(level) for level in (0, 2_500, 5_000, 7_500, 10_000, 10_000, 10_000, 10_000))


def terms(**changes: Any) -> Terms:
    """The small mutual's terms, some of them changed."""
    lump = Benefit(BenefitKind.LUMP_SUM, LEVELS, Units(0), 2, Seconds(30 * DAY))
    bill = Benefit(BenefitKind.REIMBURSEMENT, LEVELS, Units(100), 0, Seconds(0))
    refund = Benefit(BenefitKind.CONTRIBUTION_REFUND, LEVELS, Units(0), 0, Seconds(0))

    def row(*amounts: int, waiting: int = 30 * DAY) -> tuple[Entitlement, ...]:
        return tuple(Entitlement(Units(amount), Seconds(waiting)) for amount in amounts)

    base = Terms(
        charter_hash=CHARTER_HASH,
        steward=STEWARD,
        investigator=INVESTIGATOR,
        remainder=REMAINDER,
        attestors=ATTESTORS,
        spacing=Index(SPACING),
        round_cap=Index(10 * SPACING),
        year_cap=Index(50 * SPACING),
        fee=Bps(800),
        call_margin=Bps(1_000),
        carries=1,
        called=False,
        immediate=True,
        period=Seconds(7 * DAY),
        grace=Seconds(10 * DAY),
        leave_notice=Seconds(40 * DAY),
        min_runway=10,
        max_runway=100,
        newcomer=Seconds(0),
        admission_bps=Bps(5_000),
        admission_floor=1_000,
        filing_window=Seconds(60 * DAY),
        attestor_silence=Seconds(100 * DAY),
        attestor_quorum=1,
        access_time=Seconds(1 * DAY),
        commit_time=Seconds(2 * DAY),
        reveal_time=Seconds(1 * DAY),
        cure_time=Seconds(5 * DAY),
        verdict_notice=Seconds(3 * DAY),
        panel_size=3,
        threshold=Bps(5_000),
        lot_delay=5,
        strict=True,
        open_panel=False,
        waiver=True,
        open_quorum_heads=2,
        open_quorum_bps=Bps(1_000),
        juror_pay=Units(100),
        juror_bond=Units(2_000),
        review_bps=Bps(0),
        review_above=Units(0),
        investigator_fee=Units(500),
        investigation_time=Seconds(4 * DAY),
        claim_cap=Index(0),
        zone=0,
        inviters=2,
        admission=AdmissionForm.ATTESTOR,
        entry_fee=Units(0),
        minimum_members=0,
        founding_deadline=Seconds(0),
        floor_heads=0,
        runoff=Seconds(61 * DAY),
        voting_time=Seconds(7 * DAY),
        vote_quorum=Bps(2_000),
        adoption_delay=Seconds(47 * DAY),
        execution_time=Seconds(14 * DAY),
        majority=Bps(6_000),
        wind_down_majority=Bps(7_500),
        proposal_pause=Seconds(30 * DAY),
        shares=(Shares(1_000), Shares(500), Shares(2_000)),
        benefits=(lump, bill, refund),
        entitlements=(row(10_000, 5_000, 20_000), row(8_000, 0, 8_000), row(3_000, 3_000, 3_000)),
        ladder=(),
    )
    return replace(base, **changes)


def member_id(number: int) -> bytes:
    """The id of member number so-and-so."""
    return number.to_bytes(32, "big")


def wallet(number: int) -> Address:
    """The wallet of member number so-and-so."""
    return Address(0x1000 + number)


@dataclass
class Village:
    """A mutual, its clock and what its people do most."""

    mutual: Mutual
    now: int = START
    block: int = 1_000

    @classmethod
    def found(cls, **changes: Any) -> Village:
        """Found one with these terms."""
        return cls(Mutual(terms(**changes), FOUNDED, 1, ADDRESSES))

    def wait(self, seconds: int = 0, blocks: int = 1) -> None:
        """Time passes."""
        self.now += seconds
        for _ in range(blocks):
            self.mutual.blocks.hashes[self.block] = self.block.to_bytes(32, "big")
            self.block += 1

    def attestation(self, number: int, class_id: int = 0) -> Attestation:
        """What an attestor says of a member."""
        return Attestation(member_id(number), wallet(number), class_id, self.now, self.now + 1)

    def join(self, number: int, tick: int, class_id: int = 0, actor: int | None = None) -> None:
        """Somebody comes in, with enough money for it."""
        payer = wallet(number) if actor is None else Address(actor)
        self.mutual.token.mint(payer, 10**9)
        charter_hash = self.mutual.terms.charter_hash
        self.mutual.join(self.attestation(number, class_id), True, tick, charter_hash, Payment(), payer, now=self.now)

    def people(self, count: int, tick: int = 60, class_id: int = 0) -> None:
        """Members 1 .. count come in."""
        for number in range(1, count + 1):
            self.join(number, tick, class_id)

    def volunteers(self, first: int, last: int) -> None:
        """Members first .. last post their bonds."""
        for number in range(first, last + 1):
            self.mutual.volunteer(member_id(number), Payment(), wallet(number), now=self.now)

    @property
    def today(self) -> int:
        """Number of the day (the zone is 0)."""
        return self.now // DAY

    def file(self, number: int, benefit: int = 0, claimed: int = 0, day: int | None = None, source: int = 0) -> int:
        """A member files."""
        filing = Filing(
            member_id(number),
            benefit,
            self.today if day is None else day,
            claimed,
            b"e" * 32,
            b"k" * 32,
            b"s" * 32,
            source,
        )
        return self.mutual.file(filing, Payment(), wallet(number), now=self.now, block_number=self.block)

    def draw(self, c: int) -> None:
        """The lot's block passes and somebody draws."""
        self.wait(60, self.mutual.terms.lot_delay + 1)
        self.mutual.draw(c, now=self.now, block_number=self.block)

    def vote(self, c: int, levels: list[int | None]) -> int:
        """Access, commitments and reveals of a drawn panel; None keeps silent. The panel's key."""
        record = self.mutual.court.record(c)
        self.mutual.grant(c, b"a" * 32, record.claim.wallet, now=self.now)
        key = self.mutual.court.key(c, self.mutual.court.record(c))
        self.ballot(key, levels)
        return key

    def ballot(self, key: int, levels: list[int | None]) -> None:
        """Commitments and reveals of a drawn panel's seats."""
        jury = self.mutual.jury
        attempt = jury.panel(key).attempt
        opened = [(seat, level) for seat, level in enumerate(levels) if level is not None]
        for seat, level in opened:
            commitment = jury.commitment(key, attempt, seat, level, bytes(32), b"x" * 32)
            self.mutual.commit(key, seat, b"", commitment, jury.juror(key, seat), now=self.now)
        if not jury.panel(key).reveals_open(self.now):
            self.now = jury.panel(key).commit_by
        for seat, level in opened:
            self.mutual.reveal(key, seat, level, bytes(32), b"x" * 32, now=self.now)

    def conclude(self, c: int) -> None:
        """Somebody concludes."""
        self.mutual.conclude(c, now=self.now, block_number=self.block)

    def to_notice(self, number: int, levels: list[int | None], **filing: Any) -> int:
        """A claim from filing to its notice."""
        c = self.file(number, **filing)
        self.draw(c)
        self.vote(c, levels)
        self.conclude(c)
        return c

    def settle(self, c: int) -> None:
        """The notice passes and somebody settles."""
        self.now = max(self.now, self.mutual.court.record(c).deadline)
        self.mutual.settle(c, now=self.now)
