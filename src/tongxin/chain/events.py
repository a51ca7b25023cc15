# SPDX-License-Identifier: AGPL-3.0-only
"""Every event of every contract as a frozen dataclass.

Fields have the names of the contracts' own (docs/spec/interface.md): addresses in EIP-55 form, bytes32 as bytes, money
in the token's smallest unit, times in seconds unless the field says hours. `log` tells where it stands on the chain.
How they are read from the chain is in `tongxin.chain.logs`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar, dataclass_transform

from tongxin.chain.primitives import address_of, from_hex


@dataclass(frozen=True, slots=True)
class RawLog:
    """A log as the chain keeps it: `index` is its place in the block, `transaction` the hash in 0x-hex."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    transaction: str
    index: int

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the chain's order: what has the smaller place was logged first."""
        return self.block, self.index

    @classmethod
    def of_json(cls, raw: dict[str, Any]) -> RawLog:
        """From `eth_getLogs` or a receipt."""
        return cls(
            address=address_of(from_hex(raw["address"])),
            topics=tuple(from_hex(topic) for topic in raw["topics"]),
            data=from_hex(raw["data"]),
            block=int(raw["blockNumber"], 16),
            transaction=raw["transactionHash"],
            index=int(raw["logIndex"], 16),
        )


@dataclass(frozen=True, kw_only=True)
class Event:
    """What a contract said; subclasses hold the fields of each kind."""

    contract: ClassVar[str] = ""
    """The contract that emits it."""

    log: RawLog = field(repr=False, compare=False)


E = TypeVar("E", bound=Event)

EVENTS: Final[dict[tuple[str, str], type[Event]]] = {}
"""Every class of this module, by contract and name."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(cls: type[E]) -> type[E]:
    """Makes a class a frozen dataclass and known to the decoder."""
    made = dataclass(frozen=True, kw_only=True)(cls)
    EVENTS[made.contract, made.__name__] = made
    return made


@event
class Drafted(Event):
    """A draft of a version was stored (R-90); slot 1 is the founding's."""

    contract = "Charter"

    slot: int
    drafter: str
    charter_hash: bytes
    own_benefits: bool


@event
class BenefitsAdded(Event):
    """Benefits were added to a draft before its sealing."""

    contract = "Charter"

    slot: int
    first: int
    count: int


@event
class DraftSealed(Event):
    """A draft keeps the bounds and never changes again; `base` is the version it may follow (R-91)."""

    contract = "Charter"

    slot: int
    base: int
    scope: int


@event
class Sealed(Event):
    """A version is in force from a time; it never changes again."""

    contract = "Charter"

    version: int
    slot: int
    charter_hash: bytes
    effective_from: int


@event
class Published(Event):
    """The document of a draft or version stands in this transaction's input."""

    contract = "Charter"

    slot: int
    charter_hash: bytes


@event
class AssemblyNamed(Event):
    """The Assembly that adopts versions was named, once."""

    contract = "Charter"

    assembly: str


@event
class Proposed(Event):
    """A member proposed something to the others (R-99)."""

    contract = "Assembly"

    p: int
    kind: int
    proposer: str
    member_id: bytes
    subject: int
    reason: bytes
    cutoff: int
    ends: int
    execute_from: int
    expires: int
    needed: int
    majority: int
    heads: int


@event
class VoteCast(Event):
    """A member voted (R-100)."""

    contract = "Assembly"

    p: int
    member_id: bytes
    wallet: str
    support: bool


@event
class ProposalWithdrawn(Event):
    """A proposer took a proposal back (R-102)."""

    contract = "Assembly"

    p: int


@event
class Executed(Event):
    """What was decided was done (R-103)."""

    contract = "Assembly"

    p: int
    kind: int
    subject: int


@event
class SuccessorNamed(Event):
    """The members named a mutual to which each may go (R-103)."""

    contract = "Assembly"

    successor: str


@event
class Joined(Event):
    """A person became a member (R-30); `joined` in hours."""

    contract = "Fund"

    member_id: bytes
    wallet: str
    payer: str
    class_id: int
    shares: int
    tick: int
    joined: int
    price: int
    entry_fee: int
    accepted: bool
    attested: bool


