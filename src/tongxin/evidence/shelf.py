# SPDX-License-Identifier: AGPL-3.0-only
"""The stores as a reader sees them: a blob, or that none is left, or that it cannot be told."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

from tongxin.evidence.stores import NoStoreError, State, Stores

__all__ = ["Shelf"]


class Shelf:
    """Several stores, to read from.

    "None" is said only when every store answered and none has the blob: a juror's vote may rest on it (R-126), and a
    network that is down proves nothing.
    """

    def __init__(self, stores: Stores) -> None:
        self.stores = stores

    def read(self, digest: bytes, largest: int, hints: Sequence[str] = ()) -> bytes | None:
        """A small blob; None if no store has it.

        Args:
            digest: Its hash.
            largest: Bytes that it may have.
            hints: Where else copies lie.

        Raises:
            NoStoreError: None gave it, and one of them could not be asked.
        """
        sink = io.BytesIO()
        try:
            self.stores.fetch(digest, sink, hints=hints, largest=largest)
        except NoStoreError as error:
            _raise_unless_gone(error)
            return None
        return sink.getvalue()

    def save(
        self,
        digest: bytes,
        path: Path,
        hints: Sequence[str] = (),
        progress: Callable[[str, int], None] | None = None,
    ) -> bool:
        """Writes a blob of any size to a new file; False if no store has it.

        Raises:
            NoStoreError: None gave it, and one of them could not be asked.
        """
        try:
            with path.open("xb") as sink:
                self.stores.fetch(digest, sink, hints=hints, progress=progress)
        except NoStoreError as error:
            path.unlink(missing_ok=True)
            _raise_unless_gone(error)
            return False
        return True


def _raise_unless_gone(error: NoStoreError) -> None:
    if any(outcome["state"] is State.FAILED for outcome in error.outcomes):
        raise error
