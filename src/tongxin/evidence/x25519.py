# SPDX-License-Identifier: AGPL-3.0-only
"""The file key under an X25519 key (C2SP age specification, "The X25519 recipient type")."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from tongxin.evidence import header
from tongxin.evidence.errors import DamagedError
from tongxin.evidence.keys import X25519_BYTES, Identity, Recipient

__all__ = ["STANZA", "unwrap", "wrap"]

STANZA = "X25519"
_INFO = b"age-encryption.org/v1/X25519"
_NONCE = bytes(12)


def wrap(file_key: bytes, recipient: Recipient) -> header.Stanza:
    """The file key, sealed to an X25519 recipient."""
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient.raw))
    body = _cipher(shared, share, recipient).encrypt(_NONCE, file_key, None)
    return header.Stanza((STANZA, header.encode_base64(share)), body)


def unwrap(stanza: header.Stanza, identity: Identity) -> bytes | None:
    """The file key that a stanza of this kind holds for an identity; none if it is for another.

    Raises:
        DamagedError: The stanza is malformed.
    """
    (share,) = header.parts(stanza, X25519_BYTES)
    try:
        shared = identity.x25519_key().exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError as error:
        raise DamagedError("this is no usable age file: the wrapped key in its header is not safe") from error
    try:
        return _cipher(shared, share, identity.recipient).decrypt(_NONCE, stanza.body, None)
    except InvalidTag:
        return None


def _cipher(shared: bytes, share: bytes, recipient: Recipient) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(header.derive(shared, share + recipient.raw, _INFO))
