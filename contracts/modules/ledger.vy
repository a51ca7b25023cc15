#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Ledger
@license AGPL-3.0-only
@notice The books of a mutual: an index of what one thousandth of a share has cost since founding, the ticks on which
        members' runways end, and five accounts. Collecting from any number of members moves one number (R-5).
@dev What it does not do: it moves no token and knows no member; shares and ticks are handed to it. Packed words and
     their bits stand in docs/spec/interface.md. The crossing of ticks follows concentrated-liquidity exchanges
     (Uniswap v3 whitepaper, section 6). `_store` and `_store_purse` check every width, so no field spills into another.
"""

from modules import standing
from modules import terms
from modules import words

uses: standing
uses: terms


event TickCrossed:
    tick: indexed(uint256)
    shares: uint256
    heads: uint256


event DustSwept:
    amount: uint256


struct Books:
    # `A`, never falls (I-3).
    index: uint256
    # `T` and heads in force (I-2).
    shares: uint256
    heads: uint256
    # standing.SPECIAL, and 1 once a later version of the charter was adopted.
    flags: uint256
    # 1 while a round is outstanding.
    pending: uint256
    # Units attributed to members in force.
    deposits: uint256


struct Purse:
    surplus: uint256
    due: uint256
    fees: uint256


purse: public(uint256)
# Units held for Court and Jury.
bonds: public(uint256)
# What the index rose in this year of the ledger (R-6), and the calls announced and not settled (R-7).
yearly: public(uint256)
# The outstanding round, or the last one.
round: public(uint256)
ticks: public(HashMap[uint256, uint256])
bitmap: public(HashMap[uint256, uint256])


@internal
@view
def _load() -> Books:
    word: uint256 = standing.books
    return Books(
        index=word >> 160,
        shares=(word >> 118) & words.MASK_42,
        heads=(word >> 90) & words.MASK_28,
        flags=(word >> standing.FLAGS_AT) & 3,
        pending=(word >> 87) & 1,
        deposits=word & words.MASK_87,
    )


@internal
@view
def _open() -> Books:
    """
    @dev R-13: the books, unless a closed round is unsettled.
    """
    books: Books = self._load()
    if books.pending == 1:
        if block.timestamp >= (self.round >> 184) & words.MASK_40:
            words._fail("fund: settle first")
    return books


@internal
def _store(books: Books):
    if books.index > words.MASK_96:
        words._fail("fund: index is full")
    if books.shares > words.MASK_42 or books.heads > words.MASK_28:
        words._fail("fund: mutual is full")
    if books.deposits > words.MASK_87:
        words._fail("fund: deposits are full")
    standing.books = (
        (books.index << 160)
        | (books.shares << 118)
        | (books.heads << 90)
        | (books.flags << standing.FLAGS_AT)
        | (books.pending << 87)
        | books.deposits
    )


@internal
@view
def _load_purse() -> Purse:
    word: uint256 = self.purse
    return Purse(surplus=word >> 168, due=(word >> 80) & words.MASK_88, fees=word & words.MASK_80)


@internal
def _store_purse(purse: Purse):
    if purse.surplus > words.MASK_88 or purse.due > words.MASK_88:
        words._fail("fund: purse is full")
    if purse.fees > words.MASK_80:
        words._fail("fund: purse is full")
    self.purse = (purse.surplus << 168) | (purse.due << 80) | purse.fees


@internal
def _add_surplus(amount: uint256):
    purse: Purse = self._load_purse()
    purse.surplus += amount
    self._store_purse(purse)


@internal
def _add_due(amount: uint256):
    purse: Purse = self._load_purse()
    purse.due += amount
    self._store_purse(purse)


@internal
@view
def _load_year() -> (uint256, uint256):
    """
    @dev What the index rose in the present year of the ledger, and the open calls.
    """
    word: uint256 = self.yearly
    open_calls: uint256 = (word >> 48) & words.MASK_96
    if word >> 240 != (block.timestamp - terms.FOUNDED) // words.YEAR:
        return 0, open_calls
    return (word >> 144) & words.MASK_96, open_calls


@internal
@pure
def _year_left(year_cap: uint256, raised: uint256) -> uint256:
    """
    @dev What the index may still rise this year. A version may have lowered the cap below what was raised (R-95).
    """
    return year_cap - min(year_cap, raised)


@internal
def _store_year(raised: uint256, rise: uint256, open_calls: uint256):
    """
    @dev R-6: year and rise change only when the index rose.
    @param raised What _load_year said.
    @param rise What the index rose since.
    """
    if open_calls > words.MASK_96:
        words._fail("fund: too many calls")
    year_and_raised: uint256 = self.yearly >> 144
    if rise > 0:
        year: uint256 = (block.timestamp - terms.FOUNDED) // words.YEAR
        # Every year's cap is below 2**96, so the rise in it is.
        if year > 65_535:
            words._fail("fund: year is full")
        year_and_raised = (year << 96) | (raised + rise)
    self.yearly = (year_and_raised << 144) | (open_calls << 48)


@internal
@pure
def _price(shares: uint256, start: uint256, end: uint256) -> uint256:
    """
    @dev R-2.
    """
    return words._ceil_div(shares * (end - start), words.SCALE)


@internal
@pure
def _worth(shares: uint256, start: uint256, end: uint256) -> uint256:
    """
    @dev R-1.
    """
    return shares * (end - start) // words.SCALE


@internal
def _enter(tick: uint256, shares: uint256, heads: uint256):
    """
    @dev Runways of `heads` members end at `tick` from now on (R-4). The caller changes T and heads.
    """
    if tick >= words.TICK_LIMIT:
        words._fail("fund: runway too long")
    word: uint256 = self.ticks[tick]
    if (word >> 184) & words.MASK_28 == 0:
        place: uint256 = tick >> 8
        marked: uint256 = self.bitmap[place] | (1 << (tick & 255))
        self.bitmap[place] = marked
    # Below 2**42 and 2**28, because T and heads are the sums over ticks (I-2) and _store checks those.
    self.ticks[tick] = word + (shares << 212) + (heads << 184)


@internal
def _exit(tick: uint256, shares: uint256, heads: uint256):
    """
    @dev The opposite of _enter. The tick stays marked: crossing an empty one is harmless.
    """
    self.ticks[tick] -= (shares << 212) + (heads << 184)


@internal
@pure
def _lowest_bit(word: uint256) -> uint256:
    """
    @dev The position of the lowest bit set; the word is not 0.
    """
    bit: uint256 = word & unsafe_sub(0, word)
    position: uint256 = 0
    if bit >> 128 != 0:
        bit >>= 128
        position = 128
    if bit >> 64 != 0:
        bit >>= 64
        position |= 64
    if bit >> 32 != 0:
        bit >>= 32
        position |= 32
    if bit >> 16 != 0:
        bit >>= 16
        position |= 16
    if bit >> 8 != 0:
        bit >>= 8
        position |= 8
    if bit >> 4 != 0:
        bit >>= 4
        position |= 4
    if bit >> 2 != 0:
        bit >>= 2
        position |= 2
    return position | (bit >> 1)


@internal
def _collect(books: Books, amount: uint256, limit: uint256) -> (Books, uint256, uint256):
    """
    @dev R-5. Changes the copy of the books that it returns, and the ticks; the caller stores the books.
    @return The books, the units collected, and the dust that is left when nobody is in force any more.
    """
    after: Books = books
    # R-17: without members nothing is collected.
    if amount == 0 or books.shares == 0 or limit == 0:
        return after, 0, 0
    spacing: uint256 = terms.SPACING
    need: uint256 = amount * words.SCALE
    stop_at: uint256 = after.index + limit
    got: uint256 = 0
    # The bitmap word in hand; written back when the next one is taken up.
    place: uint256 = max_value(uint256)
    word: uint256 = 0
    crossed: bool = False
    # At most 1,024 ticks lie within a settlement's limit (P-3); the last turn finds none.
    for turn: uint256 in range(1025):
        if got >= need or after.shares == 0 or after.index >= stop_at:
            break
        stop: uint256 = min(after.index + words._ceil_div(need - got, after.shares), stop_at)
        first: uint256 = after.index // spacing + 1
        last: uint256 = stop // spacing
        tick: uint256 = 0
        for step: uint256 in range(6):
            if first > last:
                break
            if first >> 8 != place:
                if crossed:
                    self.bitmap[place] = word
                    crossed = False
                place = first >> 8
                word = self.bitmap[place]
            ahead: uint256 = word & (max_value(uint256) << (first & 255))
            if ahead != 0:
                tick = (place << 8) | self._lowest_bit(ahead)
                break
            first = (place + 1) << 8
        if tick == 0 or tick > last:
            got += after.shares * (stop - after.index)
            after.index = stop
            break
        end: uint256 = tick * spacing
        got += after.shares * (end - after.index)
        after.index = end
        at_tick: uint256 = self.ticks[tick]
        leaving_shares: uint256 = at_tick >> 212
        leaving_heads: uint256 = (at_tick >> 184) & words.MASK_28
        after.shares -= leaving_shares
        after.heads -= leaving_heads
        self.ticks[tick] = at_tick | (block.timestamp << 144)
        word ^= 1 << (tick & 255)
        crossed = True
        log TickCrossed(tick=tick, shares=leaving_shares, heads=leaving_heads)
    if crossed:
        self.bitmap[place] = word
    collected: uint256 = got // words.SCALE
    after.deposits -= collected
    dust: uint256 = 0
    after, dust = self._sweep(after)
    return after, collected, dust


@internal
def _sweep(books: Books) -> (Books, uint256):
    """
    @dev R-5: without members what is left in the deposits is dust, which the caller adds to the surplus.
    """
    after: Books = books
    if books.shares > 0 or books.deposits == 0:
        return after, 0
    after.deposits = 0
    log DustSwept(amount=books.deposits)
    return after, books.deposits
