# SPDX-License-Identifier: AGPL-3.0-only
"""Flows of money, payments out of the fund, and the surplus."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, and_, func, literal, literal_column, select

from tongxin.index.api.models.money import Flow, Payment, SurplusChange
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.pages import Listing, Record, Rows, Shape, columns_of
from tongxin.index.tables import events, flows, member_history, surplus_changes

__all__ = ["all_flows", "all_payments", "claim_payments", "member_flows", "surplus_of"]


def _receipt(row: Record, mutual: Known) -> Record:
    """Where the receipt is."""
    if row["contract"] != "Fund":
        return {"receipt": None}
    return {"receipt": f"/v1/mutuals/0x{mutual.fund.hex()}/receipts/{row['block']}/{row['log_index']}"}


_PLACE = ("block", "log_index", "part")
_OF_PAYMENT = {"transaction": events.c.transaction, "event": events.c.name, "contract": events.c.contract}

FLOWS = Listing("flows", Shape(Flow, columns_of(flows), block="block"), key=_PLACE)
MEMBER_FLOWS = Listing(
    "member-flows",
    Shape(
        Flow,
        columns_of(flows) | {"block": member_history.c.block, "log_index": member_history.c.log_index},
        block="block",
    ),
    key=_PLACE,
)
PAYMENTS = Listing(
    "payments", Shape(Payment, columns_of(flows) | _OF_PAYMENT, block="block", computed=_receipt), key=_PLACE
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
    """The movements that belong to one membership: found by its history, which is short."""
    # Joined so that SQLite, which has no figures of its tables, cannot begin with all flows of the mutual.
    of_member = func.coalesce(flows.c.member_id, literal(b"")) == member_id
    query = (
        select(*MEMBER_FLOWS.shape.selected())
        .select_from(member_history)
        .outerjoin(flows, _same_log(flows, member_history))
        .where(member_history.c.mutual == mutual.number, member_history.c.member_id == member_id, of_member)
    )
    return Rows(MEMBER_FLOWS, query)


def all_payments(mutual: Known) -> Rows:
    """What left the fund."""
    query = select(*PAYMENTS.shape.selected()).select_from(flows).join(events, _same_log(events, flows))
    return Rows(PAYMENTS, query.where(flows.c.mutual == mutual.number, _OUTWARD), mutual)


def claim_payments(mutual: Known, claim: int) -> Rows:
    """What was paid for a claim."""
    return Rows(PAYMENTS, all_payments(mutual).query.where(flows.c.claim == claim), mutual)


def surplus_of(mutual: Known) -> Rows:
    """What came into the surplus and what went out."""
    return Rows(SURPLUS, select(*SURPLUS.shape.selected()).where(surplus_changes.c.mutual == mutual.number))
