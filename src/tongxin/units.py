# SPDX-License-Identifier: AGPL-3.0-only
"""What an integer of Tongxin measures (docs/spec/README.md, Definitions). All are exact and never floats."""

from __future__ import annotations

from typing import Final, NewType

__all__ = [
    "BPS",
    "DAY",
    "HOUR",
    "SCALE",
    "YEAR",
    "Address",
    "Bps",
    "ClassId",
    "DayNumber",
    "Hour",
    "Index",
    "MemberId",
    "Seconds",
    "Shares",
    "Tick",
    "Timestamp",
    "Units",
    "address",
    "ceil_div",
    "hour_up",
]

Units = NewType("Units", int)
"""Smallest units of the mutual's token."""
Shares = NewType("Shares", int)
"""Weight in an apportionment, in thousandths: one share is 1000."""
Index = NewType("Index", int)
"""Cumulative cost of one thousandth of a share since founding, in 1/SCALE units."""
Tick = NewType("Tick", int)
"""Number of a place on the index: tick t lies at t x spacing."""
Hour = NewType("Hour", int)
"""Hours since 1970."""
Seconds = NewType("Seconds", int)
Timestamp = NewType("Timestamp", int)
"""Seconds since 1970."""
DayNumber = NewType("DayNumber", int)
"""Days since 1970 in the charter's zone."""
Bps = NewType("Bps", int)
"""Ten-thousandths."""
ClassId = NewType("ClassId", int)
Address = NewType("Address", int)
"""A 20-byte address as a number, so that it has one spelling only."""
MemberId = NewType("MemberId", bytes)
"""The 32-byte tag of a membership."""

SCALE: Final = 10**6
BPS: Final = 10_000
HOUR: Final = 3_600
DAY: Final = 86_400
YEAR: Final = 31_536_000


def ceil_div(dividend: int, divisor: int) -> int:
    """Exact division rounded up."""
    return -(-dividend // divisor)


def hour_up(time: int) -> Hour:
    """The hour of a time in seconds, rounded up."""
    return Hour(ceil_div(time, HOUR))


def address(text: str) -> Address:
    """The number of an address written in hexadecimal, in whatever case.

    Raises:
        ValueError: It is not a number of at most 20 bytes.
    """
    number = int(text, 16)
    if not 0 <= number < 1 << 160:
        raise ValueError(f"{text} is no address: it does not fit 20 bytes")
    return Address(number)
