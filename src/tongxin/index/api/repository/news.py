# SPDX-License-Identifier: AGPL-3.0-only
"""What is new of claims and rounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from tongxin.index.api.repository.mutuals import Known
from tongxin.index.decode import fields
from tongxin.index.tables import NEWS, blocks, claim_history, events, rounds

__all__ = ["News", "news_of"]


_TOLD = claim_history.c.event.in_(bindparam("news", NEWS, expanding=True, literal_execute=True))
"""Written out, so that the databases see that the index of news serves."""


@dataclass(frozen=True)
class News:
    """One thing that happened: its place, the claim or round it is about, its event and what that says."""

    block: int
    log_index: int
    time: int
    transaction: bytes
    event: str
    number: int
    fields: dict[str, Any]


def news_of(connection: Connection, mutual: Known, count: int) -> list[News]:
    """The newest things that happened to claims and rounds, the newest first."""
    same_log = and_(
        events.c.mutual == claim_history.c.mutual,
        events.c.block == claim_history.c.block,
        events.c.log_index == claim_history.c.log_index,
    )
    columns = (events.c.contract, events.c.name, events.c.transaction, events.c.words, blocks.c.time)
    of_claims = (
        select(claim_history.c.block, claim_history.c.log_index, claim_history.c.claim.label("number"), *columns)
        .join(events, same_log)
        .join(blocks, blocks.c.number == claim_history.c.block)
        .where(claim_history.c.mutual == mutual.number, _TOLD)
        .order_by(claim_history.c.block.desc(), claim_history.c.log_index.desc())
        .limit(count)
    )
    of_rounds = (
        select(events.c.block, events.c.log_index, rounds.c.number, *columns)
        .select_from(rounds)
        .join(
            events,
            and_(
                events.c.mutual == rounds.c.mutual,
                events.c.block == rounds.c.settled_block,
                events.c.log_index == rounds.c.settled_log_index,
            ),
        )
        .join(blocks, blocks.c.number == events.c.block)
        .where(rounds.c.mutual == mutual.number)
        .order_by(rounds.c.number.desc())
        .limit(count)
    )
    found = [
        News(
            row.block,
            row.log_index,
            row.time,
            bytes(row.transaction),
            row.name,
            row.number,
            fields(row.contract, row.name, bytes(row.words)),
        )
        for query in (of_claims, of_rounds)
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda item: (item.block, item.log_index), reverse=True)[:count]
