#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Register
@license AGPL-3.0-only
@notice The register of members: one word for each, a second for what it was before, a third for a standing order
        (R-30, R-31, R-40), and the steps that several acts of membership share.
@dev What it does not do: it does not ask who calls; the external functions do.
"""

from interfaces import IFund
from modules import entrance
from modules import ledger
from modules import payments
from modules import standing
from modules import terms
from modules import words

uses: entrance
uses: ledger
uses: payments
uses: standing
uses: terms


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


event FloorRegained:
    heads: uint256


# wallet 160 | tick 28 | shares 24 | joined 20 | class 16 | status 8 (R-30).
members: public(HashMap[bytes32, uint256])
# The previous record of a member, and the hours of change, notice and exit (R-31).
history: public(HashMap[bytes32, uint256])
# most per period 88 | spent 88 | period 24 | target 20 | unused 36 (R-40).
orders: public(HashMap[bytes32, uint256])


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
    if attestation.wallet == empty(address):
        words._fail("fund: wallet missing")
    if self.members[attestation.member_id] != 0:
        words._fail("fund: member_id is taken")
    books: ledger.Books = ledger._open()
    self._check_runway(books.index, books.flags, tick, True)
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
    entry_fee: uint256 = terms._entry_fee(books.flags)
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
    after.shares += shares * heads
    after.heads += heads
    after.deposits += price
    after.flags = self._check_joining(after.flags, after.heads, True)
    entrance._count(after.flags, heads, books.heads, attested)
    ledger._enter(tick, shares * heads, heads)
    ledger._store(after)
    if entry_fees > 0:
        ledger._add_surplus(entry_fees)


@internal
def _check_joining(flags: uint256, heads: uint256, may_gather: bool) -> uint256:
    """
    @dev R-106, R-108: for every act that raises the heads in force; plainly running mutuals allow it at no cost.
    @param flags Those of the books.
    @param heads How many are in force after the act.
    @param may_gather Whether the act is allowed while the mutual gathers.
    @return The flags afterwards: heads back at the floor are watched no longer.
    """
    if flags & standing.SPECIAL == 0:
        return flags
    word: uint256 = standing.stage
    if word >> standing.STAGE_AT == standing.GATHERING and may_gather and not terms._is_past_deadline():
        return flags
    if word >> standing.STAGE_AT != standing.RUNNING:
        words._fail("fund: no joining now")
    if heads < terms._floor_heads(flags):
        return flags
    standing.stage = word & ~(words.MASK_40 << standing.BELOW_AT)
    log FloorRegained(heads=heads)
    return flags ^ standing.SPECIAL


@internal
def _take_out(books: ledger.Books, member: uint256) -> uint256:
    """
    @dev Ends a runway before its tick and stores the books.
    @return What the member's balance was (R-1); 0 and nothing changed if the member is not in force.
    """
    tick: uint256 = words._tick(member)
    end: uint256 = tick * terms.SPACING
    if end <= books.index:
        return 0
    after: ledger.Books = books
    shares: uint256 = words._shares(member)
    amount: uint256 = ledger._worth(shares, books.index, end)
    after.shares -= shares
    after.heads -= 1
    after.deposits -= amount
    ledger._exit(tick, shares, 1)
    dust: uint256 = 0
    after, dust = ledger._sweep(after)
    ledger._store(after)
    if dust > 0:
        ledger._add_surplus(dust)
    return amount


@internal
def _mark_exited(member_id: bytes32, member: uint256, past: uint256) -> uint256:
    """
    @return The hour of exit, rounded up.
    """
    hour: uint256 = words._hour_up()
    self.history[member_id] = (past & ~(words.MASK_20 << words.EXITED_AT)) | (hour << words.EXITED_AT)
    self.members[member_id] = member | (words.EXITED | words.HISTORY)
    return hour


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
def _check_runway(index: uint256, flags: uint256, tick: uint256, joining: bool):
    """
    @dev R-3, R-4.
    """
    below: uint256 = index // terms.SPACING
    longest: uint256 = 0
    shortest: uint256 = 0
    longest, shortest = terms._runways(flags)
    if tick > below + longest or tick >= words.TICK_LIMIT:
        words._fail("fund: runway too long")
    if joining:
        if tick < words._ceil_div(index, terms.SPACING) + shortest:
            words._fail("fund: runway too short")
    if tick <= below:
        words._fail("fund: runway too short")


@internal
@view
def _own(member_id: bytes32, actor: address) -> uint256:
    """
    @dev The record of a member, if the actor is its wallet.
    """
    member: uint256 = self._known(member_id)
    if member >> words.WALLET_AT != convert(actor, uint256):
        words._fail("fund: not the wallet")
    return member


@internal
@view
def _known(member_id: bytes32) -> uint256:
    member: uint256 = self.members[member_id]
    if member == 0:
        words._fail("fund: no such member")
    return member


@internal
@view
def _present(member_id: bytes32) -> uint256:
    """
    @dev The record of a member who has not exited.
    """
    member: uint256 = self._known(member_id)
    if member & words.EXITED != 0:
        words._fail("fund: member has left")
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
    if hour > words.MASK_20:
        words._fail("fund: time is out of range")
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
    @dev The history word of a record that ends at `changed` (R-31); hours of notice and exit, and the notice in force then, stay.
    """
    hours: uint256 = past & ((1 << words.CHANGED_AT) - 1)
    return (
        ((member & words.MASK_96) << words.RECORD_AT)
        | (changed << words.CHANGED_AT)
        | hours
    )
