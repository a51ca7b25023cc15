# SPDX-License-Identifier: AGPL-3.0-only
"""How many blocks to ask for at once."""

from __future__ import annotations

from typing import Final

__all__ = ["ANSWERS_AT_ONCE", "FIRST_SPAN", "LARGEST_SPAN", "LOGS_AT_ONCE", "LOGS_IN_ANSWER", "Span"]

FIRST_SPAN: Final = 32
LARGEST_SPAN: Final = 10_000
LOGS_AT_ONCE: Final = 150_000
"""Logs that a step should hold: one transaction of the database, some 600 MB of memory. Members stand in the order of
their ids, which are random: the more of them are written together, the more often does a page hold several."""
LOGS_IN_ANSWER: Final = 30_000
"""Logs that one answer of an endpoint should hold: some 30 MB."""
ANSWERS_AT_ONCE: Final = 8
"""Answers that a step holds at most, so that a quiet time is written too, now and then."""
_TOO_LARGE: Final = 64
"""After an answer too large to read the span is cut to this part: a busy time has begun, and each try costs much."""
_PATIENCE: Final = 16
"""Answers in a row after which a span that was once refused is tried again."""


class Span:
    """A number of blocks that shrinks when an endpoint refuses, and grows while its answers are small.

    Args:
        first: Blocks asked for at first.
        aim: Logs that a step should hold. An answer should have no more, and never above `LOGS_IN_ANSWER`.
    """

    def __init__(self, first: int = FIRST_SPAN, aim: int = LOGS_AT_ONCE) -> None:
        self.blocks = first
        self.aim = aim
        self._aim = min(aim, LOGS_IN_ANSWER)
        self._ceiling = LARGEST_SPAN
        self._answers = 0

    def refused(self, blocks: int, *, large: bool = False) -> None:
        """So many blocks were too many; where the answer was large, and each try costs much, by far."""
        self.blocks = max(1, blocks // (_TOO_LARGE if large else 2))
        self._ceiling = self.blocks
        self._answers = 0

    def answered(self, blocks: int, logs: int) -> None:
        """So many blocks had so many logs."""
        self._answers += 1
        if self._answers >= _PATIENCE:
            self._ceiling = min(self._ceiling * 2, LARGEST_SPAN)
            self._answers = 0
        if logs > self._aim:
            self.blocks = max(1, blocks * self._aim // logs)
        elif logs * 2 <= self._aim and blocks >= self.blocks:
            self.blocks = min(self.blocks * 2, self._ceiling)
