# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

__all__ = ["Agenda"]

Act = Callable[[], None]


class Agenda:
    """What is to happen when, done in the order of time; what is due at the same time, in the order it was put down.

    Args:
        travel: Moves the chain's clock forward to a time (seconds since 1970); called before each act, also with a
            time that is past, when what came before took longer.
    """

    def __init__(self, travel: Callable[[int], None]) -> None:
        self._travel = travel
        self._due: list[tuple[int, int, Act]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._due)

    def at(self, time: int, act: Act) -> None:
        """Puts an act down; acts may put down others."""
        heapq.heappush(self._due, (time, next(self._order), act))

    def run(self, done: Callable[[int], None] | None = None) -> None:
        """Does everything; `done` is told the time of each act after it."""
        while self._due:
            time, _, act = heapq.heappop(self._due)
            self._travel(time)
            act()
            if done is not None:
                done(time)
