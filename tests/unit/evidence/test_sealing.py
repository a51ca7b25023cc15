# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import hashlib
import io
import os
import resource
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tongxin.evidence import age, sealing
from tongxin.evidence.archive import Limits
from tongxin.evidence.errors import ArchiveError, DamagedError, OpenError, SealError, WrongKeyError
from tongxin.evidence.keys import Identity, KeyKind
from tongxin.evidence.sealing import Sealed, check_document, open_document, seal

KEY = Identity.generate(KeyKind.X25519)
LENGTHS = [0, 1, 511, 512, 65535, 65536, 65537, 300_000]


@pytest.fixture
def scans(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "mine"
    folder.mkdir()
    paths = []
    for length in LENGTHS:
        paths.append(folder / f"病历 {length}.pdf")
        paths[-1].write_bytes(os.urandom(length))
    return paths


@pytest.fixture
def sealed(scans: list[Path], tmp_path: Path) -> Sealed:
    return seal(scans, tmp_path / "out" / "document.age", identity=KEY)


@pytest.mark.parametrize("kind", KeyKind)
def test_what_was_sealed_is_opened(scans: list[Path], tmp_path: Path, kind: KeyKind) -> None:
    key = Identity.generate(kind)
    use = {"event-use.json": b"{}"}
    sealed = seal(scans, tmp_path / "out" / "document.age", identity=key, extra=use)
    opened = open_document(sealed.path, key, tmp_path / "read", digest=sealed.digest)
    assert [path.name for path in opened] == [*(path.name for path in scans), "event-use.json"]
    assert [path.read_bytes() for path in opened] == [*(path.read_bytes() for path in scans), b"{}"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in opened)
    assert sorted((tmp_path / "read").iterdir()) == sorted(opened)
    assert sealed.content_size == sum(LENGTHS) + 2


def test_what_is_said_of_a_document_is_so(sealed: Sealed) -> None:
    data = sealed.path.read_bytes()
    assert sealed.digest == hashlib.sha256(data).digest()
    assert sealed.size == len(data)
    assert [path.name for path in sealed.path.parent.iterdir()] == ["document.age"]
    assert not any(name in repr(sealed) for name in sealed.files)


def test_a_store_sees_neither_names_nor_contents_nor_lengths(tmp_path: Path) -> None:
    sizes = set()
    key = Identity.generate(KeyKind.HYBRID)
    for length in (1, 1000, 40_000):
        scan = tmp_path / f"{length}-Zhang-San.pdf"
        scan.write_bytes(b"liver " * (length // 6))
        sealed = seal([scan], tmp_path / f"{length}.age", identity=key)
        data = sealed.path.read_bytes()
        assert b"Zhang" not in data
        assert b"liver" not in data
        sizes.add(len(data))
    assert len(sizes) == 1


def test_files_of_equal_names_are_told_apart(tmp_path: Path) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "scan.pdf").write_text(folder)
    scans = [tmp_path / folder / "scan.pdf" for folder in "ab"]
    sealed = seal(scans, tmp_path / "document.age", identity=KEY)
    opened = open_document(sealed.path, KEY, tmp_path / "read")
    assert {path.name: path.read_text() for path in opened} == {"scan.pdf": "a", "scan (2).pdf": "b"}


def test_a_file_does_not_take_the_name_of_what_is_added(tmp_path: Path) -> None:
    mine = tmp_path / "Event-Use.json"
    mine.write_text("mine")
    with pytest.raises(SealError, match="another name"):
        seal([mine], tmp_path / "document.age", identity=KEY, extra={"event-use.json": b"signed"})
    assert not (tmp_path / "document.age").exists()


def test_progress_runs_from_nothing_to_all(scans: list[Path], tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    sealed = seal(scans, tmp_path / "document.age", identity=KEY, progress=lambda *step: told.append(step))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    told.clear()
    open_document(sealed.path, KEY, tmp_path / "read", progress=lambda *step: told.append(step))
    assert told == sorted(told)
    assert told[-1] == (sealed.size, sealed.size)


@pytest.mark.parametrize("change", ["shorter", "longer", "other"])
def test_a_file_that_changes_while_it_is_sealed_is_an_error(tmp_path: Path, change: str) -> None:
    first, scan = tmp_path / "first.pdf", tmp_path / "scan.pdf"
    first.write_bytes(bytes(3_000_000))
    scan.write_bytes(bytes(3_000_000))

    def meddle(done: int, _total: int) -> None:
        if done > (1_000_000 if change == "other" else 3_500_000):
            with scan.open("r+b") as file:
                if change == "shorter":
                    file.truncate(2_000_000)
                elif change == "longer":
                    file.seek(0, os.SEEK_END)
                    file.write(b"!")
                else:
                    file.write(b"!")

    with pytest.raises(SealError, match=r"changed before|became"):
        seal([first, scan], tmp_path / "out" / "document.age", identity=KEY, progress=meddle)
    assert not list((tmp_path / "out").iterdir())


def test_an_interruption_leaves_nothing_behind(scans: list[Path], sealed: Sealed, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal(scans, tmp_path / "new" / "document.age", identity=KEY, progress=interrupt)
    assert not list((tmp_path / "new").iterdir())
    with pytest.raises(KeyboardInterrupt):
        open_document(sealed.path, KEY, tmp_path / "read", progress=interrupt)
    assert not (tmp_path / "read").exists()


def test_a_document_is_never_overwritten(scans: list[Path], sealed: Sealed) -> None:
    before = sealed.path.read_bytes()
    with pytest.raises(SealError, match="exists already"):
        seal(scans, sealed.path, identity=KEY)
    assert sealed.path.read_bytes() == before


def test_a_document_that_appears_meanwhile_is_not_overwritten(scans: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "document.age"

    def appear(_done: int, _total: int) -> None:
        out.write_text("theirs")

    with pytest.raises(SealError):
        seal(scans, out, identity=KEY, progress=appear)
    assert out.read_text() == "theirs"
    assert not list(tmp_path.glob(".sealing*"))


def test_what_is_no_plain_file_is_not_sealed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "missing"):
        with pytest.raises(SealError):
            seal([path], tmp_path / "document.age", identity=KEY)
    with pytest.raises(SealError, match="nothing to seal"):
        seal([], tmp_path / "document.age", identity=KEY)
    assert not (tmp_path / "document.age").exists()


def test_the_wrong_key_opens_nothing(sealed: Sealed, tmp_path: Path) -> None:
    for kind in KeyKind:
        with pytest.raises(WrongKeyError):
            open_document(sealed.path, Identity.generate(kind), tmp_path / "read")
    assert not (tmp_path / "read").exists()


def test_another_document_than_the_one_named_is_refused(sealed: Sealed, tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="another document"):
        open_document(sealed.path, KEY, tmp_path / "read", digest=bytes(32))
    with pytest.raises(DamagedError):
        check_document(sealed.path, KEY, digest=bytes(32))
    assert not (tmp_path / "read").exists()


@pytest.mark.parametrize("damage", ["cut", "bit", "more"])
def test_a_damaged_document_leaves_nothing_behind(sealed: Sealed, tmp_path: Path, damage: str) -> None:
    data = bytearray(sealed.path.read_bytes())
    if damage == "cut":
        del data[-70_000:]
    elif damage == "bit":
        data[-30] ^= 4
    else:
        data += b"!"
    sealed.path.write_bytes(data)
    with pytest.raises(DamagedError):
        open_document(sealed.path, KEY, tmp_path / "read")
    assert not (tmp_path / "read").exists()
    (tmp_path / "read").mkdir()
    with pytest.raises(DamagedError):
        open_document(sealed.path, KEY, tmp_path / "read")
    assert not list((tmp_path / "read").iterdir())


def test_what_was_sealed_by_hand_and_is_no_archive_is_refused(tmp_path: Path) -> None:
    document = tmp_path / "document.age"
    document.write_bytes(age.encrypt_bytes(b"%PDF-1.7 no archive".ljust(100_000), KEY.recipient))
    with pytest.raises(ArchiveError):
        open_document(document, KEY, tmp_path / "read")
    with pytest.raises(ArchiveError):
        check_document(document, KEY)
    assert not (tmp_path / "read").exists()


def test_half_an_archive_sealed_by_hand_is_refused(sealed: Sealed, tmp_path: Path) -> None:
    whole = age.decrypt_bytes(sealed.path.read_bytes(), KEY)
    document = tmp_path / "half.age"
    for length in (512 + 1024, 1024, 100_000):
        document.write_bytes(age.encrypt_bytes(whole[:length], KEY.recipient))
        with pytest.raises(ArchiveError, match="no whole"):
            open_document(document, KEY, tmp_path / "read")
        assert not (tmp_path / "read").exists()


class Late(ThreadPoolExecutor):
    """A second core that is busy."""

    def submit(self, act: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        def late() -> object:
            time.sleep(0.02)
            return act(*given, **named)

        return super().submit(late)


def test_hashing_keeps_step_however_late_it_is(
    scans: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "ThreadPoolExecutor", Late)
    large = tmp_path / "large"
    large.write_bytes(os.urandom(5_000_000))
    sealed = seal([*scans, large], tmp_path / "document.age", identity=KEY)
    assert sealed.digest == hashlib.sha256(sealed.path.read_bytes()).digest()
    assert len(open_document(sealed.path, KEY, tmp_path / "read", digest=sealed.digest)) == len(LENGTHS) + 1


def test_limits_are_passed_on(sealed: Sealed, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        open_document(sealed.path, KEY, tmp_path / "read", limits=Limits(files=2))
    with pytest.raises(ArchiveError):
        check_document(sealed.path, KEY, limits=Limits(size=1000))
    assert check_document(sealed.path, KEY, digest=sealed.digest) == len(LENGTHS)


@pytest.mark.parametrize("place", [0, 3, len(LENGTHS) - 1])
def test_opening_never_overwrites_and_then_leaves_nothing_else(sealed: Sealed, tmp_path: Path, place: int) -> None:
    read = tmp_path / "read"
    read.mkdir()
    (read / sealed.files[place]).write_text("mine")
    with pytest.raises(OpenError, match="exists already"):
        open_document(sealed.path, KEY, read)
    assert [path.read_text() for path in read.iterdir()] == ["mine"]


def test_opening_never_follows_a_link(sealed: Sealed, tmp_path: Path) -> None:
    read, target = tmp_path / "read", tmp_path / "target"
    read.mkdir()
    (read / sealed.files[0]).symlink_to(target)
    with pytest.raises(OpenError, match="exists already"):
        open_document(sealed.path, KEY, read)
    assert not target.exists()


def test_a_missing_document_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(OpenError, match="No such file"):
        open_document(tmp_path / "document.age", KEY, tmp_path / "read")
    assert not (tmp_path / "read").exists()


def test_a_full_disk_is_said_so_before_and_while_it_fills(
    sealed: Sealed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
        with pytest.raises(OpenError, match="not enough room"):
            open_document(sealed.path, KEY, tmp_path / "read")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        with pytest.raises(OpenError, match="File too large"):
            open_document(sealed.path, KEY, tmp_path / "read")
        with pytest.raises(SealError, match="File too large"):
            seal([sealed.path], tmp_path / "new" / "document.age", identity=KEY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "read").exists()
    assert not list((tmp_path / "new").iterdir())


def test_without_hard_links_nothing_is_overwritten_either(
    scans: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    sealed = seal(scans, tmp_path / "document.age", identity=KEY)
    assert len(open_document(sealed.path, KEY, tmp_path / "read")) == len(scans)
    with pytest.raises(OpenError, match="exists already"):
        open_document(sealed.path, KEY, tmp_path / "read")
    assert len(list((tmp_path / "read").iterdir())) == len(scans)


MEASURE = """
import resource, shutil, sys
from pathlib import Path
from tongxin.evidence.keys import Identity, KeyKind
from tongxin.evidence.sealing import open_document, seal
folder, kind = Path(sys.argv[1]), KeyKind(int(sys.argv[2]))
key = Identity.generate(kind)
seal([folder / "small"], folder / "small.age", identity=key)
open_document(folder / "small.age", key, folder / "read small")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
seal([folder / "large"], folder / "large.age", identity=key)
open_document(folder / "large.age", key, folder / "read large")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
shutil.rmtree(folder)
"""


@pytest.mark.parametrize("kind", KeyKind)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: KeyKind) -> None:
    for name, size in (("small", 1 << 20), ("large", 1 << 28)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path), str(int(kind))], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 10_000  # KiB; the file has 262,144


def test_no_plaintext_touches_the_disk_while_sealing(tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"liver transplant " * 50_000)
    out = tmp_path / "out"
    seen = 0

    def look(_done: int, _total: int) -> None:
        nonlocal seen
        for path in out.rglob("*"):
            seen += path.stat().st_size
            assert b"liver" not in path.read_bytes()

    seal([scan], out / "document.age", identity=KEY, progress=look)
    assert seen
    assert b"liver" not in io.BytesIO((out / "document.age").read_bytes()).getvalue()
