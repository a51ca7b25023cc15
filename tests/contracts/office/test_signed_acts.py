# SPDX-License-Identifier: AGPL-3.0-only
"""R-50: every act of a wallet has a signed form that anybody relays, in which every field is bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boa
import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from vyper.compiler.output import build_abi_output

from support.hearing import (
    ACCESS,
    BEYOND,
    DAY,
    INCOMPLETE,
    LOT,
    NO_PAYMENT,
    NOBODY,
    TOKEN,
    VOTING,
    Mutual,
    Rules,
    bits,
    now,
    refused,
    roll,
)
from support.signing import digest, sign, type_hash
from support.sources import source

NEW = Account.from_key(b"\x71" * 32)
FILING = ("member_id", "benefit", "day", "claimed", "evidence", "seal_key", "summary", "source")
BY_ALLOWANCE = {"method": 0, "payer": NOBODY}


@dataclass
class Act:
    """One signed act, ready to be relayed: what the function takes, and what the struct says."""

    struct: str
    arguments: list[Any]
    message: dict[str, Any]
    signer: LocalAccount
    member_id: bytes
    check: Callable[[], bool]

    @property
    def function(self) -> str:
        words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in self.struct)
        return f"{words.lstrip('_')}_for"

    def signed(
        self, mutual: Mutual, signer: LocalAccount | None = None, changes: dict[str, Any] | None = None
    ) -> tuple[int, bytes]:
        deadline = now() + DAY
        counted = {"nonce": mutual.office.nonces(self.member_id), "deadline": deadline}
        message = {**self.message, **counted, **(changes or {})}
        return deadline, sign(signer or self.signer, "Tongxin Office", mutual.office.address, self.struct, message)

    def relay(self, mutual: Mutual, deadline: int, signature: bytes) -> None:
        getattr(mutual.office, self.function)(*self.arguments, deadline, signature, sender=mutual.keeper)


def member(mutual: Mutual, member_id: bytes) -> tuple[str, int, int, int]:
    """Wallet, tick, class, status."""
    word = mutual.fund.members(member_id)
    return f"0x{word >> 96:040x}", bits(word, 68, 28), bits(word, 8, 16), bits(word, 0, 8)


def attestation(mutual: Mutual, wallet: str) -> tuple[tuple[Any, ...], dict[str, Any], list[bytes]]:
    fields = (keccak(text="somebody new"), wallet, 0, now() - 1, now() + DAY)
    message = dict(zip(("member_id", "wallet", "class_id", "issued", "expiry"), fields, strict=True))
    return fields, message, [sign(mutual.attestor, "Tongxin Fund", mutual.fund.address, "Attestation", message)]


def by_attestor(mutual: Mutual, struct: str, **message: Any) -> tuple[int, int, list[bytes]]:
    issued, expiry = now() - 1, now() + DAY
    message = {**message, "issued": issued, "expiry": expiry}
    return issued, expiry, [sign(mutual.attestor, "Tongxin Office", mutual.office.address, struct, message)]


def join(m: Mutual) -> Act:
    fields, message, signatures = attestation(m, NEW.address)
    m.purse(NEW.address)
    return Act(
        "Join",
        [fields, signatures, 300, m.hash, NO_PAYMENT],
        {"attestation": message, "tick": 300, "charter_hash": m.hash, **BY_ALLOWANCE},
        NEW,
        fields[0],
        lambda: member(m, fields[0]) == (NEW.address.lower(), 300, 0, 3),
    )


def accept(m: Mutual) -> Act:
    member_id = keccak(text="sponsored")
    m._enrol([member_id], [NEW.address], 0)
    return Act(
        "Accept",
        [member_id, m.hash],
        {"member_id": member_id, "charter_hash": m.hash},
        NEW,
        member_id,
        lambda: bool(member(m, member_id)[3] & 2),
    )


def top_up(m: Mutual) -> Act:
    tick = member(m, m.ids[0])[1] + 10
    return Act(
        "TopUp",
        [m.ids[0], tick, NO_PAYMENT],
        {"member_id": m.ids[0], "tick": tick, **BY_ALLOWANCE},
        m.keys[0],
        m.ids[0],
        lambda: member(m, m.ids[0])[1] == tick,
    )


def set_order(m: Mutual) -> Act:
    return Act(
        "SetOrder",
        [m.ids[0], 5_000_000, 120],
        {"member_id": m.ids[0], "most_per_period": 5_000_000, "target": 120},
        m.keys[0],
        m.ids[0],
        lambda: bits(m.fund.orders(m.ids[0]), 168, 88) == 5_000_000,
    )


def rejoin(m: Mutual) -> Act:
    m.fund.leave(m.ids[0], sender=m.wallets[0])
    roll(seconds=m.rules.leave_notice + DAY)
    m.fund.refund(m.ids[0])
    return Act(
        "Rejoin",
        [m.ids[0], 400, m.hash, NO_PAYMENT],
        {"member_id": m.ids[0], "tick": 400, "charter_hash": m.hash, **BY_ALLOWANCE},
        m.keys[0],
        m.ids[0],
        lambda: member(m, m.ids[0])[1] == 400 and not member(m, m.ids[0])[3] & 128,
    )


def leave(m: Mutual) -> Act:
    return Act(
        "Leave", [m.ids[0]], {"member_id": m.ids[0]}, m.keys[0], m.ids[0], lambda: bool(member(m, m.ids[0])[3] & 4)
    )


def step_back(m: Mutual) -> Act:
    return Act(
        "StepBack",
        [m.ids[0]],
        {"member_id": m.ids[0]},
        m.keys[0],
        m.ids[0],
        lambda: m.fund.members(m.ids[0]) == 0 and m.balance(m.wallets[0]) == 13_000 * TOKEN,
    )


def set_contacts(m: Mutual) -> Act:
    named = (m.wallets[1], m.wallets[2], m.wallets[3])
    return Act(
        "SetContacts",
        [m.ids[0], *named],
        {"member_id": m.ids[0], "contact_a": named[0], "contact_b": named[1], "beneficiary": named[2]},
        m.keys[0],
        m.ids[0],
        lambda: m.office.contacts(m.ids[0]) == named and bool(member(m, m.ids[0])[3] & 32),
    )


def replace_wallet(m: Mutual) -> Act:
    return Act(
        "ReplaceWallet",
        [m.ids[0], NEW.address],
        {"member_id": m.ids[0], "wallet": NEW.address},
        m.keys[0],
        m.ids[0],
        lambda: member(m, m.ids[0])[0] == NEW.address.lower() and bool(member(m, m.ids[0])[3] & 2),
    )


def veto_wallet(m: Mutual) -> Act:
    # By a contact: the wallet is lost.
    m.office.set_contacts(m.ids[0], m.wallets[1], NOBODY, NOBODY, sender=m.wallets[0])
    issued, expiry, signatures = by_attestor(m, "WalletChange", member_id=m.ids[0], wallet=NEW.address)
    m.office.propose_wallet(m.ids[0], NEW.address, issued, expiry, signatures)
    return Act(
        "VetoWallet",
        [m.ids[0], m.wallets[1]],
        {"member_id": m.ids[0]},
        m.keys[1],
        m.ids[0],
        lambda: m.office.pending_wallet(m.ids[0]) == 0,
    )


def change_class(m: Mutual) -> Act:
    issued, expiry, signatures = by_attestor(m, "ClassChange", member_id=m.ids[0], class_id=1)
    return Act(
        "ChangeClass",
        [m.ids[0], 1, issued, expiry, signatures],
        {"member_id": m.ids[0], "class_id": 1},
        m.keys[0],
        m.ids[0],
        lambda: member(m, m.ids[0])[2] == 1,
    )


def file(m: Mutual) -> Act:
    filing = m.filing(0)
    number = m.court.claim_count() + 1
    return Act(
        "File",
        [filing, NO_PAYMENT, m.wallets[0]],
        {"filing": dict(zip(FILING, filing, strict=True)), **BY_ALLOWANCE},
        m.keys[0],
        m.ids[0],
        lambda: bits(m.court.state(number), 252, 4) == LOT,
    )


def grant(m: Mutual) -> Act:
    filed = m.file(0)
    m.draw(filed)
    assert m.state(filed)["stage"] == ACCESS
    return Act(
        "Grant",
        [filed.number, filed.claim, keccak(text="keys"), m.wallets[0]],
        {"member_id": m.ids[0], "claim": filed.number, "keys_hash": keccak(text="keys")},
        m.keys[0],
        m.ids[0],
        lambda: m.state(filed)["stage"] == VOTING,
    )


def cure(m: Mutual) -> Act:
    filed = m.file(0)
    m.judge(filed, [INCOMPLETE] * m.rules.size)
    return Act(
        "Cure",
        [filed.number, filed.claim, keccak(text="completed"), m.wallets[0]],
        {"member_id": m.ids[0], "claim": filed.number, "evidence": keccak(text="completed")},
        m.keys[0],
        m.ids[0],
        lambda: bool(m.state(filed)["flags"] & 1),
    )


def challenge(m: Mutual) -> Act:
    filed = m.file(0)
    m.judge(filed, [0] * m.rules.size)
    return Act(
        "Challenge",
        [m.ids[0], filed.number, filed.claim, BEYOND, NO_PAYMENT, m.wallets[0]],
        {"member_id": m.ids[0], "claim": filed.number, "seat": BEYOND, **BY_ALLOWANCE},
        m.keys[0],
        m.ids[0],
        lambda: m.state(filed)["stage"] == LOT,
    )


def volunteer(m: Mutual) -> Act:
    return Act(
        "Volunteer",
        [m.ids[5], NO_PAYMENT],
        {"member_id": m.ids[5], **BY_ALLOWANCE},
        m.keys[5],
        m.ids[5],
        lambda: m.jury.seat_of(m.wallets[5]) > 0,
    )


def retire(m: Mutual) -> Act:
    juror = m.bench[0]
    index = m.jury.seat_of(m.wallets[juror]) - 1
    return Act(
        "Retire",
        [m.ids[juror]],
        {"member_id": m.ids[juror]},
        m.keys[juror],
        m.ids[juror],
        lambda: bits(m.jury.volunteers(index), 56, 40) > 0,
    )


def announce_seat(m: Mutual) -> Act:
    filed = m.file(0)
    m.draw(filed)
    juror = m.jurors(filed.key)[1]
    key = keccak(text="x25519")
    return Act(
        "AnnounceSeat",
        [m.ids[juror], filed.key, 1, 1, key],
        {"member_id": m.ids[juror], "panel": filed.key, "seat": 1, "kind": 1, "public_key": key},
        m.keys[juror],
        m.ids[juror],
        lambda: any(said.juror == m.wallets[juror] for said in m.events("SeatKeyAnnounced", m.office)),
    )


def announce_key(m: Mutual) -> Act:
    key = keccak(text="hybrid")
    return Act(
        "AnnounceKey",
        [m.ids[0], 2, key],
        {"member_id": m.ids[0], "kind": 2, "public_key": key},
        m.keys[0],
        m.ids[0],
        lambda: any(said.public_key == key for said in m.events("ReaderKeyAnnounced", m.office)),
    )


def authorise(m: Mutual) -> Act:
    # By a contact.
    m.office.set_contacts(m.ids[0], NOBODY, m.wallets[1], NOBODY, sender=m.wallets[0])
    document, reader, granted = (keccak(text=text) for text in ("document", "reader", "granted"))
    return Act(
        "Authorise",
        [m.ids[0], document, reader, granted, m.wallets[1]],
        {"member_id": m.ids[0], "document": document, "reader": reader, "grant": granted},
        m.keys[1],
        m.ids[0],
        lambda: any(said.actor == m.wallets[1] for said in m.events("Authorised", m.office)),
    )


def revoke(m: Mutual) -> Act:
    m.office.set_contacts(m.ids[0], m.wallets[1], NOBODY, NOBODY, sender=m.wallets[0])
    document, reader = keccak(text="document"), keccak(text="reader")
    return Act(
        "Revoke",
        [m.ids[0], document, reader, m.wallets[1]],
        {"member_id": m.ids[0], "document": document, "reader": reader},
        m.keys[1],
        m.ids[0],
        lambda: any(said.actor == m.wallets[1] for said in m.events("Revoked", m.office)),
    )


ACTS = [
    join, accept, top_up, set_order, rejoin, leave, step_back, set_contacts, replace_wallet, veto_wallet,
    change_class, file, grant, cure, challenge, volunteer, retire, announce_seat, announce_key, authorise, revoke,
]  # fmt: skip
GATHERING = Rules(minimum_members=100, founding_deadline=60 * DAY)
each_act = pytest.mark.parametrize("build", ACTS, ids=[build.__name__ for build in ACTS])


@pytest.fixture
def rules(request: pytest.FixtureRequest) -> Rules:
    """Stepping back is for a mutual that still gathers; everything else for one that runs."""
    return GATHERING if "step_back" in request.node.name else Rules()


def test_every_signed_form_of_the_office_is_tested() -> None:
    forms = {entry.get("name", "") for entry in build_abi_output(source("Office").compiler_data)}
    forms = {name for name in forms if name.endswith("_for")}
    assert forms == {f"{build.__name__}_for" for build in ACTS}


@each_act
def test_a_stranger_relays_it_and_the_signer_acts(mutual: Mutual, build: Callable[[Mutual], Act]) -> None:
    act = build(mutual)
    assert not act.check()
    nonce = mutual.office.nonces(act.member_id)
    act.relay(mutual, *act.signed(mutual))
    relayed = mutual.event("ActRelayed", mutual.office)
    assert act.check()
    assert (relayed.member_id, relayed.signer, relayed.nonce) == (act.member_id, act.signer.address, nonce)
    assert relayed.act == type_hash(act.struct)
    assert mutual.office.nonces(act.member_id) == nonce + 1


@each_act
def test_it_is_relayed_once_and_in_time_and_by_its_signer_only(mutual: Mutual, build: Callable[[Mutual], Act]) -> None:
    act = build(mutual)
    deadline, signature = act.signed(mutual)
    with refused("office: not the actor's signature"):
        act.relay(mutual, *act.signed(mutual, signer=Account.from_key(b"\x66" * 32)))
    with boa.env.anchor():
        roll(seconds=DAY + 1)
        with refused("office: the signed act has expired"):
            act.relay(mutual, deadline, signature)
    act.relay(mutual, deadline, signature)
    try:
        act.relay(mutual, deadline, signature)
    except boa.BoaError as error:
        # A wallet that replaced itself is no longer the one that signed, and who stepped back is no member any more;
        # all others fail by the nonce.
        wanted = "no such member" if build is step_back else "not the actor's signature"
        assert f"office: {wanted}" in str(error)  # noqa: PT017 - boa names its reasons in the text
    else:
        raise AssertionError("the same signature worked twice")


def altered(field: Any) -> Any:
    if isinstance(field, bytes):
        return keccak(field)
    if isinstance(field, str):
        return "0x" + 20 * "0d"
    return field - 1 if field else 1


@each_act
def test_every_field_is_bound(mutual: Mutual, build: Callable[[Mutual], Act]) -> None:
    act = build(mutual)
    full = {**act.message, "nonce": mutual.office.nonces(act.member_id), "deadline": now() + DAY}
    for name, field in full.items():
        if isinstance(field, dict):
            variants = [{name: {**field, inner: altered(old)}} for inner, old in field.items()]
        else:
            variants = [{name: altered(field)}]
        for change in variants:
            deadline, signature = act.signed(mutual, changes=change)
            with refused("office: not the actor's signature"):
                act.relay(mutual, deadline, signature)
    act.relay(mutual, *act.signed(mutual))


def test_a_contract_wallet_signs_by_eip_1271(mutual: Mutual) -> None:
    wallet = boa.loads(
        """
