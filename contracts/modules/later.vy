#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Later
@license AGPL-3.0-only
@notice What follows a deferral, and what anybody may do for the books: settle a closed round (R-14), pay its claims, carry
        their rests (R-15), absorb stray tokens (R-20), recognise a loss (R-21), pay the fees (R-23).
@dev No state of its own. Nobody's order of calling changes what anybody gets.
"""

from interfaces import ICharter
from modules import ledger
from modules import payments
from modules import rounds
from modules import standing
from modules import terms
from modules import words

uses: ledger
uses: payments
uses: rounds
uses: standing
uses: terms


event RoundSettled:
    number: indexed(uint256)
    due: uint256
    call: uint256
    from_surplus: uint256
    collected: uint256
    paid: uint256
    fee: uint256
    to_surplus: uint256
    index: uint256


event Paid:
    adjudicator: indexed(address)
    claim: indexed(uint256)
    payee: indexed(address)
    round: uint256
    amount: uint256
    rest: uint256
    carried: bool


event Carried:
    adjudicator: indexed(address)
    claim: indexed(uint256)
    due: uint256
    call: uint256
    round: uint256


event Absorbed:
    amount: uint256


event LossRecognised:
    shortage: uint256
    from_surplus: uint256
    collected: uint256
    index: uint256


event FeesWithdrawn:
    steward: indexed(address)
    amount: uint256


@external
@nonreentrant
def settle_round():
    """
    @notice Settles the outstanding round after it closed; anyone (R-14).
    """
    books: ledger.Books = ledger._load()
    word: uint256 = ledger.round
    number: uint256 = word >> 224
    if books.pending != 1:
        words._fail("fund: no round is outstanding")
    if block.timestamp < (word >> 184) & words.MASK_40:
        words._fail("fund: round is not closed")
    due: uint256 = (word >> 96) & words.MASK_88
    call: uint256 = word & words.MASK_96
    purse: ledger.Purse = ledger._load_purse()
    raised: uint256 = 0
    open_calls: uint256 = 0
    raised, open_calls = ledger._load_year()
    money: uint256 = terms._money_word(books.flags)
    limit: uint256 = min(
        min(terms._round_cap(money), ledger._year_left(terms._year_cap(money), raised)),
        terms._with_margin(call) // words.BPS,
    )
    result: rounds.Outcome = empty(rounds.Outcome)
    start: uint256 = books.index
    books, purse, result = rounds._apply(books, purse, money, due, 0, limit)
    books.pending = 0
    purse.due += result.paid
    ledger._store(books)
    ledger._store_purse(purse)
    ledger._store_year(raised, books.index - start, open_calls - call)
    rounds.payout[number] |= (due << 168) | (result.paid << 80)
    rounds.unpaid[number] = result.paid
    log RoundSettled(
        number=number,
        due=due,
        call=call,
        from_surplus=result.from_surplus,
        collected=result.collected,
        paid=result.paid,
        fee=result.fee,
        to_surplus=result.to_surplus,
        index=books.index,
    )


@external
@nonreentrant
def pay(adjudicator: address, claim: uint256):
    """
    @notice Pays a claim its part of its settled round; anyone, in any order (R-14).
    @param adjudicator The court that decided the claim.
    @param claim The claim's number.
    """
    key: uint256 = rounds._key(adjudicator, claim)
    word: uint256 = rounds.deferred[key]
    payee: address = convert(word >> 96, address)
    number: uint256 = (word >> 64) & words.MASK_32
    if number == 0:
        words._fail("fund: claim is in no round")
    round: uint256 = rounds.payout[number]
    round_due: uint256 = round >> 168
    if round_due == 0:
        words._fail("fund: round is not settled")
    due: uint256 = rounds.deferred_due[key]
    amount: uint256 = due * ((round >> 80) & words.MASK_88) // round_due
    rest: uint256 = due - amount
    left: uint256 = ((round >> 32) & (2**48 - 1)) - 1
    rounds.payout[number] = ((round >> 80) << 80) | (left << 32)

    # R-15, R-110: nothing more is carried when the carries are used up, or after the end.
    carries: uint256 = (word >> 56) & 255
    carried: bool = rest > 0 and carries > 0 and not standing._is_stage(standing.ENDED)
    if carried:
        rounds.deferred[key] = ((word >> 96) << 96) | (carries << 56)
        rounds.deferred_due[key] = rest
    else:
        rounds.deferred[key] = 0
        rounds.deferred_due[key] = 0

    purse: ledger.Purse = ledger._load_purse()
    purse.due -= amount
    unpaid: uint256 = rounds.unpaid[number] - amount
    if left == 0:
        # The rounding rest.
        purse.due -= unpaid
        purse.surplus += unpaid
        unpaid = 0
    rounds.unpaid[number] = unpaid
    ledger._store_purse(purse)
    log Paid(
        adjudicator=adjudicator,
        claim=claim,
        payee=payee,
        round=number,
        amount=amount,
        rest=rest,
        carried=carried,
    )
    payments._push(payee, amount)


@external
@nonreentrant
def carry(adjudicator: address, claim: uint256):
    """
    @notice Takes the unpaid rest of a claim into a round at least a period away; anyone (R-15).
    @param adjudicator The court that decided the claim.
    @param claim The claim's number.
    """
    books: ledger.Books = ledger._open()
    if books.flags & standing.SPECIAL != 0:
        standing._check_open()
    key: uint256 = rounds._key(adjudicator, claim)
    word: uint256 = rounds.deferred[key]
    if word == 0 or (word >> 64) & words.MASK_32 != 0:
        words._fail("fund: nothing to carry")
    carries: uint256 = ((word >> 56) & 255) - 1
    due: uint256 = rounds.deferred_due[key]
    earliest: uint256 = block.timestamp + terms._period()
    if books.pending == 1:
        if (ledger.round >> 184) & words.MASK_40 < earliest:
            words._fail("fund: round closes too soon")
    call: uint256 = rounds._announce(books, due, 0)
    number: uint256 = rounds._enlist(books, earliest, due, call)
    if books.pending == 0:
        books.pending = 1
        ledger._store(books)
    rounds.deferred[key] = ((word >> 96) << 96) | (number << 64) | (carries << 56)
    log Carried(adjudicator=adjudicator, claim=claim, due=due, call=call, round=number)


@external
@nonreentrant
def absorb():
    """
    @notice Books tokens that came without a call as surplus; anyone (R-20).
    """
    held: uint256 = payments._balance()
    booked: uint256 = self._booked()
    if held <= booked:
        words._fail("fund: nothing to absorb")
    ledger._add_surplus(held - booked)
    log Absorbed(amount=held - booked)


@external
@nonreentrant
def recognise_loss():
    """
    @notice Apportions a shortage of tokens among surplus and members, within the caps; anyone (R-21).
    """
    held: uint256 = payments._balance()
    booked: uint256 = self._booked()
    if held >= booked:
        words._fail("fund: no shortage")
    shortage: uint256 = booked - held
    purse: ledger.Purse = ledger._load_purse()
    from_surplus: uint256 = min(purse.surplus, shortage)
    purse.surplus -= from_surplus
    books: ledger.Books = ledger._load()
    raised: uint256 = 0
    open_calls: uint256 = 0
    raised, open_calls = ledger._load_year()
    start: uint256 = books.index
    collected: uint256 = 0
    dust: uint256 = 0
    money: uint256 = terms._money_word(books.flags)
    books, collected, dust = ledger._collect(
        books,
        shortage - from_surplus,
        min(terms._round_cap(money), ledger._year_left(terms._year_cap(money), raised)),
    )
    # What rounding collected too much stays with the members as surplus.
    if from_surplus + collected > shortage:
        purse.surplus += from_surplus + collected - shortage
    purse.surplus += dust
    ledger._store(books)
    ledger._store_purse(purse)
    ledger._store_year(raised, books.index - start, open_calls)
    log LossRecognised(shortage=shortage, from_surplus=from_surplus, collected=collected, index=books.index)


@external
@nonreentrant
def withdraw_fees():
    """
    @notice Pays the fees to the steward of the version in use; anyone (R-23).
    """
    purse: ledger.Purse = ledger._load_purse()
    amount: uint256 = purse.fees
    if amount == 0:
        words._fail("fund: no fees")
    purse.fees = 0
    ledger._store_purse(purse)
    steward: address = staticcall ICharter(terms.CHARTER).steward(standing._version())
    log FeesWithdrawn(steward=steward, amount=amount)
    payments._push(steward, amount)


@internal
@view
def _booked() -> uint256:
    """
    @dev What the fund's five accounts say it holds (I-1).
    """
    purse: ledger.Purse = ledger._load_purse()
    return (standing.books & words.MASK_87) + purse.surplus + purse.due + purse.fees + ledger.bonds
