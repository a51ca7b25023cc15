# SPDX-License-Identifier: AGPL-3.0-only
"""Where a proposal stands follows from its word and the time alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from tongxin.chain.assembly import Proposal, ProposalState, reason_hash, state_of
from tongxin.chain.events import Proposed, RawLog
from tongxin.chain.records import Poll
from tongxin.words import PROPOSAL, ProposalKind, ProposalStatus

WORD = PROPOSAL.pack(
    cutoff=10, ends=1_000, delay=100, execution=50, needed=3, majority=6_000, yes=3, no=2, kind=1, status=0
)
POLL = Poll.unpack(WORD)


def test_a_word_becomes_a_poll() -> None:
    assert (POLL.kind, POLL.status) == (ProposalKind.CHARTER, ProposalStatus.MADE)
    assert (POLL.ends, POLL.execute_from, POLL.expires) == (1_000, 1_100, 1_150)


@pytest.mark.parametrize(
    ("yes", "no", "needed", "majority", "passes"),
    [
        (3, 2, 3, 6_000, True),
        (3, 2, 5, 6_000, True),
        (3, 2, 6, 6_000, False),
        (3, 2, 3, 6_001, False),
        (0, 0, 1, 5_001, False),
        (1, 1, 1, 5_001, False),
        (1, 0, 1, 10_000, True),
    ],
)
def test_votes_and_majority_decide(yes: int, no: int, needed: int, majority: int, *, passes: bool) -> None:
    assert replace(POLL, yes=yes, no=no, needed=needed, majority=majority).passes is passes


@pytest.mark.parametrize(
    ("now", "yes", "state"),
    [
        (999, 3, ProposalState.OPEN),
        (999, 0, ProposalState.OPEN),
        (1_000, 0, ProposalState.FAILED),
        (1_150, 0, ProposalState.FAILED),
        (1_000, 3, ProposalState.WAITING),
        (1_099, 3, ProposalState.WAITING),
        (1_100, 3, ProposalState.EXECUTABLE),
        (1_149, 3, ProposalState.EXECUTABLE),
        (1_150, 3, ProposalState.EXPIRED),
    ],
)
def test_time_moves_a_proposal_on(now: int, yes: int, state: ProposalState) -> None:
    assert state_of(replace(POLL, yes=yes), now, running=True) is state
    assert state_of(replace(POLL, yes=yes), now, running=False) is ProposalState.VOID
    for status in (ProposalStatus.WITHDRAWN, ProposalStatus.EXECUTED):
        for running in (True, False):
            decided = state_of(replace(POLL, status=status), now, running=running)
            assert decided.name == status.name


@pytest.mark.parametrize(
    ("kind", "subject", "draft", "successor"),
    [
        (ProposalKind.CHARTER, 7, 7, None),
        (ProposalKind.JUROR_RULES, 7, 7, None),
        (ProposalKind.SUCCESSOR, 7, None, "0x" + 39 * "0" + "7"),
        (ProposalKind.WIND_DOWN, 0, None, None),
    ],
)
def test_a_subject_is_a_draft_or_an_address(
    kind: ProposalKind, subject: int, draft: int | None, successor: str | None
) -> None:
    made = Proposed(
        log=RawLog("", (), b"", 0, "", 0),
        p=1,
        kind=kind,
        proposer="",
        member_id=b"",
        subject=subject,
        reason=b"",
        cutoff=0,
        ends=0,
        execute_from=0,
        expires=0,
        needed=0,
        majority=0,
        heads=0,
    )
    found = Proposal(made, replace(POLL, kind=kind), ProposalState.OPEN)
    assert (found.number, found.kind, found.draft, found.successor) == (1, kind, draft, successor)


def test_reasons_stand_on_the_chain_as_their_hash() -> None:
    assert reason_hash("理由") == keccak("理由".encode())
