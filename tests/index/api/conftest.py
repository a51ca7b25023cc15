# SPDX-License-Identifier: AGPL-3.0-only
"""The read API over an index of whole lives, asked without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from index.conftest import Lived, following
from tongxin.index.api.app import Limits, create_app
from tongxin.index.store import Store

FREE = Limits(per_minute=None)


class Client:
    """Asks an application."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def ask(self, method: str, url: str, *, client: tuple[str, int] = ("127.0.0.1", 1), **more: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=client)
            async with httpx.AsyncClient(transport=transport, base_url="http://index") as asking:
                return await asking.request(method, url, **more)

        return asyncio.run(answer())

    def get(self, url: str, **headers: str) -> httpx.Response:
        return self.ask("GET", url, headers={name.replace("_", "-"): text for name, text in headers.items()})

    def json(self, url: str) -> Any:
        response = self.get(url)
        assert response.status_code == 200, response.text
        return response.json()

    def all(self, url: str, limit: int = 500) -> list[dict[str, Any]]:
        """Every row of a list, page by page."""
        joint = "&" if "?" in url else "?"
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.json(f"{url}{joint}limit={limit}{cursor}")
            rows += page["items"]
            if page["next"] is None:
                return rows
            assert len(page["items"]) == limit
            cursor = f"&cursor={page['next']}"


@dataclass(frozen=True)
class Indexed:
    """An index of both mutuals; `rounds` settles in rounds and ended, `single` settles claims one by one."""

    url: str
    client: Client
    single: str
    rounds: str


def indexed(lived: Lived, url: str) -> Indexed:
    with Store(url) as store, following(store, [lived.node.url]) as follower:
        follower.follow(lived.funds)
        follower.catch_up()
    single, rounds = (f"/v1/mutuals/{fund.lower()}" for fund in lived.funds)
    return Indexed(url, Client(create_app(url, FREE)), single, rounds)


@pytest.fixture(scope="session")
def api(lived: Lived, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexed]:
    """Over SQLite."""
    made = indexed(lived, f"sqlite:///{tmp_path_factory.mktemp('api') / 'index.sqlite'}")
    yield made
    made.client.app.state.service.reader.close()


@pytest.fixture(scope="session")
def api_postgres(lived: Lived, postgres: Callable[[], str]) -> Iterator[Indexed]:
    """Over PostgreSQL."""
    made = indexed(lived, postgres())
    yield made
    made.client.app.state.service.reader.close()
