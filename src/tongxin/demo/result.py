# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import json
from dataclasses import asdict, dataclass

__all__ = ["Band", "DemoResult", "Version", "Vote"]


@dataclass(frozen=True)
class Band:
    """One class of members; money per member in units of the token.

    Attributes:
        label: The class as the charter calls it.
        heads: Members enrolled in it.
        shares: Weight in every apportionment, in thousandths.
        cost: What the index took from a member who was there from the beginning to the end.
        expected_aid: Expected aid of a year, from the incidence table.
        like_premium: What a like insurance would cost a year.
    """

    label: str
    heads: int
    shares: int
    cost: int
    expected_aid: int
    like_premium: int


@dataclass(frozen=True)
class Vote:
    """A proposal that members voted on; times in seconds since 1970.

    Attributes:
        number: Its number.
        kind: What it was about.
        state: Where it stands.
        heads: Members in force when it was made.
        needed: Votes needed.
        yes: Votes in favour.
        no: Votes against.
        ends: When the vote ended.
        execute_from: From when on it could be carried out.
    """

    number: int
    kind: str
    state: str
    heads: int
    needed: int
    yes: int
    no: int
    ends: int
    execute_from: int


@dataclass(frozen=True)
class Version:
    """A version of the charter.

    Attributes:
        number: From 1.
        effective_from: Since when, in seconds since 1970.
        fee_bps: The fee, in basis points of what is paid.
        charter_hash: Of its document, in hex.
    """

    number: int
    effective_from: int
    fee_bps: int
    charter_hash: str


@dataclass(frozen=True)
class DemoResult:
    """What the chain holds when the demo is over; money in units of the token.

    Attributes:
        members: People enrolled.
        in_force: Of these, in force at the end.
        years: Years of drawn accidents.
        seed: What everything was drawn from.
        accidents_drawn: Accidents drawn from the table.
        claims_filed: Claims that the chain accepted for judging.
        claims_refused: Claims that it refused at filing.
        claims_denied: Claims closed without a grant.
        claims_paid: Claims of which something was paid.
        deposited: What sponsor and members paid in.
        collected: What the index took from the members.
        paid: What claimants received.
        paid_drawn: The part of it for accidents drawn from the table; the rest is for the script's.
        fees: What the steward received.
        jurors_paid: What jurors and rewards received or are owed.
        refunded: What leavers received.
        surplus: Money of all members.
        balances: The members' balances, each rounded down (R-1).
        dust: Deposits above the balances, from rounding (R-25).
        due: Owed and not taken.
        bonds: Held for the court and jury.
        fees_unpaid: Held for the steward.
        fund_holds: The fund's balance of the token.
        storm_ratio_bps: What the storm's round paid of each of its claims at first, in basis points.
        cost_per_member: `collected` by member enrolled.
        days_to_payment_median: From filing to the first payment.
        like_premium: What a like insurance would cost a member a year, on average.
        bands: The same by class.
        fund: The fund's address.
        charter_hash: Of the version in force at the end, in hex.
        blocks: Blocks of the chain.
        audit_ok: Whether the independent audit found every check in order.
        seconds: How long the demo took; the only figure that differs between two runs of one seed.
        proposals: What members voted on.
        versions: The charter from its first version to the one in force.
        granted_before_the_change: For the accident within the fresh waiting time of what the vote raised.
        granted_after_the_change: For the like accident after it.
    """

    members: int
    in_force: int
    years: int
    seed: int
    accidents_drawn: int
    claims_filed: int
    claims_refused: int
    claims_denied: int
    claims_paid: int
    deposited: int
    collected: int
    paid: int
    paid_drawn: int
    fees: int
    jurors_paid: int
    refunded: int
    surplus: int
    balances: int
    dust: int
    due: int
    bonds: int
    fees_unpaid: int
    fund_holds: int
    storm_ratio_bps: int
    cost_per_member: int
    days_to_payment_median: float
    like_premium: int
    bands: tuple[Band, ...]
    fund: str
    charter_hash: str
    blocks: int
    audit_ok: bool
    seconds: float
    proposals: tuple[Vote, ...]
    versions: tuple[Version, ...]
    granted_before_the_change: int
    granted_after_the_change: int

    def to_json(self) -> str:
        """All of it, keys sorted."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
