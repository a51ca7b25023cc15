# SPDX-License-Identifier: AGPL-3.0-only
"""Giving a drawn panel access: who may read, when it may be given, the manifest and the wrapped keys (R-122, R-123)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.chain.mutual import Mutual
from tongxin.chain.records import ClaimState, Panel
from tongxin.chain.structs import Claim
from tongxin.evidence.errors import EvidenceError, KeyTextError
from tongxin.evidence.given import Given
from tongxin.evidence.grants import Manifest, SeatGrant
from tongxin.evidence.keys import Identity, KeyKind, Recipient
from tongxin.evidence.shelf import Shelf

__all__ = ["Prepared", "RecipientError", "SeatReader", "earliest", "prepare", "recipient_of", "seat_readers"]

MOST_RECIPIENT_BYTES = 4096


class RecipientError(EvidenceError):
    """An announced key is not to be had, or is none."""


@dataclass(frozen=True)
class SeatReader:
    """A seat of a drawn panel and its key.

    Attributes:
        seat: Its number.
        juror: The wallet that sits there.
        recipient: What it announced; None when it announced nothing usable.
        flaw: Why what was announced is not usable; empty when nothing was announced.
        voted: Whether its vote stands already, so that it needs no key.
    """

    seat: int
    juror: str
    recipient: Recipient | None
    flaw: str = ""
    voted: bool = False

    @property
    def awaited(self) -> bool:
        """Whether its key is still waited for."""
        return self.recipient is None and not self.voted


@dataclass(frozen=True)
class Prepared:
    """What gives a panel access; `grants` are the wrapped keys by seat."""

    manifest: Manifest
    grants: dict[int, bytes]


def recipient_of(shelf: Shelf, kind: int, public_key: bytes) -> Recipient:
    """The recipient that was announced (R-122, R-125); a hybrid one's text comes from the stores.

    Raises:
        RecipientError: No store has the text, or it is no recipient of the kind.
    """
    try:
        if kind == KeyKind.X25519:
            return Recipient.x25519(public_key)
        text = shelf.read(public_key, MOST_RECIPIENT_BYTES)
        if text is None:
            raise RecipientError(f"no store has the hybrid key {public_key.hex()} that was announced")
        found = Recipient.parse(text.decode("ascii"))
    except (KeyTextError, UnicodeDecodeError) as error:
        raise RecipientError(f"what was announced is no usable key: {error}") from error
    if found.kind is not KeyKind.HYBRID or found.digest != public_key:
        raise RecipientError("what was announced is no hybrid key")
    return found


def seat_readers(mutual: Mutual, shelf: Shelf, key: int, panel: Panel, attempt: int) -> tuple[SeatReader, ...]:
    """The filled seats of a drawn panel with the keys they announced so far.

    Args:
        mutual: The mutual.
        shelf: Where the texts of hybrid keys lie.
        key: The panel's key.
        panel: The panel.
        attempt: The claim's attempt; votes of an earlier one, as before a cure, do not count any more (R-73, R-74).
    """
    announced = mutual.seat_keys(key)
    found: list[SeatReader] = []
    for seat, index in enumerate(panel.seats):
        if index is None:
            continue
        juror, voted = mutual.jury.volunteers(index).wallet, panel.attempt == attempt and panel.votes[seat] is not None
        event = announced.get(seat)
        if event is None:
            found.append(SeatReader(seat, juror, None, voted=voted))
            continue
        try:
            found.append(SeatReader(seat, juror, recipient_of(shelf, event.kind, event.public_key), voted=voted))
        except RecipientError as error:
            found.append(SeatReader(seat, juror, None, str(error), voted))
    return tuple(found)


def earliest(mutual: Mutual, claim: Claim, state: ClaimState) -> int:
    """From when access may be given although seats have announced no key: half of the time is over, in seconds."""
    return state.deadline - mutual.version(claim.version).court_terms.access // 2


def prepare(
    mutual: Mutual,
    number: int,
    claim: Claim,
    state: ClaimState,
    *,
    readers: Sequence[SeatReader],
    key: Identity,
    given: Given,
    copies: tuple[str, ...] = (),
) -> Prepared:
    """Wraps the document key to every seat that announced a key and has yet to vote; after an interruption the same."""
    named = {item.seat: item.recipient for item in readers if item.recipient is not None and not item.voted}
    grants = {seat: given.grant(claim.evidence, key, recipient) for seat, recipient in named.items()}
    seats = tuple(
        SeatGrant(seat=seat, recipient=recipient.text, grant=_hash(grants[seat])) for seat, recipient in named.items()
    )
    manifest = Manifest(
        chain_id=mutual.endpoints.chain_id,
        court=mutual.court.address,
        claim=number,
        panel=state.n,
        attempt=state.attempt,
        document="0x" + claim.evidence.hex(),
        seal_key="0x" + key.recipient.digest.hex(),
        copies=copies,
        seats=seats,
    )
    return Prepared(manifest, grants)


def _hash(content: bytes) -> str:
    return "0x" + hashlib.sha256(content).hexdigest()
