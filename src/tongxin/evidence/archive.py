# SPDX-License-Identifier: AGPL-3.0-only
"""What is inside a document: a tar archive of plain files, padded with zeros (R-120).

Written so that it says nothing but names and contents. Read with distrust: whoever filed a claim made it, and somebody
else opens it. Only regular files are taken, under a clean name of our own making, within limits; nothing is created
but what the caller's `receive` creates.
"""

from __future__ import annotations

import io
import re
import tarfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import PurePosixPath
from typing import Protocol

from tongxin.evidence.errors import ArchiveError, SealError
from tongxin.evidence.padding import padded
from tongxin.evidence.stream import Source

__all__ = ["Limits", "Member", "Names", "Pack", "Sink", "Unpacker", "clean_name"]

_BLOCK = 512
_READ = 1 << 18
_MODE = 0o600
_TIME = 1  # tar warns of files from time 0
_MOST_NAME_BYTES = 200
_MOST_SUFFIX_BYTES = 20
_MOST_EXTENDED_BYTES = 1 << 16
_MOST_SIZE_DIGITS = 18
_FORBIDDEN = frozenset('/\\:*?"<>|\x7f')
_RECORD = re.compile(rb"([1-9][0-9]{0,5}) ")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)  # on Windows
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True)
class Member:
    """A file that goes into an archive.

    Attributes:
        name: Its name; it is cleaned by `clean_name`.
        size: Its length in bytes.
        open: Opens it for reading.
    """

    name: str
    size: int
    open: Callable[[], AbstractContextManager[Source]]


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold before it is refused.

    Attributes:
        files: Number of files.
        size: Bytes of all of them.
    """

    files: int = 1000
    size: int = 1 << 40


class Sink(Protocol):
    """What contents are written to."""

    def write(self, block: memoryview, /) -> object:
        """Takes some bytes."""

    def close(self) -> None:
        """Takes note that all have come."""


class Pack:
    """An archive to read from: made while it is read, never whole in memory or on disk.

    Attributes:
        names: The members' names as they stand in it.
        size: Its length in bytes, padding included.
    """

    def __init__(self, members: Sequence[Member], progress: Callable[[int, int], None] | None = None) -> None:
        distinct = Names()
        self.names = [distinct.take(clean_name(member.name)) for member in members]
        self._headers = [_header(name, member.size) for name, member in zip(self.names, members, strict=True)]
        self._members = members
        length = sum(
            len(header) + _whole_blocks(member.size) for header, member in zip(self._headers, members, strict=True)
        )
        self.size = padded(length + 2 * _BLOCK)
        self._progress = progress
        self._given = 0
        self._part: Source = io.BytesIO()
        self._parts = self._produce()

    def readinto(self, buffer: memoryview, /) -> int:
        """Fills the buffer or its beginning with what comes next; says how far. Nothing at the end.

        Raises:
            SealError: A member is longer or shorter than was said.
        """
        while not (length := self._part.readinto(buffer)):
            following = next(self._parts, None)
            if following is None:
                return 0
            self._part = following
        self._given += length
        if self._progress:
            self._progress(self._given, self.size)
        return length

    def _produce(self) -> Iterator[Source]:
        made = 0
        for header, member in zip(self._headers, self._members, strict=True):
            yield io.BytesIO(header)
            with member.open() as file:
                yield _Contents(member, file)
            yield io.BytesIO(bytes(-member.size % _BLOCK))
            made += len(header) + _whole_blocks(member.size)
        while made < self.size:
            zeros = min(_READ, self.size - made)
            yield io.BytesIO(bytes(zeros))
            made += zeros


class _Contents:
    """A member's contents, of the length that was said."""

    def __init__(self, member: Member, file: Source) -> None:
        self._name = member.name
        self._left = member.size
        self._file = file

    def readinto(self, buffer: memoryview, /) -> int:
        length = self._file.readinto(buffer[: self._left + 1]) or 0
        if length > self._left:
            raise SealError(f"{self._name} became longer while it was sealed; seal it again when it is at rest")
        self._left -= length
        if self._left and not length:
            raise SealError(f"{self._name} became shorter while it was sealed; seal it again when it is at rest")
        return length


