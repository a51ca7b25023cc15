#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title ReentrantToken
@license AGPL-3.0-only
@notice A hostile token for tests: before it moves anything it calls a contract of the attacker's choice.
        Anyone may mint.
"""

from ethereum.ercs import IERC20

implements: IERC20


event CallbackSet:
    target: indexed(address)
    calls: uint256


event CalledBack:
    target: indexed(address)
    success: bool


decimals: public(constant(uint8)) = 6
name: public(constant(String[14])) = "ReentrantToken"
symbol: public(constant(String[3])) = "REE"

totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])

# The contract that is called during the next transfers, the calldata, and how many calls are left.
target: public(address)
calldata: public(Bytes[4096])
calls: public(uint256)


@external
def set_callback(target: address, data: Bytes[4096], calls: uint256):
    """
    @notice Sets what is called during the next transfers; anyone may.
    @param target The contract to call.
    @param data The calldata.
    @param calls How many transfers call it.
    """
    self.target = target
    self.calldata = data
    self.calls = calls
    log CallbackSet(target=target, calls=calls)


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
    if self.calls > 0:
        self.calls -= 1
        success: bool = raw_call(self.target, self.calldata, revert_on_failure=False)
        log CalledBack(target=self.target, success=success)
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)
