# SPDX-License-Identifier: AGPL-3.0-only
"""How far an index is, and what its rows are worth."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from tongxin.chain.standing import Depth, Standing
from tongxin.index.source import Heard
from tongxin.index.store import Store
from tongxin.index.tables import chain, dissents, heard, mutuals, positions
from tongxin.units import SCALE

__all__ = ["Followed", "Heights", "IndexStatus", "Standing", "balance", "heard_of", "heights", "standing", "status_of"]


@dataclass(frozen=True)
class Heights:
    """Blocks of the chain: the head that is indexed, the last confirmed, the last final; `head_time` in seconds."""

    chain_id: int
    head: int
    confirmed: int
    final: int
    head_time: int


@dataclass(frozen=True)
class Followed:
    """A mutual of the index: its Fund, the block up to which it is indexed, its members and claims."""

    fund: bytes
    symbol: str
    block: int
    members: int
    claims: int


@dataclass(frozen=True)
class IndexStatus:
    """What an index holds.

    Attributes:
        heights: None before the first run.
        followed: The mutuals.
        dissents: Endpoint, block, times, what.
        endpoints: How those of the last run did.
    """

    heights: Heights | None
    followed: tuple[Followed, ...]
    dissents: tuple[tuple[str, int, int, str], ...]
    endpoints: tuple[Heard, ...]


def standing(block: int, of: Heights) -> Standing:
    """Whether what happened in a block is final, confirmed, or only seen so far."""
    return Depth(of.head, of.confirmed, of.final).standing(block)


def balance(shares: int, tick: int, spacing: int, cost_index: int) -> int:
    """R-1: a member's balance in units, 0 after a lapse; who has exited has none."""
    return max(0, shares * (tick * spacing - cost_index) // SCALE)


def heights(store: Store) -> Heights | None:
    """The heights of an index, or None before its first run.

    Raises:
        StoreError: The database cannot be read.
    """
    with store.read() as connection:
        row = connection.execute(select(chain)).first()
    return None if row is None else Heights(row.chain_id, row.head, row.confirmed, row.final, row.head_time)


def heard_of(connection: Connection) -> list[Heard]:
    """What the last run heard of its endpoints, by their addresses."""
    return sorted((Heard(*row) for row in connection.execute(select(heard))), key=lambda item: item.endpoint)


def status_of(store: Store) -> IndexStatus:
    """All of it; errors as `heights`."""
    with store.read() as connection:
        listed = connection.execute(
            select(mutuals.c.fund, mutuals.c.symbol, positions.c.block, mutuals.c.members, mutuals.c.claims)
            .join(positions, positions.c.mutual == mutuals.c.mutual)
            .order_by(mutuals.c.fund)
        ).all()
        dissenting = connection.execute(select(dissents).order_by(dissents.c.endpoint)).all()
        endpoints = heard_of(connection)
    return IndexStatus(
        heights(store),
        tuple(Followed(*row) for row in listed),
        tuple((row.endpoint, row.last_block, row.times, row.what) for row in dissenting),
        tuple(endpoints),
    )
