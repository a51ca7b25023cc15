# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from web3.contract import Contract
from web3.exceptions import ContractLogicError

from support.contracts import accounts, connect, deploy, events, read, send
from tongxin.artifacts import load
from tongxin.chain import dev_rpc
from tongxin.chain.node import CHAIN_ID, EmbeddedNode, dev_accounts

TRANSFER = "TransferWithAuthorization"
RECEIVE = "ReceiveWithAuthorization"
FUNCTIONS = {TRANSFER: "transferWithAuthorization", RECEIVE: "receiveWithAuthorization"}
SUPPLY = 1_000_000_000
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
ORDER = 2 * HALF_ORDER + 1


@dataclass(frozen=True)
class World:
    coin: Contract
    owner: str
    payer: LocalAccount
    payee: str
    relayer: str
    url: str

    @property
    def now(self) -> int:
        return dev_rpc.clock(self.url)

    def balances(self) -> tuple[int, int]:
        return read(self.coin, "balanceOf", self.payer.address), read(self.coin, "balanceOf", self.payee)


@dataclass(frozen=True)
class Authorization:
    kind: str
    owner: str
    to: str
    amount: int
    valid_after: int
    valid_before: int
    nonce: bytes

    def message(self) -> dict[str, Any]:
        return {
            "from": self.owner,
            "to": self.to,
            "value": self.amount,
            "validAfter": self.valid_after,
            "validBefore": self.valid_before,
            "nonce": self.nonce,
        }

    def arguments(self) -> tuple[object, ...]:
        return self.owner, self.to, self.amount, self.valid_after, self.valid_before, self.nonce


@pytest.fixture
def world(node: EmbeddedNode) -> World:
    w3 = connect(node.url)
    owner, _, payee, relayer = accounts(w3)[:4]
    coin = deploy(w3, "StableCoin", "Test Yuan", "TCNY", sender=owner)
    payer = dev_accounts()[1]
    send(coin, "mint", payer.address, SUPPLY, sender=owner)
    return World(coin, owner, payer, payee, relayer, node.url)


def sign(
    world: World, kind: str, fields: str, message: dict[str, Any], signer: LocalAccount | None = None, **domain: Any
) -> tuple[int, bytes, bytes]:
    types = {kind: [dict(zip(("type", "name"), field.split(), strict=True)) for field in fields.split(",")]}
    full_domain = {"name": "Test Yuan", "version": "1", "chainId": CHAIN_ID, "verifyingContract": world.coin.address}
    signed = (signer or world.payer).sign_message(encode_typed_data(full_domain | domain, types, message))
    return signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


AUTHORIZATION_FIELDS = "address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce"


def authorization(world: World, kind: str, **changes: Any) -> Authorization:
    whole = Authorization(
        kind, world.payer.address, world.payee, 250, world.now - 10, world.now + 1000, secrets.token_bytes(32)
    )
    return replace(whole, **changes)


def signature(world: World, item: Authorization, **how: Any) -> tuple[int, bytes, bytes]:
    return sign(world, item.kind, AUTHORIZATION_FIELDS, item.message(), **how)


def submit(world: World, item: Authorization, proof: tuple[int, bytes, bytes], sender: str | None = None) -> Any:
    default = world.payee if item.kind == RECEIVE else world.relayer
    return send(world.coin, FUNCTIONS[item.kind], *item.arguments(), *proof, sender=sender or default)


# --- ERC-20 and its owner


def test_it_has_six_decimals_and_its_names(world: World) -> None:
    found = [read(world.coin, getter) for getter in ("name", "symbol", "decimals", "totalSupply")]
    assert found == ["Test Yuan", "TCNY", 6, SUPPLY]


def test_the_code_on_the_chain_is_the_artifacts(world: World) -> None:
    deployed = bytes(world.coin.w3.eth.get_code(world.coin.address))
    artifact = load("StableCoin")
    assert artifact.is_code_of(deployed)
    assert int.from_bytes(artifact.immutables_of(deployed)["erc20.decimals"], "big") == 6
    slot = world.coin.w3.eth.get_storage_at(world.coin.address, artifact.slot_of("erc20.totalSupply"))
    assert int.from_bytes(slot, "big") == SUPPLY


def test_only_the_owner_mints(world: World) -> None:
    with pytest.raises(ContractLogicError, match="erc20: access is denied"):
        send(world.coin, "mint", world.payee, 1, sender=world.payee)
    send(world.coin, "mint", world.payee, 7, sender=world.owner)
    assert read(world.coin, "balanceOf", world.payee) == 7
    assert read(world.coin, "totalSupply") == SUPPLY + 7
    assert "set_minter" not in {entry.get("name") for entry in world.coin.abi}


