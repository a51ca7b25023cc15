# SPDX-License-Identifier: AGPL-3.0-only
"""A charter as the chain counts it: units, seconds, ticks and index units instead of tokens and durations.

The index counts the cost of one thousandth of a share in 1/SCALE units (docs/spec/README.md), so an amount of tokens
per full share is `tokens x 10**decimals x SCALE / 1000` on the index (P-2).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tongxin.charter.errors import CharterError, Fault
from tongxin.charter.quantities import SHARE, format_decimal, to_units
from tongxin.charter.rules import MOST_LEVELS, Benefit, Charter, Form, Funding, Kind, PanelForm, Rounds
from tongxin.words import AdmissionForm, BenefitKind

SCALE: Final = 10**6
"""Index units in one unit of the token (docs/spec/README.md)."""

KINDS: Final = {
    Kind.LUMP_SUM: BenefitKind.LUMP_SUM,
    Kind.REIMBURSEMENT: BenefitKind.REIMBURSEMENT,
    Kind.CONTRIBUTION_REFUND: BenefitKind.CONTRIBUTION_REFUND,
}
FORMS: Final = {
    Form.ATTESTOR: AdmissionForm.ATTESTOR,
    Form.INVITATION: AdmissionForm.INVITATION,
    Form.OPEN: AdmissionForm.OPEN,
}
NOBODY: Final = "0x" + 40 * "0"


@dataclass(frozen=True)
class BenefitNumbers:
    """One benefit: money in units, levels and times as on chain; `amounts` and `waiting` by class."""

    kind: BenefitKind
    levels: tuple[int, ...]
    deductible: int
    repeats: int
    interval: int
    amounts: tuple[int, ...]
    waiting: tuple[int, ...]


@dataclass(frozen=True)
class CharterNumbers:
    """Every number of a charter, named as in docs/spec/charter.md.

    Money is in units, caps and spacing in index units, runways in ticks, times in seconds, parts in basis points,
    classes in thousandths of a share; `zone` is signed seconds east of UTC.
    """

    token: str
    tick_spacing: int
    round_cap: int
    year_cap: int
    fee: int
    call_margin: int
    carries: int
    called: bool
    immediate: bool
    period: int
    grace: int
    min_runway: int
    max_runway: int
    leave_notice: int
    newcomer: int
    admission_bps: int
    admission_floor: int
    filing_window: int
    attestor_silence: int
    attestor_quorum: int
    open_panel: bool
    panel_size: int
    threshold: int
    strict: bool
    access_time: int
    commit_time: int
    reveal_time: int
    cure_time: int
    verdict_notice: int
    lot_delay: int
    juror_pay: int
    juror_bond: int
    open_quorum_heads: int
    open_quorum_bps: int
    review_bps: int
    review_above: int
    waiver: bool
    investigator: str
    investigator_fee: int
    investigation_time: int
    claim_cap: int
    zone: int
    entry_fee: int
    classes: tuple[int, ...]
    benefits: tuple[BenefitNumbers, ...]
    ladder: tuple[tuple[int, int], ...]
    steward: str
    admission: AdmissionForm
    inviters: int
    attestors: tuple[str, ...]
    minimum_members: int
    founding_deadline: int
    floor_heads: int
    runoff: int
    voting_time: int
    vote_quorum: int
    adoption_delay: int
    execution_time: int
    majority: int
    wind_down_majority: int
    proposal_pause: int
    remainder: str


def claim_path(charter: Charter) -> int:
    """The longest undisputed path from filing to payment plus one period, in seconds (F-1)."""
    court = charter.court
    stages = court.access_time + court.commit_time + court.reveal_time + court.verdict_notice
    return stages + 2 * charter.money.period + 3600


def numbers_of(charter: Charter) -> CharterNumbers:
    """The numbers of a charter, exact.

    Raises:
        CharterError: An amount has more places than the token or the tick spacing can express.
    """
    return _Conversion(charter).run()


class _Conversion:
    """Converts one charter and collects what can't be converted."""

    def __init__(self, charter: Charter) -> None:
        self.charter = charter
        self.decimals = charter.token.decimals
        self.unit: int = 10**self.decimals
        self.faults: list[Fault] = []

    def units(self, rule: int, path: str, tokens: Decimal, scale: int = 1, divisor: int = 1) -> int:
        scaled = Fraction(tokens) * self.unit * scale / divisor
        if scaled.denominator == 1:
            return scaled.numerator
        try:
            to_units(tokens, self.decimals)
            problem = f"{format_decimal(tokens)} is no whole number of index units; use fewer decimal places"
        except ValueError as error:
            problem = str(error)
        self.faults.append(Fault(f"P-{rule}", path, problem))
        return 0

    def index(self, rule: int, path: str, tokens: Decimal) -> int:
        return self.units(rule, path, tokens, SCALE, SHARE)

    def ticks(self, rule: int, path: str, tokens: Decimal) -> int:
        spacing = self.charter.money.tick_spacing
        if spacing > 0 and (ticks := Fraction(tokens) / Fraction(spacing)).denominator == 1:
            return ticks.numerator
        problem = f"{format_decimal(tokens)} is no multiple of the tick spacing {format_decimal(spacing)}"
        self.faults.append(Fault(f"P-{rule}", path, problem))
        return 0

    def benefit(self, position: int, benefit: Benefit) -> BenefitNumbers:
        path = f"benefits[{position}]"
        levels = [level.grants for level in benefit.levels]
        levels += [levels[-1]] * (MOST_LEVELS - len(levels))
        return BenefitNumbers(
            kind=KINDS[benefit.kind],
            levels=tuple(levels),
            deductible=self.units(39, f"{path}.deductible", benefit.deductible),
            repeats=benefit.repeats,
            interval=benefit.interval,
            amounts=tuple(self.units(40, f"{path}.amounts[{j}]", amount) for j, amount in enumerate(benefit.amounts)),
            waiting=benefit.waiting,
        )

    def run(self) -> CharterNumbers:
        charter, money, member, court = self.charter, self.charter.money, self.charter.membership, self.charter.court
        self.ticks(3, "money.round_cap", money.round_cap)
        numbers = CharterNumbers(
            token=charter.token.address or NOBODY,
            tick_spacing=self.index(2, "money.tick_spacing", money.tick_spacing),
            round_cap=self.index(3, "money.round_cap", money.round_cap),
            year_cap=self.index(4, "money.year_cap", money.year_cap),
            fee=money.fee,
            call_margin=money.call_margin,
            carries=money.carries,
            called=money.funding is Funding.CALLED,
            immediate=money.rounds is Rounds.IMMEDIATE,
            period=money.period,
            grace=member.grace,
            min_runway=self.ticks(12, "membership.min_runway", member.min_runway),
            max_runway=self.ticks(13, "membership.max_runway", member.max_runway),
            leave_notice=member.leave_notice,
            newcomer=member.newcomer,
            admission_bps=member.admission.admission_bps,
            admission_floor=member.admission.admission_floor,
            filing_window=court.filing_window,
            attestor_silence=member.admission.attestor_silence,
            attestor_quorum=member.admission.attestor_quorum,
            open_panel=court.panel is PanelForm.OPEN,
            panel_size=court.panel_size,
            threshold=court.threshold,
            strict=court.strict,
            access_time=court.access_time,
            commit_time=court.commit_time,
            reveal_time=court.reveal_time,
            cure_time=court.cure_time,
            verdict_notice=court.verdict_notice,
            lot_delay=court.lot_delay,
            juror_pay=self.units(29, "court.juror_pay", court.juror_pay),
            juror_bond=self.units(30, "court.juror_bond", court.juror_bond),
            open_quorum_heads=court.open_quorum_heads,
            open_quorum_bps=court.open_quorum_bps,
            review_bps=court.review_bps,
            review_above=self.units(32, "court.review_above", court.review_above),
            waiver=court.waiver,
            investigator=court.investigator.address or NOBODY,
            investigator_fee=self.units(34, "court.investigator.fee", court.investigator.fee),
            investigation_time=court.investigator.time,
            claim_cap=self.index(35, "money.claim_cap", money.claim_cap),
            zone=court.zone,
            entry_fee=self.units(37, "money.entry_fee", money.entry_fee),
            classes=tuple(one.shares for one in charter.classes),
            benefits=tuple(self.benefit(position, benefit) for position, benefit in enumerate(charter.benefits)),
            ladder=tuple((step.after, step.grants) for step in charter.ladder),
            steward=charter.steward or NOBODY,
            admission=FORMS[member.admission.form],
            inviters=member.admission.inviters,
            attestors=tuple(sorted(member.admission.attestors, key=lambda address: int(address, 16))),
            minimum_members=charter.starting.minimum_members,
            founding_deadline=charter.starting.founding_deadline,
            floor_heads=charter.starting.floor_heads,
            runoff=charter.starting.runoff,
            voting_time=charter.voting.voting_time,
            vote_quorum=charter.voting.quorum,
            adoption_delay=charter.voting.adoption_delay,
            execution_time=charter.voting.execution_time,
            majority=charter.voting.majority,
            wind_down_majority=charter.voting.wind_down_majority,
            proposal_pause=charter.voting.proposal_pause,
            remainder=charter.starting.remainder or NOBODY,
        )
        if self.faults:
            raise CharterError(charter.name.en, self.faults)
        return numbers
