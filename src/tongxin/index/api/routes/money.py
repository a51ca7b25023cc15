# SPDX-License-Identifier: AGPL-3.0-only
"""Rounds, flows, surplus, receipts, and the logs under them all."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from tongxin.index.api.answers import JSON_TYPE, Listed, Single
from tongxin.index.api.database import View
from tongxin.index.api.errors import NotFoundError
from tongxin.index.api.models.money import (
    Crossing,
    Event,
    Flow,
    Payment,
    ReceiptModel,
    Round,
    RoundClaim,
    Settlement,
    SurplusChange,
)
from tongxin.index.api.repository import events, money, rounds
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.routes import parameters as of
from tongxin.index.api.routes.parameters import listed, single

__all__ = ["router"]

router = APIRouter(prefix="/v1/mutuals/{fund}")

InBlock = Annotated[int | None, Query(ge=0, le=2**53 - 1, description="Of this block only.")]


@router.get("/rounds", tags=["rounds"], **listed(Round, "The rounds, each with its whole apportionment"))
def all_rounds(asked: Listed, fund: of.Fund) -> Response:
    """Index before and after, shares in force, ticks crossed, call, due, collected, ratio paid."""
    return asked.rows(fund, lambda _view, mutual: rounds.all_rounds(mutual))


@router.get("/rounds/{round_number}", tags=["rounds"], **single(Round, "A round"))
def one_round(asked: Single, fund: of.Fund, round_number: of.Round) -> Response:
    """With its whole apportionment."""
    return asked.record(
        fund, lambda _view, mutual: rounds.one_round(mutual, round_number), f"there is no round {round_number}"
    )


@router.get("/rounds/{round_number}/claims", tags=["rounds"], **listed(RoundClaim, "The claims of a round"))
def round_claims(asked: Listed, fund: of.Fund, round_number: of.Round) -> Response:
    """What each was due and paid."""
    return asked.rows(fund, lambda _view, mutual: rounds.claims_of(mutual, round_number))


@router.get("/settlements", tags=["rounds"], **listed(Settlement, "Every apportionment"))
def settlements(asked: Listed, fund: of.Fund) -> Response:
    """Of claims settled by themselves, of rounds, of losses."""
    return asked.rows(fund, lambda _view, mutual: rounds.all_settlements(mutual))


@router.get("/crossings", tags=["rounds"], **listed(Crossing, "Ticks that settlements crossed"))
def crossings(asked: Listed, fund: of.Fund, block: InBlock = None) -> Response:
    """Whose members lapsed."""
    return asked.rows(fund, lambda _view, mutual: rounds.crossings_of(mutual, block))


@router.get("/flows", tags=["money"], **listed(Flow, "Every movement of money"))
def flows(asked: Listed, fund: of.Fund) -> Response:
    """Between members, surplus, dues, fees, bonds and the world outside."""
    return asked.rows(fund, lambda _view, mutual: money.all_flows(mutual))


@router.get("/payments", tags=["money"], **listed(Payment, "What left the fund"))
def payments(asked: Listed, fund: of.Fund) -> Response:
    """Each payment with its receipt."""
    return asked.rows(fund, lambda _view, mutual: money.all_payments(mutual))


@router.get("/surplus", tags=["money"], **listed(SurplusChange, "The surplus, change by change"))
def surplus(asked: Listed, fund: of.Fund) -> Response:
    """What came in, what went out, and what there was then."""
    return asked.rows(fund, lambda _view, mutual: money.surplus_of(mutual))


@router.get(
    "/receipts/{block}/{log_index}",
    tags=["money"],
    **single(ReceiptModel, "The receipt of a payment, or of any event of the Fund"),
)
def receipt(asked: Single, fund: of.Fund, block: of.Block, log_index: of.LogIndex) -> Response:
    """Keep it as a file: `tongxin verify receipt FILE` checks it against the chain, without this server."""

    def make(view: View, mutual: Known) -> tuple[bytes, str]:
        heights = view.moment.heights
        if heights is None:
            raise NotFoundError("the index is empty")
        found = events.receipt_of(view.connection, heights.chain_id, mutual, block, log_index)
        return msgspec.json.encode(found.as_dict()), JSON_TYPE

    return asked.of_mutual(fund, make)


@router.get("/events", tags=["events"], **listed(Event, "Every log of the mutual's contracts"))
def all_events(asked: Listed, fund: of.Fund, block: InBlock = None) -> Response:
    """What everything else here is made from."""
    return asked.rows(fund, lambda _view, mutual: events.all_events(mutual, block))
