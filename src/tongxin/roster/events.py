# SPDX-License-Identifier: AGPL-3.0-only
"""The attestor's register of events: an event is used for one claim, in whatever mutual (R-128).

The file holds keyed tags alone. Without the register's key nobody learns from it which event, person or mutual is
meant; with it, nobody but who can guess an event's name. The register and its key belong together: another key would
make every event look new, so a register refuses it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from eth_utils.address import to_canonical_address

from tongxin.errors import TongxinError
from tongxin.roster.event_names import EventName
from tongxin.roster.keyfiles import create_key, load_key

__all__ = ["EventClaim", "EventKey", "EventRegister", "EventRegisterError", "EventUsedError"]

_TAG_LABEL: Final = b"tongxin event 1\x00"
_CLAIM_LABEL: Final = b"tongxin event claim 1\x00"
_CHECK_LABEL: Final = b"tongxin event register 1\x00"
_WAIT_SECONDS: Final = 60.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS register (only INTEGER PRIMARY KEY CHECK (only = 1), key_check BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS used (tag BLOB PRIMARY KEY, claim BLOB NOT NULL) STRICT;
"""


class EventRegisterError(TongxinError):
    """The register cannot be used; nothing was signed."""


class EventUsedError(TongxinError):
    """The event was used for another claim; which one, where and whose the register cannot tell."""

    def __init__(self) -> None:
        super().__init__(
            "this event was used for another claim already, and an event is claimed once, in whatever mutual (R-128); "
            "nothing was signed"
        )


@dataclass(frozen=True)
class EventClaim:
    """The claim that an event is to be used for.

    Attributes:
        chain_id: The chain.
        fund: Address of the mutual's Fund.
        member_id: Who was hit, 32 bytes.
        benefit: Number of the benefit in the charter.
        day: Day of the event: days since 1970 in the charter's time zone, as in the claim.
    """

    chain_id: int
    fund: str
    member_id: bytes
    benefit: int
    day: int

    def encoded(self) -> bytes:
        """All of it, in fields of fixed size."""
        numbers = (self.chain_id, self.benefit, self.day)
        return (
            to_canonical_address(self.fund)
            + self.member_id
            + b"".join(number.to_bytes(32, "big") for number in numbers)
        )


@dataclass(frozen=True)
class EventKey:
    """The register's key, one for all mutuals that the attestor serves."""

    secret: bytes = field(repr=False)

    @classmethod
    def create(cls, path: Path, password: str | None = None) -> EventKey:
        """Draws a key and writes it to a new file that only its owner can read, sealed if there is a password.

        Raises:
            TagKeyError: The file exists already or cannot be written, or the password is empty.
        """
        return cls(create_key(path, password))

    @classmethod
    def load(cls, path: Path, password: Callable[[], str] | None = None) -> EventKey:
        """Reads a key; the password is asked if the file is sealed.

        Raises:
            TagKeyError: The file is missing, is no key, others than its owner may read it, or the password is wrong.
        """
        return cls(load_key(path, password, "tongxin attest key --events"))

    def tag(self, name: EventName) -> bytes:
        """HMAC-SHA256 of what names the event."""
        return self._mac(_TAG_LABEL + name.encoded())

    def claim_mark(self, claim: EventClaim) -> bytes:
        """What stands for a claim in the register, so that it can be told whether a use is a repeat."""
        return self._mac(_CLAIM_LABEL + claim.encoded())

    @property
    def check(self) -> bytes:
        """Shows that a register is of this key, and nothing else."""
        return self._mac(_CHECK_LABEL)

    def _mac(self, message: bytes) -> bytes:
        return hmac.new(self.secret, message, hashlib.sha256).digest()


class EventRegister:
    """The used events of one attestor, in one SQLite file; safe for several processes.

    Args:
        path: The file; its folder is made, for its owner only.
        key: The register's key.

    Raises:
        EventRegisterError: The file cannot be opened, is no register, or is one of another key.
    """

    def __init__(self, path: Path, key: EventKey) -> None:
        self._path = path
        self._key = key
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
            with self._locked():  # SQLite does not wait for a file that another process is turning into a WAL
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.executescript(_SCHEMA)
                self._db.execute("INSERT OR IGNORE INTO register VALUES (1, ?)", (key.check,))
                (found,) = self._db.execute("SELECT key_check FROM register").fetchone()
        except (OSError, sqlite3.Error) as error:
            raise EventRegisterError(f"the register of events {path} cannot be used: {error}") from error
        if not hmac.compare_digest(found, key.check):
            self.close()
            raise EventRegisterError(
                f"the register of events {path} is one of another key: with this key every event would look new. "
                "Put back the key that belongs to it"
            )

    def __enter__(self) -> Self:
        """The register itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the file."""
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def use(self, claim: EventClaim, names: Sequence[EventName]) -> bytes:
        """Uses an event for a claim; it is on the disk when this returns. To repeat the same changes nothing.

        Args:
            claim: The claim.
            names: All that names the event; each is used up.

        Returns:
            `use` of R-128: HMAC-SHA256(tag of the first name, fund), what the attestor signs.

        Raises:
            EventUsedError: One of the names was used for another claim.
            EventRegisterError: There is no name, or the file cannot be used.
        """
        if not names:
            raise EventRegisterError("nothing names the event; nothing was signed")
        tags = [self._key.tag(name) for name in names]
        mark = self._key.claim_mark(claim)
        with self._writing():
            for tag in tags:
                self._db.execute("INSERT OR IGNORE INTO used VALUES (?, ?)", (tag, mark))
                (holder,) = self._db.execute("SELECT claim FROM used WHERE tag = ?", (tag,)).fetchone()
                if not hmac.compare_digest(holder, mark):
                    raise EventUsedError
        return hmac.new(tags[0], to_canonical_address(claim.fund), hashlib.sha256).digest()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """All or nothing, and one process after the other."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise EventRegisterError(f"the register of events {self._path} cannot be used: {error}") from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with self._path.with_suffix(self._path.suffix + ".lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
