# SPDX-License-Identifier: AGPL-3.0-only
"""One endpoint, asked in bulk: answers stay JSON until msgspec reads them into what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
import urllib3

from tongxin.chain.endpoints import EndpointError, WrongChainError

__all__ = ["Endpoint", "Refused", "TooLate", "Unavailable"]

T = TypeVar("T")

BRIEF_SECONDS: Final = 5.0
"""The longest that an endpoint may take to connect, or to say which chain it serves."""
LARGEST_ANSWER: Final = 64 * 2**20
"""Bytes of one answer: what is larger is asked for in parts."""
_CHUNK: Final = 2**20
_BATCH: Final = 100


class Unavailable(Exception):  # noqa: N818 - an outcome of asking one of several, not an error of the program
    """The endpoint gave no answer."""


class TooLate(Unavailable):
    """The endpoint did not answer in time, or its answer is too large: perhaps it was asked for too much."""


class Refused(Exception):  # noqa: N818 - as above
    """The endpoint answered that it will not."""


class _Fault(msgspec.Struct):
    code: int = 0
    message: str = ""


class _Answer(msgspec.Struct):
    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Fault | None = None


_one = msgspec.json.Decoder(_Answer)
_many = msgspec.json.Decoder(list[_Answer])


class Endpoint:
    """JSON-RPC over HTTP at one address.

    Args:
        url: The address.
        timeout: Seconds to wait for an answer.

    Raises:
        EndpointError: It cannot be one.
    """

    def __init__(self, url: str, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise EndpointError(f"'{url}' is no address of an endpoint; write it like http://127.0.0.1:8545")
        port = f":{parts.port}" if parts.port else ""
        hidden = "/..." if parts.path.strip("/") or parts.query else ""
        self.shown = f"{parts.scheme}://{parts.hostname}{port}{hidden}"
        """The address without what may be secret in it."""
        self._url = url
        brief = min(BRIEF_SECONDS, timeout)
        self._timeout = urllib3.Timeout(connect=brief, read=timeout)
        self._brief = urllib3.Timeout(connect=brief, read=brief)
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=2, retries=False)
        self._chain_id: int | None = None

    def close(self) -> None:
        """Closes its connections."""
        self._pool.clear()

    def check(self, chain_id: int | None) -> int:
        """The chain it serves, asked at first and after each failure, and not waited for long.

        Raises:
            Unavailable: It does not say.
            WrongChainError: It is another one than `chain_id`.
        """
        if self._chain_id is None:
            try:
                (answer,) = self._post([("eth_chainId", ())], self._brief)
                self._chain_id = int(msgspec.json.decode(answer, type=str), 16)
            except (Refused, ValueError) as error:
                raise Unavailable("it does not say which chain it serves") from error
        if chain_id is not None and self._chain_id != chain_id:
            raise WrongChainError(self.shown, chain_id, self._chain_id)
        return self._chain_id

    def failed(self) -> None:
        """It gave no answer: whether it is there, and which chain it serves, is asked anew."""
        self._chain_id = None

    def ask(self, method: str, *params: object, kind: type[T]) -> T:
        """The result of one call.

        Raises:
            Unavailable: There is no answer, or it is not of that kind.
            Refused: It is an error.
        """
        found = self.find_many([(method, params)], kind=kind)[0]
        if found is None:
            raise Unavailable(f"it has no answer to {method}")
        return found

    def find(self, method: str, *params: object, kind: type[T]) -> T | None:
        """The result of one call that may be nothing; errors as `ask`."""
        return self.find_many([(method, params)], kind=kind)[0]

    def find_many(self, calls: Sequence[tuple[str, Sequence[object]]], *, kind: type[T]) -> list[T | None]:
        """The results of many calls that may be nothing, in order; errors as `ask`."""
        found: list[T | None] = []
        for start in range(0, len(calls), _BATCH):
            for answer in self._post(calls[start : start + _BATCH]):
                try:
                    found.append(None if bytes(answer) == b"null" else msgspec.json.decode(answer, type=kind))
                except msgspec.DecodeError as error:
                    raise Unavailable(f"its answer has not the expected form: {error}") from error
        return found

    def _post(
        self, calls: Sequence[tuple[str, Sequence[object]]], allowed: urllib3.Timeout | None = None
    ) -> list[msgspec.Raw]:
        asked: list[dict[str, Any]] = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            for number, (method, params) in enumerate(calls)
        ]
        single = len(asked) == 1
        body = msgspec.json.encode(asked[0] if single else asked)
        data = self._send(body, allowed or self._timeout)
        try:
            answers = [_one.decode(data)] if single else _many.decode(data)
        except msgspec.DecodeError as error:
            raise Unavailable("it does not speak JSON-RPC") from error
        by_id = {answer.id: answer for answer in answers}
        results = []
        for number, (method, _) in enumerate(calls):
            answer = by_id.get(number)
            if answer is None:
                raise Unavailable("it left a call of a batch without an answer")
            if answer.error is not None:
                raise Refused(f"{method}: {answer.error.message} (code {answer.error.code})")
            results.append(answer.result)
        return results

    def _send(self, body: bytes, allowed: urllib3.Timeout) -> bytes:
        try:
            response = self._pool.request(
                "POST",
                self._url,
                body=body,
                headers={"Content-Type": "application/json"},
                timeout=allowed,
                preload_content=False,
            )
            data = bytearray()
            for chunk in response.stream(_CHUNK):
                data += chunk
                if len(data) > LARGEST_ANSWER:
                    response.close()
                    raise TooLate(f"its answer is larger than {LARGEST_ANSWER >> 20} MB")
            response.release_conn()
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise Unavailable("no connection") from error
        except urllib3.exceptions.ReadTimeoutError as error:
            raise TooLate(f"no answer within {allowed.read_timeout} seconds") from error
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"the connection broke ({type(error).__name__})") from error
        if response.status == 429 or response.status >= 500:
            raise Unavailable(f"HTTP {response.status}")
        return bytes(data)
