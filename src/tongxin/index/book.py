# SPDX-License-Identifier: AGPL-3.0-only
"""The rows that one step reads and changes, kept in memory until they are written together."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from tongxin.index.decode import Entry
from tongxin.index.errors import IndexingError
from tongxin.index.store import Shape, Store
from tongxin.index.tables import CHRONICLE, STATE, blocks, events, mutuals, positions, undo, waypoints

__all__ = ["Book", "Row", "forget_undo", "roll_back"]

Row = dict[str, Any]
_BY_BLOCK: Final = frozenset(table.name for table in CHRONICLE)
_AT_ONCE: Final = 500
"""Keys looked up in one statement."""


class Book:
    """A view of the database that collects changes.

    Args:
        connection: The transaction in which it reads and, by `write`, writes.
        store: The database.
        final: What changes in later blocks can be undone.
    """

    def __init__(self, connection: Connection, store: Store, final: int) -> None:
        self._connection = connection
        self._shapes = store.shapes
        self._final = final
        self._rows: dict[str, dict[tuple[Any, ...], Row | None]] = {table.name: {} for table in STATE}
        self._changed: dict[str, dict[tuple[Any, ...], Row]] = {table.name: {} for table in STATE}
        self._added: dict[str, list[Row]] = defaultdict(list)
        self._logged: list[tuple[Any, ...]] = []
        self._undo: dict[tuple[int, str, str], str | None] = {}
        self._kept: set[tuple[str, tuple[Any, ...]]] = set()
        self.block = 0
        self._undoes = False

    def enter(self, block: int) -> None:
        """From now on changes belong to this block."""
        self.block = block
        self._undoes = block > self._final
        self._kept.clear()

    # -- state

    def find(self, table: str, *key: Any) -> Row | None:
        """A row to look at, or None."""
        rows = self._rows[table]
        if key not in rows:
            shape = self._shapes[table]
            found = self._connection.exec_driver_sql(shape.select, key).fetchone()
            rows[key] = None if found is None else shape.out_of(found)
        return rows[key]

    def row(self, table: str, *key: Any) -> Row:
        """A row that must be there, to look at.

        Raises:
            IndexingError: It is not: an event refers to what was never logged.
        """
        found = self.find(table, *key)
        if found is None:
            raise IndexingError(
                f"block {self.block} refers to a row of {table} that no earlier event made: the endpoint leaves logs "
                "out. Use another endpoint, or several"
            )
        return found

    def change(self, table: str, *key: Any) -> Row:
        """A row that must be there, to change; errors as `row`."""
        row = self.row(table, *key)
        if self._undoes:
            self._keep(table, key, row)
        self._changed[table][key] = row
        if "changed_block" in row:
            row["changed_block"] = self.block
        return row

    def put(self, table: str, row: Row) -> Row:
        """A new row, in the place of an older one with its key."""
        key = self._shapes[table].key_of(row)
        if self._undoes:
            self._keep(table, key, self.find(table, *key))
        self._rows[table][key] = row
        self._changed[table][key] = row
        return row

    def _keep(self, table: str, key: tuple[Any, ...], before: Row | None) -> None:
        """Notes what a row was before this block, once."""
        mark = (table, key)
        if mark not in self._kept:
            self._kept.add(mark)
            was = None if before is None else repr(self._shapes[table].values_of(before))
            self._undo[self.block, table, repr(key)] = was

    def expect(self, table: str, mutual: int, keys: Iterable[Any]) -> None:
        """Reads many rows of one mutual ahead, those there are."""
        rows, shape = self._rows[table], self._shapes[table]
        wanted = [key for key in dict.fromkeys(keys) if (mutual, key) not in rows]
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            statement = shape.select_many(len(part))
            for key in part:
                rows[mutual, key] = None
            for found in self._connection.exec_driver_sql(statement, (mutual, *part)):
                row = shape.out_of(found)
                rows[shape.key_of(row)] = row

    # -- chronicle

    def log(self, entry: Entry) -> None:
        """A row of `events`."""
        self._logged.append(
            (
                entry.mutual,
                entry.block,
                entry.log_index,
                entry.contract,
                entry.name,
                entry.transaction,
                entry.transaction_index,
                entry.words,
            )
        )

    def add(self, table: str, row: Row) -> Row:
        """A row that only comes; it may change until the book is written."""
        self._added[table].append(row)
        if self._undoes and table not in _BY_BLOCK:
            self._undo[self.block, table, repr(self._shapes[table].key_of(row))] = None
        return row

    # -- writing

    def write(self) -> None:
        """Writes everything to the database."""
        if self._logged:
            self._run(self._shapes[events.name].insert, self._logged)
            self._logged.clear()
        # Sorted by key, so that neighbours in the database are written together.
        for table, added in self._added.items():
            if added:
                shape = self._shapes[table]
                added.sort(key=shape.key_of)
                self._run(shape.insert, shape.into(added))
                added.clear()
        for table, changed in self._changed.items():
            if changed:
                shape = self._shapes[table]
                for statement, rows in shape.upserts([changed[key] for key in sorted(changed)]):
                    self._run(statement, rows)
                changed.clear()
        if self._undo:
            shape = self._shapes[undo.name]
            rows = [(*mark, before) for mark, before in self._undo.items()]
            # A mutual that was read later than others adds to their block.
            self._run(f"{shape.insert} ON CONFLICT DO NOTHING", rows)
            self._undo.clear()

    def write_blocks(self, rows: Sequence[tuple[int, bytes, bytes, int]]) -> None:
        """The blocks that hold events: number, hash, parent, time."""
        if rows:
            self._run(self._shapes[blocks.name].upsert, rows)

    def _run(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self._connection.exec_driver_sql(statement, list(rows))


def roll_back(connection: Connection, store: Store, block: int) -> None:
    """Takes back every row of the blocks after `block`, and puts back what stood there."""
    shapes = store.shapes
    followed = [number for (number,) in connection.execute(mutuals.select().with_only_columns(mutuals.c.mutual))]
    for table in CHRONICLE:
        for number in followed:
            connection.execute(table.delete().where(table.c.mutual == number, table.c.block > block))
    later = connection.execute(undo.select().where(undo.c.block > block).order_by(undo.c.block)).all()
    before: dict[tuple[str, str], str | None] = {}
    for _, table_name, row_key, was in later:
        before.setdefault((table_name, row_key), was)
    for (table_name, row_key), was in before.items():
        shape: Shape = shapes[table_name]
        if was is None:
            connection.exec_driver_sql(shape.delete, ast.literal_eval(row_key))
        else:
            row = dict(zip(shape.names, ast.literal_eval(was), strict=True))
            connection.exec_driver_sql(shape.upsert, shape.into([row]))
    connection.execute(undo.delete().where(undo.c.block > block))
    connection.execute(blocks.delete().where(blocks.c.number > block))
    connection.execute(waypoints.delete().where(waypoints.c.number > block))
    connection.execute(positions.update().where(positions.c.block > block).values(block=block))


def forget_undo(connection: Connection, final: int) -> None:
    """Drops what no reorganisation can need any more: what was before final blocks, and all hashes but the newest."""
    connection.execute(undo.delete().where(undo.c.block <= final))
    newest = connection.execute(
        waypoints.select().where(waypoints.c.number <= final).order_by(waypoints.c.number.desc()).limit(1)
    ).first()
    if newest is not None:
        connection.execute(waypoints.delete().where(waypoints.c.number < newest.number))
