# SPDX-License-Identifier: AGPL-3.0-only
"""One claim before the court: what its claimant and its jurors do at each stage, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from tongxin.chain.events import AccessGranted, Drawn, Filed, Slashed, Verdict
from tongxin.chain.jury import panel_key
from tongxin.chain.keys import KeySigner
from tongxin.chain.records import Panel
from tongxin.chain.structs import BondSource, Claim, Filing, Payment
from tongxin.chain.transactions import Action, Receipt
from tongxin.chain.typed_data import commit
from tongxin.demo.errors import DemoError
from tongxin.demo.papers import Evidence
from tongxin.demo.plan import Part, PlannedClaim
from tongxin.demo.world import World
from tongxin.errors import TongxinError
from tongxin.evidence.grants import Manifest
from tongxin.evidence.summary import Summary, band

__all__ = ["Hearing"]

_BY_AMOUNT = {
    Part.FRESH: ": the amount from before the vote",
    Part.RAISED: ": the amount that was voted",
}
DECEIVED_LATER = 2
"""Jurors of the larger panel who believe the forged papers too."""


@dataclass(frozen=True)
class _Ballot:
    seat: int
    level: int
    reason: bytes
    salt: bytes


class Hearing:
    """One claim; its methods build what is to be sent and take note of what came of it.

    Attributes:
        planned: What happened, and what an honest juror grants.
        number: The claim's number, once it is filed.
        panel: Which of its panels sits, 0 first.
        verdict: The latest.
    """

    def __init__(self, world: World, planned: PlannedClaim, jurors: dict[int, LocalAccount]) -> None:
        self.planned = planned
        self.number = 0
        self.panel = 0
        self.verdict: Verdict | None = None
        self._world = world
        self._benefit = planned.benefit
        self._jurors = jurors
        self._claim: Claim | None = None
        self._evidence: Evidence | None = None
        self._keys_hash = b""
        self._read: dict[int, int] = {}

    # -- by the claimant, relayed

    def filing(self) -> Action:
        """The claimant seals the papers and files."""
        world, planned = self._world, self.planned
        member_id = world.member_ids[planned.person]
        self._evidence = world.papers.seal(self._level_on_paper, self._summary())
        filing = Filing(
            member_id=member_id,
            benefit=self._benefit,
            day=world.day_number(planned.day),
            claimed=planned.claimed,
            evidence=self._evidence.document,
            seal_key=self._evidence.key.recipient.digest,
            summary=self._evidence.summary,
            source=self._source(member_id),
        )
        signed = world.signed(planned.person, world.mutual.office.acts().file, filing, Payment())
        return world.mutual.office.file_for(filing, Payment(), world.wallet(planned.person).address, signed)

    def filed(self, receipt: Receipt) -> None:
        """The chain took the claim."""
        filed = receipt.one(Filed)
        self.number, self._claim = filed.c, Claim.of_event(filed)
        self.tell(f"claim {filed.c}: {self._story()}; filed {self.planned.filed_after} days later")

    def refused(self, refusal: TongxinError) -> None:
        """The chain did not take it."""
        self.tell(f"{self._story()}; the chain refuses the claim: {refusal}")

    def granting(self) -> Action:
        """The claimant wraps the document's key to the seats, which opens the vote (R-123)."""
        world, person = self._world, self.planned.person
        panel = self.panel_now()
        manifest = Manifest(
            chain_id=world.stage.endpoints.chain_id,
            court=world.mutual.court.address,
            claim=self.number,
            panel=self.panel,
            attempt=panel.attempt,
            document="0x" + self.evidence.document.hex(),
            seal_key="0x" + self.evidence.key.recipient.digest.hex(),
            seats=(),
        )
        keys = world.papers.give(self.evidence, manifest, self.key, panel.size)
        message = world.mutual.office.acts().grant
        signed = world.signed(person, message, world.member_ids[person], self.number, keys)
        wallet = world.wallet(person).address
        return world.mutual.office.grant_for(self.number, self.claim, keys, wallet, signed)

    def granted(self, receipt: Receipt) -> None:
        """The panel has access."""
        self._keys_hash = receipt.one(AccessGranted).keys_hash

    # -- by anybody

    def drawing(self) -> Action:
        """The lot is drawn."""
        return self._world.mutual.court.draw(self.number, self.claim)

    def drawn(self, receipt: Receipt) -> None:
        """The panel sits.

        Raises:
            DemoError: The lot could not fill it.
        """
        if not receipt.one(Drawn).filled:
            raise DemoError(f"claim {self.number} found no panel by lot; the script needs drawn panels")

    def concluding(self) -> Action:
        """The votes are counted."""
        return self._world.mutual.court.conclude(self.number, self.claim)

    def concluded(self, receipt: Receipt) -> None:
        """There is a verdict."""
        self.verdict = receipt.one(Verdict)
        for slashed in receipt.all(Slashed):
            self.tell(f"claim {self.number}: the silent juror loses {self._world.money(slashed.amount)} of the bond")
        size = self.panel_now().size
        if self.verdict.level == 0:
            self.tell(f"claim {self.number}: the panel of {size} denies it")
        else:
            due = self._world.money(self.verdict.due)
            by = _BY_AMOUNT.get(self.planned.part, "")
            self.tell(f"claim {self.number}: the panel of {size} grants level {self.verdict.level}, {due}{by}")

    def reviewing(self) -> Action:
        """The lot decides whether a second panel looks at a grant."""
        return self._world.mutual.court.review(self.number, self.claim)

    def settling(self) -> Action:
        """The claim is closed."""
        return self._world.mutual.court.settle(self.number, self.claim)

    def forget(self) -> None:
        """The claim is closed: nobody but its owner can open the papers any more."""
        for panel in range(self.panel + 1):
            self._world.papers.forget(panel_key(self.number, panel))

    def paying_jurors(self) -> list[Action]:
        """The jurors of every panel are credited."""
        return [self._world.mutual.court.pay_jurors(self.number, panel) for panel in range(self.panel + 1)]

    # -- by the jurors

    def announcing(self, seat: int, person: int) -> Action:
        """The juror of a seat says by a signature under which one-time key it reads (R-122)."""
        world = self._world
        recipient = world.papers.seat_key(self.key, seat).recipient
        fields = (world.member_ids[person], self.key, seat, recipient.kind, recipient.public_key)
        signed = world.signed(person, world.mutual.office.acts().announce_seat, *fields)
        return world.mutual.office.announce_seat_for(*fields, signed=signed)

    def reading(self) -> None:
        """Every juror opens the papers."""
        papers = self._world.papers
        self._read = {seat: papers.read(self._keys_hash, self.key, seat) for seat in range(self.panel_now().size)}

    def committing(self) -> Action:
        """All jurors sign hidden votes, which are sent together."""
        jury = self._world.mutual.jury
        domain = jury.typed_domain()
        panel = self.panel_now()
        hidden, signatures = [], []
        for ballot in self._ballots(panel.size):
            commitment = jury.commitment(
                self.key, panel.attempt, ballot.seat, level=ballot.level, reason=ballot.reason, salt=ballot.salt
            )
            message = commit(domain, self.key, panel.attempt, ballot.seat, commitment)
            hidden.append(commitment)
            signatures.append(KeySigner(self.juror(ballot.seat)).sign_typed(message))
        return jury.commit_for(self.key, list(range(panel.size)), hidden, signatures)

    def revealing(self) -> Action:
        """The votes are shown together, but for that of a juror who never shows it."""
        size = self.panel_now().size
        shown = self._ballots(size)[1:] if self.has_silent_juror else self._ballots(size)
        if self.has_silent_juror:
            self.tell(f"claim {self.number}: one of {size} jurors has committed a vote and never reveals it")
        return self._world.mutual.jury.reveal_many(
            self.key,
            [ballot.seat for ballot in shown],
            [ballot.level for ballot in shown],
            [ballot.reason for ballot in shown],
            [ballot.salt for ballot in shown],
        )

    def escalating(self) -> tuple[LocalAccount, Action]:
        """The juror who was not deceived challenges with the bond already posted (R-77)."""
        size = self.panel_now().size
        seat = size - 1
        self.tell(f"claim {self.number}: the juror who voted 0 escalates to a panel of {2 * size + 1}")
        action = self._world.mutual.court.challenge(self.number, self.claim, seat, Payment())
        return self.juror(seat), action

    # -- what it is

    @property
    def claim(self) -> Claim:
        """The claim as the Court wants it brought along."""
        if self._claim is None:
            raise DemoError("a claim that was not filed can't be judged")
        return self._claim

    @property
    def evidence(self) -> Evidence:
        """The claim's papers."""
        if self._evidence is None:
            raise DemoError("a claim that was not filed has no papers")
        return self._evidence

    @property
    def key(self) -> int:
        """The key of the panel that sits."""
        return panel_key(self.number, self.panel)

    @property
    def has_silent_juror(self) -> bool:
        """Whether a juror of the present panel commits and never reveals."""
        return self.planned.part is Part.SILENCE and self.panel == 0

    def panel_now(self) -> Panel:
        """The panel that sits."""
        panel = self._world.mutual.jury.panel(self.key)
        if panel is None:
            raise DemoError(f"claim {self.number} has no panel {self.panel}")
        return panel

    def juror(self, seat: int) -> LocalAccount:
        """Who sits on a seat."""
        index = self.panel_now().seats[seat]
        if index is None:
            raise DemoError(f"seat {seat} of a panel on claim {self.number} is empty")
        return self._jurors[index]

    def tell(self, text: str) -> None:
        """Says something about this claim."""
        narrator = self._world.narrator
        (narrator.drawn if self.planned.part is Part.DRAWN else narrator.scripted)(text)

    def _ballots(self, size: int) -> list[_Ballot]:
        secret = bytes(self._world.stage.keys.account("ballots").key)
        ballots = []
        for seat in range(size):
            label = f"{self.key} {seat}".encode()
            ballots.append(_Ballot(seat, self._opinion(seat, size), keccak(b"reason " + label), keccak(secret + label)))
        return ballots

    @property
    def _level_on_paper(self) -> int:
        """What the papers say: the truth, or in forged ones the most there is."""
        if self.planned.part is Part.FRAUD:
            return len(self._world.charter.benefits[self._benefit].levels)
        return self.planned.level

    def _summary(self) -> Summary:
        world, planned = self._world, self.planned
        month = datetime.fromtimestamp(world.time_of(planned.day) + world.numbers.zone, tz=UTC).strftime("%Y-%m")
        claimed = planned.claimed // 10**world.charter.token.decimals
        benefit = world.charter.benefits[self._benefit].label.en
        return Summary(benefit=benefit, month=month, amount_band=band(claimed) if claimed else None)

    def _opinion(self, seat: int, size: int) -> int:
        """What the juror of a seat grants: what the papers say, but for those who see that they are forged."""
        if self.planned.part is Part.FRAUD:
            sees_it = seat == size - 1 if self.panel == 0 else seat >= DECEIVED_LATER
            if sees_it:
                return 0
        return self._read[seat]

    def _story(self) -> str:
        world, planned = self._world, self.planned
        band = world.charter.classes[world.people[planned.person].class_id].label.en
        if planned.part is Part.FRAUD:
            return f"a cleaner {band} claims with forged papers"
        if planned.part is Part.STORM:
            return f"the storm of day {planned.day} hurts a cleaner {band}"
        if planned.part in {Part.FRESH, Part.RAISED}:
            when = "within" if planned.part is Part.FRESH else "after"
            return (
                f"accident on day {planned.day}, {when} the fresh waiting time: a cleaner {band}, treatment for "
                f"{world.money(planned.claimed)}"
            )
        meaning = world.charter.benefits[self._benefit].levels[planned.level - 1].meaning.en
        when = ", inside the waiting time" if planned.part is Part.WAITING else ""
        return f"accident on day {planned.day}{when}: a cleaner {band}, {meaning}"

    def _source(self, member_id: bytes) -> BondSource:
        """From the balance if it is large enough, else the year's waiver (R-64)."""
        world = self._world
        bond = world.numbers.panel_size * world.numbers.juror_pay
        return BondSource.BALANCE if world.mutual.fund.balance_of(member_id) > 2 * bond else BondSource.WAIVER
