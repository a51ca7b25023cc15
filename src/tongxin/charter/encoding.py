# SPDX-License-Identifier: AGPL-3.0-only
"""A charter as the chain stores it: the packed words of docs/spec/interface.md, and back to numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tongxin.charter.document import canonical_json, document_hash
from tongxin.charter.errors import CharterError, Fault
from tongxin.charter.numbers import NOBODY, BenefitNumbers, CharterNumbers, numbers_of
from tongxin.charter.quantities import DAY
from tongxin.charter.refusals import refusals
from tongxin.charter.rules import MOST_CLASSES, MOST_LEVELS, Charter
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

SHARES_WORDS: Final = MOST_CLASSES // SHARES_PER_WORD
SLOTS_PER_TRANSACTION: Final = 320
"""Benefit and entitlement words of one founding transaction: a new storage slot costs 22,100 gas."""


@dataclass(frozen=True)
class CharterWords:
    """What Charter.vy holds of one version. `entitlements[b][c]` is the word of benefit b and class c."""

    money_terms: int
    member_terms: int
    court_terms: tuple[int, int, int, int]
    vote_terms: int
    shares_words: tuple[int, ...]
    steward: str
    investigator: str
    remainder: str
    token: str
    spacing: int
    attestors: tuple[str, ...]
    ladder: int
    benefits: tuple[int, ...]
    entitlements: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class EncodedCharter:
    """A charter ready for founding: its words, and the document whose hash members consent to."""

    words: CharterWords
    document: bytes
    document_hash: bytes

    def terms(self) -> tuple[object, ...]:
        """The struct `Terms` of Charter.vy, field by field: what `draft` and `Founder.begin` take."""
        return terms_of(self.words, self.document_hash)

    def founding_arguments(self) -> tuple[object, ...]:
        """Arguments of `Founder.begin`: terms, token, spacing."""
        return self.terms(), self.words.token, self.words.spacing

    def benefit_batches(self) -> Iterator[tuple[int, list[int], list[list[int]]]]:
        """Arguments (first, benefits, entitlements) of each `add_benefits`, so that each fits a transaction."""
        words = self.words
        per_benefit = 1 + max(len(row) for row in words.entitlements)
        step = max(1, SLOTS_PER_TRANSACTION // per_benefit)
        for first in range(0, len(words.benefits), step):
            rows = words.entitlements[first : first + step]
            yield first, list(words.benefits[first : first + step]), [list(row) for row in rows]


def encode(charter: Charter, decimals: int) -> EncodedCharter:
    """The words and the document of a charter that is ready for founding.

    Args:
        charter: With every address filled in.
        decimals: What the token on chain says it has.

    Raises:
        CharterError: Founding would refuse it, an address is missing, or the token has other decimals.
    """
    faults = refusals(charter)
    if charter.token.decimals != decimals:
        faults.append(Fault("P-1", "token.decimals", f"the token on chain has {decimals} decimals; write {decimals}"))
    if charter.token.address is None:
        faults.append(Fault("P-1", "token.address", "is missing; name the token's contract"))
    if charter.steward is None and charter.money.fee > 0:
        faults.append(Fault("P-43", "steward", "is missing although there is a fee; name who receives it"))
    if charter.court.investigator.address is None and charter.court.investigator.fee > 0:
        faults.append(Fault("P-34", "court.investigator.address", "is missing although there is a fee for reports"))
    admission = charter.membership.admission
    if len(admission.attestors) < admission.attestor_quorum:
        faults.append(
            Fault("P-46", "membership.admission.attestors", f"names too few; the quorum is {admission.attestor_quorum}")
        )
    if charter.starting.remainder is None:
        problem = "is missing; name who receives what belongs to no member when all is over, such as a charity"
        faults.append(Fault("F-9", "starting.remainder", problem))
    if faults:
        raise CharterError(charter.name.en, faults)
    document = canonical_json(charter)
    return EncodedCharter(pack(numbers_of(charter)), document, document_hash(document))


def terms_of(words: CharterWords, document_hash: bytes) -> tuple[object, ...]:
    """The struct `Terms` of Charter.vy, field by field (docs/spec/interface.md); `words_of_terms` is its inverse."""
    return (
        document_hash,
        words.money_terms,
        words.member_terms,
        list(words.court_terms),
        words.vote_terms,
        list(words.shares_words),
        words.ladder,
        words.steward,
        words.investigator,
        words.remainder,
        list(words.attestors),
    )


def words_of_terms(
    terms: Sequence[Any],
    *,
    token: str,
    spacing: int,
    benefits: Sequence[int],
    entitlements: Sequence[Sequence[int]],
) -> tuple[CharterWords, bytes]:
    """The words and the document's hash of a struct `Terms` that was read from the chain.

    Args:
        terms: As `Charter.slot_terms` returns it.
        token: `Charter.token`.
        spacing: `Charter.spacing`.
        benefits: The words of the slot's benefits.
        entitlements: For each benefit the words of its classes.
    """
    document_hash, money, member, court, vote, shares, ladder, steward, investigator, remainder, attestors = terms
    return CharterWords(
        money_terms=money,
        member_terms=member,
        court_terms=tuple(court),
        vote_terms=vote,
        shares_words=tuple(shares),
        steward=steward,
        investigator=investigator,
        remainder=remainder,
        token=token,
        spacing=spacing,
        attestors=tuple(attestors),
        ladder=ladder,
        benefits=tuple(benefits),
        entitlements=tuple(tuple(row) for row in entitlements),
    ), bytes(document_hash)


def pack(numbers: CharterNumbers) -> CharterWords:
    """The words that hold these numbers.

    Raises:
        tongxin.words.WordError: A number does not fit its field.
    """
    shares = [*numbers.classes, *[0] * (MOST_CLASSES - len(numbers.classes))]
    steps = [*numbers.ladder, *[(0, 0)] * (LADDER_STEPS - len(numbers.ladder))]
    return CharterWords(
        money_terms=MONEY_TERMS.pack(
            round_cap=numbers.round_cap,
            year_cap=numbers.year_cap,
            fee=numbers.fee,
            margin=numbers.call_margin,
            carries=numbers.carries,
            flags=MoneyFlag.CALLED * numbers.called | MoneyFlag.IMMEDIATE * numbers.immediate,
            period=numbers.period,
        ),
        member_terms=MEMBER_TERMS.pack(
            grace=numbers.grace,
            notice=numbers.leave_notice,
            max_runway=numbers.max_runway,
            min_runway=numbers.min_runway,
            newcomer=numbers.newcomer,
            admission_bps=numbers.admission_bps,
            admission_floor=numbers.admission_floor,
            filing_window=numbers.filing_window,
            silence=numbers.attestor_silence,
            quorum=numbers.attestor_quorum,
        ),
        court_terms=(_stages(numbers), _court_money(numbers), _roles(numbers), _founding(numbers)),
        vote_terms=VOTE_TERMS.pack(
            voting_time=numbers.voting_time,
            adoption_delay=numbers.adoption_delay,
            execution_time=numbers.execution_time,
            quorum=numbers.vote_quorum,
            majority=numbers.majority,
            wind_down_majority=numbers.wind_down_majority,
            pause=numbers.proposal_pause,
        ),
        shares_words=tuple(
            SHARES_WORD.pack(**{f"class_{j}": shares[SHARES_PER_WORD * word + j] for j in range(SHARES_PER_WORD)})
            for word in range(SHARES_WORDS)
        ),
        steward=numbers.steward,
        investigator=numbers.investigator,
        remainder=numbers.remainder,
        token=numbers.token,
        spacing=numbers.tick_spacing,
        attestors=numbers.attestors,
        ladder=LADDER.pack(
            **{f"after_{step}": after for step, (after, _) in enumerate(steps)},
            **{f"bps_{step}": bps for step, (_, bps) in enumerate(steps)},
        ),
        benefits=tuple(_benefit(benefit) for benefit in numbers.benefits),
        entitlements=tuple(
            tuple(
                ENTITLEMENT.pack(amount=amount, waiting=waiting)
                for amount, waiting in zip(benefit.amounts, benefit.waiting, strict=True)
            )
            for benefit in numbers.benefits
        ),
    )


def decode(words: CharterWords) -> CharterNumbers:
    """The numbers that these words hold: the inverse of `pack`, for whoever checks the chain against a document.

    Raises:
        tongxin.words.WordError: A reserved bit is set.
    """
    money, member = MONEY_TERMS.unpack(words.money_terms), MEMBER_TERMS.unpack(words.member_terms)
    stages, court_money = COURT_STAGES.unpack(words.court_terms[0]), COURT_MONEY.unpack(words.court_terms[1])
    roles, founding = COURT_ROLES.unpack(words.court_terms[2]), COURT_FOUNDING.unpack(words.court_terms[3])
    vote = VOTE_TERMS.unpack(words.vote_terms)
    shares = [SHARES_WORD.unpack(word)[f"class_{j}"] for word in words.shares_words for j in range(SHARES_PER_WORD)]
    classes = tuple(share for share in shares if share > 0)
    ladder = LADDER.unpack(words.ladder)
    steps = ((ladder[f"after_{step}"], ladder[f"bps_{step}"]) for step in range(LADDER_STEPS))
    return CharterNumbers(
        token=words.token,
        tick_spacing=words.spacing,
        round_cap=money["round_cap"],
        year_cap=money["year_cap"],
        fee=money["fee"],
        call_margin=money["margin"],
        carries=money["carries"],
        called=bool(money["flags"] & MoneyFlag.CALLED),
        immediate=bool(money["flags"] & MoneyFlag.IMMEDIATE),
        period=money["period"],
        grace=member["grace"],
        min_runway=member["min_runway"],
        max_runway=member["max_runway"],
        leave_notice=member["notice"],
        newcomer=member["newcomer"],
        admission_bps=member["admission_bps"],
        admission_floor=member["admission_floor"],
        filing_window=member["filing_window"],
        attestor_silence=member["silence"],
        attestor_quorum=member["quorum"],
        open_panel=bool(stages["flags"] & CourtTermsFlag.OPEN),
        panel_size=stages["size"],
        threshold=stages["threshold"],
        strict=bool(stages["flags"] & CourtTermsFlag.STRICT),
        access_time=stages["access"],
        commit_time=stages["commit"],
        reveal_time=stages["reveal"],
        cure_time=stages["cure"],
        verdict_notice=stages["notice"],
        lot_delay=stages["lot_delay"],
        juror_pay=court_money["juror_pay"],
        juror_bond=court_money["juror_bond"],
        open_quorum_heads=stages["open_quorum_heads"],
        open_quorum_bps=stages["open_quorum_bps"],
        review_bps=court_money["review_bps"],
        review_above=court_money["review_above"],
        waiver=bool(stages["flags"] & CourtTermsFlag.WAIVER),
        investigator=words.investigator or NOBODY,
        investigator_fee=roles["investigator_fee"],
        investigation_time=roles["investigation_time"],
        claim_cap=roles["claim_cap"],
        zone=roles["zone"] - DAY,
        entry_fee=founding["entry_fee"],
        classes=classes,
        benefits=tuple(
            _benefit_numbers(word, row[: len(classes)])
            for word, row in zip(words.benefits, words.entitlements, strict=True)
        ),
        ladder=tuple((after, bps) for after, bps in steps if bps > 0),
        steward=words.steward,
        admission=AdmissionForm(roles["admission"]),
        inviters=roles["inviters"],
        attestors=words.attestors,
        minimum_members=founding["minimum_members"],
        founding_deadline=founding["founding_deadline"],
        floor_heads=founding["floor_heads"],
        runoff=founding["runoff"],
        voting_time=vote["voting_time"],
        vote_quorum=vote["quorum"],
        adoption_delay=vote["adoption_delay"],
        execution_time=vote["execution_time"],
        majority=vote["majority"],
        wind_down_majority=vote["wind_down_majority"],
        proposal_pause=vote["pause"],
        remainder=words.remainder or NOBODY,
    )


def _stages(numbers: CharterNumbers) -> int:
    flags = CourtTermsFlag.STRICT * numbers.strict | CourtTermsFlag.OPEN * numbers.open_panel
    return COURT_STAGES.pack(
        access=numbers.access_time,
        commit=numbers.commit_time,
        reveal=numbers.reveal_time,
        cure=numbers.cure_time,
        notice=numbers.verdict_notice,
        size=numbers.panel_size,
        threshold=numbers.threshold,
        lot_delay=numbers.lot_delay,
        flags=flags | CourtTermsFlag.WAIVER * numbers.waiver,
        open_quorum_heads=numbers.open_quorum_heads,
        open_quorum_bps=numbers.open_quorum_bps,
    )


def _court_money(numbers: CharterNumbers) -> int:
    return COURT_MONEY.pack(
        juror_pay=numbers.juror_pay,
        juror_bond=numbers.juror_bond,
        review_bps=numbers.review_bps,
        review_above=numbers.review_above,
    )


def _roles(numbers: CharterNumbers) -> int:
    return COURT_ROLES.pack(
        investigator_fee=numbers.investigator_fee,
        investigation_time=numbers.investigation_time,
        claim_cap=numbers.claim_cap,
        zone=numbers.zone + DAY,
        inviters=numbers.inviters,
        admission=numbers.admission,
    )


def _founding(numbers: CharterNumbers) -> int:
    return COURT_FOUNDING.pack(
        entry_fee=numbers.entry_fee,
        minimum_members=numbers.minimum_members,
        founding_deadline=numbers.founding_deadline,
        floor_heads=numbers.floor_heads,
        runoff=numbers.runoff,
    )


def _benefit(benefit: BenefitNumbers) -> int:
    return BENEFIT.pack(
        kind=benefit.kind,
        deductible=benefit.deductible,
        repeats=benefit.repeats,
        interval=benefit.interval,
        **{f"level_{level}": bps for level, bps in enumerate(benefit.levels, start=1)},
    )


def _benefit_numbers(word: int, row: Sequence[int]) -> BenefitNumbers:
    fields = BENEFIT.unpack(word)
    entitlements = [ENTITLEMENT.unpack(entitlement) for entitlement in row]
    return BenefitNumbers(
        kind=BenefitKind(fields["kind"]),
        levels=tuple(fields[f"level_{level}"] for level in range(1, MOST_LEVELS + 1)),
        deductible=fields["deductible"],
        repeats=fields["repeats"],
        interval=fields["interval"],
        amounts=tuple(entitlement["amount"] for entitlement in entitlements),
        waiting=tuple(entitlement["waiting"] for entitlement in entitlements),
    )
