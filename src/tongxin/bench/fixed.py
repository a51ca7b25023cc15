# SPDX-License-Identifier: AGPL-3.0-only
"""Fixed words, accounts and addresses without a zero byte.

A zero byte of calldata costs 4 gas, another one 16. With fixed words every run gives the same figures, and without zero
bytes these are those of the dearest case.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from tongxin.chain.primitives import checksum, from_hex

__all__ = ["account", "has_zero", "somebody", "word"]


def has_zero(data: bytes) -> bool:
    """Whether a byte is zero."""
    return 0 in data


def word(label: str) -> bytes:
    """32 bytes, always the same for a label."""
    tries = (keccak(text=f"tongxin bench {label} {number}") for number in itertools.count())
    return next(item for item in tries if not has_zero(item))


def account(role: str) -> LocalAccount:
    """The key of one person, known to everybody."""
    keys = (keccak(text=f"tongxin bench key {role} {number}") for number in itertools.count())
    tries: Iterator[LocalAccount] = (Account.from_key(key) for key in keys)
    return next(item for item in tries if not has_zero(from_hex(item.address)))


def somebody(label: str) -> str:
    """The address of somebody who never acts, so that nobody needs the key."""
    return checksum("0x" + word(f"wallet {label}")[:20].hex())
