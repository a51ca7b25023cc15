# SPDX-License-Identifier: AGPL-3.0-only
"""Lists of rows: read in pages by key, or whole in chunks, and given the form in which everybody sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy import Boolean, ColumnElement, Connection, LargeBinary, Row, Select, Table, Text, literal, tuple_

from tongxin.index.api.cursor import Key
from tongxin.index.api.repository.heights import Moment
from tongxin.index.status import Heights, standing
from tongxin.index.types import Amount

__all__ = ["Listing", "Record", "Rows", "Shape", "chunks", "columns_of", "one", "page"]

Record = dict[str, Any]
Computed = Callable[[Record, Any], Record]

_CHUNK: Final = 5_000
_LEAST: Final[dict[type, int | str | bytes]] = {int: 0, str: "", bytes: b""}


def _hex(item: bytes) -> str:
    return "0x" + bytes(item).hex()


def _converter(column: ColumnElement[Any], words: type[IntEnum] | None) -> Callable[[Any], Any]:
    if words is not None:
        names = {int(item): item.name.lower() for item in words}
        return lambda item: names.get(item, str(item))
    if isinstance(column.type, Amount):
        return str
    if isinstance(column.type, LargeBinary):
        return _hex
    return bool if isinstance(column.type, Boolean) else _itself


def _itself(item: Any) -> Any:
    return item


def columns_of(table: Table, without: Sequence[str] = ()) -> dict[str, ColumnElement[Any]]:
    """A table's columns by name."""
    return {column.name: column for column in table.columns if column.name not in without}


@dataclass(frozen=True)
class Shape:
    """How rows of some columns are shown as a model.

    Args:
        model: What the API says of them; its fields are the names shown, in their order.
        columns: By name. Besides the model's fields there may be some that `computed` uses.
        block: The column that says in which block the row came or changed last.
        words: Columns that hold numbers of an enumeration, whose names are shown.
        computed: Fills the model's fields that no column holds, from the raw row and what the listing gives.
    """

    model: type[BaseModel]
    columns: Mapping[str, ColumnElement[Any]]
    block: str
    words: Mapping[str, type[IntEnum]] = field(default_factory=dict)
    computed: Computed | None = None

    def __post_init__(self) -> None:
        shown = [name for name in self.model.model_fields if name in self.columns]
        names = list(self.columns)
        plan = [(name, names.index(name), _converter(self.columns[name], self.words.get(name))) for name in shown]
        object.__setattr__(self, "_plan", plan)
        object.__setattr__(self, "_block_at", names.index(self.block))
        object.__setattr__(self, "_names", names)

    def selected(self) -> list[ColumnElement[Any]]:
        """The columns to select, by their names."""
        return [column.label(name) for name, column in self.columns.items()]

    def show(self, row: Row[Any], heights: Heights | None, given: Any) -> Record:
        """One row as the model says."""
        plan: list[tuple[str, int, Callable[[Any], Any]]] = self._plan  # type: ignore[attr-defined]
        shown = {name: None if row[place] is None else convert(row[place]) for name, place, convert in plan}
        block = row[self._block_at]  # type: ignore[attr-defined]
        shown["block"] = block
        shown["status"] = "seen" if heights is None else standing(block, heights)
        if self.computed is not None:
            shown |= self.computed(dict(zip(self._names, row, strict=True)), given)  # type: ignore[attr-defined]
        return shown


@dataclass(frozen=True)
class Listing:
    """A kind of list.

    Args:
        name: As in cursors and file names.
        shape: How a row is shown.
        key: The names of the columns, besides those that the list fixes, which tell its rows apart, in their order.
    """

    name: str
    shape: Shape
    key: tuple[str, ...]

    @property
    def kinds(self) -> tuple[type, ...]:
        """The types of the key's parts."""
        return tuple(_kind(self.shape.columns[name]) for name in self.key)


def _kind(column: ColumnElement[Any]) -> type:
    if isinstance(column.type, LargeBinary):
        return bytes
    return str if isinstance(column.type, Text) else int


@dataclass(frozen=True)
class Rows:
    """A list that can be read: its kind, the query, and what its shape computes with."""

    listing: Listing
    query: Select[Any]
    given: Any = None

    def ordered(self, after: Key | None, *, descending: bool) -> Select[Any]:
        """The query in the key's order, behind a key."""
        columns = [self.listing.shape.columns[name] for name in self.listing.key]
        query = self.query.order_by(*(column.desc() if descending else column.asc() for column in columns))
        if after is None:
            # Bounded from below although nothing lies there: of two indexes SQLite, which keeps no figures of its
            # tables, takes the one of which it can use more columns, and else walks the primary key.
            return query.where(columns[0] >= _LEAST[self.listing.kinds[0]])
        if len(columns) == 1:
            return query.where(columns[0] < after[0] if descending else columns[0] > after[0])
        left = tuple_(*columns)
        right = tuple_(*(literal(part, column.type) for part, column in zip(after, columns, strict=True)))
        return query.where(left < right if descending else left > right)

    def key_of(self, row: Row[Any]) -> Key:
        """The key of a row of the query."""
        parts: Sequence[Any] = [getattr(row, name) for name in self.listing.key]
        return tuple(bytes(part) if isinstance(part, bytes | memoryview) else part for part in parts)


def page(
    connection: Connection, moment: Moment, rows: Rows, after: Key | None, limit: int, *, descending: bool
) -> tuple[list[Record], Key | None]:
    """Some rows, and the key of the last one if more follow."""
    found = connection.execute(rows.ordered(after, descending=descending).limit(limit + 1)).all()
    shown = found[:limit]
    shape = rows.listing.shape
    return (
        [shape.show(row, moment.heights, rows.given) for row in shown],
        rows.key_of(shown[-1]) if len(found) > limit else None,
    )


def chunks(connection: Connection, moment: Moment, rows: Rows, *, descending: bool) -> Iterator[list[Record]]:
    """All rows, some thousands at a time."""
    shape = rows.listing.shape
    after: Key | None = None
    while True:
        found = connection.execute(rows.ordered(after, descending=descending).limit(_CHUNK)).all()
        if found:
            yield [shape.show(row, moment.heights, rows.given) for row in found]
        if len(found) < _CHUNK:
            return
        after = rows.key_of(found[-1])


def one(connection: Connection, moment: Moment, rows: Rows) -> Record | None:
    """The only row of a list, or None."""
    found = connection.execute(rows.query.limit(1)).first()
    return None if found is None else rows.listing.shape.show(found, moment.heights, rows.given)
