# SPDX-License-Identifier: AGPL-3.0-only
"""What the index knows of the chain at one moment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, select

from tongxin.index.status import Heights
from tongxin.index.tables import chain, positions, waypoints

__all__ = ["Moment", "moment_of"]


@dataclass(frozen=True)
class Moment:
    """A moment of the index.

    Attributes:
        heights: The chain's, or None before the first run.
        block: The last block indexed, or None.
        hash: Its hash.
        tag: Another one after every change of any row: a digest of heights, hash, and each mutual's position.
    """

    heights: Heights | None
    block: int | None
    hash: bytes | None
    tag: bytes


def moment_of(connection: Connection) -> Moment:
    """The moment that a transaction sees."""
    height = connection.execute(select(chain)).first()
    newest = connection.execute(select(waypoints).order_by(waypoints.c.number.desc()).limit(1)).first()
    reached = connection.execute(select(positions).order_by(positions.c.mutual)).all()
    said = repr((None if height is None else tuple(height), newest and (newest.number, bytes(newest.hash)), reached))
    return Moment(
        None
        if height is None
        else Heights(height.chain_id, height.head, height.confirmed, height.final, height.head_time),
        None if newest is None else newest.number,
        None if newest is None else bytes(newest.hash),
        hashlib.sha256(said.encode()).digest(),
    )
