# SPDX-License-Identifier: AGPL-3.0-only
"""The life of a mutual through the SDK alone: gathering, a vote on the rules, another attestor, the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from support.sdk import COIN, DAY, World, founded, person
from tongxin.chain.assembly import BALLOT_BATCH, ProposalState, reason_hash
from tongxin.chain.events import (
    Adopted,
    AssemblyNamed,
    DraftSealed,
    Ended,
    Executed,
    FloorRegained,
    FloorWatched,
    Left,
    PaidOut,
    ProposalWithdrawn,
    Proposed,
    Published,
    Refunded,
    RemainderSwept,
    Sealed,
    Started,
    SteppedBack,
    SuccessorNamed,
    VoteCast,
    Withdrawn,
    WoundDown,
)
from tongxin.chain.mutual import DocumentNotFoundError, ProposalNotFoundError
from tongxin.chain.node import EmbeddedNode
from tongxin.chain.primitives import ZERO_ADDRESS
from tongxin.chain.reverts import (
    DraftChangesMore,
    DraftChangesNothing,
    DraftOutdated,
    FixedForEver,
    FloorNotWatched,
    FloorWatchedAlready,
    GraceNotOver,
    HasVoted,
    MayStillStart,
    NoJoiningNow,
    NoLeavingNow,
    NotAnAttestorsSignature,
    NotASettledVoter,
    NotBelowFloor,
    NotEnded,
    NotGathering,
    NotRunning,
    NotTheActorsSignature,
    NotTheAssembly,
    NotTheMembersSignature,
    NotTheProposer,
    NotTheWallet,
    ProposalExpired,
    ProposalWasExecuted,
    ProposedTooRecently,
    RunoffNotOver,
    SignedActExpired,
    StepTooLarge,
    TooEarlyToExecute,
    TooFewMembers,
    TooLateToStart,
    VersionTooYoung,
    VoteEnded,
    WrongCharter,
)
from tongxin.chain.structs import Ballot, Claim, Payment, Signed
from tongxin.chain.typed_data import AssemblyActs, assembly_domain
from tongxin.charter import decode, numbers_of, read_document
from tongxin.words import FundStage, MemberStatus, ProposalKind, Scope

REASON = reason_hash("Accidents have become dearer.")
DEARER = {
    "money.fee": "5%",
    "money.round_cap": "110",
    "membership.min_runway": "110",
    "court.juror_pay": "1.25",
    "court.juror_bond": "14",
}
LARGER = {"benefits.0.amounts": ["1250", "2000"]}
FIRST = ("ana", "ben", "cem", "dora")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    changes = {"starting.minimum_members": len(FIRST), "money.entry_fee": "3"}
    path = tmp_path_factory.mktemp("governance") / "sent.sqlite"
    with EmbeddedNode() as node, founded(node, path, changes=changes) as made:
        yield made


def id_of(name: str) -> bytes:
    return keccak(name.encode())


def propose(world: World, name: str, kind: ProposalKind, subject: int) -> int:
    """A member proposes; returns the proposal's number."""
    action = world.mutual.assembly.propose(kind, subject, REASON, id_of(name))
    return world.sender(name).send(action).one(Proposed).p


def vote(world: World, p: int, names: Sequence[str]) -> None:
    """Members vote yes by signatures that one of them relays."""
    deadline = world.now + DAY
    ballots = [
        world.mutual.assembly.ballot(world.sender(name).signer, p, id_of(name), support=True, deadline=deadline)
        for name in names
    ]
    cast = world.mutual.relay_votes(world.sender("relayer", 0), p, ballots, purpose=f"votes on {p}")
    assert [item.member_id for item in cast] == [id_of(name) for name in names]


def to_execution(world: World, p: int) -> None:
    """The vote ends and the delay passes."""
    world.wait(world.mutual.assembly.proposal(p).execute_from - world.now)


def claim_of(version: int) -> Claim:
    """A claim that is judged by a version."""
    zero = {item.name: 0 for item in fields(Claim)}
    return Claim(**{**zero, "version": version})  # type: ignore[arg-type]


