#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Rounds
@license AGPL-3.0-only
@notice How claims are paid: the call announced before (R-7), the settlement that collects it within every cap (R-6, R-8),
        rounds that settle several claims at one pay-out ratio (R-12, R-14), carries (R-15), stray tokens and losses
        (R-20, R-21). The Court decides what is due to whom; everything after that anybody can push.
@dev What it does not do: it cannot raise the index beyond the caps, the call and its margin, nor pay anybody but the
     payee that the Court named. A claim is known by key = adjudicator << 96 | claim, so a later adjudicator's numbers do
     not collide with the Court's.
"""

from interfaces import ICharter
from modules import ledger
from modules import payments
from modules import terms
from modules import wiring
from modules import words

uses: ledger
uses: payments
uses: terms
uses: wiring


event Announced:
    adjudicator: indexed(address)
    due: uint256
    costs: uint256
    call: uint256


event Retracted:
    adjudicator: indexed(address)
    call: uint256


event Settled:
    adjudicator: indexed(address)
    claim: indexed(uint256)
    payee: indexed(address)
    due: uint256
    costs: uint256
    call: uint256
    from_surplus: uint256
    collected: uint256
    costs_paid: uint256
    paid: uint256
    fee: uint256
    to_surplus: uint256
    index: uint256


event Deferred:
    adjudicator: indexed(address)
    claim: indexed(uint256)
    payee: indexed(address)
    due: uint256
    call: uint256
    round: uint256
    carries: uint256


struct Outcome:
    from_surplus: uint256
    collected: uint256
    costs_paid: uint256
    paid: uint256
    fee: uint256
    to_surplus: uint256


# Of a round: due 88 | paid 88 | left 48 (claims not yet paid) | unused 32. `due` is 0 until the round is settled.
payout: public(HashMap[uint256, uint256])
# Units of a settled round's pay-out that are not yet paid.
unpaid: public(HashMap[uint256, uint256])
# payee 160 | round 32 (0 = waiting for carry) | carries left 8 | unused 56, by key.
deferred: public(HashMap[uint256, uint256])
# Units a deferred claim still awaits, by key.
deferred_due: public(HashMap[uint256, uint256])


@external
@nonreentrant
def announce(due: uint256, costs: uint256) -> uint256:
    """
    @notice Publishes what a claim in its notice time will cost; the Court (R-7).
    @param due Units due to the payee.
    @param costs Units of court costs beyond the claim's own bonds.
    @return The call: how far the index may rise, margin not counted.
    """
    wiring._only_court()
    call: uint256 = self._announce(ledger._load(), due, costs)
    log Announced(adjudicator=msg.sender, due=due, costs=costs, call=call)
    return call


@external
@nonreentrant
def retract(call: uint256):
    """
    @notice Takes a call back because its verdict was challenged; the Court (R-7).
    @param call What announce returned.
    """
    wiring._only_court()
    raised: uint256 = 0
    open_calls: uint256 = 0
    raised, open_calls = ledger._load_year()
    if call > open_calls:
        words._fail("fund: no such call")
    ledger._store_year(raised, 0, open_calls - call)
    log Retracted(adjudicator=msg.sender, call=call)


@external
@nonreentrant
def settle(claim: uint256, payee: address, due: uint256, costs: uint256, call: uint256) -> uint256:
    """
    @notice Settles a closed claim, or defers it to a round and settles only its costs; the Court (R-8 to R-12).
    @param claim The claim's number.
    @param payee Whom it pays.
    @param due Units due; 0 for a denial.
    @param costs Units of court costs to collect into the bonds.
    @param call The claim's call, 0 for a denial.
    @return The costs that were collected.
    """
    wiring._only_court()
    if claim > words.MASK_96:
        words._fail("fund: no such claim")
    if (due | costs) > words.MASK_87:
        words._fail("fund: amount too large")
    if due > 0 and payee == empty(address):
        words._fail("fund: payee missing")
    books: ledger.Books = ledger._open()
    purse: ledger.Purse = ledger._load_purse()
    raised: uint256 = 0
    open_calls: uint256 = 0
    raised, open_calls = ledger._load_year()
    if call > open_calls:
        words._fail("fund: no such call")
    money: uint256 = terms._money_word(books.flags)

    # R-6, R-11, I-4: what may be collected without a call.
    year_left: uint256 = ledger._year_left(terms._year_cap(money), raised)
    limit: uint256 = min(terms._round_cap(money), year_left)
    settled_due: uint256 = 0
    settled_call: uint256 = call
    if due > 0:
        bound: uint256 = terms._with_margin(call) // words.BPS
        if self._is_deferred(books, money, purse.surplus, due, costs, year_left, bound):
            settled_call = 0
        else:
            settled_due = due
            limit = min(limit, bound)
    key: uint256 = self._key(msg.sender, claim)

    result: Outcome = empty(Outcome)
    start: uint256 = books.index
    books, purse, result = self._apply(books, purse, money, settled_due, costs, limit)
    if due > settled_due:
        books = self._defer(books, money, key, msg.sender, claim, payee, due, call)
    elif due > result.paid and terms._carries(money) > 0:
        # R-9: the rest of an immediate settlement waits for `carry`.
        self._check_new(key)
        self.deferred[key] = (convert(payee, uint256) << 96) | (terms._carries(money) << 56)
        self.deferred_due[key] = due - result.paid
        log Deferred(
            adjudicator=msg.sender,
            claim=claim,
            payee=payee,
            due=due - result.paid,
            call=0,
            round=0,
            carries=terms._carries(money),
        )
    ledger._store(books)
    ledger._store_purse(purse)
    ledger._store_year(raised, books.index - start, open_calls - settled_call)
    if result.costs_paid > 0:
        ledger.bonds += result.costs_paid
    log Settled(
        adjudicator=msg.sender,
        claim=claim,
        payee=payee,
        due=settled_due,
        costs=costs,
        call=settled_call,
        from_surplus=result.from_surplus,
        collected=result.collected,
        costs_paid=result.costs_paid,
        paid=result.paid,
        fee=result.fee,
        to_surplus=result.to_surplus,
        index=books.index,
    )
    payments._push(payee, result.paid)
    return result.costs_paid


@internal
@pure
def _key(adjudicator: address, claim: uint256) -> uint256:
    if claim > words.MASK_96:
        words._fail("fund: no such claim")
    return (convert(adjudicator, uint256) << 96) | claim


@internal
@view
def _check_new(key: uint256):
    """
    @dev A claim waits for one payment at a time.
    """
    if self.deferred[key] != 0:
        words._fail("fund: claim is deferred already")


@internal
@pure
def _gross(due: uint256, money: uint256) -> uint256:
    return due + words._ceil_div(due * terms._fee(money), words.BPS)


@internal
def _announce(books: ledger.Books, due: uint256, costs: uint256) -> uint256:
    """
    @dev R-7.
    """
    if (due | costs) > words.MASK_87:
        words._fail("fund: amount too large")
    call: uint256 = 0
    money: uint256 = terms._money_word(books.flags)
    if books.shares > 0:
        need: uint256 = self._gross(due, money) + costs
        call = min(words._ceil_div(need * words.SCALE, books.shares), terms._round_cap(money))
    raised: uint256 = 0
    open_calls: uint256 = 0
    raised, open_calls = ledger._load_year()
    ledger._store_year(raised, 0, open_calls + call)
    return call


@internal
@view
def _is_deferred(
    books: ledger.Books,
    money: uint256,
    surplus: uint256,
    due: uint256,
    costs: uint256,
    year_left: uint256,
    bound: uint256,
) -> bool:
    """
    @dev R-9, R-10.
    """
    if not terms._is_immediate():
        return True
    if books.shares == 0:
        return False
    need: uint256 = self._gross(due, money) + costs
    rest: uint256 = need - min(surplus, need)
    rise: uint256 = words._ceil_div(rest * words.SCALE, books.shares)
    return year_left < min(min(rise, terms._round_cap(money)), bound)


@internal
def _apply(
    books: ledger.Books, purse: ledger.Purse, money: uint256, due: uint256, costs: uint256, limit: uint256
) -> (ledger.Books, ledger.Purse, Outcome):
    """
    @dev R-8. Works on copies, which the caller stores.
    """
    fee: uint256 = terms._fee(money)
    result: Outcome = empty(Outcome)
    need: uint256 = self._gross(due, money) + costs
    result.from_surplus = min(purse.surplus, need)
    after: ledger.Books = books
    dust: uint256 = 0
    after, result.collected, dust = ledger._collect(books, need - result.from_surplus, limit)
    funded: uint256 = result.from_surplus + result.collected
    result.costs_paid = min(costs, funded)
    rest: uint256 = funded - result.costs_paid
    result.paid = min(due, rest * words.BPS // (words.BPS + fee))
    result.fee = result.paid * fee // words.BPS
    result.to_surplus = rest - result.paid - result.fee
    filled: ledger.Purse = purse
    filled.surplus = purse.surplus - result.from_surplus + result.to_surplus + dust
    filled.fees += result.fee
    return after, filled, result


@internal
def _defer(
    books: ledger.Books,
    money: uint256,
    key: uint256,
    adjudicator: address,
    claim: uint256,
    payee: address,
    due: uint256,
    call: uint256,
) -> ledger.Books:
    """
    @dev R-12. The call stays open until the round is settled.
    """
    self._check_new(key)
    after: ledger.Books = books
    number: uint256 = self._enlist(books, block.timestamp + 1, due, call)
    after.pending = 1
    self.deferred[key] = (convert(payee, uint256) << 96) | (number << 64) | (terms._carries(money) << 56)
    self.deferred_due[key] = due
    log Deferred(
        adjudicator=adjudicator,
        claim=claim,
        payee=payee,
        due=due,
        call=call,
        round=number,
        carries=terms._carries(money),
    )
    return after


@internal
def _enlist(books: ledger.Books, earliest: uint256, due: uint256, call: uint256) -> uint256:
    """
    @dev Adds a claim to the outstanding round, or to a new one that closes at the first boundary at or after `earliest`.
         The caller sets `pending`.
    @return The round's number.
    """
    word: uint256 = ledger.round
    number: uint256 = word >> 224
    closes_at: uint256 = (word >> 184) & words.MASK_40
    round_due: uint256 = (word >> 96) & words.MASK_88
    round_call: uint256 = word & words.MASK_96
    if books.pending == 0:
        period: uint256 = terms._period()
        number += 1
        closes_at = terms.FOUNDED + words._ceil_div(earliest - terms.FOUNDED, period) * period
        round_due = 0
        round_call = 0
    round_due += due
    round_call += call
    if round_due > words.MASK_87 or round_call > words.MASK_96:
        words._fail("fund: round is full")
    if number > words.MASK_32 or closes_at > words.MASK_40:
        words._fail("fund: round is full")
    ledger.round = (number << 224) | (closes_at << 184) | (round_due << 96) | round_call
    self.payout[number] += 1 << 32
    return number
