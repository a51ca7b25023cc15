# SPDX-License-Identifier: AGPL-3.0-only
"""A measurement in a process of its own, so that the memory it is said to need is nobody else's."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

from tongxin.bench.errors import BenchError

__all__ = ["run_apart", "serving"]

_JOBS: Final = "tongxin.bench.once"


def run_apart(
    job: str, *arguments: str, progress: Callable[[str, int, int], None] = lambda _stage, _done, _total: None
) -> dict[str, Any]:
    """Runs one of the jobs of `once` and returns its figures.

    Raises:
        BenchError: It failed; the message is what it said last.
    """
    with _started(job, *arguments) as (process, said):
        figures = _follow(process.stdout, progress)
        code = process.wait()
        if code or figures is None:
            raise BenchError(f"measuring {job} failed (exit code {code}): {_last(said)}")
    return figures


@contextmanager
def serving(database: str) -> Iterator[tuple[str, int]]:
    """The read API over an index: its address and its process id, until the end.

    Raises:
        BenchError: It does not start.
    """
    with _started("api", database) as (process, said):
        line = process.stdout.readline() if process.stdout is not None else ""
        if not line:
            raise BenchError(f"the API does not start: {_last(said)}")
        yield json.loads(line), process.pid


@contextmanager
def _started(job: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[bytes]]]:
    """A job under way and what it says besides; it is ended if it has not ended by itself."""
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-m", _JOBS, job, *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as process:
            try:
                yield process, said
            finally:
                process.kill()


def _last(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _follow(lines: IO[str] | None, progress: Callable[[str, int, int], None]) -> dict[str, Any] | None:
    """Hands on the progress that is told line by line; what is no progress is the figures."""
    figures: dict[str, Any] | None = None
    for line in lines or ():
        told = json.loads(line)
        if isinstance(told, list):
            progress(*told)
        else:
            figures = told
    return figures
