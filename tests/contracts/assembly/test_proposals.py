# SPDX-License-Identifier: AGPL-3.0-only
"""Assembly.vy: who proposes (R-98), what (R-99), withdrawal (R-102), execution (R-103)."""

from __future__ import annotations

from typing import Any

import boa
import pytest
from eth_utils.crypto import keccak

from contracts.assembly.voting import (
    ADOPTION_DELAY,
    ATTESTORS,
    CHARTER,
    EXECUTION_TIME,
    JURORS,
    MAJORITY,
    MEMBERS,
    NEW_ATTESTOR,
    NEW_STEWARD,
    NEWCOMER,
    PAUSE,
    REASON,
    STEWARD,
    SUCCESSOR,
    VOTING_TIME,
    WIND_DOWN,
    WIND_DOWN_MAJORITY,
    draft,
    passed,
    propose,
    sign,
    vote,
)
from support.hearing import DAY, HOUR, Mutual, Rules, now, refused, roll

OTHER_FUND = int("0x" + 20 * "9a", 16)
SCOPES: dict[int, dict[str, Any]] = {
    CHARTER: {"fee": 1},
    ATTESTORS: {"attestor": True},
    STEWARD: {"steward": True},
    JURORS: {"lot_delay": 1},
}


#


@pytest.mark.parametrize("kind", range(1, 7))
def test_a_proposal_fixes_its_numbers_when_it_is_made(mutual: Mutual, kind: int) -> None:
    subject = draft(mutual, **SCOPES[kind]) if kind in SCOPES else OTHER_FUND * (kind == SUCCESSOR)
    p = propose(mutual, kind, subject, 3)
    event = mutual.event("Proposed", mutual.assembly)
    majority = WIND_DOWN_MAJORITY if kind in {SUCCESSOR, WIND_DOWN} else MAJORITY
    # A fifth of twelve is 2.4 votes.
    assert tuple(event)[1:] == (
        p,
        kind,
        mutual.wallets[3],
        mutual.ids[3],
        subject,
        REASON,
        now() - NEWCOMER,
        now() + VOTING_TIME,
        now() + VOTING_TIME + ADOPTION_DELAY,
        now() + VOTING_TIME + ADOPTION_DELAY + EXECUTION_TIME,
        3,
        majority,
        MEMBERS,
    )
    word = 0
    for number, width in (
        (now() - NEWCOMER, 40),
        (now() + VOTING_TIME, 40),
        (ADOPTION_DELAY, 32),
        (EXECUTION_TIME, 32),
        (3, 28),
        (majority, 14),
        (0, 28),
        (0, 28),
        (kind, 4),
        (0, 4),
        (0, 6),
    ):
        word = word << width | number
    assert mutual.assembly.proposal(p) == word
    assert (mutual.assembly.count(), mutual.assembly.subject(p)) == (p, subject)
    assert mutual.assembly.proposer(p) == (mutual.wallets[3], mutual.ids[3])
    assert mutual.assembly.last_proposed(mutual.ids[3]) == now()


def test_heads_count_when_the_proposal_is_made(mutual: Mutual) -> None:
    more = [keccak(text=f"late {i}") for i in range(4)]
    wallets = [str(boa.env.generate_address(f"late {i}")) for i in range(4)]
    before = propose(mutual, WIND_DOWN)
    mutual._enrol(more, wallets, 0)
    after = propose(mutual, WIND_DOWN, 0, 1)
    needed = [mutual.assembly.proposal(p) >> 84 & (2**28 - 1) for p in (before, after)]
    # A fifth of 12 and of 16, rounded up.
    assert needed == [3, 4]


@pytest.mark.parametrize("kind", SCOPES)
@pytest.mark.parametrize("content", SCOPES)
def test_narrow_kinds_change_nothing_else(mutual: Mutual, kind: int, content: int) -> None:
    slot = draft(mutual, **SCOPES[content])
    if kind in {CHARTER, content}:
        assert propose(mutual, kind, slot) == 1
    else:
        with refused("assembly: the draft changes something else"):
            propose(mutual, kind, slot)


