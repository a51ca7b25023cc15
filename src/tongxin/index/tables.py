# SPDX-License-Identifier: AGPL-3.0-only
"""The tables of the index; docs/guide/index.md says in words what each column holds.

Three kinds: *chronicle* tables get rows and never lose or change one, except when their block is dropped from the
chain (their key begins with mutual and block); *state* tables hold how a thing stands at the index's height, and
`undo` what it was before each block that may still be dropped; *technical* tables belong to this database and not to
the chain, and are left out of the canonical dump.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, MetaData, SmallInteger, Table, Text

from tongxin.index.types import Address, Amount, Hash

__all__ = ["CANONICAL", "CHRONICLE", "NEWS", "STATE", "TECHNICAL", "metadata"]

metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"},
)


def _key(name: str, kind: Any = BigInteger) -> Column[Any]:
    """A part of the primary key."""
    return Column(name, kind, primary_key=True, autoincrement=False, nullable=False)


def _need(name: str, kind: Any = BigInteger) -> Column[Any]:
    """A column that is always filled."""
    return Column(name, kind, nullable=False)


def _may(name: str, kind: Any = BigInteger) -> Column[Any]:
    """A column that may be empty."""
    return Column(name, kind, nullable=True)


def _table(name: str, *columns: Any) -> Table:
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


def _place() -> tuple[Column[Any], ...]:
    """The key of a chronicle: which log of which mutual."""
    return _key("mutual"), _key("block"), _key("log_index")


# Where on the chain

blocks = _table("blocks", _key("number"), _need("hash", Hash), _need("parent", Hash), _need("time"))

events = _table(
    "events",
    *_place(),
    _need("contract", Text),
    _need("name", Text),
    _need("transaction", Hash),
    _need("transaction_index"),
    _need("words", LargeBinary),
)

# The mutual

mutuals = _table(
    "mutuals",
    _key("mutual"),
    # What never changes.
    _need("fund", Address),
    _need("charter", Address),
    _need("office", Address),
    _need("jury", Address),
    _need("court", Address),
    _need("assembly", Address),
    _need("token", Address),
    _need("symbol", Text),
    _need("decimals"),
    _need("founded"),
    _need("first_block"),
    _need("spacing", Amount),
    _need("period"),
    _need("minimum_members"),
    # Its stage.
    _need("stage", SmallInteger),
    _may("started_at"),
    _may("below_since"),
    _may("wound_at"),
    _may("wound_by_vote", Boolean),
    _may("ends_at"),
    _may("wound_index", Amount),
    _may("ended_at"),
    _need("entitled_shares"),
    _need("shares_paid_out"),
    _need("set_aside", Amount),
    _need("set_aside_left", Amount),
    _may("successor", Address),
    # Its rules.
    _need("version"),
    _may("charter_hash", Hash),
    # Its books.
    _need("cost_index", Amount),
    _need("index_tick"),
    _need("shares"),
    _need("heads"),
    _need("deposits", Amount),
    _need("surplus", Amount),
    _need("due", Amount),
    _need("fees", Amount),
    _need("bonds", Amount),
    _need("open_calls", Amount),
    _need("pending_round", Boolean),
    _need("last_round"),
    _need("members"),
    _need("claims"),
    _need("changed_block"),
)
Index(None, mutuals.c.fund, unique=True)

drafts = _table(
    "drafts",
    _key("mutual"),
    _key("slot"),
    _need("drafter", Address),
    _need("charter_hash", Hash),
    _need("own_benefits", Boolean),
    _need("benefits"),
    _need("sealed", Boolean),
    _may("base"),
    _may("scope"),
    _may("published_block"),
    _may("document", LargeBinary),
    _may("version"),
    _need("drafted_block"),
    _need("changed_block"),
)

versions = _table(
    "versions",
    _key("mutual"),
    _key("version"),
    _need("slot"),
    _need("charter_hash", Hash),
    _need("effective_from"),
    _need("sealed_block"),
    _may("adopted_block"),
    _need("changed_block"),
)

# Members

members = _table(
    "members",
    _key("mutual"),
    _key("member_id", Hash),
    _need("wallet", Address),
    _need("class_id"),
    _need("shares"),
    _need("tick"),
    _need("joined"),
    _need("how", Text),
    _need("accepted", Boolean),
    _need("leaving", Boolean),
    _need("exited", Boolean),
    _need("stepped_back", Boolean),
    _need("registered", Boolean),
    _need("contacts_named", Boolean),
    _may("left_hour"),
    _may("leaves_at"),
    _may("exited_hour"),
    _may("class_changed_hour"),
    _may("order_most", Amount),
    _may("order_target"),
    _may("contact_a", Address),
    _may("contact_b", Address),
    _may("beneficiary", Address),
    _may("wallet_proposed", Address),
    _may("wallet_ready_at"),
    _may("class_requested"),
    _may("class_applies_at"),
    _may("reader_kind"),
    _may("reader_key", Hash),
    _need("first_block"),
    _need("changed_block"),
)
Index(None, members.c.mutual, members.c.wallet)

member_history = _table(
    "member_history",
    _key("mutual"),
    _key("member_id", Hash),
    _key("block"),
    _key("log_index"),
    _need("event", Text),
    _need("wallet", Address),
    _need("class_id"),
    _need("shares"),
    _need("tick"),
    _need("joined"),
    _need("accepted", Boolean),
    _need("leaving", Boolean),
    _need("exited", Boolean),
)

ticks = _table(
    "ticks",
    _key("mutual"),
    _key("tick"),
    _need("shares"),
    _need("heads"),
    _may("crossed_at"),
    _need("changed_block"),
)

grants = _table(
    "grants",
    _key("mutual"),
    _key("member_id", Hash),
    _key("document", Hash),
    _key("reader", Hash),
    _need("grant_hash", Hash),
    _need("actor", Address),
    _need("authorised_block"),
    _may("revoked_by", Address),
    _may("revoked_block"),
    _need("changed_block"),
)

# Claims and the court

claims = _table(
    "claims",
    _key("mutual"),
    _key("claim"),
    # As filed, but for `evidence`, which a cure replaces.
    _need("member_id", Hash),
    _need("filer", Address),
    _need("wallet", Address),
    _need("payee", Address),
    _need("contact_a", Address),
    _need("contact_b", Address),
    _need("benefit"),
    _need("class_id"),
    _need("day"),
    _need("filed_at"),
    _need("claimed", Amount),
    _need("base", Amount),
    _need("version"),
    _need("pool"),
    _need("evidence", Hash),
    _need("seal_key", Hash),
    _need("summary", Hash),
    _need("bond", Amount),
    _need("source", SmallInteger),
    _need("filed_block"),
    # As it stands.
    _need("stage", SmallInteger),
    _need("panel"),
    _need("lot_block"),
    _may("deadline"),
    _may("level", SmallInteger),
    _need("due", Amount),
    _need("call", Amount),
    _need("costs", Amount),
    _need("challenges"),
    _need("cured", Boolean),
    _need("reviewed", Boolean),
    _need("commissioned", Boolean),
    _may("report_hash", Hash),
    # When closed.
    _may("closed_at"),
    _may("closed_block"),
    _may("owed", Amount),
    _may("costs_paid", Amount),
    _may("pay_per_seat", Amount),
    _may("rewards", Amount),
    _may("to_surplus", Amount),
    # What was paid, and what still waits.
    _need("paid", Amount),
    _may("waiting_due", Amount),
    _may("waiting_round"),
    _may("carries_left"),
    _need("changed_block"),
)
Index(None, claims.c.mutual, claims.c.member_id)

claim_history = _table(
    "claim_history",
    _key("mutual"),
    _key("claim"),
    _key("block"),
    _key("log_index"),
    _need("contract", Text),
    _need("event", Text),
)
NEWS: Final = ("Filed", "Verdict", "Challenged", "Closed", "Settled", "Paid")
"""The events of a claim that a feed tells."""
_of_news = claim_history.c.event.in_(NEWS)
Index(
    "ix_claim_history_news",
    claim_history.c.mutual,
    claim_history.c.block,
    claim_history.c.log_index,
    sqlite_where=_of_news,
    postgresql_where=_of_news,
)

panels = _table(
    "panels",
    _key("mutual"),
    _key("panel"),
    _need("claim"),
    _need("number", SmallInteger),
    _need("is_open", Boolean),
    _need("attempt"),
    _may("seed", Hash),
    _need("seats"),
    _may("keys_hash", Hash),
    _may("commit_by"),
    _may("reveal_by"),
    _need("reveals_open", Boolean),
    _may("least_votes"),
    _may("heads"),
    _may("status", SmallInteger),
    _may("level", SmallInteger),
    _may("valid"),
    _may("slashed", Amount),
    _may("concluded_at"),
    _may("jurors_paid"),
    _need("drawn_block"),
    _need("changed_block"),
)
Index(None, panels.c.mutual, panels.c.claim)

seats = _table(
    "seats",
    _key("mutual"),
    _key("panel"),
    _key("seat"),
    _key("attempt"),
    _need("volunteer"),
    _need("juror", Address),
    _need("member_id", Hash),
    _need("drawn_block"),
)

seat_keys = _table(
    "seat_keys",
    *_place(),
    _need("panel"),
    _need("seat"),
    _need("attempt"),
    _need("juror", Address),
    _need("kind"),
    _need("public_key", Hash),
)
Index(
    "ix_seat_keys_of_panel",
    # All columns: with fewer SQLite, which has no figures of its tables, prefers to walk the primary key.
    *(seat_keys.c[name] for name in ("mutual", "panel", "block", "log_index")),
    *(seat_keys.c[name] for name in ("seat", "attempt", "juror", "kind", "public_key")),
)

votes = _table(
    "votes",
    _key("mutual"),
    _key("panel"),
    _key("attempt"),
    _key("juror", Address),
    _may("seat"),
    _may("member_id", Hash),
    _need("commitment", Hash),
    _need("committed_at"),
    _may("level", SmallInteger),
    _may("reason", Hash),
    _may("salt", Hash),
    _may("revealed_at"),
    _may("exposed_by", Address),
    _need("paid", Amount),
    _need("changed_block"),
)

jurors = _table(
    "jurors",
    _key("mutual"),
    _key("volunteer"),
    _need("wallet", Address),
    _need("member_id", Hash),
    _need("half", Amount),
    _may("out_at"),
    _need("dismissed", Boolean),
    _need("slashed", Amount),
    _need("withdrawn", Amount),
    _need("volunteered_block"),
    _need("changed_block"),
)
Index(None, jurors.c.mutual, jurors.c.wallet)

challenges = _table(
    "challenges",
    _key("mutual"),
    _key("claim"),
    _key("number"),
    _need("challenger", Address),
    _need("kind", SmallInteger),
    _need("level", SmallInteger),
    _need("bond", Amount),
    _need("block"),
    _need("log_index"),
)

# Money

rounds = _table(
    "rounds",
    _key("mutual"),
    _key("number"),
    _need("closes_at"),
    _need("due", Amount),
    _need("call", Amount),
    _need("claims"),
    _need("claims_left"),
    _may("settled_at"),
    _may("settled_block"),
    _may("settled_log_index"),
    _may("paid", Amount),
    _may("unpaid", Amount),
    _need("opened_block"),
    _need("changed_block"),
)

round_claims = _table(
    "round_claims",
    _key("mutual"),
    _key("round"),
    _key("claim"),
    _need("payee", Address),
    _need("due", Amount),
    _need("call", Amount),
    _need("carried", Boolean),
    _may("paid", Amount),
    _may("rest", Amount),
    _may("rest_waits", Boolean),
    _may("paid_at"),
    _need("joined_block"),
    _need("changed_block"),
)

settlements = _table(
    "settlements",
    *_place(),
    _need("time"),
    _need("kind", Text),
    _may("claim"),
    _may("round"),
    _may("payee", Address),
    _need("due", Amount),
    _need("costs", Amount),
    _need("call", Amount),
    _need("from_surplus", Amount),
    _need("collected", Amount),
    _need("costs_paid", Amount),
    _need("paid", Amount),
    _need("fee", Amount),
    _need("to_surplus", Amount),
    _need("index_before", Amount),
    _need("index_after", Amount),
    _need("shares_before"),
    _need("shares_after"),
    _need("heads_before"),
    _need("heads_after"),
    _need("ticks_crossed"),
)
Index(None, settlements.c.mutual, settlements.c.claim)

crossings = _table(
    "crossings",
    *_place(),
    _need("time"),
    _need("tick"),
    _need("shares"),
    _need("heads"),
    _need("settlement_log_index"),
)

flows = _table(
    "flows",
    *_place(),
    _key("part", SmallInteger),
    _need("time"),
    _need("kind", Text),
    _need("source", Text),
    _need("target", Text),
    _need("amount", Amount),
    _may("party", Address),
    _may("member_id", Hash),
    _may("claim"),
    _may("round"),
)
_outward = flows.c.target == "outside"
Index(
    "ix_flows_outward",
    flows.c.mutual,
    flows.c.target,
    flows.c.block,
    flows.c.log_index,
    flows.c.part,
    sqlite_where=_outward,
    postgresql_where=_outward,
)
_of_claim = _outward & flows.c.claim.is_not(None)
Index(
    "ix_flows_outward_claim",
    flows.c.mutual,
    flows.c.claim,
    flows.c.target,
    flows.c.block,
    flows.c.log_index,
    flows.c.part,
    sqlite_where=_of_claim,
    postgresql_where=_of_claim,
)

surplus_changes = _table(
    "surplus_changes",
    *_place(),
    _key("part", SmallInteger),
    _need("time"),
    _need("kind", Text),
    _need("incoming", Boolean),
    _need("amount", Amount),
    _need("after", Amount),
)

# Rules by the members

proposals = _table(
    "proposals",
    _key("mutual"),
    _key("proposal"),
    _need("kind", SmallInteger),
    _need("proposer", Address),
    _need("member_id", Hash),
    _need("subject", Hash),
    _need("reason", Hash),
    _need("cutoff"),
    _need("ends"),
    _need("execute_from"),
    _need("expires"),
    _need("needed"),
    _need("majority"),
    _need("heads"),
    _need("yes"),
    _need("no"),
    _need("status", SmallInteger),
    _need("made_at"),
    _need("made_block"),
    _may("closed_at"),
    _need("changed_block"),
)

ballots = _table(
    "ballots",
    _key("mutual"),
    _key("proposal"),
    _key("member_id", Hash),
    _need("wallet", Address),
    _need("support", Boolean),
    _need("block"),
    _need("log_index"),
)

# Technical

chain = _table(
    "chain",
    _key("chain_id"),
    _need("head"),
    _need("confirmed"),
    _need("final"),
    _need("head_time"),
)

positions = _table("positions", _key("mutual"), _need("block"))

waypoints = _table("waypoints", _key("number"), _need("hash", Hash))

undo = _table(
    "undo",
    _key("block"),
    _key("table_name", Text),
    _key("row_key", Text),
    _may("before", Text),
)

founders = _table("founders", _key("founder", Address), _need("listed"))

dissents = _table(
    "dissents",
    _key("endpoint", Text),
    _need("first_block"),
    _need("last_block"),
    _need("times"),
    _need("what", Text),
)

heard = _table(
    "heard",
    _key("endpoint", Text),
    _need("state", Text),
    _may("head"),
    _need("since"),
    _need("what", Text),
)

CHRONICLE: Final[tuple[Table, ...]] = (events, seat_keys, settlements, crossings, flows, surplus_changes)
"""Rows that only come, keyed by mutual, block and log."""

STATE: Final[tuple[Table, ...]] = (
    mutuals,
    drafts,
    versions,
    members,
    member_history,
    ticks,
    grants,
    claims,
    claim_history,
    panels,
    seats,
    votes,
    jurors,
    challenges,
    rounds,
    round_claims,
    proposals,
    ballots,
)
"""Rows that are put back by `undo` when a block is dropped."""

CANONICAL: Final[tuple[Table, ...]] = (blocks, *CHRONICLE, *STATE)
"""What the chain alone decides: the tables of the canonical dump."""

TECHNICAL: Final[tuple[Table, ...]] = (chain, positions, waypoints, undo, founders, dissents, heard)
"""What belongs to this database."""
