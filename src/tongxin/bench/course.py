# SPDX-License-Identifier: AGPL-3.0-only
"""The order in which the bench measures: one mutual that grows, so that nothing measured is a first use; then a mutual
from its gathering to its end, and the largest charter, on chains of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tongxin.bench.errors import BenchError
from tongxin.bench.figures import FIGURES
from tongxin.bench.hearing import ClaimGas, Hearings
from tongxin.bench.lifetime import largest_charter, life
from tongxin.bench.membership import FURTHER, MEMBERS_TICK, STANDING, TENTH, UNLIMITED, Register, member_account
from tongxin.bench.stage import HOUR, Stage, bench_rules, founded
from tongxin.chain.fund import COLLECT_BATCH, ENROL_BATCH
from tongxin.units import ceil_div

__all__ = ["LEAST_MEMBERS", "gas"]

FIRST: Final = 10
"""Members of the smallest mutual whose settlement is measured."""
JURORS: Final = 25
SIZES: Final = (100, 1_000, 10_000)
LEAST_MEMBERS: Final = 600
"""A hundred, and one full batch of enrolment."""
CROSSED: Final = 4
"""Ticks that a settlement is made to cross."""
NEAR: Final = 13
"""How many ticks ahead the first of these lies: joining asks for 12 at least."""

Progress = Callable[[str, int, int], None]


def gas(members: int, progress: Progress = lambda _stage, _done, _total: None) -> dict[str, int]:
    """Measures everything; figures of mutuals larger than `members` are left out.

    Args:
        members: How far the mutual grows, `LEAST_MEMBERS` or more.
        progress: Called with what is measured next, and how many members of how many have come.

    Returns:
        Gas by the names of `FIGURES`; `members_per_second_enrolled` depends on the machine, the others only on the
        contracts.

    Raises:
        BenchError: Something was not done as it should, or there are too few members.
        NodeError: The local chain does not start.
    """
    if members < LEAST_MEMBERS:
        raise BenchError(f"{members} members are too few to measure with; {LEAST_MEMBERS} are the least")
    with founded(bench_rules()) as stage:
        found = _Course(stage, members, progress).run()
    progress("votes, from the gathering to the end", members, members)
    found |= life()
    progress("the largest charter", members, members)
    found |= largest_charter()
    return {figure.name: found[figure.name] for figure in FIGURES if figure.name in found}


class _Course:
    def __init__(self, stage: Stage, members: int, progress: Progress) -> None:
        self._stage = stage
        self._members = members
        self._progress = progress
        self._register = Register(stage)
        self._hearings = Hearings(stage, claimant=JURORS)
        self._joined = self._gone = 0
        self._found: dict[str, int] = {}

    def run(self) -> dict[str, int]:
        self._tell("jurors")
        self._begin()
        self._tell(f"claims of {FIRST} members")
        self._small_claims()
        self._claim_of(SIZES[0])
        self._grow(LEAST_MEMBERS)
        self._tell("joining, topping up, collecting")
        self._come_and_pay()
        for size in (size for size in SIZES[1:] if size <= self._members):
            self._claim_of(size)
        self._grow(self._members)
        self._found["members_per_second_enrolled"] = int(self._register.count / self._register.enrolled_in)
        return self._found

    def _tell(self, stage: str) -> None:
        self._progress(stage, self._present, self._members)

    @property
    def _present(self) -> int:
        return self._register.count + self._joined - self._gone

    def _begin(self) -> None:
        """The first members; the jurors among them leave and keep their bonds posted, so that ten members can have a
        claim before drawn jurors.
        """
        register = self._register
        register.open()
        register.enrol(JURORS + FIRST)
        self._stage.travel(self._stage.now + HOUR)
        for number in range(JURORS):
            register.accept(number)
            self._found["volunteer"] = self._hearings.volunteer(number)
        self._stage.fund(member_account(self._hearings.claimant).address, 1_000)
        self._found["accept"] = register.accept(self._hearings.claimant)
        self._found["leave_notice"], self._found["leave_refund"] = register.leave(range(JURORS))
        self._gone = JURORS

    def _small_claims(self) -> None:
        self._hearings.hear(batched=True)
        claim = self._hearings.hear(batched=True)
        self._found["settle_and_pay_10"] = claim.settle
        self._found["commit_for_5"], self._found["reveal_many_5"] = claim.commits[0], claim.reveals[0]
        self._found["claim_total_5_jurors_batched"] = claim.total
        self._found["tick_crossed"] = self._crossing(claim.settle)

    def _crossing(self, without: int) -> int:
        """What one crossed tick adds. On it are members with a tenth of a share, whose lapse the call's margin makes up
        for.
        """
        mutual = self._stage.mutual
        nearest = ceil_div(mutual.fund.books().index, mutual.spacing) + NEAR
        for tick in range(nearest, nearest + CROSSED):
            self._register.enrol(1, tick, TENTH)
        added = crossed = 0
        while crossed < CROSSED:
            claim = self._hearings.hear(batched=True)
            added += claim.settle - without if claim.crossed else 0
            crossed += claim.crossed
        self._gone += CROSSED
        return ceil_div(added, crossed)

    def _claim_of(self, size: int) -> None:
        self._grow(size)
        self._tell(f"a claim of {size} members")
        # The claim of the first size is voted on one by one, for the figures of single votes.
        claim = self._hearings.hear(batched=size != SIZES[0])
        self._found[f"settle_and_pay_{size}"] = claim.settle
        if size == SIZES[0]:
            self._note_steps(claim)
            self._found["pay_jurors_5"] = self._hearings.pay_jurors()
            found = self._hearings.let_read()
            self._found["announce_key"], self._found["authorise"], self._found["revoke"] = found

    def _note_steps(self, claim: ClaimGas) -> None:
        self._found |= {
            "file": claim.file,
            "draw_5": claim.draw,
            "announce_seat": ceil_div(sum(claim.keys), len(claim.keys)),
            "grant_access": claim.grant,
            "commit": ceil_div(sum(claim.commits), len(claim.commits)),
            "reveal": ceil_div(sum(claim.reveals), len(claim.reveals)),
            "conclude": claim.conclude,
            "claim_total_5_jurors": claim.total,
            "claim_total_5_jurors_keys": claim.total + sum(claim.keys),
        }

    def _grow(self, size: int) -> None:
        def done(count: int) -> None:
            self._progress("enrolling", count + self._joined - self._gone, self._members)

        self._register.enrol(max(0, size - self._present), done=done)

    def _come_and_pay(self) -> None:
        register = self._register
        self._stage.next_day()
        if register.batch_gas is None:
            raise BenchError("no batch of the largest size was enrolled")
        self._found["join_new_tick"] = register.join("first on a tick", FURTHER)
        self._found["join_self"] = register.join("one more on a tick", MEMBERS_TICK)
        self._found["join_relayed_3009"] = register.join_relayed("without the chain's coin", MEMBERS_TICK)
        self._joined = 3
        self._found["topup"] = register.top_up("one more on a tick", FURTHER)
        first = JURORS + FIRST + CROSSED
        bounded, unlimited = (
            range(first, first + COLLECT_BATCH),
            range(first + COLLECT_BATCH, first + 2 * COLLECT_BATCH),
        )
        for number in bounded:
            self._found["order"] = register.order(number, STANDING)
        for number in unlimited:
            register.order(number, UNLIMITED)
        self._found["collect_per_member_100"] = register.collect(bounded)
        self._found["collect_unlimited_per_member_100"] = register.collect(unlimited)
        self._found["enrol_per_member_500"] = ceil_div(register.batch_gas, ENROL_BATCH)
