# SPDX-License-Identifier: AGPL-3.0-only
"""The file key under a hybrid key (C2SP age specification, "The MLKEM768-X25519 hybrid recipient type")."""

from __future__ import annotations

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

from tongxin.evidence import header
from tongxin.evidence.errors import DamagedError
from tongxin.evidence.keys import MLKEM_BYTES, X25519_BYTES, Identity, Recipient

__all__ = ["STANZA", "unwrap", "wrap"]

STANZA = "mlkem768x25519"
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_INFO = b"age-encryption.org/mlkem768x25519"
_SHARE_BYTES = 1120


def wrap(file_key: bytes, recipient: Recipient) -> header.Stanza:
    """The file key, sealed to a hybrid recipient."""
    public = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(recipient.raw[:MLKEM_BYTES]),
        X25519PublicKey.from_public_bytes(recipient.raw[MLKEM_BYTES:]),
    )
    sealed = _SUITE.encrypt(file_key, public, _INFO)
    return header.Stanza((STANZA, header.encode_base64(sealed[:_SHARE_BYTES])), sealed[_SHARE_BYTES:])


def unwrap(stanza: header.Stanza, identity: Identity) -> bytes | None:
    """The file key that a stanza of this kind holds for an identity; none if it is for another.

    Raises:
        DamagedError: The stanza is malformed.
    """
    (share,) = header.parts(stanza, _SHARE_BYTES)
    try:  # HPKE answers a share of small order as it does a foreign one, and the format demands the difference
        identity.x25519_key().exchange(X25519PublicKey.from_public_bytes(share[-X25519_BYTES:]))
    except ValueError as error:
        raise DamagedError("this is no usable age file: the wrapped key in its header is not safe") from error
    private = MLKEM768X25519PrivateKey(identity.mlkem_key(), identity.x25519_key())
    try:
        return _SUITE.decrypt(share + stanza.body, private, _INFO)
    except InvalidTag:
        return None
