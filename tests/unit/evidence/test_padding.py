# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tongxin.evidence.padding import LEAST, padded

lengths = st.integers(0, 1 << 50)


@given(lengths)
def test_a_length_is_padded_as_padme_says(length: int) -> None:
    """The formula of the paper, with floating logarithms, where they are exact enough."""
    length = max(length, LEAST)
    exponent = math.floor(math.log2(length))
    if 2**exponent > length or 2 ** (exponent + 1) <= length:
        return
    shown = math.floor(math.log2(exponent)) + 1
    mask = (1 << exponent - shown) - 1
    assert padded(length) == (length + mask) & ~mask


@given(lengths)
def test_padding_adds_little_and_is_stable(length: int) -> None:
    whole = padded(length)
    assert whole % 512 == 0
    assert length <= whole <= max(LEAST, length * 33 / 32)
    assert padded(whole) == whole


def test_small_archives_all_look_alike() -> None:
    assert {padded(length) for length in (0, 1, 512, 65535, 65536)} == {65536}
    assert padded(65537) == 65536 + 2048


def test_few_sizes_are_left() -> None:
    assert len({padded(length) for length in range(0, 1 << 20, 64)}) < 140
