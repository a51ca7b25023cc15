# SPDX-License-Identifier: AGPL-3.0-only
"""The keystore: a person's own reader keys, and the document and seat keys that only they may use.

| file | what it is |
|---|---|
| `reader-N.json` | what may be known of reader key N: recipient, origin, where it was announced |
| `reader-N.age` | its identity under the passphrase (scrypt); none when a wallet's signature gives it |
| `documents/HASH.N.age` | the key of the document with that hash, sealed to reader key N |
| `seats/CHAIN-JURY-PANEL-SEAT.N.age` | the key of a juror's seat (R-122), sealed to reader key N |

The highest N is in use, the others are kept to read what was granted to them. Keeping a key needs no passphrase, using
one does. A key is destroyed by overwriting its file, flushing it, unlinking it and flushing the folder; a disk that
remaps blocks, a snapshot or a backup may still have what was there before, sealed as it was.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Self

from tongxin.evidence import age
from tongxin.evidence.errors import EvidenceError
from tongxin.evidence.keys import Identity, KeyKind, Recipient

__all__ = ["Keystore", "KeystoreError", "NoReaderKeyError", "Reader", "ReaderKeyShutError", "Seat"]

_READER: Final = re.compile(r"reader-([1-9][0-9]*)\.(?:json|age)")
_ENTRY: Final = re.compile(r"(.+)\.([1-9][0-9]*)\.age")
_SEAT: Final = re.compile(r"([0-9]+)-(0x[0-9a-f]{40})-([0-9]+)-([0-9]+)")


class KeystoreError(EvidenceError):
    """A key cannot be kept, found or opened."""


class ReaderKeyShutError(KeystoreError):
    """A reader key does not open: the passphrase is wrong, or the wallet gives another key."""


class NoReaderKeyError(KeystoreError):
    """There is no reader key yet, under which others could be kept."""

    def __init__(self) -> None:
        super().__init__("you have no reader key yet; make one: tongxin evidence key new")


@dataclass(frozen=True)
class Reader:
    """What everybody may know of an own reader key.

    Attributes:
        number: 1 for the first, one more with each rotation.
        recipient: Its public key, as text.
        wallet: The wallet whose signature gives it; None when it lies under the passphrase.
        rotation: The number signed by the wallet; 0 without a wallet.
        mutual: The mutual named in what the wallet signs, as `chain id:address` of its Fund; empty without a wallet.
        announced: Funds of the mutuals in which it was announced, as `chain id:address`.
    """

    number: int
    recipient: str
    wallet: str | None = None
    rotation: int = 0
    mutual: str = ""
    announced: tuple[str, ...] = ()

    @property
    def key(self) -> Recipient:
        """The public key itself."""
        return Recipient.parse(self.recipient)


@dataclass(frozen=True)
class Seat:
    """Which seat a juror's key is for; `jury` is the Jury's address, `panel` the panel's key (docs/spec/court.md)."""

    chain_id: int
    jury: str
    panel: int
    seat: int

    @property
    def name(self) -> str:
        """As its file is called."""
        return f"{self.chain_id}-{self.jury.lower()}-{self.panel}-{self.seat}"

    @classmethod
    def of_name(cls, name: str) -> Self | None:
        """The seat of a file's name, or None."""
        found = _SEAT.fullmatch(name)
        if found is None:
            return None
        chain_id, jury, panel, seat = found.groups()
        return cls(int(chain_id), jury, int(panel), int(seat))


