# SPDX-License-Identifier: AGPL-3.0-only
"""Where a mutual's events begin: with its founding's draft, which comes some blocks before its Fund."""

from __future__ import annotations

from typing import Final

from tongxin.chain.contract import LATEST
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.events import Drafted
from tongxin.chain.logs import fetch_events, headers
from tongxin.errors import TongxinError

__all__ = ["FoundingNotShownError", "first_block_of"]

FIRST_LOOK_BACK: Final = 1_000
"""Blocks up to the Fund's deployment that are searched first; further back, four times as many each time."""
FOUNDING_SLOT: Final = 1


class FoundingNotShownError(TongxinError):
    """No endpoint has the logs of a mutual's founding."""

    def __init__(self, charter: str) -> None:
        super().__init__(
            f"the endpoint does not show how the mutual of charter {charter} was founded: use one that keeps all logs"
        )
        self.charter = charter


def first_block_of(endpoints: Endpoints, charter: str, founded: int) -> int:
    """The block of a mutual's first event, the draft that its founding seals.

    Args:
        endpoints: Where to read.
        charter: The address of its Charter.
        founded: When its Fund was deployed, in seconds since 1970.

    Raises:
        FoundingNotShownError: The endpoint does not show it.
        EndpointError: No endpoint answers.
    """
    end, span = _last_block_at(endpoints, founded), FIRST_LOOK_BACK
    while True:
        start = max(0, end - span + 1)
        topics = (FOUNDING_SLOT.to_bytes(32),)
        for found in fetch_events(endpoints, [charter], start, end, kinds=(Drafted,), topics=topics):
            return found.log.block
        if not start:
            raise FoundingNotShownError(charter)
        end, span = start - 1, 4 * span


def _last_block_at(endpoints: Endpoints, time: int) -> int:
    """The last block that is no later than a time, by halving; block times never fall."""
    low, high = 0, headers(endpoints, [LATEST])[0].number
    while low < high:
        middle = (low + high + 1) // 2
        if headers(endpoints, [middle])[0].timestamp <= time:
            low = middle
        else:
            high = middle - 1
    return low
