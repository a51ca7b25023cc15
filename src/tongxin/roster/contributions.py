# SPDX-License-Identifier: AGPL-3.0-only
"""The treasurer's list: whose cover is to be topped up, and by how much."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tongxin.roster.decoding import read_table
from tongxin.roster.masking import masked
from tongxin.roster.problems import Problem, ProblemKind
from tongxin.roster.sealed import Opener

__all__ = ["Contribution", "ContributionReport", "read_contributions"]

_MEMBER = ("member", "member_id", "id_number", "成员", "身份证号")
_AMOUNT = ("amount", "金额")
_TICKS = ("ticks", "格数")
_TAG = re.compile(r"0x[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Contribution:
    """One member's row; exactly one of `amount` (the token's smallest units) and `ticks` is set."""

    row: int
    member_id: bytes
    amount: int | None
    ticks: int | None


@dataclass(frozen=True)
class ContributionReport:
    """What the list holds and what is wrong with it."""

    encoding: str
    total: int
    rows: tuple[Contribution, ...]
    problems: tuple[Problem, ...]

    @property
    def is_clean(self) -> bool:
        """Whether every row can be used."""
        return all(problem.is_warning for problem in self.problems)


def read_contributions(
    path: Path,
    decimals: int,
    tag: Callable[[str], bytes] | None = None,
    encoding: str | None = None,
    opener: Opener | None = None,
) -> ContributionReport:
    """Reads a list with the columns `member` and either `amount` (tokens) or `ticks` (whole ticks to add).

    Args:
        path: A CSV file, plain or sealed.
        decimals: Decimals of the mutual's token.
        tag: Finds the member id of an identity number; without it the list must name member ids.
        encoding: utf-8 or gb18030; None detects it.
        opener: Opens a sealed file.

    Raises:
        RosterFileError: The file as a whole cannot be read.
    """
    table = read_table(path, encoding, opener)
    member = _column(table.header, _MEMBER)
    amount = _column(table.header, _AMOUNT)
    ticks = _column(table.header, _TICKS)
    missing = []
    if member is None:
        missing.append("member")
    if amount is None and ticks is None:
        missing.append("amount")
    if missing or member is None:
        found = tuple(Problem(1, ProblemKind.MISSING_COLUMN, {"column": name}) for name in missing)
        return ContributionReport(table.encoding, 0, (), found)
    unit_column = ticks if ticks is not None else amount
    assert unit_column is not None  # noqa: S101 - one of the two was found above
    reader = _Rows(member, unit_column, in_ticks=ticks is not None, decimals=decimals, tag=tag)
    total = 0
    for number, fields in table.rows():
        total += 1
        if isinstance(fields, Problem):
            reader.problems.append(fields)
        else:
            reader.read(number, fields)
    if total == 0:
        reader.problems.append(Problem(0, ProblemKind.NO_ROWS))
    return ContributionReport(table.encoding, total, tuple(reader.rows), tuple(reader.problems))


def _column(header: tuple[str, ...], names: tuple[str, ...]) -> int | None:
    return next((place for place, name in enumerate(header) if name in names), None)


class _Rows:
    """Reads one row after the other."""

    def __init__(
        self, member: int, unit: int, *, in_ticks: bool, decimals: int, tag: Callable[[str], bytes] | None
    ) -> None:
        self.rows: list[Contribution] = []
        self.problems: list[Problem] = []
        self._member = member
        self._unit = unit
        self._in_ticks = in_ticks
        self._decimals = decimals
        self._tag = tag
        self._row_of: dict[bytes, int] = {}

    def read(self, number: int, fields: list[str]) -> None:
        if len(fields) <= max(self._member, self._unit):
            details = {"found": str(len(fields)), "expected": str(max(self._member, self._unit) + 1)}
            self.problems.append(Problem(number, ProblemKind.TOO_FEW_FIELDS, details))
            return
        member_id = self._read_member(number, fields[self._member].strip())
        quantity = self._read_quantity(number, fields[self._unit].strip())
        if member_id is None or quantity is None:
            return
        first = self._row_of.setdefault(member_id, number)
        if first != number:
            self.problems.append(Problem(number, ProblemKind.DUPLICATE_ID, {"first": str(first)}))
            return
        amount, ticks = (None, quantity) if self._in_ticks else (quantity, None)
        self.rows.append(Contribution(number, member_id, amount, ticks))

    def _read_member(self, number: int, text: str) -> bytes | None:
        if _TAG.fullmatch(text):
            return bytes.fromhex(text[2:])
        if not text:
            self.problems.append(Problem(number, ProblemKind.EMPTY_FIELD, {"column": "member"}))
        elif text.lower().startswith("0x"):
            self.problems.append(Problem(number, ProblemKind.MALFORMED_MEMBER, {"text": masked(text)}))
        elif self._tag is None:
            self.problems.append(Problem(number, ProblemKind.NEEDS_TAG_KEY, {"text": masked(text)}))
        else:
            return self._tag(text)
        return None

    def _read_quantity(self, number: int, text: str) -> int | None:
        unit = "number of ticks" if self._in_ticks else f"amount with at most {self._decimals} decimals"
        try:
            quantity = Decimal(text).scaleb(0 if self._in_ticks else self._decimals)
        except InvalidOperation:
            quantity = Decimal(0)
        if quantity.is_finite() and quantity > 0 and quantity == quantity.to_integral_value():
            return int(quantity)
        self.problems.append(Problem(number, ProblemKind.MALFORMED_AMOUNT, {"text": masked(text), "unit": unit}))
        return None
