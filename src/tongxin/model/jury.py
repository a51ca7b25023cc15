# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - parameters stand in the order of the contracts' functions
"""The jury (docs/spec/court.md R-66, R-67, R-69 to R-72, R-75, evidence.md R-122): volunteers, panels, votes, bonds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tongxin.model.journal import Journal, Journaled, Table
from tongxin.model.lot import candidates
from tongxin.model.membership import Membership, Payment
from tongxin.model.reverts import ModelRevert, require
from tongxin.model.tally import INCOMPLETE, OPTIONS, Rule, settled, verdict
from tongxin.model.terms import Terms
from tongxin.units import BPS, Address, MemberId, Units, ceil_div
from tongxin.words import KeyKind, PanelFlag, PanelKind

NO_FLAGS = PanelFlag(0)
NO_COMMITMENT = bytes(32)
VOIDED = b"\xff" * 32
NO_KEY = bytes(32)
LEAST_POOL = 3


class Volunteer(NamedTuple):
    """R-66. `half` is what one of the two halves of the bond was at posting, `out_at` 0 while in."""

    wallet: Address
    out_at: int
    halves: int
    half: Units
    member_id: MemberId


@dataclass(frozen=True)
class Panel:
    """A panel. Drawn: `seats` are volunteers, `votes` per seat 0 or level + 1. Open: `counts` per option."""

    kind: PanelKind
    attempt: int = 0
    flags: PanelFlag = NO_FLAGS
    commit_by: int = 0
    reveal_by: int = 0
    seats: tuple[int, ...] = ()
    votes: tuple[int, ...] = ()
    committed: int = 0
    heads: int = 0
    least: int = 0
    filed_at: int = 0
    outstanding: int = 0
    counts: tuple[int, ...] = (0,) * OPTIONS
    excluded: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Seats of a drawn panel, 0 of an open one."""
        return len(self.seats)

    def tally(self) -> list[int]:
        """Votes for each option."""
        if self.kind == PanelKind.OPEN:
            return list(self.counts)
        return [self.votes.count(option + 1) for option in range(OPTIONS)]

    def reveals_open(self, now: int) -> bool:
        """R-70."""
        return now >= self.commit_by or bool(self.flags & PanelFlag.REVEALS_OPEN)


class Conclusion(NamedTuple):
    """What a panel found: `decided` false without majority or quorum; units slashed and exposed on it."""

    decided: bool
    level: int
    valid: int
    slashed: int


