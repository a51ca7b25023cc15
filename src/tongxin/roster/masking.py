# SPDX-License-Identifier: AGPL-3.0-only
"""What a message may say of a cell that could hold personal data: enough to recognise it, too little to learn it."""

from __future__ import annotations

import unicodedata

__all__ = ["masked"]

_HIDDEN = "…"
_LONG = 12
_SHORT = 7
_TAG_PREFIXES = ("0x", "0X")
_LEAST_TAG = 30
"""No identity number is as long as this; a wallet with some digits missing still is."""


def masked(text: str) -> str:
    """A text with its middle hidden (I-16).

    Of 12 letters or more the first 3 and the last 2 are left, of 7 to 11 the last 2, of fewer none. What begins with 0x
    and is longer than any identity number is a wallet or a member id, which are public, and stays as it is.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.startswith(_TAG_PREFIXES) and len(plain) >= _LEAST_TAG:
        return plain
    if len(plain) >= _LONG:
        return plain[:3] + _HIDDEN + plain[-2:]
    return _HIDDEN + plain[-2:] if len(plain) >= _SHORT else _HIDDEN
