# SPDX-License-Identifier: AGPL-3.0-only
"""Against real Kubo daemons, which know each other and nobody else."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.store_contract import (
    BLOCK,
    CONTRACT,
    LARGE,
    SMALL,
    a_killed_put_leaves_nothing_that_counts,
    digest,
    fetched,
    takes_and_gives,
)
from support.store_servers import KuboNode, kubo_node
from tongxin.evidence.stores import Limits, State, Stores, open_store
from tongxin.evidence.stores.faults import DamagedBlobError, MissingBlobError, NotDeletedError, StoreFaultError
from tongxin.evidence.stores.ipfs import IpfsStore, raw_cid

pytestmark = pytest.mark.deep
LIMITS = Limits(search_seconds=3)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KuboNode, KuboNode]]:
    folder = tmp_path_factory.mktemp("kubo")
    with kubo_node(folder / "one") as one, kubo_node(folder / "two") as two:
        one.connect(two)
        yield one, two


@pytest.fixture
def stores(nodes: tuple[KuboNode, KuboNode]) -> tuple[IpfsStore, IpfsStore]:
    """Both nodes as stores, emptied."""
    emptied = []
    for node in nodes:
        store = open_store(node.url, LIMITS)
        assert isinstance(store, IpfsStore)
        for blob in list(store.list()):
            store.delete(blob)
        node.rpc("repo/gc")
        emptied.append(store)
    return emptied[0], emptied[1]


@pytest.fixture
def store(stores: tuple[IpfsStore, IpfsStore]) -> IpfsStore:
    return stores[0]


def blocks_on_disk(node: KuboNode) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (node.folder / "blocks").rglob("*.data")}


def holds_any_of(node: KuboNode, blob: bytes) -> bool:
    """Whether a piece of the blob lies in the node's folder of blocks."""
    pieces = [blob[at : at + 1024] for at in range(0, len(blob), 1024**2)]
    return any(piece in block for block in blocks_on_disk(node).values() for piece in pieces)


