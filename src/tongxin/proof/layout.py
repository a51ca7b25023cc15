# SPDX-License-Identifier: AGPL-3.0-only
"""Where the contracts' state variables stand in storage."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from tongxin.artifacts import load
from tongxin.chain.primitives import keccak

__all__ = ["Slot", "element", "slot_of"]


class Slot(NamedTuple):
    """One storage slot of one contract."""

    address: str
    number: int


def _key(key: int | bytes) -> bytes:
    return key.to_bytes(32, "big") if isinstance(key, int) else key.rjust(32, b"\0")


@lru_cache(maxsize=1 << 18)
def element(base: int, *keys: int | bytes) -> int:
    """The slot of a mapping's element: Vyper hashes the mapping's slot, then the key, once per level."""
    slot = base
    for key in keys:
        slot = int.from_bytes(keccak(slot.to_bytes(32, "big") + _key(key)))
    return slot


@cache
def _base(artifact: str, variable: str) -> int:
    return load(artifact).slot_of(variable)


def slot_of(artifact: str, variable: str, *keys: int | bytes) -> int:
    """The slot of a state variable, or of a mapping's element."""
    return element(_base(artifact, variable), *keys)
