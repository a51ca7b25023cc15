# SPDX-License-Identifier: AGPL-3.0-only
"""The masked summary of a claim (R-121): a small plain file for every reader of the mutual's books.

It has coarse fields only - a benefit's code, a month, a band of amounts - and a text that the claimant wrote and
confirmed. `check_masked` looks for what must not stand in that text; it finds what it was told and what looks like a
number or address of a person, no more, so a person reads the text before it is published.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from tongxin.evidence.errors import SummaryError

__all__ = ["MOST_SUMMARY_BYTES", "Summary", "band", "check_masked"]

MOST_SUMMARY_BYTES = 1 << 16
_STEPS = (1, 2, 5)
_LONG_NUMBER = re.compile(r"\d(?:[ \-./]?\d){6,}")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_WORDS = re.compile(r"[a-z0-9]+")
_SHORT_WORD = 4


class Summary(BaseModel):
    """What everybody may read of a claim.

    Attributes:
        format: Always `tongxin-summary/1`.
        benefit: The benefit's code in the charter.
        month: Month of the event, `YYYY-MM`.
        amount_band: Least amount and the first too large, of the series 1, 2, 5, 10, 20, ... (`band`), in whole units
            of the mutual's money; none for a benefit of fixed amount.
        text: What the claimant says in public.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["tongxin-summary/1"] = "tongxin-summary/1"
    benefit: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    month: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
    amount_band: tuple[int, int] | None = None
    text: Annotated[str, Field(max_length=4000)] = ""

    @model_validator(mode="after")
    def _band_is_coarse(self) -> Summary:
        if self.amount_band is not None and (self.amount_band[0] < 0 or self.amount_band != band(self.amount_band[0])):
            raise ValueError("an amount is told as a band of the series 1, 2, 5, 10, 20, 50, ...")
        return self

    @classmethod
    def parse(cls, data: bytes) -> Summary:
        """Reads a summary.

        Raises:
            SummaryError: It is none.
        """
        if len(data) > MOST_SUMMARY_BYTES:
            raise SummaryError(f"this is no summary: it is longer than {MOST_SUMMARY_BYTES} bytes")
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            where = ".".join(str(step) for step in error.errors()[0]["loc"]) or "its beginning"
            raise SummaryError(f"this is no summary of the form tongxin-summary/1; look at {where}") from error

    def to_bytes(self) -> bytes:
        """The summary as it lies in the stores: JSON with sorted keys, without spaces, in UTF-8."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    @property
    def digest(self) -> bytes:
        """SHA-256 of `to_bytes`: `summary` of the claim, its name in every store."""
        return hashlib.sha256(self.to_bytes()).digest()


def band(amount: int) -> tuple[int, int]:
    """The band of the series 1, 2, 5, 10, 20, 50, ... in which a whole amount lies: least, and first too large."""
    if amount < 1:
        return (0, 1)
    power = 10 ** (len(str(amount)) - 1)
    bounds = [step * power for step in (*_STEPS, 10)]
    above = next(place for place, bound in enumerate(bounds) if bound > amount)
    return (bounds[above - 1], bounds[above])


def check_masked(text: str, secrets: Iterable[str] = ()) -> None:
    """Refuses a text in which something personal stands.

    Args:
        text: What is to be published.
        secrets: Names, numbers, addresses, words that must not stand in it, however they are spaced or punctuated. One
            of a single letter or sign can't be looked for and is left aside.

    Raises:
        SummaryError: One of them does, or a long number (telephone, identity card, account, full date) or a mail
            address. The message says which by its place in the list, and repeats nothing.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters, words = _letters(folded), set(_WORDS.findall(folded))
    for place, secret in enumerate(secrets, start=1):
        wanted = unicodedata.normalize("NFKC", secret).casefold()
        sought = _letters(wanted)
        by_word = sought.isascii() and len(sought) < _SHORT_WORD
        if len(sought) > 1 and (sought in words if by_word else sought in letters):
            raise SummaryError(f"the public text holds word {place} of those to be kept out; take it out of the text")
    if _LONG_NUMBER.search(folded):
        raise SummaryError(
            "the public text holds a long number, such as that of a telephone or a card, or a full date; take it out"
        )
    if _MAIL.search(folded):
        raise SummaryError("the public text holds a mail address; take it out")


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
