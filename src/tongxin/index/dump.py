# SPDX-License-Identifier: AGPL-3.0-only
"""The canonical dump: the rows that the chain decides, as text that is the same for every index of the same blocks.

One table after the other by name, its rows by their primary key. Each row is a JSON list; bytes are 0x-hex, mutuals are
named by their Fund, and events show their fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any, Final

from sqlalchemy import Connection, Table, select

from tongxin.index.decode import fields
from tongxin.index.store import Store
from tongxin.index.tables import CANONICAL, mutuals

__all__ = ["dump"]

_AT_ONCE: Final = 10_000


def dump(store: Store, out: IO[str]) -> int:
    """Writes the dump; the number of rows.

    Raises:
        StoreError: The database cannot be read.
    """
    count = 0
    with store.read() as connection:
        funds = {
            row.mutual: "0x" + row.fund.hex() for row in connection.execute(select(mutuals.c.mutual, mutuals.c.fund))
        }
        for table in sorted(CANONICAL, key=lambda item: item.name):
            out.write(f"# {table.name}: {', '.join(column.name for column in table.columns)}\n")
            for line in _lines(connection, table, funds):
                out.write(line + "\n")
                count += 1
    return count


def _lines(connection: Connection, table: Table, funds: dict[int, str]) -> Iterator[str]:
    names = [column.name for column in table.columns]
    if "mutual" not in names:
        yield from _rows(connection, table, None, names, funds)
        return
    for number in sorted(funds, key=lambda item: funds[item]):
        yield from _rows(connection, table, number, names, funds)


def _rows(
    connection: Connection, table: Table, mutual: int | None, names: list[str], funds: dict[int, str]
) -> Iterator[str]:
    query = select(table).order_by(*table.primary_key.columns)
    if mutual is not None:
        query = query.where(table.c.mutual == mutual)
    for row in connection.execute(query.execution_options(yield_per=_AT_ONCE)):
        found = dict(zip(names, row, strict=True))
        if mutual is not None:
            found["mutual"] = funds[mutual]
        if table.name == "events":
            found["words"] = fields(found["contract"], found["name"], found["words"])
        yield json.dumps([_plain(item) for item in found.values()], ensure_ascii=True, separators=(",", ":"))


def _plain(item: Any) -> Any:
    if isinstance(item, bytes | memoryview):
        return "0x" + bytes(item).hex()
    if isinstance(item, dict):
        return {name: _plain(inner) for name, inner in item.items()}
    return item
