# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from urllib.parse import urlsplit

__all__ = ["is_http"]


def is_http(url: str) -> bool:
    """Whether a text is the plain address of an HTTP server: no user, no query, a port that can be one."""
    try:
        parts = urlsplit(url)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and port_is_one
        and not (parts.username or parts.password or parts.query or parts.fragment)
    )
