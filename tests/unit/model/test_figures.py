# SPDX-License-Identifier: AGPL-3.0-only
"""T5: a settlement with a fee of 8 per cent, shares rounded up to 0.01 and the surplus carried over, as 相互宝 had it.

There every member pays the same share, rounded up to a hundredth of a yuan. The ledger rounds the index instead: with a
unit of 0.01 yuan and members of SCALE thousandths each, one step of the index is 0.01 yuan for everybody, and the
figures are the same to the hundredth. With members of an ordinary full share the index is a thousand times finer:
nobody pays 6.13 where 6.1236 is needed, so what is carried over is below ceil(T / SCALE) units instead of up to
0.01 yuan each.
"""

from __future__ import annotations

import pytest

from support.mutuals import START, Village
from tongxin.model.ledger import Ledger, Settlement
from tongxin.units import SCALE, Bps, Index, ceil_div

FULL = 1_000
PERIODS = (
    # aid, members, need, share, collected, carried over: in hundredths of a yuan
    (70_000_000, 123_457, 75_600_000, 613, 75_679_141, 79_141),
    (130_000_000, 123_400, 140_320_859, 1_138, 140_429_200, 108_341),
    (30_000_000, 123_000, 32_291_659, 263, 32_349_000, 57_341),
)


def crowd(weight: int) -> tuple[Ledger, int]:
    """As many members as the first period has, each of a weight in thousandths, all ending at one distant tick."""
    spacing = 10_000 * SCALE // weight
    village = Village.found(
        fee=Bps(800), spacing=Index(spacing), round_cap=Index(10 * spacing), year_cap=Index(100 * spacing)
    )
    ledger = village.mutual.ledger
    for _ in range(PERIODS[0][1]):
        ledger.enter(10, weight)
    ledger.deposit(ledger.shares * ledger.place(10) // SCALE)
    return ledger, weight


def settle(ledger: Ledger, weight: int, members: int, due: int) -> Settlement:
    while ledger.heads > members:
        ledger.exit(10, weight)
    call = ledger.announce(due, 0)
    figures = ledger.apportion(due, 0, ledger.limit(call, START), START)
    ledger.retract(call)
    return figures


def test_t5_shares_rounded_up_to_a_hundredth() -> None:
    ledger, weight = crowd(SCALE)
    for aid, members, need, share, collected, carried in PERIODS:
        before = ledger.surplus
        figures = settle(ledger, weight, members, aid)
        assert figures.gross - before == need
        assert (figures.rise, figures.collected) == (share, collected)
        assert (figures.paid, figures.fee) == (aid, aid * 8 // 100)
        assert ledger.surplus == carried


def test_t5_with_ordinary_shares_hardly_anything_is_carried_over() -> None:
    ledger, weight = crowd(FULL)
    for aid, members, *_ in PERIODS:
        need = aid * 108 // 100 - ledger.surplus
        figures = settle(ledger, weight, members, aid)
        assert figures.paid == aid
        assert need <= figures.collected < need + ceil_div(members * FULL, SCALE)
        assert ledger.surplus < 124  # 1.24 yuan, where the rounded shares leave 1083.41
        assert figures.rise * FULL / SCALE == pytest.approx(need / members, abs=0.001)
        assert figures.rise * FULL < ceil_div(need, members) * SCALE  # less than the share rounded up
