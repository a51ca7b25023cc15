# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from tongxin.chain.records import MemberRecord
from tongxin.words import FUND_MEMBER, MemberStatus


def test_a_member_is_in_force_although_the_mutual_is_not_plainly_running() -> None:
    word = FUND_MEMBER.pack(wallet=1, tick=7, shares=1_000, joined=2, class_id=0, status=MemberStatus.OCCUPIED)
    for flag in (0, 1 << 255):
        record = MemberRecord.unpack((word, 0, flag | 60, 0, 0))
        assert record.index == 60
        assert record.member.in_force(record.index, 10)
        assert not record.member.in_force(record.index, 8)
