# SPDX-License-Identifier: AGPL-3.0-only
"""The database: opened, brought up to date, written in whole transactions, its troubles told in plain words."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import Boolean, Column, Connection, Engine, Table, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from tongxin.index.errors import StoreError
from tongxin.index.schema import upgrade
from tongxin.index.tables import metadata
from tongxin.index.types import Amount, stored_amount

__all__ = ["Shape", "Store", "default_url"]

_PRAGMAS: Final = (
    # Of a new database: members lie in the order of their random ids, so that most pages change in a large step.
    "PRAGMA page_size = 16384",
    "PRAGMA journal_mode = WAL",
    # Safe against any crash of the program; a power cut may cost the last steps, which are then read again.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA busy_timeout = 30000",
    # Kilobytes, negative: the members of a mutual of a million, so that writing them reads nothing.
    "PRAGMA cache_size = -524288",
    "PRAGMA temp_store = MEMORY",
)
_WIDE: Final = 8
"""Optional columns of a wide table."""
_LOCK: Final = 0x7405_6E78
"""PostgreSQL's advisory lock of whoever writes an index."""


def default_url(home: Path) -> str:
    """Where the index lies if nothing else is said."""
    return f"sqlite:///{home / 'index.sqlite'}"


_Conversions = tuple[tuple[int, Callable[[Any], Any]], ...]


class _Bare(NamedTuple):
    """How to write the rows of a table of which only what must be filled is filled."""

    upsert: str
    filled_of: Callable[[dict[str, Any]], tuple[Any, ...]]
    into: _Conversions
    empty_of: Callable[[dict[str, Any]], tuple[Any, ...]]
    nothing: tuple[None, ...]