def test_transfer_moves_and_never_more_than_there_is(world: World) -> None:
    receipt = send(world.coin, "transfer", world.payee, 40, sender=world.payer.address)
    assert events(world.coin, "Transfer", receipt) == [
        {"sender": world.payer.address, "receiver": world.payee, "value": 40}
    ]
    assert world.balances() == (SUPPLY - 40, 40)
    with pytest.raises(ContractLogicError, match="exceeds balance"):
        send(world.coin, "transfer", world.payee, SUPPLY, sender=world.payer.address)


def test_transfer_from_keeps_to_the_allowance(world: World) -> None:
    send(world.coin, "approve", world.relayer, 50, sender=world.payer.address)
    send(world.coin, "transferFrom", world.payer.address, world.payee, 30, sender=world.relayer)
    assert read(world.coin, "allowance", world.payer.address, world.relayer) == 20
    with pytest.raises(ContractLogicError, match="insufficient allowance"):
        send(world.coin, "transferFrom", world.payer.address, world.payee, 21, sender=world.relayer)
    assert world.balances() == (SUPPLY - 30, 30)


# --- EIP-2612

PERMIT_FIELDS = "address owner,address spender,uint256 value,uint256 nonce,uint256 deadline"


def test_permit_sets_the_allowance_once(world: World) -> None:
    deadline = world.now + 1000
    message = {"owner": world.payer.address, "spender": world.relayer, "value": 90, "nonce": 0, "deadline": deadline}
    proof = sign(world, "Permit", PERMIT_FIELDS, message)
    send(world.coin, "permit", world.payer.address, world.relayer, 90, deadline, *proof, sender=world.relayer)
    assert read(world.coin, "allowance", world.payer.address, world.relayer) == 90
    assert read(world.coin, "nonces", world.payer.address) == 1
    with pytest.raises(ContractLogicError, match="invalid signature"):
        send(world.coin, "permit", world.payer.address, world.relayer, 90, deadline, *proof, sender=world.relayer)


# --- EIP-3009


def test_the_type_hashes_are_those_of_the_standard(world: World) -> None:
    for kind, getter in (
        (TRANSFER, "TRANSFER_WITH_AUTHORIZATION_TYPEHASH"),
        (RECEIVE, "RECEIVE_WITH_AUTHORIZATION_TYPEHASH"),
    ):
        assert read(world.coin, getter) == keccak(text=f"{kind}({AUTHORIZATION_FIELDS})")
    assert (
        read(world.coin, "CANCEL_AUTHORIZATION_TYPEHASH").hex()
        == "158b0a9edf7a828aad02f63cd515c68ef2f50ba807396f6d12842833a1597429"
    )
    assert (
        read(world.coin, "TRANSFER_WITH_AUTHORIZATION_TYPEHASH").hex()
        == "7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267"
    )
    assert (
        read(world.coin, "RECEIVE_WITH_AUTHORIZATION_TYPEHASH").hex()
        == "d099cc98ef71107a616c4f0f941f04c322d8e254fe26b3c6668db87aae413de8"
    )


def test_the_functions_have_the_standards_selectors(world: World) -> None:
    parameters = "address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32"
    signatures = {function.abi_element_identifier for function in world.coin.all_functions()}
    assert {
        f"transferWithAuthorization({parameters})",
        f"receiveWithAuthorization({parameters})",
        "cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)",
        "authorizationState(address,bytes32)",
    } <= signatures


@pytest.mark.parametrize("kind", [TRANSFER, RECEIVE])
def test_an_authorization_pays_once(world: World, kind: str) -> None:
    item = authorization(world, kind)
    proof = signature(world, item)
    assert read(world.coin, "authorizationState", item.owner, item.nonce) is False
    receipt = submit(world, item, proof)
    assert events(world.coin, "AuthorizationUsed", receipt) == [{"authorizer": item.owner, "nonce": item.nonce}]
    assert events(world.coin, "Transfer", receipt) == [{"sender": item.owner, "receiver": item.to, "value": 250}]
    assert world.balances() == (SUPPLY - 250, 250)
    assert read(world.coin, "authorizationState", item.owner, item.nonce) is True
    with pytest.raises(ContractLogicError, match="stablecoin: authorization is used"):
        submit(world, item, proof)
    assert world.balances() == (SUPPLY - 250, 250)


def test_only_the_payee_receives(world: World) -> None:
    item = authorization(world, RECEIVE)
    with pytest.raises(ContractLogicError, match="stablecoin: caller is not the payee"):
        submit(world, item, signature(world, item), sender=world.relayer)


