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


event Released:
    to: indexed(address)
    amount: uint256


event Credited:
    to: indexed(address)
    amount: uint256


event Forfeited:
    amount: uint256


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
    assert call <= open_calls, "fund: no such call"
    ledger._store_year(raised, open_calls - call)
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
    assert claim <= words.MASK_96, "fund: no such claim"
    assert (due | costs) <= words.MASK_87, "fund: amount too large"
    assert due == 0 or payee != empty(address), "fund: payee missing"
    books: ledger.Books = ledger._open()
    purse: ledger.Purse = ledger._load_purse()
    raised: uint256 = 0
    open_calls: uint256 = 0
    raised, open_calls = ledger._load_year()
    assert call <= open_calls, "fund: no such call"

    # R-6, R-11: what may be collected without a call.
    year_left: uint256 = terms._year_cap() - raised
    limit: uint256 = min(terms._round_cap(), year_left)
    settled_due: uint256 = 0
    settled_call: uint256 = call
    if due > 0:
        bound: uint256 = terms._with_margin(call) // words.BPS
        if self._is_deferred(books, purse.surplus, due, costs, year_left, bound):
            settled_call = 0
        else:
            settled_due = due
            limit = min(limit, bound)
    key: uint256 = self._key(msg.sender, claim)
    assert due == 0 or self.deferred[key] == 0, "fund: claim is deferred already"

    result: Outcome = empty(Outcome)
    start: uint256 = books.index
    books, purse, result = self._apply(books, purse, settled_due, costs, limit)
    if due > settled_due:
        books = self._defer(books, key, msg.sender, claim, payee, due, call)
    elif due > result.paid and terms._carries() > 0:
        # R-9: the rest of an immediate settlement waits for `carry`.
        self.deferred[key] = (convert(payee, uint256) << 96) | (terms._carries() << 56)
        self.deferred_due[key] = due - result.paid
        log Deferred(
            adjudicator=msg.sender,
            claim=claim,
            payee=payee,
            due=due - result.paid,
            call=0,
            round=0,
            carries=terms._carries(),
        )
    ledger._store(books)
    ledger._store_purse(purse)
    ledger._store_year(raised + books.index - start, open_calls - settled_call)
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


@external
@nonreentrant
def settle_round():
    """
    @notice Settles the outstanding round after it closed; anyone (R-14).
    """
    books: ledger.Books = ledger._load()
    word: uint256 = ledger.round
    number: uint256 = word >> 224
    assert books.pending == 1, "fund: no round is outstanding"
    assert block.timestamp >= (word >> 184) & words.MASK_40, "fund: round is not closed"
    due: uint256 = (word >> 96) & words.MASK_88
    call: uint256 = word & words.MASK_96
    purse: ledger.Purse = ledger._load_purse()
    raised: uint256 = 0
    open_calls: uint256 = 0
    raised, open_calls = ledger._load_year()
    limit: uint256 = min(
        min(terms._round_cap(), terms._year_cap() - raised), terms._with_margin(call) // words.BPS
    )
    result: Outcome = empty(Outcome)
    start: uint256 = books.index
    books, purse, result = self._apply(books, purse, due, 0, limit)
    books.pending = 0
    purse.due += result.paid
    ledger._store(books)
    ledger._store_purse(purse)
    ledger._store_year(raised + books.index - start, open_calls - call)
    self.payout[number] |= (due << 168) | (result.paid << 80)
    self.unpaid[number] = result.paid
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
    key: uint256 = self._key(adjudicator, claim)
    word: uint256 = self.deferred[key]
    payee: address = convert(word >> 96, address)
    number: uint256 = (word >> 64) & words.MASK_32
    assert number > 0, "fund: claim is in no round"
    round: uint256 = self.payout[number]
    round_due: uint256 = round >> 168
    assert round_due > 0, "fund: round is not settled"
    due: uint256 = self.deferred_due[key]
    amount: uint256 = due * ((round >> 80) & words.MASK_88) // round_due
    rest: uint256 = due - amount
    left: uint256 = ((round >> 32) & (2**48 - 1)) - 1
    self.payout[number] = ((round >> 80) << 80) | (left << 32)

    # R-15: nothing more is carried when the carries are used up.
    carries: uint256 = (word >> 56) & 255
    carried: bool = rest > 0 and carries > 0
    if carried:
        self.deferred[key] = ((word >> 96) << 96) | (carries << 56)
        self.deferred_due[key] = rest
    else:
        self.deferred[key] = 0
        self.deferred_due[key] = 0

    purse: ledger.Purse = ledger._load_purse()
    purse.due -= amount
    unpaid: uint256 = self.unpaid[number] - amount
    if left == 0:
        # The rounding rest.
        purse.due -= unpaid
        purse.surplus += unpaid
        unpaid = 0
    self.unpaid[number] = unpaid
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
    key: uint256 = self._key(adjudicator, claim)
    word: uint256 = self.deferred[key]
    assert word != 0 and (word >> 64) & words.MASK_32 == 0, "fund: nothing to carry"
    carries: uint256 = ((word >> 56) & 255) - 1
    due: uint256 = self.deferred_due[key]
    books: ledger.Books = ledger._load()
    earliest: uint256 = block.timestamp + terms._period()
    if books.pending == 1:
        assert (ledger.round >> 184) & words.MASK_40 >= earliest, "fund: round closes too soon"
    call: uint256 = self._announce(books, due, 0)
    number: uint256 = self._enlist(books, earliest, due, call)
    if books.pending == 0:
        books.pending = 1
        ledger._store(books)
    self.deferred[key] = ((word >> 96) << 96) | (number << 64) | (carries << 56)
    log Carried(adjudicator=adjudicator, claim=claim, due=due, call=call, round=number)


