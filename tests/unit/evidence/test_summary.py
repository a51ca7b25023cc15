# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: RUF001, full-width letters and commas are what is tested
from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.evidence.errors import SummaryError
from tongxin.evidence.summary import MOST_SUMMARY_BYTES, Summary, band, check_masked

SUMMARY = Summary(benefit="hospital", month="2026-03", amount_band=(5000, 10000), text="住院十二天，手术一次。")


def test_a_summary_is_read_back_and_named_by_its_hash() -> None:
    data = SUMMARY.to_bytes()
    assert Summary.parse(data) == SUMMARY
    assert SUMMARY.digest == hashlib.sha256(data).digest()
    assert "住院" in data.decode()


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "beginning"),
        (b"{}", "benefit"),
        (b'{"benefit":"a","month":"2026-13"}', "month"),
        (b'{"benefit":"a","month":"2026-03-01"}', "month"),
        (b'{"benefit":"a","month":"2026-03","amount_band":[4999,5001]}', "beginning"),
        (b'{"benefit":"a","month":"2026-03","amount_band":[-1,1]}', "beginning"),
        (b'{"benefit":"a","month":"2026-03","member":"x"}', "member"),
    ],
)
def test_what_is_no_summary_is_refused(data: bytes, where: str) -> None:
    with pytest.raises(SummaryError, match=where):
        Summary.parse(data)


def test_a_huge_summary_is_refused() -> None:
    with pytest.raises(SummaryError, match="longer"):
        Summary.parse(b" " * (MOST_SUMMARY_BYTES + 1))


@given(st.integers(-5, 10**12))
def test_a_band_holds_its_amount_and_is_coarse(amount: int) -> None:
    least, above = band(amount)
    assert max(amount, 0) >= least
    assert amount < above
    assert band(least) == (least, above)
    assert amount < 1 or str(least).rstrip("0") in {"1", "2", "5"}


@pytest.mark.parametrize(
    ("amount", "expected"), [(0, (0, 1)), (1, (1, 2)), (4, (2, 5)), (9, (5, 10)), (10, (10, 20)), (7300, (5000, 10000))]
)
def test_bands_are_those_of_1_2_5(amount: int, expected: tuple[int, int]) -> None:
    assert band(amount) == expected


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("张三住院", "张三"),
        ("张 三 住院", "张三"),
        ("Mr. ZHANG-SAN was ill", "Zhang San"),
        ("ward of Ｚｈａｎｇ", "zhang"),
        ("no. 12-34 5", "12345"),
        ("Xu was ill", "Xu"),
        ("at First People's Hospital", "first peoples hospital"),
    ],
)
def test_a_personal_word_is_found_however_it_is_written(text: str, secret: str) -> None:
    with pytest.raises(SummaryError, match="word 2") as refusal:
        check_masked(text, ["nothing", secret])
    assert secret.casefold() not in str(refusal.value).casefold()


@pytest.mark.parametrize(
    "text",
    [
        "call 138 0013 8000",
        "１３８００１３８０００",
        "id 110101199003074258",
        "on 2026-03-01",
        "mail a.b@example.org",
        "6222.0200.1234",
    ],
)
def test_what_looks_personal_is_found_without_being_told(text: str) -> None:
    with pytest.raises(SummaryError):
        check_masked(text)


@pytest.mark.parametrize(
    "text", ["住院十二天，2026年3月", "a clinic for the liver", "5000 to 10000", "12 days, 3 doctors", ""]
)
def test_a_masked_text_passes(text: str) -> None:
    check_masked(text, ["Li", "张三", "Wang", "", "三"])
