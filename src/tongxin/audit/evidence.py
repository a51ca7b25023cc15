# SPDX-License-Identifier: AGPL-3.0-only
"""Evidence: that what claims name is there, and that nobody but drawn jurors was given a claim's key (R-121 to R-126).

Who may announce, authorise and revoke is replayed with the other acts. Here the stores are asked for what the chain has
hashes of. What belongs to a closed claim may have been forgotten (R-127): it is counted, and is no failure.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tongxin.audit.report import Findings, Name
from tongxin.chain.events import (
    AccessGranted,
    Authorised,
    Closed,
    Cured,
    Event,
    Filed,
    Revealed,
    SeatKeyAnnounced,
    SeatsDrawn,
    VotingStarted,
)
from tongxin.chain.primitives import from_hex
from tongxin.chain.readers import seat_keys_of
from tongxin.evidence.errors import KeyTextError, ManifestError
from tongxin.evidence.grants import MOST_GRANT_BYTES, MOST_MANIFEST_BYTES, Manifest
from tongxin.evidence.keys import Identity, KeyKind, Recipient
from tongxin.evidence.shelf import Shelf
from tongxin.evidence.stores import NoStoreError, Stores
from tongxin.evidence.unreadable import Access, Finding, examine

__all__ = ["check_evidence"]

INCOMPLETE = 8
PANELS = 8
MOST_VOTES_NAMED = 5
Progress = Callable[[str, int, int], None]


@dataclass
class _Claim:
    """What the chain says of one claim's evidence."""

    filed: Filed
    documents: list[bytes]
    accesses: list[_Given] = field(default_factory=list)
    complaints: list[Revealed] = field(default_factory=list)
    is_closed: bool = False


@dataclass
class _Given:
    """One access of a panel."""

    granted: AccessGranted
    attempt: int
    document: bytes
    seal_key: bytes | None
    announced: dict[int, bytes]


