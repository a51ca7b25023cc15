# SPDX-License-Identifier: AGPL-3.0-only
"""The Office: contacts, wallets, classes, admission without attestors, and signed acts that anyone relays (R-38, R-50).

Each `*_for` takes the deadline and the signature of the message that `OfficeActs` of the same name builds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tongxin.chain.contract import LATEST, Block, Contract
from tongxin.chain.primitives import address_of
from tongxin.chain.records import Contacts
from tongxin.chain.structs import Attestation, Claim, Filing, Payment, Signed
from tongxin.chain.transactions import Action
from tongxin.chain.typed_data import OfficeActs, office_domain

__all__ = ["Office", "PendingClass", "PendingWallet", "Signed"]

_MASK_40: Final = (1 << 40) - 1


@dataclass(frozen=True)
class PendingWallet:
    """A replacement of a wallet that waits for its veto time."""

    wallet: str
    ready_at: int


@dataclass(frozen=True)
class PendingClass:
    """A decrease of class that waits for its notice."""

    class_id: int
    applies_at: int


class Office(Contract):
    """What members change by rules, and the relay of signed acts."""

    artifact = "Office"

    def acts(self) -> OfficeActs:
        """The messages to sign for this Office."""
        return OfficeActs(office_domain(self.endpoints.chain_id, self.address))

    # -- by the member's wallet

    def set_contacts(self, member_id: bytes, contact_a: str, contact_b: str, beneficiary: str) -> Action:
        """Names contacts and a beneficiary (R-48); the zero address is nobody."""
        return self._act("set_contacts", member_id, contact_a, contact_b, beneficiary)

    def replace_wallet(self, member_id: bytes, wallet: str) -> Action:
        """The wallet replaces itself at once (R-47)."""
        return self._act("replace_wallet", member_id, wallet)

    def change_class(
        self, member_id: bytes, class_id: int, *, issued: int, expiry: int, signatures: Sequence[bytes]
    ) -> Action:
        """Consents to a change of class that attestors signed (R-44)."""
        return self._act("change_class", member_id, class_id, issued, expiry, list(signatures))

    def veto_wallet(self, member_id: bytes) -> Action:
        """Stops a replacement; the wallet or a contact (R-47)."""
        return self._act("veto_wallet", member_id)

    def announce_key(self, member_id: bytes, kind: int, public_key: bytes) -> Action:
        """Announces under which key the member reads (R-125): a `KeyKind`, or kind 0 with 32 zero bytes to withdraw."""
        return self._act("announce_key", member_id, kind, public_key)

    def authorise(self, member_id: bytes, document: bytes, reader: bytes, grant: bytes) -> Action:
        """Puts on record who may read a document, all by hashes; the wallet or a contact (R-124)."""
        return self._act("authorise", member_id, document, reader, grant)

    def revoke(self, member_id: bytes, document: bytes, reader: bytes) -> Action:
        """Puts on record that a wrapped key was withdrawn; the wallet or a contact (R-124)."""
        return self._act("revoke", member_id, document, reader)

    # -- by anyone

    def propose_wallet(
        self, member_id: bytes, wallet: str, *, issued: int, expiry: int, signatures: Sequence[bytes]
    ) -> Action:
        """Starts the replacement of a lost wallet that attestors signed (R-47)."""
        return self._act("propose_wallet", member_id, wallet, issued, expiry, list(signatures))

    def complete_wallet(self, member_id: bytes) -> Action:
        """Completes a replacement that nobody vetoed (R-47)."""
        return self._act("complete_wallet", member_id)

    def apply_class(self, member_id: bytes) -> Action:
        """Applies a decrease of class whose notice is over (R-44)."""
        return self._act("apply_class", member_id)

    def admit_invited(
        self,
        attestation: Attestation,
        inviters: Sequence[bytes],
        signatures: Sequence[bytes],
        tick: int,
        charter_hash: bytes,
        *,
        payment: Payment,
    ) -> Action:
        """Admits whom members invited (R-38)."""
        return self._act(
            "admit_invited", attestation.abi(), list(inviters), list(signatures), tick, charter_hash, payment.abi()
        )

    def admit_open(self, attestation: Attestation, tick: int, charter_hash: bytes, payment: Payment) -> Action:
        """Admits to an open mutual (R-38)."""
        return self._act("admit_open", attestation.abi(), tick, charter_hash, payment.abi())

    # -- signed acts, relayed by anyone

    def join_for(
        self,
        attestation: Attestation,
        signatures: Sequence[bytes],
        tick: int,
        charter_hash: bytes,
        payment: Payment,
        *,
        signed: Signed,
    ) -> Action:
        """Joins for the attestation's wallet."""
        return self._act(
            "join_for", attestation.abi(), list(signatures), tick, charter_hash, payment.abi(), *signed.abi()
        )

    def accept_for(self, member_id: bytes, charter_hash: bytes, signed: Signed) -> Action:
        """Accepts the charter for the wallet."""
        return self._act("accept_for", member_id, charter_hash, *signed.abi())

    def top_up_for(self, member_id: bytes, tick: int, payment: Payment, signed: Signed) -> Action:
        """Tops up for the wallet."""
        return self._act("top_up_for", member_id, tick, payment.abi(), *signed.abi())

    def set_order_for(self, member_id: bytes, most_per_period: int, target: int, signed: Signed) -> Action:
        """Sets a standing order for the wallet."""
        return self._act("set_order_for", member_id, most_per_period, target, *signed.abi())

    def rejoin_for(self, member_id: bytes, tick: int, charter_hash: bytes, payment: Payment, signed: Signed) -> Action:
        """Rejoins for the wallet."""
        return self._act("rejoin_for", member_id, tick, charter_hash, payment.abi(), *signed.abi())

    def leave_for(self, member_id: bytes, signed: Signed) -> Action:
        """Gives notice for the wallet."""
        return self._act("leave_for", member_id, *signed.abi())

    def step_back_for(self, member_id: bytes, signed: Signed) -> Action:
        """Steps back from a mutual that has not started, for the wallet (R-107)."""
        return self._act("step_back_for", member_id, *signed.abi())

    def set_contacts_for(
        self, member_id: bytes, contact_a: str, contact_b: str, beneficiary: str, signed: Signed
    ) -> Action:
        """Names contacts for the wallet."""
        return self._act("set_contacts_for", member_id, contact_a, contact_b, beneficiary, *signed.abi())

    def replace_wallet_for(self, member_id: bytes, wallet: str, signed: Signed) -> Action:
        """Replaces the wallet for itself."""
        return self._act("replace_wallet_for", member_id, wallet, *signed.abi())

    def veto_wallet_for(self, member_id: bytes, signer: str, signed: Signed) -> Action:
        """Stops a replacement for the wallet or a contact."""
        return self._act("veto_wallet_for", member_id, signer, *signed.abi())

    def change_class_for(
        self,
        member_id: bytes,
        class_id: int,
        *,
        issued: int,
        expiry: int,
        signatures: Sequence[bytes],
        signed: Signed,
    ) -> Action:
        """Consents to a change of class for the wallet."""
        return self._act("change_class_for", member_id, class_id, issued, expiry, list(signatures), *signed.abi())

    def file_for(self, filing: Filing, payment: Payment, signer: str, signed: Signed) -> Action:
        """Files a claim for the wallet or a contact; returns its number."""
        return self._act("file_for", filing.abi(), payment.abi(), signer, *signed.abi())

    def grant_for(self, c: int, claim: Claim, keys_hash: bytes, signer: str, signed: Signed) -> Action:
        """Gives the jurors access for the claimant."""
        return self._act("grant_for", c, claim.abi(), keys_hash, signer, *signed.abi())

    def cure_for(self, c: int, claim: Claim, evidence: bytes, signer: str, signed: Signed) -> Action:
        """Completes a claim for the claimant."""
        return self._act("cure_for", c, claim.abi(), evidence, signer, *signed.abi())

    def challenge_for(
        self, member_id: bytes, c: int, claim: Claim, seat: int, payment: Payment, *, signer: str, signed: Signed
    ) -> Action:
        """Challenges a verdict for the signer."""
        return self._act("challenge_for", member_id, c, claim.abi(), seat, payment.abi(), signer, *signed.abi())

    def volunteer_for(self, member_id: bytes, payment: Payment, signed: Signed) -> Action:
        """Posts a juror's bond for the wallet; returns the juror's index."""
        return self._act("volunteer_for", member_id, payment.abi(), *signed.abi())

    def retire_for(self, member_id: bytes, signed: Signed) -> Action:
        """Retires as a juror for the wallet."""
        return self._act("retire_for", member_id, *signed.abi())

    def announce_seat_for(
        self, member_id: bytes, key: int, seat: int, kind: int, public_key: bytes, *, signed: Signed
    ) -> Action:
        """Announces a seat's key for its juror (R-122); `member_id` is any that the juror's wallet controls."""
        return self._act("announce_seat_for", member_id, key, seat, kind, public_key, *signed.abi())

    def announce_key_for(self, member_id: bytes, kind: int, public_key: bytes, signed: Signed) -> Action:
        """Announces the member's reader key for the wallet (R-125)."""
        return self._act("announce_key_for", member_id, kind, public_key, *signed.abi())

    def authorise_for(
        self, member_id: bytes, document: bytes, reader: bytes, grant: bytes, *, signer: str, signed: Signed
    ) -> Action:
        """Puts on record who may read a document, for the wallet or a contact (R-124)."""
        return self._act("authorise_for", member_id, document, reader, grant, signer, *signed.abi())

    def revoke_for(self, member_id: bytes, document: bytes, reader: bytes, *, signer: str, signed: Signed) -> Action:
        """Puts on record that a wrapped key was withdrawn, for the wallet or a contact (R-124)."""
        return self._act("revoke_for", member_id, document, reader, signer, *signed.abi())

    # -- what it says

    def fund(self, block: Block = LATEST) -> str:
        """The Fund's address."""
        return str(self._read("FUND", block=block))

    def charter(self, block: Block = LATEST) -> str:
        """The Charter's address."""
        return str(self._read("CHARTER", block=block))

    def contacts(self, member_id: bytes, block: Block = LATEST) -> Contacts:
        """Whom a member named."""
        contact_a, contact_b, beneficiary = self._read("contacts", member_id, block=block)
        return Contacts(contact_a, contact_b, beneficiary)

    def nonces(self, member_id: bytes, block: Block = LATEST) -> int:
        """The nonce of a member's next signed act."""
        return int(self._read("nonces", member_id, block=block))

    def used(self, struct_hash: bytes, block: Block = LATEST) -> bool:
        """Whether attestors' change, by its struct hash, was used."""
        return bool(self._read("used", struct_hash, block=block))

    def pending_wallet(self, member_id: bytes, block: Block = LATEST) -> PendingWallet | None:
        """The replacement that waits, if any."""
        word = int(self._read("pending_wallet", member_id, block=block))
        return PendingWallet(address_of((word >> 96).to_bytes(20)), word >> 56 & _MASK_40) if word else None

    def last_proposed(self, member_id: bytes, block: Block = LATEST) -> int:
        """When attestors signed the last replacement they proposed, in Unix seconds; 0 if they never did (R-47)."""
        return int(self._read("last_proposed", member_id, block=block))

    def pending_class(self, member_id: bytes, block: Block = LATEST) -> PendingClass | None:
        """The decrease of class that waits, if any."""
        word = int(self._read("pending_class", member_id, block=block))
        return PendingClass(word >> 240, word >> 200 & _MASK_40) if word else None
