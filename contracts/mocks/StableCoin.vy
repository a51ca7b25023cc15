#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title StableCoin
@license AGPL-3.0-only
@notice The money of the local chain: a stablecoin of six decimals for tests and the demo, worth nothing.
        ERC-20 with EIP-2612 (approval by signature) and EIP-3009 (transfer by signature). Who deploys it may mint.
@dev What it does not do: it has no blacklist, no pause, no fee and no upgrade, as real stablecoins have; the
     hostile tokens beside this file stand for those.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20
from snekmate.utils import ecdsa
from snekmate.utils import eip712_domain_separator

initializes: ownable
initializes: erc20[ownable := ownable]
uses: eip712_domain_separator

exports: (
    erc20.DOMAIN_SEPARATOR,
    erc20.allowance,
    erc20.approve,
    erc20.balanceOf,
    erc20.burn,
    erc20.decimals,
    erc20.eip712Domain,
    erc20.mint,
    erc20.name,
    erc20.nonces,
    erc20.owner,
    erc20.permit,
    erc20.symbol,
    erc20.totalSupply,
    erc20.transfer,
    erc20.transferFrom,
    erc20.transfer_ownership,
)


event AuthorizationUsed:
    authorizer: indexed(address)
    nonce: indexed(bytes32)


event AuthorizationCanceled:
    authorizer: indexed(address)
    nonce: indexed(bytes32)


TRANSFER_WITH_AUTHORIZATION_TYPEHASH: public(constant(bytes32)) = keccak256(
    "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
)
RECEIVE_WITH_AUTHORIZATION_TYPEHASH: public(constant(bytes32)) = keccak256(
    "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
)
CANCEL_AUTHORIZATION_TYPEHASH: public(constant(bytes32)) = keccak256(
    "CancelAuthorization(address authorizer,bytes32 nonce)"
)

# Whether an authorisation was used or cancelled, by signer and by the nonce the signer chose.
authorizationState: public(HashMap[address, HashMap[bytes32, bool]])


@deploy
def __init__(name_: String[25], symbol_: String[5]):
    """
    @notice The deployer becomes the owner, who alone may mint.
    @param name_ The token's name, also the name of its EIP-712 domain, whose version is "1".
    @param symbol_ The token's symbol.
    """
    ownable.__init__()
    erc20.__init__(name_, symbol_, 6, name_, "1")


@external
def transferWithAuthorization(
    owner: address,
    to: address,
    amount: uint256,
    valid_after: uint256,
    valid_before: uint256,
    nonce: bytes32,
    v: uint8,
    r: bytes32,
    s: bytes32,
):
    """
    @notice Moves `amount` from `owner` to `to` by the owner's signature; anyone may submit it (EIP-3009).
    @param owner The payer, who signed.
    @param to The payee.
    @param amount The amount, in the smallest unit.
    @param valid_after The time after which the signature holds, in seconds since 1970.
    @param valid_before The time before which it holds.
    @param nonce A number the signer chose and has not used.
    @param v The signature's recovery byte, 27 or 28.
    @param r The signature's first half.
    @param s The signature's second half.
    """
    self._use(TRANSFER_WITH_AUTHORIZATION_TYPEHASH, owner, to, amount, valid_after, valid_before, nonce, v, r, s)
    erc20._transfer(owner, to, amount)


@external
def receiveWithAuthorization(
    owner: address,
    to: address,
    amount: uint256,
    valid_after: uint256,
    valid_before: uint256,
    nonce: bytes32,
    v: uint8,
    r: bytes32,
    s: bytes32,
):
    """
    @notice As transferWithAuthorization, but only the payee may submit it, so that nobody can run ahead of the payee.
    @param owner The payer, who signed.
    @param to The payee, who must be the caller.
    @param amount The amount, in the smallest unit.
    @param valid_after The time after which the signature holds, in seconds since 1970.
    @param valid_before The time before which it holds.
    @param nonce A number the signer chose and has not used.
    @param v The signature's recovery byte, 27 or 28.
    @param r The signature's first half.
    @param s The signature's second half.
    """
    assert to == msg.sender, "stablecoin: caller is not the payee"
    self._use(RECEIVE_WITH_AUTHORIZATION_TYPEHASH, owner, to, amount, valid_after, valid_before, nonce, v, r, s)
    erc20._transfer(owner, to, amount)


@external
def cancelAuthorization(authorizer: address, nonce: bytes32, v: uint8, r: bytes32, s: bytes32):
    """
    @notice Makes an authorisation unusable by its signer's signature (EIP-3009).
    @param authorizer The signer.
    @param nonce The number of the authorisation.
    @param v The signature's recovery byte, 27 or 28.
    @param r The signature's first half.
    @param s The signature's second half.
    """
    assert not self.authorizationState[authorizer][nonce], "stablecoin: authorization is used"
    struct_hash: bytes32 = keccak256(abi_encode(CANCEL_AUTHORIZATION_TYPEHASH, authorizer, nonce))
    self._check_signature(authorizer, struct_hash, v, r, s)
    self.authorizationState[authorizer][nonce] = True
    log AuthorizationCanceled(authorizer=authorizer, nonce=nonce)


@internal
def _use(
    typehash: bytes32,
    owner: address,
    to: address,
    amount: uint256,
    valid_after: uint256,
    valid_before: uint256,
    nonce: bytes32,
    v: uint8,
    r: bytes32,
    s: bytes32,
):
    assert block.timestamp > valid_after, "stablecoin: authorization not yet valid"
    assert block.timestamp < valid_before, "stablecoin: authorization is expired"
    assert not self.authorizationState[owner][nonce], "stablecoin: authorization is used"
    struct_hash: bytes32 = keccak256(abi_encode(typehash, owner, to, amount, valid_after, valid_before, nonce))
    self._check_signature(owner, struct_hash, v, r, s)
    self.authorizationState[owner][nonce] = True
    log AuthorizationUsed(authorizer=owner, nonce=nonce)


@internal
@view
def _check_signature(signer: address, struct_hash: bytes32, v: uint8, r: bytes32, s: bytes32):
    digest: bytes32 = eip712_domain_separator._hash_typed_data_v4(struct_hash)
    recovered: address = ecdsa._recover_vrs(digest, convert(v, uint256), convert(r, uint256), convert(s, uint256))
    assert recovered == signer, "stablecoin: invalid signature"
