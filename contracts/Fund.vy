#pragma version 0.4.3
#pragma optimize codesize
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Fund
@license AGPL-3.0-only
@notice The money of one mutual and the register of its members. Members put down a runway; what approved claims cost
        moves one index for all of them at once; each can leave with the balance that is left.

        What it never does: it has no owner, no pause and no upgrade; no function moves money at somebody's discretion;
        no member ever owes. Tokens go only to a payee by a final verdict, to a member who left, to the steward up to the
        fee, and by the court's rules to jurors, challengers and investigators (I-5).

        Who may do what: anyone joins with an attestation, tops up, collects standing orders, settles a closed round, pays,
        carries, refunds, absorbs, recognises a loss, donates, withdraws for a payee. A member's wallet accepts, sets its
        order, leaves, rejoins. The Office admits without attestor, changes wallets and classes by its own rules, and names
        the signer of a verified act as actor (R-50). The Court announces and settles; Court and Jury hold bonds.

        How it ends: everybody may leave within three notices (R-46); nothing here stops that.
@dev Not audited by a third party. Rules R-n and invariants I-n stand in docs/spec. Effects come before interactions,
     and one lock covers every function that changes state. Terms are those of the sealed charter, see modules/terms.vy.
"""

from interfaces import ICourt
from interfaces import IFund
from modules import entrance
from modules import ledger
from modules import payments
from modules import rounds
from modules import terms
from modules import wiring
from modules import words
from snekmate.utils import eip712_domain_separator

initializes: terms
initializes: wiring
initializes: ledger[terms := terms]
initializes: payments[ledger := ledger, terms := terms]
initializes: entrance[terms := terms]
initializes: rounds[ledger := ledger, payments := payments, terms := terms, wiring := wiring]

exports: (
    terms.TOKEN,
    terms.SPACING,
    terms.CHARTER,
    terms.FOUNDED,
    terms.money_terms,
    terms.member_terms,
    terms.shares_words,
    wiring.wire,
    wiring.office,
    wiring.court,
    wiring.jury,
    ledger.books,
    ledger.purse,
    ledger.bonds,
    ledger.yearly,
    ledger.round,
    ledger.ticks,
    ledger.bitmap,
    payments.dues,
    payments.withdraw,
    entrance.admission,
    entrance.attestors,
    rounds.payout,
    rounds.unpaid,
    rounds.deferred,
    rounds.deferred_due,
    rounds.announce,
    rounds.retract,
    rounds.settle,
    rounds.settle_round,
    rounds.pay,
    rounds.carry,
    rounds.absorb,
    rounds.recognise_loss,
    rounds.withdraw_fees,
    rounds.release,
    rounds.credit,
    rounds.forfeit,
)


event Joined:
    member_id: indexed(bytes32)
    wallet: indexed(address)
    payer: indexed(address)
    class_id: uint256
    shares: uint256
    tick: uint256
    joined: uint256
    price: uint256
    entry_fee: uint256
    accepted: bool
    attested: bool


event Enrolled:
    member_id: indexed(bytes32)
    wallet: address
    record: uint256


event BatchEnrolled:
    payer: indexed(address)
    count: uint256
    skipped: uint256
    price: uint256
    entry_fees: uint256


event Accepted:
    member_id: indexed(bytes32)


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


event Left:
    member_id: indexed(bytes32)
    left: uint256
    ends: uint256


event Refunded:
    member_id: indexed(bytes32)
    wallet: indexed(address)
    amount: uint256
    exited: uint256


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


event Held:
    payer: indexed(address)
    amount: uint256


event HeldFromBalance:
    member_id: indexed(bytes32)
    tick: uint256
    amount: uint256
    returned: uint256


event Donated:
    payer: indexed(address)
    amount: uint256


# wallet 160 | tick 28 | shares 24 | joined 20 | class 16 | status 8 (R-30).
members: public(HashMap[bytes32, uint256])
# The previous record of a member, and the hours of change, notice and exit (R-31).
history: public(HashMap[bytes32, uint256])
# most per period 88 | spent 88 | period 24 | target 20 | unused 36 (R-40).
orders: public(HashMap[bytes32, uint256])


@deploy
def __init__(charter: address, founder: address):
    """
    @notice Reads token, spacing, terms and attestors from the sealed charter.
    @param charter The charter.
    @param founder Who may wire Office, Court and Jury, once.
    """
    terms.__init__(charter)
    wiring.__init__(founder)
    entrance.__init__(charter)


@external
@nonreentrant
def join(
    attestation: IFund.Attestation,
    signatures: DynArray[Bytes[65], 5],
    tick: uint256,
    charter_hash: bytes32,
    payment: IFund.Payment,
    actor: address = msg.sender,
):
    """
    @notice Makes a person a member whom the attestors vouch for (R-32 to R-37).
    @param attestation Who belongs, with which wallet, in which class.
    @param signatures The attestors' signatures, in ascending order of address.
    @param tick Where the runway ends.
    @param charter_hash The charter that the actor saw.
    @param payment How the price is paid.
    @param actor Who acts.
    """
    wiring._check_actor(actor)
    struct_hash: bytes32 = entrance._attestation_hash(attestation)
    entrance._check_attestors(struct_hash, signatures)
    self._admit(attestation, struct_hash, tick, charter_hash, payment, actor, True)


@external
@nonreentrant
def admit(
    attestation: IFund.Attestation,
    tick: uint256,
    charter_hash: bytes32,
    payment: IFund.Payment,
    actor: address = msg.sender,
):
    """
    @notice Makes a person a member whom the Office admits by invitation or openly (R-38).
    @param attestation Who comes in, with which wallet, in which class.
    @param tick Where the runway ends.
    @param charter_hash The charter that the actor saw.
    @param payment How the price is paid.
    @param actor Who acts.
    """
    wiring._only_office()
    self._admit(
        attestation, entrance._attestation_hash(attestation), tick, charter_hash, payment, actor, False
    )


@external
@nonreentrant
def enrol(
    ids: DynArray[bytes32, 500],
    wallets: DynArray[address, 500],
    class_id: uint256,
    tick: uint256,
    issued: uint256,
    expiry: uint256,
    signatures: DynArray[Bytes[65], 5],
    actor: address = msg.sender,
) -> uint256:
    """
    @notice Makes many people members at the actor's expense; ids already taken cost nothing (R-35).
    @param ids The member ids.
    @param wallets Their wallets, one for each id.
    @param class_id The class of all of them.
    @param tick Where all their runways end.
    @param issued From when the roster's signature holds.
    @param expiry Until when it holds.
    @param signatures The attestors' signatures of the roster, in ascending order of address.
    @param actor Who pays.
    @return How many were admitted.
    """
    wiring._check_actor(actor)
    assert len(ids) == len(wallets), "fund: ids and wallets differ"
    entrance._check_time(issued, expiry)
    entrance._check_attestors(entrance._roster_hash(ids, wallets, class_id, issued, expiry), signatures)
    books: ledger.Books = ledger._open()
    self._check_runway(books.index, tick, True)
    shares: uint256 = terms._class_shares(class_id)
    # The lower 96 bits of a member word are the same for all.
    record: uint256 = self._record(tick, shares, class_id, words.OCCUPIED)
    count: uint256 = 0
    for i: uint256 in range(len(ids), bound=500):
        member_id: bytes32 = ids[i]
        wallet: address = wallets[i]
        if wallet == empty(address) or self.members[member_id] != 0:
            continue
        self.members[member_id] = (convert(wallet, uint256) << words.WALLET_AT) | record
        count = unsafe_add(count, 1)
        log Enrolled(member_id=member_id, wallet=wallet, record=record)
    price: uint256 = 0
    entry_fees: uint256 = 0
    if count > 0:
        price = count * ledger._price(shares, books.index, tick * terms.SPACING)
        entry_fees = count * terms._entry_fee()
        self._register(books, tick, shares, count, price, entry_fees, True)
    log BatchEnrolled(
        payer=actor, count=count, skipped=len(ids) - count, price=price, entry_fees=entry_fees
    )
    payments._pull_allowance(actor, price + entry_fees)
    return count


@external
@nonreentrant
def accept(member_id: bytes32, charter_hash: bytes32, actor: address = msg.sender):
    """
    @notice The wallet of a sponsored member consents to the charter (R-33).
    @param member_id The member.
    @param charter_hash The charter that the wallet saw.
    @param actor The wallet.
    """
    wiring._check_actor(actor)
    member: uint256 = self._own(member_id, actor)
    assert member & words.ACCEPTED == 0, "fund: already accepted"
    entrance._check_charter(charter_hash)
    self.members[member_id] = member | words.ACCEPTED
    log Accepted(member_id=member_id)


@external
@nonreentrant
def top_up(member_id: bytes32, tick: uint256, payment: IFund.Payment, actor: address = msg.sender):
    """
    @notice Lengthens a member's runway, or restores one that lapsed within the grace time; anyone pays (R-39).
    @param member_id The member.
    @param tick Where the runway shall end.
    @param payment How the price is paid.
    @param actor Who acts.
    """
    wiring._check_actor(actor)
    books: ledger.Books = ledger._open()
    member: uint256 = self._present(member_id)
    self._check_runway(books.index, tick, False)
    before: uint256 = words._tick(member)
    shares: uint256 = words._shares(member)
    start: uint256 = before * terms.SPACING
    arrears: uint256 = 0
    if start > books.index:
        assert tick > before, "fund: tick is not ahead"
        ledger._exit(before, shares, 1)
    else:
        assert (ledger.ticks[before] >> 144) & words.MASK_40 + terms._grace() >= block.timestamp, "fund: lapsed, rejoin"
        arrears = ledger._price(shares, start, books.index)
        start = books.index
        books.shares += shares
        books.heads += 1
    price: uint256 = ledger._price(shares, start, tick * terms.SPACING)
    books.deposits += price
    ledger._enter(tick, shares, 1)
    ledger._store(books)
    if arrears > 0:
        ledger._add_surplus(arrears)
    self.members[member_id] = words._with_tick(member, tick)
    payer: address = payments._pull(
        payment, price + arrears, keccak256("top_up"), member_id, tick, empty(bytes32), actor
    )
    log ToppedUp(member_id=member_id, payer=payer, tick=tick, price=price, arrears=arrears)


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
    assert len(ids) == len(ticks), "fund: ids and ticks differ"
    books: ledger.Books = ledger._open()
    count: uint256 = 0
    total: uint256 = 0
    for i: uint256 in range(len(ids), bound=200):
        member_id: bytes32 = ids[i]
        tick: uint256 = ticks[i]
        member: uint256 = self.members[member_id]
        if not self._in_force(member, books.index) or words._tick(member) >= tick:
            continue
        self._check_runway(books.index, tick, False)
        price: uint256 = self._advance(member_id, member, tick)
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
    member: uint256 = self._own(member_id, actor)
    assert most_per_period <= words.MASK_88 and target <= words.MASK_20, "fund: order out of range"
    # What this period has spent already stays counted.
    spent_and_period: uint256 = (self.orders[member_id] >> 56) & (2**112 - 1)
    self.orders[member_id] = (most_per_period << 168) | (spent_and_period << 56) | (target << 36)
    marked: uint256 = member & ~words.ORDER
    if most_per_period > 0:
        marked = member | words.ORDER
    if marked != member:
        self.members[member_id] = marked
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
    index: uint256 = books.index
    spacing: uint256 = terms.SPACING
    funded_call: uint256 = 0
    if terms._is_called():
        raised: uint256 = 0
        open_calls: uint256 = 0
        raised, open_calls = ledger._load_year()
        funded_call = words._ceil_div(terms._with_margin(open_calls), words.BPS)
    farthest: uint256 = min(index // spacing + terms._max_runway(), words.TICK_LIMIT - 1)
    period: uint256 = ((block.timestamp - terms.FOUNDED) // terms._period()) & words.MASK_24
    held: uint256 = payments._balance()
    count: uint256 = 0
    total: uint256 = 0
    for member_id: bytes32 in ids:
        order: uint256 = self.orders[member_id]
        most: uint256 = order >> 168
        member: uint256 = self.members[member_id]
        if most == 0 or not self._in_force(member, index):
            continue
        tick: uint256 = words._tick(member)
        target: uint256 = (order >> 36) & words.MASK_20
        goal: uint256 = min(words._ceil_div(index + target * spacing + funded_call, spacing), farthest)
        spent: uint256 = 0
        if (order >> 56) & words.MASK_24 == period:
            spent = (order >> 80) & words.MASK_88
        if goal <= tick or spent >= most:
            continue
        each: uint256 = words._shares(member) * spacing
        goal = min(goal, tick + (most - spent) * words.SCALE // each)
        if goal <= tick:
            continue
        price: uint256 = words._ceil_div(each * (goal - tick), words.SCALE)
        if not payments._try_pull(convert(member >> words.WALLET_AT, address), price, held):
            continue
        held += price
        self._advance(member_id, member, goal)
        self.orders[member_id] = (
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
    member: uint256 = self.members[member_id]
    assert member != 0 and member >> words.WALLET_AT == convert(actor, uint256), "fund: not the wallet"
    entrance._check_charter(charter_hash)
    self._check_runway(books.index, tick, True)
    before: uint256 = words._tick(member)
    shares: uint256 = words._shares(member)
    past: uint256 = 0
    if member & words.HISTORY != 0:
        past = self.history[member_id]
    lapsed_at: uint256 = (ledger.ticks[before] >> 144) & words.MASK_40
    exited_at: uint256 = ((past >> words.EXITED_AT) & words.MASK_20) * words.HOUR
    arrears: uint256 = 0
    if member & words.EXITED == 0:
        assert lapsed_at > 0, "fund: still in force"
        assert lapsed_at + terms._grace() < block.timestamp, "fund: in grace, top up"
    elif lapsed_at > exited_at:
        # The tick was crossed after the exit: this member had not lapsed.
        lapsed_at = 0
    if lapsed_at > 0 and block.timestamp < lapsed_at + words.YEAR:
        arrears = min(
            ledger._price(shares, before * terms.SPACING, books.index),
            ledger._price(shares, 0, terms._year_cap()),
        )
    price: uint256 = ledger._price(shares, books.index, tick * terms.SPACING)
    hour: uint256 = words._hour_up()
    # R-31: the record that ends now, and when it was left and exited, if it was.
    if member & words.EXITED == 0:
        past &= ~(words.MASK_20 << words.EXITED_AT)
    if member & (words.LEAVING | words.EXITED) == 0:
        past &= ~(words.MASK_20 << words.LEFT_AT)
    self.history[member_id] = self._remember(member, hour, past)
    status: uint256 = (
        member & (words.ORDER | words.CONTACTS)
    ) | words.OCCUPIED | words.ACCEPTED | words.HISTORY
    self.members[member_id] = (
        (member >> words.WALLET_AT) << words.WALLET_AT
    ) | self._record(tick, shares, (member >> words.CLASS_AT) & 65_535, status)
    books.shares += shares
    books.heads += 1
    books.deposits += price
    ledger._enter(tick, shares, 1)
    ledger._store(books)
    if arrears > 0:
        ledger._add_surplus(arrears)
    log Rejoined(member_id=member_id, tick=tick, joined=hour, price=price, arrears=arrears)
    payments._pull(payment, price + arrears, keccak256("rejoin"), member_id, tick, charter_hash, actor)


@external
@nonreentrant
def leave(member_id: bytes32, actor: address = msg.sender):
    """
    @notice The wallet gives notice of leaving; it cannot be taken back (R-46).
    @param member_id The member.
    @param actor The wallet.
    """
    wiring._check_actor(actor)
    ledger._open()
    member: uint256 = self._own(member_id, actor)
    assert member & words.LEAVING == 0, "fund: already leaving"
    hour: uint256 = words._hour_up()
    past: uint256 = self.history[member_id] & ~(words.MASK_20 << words.LEFT_AT)
    self.history[member_id] = past | (hour << words.LEFT_AT)
    self.members[member_id] = member | (words.LEAVING | words.HISTORY)
    log Left(member_id=member_id, left=hour, ends=hour * words.HOUR + terms._notice())


@external
@nonreentrant
def refund(member_id: bytes32):
    """
    @notice Pays a member who left their balance, when the notice is over; anyone (R-46, I-6).
    @param member_id The member.
    """
    books: ledger.Books = ledger._open()
    member: uint256 = self._present(member_id)
    assert member & words.LEAVING != 0, "fund: not leaving"
    past: uint256 = self.history[member_id]
    left_at: uint256 = ((past >> words.LEFT_AT) & words.MASK_20) * words.HOUR
    ends: uint256 = left_at + terms._notice()
    assert block.timestamp >= ends, "fund: notice is not over"
    if block.timestamp < left_at + 3 * terms._notice():
        settled: bool = staticcall ICourt(wiring.court).settled_before(ends)
        assert settled, "fund: earlier claims are open"
    tick: uint256 = words._tick(member)
    shares: uint256 = words._shares(member)
    amount: uint256 = 0
    if tick * terms.SPACING > books.index:
        amount = ledger._worth(shares, books.index, tick * terms.SPACING)
        books.shares -= shares
        books.heads -= 1
        books.deposits -= amount
        ledger._exit(tick, shares, 1)
        ledger._store(books)
    hour: uint256 = words._hour_up()
    if (past >> words.EXITED_AT) & words.MASK_20 != 0:
        # The earlier record ended by an exit of its own, which makes room for this one: it covers no day any more.
        past &= ~((words.MASK_28 << 228) | (words.MASK_20 << words.EXITED_AT))
    self.history[member_id] = past | (hour << words.EXITED_AT)
    self.members[member_id] = member | words.EXITED
    wallet: address = convert(member >> words.WALLET_AT, address)
    log Refunded(member_id=member_id, wallet=wallet, amount=amount, exited=hour)
    payments._push(wallet, amount)


@external
@nonreentrant
def donate(amount: uint256, payment: IFund.Payment, actor: address = msg.sender):
    """
    @notice Gives to the surplus, which pays claims first (R-22).
    @param amount Units.
    @param payment How it is paid.
    @param actor Who acts.
    """
    wiring._check_actor(actor)
    assert amount > 0 and amount <= words.MASK_87, "fund: amount out of range"
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
    member: uint256 = self.members[member_id]
    assert member != 0, "fund: no such member"
    assert wallet != empty(address), "fund: wallet missing"
    dropped: uint256 = words.ORDER
    if not keep_accepted:
        dropped |= words.ACCEPTED
    record: uint256 = member & (words.MASK_96 & ~dropped)
    if member & words.ORDER != 0:
        self.orders[member_id] = 0
    self.members[member_id] = (convert(wallet, uint256) << words.WALLET_AT) | record
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
    member: uint256 = self.members[member_id]
    assert self._in_force(member, books.index), "fund: not in force"
    assert member & words.LEAVING == 0, "fund: already leaving"
    assert (member >> words.CLASS_AT) & 65_535 != class_id, "fund: same class"
    if member & words.HISTORY != 0:
        changed: uint256 = (self.history[member_id] >> words.CHANGED_AT) & words.MASK_20
        assert changed * words.HOUR + terms._filing_window() < block.timestamp, "fund: changed too recently"
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
    self.history[member_id] = self._remember(member, hour, 0)
    kept: uint256 = member & ~((words.MASK_24 << words.SHARES_AT) | (65_535 << words.CLASS_AT))
    self.members[member_id] = (
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
    member: uint256 = self.members[member_id]
    assert member != 0, "fund: no such member"
    if on:
        self.members[member_id] = member | words.CONTACTS
    else:
        self.members[member_id] = member & ~words.CONTACTS
    log ContactsFlag(member_id=member_id, on=on)


@external
@nonreentrant
def hold(
    payer_actor: address,
    amount: uint256,
    action_detail: bytes32,
    member_id: bytes32,
    payment: IFund.Payment,
):
    """
    @notice Takes a bond into keeping; Court and Jury (R-64, R-66, R-77).
    @param payer_actor Who acts, and pays unless an authorisation names another payer.
    @param amount Units.
    @param action_detail What an authorisation's nonce binds besides the member (R-34).
    @param member_id The member for whom it is paid.
    @param payment How it is paid.
    """
    wiring._only_court_or_jury()
    ledger.bonds += amount
    payer: address = payments._pull(
        payment, amount, keccak256("bond"), member_id, 0, action_detail, payer_actor
    )
    log Held(payer=payer, amount=amount)


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
    member: uint256 = self.members[member_id]
    assert self._in_force(member, books.index), "fund: not in force"
    assert amount <= words.MASK_87, "fund: amount too large"
    spacing: uint256 = terms.SPACING
    tick: uint256 = words._tick(member)
    shares: uint256 = words._shares(member)
    cut: uint256 = words._ceil_div(amount * words.SCALE, shares * spacing)
    assert cut < tick and (tick - cut) * spacing >= books.index + spacing, "fund: balance too small"
    freed: uint256 = ledger._worth(shares, 0, cut * spacing)
    returned: uint256 = freed - amount
    ledger._exit(tick, shares, 1)
    ledger._enter(tick - cut, shares, 1)
    books.deposits -= freed
    ledger._store(books)
    ledger.bonds += amount
    self.members[member_id] = words._with_tick(member, tick - cut)
    if returned > 0:
        payments._owe(convert(member >> words.WALLET_AT, address), returned)
    log HeldFromBalance(member_id=member_id, tick=tick - cut, amount=amount, returned=returned)


@external
@view
def balance_of(member_id: bytes32) -> uint256:
    """
    @notice What a member would take out today (R-1).
    @param member_id The member.
    @return Units; 0 if not in force.
    """
    member: uint256 = self.members[member_id]
    index: uint256 = ledger.books >> 160
    if not self._in_force(member, index):
        return 0
    return ledger._worth(words._shares(member), index, words._tick(member) * terms.SPACING)


@external
@view
def record(member_id: bytes32) -> (uint256, uint256, uint256, uint256, uint256):
    """
    @notice All that the question 'was this person covered that day' needs, in one call (R-51).
    @param member_id The member.
    @return The member word, the history word (0 if unused), the index, the word of the member's tick, and that of the
            previous record's tick (0 if unused).
    """
    member: uint256 = self.members[member_id]
    past: uint256 = 0
    past_tick: uint256 = 0
    if member & words.HISTORY != 0:
        past = self.history[member_id]
        past_tick = ledger.ticks[past >> 228]
    return member, past, ledger.books >> 160, ledger.ticks[words._tick(member)], past_tick


@internal
def _admit(
    attestation: IFund.Attestation,
    struct_hash: bytes32,
    tick: uint256,
    charter_hash: bytes32,
    payment: IFund.Payment,
    actor: address,
    attested: bool,
):
    """
    @dev R-32 to R-37, after whoever vouches has been checked.
    """
    entrance._check_time(attestation.issued, attestation.expiry)
    entrance._check_charter(charter_hash)
    assert attestation.wallet != empty(address), "fund: wallet missing"
    assert self.members[attestation.member_id] == 0, "fund: member_id is taken"
    books: ledger.Books = ledger._open()
    self._check_runway(books.index, tick, True)
    shares: uint256 = terms._class_shares(attestation.class_id)
    # R-33: the wallet acts itself, or pays by an authorisation whose nonce binds the charter.
    accepted: bool = actor == attestation.wallet or (
        payment.method == 2 and payment.payer == attestation.wallet
    )
    status: uint256 = words.OCCUPIED
    if accepted:
        status |= words.ACCEPTED
    record: uint256 = self._record(tick, shares, attestation.class_id, status)
    price: uint256 = ledger._price(shares, books.index, tick * terms.SPACING)
    entry_fee: uint256 = terms._entry_fee()
    self.members[attestation.member_id] = (
        convert(attestation.wallet, uint256) << words.WALLET_AT
    ) | record
    self._register(books, tick, shares, 1, price, entry_fee, attested)
    payer: address = payments._pull(
        payment,
        price + entry_fee,
        keccak256("join"),
        attestation.member_id,
        tick,
        keccak256(abi_encode(struct_hash, charter_hash)),
        actor,
    )
    log Joined(
        member_id=attestation.member_id,
        wallet=attestation.wallet,
        payer=payer,
        class_id=attestation.class_id,
        shares=shares,
        tick=tick,
        joined=(record >> words.JOINED_AT) & words.MASK_20,
        price=price,
        entry_fee=entry_fee,
        accepted=accepted,
        attested=attested,
    )


@internal
def _register(
    books: ledger.Books,
    tick: uint256,
    shares: uint256,
    heads: uint256,
    price: uint256,
    entry_fees: uint256,
    attested: bool,
):
    """
    @dev The ledger's side of admitting members of one class and tick.
    """
    after: ledger.Books = books
    entrance._count(heads, books.heads, attested)
    ledger._enter(tick, shares * heads, heads)
    after.shares += shares * heads
    after.heads += heads
    after.deposits += price
    ledger._store(after)
    if entry_fees > 0:
        ledger._add_surplus(entry_fees)


@internal
def _advance(member_id: bytes32, member: uint256, tick: uint256) -> uint256:
    """
    @dev Moves a member in force to a later tick; the caller adds the price that it returns to the deposits.
    """
    before: uint256 = words._tick(member)
    shares: uint256 = words._shares(member)
    ledger._exit(before, shares, 1)
    ledger._enter(tick, shares, 1)
    self.members[member_id] = words._with_tick(member, tick)
    return ledger._price(shares, before * terms.SPACING, tick * terms.SPACING)


@internal
@view
def _check_runway(index: uint256, tick: uint256, joining: bool):
    """
    @dev R-3, R-4.
    """
    below: uint256 = index // terms.SPACING
    assert tick <= below + terms._max_runway() and tick < words.TICK_LIMIT, "fund: runway too long"
    if joining:
        assert tick >= words._ceil_div(index, terms.SPACING) + terms._min_runway(), "fund: runway too short"
    assert tick > below, "fund: runway too short"


@internal
@view
def _own(member_id: bytes32, actor: address) -> uint256:
    """
    @dev The record of a member who has not exited, if the actor is its wallet.
    """
    member: uint256 = self._present(member_id)
    assert member >> words.WALLET_AT == convert(actor, uint256), "fund: not the wallet"
    return member


@internal
@view
def _present(member_id: bytes32) -> uint256:
    member: uint256 = self.members[member_id]
    assert member != 0, "fund: no such member"
    assert member & words.EXITED == 0, "fund: member has left"
    return member


@internal
@view
def _in_force(member: uint256, index: uint256) -> bool:
    """
    @dev A < X, and not exited (I-7). False for an empty record.
    """
    return member & words.EXITED == 0 and words._tick(member) * terms.SPACING > index


@internal
@view
def _record(tick: uint256, shares: uint256, class_id: uint256, status: uint256) -> uint256:
    """
    @dev The lower 96 bits of a member word that begins now (R-30). Every field but the hour was checked by the caller.
    """
    hour: uint256 = words._hour_up()
    assert hour <= words.MASK_20, "fund: time is out of range"
    return (
        (tick << words.TICK_AT)
        | (shares << words.SHARES_AT)
        | (hour << words.JOINED_AT)
        | (class_id << words.CLASS_AT)
        | status
    )


@internal
@pure
def _remember(member: uint256, changed: uint256, past: uint256) -> uint256:
    """
    @dev The history word of a record that ends at `changed` (R-31); hours of notice and exit come from `past`.
    """
    hours: uint256 = past & ((words.MASK_20 << words.LEFT_AT) | (words.MASK_20 << words.EXITED_AT))
    return (
        ((member & words.MASK_96) << words.RECORD_AT)
        | (changed << words.CHANGED_AT)
        | hours
    )
