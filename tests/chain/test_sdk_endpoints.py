# SPDX-License-Identifier: AGPL-3.0-only
"""Failover between real HTTP servers that fail in the ways endpoints do."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tongxin.audit.bulk import ranges
from tongxin.chain import endpoints as endpoint_module
from tongxin.chain.endpoints import (
    AmbiguousRequestError,
    EndpointError,
    Endpoints,
    NoEndpointError,
    RequestRefusedError,
    WrongChainError,
)
from tongxin.chain.logs import LogError, fetch_logs
from tongxin.chain.node import CHAIN_ID, EmbeddedNode
from tongxin.chain.provider import web3_over

Answer = Callable[[dict[str, Any]], Any]


@dataclass
class Server:
    """What a server answers; `calls` are the methods it was asked for."""

    answer: Answer
    status: int = 200
    body: bytes | None = None
    hang: threading.Event | None = None
    calls: list[str] = field(default_factory=list)
    url: str = ""

    def reply(self, request: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(request["method"])
        answer: dict[str, Any] = self.answer(request)
        return {"jsonrpc": "2.0", "id": request["id"]} | answer


def result(of: dict[str, Any]) -> Answer:
    """A server that knows some methods."""

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["method"] in of:
            return {"result": of[request["method"]]}
        return {"error": {"code": -32601, "message": "the method does not exist"}}

    return answer


@contextlib.contextmanager
def serving(server: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if server.hang is not None:
                server.hang.wait(30)
            if isinstance(request, list):
                answered: Any = [server.reply(item) for item in reversed(request)]
            else:
                answered = server.reply(request)
            body = json.dumps(answered).encode() if server.body is None else server.body
            self.send_response(server.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            return

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    server.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    try:
        yield server
    finally:
        if server.hang is not None:
            server.hang.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


@pytest.fixture
def good() -> Iterator[Server]:
    with serving(Server(result({"eth_chainId": "0x7a69", "eth_blockNumber": "0x10"}))) as server:
        yield server


@pytest.fixture
def dead() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def asked(urls: list[str], **settings: Any) -> int:
    with Endpoints(urls, timeout=0.3, pause=0.01, **settings) as endpoints:
        return int(endpoints.request("eth_blockNumber"), 16)


def test_a_dead_endpoint_is_passed_over(good: Server, dead: str) -> None:
    assert asked([dead, good.url]) == 16


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_an_endpoint_that_answers_with_an_error_of_its_own_is_passed_over(good: Server, status: int) -> None:
    with serving(Server(result({}), status=status, body=b"overloaded")) as bad:
        assert asked([bad.url, good.url]) == 16


def test_an_endpoint_that_speaks_something_else_is_passed_over(good: Server) -> None:
    for body in (b"<html>", b"[]", b"{}", b'"text"'):
        with serving(Server(result({}), body=body)) as bad:
            assert asked([bad.url, good.url]) == 16


def test_a_hanging_endpoint_is_passed_over(good: Server) -> None:
    with serving(Server(result({}), hang=threading.Event())) as bad:
        assert asked([bad.url, good.url]) == 16


def test_an_endpoint_that_is_busy_or_behind_is_passed_over(good: Server) -> None:
    for error in ({"code": -32005, "message": "limit exceeded"}, {"code": -32000, "message": "header not found"}):

        def answer(request: dict[str, Any], error: dict[str, Any] = error) -> dict[str, Any]:
            return {"result": "0x7a69"} if request["method"] == "eth_chainId" else {"error": error}

        with serving(Server(answer)) as bad:
            assert asked([bad.url, good.url]) == 16


def test_an_endpoint_that_failed_is_asked_last(good: Server) -> None:
    with (
        serving(Server(result({}), status=500, body=b"")) as bad,
        Endpoints([bad.url, good.url], pause=0.01) as endpoints,
    ):
        endpoints.request("eth_blockNumber")
        before = len(bad.calls)
        endpoints.request("eth_blockNumber")
        assert len(bad.calls) == before
        assert good.calls == ["eth_chainId", *["eth_blockNumber"] * 3]  # one of them to see how far it is


def test_an_endpoint_may_be_dead_for_days() -> None:
    with Endpoints("http://127.0.0.1:1", rounds=1) as endpoints:
        for _ in range(1_100):
            with pytest.raises(NoEndpointError):
                endpoints.request("eth_blockNumber")


def test_an_endpoint_that_is_behind_is_asked_last(good: Server) -> None:
    known = {"eth_chainId": "0x7a69", "eth_blockNumber": "0xd"}
    with serving(Server(result(known))) as late, Endpoints([late.url, good.url]) as endpoints:
        assert endpoints.request("eth_blockNumber") == "0x10"
    known["eth_blockNumber"] = "0xe"
    with serving(Server(result(known))) as late, Endpoints([late.url, good.url]) as endpoints:
        assert endpoints.request("eth_blockNumber") == "0xe"  # nodes differ by a block or two at any moment
        endpoints.saw(15)
        assert endpoints.request("eth_blockNumber") == "0x10"
        endpoints.saw(17)
        assert endpoints.request("eth_blockNumber") == "0x10"


def test_an_endpoint_that_hangs_later_costs_one_long_wait(good: Server) -> None:
    with (
        serving(Server(result({"eth_chainId": "0x7a69", "eth_blockNumber": "0x11"}))) as bad,
        Endpoints([bad.url, good.url], timeout=0.3) as endpoints,
    ):
        assert endpoints.request("eth_blockNumber") == "0x11"
        bad.hang = threading.Event()
        assert endpoints.request("eth_blockNumber") == "0x10"
        calls = len(bad.calls)
        assert [endpoints.request("eth_blockNumber") for _ in range(5)] == ["0x10"] * 5
        assert len(bad.calls) == calls


def test_nobody_answers(dead: str) -> None:
    with serving(Server(result({}), status=500, body=b"")) as bad:
        with pytest.raises(NoEndpointError, match="tongxin node") as caught:
            asked([dead, f"{bad.url}/v2/secret-key"])
        assert sorted(caught.value.failures.values()) == ["HTTP 500", "no connection"]
        assert "secret-key" not in str(caught.value)
        assert len(bad.calls) == 4  # to see how far it is, then in each round


def test_an_endpoint_of_another_chain_is_never_used(good: Server) -> None:
    with serving(Server(result({"eth_chainId": "0x1", "eth_blockNumber": "0x99"}))) as other:
        assert asked([other.url, good.url], chain_id=CHAIN_ID) == 16
        assert asked([good.url, other.url]) == 16
        assert set(other.calls) <= {"eth_chainId"}
        with pytest.raises(WrongChainError, match="serves chain 1, not chain 31337") as caught:
            asked([other.url], chain_id=CHAIN_ID)
        assert (caught.value.expected, caught.value.found) == (CHAIN_ID, 1)


def test_what_must_not_be_done_twice_is_not_sent_again(good: Server, dead: str) -> None:
    with serving(Server(result({"eth_chainId": "0x7a69"}))) as bad, Endpoints([dead, bad.url, good.url]) as endpoints:
        assert endpoints.chain_id == CHAIN_ID
        bad.status, bad.body = 500, b""
        with pytest.raises(AmbiguousRequestError, match="look before"):
            endpoints.request("eth_sendTransaction", {}, idempotent=False)
        assert "eth_sendTransaction" not in good.calls


def test_a_refusal_is_an_answer(good: Server) -> None:
    def refuse(request: dict[str, Any]) -> dict[str, Any]:
        if request["method"] == "eth_chainId":
            return {"result": "0x7a69"}
        return {"error": {"code": 3, "message": "execution reverted", "data": "0x01"}}

    with serving(Server(refuse)) as first, Endpoints([first.url, good.url]) as endpoints:
        with pytest.raises(RequestRefusedError) as caught:
            endpoints.request("eth_estimateGas")
        assert (caught.value.code, caught.value.data) == (3, "0x01")
        assert "eth_estimateGas" not in good.calls


def test_of_an_answer_that_is_too_large_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint_module, "LARGEST_ANSWER", 1_000)
    with serving(Server(result({"eth_chainId": "0x7a69", "eth_getLogs": ["0x" + "00" * 600]}))) as generous:
        with Endpoints([generous.url]) as endpoints, pytest.raises(RequestRefusedError, match="ask for less"):
            endpoints.request("eth_getLogs")
        assert generous.calls.count("eth_getLogs") == 1


def test_ranges_shrink_until_answers_are_small_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def logs(request: dict[str, Any]) -> dict[str, Any]:
        if request["method"] == "eth_chainId":
            return {"result": "0x7a69"}
        (wanted,) = request["params"]
        return {
            "result": [_log(number) for number in range(int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16) + 1)]
        }

    monkeypatch.setattr(endpoint_module, "LARGEST_ANSWER", 4_000)
    with serving(Server(logs)) as server, Endpoints([server.url]) as endpoints:
        found = list(ranges(endpoints, [{}], 1, 100))
    assert [row.place[0] for part in found for row in part.rows] == list(range(1, 101))
    assert all(len(part.rows) < 20 for part in found)


def _log(block: int) -> dict[str, Any]:
    return {
        "address": "0x" + "11" * 20,
        "topics": ["0x" + "22" * 32],
        "data": "0x",
        "blockNumber": hex(block),
        "transactionHash": "0x" + "33" * 32,
        "logIndex": "0x0",
    }


def test_a_batch_comes_back_in_order_with_refusals_in_place(good: Server) -> None:
    with Endpoints(good.url) as endpoints:
        results = endpoints.batch([("eth_blockNumber", ()), ("eth_nothing", ()), ("eth_chainId", ())] * 100)
    assert results[::3] == ["0x10"] * 100
    assert results[2::3] == ["0x7a69"] * 100
    assert all(isinstance(item, RequestRefusedError) for item in results[1::3])


@pytest.mark.parametrize("url", ["", "localhost:8545", "ftp://x", "http://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(EndpointError):
        Endpoints(url)
    with pytest.raises(EndpointError):
        Endpoints([])


def test_logs_are_fetched_over_ranges_that_an_endpoint_accepts() -> None:
    ranges: list[tuple[int, int]] = []

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["method"] == "eth_chainId":
            return {"result": "0x7a69"}
        start, end = (int(request["params"][0][key], 16) for key in ("fromBlock", "toBlock"))
        if end - start >= 100:
            return {"error": {"code": -32602, "message": "query returns too many results"}}
        ranges.append((start, end))
        log = {
            "address": "0x" + "11" * 20,
            "topics": [],
            "data": "0x",
            "blockNumber": hex(start),
            "transactionHash": "0x" + "22" * 32,
            "logIndex": "0x0",
        }
        return {"result": [log]}

    with serving(Server(answer)) as server, Endpoints(server.url) as endpoints:
        logs = list(fetch_logs(endpoints, ["0x" + "11" * 20], 5, 1_000))
    assert ranges[0][0] == 5
    assert ranges[-1][1] == 1_000
    assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(ranges))
    assert [log.block for log in logs] == [start for start, _ in ranges]


def test_logs_of_one_block_that_are_refused_are_an_error() -> None:
    server = Server(result({"eth_chainId": "0x7a69"}))
    with serving(server), Endpoints(server.url) as endpoints, pytest.raises(LogError, match="block 7"):
        list(fetch_logs(endpoints, ["0x" + "11" * 20], 7, 9))


def test_web3_goes_through_the_same_failover(node: EmbeddedNode, dead: str) -> None:
    with Endpoints([dead, node.url]) as endpoints:
        web3 = web3_over(endpoints)
        assert web3.is_connected()
        assert web3.eth.chain_id == CHAIN_ID
        assert web3.eth.get_block(0)["number"] == 0
    with Endpoints(dead, pause=0.01) as endpoints:
        assert not web3_over(endpoints).is_connected()
