#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title FeeToken
@license AGPL-3.0-only
@notice A hostile token for tests: every transfer burns a part, so that the payee receives less than was sent.
        Anyone may mint.
"""

from ethereum.ercs import IERC20

implements: IERC20

event FeeChanged:
    basis_points: uint256


decimals: public(constant(uint8)) = 6
name: public(constant(String[8])) = "FeeToken"
symbol: public(constant(String[3])) = "FEE"

totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])

# The burnt part of a transfer, in basis points.
fee: public(uint256)


@deploy
def __init__(fee_: uint256):
    """
    @notice Sets the fee that holds at first.
    @param fee_ The burnt part of a transfer, in basis points.
    """
    self._set_fee(fee_)


@external
def set_fee(fee_: uint256):
    """
    @notice Sets the fee; anyone may.
    @param fee_ The burnt part of a transfer, in basis points.
    """
    self._set_fee(fee_)


@external
def mint(to: address, amount: uint256):
    """
    @notice Creates tokens; anyone may.
    @param to Who receives them.
    @param amount How many, in the smallest unit.
    """
    self.totalSupply += amount
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=empty(address), receiver=to, value=amount)


@external
def approve(spender: address, amount: uint256) -> bool:
    """
    @notice Lets a spender take tokens of the caller.
    @param spender Who may take them.
    @param amount How many, in the smallest unit.
    @return Always true.
    """
    self.allowance[msg.sender][spender] = amount
    log IERC20.Approval(owner=msg.sender, spender=spender, value=amount)
    return True


@external
def transfer(to: address, amount: uint256) -> bool:
    """
    @notice Takes `amount` from the caller and gives it, less the fee, to `to`.
    @param to Who receives them.
    @param amount How many leave the caller, in the smallest unit.
    @return Always true.
    """
    self._move(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    """
    @notice Takes `amount` from `owner` and gives it, less the fee, to `to`.
    @param owner Whose tokens are taken.
    @param to Who receives them.
    @param amount How many leave the owner, in the smallest unit.
    @return Always true.
    """
    self.allowance[owner][msg.sender] -= amount
    self._move(owner, to, amount)
    return True


@internal
def _set_fee(fee_: uint256):
    assert fee_ <= 10_000, "fee_token: fee above 100 per cent"
    self.fee = fee_
    log FeeChanged(basis_points=fee_)


@internal
def _move(owner: address, to: address, amount: uint256):
    burnt: uint256 = amount * self.fee // 10_000
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount - burnt
    self.totalSupply -= burnt
    log IERC20.Transfer(sender=owner, receiver=to, value=amount - burnt)
    log IERC20.Transfer(sender=owner, receiver=empty(address), value=burnt)
