# SPDX-License-Identifier: AGPL-3.0-only
"""Column types that keep the chain's numbers exact in every database."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Dialect, LargeBinary, Numeric, String
from sqlalchemy.types import TypeDecorator, TypeEngine

__all__ = ["AMOUNT_DIGITS", "Address", "Amount", "Hash", "stored_amount"]

AMOUNT_DIGITS: Final = 30
"""Enough for the cost index, which has 96 bits (29 digits)."""

Address = LargeBinary(20)
"""An account, as its 20 bytes."""
Hash = LargeBinary(32)
"""A hash, an id or a whole word, as its 32 bytes."""


def stored_amount(amount: int) -> str:
    """How SQLite keeps an amount: in digits of one length, so that text sorts as the numbers do."""
    return f"{amount:0{AMOUNT_DIGITS}d}"


class Amount(TypeDecorator[int]):
    """A whole number of at least 0 that may exceed 64 bits: money in the token's smallest unit, or an index.

    NUMERIC(78, 0) on PostgreSQL; on SQLite, whose integers have 64 bits, text of 30 digits with leading zeros, which
    compares and sorts as the numbers do. Python sees an int in both. (SQLite's `sum()` is not exact: add in Python.)
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """NUMERIC where it is exact."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(78, 0))
        return dialect.type_descriptor(String(78))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:
        """Into the database."""
        if value is None or dialect.name == "postgresql":
            return value
        return stored_amount(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's own
        """Out of it."""
        return None if value is None else int(value)
