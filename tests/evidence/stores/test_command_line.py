# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin evidence` with a bucket and a folder at once: one is down, a copy is lost, all of it is deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from support.cli import Cli
from tongxin.evidence.keys import Identity, KeyKind

PLAIN = b"what happened"
WORDS = "correct horse"


@pytest.fixture
def owner(tmp_path: Path, bucket: str, keys: tuple[str, str]) -> Cli:
    """Somebody with a reader key, a folder and a bucket."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    variables = (*zip(names, keys, strict=True), ("AWS_EC2_METADATA_DISABLED", "true"))
    home = tmp_path / "home"
    home.mkdir()
    made = Cli(home, password=WORDS, stores=f"{tmp_path / 'store'},{bucket}", variables=variables)
    made.run("evidence", "key", "new")
    return made


def in_bucket(bucket: str, keys: tuple[str, str]) -> tuple[Any, str, list[str]]:
    """The bucket as its owner sees it: a client, its name, the keys in it."""
    parts = urlsplit(bucket)
    endpoint = parts.query.removeprefix("endpoint=")
    client = boto3.Session(*keys).client("s3", region_name="us-east-1", endpoint_url=endpoint)
    listed = client.list_objects_v2(Bucket=parts.netloc).get("Contents", [])
    return client, parts.netloc, [item["Key"] for item in listed]


def states(answer: dict[str, Any]) -> list[tuple[str, ...]]:
    """What came of each blob at each store."""
    return [tuple(store["state"] for store in blob["stores"]) for blob in answer["blobs"]]


def test_a_bucket_and_a_folder_hold_a_document_until_it_is_forgotten(
    owner: Cli, tmp_path: Path, bucket: str, keys: tuple[str, str]
) -> None:
    plain, sealed, store = tmp_path / "plain.txt", tmp_path / "sealed", tmp_path / "store"
    plain.write_bytes(PLAIN)
    reader = Identity.generate(KeyKind.X25519).recipient.text
    digest = owner.answer("evidence", "seal", plain, "--reader", reader, "--out", sealed)["digest"]
    name = digest.removeprefix("0x")

    # The folder is down: the bucket has it all, and the folder's part is said to be missing.
    store.write_bytes(b"no folder")
    put = owner.run("evidence", "put", sealed)
    assert f"folder:{store} did not take it" in put.stderr
    client, name_of_bucket, held = in_bucket(bucket, keys)
    assert len(held) == 2
    store.unlink()
    assert states(owner.answer("evidence", "put", "--repair")) == [("restored", "sound"), ("stored", "stored")]
    # The bucket loses its copy of the document.
    client.delete_object(Bucket=name_of_bucket, Key=f"a/b/{name}")
    assert states(owner.answer("evidence", "put", "--repair", digest))[0] == ("sound", "restored")
    assert sorted(in_bucket(bucket, keys)[2]) == sorted(held)
    owner.run("evidence", "open", digest, "--out", tmp_path / "opened")
    assert (tmp_path / "opened" / "plain.txt").read_bytes() == PLAIN

    # Forgetting reads back at both; while one is down it is not done.
    store.rename(tmp_path / "away")
    store.write_bytes(b"no folder")
    half = owner.run("evidence", "forget", digest, code=1)
    assert f"folder:{store}" in half.stdout
    assert "Not all is forgotten" in half.stdout
    store.unlink()
    (tmp_path / "away").rename(store)
    whole = owner.answer("evidence", "forget", digest)
    assert (len(whole["deleted"]), whole["remaining"], whole["kept"]) == (1, [], [])
    assert in_bucket(bucket, keys)[2] == [f"a/b/{name}"]
    assert [path.name for path in store.rglob("*") if path.is_file()] == [name]
    for said in (put.stderr, put.stdout, half.stdout, half.stderr):
        assert all(secret not in said for secret in (*keys, WORDS))


def test_a_bucket_that_cannot_be_reached_is_named_without_its_keys(
    owner: Cli, tmp_path: Path, keys: tuple[str, str]
) -> None:
    plain, sealed = tmp_path / "plain.txt", tmp_path / "sealed"
    plain.write_bytes(PLAIN)
    owner.run("evidence", "seal", plain, "--out", sealed)
    away = owner.using(stores="s3://bucket/a?endpoint=http://127.0.0.1:9")
    failure = away.failure("evidence", "put", sealed)
    assert "no store took the blob" in failure
    assert "127.0.0.1:9" in failure
    refused = owner.using(stores=f"s3://{keys[0]}:{keys[1]}@bucket").failure("evidence", "put", sealed)
    for said in (failure, refused):
        assert all(secret not in said for secret in (*keys, WORDS))
