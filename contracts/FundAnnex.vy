#pragma version 0.4.3
#pragma optimize codesize
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title FundAnnex
@license AGPL-3.0-only
@notice The second part of a Fund's code, because one contract's code is bounded by the chain (EIP-170): batches, standing
        orders, rejoining, the Office's changes, rounds. Called at the Fund's own address, which runs this code on its own
        storage; the Fund's constructor deploys it, its own deploys the third part, FundStages, and nobody can ever replace
        either.
@dev Not audited by a third party. Called directly it acts on its own empty storage and can touch no mutual's money.
     The three parts initialise the same modules in the same order and have no state beside them, so that all lay out
     storage alike; a test compares the layouts. Immutables are the same because all read them in one transaction.
"""

from interfaces import IFund
from modules import entrance
from modules import later
from modules import ledger
from modules import payments
from modules import register
from modules import rounds
from modules import standing
from modules import terms
from modules import wiring
from modules import words

initializes: standing
initializes: terms[standing := standing]
initializes: wiring
initializes: ledger[standing := standing, terms := terms]
initializes: payments[ledger := ledger, terms := terms]
initializes: entrance[standing := standing, terms := terms]
initializes: rounds[ledger := ledger, payments := payments, terms := terms, wiring := wiring]
initializes: register[
    entrance := entrance, ledger := ledger, payments := payments, standing := standing, terms := terms
]
initializes: later[ledger := ledger, payments := payments, rounds := rounds, standing := standing, terms := terms]

exports: (
    later.settle_round,
    later.pay,
    later.carry,
)


event ToppedUp:
    member_id: indexed(bytes32)
    payer: indexed(address)
    tick: uint256
    price: uint256
    arrears: uint256


event BatchToppedUp:
    payer: indexed(address)
    count: uint256
    price: uint256


event OrderSet:
    member_id: indexed(bytes32)
    most_per_period: uint256
    target: uint256


event Collected:
    member_id: indexed(bytes32)
    tick: uint256
    price: uint256


event Rejoined:
    member_id: indexed(bytes32)
    tick: uint256
    joined: uint256
    price: uint256
    arrears: uint256


event WalletSet:
    member_id: indexed(bytes32)
    wallet: indexed(address)
    accepted: bool


event ClassSet:
    member_id: indexed(bytes32)
    class_id: uint256
    shares: uint256
    changed: uint256
    paid: uint256
    returned: uint256


event ContactsFlag:
    member_id: indexed(bytes32)
    on: bool


event HeldFromBalance:
    member_id: indexed(bytes32)
    tick: uint256
    amount: uint256
    returned: uint256


event Donated:
    payer: indexed(address)
    amount: uint256


event Forfeited:
    amount: uint256


# The third part of the Fund's code.
STAGES: public(immutable(address))


@deploy
def __init__(charter: address, founder: address, stages: address):
    """
    @notice Reads what the Fund reads, in the same transaction.
    @param charter The charter.
    @param founder Who may wire the Fund.
    @param stages The blueprint of the FundStages.
    """
    terms.__init__(charter)
    wiring.__init__(founder)
    entrance.__init__(charter)
    STAGES = create_from_blueprint(stages, charter, founder, code_offset=3)


@external
@raw_return
def __default__() -> Bytes[32]:
    """
    @notice Every function that neither the Fund nor this part has: runs the stages' code on the Fund's storage.
    @return What it returns.
    """
    return raw_call(STAGES, msg.data, max_outsize=32, is_delegate_call=True)


@external
@nonreentrant
def top_up_many(
    ids: DynArray[bytes32, 200], ticks: DynArray[uint256, 200], actor: address = msg.sender
) -> uint256:
    """
    @notice Lengthens many members' runways at the actor's expense, in one pull by allowance (R-39).
    @param ids The members; who is not in force or already as far costs nothing.
    @param ticks Where each runway shall end.
    @param actor Who pays.
    @return How many runways were lengthened.
    """
    wiring._check_actor(actor)
    if len(ids) != len(ticks):
        words._fail("fund: ids and ticks differ")
    books: ledger.Books = ledger._open()
    if books.flags & standing.SPECIAL != 0:
        standing._check_open()
    count: uint256 = 0
    total: uint256 = 0
    for i: uint256 in range(len(ids), bound=200):
        member_id: bytes32 = ids[i]
        tick: uint256 = ticks[i]
        member: uint256 = register.members[member_id]
        if not register._in_force(member, books.index) or words._tick(member) >= tick:
            continue
        register._check_runway(books.index, books.flags, tick, False)
        price: uint256 = register._advance(member_id, member, tick)
        count += 1
        total += price
        log ToppedUp(member_id=member_id, payer=actor, tick=tick, price=price, arrears=0)
    books.deposits += total
    ledger._store(books)
    log BatchToppedUp(payer=actor, count=count, price=total)
    payments._pull_allowance(actor, total)
    return count


@external
@nonreentrant
def set_order(member_id: bytes32, most_per_period: uint256, target: uint256, actor: address = msg.sender):
    """
    @notice Sets or ends the wallet's standing order (R-40).
    @param member_id The member.
    @param most_per_period The most that may be collected in one period of the charter, in units; 0 ends the order.
    @param target The runway to keep, in ticks.
    @param actor The wallet.
    """
    wiring._check_actor(actor)
    member: uint256 = register._own(member_id, actor)
    if most_per_period > words.MASK_88 or target > words.MASK_20:
        words._fail("fund: order out of range")
    if most_per_period > 0:
        period: uint256 = terms._current_period()
        register.orders[member_id] = (most_per_period << 168) | (period << 56) | (target << 36)
        register.members[member_id] = member | words.ORDER
    else:
        register.orders[member_id] = 0
        register.members[member_id] = member & ~words.ORDER
    log OrderSet(member_id=member_id, most_per_period=most_per_period, target=target)


@external
@nonreentrant
def collect(ids: DynArray[bytes32, 100]) -> uint256:
    """
    @notice Collects standing orders; anyone (R-40). A pull that fails is skipped and loses nobody else's.
    @param ids The members.
    @return How many paid.
    """
    books: ledger.Books = ledger._open()
    if books.flags & standing.SPECIAL != 0:
        standing._check_open()
    index: uint256 = books.index
    spacing: uint256 = terms.SPACING
    funded_call: uint256 = 0
    if terms._is_called():
        # R-16.
        raised: uint256 = 0
        open_calls: uint256 = 0
        raised, open_calls = ledger._load_year()
        funded_call = words._ceil_div(terms._with_margin(open_calls), words.BPS)
    farthest: uint256 = min(index // spacing + terms._runways(books.flags)[0], words.TICK_LIMIT - 1)
    period: uint256 = terms._current_period()
    held: uint256 = payments._balance()
    count: uint256 = 0
    total: uint256 = 0
    for member_id: bytes32 in ids:
        order: uint256 = register.orders[member_id]
        most: uint256 = order >> 168
        member: uint256 = register.members[member_id]
        if most == 0 or not register._in_force(member, index):
            continue
        tick: uint256 = words._tick(member)
        target: uint256 = (order >> 36) & words.MASK_20
        goal: uint256 = min(words._ceil_div(index + target * spacing + funded_call, spacing), farthest)
        spent: uint256 = 0
        if (order >> 56) & words.MASK_24 == period:
            spent = (order >> 80) & words.MASK_88
        if goal <= tick:
            continue
        each: uint256 = words._shares(member) * spacing
        goal = min(goal, tick + (most - spent) * words.SCALE // each)
        if goal <= tick:
            continue
        price: uint256 = words._ceil_div(each * (goal - tick), words.SCALE)
        if not payments._try_pull(convert(member >> words.WALLET_AT, address), price, held):
            continue
        held += price
        register._advance(member_id, member, goal)
        register.orders[member_id] = (
            (most << 168) | ((spent + price) << 80) | (period << 56) | (target << 36)
        )
        count += 1
        total += price
        log Collected(member_id=member_id, tick=goal, price=price)
    if count > 0:
        books.deposits += total
        ledger._store(books)
    return count


@external
@nonreentrant
def rejoin(
    member_id: bytes32,
    tick: uint256,
    charter_hash: bytes32,
    payment: IFund.Payment,
    actor: address = msg.sender,
):
    """
    @notice The wallet reactivates a membership after an exit, or after a lapse and its grace time (R-43).
    @param member_id The member.
    @param tick Where the new runway ends.
    @param charter_hash The charter that the wallet saw.
    @param payment How the price is paid.
    @param actor The wallet.
    """
    wiring._check_actor(actor)
    books: ledger.Books = ledger._open()
    member: uint256 = register._own(member_id, actor)
    entrance._check_charter(charter_hash)
    register._check_runway(books.index, books.flags, tick, True)
    before: uint256 = words._tick(member)
    shares: uint256 = words._shares(member)
    arrears: uint256 = 0
    if member & words.EXITED == 0:
        lapsed_at: uint256 = (ledger.ticks[before] >> 144) & words.MASK_40
        if lapsed_at == 0:
            words._fail("fund: still in force")
        if lapsed_at + terms._grace(books.flags) >= block.timestamp:
            words._fail("fund: in grace, top up")
        if block.timestamp < lapsed_at + words.YEAR:
            arrears = min(
                ledger._price(shares, before * terms.SPACING, books.index),
                ledger._price(shares, 0, terms._year_cap(terms._money_word(books.flags))),
            )
    price: uint256 = ledger._price(shares, books.index, tick * terms.SPACING)
    hour: uint256 = words._hour_up()
    register.history[member_id] = register._remember(member, hour, register.history[member_id])
    status: uint256 = (
        member & (words.ORDER | words.CONTACTS)
    ) | words.OCCUPIED | words.ACCEPTED | words.HISTORY
    register.members[member_id] = (
        (member >> words.WALLET_AT) << words.WALLET_AT
    ) | register._record(tick, shares, (member >> words.CLASS_AT) & 65_535, status)
    books.shares += shares
    books.heads += 1
    books.deposits += price
    books.flags = register._check_joining(books.flags, books.heads, False)
    ledger._enter(tick, shares, 1)
    ledger._store(books)
    if arrears > 0:
        ledger._add_surplus(arrears)
    log Rejoined(member_id=member_id, tick=tick, joined=hour, price=price, arrears=arrears)
    payments._pull(payment, price + arrears, keccak256("rejoin"), member_id, tick, charter_hash, actor)


@external
@nonreentrant
def donate(amount: uint256, payment: IFund.Payment, actor: address = msg.sender):
    """
    @notice Gives to the surplus, which pays claims first (R-22).
    @param amount Units.
    @param payment How it is paid.
    @param actor Who acts.
    """
    entrance._check_founded()
    wiring._check_actor(actor)
    if amount == 0 or amount > words.MASK_87:
        words._fail("fund: amount out of range")
    ledger._add_surplus(amount)
    payer: address = payments._pull(
        payment, amount, keccak256("donate"), empty(bytes32), 0, empty(bytes32), actor
    )
    log Donated(payer=payer, amount=amount)


@external
@nonreentrant
def set_wallet(member_id: bytes32, wallet: address, keep_accepted: bool):
    """
    @notice Puts another wallet in charge of a membership; the Office (R-47). A standing order ends.
    @param member_id The member.
    @param wallet The new wallet.
    @param keep_accepted Whether the old wallet chose the new one, so that its consent still holds.
    """
    wiring._only_office()
    ledger._open()
    member: uint256 = register._known(member_id)
    if wallet == empty(address):
        words._fail("fund: wallet missing")
    dropped: uint256 = words.ORDER
    if not keep_accepted:
        dropped |= words.ACCEPTED
    record: uint256 = member & (words.MASK_96 & ~dropped)
    if member & words.ORDER != 0:
        register.orders[member_id] = 0
    register.members[member_id] = (convert(wallet, uint256) << words.WALLET_AT) | record
    log WalletSet(member_id=member_id, wallet=wallet, accepted=record & words.ACCEPTED != 0)


@external
@nonreentrant
def set_class(member_id: bytes32, class_id: uint256, payer: address):
    """
    @notice Changes a member's class; the Office (R-44). More shares are paid by allowance, fewer are returned.
    @param member_id The member, in force and not leaving.
    @param class_id The new class.
    @param payer Who pays for more shares.
    """
    wiring._only_office()
    books: ledger.Books = ledger._open()
    if books.flags & standing.SPECIAL != 0:
        standing._check_class_change()
    member: uint256 = register.members[member_id]
    if not register._in_force(member, books.index):
        words._fail("fund: not in force")
    if member & words.LEAVING != 0:
        words._fail("fund: already leaving")
    past: uint256 = register.history[member_id]
    changed: uint256 = (past >> words.CHANGED_AT) & words.MASK_20
    if changed > 0 and changed * words.HOUR + terms._filing_window(books.flags) >= block.timestamp:
        words._fail("fund: changed too recently")
    tick: uint256 = words._tick(member)
    shares: uint256 = words._shares(member)
    next_shares: uint256 = terms._class_shares(class_id)
    end: uint256 = tick * terms.SPACING
    paid: uint256 = 0
    returned: uint256 = 0
    ledger._exit(tick, shares, 1)
    ledger._enter(tick, next_shares, 1)
    if next_shares >= shares:
        paid = ledger._price(next_shares - shares, books.index, end)
    else:
        returned = ledger._worth(shares - next_shares, books.index, end)
    books.shares = books.shares + next_shares - shares
    books.deposits = books.deposits + paid - returned
    ledger._store(books)
    hour: uint256 = words._hour_up()
    register.history[member_id] = register._remember(member, hour, past)
    kept: uint256 = member & ~((words.MASK_24 << words.SHARES_AT) | (65_535 << words.CLASS_AT))
    register.members[member_id] = (
        kept | (next_shares << words.SHARES_AT) | (class_id << words.CLASS_AT) | words.HISTORY
    )
    log ClassSet(
        member_id=member_id, class_id=class_id, shares=next_shares, changed=hour, paid=paid, returned=returned
    )
    payments._pull_allowance(payer, paid)
    payments._push(convert(member >> words.WALLET_AT, address), returned)


@external
@nonreentrant
def set_contacts_flag(member_id: bytes32, on: bool):
    """
    @notice Records whether the Office keeps contacts of a member; the Office (R-48).
    @param member_id The member.
    @param on Whether it does.
    """
    wiring._only_office()
    member: uint256 = register._known(member_id)
    if on:
        register.members[member_id] = member | words.CONTACTS
    else:
        register.members[member_id] = member & ~words.CONTACTS
    log ContactsFlag(member_id=member_id, on=on)


@external
@nonreentrant
def hold_from_balance(member_id: bytes32, amount: uint256):
    """
    @notice Takes a bond out of a member's balance by whole ticks of runway; the Court (R-64).
    @param member_id The member, in force.
    @param amount Units.
    """
    wiring._only_court()
    books: ledger.Books = ledger._open()
    member: uint256 = register.members[member_id]
    if not register._in_force(member, books.index):
        words._fail("fund: not in force")
    if amount > words.MASK_87:
        words._fail("fund: amount too large")
    spacing: uint256 = terms.SPACING
    tick: uint256 = words._tick(member)
    shares: uint256 = words._shares(member)
    cut: uint256 = words._ceil_div(amount * words.SCALE, shares * spacing)
    if cut >= tick or (tick - cut) * spacing < books.index + spacing:
        words._fail("fund: balance too small")
    freed: uint256 = ledger._worth(shares, 0, cut * spacing)
    returned: uint256 = freed - amount
    ledger._exit(tick, shares, 1)
    ledger._enter(tick - cut, shares, 1)
    books.deposits -= freed
    ledger._store(books)
    ledger.bonds += amount
    register.members[member_id] = words._with_tick(member, tick - cut)
    if returned > 0:
        payments._owe(convert(member >> words.WALLET_AT, address), returned)
    log HeldFromBalance(member_id=member_id, tick=tick - cut, amount=amount, returned=returned)


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
