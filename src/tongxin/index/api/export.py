# SPDX-License-Identifier: AGPL-3.0-only
"""Whole lists as CSV (RFC 4180) and Parquet, written while they are read."""

from __future__ import annotations

import csv
import io
import types
import typing
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from tongxin.index.api.database import View
from tongxin.index.api.models.common import AmountText
from tongxin.index.api.repository.pages import Record, Rows, chunks

__all__ = ["CSV_TYPE", "PARQUET_TYPE", "write_csv", "write_parquet"]

CSV_TYPE: Final = "text/csv; charset=utf-8"
PARQUET_TYPE: Final = "application/vnd.apache.parquet"
_BEGIN_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
_AMOUNT_DIGITS: Final = 38


def write_csv(view: View, rows: Rows, *, descending: bool) -> Iterator[bytes]:
    """The list as CSV, with a header; nothing for null, `true` and `false`, JSON for what has fields."""
    names = list(rows.listing.shape.model.model_fields)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(names)
    for records in chunks(view.connection, view.moment, rows, descending=descending):
        writer.writerows([_cell(record[name]) for name in names] for record in records)
        yield _taken(buffer)
    rest = _taken(buffer)
    if rest:
        yield rest


def _taken(buffer: io.StringIO) -> bytes:
    written = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return written


def _cell(item: Any) -> str | int:
    if item is None:
        return ""
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, dict):
        return msgspec.json.encode(item).decode()
    # A token's symbol is whatever its maker wrote; a spreadsheet must not run it.
    return "'" + item if isinstance(item, str) and item.startswith(_BEGIN_FORMULAS) else item


class _Pipe(io.RawIOBase):
    """Takes what Parquet writes until it is fetched."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        return len(part)

    def fetch(self) -> bytes:
        written = b"".join(self._parts)
        self._parts.clear()
        return written


def write_parquet(view: View, rows: Rows, *, descending: bool) -> Iterator[bytes]:
    """The list as Parquet: amounts are decimals, numbers 64-bit integers, the rest text as in JSON."""
    schema = _schema(rows.listing.shape.model)
    pipe = _Pipe()
    with pq.ParquetWriter(pipe, schema, compression="zstd") as writer:
        for records in chunks(view.connection, view.moment, rows, descending=descending):
            writer.write_batch(pa.RecordBatch.from_arrays(_arrays(schema, records), schema=schema))
            yield pipe.fetch()
    yield pipe.fetch()


def _arrays(schema: pa.Schema, records: list[Record]) -> list[pa.Array]:
    found = []
    for column in schema:
        items = [record[column.name] for record in records]
        if pa.types.is_decimal(column.type):
            found.append(pa.array(items, pa.string()).cast(column.type))
        elif pa.types.is_string(column.type):
            plain = [msgspec.json.encode(item).decode() if isinstance(item, dict) else item for item in items]
            found.append(pa.array(plain, column.type))
        else:
            found.append(pa.array(items, column.type))
    return found


def _schema(model: type[BaseModel]) -> pa.Schema:
    hints = typing.get_type_hints(model, include_extras=True)
    return pa.schema([(name, _arrow(hints[name])) for name in model.model_fields])


def _arrow(hint: Any) -> pa.DataType:
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        (hint,) = (part for part in typing.get_args(hint) if part is not types.NoneType)
    if hint == AmountText:
        return pa.decimal128(_AMOUNT_DIGITS, 0)
    plain = typing.get_args(hint)[0] if typing.get_origin(hint) is typing.Annotated else hint
    return {int: pa.int64(), bool: pa.bool_()}.get(plain, pa.string())
