# SPDX-License-Identifier: AGPL-3.0-only
"""One or several JSON-RPC endpoints of one chain, used as if they were one that does not fail.

An endpoint that is dead, hangs, answers 5xx or 429, or does not speak JSON-RPC is left alone for a while and the next
is asked. An endpoint of another chain is never used. Of several, those that are behind the furthest, or behind a block
that was seen already, are asked last. An answer that says 'no' (a revert, a bad request) is an answer: it is raised,
and no other endpoint is asked for a better one.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar
from urllib.parse import urlsplit

import msgspec
import urllib3

from tongxin.errors import TongxinError

__all__ = [
    "AmbiguousRequestError",
    "EndpointError",
    "Endpoints",
    "NoEndpointError",
    "RequestRefusedError",
    "TooLargeError",
    "WrongChainError",
    "rest_seconds",
]

CONNECT_SECONDS: Final = 5.0
"""Also how long, of several endpoints, one may take to say which chain it serves and how far it is."""
LEFT_ALONE_SECONDS: Final = 5.0
"""How long an endpoint that failed is asked last; twice as long after each further failure."""
LEFT_ALONE_MOST: Final = 60.0
_MOST_DOUBLINGS: Final = 10
LOOK_SECONDS: Final = 10.0
"""After this long, several endpoints are asked again how far they are."""
LAG_BLOCKS: Final = 2
"""An endpoint that is more blocks than this behind the furthest is asked last."""
LARGEST_BATCH: Final = 200
LARGEST_ANSWER: Final = 64 << 20
"""Bytes; of a larger one nothing is read."""
_BUSY_CODES: Final = (-32005, -32029)
"""JSON-RPC codes by which providers say that a limit of requests is reached."""
_BEHIND: Final = ("header not found", "unknown block", "block not found")
"""What an endpoint that has not yet seen a block answers; another one may have."""


class EndpointError(TongxinError):
    """The chain cannot be reached as it should."""


class NoEndpointError(EndpointError):
    """No endpoint answered; `failures` says of each why, by its address without secrets."""

    def __init__(self, failures: dict[str, str]) -> None:
        listed = "; ".join(f"{url}: {why}" for url, why in failures.items())
        super().__init__(
            f"no endpoint answers ({listed}); check the addresses and the network, or start `tongxin node`"
        )
        self.failures = failures


class WrongChainError(EndpointError):
    """An endpoint serves another chain than the one wanted."""

    def __init__(self, url: str, expected: int, found: int) -> None:
        super().__init__(
            f"{url} serves chain {found}, not chain {expected}; nothing was sent to it: "
            f"name an endpoint of chain {expected}, or change the chain in the settings"
        )
        self.url = url
        self.expected = expected
        self.found = found


class RequestRefusedError(EndpointError):
    """An endpoint answered a request with an error; `data` is what a revert returned, as hex, or None."""

    def __init__(self, method: str, code: int, message: str, data: str | None = None) -> None:
        super().__init__(f"the endpoint refused {method}: {message} (code {code})")
        self.method = method
        self.code = code
        self.reason = message
        self.data = data


class TooLargeError(RequestRefusedError):
    """The endpoint's answer is larger than is read."""


class AmbiguousRequestError(EndpointError):
    """A request that must not be made twice was sent, and no answer came: it may have been carried out."""

    def __init__(self, url: str, method: str, why: str) -> None:
        super().__init__(
            f"{url} did not answer {method} ({why}); it may still have been carried out: look before trying again"
        )
        self.url = url
        self.method = method


T = TypeVar("T")


class _Typed(msgspec.Struct, Generic[T]):
    """An answer of JSON-RPC whose result is decoded straight into a type."""

    id: int | None = 0
    result: T | None = None
    error: Any = None


@dataclass
class _Endpoint:
    url: str
    shown: str
    checked: bool = False
    wrong: WrongChainError | None = None
    rest_until: float = 0.0
    failures: int = 0
    failure: str = ""
    head: int | None = None


