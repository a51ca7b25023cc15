#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title NoReturnToken
@license AGPL-3.0-only
@notice An awkward token for tests: its functions return nothing, as those of Tether on Ethereum.
        Anyone may mint.
"""

from ethereum.ercs import IERC20


decimals: public(constant(uint8)) = 6
name: public(constant(String[13])) = "NoReturnToken"
symbol: public(constant(String[3])) = "NRT"

totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])


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
def approve(spender: address, amount: uint256):
    """
    @notice Lets a spender take tokens of the caller.
    @param spender Who may take them.
    @param amount How many, in the smallest unit.
    """
    self.allowance[msg.sender][spender] = amount
    log IERC20.Approval(owner=msg.sender, spender=spender, value=amount)


@external
def transfer(to: address, amount: uint256):
    """
    @notice Moves tokens of the caller.
    @param to Who receives them.
    @param amount How many, in the smallest unit.
    """
    self._move(msg.sender, to, amount)


@external
def transferFrom(owner: address, to: address, amount: uint256):
    """
    @notice Moves another's tokens within the allowance.
    @param owner Whose tokens are taken.
    @param to Who receives them.
    @param amount How many, in the smallest unit.
    """
    self.allowance[owner][msg.sender] -= amount
    self._move(owner, to, amount)


@internal
def _move(owner: address, to: address, amount: uint256):
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)
