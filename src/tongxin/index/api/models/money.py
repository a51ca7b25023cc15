# SPDX-License-Identifier: AGPL-3.0-only
"""Rounds, settlements, flows and surplus."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tongxin.index.api.models.common import Account, AmountText, Count, Digest, Model, RowModel, Time

__all__ = ["Crossing", "Event", "Flow", "Payment", "ReceiptModel", "Round", "RoundClaim", "Settlement", "SurplusChange"]

Ratio = Annotated[
    str,
    Field(
        pattern=r"^[0-9]+\.[0-9]{9}$", description="A ratio with nine decimals, rounded down.", examples=["0.994512000"]
    ),
]
AccountName = Literal["members", "surplus", "due", "fees", "bonds", "settlement", "outside"]


class Settlement(RowModel):
    """An apportionment: what was due, what was collected from whom, and what it did to the cost index."""

    log_index: Count
    time: Time
    kind: Literal["claim", "round", "loss"]
    claim: Count | None
    round: Count | None
    payee: Account | None
    due: AmountText = Field(description="Of a loss, the shortage.")
    costs: AmountText
    call: AmountText = Field(description="The cost per thousandth of a share that was announced before.")
    from_surplus: AmountText
    collected: AmountText = Field(description="From the members.")
    costs_paid: AmountText
    paid: AmountText
    paid_ratio: Ratio | None = Field(description="paid / due; null where nothing was due.")
    fee: AmountText
    to_surplus: AmountText
    index_before: AmountText
    index_after: AmountText
    shares_before: Count = Field(description="T before: shares in force, in thousandths.")
    shares_after: Count
    heads_before: Count
    heads_after: Count
    ticks_crossed: Count


class Crossing(RowModel):
    """A tick that a settlement reached, so that its members lapsed."""

    log_index: Count
    time: Time
    tick: Count
    shares: Count
    heads: Count
    settlement_log_index: Count


class Round(RowModel):
    """The claims settled together, and the whole apportionment once it is settled."""

    round: Count
    closes_at: Time
    due: AmountText
    call: AmountText
    claims: Count
    claims_left: Count = Field(description="Not yet paid.")
    settled_at: Time | None
    settled_block: Count | None
    settled_log_index: Count | None
    paid: AmountText | None
    unpaid: AmountText | None
    opened_block: Count
    paid_ratio: Ratio | None = Field(description="paid / due; null before the settlement.")
    from_surplus: AmountText | None
    collected: AmountText | None
    costs_paid: AmountText | None
    fee: AmountText | None
    to_surplus: AmountText | None
    index_before: AmountText | None
    index_after: AmountText | None
    shares_before: Count | None = Field(description="T before: shares in force, in thousandths.")
    shares_after: Count | None
    heads_before: Count | None
    heads_after: Count | None
    ticks_crossed: Count | None


class RoundClaim(RowModel):
    """A claim in a round."""

    round: Count
    claim: Count
    payee: Account
    due: AmountText
    call: AmountText
    carried: bool
    paid: AmountText | None
    rest: AmountText | None
    rest_waits: bool | None
    paid_at: Time | None
    joined_block: Count


class Flow(RowModel):
    """A movement of money between the fund's accounts and the world."""

    log_index: Count
    part: Count
    time: Time
    kind: str
    source: AccountName
    target: AccountName
    amount: AmountText
    party: Account | None
    member_id: Digest | None
    claim: Count | None
    round: Count | None


class Payment(Flow):
    """Money that left the fund, with the event that says so."""

    transaction: Digest
    event: str
    receipt: str | None = Field(description="Where its receipt is, if the event is the Fund's own.")


class SurplusChange(RowModel):
    """A flow into or out of the surplus."""

    log_index: Count
    part: Count
    time: Time
    kind: str
    incoming: bool
    amount: AmountText
    after: AmountText = Field(description="The surplus then.")


class Event(RowModel):
    """A log of one of the mutual's contracts."""

    log_index: Count
    contract: Literal["Charter", "Fund", "Office", "Jury", "Court", "Assembly"]
    event: str
    transaction: Digest
    transaction_index: Count
    fields: dict[str, str | bool] = Field(
        description="The event's fields: numbers in decimal digits, the rest in hexadecimal."
    )


class ReceiptModel(Model):
    """`tongxin-receipt/1`: one event of a Fund. `tongxin verify receipt FILE` checks it against the chain."""

    format: Literal["tongxin-receipt/1"]
    chain_id: Count
    block_number: Count
    block_hash: Digest
    transaction: Digest
    log_index: Count
    contract: str = Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="The Fund, in EIP-55 form.")
    event: str
    fields: dict[str, str | bool]
