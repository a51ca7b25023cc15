# SPDX-License-Identifier: AGPL-3.0-only
"""The feed for the press."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from tongxin.index.api.answers import Single
from tongxin.index.api.database import View
from tongxin.index.api.errors import NotFoundError
from tongxin.index.api.feed import ATOM_TYPE, Language, write_feed
from tongxin.index.api.repository.mutuals import Known
from tongxin.index.api.repository.news import news_of
from tongxin.index.api.routes import parameters as of

__all__ = ["router"]

_MOST_ENTRIES: Final = 50

router = APIRouter()


@router.get(
    "/v1/mutuals/{fund}/feed.atom",
    tags=["feed"],
    summary="An Atom feed of claims and rounds",
    response_model=None,
    responses={
        200: {
            "description": f"The newest {_MOST_ENTRIES} entries (RFC 4287).",
            "content": {"application/atom+xml": {"schema": {"type": "string"}}},
        }
    },
)
def feed(
    asked: Single,
    fund: of.Fund,
    lang: Annotated[Language | None, Query(description="The titles' language; both if not given.")] = None,
) -> Response:
    """What was filed, judged, challenged, settled and paid."""

    def make(view: View, mutual: Known) -> tuple[bytes, str]:
        heights = view.moment.heights
        if heights is None:
            raise NotFoundError("the index is empty")
        news = news_of(view.connection, mutual, _MOST_ENTRIES)
        return write_feed(heights.chain_id, mutual, news, heights.head_time, lang), ATOM_TYPE

    return asked.of_mutual(fund, make)
