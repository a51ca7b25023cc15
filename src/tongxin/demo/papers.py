# SPDX-License-Identifier: AGPL-3.0-only
"""The papers of the demo's claims: sealed, given to the drawn jurors, opened by them, forgotten (R-120 to R-127).

Everybody's machine is a folder here: claimants seal into a common store, which holds ciphertext alone; the keys of
claimants and seats are in memory. The letters are invented.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tongxin.chain.primitives import from_hex
from tongxin.demo.errors import DemoError
from tongxin.evidence.grants import MOST_GRANT_BYTES, MOST_MANIFEST_BYTES, Manifest, SeatGrant, unwrap, wrap
from tongxin.evidence.keys import Identity, KeyKind
from tongxin.evidence.sealing import open_document, seal
from tongxin.evidence.stores.folder import FolderStore
from tongxin.evidence.stores.several import Stores
from tongxin.evidence.summary import Summary

__all__ = ["Evidence", "Papers", "letter", "level_in"]

LETTER = "hospital-letter.txt"
_LEVEL = "Severity by the table of the charter: level "
Seat = tuple[int, int]


def letter(level: int) -> bytes:
    """What a hospital wrote, or is said to have written."""
    return f"An invented letter of an invented hospital.\n{_LEVEL}{level}\n".encode()


def level_in(text: str) -> int:
    """What a juror who believes a letter finds in it.

    Raises:
        DemoError: It is no letter.
    """
    found = [line.removeprefix(_LEVEL) for line in text.splitlines() if line.startswith(_LEVEL)]
    if len(found) != 1 or not found[0].isdigit():
        raise DemoError("a juror opened papers that are no letter")
    return int(found[0])


@dataclass(frozen=True)
class Evidence:
    """What a claim names (R-121), and the document's key, which only its claimant has.

    Attributes:
        document: Hash of the sealed document.
        summary: Hash of the masked summary.
        key: The document key.
    """

    document: bytes
    summary: bytes
    key: Identity


class Papers:
    """The store and the keys of all.

    Args:
        folder: Where the store lies; it must live as long as this.

    Attributes:
        stores: Where ciphertexts, summaries and manifests lie.
        sealed: Documents in the store.
        opened: How often a juror opened one.
        destroyed: Keys of seats that were destroyed.
    """

    def __init__(self, folder: Path) -> None:
        self.stores = Stores([FolderStore(folder / "store")])
        self.sealed = 0
        self.opened = 0
        self.destroyed = 0
        self._folder = folder
        self._seat_keys: dict[Seat, Identity] = {}
        self._grants: dict[int, list[bytes]] = {}

    def seal(self, level: int, summary: Summary) -> Evidence:
        """The claimant seals the letter and puts it, with the masked summary, into the store."""
        key = Identity.generate(KeyKind.X25519)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            sealed = seal([], Path(folder) / "document.age", identity=key, extra={LETTER: letter(level)})
            self.stores.put(sealed.path)
        self.stores.put(summary.to_bytes())
        self.sealed += 1
        return Evidence(sealed.digest, summary.digest, key)

    def seat_key(self, panel: int, seat: int) -> Identity:
        """A juror's key for this seat alone, drawn when it is first asked for (R-122)."""
        place = (panel, seat)
        if place not in self._seat_keys:
            self._seat_keys[place] = Identity.generate(KeyKind.X25519)
        return self._seat_keys[place]

    def give(self, evidence: Evidence, manifest: Manifest, panel: int, seats: int) -> bytes:
        """The claimant wraps the document's key to every seat and puts grants and manifest into the store (R-123).

        Args:
            evidence: The claim's.
            manifest: Without its seats.
            panel: The panel's key.
            seats: How many there are.

        Returns:
            The whole manifest's hash.
        """
        given = []
        for seat in range(seats):
            recipient = self.seat_key(panel, seat).recipient
            grant = self.stores.put(wrap(evidence.key, recipient)).digest
            self._grants.setdefault(panel, []).append(grant)
            given.append(SeatGrant(seat=seat, recipient=recipient.text, grant="0x" + grant.hex()))
        return self.stores.put(manifest.model_copy(update={"seats": tuple(given)}).to_bytes()).digest

    def read(self, keys_hash: bytes, panel: int, seat: int) -> int:
        """A juror opens what the seat was given, by nothing but the hash on the chain and the seat's key.

        Returns:
            The level that the letter speaks of.

        Raises:
            DemoError: The seat was given nothing, or no letter.
            EvidenceError: Something can't be opened.
        """
        manifest = Manifest.parse(self._fetch(keys_hash, MOST_MANIFEST_BYTES))
        entry = manifest.for_seat(seat)
        if entry is None:
            raise DemoError(f"seat {seat} of panel {panel} was given no key")
        key = unwrap(self._fetch(from_hex(entry.grant), MOST_GRANT_BYTES), self.seat_key(panel, seat))
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            document = Path(folder) / "document.age"
            with document.open("wb") as file:
                self.stores.fetch(from_hex(manifest.document), file)
            (opened,) = open_document(document, key, Path(folder) / "opened", digest=from_hex(manifest.document))
            self.opened += 1
            return level_in(opened.read_text(encoding="utf-8"))

    def forget(self, panel: int) -> None:
        """The claim is closed: jurors destroy their seats' keys, the claimant deletes the grants (R-122, R-127).

        Raises:
            DemoError: A grant is still there.
        """
        for place in [place for place in self._seat_keys if place[0] == panel]:
            del self._seat_keys[place]
            self.destroyed += 1
        for grant in self._grants.pop(panel, []):
            if not self.stores.delete(grant).none_left:
                raise DemoError(f"the grant {grant.hex()} could not be deleted")

    def _fetch(self, digest: bytes, largest: int) -> bytes:
        sink = BytesIO()
        self.stores.fetch(digest, sink, largest=largest)
        return sink.getvalue()