@pytest.mark.parametrize("kind", [ATTESTORS, STEWARD, JURORS])
def test_a_narrow_kind_refuses_a_draft_that_changes_a_fee_as_well(mutual: Mutual, kind: int) -> None:
    slot = draft(mutual, fee=1, **SCOPES[kind])
    with refused("assembly: the draft changes something else"):
        propose(mutual, kind, slot)
    assert propose(mutual, CHARTER, slot) == 1


def test_what_a_proposal_may_be_about(mutual: Mutual) -> None:
    for kind in (0, 7):
        with refused("assembly: unknown kind"):
            propose(mutual, kind)
    with refused("assembly: a wind-down has no subject"):
        propose(mutual, WIND_DOWN, 1)
    for nowhere in (0, 2**160):
        with refused("assembly: not an address"):
            propose(mutual, SUCCESSOR, nowhere)
    with refused("assembly: the draft is not sealed"):
        propose(mutual, CHARTER, draft(mutual, fee=1, seal=False))
    with refused("charter: no such draft"):
        propose(mutual, CHARTER, 99)
    # The founding is no draft upon version 1.
    with refused("assembly: based on an earlier version"):
        propose(mutual, CHARTER, 1)


def test_a_stale_draft_is_refused(mutual: Mutual) -> None:
    first, second = draft(mutual, fee=1), draft(mutual, fee=2)
    mutual.assembly.execute(passed(mutual, CHARTER, first))
    with refused("assembly: based on an earlier version"):
        propose(mutual, CHARTER, second, 1)


#


def test_only_a_settled_member_proposes(mutual: Mutual) -> None:
    stranger = boa.env.generate_address()
    refusal = "assembly: not a settled member's wallet"
    with refused(refusal):
        mutual.assembly.propose(WIND_DOWN, 0, REASON, mutual.ids[0], sender=stranger)
    with refused(refusal):
        mutual.assembly.propose(WIND_DOWN, 0, REASON, mutual.ids[0], sender=mutual.wallets[1])
    with refused(refusal):
        mutual.assembly.propose(WIND_DOWN, 0, REASON, keccak(b"nobody"), sender=stranger)
    mutual.fund.leave(mutual.ids[0], sender=mutual.wallets[0])
    with refused(refusal):
        propose(mutual, WIND_DOWN)


def test_a_newcomer_waits(mutual: Mutual) -> None:
    member_id, wallet = keccak(text="new"), str(boa.env.generate_address("new"))
    mutual._enrol([member_id], [wallet], 0)
    mutual.fund.accept(member_id, mutual.hash, sender=wallet)
    joined = (mutual.fund.members(member_id) >> 24 & (2**20 - 1)) * HOUR
    roll(seconds=joined + NEWCOMER - 1 - now())
    with refused("assembly: not a settled member's wallet"):
        mutual.assembly.propose(WIND_DOWN, 0, REASON, member_id, sender=wallet)
    roll(seconds=1)
    assert mutual.assembly.propose(WIND_DOWN, 0, REASON, member_id, sender=wallet) == 1


def test_who_has_not_accepted_does_not_propose(mutual: Mutual) -> None:
    member_id, wallet = keccak(text="new"), str(boa.env.generate_address("new"))
    mutual._enrol([member_id], [wallet], 0)
    roll(seconds=NEWCOMER + HOUR)
    with refused("assembly: not a settled member's wallet"):
        mutual.assembly.propose(WIND_DOWN, 0, REASON, member_id, sender=wallet)
    mutual.fund.accept(member_id, mutual.hash, sender=wallet)
    assert mutual.assembly.propose(WIND_DOWN, 0, REASON, member_id, sender=wallet) == 1


