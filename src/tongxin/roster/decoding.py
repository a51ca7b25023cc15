# SPDX-License-Identifier: AGPL-3.0-only
"""From the bytes of a file to the rows of a table.

Spreadsheets in China save as GB18030 (of which GBK and GB2312 are parts), others as UTF-8 with or without a byte-order
mark. Nothing is guessed silently: a row that is not in the file's encoding is reported, never replaced.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tongxin.errors import TongxinError
from tongxin.roster.problems import Problem, ProblemKind
from tongxin.roster.sealed import Opener, is_sealed

__all__ = ["RosterFileError", "Table", "read_table"]

MOST_BYTES = 256 * 1024 * 1024
_ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "gb18030": "GB18030"}
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = (",", ";", "\t")


class RosterFileError(TongxinError):
    """A list cannot be read at all: the file, not a row of it, is wrong."""


@dataclass(frozen=True)
class Table:
    """A decoded file: its header and its rows, which are read as they are asked for.

    Attributes:
        encoding: utf-8, utf-8-sig or gb18030.
        header: The column names, stripped, in lower case.
    """

    encoding: str
    header: tuple[str, ...]
    _lines: list[str]
    _delimiter: str

    def rows(self) -> Iterator[tuple[int, list[str] | Problem]]:
        """The rows below the header with their number in a spreadsheet, or what is wrong with one as a row.

        Empty lines are passed over.
        """
        reader = csv.reader(self._lines, delimiter=self._delimiter, strict=True)
        next(reader)
        number = 1
        while True:
            number += 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, Problem(number, ProblemKind.MALFORMED_CSV, {"reason": str(error)})
                continue
            if not any(fields):
                continue
            yield number, self._judge(number, fields)

    def _judge(self, number: int, fields: list[str]) -> list[str] | Problem:
        joined = "".join(fields)
        if not joined.isascii() and any("\ud800" <= letter <= "\udfff" for letter in joined):
            return Problem(number, ProblemKind.BAD_ENCODING, {"encoding": _ENCODINGS[self.encoding]})
        if "\n" in joined or "\r" in joined:
            return Problem(number, ProblemKind.LINE_BREAK)
        if "\0" in joined:
            return Problem(number, ProblemKind.MALFORMED_CSV, {"reason": "NUL"})
        return fields


def read_table(path: Path, encoding: str | None = None, opener: Opener | None = None) -> Table:
    """Reads a CSV file whose delimiter is a comma, a semicolon or a tab.

    A sealed file is opened in memory alone (R-129).

    Args:
        path: The file, plain or sealed.
        encoding: utf-8 or gb18030; None detects it.
        opener: Opens a sealed file; used for nothing else.

    Raises:
        RosterFileError: The file cannot be read, is sealed and there is no opener, is too large, has no header, or is
            in neither encoding.
    """
    raw = _read(path)
    if is_sealed(raw):
        if opener is None:
            raise RosterFileError(f"{path} is sealed (age), and this needs a key to open it")
        raw = opener(raw)
    if encoding is None:
        encoding = _detect(path, raw)
    elif encoding not in _ENCODINGS:
        raise RosterFileError(f"the encoding {encoding!r} is not known here; use utf-8 or gb18030")
    lines = io.StringIO(raw.decode(encoding, errors="surrogateescape"), newline="").readlines()
    if not lines or not lines[0].strip():
        raise RosterFileError(f"{path} has no header; its first line must name the columns")
    delimiter = max(_DELIMITERS, key=lines[0].count)
    try:
        header = next(csv.reader(lines[:1], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise RosterFileError(f"the first line of {path} does not name columns: {error}") from error
    return Table(encoding, tuple(name.strip().lower() for name in header), lines, delimiter)


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise RosterFileError(f"{path} is a folder, not a CSV file")
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RosterFileError(f"{path} cannot be read: {error.strerror}") from error
    if len(raw) > MOST_BYTES:
        raise RosterFileError(f"{path} is larger than {MOST_BYTES // 1024 // 1024} MiB; split it")
    return raw


def _detect(path: Path, raw: bytes) -> str:
    """The encoding in which all rows can be read, else the one in which most rows with other letters than ASCII can."""
    if raw.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if raw.startswith(_UTF16_MARKS):
        raise RosterFileError(f"{path} is in UTF-16; save it as 'CSV UTF-8'")
    if _is(raw, "utf-8"):
        return "utf-8"
    beyond_ascii = [line for line in raw.split(b"\n") if not line.isascii()]
    for encoding in ("utf-8", "gb18030"):
        readable = sum(_is(line, encoding) for line in beyond_ascii)
        if 2 * readable > len(beyond_ascii):
            return encoding
    raise RosterFileError(f"{path} is neither in UTF-8 nor in GB18030; save it as 'CSV UTF-8'")


def _is(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
