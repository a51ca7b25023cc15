# SPDX-License-Identifier: AGPL-3.0-only
"""What sealing refuses (docs/spec/charter.md F-1 to F-6, F-8, F-9 and every range), on the numbers of a draft."""

from __future__ import annotations

from itertools import pairwise

from tongxin.model.reverts import require
from tongxin.model.terms import Benefit, Entitlement, Terms
from tongxin.units import BPS, DAY, HOUR
from tongxin.words import AdmissionForm

MOST_BENEFITS = 16
MOST_CLASSES = 40
MOST_ATTESTORS = 8
LONG = 366 * DAY
THREE_YEARS = 3 * 365 * DAY
LARGEST_FEE = 1_000
LARGEST_ROUND_TICKS = 1_024
LARGEST_SPACING = 2**68 - 1
LARGEST_INDEX = 2**96
LARGEST_SHARES = 2**24 - 1
LEAST_TO_LEAVE = 7 * DAY
"""What the time to adoption is longer than the leaving notice (F-8)."""


def check_terms(terms: Terms) -> None:
    """Every number but the benefits'.

    Raises:
        ModelRevert: One is outside its range or breaks a rule; `rule` says which.
    """
    _money(terms)
    _members(terms)
    _court(terms)
    _admission(terms)
    _classes(terms)
    _ladder(terms)
    _votes(terms)
    _ending(terms)


