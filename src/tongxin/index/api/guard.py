# SPDX-License-Identifier: AGPL-3.0-only
"""What stands before every route: sizes, rates, patience, headers, and HEAD."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import time
from typing import Final

import msgspec
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tongxin.index.api.errors import PROBLEM_TYPE, RefusedError, TooLargeError, TooManyError, problem_of

__all__ = ["Guard"]

_MOST_BODY: Final = 1_024
_MOST_ADDRESS: Final = 4_096
_EXPORT_COST: Final = 20
"""A whole list counts as so many requests."""
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_IPV6_NETWORK: Final = 64
"""Whoever has one address of version 6 has as many as this prefix leaves."""


class Guard:
    """Middleware around the whole application.

    Args:
        app: The application.
        per_minute: Requests per minute and client address; None: any number.
        patience_seconds: How long a client may take to accept a part of an answer.
    """

    def __init__(self, app: ASGIApp, *, per_minute: int | None, patience_seconds: float) -> None:
        self._app = app
        self._patience = patience_seconds
        self._rate: RateLimitItem | None = None if per_minute is None else RateLimitItemPerMinute(per_minute)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        if head:
            scope = {**scope, "method": "GET", "tongxin_head": True}
        answer = _Answer(send, self._patience, head=head)
        try:
            self._check(scope)
        except RefusedError as problem:
            await answer.refuse(problem)
            return
        try:
            await self._app(scope, receive, answer.send)
        except TimeoutError:
            # Nothing is left to say to a client that takes nothing; ending here closes the connection.
            return

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isascii() or not length.isdigit() or int(length) > _MOST_BODY:
            raise TooLargeError("this server only answers questions: send no body")
        if len(scope["raw_path"]) + len(scope["query_string"]) > _MOST_ADDRESS:
            raise TooLargeError(f"the address of a request has at most {_MOST_ADDRESS} characters")
        if self._rate is None:
            return
        who = _network(scope)
        cost = _EXPORT_COST if _wants_all(scope, headers) else 1
        cost = min(cost, self._rate.amount)
        if not self._limiter.hit(self._rate, who, cost=cost):
            reset = self._limiter.get_window_stats(self._rate, who).reset_time
            raise TooManyError(
                f"one address may ask {self._rate.amount} times a minute (a whole list counts {_EXPORT_COST} times);"
                " wait a little, or run an index of your own",
                wait=max(1, math.ceil(reset - time.time())),
            )


def _wants_all(scope: Scope, headers: Headers) -> bool:
    asked = scope["query_string"]
    accepted = headers.get("accept", "")
    return b"format=csv" in asked or b"format=parquet" in asked or "csv" in accepted or "parquet" in accepted


def _network(scope: Scope) -> str:
    """Whom a request counts for: an IPv4 address, or the network of an IPv6 one."""
    host = scope["client"][0] if scope.get("client") else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
    return str(address)


class _Answer:
    """Sends an answer with the headers that all have, without a body to HEAD."""

    def __init__(self, send: Send, patience: float, *, head: bool) -> None:
        self._send = send
        self._patience = patience
        self._head = head

    async def send(self, message: Message) -> None:
        """Passes a message on.

        Raises:
            TimeoutError: The client does not take it.
        """
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        elif self._head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        async with asyncio.timeout(self._patience):
            await self._send(message)

    async def refuse(self, problem: RefusedError) -> None:
        """Answers with a problem."""
        body = msgspec.json.encode(problem_of(problem.status, problem.detail))
        headers = [(b"content-type", PROBLEM_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        if problem.wait is not None:
            headers.append((b"retry-after", str(problem.wait).encode()))
        await self.send({"type": "http.response.start", "status": int(problem.status), "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
