# SPDX-License-Identifier: AGPL-3.0-only
"""Conditional requests, cursors, refusals, and what stands before every route."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.api.asked import addresses, lists
from index.api.conftest import FREE, Client, Indexed
from tongxin.index.api.app import Limits, create_app
from tongxin.index.api.database import Reader
from tongxin.index.api.errors import BusyError
from tongxin.index.errors import StoreError

pytestmark = pytest.mark.chain


@pytest.fixture
def own(api: Indexed, tmp_path: Path) -> Iterator[tuple[Path, Indexed]]:
    """An index that a test may write to."""
    path = tmp_path / "index.sqlite"
    shutil.copy(api.url.removeprefix("sqlite:///"), path)
    client = Client(create_app(f"sqlite:///{path}", FREE))
    yield path, Indexed(f"sqlite:///{path}", client, api.single, api.rounds)
    client.app.state.service.reader.close()


def write(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


# Conditional requests


def test_what_one_has_already_is_not_sent_again(api: Indexed) -> None:
    for url in addresses(api.client, api.rounds).values():
        if url == "/openapi.json":
            continue
        first = api.client.get(url)
        tag = first.headers["etag"]
        assert tag.startswith('"')
        for asked in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = api.client.get(url, if_none_match=asked)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), url
        assert api.client.get(url, if_none_match='"other"').content == first.content


def test_each_form_of_an_answer_has_a_tag_of_its_own(api: Indexed) -> None:
    url = f"{api.rounds}/flows"
    answers = [
        api.client.get(url, accept_encoding="identity"),
        api.client.get(url, accept_encoding="gzip"),
        api.client.get(f"{url}?limit=5"),
        api.client.get(f"{url}?order=desc"),
        api.client.get(f"{url}?format=csv", accept_encoding="identity"),
        api.client.get(f"{url}?format=parquet"),
        api.client.get(url, accept="text/csv"),
    ]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["content-encoding"] == "gzip"
    assert len({answer.headers["etag"] for answer in answers}) == len(answers)


def test_the_tag_changes_with_the_index(own: tuple[Path, Indexed]) -> None:
    path, index = own
    url = f"{index.single}/claims"
    tags = [index.client.get(url).headers["etag"]]
    for change in (
        "UPDATE chain SET confirmed = confirmed + 1",
        "UPDATE waypoints SET hash = zeroblob(32) WHERE number = (SELECT max(number) FROM waypoints)",
        "UPDATE positions SET block = block - 1",
    ):
        write(path, change)
        tags.append(index.client.get(url, if_none_match=tags[-1]).headers["etag"])
        assert index.client.get(url, if_none_match=tags[-2]).status_code == 200
    assert len(set(tags)) == len(tags)


def test_head_is_answered_as_get_without_a_body(api: Indexed) -> None:
    for url in (f"{api.rounds}/flows", f"{api.rounds}/flows?format=csv", "/v1", "/nothing"):
        head, get = api.client.ask("HEAD", url), api.client.get(url)
        assert head.content == b""
        assert (head.status_code, head.headers.get("etag")) == (get.status_code, get.headers.get("etag"))
        assert head.headers["content-type"] == get.headers["content-type"]


def test_the_form_follows_the_header_accept_by_its_weights(api: Indexed) -> None:
    for accept, found in (
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("application/vnd.apache.parquet, text/csv;q=0.9", "application/vnd.apache.parquet"),
        ("text/html", "application/json"),
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=x", "application/json"),
    ):
        assert api.client.get(f"{api.rounds}/claims", accept=accept).headers["content-type"] == found


# What is new and what is gone while one turns pages


def test_cursors_stay_where_they_are_when_rows_come_and_go(own: tuple[Path, Indexed]) -> None:
    path, index = own
    url = f"{index.rounds}/jurors"
    whole = index.client.all(url)
    first = index.client.json(f"{url}?limit=5")
    write(path, "DELETE FROM jurors WHERE volunteer IN (2, 4)")
    second = index.client.json(f"{url}?limit=5&cursor={first['next']}")
    assert second["items"] == whole[5:10]


def test_each_row_says_what_its_block_is_worth(own: tuple[Path, Indexed]) -> None:
    path, index = own
    rows = index.client.all(f"{index.rounds}/flows")
    low, high = rows[len(rows) // 3]["block"], rows[2 * len(rows) // 3]["block"]
    write(path, f"UPDATE chain SET final = {low}, confirmed = {high}")  # noqa: S608 - numbers of ours
    for row in index.client.all(f"{index.rounds}/flows"):
        wanted = "final" if row["block"] <= low else "confirmed" if row["block"] <= high else "seen"
        assert row["status"] == wanted


# Refusals


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=501", "limit=x", "order=up", "format=xml", "cursor=", "cursor=!", "cursor=AAAA",
        "format=csv&limit=5", "format=parquet&cursor=AAAA", f"cursor={'A' * 513}",
    ],
)  # fmt: skip
def test_a_parameter_that_is_none_is_refused_in_plain_words(api: Indexed, query: str) -> None:
    answer = api.client.get(f"{api.rounds}/flows?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() == {"type", "title", "status", "detail"}
    assert answer.json()["status"] == 400


def test_a_cursor_serves_its_own_list_and_order_only(api: Indexed) -> None:
    cursor = api.client.json(f"{api.rounds}/flows?limit=1")["next"]
    for url in (f"{api.rounds}/payments?cursor={cursor}", f"{api.rounds}/flows?order=desc&cursor={cursor}"):
        answer = api.client.get(url)
        assert answer.status_code == 400
        assert "leave `cursor` out" in answer.json()["detail"]


def test_what_is_not_there_is_said_plainly(api: Indexed) -> None:
    nobody = f"/v1/mutuals/0x{'00' * 20}"
    for url in lists(api.client, api.rounds).values():
        if url != "/v1/mutuals":
            answer = api.client.get(url.replace(api.rounds, nobody))
            assert (answer.status_code, "does not follow" in answer.json()["detail"]) == (404, True)
            csv = api.client.get(url.replace(api.rounds, nobody) + "?format=csv")
            assert csv.status_code == 404
    for thing in (f"members/0x{'00' * 32}", "claims/999", "panels/999", "rounds/999", "versions/999", "proposals/999",
                  "versions/999/document"):  # fmt: skip
        assert api.client.get(f"{api.rounds}/{thing}").status_code == 404, thing
    assert api.client.get("/").json()["title"] == "Not Found"


def test_nothing_but_reading_is_offered(api: Indexed) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = api.client.ask(method, f"{api.rounds}/claims")
        assert answer.status_code == 405
        assert answer.headers["content-type"] == "application/problem+json"


def test_bodies_and_endless_addresses_are_refused(api: Indexed) -> None:
    assert api.client.ask("GET", "/v1", content=b"x" * 2_000).status_code == 413
    assert api.client.ask("GET", "/v1", headers={"Transfer-Encoding": "chunked"}).status_code == 413
    assert api.client.get(f"/v1?{'x' * 5_000}").status_code == 413


# Rates


@pytest.fixture
def same_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates are counted as if no time passed."""
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0)


