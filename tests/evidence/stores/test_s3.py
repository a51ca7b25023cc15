# SPDX-License-Identifier: AGPL-3.0-only
"""Against moto's server, a process of its own; `test_versity.py` has another server, which checks signatures."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import boto3
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
from tongxin.evidence.stores import Store, open_store, s3
from tongxin.evidence.stores.faults import BlobChangedError, DamagedBlobError, StoreFaultError


@pytest.fixture
def store(bucket: str) -> Store:
    return open_store(bucket)


class Raw:
    """The bucket as its owner sees it, without the store."""

    def __init__(self, url: str, keys: tuple[str, str]) -> None:
        parts = urlsplit(url)
        self.bucket = parts.netloc
        endpoint = parts.query.removeprefix("endpoint=")
        self.client = boto3.Session(*keys).client("s3", region_name="us-east-1", endpoint_url=endpoint)

    def key(self, blob: bytes) -> str:
        return f"a/b/{digest(blob).hex()}"

    def keys(self) -> list[str]:
        return [item["Key"] for item in self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])]


@pytest.fixture
def raw(bucket: str, keys: tuple[str, str]) -> Raw:
    return Raw(bucket, keys)


def test_blobs_come_back_as_they_were(store: Store, tmp_path: Path) -> None:
    takes_and_gives(store, tmp_path)


def test_a_put_that_is_killed_leaves_nothing_that_counts(store: Store, tmp_path: Path) -> None:
    a_killed_put_leaves_nothing_that_counts(store, tmp_path, after=10)


@pytest.mark.parametrize("show", CONTRACT, ids=lambda show: show.__name__)
def test_a_bucket_is_a_store(show: Callable[[Store], None], store: Store) -> None:
    show(store)


def test_a_blob_lies_under_the_prefix_and_its_hash(store: Store, raw: Raw) -> None:
    store.put(SMALL)
    assert raw.keys() == [raw.key(SMALL)]
    assert raw.client.head_object(Bucket=raw.bucket, Key=raw.key(SMALL))["ContentLength"] == len(SMALL)


def test_a_large_blob_goes_in_parts(store: Store, raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "LARGEST_SINGLE", 6 * 1024**2)
    monkeypatch.setattr(s3, "PART", 5 * 1024**2)
    blob = random.Random(9).randbytes(12 * 1024**2 + 1)
    store.put(blob)
    assert fetched(store, blob) == blob
    etag = raw.client.head_object(Bucket=raw.bucket, Key=raw.key(blob))["ETag"]
    assert etag.strip('"').endswith("-3")


def test_a_page_of_the_list_is_followed_by_the_next(store: Store, raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "PAGE", 3)
    names = [f"a/b/{number:064x}" for number in range(8)]
    for name in names:
        raw.client.put_object(Bucket=raw.bucket, Key=name, Body=b"")
    raw.client.put_object(Bucket=raw.bucket, Key="a/b/notes.txt", Body=b"")
    raw.client.put_object(Bucket=raw.bucket, Key=f"other/{1:064x}", Body=b"")
    assert [f"a/b/{found.hex()}" for found in store.list()] == names


def test_what_somebody_overwrote_is_seen(store: Store, raw: Raw) -> None:
    store.put(SMALL)
    raw.client.put_object(Bucket=raw.bucket, Key=raw.key(SMALL), Body=LARGE)
    with pytest.raises(DamagedBlobError, match="with the hash"):
        fetched(store, SMALL)


def test_earlier_versions_are_deleted_too(store: Store, raw: Raw) -> None:
    raw.client.put_bucket_versioning(Bucket=raw.bucket, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(3):
        store.put(SMALL)
        raw.client.delete_object(Bucket=raw.bucket, Key=raw.key(SMALL))
    store.put(LARGE)
    assert not store.has(digest(SMALL))
    assert store.delete(digest(SMALL)) is True
    left = raw.client.list_object_versions(Bucket=raw.bucket)
    assert [item["Key"] for item in left.get("Versions", [])] == [raw.key(LARGE)]
    assert "DeleteMarkers" not in left


def test_a_file_that_changes_on_the_way_is_not_stored(
    store: Store, raw: Raw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "LARGEST_SINGLE", 1024)
    path = tmp_path / "blob"
    path.write_bytes(LARGE)
    told = []

    def change(_store: str, count: int) -> None:
        told.append(count)
        if len(told) == 1:
            with path.open("r+b") as file:
                file.seek(len(LARGE) - 1)
                file.write(b"?")

    with pytest.raises(BlobChangedError, match="put it again"):
        store.put(path, progress=change)
    assert raw.keys() == []


@pytest.mark.usefixtures("keys")
def test_a_bucket_that_is_not_there_is_told(moto: str) -> None:
    missing = open_store(f"s3://nothing-here?endpoint={moto}")
    with pytest.raises(StoreFaultError, match="there is no such bucket; make it first"):
        missing.put(SMALL)


def test_missing_keys_are_told(bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(StoreFaultError, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        open_store(bucket).put(SMALL)
