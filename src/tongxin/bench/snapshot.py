# SPDX-License-Identifier: AGPL-3.0-only
"""The figures under version control, so that none grows unseen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tongxin.bench.errors import BenchError
from tongxin.bench.figures import MACHINE_BOUND

__all__ = ["Change", "compare", "read", "repeatable", "write"]


@dataclass(frozen=True)
class Change:
    """A figure that is not what was written down; None where it is missing on one side."""

    name: str
    before: int | None
    now: int | None

    def __str__(self) -> str:
        """As in `file: 120000 -> 121000 (+1000)`."""
        if self.before is None or self.now is None:
            return f"{self.name}: {self.before} -> {self.now}"
        return f"{self.name}: {self.before} -> {self.now} ({self.now - self.before:+d})"


def write(path: Path, figures: Mapping[str, object]) -> None:
    """Writes figures as a JSON object.

    Raises:
        BenchError: The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise BenchError(f"{path} cannot be written: {error.strerror}; name another file") from error


def read(path: Path) -> dict[str, int]:
    """Figures that `write` wrote.

    Raises:
        BenchError: There are none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BenchError(f"{path} holds no figures ({error}); run `make bench` to write it") from error
    if not isinstance(found, dict) or not all(isinstance(item, int) for item in found.values()):
        raise BenchError(f"{path} is no flat object of integers; run `make bench` to write it")
    return found


def repeatable(figures: Mapping[str, int]) -> dict[str, int]:
    """The figures that depend on the contracts alone."""
    return {name: number for name, number in figures.items() if name not in MACHINE_BOUND}


def compare(before: Mapping[str, int], now: Mapping[str, int]) -> list[Change]:
    """What differs, in the order of the names."""
    names = sorted({*before, *now})
    changes = (Change(name, before.get(name), now.get(name)) for name in names)
    return [change for change in changes if change.before != change.now]
