# SPDX-License-Identifier: AGPL-3.0-only
"""What the system says of a running process. Linux alone says it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tongxin.bench.errors import BenchError

__all__ = ["available_memory", "cpu_seconds", "memory_peak"]

_PEAK = re.compile(r"VmHWM:\s*([0-9]+) kB")
_AVAILABLE = re.compile(r"MemAvailable:\s*([0-9]+) kB")


def memory_peak(process: int) -> int:
    """The most bytes of memory that a process held since it became the program it is.

    Not `ru_maxrss`, which a program inherits from whoever started it.

    Raises:
        BenchError: The system does not say.
    """
    return 1024 * _number(_PEAK, f"/proc/{process}/status")


def available_memory() -> int:
    """Bytes of memory that programs can still have. Errors as `memory_peak`."""
    return 1024 * _number(_AVAILABLE, "/proc/meminfo")


def cpu_seconds(process: int) -> float:
    """Seconds of work that a process has done on all cores. Errors as `memory_peak`."""
    fields = _read(f"/proc/{process}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _number(pattern: re.Pattern[str], path: str) -> int:
    found = pattern.search(_read(path))
    if found is None:
        raise BenchError(f"{path} does not say how much memory there is; run this on Linux")
    return int(found[1])


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise BenchError(f"{path} cannot be read ({error.strerror}); run this on Linux") from error
