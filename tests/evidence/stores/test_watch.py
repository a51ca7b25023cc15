# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable

import pytest

from tongxin.evidence.stores.faults import SlowStoreError
from tongxin.evidence.stores.watch import Limits, Watch

EASY = Limits()


def moving(watch: Watch, count: int, ended: threading.Event | None = None) -> Callable[[], None]:
    """Work that goes on for ever, so many bytes at a time."""

    def work() -> None:
        try:
            while True:
                watch.moved(count)
                time.sleep(0.01)
        finally:
            if ended is not None:
                ended.set()

    return work


def test_what_work_gives_or_raises_is_passed_on() -> None:
    assert Watch("store", EASY).run(lambda: 7) == 7

    def fails() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        Watch("store", EASY).run(fails)


def test_silence_is_given_up() -> None:
    ended = threading.Event()
    watch = Watch("store", dataclasses.replace(EASY, silence_seconds=0.2))
    with pytest.raises(SlowStoreError, match=r"store: nothing came for 0.2 seconds; it hangs"):
        watch.run(lambda: ended.wait(30))
    ended.set()


def test_a_drip_is_given_up_although_it_is_never_silent() -> None:
    watch = Watch("store", dataclasses.replace(EASY, least_rate=1_000_000, grace_seconds=0.2))
    with pytest.raises(SlowStoreError, match="less than 1,000,000 a second"):
        watch.run(moving(watch, 1))


def test_the_deadline_ends_the_fastest_transfer() -> None:
    watch = Watch("store", dataclasses.replace(EASY, deadline_seconds=0.3))
    with pytest.raises(SlowStoreError, match=r"not done after 0.3 seconds"):
        watch.run(moving(watch, 10**9))


def test_steps_without_bytes_are_not_held_to_a_rate() -> None:
    watch = Watch("store", dataclasses.replace(EASY, least_rate=10**9, grace_seconds=0, deadline_seconds=0.5))
    with pytest.raises(SlowStoreError, match="not done after"):
        watch.run(moving(watch, 0))


def test_work_that_was_given_up_ends_with_its_next_step() -> None:
    ended = threading.Event()
    watch = Watch("store", dataclasses.replace(EASY, deadline_seconds=0.2))
    with pytest.raises(SlowStoreError):
        watch.run(moving(watch, 10**9, ended))
    assert ended.wait(30)
