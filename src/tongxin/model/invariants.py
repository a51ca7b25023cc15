# SPDX-License-Identifier: AGPL-3.0-only
"""I-1 to I-15 (docs/spec/invariants.md), recomputed from all members and claims with exact fractions.

Each function returns what is violated, in words; nothing is taken from a running total without comparing it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from tongxin.model.charter import STEP_TIME
from tongxin.model.founding import check_benefit, check_entitlements, check_terms
from tongxin.model.membership import Member
from tongxin.model.reverts import ModelRevert
from tongxin.model.steps import check_fixed, check_step
from tongxin.model.tally import HIGHEST, INCOMPLETE
from tongxin.units import BPS, HOUR, SCALE, YEAR, MemberId
from tongxin.words import FundStage, MemberStatus, PanelKind, ProposalKind, ProposalStatus, Stage

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


def i_1(mutual: Mutual) -> list[str]:
    """Solvency, and dust within R-25."""
    ledger, found = mutual.ledger, []
    accounts = {name: getattr(ledger, name) for name in ("deposits", "surplus", "due", "fees", "bonds")}
    found += [f"I-1: {name} is negative: {amount}" for name, amount in accounts.items() if amount < 0]
    if mutual.token.held < sum(accounts.values()):
        found.append(f"I-1: the fund holds {mutual.token.held}, less than {accounts}")
    spacing, index = mutual.terms.spacing, ledger.index
    members = _in_force(mutual).values()
    exact = Fraction(sum(member.shares * (member.tick * spacing - index) for member in members), SCALE)
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
            if mutual.stages.stage != FundStage.GATHERING:
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
        if last.fee * BPS > last.paid * last.fee_bps:
            found.append(f"I-4: fee above its part: {last}")
        if last.rise > min(last.limit, last.round_cap):
            found.append(f"I-4: the index rose beyond the limit: {last}")
    year = mutual.founded + mutual.ledger.year * YEAR
    caps = [mutual.charter.terms(one).year_cap for one in mutual.charter.in_force_since(year, year + YEAR)]
    if mutual.ledger.raised > max(caps):
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
    terms = [mutual.charter.terms(version) for version in mutual.charter.versions]
    may = {who for one in terms for who in (one.steward, one.investigator, one.remainder)}
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


def _go(mutual: Mutual, member_id: MemberId, member: Member, late: int) -> None:
    """Somebody goes with the balance, whatever the stage."""
    stages = mutual.stages
    if stages.stage == FundStage.GATHERING:
        mutual.step_back(member_id, member.wallet, now=late)
    elif stages.ending and not member.status & MemberStatus.LEAVING:
        if stages.stage == FundStage.WINDING_DOWN:
            mutual.end(now=max(late, stages.ends_at))
        mutual.pay_out(member_id, now=late)
    else:
        if not member.status & MemberStatus.LEAVING:
            mutual.leave(member_id, member.wallet, now=late)
        notice = mutual.membership.history_of(member_id).notice
        mutual.refund(member_id, now=late + HOUR + 3 * notice)


def i_6(mutual: Mutual, now: int) -> list[str]:
    """Every round can be settled, and everybody in force can go with the balance: while gathering at once, while
    running within three notices, in a wind-down once its run-off is over and its claims are closed.

    Nothing in going depends on whose id and wallet it is, so of those alike in all else one is tried.
    """
    found = []
    late = max(now, mutual.rounds.closes_at)
    claims_open = mutual.stages.ending and not mutual.settled_before(max(late, mutual.stages.ends_at) + 1)

    def settle() -> None:
        if mutual.rounds.pending:
            mutual.settle_round(now=late)

    if (why := _trial(mutual, settle)) is not None:
        found.append(f"I-6: the round can't be settled: {why}")
    history, orders = mutual.membership.history, mutual.membership.orders
    alike: dict[object, list[MemberId]] = defaultdict(list)
    members = _in_force(mutual)
    for member_id, member in members.items():
        alike[*member[1:], history.get(member_id), member_id in orders].append(member_id)
    for same in alike.values():
        member_id = same[0]
        member = members[member_id]
        if claims_open and not member.status & MemberStatus.LEAVING:
            continue

        def go(member_id: MemberId = member_id, member: Member = member) -> None:
            settle()
            if not mutual.membership.in_force(mutual.membership.member(member_id)):
                return
            _go(mutual, member_id, member, late)

        if (why := _trial(mutual, go)) is not None:
            found += [f"I-6: {who.hex()} can't leave: {why}" for who in same]
    return found


def i_7(mutual: Mutual) -> list[str]:
    """Status and tick agree."""
    found = []
    spacing, index = mutual.terms.spacing, mutual.ledger.index
    orders, ended = mutual.membership.orders, mutual.stages.stage == FundStage.ENDED
    for member_id, member in mutual.membership.members.items():
        ahead = member.tick * spacing > index
        status = member.status
        if not status & MemberStatus.OCCUPIED:
            found.append(f"I-7: {member_id.hex()} has a record without being occupied")
        if status & MemberStatus.EXITED and not status & MemberStatus.LEAVING and not ended:
            found.append(f"I-7: {member_id.hex()} exited without leaving")
        if not ahead and not mutual.ledger.tick(member.tick).stamp:
            found.append(f"I-7: {member_id.hex()} lapsed without a stamp")
        if bool(status & MemberStatus.ORDER_SET) != (member_id in orders):
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
    owed = sum(mutual.ledger.dues.values()) + sum(mutual.rounds.unpaid.values()) + mutual.stages.set_aside_left
    if owed != mutual.ledger.due:
        found.append(f"I-12: due is {mutual.ledger.due}, owed {owed}")
    calls = sum(record.call for record in mutual.court.claims.values() if record.stage == Stage.NOTICE)
    calls += mutual.rounds.call if mutual.rounds.pending else 0
    if calls != mutual.ledger.open_calls:
        found.append(f"I-12: open calls are {mutual.ledger.open_calls}, announced {calls}")
    return found


def i_13(mutual: Mutual) -> list[str]:
    """Votes are those cast, one per wallet and member; executions had passed and came in time."""
    found = []
    assembly = mutual.assembly
    by_wallet = Counter(p for _, p in assembly.cast_by_wallet)
    by_member = Counter(p for _, p in assembly.cast_by_member)
    for p, proposal in assembly.proposals.items():
        votes = proposal.yes + proposal.no
        if not by_wallet[p] == by_member[p] == votes:
            found.append(f"I-13: proposal {p} counts {votes} votes of {by_wallet[p]} wallets, {by_member[p]} members")
        if proposal.status != ProposalStatus.EXECUTED:
            continue
        enough = votes >= proposal.needed and Fraction(proposal.yes, votes) >= Fraction(proposal.majority, BPS)
        earliest = proposal.ends + proposal.delay
        if not enough or not earliest <= proposal.executed_at < earliest + proposal.execution:
            found.append(f"I-13: proposal {p} was executed without having passed or out of its time")
    charters = [
        proposal.subject
        for proposal in assembly.proposals.values()
        if proposal.status == ProposalStatus.EXECUTED and proposal.kind <= ProposalKind.JUROR_RULES
    ]
    if sorted(charters) != sorted(slot for version, (slot, _) in mutual.charter.versions.items() if version > 1):
        found.append("I-13: the versions are not the drafts that were executed")
    return found


def i_14(mutual: Mutual) -> list[str]:
    """The version in force is within every bound; the Fund goes by the version that it adopted."""
    found = []
    charter = mutual.charter
    if mutual.ledger.terms != charter.terms(mutual.stages.version):
        found.append("I-14: the Fund's terms are of no version")
    if charter.latest == 1:  # what the mutual was founded with; `check_terms` is asked where it is founded
        return found
    draft = charter.drafts[charter.versions[charter.latest].slot]
    try:
        check_terms(draft.terms)
        for benefit, row in zip(draft.terms.benefits, draft.terms.entitlements, strict=True):
            check_benefit(benefit)
            check_entitlements(row, draft.terms)
        check_fixed(draft.terms, charter.terms(draft.base))
        for version in charter.in_force_since(draft.sealed_at - STEP_TIME, draft.sealed_at):
            if version < charter.latest:
                check_step(draft.terms, charter.terms(version))
    except ModelRevert as revert:
        found.append(f"I-14: version {charter.latest}: {revert}")
    return found


def i_15(mutual: Mutual) -> list[str]:
    """Stages go forward only; an ended mutual that paid everybody and swept the remainder is empty."""
    found = []
    stages, ledger = mutual.stages, mutual.ledger
    if list(stages.passed) != sorted(set(stages.passed)) or stages.stage != stages.passed[-1]:
        found.append(f"I-15: stages {stages.passed}")
    registered = {
        member_id: member
        for member_id, member in mutual.membership.members.items()
        if member.status & MemberStatus.REGISTERED
    }
    if stages.entitled != sum(member.shares for member in registered.values()):
        found.append(f"I-15: {stages.entitled} shares are entitled, the register says otherwise")
    if stages.stage != FundStage.ENDED:
        return found
    paid = sum(member.shares for member in registered.values() if member.status & MemberStatus.EXITED)
    if stages.shares_paid != paid:
        found.append(f"I-15: {stages.shares_paid} shares are paid out, the register says {paid}")
    if not _in_force(mutual) and ledger.deposits:
        found.append(f"I-15: everybody in force was paid out, {ledger.deposits} are left in the deposits")
    if paid == stages.entitled and stages.set_aside_left:
        found.append(f"I-15: everybody registered was paid out, {stages.set_aside_left} are left aside")
    return found


def violations(mutual: Mutual, now: int) -> list[str]:
    """Every invariant that needs no earlier state (I-3 does: `Before`, `i_3`)."""
    checks = (i_1, i_2, i_4, i_5, i_7, i_8, i_9, i_10, i_11, i_12, i_13, i_14, i_15)
    return [found for check in checks for found in check(mutual)] + i_6(mutual, now)
