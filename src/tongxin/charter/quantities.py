# SPDX-License-Identifier: AGPL-3.0-only
"""How quantities are written in a charter, and what they are as numbers.

| written | number |
|---|---|
| duration `30d`, `12h`, `90m`, `45s` | seconds |
| percentage `4%`, `33.33%` | basis points |
| shares `"1.25"` | thousandths of a share |
| money `"0.10"` | a Decimal number of tokens, exact |
| rate `"0.0018"` | a Decimal number of times a year, exact |
| time zone `"+08:00"` | seconds east of UTC |

Each is written back in one canonical form, so that the same quantity always hashes to the same document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Final

from eth_utils.address import is_address, to_checksum_address
from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
YEAR: Final = 365 * DAY

BPS: Final = 10_000
SHARE: Final = 1000
"""Thousandths in a full share."""

_UNITS: Final = {"d": DAY, "h": HOUR, "m": MINUTE, "s": 1}
_DIGITS: Final = 60
"""Longest number that is read; the largest field of a charter has 29 digits before the point."""
_DURATION = re.compile(r"(0|[1-9][0-9]*)([dhms])")
_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")
_ZONE = re.compile(r"([+-])([01][0-9]):([0-5][0-9])")


def parse_duration(text: object) -> int:
    """Seconds of a duration such as `30d`.

    Raises:
        ValueError: It is written otherwise.
    """
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"'{text}' is no duration; write a whole number and a unit, such as 30d, 12h, 90m or 45s")
    return int(match[1]) * _UNITS[match[2]]


def format_duration(seconds: int) -> str:
    """A duration in the largest unit that divides it: `30d`, not `720h`."""
    for unit, length in _UNITS.items():
        if seconds % length == 0 and (seconds or unit == "d"):
            return f"{seconds // length}{unit}"
    raise AssertionError(seconds)


def _decimal(text: object, kind: str, example: str) -> Decimal:
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if isinstance(text, float):
        raise ValueError(  # noqa: TRY004 - pydantic collects ValueError
            f"put {kind} in quotes, such as {example}, so that no digit is lost"
        )
    if isinstance(text, Decimal):
        text = f"{text:f}"
    if not isinstance(text, str) or len(text) > _DIGITS or _DECIMAL.fullmatch(text.strip()) is None:
        raise ValueError(f"'{text}' is no {kind}; write a decimal number, such as {example}")
    return Decimal(text.strip())


def format_decimal(number: Decimal) -> str:
    """A decimal number without exponent and without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scaled(number: Decimal, factor: int, kind: str, precision: str) -> int:
    scaled = Fraction(number) * factor
    if scaled.denominator != 1:
        raise ValueError(f"{format_decimal(number)} is too precise for {kind}; {precision}")
    return scaled.numerator


def parse_percentage(text: object) -> int:
    """Basis points of a percentage such as `4%` or `0.25%`.

    Raises:
        ValueError: It is written otherwise or has more than two decimal places.
    """
    if not isinstance(text, str) or not text.strip().endswith("%"):
        raise ValueError(f"'{text}' is no percentage; write it with its sign, such as 4%")
    number = _decimal(text.strip()[:-1].strip(), "percentage", "4%")
    return _scaled(number, 100, "a percentage", "use at most two decimal places")


def format_percentage(bps: int) -> str:
    """Basis points as a percentage."""
    return format_decimal(Decimal(bps) / 100) + "%"


def parse_shares(text: object) -> int:
    """Thousandths of shares such as `"1.25"`.

    Raises:
        ValueError: It is written otherwise or has more than three decimal places.
    """
    return _scaled(_decimal(text, "shares", '"1.25"'), SHARE, "shares", "use at most three decimal places")


def format_shares(thousandths: int) -> str:
    """Thousandths as shares."""
    return format_decimal(Decimal(thousandths) / SHARE)


def parse_tokens(text: object) -> Decimal:
    """An amount of money in tokens such as `"0.10"`, exact.

    Raises:
        ValueError: It is written otherwise.
    """
    return _decimal(text, "money", '"0.10"')


def parse_rate(text: object) -> Decimal:
    """A number of times a year such as `"0.0018"`, exact.

    Raises:
        ValueError: It is written otherwise.
    """
    return _decimal(text, "rate", '"0.0018"')


