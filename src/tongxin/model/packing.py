# SPDX-License-Identifier: AGPL-3.0-only
"""Terms as the words T0 to T6 and the charter's other words (docs/spec/interface.md)."""

from __future__ import annotations

from tongxin.model.terms import Benefit, Entitlement, Terms
from tongxin.units import DAY
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
    CourtTermsFlag,
    MoneyFlag,
)


def money_terms(terms: Terms) -> int:
    """T0."""
    return MONEY_TERMS.pack(
        round_cap=terms.round_cap,
        year_cap=terms.year_cap,
        fee=terms.fee,
        margin=terms.call_margin,
        carries=terms.carries,
        flags=MoneyFlag.CALLED * terms.called | MoneyFlag.IMMEDIATE * terms.immediate,
        period=terms.period,
    )


def member_terms(terms: Terms) -> int:
    """T1."""
    return MEMBER_TERMS.pack(
        grace=terms.grace,
        notice=terms.leave_notice,
        max_runway=terms.max_runway,
        min_runway=terms.min_runway,
        newcomer=terms.newcomer,
        admission_bps=terms.admission_bps,
        admission_floor=terms.admission_floor,
        filing_window=terms.filing_window,
        silence=terms.attestor_silence,
        quorum=terms.attestor_quorum,
    )


def court_terms(terms: Terms) -> tuple[int, int, int, int]:
    """T2 to T5."""
    flags = CourtTermsFlag.STRICT * terms.strict | CourtTermsFlag.OPEN * terms.open_panel
    return (
        COURT_STAGES.pack(
            access=terms.access_time,
            commit=terms.commit_time,
            reveal=terms.reveal_time,
            cure=terms.cure_time,
            notice=terms.verdict_notice,
            size=terms.panel_size,
            threshold=terms.threshold,
            lot_delay=terms.lot_delay,
            flags=flags | CourtTermsFlag.WAIVER * terms.waiver,
            open_quorum_heads=terms.open_quorum_heads,
            open_quorum_bps=terms.open_quorum_bps,
        ),
        COURT_MONEY.pack(
            juror_pay=terms.juror_pay,
            juror_bond=terms.juror_bond,
            review_bps=terms.review_bps,
            review_above=terms.review_above,
        ),
        COURT_ROLES.pack(
            investigator_fee=terms.investigator_fee,
            investigation_time=terms.investigation_time,
            claim_cap=terms.claim_cap,
            zone=terms.zone + DAY,
            inviters=terms.inviters,
            admission=terms.admission,
        ),
        COURT_FOUNDING.pack(
            entry_fee=terms.entry_fee,
            minimum_members=terms.minimum_members,
            founding_deadline=terms.founding_deadline,
            floor_heads=terms.floor_heads,
            runoff=terms.runoff,
        ),
    )


def vote_terms(terms: Terms) -> int:
    """T6."""
    return VOTE_TERMS.pack(
        voting_time=terms.voting_time,
        adoption_delay=terms.adoption_delay,
        execution_time=terms.execution_time,
        quorum=terms.vote_quorum,
        majority=terms.majority,
        wind_down_majority=terms.wind_down_majority,
        pause=terms.proposal_pause,
    )


def shares_word(terms: Terms, j: int) -> int:
    """P-38: ten classes of the four words."""
    classes = range(SHARES_PER_WORD)
    return SHARES_WORD.pack(**{f"class_{i}": terms.shares_of(SHARES_PER_WORD * j + i) for i in classes})


def ladder(terms: Terms) -> int:
    """P-42."""
    steps = {step: terms.ladder[step] for step in range(len(terms.ladder))}
    return LADDER.pack(
        **{f"after_{j}": steps[j].after if j in steps else 0 for j in range(LADDER_STEPS)},
        **{f"bps_{j}": steps[j].bps if j in steps else 0 for j in range(LADDER_STEPS)},
    )


def benefit_word(benefit: Benefit) -> int:
    """P-39."""
    return BENEFIT.pack(
        kind=benefit.kind,
        deductible=benefit.deductible,
        repeats=benefit.repeats,
        interval=benefit.interval,
        **{f"level_{level}": bps for level, bps in enumerate(benefit.levels) if level},
    )


def entitlement_word(entitlement: Entitlement) -> int:
    """P-40 and P-41."""
    return ENTITLEMENT.pack(amount=entitlement.amount, waiting=entitlement.waiting)
