# SPDX-License-Identifier: AGPL-3.0-only
"""Endpoints that stand still, lag or are dead, and what the others say meanwhile; the chain is a list of numbers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tongxin.chain.endpoints import NoEndpointError
from tongxin.index import source as sources
from tongxin.index.decode import WireHeader
from tongxin.index.errors import DisagreementError
from tongxin.index.rpc import Unavailable
from tongxin.index.source import STILL_SECONDS, Source

NOW = 1_800_000_000


def block_hash(number: int, branch: str = "") -> str:
    return "0x" + hashlib.sha256(f"{number}{branch}".encode()).hexdigest()


@dataclass(eq=False)
class Node:
    """An endpoint: its last block, the first of a branch that it alone is on, whether it is dead."""

    head: int
    branch: int | None = None
    is_dead: bool = False
    final: int = 0
    asked: int = 0

    def header(self, number: int) -> WireHeader | None:
        if number > self.head:
            return None
        own = "own" if self.branch is not None and number >= self.branch else ""
        return WireHeader(hex(number), block_hash(number, own), block_hash(number - 1), hex(NOW + number))


class Chain:
    """Some nodes as endpoints, and the clocks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self.time = float(NOW)
        monkeypatch.setattr(time, "time", lambda: self.time)
        monkeypatch.setattr(time, "monotonic", lambda: self.time)
        by_url = {f"http://node-{place}": node for place, node in enumerate(nodes)}

        class Endpoint:
            def __init__(self, url: str, _timeout: float) -> None:
                self.shown = url
                self._node = by_url[url]

            def close(self) -> None:
                pass

            def failed(self) -> None:
                pass

            def check(self, _chain_id: int | None) -> int:
                self._node.asked += 1
                if self._node.is_dead:
                    raise Unavailable("no connection")
                return 1

            def ask(self, method: str, *params: Any, kind: type[Any]) -> Any:
                return self.find(method, *params, kind=kind)

            def find(self, _method: str, tag: str, _full: bool, *, kind: type[Any]) -> Any:
                assert kind is WireHeader
                named = {"latest": self._node.head, "finalized": self._node.final}
                return self._node.header(named[tag] if tag in named else int(tag, 16))

        monkeypatch.setattr(sources, "Endpoint", Endpoint)
        self.source = Source(list(by_url))

    def pass_time(self, seconds: float, *, blocks: int = 0, but: Sequence[Node] = ()) -> None:
        """The nodes get new blocks, those in `but` none."""
        self.time += seconds
        for node in self.nodes:
            if node not in but:
                node.head += blocks
                node.final += blocks

    def states(self) -> list[str]:
        return [item.state for item in self.source.heard()]


def test_of_two_the_one_that_stands_still_stops_counting_and_counts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    going, stuck = Node(100, final=40), Node(100, final=40)
    chain = Chain(monkeypatch, [going, stuck])
    assert chain.source.heads().agreed == 100
    chain.pass_time(STILL_SECONDS - 1, blocks=10, but=[stuck])
    heads = chain.source.heads()
    assert (heads.seen.number, heads.agreed, heads.final) == (110, 100, 40)
    assert chain.states() == ["keeps up", "behind"]
    chain.pass_time(1)
    heads = chain.source.heads()
    assert (heads.seen.number, heads.agreed, heads.final) == (110, 110, 50)
    assert chain.states() == ["keeps up", "stands still"]
    heard = chain.source.heard()[1]
    assert (heard.head, heard.since) == (100, NOW)
    chain.pass_time(1, blocks=1)
    assert chain.source.heads().agreed == 101
    assert chain.states() == ["keeps up", "behind"]


def test_of_three_the_one_that_stands_still_does_not_hold_back_what_is_final(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = Node(100, final=40)
    chain = Chain(monkeypatch, [Node(100, final=40), stuck, Node(100, final=40)])
    chain.source.heads()
    chain.pass_time(STILL_SECONDS, blocks=10, but=[stuck])
    assert chain.source.heads().final == 50


def test_where_most_stand_still_the_one_that_goes_on_confirms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    liar = Node(100)
    chain = Chain(monkeypatch, [liar, Node(100), Node(100)])
    chain.source.heads()
    for _ in range(3):
        chain.pass_time(STILL_SECONDS, blocks=50, but=chain.nodes[1:])
        heads = chain.source.heads()
        assert (heads.seen.number, heads.agreed) == (liar.head, 100)
    assert chain.states() == ["keeps up", "behind", "behind"]


def test_who_runs_ahead_does_not_set_aside_who_follows_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    liar, honest = Node(100), Node(100)
    chain = Chain(monkeypatch, [liar, honest])
    for _ in range(10):
        chain.pass_time(12, blocks=1)
        liar.head += 1_000
        assert chain.source.heads().agreed == honest.head
    assert chain.states() == ["keeps up", "behind"]


def test_a_chain_that_stands_still_altogether_sets_nobody_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = Chain(monkeypatch, [Node(110), Node(100)])
    chain.source.heads()
    chain.pass_time(10 * STILL_SECONDS)
    assert chain.source.heads().agreed == 100


def test_who_stands_still_on_dropped_blocks_stops_nothing_and_must_agree_on_old_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    going, stuck = Node(200), Node(200, branch=198)
    chain = Chain(monkeypatch, [going, stuck])
    chain.source.heads()
    with pytest.raises(DisagreementError):
        chain.source.block(199)
    chain.pass_time(STILL_SECONDS, blocks=10, but=[stuck])
    chain.source.heads()
    found = chain.source.block(199)
    assert found is not None
    assert "0x" + found.hash.hex() == block_hash(199)
    stuck.branch = 130
    assert chain.source.block(137) is not None
    with pytest.raises(DisagreementError):
        chain.source.block(136)


def test_since_when_one_stands_still_is_taken_over_from_the_run_before(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = Node(100)
    chain = Chain(monkeypatch, [Node(100), stuck])
    chain.source.heads()
    earlier = chain.source.heard()
    chain.pass_time(STILL_SECONDS, blocks=10, but=[stuck])
    later = Source(["http://node-0", "http://node-1"])
    later.remember(earlier)
    assert later.heads().agreed == 110
    anew = Source(["http://node-0", "http://node-1"])
    assert anew.heads().agreed == 100


def test_a_dead_one_is_left_alone_longer_each_time_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = Node(100)
    chain = Chain(monkeypatch, [Node(100), dead])
    chain.source.heads()
    dead.is_dead, dead.asked = True, 0
    for _ in range(600):
        chain.pass_time(1)
        assert chain.source.heads().agreed == 100
    # After 0, 5, 15, 35 and 75 seconds, then every minute.
    assert dead.asked == 13
    (_, heard) = chain.source.heard()
    assert (heard.state, heard.head, heard.what) == ("no answer", 100, "no connection")
    dead.is_dead = False
    chain.pass_time(60)
    chain.source.heads()
    assert chain.states() == ["keeps up", "keeps up"]


def test_years_of_failures_are_counted_no_further_than_a_number_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = Node(100, is_dead=True)
    chain = Chain(monkeypatch, [dead])
    for _ in range(1_100):
        chain.pass_time(61)
        with pytest.raises(NoEndpointError):
            chain.source.heads()
    dead.is_dead = False
    assert chain.source.heads().agreed == 100


def test_two_addresses_that_differ_in_what_is_not_shown_are_told_apart() -> None:
    with Source(["https://node.example/secret-one", "https://node.example/secret-two"]) as source:
        assert [item.endpoint for item in source.heard()] == [
            "https://node.example/...",
            "https://node.example/... (2)",
        ]
