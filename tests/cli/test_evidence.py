# SPDX-License-Identifier: AGPL-3.0-only
"""Sealed evidence at the terminal, from a file to a vote and to its end (R-120 to R-127)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.case import CLAIMANT, DAY, case_of
from support.cli import Founded
from tongxin.cli.session import NOT_SENT
from tongxin.evidence.access import prepare, seat_readers
from tongxin.evidence.given import Given
from tongxin.evidence.shelf import Shelf
from tongxin.evidence.stores import open_stores

pytestmark = pytest.mark.chain

PLAIN = "张三 住院病历 110101199003071234".encode()
Found = Callable[[Mapping[str, object]], Founded]


def test_a_document_goes_sealed_from_the_claimant_to_the_juror_who_votes_by_it(
    founded: Founded, tmp_path: Path
) -> None:
    case = case_of(founded, tmp_path, (2, 3, 4))
    claimant = case.claimant
    (juror,) = case.drawn(founded.evidence(claimant, tmp_path / "evidence", PLAIN))
    assert "wait for the keys of seats 0" in claimant.failure("claim", "grant", "1")
    # Whoever opens first has announced by it.
    (announced,) = juror.answer("evidence", "open", "1", "--out", tmp_path / "opened")["seats"]
    assert (announced["status"], announced["block"]) == ("seen", founded.mutual.head().number)
    assert juror.answer("evidence", "announce")["seats"][0]["transaction"] is None
    assert "has not given access yet" in juror.failure("evidence", "open", "1", "--out", tmp_path / "opened")
    given = claimant.answer("evidence", "grant", "1")
    assert (given["seats"], given["without"], given["status"]) == ([0], [], "seen")
    opened = juror.answer("evidence", "open", "1", "--out", tmp_path / "opened")
    (path,) = map(Path, opened["files"])
    assert (path.name, path.read_bytes()) == ("plain.txt", PLAIN)
    assert "no attestor signed" in opened["event_use"]
    # A secret shown for what opens would reveal the document to everybody.
    assert "can be read" in juror.failure("vote", "commit", "1", "--unreadable")
    juror.run("vote", "commit", "1", "--level", "1")
    juror.run("vote", "reveal", "1")
    assert "showed no secret" in claimant.failure("evidence", "examine", "1", "0")
    stranger = case.person(9)
    assert stranger.answer("evidence", "summary", "1")["text"] == "a fall at work"
    assert "nobody granted it" in stranger.failure("evidence", "open", "1", "--out", tmp_path / "never")
    for store in case.stores:
        assert all(PLAIN not in path.read_bytes() for path in store.rglob("*") if path.is_file())
    claimant.run("claim", "push", "1")
    founded.world.travel(DAY)
    assert claimant.answer("claim", "push", "1")["stage"] == "granted"
    assert list((juror.home / "evidence" / "seats").iterdir())
    forgotten = juror.answer("evidence", "forget", "--closed")
    assert [seat["panel"] for seat in forgotten["seats"]] == [8]
    assert not list((juror.home / "evidence" / "seats").iterdir())


def test_seats_without_a_key_come_later_and_what_cannot_be_opened_is_shown(found_with: Found, tmp_path: Path) -> None:
    founded = found_with({"court.panel_size": 3, "court.juror_bond": "14"})
    case = case_of(founded, tmp_path, (0, 2, 3, 4, 5, 6, 7, 8, 9))
    claimant, mutual = case.claimant, founded.mutual
    first, second, third = case.drawn(founded.evidence(claimant, tmp_path / "evidence", PLAIN))
    for juror in (first, second):
        juror.run("evidence", "announce", "1")
    assert "seats 2" in claimant.failure("evidence", "grant", "1")
    founded.world.travel(mutual.court_terms.access // 2 + 60)

    # The claimant's program is killed after it put the keys and before it told the chain.
    claim, state, shelf = mutual.claim(1), mutual.court.state(1), Shelf(open_stores([str(case.stores[0])]))
    panel = mutual.jury.panel(8)
    assert panel is not None
    key = case.keep().document(claim.evidence)
    assert key is not None
    ready = prepare(
        mutual,
        1,
        claim,
        state,
        readers=seat_readers(mutual, shelf, 8, panel, state.attempt),
        key=key,
        given=Given(claimant.home / "evidence" / "given"),
    )
    for content in ready.grants.values():
        shelf.stores.put(content)
    given = claimant.answer("evidence", "grant", "1")
    assert (given["seats"], given["without"]) == ([0, 1], [2])
    assert given["keys_hash"] == "0x" + ready.manifest.digest.hex()
    again = claimant.answer("evidence", "grant", "1")
    assert (again["late"], again["authorised"]) == ([], [])

    # A seat that announces later gets its key while the vote goes on.
    third.run("evidence", "announce")
    assert "ask the claimant" in third.failure("evidence", "open", "1", "--out", tmp_path / "third")
    assert claimant.answer("evidence", "grant", "1")["late"] == [2]
    third.run("evidence", "open", "1", "--out", tmp_path / "third")
    assert (tmp_path / "third" / "plain.txt").read_bytes() == PLAIN
    assert "had announced no key" in third.failure("vote", "commit", "1", "--unreadable")

    # One store is down: nothing is known then. Both answer, and the wrapped key is gone: that is shown.
    listed = claimant.answer("evidence", "list", "1")["documents"][0]
    assert [item["seat"] for item in listed["granted"]] == [0, 1, None]
    (grant,) = [item["grant"] for item in listed["granted"] if item["seat"] == 0]
    for path in case.blob(grant):
        path.unlink()
    case.stores[1].rename(tmp_path / "away")
    case.stores[1].write_bytes(b"no folder")
    assert "store-b" in first.failure("vote", "commit", "1", "--unreadable")
    case.stores[1].unlink()
    (tmp_path / "away").rename(case.stores[1])
    failure = first.failure("evidence", "open", "1", "--out", tmp_path / "first")
    assert "no store has the wrapped key" in failure
    assert "--unreadable" in failure
    assert first.answer("vote", "commit", "1", "--unreadable")["level"] == 8
    second.run("vote", "commit", "1", "--level", "1")
    third.run("vote", "commit", "1", "--level", "1")
    first.run("vote", "reveal", "1")
    shown = case.person(9).answer("evidence", "examine", "1", "0")
    assert (shown["finding"], shown["unreadable"]) == ("no_grant", True)
    # The copy comes back: then the same secret opens the evidence, and the word was not true.
    for content in ready.grants.values():
        shelf.stores.put(content)
    assert not case.person(9).answer("evidence", "examine", "1", "0")["unreadable"]


def test_a_reader_is_granted_a_document_and_loses_it_and_it_is_forgotten(founded: Founded, tmp_path: Path) -> None:
    case = case_of(founded, tmp_path, (2, 3, 4))
    claimant, reader = case.claimant, case.person(2)
    sealed = founded.evidence(claimant, tmp_path / "evidence", PLAIN)
    case.filed(sealed)
    assert "announced no reader key" in claimant.failure("evidence", "grant", "1", "--reader", case.members[2])
    reader.run("evidence", "key", "new", "--hybrid")
    assert reader.answer("evidence", "key", "announce", case.members[2])["status"] == "seen"
    assert reader.answer("evidence", "key", "announce", case.members[2])["transaction"] is None
    (granted,) = claimant.answer("evidence", "grant", "1", "--reader", case.members[2])["granted"]
    assert granted["status"] == "seen"
    assert claimant.answer("evidence", "grant", "1", "--reader", case.members[2])["granted"] == [
        {**granted, **NOT_SENT}
    ]
    document = claimant.answer("evidence", "list")["documents"][0]["document"]
    assert reader.answer("evidence", "open", document, "--out", tmp_path / "read")["claim"] == 1
    assert (tmp_path / "read" / "plain.txt").read_bytes() == PLAIN

    assert "is not yours" in reader.failure("evidence", "forget", document)
    assert "is not yours" in reader.failure("evidence", "revoke", document, "--reader", case.members[2])

    # A lost copy is put again, a store that is down is named.
    case.blob(granted["grant"])[0].unlink()
    case.blob(document)[0].write_bytes(b"a lie")
    assert claimant.answer("evidence", "put", "--repair")["lost"] == []
    assert (len(case.blob(granted["grant"])), len(case.blob(document))) == (2, 2)
    case.stores[1].rename(tmp_path / "away")
    case.stores[1].write_bytes(b"no folder")
    half = claimant.answer("evidence", "revoke", "1", "--reader", case.members[2], code=1)
    assert "store-b" in half["remaining"][0]["stores"][0]["store"]
    case.stores[1].unlink()
    (tmp_path / "away").rename(case.stores[1])
    whole = claimant.answer("evidence", "revoke", document, "--reader", case.members[2])
    assert (whole["remaining"], [item["status"] for item in whole["deleted"]]) == ([], ["seen"])
    assert case.blob(granted["grant"]) == []
    assert "revoked" in reader.failure("evidence", "open", document, "--out", tmp_path / "again")

    # Granted once more; then all of it is forgotten.
    claimant.run("evidence", "grant", "1", "--reader", case.members[2])
    forgotten = claimant.answer("evidence", "forget", "--claim", "1")
    assert (forgotten["destroyed"], forgotten["kept"], forgotten["remaining"]) == ([document], [], [])
    assert len({item["grant"] for item in forgotten["granted"]}) == 2
    listed = claimant.answer("evidence", "list", "1")["documents"][0]
    assert (listed["kept"], len(listed["stores"])) == (False, 2)
    assert all(item["revoked"] for item in listed["granted"])
    assert len(founded.mutual.authorisations(bytes.fromhex(case.members[CLAIMANT][2:]))) == 2
    assert "no key at hand" in claimant.failure("evidence", "open", "1", "--out", tmp_path / "none")
    assert not list((claimant.home / "evidence" / "given").iterdir())


def test_a_key_from_the_wallet_comes_back_on_another_machine(founded: Founded, tmp_path: Path) -> None:
    case = case_of(founded, tmp_path, (2,))
    reader = case.person(2)
    warned = reader.run("evidence", "key", "new", "--from-wallet")
    assert "nothing can take that back" in warned.stderr
    reader.run("evidence", "key", "announce", case.members[2])
    sealed = tmp_path / "sealed"
    plain = tmp_path / "plain.txt"
    plain.write_bytes(PLAIN)
    case.claimant.run("evidence", "seal", plain, "--reader", case.members[2], "--no-keep", "--out", sealed)
    other = reader.using(home=tmp_path / "new-machine", password=None)
    other.home.mkdir()
    other.run("evidence", "key", "new", "--from-wallet")
    other.run("evidence", "open", sealed, "--out", tmp_path / "opened")
    assert (tmp_path / "opened" / "plain.txt").read_bytes() == PLAIN
    assert "come from" not in other.run("evidence", "key", "show").stdout
    assert "act as that wallet" in other.using(key=case.founded.world.keys[3]).failure(
        "evidence", "open", sealed, "--out", tmp_path / "never"
    )
    shutil.rmtree(other.home)


def test_an_open_panel_reads_the_summary_and_members_who_were_granted_the_rest(
    found_with: Found, tmp_path: Path
) -> None:
    founded = found_with({"court.panel": "open"})
    case = case_of(founded, tmp_path, (2,))
    claimant, reader = case.claimant, case.person(2)
    sealed = founded.evidence(claimant, tmp_path / "evidence", PLAIN)
    case.filed(sealed)
    founded.world.mine(6)
    claimant.run("draw", "1")
    assert "public summary" in claimant.failure("claim", "grant", "1")
    assert "evidence key announce" in reader.failure("evidence", "announce", "1")
    reader.run("evidence", "key", "new")
    reader.run("evidence", "key", "announce", case.members[2])
    claimant.run("evidence", "grant", "1", "--reader", case.members[2])
    assert reader.answer("evidence", "summary", "1")["text"] == "a fall at work"
    assert reader.answer("evidence", "open", "1", "--out", tmp_path / "read")["claim"] == 1
    assert (tmp_path / "read" / "plain.txt").read_bytes() == PLAIN


def test_access_too_late_leaves_nothing_in_the_stores(founded: Founded, tmp_path: Path) -> None:
    case = case_of(founded, tmp_path, (2, 3, 4))
    claimant = case.claimant
    (juror,) = case.drawn(founded.evidence(claimant, tmp_path / "evidence", PLAIN))
    juror.run("evidence", "announce")
    founded.world.travel(founded.mutual.court_terms.access + 60)
    before = sorted(path for store in case.stores for path in store.rglob("*"))
    assert "[court: not in the time for access]" in claimant.failure("claim", "grant", "1")
    assert sorted(path for store in case.stores for path in store.rglob("*")) == before
    assert "no key at hand" in juror.failure("claim", "grant", "1")
