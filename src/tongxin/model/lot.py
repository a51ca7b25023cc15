# SPDX-License-Identifier: AGPL-3.0-only
"""The lot (R-65, R-67, R-78): seeds from block hashes, candidates from seeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tongxin.model.reverts import ModelRevert, require
from tongxin.units import BPS

RECENT = 256
SERVED = 8191
CANDIDATES_PER_SEAT = 16


@dataclass
class Blocks:
    """Hashes of blocks by number, and whether the chain has EIP-2935's history contract."""

    hashes: dict[int, bytes] = field(default_factory=dict)
    history: bool = False

    def lot_hash(self, lot_block: int, block_number: int) -> bytes:
        """R-65: the hash that seeds a lot.

        Raises:
            ModelRevert: The lot's block is not past, or its hash was not given.
        """
        require(lot_block < block_number, "R-65", "court: lot not ready")
        age = block_number - lot_block
        if age > RECENT and not (self.history and age <= SERVED):
            lot_block += (age - 1) // RECENT * RECENT
        if lot_block not in self.hashes:
            raise ModelRevert("R-65", f"model: the hash of block {lot_block} was not given")
        return self.hashes[lot_block]


def lot_seed(block_hash: bytes, key: int, attempt: int) -> bytes:
    """R-65."""
    return keccak(encode(["bytes32", "uint256", "uint256"], [block_hash, key, attempt]))


def candidates(seed: bytes, pool: int, seats: int) -> Iterator[int]:
    """R-67: indices of volunteers in the order of the lot."""
    for i in range(CANDIDATES_PER_SEAT * seats):
        yield int.from_bytes(keccak(seed + i.to_bytes(32, "big"))) % pool


def reviewed_by_lot(block_hash: bytes, claim: int, review_bps: int) -> bool:
    """R-78."""
    drawn = keccak(encode(["string", "bytes32", "uint256"], ["review", block_hash, claim]))
    return int.from_bytes(drawn) % BPS < review_bps
