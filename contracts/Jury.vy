#pragma version 0.4.3
#pragma optimize gas
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Jury
@license AGPL-3.0-only
@notice Who judges claims: volunteers with their bonds, the lot, panels, hidden votes, exposure and tallies.
        Not audited by a third party.
@dev What it is: the members' bench. A panel is drawn (some volunteers, by lot) or open (every eligible member).
     What it never does: decide what a vote leads to (the Court does), choose a juror, hold tokens (the Fund does),
     or let anybody but the wallet of a seat, or its signature, vote on that seat.

     who                     | may do
     ------------------------|---------------------------------------------------------------
     a member's wallet       | volunteer with a bond, retire, vote in an open panel
     the wallet of a seat    | announce the key to read with, commit, ask for an investigator through the Court
     anyone                  | bring a signed commitment, reveal with the salt, expose, dismiss,
                             | send a retired volunteer's bond home
     the Court               | draw, start, open, conclude, slash, pay
     the founder             | name the Court, once

     How it ends: a panel ends when its votes can no longer change or its time is over. A volunteer ends by retiring,
     by losing the bond, or by dismissal once the membership lapsed; the bond's rest is released three notices later.

     A vote is hidden until votes can no longer be cast. Whoever shows a juror's salt before that voids the vote and
     costs the juror half of the bond, so that a juror cannot prove a vote to a buyer without being at the buyer's
     mercy. A commitment binds chain, contract, panel, attempt and seat: copying somebody's commitment is of no use.

     Times: an act is possible while now < its deadline, what follows from the deadline on (R-86).
