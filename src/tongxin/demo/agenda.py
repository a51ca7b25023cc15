# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

__all__ = ["Agenda"]

Act = Callable[[], None]


class Agenda:
    """What is to happen when, done in the order of time; what is due at the same time, in the order it was put down."""

    def __init__(self) -> None:
        self._due: list[tuple[int, int, Act]] = []
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._due)

    def at(self, time: int, act: Act) -> None:
        """Puts an act down for a time in seconds since 1970; acts may put down others."""
        heapq.heappush(self._due, (time, next(self._order), act))

    def run(self, travel: Callable[[int], None]) -> None:
        """Does everything.

        Args:
            travel: Moves the clock to a time; called before each act, also with a time that is past, when what came
                before took longer.
        """
        while self._due:
            time, _, act = heapq.heappop(self._due)
            travel(time)
            act()