def test_a_member_pauses_between_proposals(mutual: Mutual) -> None:
    propose(mutual, WIND_DOWN)
    roll(seconds=PAUSE - 1)
    with refused("assembly: proposed too recently"):
        propose(mutual, WIND_DOWN)
    assert propose(mutual, WIND_DOWN, 0, 1) == 2
    roll(seconds=1)
    assert propose(mutual, WIND_DOWN) == 3


def test_nobody_proposes_while_the_mutual_gathers() -> None:
    with boa.env.anchor():
        mutual = Mutual(Rules(members=6, volunteers=0, minimum_members=7, founding_deadline=400 * DAY))
        with refused("assembly: the mutual is not running"):
            propose(mutual, WIND_DOWN)
    roll()


def test_the_assembly_ends_with_the_running_stage(mutual: Mutual) -> None:
    voted, late, open_vote = (propose(mutual, WIND_DOWN, 0, i) for i in range(3))
    del late
    vote(mutual, voted, yes=range(MEMBERS))
    roll(seconds=VOTING_TIME + ADOPTION_DELAY)
    still_open = propose(mutual, SUCCESSOR, OTHER_FUND, 4)
    mutual.assembly.execute(voted)
    refusal = "assembly: the mutual is not running"
    with refused(refusal):
        propose(mutual, SUCCESSOR, OTHER_FUND, 5)
    with refused(refusal):
        vote(mutual, still_open, yes=[0])
    with refused(refusal):
        mutual.assembly.vote_for(still_open, [])
    with refused(refusal):
        mutual.assembly.execute(open_vote)


# Signed proposals and withdrawals


def proposal_message(mutual: Mutual, **changes: object) -> dict[str, Any]:
    message: dict[str, Any] = {
        "kind": SUCCESSOR,
        "subject": OTHER_FUND,
        "reason": REASON,
        "member_id": mutual.ids[0],
        "nonce": 0,
        "deadline": now() + DAY,
    }
    return {**message, **changes}


def test_a_signed_proposal_is_brought_by_anyone_once(mutual: Mutual) -> None:
    message = proposal_message(mutual)
    arguments = [message[name] for name in ("kind", "subject", "reason", "member_id", "deadline")]
    signature = sign(mutual, mutual.keys[0], "Propose", message)
    assert mutual.assembly.propose_for(*arguments, signature, sender=mutual.keeper) == 1
    assert mutual.assembly.proposer(1) == (mutual.wallets[0], mutual.ids[0])
    assert mutual.assembly.nonces(mutual.ids[0]) == 1
    roll(seconds=PAUSE)
    later = [*arguments[:-1], message["deadline"]]
    with refused("assembly: the signature is too old"):
        mutual.assembly.propose_for(*later, signature, sender=mutual.keeper)
    fresh = proposal_message(mutual)
    with refused("assembly: not the member's signature"):
        mutual.assembly.propose_for(
            *arguments[:-1], fresh["deadline"], sign(mutual, mutual.keys[0], "Propose", fresh), sender=mutual.keeper
        )


@pytest.mark.parametrize("field", ["kind", "subject", "reason", "member_id", "nonce", "deadline"])
def test_a_signature_covers_the_whole_proposal(mutual: Mutual, field: str) -> None:
    message = proposal_message(mutual)
    other = {
        "kind": WIND_DOWN,
        "subject": 1,
        "reason": bytes(32),
        "member_id": mutual.ids[1],
        "nonce": 1,
        "deadline": message["deadline"] + 1,
    }
    signature = sign(mutual, mutual.keys[0], "Propose", {**message, field: other[field]})
    arguments = [message[name] for name in ("kind", "subject", "reason", "member_id", "deadline")]
    with refused("assembly: not the member's signature"):
        mutual.assembly.propose_for(*arguments, signature, sender=mutual.keeper)


