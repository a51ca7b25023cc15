# SPDX-License-Identifier: AGPL-3.0-only
"""The attestor's roster: who is to be enrolled, read row by row before anything is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eth_utils.address import is_checksum_address

from tongxin.roster.decoding import read_table
from tongxin.roster.masking import masked
from tongxin.roster.problems import Problem, ProblemKind
from tongxin.roster.sealed import Opener
from tongxin.roster.tags import normalise_id_number

__all__ = ["RosterReport", "RosterRow", "read_roster"]

_COLUMNS = {
    "id_number": ("id_number", "id number", "身份证号", "身份证号码", "证件号码"),
    "name": ("name", "姓名"),
    "class": ("class", "类别", "档次"),
    "wallet": ("wallet", "钱包", "钱包地址"),
}
_CONTACTS = ("contact", "联系")
_WALLET = re.compile(r"0x[0-9a-fA-F]{40}")
_ZERO_WALLET = "0x" + "0" * 40
_RESIDENT_ID = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_ID_DIGITS = "10X98765432"
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person.

    Attributes:
        row: The row as a spreadsheet counts them.
        id_number: The normalised identity number; `repr` shows neither it nor the name.
        name: As written.
        class_id: The class's position in the charter.
        wallet: Its address in lower case.
    """

    row: int
    id_number: str = field(repr=False)
    name: str = field(repr=False)
    class_id: int
    wallet: str


@dataclass(frozen=True)
class RosterReport:
    """What a roster holds and what is wrong with it.

    Attributes:
        encoding: As detected.
        total: Rows below the header that are not empty.
        rows: The rows that can be enrolled, in order.
        problems: Errors and warnings, by row.
    """

    encoding: str
    total: int
    rows: tuple[RosterRow, ...]
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep a row, or the file, from being used."""
        return tuple(problem for problem in self.problems if not problem.is_warning)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that somebody should look at."""
        return tuple(problem for problem in self.problems if problem.is_warning)

    @property
    def is_clean(self) -> bool:
        """Whether every row can be enrolled."""
        return not self.errors


def read_roster(
    path: Path, classes: Mapping[str, int], encoding: str | None = None, opener: Opener | None = None
) -> RosterReport:
    """Reads a roster with the columns id_number, name, class and wallet; columns `contact...` stay with the attestor.

    Problems never name a person: they give the row, and of a cell's text what `masked` leaves (I-16).

    Args:
        path: A CSV file, plain or sealed.
        classes: The charter's classes, by every name under which a row may call one.
        encoding: utf-8 or gb18030; None detects it.
        opener: Opens a sealed file.

    Raises:
        RosterFileError: The file as a whole cannot be read.
    """
    table = read_table(path, encoding, opener)
    columns, problems = _find_columns(table.header)
    if any(not problem.is_warning for problem in problems):
        return RosterReport(table.encoding, 0, (), tuple(problems))
    reader = _Rows(columns, len(table.header), {name.casefold(): place for name, place in classes.items()})
    total = 0
    for number, fields in table.rows():
        total += 1
        if isinstance(fields, Problem):
            reader.problems.append(fields)
        else:
            reader.read(number, fields)
    if total == 0:
        problems.append(Problem(0, ProblemKind.NO_ROWS))
    return RosterReport(table.encoding, total, tuple(reader.rows), (*problems, *reader.problems))


def _find_columns(header: tuple[str, ...]) -> tuple[dict[str, int], list[Problem]]:
    columns: dict[str, int] = {}
    problems = []
    meaning = {alias: column for column, aliases in _COLUMNS.items() for alias in aliases}
    for place, name in enumerate(header):
        column = meaning.get(name)
        if column is None:
            if not name.startswith(_CONTACTS):
                problems.append(Problem(1, ProblemKind.EXTRA_COLUMN, {"place": str(place + 1)}))
        elif column in columns:
            problems.append(Problem(1, ProblemKind.DUPLICATE_COLUMN, {"column": column}))
        else:
            columns[column] = place
    problems += [
        Problem(1, ProblemKind.MISSING_COLUMN, {"column": column}) for column in _COLUMNS if column not in columns
    ]
    return columns, problems


