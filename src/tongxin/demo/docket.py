# SPDX-License-Identifier: AGPL-3.0-only
"""All claims of the demo: those filed at the same time are judged together, so that thousands take few blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from eth_account.signers.local import LocalAccount

from tongxin.chain.events import Closed, Reviewed
from tongxin.chain.reverts import Reverted
from tongxin.chain.transactions import Action
from tongxin.demo.hearing import Hearing
from tongxin.demo.plan import Part, PlannedClaim
from tongxin.demo.rounds import Rounds
from tongxin.demo.world import HOUR, World
from tongxin.errors import TongxinError

__all__ = ["Docket"]

FILING_HOUR = 10
ANNOUNCE_AFTER = 3 * HOUR
ACCESS_AFTER = 3 * HOUR
VOTE_AFTER = 18 * HOUR
ESCALATE_AFTER = 12 * HOUR

Group = Sequence[Hearing]


class Docket:
    """Brings every claim from filing to closing (R-60 to R-83); those of the storm are closed together.

    Args:
        world: What all parts share.
        rounds: Where granted claims are paid.

    Attributes:
        jurors: The wallet of each volunteer, by index.
        part_of: The part of each claim, by number.
        refused: How many claims the chain refused at filing.
        granted: What the panels granted after the vote that raised an amount, in units, by part.
    """

    def __init__(self, world: World, rounds: Rounds) -> None:
        self.jurors: dict[int, LocalAccount] = {}
        self.part_of: dict[int, Part] = {}
        self.refused = 0
        self.granted: dict[Part, int] = {}
        self._world = world
        self._rounds = rounds
        self._storm_left = len(world.plan.of(Part.STORM))
        self._storm: list[Hearing] = []

    def put_down(self, claims: Iterable[PlannedClaim]) -> None:
        """Puts the filing of claims on the agenda."""
        world = self._world
        by_day: dict[int, list[Hearing]] = defaultdict(list)
        for planned in claims:
            hearing = Hearing(world, planned, self.jurors)
            by_day[planned.day + planned.filed_after].append(hearing)
        for day, group in by_day.items():
            world.agenda.at(world.time_of(day, FILING_HOUR), lambda group=group: self._file(group))  # type: ignore[misc]

    def _file(self, group: Group) -> None:
        world = self._world
        self._rounds.settle_first()
        new = {hearing.planned.person: hearing for hearing in group if hearing.planned.person not in world.accepted}
        world.stage.push_each([world.accepting(person) for person in new])
        world.accepted.update(new)
        taken = []
        for hearing, outcome in zip(group, world.stage.try_each([it.filing() for it in group]), strict=True):
            if isinstance(outcome, Reverted):
                self.refused += 1
                hearing.refused(outcome)
                if hearing.planned.part is Part.STORM:
                    self._storm_ready([], 1)
            elif isinstance(outcome, TongxinError):
                raise outcome
            else:
                hearing.filed(outcome)
                self.part_of[hearing.number] = hearing.planned.part
                taken.append(hearing)
        self._draw(taken)

    def _draw(self, group: Group) -> None:
        if not group:
            return
        world = self._world
        world.clock.mine(world.numbers.lot_delay + 1)
        for hearing, receipt in zip(group, world.stage.push_each([it.drawing() for it in group]), strict=True):
            hearing.drawn(receipt)
        world.agenda.at(world.clock.now + ANNOUNCE_AFTER, lambda: self._announce(group))

    def _announce(self, group: Group) -> None:
        """The jurors announce the keys of their seats; who sits on several panels signs one after the other."""
        world = self._world
        persons = {world.wallet(person).address: person for person in world.plan.cast.jurors}
        waiting = [
            (hearing, seat, persons[hearing.juror(seat).address])
            for hearing in group
            for seat in range(hearing.panel_now().size)
        ]
        while waiting:
            wave = {person: (hearing, seat) for hearing, seat, person in reversed(waiting)}
            world.stage.push_each([hearing.announcing(seat, person) for person, (hearing, seat) in wave.items()])
            waiting = [item for item in waiting if wave[item[2]] != item[:2]]
        world.agenda.at(world.clock.now + ACCESS_AFTER, lambda: self._grant_access(group))

    def _grant_access(self, group: Group) -> None:
        world = self._world
        for hearing, receipt in zip(group, world.stage.push_each([it.granting() for it in group]), strict=True):
            hearing.granted(receipt)
        world.agenda.at(world.clock.now + VOTE_AFTER, lambda: self._vote(group))

    def _vote(self, group: Group) -> None:
        """The jurors read, then hidden votes, then all shown; a panel with a silent juror waits for its deadline."""
        world = self._world
        for hearing in group:
            hearing.reading()
        world.stage.push_each([hearing.committing() for hearing in group])
        world.stage.push_each([hearing.revealing() for hearing in group])
        for hearing in group:
            if hearing.has_silent_juror:
                deadline = hearing.panel_now().reveal_by
                world.agenda.at(deadline + 1, lambda alone=hearing: self._conclude([alone]))  # type: ignore[misc]
        self._conclude([hearing for hearing in group if not hearing.has_silent_juror])

    def _conclude(self, group: Group) -> None:
        world = self._world
        for hearing, receipt in zip(group, world.stage.push_each([it.concluding() for it in group]), strict=True):
            hearing.concluded(receipt)
            if hearing.planned.part in {Part.FRESH, Part.RAISED} and hearing.verdict is not None:
                self.granted[hearing.planned.part] = hearing.verdict.due
        first = [hearing for hearing in group if hearing.panel == 0]
        deceived = [hearing for hearing in first if hearing.planned.part is Part.FRAUD]
        for hearing in deceived:
            world.agenda.at(world.clock.now + ESCALATE_AFTER, lambda it=hearing: self._escalate(it))  # type: ignore[misc]
        reviewed: list[Hearing] = []
        if world.numbers.review_bps or world.numbers.review_above:
            reviewed = self._review([it for it in first if it not in deceived and it.verdict and it.verdict.level])
        self._await_notice([hearing for hearing in group if hearing not in deceived and hearing not in reviewed])

    def _review(self, group: Group) -> list[Hearing]:
        """Returns the claims that go to a second panel by lot (R-78)."""
        world = self._world
        if not group:
            return []
        world.clock.mine(world.numbers.lot_delay + 1)
        selected = []
        for hearing, receipt in zip(group, world.stage.push_each([it.reviewing() for it in group]), strict=True):
            if receipt.one(Reviewed).selected:
                world.narrator.rule(f"claim {hearing.number}: the lot sends the grant to a second, larger panel")
                hearing.panel += 1
                selected.append(hearing)
        self._draw(selected)
        return selected

    def _escalate(self, hearing: Hearing) -> None:
        self._world.stage.act(*hearing.escalating())
        hearing.panel += 1
        self._draw([hearing])

    def _await_notice(self, group: Group) -> None:
        """Closes claims when nobody has challenged them within the notice; those of the storm when all can be."""
        world = self._world
        storm = [hearing for hearing in group if hearing.planned.part is Part.STORM]
        others = [hearing for hearing in group if hearing not in storm]
        for part, close in ((others, self._settle), (storm, self._storm_ready)):
            deadlines = [hearing.verdict.deadline for hearing in part if hearing.verdict is not None]
            if deadlines:
                world.agenda.at(max(deadlines) + 1, lambda part=part, close=close: close(part))  # type: ignore[misc]

    def _storm_ready(self, group: Group, refused: int = 0) -> None:
        self._storm += group
        self._storm_left -= len(group) + refused
        if self._storm_left == 0:
            self._close_storm()

    def _close_storm(self) -> None:
        """All in one round: not within the last hour before a round closes."""
        boundary = self._rounds.is_closing_soon()
        if boundary:
            self._world.agenda.at(boundary + HOUR, self._close_storm)
        else:
            self._settle(self._storm)

    def _settle(self, group: Group) -> None:
        """Closes claims: granted ones join the period's round; jurors are credited, unless the year's cap left nothing
        for their pay (R-11).
        """
        world = self._world
        self._rounds.settle_first()
        pay: list[Action] = []
        for hearing, receipt in zip(group, world.stage.push_each([it.settling() for it in group]), strict=True):
            self._rounds.note(receipt)
            closed = receipt.one(Closed)
            if closed.level == 0:
                hearing.tell(f"claim {hearing.number}: closed, denied")
            if closed.pay_per_seat > 0:
                pay += hearing.paying_jurors()
            hearing.forget()
        world.stage.push_each(pay)
