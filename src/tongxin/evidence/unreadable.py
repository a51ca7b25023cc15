# SPDX-License-Identifier: AGPL-3.0-only
"""Whether a juror could read the evidence (R-126).

The juror's client asks before it votes *incomplete* for this reason; the audit and anybody else ask again with the
secret that the juror showed, and get the same answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tongxin.evidence.errors import ArchiveError, DamagedError, ManifestError, OpenError, WrongKeyError
from tongxin.evidence.grants import Manifest, NoKeyInsideError, unwrap
from tongxin.evidence.keys import Identity
from tongxin.evidence.sealing import check_document, digest_of

__all__ = ["Access", "Finding", "examine"]


class Finding(StrEnum):
    """What came of the attempt to open a juror's evidence."""

    READABLE = "readable"
    NOT_THE_SEAT_KEY = "not the seat key"
    NO_MANIFEST = "no manifest"
    NOT_NAMED = "seat not in the manifest"
    NO_GRANT = "no grant"
    GRANT_DIFFERS = "grant does not match its hash"
    GRANT_SHUT = "grant does not open"
    NO_KEY = "no document key in the grant"
    OTHER_KEY = "another key in the grant"
    NO_DOCUMENT = "no document"
    DOCUMENT_UNREADABLE = "document does not open"

    @property
    def unreadable(self) -> bool:
        """Whether a vote *incomplete* for this reason tells the truth."""
        return self not in {Finding.READABLE, Finding.NOT_THE_SEAT_KEY}


@dataclass(frozen=True)
class Access:
    """What the chain says of a juror's access.

    Attributes:
        seat: Number of the seat.
        announced: The public key that the seat announced before the access (R-122), 32 bytes.
        keys_hash: SHA-256 of the manifest (R-68).
        evidence: SHA-256 of the document (R-121).
        seal_key: SHA-256 of the document key's recipient (R-121).
    """

    seat: int
    announced: bytes
    keys_hash: bytes
    evidence: bytes
    seal_key: bytes


def examine(
    access: Access, seat_key: Identity, *, manifest: bytes | None, grant: bytes | None, document: Path | None
) -> Finding:
    """Tries to open the evidence as the juror would, and says at what it fails first.

    Args:
        access: What the chain says.
        seat_key: The secret key of the seat, the juror's own or the one shown with the vote.
        manifest: The manifest's bytes; None if no store has it.
        grant: The grant's bytes that the manifest names for the seat; None if no store has it.
        document: The sealed document; None if no store has it.

    Raises:
        OpenError: The document is there, but this machine could not read its own file; nothing is known then.
    """
    if seat_key.recipient.public_key != access.announced:
        return Finding.NOT_THE_SEAT_KEY
    key = _document_key(access, seat_key, manifest, grant)
    if isinstance(key, Finding):
        return key
    try:
        if document is None or digest_of(document) != access.evidence:
            return Finding.NO_DOCUMENT
        check_document(document, key)
    except (WrongKeyError, DamagedError, ArchiveError):
        return Finding.DOCUMENT_UNREADABLE
    except FileNotFoundError:
        return Finding.NO_DOCUMENT
    except OSError as error:
        raise OpenError(f"the document {document} could not be read: {error.strerror}") from error
    return Finding.READABLE


def _document_key(
    access: Access, seat_key: Identity, manifest: bytes | None, grant: bytes | None
) -> Identity | Finding:
    named = _grant_hash(access, manifest)
    if isinstance(named, Finding):
        return named
    if grant is None:
        return Finding.NO_GRANT
    if hashlib.sha256(grant).digest() != named:
        return Finding.GRANT_DIFFERS
    try:
        key = unwrap(grant, seat_key)
    except (WrongKeyError, DamagedError):
        return Finding.GRANT_SHUT
    except NoKeyInsideError:
        return Finding.NO_KEY
    return key if key.recipient.digest == access.seal_key else Finding.OTHER_KEY


def _grant_hash(access: Access, manifest: bytes | None) -> bytes | Finding:
    if manifest is None or hashlib.sha256(manifest).digest() != access.keys_hash:
        return Finding.NO_MANIFEST
    try:
        named = Manifest.parse(manifest).for_seat(access.seat)
    except ManifestError:
        return Finding.NO_MANIFEST
    return bytes.fromhex(named.grant.removeprefix("0x")) if named else Finding.NOT_NAMED
