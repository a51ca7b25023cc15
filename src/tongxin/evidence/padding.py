# SPDX-License-Identifier: AGPL-3.0-only
"""How long a sealed archive is made, so that its size tells little (R-120)."""

from __future__ import annotations

__all__ = ["LEAST", "padded"]

LEAST = 1 << 16
_BLOCK = 512


def padded(length: int) -> int:
    """The length in bytes to which an archive of `length` bytes is padded with zeros.

    Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019,
    section 4), at least 64 KiB, a multiple of 512: at most 3.2 % are added past that, and of all lengths up to
    L only O(log log L) bits show.
    """
    length = max(length, LEAST)
    exponent = length.bit_length() - 1
    free_bits = exponent - exponent.bit_length()
    rounded = -(-length >> free_bits) << free_bits
    return -(-rounded // _BLOCK) * _BLOCK
