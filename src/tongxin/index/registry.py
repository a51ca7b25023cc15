# SPDX-License-Identifier: AGPL-3.0-only
"""Which mutuals an index follows, and what of them never changes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from tongxin.chain.endpoints import Endpoints
from tongxin.chain.founder import Founder
from tongxin.chain.mutual import Mutual
from tongxin.chain.primitives import address_of, from_hex
from tongxin.index.book import Row
from tongxin.index.tables import CHRONICLE, STATE, events, founders, mutuals, positions, undo
from tongxin.words import FundStage

__all__ = ["add_founder", "add_mutual", "describe", "founded_after", "founders_of", "listed_by", "renew_mutual"]


def describe(endpoints: Endpoints, fund: str) -> Row:
    """A mutual's row before its first event, without its number; its contracts' code is checked.

    Raises:
        NotDeployedError: There is no mutual of this version.
        EndpointError: No endpoint answers.
        FoundingNotShownError: The endpoint does not show how it was founded.
    """
    mutual = Mutual.at(endpoints, fund)
    parts = {
        "fund": mutual.fund,
        "charter": mutual.charter,
        "office": mutual.office,
        "jury": mutual.jury,
        "court": mutual.court,
        "assembly": mutual.assembly,
        "token": mutual.token,
    }
    return {
        **{name: from_hex(part.address) for name, part in parts.items()},
        "symbol": mutual.token.symbol(),
        "decimals": mutual.decimals,
        "founded": mutual.fund.founded(),
        "first_block": mutual.first_block,
        "spacing": mutual.spacing,
        "period": mutual.fund.money_terms().period,
        "minimum_members": mutual.version(1).court_terms.minimum_members,
        "stage": int(FundStage.FOUNDING),
        "started_at": None,
        "below_since": None,
        "wound_at": None,
        "wound_by_vote": None,
        "ends_at": None,
        "wound_index": None,
        "ended_at": None,
        "entitled_shares": 0,
        "shares_paid_out": 0,
        "set_aside": 0,
        "set_aside_left": 0,
        "successor": None,
        "version": 0,
        "charter_hash": None,
        "cost_index": 0,
        "index_tick": 0,
        "shares": 0,
        "heads": 0,
        "deposits": 0,
        "surplus": 0,
        "due": 0,
        "fees": 0,
        "bonds": 0,
        "open_calls": 0,
        "pending_round": False,
        "last_round": 0,
        "members": 0,
        "claims": 0,
        "changed_block": mutual.first_block,
    }


def add_mutual(connection: Connection, row: Row) -> bool:
    """Follows a mutual from its first block; False if it is followed already."""
    if connection.execute(select(mutuals.c.mutual).where(mutuals.c.fund == row["fund"])).first() is not None:
        return False
    number = (connection.execute(select(func.max(mutuals.c.mutual))).scalar() or 0) + 1
    connection.execute(mutuals.insert().values(mutual=number, **row))
    connection.execute(positions.insert().values(mutual=number, block=row["first_block"] - 1))
    return True


def founded_after(connection: Connection, block: int) -> list[int]:
    """The mutuals whose founding did not end up to a block, by what is indexed."""
    ended = select(events.c.mutual).where(events.c.name == "Wired", events.c.block <= block)
    query = select(mutuals.c.mutual).where(mutuals.c.mutual.not_in(ended))
    return [row.mutual for row in connection.execute(query)]


def renew_mutual(connection: Connection, number: int, row: Row) -> None:
    """Begins a mutual anew whose founding was dropped from the chain and mined again."""
    for table in (*CHRONICLE, *STATE):
        if table is not mutuals:
            connection.execute(table.delete().where(table.c.mutual == number))
    connection.execute(undo.delete().where(undo.c.row_key.startswith(f"({number},", autoescape=True)))
    connection.execute(mutuals.update().where(mutuals.c.mutual == number).values(**row))
    connection.execute(positions.update().where(positions.c.mutual == number).values(block=row["first_block"] - 1))


def add_founder(connection: Connection, founder: bytes) -> None:
    """Follows every mutual that a factory lists, now and later."""
    if connection.execute(select(founders).where(founders.c.founder == founder)).first() is None:
        connection.execute(founders.insert().values(founder=founder, listed=0))


def founders_of(connection: Connection) -> list[bytes]:
    """The factories that are followed."""
    return [bytes(row.founder) for row in connection.execute(select(founders).order_by(founders.c.founder))]


def listed_by(endpoints: Endpoints, founder: bytes, known: Sequence[bytes]) -> list[str]:
    """The Funds of a factory's finished mutuals that are not among those known.

    Raises:
        NotDeployedError: There is no factory.
        EndpointError: No endpoint answers.
    """
    factory = Founder(endpoints, address_of(founder))
    factory.check()
    listings = [factory.mutuals(number) for number in range(1, factory.count() + 1)]
    return [item.fund for item in listings if item.done and from_hex(item.fund) not in known]
