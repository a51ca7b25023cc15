# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual from its gathering over its votes to its end, and the preparing of the largest charter, measured."""

from __future__ import annotations

from typing import Final

from tongxin.bench.fixed import account
from tongxin.bench.governing import Votes
from tongxin.bench.hearing import Hearings
from tongxin.bench.membership import MEMBERS_TICK, Register, member_account, member_id
from tongxin.bench.stage import DAY, HOUR, Stage, bench_rules, changed, founded
from tongxin.chain.assembly import BALLOT_BATCH
from tongxin.chain.structs import Payment
from tongxin.charter import Charter, EncodedCharter
from tongxin.units import ceil_div
from tongxin.words import ProposalKind

__all__ = ["largest_charter", "life"]

FEW: Final = 10
MANY: Final = 1_000
"""Members of the mutuals in which a vote is measured."""
PROPOSERS: Final = (0, 1, 2)
VOTERS: Final = (3, 4)
RELAYED: Final = range(FEW, FEW + 4 * BALLOT_BATCH)
"""Who votes from a phone: with them the fifth is there that this charter asks for."""
JURORS: Final = range(RELAYED[0], RELAYED[0] + 25)
REGISTERED: Final = range(400, 500)
BEFORE_THE_VOTE: Final = 80 * DAY
"""Who is to have a part of the surplus joined 90 days before the end begins (R-109)."""
GIFT: Final = 1_000

CLASSES: Final = 40
BENEFITS: Final = 16
LEVELS: Final = 7
ATTESTORS: Final = 8
VERSIONS: Final = 4
"""As many as can have been in force in 90 days, each for 30 (R-93, R-94)."""


def life() -> dict[str, int]:
    """A mutual of ten gathers, starts and votes; with 1,000 it changes its rules, then winds down and pays out."""
    rules = changed(bench_rules(), {"starting.minimum_members": FEW})
    with founded(rules) as stage:
        return _Life(stage).run()


class _Life:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._register = Register(stage)
        self._votes = Votes(stage)
        self._found: dict[str, int] = {}

    def run(self) -> dict[str, int]:
        self._found["founding_total"] = sum(self._stage.founding)
        self._gather()
        self._vote_among_few()
        self._vote_among_many()
        self._live_on()
        self._end()
        return self._found

    def _gather(self) -> None:
        register, stage = self._register, self._stage
        register.open()
        register.enrol(FEW)
        register.join("who steps back", MEMBERS_TICK)
        self._found["step_back"] = register.step_back("who steps back")
        self._found["start"] = stage.push(stage.mutual.fund.start()).gas_used
        for number in range(FEW):
            register.accept(number)

    def _vote_among_few(self) -> None:
        votes, stage = self._votes, self._stage
        stage.next_day()
        draft = votes.draft(stage.encoded({"benefits.0.amounts": ["44", "4.4"]}))
        first, _ = votes.propose(PROPOSERS[0], ProposalKind.CHARTER, draft.slot)
        second, self._found["propose"] = votes.propose(PROPOSERS[1], ProposalKind.CHARTER, draft.slot)
        self._found["vote_first_10"] = votes.vote(first, VOTERS[0])
        self._found["vote_later"] = votes.vote(second, VOTERS[0])

    def _vote_among_many(self) -> None:
        votes, register, stage = self._votes, self._register, self._stage
        register.enrol(MANY - FEW)
        for number in RELAYED:
            register.accept(number)
        stage.travel(stage.now + BEFORE_THE_VOTE)
        stage.next_day()
        draft = votes.draft(stage.encoded({"money.fee": "5%", "benefits.0.amounts": ["45", "4.5"]}))
        self._found["draft_small"], self._found["seal_small"] = draft.stored, draft.seal
        self._found["publish_small"] = draft.publish
        change, _ = votes.propose(PROPOSERS[0], ProposalKind.CHARTER, draft.slot)
        self._found["vote_first_1000"] = votes.vote(change, VOTERS[1])
        self._found["vote_relayed_per_ballot_50"] = votes.relay(change, RELAYED)
        self._found["execute_version"] = votes.execute(change)

    def _live_on(self) -> None:
        """Under the new version the Fund reads its numbers from storage."""
        self._register.join("first of a later version", MEMBERS_TICK)
        self._found["join_self_amended"] = self._register.join("one more of a later version", MEMBERS_TICK)
        hearings = Hearings(self._stage, claimant=JURORS[-1] + 1)
        for number in JURORS:
            hearings.volunteer(number)
        self._stage.fund(member_account(hearings.claimant).address, 1_000)
        for _ in range(2):
            claim = hearings.hear(batched=True)
        self._found["file_amended"], self._found["settle_and_pay_amended"] = claim.file, claim.settle

    def _end(self) -> None:
        votes, stage, fund = self._votes, self._stage, self._stage.mutual.fund
        ending, _ = votes.propose(PROPOSERS[2], ProposalKind.WIND_DOWN, 0)
        self._found["vote_relayed_later_per_ballot_50"] = votes.relay(ending, RELAYED)
        for number in VOTERS:
            votes.vote(ending, number)
        self._found["execute_wind_down"] = votes.execute(ending)
        ids = [member_id(number) for number in REGISTERED]
        self._found["register_per_member_100"] = ceil_div(stage.push(fund.register(ids)).gas_used, len(ids))
        giver = member_account(0)
        stage.fund(giver.address, GIFT)
        stage.approve(giver, GIFT)
        stage.act(giver, fund.donate(GIFT, Payment()))
        stage.travel(fund.stage().ends_at + HOUR)
        self._found["end"] = stage.push(fund.end()).gas_used
        for number in REGISTERED[:2]:
            stage.fund(fund.member(member_id(number)).wallet, 1)
            self._found["pay_out"] = stage.push(fund.pay_out(member_id(number))).gas_used


