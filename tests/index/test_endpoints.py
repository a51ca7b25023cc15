# SPDX-License-Identifier: AGPL-3.0-only
"""Several endpoints: the majority is followed, one against one nothing is, and the dead do not count."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from index.against_chain import check
from index.conftest import Lived, dumped, following
from support.rpc_proxy import REFUSED, Lie, lying_endpoint, of_logs
from tongxin.chain.endpoints import NoEndpointError, WrongChainError
from tongxin.index.decode import form
from tongxin.index.errors import DisagreementError, IndexingError, LogFormError
from tongxin.index.status import heights, status_of
from tongxin.index.store import Store
from tongxin.index.tables import heard

pytestmark = pytest.mark.chain


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path}/index.sqlite") as opened:
        yield opened


@pytest.fixture
def lying(lived: Lived) -> Iterator[Callable[[Lie], str]]:
    """Endpoints of the same chain that lie."""
    with contextlib.ExitStack() as stack:
        yield lambda lie: stack.enter_context(lying_endpoint(lived.node.url, lie))


def truth(_method: str, _params: list[Any], result: Any) -> Any:
    return result


def hidden(name: str) -> Lie:
    """Leaves out the logs with this first topic."""
    topic = form("Fund", name).topic
    return of_logs(lambda log: None if log["topics"][0] == topic else log)


def followed(store: Store, lived: Lived) -> None:
    """The mutuals are named to an index, and nothing is read yet."""
    with following(store, [lived.node.url]) as follower:
        follower.follow(lived.funds)


def states(store: Store) -> dict[str, str]:
    """How each endpoint of the last run did."""
    return {item.endpoint: item.state for item in status_of(store).endpoints}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_majority_is_followed_and_who_dissents_is_told(
    lived: Lived, store: Store, lying: Callable[[Lie], str]
) -> None:
    liar = lying(hidden("Accepted"))
    with following(store, [liar, lived.node.url, lying(truth)]) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
    for mutual in lived.mutuals:
        check(store, mutual)
    dissents = status_of(store).dissents
    assert [endpoint for endpoint, _, _, _ in dissents] == [liar]
    assert "the logs of blocks" in dissents[0][3]


def test_one_against_one_nothing_is_indexed(lived: Lived, store: Store, lying: Callable[[Lie], str]) -> None:
    liar = lying(hidden("Accepted"))
    with following(store, [lived.node.url, liar]) as follower:
        follower.follow(lived.funds)
        with pytest.raises(DisagreementError, match="name a further endpoint") as told:
            follower.catch_up()
    assert set(told.value.said) == {liar, lived.node.url}
    before = dumped(store)
    with following(store, [lived.node.url, lying(truth)]) as follower:
        follower.catch_up()
    for mutual in lived.mutuals:
        check(store, mutual)
    assert dumped(store) != before
    assert not status_of(store).dissents


def test_another_hash_of_a_block_is_a_disagreement(lived: Lived, store: Store, lying: Callable[[Lie], str]) -> None:
    def other_hash(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber" and result and params[0] not in {"latest", "finalized"}:
            return result | {"hash": "0x" + "ab" * 32}
        return result

    with following(store, [lived.node.url, lying(other_hash)]) as follower:
        follower.follow(lived.funds)
        with pytest.raises(IndexingError):
            follower.catch_up()
    assert {item.members for item in status_of(store).followed} == {0}


def test_a_dead_endpoint_does_not_count(lived: Lived, store: Store) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    with following(store, [dead, lived.node.url]) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
    assert states(store) == {dead: "no answer", lived.node.url: "keeps up"}
    for mutual in lived.mutuals:
        check(store, mutual)


def test_if_all_are_dead_it_is_said_and_nothing_is_lost(lived: Lived, store: Store) -> None:
    with following(store, [lived.node.url]) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
    before = dumped(store)
    with (
        following(store, [f"http://127.0.0.1:{free_port()}"]) as follower,
        pytest.raises(NoEndpointError, match="no connection"),
    ):
        follower.catch_up()
    assert dumped(store) == before
    assert list(states(store).values()) == ["no answer"]


def test_an_endpoint_of_another_chain_is_never_read(lived: Lived, store: Store, lying: Callable[[Lie], str]) -> None:
    elsewhere = lying(lambda method, _params, result: "0x1" if method == "eth_chainId" else result)
    with following(store, [lived.node.url]) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
    before = dumped(store)
    with following(store, [elsewhere]) as follower, pytest.raises(WrongChainError, match="chain 31337"):
        follower.catch_up()
    assert dumped(store) == before
    with following(store, [lived.node.url, elsewhere]) as follower:
        follower.catch_up()
    assert states(store)[elsewhere] == "another chain"
    assert dumped(store) == before


def test_an_endpoint_that_refuses_large_ranges_is_asked_for_smaller_ones(
    lived: Lived, store: Store, lying: Callable[[Lie], str]
) -> None:
    asked: list[int] = []

    def narrow(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getLogs":
            return result
        blocks = int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) + 1
        asked.append(blocks)
        return REFUSED if blocks > 20 else result

    followed(store, lived)
    with following(store, [lying(narrow)], first_span=200) as follower:
        follower.catch_up()
    assert asked[0] == 200
    assert max(asked[5:]) <= 40
    for mutual in lived.mutuals:
        check(store, mutual)


def test_logs_that_no_contract_of_ours_emits_are_refused(
    lived: Lived, store: Store, lying: Callable[[Lie], str]
) -> None:
    liar = lying(of_logs(lambda log: log | {"topics": ["0x" + "77" * 32, *log["topics"][1:]]}))
    followed(store, lived)
    with (
        following(store, [liar]) as follower,
        pytest.raises(LogFormError, match="no event of our contracts"),
    ):
        follower.catch_up()


def test_logs_left_out_by_the_only_endpoint_are_noticed_where_money_is_missing(
    lived: Lived, store: Store, lying: Callable[[Lie], str]
) -> None:
    with following(store, [lying(hidden("Joined"))]) as follower:
        follower.follow(lived.funds)
        with pytest.raises(IndexingError, match="leaves logs out"):
            follower.catch_up()


def test_blocks_that_only_one_of_two_endpoints_has_are_seen_and_not_confirmed(
    lived: Lived, store: Store, lying: Callable[[Lie], str]
) -> None:
    head = lived.endpoints.request("eth_blockNumber")
    behind = int(head, 16) - 40

    def late(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber" and params[0] in {"latest", "finalized"}:
            return lived.endpoints.request(method, hex(behind), False)
        if method == "eth_getBlockByNumber" and int(params[0], 16) > behind:
            return None
        return result

    urls = [lived.node.url, lying(late)]
    with following(store, urls) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
    found = heights(store)
    assert found is not None
    assert (found.head, found.confirmed) == (int(head, 16), max(behind - 12, found.final))
    assert found.final <= behind
    for mutual in lived.mutuals:
        check(store, mutual)
    assert states(store) == {urls[0]: "keeps up", urls[1]: "behind"}

    # A later run finds it where it was, and the other one further: it does not count any more.
    with store.write() as connection:
        connection.execute(heard.update().where(heard.c.endpoint == urls[1]).values(since=1))
    with following(store, urls) as follower:
        follower.catch_up()
    found = heights(store)
    assert found is not None
    assert (found.head, found.confirmed) == (int(head, 16), int(head, 16) - 12)
    assert states(store) == {urls[0]: "keeps up", urls[1]: "stands still"}
