# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - parameters stand in the order of the contracts' functions
"""The Office (docs/spec/membership.md R-38, R-44, R-47, R-48, evidence.md R-124, R-125): wallets, contacts, requests,
invitations, and who may read a member's documents.

A signed form (R-50) is the same act with the signer as actor, so nonces and signatures have no place here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tongxin.model.journal import Journal, Journaled, Table
from tongxin.model.membership import Attestation, Membership, Payment
from tongxin.model.reverts import ModelRevert, require
from tongxin.model.terms import Terms
from tongxin.units import DAY, Address, ClassId, MemberId
from tongxin.words import AdmissionForm, KeyKind, MemberStatus

WALLET_NOTICE = 30 * DAY
NO_HASH = bytes(32)
NO_KEY = 0
"""In place of a kind: the key is withdrawn (R-125)."""


class Contacts(NamedTuple):
    """R-48; 0 where nobody is named."""

    contact_a: Address = Address(0)
    contact_b: Address = Address(0)
    beneficiary: Address = Address(0)


class WalletProposal(NamedTuple):
    """R-47."""

    wallet: Address
    ready_at: int


class ClassRequest(NamedTuple):
    """R-44: a decrease that waits."""

    class_id: ClassId
    applies_at: int


class Office(Journaled):
    """Acts that the fund accepts from the Office only."""

    def __init__(self, journal: Journal, membership: Membership) -> None:
        super().__init__(journal)
        self.membership = membership
        self.contacts: Table[MemberId, Contacts] = Table(journal)
        self.proposals: Table[MemberId, WalletProposal] = Table(journal)
        self.last_issued: Table[MemberId, int] = Table(journal)
        self.requests: Table[MemberId, ClassRequest] = Table(journal)
        self.used: Table[tuple[MemberId, int, int, int], bool] = Table(journal)

    @property
    def terms(self) -> Terms:
        """Those of the newest version."""
        return self.membership.terms

    def contacts_of(self, member_id: bytes) -> Contacts:
        """Who is named by a member."""
        return self.contacts.get(MemberId(member_id), Contacts())

    def set_contacts(self, member_id: bytes, contact_a: int, contact_b: int, beneficiary: int, actor: int) -> None:
        """R-48."""
        self.membership.own(member_id, actor)
        named = Contacts(Address(contact_a), Address(contact_b), Address(beneficiary))
        self.contacts[MemberId(member_id)] = named
        self.membership.set_contacts_flag(member_id, on=any(named))

    def replace_wallet(self, member_id: bytes, wallet: int, actor: int, now: int) -> None:
        """R-47, by the wallet itself; a proposal that waits is dropped."""
        self.membership.own(member_id, actor)
        if MemberId(member_id) in self.proposals:
            del self.proposals[MemberId(member_id)]
        self.membership.set_wallet(member_id, wallet, keep_accepted=True, now=now)

    def propose_wallet(
        self,
        member_id: bytes,
        wallet: int,
        issued: int,
        expiry: int,
        signatures: bool,  # noqa: FBT001 - the place of the signatures in the contract's function
        now: int,
    ) -> None:
        """R-47, by an attestor."""
        self.membership.member(member_id)
        require(wallet, "R-47", "office: no wallet")
        require(signatures and issued <= now <= expiry, "R-47", "office: not attested")
        require(issued > self.last_issued.get(MemberId(member_id), -1), "R-47", "office: proposed before")
        self.last_issued[MemberId(member_id)] = issued
        self.proposals[MemberId(member_id)] = WalletProposal(Address(wallet), now + WALLET_NOTICE)

    def _proposal(self, member_id: bytes) -> WalletProposal:
        proposal = self.proposals.get(MemberId(member_id))
        if proposal is None:
            raise ModelRevert("R-47", "office: nothing proposed")
        return proposal

    def veto_wallet(self, member_id: bytes, actor: int) -> None:
        """R-47, by the wallet or a contact."""
        self._proposal(member_id)
        self._check_side(member_id, actor, "R-47")
        del self.proposals[MemberId(member_id)]

    def _check_side(self, member_id: bytes, actor: int, rule: str) -> None:
        """The actor is the member's wallet or a contact that the member's record knows of (R-48)."""
        member = self.membership.member(member_id)
        may = {member.wallet}
        if member.status & MemberStatus.CONTACTS_NAMED:
            named = self.contacts_of(member_id)
            may |= {named.contact_a, named.contact_b}
        require(actor in may - {Address(0)}, rule, "office: neither wallet nor contact")

    def announce_key(self, member_id: bytes, kind: int, public_key: bytes, actor: int) -> None:
        """R-125, by the wallet; nothing but the log is left of it, here and in the two that follow."""
        self.membership.own(member_id, actor)
        require(kind in {NO_KEY, *KeyKind}, "R-125", "office: no such kind of key")
        require((kind == NO_KEY) == (public_key == NO_HASH), "R-125", "office: key and kind do not go together")

    def authorise(self, member_id: bytes, document: bytes, reader: bytes, grant: bytes, actor: int) -> None:
        """R-124, by the wallet or a contact."""
        self._check_side(member_id, actor, "R-124")
        require(NO_HASH not in {document, reader, grant}, "R-124", "office: hash missing")

    def revoke(self, member_id: bytes, document: bytes, reader: bytes, actor: int) -> None:
        """R-124, by the wallet or a contact; whether anything was granted is not asked."""
        self._check_side(member_id, actor, "R-124")
        require(NO_HASH not in {document, reader}, "R-124", "office: hash missing")

    def complete_wallet(self, member_id: bytes, now: int) -> None:
        """R-47, by anyone."""
        proposal = self._proposal(member_id)
        require(now >= proposal.ready_at, "R-47", "office: still open to veto")
        del self.proposals[MemberId(member_id)]
        self.membership.set_wallet(member_id, proposal.wallet, keep_accepted=False, now=now)

    def change_class(
        self,
        member_id: bytes,
        class_id: int,
        issued: int,
        expiry: int,
        signatures: bool,  # noqa: FBT001 - as in propose_wallet
        actor: int,
        now: int,
    ) -> None:
        """R-44, attested and with the wallet's consent: at once if the shares don't fall, else requested."""
        member = self.membership.own(member_id, actor)
        require(signatures and issued <= now <= expiry, "R-44", "office: not attested")
        attested = (MemberId(member_id), class_id, issued, expiry)
        require(attested not in self.used, "R-44", "office: attestation used")
        self.used[attested] = True
        self.membership.check_class_change(member_id, class_id, now)
        if self.terms.shares_of(class_id) >= member.shares:
            if MemberId(member_id) in self.requests:
                del self.requests[MemberId(member_id)]
            self.membership.set_class(member_id, class_id, actor, now)
        else:
            self.requests[MemberId(member_id)] = ClassRequest(ClassId(class_id), now + self.terms.leave_notice)

    def apply_class(self, member_id: bytes, now: int) -> None:
        """R-44: a decrease after its notice, by anyone."""
        request = self.requests.get(MemberId(member_id))
        if request is None:
            raise ModelRevert("R-44", "office: nothing requested")
        require(now >= request.applies_at, "R-44", "office: notice not over")
        member = self.membership.member(member_id)
        require(self.terms.shares_of(request.class_id) < member.shares, "R-44", "office: no decrease")
        del self.requests[MemberId(member_id)]
        self.membership.set_class(member_id, request.class_id, member.wallet, now)

    def admit_invited(
        self,
        attestation: Attestation,
        inviters: Sequence[bytes],
        signatures: bool,  # noqa: FBT001 - as in propose_wallet
        tick: int,
        charter_hash: bytes,
        payment: Payment,
        actor: int,
        now: int,
    ) -> None:
        """R-38: `signatures` says that every inviter's wallet signed."""
        form = self.terms.admission
        takes_over = form == AdmissionForm.ATTESTOR and self.membership.silent(now)
        require(form == AdmissionForm.INVITATION or takes_over, "R-38", "office: no admission by invitation")
        members = [self.membership.member(inviter) for inviter in inviters]
        require(all(self.membership.seasoned(member, now) for member in members), "R-38", "office: may not invite")
        different = len({member.wallet for member in members}) == len(members)
        require(len(members) >= self.terms.inviters and different, "R-38", "office: too few inviters")
        require(signatures, "R-38", "office: not invited")
        self.membership.admit(attestation, tick, charter_hash, payment, actor, now)

    def admit_open(
        self, attestation: Attestation, tick: int, charter_hash: bytes, payment: Payment, actor: int, now: int
    ) -> None:
        """R-38 of an open mutual."""
        require(self.terms.admission == AdmissionForm.OPEN, "R-38", "office: not open")
        self.membership.admit(attestation, tick, charter_hash, payment, actor, now)