@event
class Enrolled(Event):
    """One of a sponsor's batch became a member; `record` is the lower 96 bits of the member word."""

    contract = "Fund"

    member_id: bytes
    wallet: str
    record: int


@event
class BatchEnrolled(Event):
    """A batch was enrolled and paid (R-35)."""

    contract = "Fund"

    payer: str
    count: int
    skipped: int
    price: int
    entry_fees: int


@event
class Accepted(Event):
    """A wallet accepted the charter (R-33)."""

    contract = "Fund"

    member_id: bytes


@event
class ToppedUp(Event):
    """A runway was lengthened (R-39)."""

    contract = "Fund"

    member_id: bytes
    payer: str
    tick: int
    price: int
    arrears: int


@event
class BatchToppedUp(Event):
    """Many runways were lengthened by one payer."""

    contract = "Fund"

    payer: str
    count: int
    price: int


@event
class OrderSet(Event):
    """A standing order was set, or taken back with 0 (R-40)."""

    contract = "Fund"

    member_id: bytes
    most_per_period: int
    target: int


@event
class Collected(Event):
    """A standing order was carried out."""

    contract = "Fund"

    member_id: bytes
    tick: int
    price: int


@event
class Rejoined(Event):
    """A membership came back after its grace time or exit (R-43)."""

    contract = "Fund"

    member_id: bytes
    tick: int
    joined: int
    price: int
    arrears: int


@event
class Left(Event):
    """Notice of leaving was given (R-46); `left` in hours, `ends` in seconds."""

    contract = "Fund"

    member_id: bytes
    left: int
    ends: int


@event
class Refunded(Event):
    """A leaver got the balance back; `exited` in hours."""

    contract = "Fund"

    member_id: bytes
    wallet: str
    amount: int
    exited: int


@event
class WalletSet(Event):
    """Another wallet controls the membership (R-47)."""

    contract = "Fund"

    member_id: bytes
    wallet: str
    accepted: bool


@event
class ClassSet(Event):
    """The class changed (R-44); `changed` in hours."""

    contract = "Fund"

    member_id: bytes
    class_id: int
    shares: int
    changed: int
    paid: int
    returned: int


@event
class ContactsFlag(Event):
    """A member named contacts, or took them back."""

    contract = "Fund"

    member_id: bytes
    on: bool


@event
class Announced(Event):
    """A call was announced (R-7)."""

    contract = "Fund"

    adjudicator: str
    due: int
    costs: int
    call: int


@event
class Retracted(Event):
    """An announced call was taken back."""

    contract = "Fund"

    adjudicator: str
    call: int


@event
class Settled(Event):
    """A claim was settled by itself (R-8, R-9)."""

    contract = "Fund"

    adjudicator: str
    claim: int
    payee: str
    due: int
    costs: int
    call: int
    from_surplus: int
    collected: int
    costs_paid: int
    paid: int
    fee: int
    to_surplus: int
    index: int


@event
class Deferred(Event):
    """A claim waits for a round (R-12), or to be carried when `round` is 0."""

    contract = "Fund"

    adjudicator: str
    claim: int
    payee: str
    due: int
    call: int
    round: int
    carries: int


@event
class TickCrossed(Event):
    """The index reached a tick; those whose runway ended there lapsed (R-5)."""

    contract = "Fund"

    tick: int
    shares: int
    heads: int


@event
class RoundSettled(Event):
    """A round was settled (R-14)."""

    contract = "Fund"

    number: int
    due: int
    call: int
    from_surplus: int
    collected: int
    paid: int
    fee: int
    to_surplus: int
    index: int


@event
class Paid(Event):
    """A claim got its part of a round."""

    contract = "Fund"

    adjudicator: str
    claim: int
    payee: str
    round: int
    amount: int
    rest: int
    carried: bool


@event
class Carried(Event):
    """An unpaid rest joined a round (R-15)."""

    contract = "Fund"

    adjudicator: str
    claim: int
    due: int
    call: int
    round: int


@event
class Held(Event):
    """A bond was paid in."""

    contract = "Fund"

    payer: str
    amount: int


