# SPDX-License-Identifier: AGPL-3.0-only
"""What all tests share: sockets are closed but where a chain is tested, and each worker has one chain in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from tongxin.chain.node import EmbeddedNode

TESTS = Path(__file__).parent
LOOPBACK = ["127.0.0.1", "::1"]
MARKED_BY_FOLDER = ("unit", "property", "stateful", "chain", "evidence", "outage", "browser", "docs", "deep")
WITH_SOCKETS = ("chain", "evidence", "outage", "browser", "deep")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks each test by the folder it lies in."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in MARKED_BY_FOLDER:
            item.add_marker(folder)


class Untraced(dict[object, set[int]]):
    """Keeps no slot that a contract in memory has written."""

    def setdefault(self, _address: object, default: set[int] | None = None, /) -> set[int]:
        """What is added to the answer is gone with it."""
        return set() if default is None else default


def pytest_collection_finish() -> None:
    """Takes written slots out of the errors of contracts in memory.

    After `anchor` another contract may lie at the same address: with the slots of the first, its error fails on the
    way to its text.
    """
    if "boa" in sys.modules:
        sys.modules["boa"].env.sstore_trace = Untraced()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Opens the loopback address for tests of a chain, and nothing for the others."""
    if any(item.get_closest_marker(marker) for marker in WITH_SOCKETS):
        enable_socket()
        socket_allow_hosts(LOOPBACK, allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    """Leaves the sockets as they were for whatever pytest itself does next."""
    enable_socket()


@pytest.fixture(scope="session")
def node() -> Iterator[EmbeddedNode]:
    """A chain in memory, one for each worker; a test that cannot share it starts its own."""
    with EmbeddedNode() as running:
        yield running
