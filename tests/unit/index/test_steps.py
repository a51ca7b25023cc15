# SPDX-License-Identifier: AGPL-3.0-only
"""What one step of the index reads: some answers of the endpoints, one after the other, of one chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tongxin.index.decode import WireLog
from tongxin.index.errors import ChainMovedError, TooMuchError
from tongxin.index.ranges import ANSWERS_AT_ONCE, Span
from tongxin.index.source import Block, Range, Source

OURS = ("0x" + "11" * 20,)
OTHERS = ("0x" + "22" * 20,)


class Chain(Source):
    """A source that shows `logs_in_block` logs in each block, and at most `largest` blocks at once."""

    def __init__(self, logs_in_block: int, largest: int = 10_000) -> None:
        super().__init__(["http://127.0.0.1:1"])
        self.logs_in_block = logs_in_block
        self.largest = largest
        self.asked: list[tuple[int, int]] = []
        self.moved: set[int] = set()

    def block(self, number: int) -> Block:
        branch = 1 if number in self.moved else 0
        return Block(number, bytes([branch]) * 32, bytes(32), number)

    def logs(self, addresses: Sequence[str], first: int, last: int) -> Range:
        self.asked.append((first, last))
        if last - first >= self.largest:
            raise TooMuchError("too much", large=False)
        numbers = range(first, last + 1)
        logs = [
            WireLog(addresses[0], [], "0x", hex(number), "", "", "0x0", hex(place))
            for number in numbers
            for place in range(self.logs_in_block)
        ]
        return Range(self.block(last), logs, {number: self.block(number) for number in numbers if logs})


@pytest.fixture
def busy() -> Iterator[Chain]:
    with Chain(10) as chain:
        yield chain


def test_a_step_holds_answers_until_it_has_its_logs(busy: Chain) -> None:
    found = busy.step(OURS, 1, 100, Span(first=1, aim=35))
    assert busy.asked == [(1, 1), (2, 3), (4, 5)]
    assert [int(log.block_number, 16) for log in found.logs] == [number for number in range(1, 6) for _ in range(10)]
    assert (found.last.number, set(found.blocks)) == (5, {1, 2, 3, 4, 5})


def test_a_step_ends_with_the_last_block(busy: Chain) -> None:
    assert busy.step(OURS, 1, 2, Span(first=1, aim=1_000)).last.number == 2
    assert busy.asked == [(1, 1), (2, 2)]


def test_a_quiet_time_is_written_now_and_then() -> None:
    with Chain(0) as chain:
        assert chain.step(OURS, 1, 100_000, Span(first=1, aim=10)).last.number == 2**ANSWERS_AT_ONCE - 1
        assert len(chain.asked) == ANSWERS_AT_ONCE


def test_what_is_too_much_at_once_is_read_in_parts() -> None:
    with Chain(1, largest=3) as chain:
        found = chain.step(OURS, 1, 8, Span(first=8, aim=100))
        assert [int(log.block_number, 16) for log in found.logs] == list(range(1, 9))


def test_a_chain_that_moves_between_two_answers_is_noticed(busy: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    show = busy.logs

    def moving(addresses: Sequence[str], first: int, last: int) -> Range:
        found = show(addresses, first, last)
        if len(busy.asked) == 2:
            busy.moved.add(1)
        return found

    monkeypatch.setattr(busy, "logs", moving)
    with pytest.raises(ChainMovedError, match="block 1"):
        busy.step(OURS, 1, 100, Span(first=1, aim=35))


def test_what_was_prepared_is_not_asked_for_again(busy: Chain) -> None:
    span = Span(first=1, aim=15)
    busy.prepare(OURS, 1, 100, span)
    assert busy.step(OURS, 1, 200, span).last.number == 2
    assert busy.asked == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    ("addresses", "first", "last"), [(OTHERS, 1, 100), (OURS, 2, 100), (OURS, 1, 50)], ids=["whose", "from", "to"]
)
def test_what_was_prepared_serves_no_other_question(
    busy: Chain, addresses: tuple[str, ...], first: int, last: int
) -> None:
    span = Span(first=1, aim=15)
    busy.prepare(OURS, 1, 100, span)
    found = busy.step(addresses, first, last, span)
    assert {log.address for log in found.logs} == set(addresses)
    assert int(found.logs[0].block_number, 16) == first
    assert len(busy.asked) > 2
