# SPDX-License-Identifier: AGPL-3.0-only
"""A claim's way through the court: filing, lot, access, hidden votes, verdict, escalation, closing (R-60 to R-83)."""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from tongxin.chain.events import (
    Closed,
    Drawn,
    Filed,
    Reviewed,
    Slashed,
    Verdict,
)
from tongxin.chain.jury import panel_key
from tongxin.chain.keys import KeySigner
from tongxin.chain.records import Panel
from tongxin.chain.reverts import Reverted
from tongxin.chain.structs import BondSource, Claim, Filing, Payment
from tongxin.chain.typed_data import commit
from tongxin.demo.errors import DemoError
from tongxin.demo.plan import Part, PlannedClaim
from tongxin.demo.rounds import Rounds
from tongxin.demo.world import HOUR, World

__all__ = ["Docket", "Hearing"]

ACCESS_AFTER = 6 * HOUR
VOTE_AFTER = 18 * HOUR
ESCALATE_AFTER = 12 * HOUR
DECEIVED_LATER = 2
"""Jurors of the larger panel who believe the forged papers too."""
FILING_HOUR = 10


class Docket:
    """All claims of the demo: filed when they are due, those of the storm closed together.

    Args:
        world: What all parts share.
        rounds: Where granted claims are settled.
        benefit: What is claimed.
    """

    def __init__(self, world: World, rounds: Rounds, benefit: int) -> None:
        self.world = world
        self.rounds = rounds
        self.benefit = benefit
        self.jurors: dict[int, LocalAccount] = {}
        self.part_of: dict[int, Part] = {}
        self.refused: list[tuple[PlannedClaim, Reverted]] = []
        self._storm_left = len(world.plan.of(Part.STORM))
        self._storm: list[Hearing] = []

    def put_down(self) -> None:
        """Puts the filing of every claim on the agenda."""
        for planned in self.world.plan.claims:
            hearing = Hearing(self, planned)
            self.world.agenda.at(self.world.time_of(planned.day + planned.filed_after, FILING_HOUR), hearing.file)

    def ready(self, hearing: Hearing | None) -> None:
        """A claim of the storm can be closed, or was refused; when all can, they are closed one after the other."""
        self._storm_left -= 1
        if hearing is not None:
            self._storm.append(hearing)
        if self._storm_left == 0:
            self._close_storm()

    def _close_storm(self) -> None:
        boundary = self.rounds.is_closing_soon()
        if boundary:
            self.world.agenda.at(boundary + HOUR, self._close_storm)
            return
        for hearing in self._storm:
            hearing.settle()


@dataclass(frozen=True)
class _Ballot:
    seat: int
    level: int
    reason: bytes
    salt: bytes


