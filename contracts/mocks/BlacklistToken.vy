#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title BlacklistToken
@license AGPL-3.0-only
@notice A hostile token for tests: it refuses to pay listed receivers, as the issuer of a real stablecoin can.
        Anyone may mint.
"""

from ethereum.ercs import IERC20

implements: IERC20


event ListingChanged:
    account: indexed(address)
    listed: bool


decimals: public(constant(uint8)) = 6
name: public(constant(String[14])) = "BlacklistToken"
symbol: public(constant(String[3])) = "BLK"

totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])

# Accounts that can receive nothing.
is_blacklisted: public(HashMap[address, bool])


@external
def set_blacklisted(account: address, listed: bool):
    """
    @notice Lists an account, or takes it off; anyone may.
    @param account The account.
    @param listed Whether it is refused from now on.
    """
    self.is_blacklisted[account] = listed
    log ListingChanged(account=account, listed=listed)


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
    assert not self.is_blacklisted[to], "blacklist_token: receiver is listed"
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)
