# SPDX-License-Identifier: AGPL-3.0-only
"""From rows to responses: conditional requests, the three forms of a list, one thing by itself."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from tongxin import __version__
from tongxin.index.api.cursor import read_cursor, write_cursor
from tongxin.index.api.database import Reader, View
from tongxin.index.api.errors import BadRequestError, BusyError, NotFoundError
from tongxin.index.api.export import CSV_TYPE, PARQUET_TYPE, write_csv, write_parquet
from tongxin.index.api.repository.heights import Moment
from tongxin.index.api.repository.mutuals import Known, known
from tongxin.index.api.repository.pages import Record, Rows, one, page

__all__ = ["MOST_ROWS", "Asked", "Listed", "Service", "Single", "at_of"]

MOST_ROWS: Final = 500
"""The longest page."""
USUAL_ROWS: Final = 100
JSON_TYPE: Final = "application/json"
_TYPES: Final = {"json": JSON_TYPE, "csv": CSV_TYPE, "parquet": PARQUET_TYPE}

Form = Literal["json", "csv", "parquet"]
Build = Callable[[View, Known], Rows]


@dataclass(frozen=True)
class Service:
    """What every request is answered from.

    Attributes:
        reader: The database.
        export_seconds: How long a whole list may take.
        exports: How many may be written at once.
    """

    reader: Reader
    export_seconds: float
    exports: threading.BoundedSemaphore


def at_of(moment: Moment) -> Record:
    """The moment, as answers show it."""
    of = moment.heights
    return {
        "chain_id": of and of.chain_id,
        "block": moment.block,
        "hash": None if moment.hash is None else "0x" + moment.hash.hex(),
        "head": of and of.head,
        "head_time": of and of.head_time,
        "confirmed": of and of.confirmed,
        "final": of and of.final,
    }


def _bytes(parts: Iterator[Any]) -> Iterator[bytes]:
    yield from parts


class Asked:
    """A request for one thing.

    Args:
        request: The request; the application's state has the service.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.service: Service = request.app.state.service

    def etag(self, moment: Moment, form: str) -> str:
        """A strong tag of what this request is answered with at a moment."""
        packed = "gzip" in self.request.headers.get("accept-encoding", "")
        parts = (moment.tag.hex(), self.request.url.path, self.request.url.query, form, str(packed), __version__)
        return '"' + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32] + '"'

    def headers(self, moment: Moment, form: str) -> dict[str, str]:
        """What caches go by."""
        return {
            "ETag": self.etag(moment, form),
            "Cache-Control": "public, no-cache",
            "Vary": "Accept, Accept-Encoding, Accept-Language",
        }

    def unchanged(self, headers: dict[str, str]) -> Response | None:
        """The answer to who has it already (RFC 9110, 13.1.2)."""
        asked = self.request.headers.get("if-none-match")
        if asked is None:
            return None
        tags = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
        return Response(status_code=304, headers=headers) if "*" in tags or headers["ETag"] in tags else None

    def of_mutual(self, fund: str, make: Callable[[View, Known], tuple[bytes, str]]) -> Response:
        """Something of a mutual: its bytes and their type."""
        return self.of_view(lambda view: make(view, known(view.connection, bytes.fromhex(fund[2:]))))

    def of_view(self, make: Callable[[View], tuple[bytes, str]]) -> Response:
        """Something of the index: its bytes and their type."""
        with self.service.reader.view() as view:
            headers = self.headers(view.moment, "one")
            known_already = self.unchanged(headers)
            if known_already is not None:
                return known_already
            body, media_type = make(view)
        return Response(body, headers=headers, media_type=media_type)

    def record(self, fund: str, build: Build, missing: str) -> Response:
        """The only row of a list.

        Raises:
            NotFoundError: There is none; `missing` says of what.
        """

        def make(view: View, mutual: Known) -> tuple[bytes, str]:
            found = one(view.connection, view.moment, build(view, mutual))
            if found is None:
                raise NotFoundError(missing)
            return msgspec.json.encode(found), JSON_TYPE

        return self.of_mutual(fund, make)


