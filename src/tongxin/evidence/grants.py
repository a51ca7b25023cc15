# SPDX-License-Identifier: AGPL-3.0-only
"""Letting somebody read: the document key sealed to them, and the manifest of a panel's grants (R-123)."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from tongxin.evidence import age
from tongxin.evidence.errors import KeyTextError, ManifestError, OpenError
from tongxin.evidence.keys import Identity, Recipient

__all__ = ["MOST_GRANT_BYTES", "MOST_MANIFEST_BYTES", "Manifest", "NoKeyInsideError", "SeatGrant", "unwrap", "wrap"]

MOST_GRANT_BYTES = 1 << 16
MOST_MANIFEST_BYTES = 1 << 20

Hash = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")]
Address = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$")]
Copy = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*:[!-~]+$", max_length=256)]
Count = Annotated[int, Field(ge=0, lt=1 << 256)]


class NoKeyInsideError(OpenError):
    """A grant opened, but holds no document key."""


def wrap(document_key: Identity, reader: Recipient) -> bytes:
    """A grant: the document key sealed to a reader. `age -d` gives it back as a key file."""
    return age.encrypt_bytes(f"{document_key.text}\n".encode(), reader)


def unwrap(grant: bytes, reader: Identity) -> Identity:
    """The document key in a grant.

    Raises:
        WrongKeyError: The grant is sealed to other keys.
        DamagedError: It was changed, is cut off or too long.
        NoKeyInsideError: It holds no document key.
    """
    if len(grant) > MOST_GRANT_BYTES:
        raise NoKeyInsideError(f"this is no grant: it is longer than {MOST_GRANT_BYTES} bytes")
    try:
        return Identity.parse(age.decrypt_bytes(grant, reader).decode("ascii"))
    except (UnicodeDecodeError, KeyTextError) as error:
        raise NoKeyInsideError("this grant opened, but holds no document key") from error


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SeatGrant(_Record):
    """What one seat of the panel gets.

    Attributes:
        seat: Number of the seat.
        recipient: Text of the recipient that the seat announced (R-122).
        grant: SHA-256 of the grant, its name in every store.
    """

    seat: Count
    recipient: Annotated[str, StringConstraints(max_length=4096)]
    grant: Hash

    @model_validator(mode="after")
    def _recipient_is_one(self) -> SeatGrant:
        try:
            Recipient(self.recipient)
        except KeyTextError as error:
            raise ValueError(str(error)) from error
        return self


class Manifest(_Record):
    """Who of a panel was given the key of a claim's document, and where both lie (R-123). Names seats alone.

    Attributes:
        format: Always `tongxin-access/1`; what is read must say so.
        chain_id: Chain of the mutual.
        court: Address of its Court.
        claim: Number of the claim.
        panel: Number of the panel.
        attempt: How often it was drawn before.
        document: SHA-256 of the sealed document.
        seal_key: SHA-256 of the document key's recipient.
        copies: Where copies lie besides the mutual's stores, such as `ipfs:CID`.
        seats: What each seat gets, in order of seats.
    """

    format: Literal["tongxin-access/1"] = "tongxin-access/1"
    chain_id: Count
    court: Address
    claim: Count
    panel: Count
    attempt: Count
    document: Hash
    seal_key: Hash
    copies: Annotated[tuple[Copy, ...], Field(max_length=16)] = ()
    seats: tuple[SeatGrant, ...]

    @model_validator(mode="after")
    def _seats_in_order(self) -> Manifest:
        seats = [entry.seat for entry in self.seats]
        if seats != sorted(set(seats)):
            raise ValueError("each seat stands in a manifest once, in order")
        return self

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Reads a manifest.

        Raises:
            ManifestError: It is none.
        """
        if len(data) > MOST_MANIFEST_BYTES:
            raise ManifestError(f"this is no manifest: it is longer than {MOST_MANIFEST_BYTES} bytes")
        try:
            found = cls.model_validate_json(data)
        except ValidationError as error:
            where = ".".join(str(step) for step in error.errors()[0]["loc"]) or "its beginning"
            raise _no_manifest(where) from error
        if "format" not in found.model_fields_set:
            raise _no_manifest("format")
        return found

    def to_bytes(self) -> bytes:
        """The manifest as it lies in the stores: JSON with sorted keys, without spaces, in ASCII."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":")).encode("ascii")

    @property
    def digest(self) -> bytes:
        """SHA-256 of `to_bytes`: `keys_hash` of the access (R-68), its name in every store."""
        return hashlib.sha256(self.to_bytes()).digest()

    def for_seat(self, seat: int) -> SeatGrant | None:
        """What a seat gets, if it is named."""
        return next((entry for entry in self.seats if entry.seat == seat), None)


def _no_manifest(where: str) -> ManifestError:
    return ManifestError(f"this is no manifest of the form tongxin-access/1; look at {where}")
