#pragma version 0.4.3
#pragma optimize gas
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Charter
@license AGPL-3.0-only
@notice The rules of a mutual, P-1 to P-56: every version that was or is in force, and the drafts of versions that may
        come. A version is never changed. Not audited by a third party.
@dev What it is: storage that the Fund, the Office, the Jury, the Court and the Assembly read, each naming a version.
     What it never does: hold money, call any contract but Bounds, or bring a version into force by itself.

     who           | may do
     --------------|-----------------------------------------------------------------------------
     the Founder   | draft and seal slot 1, which becomes version 1; name the Assembly, once
     anyone        | prepare a draft (R-90), publish the document of a slot
     its drafter   | add benefits to a draft, seal it (R-91)
     the Assembly  | bring a sealed draft into force as the next version (R-94)

     A slot holds one complete set of numbers, a version points to its slot; version 1 lies in slot 1. A draft without
     benefits of its own points to the slot whose benefits it shares.

     Sealing refuses, each time with its reason, a number outside its range, what breaks F-1 to F-6, F-8 or F-9, and for a
     later version what R-92 fixes for ever or R-93 calls too large a step (I-14). That disclosures are complete (F-7) is
     checked on the document, which anyone can compare with the hash. Words are laid out in docs/spec/interface.md.
"""

from interfaces import IBounds
from interfaces import ICharter

implements: ICharter


event Drafted:
    slot: indexed(uint256)
    drafter: indexed(address)
    charter_hash: bytes32
    own_benefits: bool


event BenefitsAdded:
    slot: indexed(uint256)
    first: uint256
    count: uint256


event DraftSealed:
    slot: indexed(uint256)
    base: uint256
    scope: uint256


event Sealed:
    version: indexed(uint256)
    slot: uint256
    charter_hash: bytes32
    effective_from: uint256


event Published:
    slot: indexed(uint256)
    charter_hash: bytes32


event AssemblyNamed:
    assembly: address


# A draft beside its terms. `benefits_in` is the slot that holds its benefits, `base` the version it was sealed upon.
struct Draft:
    drafter: address
    base: uint16
    scope: uint8
    is_sealed: bool
    benefits_in: uint40


MOST_BENEFITS: constant(uint256) = 16
MOST_CLASSES: constant(uint256) = 40
MOST_ATTESTORS: constant(uint256) = 8
# More versions than thirty days apart can ever be.
MOST_VERSIONS: constant(uint256) = 65_535
# Longest document in bytes that `publish` takes.
DOCUMENT: constant(uint256) = 32768
DAY: constant(uint256) = 86_400
BPS: constant(uint256) = 10_000
# R-94: least time between two versions.
LEAST_AGE: constant(uint256) = 30 * DAY
# R-93: a step is measured against every version in force in this time.
STEP_TIME: constant(uint256) = 90 * DAY

# Bits of a draft's scope (R-91).
ATTESTORS: constant(uint256) = 1
STEWARD: constant(uint256) = 2
JURORS: constant(uint256) = 4
REST: constant(uint256) = 8

# In the word of a version: effective_from 40 | slot 40 | slot of its benefits 40.
EFFECTIVE_AT: constant(uint256) = 80
SLOT_AT: constant(uint256) = 40
MASK_40: constant(uint256) = 2**40 - 1

# In a benefit word.
DEDUCTIBLE_AT: constant(uint256) = 62
MASK_88: constant(uint256) = 2**88 - 1
KIND_AT: constant(uint256) = 248
REFUND: constant(uint256) = 2

# In an entitlement word.
AMOUNT_AT: constant(uint256) = 168
WAITING_AT: constant(uint256) = 136
MASK_32: constant(uint256) = 2**32 - 1

# P-1 and P-2, fixed for ever.
token: public(immutable(address))
spacing: public(immutable(uint256))
# The Founder contract, powerless once slot 1 is sealed and the Assembly is named.
FOUNDER: public(immutable(address))
# Refuses bad numbers and large steps.
BOUNDS: public(immutable(address))

# Who brings later versions into force.
assembly: public(address)
# The newest version; 0 until slot 1 is sealed.
latest: public(uint256)
# How many slots there are.
drafts: public(uint256)
# By version, packed.
_versions: HashMap[uint256, uint256]
# By slot.
_drafts: HashMap[uint256, Draft]
_terms: HashMap[uint256, ICharter.Terms]
published: public(HashMap[uint256, bool])
# By slot that holds benefits; then by benefit; then by class.
_benefit_count: HashMap[uint256, uint256]
_benefits: HashMap[uint256, HashMap[uint256, uint256]]
_entitlements: HashMap[uint256, HashMap[uint256, HashMap[uint256, uint256]]]


@deploy
def __init__(founder: address, bounds: address, token_: address, spacing_: uint256):
    """
    @notice An empty charter; nothing is in force before slot 1 is sealed.
    @param founder The Founder contract.
    @param bounds The contract that checks numbers.
    @param token_ P-1.
    @param spacing_ P-2.
    """
    FOUNDER = founder
    BOUNDS = bounds
    token = token_
    spacing = spacing_


# Drafts


@external
def draft(terms: ICharter.Terms, own_benefits: bool) -> uint256:
    """
    @notice Prepares a version: a complete set of numbers, in force for nobody (R-90).
    @param terms The numbers, and the hash of the document they were taken from.
    @param own_benefits Whether the drafter adds the benefits; if not, they are those of the newest version.
    @return The slot it is kept in.
    """
    slot: uint256 = self.drafts + 1
    benefits_in: uint256 = slot
    if slot == 1:
        assert msg.sender == FOUNDER, "charter: only the founder"
        assert own_benefits, "charter: a founding has benefits of its own"
    else:
        newest: uint256 = self.latest
        assert newest > 0, "charter: not sealed"
        if not own_benefits:
            benefits_in = self._versions[newest] & MASK_40
    self.drafts = slot
    self._drafts[slot] = Draft(
        drafter=msg.sender, base=0, scope=0, is_sealed=False, benefits_in=convert(benefits_in, uint40)
    )
    self._terms[slot] = terms
    log Drafted(slot=slot, drafter=msg.sender, charter_hash=terms.document_hash, own_benefits=own_benefits)
    return slot


@external
def add_benefits(
    slot: uint256,
    first: uint256,
    benefits: DynArray[uint256, MOST_BENEFITS],
    entitlements: DynArray[DynArray[uint256, MOST_CLASSES], MOST_BENEFITS],
):
    """
    @notice Adds the next benefits with their amounts and waiting times (P-39 to P-41), refusing what breaks F-6.
    @dev Several calls, so that each fits a transaction.
    @param slot The draft.
    @param first The id of the first one: as many as were added before.
    @param benefits Their words.
    @param entitlements For each benefit the words of its classes, from class 0 on; classes left out are not covered.
    """
    self._check_drafter(slot)
    assert convert(self._drafts[slot].benefits_in, uint256) == slot, "charter: the draft shares its benefits"
    assert first == self._benefit_count[slot], "charter: benefits out of order"
    assert first + len(benefits) <= MOST_BENEFITS, "charter: more than 16 benefits"
    assert len(benefits) == len(entitlements), "charter: benefits and amounts differ in number"
    shares: uint256[4] = self._terms[slot].shares
    benefit: uint256 = first
    for word: uint256 in benefits:
        assert staticcall IBounds(BOUNDS).check_benefit(word), "charter: refused"
        self._benefits[slot][benefit] = word
        covered: bool = False
        class_id: uint256 = 0
        for entitlement_word: uint256 in entitlements[benefit - first]:
            if entitlement_word != 0:
                assert staticcall IBounds(BOUNDS).check_entitlement(entitlement_word), "charter: refused"
                assert self._class_shares(shares, class_id) > 0, "charter: amount for a class without shares"
                covered = covered or entitlement_word >> AMOUNT_AT > 0
                self._entitlements[slot][benefit][class_id] = entitlement_word
            class_id += 1
        assert covered, "charter: a benefit without any amount"
        benefit += 1
    self._benefit_count[slot] = benefit
    log BenefitsAdded(slot=slot, first=first, count=len(benefits))


@external
def seal(slot: uint256):
    """
    @notice Checks a draft and closes it (R-91). Slot 1 thereby comes into force as version 1.
    @param slot The draft.
    """
    self._check_drafter(slot)
    terms: ICharter.Terms = self._terms[slot]
    benefits_in: uint256 = convert(self._drafts[slot].benefits_in, uint256)
    self._check(terms)
    assert self._benefit_count[benefits_in] > 0, "charter: no benefit"
    base: uint256 = self.latest
    scope: uint256 = 0
    if base > 0:
        scope = self._compare(terms, benefits_in, base)
        assert scope > 0, "charter: nothing but the document changes"
    self._drafts[slot].base = convert(base, uint16)
    self._drafts[slot].scope = convert(scope, uint8)
    self._drafts[slot].is_sealed = True
    log DraftSealed(slot=slot, base=base, scope=scope)
    if slot == 1:
        self._bring_into_force(1, 1)


@external
def wire(assembly_: address):
    """
    @notice Names who brings later versions into force, once.
    @param assembly_ The Assembly.
    """
    assert msg.sender == FOUNDER, "charter: only the founder"
    assert self.assembly == empty(address), "charter: already wired"
    self.assembly = assembly_
    log AssemblyNamed(assembly=assembly_)


@external
def adopt(slot: uint256) -> uint256:
    """
    @notice Brings a sealed draft into force, as the members decided (R-94).
    @param slot The draft.
    @return The number of the version.
    """
    assert msg.sender == self.assembly, "charter: only the assembly"
    base: uint256 = self.latest
    assert self._drafts[slot].is_sealed, "charter: the draft is not sealed"
    assert convert(self._drafts[slot].base, uint256) == base, "charter: based on an earlier version"
    assert self._effective_from(base) + LEAST_AGE <= block.timestamp, "charter: 30 days between two versions"
    self._bring_into_force(base + 1, slot)
    return base + 1


@external
def publish(slot: uint256, document: Bytes[DOCUMENT]):
    """
    @notice Brings the document of a slot to the chain, where the transaction's input keeps it for ever. Also again, so that
            nobody can spoil it by publishing first through a contract that hides the input.
    @param slot The slot.
    @param document The canonical JSON, byte for byte.
    """
    self._check_slot(slot)
    document_hash: bytes32 = self._terms[slot].document_hash
    assert keccak256(document) == document_hash, "charter: another document was drafted"
    self.published[slot] = True
    log Published(slot=slot, charter_hash=document_hash)


# Reading versions


@external
@view
def current() -> uint256:
    """
    @notice The version in force now.
    @return Its number, from 1.
    """
    return self._version_at(block.timestamp)


@external
@view
def version_at(time: uint256) -> uint256:
    """
    @notice The version in force at a time.
    @param time Seconds since 1970.
    @return Its number, from 1.
    """
    return self._version_at(time)


@external
@view
def effective_from(version: uint256) -> uint256:
    """
    @notice When a version came into force.
    @param version Its number.
    @return Seconds since 1970; 0 if there is no such version.
    """
    return self._effective_from(version)


@external
@view
def slot_of(version: uint256) -> uint256:
    """
    @notice The slot that holds a version.
    @param version Its number.
    @return The slot.
    """
    return self._slot(version)


@external
@view
def charter_hash(version: uint256) -> bytes32:
    """
    @notice The hash of a version's document, which members consent to.
    @param version Its number.
    @return Keccak-256 of the canonical JSON.
    """
    return self._terms[self._slot(version)].document_hash


@external
@view
def fund_terms(version: uint256) -> (uint256, uint256, uint256[4], bytes32):
    """
    @notice What the Fund needs of a version, in one call.
    @param version Its number.
    @return Money terms, member terms, shares words, hash of the document.
    """
    slot: uint256 = self._slot(version)
    return self._terms[slot].money, self._terms[slot].member, self._terms[slot].shares, self._terms[slot].document_hash


@external
@view
def court_terms(version: uint256) -> uint256[4]:
    """
    @notice What the Court and the Office need of a version.
    @param version Its number.
    @return The four court words, T2 to T5.
    """
    return self._terms[self._slot(version)].court


@external
@view
def vote_terms(version: uint256) -> uint256:
    """
    @notice How members vote under a version.
    @param version Its number.
    @return T6.
    """
    return self._terms[self._slot(version)].vote


@external
@view
def ladder(version: uint256) -> uint256:
    """
    @notice P-42 of a version.
    @param version Its number.
    @return The ladder word.
    """
    return self._terms[self._slot(version)].ladder


@external
@view
def awarded(time: uint256, benefit: uint256, class_id: uint256, elapsed: uint256) -> (uint256, uint256, uint256, uint256):
    """
    @notice What a class may claim for an event: by the version of its day, and where that is younger than its own
            waiting time no more than by the versions before it (R-97).
    @param time Start of the event's day, in seconds since 1970.
    @param benefit The benefit's id.
    @param class_id The class's id.
    @param elapsed Seconds from joining to `time`, for the ladder.
    @return Version, benefit word with the deductible that counts, full amount (0 where not covered), waiting time.
    """
    version: uint256 = 0
    placed: uint256 = 0
    version, placed = self._in_force(time)
    rules: uint256 = self._benefits[placed & MASK_40][benefit]
    is_refund: bool = rules >> KIND_AT == REFUND
    deductible: uint256 = (rules >> DEDUCTIBLE_AT) & MASK_88
    entitlement: uint256 = self._entitlements[placed & MASK_40][benefit][class_id]
    waiting: uint256 = (entitlement >> WAITING_AT) & MASK_32
    amount: uint256 = self._reached(entitlement >> AMOUNT_AT, placed, elapsed)
    earlier: uint256 = version
    own_waiting: uint256 = waiting
    for i: uint256 in range(MOST_VERSIONS):
        if earlier == 1 or amount == 0:
            break
        earlier -= 1
        former: uint256 = self._versions[earlier]
        entitlement = self._entitlements[former & MASK_40][benefit][class_id]
        former_waiting: uint256 = (entitlement >> WAITING_AT) & MASK_32
        # The longer of the two, so that no vote shortens the wait for what it raises.
        if (placed >> EFFECTIVE_AT) + max(own_waiting, former_waiting) <= time:
            break
        placed = former
        own_waiting = former_waiting
        amount = min(amount, self._reached(entitlement >> AMOUNT_AT, placed, elapsed))
        if is_refund:
            # It covers events before the waiting time ends, so the shortest is the least.
            waiting = min(waiting, own_waiting)
        else:
            waiting = max(waiting, own_waiting)
        deductible = max(deductible, (self._benefits[placed & MASK_40][benefit] >> DEDUCTIBLE_AT) & MASK_88)
    return version, rules & ~(MASK_88 << DEDUCTIBLE_AT) | (deductible << DEDUCTIBLE_AT), amount, waiting


@external
@view
def benefit_word(version: uint256, benefit: uint256) -> uint256:
    """
    @notice The rules of a benefit that hold for all classes; zero for a benefit that does not exist.
    @param version The version's number.
    @param benefit The benefit's id.
    @return The benefit word.
    """
    return self._benefits[self._benefits_of(version)][benefit]


@external
@view
def class_entitlement(version: uint256, benefit: uint256, class_id: uint256) -> uint256:
    """
    @notice Amount and waiting time of a benefit for a class; zero when it is not covered.
    @param version The version's number.
    @param benefit The benefit's id.
    @param class_id The class's id.
    @return The entitlement word.
    """
    return self._entitlements[self._benefits_of(version)][benefit][class_id]


@external
@view
def benefit_count(version: uint256) -> uint256:
    """
    @notice How many benefits a version has.
    @param version Its number.
    @return Their number.
    """
    return self._benefit_count[self._benefits_of(version)]


@external
@view
def steward(version: uint256) -> address:
    """
    @notice P-43: who receives the fee.
    @param version The version's number.
    @return The steward.
    """
    return self._terms[self._slot(version)].steward


@external
@view
def investigator(version: uint256) -> address:
    """
    @notice P-34: whom a panel may commission.
    @param version The version's number.
    @return The investigator, or zero.
    """
    return self._terms[self._slot(version)].investigator


@external
@view
def remainder(version: uint256) -> address:
    """
    @notice P-56: who receives what belongs to no member when all is over.
    @param version The version's number.
    @return The payee.
    """
    return self._terms[self._slot(version)].remainder


@external
@view
def attestors(version: uint256) -> DynArray[address, MOST_ATTESTORS]:
    """
    @notice P-46: who vouches for members.
    @param version The version's number.
    @return Their addresses, ascending.
    """
    return self._terms[self._slot(version)].attestors


# Reading slots


@external
@view
def draft_of(slot: uint256) -> (address, uint256, uint256, bool, bytes32):
    """
    @notice What a slot is, beside its numbers.
    @param slot The slot.
    @return Drafter, version it was sealed upon, scope (R-91), whether it is sealed, hash of the document.
    """
    self._check_slot(slot)
    prepared: Draft = self._drafts[slot]
    return (
        prepared.drafter,
        convert(prepared.base, uint256),
        convert(prepared.scope, uint256),
        prepared.is_sealed,
        self._terms[slot].document_hash,
    )


@external
@view
def slot_terms(slot: uint256) -> ICharter.Terms:
    """
    @notice All numbers of a slot but its benefits.
    @param slot The slot.
    @return The terms.
    """
    self._check_slot(slot)
    return self._terms[slot]


@external
@view
def slot_benefit(slot: uint256, benefit: uint256) -> uint256:
    """
    @notice The rules of a benefit in a slot.
    @param slot The slot.
    @param benefit The benefit's id.
    @return The benefit word, or zero.
    """
    return self._benefits[self._benefits_in(slot)][benefit]


@external
@view
def slot_entitlement(slot: uint256, benefit: uint256, class_id: uint256) -> uint256:
    """
    @notice Amount and waiting time in a slot.
    @param slot The slot.
    @param benefit The benefit's id.
    @param class_id The class's id.
    @return The entitlement word, or zero.
    """
    return self._entitlements[self._benefits_in(slot)][benefit][class_id]


@external
@view
def slot_benefit_count(slot: uint256) -> uint256:
    """
    @notice How many benefits a slot has.
    @param slot The slot.
    @return Their number.
    """
    return self._benefit_count[self._benefits_in(slot)]


# Sealing


@internal
@view
def _check(terms: ICharter.Terms):
    # F-1 to F-6, F-8, F-9 and every range.
    assert staticcall IBounds(BOUNDS).check(terms, token, spacing), "charter: refused"


@internal
@view
def _compare(terms: ICharter.Terms, benefits_in: uint256, newest: uint256) -> uint256:
    # R-91 to R-93: refuses steps, and returns the scope.
    scope: uint256 = self._scope(terms, self._terms[self._slot(newest)])
    compared_with: uint256 = benefits_in
    version: uint256 = newest
    for i: uint256 in range(MOST_VERSIONS):
        placed: uint256 = self._versions[version]
        earlier: ICharter.Terms = self._terms[(placed >> SLOT_AT) & MASK_40]
        assert staticcall IBounds(BOUNDS).check_step(terms, earlier, spacing), "charter: refused"
        # Slots with shared benefits are compared once.
        if placed & MASK_40 != compared_with:
            compared_with = placed & MASK_40
            if self._compare_benefits(benefits_in, compared_with, earlier.shares) and version == newest:
                scope |= REST
        if version == 1 or (placed >> EFFECTIVE_AT) + STEP_TIME <= block.timestamp:
            break
        version -= 1
    return scope


@internal
@view
def _compare_benefits(new_slot: uint256, old_slot: uint256, old_shares: uint256[4]) -> bool:
    # R-92, R-93: refuses what may not change, and says whether anything does.
    old_count: uint256 = self._benefit_count[old_slot]
    assert self._benefit_count[new_slot] >= old_count, "charter: a benefit was removed"
    changed: bool = self._benefit_count[new_slot] > old_count
    for benefit: uint256 in range(old_count, bound=MOST_BENEFITS):
        new_word: uint256 = self._benefits[new_slot][benefit]
        old_word: uint256 = self._benefits[old_slot][benefit]
        if new_word != old_word:
            changed = True
            assert staticcall IBounds(BOUNDS).check_benefit_step(new_word, old_word), "charter: refused"
        for class_id: uint256 in range(MOST_CLASSES):
            new_word = self._entitlements[new_slot][benefit][class_id]
            old_word = 0
            if self._class_shares(old_shares, class_id) > 0:
                old_word = self._entitlements[old_slot][benefit][class_id]
            elif new_word == 0:
                break
            if new_word != old_word:
                changed = True
                assert staticcall IBounds(BOUNDS).check_entitlement_step(new_word, old_word), "charter: refused"
    return changed


@internal
@pure
def _scope(new: ICharter.Terms, old: ICharter.Terms) -> uint256:
    # R-91.
    scope: uint256 = 0
    if keccak256(abi_encode(new.attestors)) != keccak256(abi_encode(old.attestors)) or (new.member ^ old.member) & 255 != 0:
        scope |= ATTESTORS
    if new.steward != old.steward:
        scope |= STEWARD
    investigation: uint256 = (new.court[2] ^ old.court[2]) >> 144
    jurors: uint256 = (new.court[0] ^ old.court[0]) | (new.court[1] ^ old.court[1]) | investigation
    if jurors != 0 or new.investigator != old.investigator:
        scope |= JURORS
    rest: uint256 = (
        (new.money ^ old.money) | ((new.member ^ old.member) >> 8) | ((new.court[2] ^ old.court[2]) & (2**144 - 1))
        | (new.court[3] ^ old.court[3]) | (new.vote ^ old.vote) | (new.ladder ^ old.ladder)
    )
    for j: uint256 in range(4):
        rest |= new.shares[j] ^ old.shares[j]
    if rest != 0 or new.remainder != old.remainder:
        scope |= REST
    return scope


@internal
def _bring_into_force(version: uint256, slot: uint256):
    benefits_in: uint256 = convert(self._drafts[slot].benefits_in, uint256)
    self.latest = version
    self._versions[version] = (block.timestamp << EFFECTIVE_AT) | (slot << SLOT_AT) | benefits_in
    log Sealed(
        version=version, slot=slot, charter_hash=self._terms[slot].document_hash, effective_from=block.timestamp
    )


# Helpers


@internal
@view
def _in_force(time: uint256) -> (uint256, uint256):
    # The version in force at a time, and its word. Versions come into force in order, so the newest one counts.
    version: uint256 = self.latest
    placed: uint256 = 0
    for i: uint256 in range(MOST_VERSIONS):
        assert version > 0, "charter: no version in force then"
        placed = self._versions[version]
        if placed >> EFFECTIVE_AT <= time:
            break
        version -= 1
    return version, placed


@internal
@view
def _version_at(time: uint256) -> uint256:
    version: uint256 = 0
    placed: uint256 = 0
    version, placed = self._in_force(time)
    return version


@internal
@view
def _effective_from(version: uint256) -> uint256:
    return self._versions[version] >> EFFECTIVE_AT


@internal
@view
def _slot(version: uint256) -> uint256:
    assert version > 0 and version <= self.latest, "charter: no such version"
    if version == 1:
        return 1
    return (self._versions[version] >> SLOT_AT) & MASK_40


@internal
@view
def _benefits_of(version: uint256) -> uint256:
    assert version > 0 and version <= self.latest, "charter: no such version"
    if version == 1:
        return 1
    return self._versions[version] & MASK_40


@internal
@view
def _benefits_in(slot: uint256) -> uint256:
    self._check_slot(slot)
    return convert(self._drafts[slot].benefits_in, uint256)


@internal
@view
def _check_slot(slot: uint256):
    assert slot > 0 and slot <= self.drafts, "charter: no such draft"


@internal
@view
def _check_drafter(slot: uint256):
    self._check_slot(slot)
    assert msg.sender == self._drafts[slot].drafter, "charter: only its drafter"
    assert not self._drafts[slot].is_sealed, "charter: already sealed"


@internal
@view
def _reached(amount: uint256, placed: uint256, elapsed: uint256) -> uint256:
    # P-42: the part of an amount that is reached after `elapsed` seconds of membership.
    steps: uint256 = self._terms[(placed >> SLOT_AT) & MASK_40].ladder
    if steps == 0:
        return amount
    reached: uint256 = 0
    for i: uint256 in range(4):
        step: uint256 = (steps >> (48 * i)) & (2**48 - 1)
        if step != 0 and step >> 16 <= elapsed:
            reached = step & 65_535
    return amount * reached // BPS


@internal
@pure
def _class_shares(shares: uint256[4], class_id: uint256) -> uint256:
    return (shares[class_id // 10] >> (24 * (class_id % 10))) & (2**24 - 1)
