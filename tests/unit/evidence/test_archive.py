# SPDX-License-Identifier: AGPL-3.0-only
"""The archive inside a document: what we write, and what of other people's we take."""

from __future__ import annotations

import contextlib
import io
import tarfile
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxin.evidence.archive import Limits, Member, Names, Pack, Unpacker, clean_name
from tongxin.evidence.errors import ArchiveError, SealError
from tongxin.evidence.padding import padded


class Kept(io.BytesIO):
    def close(self) -> None:
        self.whole = self.getvalue()


def member(name: str, data: bytes) -> Member:
    return Member(name, len(data), lambda: io.BytesIO(data))


def packed(files: dict[str, bytes]) -> bytes:
    pack = Pack([member(name, data) for name, data in files.items()])
    return read(pack)


def read(pack: Pack, size: int = 10_000) -> bytes:
    buffer, whole = memoryview(bytearray(size)), b""
    while length := pack.readinto(buffer):
        whole += buffer[:length]
    return whole


def unpacked(archive: bytes, limits: Limits | None = None, block: int = 8192) -> dict[str, bytes]:
    kept: dict[str, Kept] = {}

    def receive(name: str, _size: int) -> Kept:
        assert name not in kept
        kept[name] = Kept()
        return kept[name]

    unpacker = Unpacker(receive, limits or Limits())
    for at in range(0, len(archive), block):
        unpacker.write(memoryview(archive)[at : at + block])
    unpacker.finish()
    assert unpacker.names == list(kept)
    return {name: sink.whole for name, sink in kept.items()}


