# SPDX-License-Identifier: AGPL-3.0-only
"""Sealing and opening in the age format (C2SP age specification; `age` and `rage` open what is sealed here).

X25519 keys and passphrases go through rage (pyrage), hybrid keys through `hybrid`. Everything streams: memory does not
grow with the file. Only binary files are opened, not those in ASCII armour.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO, cast

import pyrage

from tongxin.evidence import header, hybrid
from tongxin.evidence.errors import DamagedError, EvidenceError, WrongKeyError
from tongxin.evidence.keys import Identity, KeyKind, Recipient

__all__ = [
    "decrypt",
    "decrypt_bytes",
    "decrypt_bytes_with_passphrase",
    "encrypt",
    "encrypt_bytes",
    "encrypt_bytes_with_passphrase",
]

_READ_AHEAD = 1 << 18
_NO_MATCH = "No matching keys found"
_OTHER_PHRASE = "Decryption failed"
# scrypt's N is two to this power; 22, age's own limit, takes 4 GiB of memory
_LOG_WORK = re.compile(r"[1-9]|1[0-9]|2[0-2]")


def encrypt(source: BinaryIO, sink: BinaryIO, recipient: Recipient) -> None:
    """Seals everything there is to read to one recipient.

    Raises:
        Exception: Whatever `source.read` and `sink.write` raise, unchanged.
    """
    if recipient.kind is KeyKind.HYBRID:
        hybrid.encrypt(source, sink, recipient)
        return
    reader, writer = _Reader(b"", source), _Writer(sink)
    try:
        pyrage.encrypt_io(reader, writer, [pyrage.x25519.Recipient.from_str(recipient.text)])
    except (pyrage.EncryptError, OSError) as error:
        _raise_first(reader, writer)
        raise EvidenceError("the age library could not seal the file") from error


def decrypt(source: BinaryIO, sink: BinaryIO, identity: Identity) -> None:
    """Opens a sealed file; what was checked is written at once, so what is written before an error must be thrown away.

    Raises:
        WrongKeyError: It is sealed to other keys.
        DamagedError: It is no age file, was changed or is cut off.
        Exception: Whatever `source.read` and `sink.write` raise, unchanged.
    """
    head = header.read(source)
    if identity.kind is KeyKind.HYBRID:
        hybrid.decrypt(head, cast(BinaryIO, _Reader(head.rest, source)), sink, identity)
        return
    reader, writer = _Reader(head.raw + head.rest, source), _Writer(sink)
    try:
        pyrage.decrypt_io(reader, writer, [pyrage.x25519.Identity.from_str(identity.text)])
    except (pyrage.DecryptError, OSError) as error:
        _raise_first(reader, writer)
        raise _reason(error) from error


def encrypt_bytes(data: bytes, recipient: Recipient) -> bytes:
    """Some bytes, sealed to one recipient."""
    sink = io.BytesIO()
    encrypt(io.BytesIO(data), sink, recipient)
    return sink.getvalue()


def decrypt_bytes(sealed: bytes, identity: Identity) -> bytes:
    """The bytes in a small sealed file.

    Raises:
        WrongKeyError: It is sealed to other keys.
        DamagedError: It is no age file, was changed or is cut off.
    """
    sink = io.BytesIO()
    decrypt(io.BytesIO(sealed), sink, identity)
    return sink.getvalue()


def encrypt_bytes_with_passphrase(data: bytes, passphrase: str) -> bytes:
    """Some bytes, sealed under a passphrase (scrypt, about a second of work for each try to guess it)."""
    return bytes(pyrage.passphrase.encrypt(data, passphrase))


def decrypt_bytes_with_passphrase(sealed: bytes, passphrase: str) -> bytes:
    """The bytes that were sealed under a passphrase.

    Raises:
        WrongKeyError: The passphrase is another.
        DamagedError: It is no age file under a passphrase, was changed or is cut off.
    """
    head = header.read(io.BytesIO(sealed))
    if [stanza.kind for stanza in head.stanzas] != ["scrypt"]:
        raise DamagedError("this is no age file under a passphrase")
    if not _LOG_WORK.fullmatch(head.stanzas[0].arguments[-1]):
        raise DamagedError("this is no usable age file: it demands too much work for each try of a passphrase")
    try:
        return bytes(pyrage.passphrase.decrypt(sealed, passphrase))
    except (pyrage.DecryptError, OSError) as error:
        if str(error) == _OTHER_PHRASE:
            raise WrongKeyError("this is not the passphrase of the file") from error
        raise _reason(error) from error


def _reason(error: Exception) -> EvidenceError:
    """What rage's error means for the person."""
    if _NO_MATCH in str(error):
        return WrongKeyError("this file is sealed to other keys than yours")
    return DamagedError("this sealed file was changed, is cut off, or is no usable age file")


def _raise_first(reader: _Reader, writer: _Writer) -> None:
    """Raises again what our own side raised, which rage turns into a text."""
    for raised in (reader.raised, writer.raised):
        if raised is not None:
            raise raised


class _Reader:
    """Some bytes, then a file; reads ahead, because rage asks for 8 KiB at a time."""

    def __init__(self, first: bytes, source: BinaryIO) -> None:
        self.raised: BaseException | None = None
        self._source = source
        self._buffer = memoryview(first)

    def read(self, size: int = -1) -> bytes:
        try:
            if not self._buffer:
                self._buffer = memoryview(self._source.read(max(size, _READ_AHEAD)))
        except BaseException as error:
            self.raised = error
            raise
        block = self._buffer[:size]
        self._buffer = self._buffer[size:]
        return bytes(block)


class _Writer:
    def __init__(self, sink: BinaryIO) -> None:
        self.raised: BaseException | None = None
        self._sink = sink

    def write(self, block: bytes) -> int:
        try:
            self._sink.write(block)
        except BaseException as error:
            self.raised = error
            raise
        return len(block)

    def flush(self) -> None:
        """Nothing is kept back."""