def damage(node: KuboNode, blob: bytes) -> None:
    """Flips a bit of the last block of a blob on the node's disk."""
    last = blob[(len(blob) - 1) // 1024**2 * 1024**2 :]
    (path,) = (path for path, block in blocks_on_disk(node).items() if block == last)
    path.chmod(0o600)
    path.write_bytes(last[:-1] + bytes([last[-1] ^ 1]))


def test_blobs_come_back_as_they_were(store: IpfsStore, tmp_path: Path) -> None:
    takes_and_gives(store, tmp_path)


def test_a_put_that_is_killed_leaves_nothing_that_counts(store: IpfsStore, tmp_path: Path) -> None:
    a_killed_put_leaves_nothing_that_counts(store, tmp_path)


@pytest.mark.parametrize("show", CONTRACT, ids=lambda show: show.__name__)
def test_a_node_is_a_store(show: Callable[[IpfsStore], None], store: IpfsStore) -> None:
    show(store)


@pytest.mark.parametrize("blob", [SMALL, BLOCK], ids=["small", "one block"])
def test_another_node_finds_a_small_blob_by_its_hash_alone(
    blob: bytes, stores: tuple[IpfsStore, IpfsStore], nodes: tuple[KuboNode, KuboNode]
) -> None:
    one, two = stores
    assert one.put(blob).location == f"ipfs:{raw_cid(digest(blob))}"
    assert holds_any_of(nodes[0], blob)
    assert not two.has(digest(blob))
    assert fetched(two, blob) == blob


def test_another_node_finds_a_large_blob_by_its_location(stores: tuple[IpfsStore, IpfsStore]) -> None:
    one, two = stores
    location = one.put(LARGE).location
    assert location is not None
    with pytest.raises(MissingBlobError, match=r"neither it nor a node it asked gave the blob in 3 seconds"):
        fetched(two, LARGE)
    assert fetched(two, LARGE, hint=location) == LARGE


def test_a_location_of_something_else_is_found_out(stores: tuple[IpfsStore, IpfsStore]) -> None:
    one, two = stores
    other = one.put(LARGE).location
    one.put(SMALL)
    sink = io.BytesIO()
    with pytest.raises(DamagedBlobError, match="with the hash"):
        two.fetch(digest(SMALL), sink, hint=other)
    assert sink.getvalue() == b""
    assert other is not None
    report = Stores([two]).fetch(digest(SMALL), sink, hints=[other])
    assert [outcome.state for outcome in report.outcomes] == [State.DAMAGED, State.FETCHED]
    assert sink.getvalue() == SMALL


@pytest.mark.parametrize("blob", [SMALL, LARGE], ids=["small", "large"])
def test_garbage_collection_leaves_what_was_put(
    blob: bytes, store: IpfsStore, nodes: tuple[KuboNode, KuboNode]
) -> None:
    store.put(blob)
    nodes[0].rpc("repo/gc")
    assert store.has(digest(blob))
    assert fetched(store, blob) == blob


@pytest.mark.parametrize("blob", [SMALL, LARGE], ids=["small", "large"])
def test_no_block_is_left_of_what_was_deleted(blob: bytes, store: IpfsStore, nodes: tuple[KuboNode, KuboNode]) -> None:
    store.put(blob)
    assert holds_any_of(nodes[0], blob)
    assert store.delete(digest(blob)) is True
    assert not holds_any_of(nodes[0], blob)
    assert raw_cid(digest(blob)) not in nodes[0].rpc("pin/ls").decode()
    assert list(store.list()) == []


def test_what_a_node_fetched_from_another_is_deleted_too(
    stores: tuple[IpfsStore, IpfsStore], nodes: tuple[KuboNode, KuboNode]
) -> None:
    one, two = stores
    location = one.put(LARGE).location
    assert location is not None
    assert fetched(two, LARGE, hint=location) == LARGE
    assert holds_any_of(nodes[1], LARGE)
    report = Stores([one, two]).delete(digest(LARGE), hints=[location])
    assert report.none_left
    assert [outcome.state for outcome in report.outcomes] == [State.DELETED, State.DELETED]
    assert not holds_any_of(nodes[0], LARGE)
    assert not holds_any_of(nodes[1], LARGE)


def test_a_location_of_something_else_deletes_nothing(store: IpfsStore) -> None:
    other = store.put(LARGE).location
    store.put(SMALL)
    assert store.delete(digest(SMALL), hint=other) is True
    assert fetched(store, LARGE) == LARGE


def test_a_blob_that_the_owner_of_the_node_pinned_elsewhere_is_told(
    store: IpfsStore, nodes: tuple[KuboNode, KuboNode]
) -> None:
    store.put(SMALL)
    folder = "/mine"
    nodes[0].rpc("files/mkdir", folder)
    nodes[0].rpc("files/cp", f"/ipfs/{raw_cid(digest(SMALL))}", f"{folder}/copy")
    whole = json.loads(nodes[0].rpc("files/stat", folder))["Hash"]
    nodes[0].rpc("pin/add", whole)
    with pytest.raises(NotDeletedError, match="something else on this node has the blob pinned"):
        store.delete(digest(SMALL))
    nodes[0].rpc("pin/rm", whole)
    assert store.delete(digest(SMALL)) is True
    nodes[0].rpc("files/rm", f"{folder}&recursive=true")


@pytest.mark.parametrize("blob", [SMALL, LARGE], ids=["small", "large"])
def test_a_disk_that_rots_is_seen_and_put_right_from_another_store(
    blob: bytes, store: IpfsStore, nodes: tuple[KuboNode, KuboNode], tmp_path: Path
) -> None:
    both = Stores([store, open_store(str(tmp_path))])
    both.put(blob)
    damage(nodes[0], blob)
    with pytest.raises(DamagedBlobError):
        fetched(store, blob)
    report = both.repair(digest(blob))
    assert [outcome.state for outcome in report.outcomes] == [State.RESTORED, State.SOUND]
    assert fetched(store, blob) == blob


def test_a_blob_with_a_block_missing_is_not_held(store: IpfsStore, nodes: tuple[KuboNode, KuboNode]) -> None:
    location = store.put(LARGE).location
    assert location is not None
    cid = location.removeprefix("ipfs:")
    leaf = json.loads(nodes[0].rpc("refs", cid).splitlines()[0])["Ref"]
    nodes[0].rpc("pin/rm", cid)
    nodes[0].rpc("block/rm", leaf)
    assert not store.has(digest(LARGE))
    assert store.delete(digest(LARGE)) is True
    assert not holds_any_of(nodes[0], LARGE)


def test_a_large_number_of_blocks_goes_in_batches(store: IpfsStore, nodes: tuple[KuboNode, KuboNode]) -> None:
    blob = secrets.token_bytes(120 * 1024**2 + 5)
    store.put(blob)
    assert store.has(digest(blob))
    assert fetched(store, blob) == blob
    assert store.delete(digest(blob)) is True
    assert not holds_any_of(nodes[0], blob)


def test_a_node_that_was_stopped_is_told(tmp_path: Path) -> None:
    with kubo_node(tmp_path / "node") as node:
        store = open_store(node.url, LIMITS)
        store.put(SMALL)
    with pytest.raises(StoreFaultError, match="no connection; is the node running"):
        store.has(digest(SMALL))
