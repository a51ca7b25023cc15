# SPDX-License-Identifier: AGPL-3.0-only
"""One audit, one indexing or one API server in a process of its own: `apart` runs it as a program.

On standard output each line is JSON: a list is progress (stage, done, total), an object the figures, a text the address
of the server. Each job loads what it needs and nothing else, since that counts as its memory.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from tongxin.bench.processes import memory_peak
from tongxin.errors import TongxinError

__all__ = ["JOBS"]

SECONDS_BETWEEN_TELLING: Final = 0.2


def _audit(url: str, fund: str, *mode: str) -> dict[str, Any]:
    """The audit by default, or with all storage if the mode is `full`."""
    audits = importlib.import_module("tongxin.audit")
    began = time.perf_counter()
    report = audits.run([url], fund, progress=_telling(), storage="full" if mode == ("full",) else None)
    seconds = time.perf_counter() - began
    failed = [f"{check.name} ({check.detail})" for check in report.checks if not check.ok]
    return {"seconds": seconds, "events": report.events, "members": report.members, "failed": failed}


def _index(url: str, fund: str, database: str) -> dict[str, Any]:
    """Everything into an empty database."""
    follower, tell = importlib.import_module("tongxin.index.follower"), _telling()
    done = follower.index_once(
        [url], database, [fund], progress=lambda blocks, total, _events: tell("index", blocks, total)
    )
    return {"seconds": done.seconds, "events": done.events}


def _api(database: str) -> dict[str, Any]:
    """Serves until it is told to end."""
    api = importlib.import_module("tongxin.index.api.serve")
    api.serve(database, host="127.0.0.1", port=0, limits=api.Limits(per_minute=None), started=_tell)
    return {}


JOBS: Final[dict[str, Callable[..., dict[str, Any]]]] = {"audit": _audit, "index": _index, "api": _api}


def _tell(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _telling() -> Callable[[str, int, int], None]:
    """Tells progress, not too often."""
    last = 0.0

    def tell(stage: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_TELLING:
            last = now
            _tell([stage, done, total])

    return tell


def main(job: str, *arguments: str) -> int:
    """Does a job and prints its figures, the most memory that it held among them."""
    try:
        figures = JOBS[job](*arguments)
    except TongxinError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _tell(figures | {"rss": memory_peak(os.getpid())})
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
