# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.roster import Batch, BatchState, EnrolmentJournal, JournalError, RosterRow, plan_batches

FUND = "0x" + "11" * 20


def people(count: int) -> tuple[list[RosterRow], list[bytes]]:
    rows = [RosterRow(n + 2, f"N{n}", "王五", n % 2, f"0x{n + 1:040x}") for n in range(count)]
    return rows, [n.to_bytes(32) for n in range(count)]


def opened(folder: Path, batches: tuple[Batch, ...]) -> EnrolmentJournal:
    return EnrolmentJournal(folder, 31337, FUND, batches)


def test_batches_hold_one_class_each_and_everybody_once() -> None:
    batches = plan_batches(*people(25), most=5)
    assert [(batch.number, batch.class_id, len(batch.ids)) for batch in batches] == [
        (0, 0, 5), (1, 0, 5), (2, 0, 3), (3, 1, 5), (4, 1, 5), (5, 1, 2),
    ]  # fmt: skip
    assert {item for batch in batches for item in batch.ids} == {n.to_bytes(32) for n in range(25)}
    assert batches == plan_batches(*people(25), most=5)


def test_a_later_run_knows_how_far_an_earlier_one_came(tmp_path: Path) -> None:
    batches = plan_batches(*people(10), most=5)
    with opened(tmp_path, batches) as journal:
        assert not journal.is_resumed
        journal.sent(batches[0], 7, "0xaa")
        journal.done(batches[0], 5, 12)
        journal.sent(batches[1], 7, "0xbb")
    with opened(tmp_path, batches) as journal:
        assert journal.is_resumed
        assert [journal.state(batch) for batch in batches] == [BatchState.DONE, BatchState.SENT]
        assert journal.transaction(batches[1]) == "0xbb"


def test_a_line_cut_off_by_a_crash_is_dropped(tmp_path: Path) -> None:
    batches = plan_batches(*people(10), most=5)
    with opened(tmp_path, batches) as journal:
        journal.sent(batches[0], 7, "0xaa")
    with journal.path.open("ab") as file:
        file.write(b'{"batch": 1, "sta')
    with opened(tmp_path, batches) as journal:
        assert [journal.state(batch) for batch in batches] == [BatchState.SENT, BatchState.PLANNED]
        journal.sent(batches[1], 7, "0xbb")
    with opened(tmp_path, batches) as journal:
        assert [journal.state(batch) for batch in batches] == [BatchState.SENT, BatchState.SENT]


def test_two_processes_cannot_work_on_the_same_enrolment(tmp_path: Path) -> None:
    batches = plan_batches(*people(10), most=5)
    with opened(tmp_path, batches), pytest.raises(JournalError, match="another process"), opened(tmp_path, batches):
        pass


def test_another_roster_mutual_or_chain_has_another_journal(tmp_path: Path) -> None:
    batches = plan_batches(*people(10), most=5)
    paths = {
        EnrolmentJournal(tmp_path, 31337, FUND, batches).path,
        EnrolmentJournal(tmp_path, 31337, FUND, batches[:1]).path,
        EnrolmentJournal(tmp_path, 1, FUND, batches).path,
        EnrolmentJournal(tmp_path, 31337, "0x" + "22" * 20, batches).path,
    }
    assert len(paths) == 4


@pytest.mark.parametrize(
    "line", [b"not json\n", b'{"batch": 99, "state": "sent"}\n', b'{"batch": 0, "state": "lost"}\n']
)
def test_a_damaged_journal_is_refused(tmp_path: Path, line: bytes) -> None:
    batches = plan_batches(*people(10), most=5)
    with opened(tmp_path, batches) as journal:
        pass
    with journal.path.open("ab") as file:
        file.write(line)
    with pytest.raises(JournalError, match="damaged"), opened(tmp_path, batches):
        pass


def test_the_journal_names_nobody(tmp_path: Path) -> None:
    rows, ids = people(10)
    batches = plan_batches(rows, ids, most=5)
    with opened(tmp_path, batches) as journal:
        journal.sent(batches[0], 7, "0xaa")
    text = journal.path.read_text(encoding="utf-8")
    assert "王五" not in text
    assert journal.path.stat().st_mode & 0o777 == 0o600
