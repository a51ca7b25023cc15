# SPDX-License-Identifier: AGPL-3.0-only
"""age files for hybrid recipients (C2SP age specification, "The MLKEM768-X25519 hybrid recipient type")."""

from __future__ import annotations

import secrets
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from tongxin.evidence import header, stream
from tongxin.evidence.errors import DamagedError, WrongKeyError
from tongxin.evidence.keys import MLKEM_BYTES, X25519_BYTES, Identity, Recipient

__all__ = ["FILE_KEY_BYTES", "STANZA", "decrypt", "encrypt", "unwrap", "wrap"]

STANZA = "mlkem768x25519"
FILE_KEY_BYTES = 16
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_INFO = b"age-encryption.org/mlkem768x25519"
_SHARE_BYTES = 1120
_BODY_BYTES = FILE_KEY_BYTES + stream.TAG


def encrypt(source: BinaryIO, sink: BinaryIO, recipient: Recipient) -> None:
    """Seals everything there is to read to one hybrid recipient."""
    file_key = secrets.token_bytes(FILE_KEY_BYTES)
    sink.write(header.write((wrap(file_key, recipient),), file_key))
    stream.seal(source, sink, file_key)


def decrypt(head: header.Header, source: BinaryIO, sink: BinaryIO, identity: Identity) -> None:
    """Opens the payload behind a header.

    Raises:
        WrongKeyError: It is sealed to others.
        DamagedError: It was changed or is cut off.
    """
    file_key = unwrap(head.stanzas, identity)
    head.check(file_key)
    stream.open_(source, sink, file_key)


def wrap(file_key: bytes, recipient: Recipient) -> header.Stanza:
    """The file key, sealed to a hybrid recipient."""
    public = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(recipient.raw[:MLKEM_BYTES]),
        X25519PublicKey.from_public_bytes(recipient.raw[MLKEM_BYTES:]),
    )
    sealed = _SUITE.encrypt(file_key, public, _INFO)
    return header.Stanza((STANZA, header.encode_base64(sealed[:_SHARE_BYTES])), sealed[_SHARE_BYTES:])


def unwrap(stanzas: tuple[header.Stanza, ...], identity: Identity) -> bytes:
    """The file key that one of the stanzas holds for an identity.

    Raises:
        WrongKeyError: None does.
        DamagedError: A hybrid stanza is malformed.
    """
    private = MLKEM768X25519PrivateKey(identity.mlkem_key(), identity.x25519_key())
    for stanza in stanzas:
        if stanza.kind != STANZA:
            continue
        shares = [header.decode_base64(argument) for argument in stanza.arguments[1:]]
        if [len(share) for share in shares] != [_SHARE_BYTES] or len(stanza.body) != _BODY_BYTES:
            raise DamagedError("this is no usable age file: the wrapped key in its header is malformed")
        _refuse_small_order(shares[0][-X25519_BYTES:], identity)
        try:
            return _SUITE.decrypt(shares[0] + stanza.body, private, _INFO)
        except InvalidTag:
            continue
    raise WrongKeyError("this file is sealed to other keys than yours")


def _refuse_small_order(share: bytes, identity: Identity) -> None:
    """A share with which the X25519 secret is zero whatever the key (RFC 7748, section 6.1)."""
    try:
        identity.x25519_key().exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError as error:
        raise DamagedError("this is no usable age file: the wrapped key in its header is not safe") from error