class _Reading:
    """Goes through the mutual's events in order."""

    def __init__(self) -> None:
        self.claims: dict[int, _Claim] = {}
        self.authorised = 0
        self._attempts: dict[int, int] = {}
        self._seats: dict[int, list[Event]] = {}

    def take(self, event: Event) -> None:
        """Notes what an event says."""
        if isinstance(event, Filed):
            self.claims[event.c] = _Claim(event, [event.evidence])
        elif isinstance(event, Cured):
            self.claims[event.c].documents.append(event.evidence)
        elif isinstance(event, Closed):
            self.claims[event.c].is_closed = True
        elif isinstance(event, Authorised):
            self.authorised += 1
        elif isinstance(event, SeatsDrawn | SeatKeyAnnounced):
            self._seats.setdefault(event.key, []).append(event)
        elif isinstance(event, VotingStarted):
            self._attempts[event.key] = event.attempt
        elif isinstance(event, AccessGranted):
            self._access(event)
        elif isinstance(event, Revealed):
            self._complain(event)

    def _announced(self, panel: int) -> dict[int, bytes]:
        """The keys of a panel's seats so far; who was drawn to a seat anew begins without one."""
        return {seat: event.public_key for seat, event in seat_keys_of(self._seats.get(panel, ())).items()}

    def _access(self, event: AccessGranted) -> None:
        claim = self.claims[event.c]
        seal_key = claim.filed.seal_key if len(claim.documents) == 1 else None
        attempt = self._attempts.get(event.key, 0)
        claim.accesses.append(_Given(event, attempt, claim.documents[-1], seal_key, self._announced(event.key)))

    def _complain(self, event: Revealed) -> None:
        """A vote *incomplete* whose reason is the secret of the seat's key."""
        if event.level != INCOMPLETE:
            return
        announced = self._announced(event.key).get(event.seat)
        if announced is not None and _secret(event.reason, announced) is not None:
            self.claims[event.key // PANELS].complaints.append(event)


def check_evidence(events: Iterable[Event], stores: Stores | None, findings: Findings, progress: Progress) -> None:
    """Compares what the chain has hashes of with what the stores hold.

    Args:
        events: All events of the mutual, in order.
        stores: Where to look; without any, hashes are counted alone.
        findings: Takes the verdict.
        progress: Told how many claims are done.
    """
    reading = _Reading()
    for event in events:
        reading.take(event)
    claims = reading.claims
    given = sum(len(claim.accesses) for claim in claims.values())
    told = f"{len(claims)} claims, {given} accesses of drawn panels, {reading.authorised} grants by members themselves"
    for number, claim in claims.items():
        if not any(claim.documents[-1]) or not any(claim.filed.seal_key) or not any(claim.filed.summary):
            findings.fail(Name.EVIDENCE, claim.filed.log.block, f"claim {number} names no evidence, key or summary")
    if stores is None:
        findings.note(Name.EVIDENCE, f"{told}: hashes only, because no store was named")
        return
    looker = _Looker(stores, findings)
    for done, (number, claim) in enumerate(claims.items(), start=1):
        try:
            looker.look(number, claim)
        except NoStoreError as error:
            text = f"the evidence of claim {number} could not be looked for: {error}"
            findings.fail(Name.EVIDENCE, claim.filed.log.block, text)
        progress("evidence", done, len(claims))
    findings.note(Name.EVIDENCE, "; ".join([told, *looker.notes()]))
    for text in looker.verdicts():
        findings.tell(Name.EVIDENCE, text)


class _Looker:
    """Asks the stores about claims."""

    def __init__(self, stores: Stores, findings: Findings) -> None:
        self._shelf = Shelf(stores)
        self._findings = findings
        self._found: Counter[str] = Counter()
        self._truth: dict[str, list[str]] = {}

    def notes(self) -> Iterator[str]:
        """What was found, in words."""
        yield f"{self._found['documents']} documents and {self._found['manifests']} manifests there and whole"
        if self._found["gone"]:
            yield f"{self._found['gone']} of closed claims are gone"

    def verdicts(self) -> Iterator[str]:
        """What became of the word of jurors who said that nothing could be read."""
        for what, votes in sorted(self._truth.items()):
            shown = ", ".join(votes[:MOST_VOTES_NAMED]) + (", ..." if len(votes) > MOST_VOTES_NAMED else "")
            yield f"{len(votes)} votes said that the evidence could not be read: {what} ({shown})"

    def look(self, number: int, claim: _Claim) -> None:
        """One claim.

        Raises:
            NoStoreError: Something was not found, and a store that may have it could not be asked.
        """
        filed, hints = claim.filed, dict[bytes, tuple[str, ...]]()
        for access in claim.accesses:
            manifest = self._manifest(number, claim, access)
            if manifest is not None:
                hints[access.document] = manifest.copies
        with tempfile.TemporaryDirectory(prefix="tongxin-audit-") as folder:
            documents = _Documents(self._shelf, Path(folder), hints)
            if documents.get(claim.documents[-1]) is not None:
                self._found["documents"] += 1
            else:
                self._missing(claim, filed.log.block, f"no store has the evidence of claim {number}")
            if not self._shelf.save(filed.summary, Path(folder) / "summary"):
                self._missing(claim, filed.log.block, f"no store has the masked summary of claim {number}")
            for complaint in claim.complaints:
                vote = f"claim {number}, panel {complaint.key % PANELS}, seat {complaint.seat}"
                self._truth.setdefault(self._judge(claim, complaint, documents), []).append(vote)

    def _missing(self, claim: _Claim, block: int, text: str) -> None:
        self._found["gone"] += claim.is_closed
        if not claim.is_closed:
            self._findings.fail(Name.EVIDENCE, block, text)

    def _manifest(self, number: int, claim: _Claim, given: _Given) -> Manifest | None:
        """Every grant of an access goes to a seat, under the key that its juror announced before."""
        event = given.granted
        raw = self._shelf.read(event.keys_hash, MOST_MANIFEST_BYTES)
        if raw is None:
            self._missing(claim, event.log.block, f"no store has the manifest of an access of claim {number}")
            return None
        try:
            manifest = Manifest.parse(raw)
        except ManifestError as error:
            self._findings.fail(Name.EVIDENCE, event.log.block, f"claim {number}: {error}")
            return None
        for fault in _faults(manifest, number, given):
            self._findings.fail(Name.EVIDENCE, event.log.block, f"the access of claim {number}: {fault}")
        self._found["manifests"] += 1
        return manifest

    def _judge(self, claim: _Claim, complaint: Revealed, documents: _Documents) -> str:
        """Whether a juror who showed the seat's key told the truth (R-126)."""
        given = [
            item
            for item in claim.accesses
            if item.granted.key == complaint.key and item.granted.log.place < complaint.log.place
        ]
        if not given:
            return "there was no access"
        access = given[-1]
        identity = _secret(complaint.reason, access.announced.get(complaint.seat, b""))
        if identity is None:
            return "the key was announced after the access"
        raw = self._shelf.read(access.granted.keys_hash, MOST_MANIFEST_BYTES)
        manifest = _parsed(raw)
        entry = None if manifest is None else manifest.for_seat(complaint.seat)
        grant = None if entry is None else self._shelf.read(from_hex(entry.grant), MOST_GRANT_BYTES)
        document = documents.get(access.document)
        is_over = claim.is_closed or access.document != claim.documents[-1]
        if is_over and (raw is None or document is None or (entry is not None and grant is None)):
            return "cannot be told any more, since what was granted is gone"
        seal_key = access.seal_key or (bytes(32) if manifest is None else from_hex(manifest.seal_key))
        told = Access(
            complaint.seat, identity.recipient.public_key, access.granted.keys_hash, access.document, seal_key
        )
        finding = examine(told, identity, manifest=raw, grant=grant, document=document)
        return "it can be read" if finding is Finding.READABLE else f"true, {finding}"


class _Documents:
    """The documents of one claim, each fetched once when it is asked for: a cure leaves more than one (R-74)."""

    def __init__(self, shelf: Shelf, folder: Path, hints: Mapping[bytes, tuple[str, ...]]) -> None:
        self._shelf = shelf
        self._folder = folder
        self._hints = hints

    def get(self, digest: bytes) -> Path | None:
        """A document's file; None if no store has it."""
        path = self._folder / f"{digest.hex()}.age"
        found = path.exists() or self._shelf.save(digest, path, self._hints.get(digest, ()))
        return path if found else None


def _faults(manifest: Manifest, number: int, given: _Given) -> Iterator[str]:
    """What in a manifest is not what the chain says."""
    event = given.granted
    place = (manifest.court.lower(), manifest.claim, manifest.panel, manifest.attempt)
    if place != (event.log.address.lower(), number, event.key % PANELS, given.attempt):
        yield "its manifest is of another panel"
    if from_hex(manifest.document) != given.document:
        yield "its manifest names another document"
    if given.seal_key is not None and from_hex(manifest.seal_key) != given.seal_key:
        yield "its manifest names another document key than the claim"
    for entry in manifest.seats:
        announced = given.announced.get(entry.seat)
        if announced is None:
            yield f"a grant to seat {entry.seat}, which had announced no key"
        elif Recipient(entry.recipient).public_key != announced:
            yield f"the grant of seat {entry.seat} is for another key than its juror announced"


def _secret(reason: bytes, announced: bytes) -> Identity | None:
    """The seat's identity, when a vote's reason is its secret."""
    for kind in KeyKind:
        try:
            identity = Identity.from_secret(kind, reason)
        except KeyTextError:
            continue
        if identity.recipient.public_key == announced:
            return identity
    return None


def _parsed(raw: bytes | None) -> Manifest | None:
    try:
        return None if raw is None else Manifest.parse(raw)
    except ManifestError:
        return None
