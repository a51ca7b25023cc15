# SPDX-License-Identifier: AGPL-3.0-only
"""How the problems of a list are shown, row by row, and when they stop the command."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType

from tongxin.cli.output import listing
from tongxin.cli.session import Session
from tongxin.cli.text import _
from tongxin.errors import TongxinError
from tongxin.roster import Problem

__all__ = ["ListRefusedError", "check_problems", "problem_data", "problem_view"]

MOST_SHOWN = 50


class ListRefusedError(TongxinError):
    """A list has rows that cannot be used, so nothing was done; `problems` says which and why."""

    def __init__(self, path: Path, problems: Sequence[Problem], total: int) -> None:
        wrong = [problem for problem in problems if not problem.is_warning]
        first = wrong[0]
        super().__init__(
            _("{path}: {count} errors in {total} rows, nothing was done; the first, row {row}: {text}").format(
                path=path, count=len(wrong), total=total, row=first.row, text=problem_text(first)
            )
        )
        self.problems = problem_data(problems)


def problem_text(problem: Problem) -> str:
    """What is wrong, in the language in use."""
    return _(problem.template).format(**problem.details)


def problem_data(problems: Sequence[Problem]) -> list[dict[str, object]]:
    """Problems for `--json`."""
    return [
        {
            "row": problem.row,
            "kind": problem.kind.value,
            "warning": problem.is_warning,
            "text": problem_text(problem),
            **problem.details,
        }
        for problem in problems
    ]


def problem_view(problems: Sequence[Problem]) -> RenderableType:
    """Problems as a table, the first ones if there are very many."""
    ordered = sorted(problems, key=lambda problem: (problem.is_warning, problem.row))
    rows = [
        (str(problem.row), _("warning") if problem.is_warning else _("error"), problem_text(problem))
        for problem in ordered[:MOST_SHOWN]
    ]
    if len(ordered) > MOST_SHOWN:
        rest = _("{count} more; --json shows all of them").format(count=len(ordered) - MOST_SHOWN)
        rows.append(("", "...", rest))
    return listing(_("What is wrong, row by row"), (_("row"), "", _("problem")), rows)


def check_problems(session: Session, path: Path, problems: Sequence[Problem], total: int, *, only_good: bool) -> None:
    """Shows what is wrong with a list; stops unless it is clean or the good rows were asked for.

    Raises:
        ListRefusedError: A row cannot be used; nothing was done.
    """
    if problems and not session.as_json:
        session.err.print(problem_view(problems))
    if any(not problem.is_warning for problem in problems) and not only_good:
        raise ListRefusedError(path, problems, total)