@event
class HeldFromBalance(Event):
    """A bond was taken from a member's balance (R-64)."""

    contract = "Fund"

    member_id: bytes
    tick: int
    amount: int
    returned: int


@event
class Released(Event):
    """A bond was paid out."""

    contract = "Fund"

    to: str
    amount: int


@event
class Credited(Event):
    """A bond became a due of somebody."""

    contract = "Fund"

    to: str
    amount: int


@event
class Forfeited(Event):
    """A bond became surplus."""

    contract = "Fund"

    amount: int


@event
class Owed(Event):
    """A payment could not be delivered and waits for `withdraw` (R-19)."""

    contract = "Fund"

    payee: str
    amount: int


@event
class Withdrawn(Event):
    """A due was paid out."""

    contract = "Fund"

    payee: str
    amount: int


@event
class FeesWithdrawn(Event):
    """The steward got the fees."""

    contract = "Fund"

    steward: str
    amount: int


@event
class Donated(Event):
    """Somebody gave to the surplus."""

    contract = "Fund"

    payer: str
    amount: int


@event
class Absorbed(Event):
    """Stray tokens became surplus (R-20)."""

    contract = "Fund"

    amount: int


@event
class LossRecognised(Event):
    """A shortage of tokens was shared (R-21)."""

    contract = "Fund"

    shortage: int
    from_surplus: int
    collected: int
    index: int


@event
class Wired(Event):
    """The other contracts were named, once."""

    contract = "Fund"

    office: str
    court: str
    jury: str
    assembly: str


@event
class DustSwept(Event):
    """Rounding dust became surplus when nobody was in force."""

    contract = "Fund"

    amount: int


@event
class Adopted(Event):
    """The Fund applies a version from now on; `owed_steward` are the fees until then (R-95)."""

    contract = "Fund"

    version: int
    charter_hash: bytes
    owed_steward: int


@event
class Started(Event):
    """Enough members came together; cover begins (R-105)."""

    contract = "Fund"

    heads: int


@event
class SteppedBack(Event):
    """Somebody left a mutual that has not started, with all that was paid (R-107)."""

    contract = "Fund"

    member_id: bytes
    wallet: str
    amount: int
    entry_fee: int


@event
class FloorWatched(Event):
    """Heads are below the floor since a time (R-108)."""

    contract = "Fund"

    since: int
    heads: int


@event
class FloorRegained(Event):
    """Heads are back at the floor (R-108)."""

    contract = "Fund"

    heads: int


@event
class WoundDown(Event):
    """The mutual winds down, by vote or because heads stayed below the floor (R-108)."""

    contract = "Fund"

    by_vote: bool
    index: int
    ends_at: int


@event
class Registered(Event):
    """A member is entitled to a part of the surplus (R-109)."""

    contract = "Fund"

    member_id: bytes
    shares: int


@event
class Ended(Event):
    """The mutual ended; the surplus set aside is divided by the entitled shares (R-110)."""

    contract = "Fund"

    set_aside: int
    entitled: int


@event
class PaidOut(Event):
    """A member of an ended mutual got balance and part of the surplus (R-110); `exited` in hours."""

    contract = "Fund"

    member_id: bytes
    wallet: str
    balance: int
    part: int
    exited: int


@event
class RemainderSwept(Event):
    """What belongs to no member went to whom the charter names (P-56, R-110)."""

    contract = "Fund"

    remainder: str
    amount: int


@event
class ContactsSet(Event):
    """A member named contacts and a beneficiary (R-48)."""

    contract = "Office"

    member_id: bytes
    contact_a: str
    contact_b: str
    beneficiary: str


@event
class WalletProposed(Event):
    """An attestor asks to replace a wallet (R-47)."""

    contract = "Office"

    member_id: bytes
    wallet: str
    ready_at: int


@event
class WalletVetoed(Event):
    """The replacement of a wallet was stopped."""

    contract = "Office"

    member_id: bytes
    by: str


@event
class ClassRequested(Event):
    """A decrease of class waits for its notice (R-44)."""

    contract = "Office"

    member_id: bytes
    class_id: int
    applies_at: int


