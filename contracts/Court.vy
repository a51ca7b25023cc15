#pragma version 0.4.3
#pragma optimize gas
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Court
@license AGPL-3.0-only
@notice Claims from filing to closing: what may be claimed, by which steps it is judged, and what is paid.
        Not audited by a third party.
@dev What it is: the procedure. Members judge (the Jury tallies), the Fund pays, the charter of the event's day rules.
     What it never does: hold tokens, choose a juror, overrule a verdict, reopen a closed claim, or wait for somebody
     without a deadline after which anyone can push the next step (R-86).

     who                     | may do
     ------------------------|---------------------------------------------------------------
     a member or a contact   | file, grant access, cure, challenge
     a juror                 | escalate against the verdict with the bond already posted, ask for the investigator
     the investigator        | report, once commissioned
     anyone                  | challenge with a bond; draw, conclude, review, time out, settle, pay jurors, advance

     How it ends: a claim is closed as granted or denied. The Fund settles what is due; the pot of bonds and slashed
     bonds is given out to the last unit (I-10), and the rest belongs to all members.

     stage    | waits for                           | pushed on by
     ---------|-------------------------------------|--------------------------------
     1 lot    | the lot's block                     | draw
     2 access | the claimant, until the deadline    | grant; from then on time_out
     3 voting | jurors                              | conclude
     4 cure   | the claimant, until the deadline    | cure; from then on time_out
     5 notice | challengers, until the deadline     | challenge, review; from then on settle

     Every call brings the Claim as it was filed; the chain keeps only its hash, by event, so that the record of what
     was claimed is at once the record that this event was judged (R-60, R-63).
