# SPDX-License-Identifier: AGPL-3.0-only
"""What the chain says of a document: which claim names it, which panels were given access, whom its owner let read."""

from __future__ import annotations

from dataclasses import dataclass

from tongxin.chain.events import AccessGranted, Authorised, Cured, Filed, Revealed, Revoked
from tongxin.chain.mutual import Mutual
from tongxin.chain.readers import Authorisation, authorisations_of

__all__ = ["Book", "Named"]


@dataclass(frozen=True)
class Named:
    """That a claim names a document.

    Attributes:
        claim: The claim's number.
        member_id: Of whose claim.
        document: The document's hash.
        seal_key: Hash of the document key's recipient; None for the document of a cure, of which only the manifest
            says it (R-121, R-123).
        block: In which it was named.
    """

    claim: int
    member_id: bytes
    document: bytes
    seal_key: bytes | None
    block: int


class Book:
    """The mutual's events about documents."""

    def __init__(self, mutual: Mutual) -> None:
        self._mutual = mutual

    def documents(self, *, claim: int | None = None) -> list[Named]:
        """The documents that claims name, as filed and as completed by a cure, oldest first."""
        topics = (None if claim is None else claim.to_bytes(32),)
        found: list[Named] = []
        members: dict[int, bytes] = {}
        for event in self._mutual.events(kinds=(Filed, Cured), topics=topics):
            if isinstance(event, Filed):
                members[event.c] = event.member_id
                found.append(Named(event.c, event.member_id, event.evidence, event.seal_key, event.log.block))
            elif isinstance(event, Cured):
                found.append(Named(event.c, members[event.c], event.evidence, None, event.log.block))
        return found

    def naming(self, document: bytes) -> Named | None:
        """The first claim that names a document, or None; a later one may be of somebody who saw the hash."""
        return next((item for item in self.documents() if item.document == document), None)

    def accesses(self, claim: int) -> list[AccessGranted]:
        """When a claim's panels were given access, oldest first."""
        found = self._mutual.events(kinds=(AccessGranted,), topics=(claim.to_bytes(32),))
        return [event for event in found if isinstance(event, AccessGranted)]

    def reveals(self, panel: int) -> list[Revealed]:
        """The votes shown on a panel, by its key, oldest first."""
        found = self._mutual.events(kinds=(Revealed,), topics=(panel.to_bytes(32),))
        return [event for event in found if isinstance(event, Revealed)]

    def authorisations(self, *, document: bytes | None = None, reader: bytes | None = None) -> list[Authorisation]:
        """Members' own grants of a document, or to a reader, oldest first, with what was revoked."""
        return authorisations_of(self._mutual.events(kinds=(Authorised, Revoked), topics=(None, document, reader)))
