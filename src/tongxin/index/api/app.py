# SPDX-License-Identifier: AGPL-3.0-only
"""The application: routes, errors and description put together."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import anyio.to_thread
import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response

from tongxin import __version__
from tongxin.index.api.answers import Service
from tongxin.index.api.database import Reader
from tongxin.index.api.errors import PROBLEM_TYPE, RefusedError, problem_of
from tongxin.index.api.export import PARQUET_TYPE
from tongxin.index.api.guard import Guard
from tongxin.index.api.routes import court, feed, money, mutuals, rules

__all__ = ["Limits", "create_app"]

_PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do."},
    },
    "additionalProperties": False,
}
_REFUSALS: Final = {
    "400": "A parameter is not what it must be.",
    "404": "There is no such thing in the index.",
    "413": "The request has a body, or too long an address.",
    "429": "This address asks too much; the header Retry-After says when to go on.",
    "503": "Too much to do at the moment, or the database cannot be read; try again.",
}


@dataclass(frozen=True)
class Limits:
    """What one server does for its clients.

    Attributes:
        per_minute: Requests per minute and client address; None: any number.
        seconds: The longest time an answer may take to make.
        export_seconds: The longest time a whole list may take to be written and fetched.
        patience_seconds: How long a client may take to accept a part of an answer.
        looks: Looks into the database at once.
        exports: Whole lists at once.
    """

    per_minute: int | None = 600
    seconds: float = 5.0
    export_seconds: float = 600.0
    patience_seconds: float = 30.0
    looks: int = 8
    exports: int = 3


def create_app(database: str, limits: Limits | None = None) -> FastAPI:
    """The read API over an index.

    Raises:
        StoreError: There is no index at that address.
    """
    of = limits or Limits()
    reader = Reader(database, seconds=of.seconds, connections=of.looks + of.exports)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = of.looks
        yield
        reader.close()

    app = FastAPI(
        title="Tongxin index",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["GET", "HEAD"],
                allow_headers=["If-None-Match"],
                expose_headers=["ETag", "Retry-After", "Content-Disposition"],
            ),
            Middleware(Guard, per_minute=of.per_minute, patience_seconds=of.patience_seconds),
            Middleware(GZipMiddleware, minimum_size=1_024, compresslevel=5, exclude_content_types=(PARQUET_TYPE,)),
        ],
    )
    app.state.service = Service(reader, of.export_seconds, threading.BoundedSemaphore(of.exports))
    for part in (mutuals, court, money, rules, feed):
        app.include_router(part.router)
    app.add_exception_handler(RefusedError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _other)
    app.add_exception_handler(Exception, _defect)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _refusal(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    body = msgspec.json.encode(problem_of(status, detail))
    return Response(body, status, {"Cache-Control": "no-store"} | (headers or {}), PROBLEM_TYPE)


def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101 - registered for no other
    headers = None if error.wait is None else {"Retry-After": str(error.wait)}
    return _refusal(error.status, error.detail, headers)


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for no other
    said = [f"{item['loc'][-1]}: {item['msg'][:1].lower()}{item['msg'][1:]}" for item in error.errors()]
    return _refusal(400, "; ".join(said))


def _other(_request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown addresses and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for no other
    detail = {
        404: "there is nothing at this address: begin at /v1, or see /openapi.json",
        405: "this server only answers questions: use GET or HEAD",
    }.get(error.status_code, error.detail)
    return _refusal(error.status_code, detail, dict(error.headers or {}))


def _defect(_request: Request, _error: Exception) -> Response:
    """What should not happen; the server's log says more."""
    return _refusal(500, "this is a defect of the server: please tell whoever runs it")


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document: what FastAPI gathers, with the refusals that every route has."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            summary="The books of mutuals, read from the chain.",
            description=(
                "Everything here stands on the chain, which alone is the truth; this index can be made again by "
                "anybody. Not audited by a third party. Every answer has an ETag; HEAD is answered as GET."
            ),
            license_info={"name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only"},
            routes=app.routes,
        )
        found.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
        content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for item in found["paths"].values():
            responses = item["get"]["responses"]
            responses.pop("422", None)
            responses["304"] = {"description": "What If-None-Match names is still so."}
            responses |= {code: {"description": text, "content": content} for code, text in _REFUSALS.items()}
        for unused in ("HTTPValidationError", "ValidationError"):
            found["components"]["schemas"].pop(unused, None)
        app.openapi_schema = found
    return app.openapi_schema