def _money(terms: Terms) -> None:
    spacing = terms.spacing
    require(0 < spacing <= LARGEST_SPACING, "P-2", "charter: tick spacing out of range")
    whole = terms.round_cap > 0 and terms.round_cap % spacing == 0
    require(whole, "P-3", "charter: round cap is no whole number of ticks")
    require(terms.round_cap // spacing <= LARGEST_ROUND_TICKS, "F-2", "charter: round cap above 1024 ticks")
    require(terms.year_cap >= terms.round_cap, "F-2", "charter: year cap below round cap")
    require(terms.fee <= LARGEST_FEE, "F-6", "charter: fee above a tenth")
    require(not terms.fee or terms.steward, "P-43", "charter: fee without a steward")
    require(terms.call_margin <= BPS, "P-6", "charter: call margin above 100 per cent")
    require(terms.carries <= 12, "P-7", "charter: more than 12 carries")
    require(DAY <= terms.period <= LONG, "P-10", "charter: period out of range")
    require(terms.period >= terms.verdict_notice, "F-3", "charter: period below verdict notice")
    prepaid = terms.called or terms.min_runway * spacing >= terms.round_cap
    require(prepaid, "F-2", "charter: prepaid runway below round cap")
    reach = (terms.max_runway + 1) * spacing + terms.year_cap
    require(reach < LARGEST_INDEX, "F-4", "charter: runway and caps exceed the index")


def _members(terms: Terms) -> None:
    stages = terms.access_time + terms.commit_time + terms.reveal_time + terms.verdict_notice
    require(terms.grace <= 90 * DAY, "P-11", "charter: grace above 90 days")
    path = stages + 2 * terms.period + HOUR
    require(terms.leave_notice >= path, "F-1", "charter: notice shorter than the path of a claim")
    require(0 < terms.min_runway <= terms.max_runway, "F-4", "charter: least runway out of range")
    require(terms.newcomer <= LONG, "P-15", "charter: newcomer time above 366 days")
    require(terms.admission_bps <= BPS, "P-16", "charter: admissions above 100 per cent")
    require(terms.admission_floor, "P-17", "charter: admission floor is zero")
    require(DAY <= terms.filing_window <= THREE_YEARS, "P-18", "charter: filing window out of range")
    require(DAY <= terms.attestor_silence <= LONG, "P-19", "charter: attestor silence out of range")


def _court(terms: Terms) -> None:
    for time in (terms.access_time, terms.commit_time, terms.reveal_time):
        require(HOUR <= time <= 30 * DAY, "P-25", "charter: a stage of the panel out of range")
    require(HOUR <= terms.cure_time <= 90 * DAY, "P-26", "charter: cure time out of range")
    require(HOUR <= terms.verdict_notice <= 90 * DAY, "P-27", "charter: verdict notice out of range")
    odd = terms.panel_size % 2 == 1 and terms.panel_size <= 15
    require(odd, "F-5", "charter: panel size must be odd, 1 to 15")
    require(0 < terms.threshold <= BPS, "P-23", "charter: threshold out of range")
    require(0 < terms.lot_delay <= 200, "P-28", "charter: lot delay out of range")
    require(terms.open_quorum_heads, "P-31", "charter: open quorum is zero")
    require(terms.open_quorum_bps <= BPS, "P-31", "charter: open quorum above 100 per cent")
    next_panel = (2 * terms.panel_size + 1) * terms.juror_pay
    require(terms.juror_bond >= next_panel, "F-5", "charter: juror bond below the next panel's pay")
    require(terms.juror_bond % 2 == 0, "F-5", "charter: juror bond is odd")
    require(terms.review_bps <= BPS, "P-32", "charter: review above 100 per cent")
    paid = not terms.investigator_fee or terms.investigator
    require(paid, "P-34", "charter: fee without an investigator")


def _admission(terms: Terms) -> None:
    require(-43_200 <= terms.zone <= 50_400, "P-36", "charter: time zone out of range")
    require(0 < terms.inviters <= 5, "P-45", "charter: inviters out of range")
    few = terms.attestor_quorum <= min(5, len(terms.attestors))
    require(few, "P-20", "charter: quorum above the attestors")
    vouched = terms.attestor_quorum or terms.admission == AdmissionForm.OPEN
    require(vouched, "P-20", "charter: attestors without a quorum")
    require(len(terms.attestors) <= MOST_ATTESTORS, "P-46", "charter: more than 8 attestors")
    ascending = all(one < later for one, later in pairwise((0, *terms.attestors)))
    require(ascending, "P-46", "charter: attestors not ascending")


def _classes(terms: Terms) -> None:
    require(terms.shares, "F-6", "charter: no class")
    require(len(terms.shares) <= MOST_CLASSES, "P-38", "charter: more than 40 classes")
    sound = all(0 < shares <= LARGEST_SHARES for shares in terms.shares)
    require(sound, "P-38", "charter: a gap between classes")


def _ladder(terms: Terms) -> None:
    rising = all(one.bps < later.bps and one.after < later.after for one, later in pairwise(terms.ladder))
    within = all(0 < step.bps <= BPS for step in terms.ladder)
    require(rising and within, "F-6", "charter: ladder not rising")


def _votes(terms: Terms) -> None:
    require(3 * DAY <= terms.voting_time <= 90 * DAY, "P-49", "charter: voting time out of range")
    require(500 <= terms.vote_quorum <= BPS, "P-50", "charter: quorum of votes out of range")
    least = terms.leave_notice + LEAST_TO_LEAVE
    require(terms.adoption_delay >= least, "F-8", "charter: adoption before members could leave")
    require(terms.adoption_delay <= THREE_YEARS, "P-51", "charter: adoption delay above three years")
    require(7 * DAY <= terms.execution_time <= LONG, "P-52", "charter: execution time out of range")
    require(5_001 <= terms.majority <= BPS, "P-53", "charter: majority out of range")
    require(terms.majority <= terms.wind_down_majority <= BPS, "F-8", "charter: wind-down majority out of range")
    require(DAY <= terms.proposal_pause <= LONG, "P-55", "charter: pause between proposals out of range")


def _ending(terms: Terms) -> None:
    gathers = terms.minimum_members > 1
    in_time = not gathers or DAY <= terms.founding_deadline <= THREE_YEARS
    require(in_time, "P-47", "charter: founding deadline out of range")
    require(terms.runoff >= terms.filing_window + DAY, "F-9", "charter: run-off shorter than the filing window")
    require(terms.runoff <= terms.filing_window + LONG, "F-9", "charter: run-off a year too long")
    require(terms.remainder, "F-9", "charter: remainder missing")


def check_benefit(benefit: Benefit) -> None:
    """P-39.

    Raises:
        ModelRevert: Its levels fall, exceed the amount or grant nothing.
    """
    levels = benefit.levels[1:]
    require(levels[-1] > 0, "F-6", "charter: a benefit that grants nothing")
    rising = all(one <= later for one, later in pairwise(levels)) and levels[-1] <= BPS
    require(rising, "F-6", "charter: levels falling or above 100 per cent")


def check_entitlements(row: tuple[Entitlement, ...], terms: Terms) -> None:
    """P-40 and P-41 of one benefit; classes beyond the row are not covered.

    Raises:
        ModelRevert: Nobody is covered, somebody waits too long, or there is no such class.
    """
    require(len(row) <= MOST_CLASSES, "P-40", "charter: more than 40 classes")
    for class_id, entitlement in enumerate(row):
        if entitlement.amount or entitlement.waiting:
            require(entitlement.waiting <= THREE_YEARS, "P-41", "charter: waiting above three years")
            require(terms.shares_of(class_id), "P-40", "charter: amount for a class without shares")
    covered = any(entitlement.amount for entitlement in row)
    require(covered, "F-6", "charter: a benefit without any amount")
