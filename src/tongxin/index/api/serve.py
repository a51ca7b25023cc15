# SPDX-License-Identifier: AGPL-3.0-only
"""The server: one process, one port, for clients that may be slow, many or hostile."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tongxin.index.api.app import Limits, create_app
from tongxin.index.api.errors import ServerError

__all__ = ["Limits", "serve"]

_REQUEST_SECONDS: Final = 10.0
"""How long a client may take to send one request."""
_IDLE_SECONDS: Final = 15
_CONNECTIONS: Final = 500
_MOST_HEADERS: Final = 16_384
_TURN_SECONDS: Final = 0.0005


class _Hurried(H11Protocol):
    """Ends a connection on which a request is not complete in time."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request is awaited."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(_REQUEST_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        """A part of a request."""
        super().data_received(data)
        awaited = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if awaited and self._timer is None:
            self._timer = self.loop.call_later(_REQUEST_SECONDS, self.transport.close)
        elif not awaited:
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._stop()
        super().connection_lost(exc)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def serve(
    database: str,
    *,
    host: str,
    port: int,
    limits: Limits,
    proxies: Sequence[str] = (),
    started: Callable[[str], None] = lambda _url: None,
) -> None:
    """Serves until interrupted.

    Args:
        database: The index.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        limits: What clients may ask.
        proxies: Addresses of proxies whose X-Forwarded-For says who the client is; else it is who connects.
        started: Told the server's address once it listens.

    Raises:
        StoreError: There is no index.
        ServerError: It cannot listen there.
    """
    app = create_app(database, limits)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=1_024)
    except OSError as error:
        raise ServerError(f"nobody can listen on {host} port {port} ({error.strerror}): name another --port") from error
    config = uvicorn.Config(
        app,
        http=_Hurried,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=_MOST_HEADERS,
    )
    # Each row that is read lets other threads go on, and then waits for one of them up to this long; 5 ms is usual.
    sys.setswitchinterval(_TURN_SECONDS)
    # Connections take it over: an answer's head and body go out at once, not after 40 ms of waiting for each other.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    shown = f"[{host}]" if ":" in host else host
    with listening:
        started(f"http://{shown}:{listening.getsockname()[1]}")
        uvicorn.Server(config).run(sockets=[listening])