def test_a_signature_counts_to_its_deadline_and_in_its_domain_only(mutual: Mutual) -> None:
    message = proposal_message(mutual, deadline=now())
    arguments = [message[name] for name in ("kind", "subject", "reason", "member_id", "deadline")]
    foreign = sign(mutual, mutual.keys[0], "Propose", message, name="Tongxin Office")
    for bad in (foreign, b"", bytes(65)):
        with refused("assembly: not the member's signature"):
            mutual.assembly.propose_for(*arguments, bad, sender=mutual.keeper)
    signature = sign(mutual, mutual.keys[0], "Propose", message)
    with boa.env.anchor():
        roll(seconds=1)
        with refused("assembly: the signature is too old"):
            mutual.assembly.propose_for(*arguments, signature, sender=mutual.keeper)
    assert mutual.assembly.propose_for(*arguments, signature, sender=mutual.keeper) == 1


def test_nobody_signs_for_an_id_without_a_wallet(mutual: Mutual) -> None:
    message = proposal_message(mutual, member_id=keccak(b"nobody"))
    arguments = [message[name] for name in ("kind", "subject", "reason", "member_id", "deadline")]
    with refused("assembly: not the member's signature"):
        mutual.assembly.propose_for(*arguments, bytes(65), sender=mutual.keeper)


#


def test_the_proposer_withdraws_until_the_vote_ends(mutual: Mutual) -> None:
    p = propose(mutual, WIND_DOWN)
    with refused("assembly: not the proposer"):
        mutual.assembly.withdraw(p, sender=mutual.wallets[1])
    with refused("assembly: not the proposer"):
        mutual.assembly.withdraw(p + 1, sender=mutual.wallets[0])
    roll(seconds=VOTING_TIME - 1)
    with boa.env.anchor():
        roll(seconds=1)
        with refused("assembly: the vote has ended"):
            mutual.assembly.withdraw(p, sender=mutual.wallets[0])
    mutual.assembly.withdraw(p, sender=mutual.wallets[0])
    assert mutual.event("ProposalWithdrawn", mutual.assembly).p == p
    assert mutual.assembly.proposal(p) >> 6 & 15 == 1
    with refused("assembly: withdrawn"):
        vote(mutual, p, yes=[1])
    with refused("assembly: withdrawn"):
        mutual.assembly.withdraw(p, sender=mutual.wallets[0])
    roll(seconds=ADOPTION_DELAY + 1)
    with refused("assembly: withdrawn"):
        mutual.assembly.execute(p)


def test_the_present_wallet_of_the_proposer_withdraws(mutual: Mutual) -> None:
    p = propose(mutual, WIND_DOWN)
    fresh = str(boa.env.generate_address("fresh"))
    mutual.office.replace_wallet(mutual.ids[0], fresh, sender=mutual.wallets[0])
    with refused("assembly: not the proposer"):
        mutual.assembly.withdraw(p, sender=mutual.wallets[0])
    mutual.assembly.withdraw(p, sender=fresh)


def test_a_signed_withdrawal_is_used_once_and_for_its_proposal(mutual: Mutual) -> None:
    p = propose(mutual, WIND_DOWN)
    message = {"proposal": p, "nonce": 0, "deadline": now() + DAY}
    signature = sign(mutual, mutual.keys[0], "Withdraw", message)
    wrong = sign(mutual, mutual.keys[1], "Withdraw", message)
    with refused("assembly: not the member's signature"):
        mutual.assembly.withdraw_for(p, message["deadline"], wrong, sender=mutual.keeper)
    mutual.assembly.withdraw_for(p, message["deadline"], signature, sender=mutual.keeper)
    assert mutual.assembly.proposal(p) >> 6 & 15 == 1
    with refused("assembly: not the member's signature"):
        mutual.assembly.withdraw_for(p, message["deadline"], signature, sender=mutual.keeper)


#


