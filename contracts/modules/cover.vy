#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Cover
@license AGPL-3.0-only
@notice Which record of a member counts for a day, and whether it was in force then (R-45, R-51).
@dev No state. Reads the words that Fund.record gives. Waiting times are the caller's: they depend on the benefit.
"""

from modules import words

STAMP_AT: constant(uint256) = 144


struct Cover:
    # Paid for, and not exited, at the start of the day.
    in_force: bool
    # Start of membership of that record, in seconds.
    joined: uint256
    class_id: uint256
    # Hour of a class change before the day, in seconds, or 0; and the class before it (R-45).
    changed: uint256
    previous_class: uint256


@internal
@pure
def _on_day(
    member: uint256,
    history: uint256,
    index: uint256,
    member_tick: uint256,
    history_tick: uint256,
    spacing: uint256,
    start: uint256,
) -> Cover:
    """
    @dev `start` is the first second of the day in the charter's zone.
    """
    cover: Cover = empty(Cover)
    record: uint256 = member & words.MASK_96
    tick: uint256 = member_tick
    is_earlier: bool = False
    changed: uint256 = ((history >> words.CHANGED_AT) & words.MASK_20) * words.HOUR
    if changed != 0:
        if start < changed:
            is_earlier = True
            record = history >> words.RECORD_AT
            tick = history_tick
        else:
            cover.changed = changed
            cover.previous_class = (history >> (words.RECORD_AT + words.CLASS_AT)) & 65_535
    cover.joined = ((record >> words.JOINED_AT) & words.MASK_20) * words.HOUR
    cover.class_id = (record >> words.CLASS_AT) & 65_535
    end: uint256 = ((record >> words.TICK_AT) & words.MASK_28) * spacing
    cover.in_force = end > index or (tick >> STAMP_AT) & words.MASK_40 > start
    if record & words.EXITED != 0:
        exited: uint256 = ((history >> words.EXITED_AT) & words.MASK_20) * words.HOUR
        # A second exit overwrote the hour of the first: nothing is known of the earlier record any more.
        if start >= exited or (is_earlier and member & words.EXITED != 0):
            cover.in_force = False
    return cover
