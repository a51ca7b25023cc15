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

exports: (
    terms.TOKEN,
    terms.SPACING,
    terms.CHARTER,
    terms.FOUNDED,
    terms.member_terms,
    wiring.office,
    wiring.court,
    wiring.jury,
    standing.books,
    standing.stage,
    ledger.purse,
    ledger.bonds,
    ledger.yearly,
    ledger.round,
    ledger.ticks,
    entrance.admission,
    entrance.attestors,
    register.members,
    register.history,
    rounds.announce,
    rounds.retract,
    rounds.settle,
)


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


event Left:
    member_id: indexed(bytes32)
    left: uint256
    ends: uint256


event Refunded:
    member_id: indexed(bytes32)
    wallet: indexed(address)
    amount: uint256
    exited: uint256


event Held:
    payer: indexed(address)
    amount: uint256


event Released:
    to: indexed(address)
    amount: uint256


event Credited:
    to: indexed(address)
    amount: uint256


# The second part of this contract's code, which holds the third's address.
ANNEX: public(immutable(address))


@deploy
def __init__(charter: address, founder: address, annex: address, stages: address):
    """
    @notice Reads token, spacing, terms and attestors of the sealed charter's founding version.
    @param charter The charter.
    @param founder Who may wire the mutual's other contracts, once.
    @param annex The blueprint of the FundAnnex.
    @param stages The blueprint of the FundStages.
    """
    terms.__init__(charter)
    wiring.__init__(founder)
    entrance.__init__(charter)
    ANNEX = create_from_blueprint(annex, charter, founder, stages, code_offset=3)


