# SPDX-License-Identifier: AGPL-3.0-only
"""Keys in the age format: whom a file is sealed to, and who can open it.

A recipient is the text of a public key, an identity that of a secret key (docs/spec/evidence.md). Two kinds are in
use, both of the C2SP age specification: X25519, and ML-KEM-768 with X25519 ("hybrid", safe against quantum computers).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tongxin.evidence import bech32
from tongxin.evidence.errors import KeyTextError

__all__ = ["Identity", "KeyKind", "Recipient", "kind_for", "read_identities"]

SECRET_BYTES = 32
X25519_BYTES = 32
MLKEM_BYTES = 1184
_MLKEM_SEED_BYTES = 64


class KeyKind(IntEnum):
    """How a key works; the number is what `Jury.announce` and `Office.announce_key` take (R-122, R-125)."""

    X25519 = 1
    HYBRID = 2


_RECIPIENT_PREFIX = {KeyKind.X25519: "age", KeyKind.HYBRID: "age1pq"}
_IDENTITY_PREFIX = {KeyKind.X25519: "age-secret-key-", KeyKind.HYBRID: "age-secret-key-pq-"}
_RAW_BYTES = {KeyKind.X25519: X25519_BYTES, KeyKind.HYBRID: MLKEM_BYTES + X25519_BYTES}


@dataclass(frozen=True)
class Recipient:
    """A public key to which files are sealed.

    Attributes:
        text: `age1...` or `age1pq1...`.
        kind: How the key works.
        raw: The public key itself: 32 bytes (X25519), or 1,184 of ML-KEM-768 and 32 of X25519.

    Raises:
        KeyTextError: The text is no recipient, or its key would let anybody read what is sealed to it.
    """

    text: str
    kind: KeyKind = field(init=False, repr=False, compare=False)
    raw: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            prefix, raw = bech32.decode(self.text)
        except ValueError as error:
            raise KeyTextError(f"this is no age recipient: {error}; it begins with age1 or age1pq1") from error
        kinds = [kind for kind, known in _RECIPIENT_PREFIX.items() if known == prefix]
        if not kinds or len(raw) != _RAW_BYTES[kinds[0]]:
            raise KeyTextError(
                "this is no age recipient of a kind in use here: age1... (X25519) or age1pq1... (hybrid)"
            )
        _refuse_unsafe(kinds[0], raw)
        object.__setattr__(self, "kind", kinds[0])
        object.__setattr__(self, "raw", raw)

    @classmethod
    def parse(cls, text: str) -> Recipient:
        """The recipient that a text is, white space around it aside.

        Raises:
            KeyTextError: It is none.
        """
        return cls(text.strip())

    @classmethod
    def x25519(cls, raw: bytes) -> Recipient:
        """The recipient of an X25519 public key of 32 bytes, as it was announced on chain.

        Raises:
            KeyTextError: It has another length, or would let anybody read what is sealed to it.
        """
        return cls(bech32.encode(_RECIPIENT_PREFIX[KeyKind.X25519], raw))

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text: `seal_key` of a claim (R-121), `reader` of a grant (R-124)."""
        return hashlib.sha256(self.text.encode()).digest()

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that are announced on chain (R-122): the X25519 key, or the digest of a hybrid recipient."""
        return self.raw if self.kind is KeyKind.X25519 else self.digest

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Identity:
    """A secret key that opens what was sealed to its recipient.

    Attributes:
        kind: How the key works.
        secret: 32 bytes; never shown by `repr` or `str`.

    Raises:
        KeyTextError: The secret has another length.
    """

    kind: KeyKind
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise KeyTextError(f"a secret key has {SECRET_BYTES} bytes, not {len(self.secret)}")

    @classmethod
    def generate(cls, kind: KeyKind) -> Identity:
        """A new identity, drawn at random."""
        return cls(kind, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def from_secret(cls, kind: KeyKind, secret: bytes) -> Identity:
        """The identity of a secret of 32 bytes, such as one that a juror showed (R-126).

        Raises:
            KeyTextError: It has another length.
        """
        return cls(kind, secret)

    @classmethod
    def parse(cls, text: str) -> Identity:
        """The identity that a text is, white space around it aside.

        Raises:
            KeyTextError: It is none. The message never repeats the text.
        """
        line = text.strip()
        try:
            prefix, secret = bech32.decode(line.lower() if line.isupper() else "")
        except ValueError:
            prefix, secret = "", b""
        for kind, known in _IDENTITY_PREFIX.items():
            if known == prefix and len(secret) == SECRET_BYTES:
                return cls(kind, secret)
        raise KeyTextError(
            "this is no age secret key; one begins with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1 and is copied whole"
        )

    @property
    def text(self) -> str:
        """The identity as `age-keygen` writes it; a secret."""
        return bech32.encode(_IDENTITY_PREFIX[self.kind], self.secret).upper()

    @cached_property
    def recipient(self) -> Recipient:
        """The public key that belongs to it."""
        if self.kind is KeyKind.X25519:
            return Recipient.x25519(self.x25519_key().public_key().public_bytes_raw())
        classical = self.x25519_key().public_key().public_bytes_raw()
        raw = self.mlkem_key().public_key().public_bytes_raw() + classical
        return Recipient(bech32.encode(_RECIPIENT_PREFIX[KeyKind.HYBRID], raw))

    def x25519_key(self) -> X25519PrivateKey:
        """The X25519 key, or that part of a hybrid one."""
        if self.kind is KeyKind.X25519:
            return X25519PrivateKey.from_private_bytes(self.secret)
        return X25519PrivateKey.from_private_bytes(self._expanded[_MLKEM_SEED_BYTES:])

    def mlkem_key(self) -> MLKEM768PrivateKey:
        """The ML-KEM-768 part of a hybrid identity."""
        return MLKEM768PrivateKey.from_seed_bytes(self._expanded[:_MLKEM_SEED_BYTES])

    @property
    def _expanded(self) -> bytes:
        """The seeds of both parts (X-Wing, draft-connolly-cfrg-xwing-kem, section 5.2)."""
        return hashlib.shake_256(self.secret).digest(_MLKEM_SEED_BYTES + X25519_BYTES)


def kind_for(readers: Iterable[Recipient]) -> KeyKind:
    """The kind of a document key: hybrid if every reader known at sealing is, and there is one (R-120)."""
    kinds = {reader.kind for reader in readers}
    return KeyKind.HYBRID if kinds == {KeyKind.HYBRID} else KeyKind.X25519


def read_identities(text: str) -> tuple[Identity, ...]:
    """All identities of a key file as `age-keygen` writes it: one a line, lines that begin with # left aside.

    Raises:
        KeyTextError: A line is no identity, or there is none.
    """
    lines = (line.strip() for line in text.splitlines())
    identities = tuple(Identity.parse(line) for line in lines if line and not line.startswith("#"))
    if not identities:
        raise KeyTextError("there is no secret key in this key file; `age-keygen -o FILE` makes one")
    return identities


def _refuse_unsafe(kind: KeyKind, raw: bytes) -> None:
    """Refuses points of small order, with which the shared secret is zero for everybody (RFC 7748, section 6.1)."""
    try:
        if kind is KeyKind.HYBRID:
            MLKEM768PublicKey.from_public_bytes(raw[:MLKEM_BYTES])
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(raw[-X25519_BYTES:]))
    except (ValueError, InvalidKey) as error:
        raise KeyTextError("this recipient's key is not safe: anybody could read what is sealed to it") from error