class Keystore:
    """One person's keys in one folder.

    Args:
        folder: Where it lies; it is made with the first key, for its owner only.
        passphrase: Asked when a key must be opened.
        from_wallet: Gives the identity of a reader key that comes from a wallet's signature.
    """

    def __init__(
        self, folder: Path, passphrase: Callable[[], str], from_wallet: Callable[[Reader], Identity] | None = None
    ) -> None:
        self.folder = folder
        self._passphrase = passphrase
        self._from_wallet = from_wallet
        self._opened: dict[int, Identity] = {}

    # -- own reader keys

    def readers(self) -> tuple[Reader, ...]:
        """The reader keys, oldest first.

        Raises:
            KeystoreError: One of their files is damaged.
        """
        numbers = sorted(number for number in self._numbers() if self._public(number).exists())
        return tuple(self._read(number) for number in numbers)

    def reader(self) -> Reader:
        """The reader key in use.

        Raises:
            NoReaderKeyError: There is none.
        """
        found = self.readers()
        if not found:
            raise NoReaderKeyError
        return found[-1]

    def create(self, kind: KeyKind, passphrase: str) -> Reader:
        """Draws a new reader key, in use from now on; its identity goes under a passphrase.

        Raises:
            KeystoreError: The passphrase is empty, or the files cannot be written.
        """
        identity = Identity.generate(kind)
        if not passphrase:
            raise KeystoreError("a reader key needs a passphrase")
        number = max(self._numbers(), default=0) + 1
        sealed = age.encrypt_bytes_with_passphrase(_line(identity), passphrase)
        self._write(self._secret(number), sealed)
        return self._add(Reader(number, identity.recipient.text), identity)

    def create_from_wallet(self, identity: Identity, *, wallet: str, rotation: int, mutual: str) -> Reader:
        """Notes a reader key that a wallet's signature gives; the signature is asked for again at each use.

        Raises:
            KeystoreError: The key was noted before, or the file cannot be written.
        """
        if any(item.recipient == identity.recipient.text for item in self.readers()):
            raise KeystoreError(
                f"the key of rotation {rotation} of this wallet is in the keystore already; name a higher rotation"
            )
        number = max(self._numbers(), default=0) + 1
        return self._add(Reader(number, identity.recipient.text, wallet, rotation, mutual), identity)

    def identity(self, reader: Reader) -> Identity:
        """Opens a reader key.

        Raises:
            KeystoreError: The passphrase is wrong, the file is damaged, or the wallet gives another key.
        """
        known = self._opened.get(reader.number)
        if known is not None:
            return known
        identity = self._open_reader(reader)
        if identity.recipient.text != reader.recipient:
            raise ReaderKeyShutError(
                f"what opens is not reader key {reader.number}: another file or wallet was put there"
            )
        self._opened[reader.number] = identity
        return identity

    def note_announced(self, reader: Reader, mutual: str) -> Reader:
        """Writes down that a reader key was announced in a mutual, by `chain id:address` of its Fund."""
        if mutual in reader.announced:
            return reader
        noted = replace(reader, announced=(*reader.announced, mutual))
        self._write(self._public(noted.number), _public_bytes(noted), replacing=True)
        return noted

    def unfinished(self) -> bool:
        """Whether kept keys are sealed to an older reader key than the one in use."""
        newest = self.reader().number
        return any(number != newest for _path, _stem, number in self._entries())

    def rewrap(self, progress: Callable[[int, int], None] | None = None) -> tuple[int, int]:
        """Seals all kept keys to the reader key in use.

        Args:
            progress: Told how many are done and how many there are.

        Returns:
            How many were sealed to it now, and how many are still sealed to an older one that does not open.
        """
        newest = self.reader().number
        old = [(path, stem, number) for path, stem, number in self._entries() if number != newest]
        shut: set[int] = set()
        left = 0
        for done, (path, stem, number) in enumerate(old, 1):
            try:
                identity = None if number in shut else self._take(path, number)
            except ReaderKeyShutError:
                shut.add(number)
                identity = None
            if identity is None:
                left += 1
            else:
                if not self._entry(path.parent, stem, newest).exists():
                    self._keep(path.parent, stem, identity)
                destroy_file(path)
            if progress is not None:
                progress(done, len(old))
        return len(old) - left, left

    def destroy_older_readers(self) -> tuple[Reader, ...]:
        """Destroys all reader keys but the one in use: what was granted to them alone can no longer be read.

        Raises:
            KeystoreError: A kept key is still sealed to one of them (see `rewrap`).
        """
        *older, _newest = self.readers() or (self.reader(),)
        if self.unfinished():
            raise KeystoreError("keys are still sealed to an older reader key; rotate with its passphrase first")
        for item in older:
            for path in (self._secret(item.number), self._public(item.number)):
                if path.exists():
                    destroy_file(path)
            self._opened.pop(item.number, None)
        return tuple(older)

    # -- documents

    def keep_document(self, digest: bytes, key: Identity) -> None:
        """Keeps the key of a document.

        Raises:
            NoReaderKeyError: There is no reader key to seal it to.
            KeystoreError: It cannot be written.
        """
        self._keep(self.folder / "documents", digest.hex(), key)

    def documents(self) -> tuple[bytes, ...]:
        """The hashes of the documents whose keys are kept."""
        stems = {stem for path, stem, _number in self._entries() if path.parent.name == "documents"}
        return tuple(sorted(bytes.fromhex(stem) for stem in stems if len(stem) == 64))

    def document(self, digest: bytes) -> Identity | None:
        """The key of a document, or None.

        Raises:
            KeystoreError: It is there and does not open.
        """
        return self._find(self.folder / "documents", digest.hex())

    def destroy_document(self, digest: bytes) -> bool:
        """Destroys the key of a document; False when there was none."""
        return self._destroy(self.folder / "documents", digest.hex())

    # -- seats

    def keep_seat(self, seat: Seat, key: Identity) -> None:
        """Keeps the key of a juror's seat; raises as `keep_document`."""
        self._keep(self.folder / "seats", seat.name, key)

    def seats(self) -> tuple[Seat, ...]:
        """The seats whose keys are kept."""
        found = (Seat.of_name(stem) for path, stem, _number in self._entries() if path.parent.name == "seats")
        return tuple(sorted({item for item in found if item is not None}, key=lambda item: item.name))

    def seat(self, seat: Seat) -> Identity | None:
        """The key of a seat, or None; raises as `document`."""
        return self._find(self.folder / "seats", seat.name)

    def destroy_seat(self, seat: Seat) -> bool:
        """Destroys the key of a seat; False when there was none."""
        return self._destroy(self.folder / "seats", seat.name)

    # -- files

    def _numbers(self) -> set[int]:
        if not self.folder.is_dir():
            return set()
        found = (_READER.fullmatch(path.name) for path in self.folder.iterdir())
        return {int(item[1]) for item in found if item is not None}

    def _public(self, number: int) -> Path:
        return self.folder / f"reader-{number}.json"

    def _secret(self, number: int) -> Path:
        return self.folder / f"reader-{number}.age"

    def _read(self, number: int) -> Reader:
        path = self._public(number)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            content["announced"] = tuple(content["announced"])
            reader = Reader(**content)
            Recipient.parse(reader.recipient)
        except (OSError, ValueError, TypeError, KeyError, EvidenceError) as error:
            raise KeystoreError(f"{path} cannot be read or is damaged: {error}") from error
        return reader

    def _add(self, reader: Reader, identity: Identity) -> Reader:
        self._write(self._public(reader.number), _public_bytes(reader))
        self._opened[reader.number] = identity
        return reader

    def _open_reader(self, reader: Reader) -> Identity:
        if reader.wallet is not None:
            if self._from_wallet is None:
                raise ReaderKeyShutError(f"reader key {reader.number} needs the signature of wallet {reader.wallet}")
            return self._from_wallet(reader)
        path = self._secret(reader.number)
        try:
            sealed = path.read_bytes()
        except OSError as error:
            raise KeystoreError(f"the reader key {path} cannot be read: {error.strerror}") from error
        try:
            text = age.decrypt_bytes_with_passphrase(sealed, self._passphrase())
        except EvidenceError as error:
            raise ReaderKeyShutError(
                f"the passphrase does not open the reader key {path}; if it is lost, make a new key: "
                "tongxin evidence key new --lost"
            ) from error
        return Identity.parse(text.decode("ascii"))

    def _entries(self) -> Iterator[tuple[Path, str, int]]:
        for folder in (self.folder / "documents", self.folder / "seats"):
            if folder.is_dir():
                for path in sorted(folder.iterdir()):
                    found = _ENTRY.fullmatch(path.name)
                    if found is not None:
                        yield path, found[1], int(found[2])

    def _entry(self, folder: Path, stem: str, number: int) -> Path:
        return folder / f"{stem}.{number}.age"

    def _keep(self, folder: Path, stem: str, key: Identity) -> None:
        reader = self.reader()
        self._write(self._entry(folder, stem, reader.number), age.encrypt_bytes(_line(key), reader.key), replacing=True)

    def _of(self, folder: Path, stem: str) -> list[tuple[Path, int]]:
        """The files of one key, those of the newest reader key first."""
        found = [(path, number) for path, name, number in self._entries() if (path.parent, name) == (folder, stem)]
        return sorted(found, key=lambda item: -item[1])

    def _find(self, folder: Path, stem: str) -> Identity | None:
        found = self._of(folder, stem)
        return self._take(*found[0]) if found else None

    def _take(self, path: Path, number: int) -> Identity:
        if not self._public(number).exists():
            raise ReaderKeyShutError(f"{path} is sealed to reader key {number}, which is not here any more")
        identity = self.identity(self._read(number))
        try:
            return Identity.parse(age.decrypt_bytes(path.read_bytes(), identity).decode("ascii"))
        except OSError as error:
            raise KeystoreError(f"{path} cannot be read: {error.strerror}") from error
        except (EvidenceError, UnicodeDecodeError) as error:
            raise KeystoreError(f"{path} is damaged: {error}") from error

    def _destroy(self, folder: Path, stem: str) -> bool:
        found = self._of(folder, stem)
        for path, _number in found:
            destroy_file(path)
        return bool(found)

    def _write(self, path: Path, content: bytes, *, replacing: bool = False) -> None:
        try:
            write_private(path, content, replacing=replacing)
        except OSError as error:
            raise KeystoreError(f"{path} cannot be written: {error.strerror}") from error


def write_private(path: Path, content: bytes, *, replacing: bool = False) -> None:
    """Writes a file that only its owner can read; it is whole and on the disk when this returns.

    Raises:
        FileExistsError: It exists and is not to be replaced.
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replacing:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)


def destroy_file(path: Path) -> None:
    """Overwrites a file with zeros, flushes, unlinks it and flushes its folder.

    Raises:
        KeystoreError: It cannot be done; the file may still be there.
    """
    try:
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        _flush_folder(path.parent)
    except OSError as error:
        raise KeystoreError(f"{path} cannot be destroyed: {error.strerror}") from error


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line(identity: Identity) -> bytes:
    return identity.text.encode("ascii") + b"\n"


def _public_bytes(reader: Reader) -> bytes:
    return json.dumps(asdict(reader), indent=1).encode() + b"\n"
