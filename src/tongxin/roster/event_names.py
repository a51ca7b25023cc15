# SPDX-License-Identifier: AGPL-3.0-only
"""What names an event, in one normal form, so that the same event written in two ways has the same tag (R-128).

An event is named by an issuing body's document, or by a person's stay in an institution, or by both.

The normal form of a text, in this order:

1. NFKC (full-width letters and digits become plain ones), case folded, NFKC again;
2. white space, control and invisible format characters go;
3. each run of other characters that are neither letters, marks nor digits (hyphens, brackets, dots, slashes, symbols)
   becomes one hyphen, and hyphens at both ends go.

So `[2026] 第00123号` and `2026-第００１２３号` are one text; `A12` and `A-12` are two, and `1-23` is never `12-3`. An
identity number is normalised as for the member id (R-129). A date is the day in the Gregorian calendar, year first:
`2026-11-22`, `2026/11/22`, `2026.11.22`, `20261122`, `2026年11月22日`.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field

from tongxin.errors import TongxinError
from tongxin.roster.tags import normalise_id_number

__all__ = ["EventName", "EventNameError", "normal_date", "normal_text"]

_SEPARATOR = "\x1f"
"""Between the parts; no part can hold it, for control characters go."""
_DROPPED = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn"})
_KEPT = frozenset("LMN")
_DATES = (
    re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})"),
    re.compile(r"(\d{4})()(\d{2})(\d{2})"),
    re.compile(r"(\d{4})(年)(\d{1,2})月(\d{1,2})日?"),
)


class EventNameError(TongxinError):
    """Something cannot name an event; the message never repeats it."""


@dataclass(frozen=True)
class EventName:
    """One name of an event; `parts` are in normal form and never shown by `repr`."""

    kind: str
    parts: tuple[str, ...] = field(repr=False)

    @classmethod
    def of_document(cls, issuer: str, number: str) -> EventName:
        """An event by a document about it: a discharge paper, a report of an accident.

        Args:
            issuer: Who issued it: the body's official code, or its name as on the stamp.
            number: The document's number as printed.

        Raises:
            EventNameError: One of the two holds neither letter nor digit.
        """
        return cls("document", (normal_text(issuer, "issuing body"), normal_text(number, "document number")))

    @classmethod
    def of_stay(cls, id_number: str, institution: str, admitted: str) -> EventName:
        """A stay: who, where, and the day of admission.

        Raises:
            EventNameError: One of them is empty, or the last is no date.
        """
        person = normalise_id_number(id_number)
        if not person:
            raise EventNameError("the identity number of the person who was admitted is missing")
        return cls("stay", (person, normal_text(institution, "institution"), normal_date(admitted)))

    def encoded(self) -> bytes:
        """The bytes from which the tag is computed: kind and parts, parted by the control character 0x1f."""
        return _SEPARATOR.join((self.kind, *self.parts)).encode()


def normal_text(text: str, what: str) -> str:
    """The normal form of a text.

    Args:
        text: As written.
        what: What it is, for the message.

    Raises:
        EventNameError: Nothing is left of it.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = [letter for letter in folded if unicodedata.category(letter) not in _DROPPED]
    plain = "".join(letter if unicodedata.category(letter)[0] in _KEPT else "-" for letter in kept)
    found = re.sub("-+", "-", plain).strip("-")
    if not found:
        raise EventNameError(f"the {what} is missing: it holds neither a letter nor a digit")
    return found


def normal_date(text: str) -> str:
    """A day as YYYY-MM-DD.

    Raises:
        EventNameError: It is no date, or one that could be read in two ways.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    for form in _DATES:
        found = form.fullmatch(plain)
        if found is not None:
            try:
                return dt.date(int(found[1]), int(found[3]), int(found[4])).isoformat()
            except ValueError:
                break
    raise EventNameError("the day of admission is no date; write it with the year first, like 2026-11-22")
