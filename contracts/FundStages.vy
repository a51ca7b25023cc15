#pragma version 0.4.3
#pragma optimize codesize
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title FundStages
@license AGPL-3.0-only
@notice The third part of a Fund's code, run on the Fund's own storage like the annex: what happens at the turns of a
        mutual's life. How it starts or fails to (R-105 to R-107), how it takes up a version of the charter that its
        members adopted (R-95), how it ends and hands out what is left (R-108 to R-111). Stages only go forward (I-15).

        Who may do what: the Assembly winds down by vote; a member's wallet steps back while the mutual gathers. All else
        is open to anyone and pays only whom the rules name.
@dev Not audited by a third party. Called directly it acts on its own empty storage and can touch no mutual's money.
     Storage and immutables are as in FundAnnex.
"""

from interfaces import ICharter
from interfaces import ICourt
from modules import entrance
from modules import later
from modules import ledger
from modules import payments
from modules import register as registry
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
initializes: registry[
    entrance := entrance, ledger := ledger, payments := payments, standing := standing, terms := terms
]
initializes: later[ledger := ledger, payments := payments, rounds := rounds, standing := standing, terms := terms]

exports: (
    later.absorb,
    later.recognise_loss,
    later.withdraw_fees,
    terms.money_terms,
    terms.shares_words,
    wiring.assembly,
    ledger.bitmap,
    payments.dues,
    payments.withdraw,
    registry.orders,
    rounds.payout,
    rounds.unpaid,
    rounds.deferred,
    rounds.deferred_due,
    standing.version,
    standing.ending,
    standing.set_aside,
)


event Adopted:
    version: indexed(uint256)
    charter_hash: bytes32
    owed_steward: uint256


event Started:
    heads: uint256


event SteppedBack:
    member_id: indexed(bytes32)
    wallet: indexed(address)
    amount: uint256
    entry_fee: uint256


event FloorWatched:
    since: uint256
    heads: uint256


event WoundDown:
    by_vote: bool
    index: uint256
    ends_at: uint256


event Registered:
    member_id: indexed(bytes32)
    shares: uint256


event Ended:
    set_aside: uint256
    entitled: uint256


event PaidOut:
    member_id: indexed(bytes32)
    wallet: indexed(address)
    balance: uint256
    part: uint256
    exited: uint256


event RemainderSwept:
    remainder: indexed(address)
    amount: uint256


# R-109: who came later has no part in the surplus.
_QUALIFYING: constant(uint256) = 90 * 86_400


@deploy
def __init__(charter: address, founder: address):
    """
    @notice Reads what the Fund reads, in the same transaction, and refuses for all three parts what none can work with.
    @param charter The charter.
    @param founder Who may wire the Fund.
    """
    terms.__init__(charter)
    wiring.__init__(founder)
    entrance.__init__(charter)
    terms._check_founding()
    entrance._check_quorum()


@external
@nonreentrant
def wire(office: address, court: address, jury: address, assembly: address):
    """
    @notice Names the other contracts of the mutual; the founder, once. Before that the Fund takes no money (R-105).
    @param office The Office.
    @param court The Court.
    @param jury The Jury.
    @param assembly The Assembly.
    """
    wiring._wire(office, court, jury, assembly)
    entrance._found()
    first: uint256 = 1 << standing.VERSION_AT
    if terms._minimum_members() > 1:
        standing._store_stage((standing.GATHERING << standing.STAGE_AT) | first)
    else:
        standing._store_stage(self._running_since_now() | first)


@external
@nonreentrant
def start():
    """
    @notice Ends the gathering once enough members are in force: cover begins; anyone (R-105).
    """
    books: ledger.Books = ledger._open()
    self._check_stage(standing.GATHERING, "fund: not gathering")
    if terms._is_past_deadline():
        words._fail("fund: too late to start")
    if books.heads < terms._minimum_members():
        words._fail("fund: too few members")
    standing._store_stage(self._running_since_now() | (standing._version() << standing.VERSION_AT))
    log Started(heads=books.heads)


@external
@nonreentrant
def step_back(member_id: bytes32, actor: address = msg.sender):
    """
    @notice Undoes a joining while the mutual gathers; the wallet, and anyone once it failed to start (R-107).
    @param member_id The member, whose record is erased.
    @param actor Who acts.
    """
    wiring._check_actor(actor)
    books: ledger.Books = ledger._open()
    self._check_stage(standing.GATHERING, "fund: not gathering")
    member: uint256 = 0
    if terms._is_past_deadline():
        member = registry._known(member_id)
    else:
        member = registry._own(member_id, actor)
    amount: uint256 = registry._take_out(books, member)
    purse: ledger.Purse = ledger._load_purse()
    entry_fee: uint256 = min(terms._entry_fee(books.flags), purse.surplus)
    purse.surplus -= entry_fee
    ledger._store_purse(purse)
    entrance._uncount((member >> words.JOINED_AT) & words.MASK_20)
    registry.members[member_id] = 0
    registry.history[member_id] = 0
    registry.orders[member_id] = 0
    wallet: address = convert(member >> words.WALLET_AT, address)
    log SteppedBack(member_id=member_id, wallet=wallet, amount=amount, entry_fee=entry_fee)
    payments._push(wallet, amount + entry_fee)


@external
@nonreentrant
def adopt():
    """
    @notice Takes up the newest version of the charter; anyone (R-95). What was earned under the old one is the old
            steward's.
    """
    books: ledger.Books = ledger._open()
    self._check_stage(standing.RUNNING, "fund: not running")
    before: uint256 = standing._version()
    version: uint256 = staticcall ICharter(terms.CHARTER).latest()
    if version == before:
        words._fail("fund: nothing to adopt")
    purse: ledger.Purse = ledger._load_purse()
    owed: uint256 = purse.fees
    if owed > 0:
        purse.fees = 0
        ledger._store_purse(purse)
        payments._owe(staticcall ICharter(terms.CHARTER).steward(before), owed)
    document: bytes32 = terms._adopt(version)
    entrance._adopt(version, document)
    word: uint256 = standing.stage & ~(65_535 << standing.VERSION_AT)
    if books.heads >= max(terms._floor_heads(standing._flags()), 1):
        # A lower floor may be regained by the vote alone.
        if (word >> standing.BELOW_AT) & words.MASK_40 != 0:
            log registry.FloorRegained(heads=books.heads)
        word &= ~(words.MASK_40 << standing.BELOW_AT)
    standing._store_stage(word | (version << standing.VERSION_AT))
    log Adopted(version=version, charter_hash=document, owed_steward=owed)


@external
@nonreentrant
def watch_floor():
    """
    @notice Notes since when fewer members are in force than the charter's floor, or none; anyone (R-108).
    """
    books: ledger.Books = ledger._open()
    self._check_stage(standing.RUNNING, "fund: not running")
    word: uint256 = standing.stage
    if (word >> standing.BELOW_AT) & words.MASK_40 != 0:
        words._fail("fund: the floor is watched already")
    # An empty mutual is below every floor, so that its surplus is not locked (R-111).
    if books.heads >= max(terms._floor_heads(books.flags), 1):
        words._fail("fund: not below the floor")
    standing._store_stage(word | (block.timestamp << standing.BELOW_AT))
    log FloorWatched(since=block.timestamp, heads=books.heads)


@external
@nonreentrant
def wind_down():
    """
    @notice Begins the end by the members' vote; the Assembly (R-103, R-108).
    """
    if msg.sender != wiring.assembly:
        words._fail("fund: not the assembly")
    self._wind_down(True)


@external
@nonreentrant
def wind_down_by_floor():
    """
    @notice Begins the end of a mutual that stayed below its floor for longer than the grace time, or empty for longer than
            a year where the charter names no floor; anyone (R-108).
    """
    since: uint256 = (standing.stage >> standing.BELOW_AT) & words.MASK_40
    if since == 0:
        words._fail("fund: the floor is not watched")
    flags: uint256 = standing._flags()
    wait: uint256 = terms._grace(flags)
    if terms._floor_heads(flags) == 0:
        wait = words.YEAR
    if block.timestamp <= since + wait:
        words._fail("fund: grace is not over")
    self._wind_down(False)


@external
@nonreentrant
def register(ids: DynArray[bytes32, 200]) -> uint256:
    """
    @notice Notes members who were there long enough when the end began, for a part of the surplus; anyone (R-109).
    @param ids The members; who is not entitled, or is noted already, costs nothing.
    @return How many were noted.
    """
    self._check_stage(standing.WINDING, "fund: not winding down")
    wound_at: uint256 = (standing.stage >> standing.WOUND_AT) & words.MASK_40
    ending: uint256 = standing.ending
    entitled: uint256 = (ending >> 116) & words.MASK_44
    count: uint256 = 0
    for member_id: bytes32 in ids:
        member: uint256 = registry.members[member_id]
        if member & (words.LEAVING | words.REGISTERED) != 0 or not registry._in_force(member, ending >> 160):
            continue
        if ((member >> words.JOINED_AT) & words.MASK_20) * words.HOUR + _QUALIFYING > wound_at:
            continue
        entitled += words._shares(member)
        count += 1
        registry.members[member_id] = member | words.REGISTERED
        log Registered(member_id=member_id, shares=words._shares(member))
    # The sum is at most T at the trigger, which has 42 bits.
    standing.ending = ((ending >> 160) << 160) | (entitled << 116)
    return count


@external
@nonreentrant
def end():
    """
    @notice Ends the mutual when the run-off is over and every claim closed: the surplus is set aside for those noted;
            anyone (R-110).
    """
    self._check_stage(standing.WINDING, "fund: not winding down")
    word: uint256 = standing.stage
    if block.timestamp < (word >> standing.ENDS_AT) & words.MASK_40:
        words._fail("fund: run-off is not over")
    books: ledger.Books = ledger._load()
    if books.pending == 1:
        words._fail("fund: a round is outstanding")
    # Also a claim filed at this very second.
    settled: bool = staticcall ICourt(wiring.court).settled_before(block.timestamp + 1)
    if not settled:
        words._fail("fund: claims are open")
    entitled: uint256 = (standing.ending >> 116) & words.MASK_44
    amount: uint256 = 0
    if entitled > 0:
        purse: ledger.Purse = ledger._load_purse()
        amount = purse.surplus
        purse.surplus = 0
        purse.due += amount
        ledger._store_purse(purse)
        standing.set_aside = (amount << 168) | (amount << 80)
    standing._store_stage((word & ((1 << standing.STAGE_AT) - 1)) | (standing.ENDED << standing.STAGE_AT))
    log Ended(set_aside=amount, entitled=entitled)


@external
@nonreentrant
def pay_out(member_id: bytes32):
    """
    @notice Pays a member the balance and the part of what was set aside, after the end; anyone (R-110).
    @param member_id The member.
    """
    self._check_stage(standing.ENDED, "fund: the mutual has not ended")
    member: uint256 = registry._present(member_id)
    balance: uint256 = registry._take_out(ledger._load(), member)
    part: uint256 = 0
    if member & words.REGISTERED != 0:
        part = self._take_part(words._shares(member))
    hour: uint256 = registry._mark_exited(member_id, member, registry.history[member_id])
    wallet: address = convert(member >> words.WALLET_AT, address)
    log PaidOut(member_id=member_id, wallet=wallet, balance=balance, part=part, exited=hour)
    payments._push(wallet, balance + part)


@external
@nonreentrant
def sweep_remainder():
    """
    @notice Owes the charter's remainder what belongs to no member any more; anyone (R-107, R-110).
    """
    if not standing._is_stage(standing.ENDED):
        self._check_stage(standing.GATHERING, "fund: the mutual has not ended")
        if not terms._is_past_deadline() or ledger._load().heads > 0:
            words._fail("fund: the mutual may still start")
    purse: ledger.Purse = ledger._load_purse()
    amount: uint256 = purse.surplus
    if amount == 0:
        words._fail("fund: nothing to sweep")
    purse.surplus = 0
    ledger._store_purse(purse)
    remainder: address = staticcall ICharter(terms.CHARTER).remainder(standing._version())
    payments._owe(remainder, amount)
    log RemainderSwept(remainder=remainder, amount=amount)


@internal
@view
def _check_stage(stage: uint256, reason: String[40]):
    if not standing._is_stage(stage):
        words._fail(reason)


@internal
@view
def _running_since_now() -> uint256:
    """
    @dev The stage word of a mutual that runs from now on, without its version.
    """
    return (standing.RUNNING << standing.STAGE_AT) | (block.timestamp << standing.STARTED_AT)


@internal
def _wind_down(by_vote: bool):
    """
    @dev R-108.
    """
    books: ledger.Books = ledger._open()
    self._check_stage(standing.RUNNING, "fund: not running")
    ends_at: uint256 = block.timestamp + terms._runoff(books.flags)
    kept: uint256 = standing.stage & ((words.MASK_40 << standing.STARTED_AT) | (65_535 << standing.VERSION_AT))
    standing._store_stage(
        (standing.WINDING << standing.STAGE_AT)
        | kept
        | (block.timestamp << standing.WOUND_AT)
        | (ends_at << standing.ENDS_AT)
    )
    standing.ending = books.index << 160
    log WoundDown(by_vote=by_vote, index=books.index, ends_at=ends_at)


@internal
def _take_part(shares: uint256) -> uint256:
    """
    @dev R-110: what is set aside for these shares leaves the dues; with the last of them goes the rounding rest, which
         is nobody's and becomes surplus.
    """
    ending: uint256 = standing.ending
    entitled: uint256 = (ending >> 116) & words.MASK_44
    paid: uint256 = ((ending >> 72) & words.MASK_44) + shares
    standing.ending = ((ending >> 116) << 116) | (paid << 72)
    aside: uint256 = standing.set_aside
    total: uint256 = aside >> 168
    part: uint256 = total * shares // entitled
    left: uint256 = ((aside >> 80) & words.MASK_88) - part
    purse: ledger.Purse = ledger._load_purse()
    purse.due -= part
    if paid == entitled:
        purse.due -= left
        purse.surplus += left
        left = 0
    ledger._store_purse(purse)
    standing.set_aside = (total << 168) | (left << 80)
    return part
