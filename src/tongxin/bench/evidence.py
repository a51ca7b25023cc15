# SPDX-License-Identifier: AGPL-3.0-only
"""How fast evidence is sealed and opened, beside the plain `age` program on the same machine and the same file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tongxin.bench import seal_once
from tongxin.bench.errors import BenchError
from tongxin.evidence.keys import Identity, KeyKind

__all__ = ["ROUNDS", "Run", "measure", "size_of", "written"]

ROUNDS = 3
LEAST_SIZE = 1_000_000
_UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"([1-9][0-9]*)\s*(KB|MB|GB)?", re.IGNORECASE)
_BLOCK = 1 << 20
_GLANCE = 0.005
_PEAK = re.compile(rb"VmHWM:\s*([0-9]+) kB")


@dataclass(frozen=True)
class Run:
    """What one program took for one act, the median of the rounds.

    Attributes:
        program: `tongxin` or `age`.
        act: `seal` or `open`.
        kind: Kind of the key.
        size: Bytes of the file.
        wall_ms: Milliseconds from the start of the process to its end.
        cpu_ms: Milliseconds of work on all cores.
        rss_mb: Most memory in megabytes (10^6) that the process held.
    """

    program: str
    act: str
    kind: KeyKind
    size: int
    wall_ms: int
    cpu_ms: int
    rss_mb: int

    @property
    def mb_per_s(self) -> int:
        """Megabytes (10^6) of the file per second."""
        return self.size // (1000 * max(self.wall_ms, 1))

    @property
    def name(self) -> str:
        """Such as `tongxin_seal_x25519`."""
        return f"{self.program}_{self.act}_{self.kind.name.lower()}"


def size_of(text: str) -> int:
    """Bytes of a size such as `1GB` (10^9), `250MB` or `5000000`.

    Raises:
        BenchError: It is none, or too small to measure.
    """
    match = _SIZE.fullmatch(text.strip())
    size = int(match[1]) * _UNITS[(match[2] or "").upper()] if match else 0
    if size < LEAST_SIZE:
        raise BenchError(f"{text} is no size to measure with; name one from 1MB on, such as 1GB")
    return size


def written(size: int, runs: Sequence[Run]) -> dict[str, int]:
    """The figures as a flat object, for a file."""
    figures = {"size_mb": size // 10**6, "rounds": ROUNDS}
    for run in runs:
        figures[f"{run.name}_mb_per_s"] = run.mb_per_s
        figures[f"{run.name}_cpu_ms"] = run.cpu_ms
        figures[f"{run.name}_rss_mb"] = run.rss_mb
    return figures


def measure(size: int, progress: Callable[[str, int, int], None]) -> list[Run]:
    """Seals and opens a file of random bytes with both programs and both kinds of keys, `ROUNDS` times by turns.

    Raises:
        BenchError: `age` is not installed, the disk is too small, a program fails or gives back something else.
    """
    age = shutil.which("age", path=f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if age is None:
        raise BenchError("the program age is not installed; run: make setup")
    with tempfile.TemporaryDirectory(prefix="tongxin-bench-") as name:
        folder = Path(name)
        if shutil.disk_usage(folder).free < 4 * size:
            raise BenchError(f"{folder} is on a disk with too little room; {4 * size} bytes are needed")
        original = folder / "file"
        digest = _write_random(original, size)
        taken: dict[tuple[str, str, KeyKind], list[_Taken]] = {}
        total = ROUNDS * len(KeyKind) * 2
        for step in range(total):
            kind = list(KeyKind)[step % len(KeyKind)]
            program = ("tongxin", "age")[step // len(KeyKind) % 2]
            progress(f"{program} {kind.name.lower()}", step, total)
            work = folder / "work"
            work.mkdir()
            sealing, opening = _commands(program, age, Identity.generate(kind), original, work)
            taken.setdefault((program, "seal", kind), []).append(_run(sealing))
            taken.setdefault((program, "open", kind), []).append(_run(opening))
            if _digest(work / "opened" / "file") != digest:
                raise BenchError(f"{program} gave back another file than it was given; please report this")
            shutil.rmtree(work)
        progress("", total, total)
    return [
        Run(
            *key,
            size,
            wall_ms=round(median(run.wall for run in runs) * 1000),
            cpu_ms=round(median(run.cpu for run in runs) * 1000),
            rss_mb=round(max(run.rss for run in runs) / 10**6),
        )
        for key, runs in sorted(taken.items())
    ]


@dataclass(frozen=True)
class _Taken:
    wall: float
    cpu: float
    rss: int


def _commands(
    program: str, age: str, identity: Identity, original: Path, work: Path
) -> tuple[list[str | Path], list[str | Path]]:
    key, document, opened = work / "key", work / "document.age", work / "opened"
    key.write_text(identity.text + "\n", encoding="ascii")
    key.chmod(0o600)
    if program == "tongxin":
        once = Path(seal_once.__file__)
        return (
            [sys.executable, once, "seal", key, original, document],
            [sys.executable, once, "open", key, document, opened],
        )
    opened.mkdir()
    return (
        [age, "-r", identity.recipient.text, "-o", document, original],
        [age, "-d", "-i", key, "-o", opened / "file", document],
    )


def _run(command: Sequence[str | Path]) -> _Taken:
    os.sync()  # what others have still to write is not to be waited for
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        most = 0
        try:
            while True:
                most = max(most, _memory_peak(process.pid))
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
                if ended:
                    break
                time.sleep(_GLANCE)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise BenchError(f"{Path(command[0]).name} failed: {said.read().decode(errors='replace').strip()}")
    return _Taken(wall, usage.ru_utime + usage.ru_stime, most)


def _memory_peak(process: int) -> int:
    """The most bytes that a running process held; `wait4` would count what it had before it became this program."""
    with contextlib.suppress(OSError):
        if peak := _PEAK.search(Path(f"/proc/{process}/status").read_bytes()):
            return int(peak[1]) * 1024
    return 0


def _write_random(path: Path, size: int) -> bytes:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for at in range(0, size, _BLOCK):
            block = secrets.token_bytes(min(_BLOCK, size - at))
            digest.update(block)
            file.write(block)
    return digest.digest()


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
