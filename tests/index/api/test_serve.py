# SPDX-License-Identifier: AGPL-3.0-only
"""The server itself, over a socket: started from the command line, measured, and with clients that behave badly."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from index.api.asked import lists
from index.api.conftest import Indexed
from support.cli import Cli
from tongxin.bench.api import measure, slowest_p95
from tongxin.index.api.app import create_app
from tongxin.index.errors import StoreError
from tongxin.index.store import Store

pytestmark = pytest.mark.chain


@contextlib.contextmanager
def serving(api: Indexed, home: Path, *arguments: str) -> Iterator[str]:
    """A server of its own process; its address."""
    process = Cli(home).start("index", "serve", "--database", api.url, "--port", "0", "--json", *arguments)
    try:
        assert process.stdout is not None
        said = ""
        while not said.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, process.communicate()
            said += line
        yield str(json.loads(said)["url"])
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, (out, err)


def test_every_route_is_served_and_measured(api: Indexed, tmp_path: Path) -> None:
    with serving(api, tmp_path, "--rate", "0") as url:
        shown: list[tuple[int, int]] = []
        fund = api.rounds.rsplit("/", 1)[1]
        measured = measure(
            url, fund=fund, requests=3, clients=2, progress=lambda done, all_: shown.append((done, all_))
        )
        paths = json.loads(urllib3.request("GET", f"{url}/openapi.json").data)["paths"]
    assert measured.keys() == paths.keys()
    for latency in measured.values():
        assert 0 < latency.p50 <= latency.p95 <= latency.p99
        assert latency.requests == 3
    assert slowest_p95(measured) == max(latency.p95 for latency in measured.values())
    assert max(shown) == (3 * len(paths), 3 * len(paths))


def test_what_is_served_is_what_the_application_says(api: Indexed, tmp_path: Path) -> None:
    with serving(api, tmp_path, "--rate", "0") as url:
        for address in lists(api.client, api.rounds).values():
            for query in ("", "?format=csv", "?format=parquet"):
                served = urllib3.request("GET", url + address + query)
                assert served.status == 200
                assert served.data == api.client.get(address + query).content
            assert urllib3.request("HEAD", url + address).status == 200


def test_a_client_that_never_ends_its_question_is_left(api: Indexed, tmp_path: Path) -> None:
    with serving(api, tmp_path) as url:
        host, port = url.removeprefix("http://").split(":")
        began = time.monotonic()
        with socket.create_connection((host, int(port)), timeout=60) as idle:
            idle.sendall(b"GET /v1 HTTP/1.1\r\nHost: a\r\n")
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                while time.monotonic() - began < 5:
                    time.sleep(1)
                    idle.sendall(b"X: y\r\n")
            assert idle.recv(1_000) == b""
        assert urllib3.request("GET", f"{url}/v1").status == 200


def test_forwarded_addresses_count_only_from_a_proxy_that_is_named(api: Indexed, tmp_path: Path) -> None:
    def asked(url: str) -> set[int]:
        return {
            urllib3.request("GET", f"{url}/v1", headers={"X-Forwarded-For": f"10.0.0.{number}"}, retries=False).status
            for number in range(12)
        }

    with serving(api, tmp_path, "--rate", "2") as url:
        assert asked(url) == {200, 429}
    with serving(api, tmp_path, "--rate", "2", "--proxy", "127.0.0.1") as url:
        assert asked(url) == {200}


def test_a_server_that_cannot_begin_says_why(api: Indexed, tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    assert "tongxin index run" in cli.failure("index", "serve", "--database", f"sqlite:///{tmp_path}/none.sqlite")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "--port" in cli.failure("index", "serve", "--database", api.url, "--port", port)


@pytest.mark.parametrize(
    ("form", "said"),
    [("9999", "upgrade the program"), ("0001", "bring it up to date with `tongxin index run`")],
)
def test_an_index_of_another_version_is_not_served(form: str, said: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/index.sqlite"
    with Store(url) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (form,))
    with pytest.raises(StoreError, match=said):
        create_app(url)
    assert said in Cli(tmp_path).failure("index", "serve", "--database", url)
    with contextlib.closing(sqlite3.connect(tmp_path / "index.sqlite")) as file:
        assert file.execute("SELECT version_num FROM alembic_version").fetchall() == [(form,)]


def test_a_database_without_an_index_is_not_served(postgres: Callable[[], str]) -> None:
    empty = postgres()
    with pytest.raises(StoreError, match="tongxin index run"):
        create_app(empty)
    with Store(empty):
        create_app(empty).state.service.reader.close()


def test_the_server_says_where_it_is_in_chinese_too(api: Indexed, tmp_path: Path) -> None:
    process = Cli(tmp_path).start("index", "serve", "--database", api.url, "--port", "0", "--lang", "zh")
    assert process.stdout is not None
    line = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    # An interrupt before the server listens to signals ends the command as interrupted.
    assert process.returncode in {0, 130}
    assert "索引已在 http://127.0.0.1:" in line
