# SPDX-License-Identifier: AGPL-3.0-only
"""I-1 to I-12 (docs/spec/invariants.md), recomputed from all members and claims with exact fractions.

Each function returns what is violated, in words; nothing is taken from a running total without comparing it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from tongxin.model.membership import Member
from tongxin.model.reverts import ModelRevert
from tongxin.model.tally import HIGHEST, INCOMPLETE
from tongxin.units import BPS, HOUR, SCALE, MemberId
from tongxin.words import MemberStatus, PanelKind, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tongxin.model.mutual import Mutual


def _in_force(mutual: Mutual) -> dict[MemberId, Member]:
    spacing, index = mutual.terms.spacing, mutual.ledger.index
    return {
        member_id: member
        for member_id, member in mutual.membership.members.items()
        if member.tick * spacing > index and not member.status & MemberStatus.EXITED
    }


def _runway(mutual: Mutual, member: Member) -> Fraction:
    """Exact units behind a membership in force."""
    return Fraction(member.shares * (member.tick * mutual.terms.spacing - mutual.ledger.index), SCALE)


def i_1(mutual: Mutual) -> list[str]:
    """Solvency, and dust within R-25."""
    ledger, found = mutual.ledger, []
    accounts = {name: getattr(ledger, name) for name in ("deposits", "surplus", "due", "fees", "bonds")}
    found += [f"I-1: {name} is negative: {amount}" for name, amount in accounts.items() if amount < 0]
    if mutual.token.held < sum(accounts.values()):
        found.append(f"I-1: the fund holds {mutual.token.held}, less than {accounts}")
    exact = sum((_runway(mutual, member) for member in _in_force(mutual).values()), Fraction(0))
    dust = ledger.deposits - exact
    if dust < 0 or (dust and dust >= ledger.roundings):
        found.append(f"I-1: dust {dust} after {ledger.roundings} roundings")
    return found


def i_2(mutual: Mutual) -> list[str]:
    """T, heads, and both per tick."""
    ledger, members = mutual.ledger, _in_force(mutual).values()
    found = []
    if (ledger.shares, ledger.heads) != (sum(member.shares for member in members), len(members)):
        found.append(f"I-2: T = {ledger.shares}, heads = {ledger.heads}, members say otherwise")
    shares: Counter[int] = Counter()
    heads: Counter[int] = Counter()
    for member in members:
        shares[member.tick] += member.shares
        heads[member.tick] += 1
    ahead = {tick: record for tick, record in ledger.ticks.items() if tick * mutual.terms.spacing > ledger.index}
    found += [
        f"I-2: tick {tick} says {record.shares} shares of {record.heads}"
        for tick, record in ahead.items()
        if (record.shares, record.heads, record.stamp) != (shares[tick], heads[tick], 0)
    ]
    if sorted(ahead) != ledger.marks.ascending:
        found.append("I-2: the marked ticks are not those that were bought and not crossed")
    if not set(shares) <= set(ahead):
        found.append("I-2: a member ends at a tick that nobody bought")
    return found


@dataclass(frozen=True)
class Before:
    """What I-3 compares with: the index and everybody's runway end and shares before a call."""

    index: int
    members: dict[MemberId, Member]

    @classmethod
    def of(cls, mutual: Mutual) -> Before:
        """Now."""
        return cls(mutual.ledger.index, dict(mutual.membership.members))


def i_3(before: Before, mutual: Mutual, acting: Collection[bytes] = ()) -> list[str]:
    """The index never falls; nobody but those acting loses runway or shares otherwise than by it."""
    found = []
    if mutual.ledger.index < before.index:
        found.append(f"I-3: the index fell from {before.index} to {mutual.ledger.index}")
    for member_id, then in before.members.items():
        now = mutual.membership.members.get(member_id)
        if now is None:
            found.append(f"I-3: {member_id.hex()} is gone")
        elif member_id not in acting and (now.tick < then.tick or now.shares != then.shares):
            found.append(f"I-3: {member_id.hex()} lost runway without acting")
    return found


