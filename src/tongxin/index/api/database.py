# SPDX-License-Identifier: AGPL-3.0-only
"""The index's database, opened for reading only: each request sees one moment and has a limited time."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from tongxin.index.api.errors import BusyError, UnavailableError
from tongxin.index.api.repository.heights import Moment, moment_of
from tongxin.index.errors import StoreError
from tongxin.index.schema import check_form

__all__ = ["Reader", "View"]

_STEPS_BETWEEN_LOOKS: Final = 10_000
"""Steps of SQLite's machine between two looks at the clock."""
_PATIENCE_SECONDS: Final = 5.0


@dataclass(frozen=True)
class View:
    """The database at one moment."""

    connection: Connection
    moment: Moment


class Reader:
    """An index that is only read.

    Args:
        url: As for `tongxin.index.store.Store`.
        seconds: The longest time one look may take.
        connections: How many looks at once.

    Raises:
        StoreError: It is no such address, there is no index, or another version of the program made it.
    """

    def __init__(self, url: str, *, seconds: float, connections: int) -> None:
        self._seconds = seconds
        self._engine = _engine(url, seconds, connections)
        self.shown = self._engine.url.render_as_string(hide_password=True)
        """Its address without the password."""
        try:
            with self.view() as view:
                check_form(view.connection, self.shown)
        except UnavailableError as error:
            self.close()
            raise StoreError(
                f"the index {self.shown} cannot be read ({error.__cause__}): make it with `tongxin index run`"
            ) from error
        except StoreError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes all connections."""
        self._engine.dispose()

    @contextlib.contextmanager
    def view(self, seconds: float | None = None) -> Iterator[View]:
        """One moment; `seconds` is another time limit.

        Raises:
            BusyError: No connection is free, or it takes too long.
            UnavailableError: The database cannot be read.
        """
        limit = self._seconds if seconds is None else seconds
        try:
            with self._engine.connect() as connection, connection.begin(), _limited(connection, limit):
                yield View(connection, moment_of(connection))
        except PoolTimeoutError as error:
            raise BusyError("the server has too much to do at the moment; try again", wait=5) from error
        except DBAPIError as error:
            if _interrupted(error):
                raise BusyError("the answer would take too long at the moment; try again", wait=5) from error
            raise UnavailableError("the index cannot be read at the moment; try again later", wait=30) from error
        except SQLAlchemyError as error:
            raise UnavailableError("the index cannot be read at the moment; try again later", wait=30) from error


@contextlib.contextmanager
def _limited(connection: Connection, seconds: float) -> Iterator[None]:
    """SQLite looks at the clock while it works; PostgreSQL keeps its own."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        yield
        return
    raw: Any = connection.connection.driver_connection
    end = time.monotonic() + seconds
    raw.set_progress_handler(lambda: time.monotonic() > end, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)


def _interrupted(error: DBAPIError) -> bool:
    said = str(error.orig).lower()
    return "interrupted" in said or "statement timeout" in said


def _engine(url: str, seconds: float, connections: int) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "the database must be named like sqlite:///index.sqlite or postgresql://user@host/name"
        ) from error
    pool = {"pool_size": connections, "max_overflow": 0, "pool_timeout": _PATIENCE_SECONDS}
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            isolation_level="REPEATABLE READ",
            pool_pre_ping=True,
            connect_args={
                "options": f"-c default_transaction_read_only=on -c statement_timeout={int(seconds * 1000)}",
                "connect_timeout": int(_PATIENCE_SECONDS),
            },
            **pool,
        )
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(f"'{parsed.get_backend_name()}' is no database of ours: name one of SQLite or PostgreSQL")
    return _sqlite(parsed, pool)


def _sqlite(url: URL, pool: dict[str, Any]) -> Engine:
    if not url.database or not Path(url.database).is_file():
        raise StoreError(f"there is no index at {url}: make it with `tongxin index run`")
    place = f"{Path(url.database).resolve().as_uri()}?mode=ro"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(place, uri=True, timeout=_PATIENCE_SECONDS, check_same_thread=False)
        connection.isolation_level = None
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA mmap_size = 268435456")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, **pool)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
