# SPDX-License-Identifier: AGPL-3.0-only
"""What a charter's values must lead to, worked out by the formulas of docs/spec from the YAML alone.

Nothing here uses the model, the encoder or the contracts, so that a preset's year is judged by a second reading of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tongxin.charter import Charter
from tongxin.charter.rules import Benefit, Form, Funding, Kind, PanelForm, Rounds

BPS = 10_000
SCALE = 10**6
HOUR = 3_600
DAY = 86_400
WEEK = 604_800
YEAR = 365 * DAY
MOST_GRANTS = 3
"""A limit of repeats that a year can reach: 24 monthly grants are not lived through."""
FOUNDERS = 12
"""People who found a mutual together, where its panels need no more."""
MOST_CLAIMS = 6
"""Claims of one round that a year tries at once."""

Pair = tuple[int, int]
"""Benefit and class."""


def up(amount: int, by: int) -> int:
    """Rounded up."""
    return -(-amount // by)


@dataclass(frozen=True)
class Sheet:
    """A charter's values in units of its token, index units (1/SCALE units per thousandth of a share) and seconds."""

    rules: Charter

    def units(self, tokens: Decimal) -> int:
        amount = tokens * 10**self.rules.token.decimals
        assert amount == int(amount), tokens
        return int(amount)

    def index(self, tokens_per_share: Decimal) -> int:
        return self.units(tokens_per_share) * SCALE // 1000

    @property
    def spacing(self) -> int:
        return self.index(self.rules.money.tick_spacing)

    @property
    def least_ticks(self) -> int:
        return self.index(self.rules.membership.min_runway) // self.spacing

    @property
    def most_ticks(self) -> int:
        return self.index(self.rules.membership.max_runway) // self.spacing

    @property
    def round_cap(self) -> int:
        return self.index(self.rules.money.round_cap)

    @property
    def year_cap(self) -> int:
        return self.index(self.rules.money.year_cap)

    @property
    def claim_cap(self) -> int:
        return self.index(self.rules.money.claim_cap)

    @property
    def immediate(self) -> bool:
        return self.rules.money.rounds is Rounds.IMMEDIATE

    @property
    def drawn(self) -> bool:
        return self.rules.court.panel is PanelForm.DRAWN

    @property
    def seat_pay(self) -> int:
        return self.units(self.rules.court.juror_pay)

    @property
    def filing_bond(self) -> int:
        """R-64."""
        return self.rules.court.panel_size * self.seat_pay if self.drawn else 0

    @property
    def reviewed(self) -> bool:
        """Whether grants of a first panel await a review (R-78)."""
        return self.rules.court.review_bps > 0 or self.rules.court.review_above > 0

    # -- days

    def day_of(self, time: int) -> int:
        """The charter's day that a time lies in."""
        return (time + self.rules.court.zone) // DAY

    def start_of(self, day: int) -> int:
        return day * DAY - self.rules.court.zone

    def first_day_from(self, time: int) -> int:
        """The first day that begins at a time or later."""
        return up(time + self.rules.court.zone, DAY)

    def first_covered(self, pair: Pair, joined: int) -> int:
        """R-41, R-51: the first day on which a benefit covers somebody who joined in that hour."""
        benefit, class_id = pair
        return self.first_day_from(joined * HOUR + self.rules.benefits[benefit].waiting[class_id])

    # -- benefits

    def pairs(self, *, refunds: bool) -> list[Pair]:
        """All benefits of all classes that cover something; refunds of contributions, or all others."""
        return [
            (number, class_id)
            for number, benefit in enumerate(self.rules.benefits)
            for class_id, amount in enumerate(benefit.amounts)
            if amount and (benefit.kind is Kind.CONTRIBUTION_REFUND) == refunds
        ]

    def step(self, elapsed: int) -> int:
        """Which step of the ladder is reached, counted from 1; 0 is none."""
        return sum(one.after <= elapsed for one in self.rules.ladder)

    def part(self, elapsed: int) -> int:
        """R-62: basis points of the amount by time since joining."""
        if not self.rules.ladder:
            return BPS
        step = self.step(elapsed)
        return self.rules.ladder[step - 1].grants if step else 0

    def full(self, pair: Pair, elapsed: int) -> int:
        """R-62: the most that an event of so long after joining is granted."""
        benefit, class_id = pair
        return self.units(self.rules.benefits[benefit].amounts[class_id]) * self.part(elapsed) // BPS

    def base(self, pair: Pair, elapsed: int, claimed: int) -> int:
        """R-62: of which the panel grants a part."""
        benefit = self.rules.benefits[pair[0]]
        full = self.full(pair, elapsed)
        if benefit.kind is Kind.LUMP_SUM:
            return full
        return min(full, max(0, claimed - self.units(benefit.deductible)))

    def due(self, benefit: int, level: int, base: int, shares: int) -> int:
        """R-62: what a level grants, as far as the claim cap lets it with so many thousandths in force."""
        if level == 0:
            return 0
        levels = self.rules.benefits[benefit].levels
        due = base * levels[min(level, len(levels)) - 1].grants // BPS
        return min(due, self.claim_cap * shares // SCALE) if self.claim_cap else due

    # -- money

    def gross(self, due: int) -> int:
        """R-7: with the fee."""
        return due + up(due * self.rules.money.fee, BPS)

    def call(self, due: int, costs: int, shares: int) -> int:
        """R-7."""
        return min(up((self.gross(due) + costs) * SCALE, shares), self.round_cap)

    def with_margin(self, call: int) -> int:
        """R-6."""
        return call * (BPS + self.rules.money.call_margin) // BPS

    def admissions(self, heads: int) -> int:
        """R-37: most in a week that began with so many heads."""
        admission = self.rules.membership.admission
        return max(admission.admission_floor, heads * admission.admission_bps // BPS)

    def least_votes(self, heads: int) -> int:
        """R-75."""
        return max(self.rules.court.open_quorum_heads, up(heads * self.rules.court.open_quorum_bps, BPS))

    @property
    def claims_that_fill_a_round(self) -> int:
        """With claims at the claim cap; one where nothing caps a claim."""
        if not self.claim_cap:
            return 1
        return self.round_cap * BPS // (self.claim_cap * (BPS + self.rules.money.fee)) + 1

    @property
    def claims_that_use_up(self) -> int:
        """How many claims at the claim cap use up the least runway."""
        if not self.claim_cap:
            return 1
        return self.least_ticks * self.spacing * BPS // (self.claim_cap * (BPS + self.rules.money.fee)) + 1

    @property
    def flood(self) -> int:
        """How many claims one round of the year has at least."""
        return min(self.claims_that_fill_a_round, self.claims_that_use_up, MOST_CLAIMS)

    @property
    def again(self) -> int | None:
        """The benefit whose limit of repeats a year reaches: several grants rather than one."""
        limits = [(one.repeats, number) for number, one in enumerate(self.rules.benefits) if one.amounts[0]]
        usable = [
            (repeats, number)
            for repeats, number in limits
            if 0 < repeats <= MOST_GRANTS and self.rules.benefits[number].kind is not Kind.CONTRIBUTION_REFUND
        ]
        return max(usable, key=lambda one: (one[0], -one[1]))[1] if usable else None

    @property
    def spaced(self) -> int | None:
        """The benefit by which the interval between two grants is tried."""
        return next(
            (
                number
                for number, one in enumerate(self.rules.benefits)
                if one.interval and one.repeats != 1 and one.amounts[0] and one.kind is not Kind.CONTRIBUTION_REFUND
            ),
            None,
        )


@dataclass(frozen=True)
class Standing:
    """The ledger before a settlement: index, surplus, what the year's cap leaves, (shares, runway end) in force."""

    index: int
    surplus: int
    year_left: int
    runways: tuple[tuple[int, int], ...]

    @property
    def shares(self) -> int:
        return sum(shares for shares, _ in self.runways)

    def raised_by(self, rise: int) -> int:
        """SCALE-ths of a unit that a rise of the index takes: everybody pays to the end of the own runway (R-5)."""
        return sum(shares * min(rise, end - self.index) for shares, end in self.runways)


@dataclass(frozen=True)
class Settlement:
    """R-8."""

    from_surplus: int
    collected: int
    costs_paid: int
    paid: int
    fee: int
    to_surplus: int
    index: int


def settlement(sheet: Sheet, before: Standing, *, due: int, costs: int, limit: int) -> Settlement:
    """R-5 and R-8: the least rise of the index, within the limit, that takes what the surplus does not pay."""
    need = sheet.gross(due) + costs
    from_surplus = min(before.surplus, need)
    wanted = (need - from_surplus) * SCALE
    low, high = 0, min(limit, max(end for _, end in before.runways) - before.index)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if before.raised_by(middle) >= wanted else (middle + 1, high)
    collected = before.raised_by(low) // SCALE
    funded = from_surplus + collected
    costs_paid = min(costs, funded)
    rest = funded - costs_paid
    fee_bps = sheet.rules.money.fee
    paid = min(due, rest * BPS // (BPS + fee_bps))
    fee = paid * fee_bps // BPS
    return Settlement(from_surplus, collected, costs_paid, paid, fee, rest - paid - fee, before.index + low)


def founders_of(rules: Charter) -> int:
    """How many join before the start: where a panel may be open as many as must vote, and one who claims."""
    sheet = Sheet(rules)
    return FOUNDERS if sheet.drawn and not sheet.reviewed else max(FOUNDERS, rules.court.open_quorum_heads + 1)


def small(rules: Charter) -> Charter:
    """The same charter for a group that a test can enrol: the least members to start, where more are asked for."""
    least = min(rules.starting.minimum_members, founders_of(rules))
    return rules.model_copy(update={"starting": rules.starting.model_copy(update={"minimum_members": least})})


def parts_of(rules: Charter) -> set[str]:
    """The parts that a year must have by the rules of its charter."""
    sheet, admission = Sheet(rules), rules.membership.admission
    benefits: Sequence[Benefit] = rules.benefits
    kinds = {one.kind for one in benefits}
    can_fill = sheet.claims_that_fill_a_round <= MOST_CLAIMS
    applies = {
        "words on chain": True,
        "runway limits": True,
        "payment in full": True,
        "denial": True,
        "lapse": True,
        "restored in grace": rules.membership.grace > 0,
        "rejoined after grace": True,
        "exit with refund": True,
        "conservation": True,
        "gathering and start": rules.starting.minimum_members > 1,
        "attested": admission.attestor_quorum > 0,
        "invited": admission.form is Form.INVITATION,
        "open admission": admission.form is Form.OPEN,
        "admissions of a week": admission.admission_floor < founders_of(rules),
        "entry fee": rules.money.entry_fee > 0,
        "newcomers do not judge": sheet.drawn and rules.membership.newcomer > 0,
        "waiting refused": any(any(one.waiting) for one in benefits),
        "class amounts": len(rules.classes) > 1,
        "severity": any(len(one.levels) > 1 for one in benefits),
        "ladder": bool(rules.ladder),
        "claim cap": sheet.claim_cap > 0,
        "round cap": can_fill,
        "carry": can_fill and rules.money.carries > 0,
        "fee": rules.money.fee > 0,
        "immediate payment": sheet.immediate,
        "round of a period": not sheet.immediate,
        "standing order": rules.money.funding is Funding.CALLED,
        "reimbursement": Kind.REIMBURSEMENT in kinds,
        "refund of contributions": Kind.CONTRIBUTION_REFUND in kinds,
        "repeats": sheet.again is not None,
        "interval": sheet.spaced is not None,
        "drawn panel": sheet.drawn,
        "open panel": not sheet.drawn,
        "filing bond": sheet.filing_bond > 0,
        "waiver": rules.court.waiver and sheet.filing_bond > 0,
        "awaited review": sheet.reviewed,
        "reviewed by amount": 0 < rules.court.review_above < max(max(one.amounts) for one in benefits),
    }
    return {name for name, holds in applies.items() if holds}
