# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - hypothesis passes a rule's arguments by name
"""What people do to the Court and the Jury, as rules of a state machine: claimants, jurors, keepers, challengers."""

from __future__ import annotations

from typing import Any

from eth_utils.crypto import keccak
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from contracts.mutual import account
from stateful.members import FAR, PAY, SOMEBODY, Members
from stateful.twin import NO_PAYMENT, PEOPLE, number
from tongxin.model import Filing
from tongxin.units import DAY
from tongxin.words import PanelKind, Stage

LEVEL = st.sampled_from([0, 0, 1, 3, 5, 7, 7, 7, 8, 9])
INVESTIGATOR = account("investigator")
BEYOND = 2**256 - 1
COMMIT = "uint256 panel,uint256 attempt,uint256 seat,bytes32 commitment"
REASON = keccak(text="reason")


def salt_of(key: int, seat: int, level: int) -> bytes:
    return keccak(text=f"{key} {seat} {level}")


class Claims(Members):
    """Everything of the members, and the court."""

    def __init__(self) -> None:
        super().__init__()
        self.ballots: dict[tuple[int, int, int], int] = {}

    # ---- helpers

    def open_claim(self, c: int) -> int:
        """One of the claims, open ones first."""
        claims = self.twin.model.court.claims
        waiting = [one for one, record in claims.items() if not record.closed] or list(claims)
        return waiting[c % len(waiting)]

    def key_of(self, c: int) -> int:
        return self.twin.model.court.key(c, self.twin.model.court.record(c))

    def person(self, wallet: int) -> int:
        """Who holds a wallet."""
        return next(one for one in range(PEOPLE) if self.who(one) == wallet)

    def has_claims(self) -> bool:
        return bool(self.twin.model.court.claims)

    def stage(self, c: int) -> Stage:
        return self.twin.model.court.record(c).stage

    # ---- the bench

    @rule(member=SOMEBODY, actor=SOMEBODY, own=st.integers(0, 4))
    def volunteer(self, member: int, actor: int, own: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        actor = self.owner(member) if own else actor
        twin.both(
            lambda: twin.jury.volunteer(member_id, NO_PAYMENT, sender=self.wallet(actor)),
            lambda: twin.model.volunteer(member_id, PAY, self.who(actor), now=now),
        )

    @rule(actor=SOMEBODY)
    def retire(self, actor: int) -> None:
        twin, now = self.twin, self.twin.now
        twin.both(
            lambda: twin.jury.retire(sender=self.wallet(actor)), lambda: twin.model.retire(self.who(actor), now=now)
        )

    @rule(index=st.integers(0, PEOPLE))
    def withdraw_bond(self, index: int) -> None:
        twin, now = self.twin, self.twin.now
        twin.both(lambda: twin.jury.withdraw_bond(index), lambda: twin.model.withdraw_bond(index, now=now))

    @rule(index=st.integers(0, PEOPLE))
    def dismiss(self, index: int) -> None:
        twin, now = self.twin, self.twin.now
        twin.both(lambda: twin.jury.dismiss(index), lambda: twin.model.dismiss(index, now=now))

    # ---- filing

    @rule(
        member=SOMEBODY,
        actor=SOMEBODY,
        own=st.integers(0, 5),
        benefit=st.sampled_from([0, 0, 1, 2, 3]),
        days=st.sampled_from([0, 1, 1, 2, 5, 20, 39, 41, 100]),
        claimed=st.sampled_from([0, 10**6, 10**8, 10**9]),
        source=st.sampled_from([0, 0, 1, 2, 3]),
    )
    def file(self, member: int, actor: int, own: int, benefit: int, days: int, claimed: int, source: int) -> None:
        twin, now, height = self.twin, self.twin.now, self.twin.height
        actor = self.owner(member) if own else actor
        today = (now + twin.model.terms.zone) // DAY
        fields = (twin.ids[member], benefit, max(0, today - days), claimed)
        papers = (keccak(text="evidence"), keccak(text="seal"), keccak(text="summary"))
        filing = Filing(*fields, *papers, source)
        twin.both(
            lambda: twin.court.file((*fields, *papers, source), NO_PAYMENT, sender=self.wallet(actor)),
            lambda: twin.model.file(filing, PAY, self.who(actor), now=now, block_number=height),
            [twin.ids[member]],
        )

    # ---- the steps, at any time

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR))
    def draw(self, c: int) -> None:
        twin, c, now, height = self.twin, self.open_claim(c), self.twin.now, self.twin.height
        claim = twin.claim(c)
        twin.both(lambda: twin.court.draw(c, claim), lambda: twin.model.draw(c, now=now, block_number=height))

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), actor=SOMEBODY, own=st.integers(0, 4))
    def grant(self, c: int, actor: int, own: int) -> None:
        twin, c, now = self.twin, self.open_claim(c), self.twin.now
        actor = self.claimant(c) if own else actor
        claim = twin.claim(c)
        twin.both(
            lambda: twin.court.grant(c, claim, REASON, sender=self.wallet(actor)),
            lambda: twin.model.grant(c, REASON, self.who(actor), now=now),
        )

    def claimant(self, c: int) -> int:
        return self.person(self.twin.model.court.record(c).claim.filer)

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR))
    def time_out(self, c: int) -> None:
        twin, c, now, height = self.twin, self.open_claim(c), self.twin.now, self.twin.height
        claim = twin.claim(c)
        twin.both(lambda: twin.court.time_out(c, claim), lambda: twin.model.time_out(c, now=now, block_number=height))

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR))
    def conclude(self, c: int) -> None:
        twin, c, now, height = self.twin, self.open_claim(c), self.twin.now, self.twin.height
        claim = twin.claim(c)
        twin.both(lambda: twin.court.conclude(c, claim), lambda: twin.model.conclude(c, now=now, block_number=height))

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), actor=SOMEBODY, own=st.integers(0, 4), papers=st.integers(0, 3))
    def cure(self, c: int, actor: int, own: int, papers: int) -> None:
        twin, c, now = self.twin, self.open_claim(c), self.twin.now
        actor = self.claimant(c) if own else actor
        claim, evidence = twin.claim(c), keccak(text=f"completed {papers}")
        twin.both(
            lambda: twin.court.cure(c, claim, evidence, sender=self.wallet(actor)),
            lambda: twin.model.cure(c, evidence, self.who(actor), now=now),
        )

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), actor=SOMEBODY, seat=st.integers(0, 15), role=st.integers(0, 2))
    def challenge(self, c: int, actor: int, seat: int, role: int) -> None:
        """By the claimant, by whoever has the seat, or by anybody."""
        twin, c, now, height = self.twin, self.open_claim(c), self.twin.now, self.twin.height
        panel = twin.model.jury.panels.get(self.key_of(c))
        if role == 0:
            actor, seat = self.claimant(c), BEYOND
        elif role == 1 and panel is not None and panel.kind == PanelKind.DRAWN:
            seat %= panel.size
            actor = self.person(twin.model.jury.juror(self.key_of(c), seat))
        else:
            seat = BEYOND
        claim = twin.claim(c)
        twin.both(
            lambda: twin.court.challenge(c, claim, seat, NO_PAYMENT, sender=self.wallet(actor)),
            lambda: twin.model.challenge(c, seat, PAY, self.who(actor), now=now, block_number=height),
        )

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR))
    def review(self, c: int) -> None:
        twin, c, height = self.twin, self.open_claim(c), self.twin.height
        claim = twin.claim(c)
        twin.both(lambda: twin.court.review(c, claim), lambda: twin.model.review(c, block_number=height))

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR))
    def settle(self, c: int) -> None:
        twin, c, now = self.twin, self.open_claim(c), self.twin.now
        claim = twin.claim(c)
        twin.both(lambda: twin.court.settle(c, claim), lambda: twin.model.settle(c, now=now))

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), n=st.integers(0, 3))
    def pay_jurors(self, c: int, n: int) -> None:
        twin, c = self.twin, c % twin_count(self.twin) + 1
        twin.both(lambda: twin.court.pay_jurors(c, n), lambda: twin.model.pay_jurors(c, n))

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), seat=st.integers(0, 15), actor=SOMEBODY, own=st.integers(0, 4))
    def commission(self, c: int, seat: int, actor: int, own: int) -> None:
        twin, c, now = self.twin, self.open_claim(c), self.twin.now
        panel = twin.model.jury.panels.get(self.key_of(c))
        if own and panel is not None and panel.kind == PanelKind.DRAWN:
            seat %= panel.size
            actor = self.person(twin.model.jury.juror(self.key_of(c), seat))
        claim = twin.claim(c)
        twin.both(
            lambda: twin.court.commission(c, claim, seat, sender=self.wallet(actor)),
            lambda: twin.model.commission(c, seat, self.who(actor), now=now),
        )

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), stranger=st.integers(0, 4))
    def report(self, c: int, stranger: int) -> None:
        twin, c = self.twin, self.open_claim(c)
        claim, sender = twin.claim(c), INVESTIGATOR.address if stranger else self.wallet(0)
        twin.both(
            lambda: twin.court.report(c, claim, REASON, sender=sender),
            lambda: twin.model.report(c, REASON, number(sender)),
        )

    @rule()
    def advance(self) -> None:
        self.twin.both(self.twin.court.advance, self.twin.model.advance)

    # ---- votes

    def seat_and_actor(self, key: int, place: int) -> tuple[int, bytes, int]:
        """A seat of a panel, the membership it votes with, and the person who has it."""
        twin, panel = self.twin, self.twin.model.jury.panels.get(key)
        if panel is None or panel.kind == PanelKind.OPEN:
            member = place % PEOPLE
            return self.who(self.owner(member)), twin.ids[member], self.owner(member)
        seat = place % panel.size
        return seat, bytes(32), self.person(twin.model.jury.juror(key, seat))

    def attempt(self, key: int) -> int:
        panel = self.twin.model.jury.panels.get(key)
        return panel.attempt if panel else 0

    def commitment(self, key: int, seat: int, level: int) -> bytes:
        attempt = self.attempt(key)
        return self.twin.model.jury.commitment(key, attempt, seat, level, REASON, salt_of(key, seat, level))

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), place=st.integers(0, PEOPLE), level=LEVEL, stranger=st.integers(0, 9))
    def commit(self, c: int, place: int, level: int, stranger: int) -> None:
        twin, now, key = self.twin, self.twin.now, self.key_of(self.open_claim(c))
        seat, member_id, person = self.seat_and_actor(key, place)
        person = person if stranger else (person + 1) % PEOPLE
        commitment = self.commitment(key, seat, level)
        if twin.both(
            lambda: twin.jury.commit(key, seat, member_id, commitment, sender=self.wallet(person)),
            lambda: twin.model.commit(key, seat, member_id, commitment, self.who(person), now=now),
        ):
            self.ballots[key, self.attempt(key), seat] = level

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), places=st.lists(st.integers(0, PEOPLE), max_size=4), level=LEVEL)
    def commit_for(self, c: int, places: list[int], level: int) -> None:
        """Signed commitments, brought by somebody; in the model one after the other, those present skipped (R-69)."""
        twin, now, key = self.twin, self.twin.now, self.key_of(self.open_claim(c))
        panel = twin.model.jury.panels.get(key)
        if panel is None or panel.kind == PanelKind.OPEN:
            return
        seats = list(dict.fromkeys(place % panel.size for place in places))
        fresh = [seat for seat in seats if twin.model.jury.committed(key, seat) == bytes(32)]
        commitments = [self.commitment(key, seat, level) if seat in fresh else REASON for seat in seats]
        signers = [self.key(self.person(twin.model.jury.juror(key, seat))) for seat in seats]
        domain = ("Tongxin Jury", twin.jury)
        signatures = [
            twin.sign(signer, domain, "Commit", COMMIT, (key, panel.attempt, seat, commitment))
            for signer, seat, commitment in zip(signers, seats, commitments, strict=True)
        ]

        def in_model() -> None:
            with twin.model.journal.call():
                assert_in_time = twin.model.jury.panel(key)
                if now >= assert_in_time.commit_by:
                    twin.model.commit(key, 0, bytes(32), REASON, 0, now=now)
                for seat, commitment in zip(seats, commitments, strict=True):
                    if seat in fresh:
                        who = twin.model.jury.juror(key, seat)
                        twin.model.jury.commit(key, seat, bytes(32), commitment, who, now)

        if twin.both(lambda: twin.jury.commit_for(key, seats, commitments, signatures), in_model):
            self.ballots |= {(key, panel.attempt, seat): level for seat in fresh}

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), place=st.integers(0, PEOPLE), wrong=st.integers(0, 9))
    def reveal(self, c: int, place: int, wrong: int) -> None:
        twin, now, key = self.twin, self.twin.now, self.key_of(self.open_claim(c))
        seat, _, _ = self.seat_and_actor(key, place)
        level, salt = self.ballot(key, seat)
        level = level if wrong else (level + 1) % 9
        twin.both(
            lambda: twin.jury.reveal(key, seat, level, REASON, salt),
            lambda: twin.model.reveal(key, seat, level, REASON, salt, now=now),
        )

    def ballot(self, key: int, seat: int) -> tuple[int, bytes]:
        level = self.ballots.get((key, self.attempt(key), seat), 0)
        return level, salt_of(key, seat, level)

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), place=st.integers(0, PEOPLE), by=SOMEBODY)
    def expose(self, c: int, place: int, by: int) -> None:
        twin, now, key = self.twin, self.twin.now, self.key_of(self.open_claim(c))
        seat, _, _ = self.seat_and_actor(key, place)
        level, salt = self.ballot(key, seat)
        twin.both(
            lambda: twin.jury.expose(key, seat, level, REASON, salt, sender=self.wallet(by)),
            lambda: twin.model.expose(key, seat, level, REASON, salt, self.who(by), now=now),
        )

    # ---- a keeper that brings claims on, so that examples reach their end

    @precondition(has_claims)
    @rule(c=st.integers(0, FAR), levels=st.lists(LEVEL, min_size=15, max_size=15), silent=st.integers(0, 40))
    def push(self, c: int, levels: list[int], silent: int) -> None:
        """The next step of a claim when its time has come: votes by everybody on the panel but perhaps one."""
        c = self.open_claim(c)
        stage = self.stage(c)
        record = self.twin.model.court.record(c)
        if stage == Stage.LOT:
            self.twin.wait(60, max(0, record.lot_block + 1 - self.twin.height))
            self.draw(c_index(self, c))
        elif stage == Stage.ACCESS:
            self.grant(c_index(self, c), 0, 1)
        elif stage == Stage.VOTING:
            self.vote_all(c, levels, silent)
        elif stage == Stage.CURE:
            self.cure(c_index(self, c), 0, 1, silent % 4)
        elif stage == Stage.NOTICE:
            self.twin.wait(max(0, record.deadline - self.twin.now), 20)
            self.settle_round()
            self.review(c_index(self, c))
            if self.stage(c) == Stage.NOTICE:
                self.settle(c_index(self, c))
        else:
            for n in range(record.n + 1):
                self.pay_jurors(c - 1, n)
            self.pay(c)

    def vote_all(self, c: int, levels: list[int], silent: int) -> None:
        """Every seat - on an open panel some members - commits and reveals; then somebody concludes."""
        key = self.key_of(c)
        panel = self.twin.model.jury.panel(key)
        places = list(range(panel.size if panel.kind == PanelKind.DRAWN else 8))
        voting = [place for place in places if place != silent]
        for place in voting:
            self.commit(c_index(self, c), place, levels[place % len(levels)], 1)
        panel = self.twin.model.jury.panel(key)
        if not panel.reveals_open(self.twin.now):
            self.twin.wait(max(0, panel.commit_by - self.twin.now), 5)
        if silent % 2:
            self.reveal_all(key, [self.seat_and_actor(key, place)[0] for place in voting])
        else:
            for place in voting:
                self.reveal(c_index(self, c), place, 1)
        self.twin.wait(max(0, self.twin.model.jury.panel(key).reveal_by - self.twin.now), 5)
        self.conclude(c_index(self, c))

    def reveal_all(self, key: int, seats: list[int]) -> None:
        """All reveals of a panel in one call; seats with nothing to reveal are skipped (R-70)."""
        twin, now = self.twin, self.twin.now
        ready = [seat for seat in seats if twin.model.jury.committed(key, seat) != bytes(32)]
        opened = [self.ballot(key, seat) for seat in seats]
        levels, salts = [level for level, _ in opened], [salt for _, salt in opened]

        def in_model() -> None:
            with twin.model.journal.call():
                for seat, (level, salt) in zip(seats, opened, strict=True):
                    if seat in ready:
                        twin.model.jury.reveal(key, seat, level, REASON, salt, now)

        twin.both(lambda: twin.jury.reveal_many(key, seats, levels, [REASON] * len(seats), salts), in_model)


def c_index(machine: Claims, c: int) -> int:
    """The number that `open_claim` turns into this claim."""
    claims = machine.twin.model.court.claims
    waiting = [one for one, record in claims.items() if not record.closed] or list(claims)
    return waiting.index(c)


def twin_count(twin: Any) -> int:
    """How many claims were filed."""
    return int(twin.model.court.count)