@event
class ReaderKeyAnnounced(Event):
    """A member announced the key to read with (R-125); kind 0 withdraws it."""

    contract = "Office"

    member_id: bytes
    kind: int
    public_key: bytes


@event
class Authorised(Event):
    """A member let the owner of a key read a document (R-124); all three are hashes."""

    contract = "Office"

    member_id: bytes
    document: bytes
    reader: bytes
    grant: bytes
    actor: str


@event
class Revoked(Event):
    """A member withdrew a wrapped key (R-124)."""

    contract = "Office"

    member_id: bytes
    document: bytes
    reader: bytes
    actor: str


@event
class ActRelayed(Event):
    """A signed act was carried out for its signer (R-50)."""

    contract = "Office"

    member_id: bytes
    signer: str
    act: bytes
    nonce: int


@event
class Volunteered(Event):
    """A member posted the bond of a juror (R-66); `half` is half of it."""

    contract = "Jury"

    index: int
    wallet: str
    member_id: bytes
    half: int


@event
class Retired(Event):
    """A juror retired."""

    contract = "Jury"

    index: int
    out_at: int


@event
class BondWithdrawn(Event):
    """A retired juror took the bond's rest."""

    contract = "Jury"

    index: int
    amount: int


@event
class Dismissed(Event):
    """A juror whose membership ended was dismissed."""

    contract = "Jury"

    index: int
    out_at: int


@event
class SeatsDrawn(Event):
    """Seats were drawn (R-67), 24 bits each, index + 1: `w` = 0 holds seats 0 to 4, w >= 1 the ten from 10 w - 5 on."""

    contract = "Jury"

    key: int
    w: int
    attempt: int
    seats: int


@event
class SeatKeyAnnounced(Event):
    """A juror announced the key under which the seat reads the evidence (R-122)."""

    contract = "Jury"

    key: int
    seat: int
    juror: str
    attempt: int
    kind: int
    public_key: bytes


@event
class PanelOpened(Event):
    """An open panel judges (R-75)."""

    contract = "Jury"

    key: int
    attempt: int
    commit_by: int
    reveal_by: int
    least_votes: int
    heads: int


@event
class VotingStarted(Event):
    """Votes can be committed."""

    contract = "Jury"

    key: int
    attempt: int
    commit_by: int
    reveal_by: int


@event
class Committed(Event):
    """A hidden vote was given (R-69); `member_id` is zero on a drawn panel."""

    contract = "Jury"

    key: int
    seat: int
    juror: str
    commitment: bytes
    member_id: bytes


@event
class RevealsOpened(Event):
    """All seats have committed, so votes are shown from now on (R-70)."""

    contract = "Jury"

    key: int
    reveal_by: int


@event
class Revealed(Event):
    """A vote was shown (R-70)."""

    contract = "Jury"

    key: int
    seat: int
    level: int
    reason: bytes
    salt: bytes


@event
class Exposed(Event):
    """A juror's secret was shown by somebody else too early (R-71)."""

    contract = "Jury"

    key: int
    seat: int
    by: str
    level: int
    reason: bytes
    salt: bytes
    amount: int


@event
class Slashed(Event):
    """A juror lost from the bond."""

    contract = "Jury"

    index: int
    key: int
    amount: int


@event
class Concluded(Event):
    """A panel ended (R-72)."""

    contract = "Jury"

    key: int
    attempt: int
    status: int
    level: int
    valid: int
    slashed: int


@event
class InvestigatorAsked(Event):
    """A juror wishes an investigation (R-84)."""

    contract = "Jury"

    key: int
    seat: int
    juror: str


@event
class Extended(Event):
    """Time for an investigation was added (R-84)."""

    contract = "Jury"

    key: int
    commit_by: int
    reveal_by: int


@event
class JurorPaid(Event):
    """A juror was credited for a valid vote (R-83)."""

    contract = "Jury"

    key: int
    seat: int
    juror: str
    amount: int


@event
class CourtNamed(Event):
    """The Court was named, once."""

    contract = "Jury"

    court: str


