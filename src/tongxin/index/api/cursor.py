# SPDX-License-Identifier: AGPL-3.0-only
"""Cursors: where a page ended, as a row's key. Rows that come or go elsewhere do not move it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Final

import msgspec

from tongxin.index.api.errors import BadRequestError

__all__ = ["Key", "read_cursor", "write_cursor"]

Key = tuple[int | str | bytes, ...]

_LONGEST: Final = 512
_LARGEST: Final = 2**63


def write_cursor(listing: str, key: Key) -> str:
    """A cursor behind the row with this key."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode([listing, *key])).rstrip(b"=").decode()


def read_cursor(text: str, listing: str, kinds: Sequence[type]) -> Key:
    """The key that a cursor stands for.

    Args:
        text: The cursor.
        listing: What it must be a cursor of.
        kinds: The types of the key's parts.

    Raises:
        BadRequestError: It is none of this listing.
    """
    try:
        if len(text) > _LONGEST:
            raise ValueError
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        name, *key = msgspec.msgpack.decode(raw, type=list)
        if name != listing or [type(part) for part in key] != list(kinds):
            raise ValueError
        if any(isinstance(part, int) and not -_LARGEST <= part < _LARGEST for part in key):
            raise ValueError
        if any(isinstance(part, str) and "\0" in part for part in key):
            raise ValueError
    except (ValueError, UnicodeEncodeError, binascii.Error, msgspec.DecodeError) as error:
        raise BadRequestError(
            f"this is no cursor of the list '{listing}': take `next` of the page before, or leave `cursor` out"
        ) from error
    return tuple(key)
