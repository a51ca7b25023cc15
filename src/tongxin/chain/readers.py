# SPDX-License-Identifier: AGPL-3.0-only
"""Who may read what, by the chain's log alone: keys that jurors and members announced, and members' own grants.

The chain keeps none of it in storage (docs/spec/evidence.md R-122, R-124, R-125). Every answer is made of events, whose
`log.place` says what came first, for instance a seat's key and the access that was granted to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tongxin.chain.events import Authorised, Event, ReaderKeyAnnounced, Revoked, SeatKeyAnnounced, SeatsDrawn
from tongxin.words import SEATS, SEATS_IN_PANEL, SEATS_PER_WORD

__all__ = ["Authorisation", "authorisations_of", "reader_key_of", "seat_keys_of"]

_SEAT_BITS = SEATS.bits("seat_0")


@dataclass(frozen=True)
class Authorisation:
    """A grant that a member put on record, and the revocation that followed it, if any (R-124)."""

    granted: Authorised
    revoked: Revoked | None = None

    @property
    def stands(self) -> bool:
        """Whether it was not revoked."""
        return self.revoked is None


def seat_keys_of(events: Iterable[Event]) -> dict[int, SeatKeyAnnounced]:
    """The latest key of each seat of one panel, from its `SeatsDrawn` and `SeatKeyAnnounced` in the chain's order.

    Who is drawn to a seat begins without a key; a cure leaves the keys as they are (R-122).
    """
    seated: dict[int, int] = {}
    keys: dict[int, SeatKeyAnnounced] = {}
    for event in events:
        if isinstance(event, SeatsDrawn):
            for seat, place in _places(event).items():
                if seated.get(seat) != place:
                    seated[seat] = place
                    keys.pop(seat, None)
        elif isinstance(event, SeatKeyAnnounced):
            keys[event.seat] = event
    return keys


def _places(drawn: SeatsDrawn) -> dict[int, int]:
    """Index + 1 of the volunteer on each seat that a log tells of."""
    first = SEATS_IN_PANEL + SEATS_PER_WORD * (drawn.w - 1) if drawn.w else 0
    count = SEATS_PER_WORD if drawn.w else SEATS_IN_PANEL
    mask = (1 << _SEAT_BITS) - 1
    return {first + j: drawn.seats >> _SEAT_BITS * j & mask for j in range(count)}


def reader_key_of(events: Iterable[Event]) -> ReaderKeyAnnounced | None:
    """A member's present reader key, from the member's announcements in the chain's order; None if there is none."""
    last = None
    for event in events:
        if isinstance(event, ReaderKeyAnnounced):
            last = event
    return last if last is not None and last.kind else None


def authorisations_of(events: Iterable[Event]) -> list[Authorisation]:
    """A member's grants, oldest first, from the member's `Authorised` and `Revoked` in the chain's order.

    A revocation ends every grant of the document to the reader that came before it, and none that comes later.
    """
    found: list[Authorisation] = []
    for event in events:
        if isinstance(event, Authorised):
            found.append(Authorisation(event))
        elif isinstance(event, Revoked):
            found = [
                Authorisation(item.granted, event)
                if item.stands and (item.granted.document, item.granted.reader) == (event.document, event.reader)
                else item
                for item in found
            ]
    return found
