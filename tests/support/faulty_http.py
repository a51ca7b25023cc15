# SPDX-License-Identifier: AGPL-3.0-only
"""A server that does what servers should not: it lies, breaks off, gives too much, drips, or says nothing at all."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DRIP_SECONDS = 0.05


class Fault(StrEnum):
    NONE = auto()
    BREAKS_OFF = auto()
    """After half of what it announced."""
    ENDLESS = auto()
    """It repeats the body until the other side hangs up."""
    SILENT = auto()
    """It reads the request and answers nothing."""
    SILENT_AFTER_HEADERS = auto()
    DRIPS_HEADERS = auto()
    """One byte after the other, each before any timeout of a socket, without end."""
    DRIPS_BODY = auto()
    RESETS = auto()
    """It closes the connection at once."""


@dataclass(frozen=True)
class Reply:
    body: bytes = b""
    status: int = 200
    fault: Fault = Fault.NONE
    headers: tuple[tuple[str, str], ...] = ()


Script = Callable[[str, str, bytes], Reply]
"""Method, path with query and the request's body in, what is answered out."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.stopping = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up on faults; that is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        reply = self.server.script(self.command, self.path, body)
        self.close_connection = reply.fault is not Fault.NONE
        with contextlib.suppress(OSError):
            if not self.instead_of_headers(reply):
                self.headers_and_body(reply)

    def instead_of_headers(self, reply: Reply) -> bool:
        match reply.fault:
            case Fault.SILENT:
                self.server.stopping.wait()
            case Fault.RESETS:
                self.connection.shutdown(socket.SHUT_RDWR)
            case Fault.DRIPS_HEADERS:
                self.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + 65536 * b"a")
            case _:
                return False
        return True

    def headers_and_body(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, text in reply.headers:
            self.send_header(name, text)
        if reply.fault is Fault.ENDLESS:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        match reply.fault:
            case Fault.ENDLESS:
                chunk = f"{len(reply.body):x}\r\n".encode() + reply.body + b"\r\n"
                while not self.server.stopping.is_set():
                    self.wfile.write(chunk)
            case Fault.BREAKS_OFF:
                self.wfile.write(reply.body[: len(reply.body) // 2])
            case Fault.SILENT_AFTER_HEADERS:
                self.server.stopping.wait()
            case Fault.DRIPS_BODY:
                self.drip(reply.body)
            case _ if self.command != "HEAD":
                self.wfile.write(reply.body)

    def drip(self, text: bytes) -> None:
        for at in range(len(text)):
            self.wfile.write(text[at : at + 1])
            self.wfile.flush()
            if self.server.stopping.wait(DRIP_SECONDS):
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        """Nothing is written."""


for _method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler.answer)


@contextlib.contextmanager
def faulty_server(script: Script) -> Iterator[str]:
    """Serves the script on the loopback address; gives `http://127.0.0.1:port`."""
    server = _Server(script)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
