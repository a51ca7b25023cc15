#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Words
@license AGPL-3.0-only
@notice How members and ticks are packed, and the units of the ledger (docs/spec/interface.md, section Words).
@dev No state. Member: wallet 160 | tick 28 | shares 24 | joined 20 | class 16 | status 8. History: the member word's
     lower 96 bits, then changed 20 | left 20 | exited 20 | notice 32 | unused 68. Tick: shares 44 | heads 28 | stamp 40 | unused 144.
     What is packed here has been checked against its width by the caller, unless a line below says otherwise.
"""

# Index units per unit of money and thousandth of a share.
SCALE: constant(uint256) = 10**6
BPS: constant(uint256) = 10_000
HOUR: constant(uint256) = 3_600
YEAR: constant(uint256) = 31_536_000
WEEK: constant(uint256) = 604_800

# Status bits of a member.
OCCUPIED: constant(uint256) = 1
ACCEPTED: constant(uint256) = 2
LEAVING: constant(uint256) = 4
HISTORY: constant(uint256) = 8
ORDER: constant(uint256) = 16
CONTACTS: constant(uint256) = 32
REGISTERED: constant(uint256) = 64
EXITED: constant(uint256) = 128

# Offsets inside the member word.
WALLET_AT: constant(uint256) = 96
TICK_AT: constant(uint256) = 68
SHARES_AT: constant(uint256) = 44
JOINED_AT: constant(uint256) = 24
CLASS_AT: constant(uint256) = 8

TICK_LIMIT: constant(uint256) = 2**28
MASK_20: constant(uint256) = 2**20 - 1
MASK_24: constant(uint256) = 2**24 - 1
MASK_28: constant(uint256) = 2**28 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_40: constant(uint256) = 2**40 - 1
MASK_42: constant(uint256) = 2**42 - 1
MASK_44: constant(uint256) = 2**44 - 1
MASK_80: constant(uint256) = 2**80 - 1
MASK_87: constant(uint256) = 2**87 - 1
MASK_88: constant(uint256) = 2**88 - 1
MASK_96: constant(uint256) = 2**96 - 1

# Offsets inside the history word.
RECORD_AT: constant(uint256) = 160
CHANGED_AT: constant(uint256) = 140
LEFT_AT: constant(uint256) = 120
EXITED_AT: constant(uint256) = 100
NOTICE_AT: constant(uint256) = 68


@internal
@pure
def _ceil_div(a: uint256, b: uint256) -> uint256:
    """
    @dev Rounds up: what members pay is never less than what they get (R-25). b is never 0 here.
    """
    return (a + b - 1) // b


@internal
@view
def _hour_up() -> uint256:
    """
    @dev The present hour, rounded up, so that no duty of the fund begins early.
    """
    return (block.timestamp + HOUR - 1) // HOUR


@internal
@pure
def _tick(member: uint256) -> uint256:
    return (member >> TICK_AT) & MASK_28


@internal
@pure
def _shares(member: uint256) -> uint256:
    return (member >> SHARES_AT) & MASK_24


@internal
@pure
def _with_tick(member: uint256, tick: uint256) -> uint256:
    """
    @dev The member word with another runway end.
    """
    return (member & ~(MASK_28 << TICK_AT)) | (tick << TICK_AT)


@internal
@pure
def _fail(reason: String[40]):
    """
    @dev Reverts with Error(string), as assert does. An assert carries its own copy of the code that encodes the reason,
         a hundred bytes each time; this is one copy for all.
    """
    raw_revert(abi_encode(reason, method_id=method_id("Error(string)")))