@pytest.mark.usefixtures("same_minute")
def test_one_address_may_ask_so_often_and_no_more(api: Indexed) -> None:
    client = Client(create_app(api.url, Limits(per_minute=30)))
    one, other = ("10.0.0.1", 1), ("10.0.0.2", 1)
    assert [client.ask("GET", "/v1", client=one).status_code for _ in range(31)] == [200] * 30 + [429]
    refused = client.ask("GET", "/v1", client=one, headers={"Origin": "https://paper.example"})
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["access-control-allow-origin"] == "*"
    assert client.ask("GET", f"{api.rounds}/flows?format=csv", client=other).status_code == 200
    assert [client.ask("GET", "/v1", client=other).status_code for _ in range(11)] == [200] * 10 + [429]
    client.app.state.service.reader.close()


@pytest.mark.usefixtures("same_minute")
def test_addresses_of_one_network_of_version_6_are_one(api: Indexed) -> None:
    client = Client(create_app(api.url, Limits(per_minute=2)))
    answers = [client.ask("GET", "/v1", client=(f"2001:db8::{number}", 1)).status_code for number in range(3)]
    assert answers == [200, 200, 429]
    assert client.ask("GET", "/v1", client=("2001:db8:1::1", 1)).status_code == 200
    client.app.state.service.reader.close()


