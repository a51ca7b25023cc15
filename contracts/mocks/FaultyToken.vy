#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title FaultyToken
@license AGPL-3.0-only
@notice A token whose issuer misbehaves on request, for tests: it refuses payments to or from listed accounts and takes
        or gives units without a transfer by the holder. Anyone may do all of it.
"""

from ethereum.ercs import IERC20

implements: IERC20


event ListingChanged:
    account: indexed(address)
    pays: bool
    receives: bool


decimals: public(constant(uint8)) = 6
name: public(constant(String[11])) = "FaultyToken"
symbol: public(constant(String[3])) = "FLT"

totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])

# Accounts that can pay nothing, and accounts that can receive nothing.
refuses_from: public(HashMap[address, bool])
refuses_to: public(HashMap[address, bool])


@external
def list_account(account: address, pays: bool, receives: bool):
    """
    @notice Says whether an account can pay and receive; anyone may.
    @param account The account.
    @param pays Whether its tokens move.
    @param receives Whether it is paid.
    """
    self.refuses_from[account] = not pays
    self.refuses_to[account] = not receives
    log ListingChanged(account=account, pays=pays, receives=receives)


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
def seize(account: address, amount: uint256):
    """
    @notice Destroys an account's tokens; anyone may.
    @param account Whose.
    @param amount How many, in the smallest unit.
    """
    self.totalSupply -= amount
    self.balanceOf[account] -= amount
    log IERC20.Transfer(sender=account, receiver=empty(address), value=amount)


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
    @notice Moves tokens of the caller.
    @param to Who receives them.
    @param amount How many, in the smallest unit.
    @return Always true.
    """
    self._move(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    """
    @notice Moves another's tokens within the allowance.
    @param owner Whose tokens are taken.
    @param to Who receives them.
    @param amount How many, in the smallest unit.
    @return Always true.
    """
    self.allowance[owner][msg.sender] -= amount
    self._move(owner, to, amount)
    return True


@internal
def _move(owner: address, to: address, amount: uint256):
    assert not self.refuses_from[owner], "faulty_token: payer is listed"
    assert not self.refuses_to[to], "faulty_token: receiver is listed"
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)
