# SPDX-License-Identifier: AGPL-3.0-only
"""Rounds, settlements and the ticks they crossed."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, and_, select

from tongxin.index.api.models.money import Crossing, Round, RoundClaim, Settlement
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.pages import Listing, Record, Rows, Shape, columns_of
from tongxin.index.tables import crossings, round_claims, rounds, settlements

__all__ = ["all_rounds", "all_settlements", "claims_of", "crossings_of", "one_round", "settlements_of"]

_DECIMALS: Final = 9
_OF_SETTLEMENT: Final = (
    "from_surplus", "collected", "costs_paid", "fee", "to_surplus", "index_before", "index_after", "shares_before",
    "shares_after", "heads_before", "heads_after", "ticks_crossed",
)  # fmt: skip


def _paid_ratio(row: Record, _given: object) -> Record:
    """Paid / due, rounded down."""
    if row["paid"] is None or not row["due"]:
        return {"paid_ratio": None}
    scaled = int(row["paid"]) * 10**_DECIMALS // int(row["due"])
    whole, part = divmod(scaled, 10**_DECIMALS)
    return {"paid_ratio": f"{whole}.{part:0{_DECIMALS}d}"}


ROUNDS = Listing(
    "rounds",
    Shape(
        Round,
        {"round": rounds.c.number}
        | columns_of(rounds, without=("number",))
        | {name: settlements.c[name] for name in _OF_SETTLEMENT},
        block="changed_block",
        computed=_paid_ratio,
    ),
    key=("round",),
)
ROUND_CLAIMS = Listing("round-claims", Shape(RoundClaim, columns_of(round_claims), block="changed_block"), ("claim",))
SETTLEMENTS = Listing(
    "settlements",
    Shape(Settlement, columns_of(settlements), block="block", computed=_paid_ratio),
    key=("block", "log_index"),
)
CROSSINGS = Listing("crossings", Shape(Crossing, columns_of(crossings), block="block"), key=("block", "log_index"))
BLOCK_CROSSINGS = Listing("block-crossings", CROSSINGS.shape, key=("log_index",))


def _selected(mutual: Known) -> Select[Any]:
    settled = and_(
        settlements.c.mutual == rounds.c.mutual,
        settlements.c.block == rounds.c.settled_block,
        settlements.c.log_index == rounds.c.settled_log_index,
    )
    query = select(*ROUNDS.shape.selected()).select_from(rounds).outerjoin(settlements, settled)
    return query.where(rounds.c.mutual == mutual.number)


def all_rounds(mutual: Known) -> Rows:
    """The rounds, each with its apportionment."""
    return Rows(ROUNDS, _selected(mutual))


def one_round(mutual: Known, number: int) -> Rows:
    """One round."""
    return Rows(ROUNDS, _selected(mutual).where(rounds.c.number == number))


def claims_of(mutual: Known, number: int) -> Rows:
    """The claims of a round."""
    query = select(*ROUND_CLAIMS.shape.selected()).where(
        round_claims.c.mutual == mutual.number, round_claims.c.round == number
    )
    return Rows(ROUND_CLAIMS, query)


def all_settlements(mutual: Known) -> Rows:
    """Every apportionment."""
    return Rows(SETTLEMENTS, select(*SETTLEMENTS.shape.selected()).where(settlements.c.mutual == mutual.number))


def settlements_of(mutual: Known, claim: int) -> Rows:
    """The apportionments of one claim."""
    return Rows(SETTLEMENTS, all_settlements(mutual).query.where(settlements.c.claim == claim))


def crossings_of(mutual: Known, block: int | None) -> Rows:
    """Ticks that settlements crossed, or those crossed in one block."""
    query = select(*CROSSINGS.shape.selected()).where(crossings.c.mutual == mutual.number)
    if block is None:
        return Rows(CROSSINGS, query)
    return Rows(BLOCK_CROSSINGS, query.where(crossings.c.block == block))
