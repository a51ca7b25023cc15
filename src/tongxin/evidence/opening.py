# SPDX-License-Identifier: AGPL-3.0-only
"""Finding what one was granted: a juror's seat, or a document by the owner's own grant (R-123, R-124, R-126)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tongxin.chain.mutual import Mutual
from tongxin.chain.primitives import from_hex
from tongxin.evidence.book import Book
from tongxin.evidence.errors import EvidenceError, ManifestError, OpenError
from tongxin.evidence.grants import MOST_GRANT_BYTES, MOST_MANIFEST_BYTES, Manifest, unwrap
from tongxin.evidence.keys import Identity, KeyKind
from tongxin.evidence.keystore import Keystore
from tongxin.evidence.shelf import Shelf
from tongxin.evidence.unreadable import Access, Finding, examine

__all__ = ["NotGrantedError", "SeatAccess", "document_key", "examine_seat", "granted_key", "late_key", "seat_access"]


class NotGrantedError(EvidenceError):
    """Nobody gave the key of a document to any key at hand."""


@dataclass(frozen=True)
class SeatAccess:
    """What a seat was given: what the chain says, and what the stores hold of it (None: nothing).

    Attributes:
        told: What the chain says.
        kind: The kind of key that the seat announced.
        manifest: The manifest as it lies in a store.
        grant: The wrapped key that it names for the seat.
        hints: Where copies of the document lie beside the mutual's stores.
    """

    told: Access
    kind: KeyKind
    manifest: bytes | None
    grant: bytes | None
    hints: tuple[str, ...]


def seat_access(
    mutual: Mutual, shelf: Shelf, number: int, key: int, seat: int, *, before: int | None = None
) -> SeatAccess | None:
    """What the seat was given by the latest access of its panel; None when there is none, or it had announced no key.

    Args:
        mutual: The mutual.
        shelf: The stores.
        number: The claim's number.
        key: The panel's key.
        seat: The seat.
        before: Only accesses up to this block.
    """
    book = Book(mutual)
    accesses = [
        event for event in book.accesses(number) if event.key == key and (before is None or event.log.block <= before)
    ]
    if not accesses:
        return None
    access = accesses[-1]
    announced = mutual.seat_keys(key, before=access.log).get(seat)
    if announced is None:
        return None
    # A later cure names another document: that of this access is the one named last before it.
    named = [item for item in book.documents(claim=number) if item.block <= access.log.block]
    document, seal_key = named[-1].document, named[-1].seal_key
    raw = shelf.read(access.keys_hash, MOST_MANIFEST_BYTES)
    manifest = _parsed(raw)
    told = Access(
        seat=seat,
        announced=announced.public_key,
        keys_hash=access.keys_hash,
        evidence=document,
        seal_key=from_hex(manifest.seal_key) if seal_key is None and manifest is not None else seal_key or bytes(32),
    )
    entry = None if manifest is None else manifest.for_seat(seat)
    grant = None if entry is None else shelf.read(from_hex(entry.grant), MOST_GRANT_BYTES)
    return SeatAccess(told, KeyKind(announced.kind), raw, grant, () if manifest is None else manifest.copies)


def granted_key(found: SeatAccess, seat_key: Identity) -> Identity | None:
    """The document key that a seat was given, if it is the one the claim names; `examine_seat` says why it is not."""
    key = None if found.grant is None else _unwrapped(found.grant, seat_key)
    return key if key is not None and key.recipient.digest == found.told.seal_key else None


def examine_seat(found: SeatAccess, seat_key: Identity, document: Path | None) -> Finding:
    """Whether the seat could read; see `unreadable.examine`."""
    return examine(found.told, seat_key, manifest=found.manifest, grant=found.grant, document=document)


def late_key(mutual: Mutual, shelf: Shelf, document: bytes, readers: Sequence[Identity]) -> Identity | None:
    """The document key that the owner granted to one of these keys by R-124; None when there is none that opens."""
    return next(_granted(mutual, shelf, document, readers), None)


def document_key(
    document: bytes,
    keystore: Keystore,
    *,
    beside: Sequence[bytes] = (),
    mutual: Mutual | None = None,
    shelf: Shelf | None = None,
) -> Identity:
    """The key of a document: one's own, or one that a grant gives.

    Args:
        document: The document's hash.
        keystore: One's own keys.
        beside: Grants at hand, such as those that lie beside the document.
        mutual: Where to look for members' grants.
        shelf: Where the wrapped keys lie.

    Raises:
        NotGrantedError: There is none.
        KeystoreError: One's own keys can't be opened.
    """
    own = keystore.document(document)
    if own is not None:
        return own
    readers = keystore.readers()
    if beside and readers:
        for identity in map(keystore.identity, reversed(readers)):
            for grant in beside:
                key = _unwrapped(grant, identity)
                if key is not None:
                    return key
    if mutual is not None and shelf is not None:
        standing = {item.granted.reader for item in Book(mutual).authorisations(document=document) if item.stands}
        granted = [item for item in readers if item.key.digest in standing]
        key = late_key(mutual, shelf, document, [keystore.identity(item) for item in granted])
        if key is not None:
            return key
    raise NotGrantedError(
        f"no key at hand opens the document {document.hex()}: it is not yours, and nobody granted it to your keys, "
        "or the grant was revoked"
    )


def _granted(mutual: Mutual, shelf: Shelf, document: bytes, readers: Sequence[Identity]) -> Iterator[Identity]:
    book = Book(mutual)
    for reader in readers:
        for item in reversed(book.authorisations(document=document, reader=reader.recipient.digest)):
            grant = shelf.read(item.granted.grant, MOST_GRANT_BYTES) if item.stands else None
            key = None if grant is None else _unwrapped(grant, reader)
            if key is not None:
                yield key


def _unwrapped(grant: bytes, reader: Identity) -> Identity | None:
    try:
        return unwrap(grant, reader)
    except OpenError:
        return None


def _parsed(raw: bytes | None) -> Manifest | None:
    try:
        return None if raw is None else Manifest.parse(raw)
    except ManifestError:
        return None
