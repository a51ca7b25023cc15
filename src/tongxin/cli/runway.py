# SPDX-License-Identifier: AGPL-3.0-only
"""What an amount buys, before anything is sent (docs/spec/ledger.md R-2)."""

from tongxin.units import SCALE, ceil_div

__all__ = ["affordable_tick", "price_of"]


def price_of(shares: int, start: int, tick: int, spacing: int) -> int:
    """What it costs to move a runway's end from `start` on the index to a tick, in units (R-2)."""
    return ceil_div(shares * (tick * spacing - start), SCALE)


def affordable_tick(shares: int, start: int, amount: int, spacing: int) -> int:
    """The farthest tick to which `amount` units can move a runway's end from `start` on the index."""
    return (start + amount * SCALE // shares) // spacing
