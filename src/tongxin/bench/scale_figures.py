# SPDX-License-Identifier: AGPL-3.0-only
"""What `scale` measures and what we wish for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

__all__ = ["SCALE_FIGURES", "ScaleFigure", "Wish"]


class Wish(Enum):
    """On which side of a number we want a figure."""

    AT_MOST = "<="
    AT_LEAST = ">="


@dataclass(frozen=True)
class ScaleFigure:
    """One figure; `wish` is None where we have named no number."""

    name: str
    wish: Wish | None = None
    number: int = 0

    def is_met(self, figures: Mapping[str, Any]) -> bool:
        """Whether it is as we wish; True where we wish nothing."""
        if self.name == "settle_gas":
            small = figures["settle_gas_10"]
            return bool(100 * abs(figures["settle_gas"] - small) <= small)
        if self.wish is None:
            return True
        found = figures[self.name]
        return bool(found <= self.number if self.wish is Wish.AT_MOST else found >= self.number)


SCALE_FIGURES: Final = (
    ScaleFigure("members"),
    ScaleFigure("events"),
    ScaleFigure("blocks"),
    ScaleFigure("enrol_seconds"),
    ScaleFigure("settle_gas_10"),
    ScaleFigure("settle_gas"),
    ScaleFigure("index_seconds"),
    ScaleFigure("index_node_seconds"),
    ScaleFigure("index_events_per_second", Wish.AT_LEAST, 20_000),
    ScaleFigure("index_mb"),
    ScaleFigure("audit_seconds", Wish.AT_MOST, 60),
    ScaleFigure("audit_node_seconds"),
    ScaleFigure("audit_full_seconds"),
    ScaleFigure("audit_full_node_seconds"),
    ScaleFigure("api_p50_ms"),
    ScaleFigure("api_p95_ms", Wish.AT_MOST, 50),
    ScaleFigure("api_p99_ms"),
    ScaleFigure("index_rss_mb"),
    ScaleFigure("audit_rss_mb"),
    ScaleFigure("audit_full_rss_mb"),
    ScaleFigure("api_rss_mb"),
    ScaleFigure("peak_rss_mb", Wish.AT_MOST, 2_047),
    ScaleFigure("node_rss_mb"),
)
"""In the order in which they are shown."""