def to_units(tokens: Decimal, decimals: int) -> int:
    """Units of an amount of tokens; exact.

    Raises:
        ValueError: The token has too few decimals for it.
    """
    return _scaled(tokens, 10**decimals, "the token", f"it has {decimals} decimals")


def parse_zone(text: object) -> int:
    """Seconds east of UTC of a time zone such as `"+08:00"`.

    Raises:
        ValueError: It is written otherwise.
    """
    match = _ZONE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"'{text}' is no time zone; write the distance from UTC in quotes, such as \"+08:00\"")
    seconds = int(match[2]) * HOUR + int(match[3]) * MINUTE
    return -seconds if match[1] == "-" else seconds


def format_zone(seconds: int) -> str:
    """Seconds east of UTC as a time zone."""
    hours, minutes = divmod(abs(seconds) // MINUTE, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}"


def _address(text: object) -> str:
    if not isinstance(text, str) or not is_address(text):
        raise ValueError(f"'{text}' is no address; write 0x and forty hexadecimal digits in quotes")
    if int(text, 16) == 0:
        raise ValueError("the zero address can't act; leave the field out where nobody is meant")
    return to_checksum_address(text)


def _optional_address(text: object) -> str | None:
    return None if text is None else _address(text)


def _between(least: int, largest: int, form: Callable[[int], str]) -> AfterValidator:
    def check(number: int) -> int:
        if not least <= number <= largest:
            raise ValueError(f"{form(number)} is out of range; write {form(least)} to {form(largest)}")
        return number

    return AfterValidator(check)


def lasting(least: int, largest: int) -> AfterValidator:
    """Limits a duration, in seconds."""
    return _between(least, largest, format_duration)


def part(least: int, largest: int) -> AfterValidator:
    """Limits a percentage, in basis points."""
    return _between(least, largest, format_percentage)


def count(least: int, largest: int) -> AfterValidator:
    """Limits a whole number."""
    return _between(least, largest, str)


def weight(least: int, largest: int) -> AfterValidator:
    """Limits shares, in thousandths."""
    return _between(least, largest, format_shares)


def east(least: int, largest: int) -> AfterValidator:
    """Limits a time zone, in seconds east of UTC."""
    return _between(least, largest, format_zone)


def _whole(text: object) -> int:
    if not isinstance(text, int) or isinstance(text, bool):
        raise ValueError(f"'{text}' is no whole number")  # noqa: TRY004 - pydantic collects ValueError
    return int(text)


def _written(pattern: str, *, number: bool = False) -> WithJsonSchema:
    """How a quantity is written, for the JSON Schema (`schema.py`)."""
    text: dict[str, object] = {"type": "string", "pattern": f"^{pattern}$"}
    return WithJsonSchema({"anyOf": [text, {"type": "integer", "minimum": 0}]} if number else text)


_NUMBER = r"(0|[1-9][0-9]*)(\.[0-9]+)?"
_ADDRESS = WithJsonSchema({"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"})
Duration = Annotated[
    int, PlainValidator(parse_duration), PlainSerializer(format_duration), _written("(0|[1-9][0-9]*)[dhms]")
]
Percentage = Annotated[
    int, PlainValidator(parse_percentage), PlainSerializer(format_percentage), _written(_NUMBER + " ?%")
]
Shares = Annotated[int, PlainValidator(parse_shares), PlainSerializer(format_shares), _written(_NUMBER, number=True)]
Tokens = Annotated[
    Decimal, PlainValidator(parse_tokens), PlainSerializer(format_decimal), _written(_NUMBER, number=True)
]
Rate = Annotated[Decimal, PlainValidator(parse_rate), PlainSerializer(format_decimal), _written(_NUMBER, number=True)]
Zone = Annotated[int, PlainValidator(parse_zone), PlainSerializer(format_zone), _written("[+-][01][0-9]:[0-5][0-9]")]
Whole = Annotated[int, BeforeValidator(_whole)]
Address = Annotated[str, PlainValidator(_address), _ADDRESS]
OptionalAddress = Annotated[str | None, PlainValidator(_optional_address), _ADDRESS]
