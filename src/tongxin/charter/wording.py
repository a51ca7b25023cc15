# SPDX-License-Identifier: AGPL-3.0-only
"""Members' words in Chinese and English, and how quantities are said in both."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from tongxin.charter.quantities import BPS, DAY, HOUR, MINUTE, SHARE, format_percentage
from tongxin.charter.rules import Charter, Text

Language = Literal["zh", "en"]
_UNITS: Final = ((DAY, "天", "day"), (HOUR, "小时", "hour"), (MINUTE, "分钟", "minute"), (1, "秒", "second"))


@dataclass(frozen=True)
class Sentence:
    """The same sentence in both languages."""

    zh: str
    en: str

    def said(self, language: Language) -> str:
        """The sentence in one of them."""
        return self.zh if language == "zh" else self.en

    def data(self) -> dict[str, str]:
        """Both, for programs."""
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True)
class Section:
    """Sentences under a heading."""

    title: Sentence
    lines: tuple[Sentence, ...]


def of_text(text: Text) -> Sentence:
    """A members' text of the charter."""
    return Sentence(text.zh, text.en)


def span(seconds: int) -> Sentence:
    """A length of time: `30天`, `30 days`."""
    if seconds == 0:
        return Sentence("0天", "0 days")
    zh, en = [], []
    for length, character, unit in _UNITS:
        number, seconds = divmod(seconds, length)
        if number:
            zh.append(f"{number}{character}")
            en.append(f"{number} {unit}{'s' if number > 1 else ''}")
    return Sentence("".join(zh), " ".join(en))


def amount(tokens: Decimal | Fraction, charter: Charter) -> str:
    """Money as `1,800 TSC`; a fraction of the token's smallest unit is rounded up, as members pay it."""
    unit = 10**charter.token.decimals
    units = -(-Fraction(tokens) * unit // 1)
    number = Decimal(int(units)).scaleb(-charter.token.decimals)
    whole, _, part = f"{number:,f}".partition(".")
    part = part.rstrip("0")
    return f"{whole}{'.' + part.ljust(2, '0') if part else ''} {charter.token.symbol}"


def of_share(tokens: Decimal, shares: int) -> Fraction:
    """What an amount per full share is for so many thousandths."""
    return Fraction(tokens) * shares / SHARE


def percent(bps: int) -> str:
    """Basis points as per cent."""
    return format_percentage(bps)


def heads_needed(heads: int, bps: int) -> int:
    """The part of some heads, rounded up."""
    return -(-heads * bps // BPS)