class Shape:
    """A table as rows of plain values, for statements made once and run for many rows.

    Args:
        table: The table.
        dialect: `sqlite` or `postgresql`.
    """

    def __init__(self, table: Table, dialect: str) -> None:
        self.table = table
        self.names = tuple(column.name for column in table.columns)
        self.keys = tuple(column.name for column in table.primary_key.columns)
        self.values_of = itemgetter(*self.names)
        """A row's values in the order of the columns."""
        self.key_of = itemgetter(*self.keys)
        """A row's primary key, for tables whose key has several parts."""
        self._mark = "?" if dialect == "sqlite" else "%s"
        exact = dialect != "sqlite"
        self._into = _amounts(table.columns, exact=exact)
        self._out_of: tuple[tuple[int, Callable[[Any], Any]], ...] = tuple(
            (place, int if isinstance(column.type, Amount) else bool)
            for place, column in enumerate(table.columns)
            if isinstance(column.type, Amount | Boolean)
        )
        columns = ", ".join(f'"{name}"' for name in self.names)
        others = [name for name in self.names if name not in self.keys]
        updates = ", ".join(f'"{name}" = excluded."{name}"' for name in others)
        keys = ", ".join(f'"{name}"' for name in self.keys)
        in_place = f" ON CONFLICT ({keys}) DO " + (f"UPDATE SET {updates}" if updates else "NOTHING")
        self.insert = self._inserting(self.names)
        self.upsert = self.insert + in_place
        self._bare: _Bare | None = None
        optional = [column.name for column in table.columns if column.nullable]
        if len(optional) >= _WIDE:
            filled = [column for column in table.columns if not column.nullable]
            names = [column.name for column in filled]
            self._bare = _Bare(
                self._inserting(names) + in_place,
                itemgetter(*names),
                _amounts(filled, exact=exact),
                itemgetter(*optional),
                (None,) * len(optional),
            )
        where = " AND ".join(f'"{name}" = {self._mark}' for name in self.keys)
        self.delete = f'DELETE FROM "{table.name}" WHERE {where}'
        self._select = f'SELECT {columns} FROM "{table.name}" WHERE '
        self.select = self._select + where

    def select_many(self, count: int) -> str:
        """The rows of one mutual with one of `count` values of the second part of a key of two parts."""
        first, second = self.keys
        return self._select + f'"{first}" = {self._mark} AND "{second}" IN ({", ".join([self._mark] * count)})'

    def into(self, rows: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
        """Rows' values in the order of the columns, as the database takes them."""
        return _converted(map(self.values_of, rows), self._into)

    def upserts(self, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
        """Statements that put rows in the place of older ones, each with its values.

        Of a wide table, rows of which only what must be filled is filled have a statement of their own: an empty value
        takes as long to hand over as any other, and most members have half of theirs empty.
        """
        bare = self._bare
        if bare is not None:
            own: list[dict[str, Any]] = []
            others: list[dict[str, Any]] = []
            for row in rows:
                (own if bare.empty_of(row) == bare.nothing else others).append(row)
            if own:
                yield bare.upsert, _converted(map(bare.filled_of, own), bare.into)
            rows = others
        if rows:
            yield self.upsert, self.into(rows)

    def _inserting(self, names: Sequence[str]) -> str:
        columns = ", ".join(f'"{name}"' for name in names)
        return f'INSERT INTO "{self.table.name}" ({columns}) VALUES ({", ".join([self._mark] * len(names))})'

    def out_of(self, values: Sequence[Any]) -> dict[str, Any]:
        """A row as the database gives it, by name."""
        found = list(values)
        for place, convert in self._out_of:
            if found[place] is not None:
                found[place] = convert(found[place])
        return dict(zip(self.names, found, strict=True))


def _amounts(columns: Iterable[Column[Any]], *, exact: bool) -> _Conversions:
    """Where amounts stand among values, and how the database takes them."""
    places = (place for place, column in enumerate(columns) if isinstance(column.type, Amount) and not exact)
    return tuple((place, stored_amount) for place in places)


def _converted(rows: Iterable[tuple[Any, ...]], conversions: _Conversions) -> list[tuple[Any, ...]]:
    if not conversions:
        return list(rows)
    found = []
    for values in rows:
        stored = list(values)
        for place, convert in conversions:
            if stored[place] is not None:
                stored[place] = convert(stored[place])
        found.append(tuple(stored))
    return found


class Store:
    """An index's database, whose tables are made or brought up to date first.

    Args:
        url: As SQLAlchemy writes it: `sqlite:///file` or `postgresql://user@host/name`.

    Raises:
        StoreError: It is no such address, cannot be opened, or a newer program made it.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name
        self.shown = self.engine.url.render_as_string(hide_password=True)
        """Its address without the password."""
        with self._told(), self.engine.connect() as connection:
            upgrade(connection, self.shown)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The tables' shapes by name."""
        return {table.name: Shape(table, self.dialect) for table in metadata.sorted_tables}

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, of which all or nothing is kept, and only one at a time in any process.

        Raises:
            StoreError: The database fails; nothing of it is kept.
        """
        with self._told(), self.engine.connect() as connection:
            writing = connection.execution_options(tongxin_writes=True)
            with writing.begin():
                if self.dialect == "postgresql":
                    writing.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield writing

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A view of one moment.

        Raises:
            StoreError: The database fails.
        """
        with self._told(), self.engine.connect() as connection:
            shown = connection
            if self.dialect == "postgresql":
                shown = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with shown.begin():
                yield shown

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreError(_reason(self.shown, error.orig)) from error
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise StoreError(_reason(self.shown, error)) from error


def _reason(shown: str, error: BaseException | None) -> str:
    said = " ".join(str(error).split())
    lower = said.lower()
    if "disk is full" in lower or "no space left" in lower or "disk full" in lower:
        return f"the disk of the index {shown} is full; nothing of the last step was kept: make room, then run it again"
    if "locked" in lower:
        return f"another program is writing the index {shown}; nothing of the last step was kept: end it, or wait"
    if "malformed" in lower or "not a database" in lower:
        return f"the index {shown} is damaged ({said}): delete it and run it again, everything is on the chain"
    if "no such table" in lower or "does not exist" in lower:
        return f"there is no index at {shown} ({said}): make it with `tongxin index run`"
    return f"the index {shown} cannot be used ({said}); nothing of the last step was kept"


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "the database must be named like sqlite:///index.sqlite or postgresql://user@host/name"
        ) from error
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"))
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(f"'{parsed.get_backend_name()}' is no database of ours: name one of SQLite or PostgreSQL")
    return _sqlite(parsed)


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError("an index needs a file: name it like sqlite:///index.sqlite")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    try:
        engine = create_engine(url)
    except NoSuchModuleError as error:
        raise StoreError(f"'{url.drivername}' is no way to open SQLite: write sqlite:///file") from error

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin transactions by itself, too late for reads that belong to them.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("tongxin_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