@external
@raw_return
def __default__() -> Bytes[32]:
    """
    @notice Every other function of the mutual's Fund: runs the annex's code on this contract's storage.
    @return What the annex returns.
    """
    return raw_call(ANNEX, msg.data, max_outsize=32, is_delegate_call=True)


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
    entrance._check_founded()
    wiring._check_actor(actor)
    struct_hash: bytes32 = entrance._attestation_hash(attestation)
    entrance._check_attestors(struct_hash, signatures)
    register._admit(attestation, struct_hash, tick, charter_hash, payment, actor, True)


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
    register._admit(
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
    entrance._check_founded()
    wiring._check_actor(actor)
    if len(ids) != len(wallets):
        words._fail("fund: ids and wallets differ")
    entrance._check_time(issued, expiry)
    entrance._check_attestors(entrance._roster_hash(ids, wallets, class_id, issued, expiry), signatures)
    books: ledger.Books = ledger._open()
    register._check_runway(books.index, books.flags, tick, True)
    shares: uint256 = terms._class_shares(class_id)
    # The lower 96 bits of a member word are the same for all.
    record: uint256 = register._record(tick, shares, class_id, words.OCCUPIED)
    count: uint256 = 0
    for i: uint256 in range(len(ids), bound=500):
        member_id: bytes32 = ids[i]
        wallet: address = wallets[i]
        if wallet == empty(address) or register.members[member_id] != 0:
            continue
        register.members[member_id] = (convert(wallet, uint256) << words.WALLET_AT) | record
        count = unsafe_add(count, 1)
        log Enrolled(member_id=member_id, wallet=wallet, record=record)
    price: uint256 = 0
    entry_fees: uint256 = 0
    if count > 0:
        price = count * ledger._price(shares, books.index, tick * terms.SPACING)
        entry_fees = count * terms._entry_fee(books.flags)
        register._register(books, tick, shares, count, price, entry_fees, True)
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
    member: uint256 = register._own(member_id, actor)
    entrance._check_charter(charter_hash)
    if member & words.ACCEPTED == 0:
        register.members[member_id] = member | words.ACCEPTED
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
    if books.flags & standing.SPECIAL != 0:
        standing._check_open()
    member: uint256 = register._present(member_id)
    register._check_runway(books.index, books.flags, tick, False)
    before: uint256 = words._tick(member)
    shares: uint256 = words._shares(member)
    start: uint256 = before * terms.SPACING
    arrears: uint256 = 0
    if start > books.index:
        if tick <= before:
            words._fail("fund: tick is not ahead")
        ledger._exit(before, shares, 1)
    else:
        if ((ledger.ticks[before] >> 144) & words.MASK_40) + terms._grace(books.flags) < block.timestamp:
            words._fail("fund: lapsed, rejoin")
        arrears = ledger._price(shares, start, books.index)
        start = books.index
        books.shares += shares
        books.heads += 1
        books.flags = register._check_joining(books.flags, books.heads, True)
    price: uint256 = ledger._price(shares, start, tick * terms.SPACING)
    books.deposits += price
    ledger._enter(tick, shares, 1)
    ledger._store(books)
    if arrears > 0:
        ledger._add_surplus(arrears)
    register.members[member_id] = words._with_tick(member, tick)
    payer: address = payments._pull(
        payment, price + arrears, keccak256("top_up"), member_id, tick, empty(bytes32), actor
    )
    log ToppedUp(member_id=member_id, payer=payer, tick=tick, price=price, arrears=arrears)


@external
@nonreentrant
def leave(member_id: bytes32, actor: address = msg.sender):
    """
    @notice The wallet gives notice of leaving; it cannot be taken back (R-46).
    @param member_id The member.
    @param actor The wallet.
    """
    wiring._check_actor(actor)
    books: ledger.Books = ledger._open()
    if books.flags & standing.SPECIAL != 0 and not standing._is_stage(standing.RUNNING):
        words._fail("fund: no leaving now")
    member: uint256 = register._own(member_id, actor)
    if not register._in_force(member, books.index):
        words._fail("fund: not in force")
    if member & words.LEAVING != 0:
        words._fail("fund: already leaving")
    hour: uint256 = words._hour_up()
    notice: uint256 = terms._notice(books.flags)
    past: uint256 = register.history[member_id] & ~(
        (words.MASK_20 << words.LEFT_AT) | (words.MASK_32 << words.NOTICE_AT)
    )
    register.history[member_id] = past | (hour << words.LEFT_AT) | (notice << words.NOTICE_AT)
    register.members[member_id] = member | (words.LEAVING | words.HISTORY)
    log Left(member_id=member_id, left=hour, ends=hour * words.HOUR + notice)


@external
@nonreentrant
def refund(member_id: bytes32):
    """
    @notice Pays a member who left their balance, when the notice is over; anyone (R-46, I-6).
    @param member_id The member.
    """
    books: ledger.Books = ledger._open()
    member: uint256 = register._present(member_id)
    if member & words.LEAVING == 0:
        words._fail("fund: not leaving")
    past: uint256 = register.history[member_id]
    left_at: uint256 = ((past >> words.LEFT_AT) & words.MASK_20) * words.HOUR
    # R-96: the notice as it was when it was given.
    notice: uint256 = (past >> words.NOTICE_AT) & words.MASK_32
    ends: uint256 = left_at + notice
    if block.timestamp < ends:
        words._fail("fund: notice is not over")
    if block.timestamp < left_at + 3 * notice:
        settled: bool = staticcall ICourt(wiring.court).settled_before(ends)
        if not settled:
            words._fail("fund: earlier claims are open")
    amount: uint256 = register._take_out(books, member)
    hour: uint256 = register._mark_exited(member_id, member, past)
    wallet: address = convert(member >> words.WALLET_AT, address)
    log Refunded(member_id=member_id, wallet=wallet, amount=amount, exited=hour)
    payments._push(wallet, amount)


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
@view
def balance_of(member_id: bytes32) -> uint256:
    """
    @notice What a member would take out today (R-1).
    @param member_id The member.
    @return Units; 0 if not in force.
    """
    member: uint256 = register.members[member_id]
    index: uint256 = standing.books >> 160
    if not register._in_force(member, index):
        return 0
    return ledger._worth(words._shares(member), index, words._tick(member) * terms.SPACING)


@external
@view
def record(member_id: bytes32) -> (uint256, uint256, uint256, uint256, uint256):
    """
    @notice All that the question 'was this person covered that day' needs, in one call (R-51).
    @param member_id The member.
    @return The member word, the history word (0 if unused), the index with bit 255 set where the mutual is not plainly
            running (then its stage counts as well), the word of the member's tick, and that of the
            previous record's tick (0 if unused).
    """
    member: uint256 = register.members[member_id]
    past: uint256 = 0
    past_tick: uint256 = 0
    if member & words.HISTORY != 0:
        past = register.history[member_id]
        past_tick = ledger.ticks[past >> 228]
    books: uint256 = standing.books
    index: uint256 = (books >> 160) | (((books >> 89) & 1) << 255)
    return member, past, index, ledger.ticks[words._tick(member)], past_tick
