# SPDX-License-Identifier: AGPL-3.0-only
"""Blobs in a folder: `ab/ab12...`, readable by their owner alone, whole or not there."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tongxin.evidence.stores.base import BLOCK, Receiver, Source, Store, digest_of_name
from tongxin.evidence.stores.faults import DamagedBlobError, MissingBlobError, StoreFaultError
from tongxin.evidence.stores.watch import Limits, Watch

__all__ = ["FolderStore"]

_INCOMING: Final = ".incoming"
_PLAIN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FolderStore(Store):
    """A folder of this machine or of one that it mounts.

    Args:
        path: The folder; it is made with the first blob.
        limits: How long a folder that is mounted from elsewhere is waited for.
    """

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        self.path = path.expanduser().absolute()
        super().__init__(f"folder:{self.path}", limits or Limits())

    def list(self) -> Iterator[bytes]:
        """The digests of all blobs in it."""
        with self._told():
            names = [path.name for path in self.path.glob("??/*") if path.name.startswith(path.parent.name)]
        yield from (digest for name in sorted(names) if (digest := digest_of_name(name)) is not None)

    def _write(self, source: Source, watch: Watch) -> None:
        name = source.digest.hex()
        place = self._place(source.digest)
        with self._told():
            if self._is_whole(place, source.digest, watch):
                return
            incoming = self.path / _INCOMING
            incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            handle, written = tempfile.mkstemp(prefix=f"{name}.", dir=incoming)
            try:
                with os.fdopen(handle, "wb") as out:
                    for block in source.blocks():
                        out.write(block)
                    source.check()
                    out.flush()
                    os.fsync(out.fileno())
                os.replace(written, place)  # noqa: PTH105 - the name is text here
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(written).unlink()
                raise
            for folder in (place.parent, self.path):
                _sync(folder)

    def _read(self, digest: bytes, hint: str | None, receiver: Receiver, watch: Watch) -> None:  # noqa: ARG002
        with self._told(), self._opened(self._place(digest)) as descriptor:
            receiver.expect(os.fstat(descriptor).st_size)
            while block := os.read(descriptor, BLOCK):
                receiver.take(block)

    def _has(self, digest: bytes, watch: Watch) -> bool:  # noqa: ARG002
        try:
            with self._told():
                return stat.S_ISREG(self._place(digest).lstat().st_mode)
        except MissingBlobError:
            return False

    def _delete(self, digest: bytes, hint: str | None, watch: Watch) -> bool:  # noqa: ARG002
        place = self._place(digest)
        deleted = False
        with self._told():
            for unfinished in (self.path / _INCOMING).glob(f"{digest.hex()}.*"):
                unfinished.unlink(missing_ok=True)
                deleted = True
        with contextlib.suppress(MissingBlobError), self._told():
            place.unlink()
            _sync(place.parent)
            deleted = True
        return deleted

    def _place(self, digest: bytes) -> Path:
        name = digest.hex()
        return self.path / name[:2] / name

    def _is_whole(self, place: Path, digest: bytes, watch: Watch) -> bool:
        found = hashlib.sha256()
        try:
            with self._opened(place) as descriptor:
                while block := os.read(descriptor, BLOCK):
                    watch.moved(len(block))
                    found.update(block)
        except (FileNotFoundError, DamagedBlobError):
            return False
        return found.digest() == digest

    @contextlib.contextmanager
    def _opened(self, place: Path) -> Iterator[int]:
        """A descriptor of a plain file, never of a link or a pipe that somebody laid there."""
        try:
            descriptor = os.open(place, _PLAIN)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise DamagedBlobError(self.url, f"{place.name} is a link, not a file") from error
            raise
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise DamagedBlobError(self.url, f"{place.name} is not a plain file")
            yield descriptor
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What the system says, in the words of a store."""
        try:
            yield
        except FileNotFoundError as error:
            raise MissingBlobError(self.url, "it does not hold this blob") from error
        except OSError as error:
            raise StoreFaultError(
                self.url, f"{error.strerror or 'input or output failed'}; look at the disk"
            ) from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
