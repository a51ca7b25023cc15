# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual of any size on a chain of its own: what a settlement costs, how fast it is audited, indexed and read."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tongxin.bench.apart import run_apart, serving
from tongxin.bench.api import measure, slowest_p95
from tongxin.bench.crowd import LEAST_MEMBERS, Crowd, crowd_rules
from tongxin.bench.errors import BenchError
from tongxin.bench.processes import available_memory, cpu_seconds, memory_peak
from tongxin.bench.scale_figures import SCALE_FIGURES
from tongxin.bench.stage import Stage, founded
from tongxin.chain import dev_rpc

__all__ = ["measure_scale"]

Progress = Callable[[str, int, int], None]

CLAIMS_AT_SIZE: Final = 5
"""Claims of the whole mutual; the blocks of their stages make the enrolments final."""
MEGABYTE: Final = 10**6
NODE_BYTES, AUDIT_BYTES, DISK_BYTES = 7_000, 1_000, 1_500
"""What each member takes of memory, in the node and in an audit, and of the disk."""
BASE_BYTES: Final = 700 * MEGABYTE


def measure_scale(members: int, progress: Progress = lambda _stage, _done, _total: None) -> dict[str, Any]:
    """Founds a mutual, lets it grow, and measures.

    Args:
        members: How many are in force in the end.
        progress: Called with what is done, how much of it, and how much there is.

    Returns:
        The figures by the names of `SCALE_FIGURES`, and `api_routes` with the latencies of each route.

    Raises:
        BenchError: Too few members, too little memory or room on the disk, or something was not done as it should.
        NodeError: The local chain does not start.
    """
    if members < LEAST_MEMBERS:
        raise BenchError(f"{members} members are too few to measure with; {LEAST_MEMBERS} are the least")
    with tempfile.TemporaryDirectory(prefix="tongxin-bench-") as name:
        folder = Path(name)
        _check_room(members, folder)
        with founded(crowd_rules(members), old_states=False) as stage:
            course = _Course(stage, members, progress, folder)
            return course.run()


def _check_room(members: int, folder: Path) -> None:
    wanted = BASE_BYTES + members * (NODE_BYTES + AUDIT_BYTES)
    memory = available_memory()
    if memory < wanted:
        raise BenchError(
            f"{members} members need some {wanted // MEGABYTE} MB of memory and {memory // MEGABYTE} MB are free; "
            "end other programs, or name fewer members"
        )
    wanted, free = BASE_BYTES + members * DISK_BYTES, shutil.disk_usage(folder).free
    if free < wanted:
        raise BenchError(
            f"{members} members need some {wanted // MEGABYTE} MB in {folder.parent} and {free // MEGABYTE} MB are "
            "free; make room, or set TMPDIR to a folder on another disk"
        )


class _Course:
    def __init__(self, stage: Stage, members: int, progress: Progress, folder: Path) -> None:
        self._stage = stage
        self._members = members
        self._progress = progress
        self._file = folder / "index.sqlite"
        self._database = f"sqlite:///{self._file}"
        self._found: dict[str, Any] = {"members": members}

    def run(self) -> dict[str, Any]:
        self._grow()
        self._index()
        self._audit("audit")
        self._audit("audit_full", "full")
        self._api()
        self._found["peak_rss_mb"] = max(
            self._found[name] for name in ("index_rss_mb", "audit_rss_mb", "audit_full_rss_mb", "api_rss_mb")
        )
        self._found["node_rss_mb"] = memory_peak(self._stage.node) // MEGABYTE
        ordered = {figure.name: self._found[figure.name] for figure in SCALE_FIGURES}
        return ordered | {"api_routes": self._found["api_routes"]}

    def _grow(self) -> None:
        crowd = Crowd(self._stage, self._members, self._progress)
        crowd.gather_ten()
        crowd.settle()
        self._found["settle_gas_10"] = crowd.settle()
        crowd.act()
        began = time.perf_counter()
        crowd.grow()
        self._found["enrol_seconds"] = _rounded(time.perf_counter() - began)
        for number in range(CLAIMS_AT_SIZE):
            self._progress("claims of all members", number, CLAIMS_AT_SIZE)
            self._found["settle_gas"] = crowd.settle()
        self._found["blocks"] = int(dev_rpc.request(self._stage.url, "eth_blockNumber"), 16)

    def _index(self) -> None:
        with self._node_time("index"):
            done = self._apart("index", self._database)
        self._found |= {
            "events": done["events"],
            "index_seconds": _rounded(done["seconds"]),
            "index_events_per_second": int(done["events"] / done["seconds"]),
            "index_mb": sum(path.stat().st_size for path in self._file.parent.glob("index.sqlite*")) // MEGABYTE,
            "index_rss_mb": done["rss"] // MEGABYTE,
        }

    def _audit(self, name: str, *mode: str) -> None:
        with self._node_time(name):
            done = self._apart("audit", *mode)
        if done["failed"]:
            raise BenchError(f"the audit finds fault with the mutual of the bench: {'; '.join(done['failed'])}")
        self._found |= {f"{name}_seconds": _rounded(done["seconds"]), f"{name}_rss_mb": done["rss"] // MEGABYTE}

    def _api(self) -> None:
        with serving(self._database) as (url, process):
            routes = measure(
                url,
                fund=self._stage.mutual.fund.address.lower(),
                progress=lambda done, total: self._progress("api", done, total),
            )
            memory = memory_peak(process)
        self._found |= {
            "api_p50_ms": _rounded(max(item.p50 for item in routes.values())),
            "api_p95_ms": _rounded(slowest_p95(routes)),
            "api_p99_ms": _rounded(max(item.p99 for item in routes.values())),
            "api_rss_mb": memory // MEGABYTE,
            "api_routes": [
                {
                    "route": route,
                    "answers": item.requests,
                    "p50_ms": _rounded(item.p50),
                    "p95_ms": _rounded(item.p95),
                    "p99_ms": _rounded(item.p99),
                }
                for route, item in sorted(routes.items(), key=lambda pair: -pair[1].p95)
            ],
        }

    def _apart(self, job: str, *more: str) -> dict[str, Any]:
        return run_apart(job, self._stage.url, self._stage.mutual.fund.address, *more, progress=self._progress)

    @contextmanager
    def _node_time(self, name: str) -> Iterator[None]:
        """Notes how long the node itself worked meanwhile."""
        before = cpu_seconds(self._stage.node)
        yield
        self._found[f"{name}_node_seconds"] = _rounded(cpu_seconds(self._stage.node) - before)


def _rounded(number: float) -> float:
    return round(number, 2)