"""

from interfaces import ICharter
from interfaces import IFund
from interfaces import IJury
from modules import sortition
from modules import verdict
from modules import words
from snekmate.utils import eip712_domain_separator
from snekmate.utils import signature_checker

initializes: eip712_domain_separator

exports: eip712_domain_separator.eip712Domain


event Volunteered:
    index: indexed(uint256)
    wallet: indexed(address)
    member_id: indexed(bytes32)
    half: uint256


event Retired:
    index: indexed(uint256)
    out_at: uint256


event Dismissed:
    index: indexed(uint256)
    out_at: uint256


event BondWithdrawn:
    index: indexed(uint256)
    amount: uint256


event SeatsDrawn:
    key: indexed(uint256)
    w: indexed(uint256)
    attempt: uint256
    seats: uint256


event SeatKeyAnnounced:
    key: indexed(uint256)
    seat: indexed(uint256)
    juror: indexed(address)
    attempt: uint256
    kind: uint256
    public_key: bytes32


event PanelOpened:
    key: indexed(uint256)
    attempt: uint256
    commit_by: uint256
    reveal_by: uint256
    least_votes: uint256
    heads: uint256


event VotingStarted:
    key: indexed(uint256)
    attempt: uint256
    commit_by: uint256
    reveal_by: uint256


event Committed:
    key: indexed(uint256)
    seat: indexed(uint256)
    juror: indexed(address)
    commitment: bytes32
    # On an open panel, whose vote it is; zero on a drawn one.
    member_id: bytes32


event RevealsOpened:
    key: indexed(uint256)
    reveal_by: uint256


event Revealed:
    key: indexed(uint256)
    seat: indexed(uint256)
    level: uint256
    reason: bytes32
    salt: bytes32


event Exposed:
    key: indexed(uint256)
    seat: indexed(uint256)
    by: indexed(address)
    level: uint256
    reason: bytes32
    salt: bytes32
    amount: uint256


event Slashed:
    index: indexed(uint256)
    key: indexed(uint256)
    amount: uint256


event Concluded:
    key: indexed(uint256)
    attempt: uint256
    status: uint256
    level: uint256
    valid: uint256
    slashed: uint256


event InvestigatorAsked:
    key: indexed(uint256)
    seat: indexed(uint256)
    juror: indexed(address)


event Extended:
    key: indexed(uint256)
    commit_by: uint256
    reveal_by: uint256


event JurorPaid:
    key: indexed(uint256)
    seat: indexed(uint256)
    juror: indexed(address)
    amount: uint256


event CourtNamed:
    court: address


COMMIT_TYPEHASH: constant(bytes32) = keccak256(
    "Commit(uint256 panel,uint256 attempt,uint256 seat,bytes32 commitment)"
)
# A commitment that was exposed: nothing can be revealed from it, and nothing committed in its place.
VOID: constant(bytes32) = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff

# Largest panel: 15 seats, then 31, then 63 (P-22, R-77).
MOST_SEATS: constant(uint256) = 63
# Seats of a panel and of two earlier ones, and their replacements.
MOST_SEATED: constant(uint256) = 192
# Candidates per empty seat before a lot is given up (R-67).
TRIES: constant(uint256) = 16
BENCH: constant(uint256) = 3

# Kinds of panel.
DRAWN: constant(uint256) = 1
OPEN: constant(uint256) = 2

# Kinds of public key (docs/spec/evidence.md): an X25519 key, or the hash of a hybrid recipient.
X25519: constant(uint256) = 1
HYBRID: constant(uint256) = 2

# Flags of a panel.
REVEALS_OPEN: constant(uint256) = 1
EXPOSURES: constant(uint256) = 2
ANEW: constant(uint256) = 4

# Offsets in the panel word (docs/spec/interface.md).
SIZE_AT: constant(uint256) = 248
KIND_AT: constant(uint256) = 244
ATTEMPT_AT: constant(uint256) = 240
FLAGS_AT: constant(uint256) = 232
COMMITTED_AT: constant(uint256) = 224
COMMIT_BY_AT: constant(uint256) = 184
REVEAL_BY_AT: constant(uint256) = 144
VOTES_AT: constant(uint256) = 120
HEADS_AT: constant(uint256) = 96
LEAST_AT: constant(uint256) = 68
FILED_AT: constant(uint256) = 28
# Seats whose juror and vote lie in the panel word itself, so that a usual panel needs one word.
NEAR: constant(uint256) = 5
NEAR_VOTES: constant(uint256) = (2**20 - 1) << 120
# What a draw and a start leave of the panel word: votes and seats; a start also size and kind.
NEAR_ALL: constant(uint256) = 2**140 - 1

OUT_AT: constant(uint256) = 56
HALVES_AT: constant(uint256) = 48
# The mark in `commissions` that a majority asked.
COMMISSIONED: constant(uint256) = 1 << 255

CHARTER: public(immutable(address))
FUND: public(immutable(address))
OFFICE: public(immutable(address))
FOUNDER: immutable(address)
SPACING: immutable(uint256)

# The one contract that may empanel; named once.
court: public(address)

# The bench, never shortened, so that the length at filing fixes who can be drawn (R-66).
volunteer_count: public(uint256)
volunteers: public(HashMap[uint256, uint256])
half: public(HashMap[uint256, uint256])
membership: public(HashMap[uint256, bytes32])
# The wallet's latest index plus 1, and the member's.
seat_of: public(HashMap[address, uint256])
volunteer_of: public(HashMap[bytes32, uint256])

# By panel key 8 c + n + 4 open.
panel: public(HashMap[uint256, uint256])
votes: public(HashMap[uint256, uint256])
seats: public(HashMap[uint256, HashMap[uint256, uint256]])
# By 4 key + attempt, then seat, so that what was left of an earlier attempt does not count.
commitments: public(HashMap[uint256, HashMap[uint256, bytes32]])
# On an open panel, by 4 key + attempt: the wallet that votes for a member, so that another wallet of the same member
# does not vote again (R-75).
voted: public(HashMap[uint256, HashMap[bytes32, address]])
# Who cannot vote on an open panel (I-8).
excluded: public(HashMap[uint256, HashMap[address, bool]])
# Seats that asked for an investigator, bit j for seat j (R-84).
commissions: public(HashMap[uint256, uint256])
# Bonds lost by exposure and not yet booked by the Court (R-71).
exposed: public(HashMap[uint256, uint256])


@deploy
def __init__(charter: address, fund: address, office: address, founder: address):
    """
    @notice Binds the Jury to its mutual for ever.
    @param charter The sealed charter.
    @param fund The Fund, which holds the bonds.
    @param office The Office, which alone may name another actor (R-50).
    @param founder Who may name the Court.
    """
    eip712_domain_separator.__init__("Tongxin Jury", "1")
    CHARTER = charter
    FUND = fund
    OFFICE = office
    FOUNDER = founder
    SPACING = staticcall ICharter(charter).spacing()


@external
def wire(court: address):
    """
    @notice Names the Court; the founder, once.
    @param court The Court.
    """
    assert msg.sender == FOUNDER, "jury: not the founder"
    assert self.court == empty(address) and court != empty(address), "jury: already wired"
    self.court = court
    log CourtNamed(court=court)


# ---- Volunteers


@external
@nonreentrant
def volunteer(member_id: bytes32, payment: IFund.Payment, actor: address = msg.sender) -> uint256:
    """
    @notice Appends the actor to the bench and takes the juror's bond, as two halves (R-66, P-30). A place that the member
            holds with an earlier wallet ends, as by `retire`.
    @param member_id A membership that the actor controls.
    @param payment How the bond is paid (R-34); its nonce binds action `bond`, the member, tick 0 and detail 0.
    @param actor The wallet.
    @return The index on the bench.
    """
    self._check_actor(actor)
    assert self._is_judge(member_id, actor, block.timestamp), "jury: not a settled member in force"
    former: uint256 = self.seat_of[actor]
    if former != 0:
        assert self._halves(self.volunteers[former - 1]) == 0, "jury: already on the bench"
    version: uint256 = staticcall ICharter(CHARTER).current()
    terms: uint256[4] = staticcall ICharter(CHARTER).court_terms(version)
    each: uint256 = ((terms[1] >> 96) & words.MASK_80) // 2
    index: uint256 = self.volunteer_count
    assert index + 1 < words.MASK_24, "jury: the bench is full"
    self.volunteer_count = index + 1
    self.volunteers[index] = (convert(actor, uint256) << 96) | (2 << HALVES_AT)
    self.half[index] = each
    self.membership[index] = member_id
    self.seat_of[actor] = index + 1
    # One person holds one place: an earlier one, taken with another wallet, ends here.
    earlier: uint256 = self.volunteer_of[member_id]
    self.volunteer_of[member_id] = index + 1
    if earlier != 0:
        self._retire(earlier - 1)
    if each > 0:
        extcall IFund(FUND).hold(actor, 2 * each, empty(bytes32), member_id, payment)
    log Volunteered(index=index, wallet=actor, member_id=member_id, half=each)
    return index


@external
@nonreentrant
def retire(actor: address = msg.sender):
    """
    @notice Takes the actor off the bench for claims filed from now on; seats already drawn stay (R-66).
    @param actor The volunteer's wallet.
    """
    self._check_actor(actor)
    assert self.seat_of[actor] > 0, "jury: not on the bench"
    assert self._retire(self.seat_of[actor] - 1), "jury: already out"


@external
@nonreentrant
def dismiss(index: uint256):
    """
    @notice Takes a volunteer off the bench whose membership is no longer in force, or no longer the wallet's (R-66).
    @param index The index on the bench.
    """
    word: uint256 = self.volunteers[index]
    assert word != 0 and self._out_at(word) == 0, "jury: not on the bench"
    member: uint256 = staticcall IFund(FUND).members(self.membership[index])
    assert member >> words.WALLET_AT != word >> 96 or not self._in_force(member), "jury: membership is in force"
    self.volunteers[index] = word | (block.timestamp << OUT_AT)
    log Dismissed(index=index, out_at=block.timestamp)


@external
@nonreentrant
def withdraw_bond(index: uint256):
    """
    @notice Sends what is left of a bond to its volunteer, three leaving notices after going out (R-66). Anyone may.
    @param index The index on the bench.
    """
    word: uint256 = self.volunteers[index]
    assert self._halves(word) > 0, "jury: no bond left"
    out_at: uint256 = self._out_at(word)
    notice: uint256 = ((staticcall IFund(FUND).member_terms()) >> 192) & words.MASK_32
    assert out_at != 0 and block.timestamp >= out_at + 3 * notice, "jury: bond is still locked"
    self.volunteers[index] = word & ~(convert(255, uint256) << HALVES_AT)
    amount: uint256 = self._halves(word) * self.half[index]
    if amount > 0:
        extcall IFund(FUND).release(convert(word >> 96, address), amount)
    log BondWithdrawn(index=index, amount=amount)


# ---- Empanelling, by the Court


@external
@nonreentrant
def draw(
    key: uint256,
    attempt: uint256,
    seed: bytes32,
    size: uint256,
    pool: uint256,
    filed_at: uint256,
    excluded: address[5],
) -> bool:
    """
    @notice Fills a panel's empty seats by lot; seats with a vote are kept (R-67, R-73). All seats, or nothing changes.
    @param key The panel.
    @param attempt The attempt that the new seats belong to.
    @param seed The seed of the lot (R-65).
    @param size Seats of the panel.
    @param pool Length of the bench when the claim was filed.
    @param filed_at When that was.
    @param excluded Wallets that never sit (I-8).
    @return Whether all seats are filled.
    """
    self._only_court()
    if pool < BENCH * size:
        return False
    word: uint256 = self.panel[key]
    places: uint256[MOST_SEATS] = empty(uint256[MOST_SEATS])
    free: DynArray[uint256, MOST_SEATS] = []
    taken: DynArray[uint256, MOST_SEATED] = []
    if word == 0:
        for j: uint256 in range(size, bound=MOST_SEATS):
            free.append(j)
    else:
        for j: uint256 in range(size, bound=MOST_SEATS):
            place: uint256 = self._place(key, word, j)
            taken.append(place)
            if self._vote(key, word, j) == 0:
                free.append(j)
            else:
                places[j] = place
    n: uint256 = key & 3
    for m: uint256 in range(n, bound=2):
        earlier: uint256 = self.panel[key - n + m]
        for j: uint256 in range(earlier >> SIZE_AT, bound=MOST_SEATS):
            taken.append(self._place(key - n + m, earlier, j))
    tries: uint256 = TRIES * len(free)
    filled: uint256 = 0
    for i: uint256 in range(tries, bound=TRIES * MOST_SEATS):
        index: uint256 = sortition._candidate(seed, i, pool)
        person: uint256 = self.volunteers[index]
        out_at: uint256 = self._out_at(person)
        if out_at != 0 and out_at <= filed_at:
            continue
        if index + 1 in taken or convert(person >> 96, address) in excluded:
            continue
        taken.append(index + 1)
        places[free[filled]] = index + 1
        filled += 1
        if filled == len(free):
            break
    if filled < len(free):
        return False
    near: uint256 = 0
    for j: uint256 in range(NEAR):
        near |= places[j] << (24 * j)
    self.panel[key] = (
        (size << SIZE_AT) | (DRAWN << KIND_AT) | (attempt << ATTEMPT_AT) | (word & NEAR_VOTES) | near
    )
    log SeatsDrawn(key=key, w=0, attempt=attempt, seats=near)
    for w: uint256 in range(6):
        first: uint256 = NEAR + 10 * w
        if first >= size:
            break
        far: uint256 = 0
        for j: uint256 in range(10):
            if first + j < size:
                far |= places[first + j] << (24 * j)
        self.seats[key][w] = far
        log SeatsDrawn(key=key, w=w + 1, attempt=attempt, seats=far)
    return True


@external
@nonreentrant
def start(key: uint256, attempt: uint256, commit_by: uint256, reveal_by: uint256) -> uint256:
    """
    @notice Opens voting on a drawn panel, after access was granted (R-68). Votes that stood for an incomplete claim are
            cleared (R-74), others stay (R-73).
    @param key The panel.
    @param attempt The attempt.
    @param commit_by Until when to commit.
    @param reveal_by Until when to reveal.
    @return How many votes stood on the panel.
    """
    self._only_court()
    word: uint256 = self.panel[key]
    size: uint256 = word >> SIZE_AT
    standing: uint256 = 0
    # A panel without an attempt behind it has no votes.
    if attempt > 0:
        for j: uint256 in range(size, bound=MOST_SEATS):
            if self._vote(key, word, j) != 0:
                standing += 1
    kept: uint256 = standing
    near: uint256 = word & NEAR_ALL
    if self._flags(word) & ANEW != 0:
        kept = 0
        near &= ~NEAR_VOTES
        if size > NEAR:
            self.votes[key] = 0
    self.panel[key] = (
        (size << SIZE_AT)
        | (DRAWN << KIND_AT)
        | (attempt << ATTEMPT_AT)
        | (kept << COMMITTED_AT)
        | (commit_by << COMMIT_BY_AT)
        | (reveal_by << REVEAL_BY_AT)
        | near
    )
    log VotingStarted(key=key, attempt=attempt, commit_by=commit_by, reveal_by=reveal_by)
    return standing


@external
@nonreentrant
def open_panel(
    key: uint256,
    attempt: uint256,
    commit_by: uint256,
    reveal_by: uint256,
    quorum_heads: uint256,
    quorum_bps: uint256,
    filed_at: uint256,
    excluded: address[5],
):
    """
    @notice Opens a panel of every eligible member (R-75); with the quorum doubled for each earlier open panel.
    @param key The panel.
    @param attempt The attempt: above 0 after a cure, with all votes anew.
    @param commit_by Until when to commit.
    @param reveal_by Until when to reveal.
    @param quorum_heads P-31, heads.
    @param quorum_bps P-31, basis points of heads.
    @param filed_at When the claim was filed.
    @param excluded Wallets that never vote on it (I-8).
    """
    self._only_court()
    heads: uint256 = ((staticcall IFund(FUND).books()) >> 90) & words.MASK_28
    least: uint256 = max(quorum_heads, words._ceil_div(heads * quorum_bps, words.BPS))
    n: uint256 = key & 3
    for m: uint256 in range(n, bound=2):
        if self.panel[key - n + m] != 0:
            least *= 2
    least = min(least, words.MASK_28)
    if attempt > 0:
        self.votes[key] = 0
    for wallet: address in excluded:
        if wallet != empty(address):
            self.excluded[key][wallet] = True
    self.panel[key] = (
        (OPEN << KIND_AT)
        | (attempt << ATTEMPT_AT)
        | (commit_by << COMMIT_BY_AT)
        | (reveal_by << REVEAL_BY_AT)
        | (heads << HEADS_AT)
        | (least << LEAST_AT)
        | (filed_at << FILED_AT)
    )
    log PanelOpened(
        key=key, attempt=attempt, commit_by=commit_by, reveal_by=reveal_by, least_votes=least, heads=heads
    )


# ---- Votes


@external
@nonreentrant
def announce(key: uint256, seat: uint256, kind: uint256, public_key: bytes32, actor: address = msg.sender):
    """
    @notice A juror says under which one-time key the seat reads the evidence; later ones replace it (R-122).
    @dev Kept in the log alone: no rule of the court depends on it.
    @param key A drawn panel.
    @param seat The seat.
    @param kind 1 for X25519, 2 for hybrid.
    @param public_key The X25519 public key, or the hash of the hybrid recipient.
    @param actor The seat's wallet.
    """
    self._check_actor(actor)
    word: uint256 = self.panel[key]
    assert self._kind(word) == DRAWN, "jury: not a drawn panel"
    assert seat < word >> SIZE_AT, "jury: no such seat"
    assert self._wallet(self._place(key, word, seat)) == actor, "jury: not your seat"
    assert kind == X25519 or kind == HYBRID, "jury: no such kind of key"
    assert public_key != empty(bytes32), "jury: key missing"
    log SeatKeyAnnounced(
        key=key, seat=seat, juror=actor, attempt=self._attempt(word), kind=kind, public_key=public_key
    )


@external
@nonreentrant
def commit(key: uint256, seat: uint256, member_id: bytes32, commitment: bytes32, actor: address = msg.sender):
    """
    @notice Casts a hidden vote; a later one replaces it (R-69, R-75).
    @param key The panel.
    @param seat The seat; on an open panel the actor's wallet as a number.
    @param member_id On an open panel the membership the actor votes with; otherwise without meaning.
    @param commitment Hash of chain, jury, key, attempt, seat, level, reason and salt.
    @param actor The juror's wallet.
    """
    self._check_actor(actor)
    word: uint256 = self.panel[key]
    assert block.timestamp < self._commit_by(word), "jury: not in the time to commit"
    assert commitment != empty(bytes32) and commitment != VOID, "jury: not a commitment"
    ballot: uint256 = self._ballot(key, word)
    former: bytes32 = self.commitments[ballot][seat]
    assert former != VOID, "jury: vote was exposed"
    named: bytes32 = member_id
    if self._kind(word) == OPEN:
        assert seat == convert(actor, uint256) and not self.excluded[key][actor], "jury: not a voter of this panel"
        assert self._is_judge(member_id, actor, (word >> FILED_AT) & words.MASK_40), "jury: not a voter of this panel"
        voter: address = self.voted[ballot][member_id]
        assert voter == empty(address) or voter == actor, "jury: this member has voted"
        if former == empty(bytes32):
            self.voted[ballot][member_id] = actor
            self.panel[key] = word + 1
    else:
        self._check_commit(key, word, seat)
        assert self._wallet(self._place(key, word, seat)) == actor, "jury: not your seat"
        named = empty(bytes32)
        if former == empty(bytes32):
            self.panel[key] = self._count_commit(key, word)
    self.commitments[ballot][seat] = commitment
    log Committed(key=key, seat=seat, juror=actor, commitment=commitment, member_id=named)


@external
@nonreentrant
def commit_for(
    key: uint256,
    seats: DynArray[uint256, MOST_SEATS],
    commitments: DynArray[bytes32, MOST_SEATS],
    signatures: DynArray[Bytes[65], MOST_SEATS],
):
    """
    @notice Brings commitments that the jurors of a drawn panel signed (R-69). It never replaces one, so that an old
            signature can't be used again against its juror: a seat that has committed is skipped.
    @param key The panel.
    @param seats The seats.
    @param commitments Their commitments.
    @param signatures Their EIP-712 signatures of Commit(panel, attempt, seat, commitment).
    """
    assert len(seats) == len(commitments) and len(seats) == len(signatures), "jury: lists differ in length"
    word: uint256 = self.panel[key]
    assert self._kind(word) == DRAWN and block.timestamp < self._commit_by(word), "jury: not in the time to commit"
    ballot: uint256 = self._ballot(key, word)
    i: uint256 = 0
    for seat: uint256 in seats:
        commitment: bytes32 = commitments[i]
        if self.commitments[ballot][seat] == empty(bytes32):
            assert commitment != empty(bytes32) and commitment != VOID, "jury: not a commitment"
            self._check_commit(key, word, seat)
            juror: address = self._wallet(self._place(key, word, seat))
            typed: bytes32 = eip712_domain_separator._hash_typed_data_v4(
                keccak256(abi_encode(COMMIT_TYPEHASH, key, self._attempt(word), seat, commitment))
            )
            assert self._is_signed(juror, typed, signatures[i]), "jury: not the juror's signature"
            word = self._count_commit(key, word)
            self.commitments[ballot][seat] = commitment
            log Committed(key=key, seat=seat, juror=juror, commitment=commitment, member_id=empty(bytes32))
        i += 1
    self.panel[key] = word


@external
@nonreentrant
def reveal(key: uint256, seat: uint256, level: uint256, reason: bytes32, salt: bytes32):
    """
    @notice Opens a hidden vote, by anyone who holds the salt (R-70).
    @param key The panel.
    @param seat The seat.
    @param level The level voted for; 8 for incomplete.
    @param reason Hash of the reason.
    @param salt The 256 bits that hid the vote.
    """
    word: uint256 = self.panel[key]
    far: uint256 = self._far_votes(key, word)
    ballot: uint256 = self._ballot(key, word)
    assert self.commitments[ballot][seat] != empty(bytes32), "jury: nothing to reveal"
    changed: uint256 = 0
    changed_far: uint256 = 0
    changed, changed_far = self._reveal(key, word, far, seat, level, reason, salt)
    self._store_votes(key, word, changed, far, changed_far)


@external
@nonreentrant
def reveal_many(
    key: uint256,
    seats: DynArray[uint256, MOST_SEATS],
    levels: DynArray[uint256, MOST_SEATS],
    reasons: DynArray[bytes32, MOST_SEATS],
    salts: DynArray[bytes32, MOST_SEATS],
):
    """
    @notice Opens several hidden votes of a panel (R-70); a seat that has nothing to reveal is skipped.
    @param key The panel.
    @param seats The seats.
    @param levels The levels voted for.
    @param reasons Hashes of the reasons.
    @param salts The salts.
    """
    assert len(seats) == len(levels) and len(seats) == len(reasons) and len(seats) == len(salts), "jury: lists differ in length"
    word: uint256 = self.panel[key]
    far: uint256 = self._far_votes(key, word)
    ballot: uint256 = self._ballot(key, word)
    changed: uint256 = word
    changed_far: uint256 = far
    i: uint256 = 0
    for seat: uint256 in seats:
        if self.commitments[ballot][seat] != empty(bytes32):
            changed, changed_far = self._reveal(key, changed, changed_far, seat, levels[i], reasons[i], salts[i])
        i += 1
    self._store_votes(key, word, changed, far, changed_far)


@external
@nonreentrant
def expose(key: uint256, seat: uint256, level: uint256, reason: bytes32, salt: bytes32):
    """
    @notice Shows that a juror gave away a vote before reveals opened: it is void, and half the bond is lost (R-71).
    @param key The panel.
    @param seat The seat.
    @param level The level that was committed.
    @param reason The hash that was committed.
    @param salt The salt that was given away.
    """
    word: uint256 = self.panel[key]
    assert block.timestamp < self._commit_by(word) and self._flags(word) & REVEALS_OPEN == 0, "jury: reveals are open"
    ballot: uint256 = self._ballot(key, word)
    assert self._commitment(key, word, seat, level, reason, salt) == self.commitments[ballot][seat], "jury: not that vote"
    amount: uint256 = 0
    self.commitments[ballot][seat] = VOID
    if self._kind(word) == OPEN:
        assert seat != convert(msg.sender, uint256), "jury: nobody exposes themselves"
        self.panel[key] = word - 1
    else:
        place: uint256 = self._place(key, word, seat)
        assert self._wallet(place) != msg.sender, "jury: nobody exposes themselves"
        amount = self._slash(place - 1, 1, key)
        self.exposed[key] += amount
        self.panel[key] = word | (EXPOSURES << FLAGS_AT)
    log Exposed(key=key, seat=seat, by=msg.sender, level=level, reason=reason, salt=salt, amount=amount)


@external
@nonreentrant
def conclude(key: uint256, threshold: uint256, strict: bool, may_cure: bool) -> (uint256, uint256, uint256, uint256):
    """
    @notice Ends a panel once its result can no longer change, or its time is over (R-72). Jurors who can no longer vote
            lose their bonds: those who did not commit, and after reveal_by those who did not reveal.
    @param key The panel.
    @param threshold Basis points of the valid votes that a level needs.
    @param strict Whether more than that is needed.
    @param may_cure Whether incomplete is a possible verdict.
    @return Status (0 no majority or quorum, 1 verdict), level (8 incomplete), valid votes, units lost by jurors.
    """
    self._only_court()
    word: uint256 = self.panel[key]
    is_over: bool = block.timestamp >= self._reveal_by(word)
    flags: uint256 = self._flags(word)
    assert flags & REVEALS_OPEN != 0 or block.timestamp >= self._commit_by(word), "jury: votes can still be cast"
    counts: uint256[9] = empty(uint256[9])
    valid: uint256 = 0
    waiting: uint256 = 0
    slashed: uint256 = 0
    enough: bool = False
    if self._kind(word) == OPEN:
        far: uint256 = self.votes[key]
        for option: uint256 in range(9):
            counts[option] = (far >> (24 * option)) & words.MASK_24
            valid += counts[option]
        waiting = word & words.MASK_28
        enough = valid >= (word >> LEAST_AT) & words.MASK_28
    else:
        ballot: uint256 = self._ballot(key, word)
        size: uint256 = word >> SIZE_AT
        for j: uint256 in range(size, bound=MOST_SEATS):
            vote: uint256 = self._vote(key, word, j)
            if vote != 0:
                counts[vote - 1] += 1
                valid += 1
            else:
                commitment: bytes32 = self.commitments[ballot][j]
                if is_over or commitment == empty(bytes32):
                    slashed += self._slash(self._place(key, word, j) - 1, 2, key)
                elif commitment != VOID:
                    waiting += 1
        enough = 2 * valid > size
    status: uint256 = 0
    level: uint256 = 0
    if enough:
        status = 1
        level = verdict._decide(counts, threshold, strict, may_cure)
    changed: uint256 = word
    if not is_over and waiting > 0:
        fixed: bool = verdict._is_fixed(counts, waiting, threshold, strict, may_cure)
        assert enough and fixed, "jury: votes are still coming"
        # Nobody reveals after the end, so that the votes counted are the votes paid (I-10).
        changed = (changed & ~(words.MASK_40 << REVEAL_BY_AT)) | (block.timestamp << REVEAL_BY_AT)
    if flags & EXPOSURES != 0:
        slashed += self.exposed[key]
        self.exposed[key] = 0
        changed &= ~(EXPOSURES << FLAGS_AT)
    if level == verdict.INCOMPLETE:
        changed |= ANEW << FLAGS_AT
    if changed != word:
        self.panel[key] = changed
    log Concluded(
        key=key, attempt=self._attempt(word), status=status, level=level, valid=valid, slashed=slashed
    )
    return status, level, valid, slashed


@external
@nonreentrant
def commission(key: uint256, seat: uint256, actor: address, time: uint256) -> uint256:
    """
    @notice A juror asks for the investigator while votes are being cast; a majority of seats extends the time (R-84).
    @param key The panel.
    @param seat The juror's seat.
    @param actor The juror's wallet.
    @param time By how much, in seconds.
    @return The new commit_by, or 0 while a majority is missing.
    """
    self._only_court()
    word: uint256 = self.panel[key]
    size: uint256 = word >> SIZE_AT
    assert self._flags(word) & REVEALS_OPEN == 0 and block.timestamp < self._commit_by(word), "jury: not in the time to commit"
    assert seat < size, "jury: no such seat"
    assert self._wallet(self._place(key, word, seat)) == actor, "jury: not your seat"
    asked: uint256 = self.commissions[key] | (1 << seat)
    count: uint256 = 0
    for j: uint256 in range(size, bound=MOST_SEATS):
        count += (asked >> j) & 1
    log InvestigatorAsked(key=key, seat=seat, juror=actor)
    if 2 * count <= size:
        self.commissions[key] = asked
        return 0
    self.commissions[key] = asked | COMMISSIONED
    commit_by: uint256 = self._commit_by(word) + time
    reveal_by: uint256 = self._reveal_by(word) + time
    self.panel[key] = word + (time << COMMIT_BY_AT) + (time << REVEAL_BY_AT)
    log Extended(key=key, commit_by=commit_by, reveal_by=reveal_by)
    return commit_by


@external
@nonreentrant
def slash(index: uint256, key: uint256) -> uint256:
    """
    @notice Takes the whole bond of a juror who escalated and lost (R-82).
    @param index The index on the bench.
    @param key The panel the juror sat on.
    @return Units lost.
    """
    self._only_court()
    return self._slash(index, 2, key)


@external
@nonreentrant
def pay(key: uint256, each: uint256) -> uint256:
    """
    @notice Credits every valid vote of a drawn panel (R-83). The Court calls it once.
    @param key The panel.
    @param each Units per vote.
    @return How many were credited.
    """
    self._only_court()
    word: uint256 = self.panel[key]
    count: uint256 = 0
    for j: uint256 in range(word >> SIZE_AT, bound=MOST_SEATS):
        if self._vote(key, word, j) != 0:
            juror: address = self._wallet(self._place(key, word, j))
            count += 1
            extcall IFund(FUND).credit(juror, each)
            log JurorPaid(key=key, seat=j, juror=juror, amount=each)
    return count


# ---- Reading


@external
@view
def juror(key: uint256, seat: uint256) -> address:
    """
    @notice Who sits on a seat of a drawn panel.
    @param key The panel.
    @param seat The seat.
    @return The wallet, or zero.
    """
    return self._juror(key, self.panel[key], seat)


@external
@view
def vote_of(key: uint256, seat: uint256) -> uint256:
    """
    @notice What a seat of a drawn panel voted.
    @param key The panel.
    @param seat The seat.
    @return 0 for no valid vote, else the level plus 1.
    """
    word: uint256 = self.panel[key]
    if seat >= word >> SIZE_AT:
        return 0
    return self._vote(key, word, seat)


@external
@view
def dissenter(key: uint256, seat: uint256, actor: address, level: uint256) -> uint256:
    """
    @notice Checks that a juror voted otherwise than the verdict and still has a bond to stand with it (R-77).
    @param key The panel.
    @param seat The juror's seat.
    @param actor The juror's wallet.
    @param level The verdict.
    @return The juror's index on the bench.
    """
    word: uint256 = self.panel[key]
    assert self._juror(key, word, seat) == actor, "jury: not your seat"
    vote: uint256 = self._vote(key, word, seat)
    assert vote > 0, "jury: no vote on this seat"
    wanted: uint256 = vote - 1
    if wanted == verdict.INCOMPLETE:
        wanted = 0
    assert wanted != level, "jury: you voted for the verdict"
    index: uint256 = self._place(key, word, seat) - 1
    assert self._halves(self.volunteers[index]) > 0, "jury: no bond left"
    return index


# ---- Internals


@internal
@view
def _check_actor(actor: address):
    assert actor == msg.sender or msg.sender == OFFICE, "jury: not the actor"


@internal
@view
def _only_court():
    assert msg.sender == self.court, "jury: not the court"


@internal
@view
def _in_force(member: uint256) -> bool:
    if member & words.EXITED != 0:
        return False
    index: uint256 = (staticcall IFund(FUND).books()) >> 160
    return words._tick(member) * SPACING > index


@internal
@view
def _is_judge(member_id: bytes32, wallet: address, time: uint256) -> bool:
    """
    @dev R-66, R-75: the wallet's, accepted, not leaving, in force, and joined long enough before `time`.
    """
    member: uint256 = staticcall IFund(FUND).members(member_id)
    if convert(member >> words.WALLET_AT, address) != wallet or wallet == empty(address):
        return False
    if member & words.ACCEPTED == 0 or member & words.LEAVING != 0 or not self._in_force(member):
        return False
    newcomer: uint256 = ((staticcall IFund(FUND).member_terms()) >> 120) & words.MASK_32
    return ((member >> words.JOINED_AT) & words.MASK_20) * words.HOUR + newcomer <= time


@internal
@pure
def _out_at(person: uint256) -> uint256:
    return (person >> OUT_AT) & words.MASK_40


@internal
@pure
def _halves(person: uint256) -> uint256:
    return (person >> HALVES_AT) & 255


@internal
@pure
def _kind(word: uint256) -> uint256:
    return (word >> KIND_AT) & 15


@internal
@pure
def _attempt(word: uint256) -> uint256:
    return (word >> ATTEMPT_AT) & 15


@internal
@pure
def _flags(word: uint256) -> uint256:
    return (word >> FLAGS_AT) & 255


@internal
@pure
def _commit_by(word: uint256) -> uint256:
    return (word >> COMMIT_BY_AT) & words.MASK_40


@internal
@pure
def _reveal_by(word: uint256) -> uint256:
    return (word >> REVEAL_BY_AT) & words.MASK_40


@internal
@pure
def _ballot(key: uint256, word: uint256) -> uint256:
    return 4 * key + ((word >> ATTEMPT_AT) & 15)


@internal
@view
def _place(key: uint256, word: uint256, j: uint256) -> uint256:
    """
    @dev Index plus 1 of the volunteer on seat j.
    """
    if j < NEAR:
        return (word >> (24 * j)) & words.MASK_24
    return (self.seats[key][(j - NEAR) // 10] >> (24 * ((j - NEAR) % 10))) & words.MASK_24


@internal
@view
def _vote(key: uint256, word: uint256, j: uint256) -> uint256:
    """
    @dev 0, or the level plus 1, of seat j of a drawn panel.
    """
    if j < NEAR:
        return (word >> (VOTES_AT + 4 * j)) & 15
    return (self.votes[key] >> (4 * (j - NEAR))) & 15


@internal
@view
def _wallet(place: uint256) -> address:
    return convert(self.volunteers[place - 1] >> 96, address)


@internal
@view
def _juror(key: uint256, word: uint256, seat: uint256) -> address:
    if seat >= word >> SIZE_AT:
        return empty(address)
    return self._wallet(self._place(key, word, seat))


@internal
@view
def _check_commit(key: uint256, word: uint256, seat: uint256):
    """
    @dev On a drawn panel: votes not closed, the seat exists and has no vote from an earlier attempt.
    """
    assert self._flags(word) & REVEALS_OPEN == 0, "jury: all have committed"
    assert seat < word >> SIZE_AT, "jury: no such seat"
    assert self._vote(key, word, seat) == 0, "jury: this seat has voted"


@internal
@view
def _is_signed(juror: address, typed: bytes32, signature: Bytes[65]) -> bool:
    """
    @dev The wallet's own key first: most jurors have one, and no code is looked for then. That a signature of a key has
         a twin is harmless, because a seat that has committed is skipped.
    """
    if len(signature) == 65:
        signer: address = ecrecover(
            typed,
            convert(slice(signature, 64, 1), uint256),
            extract32(signature, 0, output_type=uint256),
            extract32(signature, 32, output_type=uint256),
        )
        if signer == juror and signer != empty(address):
            return True
    return signature_checker._is_valid_ERC1271_signature_now(juror, typed, signature)


@internal
def _count_commit(key: uint256, word: uint256) -> uint256:
    """
    @dev R-69: the commitment that completes a drawn panel opens reveals at once.
    """
    counted: uint256 = word + (1 << COMMITTED_AT)
    if (counted >> COMMITTED_AT) & 255 == word >> SIZE_AT:
        reveal_by: uint256 = block.timestamp + self._reveal_by(word) - self._commit_by(word)
        counted = (counted & ~(words.MASK_40 << REVEAL_BY_AT)) | (reveal_by << REVEAL_BY_AT)
        counted |= REVEALS_OPEN << FLAGS_AT
        log RevealsOpened(key=key, reveal_by=reveal_by)
    return counted


@internal
@view
def _commitment(
    key: uint256, word: uint256, seat: uint256, level: uint256, reason: bytes32, salt: bytes32
) -> bytes32:
    return keccak256(abi_encode(chain.id, self, key, self._attempt(word), seat, level, reason, salt))


@internal
@view
def _far_votes(key: uint256, word: uint256) -> uint256:
    """
    @dev The second word of votes, where a panel has one.
    """
    if self._kind(word) == OPEN or word >> SIZE_AT > NEAR:
        return self.votes[key]
    return 0


@internal
def _reveal(
    key: uint256, word: uint256, far: uint256, seat: uint256, level: uint256, reason: bytes32, salt: bytes32
) -> (uint256, uint256):
    """
    @dev R-70: erases the commitment and returns the panel's words with the vote in them (I-8: a seat votes once, an
         open panel's wallet and member once, because no commitment follows the reveal).
    """
    is_open: bool = self._flags(word) & REVEALS_OPEN != 0 or block.timestamp >= self._commit_by(word)
    assert is_open and block.timestamp < self._reveal_by(word), "jury: not in the time to reveal"
    ballot: uint256 = self._ballot(key, word)
    assert self._commitment(key, word, seat, level, reason, salt) == self.commitments[ballot][seat], "jury: not that vote"
    assert level <= verdict.INCOMPLETE, "jury: no such level"
    self.commitments[ballot][seat] = empty(bytes32)
    log Revealed(key=key, seat=seat, level=level, reason=reason, salt=salt)
    if self._kind(word) == OPEN:
        return word - 1, far + (1 << (24 * level))
    if seat < NEAR:
        return word | ((level + 1) << (VOTES_AT + 4 * seat)), far
    return word, far | ((level + 1) << (4 * (seat - NEAR)))


@internal
def _store_votes(key: uint256, word: uint256, changed: uint256, far: uint256, changed_far: uint256):
    if changed != word:
        self.panel[key] = changed
    if changed_far != far:
        self.votes[key] = changed_far


@internal
def _retire(index: uint256) -> bool:
    """
    @dev Takes a volunteer out from now on; False if it was out already.
    """
    word: uint256 = self.volunteers[index]
    if self._out_at(word) != 0:
        return False
    self.volunteers[index] = word | (block.timestamp << OUT_AT)
    log Retired(index=index, out_at=block.timestamp)
    return True


@internal
def _slash(index: uint256, most: uint256, key: uint256) -> uint256:
    """
    @dev Takes up to `most` halves of a bond; it stays in the Fund's bonds, in the claim's pot (R-81, I-11). Who has no
         half left is out from now on, which does not change the lot of claims filed before.
    """
    word: uint256 = self.volunteers[index]
    halves: uint256 = self._halves(word)
    taken: uint256 = min(halves, most)
    if taken == 0:
        return 0
    changed: uint256 = word - (taken << HALVES_AT)
    if taken == halves and self._out_at(word) == 0:
        changed |= block.timestamp << OUT_AT
    self.volunteers[index] = changed
    amount: uint256 = taken * self.half[index]
    log Slashed(index=index, key=key, amount=amount)
    return amount