def state(world: World, p: int) -> ProposalState:
    return world.mutual.proposal(p).state


def test_a_mutual_gathers_and_starts(world: World) -> None:
    mutual, relayer = world.mutual, world.sender("relayer", 0)
    assert mutual.fund.stage().stage is FundStage.GATHERING
    assert mutual.fund.books().special
    for name in ("ana", "ben"):
        world.member(name)
    with pytest.raises(TooFewMembers):
        relayer.send(mutual.fund.start())
    ben = world.sender("ben")
    with pytest.raises(NoLeavingNow, match="step back"):
        ben.send(mutual.fund.leave(id_of("ben")))
    with pytest.raises(NotTheWallet):
        relayer.send(mutual.fund.step_back(id_of("ben")))

    office = mutual.office
    balance = mutual.fund.balance_of(id_of("ben"))
    typed = office.acts().step_back(id_of("ben"), nonce=office.nonces(id_of("ben")), deadline=world.now + DAY)
    forged = Signed(world.now + DAY, world.attestor.sign_typed(typed))
    with pytest.raises(NotTheActorsSignature):
        relayer.send(office.step_back_for(id_of("ben"), forged))
    signed = Signed(typed.message["deadline"], ben.signer.sign_typed(typed))
    gone = relayer.send(office.step_back_for(id_of("ben"), signed)).one(SteppedBack)
    assert (gone.wallet, gone.amount, gone.entry_fee) == (ben.address, balance, 3 * COIN)
    assert world.coin.balance_of(ben.address) == 100_000 * COIN
    assert not mutual.fund.member(id_of("ben")).occupied

    for name in ("ben", "cem", "dora"):
        world.member(name)
    assert relayer.send(mutual.fund.start()).one(Started).heads == len(FIRST)
    life = mutual.fund.stage()
    assert (life.stage, life.version) == (FundStage.RUNNING, 1)
    assert life.started == world.now
    assert not mutual.founding_failed()
    assert not mutual.fund.books().special
    with pytest.raises(NotGathering):
        ben.send(mutual.fund.step_back(id_of("ben")))
    world.member("eve")
    assert [type(event) for event in mutual.events(kinds=(AssemblyNamed, Started, SteppedBack))] == [
        AssemblyNamed,
        SteppedBack,
        Started,
    ]


def test_a_draft_is_checked_and_prepared_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mutual, ana = world.mutual, world.sender("ana")
    world.wait(8 * DAY)
    with pytest.raises(DraftChangesNothing):
        mutual.prepare_version(ana, world.encoded({"text.en": "Other words."}))
    with pytest.raises(StepTooLarge, match="diff"):
        mutual.prepare_version(ana, world.encoded({"money.round_cap": "200", "membership.min_runway": "200"}))
    with pytest.raises(FixedForEver):
        mutual.prepare_version(ana, world.encoded({"money.call_margin": "11%"}))
    before = mutual.charter.drafts()

    steps: list[str] = []
    rules = world.encoded(DEARER)
    slot = mutual.prepare_version(ana, rules, progress=steps.append)
    assert steps == ["draft", "seal", "document"]
    assert mutual.prepare_version(ana, rules) == slot == before + 1 == mutual.charter.drafts()
    other = mutual.prepare_version(ana, rules, label="again")
    assert other == slot + 1
    draft = mutual.charter.draft_of(slot)
    assert (draft.drafter, draft.base, draft.scope, draft.sealed) == (
        ana.address,
        1,
        Scope.OTHER | Scope.JUROR_RULES,
        True,
    )
    assert mutual.charter.slot_words(slot) == rules.words
    assert mutual.document(slot) == rules.document
    assert read_document(mutual.document(1)) == world.rules
    with pytest.raises(DocumentNotFoundError, match="anyone may"):
        mutual.document(before)

    ask = world.endpoints.request

    def lie(method: str, *params: object, **rest: bool) -> Any:
        answer = ask(method, *params, **rest)
        if method != "eth_getTransactionByHash":
            return answer
        return {**answer, "input": answer["input"].replace(b"accident".hex(), b"anything".hex())}

    with monkeypatch.context() as patched:
        patched.setattr(world.endpoints, "request", lie)
        with pytest.raises(DocumentNotFoundError):
            mutual.document(slot)

    larger = world.encoded(LARGER)
    slot = mutual.prepare_version(ana, larger, progress=steps.append)
    assert steps[3:] == ["draft", "benefits from 0", "seal", "document"]
    assert decode(mutual.charter.slot_words(slot)) == numbers_of(read_document(larger.document))
    assert mutual.charter.slot_words(slot) == larger.words


