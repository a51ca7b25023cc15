# SPDX-License-Identifier: AGPL-3.0-only
"""The files of an attestor's secret keys: 32 random bytes, sealed by a password or plain, for their owner alone.

A sealed file is an age file with a password (scrypt) whose plaintext is what the plain one holds: 64 hexadecimal digits
and a line feed. The tool `age` opens and makes such files too.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from tongxin.errors import TongxinError
from tongxin.evidence import age
from tongxin.evidence.errors import OpenError

__all__ = ["AGE_MAGIC", "KEY_BYTES", "TagKeyError", "create_key", "load_key"]

AGE_MAGIC = b"age-encryption.org/v1\n"
"""How every age file begins."""
KEY_BYTES = 32
_OTHERS_MAY_READ = 0o077


class TagKeyError(TongxinError):
    """An attestor's key file is missing, damaged, open to others, or its password is wrong."""


def create_key(path: Path, password: str | None) -> bytes:
    """Draws a key and writes it to a new file that only its owner can read.

    Args:
        path: The file; its folder is made.
        password: Seals the file; None leaves it plain.

    Raises:
        TagKeyError: The file exists already or cannot be written, or the password is empty.
    """
    secret = secrets.token_bytes(KEY_BYTES)
    content = secret.hex().encode() + b"\n"
    if password is not None:
        if not password:
            raise TagKeyError("the password is empty; nothing was written")
        content = age.encrypt_bytes_with_passphrase(content, password)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise TagKeyError(f"{path} exists already; a key in use must never be replaced") from error
    except OSError as error:
        raise TagKeyError(f"the key cannot be written to {path}: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return secret


def load_key(path: Path, password: Callable[[], str] | None, maker: str) -> bytes:
    """Reads a key, plain or sealed.

    Args:
        path: The file.
        password: Asked if the file is sealed.
        maker: The command that makes such a key, for the message when there is none.

    Raises:
        TagKeyError: The file is missing, is no key, others than its owner may read it, or the password is wrong.
    """
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise TagKeyError(f"there is no key file {path}; `{maker}` makes one") from error
    except OSError as error:
        raise TagKeyError(f"the key file {path} cannot be read: {error.strerror}") from error
    if mode & _OTHERS_MAY_READ:
        raise TagKeyError(f"others may read the key file {path}; run: chmod 600 {path}")
    if content.startswith(AGE_MAGIC):
        content = _opened(path, content, password)
    try:
        secret = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise TagKeyError(f"{path} is no key file: it must hold {2 * KEY_BYTES} hexadecimal digits")
    return secret


def _opened(path: Path, content: bytes, password: Callable[[], str] | None) -> bytes:
    if password is None:
        raise TagKeyError(f"the key file {path} is sealed by a password, and none was given")
    try:
        return age.decrypt_bytes_with_passphrase(content, password())
    except OpenError as error:
        raise TagKeyError(f"the key file {path} does not open: the password is wrong or the file damaged") from error
