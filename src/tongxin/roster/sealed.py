# SPDX-License-Identifier: AGPL-3.0-only
"""A list at rest: sealed on the disk, opened in memory alone (R-129).

How it is sealed is the caller's affair: a `Sealer` turns the bytes of a file into those of an age file, an `Opener`
turns them back.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from tongxin.errors import TongxinError
from tongxin.roster.keyfiles import AGE_MAGIC

__all__ = ["Opener", "SealedFileError", "Sealer", "destroy_plain", "is_sealed", "seal_file"]

Opener = Callable[[bytes], bytes]
Sealer = Callable[[bytes], bytes]

_ARMOUR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_BLOCK = 1 << 20


class SealedFileError(TongxinError):
    """A list cannot be sealed, or a sealed one not be opened; the plain file is untouched."""


def is_sealed(raw: bytes) -> bool:
    """Whether bytes begin as an age file does, binary or armoured."""
    return raw.startswith((AGE_MAGIC, _ARMOUR))


def seal_file(source: Path, out: Path, sealer: Sealer) -> None:
    """Writes a file's sealed form into a new file that only its owner can read; no plain text touches the disk.

    Raises:
        SealedFileError: The source cannot be read or is sealed already; the other exists or cannot be written.
    """
    plain = _read(source)
    if is_sealed(plain):
        raise SealedFileError(f"{source} is sealed already")
    content = sealer(plain)
    if out.exists():
        raise SealedFileError(f"{out} exists already; name another file")
    temporary = out.with_name(out.name + ".new")
    try:
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(out)
        _sync_folder(out.parent)
    except OSError as error:
        raise SealedFileError(f"{out} cannot be written: {error.strerror}") from error


def destroy_plain(source: Path, sealed: Path, opener: Opener) -> None:
    """Overwrites and removes a plain file, after its sealed form was read back from the disk and found equal.

    What a flash disk, a file system's snapshots or a backup keep is out of reach.

    Raises:
        SealedFileError: The sealed form does not open or is not equal: nothing was destroyed; or removing failed.
    """
    if hashlib.sha256(opener(_read(sealed))).digest() != hashlib.sha256(_read(source)).digest():
        raise SealedFileError(f"{sealed} does not hold what {source} holds; nothing was destroyed")
    target = source.resolve()
    try:
        with target.open("r+b") as file:
            left = target.stat().st_size
            while left > 0:
                left -= file.write(bytes(min(left, _BLOCK)))
            file.flush()
            os.fsync(file.fileno())
        target.unlink()
        _sync_folder(target.parent)
        if source.is_symlink():
            source.unlink()
    except OSError as error:
        raise SealedFileError(f"{source} could not be destroyed: {error.strerror}; remove it yourself") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SealedFileError(f"{path} cannot be read: {error.strerror}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
