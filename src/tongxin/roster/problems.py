# SPDX-License-Identifier: AGPL-3.0-only
"""What can be wrong with a row of a list, in words for the person who keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Problem", "ProblemKind"]


def _n(message: str) -> str:
    """Marks a text for the catalogue; it is translated where it is shown."""
    return message


class ProblemKind(StrEnum):
    """Kinds of problems; the names are part of the JSON output."""

    BAD_ENCODING = "bad_encoding"
    MALFORMED_CSV = "malformed_csv"
    LINE_BREAK = "line_break"
    MISSING_COLUMN = "missing_column"
    DUPLICATE_COLUMN = "duplicate_column"
    NO_ROWS = "no_rows"
    TOO_FEW_FIELDS = "too_few_fields"
    EXTRA_FIELDS = "extra_fields"
    EMPTY_FIELD = "empty_field"
    DUPLICATE_ID = "duplicate_id"
    UNKNOWN_CLASS = "unknown_class"
    MALFORMED_WALLET = "malformed_wallet"
    WALLET_CHECKSUM = "wallet_checksum"
    ZERO_WALLET = "zero_wallet"
    MALFORMED_MEMBER = "malformed_member"
    NEEDS_TAG_KEY = "needs_tag_key"
    MALFORMED_AMOUNT = "malformed_amount"
    SHARED_WALLET = "shared_wallet"
    EXTRA_COLUMN = "extra_column"
    ID_CHECK_DIGIT = "id_check_digit"


_WARNINGS = frozenset({ProblemKind.SHARED_WALLET, ProblemKind.EXTRA_COLUMN, ProblemKind.ID_CHECK_DIGIT})

_TEMPLATES = {
    ProblemKind.BAD_ENCODING: _n("holds bytes that are not {encoding}"),
    ProblemKind.MALFORMED_CSV: _n("is not a row of a CSV file ({reason})"),
    ProblemKind.LINE_BREAK: _n("holds a line break; is a quotation mark missing?"),
    ProblemKind.MISSING_COLUMN: _n("the column '{column}' is missing"),
    ProblemKind.DUPLICATE_COLUMN: _n("the column '{column}' stands there twice"),
    ProblemKind.NO_ROWS: _n("there is no row below the header"),
    ProblemKind.TOO_FEW_FIELDS: _n("has {found} fields instead of {expected}"),
    ProblemKind.EXTRA_FIELDS: _n("has {found} fields, more than the {expected} of the header"),
    ProblemKind.EMPTY_FIELD: _n("'{column}' is empty"),
    ProblemKind.DUPLICATE_ID: _n("the same person as in row {first}"),
    ProblemKind.UNKNOWN_CLASS: _n("the charter has no class '{text}'; it has {known}"),
    ProblemKind.MALFORMED_WALLET: _n("'{text}' is no wallet address (0x and 40 hexadecimal digits)"),
    ProblemKind.WALLET_CHECKSUM: _n("the wallet '{text}' fails its checksum: a digit is wrong"),
    ProblemKind.ZERO_WALLET: _n("the wallet is the zero address, which nobody controls"),
    ProblemKind.MALFORMED_MEMBER: _n("'{text}' is no member id (0x and 64 hexadecimal digits)"),
    ProblemKind.NEEDS_TAG_KEY: _n("'{text}' is an identity number, which needs the attestor's key file"),
    ProblemKind.MALFORMED_AMOUNT: _n("'{text}' is no positive {unit}"),
    ProblemKind.SHARED_WALLET: _n("the same wallet as in row {first}: one person will control both memberships"),
    ProblemKind.EXTRA_COLUMN: _n("column {place} of the header is not used"),
    ProblemKind.ID_CHECK_DIGIT: _n("the identity number's check digit is wrong: is there a typing error?"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem.

    Attributes:
        row: The row as a spreadsheet counts them, the header being row 1; 0 for the file as a whole.
        kind: What is wrong.
        details: What the text of the problem names.
    """

    row: int
    kind: ProblemKind
    details: dict[str, str] = field(default_factory=dict)

    @property
    def is_warning(self) -> bool:
        """Whether the row can be used all the same."""
        return self.kind in _WARNINGS

    @property
    def template(self) -> str:
        """The English text, with the names of `details` in braces."""
        return _TEMPLATES[self.kind]

    def __str__(self) -> str:
        return self.template.format(**self.details)
