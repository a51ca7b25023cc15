# SPDX-License-Identifier: AGPL-3.0-only
"""Mutuals, their rules and their members."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tongxin.index.api.models.common import Account, AmountText, At, Count, Digest, Model, RowModel, Time

__all__ = ["Draft", "Grant", "Member", "MemberEvent", "Mutual", "Status", "Tick", "Version", "VersionDocument"]


class Status(Model):
    """What this server offers."""

    name: str
    version: str
    audited: bool = Field(description="Whether a third party audited this software and its contracts.")
    at: At
    links: dict[str, str] = Field(description="Where to go on.")


class Mutual(RowModel):
    """A mutual: its contracts, its stage, its books."""

    fund: Account
    charter: Account
    office: Account
    jury: Account
    court: Account
    assembly: Account
    token: Account
    symbol: str
    decimals: Count
    founded: Time
    first_block: Count
    spacing: AmountText = Field(description="Index units between two ticks.")
    period: Count = Field(description="Seconds of a period; 0 if claims are settled one by one.")
    minimum_members: Count
    stage: Literal["founding", "gathering", "running", "winding_down", "ended"]
    started_at: Time | None
    below_since: Time | None = Field(description="Since when there are fewer heads than the charter's floor.")
    wound_at: Time | None
    wound_by_vote: bool | None
    ends_at: Time | None
    wound_index: AmountText | None
    ended_at: Time | None
    entitled_shares: Count
    shares_paid_out: Count
    set_aside: AmountText
    set_aside_left: AmountText
    successor: Account | None
    version: Count = Field(description="The charter's version that the Fund applies.")
    charter_hash: Digest | None
    cost_index: AmountText
    index_tick: Count
    shares: Count = Field(description="Shares in force, in thousandths.")
    heads: Count = Field(description="Members in force.")
    deposits: AmountText
    surplus: AmountText
    due: AmountText
    fees: AmountText
    bonds: AmountText
    open_calls: AmountText
    pending_round: bool
    last_round: Count
    members: Count = Field(description="Records of members, those who lapsed or left included.")
    claims: Count
    indexed_to: Count = Field(description="The block up to which this mutual is indexed.")


class Draft(RowModel):
    """A charter that somebody put on the chain."""

    slot: Count
    drafter: Account
    charter_hash: Digest
    own_benefits: bool
    benefits: Count
    sealed: bool
    base: Count | None
    scope: Count | None
    published_block: Count | None
    version: Count | None = Field(description="The version that it became.")
    drafted_block: Count


class Version(RowModel):
    """A version of the charter."""

    version: Count
    slot: Count
    charter_hash: Digest
    effective_from: Time
    sealed_block: Count
    adopted_block: Count | None = Field(description="When a vote adopted it; null for the first.")
    published: bool = Field(description="Whether its document can be had here.")


class VersionDocument(Version):
    """A version with its document."""

    document: dict[str, Any] | None = Field(
        description="The charter as published on the chain: every rule and number, and the members' text's hashes. "
        "Null if it was not published by a plain transaction. Its hash is that of the canonical form, which "
        "`/document` gives byte for byte."
    )


class Member(RowModel):
    """A membership, by its id alone."""

    member_id: Digest
    class_id: Count
    shares: Count = Field(description="In thousandths.")
    tick: Count = Field(description="The tick on which the runway ends.")
    in_force: bool
    balance: AmountText = Field(description="R-1; what is left of the deposit at the block of the index.")
    joined: Count = Field(description="Hour since 1970.")
    how: Literal["attested", "admitted", "enrolled"]
    accepted: bool
    leaving: bool
    exited: bool
    stepped_back: bool
    left_hour: Count | None
    leaves_at: Time | None
    exited_hour: Count | None
    class_changed_hour: Count | None
    class_requested: Count | None
    class_applies_at: Time | None
    order_most: AmountText | None = Field(description="The most that the standing order pays per period.")
    order_target: Count | None
    reader_kind: Count | None
    reader_key: Digest | None
    first_block: Count


class MemberEvent(RowModel):
    """An event of a membership, and the record after it."""

    log_index: Count
    event: str
    class_id: Count
    shares: Count
    tick: Count
    joined: Count
    accepted: bool
    leaving: bool
    exited: bool


class Tick(RowModel):
    """A place of the cost index at which memberships end."""

    tick: Count
    shares: Count
    heads: Count
    crossed_at: Time | None = Field(description="When they lapsed.")


class Grant(RowModel):
    """Who may read a document (R-124)."""

    member_id: Digest
    document: Digest
    reader: Digest
    grant_hash: Digest
    actor: Account
    authorised_block: Count
    revoked_by: Account | None
    revoked_block: Count | None
