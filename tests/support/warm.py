# SPDX-License-Identifier: AGPL-3.0-only
"""Runs commands in processes forked from one that has read the program's modules already: each saves a second."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock

SERVER = Path(__file__).with_name("warm_program.py")


class WarmProgram:
    """The process from which commands are forked; it ends with ours."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, SERVER, str(theirs.fileno())],
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                pass_fds=[theirs.fileno()],
            )

    def run(
        self, arguments: Sequence[str], variables: Mapping[str, str], folder: Path, said: str | None, seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Runs one command to its end, as `subprocess.run` would.

        Raises:
            TimeoutError: It did not end in time; the process from which it came is killed.
        """
        request = {"arguments": list(arguments), "variables": dict(variables), "folder": str(folder)}
        with (
            self._lock,
            tempfile.TemporaryFile("w+") as heard,
            tempfile.TemporaryFile("w+") as output,
            tempfile.TemporaryFile("w+") as errors,
        ):
            heard.write(said or "")
            heard.seek(0)
            streams = [heard.fileno(), output.fileno(), errors.fileno()]
            socket.send_fds(self._requests, [json.dumps(request).encode()], streams)
            self._requests.settimeout(seconds)
            try:
                code = int(self._requests.recv(16))
            except TimeoutError:
                self._process.kill()
                raise
            output.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(list(arguments), code, output.read(), errors.read())


@cache
def warm_program() -> WarmProgram:
    """The one of this process."""
    return WarmProgram()
