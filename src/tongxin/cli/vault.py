# SPDX-License-Identifier: AGPL-3.0-only
"""What the commands of evidence work with: one's own keys, the stores, the copies of what was given to others."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from tongxin.chain.typed_data import fund_domain
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.evidence.access import recipient_of
from tongxin.evidence.given import Given
from tongxin.evidence.grants import Manifest
from tongxin.evidence.keys import Identity, KeyKind, Recipient
from tongxin.evidence.keystore import Keystore, Reader, Seat, write_private
from tongxin.evidence.shelf import Shelf
from tongxin.evidence.stores import Report, Stores, open_stores
from tongxin.evidence.wallet_key import wallet_identity
from tongxin.settings import PRIVATE_KEY_VARIABLE

__all__ = ["Vault"]

_WORD = re.compile(r"0x[0-9a-fA-F]{64}")


class Vault:
    """One person's side of evidence, opened when first needed."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.folder = session.settings.evidence_folder

    @cached_property
    def keystore(self) -> Keystore:
        """One's own keys."""
        return Keystore(self.folder, self.passphrase, self._from_wallet)

    @cached_property
    def stores(self) -> Stores:
        """Where sealed evidence lies."""
        return open_stores(self.session.settings.store_urls)

    @cached_property
    def shelf(self) -> Shelf:
        """The same, to read from."""
        return Shelf(self.stores)

    @cached_property
    def given(self) -> Given:
        """Copies of the keys wrapped to others."""
        return Given(self.folder / "given")

    @property
    def somebody_acts(self) -> bool:
        """Whether somebody was named who acts; reading needs nobody."""
        return self.session.settings.signer is not None or bool(os.environ.get(PRIVATE_KEY_VARIABLE))

    @property
    def here(self) -> str:
        """The mutual as the keystore names it."""
        return f"{self.session.endpoints.chain_id}:{self.session.fund_address.lower()}"

    def passphrase(self) -> str:
        """The passphrase of one's reader key."""
        return self.session.password(_("Passphrase of your reader key"))

    def new_reader(self, kind: KeyKind) -> Reader:
        """Draws a reader key under a passphrase."""
        return self.keystore.create(kind, self.session.new_password(_("A passphrase for your reader key")))

    def reader(self) -> Reader:
        """One's reader key; a first one is made when there is none, so that keys can be kept."""
        if self.keystore.readers():
            return self.keystore.reader()
        made = self.new_reader(KeyKind.X25519)
        self.session.note(
            _("a reader key was made in {folder}: keep the folder and the passphrase").format(folder=self.folder)
        )
        return made

    def wallet_key(self, rotation: int, kind: KeyKind) -> Identity:
        """The reader key that who acts' signature gives in this mutual."""
        domain = fund_domain(self.session.endpoints.chain_id, self.session.fund_address)
        return wallet_identity(self.session.signer, domain, rotation, kind)

    def _from_wallet(self, reader: Reader) -> Identity:
        if reader.wallet != self.session.signer.address or reader.mutual != self.here:
            raise CommandError(
                _(
                    "reader key {number} comes from wallet {wallet} in the mutual {mutual}: act as that wallet there"
                ).format(number=reader.number, wallet=reader.wallet, mutual=reader.mutual)
            )
        return self.wallet_key(reader.rotation, reader.key.kind)

    def seat(self, panel: int, seat: int) -> Seat:
        """A seat of this mutual as the keystore names it."""
        return Seat(self.session.endpoints.chain_id, self.session.mutual.jury.address.lower(), panel, seat)

    # -- the stores

    def put(self, blob: Path | bytes, text: str) -> Report:
        """Puts a blob into every store, and notes where copies can be found from elsewhere."""
        size = len(blob) if isinstance(blob, bytes) else blob.stat().st_size
        with self.session.progress(text, size * len(self.stores.stores)) as show:
            done: dict[str, int] = {}

            def progress(store: str, count: int) -> None:
                done[store] = count
                show(sum(done.values()))

            report = self.stores.put(blob, progress=progress)
        if report.locations:
            write_private(self._locations(report.digest), "\n".join(report.locations).encode(), replacing=True)
        for outcome in report.failures:
            self.session.note(
                _("{store} did not take it ({why}); put it again later with `evidence put --repair`").format(
                    store=outcome.store, why=outcome.why
                )
            )
        return report

    def locations(self, digest: bytes) -> tuple[str, ...]:
        """Where copies of what was put from here can be found from elsewhere."""
        path = self._locations(digest)
        return tuple(path.read_text(encoding="utf-8").splitlines()) if path.exists() else ()

    def _locations(self, digest: bytes) -> Path:
        return self.folder / "locations" / digest.hex()

    @contextmanager
    def fetched(self, digest: bytes, hints: tuple[str, ...] = ()) -> Iterator[Path | None]:
        """A sealed document in a file for a while; None if no store has it."""
        with TemporaryDirectory(prefix="tongxin-") as folder:
            path = Path(folder) / "document.age"
            with self.session.progress(_("Fetching"), 0) as show:
                found = self.shelf.save(digest, path, hints, lambda _store, count: show(count))
            yield path if found else None

    def keep_manifest(self, manifest: Manifest) -> None:
        """Keeps what was granted to a panel, so that it can be put again."""
        write_private(self.folder / "manifests" / f"{manifest.digest.hex()}.json", manifest.to_bytes(), replacing=True)

    def manifests(self) -> list[bytes]:
        """The manifests kept."""
        return [path.read_bytes() for path in sorted((self.folder / "manifests").glob("*.json"))]

    # -- readers

    def recipient(self, text: str) -> Recipient:
        """Whom a text names: a recipient, or a member who announced a key.

        Raises:
            CommandError: The member announced none.
        """
        if not _WORD.fullmatch(text):
            return Recipient.parse(text)
        event = self.session.mutual.reader_key(bytes.fromhex(text[2:]))
        if event is None:
            raise CommandError(
                _("member {member} announced no reader key; ask them to run `tongxin evidence key announce`").format(
                    member=text
                )
            )
        return recipient_of(self.shelf, event.kind, event.public_key)

    def sweep(self) -> list[Seat]:
        """Destroys the keys of seats whose claims are closed (R-122)."""
        jury = self.session.mutual.jury.address.lower()
        chain_id = self.session.endpoints.chain_id
        gone: list[Seat] = []
        for seat in self.keystore.seats():
            if (seat.chain_id, seat.jury) == (chain_id, jury) and self.session.mutual.court.state(
                seat.panel // 8
            ).closed:
                self.keystore.destroy_seat(seat)
                gone.append(seat)
        if gone:
            self.session.note(_("keys of {count} seats of closed claims were destroyed").format(count=len(gone)))
        return gone
