# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual of any size: members of several classes on many ticks enrolled in blocks of many batches, and some hundreds
who join by themselves, top up, set standing orders, leave, claim and judge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tongxin.bench.errors import BenchError
from tongxin.bench.hearing import Hearings
from tongxin.bench.membership import FURTHER, UNLIMITED, Register, member_account
from tongxin.bench.stage import GAS_LIMIT, HOUR, Stage, bench_rules, changed
from tongxin.chain import dev_rpc
from tongxin.chain.fund import ENROL_BATCH
from tongxin.charter import Charter
from tongxin.units import ceil_div

__all__ = ["BLOCK_BATCHES", "LEAST_MEMBERS", "Crowd", "crowd_rules"]

Progress = Callable[[str, int, int], None]

FIRST: Final = 10
"""Members of the mutual in which a settlement is measured first."""
JURORS: Final = 25
JOINING, ORDERING, LEAVING, CLAIMING = 100, 60, 40, 12
"""Of those who act: how many do what."""
LEAST_MEMBERS: Final = FIRST + JOINING + ORDERING + LEAVING + CLAIMING
CLASSES: Final = ("1", "0.1", "0.5", "0.8", "1.5", "2")
"""Shares of each class."""
TICKS: Final = (50, 100, 180, 260, 360, 480, 620, 700, 800, 900, 960, 1_000)
"""Where the runways of the enrolled end."""
KINDS: Final = len(CLASSES) * len(TICKS)
BLOCK_BATCHES: Final = 40
"""Batches of a block. The local chain hashes its whole state for each block, so that small blocks would take days."""
SPONSORED_COINS: Final = 1_000
"""What the dearest runway of the largest class costs, and some more, in whole tokens."""


def crowd_rules(members: int) -> Charter:
    """The charter: the bench's, with more classes, and claims so small that ten members pay two within one tick.

    A settlement that comes as far as a tick has one word more to read, at any size; these are compared without it.
    """
    amounts = [f"{float(shares):g}" for shares in CLASSES]
    return changed(
        bench_rules(),
        {
            "classes": [
                {"label": {"zh": f"{shares} 份", "en": f"{shares} shares"}, "shares": shares} for shares in CLASSES
            ],
            "benefits.0.amounts": amounts,
            "benefits.0.waiting": ["0d"] * len(CLASSES),
            "court.juror_pay": "0.1",
            "membership.admission.admission_floor": members + KINDS * LEAST_MEMBERS,
        },
    )


@dataclass
class Crowd:
    """The members and what they do.

    Attributes:
        stage: Where.
        members: How many are in force in the end.
        progress: Told what is done.
    """

    stage: Stage
    members: int
    progress: Progress

    def __post_init__(self) -> None:
        self._register = Register(self.stage)
        self._hearings = Hearings(self.stage, claimant=JURORS, distinct=False)
        self._joined = self._gone = 0

    @property
    def present(self) -> int:
        """Members in force."""
        return self._register.count + self._joined - self._gone

    def gather_ten(self) -> None:
        """Ten members, and jurors who left and keep their bonds posted, so that ten can have a claim before a lot."""
        register = self._register
        register.open(SPONSORED_COINS * (self.members + LEAST_MEMBERS))
        register.enrol(JURORS + FIRST)
        self.stage.travel(self.stage.now + HOUR)
        for number in range(JURORS):
            self.progress("jurors", number, JURORS)
            register.accept(number)
            self._hearings.volunteer(number)
        self._prepare(JURORS)
        register.leave(range(JURORS))
        self._gone = JURORS

    def settle(self) -> int:
        """Gas of settling and paying a claim of one of the first ten, the same act at any size."""
        return self._hearings.hear(batched=True).settle

    def act(self) -> None:
        """Some hundreds join, lengthen their runways, leave, claim."""
        register, stage = self._register, self.stage
        register.enrol(ORDERING + LEAVING + CLAIMING)
        for number in range(JOINING):
            self.progress("joining and topping up", number, JOINING)
            name = f"joiner {number}"
            register.join(name, TICKS[-1 - number % 3])
            self._joined += 1
            if number % 2:
                register.top_up(name, FURTHER)
        first = JURORS + FIRST
        ordering = range(first, first + ORDERING)
        for number in ordering:
            self.progress("standing orders", number - first, ORDERING)
            register.order(number, UNLIMITED)
        register.collect(ordering)
        leaving = range(ordering.stop, ordering.stop + LEAVING)
        self.progress("leaving", 0, 1)
        register.leave(leaving)
        self._gone += LEAVING
        for number in range(leaving.stop, leaving.stop + CLAIMING):
            self.progress("claims", number - leaving.stop, CLAIMING)
            self._prepare(number)
            Hearings(stage, claimant=number, bench=self._hearings.bench, distinct=False).hear(batched=number % 2 == 0)
        self.progress("claims", CLAIMING, CLAIMING)

    def grow(self) -> None:
        """Everybody else is enrolled, in blocks of many batches.

        Raises:
            BenchError: Not all of them are in force.
        """
        left = self.members - self.present
        size = max(1, min(ENROL_BATCH, ceil_div(left, KINDS)))
        sizes = [min(size, left - start) for start in range(0, left, size)]
        parts = [
            (people, TICKS[number // len(CLASSES) % len(TICKS)], number % len(CLASSES))
            for number, people in enumerate(sizes)
        ]
        dev_rpc.request(self.stage.url, "evm_setBlockGasLimit", hex((BLOCK_BATCHES + 1) * GAS_LIMIT))
        for start in range(0, len(parts), BLOCK_BATCHES):
            self.progress("enrolling", self.present, self.members)
            self._register.enrol_together(parts[start : start + BLOCK_BATCHES])
        self.progress("enrolling", self.present, self.members)
        heads = self.stage.mutual.fund.books().heads
        if heads != self.members:
            raise BenchError(f"{heads} members are in force, not {self.members}")

    def _prepare(self, number: int) -> None:
        """A member who will claim has tokens and has accepted the charter."""
        self.stage.fund(member_account(number).address, 1_000)
        self._register.accept(number)
