# SPDX-License-Identifier: AGPL-3.0-only
"""Whether a local node runs on a state folder, and where it answers: `tongxin.chain.node` tells it there."""

from __future__ import annotations

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["RunningNode", "read_running", "running_node", "try_lock"]


@dataclass(frozen=True)
class RunningNode:
    """What `node.json` says of a node."""

    url: str
    pid: int


def running_node(state: Path) -> RunningNode | None:
    """The node that runs on a state folder, or None."""
    lock = state / "anvil.lock"
    if not lock.exists():
        return None
    with lock.open("a") as handle:
        if try_lock(handle):
            return None
    return read_running(state)


def read_running(state: Path) -> RunningNode | None:
    """What `node.json` says, whether or not that node still runs; None if it says nothing."""
    try:
        return RunningNode(**json.loads((state / "node.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def try_lock(handle: IO[str]) -> bool:
    """Takes the lock on a file until it is closed; False if another process holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
