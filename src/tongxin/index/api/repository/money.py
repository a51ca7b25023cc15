# SPDX-License-Identifier: AGPL-3.0-only
"""Flows of money, payments out of the fund, and the surplus."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, literal_column, select

from tongxin.index.api.models.money import Flow, Payment, SurplusChange
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.pages import Listing, Record, Rows, Shape, columns_of
from tongxin.index.tables import claim_history, events, flows, member_history, surplus_changes

__all__ = ["all_flows", "all_payments", "claim_payments", "member_flows", "surplus_of"]


def _receipt(row: Record, mutual: Known) -> Record:
    """Where the receipt is."""
    if row["contract"] != "Fund":
        return {"receipt": None}
    return {"receipt": f"/v1/mutuals/0x{mutual.fund.hex()}/receipts/{row['block']}/{row['log_index']}"}


FLOWS = Listing("flows", Shape(Flow, columns_of(flows), block="block"), key=("block", "log_index", "part"))
PAYMENTS = Listing(
    "payments",
    Shape(
        Payment,
        columns_of(flows)
        | {"transaction": events.c.transaction, "event": events.c.name, "contract": events.c.contract},
        block="block",
        computed=_receipt,
    ),
    key=("block", "log_index", "part"),
)
SURPLUS = Listing(
    "surplus", Shape(SurplusChange, columns_of(surplus_changes), block="block"), key=("block", "log_index", "part")
)
_OUTWARD = flows.c.target == literal_column("'outside'")
"""Written out, so that the databases see that the index of payments serves."""


def _same_log(one: Table, other: Table) -> ColumnElement[bool]:
    return and_(one.c.mutual == other.c.mutual, one.c.block == other.c.block, one.c.log_index == other.c.log_index)


def all_flows(mutual: Known) -> Rows:
    """Every movement of money."""
    return Rows(FLOWS, select(*FLOWS.shape.selected()).where(flows.c.mutual == mutual.number))


def member_flows(mutual: Known, member_id: bytes) -> Rows:
    """The movements that belong to one membership: found by its history."""
    query = (
        select(*FLOWS.shape.selected())
        .join(member_history, _same_log(member_history, flows))
        .where(
            member_history.c.mutual == mutual.number,
            member_history.c.member_id == member_id,
            flows.c.mutual == mutual.number,
            flows.c.member_id == member_id,
        )
    )
    return Rows(FLOWS, query)


def _payments(mutual: Known) -> Select[Any]:
    query = select(*PAYMENTS.shape.selected()).join(events, _same_log(events, flows))
    return query.where(flows.c.mutual == mutual.number, _OUTWARD)


def all_payments(mutual: Known) -> Rows:
    """What left the fund."""
    # Without a bound SQLite, which keeps no figures, walks all flows by the primary key rather than take the index.
    return Rows(PAYMENTS, _payments(mutual).where(flows.c.block >= 0), mutual)


def claim_payments(mutual: Known, claim: int) -> Rows:
    """What was paid for a claim: found by its history."""
    query = _payments(mutual).join(claim_history, _same_log(claim_history, flows))
    query = query.where(claim_history.c.mutual == mutual.number, claim_history.c.claim == claim)
    return Rows(PAYMENTS, query, mutual)


def surplus_of(mutual: Known) -> Rows:
    """What came into the surplus and what went out."""
    return Rows(SURPLUS, select(*SURPLUS.shape.selected()).where(surplus_changes.c.mutual == mutual.number))
