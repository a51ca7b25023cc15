# SPDX-License-Identifier: AGPL-3.0-only
"""Hashes, addresses and hex, with types that say what they are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from eth_abi.abi import encode as _encode
from eth_utils.address import is_address as _is_address
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak as _keccak

from tongxin.errors import TongxinError

__all__ = ["ZERO_ADDRESS", "ZERO_HASH", "AddressError", "abi_encode", "address_of", "checksum", "from_hex", "keccak"]

ZERO_ADDRESS: Final = "0x" + "00" * 20
ZERO_HASH: Final = bytes(32)


class AddressError(TongxinError, ValueError):
    """A text is no address."""


def keccak(data: bytes) -> bytes:
    """keccak-256, 32 bytes."""
    return bytes(_keccak(data))


@lru_cache(maxsize=1 << 17)
def address_of(raw: bytes) -> str:
    """The checksum address in the last 20 bytes."""
    return str(to_checksum_address(raw[-20:]))


def checksum(address: str) -> str:
    """The address in EIP-55 form.

    Raises:
        AddressError: It is no address, or its capital letters do not fit.
    """
    if not _is_address(address):
        raise AddressError(f"'{address}' is no address: 0x and 40 hex digits, copied exactly (letters' case counts)")
    return str(to_checksum_address(address))


def from_hex(text: str) -> bytes:
    """The bytes of a 0x-hex text."""
    return bytes.fromhex(text.removeprefix("0x"))


def abi_encode(types: list[str], values: list[Any]) -> bytes:
    """Standard ABI encoding of a tuple's elements.

    Raises:
        eth_abi.exceptions.EncodingError: A value does not fit its type.
    """
    return bytes(_encode(types, values))
