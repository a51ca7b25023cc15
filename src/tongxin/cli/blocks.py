# SPDX-License-Identifier: AGPL-3.0-only
"""A block named by its hash at the command line."""

import re

from tongxin.cli.session import CommandError
from tongxin.cli.text import _

__all__ = ["hash_of_block"]

_HASH = re.compile(r"0x[0-9a-fA-F]{64}")


def hash_of_block(text: str) -> bytes:
    """The hash.

    Raises:
        CommandError: It is none.
    """
    if not _HASH.fullmatch(text):
        raise CommandError(_("'{text}' is no hash of a block: 0x and 64 hexadecimal digits").format(text=text))
    return bytes.fromhex(text[2:])
