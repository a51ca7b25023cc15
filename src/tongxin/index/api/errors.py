# SPDX-License-Identifier: AGPL-3.0-only
"""What the API refuses, as RFC 9457 tells it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from tongxin.errors import TongxinError

__all__ = [
    "PROBLEM_TYPE",
    "BadRequestError",
    "BusyError",
    "NotFoundError",
    "RefusedError",
    "ServerError",
    "TooLargeError",
    "TooManyError",
    "UnavailableError",
    "problem_of",
]

PROBLEM_TYPE: Final = "application/problem+json"


class RefusedError(TongxinError):
    """A request that is not answered; the message is for the person who asked. `wait` is in seconds."""

    status: HTTPStatus

    def __init__(self, detail: str, *, wait: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.wait = wait


class BadRequestError(RefusedError):
    """A parameter is not what it must be."""

    status = HTTPStatus.BAD_REQUEST


class NotFoundError(RefusedError):
    """There is no such thing in the index."""

    status = HTTPStatus.NOT_FOUND


class TooLargeError(RefusedError):
    """The request has a body, or too long an address."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooManyError(RefusedError):
    """One address asks too much."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class BusyError(RefusedError):
    """The server has too much to do."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class UnavailableError(RefusedError):
    """The database cannot be read."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class ServerError(TongxinError):
    """The server cannot begin."""


def problem_of(status: int, detail: str) -> dict[str, object]:
    """The body of a refusal (RFC 9457)."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
