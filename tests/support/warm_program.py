# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin`, ready to run: what its commands import is read once, each command runs in a process forked from there.

Started by `support.warm` with the number of a socket. A request is one datagram: the arguments, variables and folder as
JSON, and the three standard streams as descriptors; the answer is the exit code, negative for a signal.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import socket
import sys
from typing import NoReturn, TypedDict


class Request(TypedDict):
    """What `support.warm` asks for."""

    arguments: list[str]
    variables: dict[str, str]
    folder: str


LARGEST = 1 << 17
STREAMS = 3

# Nothing of tongxin.cli: its texts are translated when its modules are read, and the language is the command's.
IMPORTED = (
    "eth_account.messages",
    "pyrage",
    "rich.progress",
    "rich.table",
    "ruamel.yaml",
    "sqlalchemy.dialects.sqlite",
    "tongxin.audit",
    "tongxin.chain.founding",
    "tongxin.chain.mutual",
    "tongxin.charter",
    "tongxin.evidence.access",
    "tongxin.evidence.opening",
    "tongxin.evidence.sealing",
    "tongxin.evidence.stores",
    "tongxin.index.follower",
    "tongxin.roster",
    "tongxin.settings",
    "tongxin.verify",
    "typer.main",
    "web3",
)


def serve(requests: socket.socket) -> bool:
    """Forks for each request; True in the forked process, False once nobody can ask any more."""
    while True:
        content, descriptors, _flags, _sender = socket.recv_fds(requests, LARGEST, STREAMS)
        if not content:
            return False
        child = os.fork()
        if not child:
            _become(json.loads(content), descriptors)
            requests.close()
            return True
        for descriptor in descriptors:
            os.close(descriptor)
        _pid, status = os.waitpid(child, 0)
        requests.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(request: Request, descriptors: list[int]) -> None:
    """Takes on what the request names, as a process that was started with it."""
    for stream, descriptor in enumerate(descriptors):
        os.dup2(descriptor, stream)
        os.close(descriptor)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"])
    sys.argv = request["arguments"]


def run() -> NoReturn:
    """Runs the command and ends the process; taking all modules apart would need tenths of a second."""
    try:
        importlib.import_module("tongxin.cli").main()
    except SystemExit as end:
        code = int(end.code or 0)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    if serve(socket.socket(fileno=int(sys.argv[1]))):
        run()
