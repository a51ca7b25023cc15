# SPDX-License-Identifier: AGPL-3.0-only
"""How long a store is waited for.

A timeout of a socket starts again with each byte, so a server that sends one byte a minute is never late by it. What a
store does runs in a thread of its own and is watched from outside: by silence, by average rate and by a last moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from tongxin.evidence.stores.faults import SlowStoreError

__all__ = ["Limits", "Watch"]

_LOOK_SECONDS: Final = 0.1
Result = TypeVar("Result")


@dataclass(frozen=True)
class Limits:
    """What a store is given.

    Attributes:
        connect_seconds: For a connection.
        silence_seconds: Without a byte in either direction.
        search_seconds: For an IPFS node to find a blob among other nodes.
        least_rate: Bytes a second on average, once `grace_seconds` are over.
        grace_seconds: Before the average counts.
        deadline_seconds: For one put, fetch or deletion altogether.
    """

    connect_seconds: float = 5.0
    silence_seconds: float = 60.0
    search_seconds: float = 30.0
    least_rate: int = 8 * 1024
    grace_seconds: float = 60.0
    deadline_seconds: float = 6 * 3600.0


class _GivenUpError(Exception):
    """Ends a thread that nobody waits for any more."""


class Watch:
    """One operation on one store.

    Args:
        store: The store's address, for messages.
        limits: What it is given.
    """

    def __init__(self, store: str, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._moved = 0
        self._transfer = False
        self._last = self._start = time.monotonic()
        self._given_up = threading.Event()

    def moved(self, count: int) -> None:
        """Tells that so many bytes went over; from the thread that does the work."""
        if self._given_up.is_set():
            raise _GivenUpError
        self._moved += count
        self._transfer = self._transfer or count > 0
        self._last = time.monotonic()

    def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`, or whatever it raises.

        Raises:
            SlowStoreError: A limit was passed; what `work` still does has no effect here.
        """
        results: list[Result] = []
        errors: list[BaseException] = []
        done = threading.Event()

        def in_thread() -> None:
            try:
                results.append(work())
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
                errors.append(error)
            finally:
                done.set()

        self._last = self._start = time.monotonic()
        threading.Thread(target=in_thread, daemon=True).start()
        try:
            while not done.wait(_LOOK_SECONDS):
                self._look()
        except BaseException:
            self._given_up.set()
            raise
        if errors:
            raise errors[0]
        return results[0]

    def _look(self) -> None:
        now = time.monotonic()
        lasted = now - self._start
        limits = self._limits
        if now - self._last > limits.silence_seconds:
            raise SlowStoreError(self._store, f"nothing came for {limits.silence_seconds:g} seconds; it hangs")
        if lasted > limits.deadline_seconds:
            raise SlowStoreError(self._store, f"not done after {limits.deadline_seconds:g} seconds")
        if self._transfer and lasted > limits.grace_seconds and self._moved < limits.least_rate * lasted:
            raise SlowStoreError(
                self._store, f"{self._moved:,} bytes in {lasted:.0f} seconds; less than {limits.least_rate:,} a second"
            )