class _Rows:
    """Reads one row after the other and remembers whom and which wallets it has seen."""

    def __init__(self, columns: Mapping[str, int], width: int, classes: Mapping[str, int]) -> None:
        self.rows: list[RosterRow] = []
        self.problems: list[Problem] = []
        self._columns = columns
        self._width = width
        self._classes = classes
        self._row_of_id: dict[str, int] = {}
        self._row_of_wallet: dict[str, int] = {}

    def read(self, number: int, fields: list[str]) -> None:
        found = self._check_width(number, fields)
        if found is not None:
            self.problems.append(found)
            return
        text = {column: fields[place].strip() for column, place in self._columns.items()}
        errors = [Problem(number, ProblemKind.EMPTY_FIELD, {"column": name}) for name, it in text.items() if not it]
        warnings: list[Problem] = []
        id_number = normalise_id_number(text["id_number"])
        wallet = text["wallet"].lower()
        if id_number:
            self._check_id(number, id_number, errors, warnings)
        class_id = self._classes.get(text["class"].casefold())
        if class_id is None and text["class"]:
            errors.append(
                Problem(number, ProblemKind.UNKNOWN_CLASS, {"text": masked(text["class"]), "known": self._known()})
            )
        if text["wallet"]:
            kind = _judge_wallet(text["wallet"])
            if kind is not None:
                errors.append(Problem(number, kind, {"text": masked(text["wallet"])}))
            else:
                first = self._row_of_wallet.setdefault(wallet, number)
                if first != number:
                    warnings.append(Problem(number, ProblemKind.SHARED_WALLET, {"first": str(first)}))
        self.problems += [*errors, *warnings]
        if not errors and class_id is not None:
            self.rows.append(RosterRow(number, id_number, text["name"], class_id, wallet))

    def _check_width(self, number: int, fields: list[str]) -> Problem | None:
        details = {"found": str(len(fields)), "expected": str(self._width)}
        if len(fields) > self._width and any(field.strip() for field in fields[self._width :]):
            return Problem(number, ProblemKind.EXTRA_FIELDS, details)
        if len(fields) <= max(self._columns.values()):
            return Problem(number, ProblemKind.TOO_FEW_FIELDS, details)
        return None

    def _check_id(self, number: int, id_number: str, errors: list[Problem], warnings: list[Problem]) -> None:
        first = self._row_of_id.setdefault(id_number, number)
        if first != number:
            errors.append(Problem(number, ProblemKind.DUPLICATE_ID, {"first": str(first)}))
        if _RESIDENT_ID.fullmatch(id_number) and not _has_right_check_digit(id_number):
            warnings.append(Problem(number, ProblemKind.ID_CHECK_DIGIT))

    def _known(self) -> str:
        names = list(self._classes)
        rest = ", ..." if len(names) > _MOST_NAMED else ""
        return ", ".join(names[:_MOST_NAMED]) + rest


def _judge_wallet(text: str) -> ProblemKind | None:
    if not _WALLET.fullmatch(text):
        return ProblemKind.MALFORMED_WALLET
    if text == _ZERO_WALLET:
        return ProblemKind.ZERO_WALLET
    digits = text[2:]
    if digits not in {digits.lower(), digits.upper()} and not is_checksum_address(text):
        return ProblemKind.WALLET_CHECKSUM
    return None


def _has_right_check_digit(id_number: str) -> bool:
    """Whether a resident identity number of 18 places fits its last place (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_RESIDENT_ID_WEIGHTS, id_number[:17], strict=True))
    return _RESIDENT_ID_DIGITS[total % 11] == id_number[17]
