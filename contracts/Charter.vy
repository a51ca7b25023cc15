#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Charter
@license AGPL-3.0-only
@notice The numbers of a mutual's charter, P-1 to P-47, and the hash of the document they were taken from.
        A version is never changed. Not audited by a third party.
@dev What it is: storage that the Fund, the Office, the Jury and the Court read, each naming a version.
     What it never does: hold money, call another contract, or obey anybody once it is sealed.

     who          | may do
     -------------|-------------------------------------------------------------
     the Founder  | add benefits and seal, once, in that order
     anyone       | publish the document whose hash is sealed

     Founding is refused, each time with its reason, when a number is outside its range or breaks F-1 to F-6. That
     disclosures are complete (F-7) is checked on the document, which anyone can compare with the hash.
     Words are laid out in docs/spec/interface.md.
"""

from interfaces import ICharter

implements: ICharter


event BenefitsAdded:
    first: uint256
    count: uint256


event Sealed:
    version: indexed(uint256)
    charter_hash: bytes32
    effective_from: uint256


event Published:
    version: indexed(uint256)
    charter_hash: bytes32


MOST_BENEFITS: constant(uint256) = 16
MOST_CLASSES: constant(uint256) = 40
MOST_VERSIONS: constant(uint256) = 64
MOST_ATTESTORS: constant(uint256) = 8
# Longest document in bytes that `publish` takes.
DOCUMENT: constant(uint256) = 32768

BPS: constant(uint256) = 10_000
HOUR: constant(uint256) = 3600
DAY: constant(uint256) = 86_400
# Ranges of P-10, P-15, P-19 and of P-18, P-41.
LONG: constant(uint256) = 366 * DAY
THREE_YEARS: constant(uint256) = 3 * 365 * DAY

# P-5: no charter and no vote can take more than a tenth for management.
LARGEST_FEE: constant(uint256) = 1000
# P-3: so that every settlement fits one transaction.
LARGEST_ROUND_TICKS: constant(uint256) = 1024
LARGEST_SPACING: constant(uint256) = 2**68 - 1
LARGEST_INDEX: constant(uint256) = 2**96 - 1

CALLED: constant(uint256) = 1
# P-44: admission is open.
OPEN: constant(uint256) = 2

# P-1 and P-2, fixed for ever.
token: public(immutable(address))
spacing: public(immutable(uint256))
# Who may add benefits and seal: the Founder contract, powerless afterwards.
FOUNDER: public(immutable(address))

# P-43 and P-34.
steward: public(address)
investigator: public(address)
# P-46, in ascending order.
_attestors: DynArray[address, MOST_ATTESTORS]

# The newest sealed version; 0 until `seal`.
latest: public(uint256)
# When a version comes into force, in seconds since 1970.
effective_from: public(HashMap[uint256, uint256])
# Keccak-256 of the canonical document of a version, and whether the document was brought to the chain.
_hashes: HashMap[uint256, bytes32]
_published: HashMap[uint256, bool]

# Terms by version, packed.
_money_terms: HashMap[uint256, uint256]
_member_terms: HashMap[uint256, uint256]
_court_terms: HashMap[uint256, uint256[4]]
_shares_words: HashMap[uint256, uint256[4]]
_ladder: HashMap[uint256, uint256]
benefit_count: public(HashMap[uint256, uint256])
_benefits: HashMap[uint256, HashMap[uint256, uint256]]
# By version, benefit, class.
_entitlements: HashMap[uint256, HashMap[uint256, HashMap[uint256, uint256]]]


@deploy
def __init__(
    founder: address,
    document_hash: bytes32,
    money_terms: uint256,
    member_terms: uint256,
    court_terms_: uint256[4],
    shares_words: uint256[4],
    steward_: address,
    investigator_: address,
    token_: address,
    spacing_: uint256,
    attestors_: DynArray[address, MOST_ATTESTORS],
    ladder: uint256,
):
    """
    @notice Takes everything but the benefits; nothing is in force before `seal`.
    @param founder The Founder contract.
    @param document_hash Keccak-256 of the canonical document.
    @param money_terms P-3 to P-10.
    @param member_terms P-11 to P-20.
    @param court_terms_ P-21 to P-37, P-44, P-45 and P-47, four words.
    @param shares_words P-38, ten classes a word.
    @param steward_ P-43.
    @param investigator_ P-34, or zero.
    @param token_ P-1.
    @param spacing_ P-2.
    @param attestors_ P-46, in ascending order.
    @param ladder P-42.
    """
    FOUNDER = founder
    token = token_
    spacing = spacing_
    self.steward = steward_
    self.investigator = investigator_
    self._attestors = attestors_
    self._hashes[1] = document_hash
    self._money_terms[1] = money_terms
    self._member_terms[1] = member_terms
    self._court_terms[1] = court_terms_
    self._shares_words[1] = shares_words
    self._ladder[1] = ladder


# Founding


@external
def add_benefits(first: uint256, benefits: DynArray[uint256, MOST_BENEFITS], entitlements: DynArray[DynArray[uint256, MOST_CLASSES], MOST_BENEFITS]):
    """
    @notice Adds the next benefits with their amounts and waiting times (P-39 to P-41), refusing what breaks F-6.
    @dev Several calls, so that each fits a transaction.
    @param first The id of the first one: as many as were added before.
    @param benefits Their words.
    @param entitlements For each benefit the words of its classes, from class 0 on; classes left out are not covered.
    """
    assert msg.sender == FOUNDER, "charter: only the founder"
    assert self.latest == 0, "charter: already sealed"
    assert first == self.benefit_count[1], "charter: benefits out of order"
    assert first + len(benefits) <= MOST_BENEFITS, "charter: more than 16 benefits"
    assert len(benefits) == len(entitlements), "charter: benefits and amounts differ in number"
    benefit: uint256 = first
    for word: uint256 in benefits:
        self._check_benefit(word)
        self._benefits[1][benefit] = word
        covered: bool = False
        class_id: uint256 = 0
        for entitlement_word: uint256 in entitlements[benefit - first]:
            if entitlement_word != 0:
                assert entitlement_word & (2**136 - 1) == 0, "charter: reserved bits are set"
                assert self._field(entitlement_word, 136, 32) <= THREE_YEARS, "charter: waiting above three years"
                assert self._class_shares(class_id) > 0, "charter: amount for a class without shares"
                covered = covered or self._field(entitlement_word, 168, 88) > 0
                self._entitlements[1][benefit][class_id] = entitlement_word
            class_id += 1
        assert covered, "charter: a benefit without any amount"
        benefit += 1
    self.benefit_count[1] = benefit
    log BenefitsAdded(first=first, count=len(benefits))


@external
def seal():
    """
    @notice Refuses founding by F-1 to F-6, or brings version 1 into force.
    """
    assert msg.sender == FOUNDER, "charter: only the founder"
    assert self.latest == 0, "charter: already sealed"
    self._check_money()
    self._check_members()
    self._check_court()
    self._check_admission()
    self._check_classes()
    self._check_ladder()
    assert self.benefit_count[1] > 0, "charter: no benefit"
    self.latest = 1
    self.effective_from[1] = block.timestamp
    log Sealed(version=1, charter_hash=self._hashes[1], effective_from=block.timestamp)


@external
def publish(document: Bytes[DOCUMENT]):
    """
    @notice Brings the document of the newest version to the chain, where the transaction's input keeps it for ever.
    @param document The canonical JSON, byte for byte.
    """
    version: uint256 = self.latest
    assert version > 0, "charter: not sealed"
    assert not self._published[version], "charter: already published"
    assert keccak256(document) == self._hashes[version], "charter: another document was sealed"
    self._published[version] = True
    log Published(version=version, charter_hash=self._hashes[version])


# Reading


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
def charter_hash(version: uint256) -> bytes32:
    """
    @notice The hash of a version's document, which members consent to.
    @param version Its number.
    @return Keccak-256 of the canonical JSON.
    """
    self._check_version(version)
    return self._hashes[version]


@external
@view
def published(version: uint256) -> bool:
    """
    @notice Whether the document of a version is on the chain.
    @param version Its number.
    @return True once `publish` was called for it.
    """
    return self._published[version]


@external
@view
def fund_terms(version: uint256) -> (uint256, uint256, uint256[4], bytes32):
    """
    @notice What the Fund needs of a version, in one call.
    @param version Its number.
    @return Money terms, member terms, shares words, hash of the document.
    """
    self._check_version(version)
    return self._money_terms[version], self._member_terms[version], self._shares_words[version], self._hashes[version]


@external
@view
def court_terms(version: uint256) -> uint256[4]:
    """
    @notice What the Court and the Office need of a version.
    @param version Its number.
    @return The four court words.
    """
    self._check_version(version)
    return self._court_terms[version]


@external
@view
def entitlement(version: uint256, benefit: uint256, class_id: uint256) -> (uint256, uint256, uint256):
    """
    @notice What a class may claim of a benefit. A benefit or class that does not exist gives zero words.
    @param version The version's number.
    @param benefit The benefit's id.
    @param class_id The class's id.
    @return Benefit word, entitlement word, ladder word.
    """
    self._check_version(version)
    return self._benefits[version][benefit], self._entitlements[version][benefit][class_id], self._ladder[version]


@external
@view
def benefit_word(version: uint256, benefit: uint256) -> uint256:
    """
    @notice The rules of a benefit that hold for all classes; zero for a version or benefit that does not exist.
    @param version The version's number.
    @param benefit The benefit's id.
    @return The benefit word.
    """
    return self._benefits[version][benefit]


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
    self._check_version(version)
    return self._entitlements[version][benefit][class_id]


@external
@view
def attestors(index: uint256) -> address:
    """
    @notice One of those who vouch for members.
    @param index From 0, below `attestor_count`.
    @return The attestor.
    """
    return self._attestors[index]


@external
@view
def attestor_count() -> uint256:
    """
    @notice How many vouch for members.
    @return Their number.
    """
    return len(self._attestors)


# Checks of founding


@internal
@view
def _check_money():
    # P-1 to P-10; F-2, F-3, F-6.
    word: uint256 = self._money_terms[1]
    round_cap: uint256 = self._field(word, 176, 80)
    year_cap: uint256 = self._field(word, 80, 96)
    fee: uint256 = self._field(word, 64, 16)
    flags: uint256 = self._field(word, 32, 8)
    period: uint256 = self._field(word, 0, 32)
    min_runway: uint256 = self._field(self._member_terms[1], 152, 20)
    max_runway: uint256 = self._field(self._member_terms[1], 172, 20)
    assert token.is_contract, "charter: token has no code"
    assert spacing > 0 and spacing <= LARGEST_SPACING, "charter: tick spacing out of range"
    assert round_cap > 0 and round_cap % spacing == 0, "charter: round cap is no whole number of ticks"
    assert round_cap // spacing <= LARGEST_ROUND_TICKS, "charter: round cap above 1024 ticks"
    assert year_cap >= round_cap, "charter: year cap below round cap"
    assert fee <= LARGEST_FEE, "charter: fee above a tenth"
    assert fee == 0 or self.steward != empty(address), "charter: fee without a steward"
    assert self._field(word, 48, 16) <= BPS, "charter: call margin above 100 per cent"
    assert self._field(word, 40, 8) <= 12, "charter: more than 12 carries"
    assert flags <= 3, "charter: unknown flag"
    assert period >= DAY and period <= LONG, "charter: period out of range"
    assert period >= self._field(self._court_terms[1][0], 96, 32), "charter: period below verdict notice"
    assert flags & CALLED != 0 or min_runway * spacing >= round_cap, "charter: prepaid runway below round cap"
    assert (max_runway + 1) * spacing + year_cap <= LARGEST_INDEX, "charter: runway and caps exceed the index"


@internal
@view
def _check_members():
    # P-11 to P-20; F-1, F-4.
    word: uint256 = self._member_terms[1]
    stages: uint256 = self._court_terms[1][0]
    period: uint256 = self._field(self._money_terms[1], 0, 32)
    path: uint256 = (
        self._field(stages, 224, 32) + self._field(stages, 192, 32) + self._field(stages, 160, 32) + self._field(stages, 96, 32)
        + 2 * period + HOUR
    )
    max_runway: uint256 = self._field(word, 172, 20)
    min_runway: uint256 = self._field(word, 152, 20)
    window: uint256 = self._field(word, 40, 32)
    silence: uint256 = self._field(word, 8, 32)
    assert self._field(word, 224, 32) <= 90 * DAY, "charter: grace above 90 days"
    assert self._field(word, 192, 32) >= path, "charter: notice shorter than the path of a claim"
    assert min_runway > 0 and min_runway <= max_runway, "charter: least runway out of range"
    assert self._field(word, 120, 32) <= LONG, "charter: newcomer time above 366 days"
    assert self._field(word, 104, 16) <= BPS, "charter: admissions above 100 per cent"
    assert self._field(word, 72, 32) > 0, "charter: admission floor is zero"
    assert window >= DAY and window <= THREE_YEARS, "charter: filing window out of range"
    assert silence >= DAY and silence <= LONG, "charter: attestor silence out of range"


@internal
@view
def _check_court():
    # P-21 to P-35; F-5.
    stages: uint256 = self._court_terms[1][0]
    money: uint256 = self._court_terms[1][1]
    size: uint256 = self._field(stages, 88, 8)
    threshold: uint256 = self._field(stages, 72, 16)
    lot_delay: uint256 = self._field(stages, 64, 8)
    juror_pay: uint256 = self._field(money, 176, 80)
    juror_bond: uint256 = self._field(money, 96, 80)
    for place: uint256 in [224, 192, 160]:
        assert self._within(self._field(stages, place, 32), HOUR, 30 * DAY), "charter: a stage of the panel out of range"
    assert self._within(self._field(stages, 128, 32), HOUR, 90 * DAY), "charter: cure time out of range"
    assert self._within(self._field(stages, 96, 32), HOUR, 90 * DAY), "charter: verdict notice out of range"
    assert size % 2 == 1 and size <= 15, "charter: panel size must be odd, 1 to 15"
    assert threshold > 0 and threshold <= BPS, "charter: threshold out of range"
    assert lot_delay > 0 and lot_delay <= 200, "charter: lot delay out of range"
    assert self._field(stages, 56, 8) <= 7, "charter: unknown flag"
    assert self._field(stages, 32, 24) > 0, "charter: open quorum is zero"
    assert self._field(stages, 16, 16) <= BPS, "charter: open quorum above 100 per cent"
    assert self._field(stages, 0, 16) == 0, "charter: reserved bits are set"
    assert juror_bond >= (2 * size + 1) * juror_pay, "charter: juror bond below the next panel's pay"
    assert juror_bond % 2 == 0, "charter: juror bond is odd"
    assert self._field(money, 80, 16) <= BPS, "charter: review above 100 per cent"
    if self.investigator == empty(address):
        assert self._field(self._court_terms[1][2], 176, 80) == 0, "charter: fee without an investigator"


@internal
@view
def _check_admission():
    # P-20, P-36, P-44 to P-47.
    roles: uint256 = self._court_terms[1][2]
    quorum: uint256 = self._field(self._member_terms[1], 0, 8)
    inviters: uint256 = self._field(roles, 8, 8)
    form: uint256 = self._field(roles, 0, 8)
    assert self._within(self._field(roles, 16, 32), DAY - 43_200, DAY + 50_400), "charter: time zone out of range"
    assert inviters > 0 and inviters <= 5, "charter: inviters out of range"
    assert form <= OPEN, "charter: unknown form of admission"
    assert quorum <= 5 and quorum <= len(self._attestors), "charter: quorum above the attestors"
    # Where admission is by invitation, attestors let the first members in.
    assert quorum > 0 or form == OPEN, "charter: attestors without a quorum"
    assert self._field(self._court_terms[1][3], 0, 32) == 0, "charter: reserved bits are set"
    previous: address = empty(address)
    for attestor: address in self._attestors:
        assert convert(attestor, uint160) > convert(previous, uint160), "charter: attestors not ascending"
        previous = attestor


@internal
@view
def _check_classes():
    # P-38; F-6.
    assert self._class_shares(0) > 0, "charter: no class"
    ended: bool = False
    for class_id: uint256 in range(MOST_CLASSES):
        if self._class_shares(class_id) == 0:
            ended = True
        else:
            assert not ended, "charter: a gap between classes"
    for j: uint256 in range(4):
        assert self._shares_words[1][j] >> 240 == 0, "charter: reserved bits are set"


@internal
@view
def _check_ladder():
    # P-42; F-6.
    word: uint256 = self._ladder[1]
    assert word >> 192 == 0, "charter: reserved bits are set"
    after: uint256 = 0
    bps: uint256 = 0
    for step: uint256 in range(4):
        next_after: uint256 = self._field(word, 48 * step + 16, 32)
        next_bps: uint256 = self._field(word, 48 * step, 16)
        if word >> (48 * step) == 0:
            break
        assert next_bps > bps and next_bps <= BPS, "charter: ladder not rising"
        assert step == 0 or next_after > after, "charter: ladder not rising"
        after = next_after
        bps = next_bps


@internal
@pure
def _check_benefit(word: uint256):
    # P-39; F-6.
    assert self._field(word, 248, 8) <= 2, "charter: unknown kind of benefit"
    assert self._field(word, 0, 22) == 0, "charter: reserved bits are set"
    assert self._field(word, 234, 14) > 0, "charter: a benefit that grants nothing"
    lower: uint256 = 0
    for level: uint256 in range(7):
        bps: uint256 = self._field(word, 150 + 14 * level, 14)
        assert bps >= lower and bps <= BPS, "charter: levels falling or above 100 per cent"
        lower = bps


# Helpers


@internal
@view
def _version_at(time: uint256) -> uint256:
    # Versions come into force in order, so the newest that is in force counts.
    version: uint256 = self.latest
    for i: uint256 in range(MOST_VERSIONS):
        if version == 0 or self.effective_from[version] <= time:
            break
        version -= 1
    assert version > 0, "charter: no version in force then"
    return version


@internal
@view
def _check_version(version: uint256):
    assert version > 0 and version <= self.latest, "charter: no such version"


@internal
@view
def _class_shares(class_id: uint256) -> uint256:
    return self._field(self._shares_words[1][class_id // 10], 24 * (class_id % 10), 24)


@internal
@pure
def _field(word: uint256, place: uint256, bits: uint256) -> uint256:
    return (word >> place) & ((1 << bits) - 1)


@internal
@pure
def _within(number: uint256, least: uint256, largest: uint256) -> bool:
    return number >= least and number <= largest
