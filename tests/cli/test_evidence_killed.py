# SPDX-License-Identifier: AGPL-3.0-only
"""SIGKILL in the middle of giving access and of forgetting: the same command goes on, and does nothing twice."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.case import CLAIMANT, Case, case_of
from support.cli import Founded
from support.inside import Inside, drawn
from support.rpc_proxy import lying_endpoint
from tongxin.chain import dev_rpc
from tongxin.chain.events import AccessGranted, Authorised, Event, Revoked
from tongxin.cli import evidence_end, evidence_give, evidence_seats
from tongxin.evidence.keys import Identity, KeyKind

pytestmark = pytest.mark.chain
PLAIN = b"what happened"
SECONDS = 60.0
SENT = "eth_sendRawTransaction"


def killed(person: Inside, arguments: tuple[str, ...], when: Callable[[str], bool]) -> str:
    """Kills a command while it waits for the answer to the first request for which `when` holds; that method.

    The chain has got the request, so a transaction that is sent then is mined without the program's ever knowing.
    """
    reached, released = threading.Event(), threading.Event()
    methods: list[str] = []

    def hold(method: str, _params: list[Any], result: Any) -> Any:
        if when(method):
            methods.append(method)
            reached.set()
            released.wait(SECONDS)
        return result

    with (
        lying_endpoint(person.case.founded.world.url, hold) as url,
        person.terminal.using(url=url).start(*arguments) as process,
    ):
        came = reached.wait(SECONDS)
        process.kill()
        _output, errors = process.communicate(timeout=SECONDS)
        released.set()
    assert came, errors
    assert process.returncode == -signal.SIGKILL
    _all_mined(person.case.founded.world.url)
    return methods[0]


def _all_mined(url: str) -> None:
    """A node answers as soon as it has a transaction; the block comes a moment later."""
    end = time.monotonic() + SECONDS
    while int(dev_rpc.request(url, "txpool_status")["pending"], 16):
        assert time.monotonic() < end, "what was sent is not mined"
        time.sleep(0.01)


def blobs(case: Case) -> set[Path]:
    return {path for store in case.stores for path in store.rglob("*") if path.is_file()}


def told(case: Case, kind: type[Event]) -> list[Any]:
    return list(case.founded.mutual.events(kinds=(kind,)))


@pytest.fixture
def case(founded: Founded, tmp_path: Path) -> Case:
    """Claim 1 is drawn, and its juror announced a key."""
    made = case_of(founded, tmp_path, (2, 3, 4))
    claimant = Inside(made, CLAIMANT)
    for number in (CLAIMANT, 2, 3, 4):
        Inside(made, number).key()
    claimant.file(claimant.seal(PLAIN))
    (juror,) = drawn(made)
    juror.do(evidence_seats.announce)
    return made


def test_access_goes_on_after_a_kill_before_and_after_the_chain_is_told(case: Case) -> None:
    claimant = Inside(case, CLAIMANT)
    manifests = claimant.home / "evidence" / "manifests"
    before = blobs(case)
    # A grant and a manifest in each of two stores.
    method = killed(claimant, ("claim", "grant", "1"), lambda _method: len(blobs(case) - before) == 4)
    assert method != SENT
    assert told(case, AccessGranted) == []
    (kept,) = manifests.iterdir()
    put = blobs(case)

    assert killed(claimant, ("claim", "grant", "1"), lambda method: method == SENT) == SENT
    (granted,) = told(case, AccessGranted)
    assert granted.keys_hash.hex() == kept.stem
    assert (list(manifests.iterdir()), blobs(case)) == ([kept], put)

    done = claimant.do(evidence_give.grant, "1")
    assert (done["late"], done["without"], done["authorised"]) == ([], [], [])
    assert (told(case, AccessGranted), told(case, Authorised)) == ([granted], [])
    assert (list(manifests.iterdir()), blobs(case)) == ([kept], put)
    (juror,) = (
        Inside(case, number) for number in (2, 3, 4) if (case.folder / f"home-{number}/evidence/seats").exists()
    )
    assert juror.opened() == PLAIN


def test_forgetting_goes_on_after_a_kill(case: Case) -> None:
    claimant = Inside(case, CLAIMANT)
    before = blobs(case)
    readers = [Identity.generate(KeyKind.X25519).recipient.text for _count in range(2)]
    claimant.do(evidence_give.grant, "1", reader=readers)
    assert len(blobs(case) - before) == 4
    arguments = ("evidence", "forget", "--claim", "1", "--yes")
    assert killed(claimant, arguments, lambda method: method == SENT) == SENT
    # One reader's wrapped key is gone and that is on record; the other's is still there, and so is the document's key.
    assert len(told(case, Revoked)) == 1
    assert len(blobs(case) - before) == 2
    assert list((claimant.home / "evidence" / "documents").iterdir())

    forgotten = claimant.do(evidence_end.forget, claim=1)
    assert (forgotten["kept"], forgotten["remaining"], len(forgotten["destroyed"])) == ([], [], 1)
    assert (len(told(case, Authorised)), len(told(case, Revoked))) == (2, 2)
    assert blobs(case) <= before
    assert list((claimant.home / "evidence" / "documents").iterdir()) == []
    # Once more: nothing is left to be done, and nothing is done.
    again = claimant.do(evidence_end.forget, claim=1)
    assert (again["destroyed"], again["kept"], again["remaining"]) == ([], [], [])
    assert len(told(case, Revoked)) == 2
