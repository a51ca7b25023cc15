# SPDX-License-Identifier: AGPL-3.0-only
"""The owner's copies of the keys wrapped to others: who is interrupted goes on with the same, not with other hashes."""

from __future__ import annotations

from pathlib import Path

from tongxin.evidence.grants import wrap
from tongxin.evidence.keys import Identity, Recipient
from tongxin.evidence.keystore import KeystoreError, destroy_file, write_private

__all__ = ["Given"]


class Given:
    """Wrapped keys in `FOLDER/DOCUMENT/READER.age`, by the hashes of document and recipient.

    They open for their readers alone; here they allow to put them again into a store that lost them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def grant(self, document: bytes, key: Identity, reader: Recipient) -> bytes:
        """The document's key wrapped to a reader: the copy kept, or a new one, kept from now on.

        Raises:
            KeystoreError: It cannot be kept.
        """
        kept = self.find(document, reader.digest)
        if kept is not None:
            return kept
        made = wrap(key, reader)
        path = self._path(document, reader.digest)
        try:
            write_private(path, made, replacing=True)
        except OSError as error:
            raise KeystoreError(f"{path} cannot be written: {error.strerror}") from error
        return made

    def find(self, document: bytes, reader: bytes) -> bytes | None:
        """The copy for a reader, or None."""
        path = self._path(document, reader)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeystoreError(f"{path} cannot be read: {error.strerror}") from error

    def of(self, document: bytes) -> dict[bytes, bytes]:
        """All copies for a document, by the hash of the reader's recipient."""
        folder = self.folder / document.hex()
        if not folder.is_dir():
            return {}
        return {bytes.fromhex(path.stem): path.read_bytes() for path in sorted(folder.glob("*.age"))}

    def destroy(self, document: bytes, reader: bytes) -> bool:
        """Destroys the copy for a reader; False when there was none."""
        path = self._path(document, reader)
        if not path.exists():
            return False
        destroy_file(path)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
        return True

    def _path(self, document: bytes, reader: bytes) -> Path:
        return self.folder / document.hex() / f"{reader.hex()}.age"
