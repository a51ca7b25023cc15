# SPDX-License-Identifier: AGPL-3.0-only
"""An indexer in a process of its own, in steps so small that it is nearly always in the middle of one."""

from __future__ import annotations

from collections.abc import Sequence

from tongxin.chain.endpoints import Endpoints
from tongxin.index.follower import Follower
from tongxin.index.ranges import Span
from tongxin.index.source import Source
from tongxin.index.store import Store


def index(url: str, database: str, funds: Sequence[str]) -> None:
    """Follows the mutuals up to the head."""
    with Store(database) as store, Source([url]) as source, Endpoints(url) as endpoints:
        follower = Follower(store, source, endpoints, span=Span(4, 2))
        follower.follow(funds)
        follower.catch_up()
