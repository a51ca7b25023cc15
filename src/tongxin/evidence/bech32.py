# SPDX-License-Identifier: AGPL-3.0-only
"""Bech32 as age uses it: BIP 173 without its limit of 90 characters (C2SP age specification, "Conventions")."""

from __future__ import annotations

__all__ = ["decode", "encode"]

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_SYMBOLS = 6


def encode(prefix: str, data: bytes) -> str:
    """The lower-case text of some bytes behind a prefix."""
    symbols = _regroup(data, 8, 5, pad=True)
    remainder = _polymod([*_expanded(prefix), *symbols, *[0] * _CHECKSUM_SYMBOLS]) ^ 1
    checksum = [remainder >> 5 * (_CHECKSUM_SYMBOLS - 1 - i) & 31 for i in range(_CHECKSUM_SYMBOLS)]
    return prefix + "1" + "".join(_ALPHABET[symbol] for symbol in [*symbols, *checksum])


def decode(text: str) -> tuple[str, bytes]:
    """Prefix and bytes of a lower-case text.

    Raises:
        ValueError: It is no bech32: a foreign character, a wrong checksum, or padding that is not zero.
    """
    prefix, separator, rest = text.rpartition("1")
    if not separator or not prefix or len(rest) < _CHECKSUM_SYMBOLS:
        raise ValueError("no bech32 text")
    if any(not "!" <= character <= "~" or character.isupper() for character in text):
        raise ValueError("a character that bech32 does not use")
    symbols = [_ALPHABET.find(character) for character in rest]
    if -1 in symbols:
        raise ValueError("a character that bech32 does not use")
    if _polymod([*_expanded(prefix), *symbols]) != 1:
        raise ValueError("the checksum does not match: a character is wrong or missing")
    return prefix, bytes(_regroup(symbols[:-_CHECKSUM_SYMBOLS], 5, 8, pad=False))


def _expanded(prefix: str) -> list[int]:
    codes = prefix.encode()
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _polymod(symbols: list[int]) -> int:
    remainder = 1
    for symbol in symbols:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ symbol
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                remainder ^= generator
    return remainder


def _regroup(groups: bytes | list[int], width: int, new_width: int, *, pad: bool) -> list[int]:
    regrouped = []
    pending = bits = 0
    for group in groups:
        pending = (pending << width | group) & (1 << width + new_width) - 1
        bits += width
        while bits >= new_width:
            bits -= new_width
            regrouped.append(pending >> bits & (1 << new_width) - 1)
    left = pending & (1 << bits) - 1
    if pad:
        if bits:
            regrouped.append(left << new_width - bits)
    elif bits >= width or left:
        raise ValueError("the padding is not zero")
    return regrouped
