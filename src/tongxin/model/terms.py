# SPDX-License-Identifier: AGPL-3.0-only
"""The terms of a charter as numbers with names (docs/spec/charter.md), read from its packed words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.charter.encoding import CharterWords
from tongxin.units import BPS, DAY, Address, Bps, Index, Seconds, Shares, Units, address
from tongxin.words import (
    BENEFIT,
    COURT_FOUNDING,
    COURT_MONEY,
    COURT_ROLES,
    COURT_STAGES,
    ENTITLEMENT,
    LADDER,
    LADDER_STEPS,
    MEMBER_TERMS,
    MONEY_TERMS,
    SHARES_PER_WORD,
    SHARES_WORD,
    VOTE_TERMS,
    AdmissionForm,
    BenefitKind,
    CourtTermsFlag,
    MoneyFlag,
)

_ZONE_SHIFT = DAY


@dataclass(frozen=True)
class Benefit:
    """P-39. `levels[0]` is level 0, always 0; `levels[1]` .. `levels[7]` as in the charter."""

    kind: BenefitKind
    levels: tuple[Bps, ...]
    deductible: Units
    repeats: int
    interval: Seconds


@dataclass(frozen=True)
class Entitlement:
    """P-40 and P-41 of one benefit and class; amount 0 means not covered."""

    amount: Units
    waiting: Seconds


@dataclass(frozen=True)
class Step:
    """One step of the ladder (P-42)."""

    after: Seconds
    bps: Bps


@dataclass(frozen=True)
class Terms:
    """One version of a charter. Names are those of charter.md; `entitlements[benefit][class]`."""

    charter_hash: bytes
    steward: Address
    investigator: Address
    remainder: Address
    attestors: tuple[Address, ...]
    spacing: Index
    round_cap: Index
    year_cap: Index
    fee: Bps
    call_margin: Bps
    carries: int
    called: bool
    immediate: bool
    period: Seconds
    grace: Seconds
    leave_notice: Seconds
    min_runway: int
    max_runway: int
    newcomer: Seconds
    admission_bps: Bps
    admission_floor: int
    filing_window: Seconds
    attestor_silence: Seconds
    attestor_quorum: int
    access_time: Seconds
    commit_time: Seconds
    reveal_time: Seconds
    cure_time: Seconds
    verdict_notice: Seconds
    panel_size: int
    threshold: Bps
    lot_delay: int
    strict: bool
    open_panel: bool
    waiver: bool
    open_quorum_heads: int
    open_quorum_bps: Bps
    juror_pay: Units
    juror_bond: Units
    review_bps: Bps
    review_above: Units
    investigator_fee: Units
    investigation_time: Seconds
    claim_cap: Index
    zone: int
    inviters: int
    admission: AdmissionForm
    entry_fee: Units
    minimum_members: int
    founding_deadline: Seconds
    floor_heads: int
    runoff: Seconds
    voting_time: Seconds
    vote_quorum: Bps
    adoption_delay: Seconds
    execution_time: Seconds
    majority: Bps
    wind_down_majority: Bps
    proposal_pause: Seconds
    shares: tuple[Shares, ...]
    benefits: tuple[Benefit, ...]
    entitlements: tuple[tuple[Entitlement, ...], ...]
    ladder: tuple[Step, ...]

    @property
    def reviews(self) -> bool:
        """Whether grants of the first panel pass `review` (R-78)."""
        return self.review_bps > 0 or self.review_above > 0

    def shares_of(self, class_id: int) -> Shares:
        """Shares of a class, 0 if there is none of that number."""
        return self.shares[class_id] if 0 <= class_id < len(self.shares) else Shares(0)

    def entitlement(self, benefit: int, class_id: int) -> Entitlement:
        """Amount and waiting time, both 0 where the charter names none."""
        if 0 <= benefit < len(self.benefits) and 0 <= class_id < len(self.entitlements[benefit]):
            return self.entitlements[benefit][class_id]
        return Entitlement(Units(0), Seconds(0))

    def ladder_bps(self, since_joining: int) -> Bps:
        """Part of the amount reached so long after joining (R-62)."""
        if not self.ladder:
            return Bps(BPS)
        reached = [step.bps for step in self.ladder if step.after <= since_joining]
        return reached[-1] if reached else Bps(0)

    @classmethod
    def of_charter(cls, words: CharterWords, charter_hash: bytes) -> Terms:
        """Terms of a charter as the chain holds it.

        Raises:
            WordError: A word has bits where the layout has none.
        """
        return cls.from_words(
            charter_hash=charter_hash,
            money_terms=words.money_terms,
            member_terms=words.member_terms,
            court_terms=words.court_terms,
            vote_terms=words.vote_terms,
            shares_words=words.shares_words,
            benefits=words.benefits,
            entitlements=words.entitlements,
            ladder=words.ladder,
            spacing=words.spacing,
            steward=address(words.steward),
            investigator=address(words.investigator),
            remainder=address(words.remainder),
            attestors=tuple(address(one) for one in words.attestors),
        )

    @classmethod
    def from_words(
        cls,
        *,
        charter_hash: bytes,
        money_terms: int,
        member_terms: int,
        court_terms: Sequence[int],
        vote_terms: int,
        shares_words: Sequence[int],
        benefits: Sequence[int],
        entitlements: Sequence[Sequence[int]],
        ladder: int,
        spacing: int,
        steward: Address,
        investigator: Address,
        remainder: Address,
        attestors: tuple[Address, ...],
    ) -> Terms:
        """Terms from the words T0 .. T6 and the charter's other words.

        Raises:
            WordError: A word has bits where the layout has none.
        """
        money = MONEY_TERMS.unpack(money_terms)
        member = MEMBER_TERMS.unpack(member_terms)
        vote = VOTE_TERMS.unpack(vote_terms)
        stages, court_money, roles, founding = (
            layout.unpack(word)
            for layout, word in zip((COURT_STAGES, COURT_MONEY, COURT_ROLES, COURT_FOUNDING), court_terms, strict=True)
        )
        return cls(
            charter_hash=charter_hash,
            steward=steward,
            investigator=investigator,
            remainder=remainder,
            attestors=attestors,
            spacing=Index(spacing),
            round_cap=Index(money["round_cap"]),
            year_cap=Index(money["year_cap"]),
            fee=Bps(money["fee"]),
            call_margin=Bps(money["margin"]),
            carries=money["carries"],
            called=bool(money["flags"] & MoneyFlag.CALLED),
            immediate=bool(money["flags"] & MoneyFlag.IMMEDIATE),
            period=Seconds(money["period"]),
            grace=Seconds(member["grace"]),
            leave_notice=Seconds(member["notice"]),
            min_runway=member["min_runway"],
            max_runway=member["max_runway"],
            newcomer=Seconds(member["newcomer"]),
            admission_bps=Bps(member["admission_bps"]),
            admission_floor=member["admission_floor"],
            filing_window=Seconds(member["filing_window"]),
            attestor_silence=Seconds(member["silence"]),
            attestor_quorum=member["quorum"],
            access_time=Seconds(stages["access"]),
            commit_time=Seconds(stages["commit"]),
            reveal_time=Seconds(stages["reveal"]),
            cure_time=Seconds(stages["cure"]),
            verdict_notice=Seconds(stages["notice"]),
            panel_size=stages["size"],
            threshold=Bps(stages["threshold"]),
            lot_delay=stages["lot_delay"],
            strict=bool(stages["flags"] & CourtTermsFlag.STRICT),
            open_panel=bool(stages["flags"] & CourtTermsFlag.OPEN),
            waiver=bool(stages["flags"] & CourtTermsFlag.WAIVER),
            open_quorum_heads=stages["open_quorum_heads"],
            open_quorum_bps=Bps(stages["open_quorum_bps"]),
            juror_pay=Units(court_money["juror_pay"]),
            juror_bond=Units(court_money["juror_bond"]),
            review_bps=Bps(court_money["review_bps"]),
            review_above=Units(court_money["review_above"]),
            investigator_fee=Units(roles["investigator_fee"]),
            investigation_time=Seconds(roles["investigation_time"]),
            claim_cap=Index(roles["claim_cap"]),
            zone=roles["zone"] - _ZONE_SHIFT,
            inviters=roles["inviters"],
            admission=AdmissionForm(roles["admission"]),
            entry_fee=Units(founding["entry_fee"]),
            minimum_members=founding["minimum_members"],
            founding_deadline=Seconds(founding["founding_deadline"]),
            floor_heads=founding["floor_heads"],
            runoff=Seconds(founding["runoff"]),
            voting_time=Seconds(vote["voting_time"]),
            vote_quorum=Bps(vote["quorum"]),
            adoption_delay=Seconds(vote["adoption_delay"]),
            execution_time=Seconds(vote["execution_time"]),
            majority=Bps(vote["majority"]),
            wind_down_majority=Bps(vote["wind_down_majority"]),
            proposal_pause=Seconds(vote["pause"]),
            shares=_shares(shares_words),
            benefits=tuple(_benefit(word) for word in benefits),
            entitlements=tuple(tuple(_entitlement(word) for word in row) for row in entitlements),
            ladder=_ladder(ladder),
        )


def _shares(words: Sequence[int]) -> tuple[Shares, ...]:
    every = [Shares(SHARES_WORD.unpack(word)[f"class_{j}"]) for word in words for j in range(SHARES_PER_WORD)]
    while every and not every[-1]:
        every.pop()
    return tuple(every)


def _benefit(word: int) -> Benefit:
    fields = BENEFIT.unpack(word)
    return Benefit(
        kind=BenefitKind(fields["kind"]),
        levels=(Bps(0), *(Bps(fields[f"level_{level}"]) for level in range(1, 8))),
        deductible=Units(fields["deductible"]),
        repeats=fields["repeats"],
        interval=Seconds(fields["interval"]),
    )


def _entitlement(word: int) -> Entitlement:
    fields = ENTITLEMENT.unpack(word)
    return Entitlement(Units(fields["amount"]), Seconds(fields["waiting"]))


def _ladder(word: int) -> tuple[Step, ...]:
    fields = LADDER.unpack(word)
    steps = (Step(Seconds(fields[f"after_{j}"]), Bps(fields[f"bps_{j}"])) for j in range(LADDER_STEPS))
    return tuple(step for step in steps if step.after or step.bps)
