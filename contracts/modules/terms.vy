#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Terms
@license AGPL-3.0-only
@notice The charter's numbers that the Fund applies, as words T0, T1, T5 and the class shares (R-95).
@dev Those of the founding version are kept in the code: every call needs some of them, and code is cheaper to read than
     storage. Once a later version was adopted, what a vote can change (R-92) is read from storage; a flag of the books,
     which every act reads anyway, says which. They are read through this module alone.
"""

from interfaces import ICharter
from modules import standing
from modules import words

uses: standing

struct Numbers:
    money: uint256
    member: uint256
    fifth: uint256
    shares: uint256[4]
    document: bytes32


TOKEN: public(immutable(address))
SPACING: public(immutable(uint256))
CHARTER: public(immutable(address))
FOUNDED: public(immutable(uint256))

# T0, T1 and T5 of docs/spec/interface.md and the class shares, ten of 24 bits in each word, class 10 j in the lowest bits
# of word j: those of version 1.
_MONEY: immutable(uint256)
_MEMBER: immutable(uint256)
_FIFTH: immutable(uint256)
_SHARES: immutable(uint256[4])

# The same words of the version last adopted, used once one was.
_money: uint256
_member: uint256
_fifth: uint256
_shares: uint256[4]

# Flags of T0.
_CALLED: constant(uint256) = 1
_IMMEDIATE: constant(uint256) = 2


@deploy
def __init__(charter: address):
    """
    @notice Reads the founding version of the charter.
    @param charter The sealed charter of the mutual.
    """
    CHARTER = charter
    TOKEN = staticcall ICharter(charter).token()
    SPACING = staticcall ICharter(charter).spacing()
    FOUNDED = block.timestamp
    numbers: Numbers = self._read(charter, 1)
    _MONEY = numbers.money
    _MEMBER = numbers.member
    _FIFTH = numbers.fifth
    _SHARES = numbers.shares


@external
@view
def money_terms() -> uint256:
    """
    @notice The word T0 in use.
    @return The word.
    """
    return self._money_word(standing._flags())


@external
@view
def member_terms() -> uint256:
    """
    @notice The word T1 in use.
    @return The word.
    """
    return self._member_word(standing._flags())


@external
@view
def shares_words(j: uint256) -> uint256:
    """
    @notice Ten class shares in use.
    @param j 0 for the classes 0 to 9, and so on.
    @return The word.
    """
    if standing._flags() & standing.AMENDED != 0:
        return self._shares[j]
    table: uint256[4] = _SHARES
    return table[j]


@internal
@view
def _read(charter: address, version: uint256) -> Numbers:
    """
    @dev T0, T1, T5, class shares and hash of a version.
    """
    numbers: Numbers = empty(Numbers)
    numbers.money, numbers.member, numbers.shares, numbers.document = staticcall ICharter(charter).fund_terms(version)
    court: uint256[4] = staticcall ICharter(charter).court_terms(version)
    numbers.fifth = court[3]
    return numbers


@internal
@view
def _check_founding():
    """
    @dev What a Fund cannot work with, whatever the charter says.
    """
    if not TOKEN.is_contract:
        words._fail("fund: token has no code")
    if SPACING == 0 or SPACING >= 2**68:
        words._fail("fund: spacing out of range")
    self._check(_MONEY)


@internal
@view
def _check(money: uint256):
    """
    @dev The bound on a settlement's work and the caps every settlement obeys (R-6) hold whatever the charter says.
    """
    round_cap: uint256 = self._round_cap(money)
    if round_cap == 0 or round_cap > 1024 * SPACING:
        words._fail("fund: round cap out of range")
    if self._year_cap(money) < round_cap:
        words._fail("fund: year cap below round cap")
    if self._fee(money) > 1_000:
        words._fail("fund: fee out of range")
    if money & words.MASK_32 == 0:
        words._fail("fund: no period")


@internal
def _adopt(version: uint256) -> bytes32:
    """
    @dev R-95: from now on the numbers of that version count.
    @return Its hash.
    """
    numbers: Numbers = self._read(CHARTER, version)
    self._check(numbers.money)
    self._money = numbers.money
    self._member = numbers.member
    self._fifth = numbers.fifth
    self._shares = numbers.shares
    standing._set_amended()
    return numbers.document


# What a vote can change: each takes the flags of the books, which say whether one did.


@internal
@view
def _money_word(flags: uint256) -> uint256:
    if flags & standing.AMENDED != 0:
        return self._money
    return _MONEY


@internal
@view
def _member_word(flags: uint256) -> uint256:
    if flags & standing.AMENDED != 0:
        return self._member
    return _MEMBER


@internal
@view
def _fifth_word(flags: uint256) -> uint256:
    if flags & standing.AMENDED != 0:
        return self._fifth
    return _FIFTH


# Fields of T0, from the word: who needs several reads it once.


@internal
@pure
def _round_cap(money: uint256) -> uint256:
    return money >> 176


@internal
@pure
def _year_cap(money: uint256) -> uint256:
    return (money >> 80) & words.MASK_96


@internal
@pure
def _fee(money: uint256) -> uint256:
    return (money >> 64) & 65_535


@internal
@pure
def _carries(money: uint256) -> uint256:
    return (money >> 40) & 255


# No vote changes these (R-92), so the founding version has them.


@internal
@view
def _with_margin(call: uint256) -> uint256:
    """
    @dev The call times (1 + margin), times BPS: the caller rounds.
    """
    return call * (words.BPS + ((_MONEY >> 48) & 65_535))


@internal
@view
def _is_called() -> bool:
    return (_MONEY >> 32) & _CALLED != 0


@internal
@view
def _is_immediate() -> bool:
    return (_MONEY >> 32) & _IMMEDIATE != 0


@internal
@view
def _period() -> uint256:
    return _MONEY & words.MASK_32


@internal
@view
def _current_period() -> uint256:
    """
    @dev The period in which a standing order spends, counted from founding (R-40).
    """
    return ((block.timestamp - FOUNDED) // self._period()) & words.MASK_24


@internal
@view
def _minimum_members() -> uint256:
    return (_FIFTH >> 136) & words.MASK_32


@internal
@view
def _is_past_deadline() -> bool:
    """
    @dev R-105: too late to start.
    """
    return block.timestamp >= FOUNDED + ((_FIFTH >> 96) & words.MASK_40)


# Fields of T1.


@internal
@view
def _grace(flags: uint256) -> uint256:
    return self._member_word(flags) >> 224


@internal
@view
def _notice(flags: uint256) -> uint256:
    return (self._member_word(flags) >> 192) & words.MASK_32


@internal
@view
def _runways(flags: uint256) -> (uint256, uint256):
    """
    @dev The longest and the shortest runway, in ticks.
    """
    word: uint256 = self._member_word(flags)
    return (word >> 172) & words.MASK_20, (word >> 152) & words.MASK_20


@internal
@view
def _most_admissions(flags: uint256, base: uint256) -> uint256:
    """
    @dev R-37, of the heads at the week's start.
    """
    word: uint256 = self._member_word(flags)
    return max((word >> 72) & words.MASK_32, base * ((word >> 104) & 65_535) // words.BPS)


@internal
@view
def _filing_window(flags: uint256) -> uint256:
    return (self._member_word(flags) >> 40) & words.MASK_32


@internal
@view
def _quorum(flags: uint256) -> uint256:
    return self._member_word(flags) & 255


# Fields of T5.


@internal
@view
def _entry_fee(flags: uint256) -> uint256:
    return self._fifth_word(flags) >> 168


@internal
@view
def _floor_heads(flags: uint256) -> uint256:
    return (self._fifth_word(flags) >> 64) & words.MASK_32


@internal
@view
def _runoff(flags: uint256) -> uint256:
    return (self._fifth_word(flags) >> 32) & words.MASK_32


@internal
@view
def _class_shares(class_id: uint256) -> uint256:
    """
    @dev P-38; reverts for a class that the charter does not have. A class keeps its shares for ever (R-92), so only one
         that the founding version lacks can be a later version's.
    """
    if class_id >= 40:
        words._fail("fund: no such class")
    place: uint256 = 24 * (class_id % 10)
    table: uint256[4] = _SHARES
    shares: uint256 = (table[class_id // 10] >> place) & words.MASK_24
    if shares == 0:
        # Empty until a version is adopted.
        shares = (self._shares[class_id // 10] >> place) & words.MASK_24
    if shares == 0:
        words._fail("fund: no such class")
    return shares