@dataclass
class Hearing:
    """One claim.

    Attributes:
        docket: Where it belongs.
        planned: What happened, and what an honest juror grants.
    """

    docket: Docket
    planned: PlannedClaim
    _claim: Claim | None = None
    _number: int = 0
    _panel: int = 0
    _panels: list[int] = field(default_factory=list)

    def file(self) -> None:
        """The claimant files; a refusal by the chain ends the matter."""
        world, planned = self.docket.world, self.planned
        world.accept(planned.person)
        self.docket.rounds.settle_first()
        member_id = world.member_ids[planned.person]
        label = f"{member_id.hex()} {self.docket.benefit} {planned.day}"
        filing = Filing(
            member_id=member_id,
            benefit=self.docket.benefit,
            day=world.day_number(planned.day),
            claimed=0,
            evidence=keccak(text=f"sealed evidence {label}"),
            seal_key=keccak(text=f"seal key {label}"),
            summary=keccak(text=f"masked summary {label}"),
            source=self._source(member_id),
        )
        try:
            receipt = world.stage.act(self._claimant, world.mutual.court.file(filing, Payment()))
        except Reverted as refusal:
            self._refused(refusal)
            return
        filed = receipt.one(Filed)
        self._number, self._claim = filed.c, Claim.of_event(filed)
        self.docket.part_of[filed.c] = planned.part
        self._tell(f"claim {filed.c}: {self._story()}; filed {planned.filed_after} days later")
        self._draw()

    def settle(self) -> None:
        """Closes the claim; a granted one joins the period's round, and its jurors are credited."""
        world = self.docket.world
        self.docket.rounds.settle_first()
        receipt = world.stage.push(world.mutual.court.settle(self._number, self._filed))
        closed = receipt.one(Closed)
        self.docket.rounds.note(receipt)
        for panel in self._panels:
            world.stage.push(world.mutual.court.pay_jurors(self._number, panel))
        if closed.level == 0:
            self._tell(f"claim {self._number}: closed, denied")

    # -- the stages between

    def _draw(self) -> None:
        world = self.docket.world
        world.clock.mine(world.numbers.lot_delay + 1)
        drawn = world.stage.push(world.mutual.court.draw(self._number, self._filed)).one(Drawn)
        if not drawn.filled:
            raise DemoError(f"claim {self._number} found no panel by lot; the script needs drawn panels")
        self._panels.append(self._panel)
        world.agenda.at(world.clock.now + ACCESS_AFTER, self._grant_access)

    def _grant_access(self) -> None:
        world = self.docket.world
        keys = keccak(text=f"wrapped keys {self._number} {self._panel}")
        world.stage.act(self._claimant, world.mutual.court.grant(self._number, self._filed, keys))
        world.agenda.at(world.clock.now + VOTE_AFTER, self._vote)

    def _vote(self) -> None:
        """The jurors commit and somebody relays; once all have, the votes are shown and counted."""
        world = self.docket.world
        jury = world.mutual.jury
        domain = jury.typed_domain()
        panel = self._panel_now()
        ballots = [self._ballot(seat, panel.size) for seat in range(panel.size)]
        hidden, signatures = [], []
        for ballot in ballots:
            commitment = jury.commitment(
                self._key, panel.attempt, ballot.seat, level=ballot.level, reason=ballot.reason, salt=ballot.salt
            )
            message = commit(domain, self._key, panel.attempt, ballot.seat, commitment)
            hidden.append(commitment)
            signatures.append(KeySigner(self._juror(panel, ballot.seat)).sign_typed(message))
        world.stage.push(jury.commit_for(self._key, [ballot.seat for ballot in ballots], hidden, signatures))
        shown = ballots[1:] if self._has_silent_juror else ballots
        world.stage.push(
            jury.reveal_many(
                self._key,
                [ballot.seat for ballot in shown],
                [ballot.level for ballot in shown],
                [ballot.reason for ballot in shown],
                [ballot.salt for ballot in shown],
            )
        )
        if self._has_silent_juror:
            self._tell(f"claim {self._number}: one of {panel.size} jurors has committed a vote and never reveals it")
            world.agenda.at(self._panel_now().reveal_by + 1, self._conclude)
        else:
            self._conclude()

    def _ballot(self, seat: int, size: int) -> _Ballot:
        secret = self.docket.world.stage.keys.account("ballots").key
        label = f"{self._key} {seat}".encode()
        return _Ballot(seat, self._opinion(seat, size), keccak(b"reason " + label), keccak(secret + label))

    def _opinion(self, seat: int, size: int) -> int:
        """What the juror of a seat grants: the truth, but for those whom forged papers deceive."""
        if self.planned.part is not Part.FRAUD:
            return self.planned.level
        top = len(self.docket.world.charter.benefits[self.docket.benefit].levels)
        if self._panel == 0:
            return 0 if seat == size - 1 else top
        return top if seat < DECEIVED_LATER else 0

    def _conclude(self) -> None:
        world = self.docket.world
        receipt = world.stage.push(world.mutual.court.conclude(self._number, self._filed))
        verdict = receipt.one(Verdict)
        for slashed in receipt.all(Slashed):
            self._tell(f"claim {self._number}: the silent juror loses {world.money(slashed.amount)} of the bond")
        self._tell(f"claim {self._number}: {self._words_of(verdict)}")
        if self.planned.part is Part.FRAUD and self._panel == 0:
            world.agenda.at(world.clock.now + ESCALATE_AFTER, self._escalate)
        elif verdict.level > 0 and self._panel == 0 and (world.numbers.review_bps or world.numbers.review_above):
            world.clock.mine(max(0, verdict.lot_block + 1 - receipt.block))
            self._review(verdict)
        else:
            self._await_notice(verdict)

    def _review(self, verdict: Verdict) -> None:
        world = self.docket.world
        reviewed = world.stage.push(world.mutual.court.review(self._number, self._filed)).one(Reviewed)
        if reviewed.selected:
            world.narrator.rule(f"claim {self._number}: the lot sends the grant to a second, larger panel")
            self._panel += 1
            self._draw()
        else:
            self._await_notice(verdict)

    def _escalate(self) -> None:
        """The juror who was not deceived challenges with the bond already posted (R-77)."""
        world = self.docket.world
        panel = self._panel_now()
        seat = panel.size - 1
        action = world.mutual.court.challenge(self._number, self._filed, seat, Payment())
        world.stage.act(self._juror(panel, seat), action)
        self._tell(f"claim {self._number}: the juror who voted 0 escalates to a panel of {2 * panel.size + 1}")
        self._panel += 1
        self._draw()

    def _await_notice(self, verdict: Verdict) -> None:
        act = self.settle if self.planned.part is not Part.STORM else lambda: self.docket.ready(self)
        self.docket.world.agenda.at(verdict.deadline + 1, act)

    # -- words

    def _refused(self, refusal: Reverted) -> None:
        self.docket.refused.append((self.planned, refusal))
        self._tell(f"{self._story()}; the chain refuses the claim: {refusal.reason}")
        if self.planned.part is Part.STORM:
            self.docket.ready(None)

    def _words_of(self, verdict: Verdict) -> str:
        size = self._panel_now().size
        if verdict.level == 0:
            return f"the panel of {size} denies it"
        return f"the panel of {size} grants level {verdict.level}, {self.docket.world.money(verdict.due)}"

    def _story(self) -> str:
        world, planned = self.docket.world, self.planned
        band = world.charter.classes[world.people[planned.person].class_id].label.en
        if planned.part is Part.FRAUD:
            return f"a cleaner {band} claims with forged papers"
        if planned.part is Part.STORM:
            return f"the storm of day {planned.day} hurts a cleaner {band}"
        meaning = world.charter.benefits[self.docket.benefit].levels[planned.level - 1].meaning.en
        when = ", inside the waiting time" if planned.part is Part.WAITING else ""
        return f"accident on day {planned.day}{when}: a cleaner {band}, {meaning}"

    def _tell(self, text: str) -> None:
        narrator = self.docket.world.narrator
        (narrator.drawn if self.planned.part is Part.DRAWN else narrator.scripted)(text)

    # -- what every stage needs

    @property
    def _claimant(self) -> LocalAccount:
        return self.docket.world.wallet(self.planned.person)

    @property
    def _filed(self) -> Claim:
        if self._claim is None:
            raise DemoError("a claim that was not filed can't be judged")
        return self._claim

    @property
    def _key(self) -> int:
        return panel_key(self._number, self._panel)

    def _panel_now(self) -> Panel:
        panel = self.docket.world.mutual.jury.panel(self._key)
        if panel is None:
            raise DemoError(f"claim {self._number} has no panel {self._panel}")
        return panel

    def _juror(self, panel: Panel, seat: int) -> LocalAccount:
        index = panel.seats[seat]
        if index is None:
            raise DemoError(f"seat {seat} of a panel on claim {self._number} is empty")
        return self.docket.jurors[index]

    @property
    def _has_silent_juror(self) -> bool:
        return self.planned.part is Part.SILENCE and self._panel == 0

    def _source(self, member_id: bytes) -> BondSource:
        """From the balance if it is large enough, else the year's waiver (R-64)."""
        world = self.docket.world
        bond = world.numbers.panel_size * world.numbers.juror_pay
        return BondSource.BALANCE if world.mutual.fund.balance_of(member_id) > 2 * bond else BondSource.WAIVER