def test_members_vote_on_the_rules_and_one_leaves_over_it(world: World) -> None:  # noqa: PLR0915 - one story
    mutual, assembly = world.mutual, world.mutual.assembly
    ana, ben, eve, relayer = (world.sender(name) for name in ("ana", "ben", "eve", "relayer"))
    rules = world.encoded(DEARER)
    slot = mutual.prepare_version(ana, rules)
    with pytest.raises(NotASettledVoter):
        relayer.send(assembly.propose(ProposalKind.CHARTER, slot, REASON, id_of("ana")))
    with pytest.raises(DraftChangesMore):
        ana.send(assembly.propose(ProposalKind.ATTESTORS, slot, REASON, id_of("ana")))
    p = propose(world, "ana", ProposalKind.CHARTER, slot)
    found = mutual.proposal(p)
    assert (found.number, found.kind, found.draft, found.successor) == (p, ProposalKind.CHARTER, slot, None)
    assert (found.state, found.made.reason, found.made.proposer) == (ProposalState.OPEN, REASON, ana.address)
    assert (found.made.heads, found.made.needed, found.poll.needed) == (5, 1, 1)
    assert (found.made.execute_from, found.made.expires) == (found.poll.execute_from, found.poll.expires)
    assert assembly.proposer(p) == (ana.address, id_of("ana"))
    assert assembly.subject(p) == slot
    assert assembly.last_proposed(id_of("ana")) == world.now
    with pytest.raises(ProposedTooRecently):
        propose(world, "ana", ProposalKind.CHARTER, slot)
    with pytest.raises(ProposalNotFoundError):
        mutual.proposal(p + 1)

    ana.send(assembly.vote(p, id_of("ana"), support=True))
    assert assembly.member_has_voted(p, id_of("ana"))
    assert assembly.wallet_has_voted(p, ana.address)
    assert not assembly.member_has_voted(p, id_of("ben"))
    with pytest.raises(HasVoted):
        ana.send(assembly.vote(p, id_of("ana"), support=False))
    with pytest.raises(NotASettledVoter):
        ana.send(assembly.vote(p, id_of("ben"), support=False))

    deadline = world.now + DAY
    elsewhere = AssemblyActs(assembly_domain(world.endpoints.chain_id + 1, assembly.address))
    typed = elsewhere.vote(p, id_of("cem"), support=True, deadline=deadline)
    of_another_chain = Ballot(id_of("cem"), True, Signed(deadline, world.sender("cem").signer.sign_typed(typed)))
    late = assembly.ballot(world.sender("cem").signer, p, id_of("cem"), support=True, deadline=world.now - 1)
    of_ben = assembly.ballot(ben.signer, p, id_of("ben"), support=True, deadline=deadline)
    turned = replace(assembly.ballot(eve.signer, p, id_of("eve"), support=False, deadline=deadline), support=True)
    of_eve = replace(turned, support=False)
    ballots = [of_another_chain, late, of_ben, of_ben, turned, of_eve]
    cast = mutual.relay_votes(relayer, p, ballots, purpose="first bag")
    assert [(item.wallet, item.support) for item in cast] == [(ben.address, True), (eve.address, False)]
    assert mutual.relay_votes(relayer, p, ballots, purpose="first bag") == cast
    assert mutual.relay_votes(relayer, p, ballots * 9, purpose="the same votes in another bag") == []
    assert len(ballots * 9) > BALLOT_BATCH
    poll = assembly.proposal(p)
    assert (poll.yes, poll.no, poll.passes, assembly.passed(p)) == (2, 1, True, True)

    world.wait(poll.ends - world.now)
    assert state(world, p) is ProposalState.WAITING
    with pytest.raises(VoteEnded):
        world.sender("dora").send(assembly.vote(p, id_of("dora"), support=True))
    with pytest.raises(TooEarlyToExecute):
        relayer.send(assembly.execute(p))
    balance = mutual.fund.balance_of(id_of("eve"))
    eve.send(mutual.fund.leave(id_of("eve"))).one(Left)
    assert mutual.fund.history(id_of("eve")).notice == 7 * DAY
    to_execution(world, p)
    refunded = relayer.send(mutual.fund.refund(id_of("eve"))).one(Refunded)
    assert (refunded.wallet, refunded.amount) == (eve.address, balance)

    assert state(world, p) is ProposalState.EXECUTABLE
    with pytest.raises(VersionTooYoung):
        mutual.execute(relayer, p)
    world.wait(mutual.version(1).effective_from + 30 * DAY - world.now)
    could = mutual.payable_today(10_000 * COIN)
    receipt = mutual.execute(relayer, p)
    adopted = receipt.one(Adopted)
    assert (adopted.version, adopted.charter_hash) == (2, rules.document_hash)
    assert receipt.one(Executed).subject == receipt.one(Sealed).slot == slot
    assert state(world, p) is ProposalState.EXECUTED
    with pytest.raises(ProposalWasExecuted):
        relayer.send(assembly.execute(p))

    assert mutual.fund.books().amended
    assert mutual.in_force.number == mutual.charter.latest() == 2
    assert mutual.in_force.effective_from == world.now
    assert mutual.fund_terms.money.fee == mutual.fund.money_terms().fee == 500
    assert mutual.fund.member_terms() == mutual.fund_terms.member
    assert mutual.words == rules.words
    assert mutual.charter.words(1) == world.encoded({}).words
    assert (mutual.vote_terms.voting_time, mutual.vote_terms.adoption_delay) == (3 * DAY, 15 * DAY)
    assert mutual.charter.ladder(2) == ()
    parties = [read(2) for read in (mutual.charter.steward, mutual.charter.investigator, mutual.charter.remainder)]
    assert parties == [person("steward").address, ZERO_ADDRESS, person("remainder").address]
    # Four full shares pay up to 110 each instead of 100, of which the fee takes more.
    assert could.collected == 400 * COIN
    assert mutual.payable_today(10_000 * COIN).collected == 440 * COIN
    for version, pay in ((1, COIN), (2, COIN + COIN // 4)):
        assert mutual.challenge_bond(claim_of(version), 5) == 11 * pay
    today = (world.now + mutual.court_terms.zone) // DAY
    assert mutual.start_of(today) <= world.now < mutual.start_of(today + 1)
    assert [mutual.version_of_day(day).number for day in (today, today + 1)] == [1, 2]
    assert [mutual.filing_bond(day) for day in (today, today + 1)] == [5 * COIN, 6 * COIN + COIN // 4]
    awarded = mutual.awarded(id_of("ana"), 0, today + 1)
    assert (awarded.version, awarded.amount, awarded.waiting) == (2, 1000 * COIN, 0)
    assert awarded.benefit.levels[:2] == (5_000, 10_000)
    assert mutual.charter.awarded(mutual.start_of(today), 0, 1, 0).amount == 2000 * COIN
    tick = mutual.runway_tick(500)
    mutual.allow(eve, mutual.join_price(0, tick).deposit)
    with pytest.raises(WrongCharter):
        eve.send(mutual.fund.rejoin(id_of("eve"), tick, mutual.version(1).charter_hash, Payment()))
    eve.send(mutual.fund.rejoin(id_of("eve"), tick, mutual.charter_hash, Payment()))


def test_an_outdated_draft_is_refused(world: World) -> None:
    mutual, ben = world.mutual, world.sender("ben")
    sealed_before = mutual.charter.drafts()
    assert mutual.charter.draft_of(sealed_before).base == 1
    with pytest.raises(DraftOutdated):
        ben.send(mutual.assembly.propose(ProposalKind.CHARTER, sealed_before, REASON, id_of("ben")))
    with pytest.raises(NotTheAssembly):
        ben.send(mutual.charter.adopt(sealed_before))
    again = mutual.prepare_version(world.sender("ana"), world.encoded(LARGER))
    assert (again, mutual.charter.draft_of(again).base) == (sealed_before + 1, 2)


def test_a_proposal_is_signed_relayed_and_taken_back(world: World) -> None:
    mutual, assembly = world.mutual, world.mutual.assembly
    cem, relayer = world.sender("cem"), world.sender("relayer", 0)
    kind, subject = ProposalKind.SUCCESSOR, int(person("successor").address, 16)
    deadline = world.now + DAY

    def signed(acts: AssemblyActs, nonce: int, until: int = deadline) -> Signed:
        typed = acts.propose(kind, subject, REASON, id_of("cem"), nonce=nonce, deadline=until)
        return Signed(until, cem.signer.sign_typed(typed))

    def send(signature: Signed) -> int:
        return relayer.send(assembly.propose_for(kind, subject, REASON, id_of("cem"), signature)).one(Proposed).p

    elsewhere = AssemblyActs(assembly_domain(world.endpoints.chain_id + 1, assembly.address))
    with pytest.raises(NotTheMembersSignature):
        send(signed(elsewhere, 0))
    with pytest.raises(SignedActExpired):
        send(signed(assembly.acts(), 0, world.now - 1))
    good = signed(assembly.acts(), assembly.nonces(id_of("cem")))
    p = send(good)
    world.wait(2 * DAY)
    with pytest.raises((NotTheMembersSignature, SignedActExpired)):
        send(good)
    with pytest.raises(NotTheProposer):
        world.sender("dora").send(assembly.withdraw(p))
    deadline = world.now + DAY
    typed = assembly.acts().withdraw(p, nonce=assembly.nonces(id_of("cem")), deadline=deadline)
    forged = Signed(deadline, world.attestor.sign_typed(typed))
    with pytest.raises(NotTheMembersSignature):
        relayer.send(assembly.withdraw_for(p, forged))
    relayer.send(assembly.withdraw_for(p, Signed(deadline, cem.signer.sign_typed(typed)))).one(ProposalWithdrawn)
    found = mutual.proposal(p)
    assert (found.state, found.draft, found.successor) == (
        ProposalState.WITHDRAWN,
        None,
        person("successor").address,
    )


def test_a_successor_is_named_or_a_proposal_fails_or_expires(world: World) -> None:
    mutual, assembly, relayer = world.mutual, world.mutual.assembly, world.sender("relayer", 0)
    successor = person("successor").address
    fails = propose(world, "dora", ProposalKind.SUCCESSOR, int(successor, 16))
    expires = propose(world, "ben", ProposalKind.SUCCESSOR, int(successor, 16))
    named = propose(world, "cem", ProposalKind.SUCCESSOR, int(successor, 16))
    world.sender("dora").send(assembly.vote(fails, id_of("dora"), support=False))
    for p in (expires, named):
        vote(world, p, ["ana", "ben", "cem"])
    to_execution(world, named)
    assert [found.state for found in mutual.proposals()[-3:]] == [
        ProposalState.FAILED,
        ProposalState.EXECUTABLE,
        ProposalState.EXECUTABLE,
    ]
    assert mutual.execute(relayer, named).one(SuccessorNamed).successor == successor == assembly.successor()
    world.wait(assembly.proposal(expires).expires - world.now)
    assert state(world, expires) is ProposalState.EXPIRED
    with pytest.raises(ProposalExpired):
        relayer.send(assembly.execute(expires))


def test_another_attestor_is_appointed(world: World) -> None:
    mutual = world.mutual
    former, latter = world.attestor, person("another attestor")
    rules = world.encoded({**DEARER, "membership.admission.attestors": [latter.address]})
    slot = mutual.prepare_version(world.sender("ana"), rules)
    assert mutual.charter.draft_of(slot).scope == Scope.ATTESTORS
    p = propose(world, "ana", ProposalKind.ATTESTORS, slot)
    vote(world, p, ["ana", "ben", "cem"])
    to_execution(world, p)
    mutual.execute(world.sender("relayer", 0), p)
    assert mutual.charter.attestors(3) == (latter.address,)
    assert not mutual.fund.attestors(former.address)
    assert mutual.fund.attestors(latter.address)
    with pytest.raises(NotAnAttestorsSignature):
        world.member("fay")
    world.attestor = latter
    member_id, _ = world.member("fay")
    assert mutual.fund.member(member_id).status & MemberStatus.ACCEPTED


def test_a_mutual_winds_down_to_the_last_unit(world: World) -> None:  # noqa: PLR0915 - one story
    mutual, fund, relayer = world.mutual, world.mutual.fund, world.sender("relayer", 0)
    world.wait(20 * DAY)
    p = propose(world, "ana", ProposalKind.WIND_DOWN, 0)
    moot = propose(world, "ben", ProposalKind.WIND_DOWN, 0)
    vote(world, p, ["ana", "ben", "cem"])
    to_execution(world, p)
    with pytest.raises(NotTheAssembly):
        relayer.send(fund.wind_down())
    wound = mutual.execute(relayer, p).one(WoundDown)
    life = fund.stage()
    assert (wound.by_vote, wound.ends_at, life.ends_at) == (True, world.now + 31 * DAY, wound.ends_at)
    assert (life.stage, life.wound_at) == (FundStage.WINDING_DOWN, world.now)
    assert (state(world, p), state(world, moot)) == (ProposalState.EXECUTED, ProposalState.VOID)
    with pytest.raises(NotRunning):
        relayer.send(mutual.assembly.execute(moot))
    with pytest.raises(NoJoiningNow):
        world.member("gus")
    with pytest.raises(NoLeavingNow, match="wait for its end"):
        world.sender("ana").send(fund.leave(id_of("ana")))

    everybody = [id_of(name) for name in (*FIRST, "eve", "fay")]
    entitled = mutual.register(relayer, everybody, purpose="register all")
    # eve came back and fay came less than 90 days before.
    assert [item.member_id for item in entitled] == everybody[:4]
    assert mutual.register(relayer, everybody, purpose="register all again") == []
    assert fund.ending().entitled == 4_000
    with pytest.raises(RunoffNotOver):
        relayer.send(fund.end())
    with pytest.raises(NotEnded):
        relayer.send(fund.pay_out(everybody[0]))
    assert mutual.worst_case(everybody[0]) > 0
    world.wait(life.ends_at - world.now)
    ana = world.sender("ana")
    mutual.allow(ana, 1)
    ana.send(fund.donate(1, Payment()))
    surplus = fund.purse().surplus
    assert surplus == 6 * 3 * COIN + 1
    ended = relayer.send(fund.end()).one(Ended)
    assert (ended.set_aside, ended.entitled) == (surplus, 4_000)
    assert fund.set_aside().left == surplus
    assert fund.stage().stage is FundStage.ENDED
    assert mutual.worst_case(everybody[0]) == 0
    for name, member_id in zip((*FIRST, "eve", "fay"), everybody, strict=True):
        balance, before = fund.balance_of(member_id), world.coin.balance_of(person(name).address)
        paid = relayer.send(fund.pay_out(member_id)).one(PaidOut)
        assert (paid.balance, paid.part) == (balance, surplus // 4 if name in FIRST else 0)
        assert world.coin.balance_of(person(name).address) == before + paid.balance + paid.part
    assert (fund.ending().paid_out, fund.set_aside().left) == (4_000, 0)
    assert fund.purse().surplus == world.coin.balance_of(fund.address) == surplus % 4 == 1
    swept = relayer.send(fund.sweep_remainder()).one(RemainderSwept)
    assert (swept.remainder, swept.amount) == (person("remainder").address, 1)
    assert relayer.send(fund.withdraw(swept.remainder)).one(Withdrawn).amount == 1
    assert world.coin.balance_of(fund.address) == 0
    story = [type(event) for event in mutual.events(kinds=(DraftSealed, Published, Sealed, VoteCast, Ended))]
    assert story[:3] == [DraftSealed, Sealed, Published]
    assert story[-1] is Ended


def test_a_mutual_below_its_floor_winds_down(tmp_path: Path) -> None:
    changes = {"starting.floor_heads": 2}
    with EmbeddedNode() as node, founded(node, tmp_path / "sent.sqlite", changes=changes) as other:
        mutual, fund, anyone = other.mutual, other.mutual.fund, other.sender("anyone")
        other.member("ana")
        with pytest.raises(FloorNotWatched):
            anyone.send(fund.wind_down_by_floor())
        watched = anyone.send(fund.watch_floor()).one(FloorWatched)
        assert (watched.since, watched.heads) == (fund.stage().below_since, 1)
        assert fund.books().special
        with pytest.raises(FloorWatchedAlready):
            anyone.send(fund.watch_floor())
        item, signatures = other.attested("ben", other.sender("ben").address)
        mutual.join(other.sender("ben"), item, signatures, mutual.runway_tick(500))
        assert fund.stage().below_since == 0
        assert [event.heads for event in mutual.events(kinds=(FloorRegained,)) if isinstance(event, FloorRegained)] == [
            2
        ]
        with pytest.raises(NotBelowFloor):
            anyone.send(fund.watch_floor())
        other.sender("ben").send(fund.leave(id_of("ben")))
        other.wait(8 * DAY)
        anyone.send(fund.refund(id_of("ben")))
        anyone.send(fund.watch_floor())
        with pytest.raises(GraceNotOver):
            anyone.send(fund.wind_down_by_floor())
        other.wait(3 * DAY + 1)
        wound = anyone.send(fund.wind_down_by_floor()).one(WoundDown)
        assert (wound.by_vote, fund.stage().stage) == (False, FundStage.WINDING_DOWN)
        other.wait(wound.ends_at - other.now)
        anyone.send(fund.end())
        paid = anyone.send(fund.pay_out(id_of("ana"))).one(PaidOut)
        assert paid.part == 0
        assert other.coin.balance_of(fund.address) == 0


def test_everybody_gets_all_back_from_a_founding_that_failed(tmp_path: Path) -> None:
    changes = {"starting.minimum_members": 3, "money.entry_fee": "3"}
    with EmbeddedNode() as node, founded(node, tmp_path / "sent.sqlite", changes=changes) as other:
        mutual, anyone = other.mutual, other.sender("anyone", 10)
        for name in ("ana", "ben"):
            other.member(name)
        mutual.allow(anyone, 5 * COIN)
        anyone.send(mutual.fund.donate(5 * COIN, Payment()))
        other.wait(30 * DAY + 1)
        assert mutual.founding_failed()
        with pytest.raises(TooLateToStart):
            anyone.send(mutual.fund.start())
        with pytest.raises(NoJoiningNow):
            other.member("cem")
        with pytest.raises(MayStillStart):
            anyone.send(mutual.fund.sweep_remainder())
        for name in ("ana", "ben"):
            anyone.send(mutual.fund.step_back(id_of(name))).one(SteppedBack)
            assert other.coin.balance_of(person(name).address) == 100_000 * COIN
        swept = anyone.send(mutual.fund.sweep_remainder()).one(RemainderSwept)
        assert (swept.remainder, swept.amount) == (person("remainder").address, 5 * COIN)
        anyone.send(mutual.fund.withdraw(swept.remainder))
        assert other.coin.balance_of(mutual.fund.address) == 0
