# SPDX-License-Identifier: AGPL-3.0-only
"""Every EIP-712 message of Tongxin, and the payment signatures of the token, as functions that build them.

Nothing here signs: `Signer.sign_typed` does. Numbers are the chain's own: ticks, seconds, the token's smallest unit.
The structs stand in docs/spec/interface.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tongxin.chain.primitives import abi_encode, keccak
from tongxin.chain.structs import Attestation, Filing, Payment

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage

__all__ = [
    "AssemblyActs",
    "Authorization",
    "Domain",
    "OfficeActs",
    "TypedData",
    "attestation",
    "class_change",
    "commit",
    "commitment",
    "event_use",
    "payment_nonce",
    "permit",
    "receive_authorization",
    "roster",
    "split_signature",
    "wallet_change",
]

_DOMAIN_FIELDS: Final = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}

Fields = tuple[tuple[str, str], ...]
"""Name and type of a struct's fields, in order."""

_ATTESTATION: Final[Fields] = (
    ("member_id", "bytes32"),
    ("wallet", "address"),
    ("class_id", "uint256"),
    ("issued", "uint256"),
    ("expiry", "uint256"),
)
_FILING: Final[Fields] = (
    ("member_id", "bytes32"),
    ("benefit", "uint256"),
    ("day", "uint256"),
    ("claimed", "uint256"),
    ("evidence", "bytes32"),
    ("seal_key", "bytes32"),
    ("summary", "bytes32"),
    ("source", "uint256"),
)


@dataclass(frozen=True)
class Domain:
    """Where a signature counts: one contract of one chain."""

    name: str
    version: str
    chain_id: int
    contract: str


@dataclass(frozen=True)
class TypedData:
    """One message: `fields` are those of its struct, `message` their values, `nested` the structs inside it."""

    domain: Domain
    primary_type: str
    fields: Fields
    message: Mapping[str, Any]
    nested: Mapping[str, Fields] = field(default_factory=dict)

    def full(self) -> dict[str, Any]:
        """As `eth_signTypedData_v4` takes it, bytes as bytes."""
        structs = {"EIP712Domain": tuple(_DOMAIN_FIELDS.items()), self.primary_type: self.fields, **self.nested}
        return {
            "types": {
                struct: [{"name": name, "type": kind} for name, kind in parts] for struct, parts in structs.items()
            },
            "primaryType": self.primary_type,
            "domain": {
                "name": self.domain.name,
                "version": self.domain.version,
                "chainId": self.domain.chain_id,
                "verifyingContract": self.domain.contract,
            },
            "message": dict(self.message),
        }

    def signable(self) -> SignableMessage:
        """As `eth_account` takes it."""
        from eth_account.messages import encode_typed_data  # noqa: PLC0415 - see `tongxin.chain.keys`

        return encode_typed_data(full_message=self.full())

    def struct_hash(self) -> bytes:
        """keccak-256 of the encoded struct, 32 bytes."""
        return bytes(self.signable().body)

    def digest(self) -> bytes:
        """What is signed: 32 bytes over domain and struct."""
        encoded = self.signable()
        return keccak(b"\x19" + encoded.version + encoded.header + encoded.body)


def split_signature(signature: bytes) -> tuple[int, bytes, bytes]:
    """The v, r and s of a signature of 65 bytes."""
    return signature[64], signature[:32], signature[32:64]


def fund_domain(chain_id: int, fund: str) -> Domain:
    """The domain of attestations and rosters."""
    return Domain("Tongxin Fund", "1", chain_id, fund)


def office_domain(chain_id: int, office: str) -> Domain:
    """The domain of signed acts and of an attestor's changes."""
    return Domain("Tongxin Office", "1", chain_id, office)


def jury_domain(chain_id: int, jury: str) -> Domain:
    """The domain of jurors' commitments."""
    return Domain("Tongxin Jury", "1", chain_id, jury)


def assembly_domain(chain_id: int, assembly: str) -> Domain:
    """The domain of proposals and votes."""
    return Domain("Tongxin Assembly", "1", chain_id, assembly)


def _message_of(item: Attestation | Filing, fields: Fields) -> dict[str, Any]:
    return dict(zip((name for name, _ in fields), item.abi(), strict=True))


# -- signed by attestors


