# SPDX-License-Identifier: AGPL-3.0-only
"""Runs the demo of seed 1 and writes what it says to docs/images/demo.svg."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

from rich.console import Console

from tongxin.demo import run

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "demo.svg"
COLUMNS = 124


def main() -> None:
    """Records the demo."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=False, color_system="truecolor")
    run(serve=False, console=console)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    # Fonts are the reader's own: nothing is fetched to look at the picture.
    picture = re.sub(r"@font-face\s*\{[^}]*\}", "", console.export_svg(title="make demo"))
    PICTURE.write_text(picture, encoding="utf-8")
    print(f"wrote {PICTURE}")


if __name__ == "__main__":
    main()
