# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from tongxin.demo.agenda import Agenda


def test_acts_are_done_in_the_order_of_time_and_then_of_writing() -> None:
    trips: list[int] = []
    done: list[str] = []
    agenda = Agenda()
    agenda.at(20, lambda: done.append("c"))
    agenda.at(10, lambda: done.append("a"))
    agenda.at(10, lambda: done.append("b"))
    agenda.run(trips.append)
    assert done == ["a", "b", "c"]
    assert trips == [10, 10, 20]
    assert len(agenda) == 0


def test_acts_put_down_others() -> None:
    done: list[str] = []
    agenda = Agenda()

    def first() -> None:
        done.append("first")
        agenda.at(15, lambda: done.append("between"))

    agenda.at(10, first)
    agenda.at(20, lambda: done.append("last"))
    agenda.run(lambda _: None)
    assert done == ["first", "between", "last"]
