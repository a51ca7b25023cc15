# SPDX-License-Identifier: AGPL-3.0-only
"""Several stores used as one: what one loses, lies about or never answers, another hands over."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from tongxin.evidence.errors import StoreError
from tongxin.evidence.stores.base import LARGEST, Progress, Store
from tongxin.evidence.stores.faults import BlobChangedError, DamagedBlobError, MissingBlobError, StoreFaultError

__all__ = ["NoStoreError", "Outcome", "Report", "State", "Stores"]


class State(StrEnum):
    """What came of one act at one store."""

    STORED = "stored"
    FETCHED = "fetched"
    HELD = "held"
    SOUND = "sound"
    RESTORED = "restored"
    DELETED = "deleted"
    ABSENT = "absent"
    DAMAGED = "damaged"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What came of an act at one store: its address, what it led to, why where it went wrong, and the location."""

    store: str
    state: State
    why: str = ""
    location: str | None = None


@dataclass(frozen=True)
class Report:
    """What came of one act on one blob, store by store."""

    digest: bytes
    outcomes: tuple[Outcome, ...]

    @property
    def locations(self) -> tuple[str, ...]:
        """Where copies lie, for those who look from elsewhere."""
        return tuple(sorted({outcome.location for outcome in self.outcomes if outcome.location is not None}))

    @property
    def holders(self) -> tuple[str, ...]:
        """The stores that hold it."""
        held = {State.STORED, State.FETCHED, State.HELD, State.SOUND, State.RESTORED}
        return tuple(outcome.store for outcome in self.outcomes if outcome.state in held)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The stores that did not do what was asked."""
        return tuple(outcome for outcome in self.outcomes if outcome.state in {State.FAILED, State.DAMAGED})

    @property
    def none_left(self) -> bool:
        """Whether each store was asked and says that it holds none."""
        return all(outcome.state in {State.DELETED, State.ABSENT} for outcome in self.outcomes)


class NoStoreError(StoreError):
    """No store did what was asked; `outcomes` says of each why."""

    def __init__(self, what: str, outcomes: Sequence[Outcome]) -> None:
        listed = "; ".join(f"{outcome.store}: {outcome.why}" for outcome in outcomes)
        super().__init__(f"{what} ({listed}); name another store, or mend one of these")
        self.outcomes = [asdict(outcome) for outcome in outcomes]


class Stores:
    """Stores in order of preference.

    Args:
        stores: At least one.

    Raises:
        StoreError: There is none.
    """

    def __init__(self, stores: Sequence[Store]) -> None:
        if not stores:
            raise StoreError("no store is named; name one, like folder:/path")
        self.stores = tuple(stores)

    def put(self, blob: Path | bytes, *, progress: Progress | None = None) -> Report:
        """Puts a blob into every store.

        Raises:
            NoStoreError: None took it.
            StoreError: The file can't be read, or changed between two stores.
        """
        outcomes: list[Outcome] = []
        digests: set[bytes] = set()
        for store in self.stores:
            try:
                stored = store.put(blob, progress=progress)
            except BlobChangedError:
                raise
            except StoreFaultError as error:
                outcomes.append(_failed(error))
                continue
            digests.add(stored.digest)
            outcomes.append(Outcome(store.url, State.STORED, location=stored.location))
        if len(digests) > 1:
            raise StoreError(f"{blob!s} changed while it was being put; put it again")
        if not digests:
            raise NoStoreError("no store took the blob", outcomes)
        return Report(digests.pop(), tuple(outcomes))

    def fetch(
        self,
        digest: bytes,
        sink: BinaryIO,
        *,
        hints: Sequence[str] = (),
        largest: int = LARGEST,
        progress: Progress | None = None,
    ) -> Report:
        """Writes a blob to `sink` from the first store that gives the right one; the report says who did not before.

        Args:
            digest: The blob's.
            sink: Takes it; nothing is written to it before the check.
            hints: Locations that a manifest names.
            largest: Bytes taken at most.
            progress: Told how far it is.

        Raises:
            NoStoreError: None gave it.
        """
        outcomes: list[Outcome] = []
        for store in self.stores:
            for hint in (*filter(store.follows, hints), None):
                try:
                    store.fetch(digest, sink, hint=hint, largest=largest, progress=progress)
                except StoreFaultError as error:
                    outcomes.append(_failed(error))
                else:
                    return Report(digest, (*outcomes, Outcome(store.url, State.FETCHED)))
        raise NoStoreError(f"no store gave the blob {digest.hex()}", outcomes)

    def holders(self, digest: bytes) -> Report:
        """Which stores say that they hold a blob."""
        return Report(digest, tuple(self._held(store, digest) for store in self.stores))

    def repair(self, digest: bytes, *, hints: Sequence[str] = ()) -> Report:
        """Reads each store's copy and puts a sound one where it is lost or damaged.

        Raises:
            NoStoreError: There is no sound copy left.
        """
        with tempfile.TemporaryDirectory(prefix="tongxin-") as folder:
            sound = Path(folder) / "sound"
            outcomes = [self._examined(store, digest, sound) for store in self.stores]
            if not sound.exists():
                with sound.open("wb") as out:
                    self.fetch(digest, out, hints=hints)
            return Report(
                digest,
                tuple(
                    outcome
                    if outcome.state in {State.SOUND, State.FAILED}
                    else self._restored(store, digest, outcome, sound)
                    for store, outcome in zip(self.stores, outcomes, strict=True)
                ),
            )

    def delete(self, digest: bytes, *, hints: Sequence[str] = ()) -> Report:
        """Deletes a blob from every store, each of which then looks whether it is gone; `none_left` tells the whole."""
        outcomes = []
        for store in self.stores:
            try:
                found = [store.delete(digest, hint=hint) for hint in (*filter(store.follows, hints), None)]
            except StoreFaultError as error:
                outcomes.append(_failed(error))
            else:
                outcomes.append(Outcome(store.url, State.DELETED if any(found) else State.ABSENT))
        return Report(digest, tuple(outcomes))

    @staticmethod
    def _held(store: Store, digest: bytes) -> Outcome:
        try:
            return Outcome(store.url, State.HELD if store.has(digest) else State.ABSENT)
        except StoreFaultError as error:
            return _failed(error)

    def _examined(self, store: Store, digest: bytes, sound: Path) -> Outcome:
        """Whether the store itself holds a sound copy; the first one found is kept."""
        held = self._held(store, digest)
        if held.state is not State.HELD:
            return held
        kept = sound.with_suffix(".new")
        try:
            with kept.open("wb") as out:
                store.fetch(digest, out)
        except StoreFaultError as error:
            return _failed(error)
        kept.replace(sound)
        return Outcome(store.url, State.SOUND)

    @staticmethod
    def _restored(store: Store, digest: bytes, outcome: Outcome, sound: Path) -> Outcome:
        """A store that keeps what it has would keep the damaged copy, so that is deleted first."""
        try:
            if outcome.state is State.DAMAGED:
                store.delete(digest)
            stored = store.put(sound)
        except StoreFaultError as error:
            return _failed(error)
        return Outcome(store.url, State.RESTORED, outcome.why, stored.location)


def _failed(error: StoreFaultError) -> Outcome:
    states = {MissingBlobError: State.ABSENT, DamagedBlobError: State.DAMAGED}
    return Outcome(error.store, states.get(type(error), State.FAILED), error.why)
