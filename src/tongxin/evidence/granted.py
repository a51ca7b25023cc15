# SPDX-License-Identifier: AGPL-3.0-only
"""Everybody to whom a document's key was wrapped, by what the chain, the manifests and the owner's copies tell."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tongxin.chain.mutual import Mutual
from tongxin.evidence.book import Book
from tongxin.evidence.errors import ManifestError
from tongxin.evidence.given import Given
from tongxin.evidence.grants import MOST_MANIFEST_BYTES, Manifest
from tongxin.evidence.keys import Recipient
from tongxin.evidence.shelf import Shelf

__all__ = ["Granted", "granted"]


@dataclass(frozen=True)
class Granted:
    """A wrapped key.

    Attributes:
        document: The document's hash.
        reader: Hash of the reader's recipient.
        grant: Hash of the wrapped key.
        juror: The wallet that announced the key, when a panel was given access.
        claim: The claim of that panel, or None.
        panel: The panel's number in the claim.
        seat: The seat.
        member_id: Whose act it was, when it was put on record as a member's own (R-124).
        block: In which it was put on record; None when it was not.
        revoked: The block in which it was withdrawn, or None.
    """

    document: bytes
    reader: bytes
    grant: bytes
    juror: str | None = None
    claim: int | None = None
    panel: int | None = None
    seat: int | None = None
    member_id: bytes | None = None
    block: int | None = None
    revoked: int | None = None


def granted(
    document: bytes, given: Given, *, mutual: Mutual | None = None, shelf: Shelf | None = None
) -> list[Granted]:
    """All wrapped keys of a document: those of panels' manifests, members' own, and those that are only kept here.

    Without a mutual only what is kept here is known. A manifest that no store has any more tells nothing.
    """
    found: list[Granted] = []
    if mutual is not None and shelf is not None:
        book = Book(mutual)
        claims = sorted({item.claim for item in book.documents() if item.document == document})
        for claim in claims:
            found += _of_panels(mutual, book, shelf, claim, document)
        for item in book.authorisations(document=document):
            told = item.granted
            found.append(
                Granted(
                    document,
                    told.reader,
                    told.grant,
                    member_id=told.member_id,
                    block=told.log.block,
                    revoked=None if item.revoked is None else item.revoked.log.block,
                )
            )
    known = {item.grant for item in found}
    for reader, content in given.of(document).items():
        digest = hashlib.sha256(content).digest()
        if digest not in known:
            found.append(Granted(document, reader, digest))
    return found


def _of_panels(mutual: Mutual, book: Book, shelf: Shelf, claim: int, document: bytes) -> list[Granted]:
    found: list[Granted] = []
    for access in book.accesses(claim):
        raw = shelf.read(access.keys_hash, MOST_MANIFEST_BYTES)
        try:
            manifest = None if raw is None else Manifest.parse(raw)
        except ManifestError:
            continue
        if manifest is None or bytes.fromhex(manifest.document[2:]) != document:
            continue
        jurors = mutual.seat_keys(access.key, before=access.log)
        for entry in manifest.seats:
            announced = jurors.get(entry.seat)
            found.append(
                Granted(
                    document,
                    Recipient.parse(entry.recipient).digest,
                    bytes.fromhex(entry.grant[2:]),
                    juror=None if announced is None else announced.juror,
                    claim=claim,
                    panel=manifest.panel,
                    seat=entry.seat,
                    block=access.log.block,
                )
            )
    return found