class _State(Enum):
    HEADER = auto()
    EXTENDED = auto()
    CONTENTS = auto()
    FILL = auto()
    END = auto()


class Unpacker:
    """Takes an archive block by block, as it is decrypted.

    `receive(name, size)` is called for each file, with the cleaned name, and gives what its contents are written to.

    Attributes:
        names: The cleaned names so far.
    """

    def __init__(self, receive: Callable[[str, int], Sink], limits: Limits) -> None:
        self.names: list[str] = []
        self._receive = receive
        self._limits = limits
        self._distinct = Names()
        self._total = 0
        self._state = _State.HEADER
        self._gathered = bytearray()
        self._wanted = _BLOCK
        self._fill = 0
        self._extended_kind = b""
        self._long_name: str | None = None
        self._long_size: int | None = None
        self._sink: Sink | None = None

    def write(self, block: memoryview, /) -> None:
        """Takes what comes next.

        Raises:
            ArchiveError: It is no archive of plain files, or goes beyond the limits.
        """
        rest = block
        while rest:
            if self._state is _State.END:
                if rest != bytes(len(rest)):
                    raise ArchiveError("this document holds something behind the end of its archive")
                break
            taken, rest = rest[: self._wanted], rest[self._wanted :]
            self._wanted -= len(taken)
            if self._sink is not None:
                self._sink.write(taken)
            elif self._state is not _State.FILL:
                self._gathered += taken
            if not self._wanted:
                self._next()

    def finish(self) -> None:
        """To be called when all was written.

        Raises:
            ArchiveError: The archive ended too early.
        """
        if self._state is not _State.END:
            raise ArchiveError("what was sealed is no whole tar archive")

    def abandon(self) -> None:
        """Closes what is being written, after an error."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def _next(self) -> None:
        """What comes after the part that is complete now."""
        gathered, self._gathered = bytes(self._gathered), bytearray()
        if self._state is _State.HEADER:
            self._begin(gathered)
        elif self._state is _State.EXTENDED:
            self._extend(gathered)
            self._expect_fill()
        elif self._sink is not None:
            self._sink.close()
            self._sink = None
            self._expect_fill()
        else:
            self._state, self._wanted = _State.HEADER, _BLOCK

    def _begin(self, header: bytes) -> None:
        if not any(header):
            if self._long_name is not None or self._long_size is not None:
                raise ArchiveError("what was sealed is no whole tar archive")
            self._state = _State.END
            return
        try:
            entry = tarfile.TarInfo.frombuf(header, "utf-8", "replace")
        except (tarfile.HeaderError, ValueError) as error:
            raise ArchiveError("what was sealed is no tar archive") from error
        if entry.type in {tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME}:
            if not 0 < entry.size <= _MOST_EXTENDED_BYTES:
                raise ArchiveError("this document's archive holds a name that is too long")
            self._extended_kind = entry.type
            self._state, self._wanted, self._fill = _State.EXTENDED, entry.size, -entry.size % _BLOCK
            return
        if entry.type not in {tarfile.REGTYPE, tarfile.AREGTYPE}:
            raise ArchiveError(
                "this document's archive holds something other than plain files (a folder, link or device)"
            )
        self._begin_file(entry)

    def _begin_file(self, entry: tarfile.TarInfo) -> None:
        name = entry.name if self._long_name is None else self._long_name
        size = entry.size if self._long_size is None else self._long_size
        self._long_name = self._long_size = None
        self._total += size
        if size < 0 or self._total > self._limits.size:
            raise ArchiveError(f"this document holds more than the {self._limits.size} bytes that are allowed here")
        if len(self.names) >= self._limits.files:
            raise ArchiveError(f"this document holds more than the {self._limits.files} files that are allowed here")
        self.names.append(self._distinct.take(clean_name(_flat(name))))
        self._sink = self._receive(self.names[-1], size)
        self._state, self._wanted, self._fill = _State.CONTENTS, size, -size % _BLOCK
        if not size:
            self._next()

    def _expect_fill(self) -> None:
        self._state, self._wanted = _State.FILL, self._fill
        if not self._fill:
            self._next()

    def _extend(self, gathered: bytes) -> None:
        try:
            if self._extended_kind == tarfile.GNUTYPE_LONGNAME:
                self._long_name = gathered.rstrip(b"\0").decode()
                return
            for key, told in _records(gathered):
                if key == "path":
                    self._long_name = told.decode()
                elif key == "size":
                    self._long_size = _size(told)
                elif key.startswith("GNU.sparse"):
                    raise ArchiveError("this document's archive holds a sparse file, which is not opened here")
        except UnicodeDecodeError as error:
            raise ArchiveError("this document's archive holds a name that is not UTF-8") from error


def clean_name(name: str) -> str:
    """A file name that is safe on every system: the same text, but for what could do harm or deceive.

    Control characters and those with a meaning in paths become `_`, invisible formatting (such as a change of the
    direction of writing) goes, and so do dots at the beginning, dots and spaces at the end. At most 200 bytes.
    """
    kept = []
    for character in unicodedata.normalize("NFC", name):
        category = unicodedata.category(character)
        if category == "Cf":
            continue
        kept.append("_" if character in _FORBIDDEN or category in {"Cc", "Cs", "Zl", "Zp"} else character)
    text = "".join(kept).strip().lstrip(".").rstrip(". ")
    text = "_" + text[1:] if text.startswith(("-", "~")) else text
    if _RESERVED.match(text):
        text = f"_{text}"
    return _shortened(text) or "file"


class Names:
    """Makes names distinct: one that comes again, whether in upper or lower case, is numbered."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def take(self, name: str) -> str:
        """The name, or the name with the first number that is free."""
        stem, suffix = _split(name)
        candidate, number = name, 1
        while candidate.casefold() in self._seen:
            number += 1
            candidate = f"{stem} ({number}){suffix}"
        self._seen.add(candidate.casefold())
        return candidate