def test_execution_waits_for_its_time_and_expires(mutual: Mutual) -> None:
    p = passed(mutual, WIND_DOWN)
    with boa.env.anchor():
        boa.env.evm.patch.timestamp -= 1
        with refused("assembly: too early to execute"):
            mutual.assembly.execute(p, sender=mutual.keeper)
    roll(seconds=EXECUTION_TIME - 1)
    with boa.env.anchor():
        roll(seconds=1)
        with refused("assembly: expired"):
            mutual.assembly.execute(p, sender=mutual.keeper)
    mutual.assembly.execute(p, sender=mutual.keeper)
    assert tuple(mutual.event("Executed", mutual.assembly))[1:] == (p, WIND_DOWN, 0)


def test_what_was_not_passed_or_not_proposed_is_not_executed(mutual: Mutual) -> None:
    p = propose(mutual, WIND_DOWN)
    vote(mutual, p, yes=[0, 1])
    roll(seconds=VOTING_TIME + ADOPTION_DELAY)
    with refused("assembly: not passed"):
        mutual.assembly.execute(p)
    with refused("assembly: no such proposal"):
        mutual.assembly.execute(p + 1)
    with refused("assembly: no such proposal"):
        mutual.assembly.passed(p + 1)


def test_a_proposal_is_executed_once(mutual: Mutual) -> None:
    p = passed(mutual, SUCCESSOR, OTHER_FUND)
    mutual.assembly.execute(p)
    with refused("assembly: already executed"):
        mutual.assembly.execute(p)


@pytest.mark.parametrize("kind", SCOPES)
def test_a_version_is_adopted_by_charter_and_fund_at_once(mutual: Mutual, kind: int) -> None:
    slot = draft(mutual, **SCOPES[kind])
    p = passed(mutual, kind, slot)
    assert mutual.charter.latest() == 1
    mutual.assembly.execute(p, sender=mutual.keeper)
    assert mutual.charter.latest() == mutual.charter.current() == mutual.fund.version() == 2
    assert mutual.charter.effective_from(2) == now()
    assert mutual.fund.money_terms() == mutual.charter.fund_terms(2)[0]
    assert (mutual.fund.money_terms() >> 64) % 2**16 == 500 + (kind == CHARTER)
    assert mutual.charter.steward(2) == (NEW_STEWARD if kind == STEWARD else mutual.founder)
    assert mutual.fund.attestors(NEW_ATTESTOR) == (kind == ATTESTORS)


def test_a_draft_that_became_stale_is_not_executed(mutual: Mutual) -> None:
    slots = [draft(mutual, fee=1), draft(mutual, fee=2)]
    first, second = (propose(mutual, CHARTER, slot, i) for i, slot in enumerate(slots))
    for p in (first, second):
        vote(mutual, p, yes=range(MEMBERS))
    roll(seconds=VOTING_TIME + ADOPTION_DELAY)
    mutual.assembly.execute(first)
    with refused("charter: based on an earlier version"):
        mutual.assembly.execute(second)


def test_a_successor_is_named_and_nothing_moves(mutual: Mutual) -> None:
    books = mutual.fund.books()
    mutual.assembly.execute(passed(mutual, SUCCESSOR, OTHER_FUND))
    assert int(mutual.event("SuccessorNamed", mutual.assembly).successor, 16) == OTHER_FUND
    assert int(mutual.assembly.successor(), 16) == OTHER_FUND
    assert mutual.fund.books() == books


def test_a_wind_down_by_vote_begins_the_end(mutual: Mutual) -> None:
    mutual.assembly.execute(passed(mutual, WIND_DOWN))
    assert mutual.fund.stage() >> 248 == 3


def test_nobody_but_the_assembly_adopts_or_winds_down(mutual: Mutual) -> None:
    slot = draft(mutual, fee=1)
    with refused("charter: only the assembly"):
        mutual.charter.adopt(slot, sender=mutual.founder)
    with refused("fund: not the assembly"):
        mutual.fund.wind_down(sender=mutual.founder)
