# SPDX-License-Identifier: AGPL-3.0-only
"""The tag that stands for a person on chain.

`member_id` = HMAC-SHA256(key, label | fund | identity number). The key is the attestor's and differs per mutual:
without it nobody can try all identity numbers, as they could with a plain hash, and the ids of two mutuals do not link.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from eth_utils.address import to_canonical_address

from tongxin.errors import TongxinError

__all__ = ["TagKey", "TagKeyError", "normalise_id_number"]

KEY_BYTES = 32
_LABEL = b"tongxin member_id 1\x00"
_OTHERS_MAY_READ = 0o077


class TagKeyError(TongxinError):
    """The attestor's key file is missing, damaged or open to others."""


def normalise_id_number(text: str) -> str:
    """One way to write an identity number: full-width forms and lower case folded, no space anywhere."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


@dataclass(frozen=True)
class TagKey:
    """The attestor's key of one mutual; whoever has it can find a person's `member_id` by the identity number."""

    secret: bytes = field(repr=False)

    def member_id(self, fund: str, id_number: str) -> bytes:
        """The 32 bytes that stand for a person in the mutual whose Fund has that address."""
        message = _LABEL + to_canonical_address(fund) + normalise_id_number(id_number).encode()
        return hmac.new(self.secret, message, hashlib.sha256).digest()

    @classmethod
    def create(cls, path: Path) -> TagKey:
        """Draws a key and writes it to a new file that only its owner can read.

        Raises:
            TagKeyError: The file exists already or cannot be written.
        """
        key = cls(secrets.token_bytes(KEY_BYTES))
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise TagKeyError(f"{path} exists already; a key in use must never be replaced") from error
        except OSError as error:
            raise TagKeyError(f"the key cannot be written to {path}: {error.strerror}") from error
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key.secret.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        return key

    @classmethod
    def load(cls, path: Path) -> TagKey:
        """Reads a key.

        Raises:
            TagKeyError: The file is missing, is no key, or others than its owner may read it.
        """
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii").strip()
            secret = bytes.fromhex(text)
        except FileNotFoundError as error:
            raise TagKeyError(f"there is no key file {path}; `tongxin attest key` makes one") from error
        except OSError as error:
            raise TagKeyError(f"the key file {path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise TagKeyError(f"{path} is no key file: it must hold {2 * KEY_BYTES} hexadecimal digits") from error
        if len(secret) != KEY_BYTES:
            raise TagKeyError(f"{path} is no key file: it must hold {2 * KEY_BYTES} hexadecimal digits")
        if mode & _OTHERS_MAY_READ:
            raise TagKeyError(f"others may read the key file {path}; run: chmod 600 {path}")
        return cls(secret)
