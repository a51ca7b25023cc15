# SPDX-License-Identifier: AGPL-3.0-only
"""Sealing files into a document, and opening one (R-120).

Sealing writes no plaintext to disk and reads each file once; memory does not grow with the files. The document appears
under its name when it is whole. Opening checks everything before a file appears in the folder.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from tongxin.evidence import age
from tongxin.evidence.archive import Limits, Member, Pack, Unpacker
from tongxin.evidence.errors import DamagedError, OpenError, SealError
from tongxin.evidence.keys import Identity

__all__ = ["Progress", "Sealed", "check_document", "digest_of", "open_document", "seal"]

Progress = Callable[[int, int], None]
"""Told the bytes that are done and those there are."""

_READ = 1 << 20


@dataclass(frozen=True)
class Sealed:
    """A document that was written.

    Attributes:
        path: Where it lies.
        digest: SHA-256 of the sealed file: `evidence` of a claim, its name in every store.
        size: Its length in bytes.
        content_size: Bytes of the files in it, before padding.
        files: Their names inside.
    """

    path: Path
    digest: bytes
    size: int
    content_size: int
    files: tuple[str, ...] = field(repr=False)


def seal(
    files: Sequence[Path],
    out: Path,
    *,
    identity: Identity,
    extra: Mapping[str, bytes] | None = None,
    progress: Progress | None = None,
) -> Sealed:
    """Seals files into the new document `out`, to the recipient of the document key.

    Args:
        files: Regular files. Only their last name goes into the document; equal ones are numbered.
        out: The document's own path, such as `DIR/document.age`.
        identity: The document key, drawn for this document alone.
        extra: Further files by name, such as `event-use.json` (R-128).
        progress: Told the bytes that were sealed.

    Raises:
        SealError: A file can't be read, or changed while it was sealed; `out` exists or can't be written. Nothing is
            left behind.
    """
    extra = extra or {}
    if taken := [path for path in files if path.name.casefold() in {name.casefold() for name in extra}]:
        raise SealError(f"{taken[0]} has the name of a file that is added to the document; give it another name")
    members = [_on_disk(path) for path in files]
    members += [Member(name, len(data), partial(io.BytesIO, data)) for name, data in extra.items()]
    if not members:
        raise SealError("there is nothing to seal: name one file at least")
    if out.exists():
        raise SealError(f"{out} exists already; nothing was overwritten: choose another folder or name")
    pack = Pack(members, progress)
    try:
        with _new_file(out) as file, _HashingWriter(file) as sink:
            age.encrypt(pack, sink, identity.recipient)
            digest, size = sink.digest(), file.tell()
    except OSError as error:
        raise SealError(f"the document could not be sealed to {out}: {error.strerror}") from error
    content_size = sum(member.size for member in members)
    return Sealed(out, digest, size, content_size, tuple(pack.names))


def open_document(
    source: Path,
    identity: Identity,
    folder: Path,
    *,
    digest: bytes | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Opens a document into a folder and gives the paths of its files, which only their owner can read.

    Args:
        source: The sealed document.
        identity: The document key.
        folder: Where the files go; it is made if it is not there. What is in it stays as it is.
        digest: SHA-256 that the sealed file must have.
        limits: How much the archive may hold.
        progress: Told the bytes that were read.

    Raises:
        WrongKeyError: The document is sealed to another key.
        DamagedError: It was changed, is cut off, or is another one than `digest` names.
        ArchiveError: What was sealed is no archive of plain files.
        OpenError: A file of the same name is there already, or the disk is full. In every case nothing is left behind.
    """
    try:
        made = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with _scratch(folder) as scratch:
                if shutil.disk_usage(folder).free < source.stat().st_size:
                    raise OpenError(f"there is not enough room in {folder} for this document")
                unpacker = Unpacker(lambda _name, _size: _numbered(scratch), limits or Limits())
                _decrypt(source, identity, unpacker, digest, progress)
                return _release(scratch, unpacker.names, folder)
        except BaseException:
            if made:
                with contextlib.suppress(OSError):
                    folder.rmdir()
            raise
    except OSError as error:
        raise OpenError(f"the document {source} could not be opened into {folder}: {error.strerror}") from error


def check_document(
    source: Path, identity: Identity, *, digest: bytes | None = None, limits: Limits | None = None
) -> int:
    """Reads a document to its end without writing anything; gives the number of files in it.

    Raises:
        OpenError: As `open_document`.
    """
    unpacker = Unpacker(lambda _name, _size: _Nowhere(), limits or Limits())
    try:
        _decrypt(source, identity, unpacker, digest, None)
    except OSError as error:
        raise OpenError(f"the document {source} could not be read: {error.strerror}") from error
    return len(unpacker.names)


