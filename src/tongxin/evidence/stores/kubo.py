# SPDX-License-Identifier: AGPL-3.0-only
"""The HTTP RPC of a Kubo node (docs.ipfs.tech/reference/kubo/rpc), as far as a store of blobs needs it.

An error after the first byte stands in a trailer that HTTP clients drop, so what a node hands over is never taken on
its word: whoever reads compares the hash.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import urllib3

from tongxin.evidence.stores.address import is_http
from tongxin.evidence.stores.base import BLOCK, Source
from tongxin.evidence.stores.faults import DamagedBlobError, SlowStoreError, StoreAddressError, StoreFaultError
from tongxin.evidence.stores.watch import Limits, Watch

__all__ = ["Kubo", "RefusedError"]

_LARGEST_ANSWER: Final = 64 * 1024**2
_LONGEST_REASON: Final = 200


class RefusedError(StoreFaultError):
    """The node answered a command with an error; `why` holds its words."""


class Kubo:
    """One node.

    Args:
        url: `ipfs+http://host:port` of its RPC.
        limits: How long it is waited for.

    Raises:
        StoreAddressError: The address can't be one.
    """

    def __init__(self, url: str, limits: Limits) -> None:
        if "@" in url:
            raise StoreAddressError("no passwords belong into the address of a store; reach the node through a tunnel")
        rpc = url.removeprefix("ipfs+").rstrip("/")
        if not url.startswith("ipfs+") or not is_http(rpc) or urlsplit(rpc).path:
            raise StoreAddressError("this is no address of an IPFS node; write it like ipfs+http://127.0.0.1:5001")
        self.url = f"ipfs+{rpc}"
        self._rpc = f"{rpc}/api/v0/"
        self._limits = limits
        self._pool = urllib3.PoolManager(retries=False, maxsize=4)

    def close(self) -> None:
        """Closes all connections; a later command opens new ones."""
        self._pool.clear()

    def ask(self, command: str, *arguments: str, **options: str) -> list[Any]:
        """What a command answers: JSON values, one a line.

        Raises:
            RefusedError: An error of the node.
            StoreFaultError: The node can't be reached, or speaks another language.
        """
        with self._answer(command, arguments, options) as answer:
            return self._values(answer)

    def stream(self, command: str, *arguments: str, silence: float, **options: str) -> Iterator[bytes]:
        """The bytes that a command answers; as `ask`, and SlowStoreError after `silence` seconds without a byte."""
        with self._answer(command, arguments, options, silence=silence) as answer:
            while block := answer.read(BLOCK):
                yield block

    def upload(self, command: str, source: Source, watch: Watch, **options: str) -> list[Any]:
        """As `ask`, of a command that takes a file."""
        boundary = secrets.token_hex(16)
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="blob"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        tail = f"\r\n--{boundary}--\r\n".encode()

        def body() -> Iterator[bytes]:
            yield head
            yield from source.blocks()
            yield tail
            watch.moved(0)

        source.seek(0)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + source.size + len(tail)),
        }
        with self._answer(command, (), options, body=body(), headers=headers) as answer:
            return self._values(answer)

    @contextlib.contextmanager
    def _answer(
        self,
        command: str,
        arguments: tuple[str, ...],
        options: dict[str, str],
        *,
        silence: float | None = None,
        body: Iterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        wait = self._limits.silence_seconds if silence is None else silence
        asked = [
            *(("arg", item) for item in arguments),
            *((name.replace("_", "-"), to) for name, to in options.items()),
        ]
        try:
            answer = self._pool.request(
                "POST",
                f"{self._rpc}{command}?{urlencode(asked)}",
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(connect=self._limits.connect_seconds, read=wait),
                preload_content=False,
                redirect=False,
            )
            try:
                if answer.status != 200:
                    raise self._refusal(answer)
                yield answer
            finally:
                # Left unread, the rest of an answer would be taken for the next one on this connection.
                answer.close()
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise StoreFaultError(self.url, "no connection; is the node running?") from error
        except urllib3.exceptions.ReadTimeoutError as error:
            raise SlowStoreError(
                self.url, f"nothing came for {wait:g} seconds; it hangs or does not find it"
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise DamagedBlobError(self.url, f"it broke off ({type(error).__name__})") from error

    def _refusal(self, answer: urllib3.BaseHTTPResponse) -> StoreFaultError:
        try:
            told = json.loads(answer.read(BLOCK))
            message = told if isinstance(told, str) else str(told["Message"])
        except (ValueError, KeyError, TypeError):
            return StoreFaultError(self.url, f"it answers HTTP {answer.status}; is this the RPC of a Kubo node?")
        plain = "".join(letter if letter.isprintable() else " " for letter in message)[:_LONGEST_REASON]
        return RefusedError(self.url, plain)

    def _values(self, answer: urllib3.BaseHTTPResponse) -> list[Any]:
        text = bytearray()
        while block := answer.read(BLOCK):
            text += block
            if len(text) > _LARGEST_ANSWER:
                raise DamagedBlobError(self.url, f"its answer is longer than {_LARGEST_ANSWER:,} bytes")
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise StoreFaultError(self.url, "its answer is not JSON; is this the RPC of a Kubo node?") from error
