# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from tongxin.roster import RosterRow, plan_batches

FUND = "0x" + "ab" * 20


def people(count: int) -> tuple[list[RosterRow], list[bytes]]:
    rows = [RosterRow(n + 2, f"N{n}", "王五", n % 2, f"0x{n + 1:040x}") for n in range(count)]
    return rows, [n.to_bytes(32) for n in range(count)]


def test_batches_hold_one_class_each_and_everybody_once_with_the_own_wallet() -> None:
    batches = plan_batches(*people(25), most=5)
    assert [(batch.class_id, len(batch.ids)) for batch in batches] == [(0, 5), (0, 5), (0, 3), (1, 5), (1, 5), (1, 2)]
    pairs = {pair for batch in batches for pair in zip(batch.ids, batch.wallets, strict=True)}
    assert pairs == {(n.to_bytes(32), f"0x{n + 1:040x}") for n in range(25)}


def test_purposes_are_the_same_for_the_same_part_and_differ_otherwise() -> None:
    first, second = plan_batches(*people(25), most=5), plan_batches(*people(25), most=5)
    purposes = [batch.purpose(FUND) for batch in first]
    assert purposes == [batch.purpose(FUND.upper().replace("X", "x")) for batch in second]
    assert len({*purposes, first[0].purpose("0x" + "22" * 20)}) == len(first) + 1
    assert plan_batches(*people(24), most=5)[0].purpose(FUND) == purposes[0]
