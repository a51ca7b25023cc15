# SPDX-License-Identifier: AGPL-3.0-only
"""Who may read what, told from events in the chain's order (R-122, R-124, R-125)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from tongxin.chain.events import Authorised, Event, RawLog, ReaderKeyAnnounced, Revoked, SeatKeyAnnounced, SeatsDrawn
from tongxin.chain.readers import authorisations_of, reader_key_of, seat_keys_of

PLACES = count(1)
MEMBER = bytes([1]) * 32
WALLET = "0x" + "11" * 20


def log(block: int | None = None, index: int = 0) -> RawLog:
    return RawLog(WALLET, (), b"", next(PLACES) if block is None else block, "0x", index)


def drawn(places: dict[int, int], *, w: int = 0, attempt: int = 0) -> SeatsDrawn:
    """`places`: index + 1 of a volunteer by the seat's place in the word."""
    word = sum(place << 24 * at for at, place in places.items())
    return SeatsDrawn(log=log(), key=8, w=w, attempt=attempt, seats=word)


def announced(seat: int, letter: str, *, attempt: int = 0) -> SeatKeyAnnounced:
    public_key = letter.encode().ljust(32, b"\0")
    return SeatKeyAnnounced(log=log(), key=8, seat=seat, juror=WALLET, attempt=attempt, kind=1, public_key=public_key)


def letters(events: Sequence[Event]) -> dict[int, str]:
    return {seat: key.public_key[:1].decode() for seat, key in seat_keys_of(events).items()}


def test_the_latest_key_of_a_seat_counts() -> None:
    found = letters([drawn({0: 7, 1: 8}), announced(0, "a"), announced(1, "b"), announced(0, "c")])
    assert found == {0: "c", 1: "b"}


def test_a_redraw_takes_the_key_of_an_emptied_seat_and_leaves_those_of_jurors_who_stay() -> None:
    first = [drawn({0: 7, 1: 8}), announced(0, "a"), announced(1, "b")]
    assert letters([*first, drawn({0: 7, 1: 9}, attempt=1)]) == {0: "a"}
    assert letters([*first, drawn({0: 7, 1: 9}, attempt=1), announced(1, "d", attempt=1)]) == {0: "a", 1: "d"}


def test_seats_beyond_the_panel_word_have_keys_too() -> None:
    far = [drawn({0: 3}), drawn({0: 7, 9: 8}, w=1), drawn({0: 9}, w=2), announced(5, "a"), announced(14, "b")]
    assert letters([*far, announced(15, "c"), drawn({0: 7, 9: 20}, w=1, attempt=1)]) == {5: "a", 15: "c"}


def test_a_reader_key_is_replaced_and_withdrawn() -> None:
    def said(kind: int, byte: int) -> ReaderKeyAnnounced:
        return ReaderKeyAnnounced(log=log(), member_id=MEMBER, kind=kind, public_key=bytes([byte]) * 32)

    assert reader_key_of([]) is None
    later = said(2, 6)
    assert reader_key_of([said(1, 5), later]) is later
    assert reader_key_of([said(1, 5), said(0, 0)]) is None
    assert reader_key_of([said(0, 0), later]) is later


def test_a_revocation_ends_what_was_granted_before_it_and_nothing_else() -> None:
    def granted(document: int, reader: int, grant: int) -> Authorised:
        parts = (bytes([number]) * 32 for number in (document, reader, grant))
        document_, reader_, grant_ = parts
        return Authorised(log=log(), member_id=MEMBER, document=document_, reader=reader_, grant=grant_, actor=WALLET)

    def ended(document: int, reader: int) -> Revoked:
        names = (bytes([document]) * 32, bytes([reader]) * 32)
        return Revoked(log=log(), member_id=MEMBER, document=names[0], reader=names[1], actor=WALLET)

    one, other, again, fresh = granted(1, 1, 1), granted(1, 2, 2), granted(1, 1, 3), granted(1, 1, 4)
    first, second = ended(1, 1), ended(1, 1)
    found = authorisations_of([ended(1, 2), one, other, again, first, fresh, ended(2, 2)])
    assert [(item.granted, item.revoked) for item in found] == [
        (one, first),
        (other, None),
        (again, first),
        (fresh, None),
    ]
    assert [item.stands for item in found] == [False, True, False, True]
    assert authorisations_of([one, first, second])[0].revoked is first


def test_logs_are_ordered_by_block_and_place_in_it() -> None:
    assert log(3, 9).place < log(4, 0).place < log(4, 1).place < log(10, 0).place
