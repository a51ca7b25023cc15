# SPDX-License-Identifier: AGPL-3.0-only
"""Members by their ids, what happened to them, and who may read their documents."""

from __future__ import annotations

from sqlalchemy import select

from tongxin.index.api.models.mutual import Grant, Member, MemberEvent
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.pages import Listing, Record, Rows, Shape, columns_of
from tongxin.index.status import balance
from tongxin.index.tables import grants, member_history, members

__all__ = ["all_members", "grants_of", "history_of", "one_member"]


def _standing(row: Record, mutual: Known) -> Record:
    """R-1: in force while the index is below the runway's end."""
    in_force = not row["exited"] and not row["stepped_back"] and row["tick"] > mutual.index_tick
    owned = balance(row["shares"], row["tick"], mutual.spacing, mutual.cost_index) if in_force else 0
    return {"in_force": in_force, "balance": str(owned)}


MEMBERS = Listing(
    "members",
    Shape(Member, columns_of(members), block="changed_block", computed=_standing),
    key=("member_id",),
)
HISTORY = Listing(
    "member-history", Shape(MemberEvent, columns_of(member_history), block="block"), ("block", "log_index")
)
GRANTS = Listing(
    "grants", Shape(Grant, columns_of(grants), block="changed_block"), key=("member_id", "document", "reader")
)
MEMBER_GRANTS = Listing("member-grants", GRANTS.shape, key=("document", "reader"))


def all_members(mutual: Known) -> Rows:
    """Every membership there ever was."""
    return Rows(MEMBERS, select(*MEMBERS.shape.selected()).where(members.c.mutual == mutual.number), mutual)


def one_member(mutual: Known, member_id: bytes) -> Rows:
    """One membership."""
    rows = all_members(mutual)
    return Rows(MEMBERS, rows.query.where(members.c.member_id == member_id), mutual)


def history_of(mutual: Known, member_id: bytes) -> Rows:
    """The events of a membership."""
    query = select(*HISTORY.shape.selected()).where(
        member_history.c.mutual == mutual.number, member_history.c.member_id == member_id
    )
    return Rows(HISTORY, query)


def grants_of(mutual: Known, member_id: bytes | None) -> Rows:
    """Who may read, or once might, what members opened."""
    query = select(*GRANTS.shape.selected()).where(grants.c.mutual == mutual.number)
    if member_id is None:
        return Rows(GRANTS, query)
    return Rows(MEMBER_GRANTS, query.where(grants.c.member_id == member_id))
