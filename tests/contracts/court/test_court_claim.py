# SPDX-License-Identifier: AGPL-3.0-only
"""Claims from filing to closing, with every way they can go."""

from __future__ import annotations

from support.hearing import GRANTED, TOKEN, Mutual


def test_a_granted_claim_is_paid(mutual: Mutual) -> None:
    filed = mutual.file()
    before = mutual.balance(mutual.wallets[0])
    mutual.judge(filed, [7, 7, 3])
    mutual.settle(filed)
    assert mutual.state(filed)["stage"] == GRANTED
    assert mutual.balance(mutual.wallets[0]) - before == 1000 * TOKEN + 6 * TOKEN
    mutual.check_conservation([filed])
    mutual.court.pay_jurors(filed.number, 0)
    mutual.check_conservation([filed])
