# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from types import TracebackType
from typing import Self

from tongxin.chain import dev_rpc

__all__ = ["GENESIS_TIME", "ChainClock"]

GENESIS_TIME = 1_767_225_600
"""1 January 2026, 00:00 UTC: the first block of every demo, so that the same seed makes the same chain."""

_SECONDS_BETWEEN_BLOCKS = 1


class ChainClock:
    """The clock of a local chain, moved by hand: while this is open, no block's time depends on the machine's clock.

    Each block is a second later than the one before, unless `travel` moves the clock.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> Self:
        """Takes the clock over."""
        dev_rpc.request(self._url, "anvil_setBlockTimestampInterval", _SECONDS_BETWEEN_BLOCKS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lets the clock run by itself again."""
        if error is None:
            dev_rpc.request(self._url, "anvil_removeBlockTimestampInterval")

    @property
    def now(self) -> int:
        """The latest block's time, in seconds since 1970."""
        return dev_rpc.block_time(self._url)

    def travel(self, time: int) -> None:
        """Mines a block at that time; does nothing when it is past."""
        if time > self.now:
            dev_rpc.set_next_block_timestamp(self._url, time)
            dev_rpc.mine(self._url)

    def mine(self, blocks: int) -> None:
        """Lets some blocks go by."""
        dev_rpc.mine(self._url, blocks)
