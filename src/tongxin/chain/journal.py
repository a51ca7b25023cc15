# SPDX-License-Identifier: AGPL-3.0-only
"""What was signed and sent, on disk before it is sent, so that a process killed at any moment sends nothing twice.

A row stands for one signed transaction. Several may serve one *purpose* (a replacement with a higher fee has the same
nonce); at most one of them is ever mined, because they share their nonce.
"""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tongxin.errors import TongxinError

__all__ = ["Entry", "Journal", "JournalError", "State"]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS sent (
    hash TEXT PRIMARY KEY,
    chain TEXT NOT NULL,
    sender TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    raw BLOB NOT NULL,
    state TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS sent_by_purpose ON sent (chain, sender, purpose);
CREATE INDEX IF NOT EXISTS sent_by_state ON sent (chain, sender, state, nonce);
"""
_COLUMNS: Final = "hash, nonce, purpose, raw, state"
_WAIT_SECONDS: Final = 60.0


class JournalError(TongxinError):
    """The journal cannot be used; nothing was sent."""


class State(StrEnum):
    """What became of a transaction."""

    OPEN = "open"
    """Signed and perhaps sent."""
    MINED = "mined"
    REVERTED = "reverted"
    """Mined, and the contract refused it."""
    DROPPED = "dropped"
    """It will not be mined, as far as is known: refused by the node when first sent, or another one took its nonce."""


@dataclass(frozen=True)
class Entry:
    """One signed transaction."""

    hash: str
    nonce: int
    purpose: str
    raw: bytes
    state: State


class Journal:
    """The transactions of all accounts and chains of a user, in one SQLite file; safe for several processes.

    Args:
        path: The file; its folder is made. None keeps the journal in memory: then nothing is known after a kill.

    Raises:
        JournalError: The file cannot be opened or is no journal.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._threads = threading.RLock()
        self._held = 0
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                ":memory:" if path is None else path,
                timeout=_WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            with self.exclusive():  # SQLite does not wait for a file that another process is turning into a WAL
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise JournalError(
                f"the journal of sent transactions {path} cannot be used ({error}); name another file"
            ) from error

    def __enter__(self) -> Self:
        """The journal itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the file."""
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Held while nonces are chosen, signed, written and sent: no other thread or process does the same."""
        with self._threads:
            if self._path is None or self._held:
                self._held += 1
                try:
                    yield
                finally:
                    self._held -= 1
                return
            with self._path.with_suffix(self._path.suffix + ".lock").open("a") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                self._held += 1
                try:
                    yield
                finally:
                    self._held -= 1

    def add(self, chain: str, sender: str, entries: Iterable[Entry]) -> None:
        """Writes signed transactions; they are on disk when this returns."""
        now = time.time()
        rows = [
            (item.hash, chain, sender, item.nonce, item.purpose, item.raw, item.state.value, now) for item in entries
        ]
        self._write("INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def mark(self, hashes: Iterable[str], state: State) -> None:
        """Notes what became of transactions."""
        self._write("UPDATE sent SET state = ? WHERE hash = ?", [(state.value, item) for item in hashes])

    def of_purpose(self, chain: str, sender: str, purpose: str) -> list[Entry]:
        """The transactions signed for a purpose, oldest first."""
        return self._read("purpose = ? ORDER BY rowid", chain, sender, purpose)

    def of_nonce(self, chain: str, sender: str, nonce: int) -> list[Entry]:
        """The transactions signed with a nonce, oldest first."""
        return self._read("nonce = ? ORDER BY rowid", chain, sender, nonce)

    def open_entries(self, chain: str, sender: str) -> list[Entry]:
        """The transactions of which it is not known what became, by nonce."""
        return self._read("state = ? ORDER BY nonce, rowid", chain, sender, State.OPEN.value)

    def entry(self, tx_hash: str) -> Entry | None:
        """A transaction by its hash, on whatever chain, or None if it was not sent from here."""
        with self._threads, self._errors():
            row = self._db.execute(f"SELECT {_COLUMNS} FROM sent WHERE hash = ?", (tx_hash,)).fetchone()  # noqa: S608 - fixed texts
        return None if row is None else _entry(row)

    def senders(self, *, since: float) -> list[tuple[str, str]]:
        """Chain and account of all that was sent after a moment, in seconds since 1970."""
        with self._threads, self._errors():
            return self._db.execute("SELECT DISTINCT chain, sender FROM sent WHERE at > ?", (since,)).fetchall()

    def mined_from(self, chain: str, sender: str, nonce: int) -> list[Entry]:
        """The transactions that were mined, succeeded or refused, with this nonce or a later one, by nonce."""
        mined = f"state IN ('{State.MINED.value}', '{State.REVERTED.value}')"
        return self._read(f"{mined} AND nonce >= ? ORDER BY nonce, rowid", chain, sender, nonce)

    def _read(self, where: str, chain: str, sender: str, key: str | int) -> list[Entry]:
        query = f"SELECT {_COLUMNS} FROM sent WHERE chain = ? AND sender = ? AND {where}"  # noqa: S608 - fixed texts
        with self._threads, self._errors():
            rows = self._db.execute(query, (chain, sender, key)).fetchall()
        return [_entry(row) for row in rows]

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with self._threads, self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(statement, rows)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise JournalError(f"the journal of sent transactions {self._path} cannot be used: {error}") from error


def _entry(row: tuple[str, int, str, bytes, str]) -> Entry:
    return Entry(*row[:4], State(row[4]))
