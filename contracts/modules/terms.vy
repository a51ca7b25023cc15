#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Terms
@license AGPL-3.0-only
@notice The charter's numbers that the Fund applies, as words T0, T1, part of T5 and the class shares.
@dev Read once from the sealed charter and kept in the code: every call needs some of them, and code is cheaper to read
     than storage. They are read through this module alone.
"""

from interfaces import ICharter
from modules import words

TOKEN: public(immutable(address))
SPACING: public(immutable(uint256))
CHARTER: public(immutable(address))
FOUNDED: public(immutable(uint256))

# T0 and T1 of docs/spec/interface.md.
money_terms: public(immutable(uint256))
member_terms: public(immutable(uint256))

# Ten class shares of 24 bits in each word, class 10 j in the lowest bits of word j.
shares_words: public(immutable(uint256[4]))

# P-37.
_ENTRY_FEE: immutable(uint256)

# Flags of T0.
_CALLED: constant(uint256) = 1
_IMMEDIATE: constant(uint256) = 2


@deploy
def __init__(charter: address):
    """
    @notice Reads the version of the charter that is in force.
    @param charter The sealed charter of the mutual.
    """
    version: uint256 = staticcall ICharter(charter).current()
    money: uint256 = 0
    member: uint256 = 0
    shares: uint256[4] = empty(uint256[4])
    document: bytes32 = empty(bytes32)
    money, member, shares, document = staticcall ICharter(charter).fund_terms(version)
    court: uint256[4] = staticcall ICharter(charter).court_terms(version)
    token: address = staticcall ICharter(charter).token()
    spacing: uint256 = staticcall ICharter(charter).spacing()
    assert token.is_contract, "fund: token has no code"
    assert spacing > 0 and spacing < 2**68, "fund: spacing out of range"
    # The bound on a settlement's work and the caps every settlement obeys (R-6) hold whatever the charter says.
    round_cap: uint256 = money >> 176
    assert round_cap > 0 and round_cap <= 1024 * spacing, "fund: round cap out of range"
    assert (money >> 80) & words.MASK_96 >= round_cap, "fund: year cap below round cap"
    assert (money >> 64) & 65_535 <= 1_000, "fund: fee out of range"
    assert money & words.MASK_32 > 0, "fund: no period"
    TOKEN = token
    SPACING = spacing
    CHARTER = charter
    FOUNDED = block.timestamp
    money_terms = money
    member_terms = member
    shares_words = shares
    _ENTRY_FEE = court[3] >> 168


@internal
@view
def _round_cap() -> uint256:
    return money_terms >> 176


@internal
@view
def _year_cap() -> uint256:
    return (money_terms >> 80) & words.MASK_96


@internal
@view
def _fee() -> uint256:
    return (money_terms >> 64) & 65_535


@internal
@view
def _with_margin(call: uint256) -> uint256:
    """
    @dev The call times (1 + margin), times BPS: the caller rounds.
    """
    return call * (words.BPS + ((money_terms >> 48) & 65_535))


@internal
@view
def _carries() -> uint256:
    return (money_terms >> 40) & 255


@internal
@view
def _is_called() -> bool:
    return (money_terms >> 32) & _CALLED != 0


@internal
@view
def _is_immediate() -> bool:
    return (money_terms >> 32) & _IMMEDIATE != 0


@internal
@view
def _period() -> uint256:
    return money_terms & words.MASK_32


@internal
@view
def _current_period() -> uint256:
    """
    @dev The period in which a standing order spends, counted from founding (R-40).
    """
    return ((block.timestamp - FOUNDED) // self._period()) & words.MASK_24


@internal
@view
def _grace() -> uint256:
    return member_terms >> 224


@internal
@view
def _notice() -> uint256:
    return (member_terms >> 192) & words.MASK_32


@internal
@view
def _max_runway() -> uint256:
    return (member_terms >> 172) & words.MASK_20


@internal
@view
def _min_runway() -> uint256:
    return (member_terms >> 152) & words.MASK_20


@internal
@view
def _admission_bps() -> uint256:
    return (member_terms >> 104) & 65_535


@internal
@view
def _admission_floor() -> uint256:
    return (member_terms >> 72) & words.MASK_32


@internal
@view
def _filing_window() -> uint256:
    return (member_terms >> 40) & words.MASK_32


@internal
@view
def _quorum() -> uint256:
    return member_terms & 255


@internal
@view
def _entry_fee() -> uint256:
    return _ENTRY_FEE


@internal
@view
def _class_shares(class_id: uint256) -> uint256:
    """
    @dev P-38; reverts for a class that the charter does not have.
    """
    if class_id >= 40:
        words._fail("fund: no such class")
    table: uint256[4] = shares_words
    shares: uint256 = (table[class_id // 10] >> (24 * (class_id % 10))) & words.MASK_24
    if shares == 0:
        words._fail("fund: no such class")
    return shares
