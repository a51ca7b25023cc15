# SPDX-License-Identifier: AGPL-3.0-only
"""Panels, their seats, keys and votes, and the volunteers."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from tongxin.index.api.models.court import Juror, Panel, Seat, SeatKey, Vote
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.pages import Listing, Record, Rows, Shape, columns_of
from tongxin.index.tables import jurors, panels, seat_keys, seats, votes
from tongxin.words import KeyKind

__all__ = ["all_jurors", "all_panels", "keys_of", "one_panel", "panels_of", "seats_of", "votes_of"]


def _verdict(row: Record, _given: object) -> Record:
    return {"verdict": None if row["concluded"] is None else row["concluded"] == 1}


KEYS_OF_A_CLAIM: Final = 8
PANELS = Listing(
    "panels",
    Shape(
        Panel,
        columns_of(panels, without=("status",)) | {"concluded": panels.c.status},
        block="changed_block",
        computed=_verdict,
    ),
    key=("panel",),
)
SEATS = Listing("seats", Shape(Seat, columns_of(seats), block="drawn_block"), key=("seat", "attempt"))
KEYS = Listing(
    "seat-keys",
    Shape(SeatKey, columns_of(seat_keys), block="block", words={"kind": KeyKind}),
    key=("block", "log_index"),
)
VOTES = Listing("votes", Shape(Vote, columns_of(votes), block="changed_block"), key=("attempt", "juror"))
JURORS = Listing("jurors", Shape(Juror, columns_of(jurors), block="changed_block"), key=("volunteer",))


def all_panels(mutual: Known) -> Rows:
    """Every panel that ever sat."""
    return Rows(PANELS, select(*PANELS.shape.selected()).where(panels.c.mutual == mutual.number))


def panels_of(mutual: Known, claim: int) -> Rows:
    """The panels of a claim: their keys begin with its number."""
    first = claim * KEYS_OF_A_CLAIM
    return Rows(PANELS, all_panels(mutual).query.where(panels.c.panel.between(first, first + KEYS_OF_A_CLAIM - 1)))


def one_panel(mutual: Known, panel: int) -> Rows:
    """One panel."""
    return Rows(PANELS, all_panels(mutual).query.where(panels.c.panel == panel))


def seats_of(mutual: Known, panel: int) -> Rows:
    """Whom the lot gave seats on a panel."""
    query = select(*SEATS.shape.selected()).where(seats.c.mutual == mutual.number, seats.c.panel == panel)
    return Rows(SEATS, query)


def keys_of(mutual: Known, panel: int) -> Rows:
    """The keys that a panel's jurors announced."""
    query = select(*KEYS.shape.selected()).where(seat_keys.c.mutual == mutual.number, seat_keys.c.panel == panel)
    return Rows(KEYS, query)


def votes_of(mutual: Known, panel: int) -> Rows:
    """The votes on a panel."""
    query = select(*VOTES.shape.selected()).where(votes.c.mutual == mutual.number, votes.c.panel == panel)
    return Rows(VOTES, query)


def all_jurors(mutual: Known) -> Rows:
    """The volunteers, in the order of their list."""
    return Rows(JURORS, select(*JURORS.shape.selected()).where(jurors.c.mutual == mutual.number))
