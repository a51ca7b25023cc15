# SPDX-License-Identifier: AGPL-3.0-only
"""Against versitygw, a real S3 gateway that checks signatures and checksums and keeps versions."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from support.store_contract import (
    CONTRACT,
    SMALL,
    a_killed_put_leaves_nothing_that_counts,
    digest,
    fetched,
    takes_and_gives,
)
from support.store_servers import access_keys, versity_server
from tongxin.evidence.stores import Store, open_store, s3
from tongxin.evidence.stores.faults import BlobChangedError, DamagedBlobError, StoreFaultError

pytestmark = pytest.mark.deep
KEYS = access_keys()


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("versity")


@pytest.fixture(scope="session")
def versity(root: Path) -> Iterator[str]:
    with versity_server(root, *KEYS) as url:
        yield url


@pytest.fixture
def bucket(versity: str, keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Name and address of a new bucket; the environment holds the server's keys."""
    assert keys != KEYS
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS[1])
    name = f"evidence-{secrets.token_hex(6)}"
    client = boto3.Session(*KEYS).client("s3", region_name="us-east-1", endpoint_url=versity)
    client.create_bucket(Bucket=name)
    return name, f"s3://{name}/claims?endpoint={versity}"


@pytest.fixture
def store(bucket: tuple[str, str]) -> Store:
    return open_store(bucket[1])


def test_blobs_come_back_as_they_were(store: Store, tmp_path: Path) -> None:
    takes_and_gives(store, tmp_path)


def test_a_put_that_is_killed_leaves_nothing_that_counts(store: Store, tmp_path: Path) -> None:
    a_killed_put_leaves_nothing_that_counts(store, tmp_path, after=10)


@pytest.mark.parametrize("show", CONTRACT, ids=lambda show: show.__name__)
def test_a_bucket_is_a_store(show: Callable[[Store], None], store: Store) -> None:
    show(store)


def test_the_server_holds_the_plain_blob_with_its_checksum(
    store: Store, bucket: tuple[str, str], versity: str, root: Path
) -> None:
    store.put(SMALL)
    assert (root / "data" / bucket[0] / "claims" / digest(SMALL).hex()).read_bytes() == SMALL
    client = boto3.Session(*KEYS).client("s3", region_name="us-east-1", endpoint_url=versity)
    told = client.head_object(Bucket=bucket[0], Key=f"claims/{digest(SMALL).hex()}", ChecksumMode="ENABLED")
    assert told["ChecksumSHA256"]


def test_a_large_blob_goes_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "LARGEST_SINGLE", 6 * 1024**2)
    monkeypatch.setattr(s3, "PART", 5 * 1024**2)
    blob = random.Random(9).randbytes(12 * 1024**2 + 1)
    store.put(blob)
    assert fetched(store, blob) == blob


def test_a_disk_that_rots_is_seen_and_put_right(store: Store, bucket: tuple[str, str], root: Path) -> None:
    store.put(SMALL)
    path = root / "data" / bucket[0] / "claims" / digest(SMALL).hex()
    path.write_bytes(SMALL[:-1] + b"?")
    with pytest.raises(DamagedBlobError, match="with the hash"):
        fetched(store, SMALL)
    store.put(SMALL)
    assert fetched(store, SMALL) == SMALL


def test_earlier_versions_are_deleted_too(store: Store, bucket: tuple[str, str], versity: str, root: Path) -> None:
    client = boto3.Session(*KEYS).client("s3", region_name="us-east-1", endpoint_url=versity)
    client.put_bucket_versioning(Bucket=bucket[0], VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        store.put(SMALL)
        client.delete_object(Bucket=bucket[0], Key=f"claims/{digest(SMALL).hex()}")
    assert not store.has(digest(SMALL))
    assert store.delete(digest(SMALL)) is True
    left = client.list_object_versions(Bucket=bucket[0])
    assert not left.keys() & {"Versions", "DeleteMarkers"}
    kept = [path for part in ("data", "versions") for path in (root / part / bucket[0]).rglob("*") if path.is_file()]
    assert SMALL not in [path.read_bytes() for path in kept]


def test_a_file_that_changes_on_the_way_is_refused_by_the_server(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(SMALL)
    told = []

    def change(_store: str, count: int) -> None:
        told.append(count)
        if len(told) == 1:
            path.write_bytes(SMALL[:-1] + b"?")

    with pytest.raises(BlobChangedError, match="put it again"):
        store.put(path, progress=change)
    assert list(store.list()) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [("AWS_ACCESS_KEY_ID", "it does not know the access key"), ("AWS_SECRET_ACCESS_KEY", "the secret key is wrong")],
)
def test_wrong_keys_are_told_and_are_in_no_message(
    name: str, told: str, bucket: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = access_keys()[0]
    monkeypatch.setenv(name, wrong)
    store = open_store(bucket[1])
    with pytest.raises(StoreFaultError, match=told) as caught:
        store.put(SMALL)
    shown = f"{caught.value} {caught.value!r} {caught.value.details()} {store!r} {vars(store)!r}"
    assert all(key not in shown for key in (wrong, *KEYS))
