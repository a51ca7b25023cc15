# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

__all__ = ["Narrator"]

DRAWN, SCRIPTED, RULE = "drawn", "scripted", "rule"
_WIDTH = 8
_STYLES = {DRAWN: "cyan", SCRIPTED: "magenta", RULE: "dim"}


class Narrator:
    """Tells what happens, with a progress bar per chapter; each line says whether it was drawn from the table,
    scripted, or followed from the rules.

    Args:
        console: Where to.
        quiet_drawn: Leave out the lines of drawn accidents, when there are too many to read.
    """

    def __init__(self, console: Console, *, quiet_drawn: bool) -> None:
        self._quiet_drawn = quiet_drawn
        self._day: int | None = None
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._chapter = self._progress.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        """Shows the bar."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Takes the bar away."""
        self._progress.stop()

    def chapter(self, title: str, steps: int) -> None:
        """Begins a part of the work."""
        self._progress.remove_task(self._chapter)
        self._chapter = self._progress.add_task(title, total=steps)

    def advance(self) -> None:
        """One more step of the chapter is done."""
        self._progress.advance(self._chapter)

    def step(self, done: int) -> None:
        """How much of the chapter is done."""
        self._progress.update(self._chapter, completed=done)

    def stage(self, title: str, done: int, steps: int) -> None:
        """How much is done of a stage of the audit."""
        self._progress.update(self._chapter, description=f"audit: {title}", completed=done, total=steps or 1)

    def on_day(self, day: int) -> None:
        """Lines from now on belong to that day of the first year."""
        self._day = day

    def drawn(self, text: str) -> None:
        """Something that follows from an accident of the table."""
        if not self._quiet_drawn:
            self._tell(DRAWN, text)

    def scripted(self, text: str) -> None:
        """Something that the script wants shown."""
        self._tell(SCRIPTED, text)

    def rule(self, text: str) -> None:
        """Something that the charter's rules bring about."""
        self._tell(RULE, text)

    def _tell(self, kind: str, text: str) -> None:
        day = f"day {self._day:>4}" if self._day is not None else "founding"
        line = Table.grid(padding=(0, 2))
        line.add_column(width=_WIDTH, justify="right", style="dim")
        line.add_column(width=_WIDTH, style=_STYLES[kind])
        line.add_column()
        line.add_row(day, kind, Text(text))
        self._progress.console.print(line)
