# SPDX-License-Identifier: AGPL-3.0-only
"""An index's rows against what the contracts themselves say at the same block."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection, Table, select

from tongxin.chain.mutual import Mutual
from tongxin.chain.primitives import address_of, from_hex
from tongxin.index.status import balance
from tongxin.index.store import Store
from tongxin.index.tables import (
    challenges,
    claims,
    drafts,
    flows,
    jurors,
    members,
    mutuals,
    panels,
    proposals,
    round_claims,
    rounds,
    seats,
    surplus_changes,
    ticks,
    versions,
    votes,
)
from tongxin.words import MemberStatus, PanelKind, ProposalStatus, Stage

Row = dict[str, Any]
ACCOUNTS = {"members": "deposits", "surplus": "surplus", "due": "due", "fees": "fees", "bonds": "bonds"}


class Rows:
    """The rows of one mutual."""

    def __init__(self, connection: Connection, fund: str) -> None:
        self._connection = connection
        row = connection.execute(select(mutuals).where(mutuals.c.fund == from_hex(fund))).one()
        self.mutual: Row = dict(row._mapping)

    def of(self, table: Table) -> list[Row]:
        query = select(table).where(table.c.mutual == self.mutual["mutual"]).order_by(*table.primary_key.columns)
        return [dict(row._mapping) for row in self._connection.execute(query)]


def check(store: Store, mutual: Mutual) -> Counter[str]:
    """Asserts that everything agrees; how many rows of each table were compared."""
    with store.read() as connection:
        rows = Rows(connection, mutual.fund.address)
        _books(rows.mutual, mutual)
        _flows(rows)
        return Counter(
            members=_members(rows, mutual),
            ticks=_ticks(rows, mutual),
            claims=_claims(rows, mutual),
            panels=_panels(rows, mutual),
            jurors=_jurors(rows, mutual),
            rounds=_rounds(rows, mutual),
            proposals=_proposals(rows, mutual),
            versions=_versions(rows, mutual),
        )


def _books(row: Row, mutual: Mutual) -> None:
    fund = mutual.fund
    books, purse, life = fund.books(), fund.purse(), fund.stage()
    assert (row["cost_index"], row["shares"], row["heads"]) == (books.index, books.shares, books.heads)
    assert (row["deposits"], row["pending_round"]) == (books.deposits, books.pending)
    assert row["index_tick"] == books.index // mutual.spacing
    assert (row["surplus"], row["due"], row["fees"]) == (purse.surplus, purse.due, purse.fees)
    assert row["bonds"] == fund.bonds()
    assert row["open_calls"] == fund.yearly().open_calls
    assert row["last_round"] == fund.round().number
    assert (row["stage"], row["started_at"] or 0) == (life.stage, life.started)
    assert (row["below_since"] or 0, row["wound_at"] or 0) == (life.below_since, life.wound_at)
    assert ((row["ends_at"] or 0), row["version"]) == (life.ends_at, life.version)
    ending, aside = fund.ending(), fund.set_aside()
    assert (row["wound_index"] or 0, row["entitled_shares"], row["shares_paid_out"]) == (
        ending.index,
        ending.entitled,
        ending.paid_out,
    )
    assert (row["set_aside"], row["set_aside_left"]) == (aside.total, aside.left)
    assert row["charter_hash"] == mutual.charter.charter_hash(life.version)
    assert address_of(row["successor"] or bytes(20)) == mutual.assembly.successor()
    assert row["claims"] == mutual.court.claim_count()
    held = mutual.token.balance_of(fund.address)
    assert held == sum(row[column] for column in ACCOUNTS.values())


def _flows(rows: Rows) -> None:
    accounts: Counter[str] = Counter()
    for flow in rows.of(flows):
        assert flow["amount"] > 0
        accounts[flow["source"]] -= flow["amount"]
        accounts[flow["target"]] += flow["amount"]
    assert accounts["settlement"] == 0
    for account, column in ACCOUNTS.items():
        assert accounts[account] == rows.mutual[column], account
    surplus = 0
    for change in rows.of(surplus_changes):
        surplus += change["amount"] if change["incoming"] else -change["amount"]
        assert change["after"] == surplus
    assert surplus == rows.mutual["surplus"]


def _members(rows: Rows, mutual: Mutual) -> int:
    listed = rows.of(members)
    ids = [row["member_id"] for row in listed]
    index, spacing = rows.mutual["cost_index"], rows.mutual["spacing"]
    for row, member, owned in zip(listed, mutual.fund.members(ids), mutual.fund.balances_of(ids), strict=True):
        if row["stepped_back"]:
            assert not member.occupied
            continue
        assert address_of(row["wallet"]) == member.wallet
        assert (row["tick"], row["shares"], row["joined"]) == (member.tick, member.shares, member.joined)
        assert row["class_id"] == member.class_id
        for name, flag in (
            ("accepted", MemberStatus.ACCEPTED),
            ("leaving", MemberStatus.LEAVING),
            ("exited", MemberStatus.EXITED),
            ("registered", MemberStatus.REGISTERED),
            ("contacts_named", MemberStatus.CONTACTS_NAMED),
        ):
            assert row[name] == bool(member.status & flag), name
        assert (row["order_most"] is not None) == bool(member.status & MemberStatus.ORDER_SET)
        history = mutual.fund.history(row["member_id"])
        if row["leaving"]:
            assert row["left_hour"] == history.left
        if row["exited"]:
            assert row["exited_hour"] == history.exited
        assert (row["class_changed_hour"] or 0) == history.changed
        mine = 0 if row["exited"] else balance(row["shares"], row["tick"], spacing, index)
        assert mine == owned
        named = mutual.office.contacts(row["member_id"])
        kept = [address_of(row[name] or bytes(20)) for name in ("contact_a", "contact_b", "beneficiary")]
        assert kept == [named.contact_a, named.contact_b, named.beneficiary]
    assert rows.mutual["members"] == sum(not row["stepped_back"] for row in listed)
    return len(listed)


def _ticks(rows: Rows, mutual: Mutual) -> int:
    listed = rows.of(ticks)
    for row, tick in zip(listed, mutual.fund.ticks([row["tick"] for row in listed]), strict=True):
        assert (row["shares"], row["heads"], row["crossed_at"] or 0) == (tick.shares, tick.heads, tick.stamp)
    return len(listed)


def _claims(rows: Rows, mutual: Mutual) -> int:
    listed = rows.of(claims)
    court = mutual.court
    challenged = rows.of(challenges)
    for row in listed:
        c = row["claim"]
        state = court.state(c)
        assert row["stage"] == state.stage
        assert row["panel"] == 8 * c + state.n + 4 * state.open_panel
        assert row["challenges"] == state.n
        if state.stage not in {Stage.LOT, Stage.VOTING}:
            assert row["level"] in {None, state.level}
        if state.stage in {Stage.ACCESS, Stage.CURE, Stage.NOTICE}:
            assert row["deadline"] == state.deadline
        if state.stage == Stage.LOT:
            assert row["lot_block"] == state.lot_block
        if state.closed:
            assert row["pay_per_seat"] == state.amount
        elif state.stage == Stage.NOTICE:
            assert row["call"] == state.amount
        waiting = mutual.fund.deferred(court.address, c)
        assert (row["waiting_due"] or 0) == waiting.due
        assert (row["waiting_round"] or 0, row["carries_left"] or 0) == (waiting.round, waiting.carries)
        claim = mutual.claim(c)
        assert (row["evidence"], row["member_id"], row["base"]) == (claim.evidence, claim.member_id, claim.base)
        for challenge in challenged:
            if challenge["claim"] == c:
                kept = court.challenger(c, challenge["number"])
                assert address_of(challenge["challenger"]) == kept.challenger
    return len(listed)


def _panels(rows: Rows, mutual: Mutual) -> int:
    listed = rows.of(panels)
    sat, cast = rows.of(seats), rows.of(votes)
    for row in listed:
        panel = mutual.jury.panel(row["panel"])
        assert panel is not None
        assert row["is_open"] == (panel.kind is PanelKind.OPEN)
        assert (row["attempt"], row["seats"]) == (panel.attempt, panel.size)
        if row["concluded_at"] is None:
            assert (row["commit_by"] or 0, row["reveal_by"] or 0) == (panel.commit_by, panel.reveal_by)
        drawn = [item for item in sat if item["panel"] == row["panel"]]
        newest = {item["seat"]: item["volunteer"] for item in sorted(drawn, key=lambda item: item["attempt"])}
        assert [newest[seat] for seat in sorted(newest)] == list(panel.seats)
        shown = [item for item in cast if item["panel"] == row["panel"] and item["revealed_at"] is not None]
        if row["is_open"]:
            levels = Counter(item["level"] for item in shown if item["attempt"] == panel.attempt)
            assert [levels[option] for option in range(9)] == list(panel.counts)
        else:
            found = {item["seat"]: item["level"] for item in sorted(shown, key=lambda item: item["attempt"])}
            assert [found.get(seat) for seat in range(panel.size)] == list(panel.votes)
    return len(listed)


def _jurors(rows: Rows, mutual: Mutual) -> int:
    listed = rows.of(jurors)
    assert len(listed) == mutual.jury.volunteer_count()
    for row in listed:
        volunteer = mutual.jury.volunteers(row["volunteer"])
        assert address_of(row["wallet"]) == volunteer.wallet
        assert (row["half"], row["member_id"]) == (volunteer.half, volunteer.member_id)
        assert (row["out_at"] or 0) == volunteer.out_at
        left = 2 * row["half"] - row["slashed"] - row["withdrawn"]
        assert left == volunteer.halves * volunteer.half
    return len(listed)


def _rounds(rows: Rows, mutual: Mutual) -> int:
    listed = rows.of(rounds)
    parts = rows.of(round_claims)
    for row in listed:
        if row["number"] == rows.mutual["last_round"]:
            kept = mutual.fund.round()
            assert (row["closes_at"], row["due"], row["call"]) == (kept.closes_at, kept.due, kept.call)
        payout = mutual.fund.payout(row["number"])
        assert row["claims_left"] == payout.left
        if row["settled_at"] is not None:
            assert (row["due"], row["paid"]) == (payout.due, payout.paid)
            assert row["unpaid"] == mutual.fund.unpaid(row["number"])
        mine = [part for part in parts if part["round"] == row["number"]]
        assert (sum(part["due"] for part in mine), len(mine)) == (row["due"], row["claims"])
    return len(listed)


def _proposals(rows: Rows, mutual: Mutual) -> int:
    listed = rows.of(proposals)
    polls = mutual.assembly.proposals([row["proposal"] for row in listed])
    for row, poll in zip(listed, polls, strict=True):
        assert (row["yes"], row["no"], row["needed"], row["majority"]) == (
            poll.yes,
            poll.no,
            poll.needed,
            poll.majority,
        )
        assert (row["ends"], row["execute_from"]) == (poll.ends, poll.ends + poll.delay)
        assert ProposalStatus(row["status"]) == poll.status
    assert len(listed) == mutual.assembly.count()
    return len(listed)


def _versions(rows: Rows, mutual: Mutual) -> int:
    listed = rows.of(versions)
    assert len(listed) == mutual.charter.latest()
    for row in listed:
        assert row["slot"] == mutual.charter.slot_of(row["version"])
        assert row["charter_hash"] == mutual.charter.charter_hash(row["version"])
        assert row["effective_from"] == mutual.charter.effective_from(row["version"])
    drafted = rows.of(drafts)
    assert len(drafted) == mutual.charter.drafts()
    for row in drafted:
        known = mutual.charter.draft_of(row["slot"])
        assert (address_of(row["drafter"]), row["charter_hash"]) == (known.drafter, known.charter_hash)
        assert (row["sealed"], row["base"] or 0, row["scope"] or 0) == (known.sealed, known.base, known.scope)
        if row["document"] is not None:
            assert row["document"] == mutual.document(row["slot"])
        assert (row["published_block"] is not None) == mutual.charter.published(row["slot"])
    return len(listed)
