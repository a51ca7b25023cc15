# SPDX-License-Identifier: AGPL-3.0-only
"""Every question goes by an index to its rows, whatever the size of the mutual: nothing is scanned or sorted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from index.api.asked import addresses, lists
from index.api.conftest import Indexed

pytestmark = pytest.mark.chain

SMALL = {"chain", "positions", "waypoints", "mutuals"}
"""Tables of one row for each mutual, or of a few hundred: reading them whole costs nothing."""


@contextmanager
def asked(index: Indexed) -> Iterator[list[tuple[str, Any]]]:
    """The statements that the API sends meanwhile, with their parameters."""
    engine = index.client.app.state.service.reader._engine
    found: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _ask_everything(index: Indexed) -> None:
    for url in addresses(index.client, index.rounds).values():
        assert index.client.get(url).status_code == 200
    for url in lists(index.client, index.rounds).values():
        for order in ("asc", "desc"):
            first = index.client.json(f"{url}?limit=1&order={order}")
            if first["next"] is not None:
                index.client.json(f"{url}?limit=1&order={order}&cursor={first['next']}")
    member = index.client.json(f"{index.rounds}/claims?limit=1")["items"][0]["member_id"]
    block = index.client.json(f"{index.rounds}/crossings?limit=1")["items"][0]["block"]
    for address in (f"claims?member_id={member}", f"grants?member_id={member}", f"crossings?block={block}",
                    f"events?block={block}"):  # fmt: skip
        index.client.json(f"{index.rounds}/{address}")


def test_sqlite_scans_and_sorts_nothing_that_grows(api: Indexed) -> None:
    with asked(api) as statements:
        _ask_everything(api)
    assert len(statements) > 200
    seen = set()
    with api.client.app.state.service.reader.view() as view:
        for statement, parameters in statements:
            if statement in seen:
                continue
            seen.add(statement)
            assert "OFFSET" not in statement or parameters[-1] == 0
            assert "count(" not in statement.lower()
            plan = view.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            first, *others = (step for *_numbers, step in plan)
            table = first.split()[1]
            for step in (first, *others):
                assert not step.startswith("SCAN") or step.split()[1] in SMALL, f"{step}: {statement}"
                assert "TEMP B-TREE" not in step or table == "member_history", f"{step}: {statement}"
            for name in re.findall(rf"{table}\.(\w+) = (?:\?|'outside')", statement):
                assert f"{name}=?" in first, f"more is read than wanted: {first}: {statement}"
            for step in others:
                assert " AND " in step or step.split()[1] in {"blocks", *SMALL}, f"{step}: {statement}"


def test_postgresql_can_go_by_indexes_throughout(api_postgres: Indexed) -> None:
    with asked(api_postgres) as statements:
        _ask_everything(api_postgres)
    with api_postgres.client.app.state.service.reader.view() as view:
        # Its planner prefers to scan tables as small as these, unless it may not.
        view.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        view.connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        for statement, parameters in {
            statement: (statement, parameters) for statement, parameters in statements
        }.values():
            plan = "\n".join(row[0] for row in view.connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))
            for line in plan.splitlines():
                if "Seq Scan on" in line:
                    assert line.split("Seq Scan on ")[1].split()[0] in SMALL, f"{plan}\n{statement}"
