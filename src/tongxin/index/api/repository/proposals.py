# SPDX-License-Identifier: AGPL-3.0-only
"""Proposals and the members' votes on them."""

from __future__ import annotations

from sqlalchemy import select

from tongxin.index.api.models.rules import Ballot, Proposal
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.pages import Listing, Rows, Shape, columns_of
from tongxin.index.tables import ballots, proposals
from tongxin.words import ProposalKind, ProposalStatus

__all__ = ["all_proposals", "ballots_of", "one_proposal"]

PROPOSALS = Listing(
    "proposals",
    Shape(
        Proposal,
        columns_of(proposals, without=("status",)) | {"outcome": proposals.c.status},
        block="changed_block",
        words={"kind": ProposalKind, "outcome": ProposalStatus},
    ),
    key=("proposal",),
)
BALLOTS = Listing("ballots", Shape(Ballot, columns_of(ballots), block="block"), key=("member_id",))


def all_proposals(mutual: Known) -> Rows:
    """What was proposed."""
    return Rows(PROPOSALS, select(*PROPOSALS.shape.selected()).where(proposals.c.mutual == mutual.number))


def one_proposal(mutual: Known, proposal: int) -> Rows:
    """One proposal."""
    return Rows(PROPOSALS, all_proposals(mutual).query.where(proposals.c.proposal == proposal))


def ballots_of(mutual: Known, proposal: int) -> Rows:
    """The votes on a proposal."""
    query = select(*BALLOTS.shape.selected()).where(ballots.c.mutual == mutual.number, ballots.c.proposal == proposal)
    return Rows(BALLOTS, query)
