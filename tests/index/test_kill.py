# SPDX-License-Identifier: AGPL-3.0-only
"""Killed at any moment, an index goes on where it was, and ends with the rows of one that was never killed."""

from __future__ import annotations

import multiprocessing
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from index import victim
from index.conftest import Lived, dumped, following
from tongxin.index.store import Store

pytestmark = pytest.mark.chain
LONGEST_LIFE = 0.5
"""Seconds: much less than the whole index takes in such small steps."""


@pytest.fixture(scope="module")
def untouched(lived: Lived, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The dump of an index that was never killed."""
    folder = tmp_path_factory.mktemp("untouched")
    with (
        Store(f"sqlite:///{folder}/index.sqlite") as store,
        following(store, [lived.node.url]) as follower,
    ):
        follower.follow(lived.funds)
        follower.catch_up()
        return dumped(store)


def _kill_often(lived: Lived, untouched: str, new_database: Callable[[], str], times: int, seed: int) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["index.victim"])
    chance = random.Random(seed)
    database = new_database()
    killed = finished = 0
    while killed < times:
        process = context.Process(target=victim.index, args=(lived.node.url, database, lived.funds))
        process.start()
        process.join(chance.uniform(0, LONGEST_LIFE))
        if process.is_alive():
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL
            killed += 1
            continue
        assert process.exitcode == 0
        with Store(database) as store:
            assert dumped(store) == untouched
        finished += 1
        database = new_database()
    with Store(database) as store, following(store, [lived.node.url]) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
        assert dumped(store) == untouched


def test_an_index_killed_at_a_hundred_random_points_has_the_same_rows(
    lived: Lived, untouched: str, tmp_path: Path
) -> None:
    made = 0

    def new_database() -> str:
        nonlocal made
        made += 1
        return f"sqlite:///{tmp_path}/{made}.sqlite"

    _kill_often(lived, untouched, new_database, times=100, seed=5)


def test_so_has_one_in_postgresql(lived: Lived, untouched: str, postgres: Callable[[], str]) -> None:
    _kill_often(lived, untouched, postgres, times=25, seed=6)