#pragma version 0.4.3
accepted: public(bytes32)

@external
def set_accepted(digest: bytes32):
    self.accepted = digest

@external
@view
def isValidSignature(digest: bytes32, signature: Bytes[65]) -> bytes4:
    if digest == self.accepted:
        return 0x1626ba7e
    return 0xffffffff
"""
    )
    member_id = keccak(text="a contract's member")
    mutual._enrol([member_id], [wallet.address], 0)
    deadline = now() + DAY
    with refused("office: not the actor's signature"):
        mutual.office.accept_for(member_id, mutual.hash, deadline, b"")
    message = {"member_id": member_id, "charter_hash": mutual.hash, "nonce": 0, "deadline": deadline}
    wallet.set_accepted(digest("Tongxin Office", mutual.office.address, "Accept", message))
    mutual.office.accept_for(member_id, mutual.hash, deadline, b"")
    assert member(mutual, member_id)[3] & 2


def test_strangers_cannot_use_up_a_members_nonce_by_a_challenge(mutual: Mutual) -> None:
    act = challenge(mutual)
    stranger = Account.from_key(b"\x67" * 32)
    act.arguments[-1] = stranger.address
    with refused("office: not the member's wallet"):
        act.relay(mutual, *act.signed(mutual, signer=stranger))


def test_another_member_challenges_with_a_bond_and_their_own_nonce(mutual: Mutual) -> None:
    act = challenge(mutual)
    act.arguments[0] = act.message["member_id"] = act.member_id = mutual.ids[3]
    act.arguments[-1] = mutual.wallets[3]
    act.signer = mutual.keys[3]
    before = mutual.balance(mutual.wallets[3])
    act.relay(mutual, *act.signed(mutual))
    assert act.check()
    assert mutual.balance(mutual.wallets[3]) < before
    assert (mutual.office.nonces(mutual.ids[0]), mutual.office.nonces(mutual.ids[3])) == (0, 1)
