# SPDX-License-Identifier: AGPL-3.0-only
"""The members change a rule: one proposes, many vote, one leaves over it, and it is carried out (R-90 to R-103)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tongxin.chain.assembly import reason_hash
from tongxin.chain.events import Adopted, Proposed
from tongxin.chain.keys import KeySigner
from tongxin.charter import Charter, encode, numbers_of
from tongxin.demo.errors import DemoError
from tongxin.demo.plan import PROPOSE_DAY, Part, PlannedClaim, medical_benefit
from tongxin.demo.rounds import Rounds
from tongxin.demo.world import DAY, World
from tongxin.words import ProposalKind

__all__ = ["Reform"]

PROPOSE_HOUR = 14
BY_HAND_AFTER = 2 * DAY
FROM_PHONES_AFTER = 5 * DAY
LEAVE_AFTER = DAY
RAISE = Decimal("1.2")
NEW_FEE = "3%"
REASON = "Hospitals have become dearer, and our office needs less than we thought."
AGAINST = 5
"""One of so many votes no."""
SOON_AFTER = 3
"""Days from the change to the accident that is paid by the old amount, and from the fresh waiting time's end to the one
that is paid by the new."""
FILED_AFTER = 14
COSTS_BPS = 12_500
"""Costs of these accidents beyond the deductible, in basis points of the new amount, so that the amount decides."""
BPS = 10_000


class Reform:
    """The vote that raises what is paid for treatment by a fifth and lowers the fee.

    Args:
        world: What all parts share.
        rounds: A closed round is settled before anything else.
        leave: Somebody gives notice over the vote.
        is_out: Whether that member has been refunded.
        file: Puts claims on the agenda.
    """

    def __init__(
        self,
        world: World,
        rounds: Rounds,
        *,
        leave: Callable[[], None],
        is_out: Callable[[], bool],
        file: Callable[[list[PlannedClaim]], None],
    ) -> None:
        self._world = world
        self._rounds = rounds
        self._leave = leave
        self._is_out = is_out
        self._file = file
        self._benefit = medical_benefit(world.charter)
        self._rules = _changed(world.charter, self._benefit)
        self._proposal = 0

    def put_down(self) -> None:
        """Puts the proposal on the agenda; the rest follows from it."""
        self._world.agenda.at(self._world.time_of(PROPOSE_DAY, PROPOSE_HOUR), self._propose)

    def _propose(self) -> None:
        world = self._world
        proposer = world.plan.cast.by_hand[0]
        wallet, mutual = world.wallet(proposer), world.mutual
        self._rounds.settle_first()
        slot = mutual.prepare_version(world.stage.sender(wallet), encode(self._rules, world.charter.token.decimals))
        action = mutual.assembly.propose(ProposalKind.CHARTER, slot, reason_hash(REASON), world.member_ids[proposer])
        made = world.stage.act(wallet, action).one(Proposed)
        self._proposal = made.p
        old, new = (
            max(numbers.benefits[self._benefit].amounts) for numbers in (world.numbers, numbers_of(self._rules))
        )
        world.narrator.scripted(
            f"a member proposes to pay treatment up to {world.money(new)} instead of {world.money(old)}, and to lower "
            f"the fee from {world.numbers.fee / 100:g}% to {NEW_FEE}; the chain has checked the draft"
        )
        world.narrator.rule(
            f"proposal {made.p}: {made.needed} of {made.heads} members must vote, {made.majority / 100:g}% of them "
            f"yes; the vote ends on day {world.day_of(made.ends)}"
        )
        world.agenda.at(world.clock.now + BY_HAND_AFTER, self._vote_by_hand)
        world.agenda.at(world.clock.now + FROM_PHONES_AFTER, self._vote_from_phones)
        world.agenda.at(made.ends, self._count)

    def _vote_by_hand(self) -> None:
        world = self._world
        cast = world.plan.cast
        world.accept(cast.leaver)
        self._rounds.settle_first()
        for person in (*cast.by_hand, cast.leaver):
            vote = world.mutual.assembly.vote(self._proposal, world.member_ids[person], support=person != cast.leaver)
            world.stage.act(world.wallet(person), vote)
        world.narrator.scripted(f"{len(cast.by_hand)} members vote yes and one votes no, each by a transaction")

    def _vote_from_phones(self) -> None:
        """Members without the chain's coin accept the charter and sign a vote; the operator brings both."""
        world, assembly = self._world, self._world.mutual.assembly
        voters = world.plan.cast.from_phones
        self._rounds.settle_first()
        new = [person for person in voters if person not in world.accepted]
        world.stage.push_each([world.accepting(person) for person in new])
        world.accepted.update(new)
        deadline = world.clock.now + DAY
        ballots = [
            assembly.ballot(
                KeySigner(world.wallet(person)),
                self._proposal,
                world.member_ids[person],
                support=place % AGAINST != 0,
                deadline=deadline,
            )
            for place, person in enumerate(voters)
        ]
        operator = world.stage.sender(world.stage.operator)
        counted = world.mutual.relay_votes(operator, self._proposal, ballots, purpose=f"votes on {self._proposal}")
        if len(counted) != len(ballots):
            raise DemoError(f"{len(counted)} of {len(ballots)} signed votes counted")
        world.narrator.scripted(
            f"{len(counted)} sponsored members without any of the chain's coin sign votes on their phones; the "
            "operator relays them"
        )

    def _count(self) -> None:
        """The vote is over; who voted no gives notice."""
        world = self._world
        poll = world.mutual.assembly.proposal(self._proposal)
        if not poll.passes:
            raise DemoError(f"the vote failed with {poll.yes} yes and {poll.no} no")
        world.narrator.rule(
            f"proposal {self._proposal}: {poll.yes} yes, {poll.no} no: it has passed, and can be carried out from day "
            f"{world.day_of(poll.execute_from)}, when whoever leaves over it is out"
        )
        world.agenda.at(world.clock.now + LEAVE_AFTER, self._leave)
        world.agenda.at(poll.execute_from, self._execute)

    def _execute(self) -> None:
        """Carries it out once the leaver is refunded, which F-8 leaves time for."""
        world = self._world
        if not self._is_out():
            if world.clock.now + DAY >= world.mutual.assembly.proposal(self._proposal).expires:
                raise DemoError("who left over the vote was not refunded before it had to be carried out")
            world.agenda.at(world.clock.now + DAY, self._execute)
            return
        self._rounds.settle_first()
        receipt = world.stage.push(world.mutual.assembly.execute(self._proposal))
        version = receipt.one(Adopted).version
        world.charter, world.numbers = self._rules, numbers_of(self._rules)
        world.narrator.rule(
            f"the vote is carried out: version {version} of the charter is in force; who left over it is out and paid"
        )
        terms = world.numbers.benefits[self._benefit]
        fresh_days = -(-max(terms.waiting) // DAY)
        today = world.day_of(world.clock.now)
        cast = world.plan.cast
        self._file(
            [
                self._accident(cast.fresh, today + SOON_AFTER, Part.FRESH),
                self._accident(cast.later, today + fresh_days + SOON_AFTER, Part.RAISED),
            ]
        )

    def _accident(self, person: int, day: int, part: Part) -> PlannedClaim:
        terms = self._world.numbers.benefits[self._benefit]
        amount = terms.amounts[self._world.people[person].class_id]
        costs = terms.deductible + amount * COSTS_BPS // BPS
        levels = len(self._world.charter.benefits[self._benefit].levels)
        return PlannedClaim(person, day, FILED_AFTER, levels, part, self._benefit, costs)


def _changed(charter: Charter, benefit: int) -> Charter:
    document = charter.model_dump(mode="json")
    document["money"]["fee"] = NEW_FEE
    raised = document["benefits"][benefit]
    raised["amounts"] = [f"{Decimal(amount) * RAISE:f}" for amount in raised["amounts"]]
    return Charter.model_validate(document)
