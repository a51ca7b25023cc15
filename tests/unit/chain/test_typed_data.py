# SPDX-License-Identifier: AGPL-3.0-only
"""What is signed is what the contracts hash: every typed struct of their sources, and its message here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from support.sdk import person
from tongxin.chain import typed_data
from tongxin.chain.payments import Purpose
from tongxin.chain.structs import Attestation, Filing, Payment
from tongxin.chain.typed_data import AssemblyActs, Authorization, Domain, OfficeActs, TypedData
from tongxin.words import KeyKind, ProposalKind

CONTRACTS = Path(__file__).parents[3] / "contracts"
STRUCT = re.compile(r'keccak256\(\s*"([A-Z]\w+\([^"]+)"\s*\)')
DOMAIN = Domain("Tongxin Office", "1", 31337, person("office").address)
ID = keccak(b"member")
WALLET = person("wallet").address
ATTESTATION = Attestation(ID, WALLET, 1, 5, 9)
FILING = Filing(ID, 0, 20_000, 0, ID, ID, ID)
PAYMENT = Payment()
ACTS = OfficeActs(DOMAIN)
VOTES = AssemblyActs(typed_data.assembly_domain(31337, person("assembly").address))
ENDS = {"nonce": 3, "deadline": 99}
MESSAGES: list[TypedData] = [
    typed_data.attestation(DOMAIN, ATTESTATION),
    typed_data.roster(DOMAIN, [ID, ID], [WALLET, WALLET], 1, issued=5, expiry=9),
    typed_data.class_change(DOMAIN, ID, 1, issued=5, expiry=9),
    typed_data.wallet_change(DOMAIN, ID, WALLET, issued=5, expiry=9),
    typed_data.commit(DOMAIN, 8, 0, 2, ID),
    ACTS.join(ATTESTATION, 7, ID, PAYMENT, **ENDS),
    ACTS.accept(ID, ID, **ENDS),
    ACTS.top_up(ID, 7, PAYMENT, **ENDS),
    ACTS.set_order(ID, 1, 2, **ENDS),
    ACTS.rejoin(ID, 7, ID, PAYMENT, **ENDS),
    ACTS.leave(ID, **ENDS),
    ACTS.set_contacts(ID, WALLET, WALLET, WALLET, **ENDS),
    ACTS.replace_wallet(ID, WALLET, **ENDS),
    ACTS.veto_wallet(ID, **ENDS),
    ACTS.change_class(ID, 1, **ENDS),
    ACTS.file(FILING, PAYMENT, **ENDS),
    ACTS.grant(ID, 1, ID, **ENDS),
    ACTS.cure(ID, 1, ID, **ENDS),
    ACTS.challenge(ID, 1, 0, PAYMENT, **ENDS),
    ACTS.volunteer(ID, PAYMENT, **ENDS),
    ACTS.retire(ID, **ENDS),
    ACTS.announce_seat(ID, 8, 0, KeyKind.X25519, ID, **ENDS),
    ACTS.announce_key(ID, KeyKind.HYBRID, ID, **ENDS),
    ACTS.authorise(ID, ID, ID, ID, **ENDS),
    ACTS.revoke(ID, ID, ID, **ENDS),
    ACTS.step_back(ID, **ENDS),
    VOTES.propose(ProposalKind.CHARTER, 2, ID, ID, **ENDS),
    VOTES.vote(1, ID, support=True, deadline=99),
    VOTES.withdraw(1, **ENDS),
]


def structs_in_sources() -> set[str]:
    found: set[str] = set()
    for path in [*CONTRACTS.glob("*.vy"), *(CONTRACTS / "modules").glob("*.vy")]:
        found |= set(STRUCT.findall(path.read_text(encoding="ascii")))
    return {struct for struct in found if not struct.startswith(("EIP712Domain(", "Filing("))}


def written(typed: TypedData) -> str:
    """A message's type as EIP-712 hashes it."""

    def struct(name: str, parts: tuple[tuple[str, str], ...]) -> str:
        return f"{name}({','.join(f'{kind} {field}' for field, kind in parts)})"

    nested = "".join(struct(name, typed.nested[name]) for name in sorted(typed.nested))
    return struct(typed.primary_type, typed.fields) + nested


def test_every_struct_of_the_contracts_has_its_message() -> None:
    assert structs_in_sources() == {written(typed) for typed in MESSAGES}


@pytest.mark.parametrize("typed", MESSAGES, ids=lambda typed: typed.primary_type)
def test_a_message_is_signed_as_it_is_written(typed: TypedData) -> None:
    signer = person("signer")
    signature = signer.sign_typed(typed)
    assert len(signature) == 65
    found = Account.recover_message(encode_typed_data(full_message=typed.full()), signature=signature)
    assert found == signer.address
    assert Account._recover_hash(typed.digest(), signature=signature) == signer.address
    assert typed.struct_hash() != typed.digest()


def test_a_payment_is_bound_to_everything_that_it_is_for() -> None:
    base = {"detail": ID, "salt": ID}

    def nonce(chain: int = 1, fund: str = WALLET, action: str = "join", member: bytes = ID, tick: int = 5) -> bytes:
        return typed_data.payment_nonce(chain, fund, action, member, tick, **base)

    others = [
        nonce(chain=2),
        nonce(fund=DOMAIN.contract),
        nonce(action="bond"),
        nonce(member=keccak(b"other")),
        nonce(tick=6),
        typed_data.payment_nonce(1, WALLET, "join", ID, 5, detail=bytes(32), salt=ID),
        typed_data.payment_nonce(1, WALLET, "join", ID, 5, detail=ID, salt=bytes(32)),
    ]
    assert len({nonce(), *others}) == len(others) + 1
    purposes = [
        Purpose.join(1, WALLET, ATTESTATION, 5, ID),
        Purpose.join(1, WALLET, ATTESTATION, 5, bytes(32)),
        Purpose.top_up(ID, 5),
        Purpose.rejoin(ID, 5, ID),
        Purpose.donate(),
        Purpose.filing_bond(FILING, WALLET),
        Purpose.filing_bond(FILING, DOMAIN.contract),
        Purpose.challenge_bond(ID, 1, 0, WALLET),
        Purpose.challenge_bond(ID, 1, 1, WALLET),
        Purpose.juror_bond(ID),
    ]
    assert len(set(purposes)) == len(purposes)


def test_a_payment_is_an_authorization_of_the_standard() -> None:
    item = Authorization(WALLET, DOMAIN.contract, 5, 0, 9, ID)
    typed = typed_data.receive_authorization(DOMAIN, item)
    assert written(typed) == (
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,"
        "bytes32 nonce)"
    )
    permit = typed_data.permit(DOMAIN, WALLET, WALLET, 5, nonce=0, deadline=9)
    assert written(permit) == "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