def largest_charter() -> dict[str, int]:
    """The next version of the largest charter, each of its amounts changed, is prepared; first after one version, then
    after as many as can have been in force in 90 days.
    """
    rules = _largest(bench_rules())
    with founded(rules, _further_attestors(1)) as stage:
        register, votes = Register(stage), Votes(stage)
        register.open()
        register.enrol(1)
        register.accept(0)
        stage.next_day()
        draft = votes.draft(_next(stage, 2))
        for version in range(2, VERSIONS + 1):
            votes.change(_next(stage, version), 0)
        after_four = votes.draft(_next(stage, VERSIONS + 1))
        dearest_step = max(stage.founding)
    return {
        "founding_largest_step": dearest_step,
        "draft_largest": draft.stored,
        "seal_largest": draft.seal,
        "seal_largest_after_four": after_four.seal,
        "publish_largest": draft.publish,
    }


def _largest(rules: Charter) -> Charter:
    """As many classes, benefits and levels as a charter can have."""
    document = rules.model_dump(mode="json")
    shares = document["classes"][0]
    benefit = document["benefits"][0]
    levels = [
        {"grants": f"{100 * (level + 1) // LEVELS}%", "meaning": {"zh": "级", "en": "level"}} for level in range(LEVELS)
    ]
    classes = [{**shares, "label": {"zh": f"第{number}类", "en": f"class {number}"}} for number in range(CLASSES)]
    benefits = [
        {
            **benefit,
            "label": {"zh": f"第{number}项", "en": f"benefit {number}"},
            "kind": "reimbursement",
            "levels": levels,
            "deductible": "4",
            "amounts": ["40"] * CLASSES,
            "waiting": ["1d"] * CLASSES,
        }
        for number in range(BENEFITS)
    ]
    return changed(rules, {"classes": classes, "benefits": benefits})


def _further_attestors(version: int) -> tuple[str, ...]:
    """All attestors of a version but the one who acts; the last is another one in each version."""
    return tuple(account(f"attestor {number}").address for number in (*range(ATTESTORS - 2), 100 + version))


def _next(stage: Stage, version: int) -> EncodedCharter:
    """Every amount and deductible and one attestor differ from those of any other version, by less than a quarter."""
    amounts = [f"{40 + version * 0.5}"] * CLASSES
    changes: dict[str, object] = {
        "membership.admission.attestors": [stage.attestor.address, *_further_attestors(version)]
    }
    for number in range(BENEFITS):
        changes[f"benefits.{number}.amounts"] = amounts
        changes[f"benefits.{number}.deductible"] = f"{4 + version * 0.125}"
    return stage.encoded(changes)