def attestation(domain: Domain, item: Attestation) -> TypedData:
    """What attestors, or inviting members, sign for one person (R-32, R-38); domain of the Fund."""
    return TypedData(domain, "Attestation", _ATTESTATION, _message_of(item, _ATTESTATION))


def roster(
    domain: Domain, ids: Sequence[bytes], wallets: Sequence[str], class_id: int, *, issued: int, expiry: int
) -> TypedData:
    """What attestors sign for a batch (R-35); domain of the Fund."""
    fields = (
        ("ids", "bytes32[]"),
        ("wallets", "address[]"),
        ("class_id", "uint256"),
        ("issued", "uint256"),
        ("expiry", "uint256"),
    )
    message = {
        "ids": list(ids),
        "wallets": list(wallets),
        "class_id": class_id,
        "issued": issued,
        "expiry": expiry,
    }
    return TypedData(domain, "Roster", fields, message)


def class_change(domain: Domain, member_id: bytes, class_id: int, *, issued: int, expiry: int) -> TypedData:
    """What attestors sign for a change of class (R-44); domain of the Office."""
    fields = (("member_id", "bytes32"), ("class_id", "uint256"), ("issued", "uint256"), ("expiry", "uint256"))
    message = {"member_id": member_id, "class_id": class_id, "issued": issued, "expiry": expiry}
    return TypedData(domain, "ClassChange", fields, message)


def wallet_change(domain: Domain, member_id: bytes, wallet: str, *, issued: int, expiry: int) -> TypedData:
    """What attestors sign to replace a lost wallet (R-47); domain of the Office."""
    fields = (("member_id", "bytes32"), ("wallet", "address"), ("issued", "uint256"), ("expiry", "uint256"))
    message = {"member_id": member_id, "wallet": wallet, "issued": issued, "expiry": expiry}
    return TypedData(domain, "WalletChange", fields, message)


def event_use(domain: Domain, member_id: bytes, benefit: int, day: int, use: bytes) -> TypedData:
    """What an attestor signs for the use of an event by one claim (R-128); domain of the Fund.

    Args:
        domain: The Fund's.
        member_id: Who was hit.
        benefit: Number of the benefit.
        day: Day of the event, as in the claim.
        use: What the attestor's register gave: a keyed tag of the event, for this Fund alone.
    """
    fields = (
        ("fund", "address"),
        ("member_id", "bytes32"),
        ("benefit", "uint256"),
        ("day", "uint256"),
        ("use", "bytes32"),
    )
    message = {"fund": domain.contract, "member_id": member_id, "benefit": benefit, "day": day, "use": use}
    return TypedData(domain, "EventUse", fields, message)


# -- signed by jurors


def commitment(
    chain_id: int, jury: str, key: int, attempt: int, seat: int, *, level: int, reason: bytes, salt: bytes
) -> bytes:
    """A hidden vote (R-69): keccak256(abi.encode(chain id, jury, key, attempt, seat, level, reason, salt))."""
    kinds = ["uint256", "address", "uint256", "uint256", "uint256", "uint256", "bytes32", "bytes32"]
    return keccak(abi_encode(kinds, [chain_id, jury, key, attempt, seat, level, reason, salt]))


def commit(domain: Domain, key: int, attempt: int, seat: int, hidden: bytes) -> TypedData:
    """What a juror signs so that somebody else sends the hidden vote (R-69); domain of the Jury."""
    fields = (("panel", "uint256"), ("attempt", "uint256"), ("seat", "uint256"), ("commitment", "bytes32"))
    return TypedData(domain, "Commit", fields, {"panel": key, "attempt": attempt, "seat": seat, "commitment": hidden})


# -- signed by payers, for the token


@dataclass(frozen=True)
class Authorization:
    """A signed payment (EIP-3009): from `owner` to `to`, valid between two times, under a nonce of the signer."""

    owner: str
    to: str
    amount: int
    valid_after: int
    valid_before: int
    nonce: bytes

    def abi(self) -> tuple[Any, ...]:
        """As the token takes it."""
        return (self.owner, self.to, self.amount, self.valid_after, self.valid_before, self.nonce)


