# SPDX-License-Identifier: AGPL-3.0-only
"""The header of an age file (C2SP age specification, "Header"): whom it is sealed to, and a MAC over that.

Read strictly, and never more than `MOST_BYTES` of it: it may come from somebody who wants to do harm.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tongxin.evidence.errors import DamagedError

__all__ = ["FILE_KEY_BYTES", "Header", "Stanza", "decode_base64", "derive", "encode_base64", "parts", "read", "write"]

FILE_KEY_BYTES = 16
MOST_BYTES = 1 << 16
_VERSION = b"age-encryption.org/v1\n"
_MAC_MARK = b"---"
_MAC_BYTES = 32
_TAG = 16
_COLUMNS = 64
_BLOCK = 4096
_END = re.compile(rb"\n---[^\n]*\n")
_STANZA = re.compile(rb"-> ([!-~]+(?: [!-~]+)*)\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)")
_MAC_LINE = re.compile(rb"--- ([A-Za-z0-9+/]{43})\n")


class _Source(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...


@dataclass(frozen=True)
class Stanza:
    """One wrapping of the file key.

    Attributes:
        arguments: The kind of wrapping, then what belongs to it.
        body: The wrapped key.
    """

    arguments: tuple[str, ...]
    body: bytes

    @property
    def kind(self) -> str:
        """The kind of wrapping, such as `X25519`."""
        return self.arguments[0]


@dataclass(frozen=True)
class Header:
    """A header as it was read.

    Attributes:
        stanzas: Every wrapping of the file key, in order.
        raw: The header byte by byte, the MAC's line included.
        rest: What was read past it: the payload's first bytes.
    """

    stanzas: tuple[Stanza, ...]
    raw: bytes
    rest: bytes

    def check(self, file_key: bytes) -> None:
        """Compares the MAC.

        Raises:
            DamagedError: Somebody changed the header.
        """
        line = _MAC_LINE.fullmatch(self.raw, self.raw.rindex(b"\n---") + 1)
        told = decode_base64(line[1].decode()) if line else b""
        covered = self.raw[: self.raw.rindex(b"\n---") + 1] + _MAC_MARK
        if not hmac.compare_digest(told, _mac(file_key, covered)):
            raise DamagedError("this sealed file was changed: its header does not match its key")


def read(source: _Source) -> Header:
    """Reads a header, and at most one block past its end.

    Raises:
        DamagedError: There is none, or it is not written as the specification demands.
    """
    text, block = bytearray(), memoryview(bytearray(_BLOCK))
    while not (end := _END.search(text)):
        if len(text) >= len(_VERSION) and not text.startswith(_VERSION):
            raise DamagedError("this is no age file (binary, version 1)")
        if len(text) > MOST_BYTES:
            raise DamagedError(f"this is no usable age file: its header is longer than {MOST_BYTES} bytes")
        length = source.readinto(block)
        if not length:
            raise DamagedError("this is no age file, or one that is cut off in its header")
        text += block[:length]
    raw, rest = bytes(text[: end.end()]), bytes(text[end.end() :])
    return Header(_stanzas(raw), raw, rest)


def write(stanzas: tuple[Stanza, ...], file_key: bytes) -> bytes:
    """A whole header for some wrappings of a file key."""
    text = bytearray(_VERSION)
    for stanza in stanzas:
        body = encode_base64(stanza.body)
        lines = [body[at : at + _COLUMNS] for at in range(0, len(body) + 1, _COLUMNS)]
        text += "".join(f"{line}\n" for line in (f"-> {' '.join(stanza.arguments)}", *lines)).encode()
    text += _MAC_MARK
    return bytes(text) + f" {encode_base64(_mac(file_key, bytes(text)))}\n".encode()


def parts(stanza: Stanza, *lengths: int) -> list[bytes]:
    """What the arguments behind a stanza's kind stand for, each of a length; the body must be that of a file key.

    Raises:
        DamagedError: Number or lengths differ.
    """
    found = [decode_base64(argument) for argument in stanza.arguments[1:]]
    if [len(part) for part in found] != list(lengths) or len(stanza.body) != FILE_KEY_BYTES + _TAG:
        raise DamagedError("this is no usable age file: the wrapped key in its header is malformed")
    return found


def encode_base64(data: bytes) -> str:
    """Base64 without padding."""
    return base64.b64encode(data).decode().rstrip("=")


def decode_base64(text: str) -> bytes:
    """The bytes of base64 without padding, written in the one right way.

    Raises:
        DamagedError: It is written in another.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DamagedError("this is no usable age file: base64 in its header is malformed") from error
    if encode_base64(data) != text:
        raise DamagedError("this is no usable age file: base64 in its header is not canonical")
    return data


def derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes by HKDF-SHA-256."""
    return HKDF(SHA256(), 32, salt or None, info).derive(secret)


def _mac(file_key: bytes, covered: bytes) -> bytes:
    return hmac.new(derive(file_key, b"", b"header"), covered, hashlib.sha256).digest()


def _stanzas(raw: bytes) -> tuple[Stanza, ...]:
    if not raw.startswith(_VERSION):
        raise DamagedError("this is no age file (binary, version 1)")
    at = len(_VERSION)
    found = []
    while match := _STANZA.match(raw, at):
        arguments = tuple(match[1].decode().split(" "))
        found.append(Stanza(arguments, decode_base64(match[2].replace(b"\n", b"").decode())))
        at = match.end()
    line = _MAC_LINE.fullmatch(raw, at)
    if not found or not line or len(decode_base64(line[1].decode())) != _MAC_BYTES:
        raise DamagedError("this is no usable age file: its header is malformed")
    return tuple(found)
