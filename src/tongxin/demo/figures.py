# SPDX-License-Identifier: AGPL-3.0-only
"""What the chain says happened: every figure of the demo's result is read from logs and storage, none is kept aside."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tongxin.chain.assembly import Proposal
from tongxin.chain.events import (
    BatchEnrolled,
    BatchToppedUp,
    Closed,
    Collected,
    Enrolled,
    Event,
    Filed,
    HeldFromBalance,
    JurorsPaid,
    Paid,
    Refunded,
    RoundSettled,
    Settled,
    ToppedUp,
    Transfer,
)
from tongxin.chain.logs import fetch_events, headers
from tongxin.chain.mutual import Mutual
from tongxin.demo.errors import DemoError
from tongxin.demo.result import Version, Vote

__all__ = ["Figures", "Holdings", "read_figures"]

DAY = 86_400


@dataclass(frozen=True)
class Holdings:
    """Where the fund's tokens belong, in units."""

    holds: int
    deposits: int
    surplus: int
    due: int
    fees: int
    bonds: int
    balances: int

    @property
    def dust(self) -> int:
        """Deposits above the sum of the balances (R-25)."""
        return self.deposits - self.balances

    def check(self, roundings: int) -> None:
        """Conservation of money, I-1.

        Args:
            roundings: How many operations rounded in the fund's favour, each by less than a unit.

        Raises:
            DemoError: The accounts do not add up to what the fund holds, or the dust is negative or too large.
        """
        accounts = self.deposits + self.surplus + self.due + self.fees + self.bonds
        if accounts != self.holds:
            raise DemoError(
                f"money is not conserved: the fund holds {self.holds} units and its accounts add up to {accounts} (I-1)"
            )
        if not 0 <= self.dust <= roundings:
            raise DemoError(f"the deposits differ from the balances by {self.dust} units, not by rounding alone (R-25)")


@dataclass(frozen=True)
class Figures:
    """Sums over the whole life of a mutual; money in units."""

    enrolled: int
    claims_filed: int
    claims_denied: int
    claims_paid: int
    deposited: int
    collected: int
    paid: int
    paid_of: dict[int, int]
    fees: int
    jurors_paid: int
    refunded: int
    days_to_payment: tuple[float, ...]
    index: int
    heads: int
    blocks: int
    holdings: Holdings
    proposals: tuple[Vote, ...]
    versions: tuple[Version, ...]

    @property
    def days_to_payment_median(self) -> float:
        """Days from filing to the first payment; 0 when nothing was paid."""
        return round(statistics.median(self.days_to_payment), 2) if self.days_to_payment else 0.0


def read_figures(mutual: Mutual, member_ids: Sequence[bytes]) -> Figures:
    """Reads everything at the latest block and checks the conservation of money.

    Args:
        mutual: Whose.
        member_ids: Everybody ever enrolled.

    Raises:
        DemoError: Money is not conserved, in the accounts or in the token's transfers.
    """
    latest = headers(mutual.endpoints, ["latest"])[0].number
    events = list(mutual.events(0, latest))
    books, purse = mutual.fund.books(latest), mutual.fund.purse(latest)
    holdings = Holdings(
        holds=mutual.token.balance_of(mutual.fund.address, latest),
        deposits=books.deposits,
        surplus=purse.surplus,
        due=purse.due,
        fees=purse.fees,
        bonds=mutual.fund.bonds(latest),
        balances=sum(mutual.fund.balances_of(list(member_ids), latest)),
    )
    holdings.check(_roundings(events, len(member_ids)))
    _check_transfers(mutual, latest, holdings.holds)
    paid_of: dict[int, int] = {}
    first_paid: dict[int, int] = {}
    for event in events:
        if isinstance(event, Paid) and event.amount > 0:
            paid_of[event.claim] = paid_of.get(event.claim, 0) + event.amount
            first_paid.setdefault(event.claim, event.log.block)
    filed_at = {event.c: event.filed_at for event in events if isinstance(event, Filed)}
    times = headers(mutual.endpoints, first_paid.values())
    settled = [event for event in events if isinstance(event, Settled | RoundSettled)]
    return Figures(
        enrolled=sum(event.count for event in events if isinstance(event, BatchEnrolled)),
        claims_filed=len(filed_at),
        claims_denied=sum(isinstance(event, Closed) and event.level == 0 for event in events),
        claims_paid=len(paid_of),
        deposited=_deposited(events),
        collected=sum(event.collected for event in settled),
        paid=sum(paid_of.values()),
        paid_of=paid_of,
        fees=sum(event.fee for event in settled),
        jurors_paid=sum(event.each * event.count for event in events if isinstance(event, JurorsPaid))
        + sum(event.rewards for event in events if isinstance(event, Closed)),
        refunded=sum(event.amount for event in events if isinstance(event, Refunded)),
        days_to_payment=tuple(
            (header.timestamp - filed_at[claim]) / DAY for claim, header in zip(first_paid, times, strict=True)
        ),
        index=books.index,
        heads=books.heads,
        blocks=latest,
        holdings=holdings,
        proposals=tuple(_vote(proposal) for proposal in mutual.proposals()),
        versions=tuple(_version(mutual, number) for number in range(1, mutual.charter.latest(latest) + 1)),
    )


def _vote(proposal: Proposal) -> Vote:
    made, poll = proposal.made, proposal.poll
    return Vote(
        number=proposal.number,
        kind=proposal.kind.name.lower(),
        state=str(proposal.state),
        heads=made.heads,
        needed=poll.needed,
        yes=poll.yes,
        no=poll.no,
        ends=poll.ends,
        execute_from=poll.execute_from,
    )


def _version(mutual: Mutual, number: int) -> Version:
    version = mutual.version(number)
    return Version(number, version.effective_from, version.fund_terms.money.fee, version.charter_hash.hex())


def _deposited(events: Sequence[Event]) -> int:
    total = 0
    for event in events:
        if isinstance(event, BatchEnrolled):
            total += event.price + event.entry_fees
        elif isinstance(event, ToppedUp):
            total += event.price + event.arrears
        elif isinstance(event, BatchToppedUp | Collected):
            total += event.price
    return total


def _roundings(events: Sequence[Event], members: int) -> int:
    """Operations that round (R-25), and one for each balance rounded down."""
    single = Enrolled | ToppedUp | Collected | Refunded | HeldFromBalance | Settled | RoundSettled
    many = sum(event.count for event in events if isinstance(event, BatchToppedUp))
    return members + many + sum(isinstance(event, single) for event in events)


def _check_transfers(mutual: Mutual, latest: int, holds: int) -> None:
    fund = mutual.fund.address
    came = went = 0
    for event in fetch_events(mutual.endpoints, [mutual.token.address], 0, latest, kinds=[Transfer]):
        if isinstance(event, Transfer):
            came += event.amount if event.receiver == fund else 0
            went += event.amount if event.sender == fund else 0
    if came - went != holds:
        raise DemoError(f"money is not conserved: {came} units came, {went} went and {holds} are there (I-1)")
