#pragma version 0.4.3
#pragma optimize gas
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Assembly
@license AGPL-3.0-only
@notice Where the members of a mutual decide on its rules, in the open, one vote each.
        Not audited by a third party.
@dev What it is: proposals, votes and their execution (R-98 to R-103).
     What it never does: hold money, judge a claim, act on an event that has happened, move a number faster than R-93, or
     bind anybody who left: whoever disagrees is out before the change (F-8). What a majority cannot do is R-104.

     who                            | may do
     -------------------------------|---------------------------------------------------------------------
     a settled member's wallet      | propose, vote once on each proposal
     the proposing member's wallet  | withdraw, until the vote ends
     anyone                         | bring signed acts, execute what passed

     How it ends: a vote by its time, a proposal by its execution, withdrawal or expiry; the Assembly itself with the
     mutual's running stage. An act is possible while now < its deadline, what follows from the deadline on (R-86).

     A result is two numbers, so gas does not grow with members (R-101). They count at most one vote per wallet and one
     per member (I-13).
"""

from interfaces import ICharter
from interfaces import IFund
from modules import words
from snekmate.utils import eip712_domain_separator

initializes: eip712_domain_separator

exports: eip712_domain_separator.eip712Domain


# A vote that a wallet signed.
struct Ballot:
    member_id: bytes32
    support: bool
    deadline: uint256
    signature: Bytes[65]


struct Proposal:
    cutoff: uint256
    ends: uint256
    delay: uint256
    execution: uint256
    needed: uint256
    majority: uint256
    yes: uint256
    no: uint256
    kind: uint256
    status: uint256


# Who proposed: the wallet then, and the member.
struct Proposer:
    wallet: address
    member_id: bytes32


event Proposed:
    p: indexed(uint256)
    kind: indexed(uint256)
    proposer: indexed(address)
    member_id: bytes32
    subject: uint256
    reason: bytes32
    cutoff: uint256
    ends: uint256
    execute_from: uint256
    expires: uint256
    needed: uint256
    majority: uint256
    heads: uint256


event VoteCast:
    p: indexed(uint256)
    member_id: indexed(bytes32)
    wallet: indexed(address)
    support: bool


event ProposalWithdrawn:
    p: indexed(uint256)


event Executed:
    p: indexed(uint256)
    kind: indexed(uint256)
    subject: uint256


event SuccessorNamed:
    successor: indexed(address)


# Kinds of proposals (R-99); 3 steward and 4 juror rules follow from 2.
CHARTER_CHANGE: constant(uint256) = 1
ATTESTORS: constant(uint256) = 2
SUCCESSOR: constant(uint256) = 5
WIND_DOWN: constant(uint256) = 6

# Status of a proposal.
MADE: constant(uint256) = 0
WITHDRAWN: constant(uint256) = 1
EXECUTED: constant(uint256) = 2

# Stage of a mutual that is plainly running, and the bit of the Fund's books that says it may be another.
RUNNING: constant(uint256) = 2
SPECIAL: constant(uint256) = 1 << 89
HEADS_AT: constant(uint256) = 90

MOST_BALLOTS: constant(uint256) = 50
# What a wallet contract may spend to check a signature, so that none holds up a batch.
SIGNATURE_GAS: constant(uint256) = 200_000
VALID: constant(bytes4) = 0x1626ba7e
MASK_14: constant(uint256) = 2**14 - 1
MASK_16: constant(uint256) = 2**16 - 1

PROPOSE_TYPEHASH: constant(bytes32) = keccak256(
    "Propose(uint256 kind,uint256 subject,bytes32 reason,bytes32 member_id,uint256 nonce,uint256 deadline)"
)
VOTE_TYPEHASH: constant(bytes32) = keccak256(
    "Vote(uint256 proposal,bytes32 member_id,bool support,uint256 deadline)"
)
WITHDRAW_TYPEHASH: constant(bytes32) = keccak256("Withdraw(uint256 proposal,uint256 nonce,uint256 deadline)")

CHARTER: public(immutable(address))
FUND: public(immutable(address))
SPACING: immutable(uint256)

# How many proposals were made; they are numbered from 1.
count: public(uint256)
# Packed as in docs/spec/interface.md.
proposal: public(HashMap[uint256, uint256])
proposer: public(HashMap[uint256, Proposer])
# A slot of the Charter, or an address, or 0.
subject: public(HashMap[uint256, uint256])
# Bit p % 256 of word p // 256: has voted on p.
cast_by_wallet: public(HashMap[address, HashMap[uint256, uint256]])
cast_by_member: public(HashMap[bytes32, HashMap[uint256, uint256]])
# When a member proposed last.
last_proposed: public(HashMap[bytes32, uint256])
# Of a member's signed proposals and withdrawals.
nonces: public(HashMap[bytes32, uint256])
# The mutual that the members recommend to go to, or zero.
successor: public(address)


@deploy
def __init__(charter: address, fund: address):
    """
    @notice Belongs to one mutual for ever.
    @param charter Its charter.
    @param fund Its Fund.
    """
    eip712_domain_separator.__init__("Tongxin Assembly", "1")
    CHARTER = charter
    FUND = fund
    SPACING = staticcall ICharter(charter).spacing()


# Proposals


@external
@nonreentrant
def propose(kind: uint256, subject: uint256, reason: bytes32, member_id: bytes32) -> uint256:
    """
    @notice Puts a change to the vote (R-99).
    @param kind 1 charter, 2 attestors, 3 steward, 4 juror rules, 5 successor, 6 wind-down.
    @param subject The draft's slot (kinds 1 to 4), an address (5), or 0 (6).
    @param reason Hash of the reasons' text.
    @param member_id The member who proposes; the caller must be its wallet.
    @return The proposal's number.
    """
    return self._propose(kind, subject, reason, member_id, msg.sender)


@external
@nonreentrant
def propose_for(
    kind: uint256, subject: uint256, reason: bytes32, member_id: bytes32, deadline: uint256, signature: Bytes[65]
) -> uint256:
    """
    @notice Brings a proposal that a member's wallet signed.
    @param kind As in `propose`.
    @param subject As in `propose`.
    @param reason As in `propose`.
    @param member_id The member who proposes.
    @param deadline Until when the signature counts.
    @param signature EIP-712 signature of Propose(kind, subject, reason, member_id, nonce, deadline).
    @return The proposal's number.
    """
    nonce: uint256 = self.nonces[member_id]
    self.nonces[member_id] = nonce + 1
    wallet: address = self._wallet(member_id)
    self._check_signature(
        wallet, keccak256(abi_encode(PROPOSE_TYPEHASH, kind, subject, reason, member_id, nonce, deadline)), deadline, signature
    )
    return self._propose(kind, subject, reason, member_id, wallet)


@external
@nonreentrant
def withdraw(p: uint256):
    """
    @notice Takes a proposal back, until its vote ends (R-102).
    @param p The proposal.
    """
    assert msg.sender == self._wallet(self.proposer[p].member_id), "assembly: not the proposer"
    self._withdraw(p)


@external
@nonreentrant
def withdraw_for(p: uint256, deadline: uint256, signature: Bytes[65]):
    """
    @notice Brings a withdrawal that the proposing member's wallet signed.
    @param p The proposal.
    @param deadline Until when the signature counts.
    @param signature EIP-712 signature of Withdraw(proposal, nonce, deadline).
    """
    member_id: bytes32 = self.proposer[p].member_id
    nonce: uint256 = self.nonces[member_id]
    self.nonces[member_id] = nonce + 1
    self._check_signature(
        self._wallet(member_id), keccak256(abi_encode(WITHDRAW_TYPEHASH, p, nonce, deadline)), deadline, signature
    )
    self._withdraw(p)


# Votes


@external
@nonreentrant
def vote(p: uint256, member_id: bytes32, support: bool):
    """
    @notice Votes, once and for all (R-100).
    @param p The proposal.
    @param member_id The member who votes; the caller must be its wallet.
    @param support Yes or no.
    """
    word: uint256 = self._votable(p)
    books: uint256 = self._books()
    wallet: address = self._eligible(member_id, books, word >> 216)
    assert wallet == msg.sender, "assembly: not a settled member's wallet"
    assert self._cast(p, member_id, wallet), "assembly: has voted"
    self.proposal[p] = self._counted(word, support)
    log VoteCast(p=p, member_id=member_id, wallet=wallet, support=support)


@external
@nonreentrant
def vote_for(p: uint256, ballots: DynArray[Ballot, MOST_BALLOTS]) -> uint256:
    """
    @notice Brings votes that wallets signed; what is invalid, late or was cast before is skipped (R-100).
    @param p The proposal.
    @param ballots Member, yes or no, deadline, and EIP-712 signature of Vote(proposal, member_id, support, deadline).
    @return How many were counted.
    """
    word: uint256 = self._votable(p)
    books: uint256 = self._books()
    counted: uint256 = 0
    for ballot: Ballot in ballots:
        if ballot.deadline < block.timestamp:
            continue
        wallet: address = self._eligible(ballot.member_id, books, word >> 216)
        if wallet == empty(address):
            continue
        typed: bytes32 = eip712_domain_separator._hash_typed_data_v4(
            keccak256(abi_encode(VOTE_TYPEHASH, p, ballot.member_id, ballot.support, ballot.deadline))
        )
        if not self._is_signed(wallet, typed, ballot.signature):
            continue
        if not self._cast(p, ballot.member_id, wallet):
            continue
        word = self._counted(word, ballot.support)
        counted += 1
        log VoteCast(p=p, member_id=ballot.member_id, wallet=wallet, support=ballot.support)
    self.proposal[p] = word
    return counted


@external
@nonreentrant
def execute(p: uint256):
    """
    @notice Does what was decided, once, from the earliest execution until the expiry (R-103).
    @param p The proposal.
    """
    self._books()
    word: uint256 = self._open(p)
    asked: Proposal = self._unpack(word)
    execute_from: uint256 = asked.ends + asked.delay
    assert block.timestamp >= execute_from, "assembly: too early to execute"
    assert block.timestamp < execute_from + asked.execution, "assembly: expired"
    assert self._passed(word), "assembly: not passed"
    self.proposal[p] = word | (EXECUTED << 6)
    subject: uint256 = self.subject[p]
    log Executed(p=p, kind=asked.kind, subject=subject)
    if asked.kind == WIND_DOWN:
        extcall IFund(FUND).wind_down()
    elif asked.kind == SUCCESSOR:
        self.successor = convert(convert(subject, uint160), address)
        log SuccessorNamed(successor=self.successor)
    else:
        extcall ICharter(CHARTER).adopt(subject)
        extcall IFund(FUND).adopt()


@external
@view
def passed(p: uint256) -> bool:
    """
    @notice Whether the votes cast so far are enough, and enough of them yes (R-101).
    @param p The proposal.
    @return True if it would pass if nobody voted any more.
    """
    word: uint256 = self.proposal[p]
    assert word != 0, "assembly: no such proposal"
    return self._passed(word)


# Helpers


@internal
def _propose(kind: uint256, subject: uint256, reason: bytes32, member_id: bytes32, wallet: address) -> uint256:
    books: uint256 = self._books()
    version: uint256 = staticcall ICharter(CHARTER).latest()
    terms: uint256 = staticcall ICharter(CHARTER).vote_terms(version)
    self._check_subject(kind, subject, version)
    cutoff: uint256 = block.timestamp - self._newcomer(version)
    assert self._eligible(member_id, books, cutoff) == wallet, "assembly: not a settled member's wallet"
    last: uint256 = self.last_proposed[member_id]
    pause: uint256 = (terms >> 80) & words.MASK_32
    assert last == 0 or last + pause <= block.timestamp, "assembly: proposed too recently"
    self.last_proposed[member_id] = block.timestamp
    heads: uint256 = (books >> HEADS_AT) & words.MASK_28
    asked: Proposal = Proposal(
        cutoff=cutoff,
        ends=block.timestamp + (terms >> 224),
        delay=(terms >> 192) & words.MASK_32,
        execution=(terms >> 160) & words.MASK_32,
        needed=max(1, words._ceil_div(heads * ((terms >> 144) & MASK_16), words.BPS)),
        majority=(terms >> 128) & MASK_16,
        yes=0,
        no=0,
        kind=kind,
        status=MADE,
    )
    if kind >= SUCCESSOR:
        asked.majority = (terms >> 112) & MASK_16
    p: uint256 = self.count + 1
    self.count = p
    self.proposal[p] = self._pack(asked)
    self.proposer[p] = Proposer(wallet=wallet, member_id=member_id)
    self.subject[p] = subject
    log Proposed(
        p=p,
        kind=kind,
        proposer=wallet,
        member_id=member_id,
        subject=subject,
        reason=reason,
        cutoff=cutoff,
        ends=asked.ends,
        execute_from=asked.ends + asked.delay,
        expires=asked.ends + asked.delay + asked.execution,
        needed=asked.needed,
        majority=asked.majority,
        heads=heads,
    )
    return p


@internal
@view
def _check_subject(kind: uint256, subject: uint256, version: uint256):
    """
    @dev R-99: what each kind may be about.
    """
    assert kind >= CHARTER_CHANGE and kind <= WIND_DOWN, "assembly: unknown kind"
    if kind == WIND_DOWN:
        assert subject == 0, "assembly: a wind-down has no subject"
        return
    if kind == SUCCESSOR:
        assert subject > 0 and subject < 2**160, "assembly: not an address"
        return
    drafter: address = empty(address)
    base: uint256 = 0
    scope: uint256 = 0
    is_sealed: bool = False
    document: bytes32 = empty(bytes32)
    drafter, base, scope, is_sealed, document = staticcall ICharter(CHARTER).draft_of(subject)
    assert is_sealed, "assembly: the draft is not sealed"
    assert base == version, "assembly: based on an earlier version"
    # The bits of the scope are those of the kinds: 1 attestors, 2 steward, 4 juror rules.
    assert kind == CHARTER_CHANGE or scope == 1 << (kind - ATTESTORS), "assembly: the draft changes something else"


@internal
def _withdraw(p: uint256):
    word: uint256 = self._open(p)
    assert block.timestamp < (word >> 176) & words.MASK_40, "assembly: the vote has ended"
    self.proposal[p] = word | (WITHDRAWN << 6)
    log ProposalWithdrawn(p=p)


@internal
@view
def _books() -> uint256:
    """
    @dev The Fund's books, while the mutual is running (R-98, R-108).
    """
    books: uint256 = staticcall IFund(FUND).books()
    if books & SPECIAL != 0:
        assert staticcall IFund(FUND).stage() >> 248 == RUNNING, "assembly: the mutual is not running"
    return books


@internal
@view
def _open(p: uint256) -> uint256:
    """
    @dev A proposal that is neither withdrawn nor executed.
    """
    word: uint256 = self.proposal[p]
    assert word != 0, "assembly: no such proposal"
    status: uint256 = (word >> 6) & 15
    assert status != WITHDRAWN, "assembly: withdrawn"
    assert status != EXECUTED, "assembly: already executed"
    return word


@internal
@view
def _votable(p: uint256) -> uint256:
    word: uint256 = self._open(p)
    assert block.timestamp < (word >> 176) & words.MASK_40, "assembly: the vote has ended"
    return word


@internal
@view
def _wallet(member_id: bytes32) -> address:
    return convert(staticcall IFund(FUND).members(member_id) >> words.WALLET_AT, address)


@internal
@view
def _eligible(member_id: bytes32, books: uint256, cutoff: uint256) -> address:
    """
    @dev R-98: the wallet of a member accepted, in force, not leaving and joined no later than the cutoff; else zero.
    """
    member: uint256 = staticcall IFund(FUND).members(member_id)
    if member & words.ACCEPTED == 0 or member & (words.LEAVING | words.EXITED) != 0:
        return empty(address)
    if words._tick(member) * SPACING <= books >> 160:
        return empty(address)
    if ((member >> words.JOINED_AT) & words.MASK_20) * words.HOUR > cutoff:
        return empty(address)
    return convert(member >> words.WALLET_AT, address)


@internal
def _cast(p: uint256, member_id: bytes32, wallet: address) -> bool:
    """
    @dev R-100: one vote per wallet and per member. False if either has voted.
    """
    bit: uint256 = 1 << (p % 256)
    place: uint256 = p // 256
    by_wallet: uint256 = self.cast_by_wallet[wallet][place]
    by_member: uint256 = self.cast_by_member[member_id][place]
    if (by_wallet | by_member) & bit != 0:
        return False
    self.cast_by_wallet[wallet][place] = by_wallet | bit
    self.cast_by_member[member_id][place] = by_member | bit
    return True


@internal
@pure
def _counted(word: uint256, support: bool) -> uint256:
    if support:
        return word + (1 << 42)
    return word + (1 << 14)


@internal
@pure
def _passed(word: uint256) -> bool:
    """
    @dev R-101.
    """
    asked: Proposal = self._unpack(word)
    cast: uint256 = asked.yes + asked.no
    return cast >= asked.needed and asked.yes * words.BPS >= cast * asked.majority


@internal
@view
def _newcomer(version: uint256) -> uint256:
    """
    @dev P-15.
    """
    money: uint256 = 0
    member: uint256 = 0
    shares: uint256[4] = empty(uint256[4])
    document: bytes32 = empty(bytes32)
    money, member, shares, document = staticcall ICharter(CHARTER).fund_terms(version)
    return (member >> 120) & words.MASK_32


@internal
@view
def _check_signature(wallet: address, struct_hash: bytes32, deadline: uint256, signature: Bytes[65]):
    assert block.timestamp <= deadline, "assembly: the signature is too old"
    typed: bytes32 = eip712_domain_separator._hash_typed_data_v4(struct_hash)
    assert self._is_signed(wallet, typed, signature), "assembly: not the member's signature"


@internal
@view
def _is_signed(wallet: address, typed: bytes32, signature: Bytes[65]) -> bool:
    """
    @dev A key's signature, or a wallet contract's by EIP-1271. The library's check neither bounds the gas of the wallet
         nor bears a malformed signature without reverting; both would let one ballot hold up a batch. That a signature of
         a key has a twin is harmless: votes count once, other acts have nonces.
    """
    if wallet == empty(address):
        return False
    if len(signature) == 65:
        signer: address = ecrecover(
            typed,
            convert(slice(signature, 64, 1), uint256),
            extract32(signature, 0, output_type=uint256),
            extract32(signature, 32, output_type=uint256),
        )
        if signer == wallet:
            return True
    if not wallet.is_contract:
        return False
    success: bool = False
    answer: Bytes[32] = b""
    success, answer = raw_call(
        wallet,
        abi_encode(typed, signature, method_id=VALID),
        max_outsize=32,
        gas=SIGNATURE_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    return success and len(answer) == 32 and convert(answer, bytes32) == convert(VALID, bytes32)


@internal
@pure
def _pack(asked: Proposal) -> uint256:
    return (
        (asked.cutoff << 216)
        | (asked.ends << 176)
        | (asked.delay << 144)
        | (asked.execution << 112)
        | (asked.needed << 84)
        | (asked.majority << 70)
        | (asked.yes << 42)
        | (asked.no << 14)
        | (asked.kind << 10)
        | (asked.status << 6)
    )


@internal
@pure
def _unpack(word: uint256) -> Proposal:
    return Proposal(
        cutoff=word >> 216,
        ends=(word >> 176) & words.MASK_40,
        delay=(word >> 144) & words.MASK_32,
        execution=(word >> 112) & words.MASK_32,
        needed=(word >> 84) & words.MASK_28,
        majority=(word >> 70) & MASK_14,
        yes=(word >> 42) & words.MASK_28,
        no=(word >> 14) & words.MASK_28,
        kind=(word >> 10) & 15,
        status=(word >> 6) & 15,
    )
