# SPDX-License-Identifier: AGPL-3.0-only
"""Sealing and opening in the age format (C2SP age specification): `age` opens what is sealed here, and the reverse.

Everything streams: memory does not grow with the file. Keys and payload are our own few lines over the `cryptography`
library, because no Python library has the hybrid keys, and because they take less time than rage called from Python;
passphrases go through rage (pyrage). Only binary files are opened, not those in ASCII armour.
"""

from __future__ import annotations

import io
import re
import secrets

import pyrage

from tongxin.evidence import header, hybrid, stream, x25519
from tongxin.evidence.errors import DamagedError, WrongKeyError
from tongxin.evidence.keys import Identity, KeyKind, Recipient

__all__ = [
    "decrypt",
    "decrypt_bytes",
    "decrypt_bytes_with_passphrase",
    "encrypt",
    "encrypt_bytes",
    "encrypt_bytes_with_passphrase",
]

_STANZAS = {KeyKind.X25519: x25519.STANZA, KeyKind.HYBRID: hybrid.STANZA}
_WRAP = {KeyKind.X25519: x25519.wrap, KeyKind.HYBRID: hybrid.wrap}
_UNWRAP = {KeyKind.X25519: x25519.unwrap, KeyKind.HYBRID: hybrid.unwrap}
_OTHER_PHRASE = "Decryption failed"
# scrypt's N is two to this power; 22, age's own limit, takes 4 GiB of memory
_LOG_WORK = re.compile(r"[1-9]|1[0-9]|2[0-2]")


def encrypt(source: stream.Source, sink: stream.Sink, recipient: Recipient) -> None:
    """Seals everything there is to read to one recipient.

    Raises:
        Exception: Whatever `source` and `sink` raise.
    """
    file_key = secrets.token_bytes(header.FILE_KEY_BYTES)
    stanza = _WRAP[recipient.kind](file_key, recipient)
    sink.write(memoryview(header.write((stanza,), file_key)))
    stream.seal(source, sink, file_key)


def decrypt(source: stream.Source, sink: stream.Sink, identity: Identity) -> None:
    """Opens a sealed file; what was checked is written at once, so what is written before an error must be thrown away.

    Raises:
        WrongKeyError: It is sealed to other keys.
        DamagedError: It is no age file, was changed or is cut off.
        Exception: Whatever `source` and `sink` raise.
    """
    head = header.read(source)
    file_key = _unwrap(head, identity)
    head.check(file_key)
    stream.open_(_Joined(head.rest, source), sink, file_key)


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
        raise DamagedError("this sealed file was changed, is cut off, or is no usable age file") from error


def _unwrap(head: header.Header, identity: Identity) -> bytes:
    for stanza in head.stanzas:
        if stanza.kind == _STANZAS[identity.kind]:
            file_key = _UNWRAP[identity.kind](stanza, identity)
            if file_key is not None:
                return file_key
    raise WrongKeyError("this file is sealed to other keys than yours")


class _Joined:
    """Some bytes, then what is left of a source."""

    def __init__(self, first: bytes, source: stream.Source) -> None:
        self._first = memoryview(first)
        self._source = source

    def readinto(self, buffer: memoryview, /) -> int | None:
        if not self._first:
            return self._source.readinto(buffer)
        taken = self._first[: len(buffer)]
        buffer[: len(taken)] = taken
        self._first = self._first[len(taken) :]
        return len(taken)
