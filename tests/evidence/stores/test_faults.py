# SPDX-License-Identifier: AGPL-3.0-only
"""Servers that lie, break off, give too much, hang or drip, against the real clients of S3 and IPFS.

Only the faults are played here. What these clients do with real servers is in `test_s3.py`, `test_versity.py` and
`test_kubo.py`.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faulty_http import Fault, Reply, faulty_server
from support.store_contract import LARGE, SMALL, digest
from tongxin.evidence.stores import Limits, NoStoreError, State, Store, Stores, open_store
from tongxin.evidence.stores.base import LARGEST
from tongxin.evidence.stores.faults import DamagedBlobError, StoreFaultError
from tongxin.evidence.stores.ipfs import raw_cid
from tongxin.evidence.stores.s3 import S3Store

CID = raw_cid(digest(SMALL))
PATIENT = Limits()
KINDS = ("s3", "ipfs")


@contextlib.contextmanager
def serving(kind: str, reply: Reply) -> Iterator[str]:
    """The address of a store whose server answers a fetch with `reply`, and everything else as it should."""

    def script(_method: str, path: str, _body: bytes) -> Reply:
        if kind == "s3" or path.startswith("/api/v0/cat"):
            return reply
        assert path.startswith("/api/v0/files/stat"), path
        return Reply(json.dumps({"Hash": CID, "Type": "file"}).encode())

    with faulty_server(script) as url:
        yield f"s3://bucket?endpoint={url}" if kind == "s3" else f"ipfs+{url}"


def opened(url: str, limits: Limits) -> Store:
    """A store that is ready: making a client of boto3 takes longer than a hasty limit on a busy machine."""
    store = open_store(url, limits)
    if isinstance(store, S3Store):
        store._client()
    return store


def given(kind: str, reply: Reply, limits: Limits, largest: int = LARGEST) -> bytes:
    """What comes of a fetch of SMALL; nothing may reach the sink where it fails."""
    sink = io.BytesIO()
    with serving(kind, reply) as url:
        try:
            opened(url, limits).fetch(digest(SMALL), sink, largest=largest)
        finally:
            assert sink.getvalue() in {b"", SMALL}
    return sink.getvalue()


pytestmark = [pytest.mark.usefixtures("keys"), pytest.mark.parametrize("kind", KINDS)]


def test_without_a_fault_the_blob_comes(kind: str) -> None:
    assert given(kind, Reply(SMALL), PATIENT) == SMALL


def test_a_lie_is_found_out(kind: str) -> None:
    lie = SMALL[:-1] + bytes([SMALL[-1] ^ 0x80])
    with pytest.raises(DamagedBlobError, match=f"with the hash {digest(lie).hex()} for {digest(SMALL).hex()}"):
        given(kind, Reply(lie), PATIENT)


def test_a_short_answer_is_found_out(kind: str) -> None:
    with pytest.raises(DamagedBlobError, match="with the hash"):
        given(kind, Reply(SMALL[:-1]), PATIENT)


def test_an_answer_that_breaks_off_is_found_out(kind: str) -> None:
    with pytest.raises(DamagedBlobError, match="broke off"):
        given(kind, Reply(SMALL, fault=Fault.BREAKS_OFF), PATIENT)


def test_too_much_is_refused_by_what_is_announced(kind: str) -> None:
    with pytest.raises(DamagedBlobError, match="at most 100,001 are taken"):
        given(kind, Reply(SMALL + b"!"), PATIENT, largest=len(SMALL))


def test_an_endless_answer_is_cut_off(kind: str) -> None:
    with pytest.raises(DamagedBlobError, match="at most 1,000,000 are taken"):
        given(kind, Reply(SMALL, fault=Fault.ENDLESS), PATIENT, largest=1_000_000)


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.SILENT_AFTER_HEADERS, Fault.DRIPS_HEADERS, Fault.DRIPS_BODY])
def test_a_server_that_hangs_is_given_up(kind: str, fault: Fault, hasty: Limits) -> None:
    with pytest.raises(StoreFaultError, match=r"nothing came|hangs|in 0.4 seconds|not done|a second"):
        given(kind, Reply(SMALL, fault=fault), hasty)


def test_a_connection_that_is_closed_at_once_is_told(kind: str) -> None:
    with pytest.raises(StoreFaultError, match=r"broke off|no connection|does not do as asked"):
        given(kind, Reply(fault=Fault.RESETS), PATIENT)


@pytest.mark.parametrize("status", [301, 403, 404, 500, 503])
def test_an_error_is_told_without_the_servers_words(kind: str, status: int) -> None:
    reply = Reply(b"<html>\x1b[31m no </html>", status, headers=(("Location", "http://127.0.0.1:9/"),))
    with pytest.raises(StoreFaultError) as caught:
        given(kind, reply, PATIENT)
    assert "html" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_server_that_is_not_there_is_told(kind: str) -> None:
    with faulty_server(lambda *_: Reply()) as url:
        pass
    store = open_store(f"s3://bucket?endpoint={url}" if kind == "s3" else f"ipfs+{url}", PATIENT)
    for ask in (lambda: store.put(SMALL), lambda: store.has(digest(SMALL)), lambda: list(store.list())):
        with pytest.raises(StoreFaultError, match="no connection"):
            ask()


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.DRIPS_HEADERS, Fault.RESETS])
def test_a_put_to_a_server_that_hangs_is_given_up(kind: str, fault: Fault, hasty: Limits) -> None:
    with faulty_server(lambda *_: Reply(fault=fault)) as url:
        store = opened(f"s3://bucket?endpoint={url}" if kind == "s3" else f"ipfs+{url}", hasty)
        with pytest.raises(StoreFaultError):
            store.put(LARGE)


def test_the_next_store_is_tried_and_each_failure_reported(kind: str, hasty: Limits, tmp_path: Path) -> None:
    folder = open_store(str(tmp_path))
    folder.put(SMALL)
    sink = io.BytesIO()
    with (
        serving(kind, Reply(LARGE)) as lies,
        serving(kind, Reply(SMALL, fault=Fault.BREAKS_OFF)) as breaks,
        serving(kind, Reply(SMALL, fault=Fault.SILENT_AFTER_HEADERS)) as hangs,
    ):
        stores = [opened(url, hasty) for url in (lies, breaks, hangs)]
        report = Stores([*stores, folder]).fetch(digest(SMALL), sink)
        with pytest.raises(NoStoreError, match="no store gave the blob") as caught:
            Stores(stores).fetch(digest(SMALL), io.BytesIO())
    assert sink.getvalue() == SMALL
    states = [outcome.state for outcome in report.outcomes]
    assert states[:2] == [State.DAMAGED, State.DAMAGED]
    assert states[2] in {State.FAILED, State.ABSENT}
    assert states[3] is State.FETCHED
    assert all(outcome.why for outcome in report.outcomes[:3])
    assert [outcome["store"] for outcome in caught.value.outcomes] == [store.url for store in stores]
    json.dumps(caught.value.details())


def test_keys_are_in_no_error(kind: str, keys: tuple[str, str]) -> None:
    """Even where a server repeats what it was sent."""
    access, secret = keys
    echo = f"<Error><Code>{secret}</Code><Message>{secret} {access}</Message></Error>".encode()
    with pytest.raises(StoreFaultError) as caught:
        given(kind, Reply(echo, 403), PATIENT)
    told = f"{caught.value} {caught.value!r} {caught.value.details()}"
    assert access not in told
    assert secret not in told
