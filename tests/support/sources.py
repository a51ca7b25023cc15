# SPDX-License-Identifier: AGPL-3.0-only
"""The project's contracts for titanoboa's chain, each compiled once for all processes that find the same sources.

titanoboa's own cache reads and checks all sources again before it looks for what was compiled, and it works out the map
from a constructor's code to its lines anew for each contract that is deployed: together a third of these tests' time.
"""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boa
import boa.interpret
import snekmate
import vyper
from boa.contracts.vyper.vyper_contract import VyperContract, VyperDeployer
from boa.util.disk_cache import DiskCache
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import anchor_settings
from vyper.ir.compile_ir import assembly_to_evm

ROOT = Path(__file__).parents[2]
OURS = ROOT / "contracts"
CONTRACTS = Path(os.environ.get("TONGXIN_CONTRACTS", OURS))
"""Mutated copies are tested by naming their folder; what is compiled of them is not kept."""
LIBRARY = Path(next(iter(snekmate.__path__)))
LIBRARIES = LIBRARY.parent
STORE = DiskCache(ROOT / "build" / "compiled", f"{vyper.__version__}.{vyper.__commit__}")


class Source(VyperDeployer):  # type: ignore[misc] # published without types
    """A compiled contract."""

    def deploy(self, *arguments: Any, **options: Any) -> VyperContract:
        """Deploys it."""
        return _Deployed(self.compiler_data, *arguments, filename=self.filename, **options)


class _Deployed(VyperContract):  # type: ignore[misc] # as above
    """A contract at an address."""

    @property
    def _deployment_source_map(self) -> Any:
        return _constructor_lines(self.compiler_data)


@cache
def _constructor_lines(data: CompilerData) -> Any:
    with anchor_settings(data.settings):
        _code, lines = assembly_to_evm(data.assembly)
    return lines


@cache
def source(name: str) -> Source:
    """One of the project's contracts, by its path in `contracts/` without the ending."""
    path = CONTRACTS / f"{name}.vy"
    if CONTRACTS != OURS:
        return Source(_compiled(path), filename=str(path))
    with _no_collection():
        data = STORE.caching_lookup(f"{_sources()} {path}", lambda: _compiled(path))
    return Source(data, filename=str(path))


def _compiled(path: Path) -> Any:
    boa.interpret.set_search_paths([str(LIBRARIES), str(CONTRACTS)])
    return boa.load_partial(str(path)).compiler_data


@cache
def _sources() -> str:
    """What stands in all sources that a contract may import."""
    files = sorted([*CONTRACTS.rglob("*.vy*"), *LIBRARY.rglob("*.vy*")])
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()


@contextmanager
def _no_collection() -> Iterator[None]:
    """A compiled contract is a million small objects, none of which can be collected while they are read."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
