# SPDX-License-Identifier: AGPL-3.0-only
"""A reader key from a wallet's signature: opt-in, because it is as safe as the least careful page the wallet signs for.

The wallet signs an EIP-712 message that names the mutual and a rotation number; HKDF-SHA256 (RFC 5869) turns the
signature into the key. Nothing need be kept, and the same wallet gives the same key on another machine. But whoever
gets that signature once, by asking the wallet for it in another name, reads all that was and will be granted to this
key, and a wallet whose signatures differ from time to time (not RFC 6979) can never give the key again; such a wallet
is found by asking it twice, and refused.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tongxin.chain.keys import Signer
from tongxin.chain.typed_data import Domain, TypedData
from tongxin.evidence.errors import EvidenceError
from tongxin.evidence.keys import Identity, KeyKind

__all__ = ["WalletKeyError", "reader_key", "wallet_identity"]

WARNING: Final = "Whoever gets this signature reads everything granted to you. Sign it in the Tongxin client only."
_SALT: Final = b"tongxin reader key 1"
_R_AND_S: Final = 64


class WalletKeyError(EvidenceError):
    """The wallet's signatures give no lasting key."""


def reader_key(domain: Domain, rotation: int, kind: KeyKind) -> TypedData:
    """What the wallet signs.

    Args:
        domain: The Fund's, so that keys of two mutuals do not link.
        rotation: 1 at first; each number gives another key.
        kind: Which kind of key.
    """
    fields = (("warning", "string"), ("rotation", "uint256"), ("kind", "uint256"))
    return TypedData(domain, "ReaderKey", fields, {"warning": WARNING, "rotation": rotation, "kind": int(kind)})


def wallet_identity(signer: Signer, domain: Domain, rotation: int, kind: KeyKind) -> Identity:
    """The reader key that a wallet's signature gives.

    Raises:
        WalletKeyError: The wallet signs the same message differently each time.
        SignerError: It refuses.
    """
    typed = reader_key(domain, rotation, kind)
    first, second = (signer.sign_typed(typed)[:_R_AND_S] for _time in range(2))
    if first != second:
        raise WalletKeyError(
            f"wallet {signer.address} signs the same message differently each time, so it cannot give a lasting key; "
            "make a key in the keystore instead: tongxin evidence key new"
        )
    secret = HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=bytes([kind])).derive(first)
    return Identity.from_secret(kind, secret)
