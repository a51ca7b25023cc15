# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from support.store_contract import (
    CONTRACT,
    LARGE,
    SMALL,
    a_killed_put_leaves_nothing_that_counts,
    digest,
    fetched,
    takes_and_gives,
)
from tongxin.evidence.stores import Limits, Store, open_store
from tongxin.evidence.stores.faults import (
    BlobChangedError,
    DamagedBlobError,
    NotDeletedError,
    SlowStoreError,
    StoreFaultError,
)
from tongxin.evidence.stores.folder import FolderStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def place(store: FolderStore, blob: bytes) -> Path:
    name = digest(blob).hex()
    return store.path / name[:2] / name


def test_blobs_come_back_as_they_were(store: FolderStore, tmp_path: Path) -> None:
    takes_and_gives(store, tmp_path)


@pytest.mark.parametrize("show", CONTRACT, ids=lambda show: show.__name__)
def test_a_folder_is_a_store(show: Callable[[Store], None], store: FolderStore) -> None:
    show(store)


def test_files_are_readable_by_their_owner_alone(store: FolderStore) -> None:
    before = os.umask(0)
    try:
        store.put(SMALL)
    finally:
        os.umask(before)
    assert place(store, SMALL).stat().st_mode & 0o777 == 0o600
    assert {path.stat().st_mode & 0o777 for path in (place(store, SMALL).parent, store.path / ".incoming")} == {0o700}


def test_a_put_that_is_killed_leaves_nothing_that_counts(store: FolderStore, tmp_path: Path) -> None:
    a_killed_put_leaves_nothing_that_counts(store, tmp_path)
    (unfinished,) = (store.path / ".incoming").iterdir()
    assert 0 <= unfinished.stat().st_size < len(LARGE)
    assert store.delete(digest(LARGE)) is True
    assert list((store.path / ".incoming").iterdir()) == []


def test_a_flipped_bit_is_seen_and_put_right(store: FolderStore) -> None:
    store.put(LARGE)
    damaged = bytearray(LARGE)
    damaged[1_000_000] ^= 1
    place(store, LARGE).write_bytes(damaged)
    with pytest.raises(DamagedBlobError, match=f"for {digest(LARGE).hex()}"):
        fetched(store, LARGE)
    store.put(LARGE)
    assert fetched(store, LARGE) == LARGE


def test_a_file_cut_short_is_seen(store: FolderStore) -> None:
    store.put(LARGE)
    os.truncate(place(store, LARGE), len(LARGE) - 1)
    with pytest.raises(DamagedBlobError, match=f"gave {len(LARGE) - 1:,} bytes"):
        fetched(store, LARGE)


def test_links_and_pipes_are_not_followed(store: FolderStore, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(SMALL)
    place(store, SMALL).parent.mkdir(parents=True)
    place(store, SMALL).symlink_to(tmp_path / "elsewhere")
    assert not store.has(digest(SMALL))
    with pytest.raises(DamagedBlobError, match="is a link"):
        fetched(store, SMALL)
    place(store, SMALL).unlink()
    os.mkfifo(place(store, SMALL))
    with pytest.raises(DamagedBlobError, match="not a plain file"):
        fetched(store, SMALL)
    store.put(SMALL)
    assert fetched(store, SMALL) == SMALL


def test_a_full_disk_is_told_and_leaves_nothing(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFaultError, match="No space left on device; look at the disk"):
        store.put(SMALL)
    assert list((store.path / ".incoming").iterdir()) == []
    assert not store.has(digest(SMALL))


def test_a_file_that_changes_on_the_way_is_not_stored(store: FolderStore, tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(LARGE)

    def change(_store: str, count: int) -> None:
        if count == 64 * 1024:
            with path.open("r+b") as file:
                file.seek(2_000_000)
                file.write(b"changed")

    with pytest.raises(BlobChangedError, match="put it again"):
        store.put(path, progress=change)
    assert list(store.list()) == []
    assert list((store.path / ".incoming").iterdir()) == []


def test_what_stays_after_deleting_is_told(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(SMALL)
    monkeypatch.setattr(Path, "unlink", lambda _self, **_options: None)
    with pytest.raises(NotDeletedError, match="it still holds"):
        store.delete(digest(SMALL))


def test_other_files_in_the_folder_are_no_blobs(store: FolderStore) -> None:
    store.put(SMALL)
    place(store, SMALL).with_name("notes.txt").write_text("not ours")
    (store.path / "zz").mkdir()
    (store.path / "zz" / digest(SMALL).hex()).write_bytes(SMALL)
    assert list(store.list()) == [digest(SMALL)]


def test_a_folder_that_hangs_is_given_up(store: FolderStore, hasty: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(SMALL)
    hanging = open_store(store.url, hasty)
    reading, writing = os.pipe()
    monkeypatch.setattr(
        "tongxin.evidence.stores.folder.os.read", lambda _descriptor, count: os.readv(reading, [bytearray(count)])
    )
    with pytest.raises(SlowStoreError, match="it hangs"):
        fetched(hanging, SMALL)
    os.close(writing)
    os.close(reading)
