# SPDX-License-Identifier: AGPL-3.0-only
"""The table of packed words against docs/spec/interface.md, and packing itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin import words
from tongxin.words import Word, WordError

ALL = [item for item in vars(words).values() if isinstance(item, Word)]
WORDS = st.sampled_from(ALL)


@given(WORDS, st.data())
def test_what_is_packed_is_unpacked(word: Word, data: st.DataObject) -> None:
    numbers = {name: data.draw(st.integers(0, word.largest(name))) for name in word.names}
    assert word.unpack(word.pack(**numbers)) == numbers


@given(WORDS, st.data())
def test_what_does_not_fit_is_refused(word: Word, data: st.DataObject) -> None:
    numbers = dict.fromkeys(word.names, 0)
    name = data.draw(st.sampled_from(word.names))
    for number in (word.largest(name) + 1, -1):
        with pytest.raises(WordError, match=f"{name} = {number} does not fit"):
            word.pack(**{**numbers, name: number})


def test_the_first_field_lies_highest() -> None:
    assert words.FUND_PURSE.pack(surplus=1, due=0, fees=0) == 1 << 168
    assert words.LADDER.pack(**{**dict.fromkeys(words.LADDER.names, 0), "bps_0": 1}) == 1
    assert words.SHARES_WORD.pack(**{**dict.fromkeys(words.SHARES_WORD.names, 0), "class_9": 1}) == 1 << 216


def test_missing_and_unknown_fields_are_named() -> None:
    with pytest.raises(WordError, match="'fees' is missing"):
        words.FUND_PURSE.pack(surplus=0, due=0)
    with pytest.raises(WordError, match="no field 'fee'; it has surplus, due, fees"):
        words.FUND_PURSE.pack(surplus=0, due=0, fee=0)


def test_reserved_bits_are_no_field_and_stay_zero() -> None:
    with pytest.raises(WordError, match="no field 'reserved'"):
        words.ENTITLEMENT.pack(amount=0, waiting=0, reserved=1)
    with pytest.raises(WordError, match="reserved bits are set"):
        words.ENTITLEMENT.unpack(1)
    with pytest.raises(WordError, match="not a uint256"):
        words.ENTITLEMENT.unpack(1 << 256)


def test_a_layout_has_256_bits() -> None:
    with pytest.raises(WordError, match="256 bits"):
        Word("short", (("a", 255),))
