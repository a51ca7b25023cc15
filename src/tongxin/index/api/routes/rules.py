# SPDX-License-Identifier: AGPL-3.0-only
"""Proposals and votes on them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from tongxin.index.api.answers import Listed, Single
from tongxin.index.api.models.rules import Ballot, Proposal
from tongxin.index.api.repository import proposals
from tongxin.index.api.routes import parameters as of
from tongxin.index.api.routes.parameters import listed, single

__all__ = ["router"]

router = APIRouter(prefix="/v1/mutuals/{fund}/proposals", tags=["proposals"])


@router.get("", **listed(Proposal, "What members proposed"))
def all_proposals(asked: Listed, fund: of.Fund) -> Response:
    """With the votes so far."""
    return asked.rows(fund, lambda _view, mutual: proposals.all_proposals(mutual))


@router.get("/{proposal}", **single(Proposal, "A proposal"))
def one_proposal(asked: Single, fund: of.Fund, proposal: of.Proposal) -> Response:
    """With the votes so far."""
    return asked.record(
        fund, lambda _view, mutual: proposals.one_proposal(mutual, proposal), f"there is no proposal {proposal}"
    )


@router.get("/{proposal}/ballots", **listed(Ballot, "The votes on a proposal"))
def ballots(asked: Listed, fund: of.Fund, proposal: of.Proposal) -> Response:
    """Who voted how; these votes are not secret."""
    return asked.rows(fund, lambda _view, mutual: proposals.ballots_of(mutual, proposal))
