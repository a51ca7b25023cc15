# SPDX-License-Identifier: AGPL-3.0-only
"""The model's state as the packed words of docs/spec/interface.md, to be compared with storage one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tongxin.model import packing
from tongxin.model.jury import Panel
from tongxin.model.ledger import Ledger
from tongxin.model.membership import Membership
from tongxin.model.rounds import NO_PAYOUT
from tongxin.units import Address, MemberId
from tongxin.words import (
    COURT_CHALLENGER,
    COURT_DOCKET,
    COURT_ESCROW,
    COURT_GRANTS,
    COURT_STATE,
    DRAWN_PANEL,
    DRAWN_VOTES,
    FUND_ADMISSION,
    FUND_BOOKS,
    FUND_DEFERRED,
    FUND_ENDING,
    FUND_HISTORY,
    FUND_MEMBER,
    FUND_ORDER,
    FUND_PAYOUT,
    FUND_PURSE,
    FUND_ROUND,
    FUND_SET_ASIDE,
    FUND_STAGE,
    FUND_TICK,
    FUND_YEARLY,
    MOST_SEATS,
    OPEN_PANEL,
    OPEN_VOTES,
    PROPOSAL,
    SEATS,
    SEATS_IN_PANEL,
    SEATS_PER_WORD,
    VOLUNTEER,
    ChallengerKind,
    ClaimFlag,
    PanelKind,
)

if TYPE_CHECKING:
    from tongxin.model.mutual import Mutual

TICKS_PER_WORD = 256
PROPOSALS_PER_WORD = 256
_TAG = (1 << 160) - 1

Key = bytes | int | tuple[int, int] | tuple[bytes, int] | tuple[int, bytes] | None


class Words:
    """One method per view of Fund, Charter, Assembly, Jury and Court that returns a word. A word never written is 0."""

    def __init__(self, mutual: Mutual) -> None:
        self._mutual = mutual

    @property
    def _ledger(self) -> Ledger:
        return self._mutual.ledger

    @property
    def _membership(self) -> Membership:
        return self._mutual.membership

    # Fund

    def books(self) -> int:
        """Fund.books."""
        ledger = self._ledger
        return FUND_BOOKS.pack(
            index=ledger.index,
            shares=ledger.shares,
            heads=ledger.heads,
            special=self._mutual.stages.special,
            amended=self._mutual.stages.version > 1,
            pending=self._mutual.rounds.pending,
            deposits=ledger.deposits,
        )

    def stage(self) -> int:
        """Fund.stage."""
        stages = self._mutual.stages
        return FUND_STAGE.pack(
            stage=stages.stage,
            started=stages.started,
            below_since=stages.below_since,
            wound_at=stages.wound_at,
            ends_at=stages.ends_at,
            version=stages.version,
        )

    def ending(self) -> int:
        """Fund.ending."""
        stages = self._mutual.stages
        return FUND_ENDING.pack(index=stages.index_at_trigger, entitled=stages.entitled, paid_out=stages.shares_paid)

    def set_aside(self) -> int:
        """Fund.set_aside."""
        return FUND_SET_ASIDE.pack(total=self._mutual.stages.set_aside, left=self._mutual.stages.set_aside_left)

    def money_terms(self) -> int:
        """T0, as the Fund goes by it."""
        return packing.money_terms(self._mutual.terms)

    def member_terms(self) -> int:
        """T1, as the Fund goes by it."""
        return packing.member_terms(self._mutual.terms)

    def shares_words(self, j: int) -> int:
        """P-38, as the Fund goes by it."""
        return packing.shares_word(self._mutual.terms, j)

    def purse(self) -> int:
        """Fund.purse."""
        return FUND_PURSE.pack(surplus=self._ledger.surplus, due=self._ledger.due, fees=self._ledger.fees)

    def bonds(self) -> int:
        """Fund.bonds."""
        return self._ledger.bonds

    def yearly(self) -> int:
        """Fund.yearly."""
        ledger = self._ledger
        return FUND_YEARLY.pack(year=ledger.year, raised=ledger.raised, open_calls=ledger.open_calls)

    def round(self) -> int:
        """Fund.round."""
        rounds = self._mutual.rounds
        return FUND_ROUND.pack(number=rounds.number, closes_at=rounds.closes_at, due=rounds.due, call=rounds.call)

    def payout(self, number: int) -> int:
        """Fund.payout[number]."""
        return FUND_PAYOUT.pack(**self._mutual.rounds.payouts.get(number, NO_PAYOUT)._asdict())

    def unpaid(self, number: int) -> int:
        """Fund.unpaid[number]."""
        return self._mutual.rounds.unpaid.get(number, 0)

    def deferred(self, key: int) -> int:
        """Fund.deferred[key]."""
        entry = self._mutual.rounds.deferred.get(key)
        if entry is None:
            return 0
        return FUND_DEFERRED.pack(payee=entry.payee, round=entry.round, carries=entry.carries)

    def deferred_due(self, key: int) -> int:
        """Fund.deferred_due[key]."""
        entry = self._mutual.rounds.deferred.get(key)
        return 0 if entry is None else entry.due

    def dues(self, payee: int) -> int:
        """Fund.dues[payee]."""
        return self._ledger.dues.get(Address(payee), 0)

    def ticks(self, tick: int) -> int:
        """Fund.ticks[tick]."""
        return FUND_TICK.pack(**self._ledger.tick(tick)._asdict())

    def bitmap(self, word: int) -> int:
        """Fund.bitmap[word]."""
        marks = self._ledger.marks.ascending
        return sum(1 << tick % TICKS_PER_WORD for tick in marks if tick // TICKS_PER_WORD == word)

    def members(self, member_id: bytes) -> int:
        """Fund.members[member_id]."""
        member = self._membership.members.get(MemberId(member_id))
        return 0 if member is None else FUND_MEMBER.pack(**member._asdict())

    def history(self, member_id: bytes) -> int:
        """Fund.history[member_id]."""
        return FUND_HISTORY.pack(**self._membership.history_of(member_id)._asdict())

    def orders(self, member_id: bytes) -> int:
        """Fund.orders[member_id]."""
        order = self._membership.orders.get(MemberId(member_id))
        return 0 if order is None else FUND_ORDER.pack(**order._asdict())

    def admission(self) -> int:
        """Fund.admission."""
        tag = int.from_bytes(self._mutual.terms.charter_hash) & _TAG
        admission = self._membership.admission
        return FUND_ADMISSION.pack(
            charter_tag=tag,
            week=admission.week,
            count=admission.admitted,
            base=admission.base,
            last_attested=admission.last_attested,
        )

    # Charter and Assembly

    def court_terms(self, version: int) -> tuple[int, int, int, int]:
        """T2 to T5 of a version."""
        return packing.court_terms(self._mutual.charter.terms(version))

    def vote_terms(self, version: int) -> int:
        """T6 of a version."""
        return packing.vote_terms(self._mutual.charter.terms(version))

    def ladder(self, version: int) -> int:
        """P-42 of a version."""
        return packing.ladder(self._mutual.charter.terms(version))

    def benefit_word(self, version: int, benefit: int) -> int:
        """P-39 of a version; 0 where there is none."""
        benefits = self._mutual.charter.terms(version).benefits
        return packing.benefit_word(benefits[benefit]) if benefit < len(benefits) else 0

    def class_entitlement(self, version: int, benefit: int, class_id: int) -> int:
        """P-40 and P-41 of a version."""
        return packing.entitlement_word(self._mutual.charter.terms(version).entitlement(benefit, class_id))

    def proposal(self, p: int) -> int:
        """Assembly.proposal[p]."""
        proposal = self._mutual.assembly.proposals.get(p)
        if proposal is None:
            return 0
        return PROPOSAL.pack(**{field: getattr(proposal, field) for field in PROPOSAL.names})

    def cast_by_wallet(self, wallet: int, word: int) -> int:
        """Assembly.cast_by_wallet[wallet][word]."""
        first = PROPOSALS_PER_WORD * word
        cast = self._mutual.assembly.cast_by_wallet
        return sum(1 << bit for bit in range(PROPOSALS_PER_WORD) if (Address(wallet), first + bit) in cast)

    def cast_by_member(self, member_id: bytes, word: int) -> int:
        """Assembly.cast_by_member[member_id][word]."""
        first = PROPOSALS_PER_WORD * word
        cast = self._mutual.assembly.cast_by_member
        return sum(1 << bit for bit in range(PROPOSALS_PER_WORD) if (MemberId(member_id), first + bit) in cast)

    def last_proposed(self, member_id: bytes) -> int:
        """Assembly.last_proposed[member_id]."""
        return self._mutual.assembly.last_proposed.get(MemberId(member_id), 0)

    # Jury

    def panel(self, key: int) -> int:
        """Jury.panel[key]."""
        panel = self._mutual.jury.panels.get(key)
        if panel is None:
            return 0
        common = {
            "size": panel.size,
            "kind": panel.kind,
            "attempt": panel.attempt,
            "flags": panel.flags,
            "commit_by": panel.commit_by,
            "reveal_by": panel.reveal_by,
        }
        if panel.kind == PanelKind.OPEN:
            return OPEN_PANEL.pack(
                **common,
                heads=panel.heads,
                least_votes=panel.least,
                filed_at=panel.filed_at,
                outstanding=panel.outstanding,
            )
        votes = {f"vote_{seat}": vote for seat, vote in _filled(panel.votes, 0, SEATS_IN_PANEL)}
        seats = {f"seat_{seat}": index for seat, index in _filled(_numbers(panel), 0, SEATS_IN_PANEL)}
        return DRAWN_PANEL.pack(**common, committed=panel.committed, **votes, **seats)

    def votes(self, key: int) -> int:
        """Jury.votes[key]."""
        panel = self._mutual.jury.panels.get(key)
        if panel is None:
            return 0
        if panel.kind == PanelKind.OPEN:
            return OPEN_VOTES.pack(**{f"option_{option}": count for option, count in enumerate(panel.counts)})
        votes = _filled(panel.votes, SEATS_IN_PANEL, MOST_SEATS)
        return DRAWN_VOTES.pack(**{f"vote_{seat}": vote for seat, vote in votes})

    def seats(self, key: int, word: int) -> int:
        """Jury.seats[key][word]."""
        panel = self._mutual.jury.panels.get(key)
        if panel is None:
            return 0
        first = SEATS_IN_PANEL + SEATS_PER_WORD * word
        seats = _filled(_numbers(panel), first, first + SEATS_PER_WORD)
        return SEATS.pack(**{f"seat_{seat - first}": index for seat, index in seats})

    def commitments(self, slot: int, seat: int) -> bytes:
        """Jury.commitments[4 key + attempt][seat]."""
        return self._mutual.jury.commitments.get((slot, seat), bytes(32))

    def volunteers(self, index: int) -> int:
        """Jury.volunteers[index]."""
        volunteer = self._mutual.jury.volunteers.get(index)
        if volunteer is None:
            return 0
        return VOLUNTEER.pack(wallet=volunteer.wallet, out_at=volunteer.out_at, halves=volunteer.halves)

    def volunteer_of(self, member_id: bytes) -> int:
        """Jury.volunteer_of[member_id]: the member's latest index + 1."""
        index = self._mutual.jury.volunteer_of.get(MemberId(member_id))
        return 0 if index is None else index + 1

    def voted(self, slot: int, member_id: bytes) -> int:
        """Jury.voted[4 key + attempt][member_id]: who committed for a member on an open panel."""
        return self._mutual.jury.voted.get((slot, MemberId(member_id)), 0)

    def half(self, index: int) -> int:
        """Jury.half[index]."""
        volunteer = self._mutual.jury.volunteers.get(index)
        return 0 if volunteer is None else volunteer.half

    # Court

    def docket(self) -> int:
        """Court.docket."""
        court = self._mutual.court
        lowest = court.claims.get(court.lowest_open)
        return COURT_DOCKET.pack(
            filed=court.count,
            lowest_open=court.lowest_open,
            lowest_filed_at=0 if lowest is None else lowest.claim.filed_at,
        )

    def digest(self, key: bytes) -> bytes:
        """Court.digest[event key]."""
        return self._mutual.court.digests.get(key, bytes(32))

    def state(self, c: int) -> int:
        """Court.state[c]."""
        record = self._mutual.court.claims.get(c)
        if record is None:
            return 0
        return COURT_STATE.pack(
            stage=record.stage,
            n=record.n,
            attempt=record.attempt,
            level=record.level,
            flags=record.flags,
            deadline=record.deadline,
            lot_block=record.lot_block,
            filed_at=record.claim.filed_at,
            valid=record.valid,
            amount=record.pay_per_seat if record.closed else record.call,
            part=record.part,
        )

    def award(self, c: int) -> int:
        """Court.award[c]."""
        record = self._mutual.court.claims.get(c)
        return record.due if record is not None and record.flags & ClaimFlag.AWARD_CUT else 0

    def escrow(self, c: int) -> int:
        """Court.escrow[c]."""
        record = self._mutual.court.claims.get(c)
        if record is None:
            return 0
        return COURT_ESCROW.pack(posted=record.challengers_posted, slashed=record.slashed)

    def challenger(self, c: int, n: int) -> int:
        """Court.challenger[c][n]."""
        challenger = self._mutual.court.challengers.get((c, n))
        if challenger is None or challenger.kind == ChallengerKind.REVIEW:
            return 0
        return COURT_CHALLENGER.pack(**challenger._asdict())

    def grants_of(self, member_id: bytes, benefit: int) -> int:
        """Court.grants_of[member_id][benefit]."""
        count, last_day = self._mutual.court.grants.get((MemberId(member_id), benefit), (0, 0))
        return COURT_GRANTS.pack(count=count, last_day=last_day)

    def waived_at(self, member_id: bytes) -> int:
        """Court.waived_at[member_id]."""
        return self._mutual.court.waived_at.get(MemberId(member_id), 0)

    # All of it

    def all(self, members: Iterable[MemberId] | None = None) -> dict[tuple[str, Key], int]:
        """Every word that was ever written, by view and key; for small mutuals and the end of a replay.

        Args:
            members: Whose records, histories and orders; by default everybody's.
        """
        mutual = self._mutual
        words: dict[tuple[str, Key], int] = {
            ("books", None): self.books(),
            ("stage", None): self.stage(),
            ("ending", None): self.ending(),
            ("set_aside", None): self.set_aside(),
            ("purse", None): self.purse(),
            ("bonds", None): self.bonds(),
            ("yearly", None): self.yearly(),
            ("round", None): self.round(),
            ("admission", None): self.admission(),
            ("docket", None): self.docket(),
        }
        self._add_bitmap(words)
        self._add(words, "payout", mutual.rounds.payouts, self.payout)
        self._add(words, "unpaid", mutual.rounds.unpaid, self.unpaid)
        self._add(words, "deferred", mutual.rounds.deferred, self.deferred)
        self._add(words, "deferred_due", mutual.rounds.deferred, self.deferred_due)
        self._add(words, "ticks", mutual.ledger.ticks, self.ticks)
        self._add(words, "panel", mutual.jury.panels, self.panel)
        self._add(words, "votes", mutual.jury.panels, self.votes)
        self._add(words, "volunteers", mutual.jury.volunteers, self.volunteers)
        self._add(words, "half", mutual.jury.volunteers, self.half)
        self._add(words, "state", mutual.court.claims, self.state)
        self._add(words, "award", mutual.court.claims, self.award)
        self._add(words, "escrow", mutual.court.claims, self.escrow)
        words.update({("dues", who): due for who, due in mutual.ledger.dues.items()})
        views = (
            ("members", self.members, mutual.membership.members),
            ("history", self.history, mutual.membership.history),
            ("orders", self.orders, mutual.membership.orders),
        )
        for name, view, table in views:
            whose = (*table, *mutual.membership.erased) if members is None else members
            words.update({(name, who): view(who) for who in whose})
        words.update({("proposal", p): self.proposal(p) for p in mutual.assembly.proposals})
        by_wallet = {(wallet, p // PROPOSALS_PER_WORD) for wallet, p in mutual.assembly.cast_by_wallet}
        by_member = {(member_id, p // PROPOSALS_PER_WORD) for member_id, p in mutual.assembly.cast_by_member}
        words.update({("cast_by_wallet", key): self.cast_by_wallet(*key) for key in by_wallet})
        words.update({("cast_by_member", key): self.cast_by_member(*key) for key in by_member})
        words.update({("last_proposed", who): self.last_proposed(who) for who in mutual.assembly.last_proposed})
        words.update({("volunteer_of", who): self.volunteer_of(who) for who in mutual.jury.volunteer_of})
        words.update({("voted", key): self.voted(*key) for key in mutual.jury.voted})
        words.update({("challenger", key): self.challenger(*key) for key in mutual.court.challengers})
        words.update({("grants_of", key): self.grants_of(*key) for key in mutual.court.grants})
        words.update({("waived_at", who): self.waived_at(who) for who in mutual.court.waived_at})
        for key, panel in mutual.jury.panels.items():
            for word in range(-(-(panel.size - SEATS_IN_PANEL) // SEATS_PER_WORD)):
                words["seats", (key, word)] = self.seats(key, word)
        return words

    @staticmethod
    def _add(words: dict[tuple[str, Key], int], name: str, keys: Iterable[int], view: Callable[[int], int]) -> None:
        words.update({(name, key): view(key) for key in keys})

    def _add_bitmap(self, words: dict[tuple[str, Key], int]) -> None:
        for tick in self._ledger.ticks:
            words["bitmap", tick // TICKS_PER_WORD] = 0
        for tick in self._ledger.marks.ascending:
            words["bitmap", tick // TICKS_PER_WORD] |= 1 << tick % TICKS_PER_WORD


def _numbers(panel: Panel) -> tuple[int, ...]:
    """Volunteer index + 1 of each seat."""
    return tuple(index + 1 for index in panel.seats)


def _filled(items: tuple[int, ...], first: int, end: int) -> list[tuple[int, int]]:
    """Places first .. end - 1 with what stands there, 0 beyond the last."""
    return [(place, items[place] if place < len(items) else 0) for place in range(first, end)]