def receive_authorization(domain: Domain, item: Authorization) -> TypedData:
    """What a payer signs so that only the payee can take the amount (EIP-3009); domain of the token."""
    fields = (
        ("from", "address"),
        ("to", "address"),
        ("value", "uint256"),
        ("validAfter", "uint256"),
        ("validBefore", "uint256"),
        ("nonce", "bytes32"),
    )
    message = dict(zip((name for name, _ in fields), item.abi(), strict=True))
    return TypedData(domain, "ReceiveWithAuthorization", fields, message)


def permit(domain: Domain, owner: str, spender: str, amount: int, *, nonce: int, deadline: int) -> TypedData:
    """What an owner signs to set an allowance (EIP-2612); domain of the token."""
    fields = (
        ("owner", "address"),
        ("spender", "address"),
        ("value", "uint256"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    )
    message = {"owner": owner, "spender": spender, "value": amount, "nonce": nonce, "deadline": deadline}
    return TypedData(domain, "Permit", fields, message)


def payment_nonce(
    chain_id: int, fund: str, action: str, member_id: bytes, tick: int, *, detail: bytes, salt: bytes
) -> bytes:
    """The nonce that binds a signed payment to its purpose (R-34), so that it can be turned to no other.

    Args:
        chain_id: The chain.
        fund: The Fund.
        action: `join`, `top_up`, `rejoin`, `donate` or `bond`.
        member_id: Whose membership; 32 zero bytes where there is none.
        tick: The tick bought; 0 where none is.
        detail: What else is bound, see R-34.
        salt: Chosen by the payer, so that two equal payments have two nonces.
    """
    kinds = ["uint256", "address", "bytes32", "bytes32", "uint256", "bytes32", "bytes32"]
    return keccak(abi_encode(kinds, [chain_id, fund, keccak(action.encode()), member_id, tick, detail, salt]))


def join_detail(domain: Domain, item: Attestation, charter_hash: bytes) -> bytes:
    """What a payment for joining is bound to beside id and tick: attestation and charter (R-34); domain of the Fund."""
    return keccak(abi_encode(["bytes32", "bytes32"], [attestation(domain, item).struct_hash(), charter_hash]))


# -- signed acts


@dataclass(frozen=True)
class OfficeActs:
    """The messages that a wallet signs so that anybody can relay its act through the Office (R-50).

    Each takes the member's next nonce (`Office.nonce`) and a deadline in seconds.
    """

    domain: Domain

    def join(
        self, item: Attestation, tick: int, charter_hash: bytes, payment: Payment, *, nonce: int, deadline: int
    ) -> TypedData:
        """For `Office.join_for`."""
        fields: Fields = (("attestation", "Attestation"), ("tick", "uint256"), ("charter_hash", "bytes32"))
        message = {"attestation": _message_of(item, _ATTESTATION), "tick": tick, "charter_hash": charter_hash}
        return self._act(
            "Join",
            fields,
            message,
            payment=payment,
            nonce=nonce,
            deadline=deadline,
            nested={"Attestation": _ATTESTATION},
        )

    def accept(self, member_id: bytes, charter_hash: bytes, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.accept_for`."""
        fields: Fields = (("member_id", "bytes32"), ("charter_hash", "bytes32"))
        message = {"member_id": member_id, "charter_hash": charter_hash}
        return self._act("Accept", fields, message, nonce=nonce, deadline=deadline)

    def top_up(self, member_id: bytes, tick: int, payment: Payment, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.top_up_for`."""
        fields: Fields = (("member_id", "bytes32"), ("tick", "uint256"))
        message = {"member_id": member_id, "tick": tick}
        return self._act("TopUp", fields, message, payment=payment, nonce=nonce, deadline=deadline)

    def set_order(self, member_id: bytes, most_per_period: int, target: int, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.set_order_for`."""
        fields: Fields = (("member_id", "bytes32"), ("most_per_period", "uint256"), ("target", "uint256"))
        message = {"member_id": member_id, "most_per_period": most_per_period, "target": target}
        return self._act("SetOrder", fields, message, nonce=nonce, deadline=deadline)

    def rejoin(
        self, member_id: bytes, tick: int, charter_hash: bytes, payment: Payment, *, nonce: int, deadline: int
    ) -> TypedData:
        """For `Office.rejoin_for`."""
        fields: Fields = (("member_id", "bytes32"), ("tick", "uint256"), ("charter_hash", "bytes32"))
        message = {"member_id": member_id, "tick": tick, "charter_hash": charter_hash}
        return self._act("Rejoin", fields, message, payment=payment, nonce=nonce, deadline=deadline)

    def leave(self, member_id: bytes, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.leave_for`."""
        return self._act("Leave", (("member_id", "bytes32"),), {"member_id": member_id}, nonce=nonce, deadline=deadline)

    def step_back(self, member_id: bytes, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.step_back_for`."""
        fields: Fields = (("member_id", "bytes32"),)
        return self._act("StepBack", fields, {"member_id": member_id}, nonce=nonce, deadline=deadline)

    def set_contacts(
        self, member_id: bytes, contact_a: str, contact_b: str, beneficiary: str, *, nonce: int, deadline: int
    ) -> TypedData:
        """For `Office.set_contacts_for`."""
        fields: Fields = (
            ("member_id", "bytes32"),
            ("contact_a", "address"),
            ("contact_b", "address"),
            ("beneficiary", "address"),
        )
        message = {
            "member_id": member_id,
            "contact_a": contact_a,
            "contact_b": contact_b,
            "beneficiary": beneficiary,
        }
        return self._act("SetContacts", fields, message, nonce=nonce, deadline=deadline)

    def replace_wallet(self, member_id: bytes, wallet: str, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.replace_wallet_for`."""
        fields: Fields = (("member_id", "bytes32"), ("wallet", "address"))
        message = {"member_id": member_id, "wallet": wallet}
        return self._act("ReplaceWallet", fields, message, nonce=nonce, deadline=deadline)

    def veto_wallet(self, member_id: bytes, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.veto_wallet_for`."""
        fields: Fields = (("member_id", "bytes32"),)
        return self._act("VetoWallet", fields, {"member_id": member_id}, nonce=nonce, deadline=deadline)

    def change_class(self, member_id: bytes, class_id: int, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.change_class_for`."""
        fields: Fields = (("member_id", "bytes32"), ("class_id", "uint256"))
        message = {"member_id": member_id, "class_id": class_id}
        return self._act("ChangeClass", fields, message, nonce=nonce, deadline=deadline)

    def file(self, filing: Filing, payment: Payment, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.file_for`."""
        return self._act(
            "File",
            (("filing", "Filing"),),
            {"filing": _message_of(filing, _FILING)},
            payment=payment,
            nonce=nonce,
            deadline=deadline,
            nested={"Filing": _FILING},
        )

    def grant(self, member_id: bytes, claim: int, keys_hash: bytes, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.grant_for`."""
        fields: Fields = (("member_id", "bytes32"), ("claim", "uint256"), ("keys_hash", "bytes32"))
        message = {"member_id": member_id, "claim": claim, "keys_hash": keys_hash}
        return self._act("Grant", fields, message, nonce=nonce, deadline=deadline)

    def cure(self, member_id: bytes, claim: int, evidence: bytes, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.cure_for`."""
        fields: Fields = (("member_id", "bytes32"), ("claim", "uint256"), ("evidence", "bytes32"))
        message = {"member_id": member_id, "claim": claim, "evidence": evidence}
        return self._act("Cure", fields, message, nonce=nonce, deadline=deadline)

    def challenge(
        self, member_id: bytes, claim: int, seat: int, payment: Payment, *, nonce: int, deadline: int
    ) -> TypedData:
        """For `Office.challenge_for`; `member_id` is the claim's for its own side, else the signer's own."""
        fields: Fields = (("member_id", "bytes32"), ("claim", "uint256"), ("seat", "uint256"))
        message = {"member_id": member_id, "claim": claim, "seat": seat}
        return self._act("Challenge", fields, message, payment=payment, nonce=nonce, deadline=deadline)

    def volunteer(self, member_id: bytes, payment: Payment, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.volunteer_for`."""
        fields: Fields = (("member_id", "bytes32"),)
        message = {"member_id": member_id}
        return self._act("Volunteer", fields, message, payment=payment, nonce=nonce, deadline=deadline)

    def retire(self, member_id: bytes, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.retire_for`."""
        fields: Fields = (("member_id", "bytes32"),)
        return self._act("Retire", fields, {"member_id": member_id}, nonce=nonce, deadline=deadline)

    def announce_seat(
        self, member_id: bytes, key: int, seat: int, kind: int, public_key: bytes, *, nonce: int, deadline: int
    ) -> TypedData:
        """For `Office.announce_seat_for`; `key` is the panel's."""
        fields: Fields = (
            ("member_id", "bytes32"),
            ("panel", "uint256"),
            ("seat", "uint256"),
            ("kind", "uint256"),
            ("public_key", "bytes32"),
        )
        message = {"member_id": member_id, "panel": key, "seat": seat, "kind": int(kind), "public_key": public_key}
        return self._act("AnnounceSeat", fields, message, nonce=nonce, deadline=deadline)

    def announce_key(self, member_id: bytes, kind: int, public_key: bytes, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.announce_key_for`."""
        fields: Fields = (("member_id", "bytes32"), ("kind", "uint256"), ("public_key", "bytes32"))
        message = {"member_id": member_id, "kind": int(kind), "public_key": public_key}
        return self._act("AnnounceKey", fields, message, nonce=nonce, deadline=deadline)

    def authorise(
        self, member_id: bytes, document: bytes, reader: bytes, grant: bytes, *, nonce: int, deadline: int
    ) -> TypedData:
        """For `Office.authorise_for`."""
        fields: Fields = (
            ("member_id", "bytes32"),
            ("document", "bytes32"),
            ("reader", "bytes32"),
            ("grant", "bytes32"),
        )
        message = {"member_id": member_id, "document": document, "reader": reader, "grant": grant}
        return self._act("Authorise", fields, message, nonce=nonce, deadline=deadline)

    def revoke(self, member_id: bytes, document: bytes, reader: bytes, *, nonce: int, deadline: int) -> TypedData:
        """For `Office.revoke_for`."""
        fields: Fields = (("member_id", "bytes32"), ("document", "bytes32"), ("reader", "bytes32"))
        message = {"member_id": member_id, "document": document, "reader": reader}
        return self._act("Revoke", fields, message, nonce=nonce, deadline=deadline)

    def _act(
        self,
        name: str,
        fields: Fields,
        message: dict[str, Any],
        *,
        nonce: int,
        deadline: int,
        payment: Payment | None = None,
        nested: Mapping[str, Fields] | None = None,
    ) -> TypedData:
        if payment is not None:
            fields = (*fields, ("method", "uint256"), ("payer", "address"))
            message |= {"method": int(payment.method), "payer": payment.payer}
        fields = (*fields, ("nonce", "uint256"), ("deadline", "uint256"))
        return TypedData(self.domain, name, fields, message | {"nonce": nonce, "deadline": deadline}, nested or {})


@dataclass(frozen=True)
class AssemblyActs:
    """The messages that a wallet signs so that anybody can relay its proposal or vote (R-99 to R-102).

    `nonce` is the member's next one in the Assembly; a vote needs none, for it is cast once.
    """

    domain: Domain

    def propose(
        self, kind: int, subject: int, reason: bytes, member_id: bytes, *, nonce: int, deadline: int
    ) -> TypedData:
        """For `Assembly.propose_for`."""
        fields: Fields = (
            ("kind", "uint256"),
            ("subject", "uint256"),
            ("reason", "bytes32"),
            ("member_id", "bytes32"),
            ("nonce", "uint256"),
            ("deadline", "uint256"),
        )
        message = {
            "kind": int(kind),
            "subject": subject,
            "reason": reason,
            "member_id": member_id,
            "nonce": nonce,
            "deadline": deadline,
        }
        return TypedData(self.domain, "Propose", fields, message)

    def vote(self, proposal: int, member_id: bytes, *, support: bool, deadline: int) -> TypedData:
        """For a `Ballot` of `Assembly.vote_for`."""
        fields: Fields = (
            ("proposal", "uint256"),
            ("member_id", "bytes32"),
            ("support", "bool"),
            ("deadline", "uint256"),
        )
        message = {"proposal": proposal, "member_id": member_id, "support": support, "deadline": deadline}
        return TypedData(self.domain, "Vote", fields, message)

    def withdraw(self, proposal: int, *, nonce: int, deadline: int) -> TypedData:
        """For `Assembly.withdraw_for`."""
        fields: Fields = (("proposal", "uint256"), ("nonce", "uint256"), ("deadline", "uint256"))
        return TypedData(self.domain, "Withdraw", fields, {"proposal": proposal, "nonce": nonce, "deadline": deadline})