@external
@nonreentrant
def absorb():
    """
    @notice Books tokens that came without a call as surplus; anyone (R-20).
    """
    held: uint256 = payments._balance()
    booked: uint256 = self._booked()
    assert held > booked, "fund: nothing to absorb"
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
    assert held < booked, "fund: no shortage"
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
    books, collected, dust = ledger._collect(
        books, shortage - from_surplus, min(terms._round_cap(), terms._year_cap() - raised)
    )
    # What rounding collected too much stays with the members as surplus.
    if from_surplus + collected > shortage:
        purse.surplus += from_surplus + collected - shortage
    purse.surplus += dust
    ledger._store(books)
    ledger._store_purse(purse)
    ledger._store_year(raised + books.index - start, open_calls)
    log LossRecognised(shortage=shortage, from_surplus=from_surplus, collected=collected, index=books.index)


@external
@nonreentrant
def withdraw_fees():
    """
    @notice Pays the fees to the steward whom the charter names; anyone (R-23).
    """
    purse: ledger.Purse = ledger._load_purse()
    amount: uint256 = purse.fees
    assert amount > 0, "fund: no fees"
    purse.fees = 0
    ledger._store_purse(purse)
    steward: address = staticcall ICharter(terms.CHARTER).steward()
    log FeesWithdrawn(steward=steward, amount=amount)
    payments._push(steward, amount)


@external
@nonreentrant
def release(to: address, amount: uint256):
    """
    @notice Pays out of the bonds; Court and Jury (I-5).
    @param to The payee.
    @param amount Units.
    """
    wiring._only_court_or_jury()
    ledger.bonds -= amount
    log Released(to=to, amount=amount)
    payments._push(to, amount)


@external
@nonreentrant
def credit(to: address, amount: uint256):
    """
    @notice Turns bonds into a due that the payee can withdraw; Court and Jury (R-83).
    @param to The payee.
    @param amount Units.
    """
    wiring._only_court_or_jury()
    ledger.bonds -= amount
    payments._owe(to, amount)
    log Credited(to=to, amount=amount)


@external
@nonreentrant
def forfeit(amount: uint256):
    """
    @notice Turns bonds into surplus; Court and Jury (R-82).
    @param amount Units.
    """
    wiring._only_court_or_jury()
    ledger.bonds -= amount
    ledger._add_surplus(amount)
    log Forfeited(amount=amount)


@internal
@pure
def _key(adjudicator: address, claim: uint256) -> uint256:
    assert claim <= words.MASK_96, "fund: no such claim"
    return (convert(adjudicator, uint256) << 96) | claim


@internal
@view
def _booked() -> uint256:
    """
    @dev What the fund's five accounts say it holds (I-1).
    """
    purse: ledger.Purse = ledger._load_purse()
    return (ledger.books & words.MASK_87) + purse.surplus + purse.due + purse.fees + ledger.bonds


@internal
@view
def _gross(due: uint256) -> uint256:
    return due + words._ceil_div(due * terms._fee(), words.BPS)


@internal
def _announce(books: ledger.Books, due: uint256, costs: uint256) -> uint256:
    """
    @dev R-7.
    """
    assert (due | costs) <= words.MASK_87, "fund: amount too large"
    call: uint256 = 0
    if books.shares > 0:
        need: uint256 = self._gross(due) + costs
        call = min(words._ceil_div(need * words.SCALE, books.shares), terms._round_cap())
    raised: uint256 = 0
    open_calls: uint256 = 0
    raised, open_calls = ledger._load_year()
    ledger._store_year(raised, open_calls + call)
    return call


@internal
@view
def _is_deferred(
    books: ledger.Books, surplus: uint256, due: uint256, costs: uint256, year_left: uint256, bound: uint256
) -> bool:
    """
    @dev R-9, R-10.
    """
    if not terms._is_immediate():
        return True
    if books.shares == 0:
        return False
    need: uint256 = self._gross(due) + costs
    rest: uint256 = need - min(surplus, need)
    rise: uint256 = words._ceil_div(rest * words.SCALE, books.shares)
    return year_left < min(min(rise, terms._round_cap()), bound)


@internal
def _apply(
    books: ledger.Books, purse: ledger.Purse, due: uint256, costs: uint256, limit: uint256
) -> (ledger.Books, ledger.Purse, Outcome):
    """
    @dev R-8. Works on copies, which the caller stores.
    """
    fee: uint256 = terms._fee()
    result: Outcome = empty(Outcome)
    need: uint256 = self._gross(due) + costs
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
    money: ledger.Purse = purse
    money.surplus = purse.surplus - result.from_surplus + result.to_surplus + dust
    money.fees += result.fee
    return after, money, result


@internal
def _defer(
    books: ledger.Books,
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
    after: ledger.Books = books
    number: uint256 = self._enlist(books, block.timestamp + 1, due, call)
    after.pending = 1
    self.deferred[key] = (convert(payee, uint256) << 96) | (number << 64) | (terms._carries() << 56)
    self.deferred_due[key] = due
    log Deferred(
        adjudicator=adjudicator,
        claim=claim,
        payee=payee,
        due=due,
        call=call,
        round=number,
        carries=terms._carries(),
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
    assert round_due <= words.MASK_87 and round_call <= words.MASK_96, "fund: round is full"
    assert number <= words.MASK_32 and closes_at <= words.MASK_40, "fund: round is full"
    ledger.round = (number << 224) | (closes_at << 184) | (round_due << 96) | round_call
    self.payout[number] += 1 << 32
    return number