def i_4(mutual: Mutual) -> list[str]:
    """Payments within collections within needs; every cap holds."""
    found = []
    last = mutual.rounds.last
    if last is not None:
        funded = last.collected + last.from_surplus
        if not last.paid + last.fee + last.costs_paid <= funded:
            found.append(f"I-4: more paid than funded: {last}")
        if Fraction(funded) >= last.need + Fraction(last.shares_before, SCALE) + 1:
            found.append(f"I-4: more collected than needed: {last}")
        if last.paid > last.due or last.costs_paid > last.costs:
            found.append(f"I-4: more paid than due: {last}")
        if last.fee * BPS > last.paid * mutual.terms.fee:
            found.append(f"I-4: fee above its part: {last}")
        if last.rise > min(last.limit, mutual.terms.round_cap):
            found.append(f"I-4: the index rose beyond the limit: {last}")
    if mutual.ledger.raised > mutual.terms.year_cap:
        found.append("I-4: the year's cap is broken")
    found += [
        f"I-4: round {number} paid more than due"
        for number, payout in mutual.rounds.payouts.items()
        if payout.paid > payout.due and payout.due
    ]
    return found


def i_5(mutual: Mutual) -> list[str]:
    """Nobody else was ever paid."""
    court = mutual.court
    may = {mutual.terms.steward, mutual.terms.investigator}
    may |= set(mutual.membership.wallets) | set(mutual.rounds.payees)
    may |= {volunteer.wallet for volunteer in mutual.jury.volunteers.values()}
    may |= {challenger.challenger for challenger in court.challengers.values()}
    for record in court.claims.values():
        may.update(type(mutual.terms.steward)(who) for who in (record.claim.payee, record.claim.filer))
    return [f"I-5: {who:#042x} was paid {amount}" for who, amount in mutual.token.paid.items() if who not in may]


class _Undo(Exception):  # noqa: N818 - no error
    """Ends a trial."""


def _trial(mutual: Mutual, what: Callable[[], None]) -> str | None:
    """Try something and put everything back; why it failed."""
    try:
        with mutual.journal.call():
            what()
            raise _Undo
    except _Undo:
        return None
    except ModelRevert as revert:
        return str(revert)


def i_6(mutual: Mutual, now: int) -> list[str]:
    """Every round can be settled, everybody in force can leave and gets the balance, within three notices."""
    found = []
    late = max(now, mutual.rounds.closes_at)

    def settle() -> None:
        if mutual.rounds.pending:
            mutual.settle_round(now=late)

    if (why := _trial(mutual, settle)) is not None:
        found.append(f"I-6: the round can't be settled: {why}")
    for member_id, member in _in_force(mutual).items():

        def go(member_id: MemberId = member_id, member: Member = member) -> None:
            settle()
            if not mutual.membership.in_force(mutual.membership.member(member_id)):
                return
            if not member.status & MemberStatus.LEAVING:
                mutual.leave(member_id, member.wallet, now=late)
            mutual.refund(member_id, now=late + HOUR + 3 * mutual.terms.leave_notice)

        if (why := _trial(mutual, go)) is not None:
            found.append(f"I-6: {member_id.hex()} can't leave: {why}")
    return found


def i_7(mutual: Mutual) -> list[str]:
    """Status and tick agree."""
    found = []
    for member_id, member in mutual.membership.members.items():
        ahead = member.tick * mutual.terms.spacing > mutual.ledger.index
        status = member.status
        if not status & MemberStatus.OCCUPIED:
            found.append(f"I-7: {member_id.hex()} has a record without being occupied")
        if status & MemberStatus.EXITED and not status & MemberStatus.LEAVING:
            found.append(f"I-7: {member_id.hex()} exited without leaving")
        if not ahead and not mutual.ledger.tick(member.tick).stamp:
            found.append(f"I-7: {member_id.hex()} lapsed without a stamp")
        if bool(status & MemberStatus.ORDER_SET) != (member_id in mutual.membership.orders):
            found.append(f"I-7: {member_id.hex()} has an order or not")
    return found


