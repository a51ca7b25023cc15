# SPDX-License-Identifier: AGPL-3.0-only
"""What occurs in the addresses of several routes, and how routes are described."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path, Query

from tongxin.index.api.export import PARQUET_TYPE
from tongxin.index.api.models.common import Model, Page

__all__ = [
    "Block", "Claim", "Fund", "LogIndex", "MemberId", "OfMember", "Panel", "Proposal", "Round", "Version", "listed",
    "single",
]  # fmt: skip

_LARGEST: Final = 2**53 - 1

Fund = Annotated[
    str, Path(pattern=r"^0x[0-9a-fA-F]{40}$", description="The mutual, by the address of its Fund.", max_length=42)
]
MemberId = Annotated[str, Path(pattern=r"^0x[0-9a-fA-F]{64}$", description="The member's id.", max_length=66)]
OfMember = Annotated[
    str | None, Query(pattern=r"^0x[0-9a-fA-F]{64}$", description="Of this member only.", max_length=66)
]
Claim = Annotated[int, Path(ge=1, le=_LARGEST // 8, description="The claim's number.")]
Panel = Annotated[int, Path(ge=0, le=_LARGEST, description="8 times the claim, plus its number, plus 4 if open.")]
Round = Annotated[int, Path(ge=1, le=_LARGEST, description="The round's number.")]
Version = Annotated[int, Path(ge=1, le=_LARGEST, description="The version's number.")]
Proposal = Annotated[int, Path(ge=1, le=_LARGEST, description="The proposal's number.")]
Block = Annotated[int, Path(ge=0, le=_LARGEST, description="The block's number.")]
LogIndex = Annotated[int, Path(ge=0, le=_LARGEST, description="The log's place in the block.")]


def listed(model: type[Model], summary: str) -> dict[str, Any]:
    """How a list is described: pages of a model, or the whole of it in other forms."""
    return {
        "summary": summary,
        "response_model": None,
        "responses": {
            200: {
                "model": Page[model],  # type: ignore[valid-type]
                "description": "A page; or the whole list as CSV or Parquet.",
                "content": {
                    "text/csv": {"schema": {"type": "string"}},
                    PARQUET_TYPE: {"schema": {"type": "string", "format": "binary"}},
                },
            }
        },
    }


def single(model: type[Model], summary: str) -> dict[str, Any]:
    """How one thing is described."""
    return {"summary": summary, "response_model": None, "responses": {200: {"model": model, "description": summary}}}
