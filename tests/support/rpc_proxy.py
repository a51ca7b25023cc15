# SPDX-License-Identifier: AGPL-3.0-only
"""An endpoint that lies: it passes JSON-RPC on to a node and alters what the node answers."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

REFUSED = object()
"""Shown as a result: the endpoint answers that it does not have that."""
Lie = Callable[[str, list[Any], Any], Any]
"""Method, parameters and true result in, the result that is shown out."""


@contextlib.contextmanager
def lying_endpoint(url: str, lie: Lie) -> Iterator[str]:
    """Serves the node at `url` with `lie` applied to every result; the address it answers at."""
    pool = urllib3.PoolManager(retries=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body leave together, or each answer waits for the client's delayed acknowledgement.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:  # the name that http.server asks for
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body)
            answered = json.loads(
                pool.request("POST", url, body=body, headers={"Content-Type": "application/json"}).data
            )
            calls = {call["id"]: call for call in (asked if isinstance(asked, list) else [asked])}
            for answer in answered if isinstance(answered, list) else [answered]:
                call = calls[answer["id"]]
                if "result" in answer:
                    shown = lie(call["method"], call["params"], answer["result"])
                    if shown is REFUSED:
                        del answer["result"]
                        answer["error"] = {"code": -32000, "message": "missing trie node"}
                    else:
                        answer["result"] = shown
            data = json.dumps(answered).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
            """Nothing is written."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        pool.clear()


def of_logs(change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Lie:
    """A lie told of logs wherever they are shown, in receipts too; None hides a log."""

    def lie(method: str, _params: list[Any], result: Any) -> Any:
        if method == "eth_getLogs":
            return [shown for log in result if (shown := change(dict(log))) is not None]
        if method == "eth_getTransactionReceipt" and result:
            logs = [shown for log in result["logs"] if (shown := change(dict(log))) is not None]
            return result | {"logs": logs}
        return result

    return lie
