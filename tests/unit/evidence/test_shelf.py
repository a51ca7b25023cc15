# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tongxin.evidence.shelf import Shelf
from tongxin.evidence.stores import NoStoreError, open_stores

BLOB = b"sealed"
DIGEST = hashlib.sha256(BLOB).digest()


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    return [tmp_path / "a", tmp_path / "b"]


@pytest.fixture
def shelf(folders: list[Path]) -> Shelf:
    """Two stores that hold the blob."""
    made = Shelf(open_stores([str(path) for path in folders]))
    made.stores.put(BLOB)
    return made


def copies(folders: list[Path]) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def test_what_one_store_lost_another_gives(shelf: Shelf, folders: list[Path], tmp_path: Path) -> None:
    copies(folders)[0].unlink()
    assert shelf.read(DIGEST, 100) == BLOB
    assert shelf.save(DIGEST, tmp_path / "blob")
    assert (tmp_path / "blob").read_bytes() == BLOB


@pytest.mark.parametrize("left", [None, b"a lie"])
def test_none_is_said_when_every_store_answered(
    left: bytes | None, shelf: Shelf, folders: list[Path], tmp_path: Path
) -> None:
    for path in copies(folders):
        path.unlink() if left is None else path.write_bytes(left)
    assert shelf.read(DIGEST, 100) is None
    assert not shelf.save(DIGEST, tmp_path / "blob")
    assert not (tmp_path / "blob").exists()


def test_a_store_that_cannot_be_asked_proves_nothing(shelf: Shelf, folders: list[Path], tmp_path: Path) -> None:
    copies(folders[:1])[0].unlink()
    folders[1].rename(tmp_path / "away")
    folders[1].write_bytes(b"no folder")
    with pytest.raises(NoStoreError, match="no store gave"):
        shelf.read(DIGEST, 100)
    with pytest.raises(NoStoreError, match="no store gave"):
        shelf.save(DIGEST, tmp_path / "blob")
    assert not (tmp_path / "blob").exists()


def test_a_blob_larger_than_is_taken_counts_as_none(shelf: Shelf) -> None:
    assert shelf.read(DIGEST, len(BLOB)) == BLOB
    assert shelf.read(DIGEST, len(BLOB) - 1) is None
