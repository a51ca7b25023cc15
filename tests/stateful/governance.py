# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - hypothesis passes a rule's arguments by name
"""Rules by the members as rules of a state machine: drafts, votes, versions, the start and the end of a mutual."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from eth_utils.crypto import keccak
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from contracts.mutual import account
from stateful.changes import CHANGE, GOOD, apply, own_benefits
from stateful.members import FAR, HOUR, SOMEBODY
from stateful.relayed import Relayed
from stateful.twin import PEOPLE, address, number
from tongxin.charter.encoding import CharterWords, pack, terms_of
from tongxin.charter.numbers import CharterNumbers
from tongxin.model import Ballot, ModelRevert, Terms
from tongxin.model.assembly import SCOPE_OF_KIND, Proposal
from tongxin.units import DAY
from tongxin.words import FundStage, ProposalKind, ProposalStatus, Stage

DOMAIN = "Tongxin Assembly"
PROPOSE = "uint256 kind,uint256 subject,bytes32 reason,bytes32 member_id,uint256 nonce,uint256 deadline"
VOTE = "uint256 proposal,bytes32 member_id,bool support,uint256 deadline"
WITHDRAW = "uint256 proposal,uint256 nonce,uint256 deadline"
REASON = keccak(text="reasons")
MOMENT = st.sampled_from(["early", "first", "first", "first", "first", "last", "late"])
"""When a proposal is executed."""
MALFORMED = (b"", b"\1" * 64, b"\2" * 65)
PATIENCE = 40
"""Steps after which a claim that still is open is given up; more than any path of the court has."""


class Governance(Relayed):
    """Everything of members and court, and the mutual's own rules."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[int, CharterNumbers] = {}
        """What each slot holds."""
        self.regained = 0
        """How often heads came back to a watched floor."""

    # ---- helpers

    @property
    def newest(self) -> CharterNumbers:
        """The numbers of the newest version."""
        charter = self.twin.model.charter
        return self.numbers.get(charter.versions[charter.latest].slot, self.twin.numbers)

    def slot(self, which: int) -> int:
        """A slot, the last ones more often; now and then one that does not exist."""
        count = self.twin.model.charter.slots
        return max(0, count + 1 - which % (count + 2)) if which % 2 else count

    def p(self, which: int) -> int:
        """A proposal, open ones first; 0 if there is none."""
        proposals = self.twin.model.assembly.proposals
        waiting = [p for p, one in proposals.items() if one.status == ProposalStatus.MADE] or list(proposals)
        return waiting[which % len(waiting)] if waiting else 0

    def stage_is(self, *stages: FundStage) -> bool:
        return self.twin.model.stages.stage in stages

    def is_running(self) -> bool:
        return self.stage_is(FundStage.RUNNING)

    def is_gathering(self) -> bool:
        return self.stage_is(FundStage.GATHERING)

    def is_ending(self) -> bool:
        return self.stage_is(FundStage.WINDING_DOWN, FundStage.ENDED)

    def has_drafts(self) -> bool:
        return self.twin.model.charter.slots > 1

    def has_proposals(self) -> bool:
        return bool(self.twin.model.assembly.proposals)

    # ---- drafts

    def draft(self, change: tuple[str, int], by: int, *, own: bool) -> int:
        """A draft with one change of the newest version; its slot, or 0."""
        twin = self.twin
        numbers = apply(self.newest, change)
        words, document = pack(numbers), self.document(twin.model.charter.slots + 1)
        terms = terms_of(words, keccak(document))
        if not twin.both(
            lambda: twin.charter.draft(terms, own, sender=self.wallet(by)),
            lambda: twin.model.draft(Terms.of_charter(words, keccak(document)), own, self.who(by)),
        ):
            return 0
        slot = twin.model.charter.slots
        self.numbers[slot] = numbers if own else replace(numbers, benefits=self.newest.benefits)
        twin.counts[f"draft {change[0]}"] += 1
        return slot

    @staticmethod
    def document(slot: int) -> bytes:
        return f"the document of slot {slot}".encode()

    def add_benefits(self, slot: int, words: CharterWords, first: int, end: int, by: int) -> bool:
        twin = self.twin
        rows = [list(row) for row in words.entitlements[first:end]]
        benefits = list(words.benefits[first:end])
        terms = Terms.of_charter(words, REASON)
        return twin.both(
            lambda: twin.charter.add_benefits(slot, first, benefits, rows, sender=self.wallet(by)),
            lambda: twin.model.add_benefits(
                slot, first, terms.benefits[first:end], terms.entitlements[first:end], self.who(by)
            ),
        )

    def seal(self, slot: int, by: int) -> bool:
        twin, now = self.twin, self.twin.now
        return twin.both(
            lambda: twin.charter.seal(slot, sender=self.wallet(by)),
            lambda: twin.model.seal(slot, self.who(by), now=now),
        )

    def prepared(self, change: tuple[str, int], by: int) -> int:
        """A sealed draft; its slot, or 0 where the rules refuse it."""
        new = apply(self.newest, change)
        own = own_benefits(self.newest, new)
        slot = self.draft(change, by, own=own)
        if slot and own:
            words = pack(new)
            half = len(words.benefits) // 2
            self.add_benefits(slot, words, 0, half, by)
            self.add_benefits(slot, words, half, len(words.benefits), by)
        if not slot or not self.seal(slot, by):
            return 0
        self.twin.counts[f"sealed {change[0]}"] += 1
        return slot

    @rule(change=CHANGE, by=SOMEBODY)
    def prepare(self, change: tuple[str, int], by: int) -> None:
        self.prepared(change, by)

    prepare_2 = prepare_3 = prepare

    @rule(change=CHANGE, by=SOMEBODY, own=st.booleans())
    def draft_only(self, change: tuple[str, int], by: int, own: bool) -> None:
        self.draft(change, by, own=own)

    @precondition(has_drafts)
    @rule(which=st.integers(0, FAR), by=SOMEBODY, own=st.integers(0, 4), part=st.integers(0, 5))
    def add_benefits_somehow(self, which: int, by: int, own: int, part: int) -> None:
        slot = self.slot(which)
        by = self.drafter(slot) if own else by
        numbers = self.numbers.get(slot, self.twin.numbers)
        self.add_benefits(slot, pack(numbers), part % 3, part % 3 + 1 + part // 3, by)

    def drafter(self, slot: int) -> int:
        draft = self.twin.model.charter.drafts.get(slot)
        return self.person(draft.drafter) if draft is not None and draft.drafter else 0

    @precondition(has_drafts)
    @rule(which=st.integers(0, FAR), by=SOMEBODY, own=st.integers(0, 4))
    def seal_somehow(self, which: int, by: int, own: int) -> None:
        slot = self.slot(which)
        self.seal(slot, self.drafter(slot) if own else by)

    @rule(which=st.integers(0, FAR), wrong=st.integers(0, 4))
    def publish(self, which: int, wrong: int) -> None:
        """The document of a slot, as often as anyone likes."""
        twin, slot = self.twin, self.slot(which)
        document = self.document(slot) if wrong else b"another"

        def in_model() -> None:
            draft = twin.model.charter.draft_at(slot)
            if keccak(document) != draft.terms.charter_hash:
                raise ModelRevert("R-90", "charter: another document was drafted")

        twin.both(lambda: twin.charter.publish(slot, document), in_model)

    # ---- proposals

    def put(self, kind: int, subject: int, member: int, actor: int, *, relayed: bool) -> int:
        """Proposes; the proposal's number, or 0."""
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        count = twin.model.assembly.count
        if relayed:
            nonce, deadline = int(twin.assembly.nonces(member_id)), now + DAY
            values = (kind, subject, REASON, member_id, nonce, deadline)
            signature = twin.sign(self.key(actor), (DOMAIN, twin.assembly), "Propose", PROPOSE, values)
            call = (*values[:4], deadline, signature)
            done = twin.both(
                lambda: twin.assembly.propose_for(*call, sender=self.wallet((actor + 1) % PEOPLE)),
                lambda: twin.model.propose(kind, subject, REASON, member_id, self.who(actor), now=now),
            )
        else:
            done = twin.both(
                lambda: twin.assembly.propose(kind, subject, REASON, member_id, sender=self.wallet(actor)),
                lambda: twin.model.propose(kind, subject, REASON, member_id, self.who(actor), now=now),
            )
        if not done:
            return 0
        twin.counts[f"proposed {ProposalKind(kind).name.lower()}"] += 1
        return count + 1

    def kind_of(self, slot: int, general: bool) -> ProposalKind:
        """The kind of proposal that fits a draft; `general` where the widest is meant."""
        draft = self.twin.model.charter.drafts.get(slot)
        if general or draft is None:
            return ProposalKind.CHARTER
        fits = [kind for kind, scope in SCOPE_OF_KIND.items() if scope == draft.scope]
        return fits[0] if fits else ProposalKind.CHARTER

    @rule(
        kind=st.sampled_from([0, 1, 2, 3, 4, 5, 5, 6, 6, 7]),
        which=st.integers(0, FAR),
        fitting=st.integers(0, 3),
        member=SOMEBODY,
        actor=SOMEBODY,
        own=st.integers(0, 5),
        relayed=st.booleans(),
    )
    def propose(self, kind: int, which: int, fitting: int, member: int, actor: int, own: int, relayed: bool) -> None:
        actor = self.owner(member) if own else actor
        slot = self.slot(which)
        if kind <= ProposalKind.JUROR_RULES and fitting:
            kind = self.kind_of(slot, fitting == 1)
        subject = {5: self.who(which % PEOPLE), 6: 0}.get(kind if fitting else which % 7, slot)
        self.put(kind, subject, member, actor, relayed=relayed)

    @precondition(has_proposals)
    @rule(which=st.integers(0, FAR), actor=SOMEBODY, own=st.integers(0, 4), relayed=st.booleans())
    def withdraw_proposal(self, which: int, actor: int, own: int, relayed: bool) -> None:
        p = self.p(which)
        proposal = self.twin.model.assembly.proposals[p]
        actor = self.owner(self.twin.ids.index(proposal.member_id)) if own else actor
        self.take_back(p, actor, relayed=relayed)

    def take_back(self, p: int, actor: int, *, relayed: bool) -> None:
        twin, now = self.twin, self.twin.now
        proposal = twin.model.assembly.proposals[p]
        if not relayed:
            twin.both(
                lambda: twin.assembly.withdraw(p, sender=self.wallet(actor)),
                lambda: twin.model.withdraw_proposal(p, self.who(actor), now=now),
            )
            return
        nonce, deadline = int(twin.assembly.nonces(bytes(proposal.member_id))), now + DAY
        signature = twin.sign(self.key(actor), (DOMAIN, twin.assembly), "Withdraw", WITHDRAW, (p, nonce, deadline))
        twin.both(
            lambda: twin.assembly.withdraw_for(p, deadline, signature),
            lambda: twin.model.withdraw_proposal(p, self.who(actor), now=now),
        )

    # ---- votes

    @precondition(has_proposals)
    @rule(
        which=st.integers(0, FAR), member=SOMEBODY, actor=SOMEBODY, own=st.integers(0, 6), support=st.booleans(),
        missing=st.integers(0, 20),
    )  # fmt: skip
    def vote(self, which: int, member: int, actor: int, own: int, support: bool, missing: int) -> None:
        p = self.p(which) if missing else self.twin.model.assembly.count + 1
        self.vote_on(p, member, self.owner(member) if own else actor, support=support)

    def vote_on(self, p: int, member: int, actor: int, *, support: bool) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        twin.both(
            lambda: twin.assembly.vote(p, member_id, support, sender=self.wallet(actor)),
            lambda: twin.model.vote(p, member_id, support, self.who(actor), now=now),
        )

    def bring(self, p: int, choices: Sequence[tuple[int, bool, int]]) -> bool:
        """A batch of signed votes (member, support, how): by somebody else, too late, malformed, or as it should be."""
        twin, now = self.twin, self.twin.now
        sent: list[tuple[Any, ...]] = []
        model: list[Ballot] = []
        for member, support, how in choices:
            member_id = twin.ids[member]
            deadline = now - 1 if how == 1 else now + (0 if how == 2 else DAY)
            signer = (self.owner(member) + 1) % PEOPLE if how == 3 else self.owner(member)
            signature = twin.sign(
                self.key(signer), (DOMAIN, twin.assembly), "Vote", VOTE, (p, member_id, support, deadline)
            )
            if how in {4, 5, 6}:
                signature = MALFORMED[how - 4]
            sent.append((member_id, support, deadline, signature))
            model.append(Ballot(member_id, support, deadline, good=how not in {3, 4, 5, 6}))
        counted: list[int] = []
        done = twin.both(
            lambda: counted.append(twin.assembly.vote_for(p, sent)),
            lambda: counted.append(twin.model.vote_for(p, model, now=now)),
        )
        if done:
            assert counted[0] == counted[1], "votes counted"
            twin.counts["votes in batches"] += counted[0]
        return done

    @precondition(has_proposals)
    @rule(
        which=st.integers(0, FAR),
        choices=st.lists(st.tuples(SOMEBODY, st.booleans(), st.integers(0, 12)), max_size=8),
        again=st.booleans(),
    )
    def vote_for(self, which: int, choices: list[tuple[int, bool, int]], again: bool) -> None:
        p = self.p(which)
        self.bring(p, choices)
        if again:
            self.bring(p, choices)

    @precondition(has_proposals)
    @rule(which=st.integers(0, FAR), member=SOMEBODY, other=SOMEBODY, to=SOMEBODY)
    def vote_twice(self, which: int, member: int, other: int, to: int) -> None:
        """Votes, hands the membership to another wallet and votes again; then with a second id of that wallet."""
        p = self.p(which)
        self.bring(p, [(member, True, 0)])
        self.replace_wallet(member, to, 1)
        self.bring(p, [(member, True, 0)])
        self.replace_wallet(other, to, 1)
        self.bring(p, [(other, True, 0)])

    def everybody(self, p: int, against: int) -> None:
        """All vote, the first ones against; one by itself, the others in a batch."""
        last = PEOPLE - 1
        self.bring(p, [(member, member >= against, 0) for member in range(last)])
        self.vote_on(p, last, self.owner(last), support=last >= against)

    # ---- what follows

    @precondition(has_proposals)
    @rule(which=st.integers(0, FAR))
    def execute(self, which: int) -> None:
        self.carry_out(self.p(which))

    def carry_out(self, p: int) -> bool:
        twin, now = self.twin, self.twin.now
        kind = twin.model.assembly.proposals[p].kind
        done = twin.both(lambda: twin.assembly.execute(p), lambda: twin.model.execute(p, now=now))
        twin.counts[f"executed {kind.name.lower()}"] += done
        return done

    @rule()
    def adopt(self) -> None:
        """Nothing is left to adopt after an execution."""
        now = self.twin.now
        self.twin.both(self.twin.fund.adopt, lambda: self.twin.model.adopt(now=now))

    def wait_for(self, proposal: Proposal, moment: str) -> None:
        """Until a proposal may just not yet, just so, or no more be executed."""
        at = {
            "early": proposal.from_time - 1,
            "first": proposal.from_time,
            "last": proposal.expires - 1,
            "late": proposal.expires,
        }[moment]
        self.twin.wait(max(0, at - self.twin.now), 20)
        self.settle_round()

    @precondition(is_running)
    @rule(
        change=GOOD, by=SOMEBODY, member=SOMEBODY, against=st.sampled_from([0, 0, 0, 3, 8, 26]), moment=MOMENT,
        general=st.booleans(), relayed=st.booleans(),
    )  # fmt: skip
    def amend(
        self, change: tuple[str, int], by: int, member: int, against: int, moment: str, general: bool, relayed: bool
    ) -> None:
        """A change of the rules from its draft to its adoption."""
        slot = self.prepared(change, by)
        if not slot:
            return
        p = self.put(self.kind_of(slot, general), slot, member, self.owner(member), relayed=relayed)
        self.decide(p, against, moment)
        if relayed:
            self.publish(0, 1)

    amend_2 = amend_3 = amend

    def decide(self, p: int, against: int, moment: str) -> None:
        if p:
            self.everybody(p, against)
            self.wait_for(self.twin.model.assembly.proposals[p], moment)
            self.carry_out(p)

    @precondition(is_running)
    @rule(
        change=GOOD, other=GOOD, by=SOMEBODY, members=st.tuples(SOMEBODY, SOMEBODY), moment=MOMENT,
    )  # fmt: skip
    def rivals(
        self, change: tuple[str, int], other: tuple[str, int], by: int, members: tuple[int, int], moment: str
    ) -> None:
        """Two drafts on the same version that both pass: the second to be executed is stale."""
        made = []
        for one, member in zip((change, other), members, strict=True):
            slot = self.prepared(one, by)
            p = self.put(ProposalKind.CHARTER, slot, member, self.owner(member), relayed=False) if slot else 0
            if p:
                self.everybody(p, 0)
                made.append(p)
        for p in made:
            self.wait_for(self.twin.model.assembly.proposals[p], moment)
            self.carry_out(p)

    @precondition(is_running)
    @rule(member=SOMEBODY, kind=st.sampled_from([5, 5, 6]), against=st.sampled_from([0, 3, 8]), moment=MOMENT)
    def resolve(self, member: int, kind: int, against: int, moment: str) -> None:
        """A successor, or the end, by vote."""
        subject = number(account("successor").address) if kind == ProposalKind.SUCCESSOR else 0
        p = self.put(kind, subject, member, self.owner(member), relayed=False)
        self.decide(p, against, moment)

    @precondition(is_running)
    @rule(who=st.integers(22, PEOPLE - 1))
    def join_and_vote(self, who: int) -> None:
        """Somebody comes in after a proposal was made, and votes on it."""
        self.join(who, 40, 0, who, 1)
        p = self.p(0)
        if p:
            self.bring(p, [(who, True, 0)])

    # ---- starting

    @rule()
    def start(self) -> None:
        now = self.twin.now
        self.twin.both(self.twin.fund.start, lambda: self.twin.model.start(now=now))

    @precondition(is_gathering)
    @rule(member=SOMEBODY, actor=SOMEBODY, own=st.integers(0, 4), relayed=st.booleans())
    def step_back(self, member: int, actor: int, own: int, relayed: bool) -> None:
        self.back_out(member, self.owner(member) if own else actor, relayed=relayed)

    def back_out(self, member: int, actor: int, *, relayed: bool) -> None:
        now, model, member_id = self.twin.now, self.twin.model, self.twin.ids[member]
        self.act(
            member, actor, ("step_back", "StepBack", ""), (),
            lambda who: model.step_back(member_id, who, now=now), relayed=relayed,
        )  # fmt: skip

    @precondition(is_gathering)
    @rule(late=st.sampled_from([-1, 0, 1]), everybody=st.booleans())
    def miss_the_date(self, late: int, everybody: bool) -> None:
        """The founding date comes and goes; afterwards anybody sends the others' money back, and the rest to P-56."""
        stages = self.twin.model.stages
        self.twin.wait(max(0, stages.deadline - self.twin.now + late), 300)
        if late < 0:
            self.start()
        self.back_out(0, 1, relayed=False)
        if everybody:
            for member in range(PEOPLE):
                self.back_out(member, PEOPLE - 1, relayed=False)
        self.start()
        self.sweep_remainder()
        self.twin.counts["failed and emptied"] += everybody and late >= 0 and not self.twin.model.ledger.deposits

    # ---- the floor

    @rule()
    def watch_floor(self) -> None:
        now = self.twin.now
        self.twin.both(self.twin.fund.watch_floor, lambda: self.twin.model.watch_floor(now=now))

    @rule(late=st.sampled_from([None, None, -1, 0, 1]))
    def wind_down_by_floor(self, late: int | None) -> None:
        stages = self.twin.model.stages
        if late is not None and stages.below_since:
            over = stages.below_since + self.twin.model.terms.grace
            self.twin.wait(max(0, over - self.twin.now + late), 20)
            self.settle_round()
        now = self.twin.now
        self.twin.both(self.twin.fund.wind_down_by_floor, lambda: self.twin.model.wind_down_by_floor(now=now))

    @precondition(is_running)
    @rule(members=st.lists(SOMEBODY, min_size=4, max_size=9, unique=True), back=st.booleans())
    def shrink(self, members: list[int], back: bool) -> None:
        """Some go and the floor is watched; perhaps somebody comes back in time."""
        for member in members:
            self.leave(member, 0, 1, relayed=False)
        self.twin.wait(self.twin.model.terms.leave_notice + HOUR, 20)
        self.settle_round()
        for member in members:
            self.refund(member)
        self.watch_floor()
        if back:
            watched = self.twin.model.stages.below_since
            for member in members:
                self.rejoin(member, 40, 0, 1)
            self.regained += bool(watched and not self.twin.model.stages.below_since)

    # ---- ending

    @rule(members=st.lists(SOMEBODY, max_size=9))
    def register(self, members: list[int]) -> None:
        twin = self.twin
        ids = [twin.ids[member] for member in members]
        twin.both(lambda: twin.fund.register(ids), lambda: twin.model.register(ids))

    @rule()
    def end(self) -> None:
        now = self.twin.now
        self.twin.both(self.twin.fund.end, lambda: self.twin.model.end(now=now))

    @precondition(is_ending)
    @rule(member=SOMEBODY)
    def pay_out(self, member: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        twin.both(lambda: twin.fund.pay_out(member_id), lambda: twin.model.pay_out(member_id, now=now), [member_id])

    @rule()
    def sweep_remainder(self) -> None:
        now = self.twin.now
        self.twin.both(self.twin.fund.sweep_remainder, lambda: self.twin.model.sweep_remainder(now=now))

    @precondition(is_ending)
    @rule(everybody=st.booleans(), early=st.booleans())
    def run_off(self, everybody: bool, early: bool) -> None:
        """The run-off to its end: claims closed, the register filled, the mutual ended."""
        if everybody:
            self.register(list(range(PEOPLE)))
        self.close_claims()
        rounds, ends = self.twin.model.rounds, self.twin.model.stages.ends_at - early
        closes = rounds.closes_at if rounds.pending else 0
        self.twin.wait(max(0, max(ends, closes) - self.twin.now), 300)
        self.settle_round()
        self.end()
        if early:
            self.twin.wait(1, 1)
            self.end()

    def close_claims(self) -> None:
        """Brings every claim to its end, with full votes for half of them."""
        court = self.twin.model.court
        for c in list(court.claims):
            for _ in range(PATIENCE):
                if court.record(c).closed:
                    break
                self.push_one(c, [7 * (c % 2)] * 15)
            assert court.record(c).closed, f"claim {c} does not come to an end (R-86)"
            self.finish(c)

    def push_one(self, c: int, levels: list[int]) -> None:
        """As `push`, for a claim whose people are perhaps gone: what waits for somebody runs into its deadline."""
        record = self.twin.model.court.record(c)
        waiting = [one for one, other in self.twin.model.court.claims.items() if not other.closed]
        before = (record.stage, record.n, record.attempt, record.flags)
        self.push(waiting.index(c), levels, 40)
        after = self.twin.model.court.record(c)
        if not after.closed and before == (after.stage, after.n, after.attempt, after.flags):
            self.twin.wait(max(0, after.deadline - self.twin.now), 300)
            waiting = [one for one, other in self.twin.model.court.claims.items() if not other.closed]
            if after.stage in {Stage.ACCESS, Stage.CURE}:
                self.time_out(waiting.index(c))
            elif after.stage == Stage.VOTING:
                self.conclude(waiting.index(c))
            self.settle_round()

    # ---- what an event is worth

    def compare_awarded(self) -> None:
        """Every benefit and class around every moment at which R-97 may say something else."""
        twin, charter = self.twin, self.twin.model.charter
        starts = [effective_from for _, effective_from in charter.versions.values()]
        rows = [row for version in charter.versions for row in charter.terms(version).entitlements]
        waits = {entitled.waiting for row in rows for entitled in row}
        times = sorted({start + wait + late for start in starts[1:] for wait in (0, *waits) for late in (-1, 0)})
        terms = charter.terms(charter.latest)
        for time in times:
            for benefit in range(len(terms.benefits) + 1):
                for class_id in range(len(terms.shares)):
                    found = twin.charter.contract.awarded(time, benefit, class_id, 70 * DAY)
                    asked = charter.awarded(time, benefit, class_id, 70 * DAY)
                    assert (found[0], found[2]) == (asked.version, asked.full), (time, benefit, class_id)
                    if asked.full:
                        deductible = found[1] >> 62 & (1 << 88) - 1
                        assert (deductible, found[3]) == (asked.deductible, asked.waiting), (time, benefit, class_id)
                    twin.counts["awards compared"] += 1

    # ---- nothing stays

    def last_things(self) -> None:
        """After the end: whoever is still in it is paid, by acts open to anyone, and nothing is left (R-111, I-15)."""
        twin, model = self.twin, self.twin.model
        for who in range(PEOPLE):
            self.list_account(who, True, True)
        for c in list(model.court.claims):
            self.finish(c)
        for member in range(PEOPLE):
            self.pay_out(member)
        for index in list(model.jury.volunteers):
            self.dismiss(index)
        twin.wait(4 * model.terms.leave_notice + 90 * DAY, 300)
        for index in list(model.jury.volunteers):
            self.withdraw_bond(index)
        for _ in range(2):
            self.sweep_remainder()
            for who in [payee for payee, due in model.ledger.dues.items() if due]:
                twin.both(partial(twin.fund.withdraw, address(who)), partial(model.withdraw, who))
            self.withdraw_fees()
        ledger = model.ledger
        left = {name: getattr(ledger, name) for name in ("deposits", "surplus", "due", "fees", "bonds")}
        assert not model.token.held, f"locked for ever (R-111): {left}, stage {model.stages.stage.name}"
        assert not twin.tokens(number(str(twin.fund.address)))
        twin.counts["emptied"] += 1

    def finish_life(self) -> None:
        """Brings the mutual to its end, from whatever stage the example left it in."""
        if self.stage_is(FundStage.GATHERING):
            self.miss_the_date(0, everybody=True)
        if self.stage_is(FundStage.RUNNING):
            self.resolve(0, ProposalKind.WIND_DOWN, 0, "first")
        if self.stage_is(FundStage.RUNNING):
            self.shrink(list(range(PEOPLE)), back=False)
            self.wind_down_by_floor(1)
        if self.stage_is(FundStage.WINDING_DOWN):
            self.run_off(everybody=True, early=False)
        self.last_things()
        self.compare_awarded()
        counts = self.twin.counts
        counts["emptied of those registered"] += self.twin.model.stages.set_aside > 0
        counts["floor regained"] += self.regained

    def teardown(self) -> None:
        going_well = sys.exc_info()[0] is None
        try:
            if hasattr(self, "stack") and going_well:
                self.finish_life()
                self.twin.compare_charter(again=True)
        finally:
            super().teardown()
