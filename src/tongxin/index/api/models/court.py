# SPDX-License-Identifier: AGPL-3.0-only
"""Claims, panels, jurors and votes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tongxin.index.api.models.common import Account, AmountText, Count, Digest, RowModel, Time

__all__ = ["Challenge", "Claim", "ClaimEvent", "Juror", "Panel", "Seat", "SeatKey", "Vote"]

StageWord = Literal["none", "lot", "access", "voting", "cure", "notice", "granted", "denied"]


class Claim(RowModel):
    """A claim, as filed and as it stands."""

    claim: Count
    member_id: Digest
    payee: Account
    benefit: Count
    class_id: Count
    day: Count = Field(description="The event's day, in days since 1970 in the charter's zone.")
    filed_at: Time
    claimed: AmountText = Field(description="What was asked for, of a reimbursement; else 0.")
    base: AmountText
    version: Count = Field(description="The charter's version by which it is judged.")
    pool: Count = Field(description="Length of the list of volunteers when it was filed.")
    evidence: Digest
    seal_key: Digest
    summary: Digest
    bond: AmountText
    source: Count = Field(description="Where the bond came from (R-64).")
    filed_block: Count
    stage: StageWord
    panel: Count = Field(description="The key of the present panel.")
    lot_block: Count
    deadline: Time | None
    level: Count | None
    due: AmountText
    call: AmountText
    costs: AmountText
    challenges: Count = Field(description="Later panels, by challenge or review.")
    cured: bool
    reviewed: bool
    commissioned: bool
    report_hash: Digest | None
    closed_at: Time | None
    closed_block: Count | None
    owed: AmountText | None
    costs_paid: AmountText | None
    pay_per_seat: AmountText | None
    rewards: AmountText | None
    to_surplus: AmountText | None
    paid: AmountText
    waiting_due: AmountText | None
    waiting_round: Count | None = Field(description="The round that will pay; 0 waits for a carry.")
    carries_left: Count | None


class ClaimEvent(RowModel):
    """One step of a claim's history, as the chain logged it."""

    claim: Count
    log_index: Count
    contract: Literal["Charter", "Fund", "Office", "Jury", "Court", "Assembly"]
    event: str
    transaction: Digest
    fields: dict[str, str | bool] = Field(
        description="The event's fields: numbers in decimal digits, the rest in hexadecimal."
    )


class Challenge(RowModel):
    """A verdict that was challenged or reviewed (R-77)."""

    claim: Count
    number: Count
    challenger: Account
    kind: Literal["review", "claimant_free", "claimant_bonded", "juror", "anyone"]
    level: Count = Field(description="The level challenged.")
    bond: AmountText
    log_index: Count


class Panel(RowModel):
    """A panel: who judges one claim once."""

    panel: Count = Field(description="Its key: 8 times the claim, its number, and 4 if it is open.")
    claim: Count
    number: Count
    is_open: bool
    attempt: Count
    seed: Digest | None
    seats: Count
    keys_hash: Digest | None
    commit_by: Time | None
    reveal_by: Time | None
    reveals_open: bool
    least_votes: Count | None
    heads: Count | None
    verdict: bool | None = Field(description="Whether it reached a verdict; null while it sits.")
    level: Count | None
    valid: Count | None = Field(description="Valid votes.")
    slashed: AmountText | None
    concluded_at: Time | None
    jurors_paid: Count | None
    drawn_block: Count


class Seat(RowModel):
    """A seat that the lot gave."""

    panel: Count
    seat: Count
    attempt: Count
    volunteer: Count = Field(description="The place in the list of volunteers.")
    juror: Account
    member_id: Digest


class SeatKey(RowModel):
    """A key under which a juror reads (R-122)."""

    log_index: Count
    panel: Count
    seat: Count
    attempt: Count
    juror: Account
    kind: Literal["x25519", "hybrid"]
    public_key: Digest


class Vote(RowModel):
    """A vote: hidden, then shown."""

    panel: Count
    attempt: Count
    juror: Account
    seat: Count | None
    member_id: Digest | None
    commitment: Digest
    committed_at: Time
    level: Count | None = Field(description="0 none, up to 7; 8 incomplete; null while hidden.")
    reason: Digest | None
    salt: Digest | None
    revealed_at: Time | None
    exposed_by: Account | None
    paid: AmountText


class Juror(RowModel):
    """A volunteer for panels."""

    volunteer: Count
    wallet: Account
    member_id: Digest
    half: AmountText = Field(description="Half of the bond.")
    out_at: Time | None
    dismissed: bool
    slashed: AmountText
    withdrawn: AmountText
    volunteered_block: Count
