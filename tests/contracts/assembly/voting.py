# SPDX-License-Identifier: AGPL-3.0-only
"""Drafts, proposals and signed votes for tests of the Assembly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import boa
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from support.hearing import DAY, Mutual, bits, now, roll

CHARTER, ATTESTORS, STEWARD, JURORS, SUCCESSOR, WIND_DOWN = range(1, 7)
MEMBERS = 12
NEWCOMER = 10 * DAY
REASON = keccak(text="because")
VOTING_TIME, ADOPTION_DELAY, EXECUTION_TIME, PAUSE = 7 * DAY, 37 * DAY, 30 * DAY, 30 * DAY
MAJORITY, WIND_DOWN_MAJORITY = 6_667, 7_500
NEW_STEWARD = "0x" + 20 * "57"
NEW_ATTESTOR = "0x" + 20 * "11"

TYPES = {
    "Propose": (
        ("kind", "uint256"),
        ("subject", "uint256"),
        ("reason", "bytes32"),
        ("member_id", "bytes32"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    ),
    "Vote": (("proposal", "uint256"), ("member_id", "bytes32"), ("support", "bool"), ("deadline", "uint256")),
    "Withdraw": (("proposal", "uint256"), ("nonce", "uint256"), ("deadline", "uint256")),
}

Ballot = tuple[bytes, bool, int, bytes]


def draft(
    mutual: Mutual,
    *,
    fee: int = 0,
    lot_delay: int = 0,
    steward: bool = False,
    attestor: bool = False,
    seal: bool = True,
) -> int:
    """A draft upon the newest version; numbers are what is added to its own."""
    document, money, member, court, *rest = mutual.charter.slot_terms(mutual.charter.slot_of(mutual.charter.latest()))
    vote, shares, ladder, old_steward, investigator, remainder, attestors = rest
    court = [court[0] + (lot_delay << 64), *court[1:]]
    named = [*attestors, *[NEW_ATTESTOR] * attestor]
    terms = (
        keccak(document),
        money + (fee << 64),
        member,
        court,
        vote,
        shares,
        ladder,
        NEW_STEWARD if steward else old_steward,
        investigator,
        remainder,
        sorted(named, key=lambda address: int(address, 16)),
    )
    drafter = mutual.keeper
    slot = mutual.charter.draft(terms, False, sender=drafter)
    if seal:
        mutual.charter.seal(slot, sender=drafter)
    return int(slot)


def propose(mutual: Mutual, kind: int, subject: int = 0, member: int = 0) -> int:
    return int(mutual.assembly.propose(kind, subject, REASON, mutual.ids[member], sender=mutual.wallets[member]))


def vote(mutual: Mutual, p: int, yes: Iterable[int] = (), no: Iterable[int] = ()) -> None:
    for support, members in ((True, yes), (False, no)):
        for i in members:
            mutual.assembly.vote(p, mutual.ids[i], support, sender=mutual.wallets[i])


def tally(mutual: Mutual, p: int) -> tuple[int, int]:
    """Yes and no."""
    word = mutual.assembly.proposal(p)
    return bits(word, 42, 28), bits(word, 14, 28)


def passed(mutual: Mutual, kind: int, subject: int = 0, member: int = 0) -> int:
    """A proposal that everybody supports, at the earliest time of its execution."""
    p = propose(mutual, kind, subject, member)
    vote(mutual, p, yes=range(len(mutual.ids)))
    roll(seconds=VOTING_TIME + ADOPTION_DELAY)
    return p


def sign(
    mutual: Mutual, key: LocalAccount, form: str, message: dict[str, Any], *, name: str = "Tongxin Assembly"
) -> bytes:
    typed = encode_typed_data(
        {
            "name": name,
            "version": "1",
            "chainId": boa.env.evm.patch.chain_id,
            "verifyingContract": mutual.assembly.address,
        },
        {form: [{"name": field, "type": kind} for field, kind in TYPES[form]]},
        message,
    )
    return bytes(key.sign_message(typed).signature)


def ballot(
    mutual: Mutual,
    p: int,
    member: int,
    *,
    support: bool = True,
    deadline: int | None = None,
    key: LocalAccount | None = None,
) -> Ballot:
    """A vote signed by the member's wallet, or by another key."""
    until = now() + DAY if deadline is None else deadline
    message = {"proposal": p, "member_id": mutual.ids[member], "support": support, "deadline": until}
    return mutual.ids[member], support, until, sign(mutual, key or mutual.keys[member], "Vote", message)