class _Unavailable(Exception):  # noqa: N818 - a step of the failover, never seen outside
    """The endpoint gave no answer; `sent` tells whether the request may have reached it."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


def rest_seconds(failures: int) -> float:
    """How long an endpoint that failed is left alone, after so many failures in a row before this one."""
    # A node that is dead for a day comes to a power that no number can hold.
    return min(LEFT_ALONE_SECONDS * 2.0 ** min(failures, _MOST_DOUBLINGS), LEFT_ALONE_MOST)


def _shown(url: str) -> str:
    """The address without what may be secret in it: user, password, path, query."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise EndpointError(f"'{url}' is no address of an endpoint; write it like http://127.0.0.1:8545")
    port = f":{parts.port}" if parts.port else ""
    rest = "/..." if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{parts.hostname}{port}{rest}"


def _refusal(method: str, error: Any) -> RequestRefusedError:
    if not isinstance(error, dict):
        return RequestRefusedError(method, 0, str(error))
    data = error.get("data")
    if isinstance(data, dict):
        data = data.get("data")
    return RequestRefusedError(
        method, int(error.get("code", 0)), str(error.get("message", "")), data if isinstance(data, str) else None
    )


class Endpoints:
    """JSON-RPC over HTTP with failover; may be used from several threads.

    Args:
        urls: One address, or several in order of preference.
        chain_id: The chain that is wanted; without it the first endpoint that answers decides, and the others must
            agree with it.
        timeout: Seconds to wait for one answer.
        rounds: How often all endpoints are tried before giving up.
        pause: Seconds before the second round, twice as long before the third, and so on.

    Raises:
        EndpointError: An address cannot be one.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        *,
        chain_id: int | None = None,
        timeout: float = 30.0,
        rounds: int = 3,
        pause: float = 0.25,
    ) -> None:
        listed = [urls] if isinstance(urls, str) else list(urls)
        if not listed:
            raise EndpointError("no endpoint is named; give at least one address, like http://127.0.0.1:8545")
        self._endpoints = [_Endpoint(url, _shown(url)) for url in listed]
        self._chain_id = chain_id
        self._timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, timeout), read=timeout)
        self._rounds = rounds
        self._pause = pause
        brief = min(CONNECT_SECONDS, timeout)
        self._brief = urllib3.Timeout(connect=brief, read=brief) if len(listed) > 1 else self._timeout
        self._pool = urllib3.PoolManager(num_pools=len(listed), maxsize=4, retries=False)
        self._lock = threading.Lock()
        self._look_at = 0.0
        self._seen = 0

    def __enter__(self) -> Self:
        """The endpoints themselves; connections are closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes all connections."""
        self.close()

    def close(self) -> None:
        """Closes all connections; a later request opens new ones."""
        self._pool.clear()

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses, in order of preference."""
        return tuple(endpoint.url for endpoint in self._endpoints)

    @property
    def shown(self) -> tuple[str, ...]:
        """The same without what may be secret in them."""
        return tuple(endpoint.shown for endpoint in self._endpoints)

    @property
    def chain_id(self) -> int:
        """Number of the chain.

        Raises:
            NoEndpointError: Nobody answers.
            WrongChainError: Those who answer serve another chain than the one wanted.
        """
        if self._chain_id is None or not any(endpoint.checked for endpoint in self._endpoints):
            return int(self.request("eth_chainId"), 16)
        return self._chain_id

    def request(self, method: str, *params: object, idempotent: bool = True) -> Any:
        """The result of one JSON-RPC call.

        Args:
            method: As in `eth_blockNumber`.
            params: What the method takes, as JSON.
            idempotent: Whether the call may be made again when no answer came.

        Raises:
            NoEndpointError: No endpoint answered.
            WrongChainError: Those that answer serve another chain.
            RequestRefusedError: The endpoint answered with an error.
            AmbiguousRequestError: It may not be made again and got no answer.
        """
        answer = self._ask([(method, params)], idempotent=idempotent)[0]
        if isinstance(answer, RequestRefusedError):
            raise answer
        return answer

    def batch(self, requests: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        """The results of many idempotent calls, in order; a refused one is returned as its `RequestRefusedError`.

        Raises:
            NoEndpointError: No endpoint answered.
            WrongChainError: Those that answer serve another chain.
        """
        results: list[Any] = []
        for start in range(0, len(requests), LARGEST_BATCH):
            results += self._ask(requests[start : start + LARGEST_BATCH], idempotent=True)
        return results

    def request_as(self, kind: type[T], method: str, *params: object) -> T | None:
        """As `request`, of an idempotent call; the answer is decoded into a type of `msgspec` without detours.

        Raises:
            NoEndpointError: No endpoint answered, or none in that form.
            WrongChainError: Those that answer serve another chain.
            RequestRefusedError: The endpoint answered with an error.
        """
        answer = self.batch_as(kind, [(method, params)])[0]
        if isinstance(answer, RequestRefusedError):
            raise answer
        return answer

    def batch_as(
        self, kind: type[T], requests: Sequence[tuple[str, Sequence[object]]]
    ) -> list[T | RequestRefusedError | None]:
        """As `batch`, decoded as `request_as` does; a null is None.

        Raises:
            NoEndpointError: No endpoint answered, or none in that form.
            WrongChainError: Those that answer serve another chain.
        """
        one = msgspec.json.Decoder(_Typed[kind])  # type: ignore[valid-type]
        many = msgspec.json.Decoder(list[_Typed[kind]])  # type: ignore[valid-type]

        def decode(data: bytes) -> object:
            several = data.lstrip()[:1] == b"["
            found = many.decode(data) if several else [one.decode(data)]
            plain = [
                {"id": item.id, "result": item.result} | ({} if item.error is None else {"error": item.error})
                for item in found
            ]
            return plain if several else plain[0]

        results: list[Any] = []
        for start in range(0, len(requests), LARGEST_BATCH):
            results += self._ask(requests[start : start + LARGEST_BATCH], idempotent=True, decode=decode)
        return results

    def _ask(
        self,
        requests: Sequence[tuple[str, Sequence[object]]],
        *,
        idempotent: bool,
        decode: Callable[[bytes], object] = json.loads,
    ) -> list[Any]:
        for attempt in range(self._rounds):
            if attempt:
                time.sleep(self._pause * 2 ** (attempt - 1))
            for endpoint in self._in_order():
                if endpoint.wrong is not None:
                    continue
                try:
                    self._check(endpoint)
                    answers = self._post(endpoint, requests, decode)
                except _Unavailable as error:
                    self._leave_alone(endpoint, error)
                    if error.sent and not idempotent:
                        raise AmbiguousRequestError(endpoint.shown, requests[0][0], str(error)) from error
                except WrongChainError as error:
                    endpoint.wrong = error
                else:
                    endpoint.rest_until = 0.0
                    endpoint.failures = 0
                    return answers
            wrong = [endpoint.wrong for endpoint in self._endpoints if endpoint.wrong is not None]
            if len(wrong) == len(self._endpoints):
                raise wrong[0]
        raise NoEndpointError({item.shown: str(item.wrong) if item.wrong else item.failure for item in self._endpoints})

    def saw(self, block: int) -> None:
        """Says that a block was seen: from now on endpoints that do not have it yet are asked last."""
        if block > self._seen:
            self._seen = block
            self._look_at = 0.0

    def _in_order(self) -> list[_Endpoint]:
        """Those that failed come last, before them those that are behind, the others as they were listed."""
        if len(self._endpoints) > 1 and time.monotonic() >= self._look_at:
            self._look_around()
        now = time.monotonic()
        furthest = max((item.head for item in self._endpoints if item.head is not None), default=0)
        least = max(furthest - LAG_BLOCKS, min(self._seen, furthest))

        def place(item: _Endpoint) -> tuple[bool, bool]:
            return item.rest_until > now, item.head is not None and item.head < least

        return sorted(self._endpoints, key=place)

    def _look_around(self) -> None:
        """Asks all that are not left alone how far they are."""
        self._look_at = time.monotonic() + LOOK_SECONDS
        asked = [item for item in self._endpoints if item.wrong is None and item.rest_until <= time.monotonic()]
        while asked and self._chain_id is None:  # the first that answers decides which chain is meant
            self._look(asked.pop(0))
        if asked:
            with ThreadPoolExecutor(len(asked), thread_name_prefix="endpoint") as threads:
                list(threads.map(self._look, asked))

    def _look(self, endpoint: _Endpoint) -> None:
        try:
            self._check(endpoint)
            (answer,) = self._post(endpoint, [("eth_blockNumber", ())], timeout=self._brief)
            endpoint.head = int(answer, 16) if isinstance(answer, str) else None
        except _Unavailable as error:
            self._leave_alone(endpoint, error)
        except WrongChainError as error:
            endpoint.wrong = error
        except ValueError:
            endpoint.head = None

    @staticmethod
    def _leave_alone(endpoint: _Endpoint, why: _Unavailable) -> None:
        endpoint.failure = str(why)
        endpoint.checked = False
        endpoint.head = None
        endpoint.rest_until = time.monotonic() + rest_seconds(endpoint.failures)
        endpoint.failures += 1

    def _check(self, endpoint: _Endpoint) -> None:
        """Asks an endpoint which chain it serves, at first and after each failure."""
        if endpoint.checked:
            return
        try:
            found = int(self._post(endpoint, [("eth_chainId", ())], timeout=self._brief)[0], 16)
        except (TypeError, ValueError, RequestRefusedError) as error:
            raise _Unavailable("it does not say which chain it serves", sent=False) from error
        with self._lock:
            if self._chain_id is None:
                self._chain_id = found
        if found != self._chain_id:
            raise WrongChainError(endpoint.shown, self._chain_id, found)
        endpoint.checked = True

    def _post(
        self,
        endpoint: _Endpoint,
        requests: Sequence[tuple[str, Sequence[object]]],
        decode: Callable[[bytes], object] = json.loads,
        timeout: urllib3.Timeout | None = None,
    ) -> list[Any]:
        allowed = timeout or self._timeout
        calls = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            for number, (method, params) in enumerate(requests)
        ]
        body = json.dumps(calls[0] if len(calls) == 1 else calls).encode()
        try:
            response = self._pool.request(
                "POST",
                endpoint.url,
                body=body,
                headers={"Content-Type": "application/json"},
                timeout=allowed,
                preload_content=False,
            )
            size = int(response.headers.get("Content-Length", "0"))
            if size > LARGEST_ANSWER:
                response.close()
                raise TooLargeError(requests[0][0], 0, f"its answer has {size >> 20} MB, ask for less at once")
            data = response.read()
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise _Unavailable("no connection", sent=False) from error
        except urllib3.exceptions.ReadTimeoutError as error:
            raise _Unavailable(f"no answer within {allowed.read_timeout} seconds", sent=True) from error
        except urllib3.exceptions.HTTPError as error:
            raise _Unavailable(f"the connection broke ({type(error).__name__})", sent=True) from error
        if response.status == 429:
            raise _Unavailable("too many requests (HTTP 429)", sent=False)
        if response.status >= 500:
            raise _Unavailable(f"HTTP {response.status}", sent=True)
        try:
            answered = decode(data)
        except msgspec.ValidationError as error:
            raise _Unavailable(f"its answer has another form ({error})", sent=True) from error
        except (ValueError, msgspec.DecodeError) as error:
            raise _Unavailable(f"no JSON (HTTP {response.status})", sent=True) from error
        return _sorted_answers(requests, answered)


def _sorted_answers(requests: Sequence[tuple[str, Sequence[object]]], answered: Any) -> list[Any]:
    """The results in the order of the requests; a batch may be answered in any order."""
    listed = answered if isinstance(answered, list) else [answered]
    if len(requests) > 1 and not isinstance(answered, list):
        listed = [{**answered, "id": number} for number in range(len(requests))] if "error" in answered else []
    by_id = {item.get("id"): item for item in listed if isinstance(item, dict)}
    results: list[Any] = []
    for number, (method, _) in enumerate(requests):
        item = by_id.get(number)
        if item is None or not ("result" in item or "error" in item):
            raise _Unavailable("it does not speak JSON-RPC", sent=True)
        if item.get("error") is None:
            results.append(item.get("result"))
            continue
        refused = _refusal(method, item["error"])
        if refused.code in _BUSY_CODES:
            raise _Unavailable(f"busy: {refused.reason}", sent=False)
        if any(text in refused.reason.lower() for text in _BEHIND):
            raise _Unavailable(refused.reason, sent=False)
        results.append(refused)
    return results