@pytest.mark.usefixtures("same_minute")
def test_who_the_client_is_does_not_come_from_a_header(api: Indexed) -> None:
    client = Client(create_app(api.url, Limits(per_minute=1)))
    answers = [
        client.ask("GET", "/v1", headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code for number in range(2)
    ]
    assert answers == [200, 429]
    client.app.state.service.reader.close()


def test_only_some_whole_lists_are_written_at_once(api: Indexed) -> None:
    service = api.client.app.state.service
    taken = 0
    while service.exports.acquire(blocking=False):
        taken += 1
    try:
        answer = api.client.get(f"{api.rounds}/flows?format=csv")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    finally:
        for _ in range(taken):
            service.exports.release()
    for _ in range(taken + 1):
        assert api.client.get(f"{api.rounds}/flows?format=parquet").status_code == 200


# Headers


def test_every_answer_has_the_headers_that_protect_its_reader(api: Indexed) -> None:
    for url in ("/v1", "/nothing", f"{api.rounds}/flows?format=csv", f"{api.rounds}/flows?limit=0", "/openapi.json"):
        headers = api.client.get(url).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"


def test_any_website_may_read(api: Indexed) -> None:
    answer = api.client.get("/v1", origin="https://paper.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    asked = {"Origin": "https://paper.example", "Access-Control-Request-Method": "GET"}
    assert api.client.ask("OPTIONS", "/v1", headers=asked).status_code == 200
    asked["Access-Control-Request-Method"] = "POST"
    assert api.client.ask("OPTIONS", "/v1", headers=asked).status_code == 400


def test_long_answers_are_packed(api: Indexed) -> None:
    url = f"{api.rounds}/events"
    plain, packed = api.client.get(url, accept_encoding="identity"), api.client.get(url, accept_encoding="gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 3


# The database


def test_the_database_is_only_read(api: Indexed, api_postgres: Indexed) -> None:
    for index in (api, api_postgres):
        reader = index.client.app.state.service.reader
        for statement in ("DELETE FROM flows", "UPDATE mutuals SET heads = 0", "DROP TABLE flows"):
            with pytest.raises(Exception, match="cannot be read"), reader.view() as view:
                view.connection.exec_driver_sql(statement)
        assert index.client.all(f"{index.rounds}/flows")


def test_a_look_that_takes_too_long_is_ended(api: Indexed, api_postgres: Indexed) -> None:
    endless = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "postgresql": "SELECT pg_sleep(60)",
    }
    for index in (api, api_postgres):
        reader = index.client.app.state.service.reader
        with pytest.raises(BusyError), reader.view(0.2) as view:
            view.connection.exec_driver_sql(endless[view.connection.dialect.name])


def test_a_database_that_is_none_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/none.sqlite", "mysql://host/name", "no address"):
        with pytest.raises(StoreError):
            Reader(url, seconds=1, connections=1)
    write(tmp_path / "other.sqlite", "CREATE TABLE other (a)")
    with pytest.raises(StoreError, match="tongxin index run"):
        Reader(f"sqlite:///{tmp_path}/other.sqlite", seconds=1, connections=1)


def test_a_database_that_breaks_is_told_as_such(own: tuple[Path, Indexed]) -> None:
    path, index = own
    write(path, "DROP TABLE flows")
    answer = index.client.get(f"{index.rounds}/flows")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "flows" not in answer.json()["detail"]
