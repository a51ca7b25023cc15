# SPDX-License-Identifier: AGPL-3.0-only
# ruff: noqa: PLR0917 - parameters stand in the order of the contracts' functions
"""The Office (docs/spec/membership.md R-38, R-44, R-47, R-48): wallets, contacts, requests, invitations.

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
from tongxin.words import AdmissionForm

WALLET_NOTICE = 30 * DAY


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
        contacts = self.contacts_of(member_id)
        may = {self.membership.member(member_id).wallet, contacts.contact_a, contacts.contact_b} - {Address(0)}
        require(actor in may, "R-47", "office: neither wallet nor contact")
        del self.proposals[MemberId(member_id)]

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
