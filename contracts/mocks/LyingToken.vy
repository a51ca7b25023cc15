#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title LyingToken
@license AGPL-3.0-only
@notice A hostile token for tests: by choice it says that it paid and did not, or says that it failed.
        Anyone may mint.
"""

from ethereum.ercs import IERC20

implements: IERC20


flag Mode:
    HONEST
    MOVES_NOTHING
    RETURNS_FALSE


event ModeChanged:
    mode: Mode


decimals: public(constant(uint8)) = 6
name: public(constant(String[10])) = "LyingToken"
symbol: public(constant(String[3])) = "LIE"

totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])

# HONEST moves and returns true; MOVES_NOTHING returns true; RETURNS_FALSE moves nothing and returns false.
mode: public(Mode)


@deploy
def __init__():
    """
    @notice An honest token at first.
    """
    self.mode = Mode.HONEST


@external
def set_mode(mode: Mode):
    """
    @notice Sets how it lies; anyone may.
    @param mode 1 honest, 2 moves nothing and returns true, 4 moves nothing and returns false.
    """
    known: bool = mode == Mode.HONEST or mode == Mode.MOVES_NOTHING or mode == Mode.RETURNS_FALSE
    assert known, "lying_token: no such mode"
    self.mode = mode
    log ModeChanged(mode=mode)


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
    @return False in the mode RETURNS_FALSE, else true.
    """
    return self._move(msg.sender, to, amount)


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    """
    @notice Moves another's tokens within the allowance.
    @param owner Whose tokens are taken.
    @param to Who receives them.
    @param amount How many, in the smallest unit.
    @return False in the mode RETURNS_FALSE, else true.
    """
    if self.mode == Mode.HONEST:
        self.allowance[owner][msg.sender] -= amount
    return self._move(owner, to, amount)


@internal
def _move(owner: address, to: address, amount: uint256) -> bool:
    if self.mode != Mode.HONEST:
        return self.mode != Mode.RETURNS_FALSE
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)
    return True
