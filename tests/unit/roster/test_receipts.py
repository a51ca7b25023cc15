# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from pathlib import Path

import pytest

from tongxin.roster import (
    Receipt,
    Receipts,
    ReceiptsError,
    TopUpPlan,
    read_plan,
    read_receipts,
    write_plan,
    write_receipts,
)

RECEIPTS = Receipts(
    chain_id=31337,
    fund="0x" + "11" * 20,
    payer="0x" + "22" * 20,
    receipts=(Receipt(member_id="0x" + "01" * 32, tick=9, price=1_000, transaction="0x" + "ab" * 32, block=3),),
)


def test_receipts_survive_writing_and_reading(tmp_path: Path) -> None:
    write_receipts(tmp_path / "receipts.json", RECEIPTS)
    assert read_receipts(tmp_path / "receipts.json") == RECEIPTS
    assert [path.name for path in tmp_path.iterdir()] == ["receipts.json"]


@pytest.mark.parametrize("change", [("tongxin-receipts/1", "other/1"), ("1000", "-1"), ("0x" + "ab" * 32, "0xab")])
def test_what_holds_no_receipts_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    path = tmp_path / "receipts.json"
    write_receipts(path, RECEIPTS)
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(ReceiptsError, match="holds no Receipts"):
        read_receipts(path)


def test_a_file_that_cannot_be_read_or_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReceiptsError, match="cannot be read"):
        read_receipts(tmp_path / "none.json")
    with pytest.raises(ReceiptsError, match="cannot be written"):
        write_receipts(tmp_path / "none" / "receipts.json", RECEIPTS)


def test_a_plan_is_for_its_owner_alone_because_it_holds_the_hash_of_a_list(tmp_path: Path) -> None:
    path = tmp_path / "plan"
    plan = TopUpPlan(run="r", list_digest="00", chain_id=31337, fund=RECEIPTS.fund, payer=RECEIPTS.payer, purchases=())
    (tmp_path / "plan.new").write_text("left by a process that was killed", encoding="utf-8")
    write_plan(path, plan)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_plan(path) == plan
