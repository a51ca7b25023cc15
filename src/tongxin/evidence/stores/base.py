# SPDX-License-Identifier: AGPL-3.0-only
"""What every store does alike: a blob is named by the SHA-256 of its bytes, and nothing is handed over unchecked."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, TypeVar

from tongxin.evidence.errors import StoreError
from tongxin.evidence.stores.faults import BlobChangedError, DamagedBlobError, NotDeletedError
from tongxin.evidence.stores.watch import Limits, Watch

__all__ = ["BLOCK", "LARGEST", "Progress", "Receiver", "Source", "Store", "Stored", "digest_of_name"]

BLOCK: Final = 64 * 1024
"""Bytes read or written at once."""
LARGEST: Final = 64 * 1024**3
"""Bytes that a fetch takes at most, where the caller does not say less."""
_IN_MEMORY: Final = 8 * 1024**2
_DIGEST_BYTES: Final = 32
_HEX: Final = frozenset("0123456789abcdef")
Result = TypeVar("Result")
Progress = Callable[[str, int], None]
"""Told the store's address and how many bytes went over so far; called from another thread."""


@dataclass(frozen=True)
class Stored:
    """A blob that a store has taken; `location` helps to find it from elsewhere, as in `ipfs:bafy...`."""

    digest: bytes
    location: str | None


def digest_of_name(name: str) -> bytes | None:
    """The digest that a name of a blob stands for, None if it is no such name."""
    return bytes.fromhex(name) if len(name) == 2 * _DIGEST_BYTES and set(name) <= _HEX else None


class Source:
    """A blob on its way into a store: read once or several times, each time hashed from the start."""

    def __init__(self, stream: BinaryIO, watch: Watch, store: str, progress: Progress | None) -> None:
        self._stream = stream
        self._watch = watch
        self._store = store
        self._progress = progress
        self._hash = hashlib.sha256()
        self._hashed = 0
        while block := stream.read(BLOCK):
            self._hash.update(block)
            self._hashed += len(block)
        self.size = self._hashed
        self.digest = self._hash.digest()
        stream.seek(0)

    def __len__(self) -> int:
        return self.size

    def read(self, count: int = -1) -> bytes:
        """The next bytes, as of a file."""
        at = self._stream.tell()
        block = self._stream.read(count)
        if at == 0:
            self._hash = hashlib.sha256()
            self._hashed = 0
        if at == self._hashed:
            self._hash.update(block)
            self._hashed += len(block)
        self._watch.moved(len(block))
        if self._progress is not None:
            self._progress(self._store, at + len(block))
        return block

    def blocks(self) -> Iterator[bytes]:
        """All of it, in pieces."""
        while block := self.read(BLOCK):
            yield block

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """As of a file."""
        return self._stream.tell()

    def close(self) -> None:
        """Does nothing: who opened the file closes it."""

    def check(self) -> None:
        """Compares what went over with what the blob is named after.

        Raises:
            BlobChangedError: They differ.
        """
        if self._hashed != self.size or self._hash.digest() != self.digest:
            raise BlobChangedError(self._store, "the file changed while it was being put; put it again")


class Receiver:
    """What a store hands over, kept aside until it is known to be the blob."""

    def __init__(
        self, spool: SpooledTemporaryFile[bytes], watch: Watch, store: str, largest: int, progress: Progress | None
    ) -> None:
        self._spool = spool
        self._watch = watch
        self._store = store
        self._largest = largest
        self._progress = progress
        self._hash = hashlib.sha256()
        self.size = 0

    def expect(self, size: int) -> None:
        """Refuses at once what says that it is too large."""
        if size > self._largest:
            raise DamagedBlobError(self._store, f"it offers {size:,} bytes; at most {self._largest:,} are taken")

    def take(self, block: bytes) -> None:
        """The next bytes.

        Raises:
            DamagedBlobError: It is more than is taken.
        """
        self._watch.moved(len(block))
        self.expect(self.size + len(block))
        self._spool.write(block)
        self._hash.update(block)
        self.size += len(block)
        if self._progress is not None:
            self._progress(self._store, self.size)

    def check(self, digest: bytes) -> None:
        """Raises `DamagedBlobError` unless what came is the blob of this digest."""
        found = self._hash.digest()
        if found != digest:
            raise DamagedBlobError(
                self._store, f"it gave {self.size:,} bytes with the hash {found.hex()} for {digest.hex()}"
            )