class Jury(Journaled):
    """Volunteers and the panels of every claim."""

    def __init__(self, journal: Journal, membership: Membership, chain_id: int, jury_address: int) -> None:
        super().__init__(journal)
        self.membership = membership
        self.ledger = membership.ledger
        self.chain_id = chain_id
        self.address = jury_address
        self.count = 0
        self.volunteers: Table[int, Volunteer] = Table(journal)
        self.numbers: Table[Address, int] = Table(journal)
        self.volunteer_of: Table[MemberId, int] = Table(journal)
        self.panels: Table[int, Panel] = Table(journal)
        self.commitments: Table[tuple[int, int], bytes] = Table(journal)
        self.voted: Table[tuple[int, MemberId], Address] = Table(journal)
        self.ballots: Table[tuple[int, int], int] = Table(journal)
        self.commissions: Table[int, int] = Table(journal)
        self.exposed: Table[int, int] = Table(journal)
        self.found: Table[int, tuple[Rule, tuple[int, ...], Conclusion]] = Table(journal)

    @property
    def terms(self) -> Terms:
        """Those of the newest version; what a claim's own version says comes from the court (R-96)."""
        return self.membership.terms

    # Volunteers

    def volunteer(self, member_id: bytes, payment: Payment, actor: int, now: int) -> int:
        """R-66: the index in the list."""
        member = self.membership.own(member_id, actor)
        require(self.membership.seasoned(member, now), "R-66", "jury: may not volunteer")
        wallet = Address(actor)
        if wallet in self.numbers:
            require(not self.volunteers[self.numbers[wallet]].halves, "R-66", "jury: already a volunteer")
        earlier = self.volunteer_of.get(MemberId(member_id))
        if earlier is not None and not self.volunteers[earlier].out_at:
            self.volunteers[earlier] = self.volunteers[earlier]._replace(out_at=now)
        half = Units(self.terms.juror_bond // 2)
        self.ledger.token.pull(payment.payer_of(wallet, 2 * half), 2 * half)
        self.ledger.bonds += 2 * half
        index = self.count
        self.volunteers[index] = Volunteer(wallet, 0, 2, half, MemberId(member_id))
        self.numbers[wallet] = index
        self.volunteer_of[MemberId(member_id)] = index
        self.count += 1
        return index

    def volunteer_at(self, index: int) -> Volunteer:
        """A volunteer.

        Raises:
            ModelRevert: There is none of that number.
        """
        found = self.volunteers.get(index)
        if found is None:
            raise ModelRevert("R-66", "jury: no such volunteer")
        return found

    def retire(self, actor: int, now: int) -> None:
        """R-66."""
        number = self.numbers.get(Address(actor))
        if number is None:
            raise ModelRevert("R-66", "jury: no volunteer")
        require(not self.volunteers[number].out_at, "R-66", "jury: already out")
        self.volunteers[number] = self.volunteers[number]._replace(out_at=now)

    def dismiss(self, index: int, now: int) -> None:
        """R-66: by anyone, when the membership is no longer in force, or no longer the wallet's."""
        volunteer = self.volunteer_at(index)
        require(not volunteer.out_at, "R-66", "jury: already out")
        member = self.membership.members.get(volunteer.member_id)
        serves = member and self.membership.in_force(member) and member.wallet == volunteer.wallet
        require(not serves, "R-66", "jury: membership in force")
        self.volunteers[index] = volunteer._replace(out_at=now)

    def withdraw_bond(self, index: int, now: int) -> Units:
        """R-66: what is left of a bond, to its wallet."""
        volunteer = self.volunteer_at(index)
        require(volunteer.out_at, "R-66", "jury: not out")
        require(now >= volunteer.out_at + 3 * self.terms.leave_notice, "R-66", "jury: bond locked")
        require(volunteer.halves, "R-66", "jury: no bond left")
        amount = volunteer.halves * volunteer.half
        self.volunteers[index] = volunteer._replace(halves=0)
        self.ledger.bonds -= amount
        self.ledger.due += amount
        self.ledger.pay_out(volunteer.wallet, amount)
        return Units(amount)

    def slash(self, index: int, most_halves: int, now: int) -> Units:
        """Take halves of a bond into the pot of a claim; out without any left."""
        volunteer = self.volunteers[index]
        taken = min(most_halves, volunteer.halves)
        left = volunteer.halves - taken
        out_at = now if not left and not volunteer.out_at else volunteer.out_at
        self.volunteers[index] = volunteer._replace(halves=left, out_at=out_at)
        return Units(taken * volunteer.half)

    # Panels

    def draw(
        self,
        key: int,
        attempt: int,
        seed: bytes,
        size: int,
        pool: int,
        filed_at: int,
        excluded: Sequence[int],
    ) -> bool:
        """R-67, and R-73's redraw of the seats without a vote; false if the panel must be open."""
        if pool < LEAST_POOL * size:
            return False
        present = self.panels.get(key)
        votes = list(present.votes) if present else [0] * size
        seats = list(present.seats) if present else [0] * size
        empty = [seat for seat in range(size) if not votes[seat]]
        seated = {
            index
            for other in range(key // 8 * 8, key + 1)
            if other in self.panels
            for index in self.panels[other].seats
        }
        for index in candidates(seed, pool, len(empty)):
            if not empty:
                break
            volunteer = self.volunteers[index]
            eligible = not volunteer.out_at or volunteer.out_at > filed_at
            if index not in seated and eligible and volunteer.wallet not in excluded:
                seats[empty.pop(0)] = index
                seated.add(index)
        if empty:
            return False
        self.panels[key] = Panel(
            kind=PanelKind.DRAWN,
            attempt=attempt,
            seats=tuple(seats),
            votes=tuple(votes),
        )
        return True

    def start(self, key: int, attempt: int, commit_by: int, reveal_by: int) -> int:
        """Open a drawn panel; the votes that stood on it (struck if they found the claim incomplete, R-74)."""
        panel = self.panels[key]
        stood = sum(1 for vote in panel.votes if vote)
        anew = bool(panel.flags & PanelFlag.FOUND_INCOMPLETE)
        votes = (0,) * panel.size if anew else panel.votes
        self.panels[key] = replace(
            panel,
            attempt=attempt,
            flags=NO_FLAGS,
            commit_by=commit_by,
            reveal_by=reveal_by,
            votes=votes,
            committed=0 if anew else stood,
        )
        return stood

    def open_panel(
        self,
        key: int,
        attempt: int,
        commit_by: int,
        reveal_by: int,
        quorum_heads: int,
        quorum_bps: int,
        times: int,
        filed_at: int,
        excluded: Sequence[int],
    ) -> None:
        """R-75; also again after a cure, with the next attempt. `times` multiplies the quorum (R-77)."""
        heads = self.ledger.heads
        least = max(quorum_heads, ceil_div(heads * quorum_bps, BPS)) * times
        self.panels[key] = Panel(
            kind=PanelKind.OPEN,
            attempt=attempt,
            commit_by=commit_by,
            reveal_by=reveal_by,
            heads=heads,
            least=least,
            filed_at=filed_at,
            excluded=tuple(excluded),
        )

    def panel(self, key: int) -> Panel:
        """A panel that sits or sat.

        Raises:
            ModelRevert: There is none.
        """
        found = self.panels.get(key)
        if found is None:
            raise ModelRevert("R-67", "jury: no such panel")
        return found

    def juror(self, key: int, seat: int) -> Address:
        """Wallet of a seat of a drawn panel."""
        panel = self.panel(key)
        require(seat < panel.size, "R-69", "jury: no such seat")
        return self.volunteers[panel.seats[seat]].wallet

    def announce(self, key: int, seat: int, kind: int, public_key: bytes, actor: int) -> None:
        """R-122: nothing but the log is left of it."""
        require(self.panel(key).kind == PanelKind.DRAWN, "R-122", "jury: not a drawn panel")
        require(self.juror(key, seat) == actor, "R-122", "jury: not your seat")
        require(kind in set(KeyKind), "R-122", "jury: no such kind of key")
        require(public_key != NO_KEY, "R-122", "jury: key missing")

    # Votes

    def commitment(self, key: int, attempt: int, seat: int, level: int, reason: bytes, salt: bytes) -> bytes:
        """R-69."""
        types = ["uint256", "address", "uint256", "uint256", "uint256", "uint256", "bytes32", "bytes32"]
        jury = self.address.to_bytes(20, "big")
        return keccak(encode(types, [self.chain_id, jury, key, attempt, seat, level, reason, salt]))

    def committed(self, key: int, seat: int) -> bytes:
        """Commitment of a seat in the panel's present attempt."""
        return self.commitments.get(_slot(key, self.panel(key), seat), NO_COMMITMENT)

    def commit(self, key: int, seat: int, member_id: bytes, commitment: bytes, actor: int, now: int) -> None:
        """R-69; on an open panel `seat` is the wallet's number and `member_id` what it votes with (R-75)."""
        panel = self.panel(key)
        require(panel.commit_by, "R-69", "jury: not open for votes")
        require(not panel.reveals_open(now), "R-69", "jury: too late to commit")
        require(commitment not in {NO_COMMITMENT, VOIDED}, "R-69", "jury: no commitment")
        earlier = self.committed(key, seat)
        require(earlier != VOIDED, "R-71", "jury: exposed")
        if panel.kind == PanelKind.OPEN:
            self._check_voter(key, panel, seat, member_id, actor)
            if earlier == NO_COMMITMENT:
                # A wallet of several members votes for the one it first named; the others stay free.
                self.voted[4 * key + panel.attempt, MemberId(member_id)] = Address(actor)
                self.panels[key] = replace(panel, outstanding=panel.outstanding + 1)
        else:
            require(self.juror(key, seat) == actor, "R-69", "jury: not your seat")
            require(not panel.votes[seat], "R-73", "jury: your vote stands")
            if earlier == NO_COMMITMENT:
                self.panels[key] = self._with_commitment(panel, now)
        self.commitments[_slot(key, panel, seat)] = commitment

    @staticmethod
    def _with_commitment(panel: Panel, now: int) -> Panel:
        committed = panel.committed + 1
        if committed < panel.size:
            return replace(panel, committed=committed)
        flags = panel.flags | PanelFlag.REVEALS_OPEN
        reveal_time = panel.reveal_by - panel.commit_by
        return replace(panel, committed=committed, flags=flags, reveal_by=now + reveal_time)

    def _check_voter(self, key: int, panel: Panel, seat: int, member_id: bytes, actor: int) -> None:
        require(seat == actor, "R-75", "jury: not your seat")
        require(actor not in panel.excluded, "R-75", "jury: excluded")
        member = self.membership.own(member_id, actor)
        require(self.membership.seasoned(member, panel.filed_at), "R-75", "jury: may not vote")
        slot = (4 * key + panel.attempt, MemberId(member_id))
        require(self.voted.get(slot, actor) == actor, "R-75", "jury: this member has voted")

    def reveal(self, key: int, seat: int, level: int, reason: bytes, salt: bytes, now: int) -> None:
        """R-70, by anyone."""
        panel = self.panel(key)
        require(panel.commit_by and panel.reveals_open(now), "R-70", "jury: too early to reveal")
        require(now < panel.reveal_by, "R-70", "jury: too late to reveal")
        self._check_opening(key, panel, seat, level, reason, salt)
        self.commitments[_slot(key, panel, seat)] = NO_COMMITMENT
        if panel.kind == PanelKind.OPEN:
            counts = list(panel.counts)
            counts[level] += 1
            self.panels[key] = replace(panel, counts=tuple(counts), outstanding=panel.outstanding - 1)
            self.ballots[_slot(key, panel, seat)] = level
        else:
            votes = list(panel.votes)
            votes[seat] = level + 1
            self.panels[key] = replace(panel, votes=tuple(votes))

    def _check_opening(self, key: int, panel: Panel, seat: int, level: int, reason: bytes, salt: bytes) -> None:
        require(level <= INCOMPLETE, "R-70", "jury: no such level")
        expected = self.commitment(key, panel.attempt, seat, level, reason, salt)
        require(self.committed(key, seat) == expected, "R-70", "jury: not what was committed")

    def expose(self, key: int, seat: int, level: int, reason: bytes, salt: bytes, actor: int, now: int) -> None:
        """R-71."""
        panel = self.panel(key)
        require(panel.commit_by and not panel.reveals_open(now), "R-71", "jury: reveals are open")
        self._check_opening(key, panel, seat, level, reason, salt)
        own = seat if panel.kind == PanelKind.OPEN else self.juror(key, seat)
        require(own != actor, "R-71", "jury: your own seat")
        self.commitments[_slot(key, panel, seat)] = VOIDED
        if panel.kind == PanelKind.OPEN:
            self.panels[key] = replace(panel, outstanding=panel.outstanding - 1)
            return
        taken = self.slash(panel.seats[seat], 1, now)
        self.exposed[key] = self.exposed.get(key, 0) + taken
        self.panels[key] = replace(panel, flags=panel.flags | PanelFlag.EXPOSURES_TO_BOOK)

    def conclude(self, key: int, rule: Rule, now: int) -> Conclusion:
        """R-72.

        Raises:
            ModelRevert: The votes that may still come could change the result.
        """
        panel = self.panel(key)
        counts = panel.tally()
        valid = sum(counts)
        waiting = [seat for seat in range(panel.size) if self._waits(key, seat)]
        outstanding = panel.outstanding if panel.kind == PanelKind.OPEN else len(waiting)
        decided = valid >= panel.least if panel.kind == PanelKind.OPEN else 2 * valid > panel.size
        over = now >= panel.reveal_by
        if not over:
            fixed = not outstanding or (decided and settled(counts, outstanding, rule))
            require(panel.reveals_open(now) and fixed, "R-72", "jury: still voting")
        slashed = self.exposed.get(key, 0)
        for seat in range(panel.size):
            late = over if seat in waiting else now >= panel.commit_by
            if not panel.votes[seat] and late:
                slashed += self.slash(panel.seats[seat], 2, now)
        if key in self.exposed:
            del self.exposed[key]
        level = verdict(counts, rule) if decided else 0
        flags = panel.flags & ~PanelFlag.EXPOSURES_TO_BOOK
        if level == INCOMPLETE:
            flags |= PanelFlag.FOUND_INCOMPLETE
        reveal_by = now if outstanding and not over else panel.reveal_by
        self.panels[key] = replace(panel, flags=flags, reveal_by=reveal_by)
        conclusion = Conclusion(decided, level, valid, slashed)
        self.found[key] = (rule, tuple(counts), conclusion)
        return conclusion

    def _waits(self, key: int, seat: int) -> bool:
        return self.committed(key, seat) not in {NO_COMMITMENT, VOIDED}

    def dissenter(self, key: int, seat: int, actor: int, level: int) -> int:
        """R-77: the volunteer of a seat whose vote is not the verdict.

        Raises:
            ModelRevert: The actor is not that seat's juror, or voted so, or has no bond left to stand with it.
        """
        panel = self.panel(key)
        require(self.juror(key, seat) == actor, "R-77", "jury: not your seat")
        require(panel.votes[seat], "R-77", "jury: no vote")
        wanted = panel.votes[seat] - 1
        require((0 if wanted == INCOMPLETE else wanted) != level, "R-77", "jury: no dissent")
        index = panel.seats[seat]
        require(self.volunteers[index].halves, "R-77", "jury: no bond left")
        return index

    def commission(self, key: int, seat: int, actor: int, time: int, now: int) -> bool:
        """R-84: whether a majority of the seats has commissioned; then votes end later."""
        panel = self.panel(key)
        require(panel.commit_by and not panel.reveals_open(now), "R-84", "jury: not in commit")
        require(self.juror(key, seat) == actor, "R-84", "jury: not your seat")
        mask = self.commissions.get(key, 0)
        require(not mask >> seat & 1, "R-84", "jury: commissioned already")
        mask |= 1 << seat
        self.commissions[key] = mask
        if 2 * mask.bit_count() <= panel.size:
            return False
        self.panels[key] = replace(panel, commit_by=panel.commit_by + time, reveal_by=panel.reveal_by + time)
        return True

    def pay(self, key: int, each: int) -> int:
        """R-83: credit every valid vote of a drawn panel; their number."""
        panel = self.panel(key)
        jurors = [self.volunteers[index].wallet for index, vote in zip(panel.seats, panel.votes, strict=True) if vote]
        self.ledger.bonds -= each * len(jurors)
        self.ledger.due += each * len(jurors)
        for wallet in jurors:
            if each:
                self.ledger.owe(wallet, each)
        return len(jurors)


def _slot(key: int, panel: Panel, seat: int) -> tuple[int, int]:
    return 4 * key + panel.attempt, seat
