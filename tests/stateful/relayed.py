# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - hypothesis passes a rule's arguments by name
"""Signed acts that somebody else brings (R-50), and somebody who calls what only the mutual's contracts may call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eth_utils.crypto import keccak
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from stateful.claims import BEYOND, REASON, Claims, c_index
from stateful.members import ATTESTATION, CLASS_CHANGE, DELTA, FAR, NEWCOMER, PAY, SOMEBODY
from stateful.twin import NO_PAYMENT, PEOPLE, number
from tongxin.model import Attestation, Filing, ModelRevert
from tongxin.model.rounds import claim_key
from tongxin.units import DAY
from tongxin.words import PanelKind, Stage

NOBODY = "0x" + 40 * "0"
ReadersAct = tuple[Callable[[], Any], Callable[[int], Any], tuple[str, str, str], tuple[Any, ...], tuple[Any, ...]]
"""The contract's call, the model's, the signed form, what is signed, what the signed form takes."""
PAID = (0, NOBODY)
"""Method and payer of a payment by allowance."""
FILING = (
    "bytes32 member_id,uint256 benefit,uint256 day,uint256 claimed,"
    "bytes32 evidence,bytes32 seal_key,bytes32 summary,uint256 source"
)


class Relayed(Claims):
    """Everything of the members and the court, and every act in its signed form."""

    def relay(
        self,
        member: int,
        form: tuple[str, str, str],
        values: tuple[Any, ...],
        call: tuple[Any, ...],
        model: Callable[[int], Any],
        signer: int | None = None,
        inner: tuple[str, str] = ("", ""),
    ) -> bool:
        """One signed act. `form`: the Office's function, the typed struct and its fields before nonce and deadline."""
        twin, member_id = self.twin, self.twin.ids[member]
        signer = self.owner(member) if signer is None else signer
        function, struct, fields = form
        nonce, deadline = int(twin.office.nonces(member_id)), twin.now + DAY
        signature = twin.sign(
            self.key(signer),
            ("Tongxin Office", twin.office),
            struct,
            f"{fields},uint256 nonce,uint256 deadline",
            (*values, nonce, deadline),
            inner,
        )
        relay = getattr(twin.office, function)
        stranger = self.wallet((signer + 1) % PEOPLE)
        return twin.both(
            lambda: relay(*call, deadline, signature, sender=stranger), lambda: model(self.who(signer)), [member_id]
        )

    # ---- memberships

    @rule(who=NEWCOMER, delta=DELTA, class_id=st.integers(0, 3))
    def join_for(self, who: int, delta: int, class_id: int) -> None:
        twin, now, tick = self.twin, self.twin.now, self.tick(delta)
        attestation = Attestation(twin.ids[who], self.who(who), class_id, now - 1, now + DAY)
        values, signatures = self.attested(attestation)
        self.relay(
            who,
            (
                "join_for",
                "Join",
                "Attestation attestation,uint256 tick,bytes32 charter_hash,uint256 method,address payer",
            ),
            (values, tick, self.charter, *PAID),
            (values, signatures, tick, self.charter, NO_PAYMENT),
            lambda actor: twin.model.join(attestation, True, tick, self.charter, PAY, actor, now=now),
            signer=who,
            inner=("Attestation", ATTESTATION),
        )

    @rule(member=SOMEBODY, delta=DELTA)
    def top_up_for(self, member: int, delta: int) -> None:
        twin, now, tick, member_id = self.twin, self.twin.now, self.tick(delta), self.twin.ids[member]
        self.relay(
            member,
            ("top_up_for", "TopUp", "bytes32 member_id,uint256 tick,uint256 method,address payer"),
            (member_id, tick, *PAID),
            (member_id, tick, NO_PAYMENT),
            lambda actor: twin.model.top_up(member_id, tick, PAY, actor, now=now),
        )

    @rule(member=SOMEBODY, delta=DELTA, gone=st.integers(0, 3))
    def rejoin_for(self, member: int, delta: int, gone: int) -> None:
        member = self.outside(member) if gone else member
        twin, now, tick, member_id = self.twin, self.twin.now, self.tick(delta), self.twin.ids[member]
        self.relay(
            member,
            (
                "rejoin_for",
                "Rejoin",
                "bytes32 member_id,uint256 tick,bytes32 charter_hash,uint256 method,address payer",
            ),
            (member_id, tick, self.charter, *PAID),
            (member_id, tick, self.charter, NO_PAYMENT),
            lambda actor: twin.model.rejoin(member_id, tick, self.charter, PAY, actor, now=now),
        )

    @rule(member=SOMEBODY, people=st.lists(st.one_of(st.just(-1), SOMEBODY), min_size=3, max_size=3))
    def set_contacts_for(self, member: int, people: list[int]) -> None:
        twin, member_id = self.twin, self.twin.ids[member]
        wallets = [self.wallet(one) if one >= 0 else NOBODY for one in people]
        first, second, third = (number(one) for one in wallets)
        self.relay(
            member,
            (
                "set_contacts_for",
                "SetContacts",
                "bytes32 member_id,address contact_a,address contact_b,address beneficiary",
            ),
            (member_id, *wallets),
            (member_id, *wallets),
            lambda actor: twin.model.set_contacts(member_id, first, second, third, actor),
        )
        # No rules of their own, because more rules would leave less of each example to the others.
        chance = sum(people)
        hashes = (bytes(32) if chance % 7 == 0 else REASON, bytes(32) if chance % 5 == 0 else REASON, REASON)
        for act in range(3):
            self.readers(member, max(people[act], 0), chance % 2, act, hashes, chance % 4, (chance + act) % 3 == 0)

    @rule(member=SOMEBODY, to=SOMEBODY)
    def replace_wallet_for(self, member: int, to: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        self.relay(
            member,
            ("replace_wallet_for", "ReplaceWallet", "bytes32 member_id,address wallet"),
            (member_id, self.wallet(to)),
            (member_id, self.wallet(to)),
            lambda actor: twin.model.replace_wallet(member_id, self.who(to), actor, now=now),
        )

    @rule(member=SOMEBODY, to=SOMEBODY, vetoed=st.booleans())
    def lost_wallet(self, member: int, to: int, vetoed: bool) -> None:
        """A wallet the attestors replace: vetoed by the old one, or completed after its thirty days."""
        self.propose_wallet(member, to, 1)
        if vetoed:
            self.veto_wallet_for(member)
        self.twin.wait(31 * DAY, 20)
        self.settle_round()
        self.complete_wallet(member)

    @rule(member=SOMEBODY)
    def veto_wallet_for(self, member: int) -> None:
        twin, member_id, owner = self.twin, self.twin.ids[member], self.owner(member)
        self.relay(
            member,
            ("veto_wallet_for", "VetoWallet", "bytes32 member_id"),
            (member_id,),
            (member_id, self.wallet(owner)),
            lambda actor: twin.model.veto_wallet(member_id, actor),
        )

    @rule(member=SOMEBODY, class_id=st.integers(0, 2))
    def change_class_for(self, member: int, class_id: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        values = (member_id, class_id, now - 1, now + DAY)
        attested = twin.vouched(("Tongxin Office", twin.office), "ClassChange", CLASS_CHANGE, values)
        self.relay(
            member,
            ("change_class_for", "ChangeClass", "bytes32 member_id,uint256 class_id"),
            (member_id, class_id),
            (*values, attested),
            lambda actor: twin.model.change_class(member_id, class_id, now - 1, now + DAY, True, actor, now=now),
        )

    @rule(member=SOMEBODY, class_id=st.integers(0, 2))
    def smaller_class(self, member: int, class_id: int) -> None:
        """A change that waits for the notice, to its end."""
        self.change_class_for(member, class_id)
        self.twin.wait(self.twin.model.terms.leave_notice, 20)
        self.settle_round()
        self.apply_class(member)

    # ---- who may read

    def readers(
        self, member: int, actor: int, own: int, act: int, hashes: tuple[bytes, bytes, bytes], kind: int, relayed: bool
    ) -> None:
        """A grant, a revocation (R-124) or a reader key (R-125), by the wallet, a contact or somebody."""
        twin, member_id, (document, reader, grant) = self.twin, self.twin.ids[member], hashes
        actor = self.owner(member) if own else actor
        office, model, by = twin.office, twin.model, {"sender": self.wallet(actor)}
        signs = (self.wallet(actor),)
        acts: tuple[ReadersAct, ...] = (
            (
                lambda: office.authorise(member_id, document, reader, grant, **by),
                lambda who: model.authorise(member_id, document, reader, grant, who),
                ("authorise_for", "Authorise", "bytes32 member_id,bytes32 document,bytes32 reader,bytes32 grant"),
                (member_id, document, reader, grant),
                (member_id, document, reader, grant, *signs),
            ),
            (
                lambda: office.revoke(member_id, document, reader, **by),
                lambda who: model.revoke(member_id, document, reader, who),
                ("revoke_for", "Revoke", "bytes32 member_id,bytes32 document,bytes32 reader"),
                (member_id, document, reader),
                (member_id, document, reader, *signs),
            ),
            (
                lambda: office.announce_key(member_id, kind, reader, **by),
                lambda who: model.announce_key(member_id, kind, reader, who),
                ("announce_key_for", "AnnounceKey", "bytes32 member_id,uint256 kind,bytes32 public_key"),
                (member_id, kind, reader),
                (member_id, kind, reader),
            ),
        )
        direct, in_model, form, values, call = acts[act]
        if relayed:
            self.relay(member, form, values, call, in_model, signer=actor)
        else:
            twin.both(direct, lambda: in_model(self.who(actor)))

    def announce(self, c: int, seat: int, actor: int, own: int, kind: int, public_key: bytes, relayed: bool) -> None:
        """A seat's key, by its juror or somebody (R-122)."""
        twin, key = self.twin, self.key_of(self.open_claim(c))
        panel = twin.model.jury.panels.get(key)
        if own and panel is not None and panel.kind == PanelKind.DRAWN:
            seat %= panel.size
            actor = self.person(twin.model.jury.juror(key, seat))
        if not relayed:
            twin.both(
                lambda: twin.jury.announce(key, seat, kind, public_key, sender=self.wallet(actor)),
                lambda: twin.model.announce_seat(key, seat, kind, public_key, self.who(actor)),
            )
            return
        member, member_id = actor, twin.ids[actor]

        def in_model(who: int) -> None:
            # The Office takes a wallet's signature for a membership that the wallet holds.
            twin.model.membership.own(member_id, who)
            twin.model.announce_seat(key, seat, kind, public_key, who)

        self.relay(
            member,
            (
                "announce_seat_for",
                "AnnounceSeat",
                "bytes32 member_id,uint256 panel,uint256 seat,uint256 kind,bytes32 public_key",
            ),
            (member_id, key, seat, kind, public_key),
            (member_id, key, seat, kind, public_key),
            in_model,
            signer=actor,
        )

    # ---- the bench

    @rule(member=SOMEBODY)
    def volunteer_for(self, member: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]
        self.relay(
            member,
            ("volunteer_for", "Volunteer", "bytes32 member_id,uint256 method,address payer"),
            (member_id, *PAID),
            (member_id, NO_PAYMENT),
            lambda actor: twin.model.volunteer(member_id, PAY, actor, now=now),
        )

    @rule(member=SOMEBODY)
    def retire_for(self, member: int) -> None:
        twin, now, member_id = self.twin, self.twin.now, self.twin.ids[member]

        def in_model(actor: int) -> None:
            # Who stepped back has no wallet that the Office knows: they retire by themselves.
            twin.model.membership.member(member_id)
            twin.model.retire(actor, now=now)

        form = ("retire_for", "Retire", "bytes32 member_id")
        self.relay(member, form, (member_id,), (member_id,), in_model)

    @rule(member=SOMEBODY)
    def off_the_bench(self, member: int) -> None:
        """Retires, waits, takes the bond, and comes back if the membership is still there."""
        self.retire_for(member)
        self.twin.wait(3 * self.twin.model.terms.leave_notice, 20)
        index = self.twin.model.jury.numbers.get(self.who(self.owner(member)), 0)  # type: ignore[call-overload]
        self.withdraw_bond(index)
        self.volunteer_for(member)

    # ---- claims

    @rule(member=SOMEBODY, signer=SOMEBODY, own=st.integers(0, 4), benefit=st.sampled_from([0, 1]))
    def file_for(self, member: int, signer: int, own: int, benefit: int) -> None:
        twin, now, height = self.twin, self.twin.now, self.twin.height
        signer = self.owner(member) if own else signer
        day = (now + twin.model.terms.zone) // DAY - 1
        values = (twin.ids[member], benefit, day, 10**8, REASON, REASON, REASON, 0)
        self.relay(
            member,
            ("file_for", "File", "Filing filing,uint256 method,address payer"),
            (values, *PAID),
            (values, NO_PAYMENT, self.wallet(signer)),
            lambda actor: twin.model.file(Filing(*values), PAY, actor, now=now, block_number=height),
            signer=signer,
            inner=("Filing", FILING),
        )

    def member_of(self, c: int) -> int:
        """Whose claim it is."""
        return self.twin.ids.index(self.twin.model.court.record(c).claim.member_id)

    @precondition(Claims.has_claims)
    @rule(c=st.integers(0, FAR))
    def grant_for(self, c: int) -> None:
        self.announce(c, c % 16, c % PEOPLE, c % 5, c % 4, bytes(32) if c % 11 == 0 else REASON, c % 2 == 0)
        twin, c, now = self.twin, self.open_claim(c), self.twin.now
        member, signer, claim = self.member_of(c), self.claimant(c), twin.claim(c)
        self.relay(
            member,
            ("grant_for", "Grant", "bytes32 member_id,uint256 claim,bytes32 keys_hash"),
            (twin.ids[member], c, REASON),
            (c, claim, REASON, self.wallet(signer)),
            lambda actor: twin.model.grant(c, REASON, actor, now=now),
            signer=signer,
        )

    @precondition(Claims.has_claims)
    @rule(c=st.integers(0, FAR))
    def cure_for(self, c: int) -> None:
        twin, c, now = self.twin, self.open_claim(c), self.twin.now
        member, signer, claim, evidence = self.member_of(c), self.claimant(c), twin.claim(c), keccak(text="cured")
        self.relay(
            member,
            ("cure_for", "Cure", "bytes32 member_id,uint256 claim,bytes32 evidence"),
            (twin.ids[member], c, evidence),
            (c, claim, evidence, self.wallet(signer)),
            lambda actor: twin.model.cure(c, evidence, actor, now=now),
            signer=signer,
        )

    @precondition(Claims.has_claims)
    @rule(c=st.integers(0, FAR))
    def challenge_for(self, c: int) -> None:
        """By the claimant."""
        twin, c, now, height = self.twin, self.open_claim(c), self.twin.now, self.twin.height
        member, signer, claim = self.member_of(c), self.claimant(c), twin.claim(c)
        self.relay(
            member,
            ("challenge_for", "Challenge", "bytes32 member_id,uint256 claim,uint256 seat,uint256 method,address payer"),
            (twin.ids[member], c, BEYOND, *PAID),
            (twin.ids[member], c, claim, BEYOND, NO_PAYMENT, self.wallet(signer)),
            lambda actor: twin.model.challenge(c, BEYOND, PAY, actor, now=now, block_number=height),
            signer=signer,
        )

    # ---- not theirs

    @rule(who=SOMEBODY, which=st.integers(0, FAR), member=SOMEBODY, amount=st.integers(0, 10**6))
    def intrude(self, who: int, which: int, member: int, amount: int) -> None:
        """Calls what only another contract of the mutual may call; nothing of it goes through."""
        twin, member_id, me = self.twin, self.twin.ids[member], self.wallet(who)
        fund, jury = twin.fund, twin.jury
        attestation = (member_id, me, 0, twin.now - 1, twin.now + DAY)
        people = [NOBODY] * 5
        attempts: tuple[Callable[[], Any], ...] = (
            lambda: fund.admit(attestation, self.tick(30), self.charter, NO_PAYMENT, sender=me),
            lambda: fund.announce(amount, 0, sender=me),
            lambda: fund.retract(amount, sender=me),
            lambda: fund.settle(1, me, amount, 0, 0, sender=me),
            lambda: fund.hold(me, amount, REASON, member_id, NO_PAYMENT, sender=me),
            lambda: fund.hold_from_balance(member_id, amount, sender=me),
            lambda: fund.release(me, amount, sender=me),
            lambda: fund.credit(me, amount, sender=me),
            lambda: fund.forfeit(amount, sender=me),
            lambda: fund.set_wallet(member_id, me, True, sender=me),
            lambda: fund.set_class(member_id, 0, me, sender=me),
            lambda: fund.set_contacts_flag(member_id, True, sender=me),
            lambda: fund.wire(me, me, me, me, sender=me),
            lambda: fund.leave(member_id, self.wallet(self.owner(member)), sender=twin.charter.address),
            lambda: fund.wind_down(sender=me),
            lambda: twin.charter.adopt(1, sender=me),
            lambda: twin.charter.wire(me, sender=me),
            lambda: jury.wire(me, sender=me),
            lambda: jury.draw(8, 0, REASON, 3, 20, twin.now, people, sender=me),
            lambda: jury.start(8, 0, twin.now + DAY, twin.now + 2 * DAY, sender=me),
            lambda: jury.open_panel(12, 0, twin.now + DAY, twin.now + 2 * DAY, 1, 0, twin.now, people, sender=me),
            lambda: jury.conclude(8, 5_000, True, True, sender=me),
            lambda: jury.commission(8, 0, me, DAY, sender=me),
            lambda: jury.slash(0, 8, sender=me),
            lambda: jury.pay(8, amount, sender=me),
        )

        def in_model() -> None:
            raise ModelRevert("R-50", "not the one who may")

        twin.both(attempts[which % len(attempts)], in_model)

    # ---- a claim from its filing to some stage, so that examples reach every one

    @rule(
        member=SOMEBODY,
        benefit=st.sampled_from([0, 0, 1]),
        source=st.sampled_from([0, 0, 1, 2]),
        level=st.sampled_from([0, 3, 7, 7, 8]),
        dissenters=st.integers(0, 2),
        silent=st.sampled_from([0, 0, 0, 1, 9]),
        acts=st.lists(st.integers(0, 5), min_size=5, max_size=14),
    )
    def case(
        self, member: int, benefit: int, source: int, level: int, dissenters: int, silent: int, acts: list[int]
    ) -> None:
        court = self.twin.model.court
        count = court.count
        self.file(member, 0, 1, benefit, 1, 10**9, source)
        if court.count == count:
            return
        for act in acts:
            levels = [7 - level if place < dissenters and level < 8 else level for place in range(15)]
            self.step(count + 1, act, levels, silent)

    # Rules are drawn with equal chances; most examples shall hold several cases.
    case_2 = case_3 = case_4 = case_5 = case_6 = case

    def step(self, c: int, act: int, levels: list[int], silent: int) -> None:  # noqa: C901, PLR0912 - one branch per stage and act
        """The next thing that happens to a claim; acts 1 to 3 challenge a verdict, 4 lets times pass, 5 is thorough."""
        record = self.twin.model.court.record(c)
        if record.closed:
            self.finish(c)
            return
        index = c_index(self, c)
        panel = self.twin.model.jury.panels.get(self.key_of(c))
        in_notice = record.stage == Stage.NOTICE
        if in_notice and act == 1:
            self.challenge_for(index)
        elif in_notice and act == 2 and panel is not None and panel.kind == PanelKind.DRAWN:
            for seat in range(panel.size):
                if self.twin.model.court.record(c).stage == Stage.NOTICE:
                    self.challenge(index, 0, seat, 1)
        elif in_notice and act == 3:
            self.challenge(index, (self.claimant(c) + 1) % PEOPLE, BEYOND, 2)
        elif record.stage in {Stage.ACCESS, Stage.CURE} and act == 4:
            self.twin.wait(max(0, record.deadline - self.twin.now), 20)
            self.time_out(index)
        elif record.stage == Stage.ACCESS and act == 5:
            for relayed in (False, True):
                self.announce(index, 0, 0, 1, 1, REASON, relayed)
            self.grant_for(index)
        elif record.stage == Stage.CURE and act == 5:
            self.cure_for(index)
        elif record.stage == Stage.VOTING and act == 4:
            self.commit(index, 1, levels[1], 1)
            self.expose(index, 1, self.claimant(c))
            self.vote_all(c, levels, silent)
        elif record.stage == Stage.VOTING and act == 3:
            self.commit_for(index, [0, 1, 2], levels[0])
            self.vote_all(c, levels, silent)
        elif record.stage == Stage.VOTING and act == 5 and panel is not None and panel.kind == PanelKind.DRAWN:
            for seat in range(panel.size):
                self.commission(index, seat, 0, 1)
            self.report(index, 1)
            self.vote_all(c, levels, silent)
        else:
            self.push(index, levels, silent)

    def finish(self, c: int) -> None:
        """Everything that is left of a closed claim: jurors' credits, its round, its carries."""
        twin, court = self.twin, self.twin.model.court
        for n in range(court.record(c).n + 1):
            self.pay_jurors(c - 1, n)
        self.withdraw_fees()
        self.withdraw(self.claimant(c))
        entry = twin.model.rounds.deferred.get(claim_key(number(str(twin.court.address)), c))
        if entry is None:
            return
        if not entry.round:
            self.carry(c)
        elif twin.model.rounds.pending:
            twin.wait(max(0, twin.model.rounds.closes_at - twin.now), 20)
            self.settle_round()
        self.pay(c)
