# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from pathlib import Path

from tongxin.demo.errors import DemoError

__all__ = ["shipped"]


def shipped(name: str) -> Path:
    """An example charter or roster: beside the package when installed, else in the checkout's `charters`.

    Raises:
        DemoError: It is at neither place.
    """
    package = Path(__file__).parents[1]
    for folder in (package / "charters", package.parents[1] / "charters"):
        if (folder / name).is_file():
            return folder / name
    raise DemoError(f"the example {name} is missing; run the demo from a complete checkout of the project")
