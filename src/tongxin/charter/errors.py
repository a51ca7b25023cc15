# SPDX-License-Identifier: AGPL-3.0-only
"""What can be wrong with a charter."""

from __future__ import annotations

from dataclasses import dataclass

from tongxin.errors import TongxinError


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where it stands and what would be right.

    Attributes:
        rule: The parameter (`P-14`) or the ground of refusal (`F-1`); empty where the text is no charter at all.
        path: The field, such as `court.panel_size` or `benefits[1].amounts[0]`.
        problem: What is wrong and what would be right.
        line: Line of the file, counted from 1; 0 when the charter did not come from a file.
        file: The file, when it is not the one that was read but one that it extends.
    """

    rule: str
    path: str
    problem: str
    line: int = 0
    file: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, " if self.file else ""
        place += f"line {self.line}: " if self.line else ""
        rule = f" ({self.rule})" if self.rule else ""
        return f"{place}{self.path}{rule}: {self.problem}" if self.path else f"{place}{self.problem}"


class CharterError(TongxinError):
    """A charter that can't be read or that founding would refuse.

    Attributes:
        source: The file, or what else it was read from.
        faults: Everything that is wrong with it.
    """

    def __init__(self, source: str, faults: list[Fault]) -> None:
        self.source = source
        self.faults = faults
        lines = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(f"{source}: this charter can't be used\n{lines}")

    def details(self) -> dict[str, object]:
        """The same for a program."""
        return {
            "error": type(self).__name__,
            "message": str(self),
            "source": self.source,
            "faults": [vars(fault) for fault in self.faults],
        }