class Store(ABC):
    """A place for blobs.

    Args:
        url: Its address, without secrets.
        limits: How long it is waited for.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        self.url = url
        self.limits = limits

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def put(self, blob: Path | bytes, *, progress: Progress | None = None) -> Stored:
        """Stores a blob under its hash; once more does no harm.

        Raises:
            StoreFaultError: It was not stored.
        """
        try:
            stream = io.BytesIO(blob) if isinstance(blob, bytes) else blob.open("rb")
        except OSError as error:
            raise StoreError(f"{blob!s} can't be read ({error.strerror}); nothing was put") from error
        with stream:
            watch = Watch(self.url, self.limits)
            source = Source(stream, watch, self.url, progress)
            return Stored(source.digest, watch.run(lambda: self._write(source, watch)))

    def fetch(
        self,
        digest: bytes,
        sink: BinaryIO,
        *,
        hint: str | None = None,
        largest: int = LARGEST,
        progress: Progress | None = None,
    ) -> int:
        """Writes a blob to `sink`, after all of it has arrived and its hash is right; gives its size in bytes.

        Args:
            digest: The blob's.
            sink: Takes it; nothing is written to it before the check.
            hint: The location that `put` gave, maybe to somebody else.
            largest: Bytes taken at most.
            progress: Told how far it is.

        Raises:
            MissingBlobError: The store has no such blob.
            DamagedBlobError: The store gave something else.
            SlowStoreError: The store hangs.
            StoreFaultError: Anything else that goes wrong with it.
        """
        watch = Watch(self.url, self.limits)
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
            receiver = Receiver(spool, watch, self.url, largest, progress)
            watch.run(lambda: self._read(digest, hint, receiver, watch))
            receiver.check(digest)
            spool.seek(0)
            shutil.copyfileobj(spool, sink, BLOCK)
        return receiver.size

    def has(self, digest: bytes) -> bool:
        """Whether the store holds a blob itself; its bytes are not checked.

        Raises:
            StoreFaultError: It does not say.
        """
        return self._watched(lambda watch: self._has(digest, watch))

    def delete(self, digest: bytes, *, hint: str | None = None) -> bool:
        """Deletes a blob and looks whether it is gone; whether there was one.

        Raises:
            NotDeletedError: It is still there.
            StoreFaultError: It can't be told, or the store refuses.
        """
        deleted = self._watched(lambda watch: self._delete(digest, hint, watch))
        if self.has(digest):
            raise NotDeletedError(self.url, f"it still holds {digest.hex()} after deleting it")
        return deleted

    def follows(self, hint: str) -> bool:  # noqa: ARG002 - most stores need no hint
        """Whether a location that `put` gave somewhere helps this store to find a blob."""
        return False

    @abstractmethod
    def list(self) -> Iterator[bytes]:
        """The digests of all blobs in it; StoreFaultError if it does not say."""

    def _watched(self, work: Callable[[Watch], Result]) -> Result:
        watch = Watch(self.url, self.limits)
        return watch.run(lambda: work(watch))

    @abstractmethod
    def _write(self, source: Source, watch: Watch) -> str | None:
        """Takes the blob and gives its location; what differs from its hash must not count as stored."""

    @abstractmethod
    def _read(self, digest: bytes, hint: str | None, receiver: Receiver, watch: Watch) -> None:
        """Hands the blob to the receiver, who checks it."""

    @abstractmethod
    def _has(self, digest: bytes, watch: Watch) -> bool: ...

    @abstractmethod
    def _delete(self, digest: bytes, hint: str | None, watch: Watch) -> bool: ...
