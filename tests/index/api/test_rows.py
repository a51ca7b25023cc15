# SPDX-License-Identifier: AGPL-3.0-only
"""What the API answers is what the index holds, in every form, page by page, from both databases."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select

from index.api.asked import addresses, lists
from index.api.conftest import Indexed
from index.conftest import Lived
from tongxin.chain.primitives import from_hex, keccak
from tongxin.index import tables
from tongxin.index.status import balance
from tongxin.index.store import Store

pytestmark = pytest.mark.chain

WHOLE = {
    "drafts": "drafts", "versions": "versions", "members": "members", "ticks": "ticks", "grants": "grants",
    "claims": "claims", "panels": "panels", "jurors": "jurors", "rounds": "rounds", "settlements": "settlements",
    "crossings": "crossings", "flows": "flows", "surplus": "surplus_changes", "proposals": "proposals",
    "events": "events",
}  # fmt: skip
"""Lists of a mutual that show all of its rows of one table."""


def test_every_list_has_every_row_of_its_table(api: Indexed) -> None:
    for mutual in (api.single, api.rounds):
        fund = from_hex(mutual.rsplit("/", 1)[1])
        with Store(api.url) as store, store.read() as connection:
            number = connection.execute(
                select(tables.mutuals.c.mutual).where(tables.mutuals.c.fund == fund)
            ).scalar_one()
            for name, table_name in WHOLE.items():
                table = tables.metadata.tables[table_name]
                count = select(func.count()).select_from(table).where(table.c.mutual == number)
                assert len(api.client.all(f"{mutual}/{name}")) == connection.execute(count).scalar(), name


def _place(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["block"], row["log_index"], row["part"]


def test_what_belongs_to_one_thing_adds_up_to_the_whole(api: Indexed) -> None:
    for mutual in (api.single, api.rounds):
        claims = [row["claim"] for row in api.client.all(f"{mutual}/claims")]
        panels = [row for claim in claims for row in api.client.all(f"{mutual}/claims/{claim}/panels")]
        assert sorted(row["panel"] for row in panels) == [row["panel"] for row in api.client.all(f"{mutual}/panels")]
        members = [row["member_id"] for row in api.client.all(f"{mutual}/members")]
        flows = [row for row in api.client.all(f"{mutual}/flows") if row["member_id"] is not None]
        flows = [row for row in flows if "bonds" not in {row["source"], row["target"]}]
        found = [row for member in members for row in api.client.all(f"{mutual}/members/{member}/flows")]
        assert sorted(found, key=_place) == flows
        filed = [row for member in members for row in api.client.all(f"{mutual}/claims?member_id={member}")]
        assert sorted(row["claim"] for row in filed) == claims


def test_a_claim_is_followed_from_filing_to_payment(api: Indexed) -> None:
    for mutual in (api.single, api.rounds):
        paid = [row for row in api.client.all(f"{mutual}/claims") if row["paid"] != "0"]
        assert paid
        for claim in paid:
            own = f"{mutual}/claims/{claim['claim']}"
            history = api.client.all(f"{own}/history")
            assert history[0]["event"] == "Filed"
            assert history[0]["fields"]["member_id"] == claim["member_id"]
            assert {"Filed", "Verdict", "Closed"} <= {row["event"] for row in history}
            got = [row for row in api.client.all(f"{own}/payments") if row["kind"] == "claim"]
            assert sum(int(row["amount"]) for row in got) == int(claim["paid"])
            assert all(row["party"] == claim["payee"] for row in got)


def test_the_seats_keys_and_votes_of_a_panel_are_shown(api: Indexed) -> None:
    drawn = [row for row in api.client.all(f"{api.single}/panels") if not row["is_open"]]
    for panel in drawn:
        own = f"{api.single}/panels/{panel['panel']}"
        seats = {(row["attempt"], row["seat"]): row["juror"] for row in api.client.all(f"{own}/seats")}
        assert len({seat for attempt, seat in seats if attempt == panel["attempt"]}) == panel["seats"]
        votes = api.client.all(f"{own}/votes")
        assert votes
        assert all(seats[row["attempt"], row["seat"]] == row["juror"] for row in votes)
        keys = api.client.all(f"{own}/keys")
        assert {row["kind"] for row in keys} == {"x25519", "hybrid"}
        assert all(seats[row["attempt"], row["seat"]] == row["juror"] for row in keys)


def test_a_round_shows_its_whole_apportionment(api: Indexed) -> None:
    rounds = [row for row in api.client.all(f"{api.rounds}/rounds") if row["settled_at"] is not None]
    assert rounds
    settled = {row["round"]: row for row in api.client.all(f"{api.rounds}/settlements") if row["round"] is not None}
    for row in rounds:
        of = settled[row["round"]]
        shared = set(row) & set(of) - {"block", "status", "kind"}
        assert {name: row[name] for name in shared} == {name: of[name] for name in shared}
        assert {"index_before", "index_after", "shares_before", "ticks_crossed", "collected", "paid_ratio"} <= shared
        paid, due = Decimal(row["paid"]), Decimal(row["due"])
        assert 0 <= paid / due - Decimal(row["paid_ratio"]) < Decimal("1e-9")
        claims = api.client.all(f"{api.rounds}/rounds/{row['round']}/claims")
        assert sum(int(item["due"]) for item in claims) == int(row["due"])
        crossed = api.client.all(f"{api.rounds}/crossings?block={row['settled_block']}")
        assert len(crossed) == row["ticks_crossed"]
    assert any(row["ticks_crossed"] for row in settled.values())


def test_balances_are_those_of_the_mutual(api: Indexed) -> None:
    for mutual in (api.single, api.rounds):
        of = api.client.json(mutual)
        owned = 0
        for row in api.client.all(f"{mutual}/members"):
            own = balance(row["shares"], row["tick"], int(of["spacing"]), int(of["cost_index"]))
            assert int(row["balance"]) == (own if row["in_force"] else 0)
            owned += int(row["balance"])
        assert sum(row["in_force"] for row in api.client.all(f"{mutual}/members")) == of["heads"]
        assert 0 <= int(of["deposits"]) - owned <= of["members"]


def test_the_charters_document_is_the_one_that_was_published(api: Indexed) -> None:
    for mutual in (api.single, api.rounds):
        for version in api.client.all(f"{mutual}/versions"):
            own = f"{mutual}/versions/{version['version']}"
            assert version["published"]
            document = api.client.get(f"{own}/document").content
            assert "0x" + keccak(document).hex() == version["charter_hash"]
            assert api.client.json(own)["document"] == json.loads(document)


def test_members_are_shown_by_their_ids_alone(api: Indexed) -> None:
    for row in api.client.all(f"{api.single}/members"):
        assert not {"wallet", "contact_a", "contact_b", "beneficiary"} & set(row)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_of_any_length_give_the_whole_list_once(api: Indexed, order: str) -> None:
    for url in lists(api.client, api.rounds).values():
        whole = api.client.json(f"{url}?limit=500&order={order}")
        if whole["next"] is not None:
            continue
        for limit in (1, 2, 7):
            if len(whole["items"]) < 60 or limit == 7:
                assert api.client.all(f"{url}?order={order}", limit) == whole["items"], url


def test_descending_is_ascending_backwards(api: Indexed) -> None:
    for url in lists(api.client, api.rounds).values():
        assert api.client.all(f"{url}?order=desc") == api.client.all(url)[::-1], url


def _as_in_csv(item: Any) -> str:
    if item is None:
        return ""
    if isinstance(item, bool):
        return str(item).lower()
    return json.dumps(item, separators=(",", ":")) if isinstance(item, dict) else str(item)


def test_csv_and_parquet_have_the_rows_of_the_pages(api: Indexed) -> None:
    for url in lists(api.client, api.rounds).values():
        rows = api.client.all(url)
        answer = api.client.get(f"{url}?format=csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        read = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
        assert read == [{name: _as_in_csv(item) for name, item in row.items()} for row in _in_order(rows, read)], url
        answer = api.client.get(url, accept="application/vnd.apache.parquet")
        table = pq.read_table(io.BytesIO(answer.content))
        assert table.num_rows == len(rows)
        for row, found in zip(rows, table.to_pylist(), strict=True):
            assert {name: _as_in_json(item) for name, item in found.items()} == row | {
                name: json.dumps(row[name], separators=(",", ":")) for name in row if isinstance(row[name], dict)
            }


def _in_order(rows: list[dict[str, Any]], like: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in like[0]} for row in rows]


def _as_in_json(item: Any) -> Any:
    return str(item) if isinstance(item, Decimal) else item


def test_both_databases_give_the_same_answers(api: Indexed, api_postgres: Indexed) -> None:
    for mutual in (api.single, api.rounds):
        for path, url in addresses(api.client, mutual).items():
            one, other = api.client.get(url), api_postgres.client.get(url)
            assert one.status_code == other.status_code
            assert one.content == other.content, path
    for url in lists(api.client, api.rounds).values():
        assert api_postgres.client.get(f"{url}?format=csv").content == api.client.get(f"{url}?format=csv").content
        assert api_postgres.client.all(f"{url}?order=desc", 7) == api.client.all(f"{url}?order=desc", 7)


def test_a_mutual_shows_what_its_contracts_say(api: Indexed, lived: Lived) -> None:
    for row in api.client.all("/v1/mutuals"):
        mutual = next(item for item in lived.mutuals if item.fund.address.lower() == row["fund"])
        books, purse = mutual.fund.books(), mutual.fund.purse()
        assert (int(row["cost_index"]), row["shares"], row["heads"]) == (books.index, books.shares, books.heads)
        assert (int(row["deposits"]), int(row["surplus"])) == (books.deposits, purse.surplus)
        assert row["charter_hash"] == "0x" + mutual.charter.charter_hash(row["version"]).hex()
