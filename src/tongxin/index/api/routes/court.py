# SPDX-License-Identifier: AGPL-3.0-only
"""Claims, panels, jurors."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from tongxin.index.api.answers import Listed, Single
from tongxin.index.api.models.court import Challenge, Claim, ClaimEvent, Juror, Panel, Seat, SeatKey, Vote
from tongxin.index.api.models.money import Payment, Settlement
from tongxin.index.api.repository import claims, money, panels, rounds
from tongxin.index.api.routes import parameters as of
from tongxin.index.api.routes.parameters import listed, single

__all__ = ["router"]

router = APIRouter(prefix="/v1/mutuals/{fund}")


@router.get("/claims", tags=["claims"], **listed(Claim, "The claims"))
def all_claims(asked: Listed, fund: of.Fund, member_id: of.OfMember = None) -> Response:
    """As filed and as they stand."""
    wanted = None if member_id is None else bytes.fromhex(member_id[2:])
    return asked.rows(fund, lambda _view, mutual: claims.all_claims(mutual, wanted))


@router.get("/claims/{claim}", tags=["claims"], **single(Claim, "A claim"))
def one_claim(asked: Single, fund: of.Fund, claim: of.Claim) -> Response:
    """As filed and as it stands."""
    return asked.record(
        fund, lambda _view, mutual: claims.one_claim(mutual, claim), f"this mutual has no claim {claim}"
    )


@router.get("/claims/{claim}/history", tags=["claims"], **listed(ClaimEvent, "A claim's full history"))
def claim_history(asked: Listed, fund: of.Fund, claim: of.Claim) -> Response:
    """Every event of the claim, its panels and its payments, as logged."""
    return asked.rows(fund, lambda _view, mutual: claims.history_of(mutual, claim))


@router.get("/claims/{claim}/challenges", tags=["claims"], **listed(Challenge, "Challenges to a claim's verdicts"))
def claim_challenges(asked: Listed, fund: of.Fund, claim: of.Claim) -> Response:
    """Challenges, and reviews that the lot asked for."""
    return asked.rows(fund, lambda _view, mutual: claims.challenges_of(mutual, claim))


@router.get("/claims/{claim}/panels", tags=["claims"], **listed(Panel, "A claim's panels"))
def claim_panels(asked: Listed, fund: of.Fund, claim: of.Claim) -> Response:
    """At most three, of which some may be open."""
    return asked.rows(fund, lambda _view, mutual: panels.panels_of(mutual, claim))


@router.get("/claims/{claim}/settlements", tags=["claims"], **listed(Settlement, "The apportionment of a claim"))
def claim_settlements(asked: Listed, fund: of.Fund, claim: of.Claim) -> Response:
    """Of a claim settled by itself; what a round apportions stands at the round."""
    return asked.rows(fund, lambda _view, mutual: rounds.settlements_of(mutual, claim))


@router.get("/claims/{claim}/payments", tags=["claims"], **listed(Payment, "What was paid for a claim"))
def claim_payments(asked: Listed, fund: of.Fund, claim: of.Claim) -> Response:
    """Each with its receipt."""
    return asked.rows(fund, lambda _view, mutual: money.claim_payments(mutual, claim))


@router.get("/panels", tags=["panels"], **listed(Panel, "The panels"))
def all_panels(asked: Listed, fund: of.Fund) -> Response:
    """Every panel that ever sat."""
    return asked.rows(fund, lambda _view, mutual: panels.all_panels(mutual))


@router.get("/panels/{panel}", tags=["panels"], **single(Panel, "A panel"))
def one_panel(asked: Single, fund: of.Fund, panel: of.Panel) -> Response:
    """Who judges one claim once."""
    return asked.record(fund, lambda _view, mutual: panels.one_panel(mutual, panel), f"there is no panel {panel}")


@router.get("/panels/{panel}/seats", tags=["panels"], **listed(Seat, "The seats of a panel"))
def seats(asked: Listed, fund: of.Fund, panel: of.Panel) -> Response:
    """Given by lot; an open panel has none."""
    return asked.rows(fund, lambda _view, mutual: panels.seats_of(mutual, panel))


@router.get("/panels/{panel}/keys", tags=["panels"], **listed(SeatKey, "The keys of a panel's seats"))
def keys(asked: Listed, fund: of.Fund, panel: of.Panel) -> Response:
    """Under which its jurors read (R-122)."""
    return asked.rows(fund, lambda _view, mutual: panels.keys_of(mutual, panel))


@router.get("/panels/{panel}/votes", tags=["panels"], **listed(Vote, "The votes of a panel"))
def votes(asked: Listed, fund: of.Fund, panel: of.Panel) -> Response:
    """Hidden ones as commitments."""
    return asked.rows(fund, lambda _view, mutual: panels.votes_of(mutual, panel))


@router.get("/jurors", tags=["panels"], **listed(Juror, "The volunteers for panels"))
def jurors(asked: Listed, fund: of.Fund) -> Response:
    """In the order of their list."""
    return asked.rows(fund, lambda _view, mutual: panels.all_jurors(mutual))
