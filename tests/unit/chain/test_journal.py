# SPDX-License-Identifier: AGPL-3.0-only
"""The journal of sent transactions: on disk at once, apart by chain and account, one at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tongxin.chain.journal import Entry, Journal, JournalError, State

ENTRY = Entry("0x01", 5, "pay", b"raw", State.OPEN)


def test_what_was_added_is_there_for_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "sent.sqlite"
    with Journal(path) as journal:
        journal.add("1:a", "me", [ENTRY, Entry("0x02", 6, "other", b"more", State.OPEN)])
        journal.mark(["0x02"], State.MINED)
    with Journal(path) as again:
        assert again.of_purpose("1:a", "me", "pay") == [ENTRY]
        assert again.of_nonce("1:a", "me", 5) == [ENTRY]
        assert again.open_entries("1:a", "me") == [ENTRY]
        assert [entry.state for entry in again.of_purpose("1:a", "me", "other")] == [State.MINED]
        for chain, sender in (("1:b", "me"), ("1:a", "you")):
            assert not again.of_purpose(chain, sender, "pay")
            assert not again.open_entries(chain, sender)


def test_a_replacement_stands_beside_what_it_replaces() -> None:
    with Journal(None) as journal:
        journal.add("1", "me", [ENTRY])
        journal.add("1", "me", [Entry("0x03", 5, "pay", b"dearer", State.OPEN)])
        assert [entry.hash for entry in journal.of_nonce("1", "me", 5)] == ["0x01", "0x03"]


def test_a_batch_is_written_whole_or_not(tmp_path: Path) -> None:
    with Journal(tmp_path / "sent.sqlite") as journal:
        with pytest.raises(JournalError):
            journal.add("1", "me", [ENTRY, Entry("0x02", 6, "other", None, State.OPEN)])  # type: ignore[arg-type]
        assert not journal.open_entries("1", "me")
        journal.add("1", "me", [ENTRY])
        assert journal.open_entries("1", "me") == [ENTRY]


def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is no database, and must not become one" * 100, encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(JournalError, match="name another file"):
        Journal(path)
    assert path.read_bytes() == before
    with pytest.raises(JournalError):
        Journal(tmp_path / "notes.txt" / "sent.sqlite")


CHILD = """
import sys
import time
from pathlib import Path
from tongxin.chain.journal import Entry, Journal, State

path, own, other = (Path(argument) for argument in sys.argv[1:])
with Journal(path) as journal:
    own.touch()
    while not other.exists():
        time.sleep(0.001)
    for _ in range(60):
        with journal.exclusive(), journal.exclusive():
            nonce = len(journal.open_entries("1", "me"))
            time.sleep(0.001)
            journal.add("1", "me", [Entry(f"{own}-{nonce}", nonce, "x", b"", State.OPEN)])
"""


def test_processes_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "sent.sqlite"
    gates = [str(tmp_path / "one"), str(tmp_path / "two")]
    children = [subprocess.Popen([sys.executable, "-c", CHILD, str(path), *order]) for order in (gates, gates[::-1])]
    try:
        assert [child.wait(timeout=120) for child in children] == [0, 0]
    finally:
        for child in children:
            child.kill()
            child.wait()
    with Journal(path) as journal:
        assert [entry.nonce for entry in journal.open_entries("1", "me")] == list(range(120))


OPENER = """
import sys
import time
from pathlib import Path
from tongxin.chain.journal import Journal

folder, gate = (Path(argument) for argument in sys.argv[1:])
gate.touch()
while len(list(folder.glob("gate-*"))) < 2:
    time.sleep(0.0001)
for number in range(150):
    Journal(folder / f"{number}.sqlite").close()
"""


def test_two_processes_make_the_same_new_file(tmp_path: Path) -> None:
    gates = [str(tmp_path / f"gate-{number}") for number in range(2)]
    children = [subprocess.Popen([sys.executable, "-c", OPENER, str(tmp_path), gate]) for gate in gates]
    try:
        assert [child.wait(timeout=120) for child in children] == [0, 0]
    finally:
        for child in children:
            child.kill()
            child.wait()
