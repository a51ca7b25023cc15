# SPDX-License-Identifier: AGPL-3.0-only
"""Proposals and votes on them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tongxin.index.api.models.common import Account, Count, Digest, RowModel, Time

__all__ = ["Ballot", "Proposal"]


class Proposal(RowModel):
    """What the members vote on (R-99)."""

    proposal: Count
    kind: Literal["charter", "attestors", "steward", "juror_rules", "successor", "wind_down"]
    proposer: Account
    member_id: Digest
    subject: Digest = Field(description="A word: the draft's slot, or an address.")
    reason: Digest
    cutoff: Time
    ends: Time
    execute_from: Time
    expires: Time
    needed: Count = Field(description="Votes that must be cast.")
    majority: Count = Field(description="Basis points of the votes cast.")
    heads: Count
    yes: Count
    no: Count
    outcome: Literal["made", "withdrawn", "executed"]
    made_at: Time
    made_block: Count
    closed_at: Time | None


class Ballot(RowModel):
    """One member's vote."""

    proposal: Count
    member_id: Digest
    wallet: Account
    support: bool
    log_index: Count