@event
class Filed(Event):
    """A claim was filed (R-60)."""

    contract = "Court"

    c: int
    member_id: bytes
    filer: str
    wallet: str
    payee: str
    contact_a: str
    contact_b: str
    benefit: int
    class_id: int
    day: int
    filed_at: int
    claimed: int
    base: int
    version: int
    pool: int
    evidence: bytes
    seal_key: bytes
    summary: bytes
    bond: int
    source: int
    lot_block: int


@event
class Drawn(Event):
    """A claim's panel was drawn, or opened when `filled` is false."""

    contract = "Court"

    c: int
    key: int
    seed: bytes
    filled: bool
    deadline: int


@event
class AccessGranted(Event):
    """The claimant gave the jurors access (R-68)."""

    contract = "Court"

    c: int
    key: int
    keys_hash: bytes
    commit_by: int
    reveal_by: int


@event
class Cured(Event):
    """An incomplete claim was completed (R-74)."""

    contract = "Court"

    c: int
    evidence: bytes
    deadline: int


@event
class TimedOut(Event):
    """A stage ended because nobody acted."""

    contract = "Court"

    c: int
    stage: int


@event
class Incomplete(Event):
    """A panel finds a claim incomplete; the claimant may complete it until the deadline (R-74)."""

    contract = "Court"

    c: int
    key: int
    deadline: int


@event
class Verdict(Event):
    """A panel decided (R-76)."""

    contract = "Court"

    c: int
    key: int
    level: int
    due: int
    call: int
    costs: int
    deadline: int
    lot_block: int


@event
class Redraw(Event):
    """Empty seats are drawn again (R-73)."""

    contract = "Court"

    c: int
    key: int
    lot_block: int


@event
class Challenged(Event):
    """A verdict was challenged (R-77)."""

    contract = "Court"

    c: int
    n: int
    challenger: str
    kind: int
    level: int
    bond: int
    lot_block: int


@event
class Reviewed(Event):
    """Whether a grant goes to a second panel was decided (R-78)."""

    contract = "Court"

    c: int
    selected: bool
    lot_block: int


@event
class Commissioned(Event):
    """An investigation was commissioned (R-84)."""

    contract = "Court"

    c: int
    key: int
    commit_by: int


@event
class Reported(Event):
    """The investigator reported."""

    contract = "Court"

    c: int
    report_hash: bytes


@event
class Closed(Event):
    """A claim is final (R-80, R-82)."""

    contract = "Court"

    c: int
    member_id: bytes
    level: int
    due: int
    owed: int
    costs: int
    costs_paid: int
    pay_per_seat: int
    rewards: int
    to_surplus: int
    payee: str


@event
class JurorsPaid(Event):
    """A panel's jurors were credited (R-83)."""

    contract = "Court"

    c: int
    n: int
    each: int
    count: int


@event
class Begun(Event):
    """The founding of a mutual began."""

    contract = "Founder"

    id: int
    by: str
    charter: str


@event
class Deployed(Event):
    """One of its contracts was deployed: part 1 is the Fund, 2 the Office, 3 the Jury, 4 the Court, 5 the Assembly."""

    contract = "Founder"

    id: int
    part: int
    deployed: str


@event
class Founded(Event):
    """A mutual is founded and listed."""

    contract = "Founder"

    id: int
    fund: str
    charter_hash: bytes


@event
class Transfer(Event):
    """Tokens moved."""

    contract = "StableCoin"

    sender: str
    receiver: str
    amount: int


@event
class Approval(Event):
    """An allowance was set."""

    contract = "StableCoin"

    owner: str
    spender: str
    amount: int


@event
class AuthorizationUsed(Event):
    """A signed payment was made (EIP-3009)."""

    contract = "StableCoin"

    authorizer: str
    nonce: bytes


@event
class AuthorizationCanceled(Event):
    """A signed payment was taken back (EIP-3009)."""

    contract = "StableCoin"

    authorizer: str
    nonce: bytes


@event
class OwnershipTransferred(Event):
    """Another account mints the test stablecoin."""

    contract = "StableCoin"

    previous_owner: str
    new_owner: str


@event
class RoleMinterChanged(Event):
    """An account may or may not mint the test stablecoin."""

    contract = "StableCoin"

    minter: str
    status: bool
