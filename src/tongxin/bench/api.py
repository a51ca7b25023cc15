# SPDX-License-Identifier: AGPL-3.0-only
"""How fast the read API answers on every route, while several clients ask at once."""

from __future__ import annotations

import itertools
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import urllib3

from tongxin.bench.errors import BenchError

__all__ = ["Latency", "measure", "slowest_p95"]

_SECONDS: Final = 60.0
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Latency:
    """What one route took, in milliseconds, over so many requests."""

    p50: float
    p95: float
    p99: float
    requests: int


def slowest_p95(measured: dict[str, Latency]) -> float:
    """The largest p95 of any route, in milliseconds."""
    return max(item.p95 for item in measured.values())


def measure(
    api_url: str,
    *,
    fund: str | None = None,
    requests: int = 200,
    clients: int = 4,
    progress: Progress | None = None,
) -> dict[str, Latency]:
    """Asks every route of the API's own description, mixed, from several clients at once.

    Lists are asked for pages of 100 at places all over them, single things by ids found in the lists. The server must
    not limit the rate (`--rate 0`), and belongs in another process than this.

    Args:
        api_url: Where the API is, as in http://127.0.0.1:8470.
        fund: The mutual; by default the one with most members.
        requests: Requests of each route.
        clients: Clients that ask at once, each over one connection.
        progress: Told how many requests of how many are done.

    Returns:
        Per route, by its form in the description.

    Raises:
        BenchError: A route answers something else than 200.
    """
    with urllib3.PoolManager(num_pools=1, maxsize=clients, retries=False, timeout=_SECONDS) as pool:
        asking = _Asking(pool, api_url.rstrip("/"))
        routes = _routes(asking, fund)
        # One route after the other in turn, so that each is measured beside all others.
        plan = [(path, next(urls)) for _ in range(requests) for path, urls in routes.items()]
        taken: dict[str, list[float]] = {path: [] for path in routes}
        done = itertools.count(1)
        lock = threading.Lock()

        def ask(item: tuple[str, str]) -> None:
            path, url = item
            seconds = asking.timed(url)
            with lock:
                taken[path].append(seconds * 1000)
                count = next(done)
            if progress is not None:
                progress(count, len(plan))

        with ThreadPoolExecutor(clients) as workers:
            list(workers.map(ask, plan))
    return {path: _latency(times) for path, times in taken.items()}


def _latency(times: Sequence[float]) -> Latency:
    if len(times) == 1:
        return Latency(times[0], times[0], times[0], 1)
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return Latency(cuts[49], cuts[94], cuts[98], len(times))


class _Asking:
    """Requests of one API."""

    def __init__(self, pool: urllib3.PoolManager, url: str) -> None:
        self._pool = pool
        self._url = url

    def _get(self, address: str) -> bytes:
        try:
            answer = self._pool.request("GET", self._url + address)
        except urllib3.exceptions.HTTPError as error:
            raise BenchError(f"nobody answers at {self._url}{address}: {error}") from error
        if answer.status != 200:
            raise BenchError(f"{self._url}{address} answered {answer.status}: {answer.data[:200]!r}")
        return answer.data

    def json(self, address: str) -> Any:
        """An answer."""
        return json.loads(self._get(address))

    def timed(self, address: str) -> float:
        """Seconds until the whole answer is there."""
        began = time.perf_counter()
        self._get(address)
        return time.perf_counter() - began


_SAMPLES: Final = 20


def _routes(asking: _Asking, fund: str | None) -> dict[str, Iterator[str]]:
    """The addresses to ask, without end, by route; routes of things that the mutual does not have are left out."""
    described = asking.json("/openapi.json")["paths"]
    if fund is None:
        everybody = asking.json("/v1/mutuals?limit=500")["items"]
        if not everybody:
            raise BenchError("the index holds no mutual: fill it with `tongxin index run`")
        fund = max(everybody, key=lambda item: int(item["members"]))["fund"]
    own = f"/v1/mutuals/{fund}"
    found = {
        "member_id": _column(asking, f"{own}/members", "member_id"),
        "claim": _column(asking, f"{own}/claims", "claim"),
        "panel": _column(asking, f"{own}/panels", "panel"),
        "round_number": _column(asking, f"{own}/rounds", "round"),
        "version": _column(asking, f"{own}/versions", "version"),
        "proposal": _column(asking, f"{own}/proposals", "proposal"),
    }
    receipts = _column(asking, f"{own}/payments", "receipt")
    routes: dict[str, Iterator[str]] = {}
    for path, item in described.items():
        if path.endswith("/receipts/{block}/{log_index}"):
            urls = [url for url in receipts if url is not None]
        else:
            urls = _filled(path, str(fund), found)
            if "text/csv" in item["get"]["responses"]["200"]["content"]:
                urls = [page for url in urls for page in _pages(asking, url)]
        if urls:
            routes[path] = itertools.cycle(urls)
    return routes


def _filled(path: str, fund: str, found: dict[str, list[Any]]) -> list[str]:
    names = [name for name in found if f"{{{name}}}" in path]
    address = path.replace("{fund}", fund)
    if not names:
        return [address]
    (name,) = names
    return [address.replace(f"{{{name}}}", str(item)) for item in found[name]]


def _column(asking: _Asking, address: str, name: str) -> list[Any]:
    """Some values of a list, from its beginning and its end."""
    half = _SAMPLES // 2
    rows = [row for order in ("asc", "desc") for row in asking.json(f"{address}?limit={half}&order={order}")["items"]]
    return list(dict.fromkeys(row[name] for row in rows))


def _pages(asking: _Asking, address: str) -> list[str]:
    """Pages of a list: the first ones from either end, and some after them."""
    pages = [address, f"{address}?order=desc"]
    for order in ("asc", "desc"):
        cursor = asking.json(f"{address}?limit=500&order={order}")["next"]
        if cursor is not None:
            pages.append(f"{address}?order={order}&cursor={cursor}")
    return pages
