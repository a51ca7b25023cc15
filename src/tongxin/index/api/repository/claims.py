# SPDX-License-Identifier: AGPL-3.0-only
"""Claims, their histories and the challenges to their verdicts."""

from __future__ import annotations

from sqlalchemy import and_, select

from tongxin.index.api.models.court import Challenge, Claim, ClaimEvent
from tongxin.index.api.repository.events import event_fields
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.pages import Listing, Rows, Shape, columns_of
from tongxin.index.tables import challenges, claim_history, claims, events
from tongxin.words import ChallengerKind, Stage

__all__ = ["all_claims", "challenges_of", "history_of", "one_claim"]

CLAIMS = Listing(
    "claims", Shape(Claim, columns_of(claims), block="changed_block", words={"stage": Stage}), key=("claim",)
)
HISTORY = Listing(
    "claim-history",
    Shape(
        ClaimEvent,
        columns_of(claim_history) | {"transaction": events.c.transaction, "words": events.c.words},
        block="block",
        computed=event_fields,
    ),
    key=("block", "log_index"),
)
CHALLENGES = Listing(
    "challenges",
    Shape(Challenge, columns_of(challenges), block="block", words={"kind": ChallengerKind}),
    key=("number",),
)


def all_claims(mutual: Known, member_id: bytes | None) -> Rows:
    """The claims of a mutual, or of one of its members."""
    query = select(*CLAIMS.shape.selected()).where(claims.c.mutual == mutual.number)
    return Rows(CLAIMS, query if member_id is None else query.where(claims.c.member_id == member_id))


def one_claim(mutual: Known, claim: int) -> Rows:
    """One claim."""
    return Rows(CLAIMS, all_claims(mutual, None).query.where(claims.c.claim == claim))


def history_of(mutual: Known, claim: int) -> Rows:
    """Every event of a claim, its panels and its payments."""
    query = (
        select(*HISTORY.shape.selected())
        .join(
            events,
            and_(
                events.c.mutual == claim_history.c.mutual,
                events.c.block == claim_history.c.block,
                events.c.log_index == claim_history.c.log_index,
            ),
        )
        .where(claim_history.c.mutual == mutual.number, claim_history.c.claim == claim)
    )
    return Rows(HISTORY, query)


def challenges_of(mutual: Known, claim: int) -> Rows:
    """The challenges to a claim's verdicts."""
    query = select(*CHALLENGES.shape.selected()).where(
        challenges.c.mutual == mutual.number, challenges.c.claim == claim
    )
    return Rows(CHALLENGES, query)
