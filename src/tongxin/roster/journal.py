# SPDX-License-Identifier: AGPL-3.0-only
"""What was already sent of an enrolment, on disk before it is sent, so that a killed batch resumes where it stopped.

The contract skips occupied ids (R-35), so that nobody can be enrolled twice in any case; the journal spares asking
the chain about everybody again, tells which transaction admitted whom, and keeps two processes apart.

The file holds one JSON object a line. Each line is flushed to the disk before its batch is sent; a last line that was
cut off by a crash is dropped.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tongxin.errors import TongxinError
from tongxin.roster.members import RosterRow

__all__ = ["Batch", "BatchState", "EnrolmentJournal", "JournalError", "plan_batches"]

FORMAT = "tongxin-enrolment/1"


class JournalError(TongxinError):
    """The journal is held by another process, damaged, or cannot be written."""


class BatchState(StrEnum):
    """How far a batch came."""

    PLANNED = "planned"
    SENT = "sent"
    DONE = "done"


@dataclass(frozen=True)
class Batch:
    """Members who are enrolled by one transaction: one class, one tick, one signature.

    Attributes:
        number: Its place in the enrolment, from 0.
        class_id: Position in the charter.
        ids: Member ids.
        wallets: Addresses in lower case, one for each id.
    """

    number: int
    class_id: int
    ids: tuple[bytes, ...]
    wallets: tuple[str, ...]

    @property
    def digest(self) -> str:
        """A fingerprint of the batch, by which a resumed run knows it again."""
        text = json.dumps([self.class_id, [item.hex() for item in self.ids], self.wallets])
        return hashlib.sha256(text.encode()).hexdigest()


def plan_batches(rows: Sequence[RosterRow], ids: Sequence[bytes], most: int) -> tuple[Batch, ...]:
    """Splits a roster into batches of at most `most` people of one class; the same roster gives the same batches."""
    by_class: dict[int, list[tuple[bytes, str]]] = {}
    for row, member_id in zip(rows, ids, strict=True):
        by_class.setdefault(row.class_id, []).append((member_id, row.wallet))
    batches: list[Batch] = []
    for class_id in sorted(by_class):
        people = by_class[class_id]
        for start in range(0, len(people), most):
            part = people[start : start + most]
            batches.append(
                Batch(len(batches), class_id, tuple(item[0] for item in part), tuple(item[1] for item in part))
            )
    return tuple(batches)


class EnrolmentJournal:
    """The journal of one enrolment; use it as a context manager.

    Args:
        folder: Where journals lie; it is made when missing.
        chain_id: The chain's id.
        fund: The mutual's address.
        batches: What is to be enrolled.

    Raises:
        JournalError: Another process works on the same enrolment, or the file is damaged or cannot be written.
    """

    def __init__(self, folder: Path, chain_id: int, fund: str, batches: Sequence[Batch]) -> None:
        self._heading: dict[str, Any] = {
            "format": FORMAT,
            "chain_id": chain_id,
            "fund": fund,
            "batches": [batch.digest for batch in batches],
        }
        name = hashlib.sha256(json.dumps(self._heading).encode()).hexdigest()[:24]
        self.path = folder / f"{name}.jsonl"
        self._states: dict[int, BatchState] = {batch.number: BatchState.PLANNED for batch in batches}
        self._transactions: dict[int, str] = {}

    def __enter__(self) -> Self:
        """Opens the journal and reads how far an earlier run came."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise JournalError(f"the journal {self.path} cannot be written: {error.strerror}") from error
        self._file = os.fdopen(descriptor, "r+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise JournalError("another process is enrolling the same roster; wait until it has ended") from error
        try:
            self._replay()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the journal."""
        self._file.close()

    @property
    def is_resumed(self) -> bool:
        """Whether an earlier run had begun to send."""
        return any(state is not BatchState.PLANNED for state in self._states.values())

    def state(self, batch: Batch) -> BatchState:
        """How far a batch came."""
        return self._states[batch.number]

    def transaction(self, batch: Batch) -> str | None:
        """The hash of the transaction that last carried a batch."""
        return self._transactions.get(batch.number)

    def sent(self, batch: Batch, tick: int, transaction: str) -> None:
        """Notes that a batch is on its way."""
        self._write({"batch": batch.number, "state": BatchState.SENT, "tick": tick, "transaction": transaction})

    def done(self, batch: Batch, admitted: int, block: int) -> None:
        """Notes that a batch is on the chain, in that block."""
        self._write({"batch": batch.number, "state": BatchState.DONE, "admitted": admitted, "block": block})

    def _write(self, entry: dict[str, Any]) -> None:
        self._append(entry)
        self._apply(entry)

    def _append(self, entry: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(entry).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise JournalError(f"the journal {self.path} cannot be written: {error.strerror}") from error

    def _apply(self, entry: dict[str, Any]) -> None:
        number = int(entry["batch"])
        if number not in self._states:
            raise KeyError(number)
        self._states[number] = BatchState(entry["state"])
        if "transaction" in entry:
            self._transactions[number] = str(entry["transaction"])

    def _replay(self) -> None:
        raw = self._file.read()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) != len(raw):
            self._file.truncate(len(whole))
            self._file.seek(len(whole))
        if not whole:
            self._append(self._heading)
            return
        try:
            heading, *entries = [json.loads(line) for line in whole.splitlines()]
            if heading != self._heading:
                raise ValueError(heading)
            for entry in entries:
                self._apply(entry)
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(f"the journal {self.path} is damaged; move it away to begin anew") from error
