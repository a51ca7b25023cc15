# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from tongxin.chain.keys import KeySigner
from tongxin.chain.mutual import Mutual
from tongxin.chain.office import Signed
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import Action
from tongxin.chain.typed_data import TypedData
from tongxin.charter import Charter, CharterNumbers
from tongxin.demo.agenda import Agenda
from tongxin.demo.clock import ChainClock
from tongxin.demo.narrator import Narrator
from tongxin.demo.papers import Papers
from tongxin.demo.people import Person
from tongxin.demo.plan import Plan
from tongxin.demo.stage import Stage

__all__ = ["DAY", "HOUR", "World"]

HOUR = 3600
DAY = 86_400


@dataclass
class World:
    """What all parts of the demo share.

    Attributes:
        charter: The rules in force, as written.
        numbers: The same as the chain counts them.
        mutual: Its contracts.
        token: Its money, which the operator may mint.
        people: Everybody enrolled.
        member_ids: Their tags, in the same order.
        plan: The script.
        papers: The claims' sealed papers.
        year_begins: Midnight, in the charter's zone, of day 0 of the first year; seconds since 1970.
        accepted: Members whose wallet accepted the charter.
    """

    stage: Stage
    clock: ChainClock
    agenda: Agenda
    narrator: Narrator
    charter: Charter
    numbers: CharterNumbers
    mutual: Mutual
    token: StableCoin
    people: Sequence[Person]
    member_ids: Sequence[bytes]
    plan: Plan
    papers: Papers
    year_begins: int = 0
    accepted: set[int] = field(default_factory=set)

    def begin_year(self) -> None:
        """Day 0 is the next day, in the charter's zone."""
        zone = self.numbers.zone
        midnight = ((self.clock.now + zone) // DAY + 1) * DAY - zone
        self.year_begins = midnight
        self.clock.travel(midnight)

    def time_of(self, day: int, hour: int = 0) -> int:
        """Seconds since 1970 of an hour of a day of the demo."""
        return self.year_begins + day * DAY + hour * HOUR

    def day_of(self, time: int) -> int:
        """The day of the demo in which a time falls."""
        return (time - self.year_begins) // DAY

    def money(self, units: int) -> str:
        """An amount as people read it."""
        token = self.charter.token
        return f"{units / 10**token.decimals:,.2f} {token.symbol}"

    def day_number(self, day: int) -> int:
        """A day of the demo as the contracts count days."""
        return (self.time_of(day) + self.numbers.zone) // DAY

    def wallet(self, person: int) -> LocalAccount:
        """A member's wallet."""
        return self.people[person].wallet

    def signed(self, person: int, message: Callable[..., TypedData], *fields: object) -> Signed:
        """A member's signature over an act that the operator relays through the Office (R-50).

        Args:
            person: Who signs.
            message: Builds the act's message, one of `Office.acts()`.
            fields: Its fields.
        """
        nonce = self.mutual.office.nonces(self.member_ids[person])
        deadline = self.clock.now + DAY
        typed = message(*fields, nonce=nonce, deadline=deadline)
        return Signed(deadline, KeySigner(self.wallet(person)).sign_typed(typed))

    def accepting(self, person: int) -> Action:
        """A member accepts the charter by a signature that the operator relays (R-33)."""
        member_id, charter_hash = self.member_ids[person], self.mutual.charter_hash
        signed = self.signed(person, self.mutual.office.acts().accept, member_id, charter_hash)
        return self.mutual.office.accept_for(member_id, charter_hash, signed)

    def accept(self, person: int) -> None:
        """The wallet of a member whom the sponsor enrolled accepts the charter (R-33), once."""
        if person not in self.accepted:
            action = self.mutual.fund.accept(self.member_ids[person], self.mutual.charter_hash)
            self.stage.act(self.wallet(person), action)
            self.accepted.add(person)
