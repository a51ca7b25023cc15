# SPDX-License-Identifier: AGPL-3.0-only
"""R-98 to R-104 with numbers worked out by hand: twenty members, a fifth must vote, three in five must agree."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.governing import REASON, drafted, proposed, voted
from support.mutuals import STRANGER, Village, member_id, wallet
from tongxin.model import Ballot, ModelRevert, Payment, Proposal
from tongxin.model.invariants import i_13, violations
from tongxin.units import DAY, Address, Bps, MemberId, Seconds
from tongxin.words import PROPOSAL, ProposalKind, ProposalStatus

K = ProposalKind
SUCCESSOR = 0x5CC


def refused(rule: str) -> AbstractContextManager[object]:
    return pytest.raises(ModelRevert, match=rule)


def village(people: int = 20, **changes: object) -> Village:
    found = Village.found(**changes)
    found.people(people)
    found.wait(31 * DAY)
    return found


def sound(v: Village) -> bool:
    assert violations(v.mutual, v.now) == []
    return True


def at(v: Village, p: int) -> Proposal:
    return v.mutual.assembly.proposal(p)


def test_r98_who_may_propose() -> None:
    v = village(newcomer=Seconds(10 * DAY))
    v.join(30, 60)
    with refused("R-98"):
        proposed(v, K.SUCCESSOR, SUCCESSOR, by=30)
    v.now += 10 * DAY  # joined at a full hour
    proposed(v, K.SUCCESSOR, SUCCESSOR, by=30)
    with refused("R-30"):
        v.mutual.propose(K.SUCCESSOR, SUCCESSOR, REASON, member_id(1), wallet(2), now=v.now)
    v.mutual.leave(member_id(2), wallet(2), now=v.now)
    with refused("R-98"):
        proposed(v, K.SUCCESSOR, SUCCESSOR, by=2)
    v.join(31, 60, actor=STRANGER)
    v.now += 10 * DAY
    with refused("R-98"):  # not accepted
        proposed(v, K.SUCCESSOR, SUCCESSOR, by=31)
    v.mutual.accept(member_id(31), v.mutual.terms.charter_hash, wallet(31))
    proposed(v, K.SUCCESSOR, SUCCESSOR, by=31)


def test_r98_nobody_lapsed_votes() -> None:
    v = village(2)
    v.join(3, 10)
    v.join(4, 60)
    p = proposed(v, K.WIND_DOWN, by=3)
    v.mutual.ledger.collect(40_000, 10**9, v.now)
    with refused("R-98"):
        voted(v, p, [3])
    voted(v, p, [4])


def test_r98_one_proposal_a_month() -> None:
    v = village()
    p = proposed(v, K.SUCCESSOR, SUCCESSOR)
    v.mutual.withdraw_proposal(p, wallet(1), now=v.now)
    v.now += 30 * DAY - 1
    with refused("too recently"):
        proposed(v, K.SUCCESSOR, SUCCESSOR)
    v.now += 1
    proposed(v, K.SUCCESSOR, SUCCESSOR)
    proposed(v, K.SUCCESSOR, SUCCESSOR, by=2)


@pytest.mark.parametrize(
    ("people", "quorum", "needed"), [(20, 2_000, 4), (21, 2_000, 5), (3, 500, 1), (20, 10_000, 20)]
)
def test_r99_what_is_fixed_at_its_creation(people: int, quorum: int, needed: int) -> None:
    v = village(people, vote_quorum=Bps(quorum), newcomer=Seconds(3 * DAY))
    p = proposed(v, K.SUCCESSOR, SUCCESSOR)
    made, now = at(v, p), v.now
    assert (made.cutoff, made.ends, made.needed) == (now - 3 * DAY, now + 7 * DAY, needed)
    assert (made.from_time, made.expires) == (now + 54 * DAY, now + 68 * DAY)
    assert PROPOSAL.unpack(v.mutual.words().proposal(p)) == {
        "cutoff": now - 3 * DAY,
        "ends": now + 7 * DAY,
        "delay": 47 * DAY,
        "execution": 14 * DAY,
        "needed": needed,
        "majority": 7_500,
        "yes": 0,
        "no": 0,
        "kind": 5,
        "status": 0,
    }


def test_r99_kinds_and_their_drafts() -> None:
    v = village(newcomer=Seconds(0))
    slots = {
        K.ATTESTORS: drafted(v, attestor_quorum=2),
        K.STEWARD: drafted(v, steward=Address(0x99)),
        K.JUROR_RULES: drafted(v, panel_size=5),
        K.CHARTER: drafted(v, fee=Bps(900)),
    }
    by = 0
    for kind in (K.ATTESTORS, K.STEWARD, K.JUROR_RULES):
        for of, slot in slots.items():
            by += 1
            if of == kind:
                assert at(v, proposed(v, kind, slot, by=by)).majority == 6_000
            else:
                with refused("something else"):
                    proposed(v, kind, slot, by=by)
    for slot in slots.values():
        by += 1
        proposed(v, K.CHARTER, slot, by=by)
    assert at(v, proposed(v, K.WIND_DOWN, by=17)).majority == 7_500
    open_slot = v.mutual.draft(replace(v.mutual.terms, fee=Bps(1)), False, STRANGER)
    refusals: tuple[tuple[int, int], ...] = (
        (0, 0),
        (7, 0),
        (K.WIND_DOWN, 1),
        (K.SUCCESSOR, 0),
        (K.SUCCESSOR, 1 << 160),
        (K.CHARTER, open_slot),
        (K.CHARTER, 99),
        (K.CHARTER, 1),
    )
    for number, subject in refusals:
        with pytest.raises(ModelRevert):
            v.mutual.propose(number, subject, REASON, member_id(18), wallet(18), now=v.now)


def test_r100_one_vote_per_wallet_and_member() -> None:
    v = village()
    p = proposed(v, K.SUCCESSOR, SUCCESSOR)
    v.mutual.replace_wallet(member_id(2), wallet(1), wallet(2), now=v.now)  # a family
    voted(v, p, [1])
    with refused("has voted"):
        voted(v, p, [], [1])
    with refused("has voted"):
        v.mutual.vote(p, member_id(2), True, wallet(1), now=v.now)
    voted(v, p, [3])
    v.mutual.replace_wallet(member_id(3), 0x33, wallet(3), now=v.now)
    with refused("has voted"):
        v.mutual.vote(p, member_id(3), True, 0x33, now=v.now)
    q = proposed(v, K.SUCCESSOR, SUCCESSOR, by=4)
    v.mutual.vote(q, member_id(3), True, 0x33, now=v.now)
    assert (at(v, p).yes, at(v, p).no) == (2, 0)
    words = v.mutual.words()
    assert [words.cast_by_wallet(who, 0) for who in (wallet(1), wallet(3), 0x33)] == [1 << p, 1 << p, 1 << q]
    assert [words.cast_by_member(member_id(number), 0) for number in (1, 2, 3)] == [1 << p, 0, 1 << p | 1 << q]
    assert words.last_proposed(member_id(4)) == v.now
    assert sound(v)


def test_r100_only_until_the_end_and_only_members_of_before() -> None:
    v = village()
    p = proposed(v, K.SUCCESSOR, SUCCESSOR)
    v.now += 1
    v.join(30, 60)
    v.now = at(v, p).ends - 1
    voted(v, p, [1])
    with refused("R-98"):
        voted(v, p, [30])
    v.now += 1
    with refused("vote has ended"):
        voted(v, p, [2])
    with refused("no such proposal"):
        voted(v, p + 1, [2])


def test_r100_a_batch_skips_what_is_invalid() -> None:
    v = village()
    p = proposed(v, K.SUCCESSOR, SUCCESSOR)
    voted(v, p, [1])
    later = v.now + 1
    ballots = [
        Ballot(member_id(1), support=True, deadline=later),  # has voted
        Ballot(member_id(2), support=True, deadline=v.now),
        Ballot(member_id(3), support=True, deadline=v.now - 1),  # too late
        Ballot(member_id(4), support=True, deadline=later, good=False),  # not signed
        Ballot(member_id(99), support=True, deadline=later),  # nobody
        Ballot(member_id(5), support=False, deadline=later),
        Ballot(member_id(5), support=False, deadline=later),  # twice
    ]
    assert v.mutual.vote_for(p, ballots, now=v.now) == 2
    assert (at(v, p).yes, at(v, p).no) == (2, 1)
    with refused("bad batch"):
        v.mutual.vote_for(p, ballots * 8, now=v.now)
    assert sound(v)


@pytest.mark.parametrize(
    ("yes", "no", "passed"),
    [
        (4, 0, True),  # the quorum
        (3, 0, False),  # one below it
        (3, 1, True),
        (3, 2, True),  # 60 per cent
        (4, 3, False),
        (5, 5, False),  # a tie
        (0, 10, False),
        (12, 8, True),
        (11, 8, False),  # 57.9 per cent
    ],
)
def test_r101_quorum_majority_and_tie(yes: int, no: int, passed: bool) -> None:
    v = village()
    p = proposed(v, K.CHARTER, drafted(v, fee=Bps(900)))
    voted(v, p, range(1, yes + 1), range(yes + 1, yes + no + 1))
    assert at(v, p).passed is passed
    v.now = at(v, p).from_time
    if passed:
        v.mutual.execute(p, now=v.now)
    else:
        with refused("not passed"):
            v.mutual.execute(p, now=v.now)
    assert sound(v)


@given(
    yes=st.integers(0, 300),
    no=st.integers(0, 300),
    needed=st.integers(1, 400),
    majority=st.integers(5_001, 10_000),
)
def test_r101_a_minority_never_passes(yes: int, no: int, needed: int, majority: int) -> None:
    proposal = Proposal(K.CHARTER, 2, Address(1), MemberId(bytes(32)), 0, 0, 0, 0, needed, Bps(majority), yes, no)
    if proposal.passed:
        assert yes > no
        assert yes + no >= needed
        assert replace(proposal, yes=yes + 1).passed  # a further vote for it never undoes it
    elif yes + no >= needed:
        assert not replace(proposal, no=no + 1).passed


def test_r102_withdrawal() -> None:
    v = village()
    p = proposed(v, K.SUCCESSOR, SUCCESSOR)
    with refused("not the proposer"):
        v.mutual.withdraw_proposal(p, wallet(2), now=v.now)
    with refused("no such proposal"):
        v.mutual.withdraw_proposal(p + 1, wallet(1), now=v.now)
    v.mutual.replace_wallet(member_id(1), 0x11, wallet(1), now=v.now)
    v.mutual.withdraw_proposal(p, 0x11, now=v.now)
    assert at(v, p).status == ProposalStatus.WITHDRAWN
    with refused("withdrawn"):
        voted(v, p, [2])
    q = proposed(v, K.SUCCESSOR, SUCCESSOR, by=2)
    voted(v, q, range(2, 8))
    v.now = at(v, q).ends
    with refused("vote has ended"):
        v.mutual.withdraw_proposal(q, wallet(2), now=v.now)


def test_r103_from_the_earliest_execution_until_the_expiry_once() -> None:
    v = village()
    p = proposed(v, K.SUCCESSOR, SUCCESSOR)
    voted(v, p, range(1, 6))
    for now, problem in ((at(v, p).from_time - 1, "too early"), (at(v, p).expires, "expired")):
        with refused(problem):
            v.mutual.execute(p, now=now)
    v.mutual.execute(p, now=at(v, p).expires - 1)
    assert v.mutual.assembly.successor == SUCCESSOR
    with refused("already executed"):
        v.mutual.execute(p, now=at(v, p).expires - 1)
    with refused("no such proposal"):
        v.mutual.execute(p + 1, now=v.now)
    assert sound(v)


def test_r104_who_disagrees_is_out_before_the_change() -> None:
    v = village()
    p = proposed(v, K.CHARTER, drafted(v, fee=Bps(900)))
    voted(v, p, range(1, 6), [20])
    v.now = at(v, p).ends
    v.mutual.leave(member_id(20), wallet(20), now=v.now)
    v.now = at(v, p).from_time - 1
    balance = v.mutual.balance_of(member_id(20))
    assert v.mutual.refund(member_id(20), now=v.now) == balance == 60_000
    v.mutual.execute(p, now=v.now + 1)
    assert sound(v)


def test_r105_nobody_votes_while_a_mutual_gathers_or_ends() -> None:
    v = Village.found(minimum_members=3, founding_deadline=Seconds(90 * DAY))
    v.people(3)
    v.now += DAY
    with refused("not running"):
        proposed(v, K.WIND_DOWN)
    v.mutual.start(now=v.now)
    p, q = proposed(v, K.WIND_DOWN), proposed(v, K.SUCCESSOR, SUCCESSOR, by=2)
    voted(v, p, [1, 2, 3])
    v.now = at(v, p).ends - 1
    voted(v, q, [1])
    v.now = at(v, p).from_time
    v.mutual.execute(p, now=v.now)
    for act in (
        lambda: proposed(v, K.WIND_DOWN, by=3),
        lambda: v.mutual.vote(q, member_id(2), True, wallet(2), now=at(v, q).ends - 1),
        lambda: v.mutual.vote_for(q, [], now=at(v, q).ends - 1),
        lambda: v.mutual.execute(q, now=v.now),
    ):
        with refused("not running"):
            act()


def test_r66_a_member_who_volunteers_anew_retires_the_earlier_one() -> None:
    v = village()
    v.volunteers(1, 1)
    v.mutual.replace_wallet(member_id(1), 0x11, wallet(1), now=v.now)
    v.now += DAY
    v.mutual.token.mint(Address(0x11), 2_000)
    assert v.mutual.volunteer(member_id(1), Payment(), 0x11, now=v.now) == 1
    earlier, latest = (v.mutual.jury.volunteer_at(index) for index in (0, 1))
    assert (earlier.out_at, earlier.halves) == (v.now, 2)
    assert (latest.out_at, latest.halves) == (0, 2)
    assert v.mutual.words().volunteer_of(member_id(1)) == 2
    with refused("bond locked"):
        v.mutual.withdraw_bond(0, now=v.now + 120 * DAY - 1)
    assert v.mutual.withdraw_bond(0, now=v.now + 120 * DAY) == 2_000


def test_r66_who_retired_keeps_the_time() -> None:
    v = village()
    v.volunteers(1, 1)
    v.mutual.retire(wallet(1), now=v.now)
    v.mutual.replace_wallet(member_id(1), 0x11, wallet(1), now=v.now)
    v.mutual.token.mint(Address(0x11), 2_000)
    v.mutual.volunteer(member_id(1), Payment(), 0x11, now=v.now + DAY)
    assert v.mutual.jury.volunteer_at(0).out_at == v.now


def test_r75_one_vote_per_member_on_an_open_panel() -> None:
    v = village(open_panel=True)
    c = v.file(1)
    v.draw(c)
    key = 8 * c + 4
    v.mutual.commit(key, wallet(2), member_id(2), b"c" * 32, wallet(2), now=v.now)
    v.mutual.commit(key, wallet(2), member_id(2), b"d" * 32, wallet(2), now=v.now)  # another commitment, the same vote
    v.mutual.replace_wallet(member_id(2), 0x22, wallet(2), now=v.now)
    with refused("this member has voted"):
        v.mutual.commit(key, 0x22, member_id(2), b"c" * 32, 0x22, now=v.now)
    assert v.mutual.words().voted(4 * key, member_id(2)) == wallet(2)
    assert v.mutual.jury.panel(key).outstanding == 1


def test_i13_sees_votes_that_nobody_cast_and_executions_out_of_time() -> None:
    v = village()
    p = proposed(v, K.SUCCESSOR, SUCCESSOR)
    voted(v, p, range(1, 6))
    made = at(v, p)
    proposals = v.mutual.assembly.proposals
    assert i_13(v.mutual) == []
    executed = replace(made, status=ProposalStatus.EXECUTED, executed_at=made.from_time)
    for wrong in (
        replace(made, yes=6),
        replace(executed, executed_at=made.from_time - 1),
        replace(executed, executed_at=made.expires),
        replace(executed, yes=0, no=5),
        replace(executed, kind=K.CHARTER, subject=2),
    ):
        proposals[p] = wrong
        assert i_13(v.mutual)
    proposals[p] = executed
    assert i_13(v.mutual) == []
    del v.mutual.assembly.cast_by_member[MemberId(member_id(1)), p]
    assert i_13(v.mutual)
