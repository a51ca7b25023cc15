#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Payments
@license AGPL-3.0-only
@notice How tokens come in and go out. A pull is checked against the fund's own balance (R-18); a push that fails
        becomes a due that can be withdrawn later, so that no payee can hold up others (R-19).
@dev What it does not do: it decides on no payment and keeps no books but the dues. Whoever calls `_push` has already
     taken the amount out of an account of the ledger. Every external function that reaches a token holds the lock.
"""

from ethereum.ercs import IERC20

from interfaces import IFund
from modules import ledger
from modules import terms
from modules import words

uses: ledger
uses: terms


event Owed:
    payee: indexed(address)
    amount: uint256


event Withdrawn:
    payee: indexed(address)
    amount: uint256


# Units owed to a payee whose push failed, or credited by the Court.
dues: public(HashMap[address, uint256])

_ALLOWANCE: constant(uint256) = 0
_PERMIT: constant(uint256) = 1
_AUTHORIZATION: constant(uint256) = 2


@external
@nonreentrant
def withdraw(payee: address):
    """
    @notice Pays what is owed to a payee; anyone may call it (R-19).
    @param payee To whom it is owed and paid.
    """
    amount: uint256 = self.dues[payee]
    if amount == 0:
        words._fail("fund: nothing due")
    self.dues[payee] = 0
    purse: ledger.Purse = ledger._load_purse()
    purse.due -= amount
    ledger._store_purse(purse)
    if not self._transfer(payee, amount):
        words._fail("fund: token transfer failed")
    log Withdrawn(payee=payee, amount=amount)


@internal
@view
def _balance() -> uint256:
    return staticcall IERC20(terms.TOKEN).balanceOf(self)


@internal
def _transfer(to: address, amount: uint256) -> bool:
    """
    @dev Never reverts; false if the token reverts, says no, or has no code.
    """
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        terms.TOKEN,
        abi_encode(to, amount, method_id=method_id("transfer(address,uint256)")),
        max_outsize=32,
        revert_on_failure=False,
    )
    if not success:
        return False
    if len(answer) == 0:
        return terms.TOKEN.is_contract
    return self._is_yes(answer)


@internal
@pure
def _is_yes(answer: Bytes[32]) -> bool:
    return len(answer) == 32 and convert(answer, uint256) == 1


@internal
def _push(to: address, amount: uint256):
    """
    @dev R-19. Zero is not sent.
    """
    if amount == 0:
        return
    if not self._transfer(to, amount):
        self._owe(to, amount)
        log Owed(payee=to, amount=amount)


@internal
def _owe(payee: address, amount: uint256):
    """
    @dev Books a due; the amount has already left another account.
    """
    self.dues[payee] += amount
    ledger._add_due(amount)


@internal
def _pull_allowance(payer: address, amount: uint256):
    """
    @dev R-18, by allowance.
    """
    if amount == 0:
        return
    before: uint256 = self._balance()
    self._transfer_from(payer, amount)
    if self._balance() != before + amount:
        words._fail("fund: wrong amount received")


@internal
def _transfer_from(payer: address, amount: uint256):
    done: bool = extcall IERC20(terms.TOKEN).transferFrom(payer, self, amount, default_return_value=True)
    if not done:
        words._fail("fund: token transfer failed")


@internal
def _try_pull(payer: address, amount: uint256, before: uint256) -> bool:
    """
    @dev A pull inside a batch (R-40): false if it failed; reverts if the token says otherwise and anything but the amount
         moved.
    @param before The fund's token balance before it.
    """
    answer: Bytes[32] = b""
    success: bool = False
    success, answer = raw_call(
        terms.TOKEN,
        abi_encode(payer, self, amount, method_id=method_id("transferFrom(address,address,uint256)")),
        max_outsize=32,
        revert_on_failure=False,
    )
    if not success or (len(answer) > 0 and not self._is_yes(answer)):
        return False
    if self._balance() != before + amount:
        words._fail("fund: wrong amount received")
    return True


@internal
def _pull(
    payment: IFund.Payment,
    amount: uint256,
    action: bytes32,
    member_id: bytes32,
    tick: uint256,
    detail: bytes32,
    actor: address,
) -> address:
    """
    @dev R-34, R-18. The payer is the actor, or the signer of an authorisation whose nonce binds it to this act, on this
         chain and fund, so that nobody can turn a payment to another purpose.
    @return The payer.
    """
    if amount == 0:
        return actor
    before: uint256 = self._balance()
    payer: address = actor
    if payment.method == _AUTHORIZATION:
        if payment.amount != amount:
            words._fail("fund: authorization is not the price")
        payer = payment.payer
        nonce: bytes32 = keccak256(
            abi_encode(chain.id, self, action, member_id, tick, detail, payment.salt)
        )
        raw_call(
            terms.TOKEN,
            abi_encode(
                payer,
                self,
                amount,
                payment.valid_after,
                payment.valid_before,
                nonce,
                payment.v,
                payment.r,
                payment.s,
                method_id=method_id(
                    "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)"
                ),
            ),
        )
    else:
        if payment.method > _PERMIT:
            words._fail("fund: no such payment method")
        if payment.method == _PERMIT:
            # Somebody may have run ahead with the same permit; then the allowance is there already.
            success: bool = raw_call(
                terms.TOKEN,
                abi_encode(
                    actor,
                    self,
                    payment.amount,
                    payment.valid_before,
                    payment.v,
                    payment.r,
                    payment.s,
                    method_id=method_id("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
                ),
                revert_on_failure=False,
            )
        self._transfer_from(actor, amount)
    if self._balance() != before + amount:
        words._fail("fund: wrong amount received")
    return payer