def _split(name: str) -> tuple[str, str]:
    """What stands before the suffix, and the suffix; an overlong one counts as none."""
    suffix = PurePosixPath(name).suffix
    if not suffix or len(suffix.encode()) > _MOST_SUFFIX_BYTES:
        return name, ""
    return name[: -len(suffix)], suffix


def _shortened(name: str) -> str:
    stem, suffix = _split(name)
    room = _MOST_NAME_BYTES - len(suffix.encode())
    return stem.encode()[:room].decode(errors="ignore") + suffix


def _flat(name: str) -> str:
    """The name without folders, which become part of it."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or _DRIVE.match(name):
        raise ArchiveError("this document's archive holds a name that points outside of it")
    return "_".join(part for part in parts if part not in {"", "."})


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, _MODE, _TIME
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def _records(text: bytes) -> Iterator[tuple[str, bytes]]:
    """The records of an extended header (POSIX pax: length, space, key, =, text, line feed)."""
    at = 0
    while at < len(text):
        length = _RECORD.match(text, at)
        record = text[length.end() : at + int(length[1])] if length else b""
        key, equals, told = record[:-1].partition(b"=")
        if not length or not equals or not record.endswith(b"\n") or at + int(length[1]) > len(text):
            raise ArchiveError("what was sealed is no tar archive")
        yield key.decode(), told
        at += int(length[1])


def _size(told: bytes) -> int:
    if not told.isdigit() or len(told) > _MOST_SIZE_DIGITS:
        raise ArchiveError("what was sealed is no tar archive")
    return int(told)


def _whole_blocks(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
