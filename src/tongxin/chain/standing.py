# SPDX-License-Identifier: AGPL-3.0-only
"""How firmly a block stands: seen, confirmed by blocks upon it, or final."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tongxin.chain.endpoints import Endpoints, RequestRefusedError

__all__ = ["CONFIRMATIONS", "FINALITY", "Depth", "Standing", "depth_of"]

Standing = Literal["seen", "confirmed", "final"]

CONFIRMATIONS: Final = 12
FINALITY: Final = 64
"""Blocks below the head; used where no endpoint names its finalized block."""


@dataclass(frozen=True)
class Depth:
    """Blocks of the chain: its head, the last that is confirmed, the last that is final."""

    head: int
    confirmed: int
    final: int

    def standing(self, block: int) -> Standing:
        """Whether what happened in a block is final, confirmed, or only seen so far."""
        if block <= self.final:
            return "final"
        return "confirmed" if block <= self.confirmed else "seen"


def depth_of(endpoints: Endpoints, *, confirmations: int = CONFIRMATIONS, finality: int = FINALITY) -> Depth:
    """How firm the chain is now.

    Args:
        endpoints: Where to ask.
        confirmations: Blocks upon a block that confirm it.
        finality: Blocks upon a block that make it final, where the endpoint does not name its `finalized` block.

    Raises:
        EndpointError: No endpoint answers.
    """
    latest, named = endpoints.batch([("eth_blockNumber", []), ("eth_getBlockByNumber", ["finalized", False])])
    if isinstance(latest, RequestRefusedError):
        raise latest
    head = int(latest, 16)
    final = int(named["number"], 16) if isinstance(named, dict) else max(0, head - finality)
    return Depth(head, max(0, head - confirmations, final), final)
