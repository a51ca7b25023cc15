# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import hashlib
import io
import secrets

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from tongxin.evidence import age, header, stream

LIGHT = 10
"""Base-2 logarithm of scrypt's work; the product takes some 18, about a second for each try."""


def seal_lightly(data: bytes, passphrase: str) -> bytes:
    """A true age file under a passphrase (C2SP age specification, "The scrypt recipient type"), with little work."""
    file_key, salt = secrets.token_bytes(16), secrets.token_bytes(16)
    salted = b"age-encryption.org/v1/scrypt" + salt
    key = hashlib.scrypt(passphrase.encode(), salt=salted, n=1 << LIGHT, r=8, p=1, dklen=32)
    body = ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None)
    stanza = header.Stanza(("scrypt", header.encode_base64(salt), str(LIGHT)), body)
    sink = io.BytesIO()
    sink.write(header.write((stanza,), file_key))
    stream.seal(io.BytesIO(data), sink, file_key)
    return sink.getvalue()


@pytest.fixture
def light_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases cost less work to seal, and so to open; for tests of what is done with the keys under them."""
    monkeypatch.setattr(age, "encrypt_bytes_with_passphrase", seal_lightly)