def digest_of(path: Path) -> bytes:
    """SHA-256 of a file.

    Raises:
        OSError: It can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _decrypt(
    source: Path, identity: Identity, unpacker: Unpacker, digest: bytes | None, progress: Progress | None
) -> None:
    try:
        with source.open("rb", buffering=0) as file, _HashingReader(file, progress) as reader:
            age.decrypt(reader, unpacker, identity)
            if digest is not None and reader.digest() != digest:
                raise DamagedError("this is another document than the one that was named: its SHA-256 differs")
        unpacker.finish()
    finally:
        unpacker.abandon()


def _on_disk(path: Path) -> Member:
    try:
        before = path.stat()
    except OSError as error:
        raise SealError(f"{path} can't be read: {error.strerror}") from error
    if not stat.S_ISREG(before.st_mode):
        raise SealError(f"{path} is no regular file; name each file that is to be sealed")

    def opened() -> io.FileIO:
        file = path.open("rb", buffering=0)
        now = os.fstat(file.fileno())
        if (now.st_ino, now.st_dev, now.st_size, now.st_mtime_ns) != (
            before.st_ino,
            before.st_dev,
            before.st_size,
            before.st_mtime_ns,
        ):
            file.close()
            raise SealError(f"{path} changed before it was sealed; seal it again when it is at rest")
        return file

    return Member(path.name, before.st_size, opened)


@contextlib.contextmanager
def _new_file(path: Path) -> Iterator[io.FileIO]:
    """A file that appears under its name, on disk for good, only when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".sealing-", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            yield file
            os.fsync(file.fileno())
        _move(part, path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _move(source: Path, target: Path) -> None:
    """Gives a file its name and never overwrites.

    Raises:
        FileExistsError: The name is taken.
    """
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        source.rename(target)  # a file system without hard links
    else:
        source.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder that nobody else can read, gone at the end with all that is in it."""
    scratch = Path(tempfile.mkdtemp(prefix=".opening-", dir=folder))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _numbered(scratch: Path) -> io.BufferedWriter:
    """The next file in the folder, named by a number."""
    path = scratch / str(len(list(scratch.iterdir())))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "wb")


def _release(scratch: Path, names: Sequence[str], folder: Path) -> tuple[Path, ...]:
    """Moves the files under their names into the folder: all or none."""
    released: list[Path] = []
    try:
        for number, name in enumerate(names):
            _move(scratch / str(number), folder / name)
            released.append(folder / name)
    except BaseException as error:
        for path in released:
            path.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise OpenError(
                f"{folder / names[len(released)]} exists already; nothing was overwritten: choose another folder"
            ) from error
        raise
    return tuple(released)


class _Nowhere:
    def write(self, block: memoryview, /) -> object:
        return len(block)

    def close(self) -> None:
        """Nothing was kept."""


class _Hash:
    """SHA-256 on a second core, of one block at a time."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._worker = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    def update(self, block: memoryview) -> None:
        """Begins with a block, which must stay as it is until `wait`."""
        self._pending = self._worker.submit(self._hash.update, block)

    def wait(self) -> None:
        """Until the block that was begun with is done."""
        if self._pending is not None:
            self._pending.result()

    def digest(self) -> bytes:
        self.wait()
        return self._hash.digest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.shutdown()


class _HashingWriter(_Hash):
    def __init__(self, sink: io.FileIO) -> None:
        super().__init__()
        self._sink = sink

    def write(self, block: memoryview, /) -> None:
        self.wait()
        self.update(block)
        while block:
            block = block[self._sink.write(block) :]


class _HashingReader(_Hash):
    def __init__(self, source: io.FileIO, progress: Progress | None) -> None:
        super().__init__()
        self._source = source
        self._size = os.fstat(source.fileno()).st_size
        self._progress = progress

    def readinto(self, buffer: memoryview, /) -> int:
        self.wait()
        length = self._source.readinto(buffer) or 0
        self.update(buffer[:length])
        if self._progress and length:
            self._progress(min(self._source.tell(), self._size), self._size)
        return length

    def digest(self) -> bytes:
        """SHA-256 of the whole file, whatever of it is still unread."""
        buffer = memoryview(bytearray(_READ))
        while self.readinto(buffer):
            pass
        return super().digest()
