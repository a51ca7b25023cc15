# SPDX-License-Identifier: AGPL-3.0-only
"""Mutuals and their ticks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from tongxin.index.api.errors import NotFoundError
from tongxin.index.api.models.mutual import Mutual, Tick
from tongxin.index.api.repository.pages import Listing, Rows, Shape, columns_of
from tongxin.index.tables import mutuals, positions, ticks
from tongxin.words import FundStage

__all__ = ["Known", "all_mutuals", "known", "one_mutual", "ticks_of"]

MUTUALS = Listing(
    "mutuals",
    Shape(
        Mutual,
        columns_of(mutuals) | {"indexed_to": positions.c.block},
        block="changed_block",
        words={"stage": FundStage},
    ),
    key=("fund",),
)
TICKS = Listing("ticks", Shape(Tick, columns_of(ticks), block="changed_block"), key=("tick",))


@dataclass(frozen=True)
class Known:
    """A mutual of the index: its number there, and what balances are computed with."""

    number: int
    fund: bytes
    symbol: str
    decimals: int
    spacing: int
    cost_index: int
    index_tick: int


def known(connection: Connection, fund: bytes) -> Known:
    """A mutual by its Fund.

    Raises:
        NotFoundError: It is not followed.
    """
    column = mutuals.c
    query = select(
        column.mutual, column.fund, column.symbol, column.decimals, column.spacing, column.cost_index, column.index_tick
    ).where(column.fund == fund)
    row = connection.execute(query).first()
    if row is None:
        raise NotFoundError(f"this index does not follow a mutual with the Fund 0x{fund.hex()}: see /v1/mutuals")
    return Known(row.mutual, bytes(row.fund), row.symbol, row.decimals, row.spacing, row.cost_index, row.index_tick)


def _selected() -> Select[Any]:
    return select(*MUTUALS.shape.selected()).join(positions, positions.c.mutual == mutuals.c.mutual)


def all_mutuals() -> Rows:
    """Every mutual that is followed, by its Fund."""
    return Rows(MUTUALS, _selected())


def one_mutual(fund: bytes) -> Rows:
    """One mutual."""
    return Rows(MUTUALS, _selected().where(mutuals.c.fund == fund))


def ticks_of(mutual: Known) -> Rows:
    """Where memberships end or ended."""
    return Rows(TICKS, select(*TICKS.shape.selected()).where(ticks.c.mutual == mutual.number))