class AskedForList(Asked):
    """A request for a list."""

    def __init__(
        self,
        request: Request,
        limit: Annotated[
            int | None, Query(ge=1, le=MOST_ROWS, description=f"Rows of a page; {USUAL_ROWS} if not given.")
        ] = None,
        cursor: Annotated[
            str | None,
            Query(min_length=1, max_length=512, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of the page before."),
        ] = None,
        order: Annotated[
            Literal["asc", "desc"],
            Query(description="`asc`: oldest or lowest first; `desc`: the other way round."),
        ] = "asc",
        form: Annotated[
            Form | None,
            Query(
                alias="format",
                description="`csv` and `parquet` give the whole list, streamed. Without it the header Accept decides.",
            ),
        ] = None,
    ) -> None:
        super().__init__(request)
        self._limit = limit
        self._cursor = cursor
        self._descending = order == "desc"
        self._form: Form = form or _preferred(request.headers.get("accept", ""))

    def rows(self, fund: str, build: Build) -> Response:
        """A list of a mutual's."""
        return self.list_of(lambda view: build(view, known(view.connection, bytes.fromhex(fund[2:]))))

    def list_of(self, build: Callable[[View], Rows]) -> Response:
        """A list, in the form that was asked for."""
        return self._page(build) if self._form == "json" else self._export(build)

    def _page(self, build: Callable[[View], Rows]) -> Response:
        with self.service.reader.view() as view:
            headers = self.headers(view.moment, "json")
            known_already = self.unchanged(headers)
            if known_already is not None:
                return known_already
            rows = build(view)
            name = f"{rows.listing.name} {'desc' if self._descending else 'asc'}"
            after = None if self._cursor is None else read_cursor(self._cursor, name, rows.listing.kinds)
            limit = self._limit or USUAL_ROWS
            found, last = page(view.connection, view.moment, rows, after, limit, descending=self._descending)
            following = None if last is None else write_cursor(name, last)
            body = msgspec.json.encode({"items": found, "next": following, "at": at_of(view.moment)})
        return Response(body, headers=headers, media_type=JSON_TYPE)

    def _export(self, build: Callable[[View], Rows]) -> Response:
        if self._cursor is not None or self._limit is not None:
            raise BadRequestError("CSV and Parquet give the whole list: leave `cursor` and `limit` out")
        parts = self._parts(build)
        begun = next(parts)
        headers, name = begun
        known_already = self.unchanged(headers)
        if known_already is not None or self.request.scope.get("tongxin_head"):
            parts.close()
            return known_already or Response(headers=headers, media_type=_TYPES[self._form])
        headers["Content-Disposition"] = f'attachment; filename="{name}.{self._form}"'
        return StreamingResponse(_bytes(parts), headers=headers, media_type=_TYPES[self._form])

    def _parts(self, build: Callable[[View], Rows]) -> Generator[Any, None, None]:
        """First the headers and the list's name, then its bytes. Begun, it gives its place back however it ends."""
        if not self.service.exports.acquire(blocking=False):
            raise BusyError("too many whole lists are being written at the moment; try again", wait=10)
        try:
            with self.service.reader.view(self.service.export_seconds) as view:
                rows = build(view)
                yield self.headers(view.moment, self._form), rows.listing.name
                write = write_csv if self._form == "csv" else write_parquet
                yield from write(view, rows, descending=self._descending)
        finally:
            self.service.exports.release()


def _preferred(accept: str) -> Form:
    """Which form the header Accept prefers (RFC 9110, 12.5.1); JSON if it names none of ours."""
    best: Form = "json"
    weight = 0.0
    for entry in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in entry.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        form: Form | None = _FORMS.get(kind)
        if form is not None and quality > weight:
            best, weight = form, quality
    return best


_FORMS: Final[dict[str, Form]] = {JSON_TYPE: "json", "text/csv": "csv", PARQUET_TYPE: "parquet"}

Single = Annotated[Asked, Depends(Asked)]
Listed = Annotated[AskedForList, Depends(AskedForList)]
