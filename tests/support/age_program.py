# SPDX-License-Identifier: AGPL-3.0-only
"""The real age program and the vectors of its format, which `make setup` puts into the environment."""

from __future__ import annotations

import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["AGE", "AGE_KEYGEN", "Vector", "missing", "run", "vectors"]

AGE = Path(sys.prefix) / "bin" / "age"
AGE_KEYGEN = Path(sys.prefix) / "bin" / "age-keygen"
TESTKIT = Path(sys.prefix) / "share" / "age-testkit"


def missing() -> str:
    """What `make setup` did not put where it belongs; empty if all is there."""
    absent = [str(path) for path in (AGE, AGE_KEYGEN, TESTKIT) if not path.exists()]
    return f"{', '.join(absent)} is missing; run: make setup" if absent else ""


def run(program: Path, *arguments: str | Path, given: bytes = b"", works: bool = True) -> bytes:
    """What the program prints; it must work, or, if so said, refuse."""
    assert not missing(), missing()
    done = subprocess.run([program, *arguments], input=given, capture_output=True, check=False)
    assert (done.returncode == 0) is works, done.stderr.decode(errors="replace")
    return done.stdout


@dataclass(frozen=True)
class Vector:
    """One of the vectors (C2SP CCTV, age): a file, and what must come of opening it."""

    name: str
    told: dict[str, list[str]]
    sealed: bytes

    @property
    def expect(self) -> str:
        """`success`, or the kind of failure."""
        return self.told["expect"][0]

    @property
    def binary(self) -> bool:
        """Whether it is not in ASCII armour."""
        return "armored" not in self.told


def vectors() -> list[Vector]:
    """All vectors; none if they are missing, which a test of its own finds."""
    return [_read(path) for path in sorted(TESTKIT.iterdir())] if TESTKIT.exists() else []


def _read(path: Path) -> Vector:
    text, _, sealed = path.read_bytes().partition(b"\n\n")
    told: dict[str, list[str]] = {}
    for line in text.decode().splitlines():
        key, _, value = line.partition(": ")
        told.setdefault(key, []).append(value)
    return Vector(path.name, told, zlib.decompress(sealed) if told.get("compressed") == ["zlib"] else sealed)
