# SPDX-License-Identifier: AGPL-3.0-only
"""A mutual of twenty-six people, founded through the Founder, in which some of them want more than their part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import boa
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from contracts.mutual import SPACING, account, bits
from stateful.members import ATTESTATION, ROSTER
from stateful.twin import found
from support.hearing import NO_BYTES, NO_PAYMENT, roll
from tongxin.charter.encoding import pack, terms_of
from tongxin.charter.numbers import BenefitNumbers, CharterNumbers
from tongxin.units import DAY, HOUR
from tongxin.words import BenefitKind

REASON = keccak(text="reasons")
AMOUNT = 4 * 10**7
WAITING = 30 * DAY
TICKS = 60
CLAIMED = 10**9
LEVELS = (10_000,) * 7
RULES: dict[str, Any] = {
    "newcomer": 30 * DAY,
    "juror_pay": 10**5,
    "juror_bond": 10**6,
    "panel_size": 3,
    "lot_delay": 3,
    "threshold": 5_000,
    "steward": account("steward").address,
    "round_cap": 20 * SPACING,
    "year_cap": 60 * SPACING,
    "min_runway": 20,
    "max_runway": 120,
    "vote_quorum": 2_000,
    "proposal_pause": 30 * DAY,
    "classes": (1_000, 5_000),
    "benefits": (BenefitNumbers(BenefitKind.LUMP_SUM, LEVELS, 0, 0, 0, (AMOUNT, 5 * AMOUNT), (WAITING,) * 2),),
}


@dataclass
class Filed:
    """A claim and the struct that its later calls bring."""

    number: int
    claim: tuple[Any, ...]


class Town:
    """The contracts, and what people do in them."""

    def __init__(self, members: int = 12, **changes: Any) -> None:
        twin = found(**{**RULES, **changes})
        self.twin = twin
        self.token = twin.token
        self.charter, self.fund, self.office = twin.charter.contract, twin.fund.contract, twin.office.contract
        self.jury, self.court, self.assembly = twin.jury.contract, twin.court.contract, twin.assembly.contract
        self.numbers = {1: twin.numbers}
        self.drafted: dict[int, CharterNumbers] = {}
        self.people = [str(person.address) for person in twin.people]
        self.ids = twin.ids
        for who in range(members):
            self.join(who)

    # People

    @property
    def now(self) -> int:
        return int(boa.env.evm.patch.timestamp)

    @property
    def newest(self) -> CharterNumbers:
        return self.numbers[int(self.charter.latest())]

    def wait(self, seconds: int = 0, blocks: int = 300) -> None:
        roll(seconds=seconds, blocks=blocks)

    def wait_until(self, time: int) -> None:
        self.wait(max(0, time - self.now))

    def join(self, who: int, class_id: int = 0, ticks: int = TICKS, attestor: str = "attestor") -> None:
        """Somebody becomes a member by an attestor's word."""
        values = (self.ids[who], self.people[who], class_id, self.now - 1, self.now + DAY)
        signature = self.twin.sign(account(attestor), ("Tongxin Fund", self.fund), "Attestation", ATTESTATION, values)
        tick = bits(self.fund.books(), 96)[0] // SPACING + ticks
        self.fund.join(values, [signature], tick, self.hash, NO_PAYMENT, sender=self.people[who])

    def enrol(self, whos: Sequence[int], sponsor: int) -> None:
        """A sponsor pays for people who have not agreed to anything yet."""
        ids, wallets = [self.ids[who] for who in whos], [self.people[who] for who in whos]
        values = (ids, wallets, 0, self.now - 1, self.now + DAY)
        signature = self.twin.sign(account("attestor"), ("Tongxin Fund", self.fund), "Roster", ROSTER, values)
        self.fund.enrol(ids, wallets, 0, TICKS, *values[3:], [signature], sender=self.people[sponsor])

    @property
    def hash(self) -> bytes:
        """What a newcomer consents to."""
        return bytes(self.charter.charter_hash(self.charter.latest()))

    def bench(self, whos: Iterable[int]) -> None:
        for who in whos:
            self.jury.volunteer(self.ids[who], NO_PAYMENT, sender=self.people[who])

    def leave(self, who: int) -> None:
        self.fund.leave(self.ids[who], sender=self.people[who])

    def wealth(self, *whos: int) -> int:
        """Units that people have: in hand, in their runways, owed to them, posted as jurors."""
        total = 0
        for who in whos:
            wallet = self.people[who]
            total += self.token.balanceOf(wallet) + self.fund.balance_of(self.ids[who]) + self.fund.dues(wallet)
            index = self.jury.seat_of(wallet)
            if index:
                total += bits(self.jury.volunteers(index - 1), 160, 40, 8)[2] * self.jury.half(index - 1)
        return total

    @property
    def surplus(self) -> int:
        return bits(self.fund.purse(), 88)[0]

    @property
    def heads(self) -> int:
        return bits(self.fund.books(), 96, 42, 28)[2]

    # Rules

    def draft(self, by: int, **changes: Any) -> int:
        """A sealed draft of the newest numbers with some changed."""
        numbers = replace(self.newest, **changes)
        words = pack(numbers)
        own = numbers.benefits != self.newest.benefits
        document = keccak(text=f"{numbers}")
        with boa.env.prank(self.people[by]):
            slot = int(self.charter.draft(terms_of(words, document), own))
            if own:
                self.charter.add_benefits(slot, 0, list(words.benefits), [list(row) for row in words.entitlements])
            self.charter.seal(slot)
        self.drafted[slot] = numbers
        return slot

    def propose(self, by: int, slot: int = 0, kind: int = 1) -> int:
        return int(self.assembly.propose(kind, slot, REASON, self.ids[by], sender=self.people[by]))

    def vote(self, p: int, whos: Iterable[int], *, support: bool = True) -> None:
        for who in whos:
            self.assembly.vote(p, self.ids[who], support, sender=self.people[who])

    def times(self, p: int) -> tuple[int, int, int]:
        """End of a vote, earliest execution, expiry."""
        _, ends, delay, execution = bits(self.assembly.proposal(p), 40, 40, 32, 32)
        return ends, ends + delay, ends + delay + execution

    def execute(self, p: int) -> None:
        self.wait_until(self.times(p)[1])
        self.assembly.execute(p)
        slot = int(self.assembly.subject(p))
        if slot in self.drafted:
            self.numbers[int(self.charter.latest())] = self.drafted[slot]

    def change(self, by: int, voters: Iterable[int], kind: int = 1, **changes: Any) -> int:
        """A change of the rules from the draft to its adoption; the version."""
        p = self.propose(by, self.draft(by, **changes), kind)
        self.vote(p, voters)
        self.execute(p)
        return int(self.charter.latest())

    # Claims

    def today(self) -> int:
        return (self.now + self.newest.zone) // DAY

    def file(self, who: int, day: int | None = None) -> Filed:
        """A claim for yesterday, or another day."""
        papers = (keccak(text="evidence"), keccak(text="seal"), keccak(text="summary"))
        filing = (self.ids[who], 0, self.today() - 1 if day is None else day, CLAIMED, *papers, 0)
        number = int(self.court.file(filing, NO_PAYMENT, sender=self.people[who]))
        event = next(log for log in self.court.get_logs() if type(log).__name__ == "Filed")
        names = (
            "member_id", "wallet", "filer", "payee", "contact_a", "contact_b", "benefit", "class_id", "day", "filed_at",
            "claimed", "base", "version", "pool", "evidence", "seal_key", "summary",
        )  # fmt: skip
        return Filed(number, tuple(getattr(event, name) for name in names))

    def base(self, filed: Filed) -> int:
        """What a full grant is worth."""
        return int(filed.claim[11])

    def seat_and_vote(self, filed: Filed, level: int) -> None:
        """Draws the panel, lets it vote one level, concludes."""
        self.wait(60, 4)
        self.court.draw(filed.number, filed.claim)
        self.court.grant(filed.number, filed.claim, REASON, sender=filed.claim[2])
        self.panel_votes(filed, level)

    def panel_votes(self, filed: Filed, level: int) -> None:
        key = 8 * filed.number
        size, attempt = bits(self.jury.panel(key), 8)[0], bits(self.jury.panel(key), 8, 4, 4)[2]
        kinds = ["uint256", "address", "uint256", "uint256", "uint256", "uint256", "bytes32", "bytes32"]
        for seat in range(size):
            values = [boa.env.evm.patch.chain_id, self.jury.address, key, attempt, seat, level, REASON, REASON]
            juror = self.jury.juror(key, seat)
            self.jury.commit(key, seat, NO_BYTES, keccak(encode(kinds, values)), sender=juror)
        for seat in range(size):
            self.jury.reveal(key, seat, level, REASON, REASON)
        self.court.conclude(filed.number, filed.claim)

    def deadline(self, filed: Filed) -> int:
        return bits(self.court.state(filed.number), 4, 4, 4, 4, 16, 40)[5]

    def settle(self, filed: Filed) -> None:
        self.wait_until(self.deadline(filed))
        self.court.settle(filed.number, filed.claim)

    def close(self, filed: Filed, level: int = 7) -> None:
        self.seat_and_vote(filed, level)
        self.settle(filed)

    # The end

    def wind_down(self, by: int, voters: Iterable[int]) -> None:
        p = self.propose(by, 0, 6)
        self.vote(p, voters)
        self.execute(p)

    def end(self) -> None:
        self.wait_until(bits(self.fund.stage(), 8, 40, 40, 40, 40)[4])
        self.fund.end()

    def pay_out(self, whos: Iterable[int]) -> None:
        for who in whos:
            self.fund.pay_out(self.ids[who])


__all__ = ["AMOUNT", "DAY", "HOUR", "WAITING", "Filed", "Town"]