@pytest.mark.parametrize("kind", [TRANSFER, RECEIVE])
@pytest.mark.parametrize("field", ["owner", "to", "amount", "valid_after", "valid_before", "nonce", "kind"])
def test_a_signature_holds_for_nothing_else(world: World, kind: str, field: str) -> None:
    item = authorization(world, kind)
    proof = signature(world, item)
    changed: dict[str, Any] = {
        "owner": world.owner,
        "to": world.relayer,
        "amount": 251,
        "valid_after": item.valid_after + 1,
        "valid_before": item.valid_before + 1,
        "nonce": secrets.token_bytes(32),
        "kind": RECEIVE if kind == TRANSFER else TRANSFER,
    }
    other = replace(item, **{field: changed[field]})
    sender = other.to if other.kind == RECEIVE else world.relayer
    with pytest.raises(ContractLogicError, match=r"(stablecoin|ecdsa): invalid signature"):
        submit(world, other, proof, sender=sender)
    assert world.balances() == (SUPPLY, 0)


@pytest.mark.parametrize(
    "domain",
    [
        {"chainId": 1},
        {"verifyingContract": "0x" + "11" * 20},
        {"name": "Other Yuan"},
        {"version": "2"},
    ],
)
def test_a_signature_holds_in_its_domain_only(world: World, domain: dict[str, Any]) -> None:
    item = authorization(world, TRANSFER)
    with pytest.raises(ContractLogicError, match="invalid signature"):
        submit(world, item, signature(world, item, **domain))


def test_a_strangers_signature_is_refused(world: World) -> None:
    item = authorization(world, TRANSFER)
    with pytest.raises(ContractLogicError, match="invalid signature"):
        submit(world, item, signature(world, item, signer=Account.from_key(b"\x05" * 32)))


def test_the_mirrored_signature_is_refused(world: World) -> None:
    item = authorization(world, TRANSFER)
    v, r, s = signature(world, item)
    mirrored = (ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    with pytest.raises(ContractLogicError, match="invalid signature `s` value"):
        submit(world, item, (55 - v, r, mirrored))


@pytest.mark.parametrize("kind", [TRANSFER, RECEIVE])
def test_an_authorization_holds_strictly_between_its_times(world: World, kind: str) -> None:
    start = world.now + 1000
    times = {"valid_after": start, "valid_before": start + 10}
    for moment, message in (
        (start, "stablecoin: authorization not yet valid"),
        (start + 1, None),
        (start + 9, None),
        (start + 10, "stablecoin: authorization is expired"),
    ):
        item = authorization(world, kind, **times)
        call = world.coin.functions[FUNCTIONS[kind]](*item.arguments(), *signature(world, item))
        dev_rpc.set_next_block_timestamp(world.url, moment)
        dev_rpc.mine(world.url)
        if message is None:
            call.call({"from": world.payee})
        else:
            with pytest.raises(ContractLogicError, match=message):
                call.call({"from": world.payee})


def test_an_authorization_over_the_balance_stays_unused(world: World) -> None:
    item = authorization(world, TRANSFER, amount=SUPPLY + 1)
    with pytest.raises(ContractLogicError, match="exceeds balance"):
        submit(world, item, signature(world, item))
    assert read(world.coin, "authorizationState", item.owner, item.nonce) is False


def test_cancelling_makes_an_authorization_unusable(world: World) -> None:
    item = authorization(world, TRANSFER)
    message = {"authorizer": item.owner, "nonce": item.nonce}
    proof = sign(world, "CancelAuthorization", "address authorizer,bytes32 nonce", message)
    stranger = sign(
        world, "CancelAuthorization", "address authorizer,bytes32 nonce", message, Account.from_key(b"\x05" * 32)
    )
    with pytest.raises(ContractLogicError, match="invalid signature"):
        send(world.coin, "cancelAuthorization", item.owner, item.nonce, *stranger, sender=world.relayer)
    receipt = send(world.coin, "cancelAuthorization", item.owner, item.nonce, *proof, sender=world.relayer)
    assert events(world.coin, "AuthorizationCanceled", receipt) == [{"authorizer": item.owner, "nonce": item.nonce}]
    with pytest.raises(ContractLogicError, match="stablecoin: authorization is used"):
        submit(world, item, signature(world, item))
    with pytest.raises(ContractLogicError, match="stablecoin: authorization is used"):
        send(world.coin, "cancelAuthorization", item.owner, item.nonce, *proof, sender=world.relayer)