def i_8(mutual: Mutual) -> list[str]:
    """One vote per seat and wallet; nobody sits twice or where excluded."""
    found = []
    jury = mutual.jury
    for c, record in mutual.court.claims.items():
        seated: list[int] = []
        for key in range(8 * c, 8 * c + 8):
            panel = jury.panels.get(key)
            if panel is None:
                continue
            if panel.kind == PanelKind.DRAWN:
                seated += panel.seats
            elif sum(panel.counts) != sum(1 for slot, _ in jury.ballots if slot == 4 * key + panel.attempt):
                found.append(f"I-8: open panel {key} counts other votes than were cast")
        wallets = [jury.volunteers[index].wallet for index in seated]
        if len(set(wallets)) != len(wallets) or set(wallets) & set(record.claim.excluded()):
            found.append(f"I-8: claim {c}: somebody sits twice or is excluded")
    return found


def i_9(mutual: Mutual) -> list[str]:
    """Verdicts are those of the votes."""
    found = []
    for key, (rule, counts, conclusion) in mutual.jury.found.items():
        if not conclusion.decided:
            continue
        votes = [option for option, count in enumerate(counts) for _ in range(count)]
        needed = Fraction(rule.threshold, BPS) * len(votes)

        def enough(number: int, needed: Fraction = needed, *, strict: bool = rule.strict) -> bool:
            return number > needed if strict else number >= needed

        level = 0
        if rule.may_cure and enough(votes.count(INCOMPLETE)):
            level = INCOMPLETE
        for candidate in range(1, HIGHEST + 1):
            if enough(sum(1 for vote in votes if candidate <= vote <= HIGHEST)):
                level = candidate
        if level != conclusion.level:
            found.append(f"I-9: panel {key} found {conclusion.level}, its votes say {level}")
    return found


def i_10(mutual: Mutual) -> list[str]:
    """Conservation at closing."""
    found = []
    for c, record in mutual.court.claims.items():
        closing = record.closing
        if record.closed != (closing is not None):
            found.append(f"I-10: claim {c} is closed or not")
        if closing is None:
            continue
        spent = closing.bonds_returned + closing.jurors + closing.investigator + closing.rewards + closing.to_surplus
        if spent != closing.pot + closing.costs_paid or min(closing) < 0:
            found.append(f"I-10: claim {c}: {closing}")
    return found


def i_11(mutual: Mutual) -> list[str]:
    """The bonds are the jurors' halves, open pots and pay not yet credited."""
    jury, court = mutual.jury, mutual.court
    total = sum(volunteer.halves * volunteer.half for volunteer in jury.volunteers.values())
    total += sum(jury.exposed.values())
    for c, record in court.claims.items():
        if not record.closed:
            total += court.pot(record)
            continue
        for n in range(record.n + 1):
            panel = jury.panels.get(8 * c + n)
            if panel is not None and not record.flags & 512 << n:
                total += record.pay_per_seat * sum(1 for vote in panel.votes if vote)
    return [] if total == mutual.ledger.bonds else [f"I-11: bonds are {mutual.ledger.bonds}, not {total}"]


def i_12(mutual: Mutual) -> list[str]:
    """Dues and open calls have owners."""
    found = []
    owed = sum(mutual.ledger.dues.values()) + sum(mutual.rounds.unpaid.values())
    if owed != mutual.ledger.due:
        found.append(f"I-12: due is {mutual.ledger.due}, owed {owed}")
    calls = sum(record.call for record in mutual.court.claims.values() if record.stage == Stage.NOTICE)
    calls += mutual.rounds.call if mutual.rounds.pending else 0
    if calls != mutual.ledger.open_calls:
        found.append(f"I-12: open calls are {mutual.ledger.open_calls}, announced {calls}")
    return found


def violations(mutual: Mutual, now: int) -> list[str]:
    """Every invariant that needs no earlier state (I-3 does: `Before`, `i_3`)."""
    checks = (i_1, i_2, i_4, i_5, i_7, i_8, i_9, i_10, i_11, i_12)
    return [found for check in checks for found in check(mutual)] + i_6(mutual, now)
