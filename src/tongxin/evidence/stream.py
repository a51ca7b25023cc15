# SPDX-License-Identifier: AGPL-3.0-only
"""The payload of an age file (C2SP age specification, "Payload"): chunks of 64 KiB, each sealed with ChaCha20-Poly1305.

A chunk's nonce is its number and whether it is the last, so chunks can't be swapped, dropped or appended (STREAM, Hoang
et al., "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015). Chunks are worked on in batches
of a fixed size, in buffers that are used again and again: memory does not grow with the file.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from tongxin.evidence.errors import DamagedError
from tongxin.evidence.header import derive

__all__ = ["CHUNK", "TAG", "Sink", "Source", "open_", "seal"]

CHUNK = 1 << 16
TAG = 16
_NONCE = 16
_COUNTER = 11
_BATCH = 16


class Source(Protocol):
    """What is read from: a binary file, or anything that fills a buffer."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fills the buffer or its beginning and says how far, 0 at the end; may look at it until the next call."""


class Sink(Protocol):
    """What is written to: a binary file, or anything that takes all bytes."""

    def write(self, block: memoryview, /) -> object:
        """Takes some bytes; may look at them until the next call, not longer."""


def seal(source: Source, sink: Sink, file_key: bytes) -> None:
    """Seals everything there is to read."""
    nonce = secrets.token_bytes(_NONCE)
    sink.write(memoryview(nonce))
    cipher = ChaCha20Poly1305(derive(file_key, nonce, b"payload"))
    buffers = [memoryview(bytearray(_BATCH * (CHUNK + TAG))) for _ in range(2)]
    number = 0
    for batch, at_end in _batches(source, CHUNK):
        sealed, length = buffers[0], 0
        for chunk, last in _chunks(batch, CHUNK, at_end=at_end):
            end = length + len(chunk) + TAG
            cipher.encrypt_into(_chunk_nonce(number, last=last), chunk, None, sealed[length:end])
            number, length = number + 1, end
        sink.write(sealed[:length])
        buffers.reverse()


def open_(source: Source, sink: Sink, file_key: bytes) -> None:
    """Opens everything there is to read; each batch is handed on as soon as it was checked.

    Raises:
        DamagedError: A byte was changed, or the end is missing. What was handed on until then was right.
    """
    nonce = memoryview(bytearray(_NONCE))
    if _fill(source, nonce) < _NONCE:
        raise DamagedError("this sealed file is cut off")
    cipher = ChaCha20Poly1305(derive(file_key, bytes(nonce), b"payload"))
    buffers = [memoryview(bytearray(_BATCH * CHUNK)) for _ in range(2)]
    number = 0
    for batch, at_end in _batches(source, CHUNK + TAG):
        plain, length = buffers[0], 0
        for chunk, last in _chunks(batch, CHUNK + TAG, at_end=at_end):
            end = length + len(chunk) - TAG
            if end < length or (end == length and number):
                raise DamagedError("this sealed file is cut off, or its last chunk is empty")
            try:
                cipher.decrypt_into(_chunk_nonce(number, last=last), chunk, None, plain[length:end])
            except InvalidTag as error:
                raise DamagedError("this sealed file was changed or is cut off") from error
            number, length = number + 1, end
        sink.write(plain[:length])
        buffers.reverse()


def _batches(source: Source, size: int) -> Iterator[tuple[memoryview, bool]]:
    """Up to `_BATCH` chunks of a size at a time, and whether the end was reached with them; one batch at least."""
    buffer, other = (memoryview(bytearray(_BATCH * size)) for _ in range(2))
    length = _fill(source, buffer)
    while length == len(buffer) and (following := _fill(source, other)):
        yield buffer, False
        buffer, other, length = other, buffer, following
    yield buffer[:length], True


def _chunks(batch: memoryview, size: int, *, at_end: bool) -> Iterator[tuple[memoryview, bool]]:
    """Each chunk of a batch, and whether it is the file's last; an empty file has one."""
    for at in range(0, max(len(batch), 1), size):
        yield batch[at : at + size], at_end and at + size >= len(batch)


def _chunk_nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER, "big") + bytes([last])


def _fill(source: Source, buffer: memoryview) -> int:
    """Fills a buffer, less only at the end."""
    length = 0
    while length < len(buffer) and (taken := source.readinto(buffer[length:])):
        length += taken
    return length
