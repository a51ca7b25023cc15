# SPDX-License-Identifier: AGPL-3.0-only
"""What every store must do, whatever is behind it."""

from __future__ import annotations

import hashlib
import io
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tongxin.evidence.stores import Store
from tongxin.evidence.stores.faults import DamagedBlobError, MissingBlobError

KILLED_PUT = """
import os, signal, sys
from pathlib import Path
from tongxin.evidence.stores import open_store
from tongxin.evidence.stores.base import Source

read = Source.read
asked = []

def killed(self, count=-1):
    asked.append(count)
    if self.tell() >= 2_000_000 and len(asked) > int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return read(self, count)

Source.read = killed
open_store(sys.argv[1]).put(Path(sys.argv[2]))
"""
SMALL = random.Random(1).randbytes(100_001)
BLOCK = random.Random(2).randbytes(1024**2)
LARGE = random.Random(3).randbytes(3 * 1024**2 + 7)


def digest(blob: bytes) -> bytes:
    return hashlib.sha256(blob).digest()


def fetched(store: Store, blob: bytes, hint: str | None = None) -> bytes:
    sink = io.BytesIO()
    assert store.fetch(digest(blob), sink, hint=hint) == len(sink.getvalue())
    return sink.getvalue()


def takes_and_gives(store: Store, folder: Path) -> None:
    """Blobs of bytes and of files, empty, of one block and of several, come back as they were."""
    for blob in (b"", SMALL, BLOCK, LARGE):
        assert not store.has(digest(blob))
        assert store.put(blob).digest == digest(blob)
        assert store.has(digest(blob))
        assert fetched(store, blob) == blob
    path = folder / "file"
    path.write_bytes(SMALL + b"of a file")
    assert store.put(path).digest == digest(SMALL + b"of a file")
    assert fetched(store, SMALL + b"of a file") == SMALL + b"of a file"


def put_twice_is_put_once(store: Store) -> None:
    assert store.put(SMALL) == store.put(SMALL)
    assert store.put(LARGE) == store.put(LARGE)
    assert sorted(store.list()) == sorted([digest(SMALL), digest(LARGE)])
    assert fetched(store, LARGE) == LARGE


def lists_what_it_holds(store: Store) -> None:
    assert list(store.list()) == []
    blobs = [bytes([number]) * 70_000 for number in range(4)]
    for blob in blobs:
        store.put(blob)
    assert set(store.list()) == {digest(blob) for blob in blobs}


def deletes(store: Store) -> None:
    """Also what is not there, and what was deleted can be put again."""
    for blob in (SMALL, LARGE):
        assert store.delete(digest(blob)) is False
        for _ in range(2):
            store.put(blob)
            assert store.delete(digest(blob)) is True
            assert not store.has(digest(blob))
            assert list(store.list()) == []


def misses_what_it_was_never_given(store: Store) -> None:
    sink = io.BytesIO()
    with pytest.raises(MissingBlobError, match=r"hold this blob|find the blob|gave the blob"):
        store.fetch(digest(b"never put"), sink)
    assert sink.getvalue() == b""


def takes_no_more_than_it_should(store: Store) -> None:
    store.put(SMALL)
    sink = io.BytesIO()
    with pytest.raises(DamagedBlobError, match="at most 100,000 are taken"):
        store.fetch(digest(SMALL), sink, largest=100_000)
    assert sink.getvalue() == b""
    assert store.fetch(digest(SMALL), sink, largest=len(SMALL)) == len(SMALL)


def tells_how_far_it_is(store: Store) -> None:
    told: list[tuple[str, int]] = []
    store.put(LARGE, progress=lambda where, count: told.append((where, count)))
    assert told[-1][0] == store.url
    assert max(count for _, count in told) == len(LARGE)
    told.clear()
    store.fetch(digest(LARGE), io.BytesIO(), progress=lambda where, count: told.append((where, count)))
    assert told[-1] == (store.url, len(LARGE))
    assert [count for _, count in told] == sorted(count for _, count in told)


def a_killed_put_leaves_nothing_that_counts(store: Store, folder: Path, *, after: int = 0) -> None:
    """The process is killed while the third MiB goes over, `after` so many reads at least: S3 is sent what was read."""
    (folder / "blob").write_bytes(LARGE)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_PUT, store.url, folder / "blob", str(after)], check=False, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not store.has(digest(LARGE))
    assert list(store.list()) == []
    with pytest.raises(MissingBlobError):
        fetched(store, LARGE)
    store.put(LARGE)
    assert fetched(store, LARGE) == LARGE


CONTRACT: tuple[Callable[[Store], None], ...] = (
    put_twice_is_put_once,
    lists_what_it_holds,
    deletes,
    misses_what_it_was_never_given,
    takes_no_more_than_it_should,
    tells_how_far_it_is,
)
