# SPDX-License-Identifier: AGPL-3.0-only
"""The payload of an age file (C2SP age specification, "Payload"): chunks of 64 KiB, each sealed with ChaCha20-Poly1305.

A chunk's nonce is its number and whether it is the last, so chunks can't be swapped, dropped or appended (STREAM, Hoang
et al., "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from tongxin.evidence.errors import DamagedError
from tongxin.evidence.header import derive

__all__ = ["CHUNK", "TAG", "open_", "seal"]

CHUNK = 1 << 16
TAG = 16
_NONCE = 16
_COUNTER = 11


def seal(source: BinaryIO, sink: BinaryIO, file_key: bytes) -> None:
    """Seals everything there is to read, chunk by chunk."""
    nonce = secrets.token_bytes(_NONCE)
    sink.write(nonce)
    cipher = ChaCha20Poly1305(derive(file_key, nonce, b"payload"))
    for number, chunk, last in _chunks(source, CHUNK):
        sealed = cipher.encrypt(_chunk_nonce(number, last=last), chunk, None)
        sink.write(sealed)


def open_(source: BinaryIO, sink: BinaryIO, file_key: bytes) -> None:
    """Opens everything there is to read; each chunk is handed on as soon as it was checked.

    Raises:
        DamagedError: A byte was changed, or the end is missing. What was handed on until then was right.
    """
    nonce = _read(source, _NONCE)
    if len(nonce) < _NONCE:
        raise DamagedError("this sealed file is cut off")
    cipher = ChaCha20Poly1305(derive(file_key, nonce, b"payload"))
    for number, chunk, last in _chunks(source, CHUNK + TAG):
        try:
            plain = cipher.decrypt(_chunk_nonce(number, last=last), chunk, None)
        except InvalidTag as error:
            raise DamagedError("this sealed file was changed or is cut off") from error
        if not plain and number:
            raise DamagedError("this sealed file was made wrongly: its last chunk is empty")
        sink.write(plain)


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Number and content of each chunk, and whether it is the last; there is one at least."""
    number, chunk = 0, _read(source, size)
    while len(chunk) == size and (following := _read(source, size)):
        yield number, chunk, False
        number, chunk = number + 1, following
    yield number, chunk, True


def _chunk_nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER, "big") + bytes([last])


def _read(source: BinaryIO, size: int) -> bytes:
    """That many bytes, fewer only at the end."""
    block = source.read(size)
    if not block or len(block) == size:
        return block
    parts = [block]
    missing = size - len(block)
    while missing and (block := source.read(missing)):
        parts.append(block)
        missing -= len(block)
    return b"".join(parts)
