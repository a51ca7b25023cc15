# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tongxin.index.ranges import LARGEST_SPAN, Span


def test_a_span_doubles_while_answers_are_small() -> None:
    span = Span(first=4, aim=100)
    seen = []
    for _ in range(5):
        seen.append(span.blocks)
        span.answered(span.blocks, 10)
    assert seen == [4, 8, 16, 32, 64]


def test_a_refused_span_is_halved_and_not_tried_again_at_once() -> None:
    span = Span(first=64, aim=100)
    span.refused(64)
    assert span.blocks == 32
    for _ in range(15):
        span.answered(32, 0)
    assert span.blocks == 32
    span.answered(32, 0)
    assert span.blocks == 64


def test_a_span_whose_answer_is_too_large_is_cut_by_far() -> None:
    span = Span(first=256, aim=100)
    span.refused(256, large=True)
    assert span.blocks == 4
    span.refused(4, large=True)
    assert span.blocks == 1


def test_a_large_answer_brings_the_span_down_to_what_is_aimed_at() -> None:
    span = Span(first=64, aim=100)
    span.answered(64, 400)
    assert span.blocks == 16


def test_one_block_is_the_least() -> None:
    span = Span(first=2, aim=1)
    span.answered(2, 5_000)
    assert span.blocks == 1
    span.refused(1)
    assert span.blocks == 1


def test_a_range_cut_short_by_the_head_says_nothing_about_the_span() -> None:
    span = Span(first=64, aim=100)
    span.answered(3, 0)
    assert span.blocks == 64


@given(st.lists(st.one_of(st.none(), st.integers(0, 100_000)), max_size=200))
def test_whatever_endpoints_answer_a_span_stays_within_its_bounds(answers: list[int | None]) -> None:
    span = Span()
    for answer in answers:
        if answer is None:
            span.refused(span.blocks)
        else:
            span.answered(span.blocks, answer)
        assert 1 <= span.blocks <= LARGEST_SPAN
