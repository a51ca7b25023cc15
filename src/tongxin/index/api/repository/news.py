# SPDX-License-Identifier: AGPL-3.0-only
"""What is new of claims and rounds."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import BigInteger, Connection, Select, and_, bindparam, select

from tongxin.index.api.repository.mutuals import Known
from tongxin.index.decode import some_fields
from tongxin.index.tables import NEWS, blocks, claim_history, events, rounds

__all__ = ["News", "news_of"]


_TOLD = claim_history.c.event.in_(bindparam("news", NEWS, expanding=True, literal_execute=True))
"""Written out, so that the databases see that the index of news serves."""
_TOLD_OF: Final = ("level", "due", "paid", "amount")


@dataclass(frozen=True)
class News:
    """One thing that happened: its place, the claim or round it is about, its event, what is told of that."""

    block: int
    log_index: int
    time: int
    transaction: bytes
    event: str
    number: int
    fields: dict[str, Any]


def _queries() -> tuple[Select[Any], Select[Any]]:
    """The newest events of claims, and of rounds; made once, since making them takes as long as answering them."""
    same_log = and_(
        events.c.mutual == claim_history.c.mutual,
        events.c.block == claim_history.c.block,
        events.c.log_index == claim_history.c.log_index,
    )
    columns = (blocks.c.time, events.c.transaction, events.c.contract, events.c.name, events.c.words)
    asked, count = bindparam("asked", type_=BigInteger), bindparam("count", type_=BigInteger)
    of_claims = (
        select(claim_history.c.block, claim_history.c.log_index, claim_history.c.claim, *columns)
        .join(events, same_log)
        .join(blocks, blocks.c.number == claim_history.c.block)
        .where(claim_history.c.mutual == asked, _TOLD)
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
        .where(rounds.c.mutual == asked)
        .order_by(rounds.c.number.desc())
        .limit(count)
    )
    return of_claims, of_rounds


_QUERIES: Final = _queries()


def news_of(connection: Connection, mutual: Known, count: int) -> list[News]:
    """The newest things that happened to claims and rounds, the newest first."""
    wanted = {"asked": mutual.number, "count": count}
    rows = [tuple(row) for query in _QUERIES for row in connection.execute(query, wanted)]
    rows.sort(key=itemgetter(0, 1), reverse=True)
    return [
        News(
            block,
            log_index,
            time,
            bytes(transaction),
            name,
            number,
            some_fields(contract, name, bytes(words), _TOLD_OF),
        )
        for block, log_index, number, time, transaction, contract, name, words in rows[:count]
    ]
