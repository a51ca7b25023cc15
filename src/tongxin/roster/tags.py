# SPDX-License-Identifier: AGPL-3.0-only
"""The tag that stands for a person on chain (R-129).

`member_id` = HMAC-SHA256(key, label | fund | identity number). The key is the attestor's and differs per mutual:
without it nobody can try all identity numbers, as they could with a plain hash, and the ids of two mutuals do not link.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from eth_utils.address import to_canonical_address

from tongxin.roster.keyfiles import TagKeyError, create_key, load_key

__all__ = ["TagKey", "TagKeyError", "normalise_id_number"]

_LABEL = b"tongxin member_id 1\x00"


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
    def create(cls, path: Path, password: str | None = None) -> TagKey:
        """Draws a key and writes it to a new file that only its owner can read, sealed if there is a password.

        Raises:
            TagKeyError: The file exists already or cannot be written, or the password is empty.
        """
        return cls(create_key(path, password))

    @classmethod
    def load(cls, path: Path, password: Callable[[], str] | None = None) -> TagKey:
        """Reads a key; the password is asked if the file is sealed.

        Raises:
            TagKeyError: The file is missing, is no key, others than its owner may read it, or the password is wrong.
        """
        return cls(load_key(path, password, "tongxin attest key"))
