# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from support.store_contract import LARGE, SMALL, digest, fetched
from tongxin.evidence.errors import StoreError
from tongxin.evidence.stores import NoStoreError, State, Stores, open_store, open_stores
from tongxin.evidence.stores.faults import StoreAddressError
from tongxin.evidence.stores.folder import FolderStore

NOWHERE = "s3://bucket?endpoint=http://127.0.0.1:9"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[FolderStore, FolderStore, FolderStore]:
    return FolderStore(tmp_path / "a"), FolderStore(tmp_path / "b"), FolderStore(tmp_path / "c")


def place(store: FolderStore, blob: bytes) -> Path:
    name = digest(blob).hex()
    return store.path / name[:2] / name


def states(report: object) -> list[State]:
    return [outcome.state for outcome in report.outcomes]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("keys")
def test_a_blob_goes_to_all_and_one_is_enough(folders: tuple[FolderStore, ...]) -> None:
    report = Stores([open_store(NOWHERE), *folders]).put(SMALL)
    assert report.digest == digest(SMALL)
    assert states(report) == [State.FAILED, State.STORED, State.STORED, State.STORED]
    assert [outcome.why for outcome in report.failures] == ["no connection; check the address and the network"]
    assert report.holders == tuple(store.url for store in folders)
    assert all(fetched(store, SMALL) == SMALL for store in folders)


@pytest.mark.usefixtures("keys")
def test_a_blob_that_no_store_takes_is_told() -> None:
    with pytest.raises(NoStoreError, match=r"no store took the blob \(s3://bucket.*no connection") as caught:
        Stores([open_store(NOWHERE)]).put(SMALL)
    assert caught.value.outcomes[0]["state"] == "failed"


@pytest.mark.parametrize(("times", "when"), [(1, "while the first reads it"), (2, "after the first")])
def test_a_file_that_changes_on_the_way_is_refused(
    times: int, when: str, folders: tuple[FolderStore, ...], tmp_path: Path
) -> None:
    path = tmp_path / "blob"
    path.write_bytes(SMALL)
    told = []

    def change(store: str, count: int) -> None:
        if store == folders[0].url and count == len(SMALL):
            told.append(when)
            if len(told) == times:
                path.write_bytes(LARGE)

    with pytest.raises(StoreError, match="changed while it was being put"):
        Stores(folders[:2]).put(path, progress=change)


def test_a_file_that_cannot_be_read_is_told(folders: tuple[FolderStore, ...], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="can't be read"):
        Stores(folders).put(tmp_path / "missing")


def test_the_first_store_with_the_right_blob_gives_it(folders: tuple[FolderStore, ...]) -> None:
    stores = Stores(folders)
    stores.put(LARGE)
    place(folders[0], LARGE).unlink()
    os.truncate(place(folders[1], LARGE), 70_000)
    sink = io.BytesIO()
    report = stores.fetch(digest(LARGE), sink)
    assert sink.getvalue() == LARGE
    assert states(report) == [State.ABSENT, State.DAMAGED, State.FETCHED]
    assert report.holders == (folders[2].url,)


def test_repair_puts_lost_and_damaged_copies_again(folders: tuple[FolderStore, ...]) -> None:
    stores = Stores(folders)
    stores.put(LARGE)
    place(folders[0], LARGE).unlink()
    place(folders[1], LARGE).write_bytes(SMALL)
    assert states(stores.holders(digest(LARGE))) == [State.ABSENT, State.HELD, State.HELD]
    assert states(stores.repair(digest(LARGE))) == [State.RESTORED, State.RESTORED, State.SOUND]
    assert all(fetched(store, LARGE) == LARGE for store in folders)
    assert states(stores.repair(digest(LARGE))) == [State.SOUND, State.SOUND, State.SOUND]


def test_repair_without_a_sound_copy_is_told_and_changes_nothing(folders: tuple[FolderStore, ...]) -> None:
    stores = Stores(folders)
    folders[0].put(LARGE)
    place(folders[0], LARGE).write_bytes(SMALL)
    with pytest.raises(NoStoreError, match=f"no store gave the blob {digest(LARGE).hex()}"):
        stores.repair(digest(LARGE))
    assert place(folders[0], LARGE).read_bytes() == SMALL


def test_deleting_reaches_every_store_and_shows_that_none_is_left(folders: tuple[FolderStore, ...]) -> None:
    stores = Stores(folders)
    stores.put(SMALL)
    folders[1].delete(digest(SMALL))
    report = stores.delete(digest(SMALL))
    assert states(report) == [State.DELETED, State.ABSENT, State.DELETED]
    assert report.none_left
    assert not any(store.has(digest(SMALL)) for store in folders)


@pytest.mark.usefixtures("keys")
def test_a_store_that_cannot_be_asked_may_still_hold_it(folders: tuple[FolderStore, ...]) -> None:
    folders[0].put(SMALL)
    report = Stores([folders[0], open_store(NOWHERE)]).delete(digest(SMALL))
    assert states(report) == [State.DELETED, State.FAILED]
    assert not report.none_left


def test_stores_are_at_least_one() -> None:
    with pytest.raises(StoreError, match="no store is named"):
        open_stores([])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("folder:/srv/x", "folder:/srv/x"),
        ("/srv/x", "folder:/srv/x"),
        ("s3://my-bucket", "s3://my-bucket"),
        ("s3://my-bucket/a/b/", "s3://my-bucket/a/b"),
        ("s3://my-bucket?endpoint=https://s3.example.org", "s3://my-bucket?endpoint=https://s3.example.org"),
        ("ipfs+http://127.0.0.1:5001/", "ipfs+http://127.0.0.1:5001"),
        ("ipfs+https://node.example.org", "ipfs+https://node.example.org"),
    ],
)
def test_an_address_opens_the_store_it_names(url: str, shown: str) -> None:
    store = open_store(url)
    assert store.url == shown
    assert repr(store) == f"{type(store).__name__}({shown!r})"


SECRET = "wJalrXUtnFEMI"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "folder:",
        "ftp://host/x",
        f"s3://AKIA:{SECRET}@bucket/x",
        f"s3://bucket?secret={SECRET}",
        f"s3://bucket?endpoint=http://user:{SECRET}@host",
        f"s3://bucket?endpoint=http://host/?token={SECRET}",
        "s3://bucket?endpoint=file:///etc/passwd",
        "s3://bucket?endpoint=http://host:99999",
        "s3://Bucket_/x",
        "s3://bucket#x",
        f"ipfs+http://user:{SECRET}@127.0.0.1:5001",
        f"ipfs+http://127.0.0.1:5001/?{SECRET}",
        "ipfs+http://127.0.0.1:5001/ipfs/x",
        "ipfs://bafy",
        "ipfs+ftp://host",
    ],
)
def test_an_address_that_cannot_be_one_is_refused_and_no_secret_repeated(url: str) -> None:
    with pytest.raises(StoreAddressError, match=r"write it like|belong into the address") as caught:
        open_store(url)
    assert SECRET not in f"{caught.value} {caught.value.details()}"