"""

from interfaces import ICharter
from interfaces import ICourt
from interfaces import IFund
from interfaces import IJury
from modules import cover
from modules import sortition
from modules import verdict
from modules import words

implements: ICourt


interface IOffice:
    def contacts(member_id: bytes32) -> (address, address, address): view


struct Filing:
    member_id: bytes32
    benefit: uint256
    day: uint256
    claimed: uint256
    evidence: bytes32
    seal_key: bytes32
    summary: bytes32
    # 0 payment, 1 balance, 2 waiver
    source: uint256


struct Claim:
    member_id: bytes32
    wallet: address
    filer: address
    payee: address
    contact_a: address
    contact_b: address
    benefit: uint256
    class_id: uint256
    day: uint256
    filed_at: uint256
    claimed: uint256
    base: uint256
    version: uint256
    pool: uint256
    evidence: bytes32
    seal_key: bytes32
    summary: bytes32


# Court.state, unpacked (docs/spec/interface.md).
struct State:
    stage: uint256
    n: uint256
    attempt: uint256
    level: uint256
    flags: uint256
    deadline: uint256
    lot_block: uint256
    filed_at: uint256
    valid: uint256
    # In notice the announced call; once closed the pay of each juror.
    amount: uint256
    # Basis points of base that the verdict grants.
    part: uint256


# What the pot holds and what it owes (R-81, R-82).
struct Account:
    # The filing bond that goes back.
    returned: uint256
    # Bonds of successful challengers.
    bonds: uint256
    winners: uint256
    fee: uint256
    owed: uint256
    slashed: uint256
    pot: uint256


event Filed:
    c: indexed(uint256)
    member_id: indexed(bytes32)
    filer: indexed(address)
    wallet: address
    payee: address
    contact_a: address
    contact_b: address
    benefit: uint256
    class_id: uint256
    day: uint256
    filed_at: uint256
    claimed: uint256
    base: uint256
    version: uint256
    pool: uint256
    evidence: bytes32
    seal_key: bytes32
    summary: bytes32
    bond: uint256
    source: uint256
    lot_block: uint256


event Drawn:
    c: indexed(uint256)
    key: indexed(uint256)
    seed: bytes32
    filled: bool
    deadline: uint256


event AccessGranted:
    c: indexed(uint256)
    key: indexed(uint256)
    keys_hash: bytes32
    commit_by: uint256
    reveal_by: uint256


event Cured:
    c: indexed(uint256)
    evidence: bytes32
    deadline: uint256


event TimedOut:
    c: indexed(uint256)
    stage: uint256


event Incomplete:
    c: indexed(uint256)
    key: indexed(uint256)
    deadline: uint256


event Verdict:
    c: indexed(uint256)
    key: indexed(uint256)
    level: uint256
    due: uint256
    call: uint256
    costs: uint256
    deadline: uint256
    lot_block: uint256


event Redraw:
    c: indexed(uint256)
    key: indexed(uint256)
    lot_block: uint256


event Challenged:
    c: indexed(uint256)
    n: indexed(uint256)
    challenger: indexed(address)
    kind: uint256
    level: uint256
    bond: uint256
    lot_block: uint256


event Reviewed:
    c: indexed(uint256)
    selected: bool
    lot_block: uint256


event Commissioned:
    c: indexed(uint256)
    key: indexed(uint256)
    commit_by: uint256


event Reported:
    c: indexed(uint256)
    report_hash: bytes32


event Closed:
    c: indexed(uint256)
    member_id: indexed(bytes32)
    level: uint256
    due: uint256
    owed: uint256
    costs: uint256
    costs_paid: uint256
    pay_per_seat: uint256
    rewards: uint256
    to_surplus: uint256
    payee: address


event JurorsPaid:
    c: indexed(uint256)
    n: indexed(uint256)
    each: uint256
    count: uint256


# Stages.
LOT: constant(uint256) = 1
ACCESS: constant(uint256) = 2
VOTING: constant(uint256) = 3
CURE: constant(uint256) = 4
NOTICE: constant(uint256) = 5
GRANTED: constant(uint256) = 6
DENIED: constant(uint256) = 7

# Flags of a claim.
CURED: constant(uint256) = 1
WAIVED: constant(uint256) = 2
FROM_BALANCE: constant(uint256) = 4
REVIEWED: constant(uint256) = 8
FEE_OWED: constant(uint256) = 16
REFILE: constant(uint256) = 32
NO_ACCESS: constant(uint256) = 64
COUNTED: constant(uint256) = 128
REDRAWN: constant(uint256) = 256
PAID: constant(uint256) = 512
CAPPED: constant(uint256) = 4096
OPEN: constant(uint256) = 8192
COMMISSIONED: constant(uint256) = 16384
ESCROW: constant(uint256) = 32768

# Sources of the filing bond (R-64).
BY_PAYMENT: constant(uint256) = 0
BY_BALANCE: constant(uint256) = 1
BY_WAIVER: constant(uint256) = 2

# Kinds of challenger (R-77).
CLAIMANT_FREE: constant(uint256) = 1
CLAIMANT_BONDED: constant(uint256) = 2
JUROR: constant(uint256) = 3
ANYONE: constant(uint256) = 4
MOST_CHALLENGES: constant(uint256) = 2

# Flags of the charter's court terms.
STRICT: constant(uint256) = 1
OPEN_PANELS: constant(uint256) = 2
WAIVER: constant(uint256) = 4

# Kinds of benefit (P-39).
LUMP_SUM: constant(uint256) = 0
REFUND: constant(uint256) = 2

DAY: constant(uint256) = 86_400
# In what Fund.record says of the index: the mutual is not plainly running.
SPECIAL_AT: constant(uint256) = 255
# Of Fund.stage (R-106).
GATHERING: constant(uint256) = 1
# What stands in `digest` for an event whose denial may be refiled.
MAY_REFILE: constant(bytes32) = 0x0000000000000000000000000000000000000000000000000000000000000001
COMMISSIONED_AT: constant(uint256) = 255
MOST_STEPS: constant(uint256) = 64

CHARTER: public(immutable(address))
FUND: public(immutable(address))
OFFICE: public(immutable(address))
JURY: public(immutable(address))
SPACING: immutable(uint256)
# Start of the charter's day, as P-36 of the version founded with: a zone does not change.
ZONE: immutable(uint256)
# The terms of the version founded with, because most claims need them and code is cheap to read.
FIRST: immutable(uint256)
TERMS: immutable(uint256[4])
FILING_WINDOW: immutable(uint256)
# Whether the mutual had to find its first members, so that it started later than it was founded (R-105).
GATHERED: immutable(bool)

# Claims filed 48, lowest open claim 48, its filing time 40 (R-85).
docket: public(uint256)
# Per event key, the hash of the latest claim's number and content (R-63).
digest: public(HashMap[bytes32, bytes32])
# Per claim: stage and everything that changes with it.
state: public(HashMap[uint256, uint256])
# The due, where the claim cap cut it (P-35).
award: public(HashMap[uint256, uint256])
# Challengers' bonds and what jurors lost, where there is any.
escrow: public(HashMap[uint256, uint256])
# Who challenged into panel n, by claim and n.
challenger: public(HashMap[uint256, HashMap[uint256, uint256]])
# Grants by member and benefit: count 32, last granted day 32 (R-61).
grants_of: public(HashMap[bytes32, HashMap[uint256, uint256]])
# When a member last filed without a bond (R-64).
waived_at: public(HashMap[bytes32, uint256])


@deploy
def __init__(charter: address, fund: address, office: address, jury: address):
    """
    @notice Binds the Court to its mutual for ever.
    @param charter The sealed charter.
    @param fund The Fund, which pays.
    @param office The Office, which alone may name another actor (R-50).
    @param jury The Jury.
    """
    CHARTER = charter
    FUND = fund
    OFFICE = office
    JURY = jury
    SPACING = staticcall ICharter(charter).spacing()
    version: uint256 = staticcall ICharter(charter).current()
    terms: uint256[4] = staticcall ICharter(charter).court_terms(version)
    money: uint256 = 0
    member: uint256 = 0
    shares: uint256[4] = empty(uint256[4])
    document: bytes32 = empty(bytes32)
    money, member, shares, document = staticcall ICharter(charter).fund_terms(version)
    FIRST = version
    TERMS = terms
    GATHERED = (terms[3] >> 136) & words.MASK_32 > 1
    ZONE = (terms[2] >> 16) & words.MASK_32
    FILING_WINDOW = (member >> 40) & words.MASK_32
    self.docket = 1 << 160


# ---- Filing


@external
@nonreentrant
def file(filing: Filing, payment: IFund.Payment, actor: address = msg.sender) -> uint256:
    """
    @notice Files a claim for an event of a past day (R-60 to R-64).
    @param filing What is claimed: member, benefit, day (number in the charter's zone), amount claimed (reimbursement and
           refund), hash of the sealed evidence, hash of the key's recipient it is sealed under, hash of the masked
           summary (R-121), source of the bond.
    @param payment How the bond is paid if the source is 0; its nonce binds action `bond`, the member, tick 0 and the
           hash of filing and actor.
    @param actor The member's wallet, or a contact.
    @return The claim's number.
    """
    self._check_actor(actor)
    docket: uint256 = self.docket
    c: uint256 = (docket >> 208) + 1
    claim: Claim = empty(Claim)
    terms: uint256[4] = empty(uint256[4])
    claim, terms = self._admissible(filing, actor)
    key: bytes32 = self._event_key(claim)
    s: State = empty(State)
    earlier: bytes32 = self.digest[key]
    if earlier == MAY_REFILE:
        s.flags = REFILE
    else:
        assert earlier == empty(bytes32), "court: this event was claimed before"
    s.stage = LOT
    s.lot_block = block.number + self._lot_delay(terms)
    s.filed_at = block.timestamp
    bond: uint256 = 0
    if self._flags(terms) & OPEN_PANELS != 0:
        s.flags |= OPEN
    else:
        bond = self._size(terms, 0) * self._juror_pay(terms)
    if bond > 0 and filing.source == BY_WAIVER:
        last: uint256 = self.waived_at[filing.member_id]
        assert self._flags(terms) & WAIVER != 0, "court: no waiver in this charter"
        assert last == 0 or block.timestamp >= last + 365 * DAY, "court: one waiver a year"
        self.waived_at[filing.member_id] = block.timestamp
        s.flags |= WAIVED
        bond = 0
    elif filing.source == BY_BALANCE:
        s.flags |= FROM_BALANCE
    else:
        assert filing.source <= BY_WAIVER, "court: no such source"
    self.digest[key] = keccak256(abi_encode(c, claim))
    self._store(c, s)
    if (docket >> 160) & (2**48 - 1) == c:
        docket = (c << 160) | (block.timestamp << 120)
    self.docket = (docket & (2**208 - 1)) | (c << 208)
    if bond > 0:
        if filing.source == BY_BALANCE:
            extcall IFund(FUND).hold_from_balance(filing.member_id, bond)
        else:
            extcall IFund(FUND).hold(actor, bond, keccak256(abi_encode(filing, actor)), filing.member_id, payment)
    log Filed(
        c=c,
        member_id=claim.member_id,
        filer=actor,
        wallet=claim.wallet,
        payee=claim.payee,
        contact_a=claim.contact_a,
        contact_b=claim.contact_b,
        benefit=claim.benefit,
        class_id=claim.class_id,
        day=claim.day,
        filed_at=claim.filed_at,
        claimed=claim.claimed,
        base=claim.base,
        version=claim.version,
        pool=claim.pool,
        evidence=claim.evidence,
        seal_key=claim.seal_key,
        summary=claim.summary,
        bond=bond,
        source=filing.source,
        lot_block=s.lot_block,
    )
    return c


# ---- The panel


@external
@nonreentrant
def draw(c: uint256, claim: Claim):
    """
    @notice Draws the panel once the lot's block is past, or opens one where the lot cannot fill it (R-65, R-67, R-73).
    @param c The claim's number.
    @param claim The claim as filed.
    """
    s: State = self._load(c, claim)
    assert s.stage == LOT, "court: not waiting for the lot"
    terms: uint256[4] = self._terms(claim.version)
    block_hash: bytes32 = sortition._block_hash(s.lot_block)
    key: uint256 = 8 * c + s.n
    seed: bytes32 = sortition._seed(block_hash, key, s.attempt)
    filled: bool = False
    if s.flags & OPEN == 0:
        filled = extcall IJury(JURY).draw(
            key, s.attempt, seed, self._size(terms, s.n), claim.pool, claim.filed_at, self._excluded(claim)
        )
    if filled:
        s.stage = ACCESS
        s.deadline = block.timestamp + (terms[0] >> 224)
    else:
        if s.flags & OPEN == 0:
            s.flags |= OPEN
            s.attempt = 0
        s = self._open(c, claim, s, terms)
    self._store(c, s)
    log Drawn(c=c, key=key, seed=seed, filled=filled, deadline=s.deadline)


@external
@nonreentrant
def grant(c: uint256, claim: Claim, keys_hash: bytes32, actor: address = msg.sender):
    """
    @notice The claimant lets the drawn jurors read the evidence; voting starts (R-68).
    @param c The claim's number.
    @param claim The claim as filed.
    @param keys_hash Hash of the manifest, which names the document key wrapped to each seat (R-123).
    @param actor The wallet or the filer of the claim.
    """
    self._check_actor(actor)
    s: State = self._load(c, claim)
    assert s.stage == ACCESS and block.timestamp < s.deadline, "court: not in the time for access"
    self._check_claimant(claim, actor)
    terms: uint256[4] = self._terms(claim.version)
    key: uint256 = 8 * c + s.n
    commit_by: uint256 = 0
    reveal_by: uint256 = 0
    commit_by, reveal_by = self._voting_times(terms)
    s.stage = VOTING
    s.deadline = reveal_by
    s.valid -= extcall IJury(JURY).start(key, s.attempt, commit_by, reveal_by)
    self._store(c, s)
    log AccessGranted(c=c, key=key, keys_hash=keys_hash, commit_by=commit_by, reveal_by=reveal_by)


@external
@nonreentrant
def conclude(c: uint256, claim: Claim):
    """
    @notice Ends a panel: a verdict, a chance to cure, a redraw of silent seats, or an open panel (R-72 to R-76).
    @param c The claim's number.
    @param claim The claim as filed.
    """
    s: State = self._load(c, claim)
    assert s.stage == VOTING, "court: not voting"
    terms: uint256[4] = self._terms(claim.version)
    key: uint256 = self._key(c, s)
    status: uint256 = 0
    level: uint256 = 0
    valid: uint256 = 0
    slashed: uint256 = 0
    status, level, valid, slashed = extcall IJury(JURY).conclude(
        key, (terms[0] >> 72) & 65_535, self._flags(terms) & STRICT != 0, s.flags & CURED == 0
    )
    if slashed > 0:
        self.escrow[c] += slashed << 80
        s.flags |= ESCROW
    if s.flags & OPEN == 0:
        s.valid += valid
    if status == 1 and level == verdict.INCOMPLETE:
        s.stage = CURE
        s.deadline = block.timestamp + ((terms[0] >> 128) & words.MASK_32)
        log Incomplete(c=c, key=key, deadline=s.deadline)
    elif status == 1:
        s = self._verdict(c, claim, s, terms, level)
    elif s.flags & OPEN != 0:
        # R-73: without a quorum panel 0 denies; a later one leaves standing what was challenged.
        if s.n > 0:
            level = s.level
        s = self._verdict(c, claim, s, terms, level)
    elif s.flags & REDRAWN == 0:
        s.flags |= REDRAWN
        s.attempt += 1
        s.stage = LOT
        s.lot_block = block.number + self._lot_delay(terms)
        log Redraw(c=c, key=key, lot_block=s.lot_block)
    else:
        s.flags |= OPEN
        s.attempt = 0
        s = self._open(c, claim, s, terms)
    self._store(c, s)


@external
@nonreentrant
def cure(c: uint256, claim: Claim, evidence: bytes32, actor: address = msg.sender):
    """
    @notice The claimant completes an incomplete claim, once; the same seats vote anew (R-74).
    @param c The claim's number.
    @param claim The claim as filed. From now on its evidence is the new one.
    @param evidence Hash of the completed evidence.
    @param actor The wallet or the filer of the claim.
    """
    self._check_actor(actor)
    s: State = self._load(c, claim)
    assert s.stage == CURE and block.timestamp < s.deadline, "court: not in the time to cure"
    self._check_claimant(claim, actor)
    terms: uint256[4] = self._terms(claim.version)
    completed: Claim = claim
    completed.evidence = evidence
    self.digest[self._event_key(claim)] = keccak256(abi_encode(c, completed))
    s.flags |= CURED
    s.attempt += 1
    if s.flags & OPEN != 0:
        s = self._open(c, claim, s, terms)
    else:
        s.stage = ACCESS
        s.deadline = block.timestamp + (terms[0] >> 224)
    self._store(c, s)
    log Cured(c=c, evidence=evidence, deadline=s.deadline)


@external
@nonreentrant
def time_out(c: uint256, claim: Claim):
    """
    @notice Ends the wait for a claimant who gave no access (denied, closed) or did not cure (denied, with its notice)
            (R-68, R-74).
    @param c The claim's number.
    @param claim The claim as filed.
    """
    s: State = self._load(c, claim)
    assert s.stage == ACCESS or s.stage == CURE, "court: not waiting for the claimant"
    assert block.timestamp >= s.deadline, "court: the claimant still has time"
    terms: uint256[4] = self._terms(claim.version)
    log TimedOut(c=c, stage=s.stage)
    if s.stage == CURE:
        self._store(c, self._verdict(c, claim, s, terms, 0))
    else:
        s.flags |= NO_ACCESS
        s.level = 0
        s.part = 0
        # Only the first access: nobody leaves a panel that has begun to vote for a fresh one.
        if s.n == 0 and s.attempt == 0 and s.flags & REFILE == 0:
            self.digest[self._event_key(claim)] = MAY_REFILE
        self._close(c, claim, s, terms)


@external
@nonreentrant
def commission(c: uint256, claim: Claim, seat: uint256, actor: address = msg.sender):
    """
    @notice A juror asks for the charter's investigator; a majority of seats commissions it, once per claim (R-84).
    @param c The claim's number.
    @param claim The claim as filed.
    @param seat The juror's seat.
    @param actor The juror's wallet.
    """
    self._check_actor(actor)
    s: State = self._load(c, claim)
    investigator: address = staticcall ICharter(CHARTER).investigator(claim.version)
    assert investigator != empty(address), "court: the charter names no investigator"
    assert s.stage == VOTING and s.flags & OPEN == 0, "court: no drawn panel is voting"
    assert s.flags & COMMISSIONED == 0, "court: already commissioned"
    time: uint256 = (self._terms(claim.version)[2] >> 144) & words.MASK_32
    key: uint256 = self._key(c, s)
    commit_by: uint256 = extcall IJury(JURY).commission(key, seat, actor, time)
    if commit_by > 0:
        s.flags |= COMMISSIONED
        s.deadline += time
        self._store(c, s)
        log Commissioned(c=c, key=key, commit_by=commit_by)


@external
@nonreentrant
def report(c: uint256, claim: Claim, report_hash: bytes32):
    """
    @notice The investigator files its sealed report before the claim leaves the panel; its fee is owed from then on
            (R-84).
    @param c The claim's number.
    @param claim The claim as filed.
    @param report_hash Hash of the sealed report.
    """
    s: State = self._load(c, claim)
    investigator: address = staticcall ICharter(CHARTER).investigator(claim.version)
    assert msg.sender == investigator, "court: not the investigator"
    assert s.stage < NOTICE and s.flags & (OPEN | FEE_OWED) == 0, "court: no report is awaited"
    asked: uint256 = staticcall IJury(JURY).commissions(self._key(c, s))
    assert asked >> COMMISSIONED_AT == 1, "court: no report is awaited"
    s.flags |= FEE_OWED
    self._store(c, s)
    log Reported(c=c, report_hash=report_hash)


# ---- After the verdict


@external
@nonreentrant
def challenge(
    c: uint256, claim: Claim, seat: uint256, payment: IFund.Payment, actor: address = msg.sender
):
    """
    @notice Takes a verdict to a larger panel within its notice (R-77).
    @param c The claim's number.
    @param claim The claim as filed.
    @param seat A juror's seat on the panel that gave the verdict; a number beyond the panel for everybody else.
    @param payment How the bond is paid, where one is needed; its nonce binds action `bond`, the claim's member, tick 0
           and the hash of claim number, number of the next panel and actor.
    @param actor The challenger.
    """
    self._check_actor(actor)
    s: State = self._load(c, claim)
    assert s.stage == NOTICE and block.timestamp < s.deadline, "court: not in a notice"
    assert s.n < MOST_CHALLENGES, "court: this verdict is final"
    terms: uint256[4] = self._terms(claim.version)
    n: uint256 = s.n + 1
    level: uint256 = s.level
    bond: uint256 = self._size(terms, n) * self._juror_pay(terms)
    posted: uint256 = 0
    kind: uint256 = ANYONE
    if actor == claim.wallet or actor == claim.filer:
        kind = CLAIMANT_FREE
        if s.n > 0 and self._kind(self.challenger[c][s.n]) == CLAIMANT_FREE:
            kind = CLAIMANT_BONDED
    elif seat < self._size(terms, s.n):
        assert s.flags & OPEN == 0, "court: the panel was open"
        kind = JUROR
        bond = staticcall IJury(JURY).dissenter(self._key(c, s), seat, actor, level)
    if kind == CLAIMANT_FREE:
        bond = 0
    elif kind != JUROR and bond > 0:
        posted = bond
        self.escrow[c] += posted << 168
        s.flags |= ESCROW
    self.challenger[c][n] = (convert(actor, uint256) << 96) | (kind << 88) | (level << 80) | bond
    s = self._next_panel(c, claim, s, terms)
    self._store(c, s)
    if posted > 0:
        extcall IFund(FUND).hold(actor, posted, keccak256(abi_encode(c, n, actor)), claim.member_id, payment)
    log Challenged(
        c=c, n=n, challenger=actor, kind=kind, level=level, bond=posted, lot_block=s.lot_block
    )


@external
@nonreentrant
def review(c: uint256, claim: Claim):
    """
    @notice Sends a grant of the first panel to a second one, by amount or by lot; or finds that it need not (R-78).
    @param c The claim's number.
    @param claim The claim as filed.
    """
    s: State = self._load(c, claim)
    terms: uint256[4] = self._terms(claim.version)
    assert s.stage == NOTICE and self._awaits_review(s, terms), "court: no review is due"
    above: uint256 = terms[1] & words.MASK_80
    selected: bool = above > 0 and self._due(c, claim, s) > above
    if not selected:
        lot: bytes32 = keccak256(abi_encode("review", sortition._block_hash(s.lot_block), c))
        selected = convert(lot, uint256) % words.BPS < (terms[1] >> 80) & 65_535
    s.flags |= REVIEWED
    if selected:
        s = self._next_panel(c, claim, s, terms)
    self._store(c, s)
    log Reviewed(c=c, selected=selected, lot_block=s.lot_block)


@external
@nonreentrant
def settle(c: uint256, claim: Claim):
    """
    @notice Closes a claim after its notice: the Fund pays or defers what is due, the pot is given out (R-80 to R-82).
    @param c The claim's number.
    @param claim The claim as filed.
    """
    s: State = self._load(c, claim)
    assert s.stage == NOTICE and block.timestamp >= s.deadline, "court: the notice is not over"
    terms: uint256[4] = self._terms(claim.version)
    assert not self._awaits_review(s, terms), "court: review comes first"
    self._close(c, claim, s, terms)


@external
@nonreentrant
def pay_jurors(c: uint256, n: uint256):
    """
    @notice Credits the jurors of a drawn panel of a closed claim, once (R-83).
    @param c The claim's number.
    @param n The panel: 0, 1 or 2.
    """
    s: State = self._unpack(self.state[c])
    assert s.stage >= GRANTED, "court: the claim is open"
    assert n <= s.n and s.flags & (PAID << n) == 0 and s.amount > 0, "court: nothing to pay"
    s.flags |= PAID << n
    self._store(c, s)
    count: uint256 = extcall IJury(JURY).pay(8 * c + n, s.amount)
    log JurorsPaid(c=c, n=n, each=s.amount, count=count)


@external
@nonreentrant
def advance():
    """
    @notice Moves the pointer to the lowest open claim past closed ones, 64 at most (R-85).
    """
    self._advance()


# ---- Reading


@external
@view
def settled_before(time: uint256) -> bool:
    """
    @notice Whether no claim filed before a time is open (R-85).
    @param time Seconds since 1970.
    @return True if all of them are closed.
    """
    docket: uint256 = self.docket
    lowest: uint256 = (docket >> 160) & (2**48 - 1)
    return lowest > docket >> 208 or (docket >> 120) & words.MASK_40 >= time


@external
@view
def claim_count() -> uint256:
    """
    @notice How many claims were filed.
    @return The number of the latest claim.
    """
    return self.docket >> 208


# ---- Internals: filing


@internal
@view
def _admissible(filing: Filing, actor: address) -> (Claim, uint256[4]):
    """
    @dev R-60 to R-62: everything that is checked before a claim exists, and the claim.
    """
    member: uint256 = 0
    history: uint256 = 0
    index: uint256 = 0
    member_tick: uint256 = 0
    history_tick: uint256 = 0
    member, history, index, member_tick, history_tick = staticcall IFund(FUND).record(filing.member_id)
    assert member & words.ACCEPTED != 0, "court: member has not accepted the charter"
    claim: Claim = empty(Claim)
    claim.member_id = filing.member_id
    claim.wallet = convert(member >> words.WALLET_AT, address)
    claim.filer = actor
    claim.payee = claim.wallet
    beneficiary: address = empty(address)
    if member & words.CONTACTS != 0:
        claim.contact_a, claim.contact_b, beneficiary = staticcall IOffice(OFFICE).contacts(filing.member_id)
    if actor != claim.wallet:
        is_contact: bool = actor == claim.contact_a or actor == claim.contact_b
        assert is_contact and actor != empty(address), "court: not the wallet or a contact"
        if beneficiary != empty(address):
            claim.payee = beneficiary
    # The zone is stored with a day added, so that it is never negative.
    today: uint256 = (block.timestamp + ZONE) // DAY - 1
    assert filing.day > 0 and filing.day <= today, "court: no day of the past"
    start: uint256 = (filing.day + 1) * DAY - ZONE
    if index >> SPECIAL_AT != 0 or GATHERED:
        self._check_life(start)
        index &= words.MASK_96
    covered: cover.Cover = cover._on_day(member, history, index, member_tick, history_tick, SPACING, start)
    assert covered.in_force and covered.joined <= start, "court: not covered on that day"
    claim.benefit = filing.benefit
    claim.class_id = covered.class_id
    claim.day = filing.day
    claim.filed_at = block.timestamp
    claim.claimed = filing.claimed
    claim.evidence = filing.evidence
    claim.seal_key = filing.seal_key
    claim.summary = filing.summary
    claim.pool = staticcall IJury(JURY).volunteer_count()
    elapsed: uint256 = start - covered.joined
    benefit: uint256 = 0
    full: uint256 = 0
    waiting: uint256 = 0
    claim.version, benefit, full, waiting = staticcall ICharter(CHARTER).awarded(
        start, claim.benefit, claim.class_id, elapsed
    )
    terms: uint256[4] = self._terms(claim.version)
    assert block.timestamp < start + DAY + self._filing_window(claim.version), "court: filed too late"
    kind: uint256 = benefit >> 248
    if kind == REFUND:
        assert elapsed < waiting, "court: the waiting time is over"
    else:
        # R-41.
        assert elapsed >= waiting, "court: still in the waiting time"
    # R-45: an increase counts after a fresh waiting time. A rejoining has its own.
    if covered.changed > covered.joined and start < covered.changed + waiting:
        former: uint256 = 0
        version: uint256 = 0
        former_benefit: uint256 = 0
        former_waiting: uint256 = 0
        version, former_benefit, former, former_waiting = staticcall ICharter(CHARTER).awarded(
            start, claim.benefit, covered.previous_class, elapsed
        )
        full = min(full, former)
    claim.base = full
    if kind != LUMP_SUM:
        deductible: uint256 = (benefit >> 62) & words.MASK_88
        claim.base = min(full, max(filing.claimed, deductible) - deductible)
    assert claim.base > 0, "court: nothing is covered"
    assert self._may_grant(claim, benefit), "court: too many grants, or too soon"
    return claim, terms


@internal
@view
def _check_life(start: uint256):
    """
    @dev R-51, R-105, R-108: events are covered from the mutual's start to the trigger of its wind-down, and filed until
         its end.
    """
    stage: uint256 = staticcall IFund(FUND).stage()
    started: uint256 = (stage >> 208) & words.MASK_40
    wound_at: uint256 = (stage >> 128) & words.MASK_40
    ends_at: uint256 = (stage >> 88) & words.MASK_40
    assert ends_at == 0 or block.timestamp < ends_at, "court: the mutual has ended"
    assert stage >> 248 != GATHERING and started <= start, "court: the mutual had not started"
    assert wound_at == 0 or start < wound_at, "court: the mutual was winding down"


@internal
@view
def _may_grant(claim: Claim, benefit: uint256) -> bool:
    """
    @dev R-61. The day of the claim itself is the last one where its grant was taken back for a second panel.
    """
    repeats: uint256 = (benefit >> 54) & 255
    interval: uint256 = (benefit >> 22) & words.MASK_32
    word: uint256 = self.grants_of[claim.member_id][claim.benefit]
    count: uint256 = word >> 32
    if count == 0:
        return True
    last: uint256 = word & words.MASK_32
    distance: uint256 = max(last, claim.day) - min(last, claim.day)
    return (repeats == 0 or count < repeats) and (distance == 0 or distance * DAY >= interval)


# ---- Internals: steps


@internal
def _open(c: uint256, claim: Claim, s: State, terms: uint256[4]) -> State:
    """
    @dev R-75: opens the present panel to every eligible member; nobody's access is waited for.
    """
    commit_by: uint256 = 0
    reveal_by: uint256 = 0
    commit_by, reveal_by = self._voting_times(terms)
    extcall IJury(JURY).open_panel(
        self._key(c, s),
        s.attempt,
        commit_by,
        reveal_by,
        (terms[0] >> 32) & words.MASK_24,
        (terms[0] >> 16) & 65_535,
        claim.filed_at,
        self._excluded(claim),
    )
    opened: State = s
    opened.stage = VOTING
    opened.deadline = reveal_by
    return opened


@internal
def _verdict(c: uint256, claim: Claim, s: State, terms: uint256[4], level: uint256) -> State:
    """
    @dev R-76: due, call and count of a grant; the notice of either.
    """
    decided: State = s
    decided.level = level
    decided.part = 0
    due: uint256 = 0
    if level > 0:
        benefit: uint256 = staticcall ICharter(CHARTER).benefit_word(claim.version, claim.benefit)
        decided.part = (benefit >> (150 + 14 * (level - 1))) & 16_383
        due = claim.base * decided.part // words.BPS
        claim_cap: uint256 = (terms[2] >> 48) & words.MASK_96
        is_capped: bool = False
        if claim_cap > 0:
            shares: uint256 = ((staticcall IFund(FUND).books()) >> 118) & words.MASK_42
            most: uint256 = claim_cap * shares // words.SCALE
            is_capped = due > most
            due = min(due, most)
        if due == 0 or not self._may_grant(claim, benefit):
            decided.level = 0
            decided.part = 0
            due = 0
        else:
            word: uint256 = self.grants_of[claim.member_id][claim.benefit]
            self.grants_of[claim.member_id][claim.benefit] = (((word >> 32) + 1) << 32) | claim.day
            decided.flags |= COUNTED
            if is_capped:
                self.award[c] = due
                decided.flags |= CAPPED
    decided.stage = NOTICE
    decided.deadline = block.timestamp + ((terms[0] >> 96) & words.MASK_32)
    decided.lot_block = block.number + self._lot_delay(terms)
    account: Account = self._account(c, decided, terms)
    costs: uint256 = max(account.owed, account.pot) - account.pot
    if due > 0:
        decided.amount = extcall IFund(FUND).announce(due, costs)
    log Verdict(
        c=c,
        key=self._key(c, s),
        level=decided.level,
        due=due,
        call=decided.amount,
        costs=costs,
        deadline=decided.deadline,
        lot_block=decided.lot_block,
    )
    return decided


@internal
def _next_panel(c: uint256, claim: Claim, s: State, terms: uint256[4]) -> State:
    """
    @dev R-77: takes back what the verdict announced and counted, and waits for a new lot. The level stays, as what is
         challenged.
    """
    following: State = s
    if s.level > 0:
        extcall IFund(FUND).retract(s.amount)
        self.grants_of[claim.member_id][claim.benefit] -= 1 << 32
    if s.flags & CAPPED != 0:
        self.award[c] = 0
    following.flags = s.flags & ~(COUNTED | CAPPED | REDRAWN)
    following.amount = 0
    following.part = 0
    following.stage = LOT
    following.n = s.n + 1
    following.attempt = 0
    following.lot_block = block.number + self._lot_delay(terms)
    return following


@internal
def _close(c: uint256, claim: Claim, s: State, terms: uint256[4]):
    """
    @dev R-80 to R-82, I-10: pot + costs paid = bonds returned + jurors' pay + investigator + rewards + surplus.
    """
    closed: State = s
    due: uint256 = self._due(c, claim, s)
    call: uint256 = s.amount
    closed.stage = DENIED
    if s.level > 0:
        closed.stage = GRANTED
    closed.amount = 0
    self._store(c, closed)
    if (self.docket >> 160) & (2**48 - 1) == c:
        self._advance()
    for m: uint256 in range(1, s.n + 1, bound=2):
        word: uint256 = self.challenger[c][m]
        if self._kind(word) == JUROR and not self._succeeded(word, s.level):
            lost: uint256 = extcall IJury(JURY).slash(word & words.MASK_80, 8 * c + m - 1)
            if lost > 0:
                self.escrow[c] += lost << 80
                closed.flags |= ESCROW
    account: Account = self._account(c, closed, terms)
    costs: uint256 = max(account.owed, account.pot) - account.pot
    costs_paid: uint256 = extcall IFund(FUND).settle(c, claim.payee, due, costs, call)
    # Bonds to return are part of the pot, so this never falls short.
    left: uint256 = account.pot + costs_paid - account.returned - account.bonds
    fee: uint256 = min(account.fee, left)
    left -= fee
    if s.valid > 0:
        closed.amount = min(self._juror_pay(terms), left // s.valid)
        left -= closed.amount * s.valid
    reward: uint256 = 0
    if account.winners > 0 and account.pot > account.owed:
        reward = min(account.slashed, left) // account.winners
        left -= reward * account.winners
    self._store(c, closed)
    if account.returned > 0:
        poster: address = claim.payee
        if s.flags & FROM_BALANCE == 0 and claim.filer != claim.wallet:
            poster = claim.filer
        extcall IFund(FUND).release(poster, account.returned)
    for m: uint256 in range(1, s.n + 1, bound=2):
        word: uint256 = self.challenger[c][m]
        if self._succeeded(word, s.level):
            back: uint256 = reward + self._posted(word)
            if back > 0:
                extcall IFund(FUND).release(convert(word >> 96, address), back)
    if fee > 0:
        extcall IFund(FUND).release(staticcall ICharter(CHARTER).investigator(claim.version), fee)
    if left > 0:
        extcall IFund(FUND).forfeit(left)
    log Closed(
        c=c,
        member_id=claim.member_id,
        level=s.level,
        due=due,
        owed=account.owed,
        costs=costs,
        costs_paid=costs_paid,
        pay_per_seat=closed.amount,
        rewards=reward * account.winners,
        to_surplus=left,
        payee=claim.payee,
    )


@internal
def _advance():
    docket: uint256 = self.docket
    count: uint256 = docket >> 208
    lowest: uint256 = (docket >> 160) & (2**48 - 1)
    filed_at: uint256 = (docket >> 120) & words.MASK_40
    for i: uint256 in range(MOST_STEPS):
        if lowest > count or self.state[lowest] >> 252 < GRANTED:
            break
        lowest += 1
        filed_at = 0
        if lowest <= count:
            filed_at = (self.state[lowest] >> 104) & words.MASK_40
    self.docket = (count << 208) | (lowest << 160) | (filed_at << 120)


# ---- Internals: money


@internal
@view
def _due(c: uint256, claim: Claim, s: State) -> uint256:
    if s.flags & CAPPED != 0:
        return self.award[c]
    return claim.base * s.part // words.BPS


@internal
@view
def _account(c: uint256, s: State, terms: uint256[4]) -> Account:
    """
    @dev R-79, R-81, R-82, for the level that stands.
    """
    account: Account = empty(Account)
    juror_pay: uint256 = self._juror_pay(terms)
    if s.flags & WAIVED == 0 and self._flags(terms) & OPEN_PANELS == 0:
        account.pot = self._size(terms, 0) * juror_pay
    if s.level > 0:
        account.returned = account.pot
    if s.flags & ESCROW != 0:
        word: uint256 = self.escrow[c]
        account.slashed = (word >> 80) & words.MASK_88
        account.pot += (word >> 168) + account.slashed
    for m: uint256 in range(1, s.n + 1, bound=2):
        word: uint256 = self.challenger[c][m]
        if self._succeeded(word, s.level):
            account.winners += 1
            account.bonds += self._posted(word)
    if s.flags & FEE_OWED != 0:
        account.fee = terms[2] >> 176
    account.owed = account.returned + account.bonds + s.valid * juror_pay + account.fee
    return account


@internal
@pure
def _succeeded(word: uint256, level: uint256) -> bool:
    """
    @dev R-79. A review has no challenger.
    """
    kind: uint256 = self._kind(word)
    challenged: uint256 = (word >> 80) & 255
    if kind == 0:
        return False
    if kind <= CLAIMANT_BONDED:
        return level > challenged
    return level != challenged


@internal
@pure
def _posted(word: uint256) -> uint256:
    """
    @dev The bond a challenger brought; a juror's stands on the bench.
    """
    if self._kind(word) == JUROR:
        return 0
    return word & words.MASK_80


@internal
@pure
def _kind(word: uint256) -> uint256:
    return (word >> 88) & 255


# ---- Internals: terms and words


@internal
@view
def _check_actor(actor: address):
    assert actor == msg.sender or msg.sender == OFFICE, "court: not the actor"


@internal
@pure
def _check_claimant(claim: Claim, actor: address):
    assert actor == claim.wallet or actor == claim.filer, "court: not the claimant"


@internal
@view
def _terms(version: uint256) -> uint256[4]:
    if version == FIRST:
        return TERMS
    return staticcall ICharter(CHARTER).court_terms(version)


@internal
@view
def _filing_window(version: uint256) -> uint256:
    if version == FIRST:
        return FILING_WINDOW
    money: uint256 = 0
    member: uint256 = 0
    shares: uint256[4] = empty(uint256[4])
    document: bytes32 = empty(bytes32)
    money, member, shares, document = staticcall ICharter(CHARTER).fund_terms(version)
    return (member >> 40) & words.MASK_32


@internal
@pure
def _flags(terms: uint256[4]) -> uint256:
    return (terms[0] >> 56) & 255


@internal
@pure
def _lot_delay(terms: uint256[4]) -> uint256:
    return (terms[0] >> 64) & 255


@internal
@pure
def _juror_pay(terms: uint256[4]) -> uint256:
    return terms[1] >> 176


@internal
@pure
def _size(terms: uint256[4], n: uint256) -> uint256:
    """
    @dev Seats of panel n: k, 2k + 1, 4k + 3.
    """
    return ((((terms[0] >> 88) & 255) + 1) << n) - 1


@internal
@view
def _voting_times(terms: uint256[4]) -> (uint256, uint256):
    commit_by: uint256 = block.timestamp + ((terms[0] >> 192) & words.MASK_32)
    return commit_by, commit_by + ((terms[0] >> 160) & words.MASK_32)


@internal
@pure
def _awaits_review(s: State, terms: uint256[4]) -> bool:
    """
    @dev R-78: a grant of panel 0, while the charter reviews at all.
    """
    return s.level > 0 and s.n == 0 and s.flags & REVIEWED == 0 and terms[1] & (2**96 - 1) != 0


@internal
@pure
def _excluded(claim: Claim) -> address[5]:
    return [claim.wallet, claim.filer, claim.payee, claim.contact_a, claim.contact_b]


@internal
@pure
def _key(c: uint256, s: State) -> uint256:
    """
    @dev Key of the present panel.
    """
    if s.flags & OPEN != 0:
        return 8 * c + s.n + 4
    return 8 * c + s.n


@internal
@pure
def _event_key(claim: Claim) -> bytes32:
    return keccak256(abi_encode(claim.member_id, claim.benefit, claim.day))


@internal
@view
def _load(c: uint256, claim: Claim) -> State:
    assert self.digest[self._event_key(claim)] == keccak256(abi_encode(c, claim)), "court: not this claim"
    return self._unpack(self.state[c])


@internal
@pure
def _unpack(word: uint256) -> State:
    return State(
        stage=word >> 252,
        n=(word >> 248) & 15,
        attempt=(word >> 244) & 15,
        level=(word >> 240) & 15,
        flags=(word >> 224) & 65_535,
        deadline=(word >> 184) & words.MASK_40,
        lot_block=(word >> 144) & words.MASK_40,
        filed_at=(word >> 104) & words.MASK_40,
        valid=(word >> 96) & 255,
        amount=(word >> 16) & words.MASK_80,
        part=word & 65_535,
    )


@internal
def _store(c: uint256, s: State):
    self.state[c] = (
        (s.stage << 252)
        | (s.n << 248)
        | (s.attempt << 244)
        | (s.level << 240)
        | (s.flags << 224)
        | (s.deadline << 184)
        | (s.lot_block << 144)
        | (s.filed_at << 104)
        | (s.valid << 96)
        | (s.amount << 16)
        | s.part
    )