def by_tar(entries: list[tuple[tarfile.TarInfo, bytes]], kind: int = tarfile.PAX_FORMAT) -> bytes:
    """What another program writes."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=kind) as tar:
        for entry, data in entries:
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return sink.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
files = st.dictionaries(names, st.binary(max_size=2000), min_size=1, max_size=5)


@given(files, st.integers(1, 70_000))
def test_what_is_packed_is_unpacked(files: dict[str, bytes], block: int) -> None:
    assert list(unpacked(packed(files), block=block).values()) == list(files.values())


@given(files)
@settings(max_examples=50)
def test_tar_reads_what_we_pack(files: dict[str, bytes]) -> None:
    with tarfile.open(fileobj=io.BytesIO(packed(files))) as tar:
        entries = tar.getmembers()
        contents = [tar.extractfile(info) for info in entries]
        assert [file.read() for file in contents if file] == list(files.values())
    for info in entries:
        assert (info.uid, info.gid, info.uname, info.gname, info.mtime, info.mode) == (0, 0, "", "", 1, 0o600)
        assert info.name == clean_name(info.name)


@given(st.lists(st.integers(0, 200_000), min_size=1, max_size=4))
@settings(max_examples=30)
def test_an_archive_has_the_padded_length(sizes: list[int]) -> None:
    pack = Pack([member(f"{place}.pdf", bytes(size)) for place, size in enumerate(sizes)])
    told: list[tuple[int, int]] = []
    pack._progress = lambda done, total: told.append((done, total))
    length = len(read(pack, 100_000))
    raw = sum(512 + -(-size // 512) * 512 for size in sizes) + 1024
    assert length == pack.size == padded(raw)
    assert told[-1] == (length, length)


@pytest.mark.parametrize("said", [99, 101])
def test_a_member_whose_length_is_not_as_said_is_an_error(said: int) -> None:
    pack = Pack([Member("x.pdf", said, lambda: io.BytesIO(bytes(100)))])
    with pytest.raises(SealError, match="while it was sealed"):
        read(pack)


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_what_tar_packs_is_unpacked(kind: int) -> None:
    long = "x" * 90 + ".pdf"
    archive = by_tar([(entry(long), b"1"), (entry("./b.pdf"), bytes(600)), (entry("c"), b"")], kind)
    assert unpacked(archive) == {long: b"1", "b.pdf": bytes(600), "c": b""}


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_and_those_in_chinese_are_kept(kind: int) -> None:
    name = "出院记录" * 12 + ".pdf"
    assert unpacked(by_tar([(entry(name), b"1")], kind)) == {name: b"1"}


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/passwd", "..", "a/..", "..\\x", "C:\\x", "c:x", "\\\\server\\x", "a/../b"]
)
@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_a_name_that_points_outside_is_refused(name: str, kind: int) -> None:
    with pytest.raises(ArchiveError, match="outside"):
        unpacked(by_tar([(entry(name), b"1")], kind))


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"S", b"Z"],
)
def test_anything_but_a_plain_file_is_refused(kind: bytes) -> None:
    with pytest.raises(ArchiveError, match="plain files"):
        unpacked(by_tar([(entry("x", kind, "/etc/passwd"), b"")]))


def test_a_folder_in_the_guise_of_a_file_is_refused() -> None:
    with pytest.raises(ArchiveError, match="plain files"):
        unpacked(by_tar([(entry("x/", tarfile.AREGTYPE), b"")]))


def test_a_sparse_file_is_refused() -> None:
    sparse = entry("x")
    sparse.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    with pytest.raises(ArchiveError, match="sparse"):
        unpacked(by_tar([(sparse, b"1")]))


def test_names_of_folders_become_part_of_the_name() -> None:
    assert unpacked(by_tar([(entry("a/b.pdf"), b"1"), (entry("a_b.pdf"), b"2")])) == {
        "a_b.pdf": b"1",
        "a_b (2).pdf": b"2",
    }


def test_names_that_differ_in_case_alone_are_numbered() -> None:
    archive = by_tar([(entry("Scan.PDF"), b"1"), (entry("scan.pdf"), b"2"), (entry("scan.pdf"), b"3")])
    assert list(unpacked(archive)) == ["Scan.PDF", "scan (2).pdf", "scan (3).pdf"]
    archive = by_tar([(entry("scan.pdf"), b"1"), (entry("Scan.PDF"), b"2")])
    assert list(unpacked(archive)) == ["scan.pdf", "Scan (2).PDF"]


def test_limits_hold() -> None:
    archive = by_tar([(entry(str(number)), bytes(100)) for number in range(5)])
    assert len(unpacked(archive, Limits(files=5, size=500))) == 5
    with pytest.raises(ArchiveError, match="4 files"):
        unpacked(archive, Limits(files=4))
    with pytest.raises(ArchiveError, match="499 bytes"):
        unpacked(archive, Limits(size=499))


@pytest.mark.parametrize("size", [-1, -(1 << 40)])
def test_a_negative_size_is_refused(size: int) -> None:
    info = entry("x")
    info.size = size
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    with pytest.raises(ArchiveError):
        unpacked(bytes(header) + bytes(1024))


@pytest.mark.parametrize("told", [b"-1", b"1" * 19, b"0x10", b"", "٣".encode()])
def test_a_size_that_is_no_number_is_refused(told: bytes) -> None:
    with pytest.raises(ArchiveError):
        unpacked(extended(b"size", told) + by_tar([(entry("x"), b"1")]))


def extended(key: bytes, told: bytes, length: int | None = None) -> bytes:
    """A pax header with one record."""
    record = b" " + key + b"=" + told + b"\n"
    length = length or next(n for n in range(1000) if n == len(str(n)) + len(record))
    record = str(length).encode() + record
    info = entry("x", tarfile.XHDTYPE)
    info.size = len(record)
    return info.tobuf(tarfile.USTAR_FORMAT) + record.ljust(-(-len(record) // 512) * 512, b"\0")


@pytest.mark.parametrize("length", [1, 5, 500])
def test_a_record_of_wrong_length_is_refused(length: int) -> None:
    with pytest.raises(ArchiveError):
        unpacked(extended(b"path", b"y", length) + by_tar([(entry("x"), b"1")]))


def test_a_name_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(ArchiveError):
        unpacked(extended(b"path", b"\xff\xfe") + by_tar([(entry("x"), b"1")]))


def test_a_huge_extended_header_is_refused_before_it_is_read() -> None:
    info = entry("x", tarfile.XHDTYPE)
    info.size = 1 << 30
    with pytest.raises(ArchiveError, match="too long"):
        unpacked(info.tobuf(tarfile.USTAR_FORMAT))


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        bytes(512)[:100],
        b"%PDF-1.7".ljust(70_000),
        by_tar([(entry("x"), bytes(600))])[:1024],
        extended(b"path", b"y"),
    ],
)
def test_what_is_no_whole_archive_is_refused(archive: bytes) -> None:
    with pytest.raises(ArchiveError):
        unpacked(archive)


def test_nothing_may_hide_behind_the_end() -> None:
    with pytest.raises(ArchiveError, match="behind the end"):
        unpacked(packed({"x": b"1"})[:-1] + b"!")


@given(st.binary(min_size=1, max_size=4), st.integers(0, 3000))
@settings(max_examples=200)
def test_a_mangled_archive_is_refused_or_unpacked_but_never_more(junk: bytes, at: int) -> None:
    archive = bytearray(by_tar([(entry("出院.pdf"), bytes(700)), (entry("b"), b"1")]))
    archive[at : at + len(junk)] = junk
    with contextlib.suppress(ArchiveError):
        assert all(clean_name(name) == name for name in unpacked(bytes(archive)))


@given(st.text(max_size=300))
@settings(max_examples=500)
def test_a_clean_name_can_do_no_harm(name: str) -> None:
    clean = clean_name(name)
    assert clean
    assert len(clean.encode()) <= 201
    assert not set(clean) & set('/\\:*?"<>|\0')
    assert clean[0] not in ".-~ "
    assert clean[-1] not in ". "
    assert all(unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in clean)
    assert clean_name(clean) == clean


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("出院小结·复印件.pdf", "出院小结·复印件.pdf"),
        ("Müller.pdf", "Müller.pdf"),
        ("scan 1.pdf", "scan 1.pdf"),
        ("-rf", "_rf"),
        (".bashrc", "bashrc"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\nb\x1b[31m.pdf", "a_b_[31m.pdf"),
        ("病" * 100 + ".pdf", "病" * 65 + ".pdf"),
        ("", "file"),
        ("...", "file"),
        ("a\udcffb", "a_b"),
    ],
)
def test_readable_names_stay_and_others_are_mended(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_many_equal_names_are_told_apart() -> None:
    distinct = Names()
    assert len({distinct.take("a.pdf").casefold() for _ in range(1000)}) == 1000
