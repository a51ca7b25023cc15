# SPDX-License-Identifier: AGPL-3.0-only
"""What tests of a mutual's stages share: reading the stage word, adopting a version, losing tokens."""

from __future__ import annotations

from dataclasses import replace

import boa
from eth_utils.crypto import keccak

from contracts.mutual import BY_ALLOWANCE, DAY, SPACING, Mutual, account, bits
from tongxin.charter.encoding import pack, terms_of

GATHERING, RUNNING, WINDING, ENDED = 1, 2, 3, 4
REGISTERED, EXITED = 64, 128
PAYEE = account("payee").address


def stage(mutual: Mutual) -> tuple[int, ...]:
    """Stage, started, below since, wound at, ends at, version."""
    return bits(mutual.fund.stage(), 8, 40, 40, 40, 40, 16)


def flags(mutual: Mutual) -> tuple[int, int]:
    """Whether the mutual is special, and amended."""
    word = int(mutual.fund.books())
    return word >> 89 & 1, word >> 88 & 1


def ending(mutual: Mutual) -> tuple[int, ...]:
    """Index at the trigger, entitled shares, shares paid out."""
    return bits(mutual.fund.ending(), 96, 44, 44)


def set_aside(mutual: Mutual) -> tuple[int, ...]:
    """Total, left."""
    return bits(mutual.fund.set_aside(), 88, 88)


def later_hash(version: int) -> bytes:
    return keccak(text=f"version {version} of the test mutual's charter")


def bring_into_force(mutual: Mutual, **changes: object) -> bytes:
    """The charter's next version, which the fund has not taken up yet; at least 30 days pass. Returns its hash.

    `mutual.numbers` follows, so the mutual must not be one that tests share.
    """
    version = mutual.charter.latest() + 1
    document = later_hash(version)
    mutual.numbers = replace(mutual.numbers, **changes)  # type: ignore[arg-type]
    slot = mutual.charter.draft(terms_of(pack(mutual.numbers), document), False)
    mutual.charter.seal(slot)
    boa.env.time_travel(seconds=30 * DAY)
    assert mutual.charter.adopt(slot, sender=mutual.assembly) == version
    return document


def adopt(mutual: Mutual, **changes: object) -> bytes:
    """Brings a version into force and lets the fund take it up."""
    document = bring_into_force(mutual, **changes)
    mutual.fund.adopt()
    return document


def donate(mutual: Mutual, amount: int) -> None:
    mutual.fund.donate(amount, BY_ALLOWANCE, sender=mutual.payer.address)


def lose(mutual: Mutual, amount: int) -> None:
    """Tokens vanish from the fund, and the loss is apportioned."""
    mutual.token.burn(amount, sender=mutual.fund.address)
    mutual.fund.recognise_loss()


def lapse(mutual: Mutual, tick: int) -> None:
    """Raises the index to a tick, at the expense of everybody in force, or beyond it by at most a unit for each."""
    lose(mutual, -(-mutual.books()[1] * (tick * SPACING - mutual.index) // 10**6))
    assert mutual.index >= tick * SPACING


def wind_down(mutual: Mutual) -> int:
    """Begins the end by vote. Returns the time."""
    mutual.fund.wind_down(sender=mutual.assembly)
    return int(boa.env.timestamp)


def run_off(mutual: Mutual) -> None:
    """Waits for the end of the run-off and ends the mutual."""
    boa.env.time_travel(seconds=max(0, stage(mutual)[4] - boa.env.timestamp))
    mutual.fund.end()


def balance(mutual: Mutual, holder: str) -> int:
    return int(mutual.token.balanceOf(holder))
