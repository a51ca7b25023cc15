#pragma version 0.4.3
#pragma optimize codesize
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Bounds
@license AGPL-3.0-only
@notice Refuses numbers that no charter may have (F-1 to F-6, F-8, F-9 and the ranges of docs/spec/charter.md) and steps
        that no vote may take (R-92, R-93). Not audited by a third party.
@dev What it is: arithmetic, deployed once for all mutuals; each Charter calls it when a draft is sealed. Every function
     returns True or reverts with its reason.
     What it never does: keep anything, call a contract, or depend on who asks.
"""

from interfaces import IBounds
from interfaces import ICharter

implements: IBounds


MOST_CLASSES: constant(uint256) = 40

BPS: constant(uint256) = 10_000
HOUR: constant(uint256) = 3600
DAY: constant(uint256) = 86_400
# Ranges of P-10, P-15, P-19, P-52, P-55 and of P-18, P-41, P-47, P-51.
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

DEDUCTIBLE: constant(uint256) = (2**88 - 1) << 62


# Ranges


@external
@view
def check(terms: ICharter.Terms, token: address, spacing: uint256) -> bool:
    """
    @notice Refuses terms by F-1 to F-6, F-8, F-9 and every range; benefits are checked one by one.
    @param terms All numbers of a version but its benefits.
    @param token P-1.
    @param spacing P-2.
    @return True.
    """
    self._need(token.is_contract, "charter: token has no code")
    self._need(spacing > 0 and spacing <= LARGEST_SPACING, "charter: tick spacing out of range")
    self._check_money(terms, spacing)
    self._check_members(terms)
    self._check_court(terms)
    self._check_admission(terms)
    self._check_classes(terms.shares)
    self._check_ladder(terms.ladder)
    self._check_votes(terms)
    self._check_ending(terms)
    return True


@external
@pure
def check_benefit(word: uint256) -> bool:
    """
    @notice Refuses a benefit by P-39 and F-6.
    @param word The benefit word.
    @return True.
    """
    self._need(self._field(word, 248, 8) <= 2, "charter: unknown kind of benefit")
    self._need(self._field(word, 0, 22) == 0, "charter: reserved bits are set")
    self._need(self._field(word, 234, 14) > 0, "charter: a benefit that grants nothing")
    lower: uint256 = 0
    for level: uint256 in range(7):
        bps: uint256 = self._field(word, 150 + 14 * level, 14)
        self._need(bps >= lower and bps <= BPS, "charter: levels falling or above 100 per cent")
        lower = bps
    return True


@external
@pure
def check_entitlement(word: uint256) -> bool:
    """
    @notice Refuses an amount and waiting time by P-40 and P-41.
    @param word The entitlement word.
    @return True.
    """
    self._need(word & (2**136 - 1) == 0, "charter: reserved bits are set")
    self._need(self._field(word, 136, 32) <= THREE_YEARS, "charter: waiting above three years")
    return True


# Steps


@external
@pure
def check_step(new: ICharter.Terms, old: ICharter.Terms, spacing: uint256) -> bool:
    """
    @notice Refuses what no vote changes (R-92) and steps that are too large (R-93); benefits are compared one by one.
    @param new The terms of a draft.
    @param old The terms of a version.
    @param spacing P-2.
    @return True.
    """
    self._step_money(new.money, old.money, spacing)
    self._step_members(new.member, old.member)
    self._step_court(new.court, old.court)
    self._step_votes(new.vote, old.vote)
    self._step_classes(new.shares, old.shares)
    self._step_ladder(new.ladder, old.ladder)
    appointed: uint256 = 0
    for attestor: address in new.attestors:
        if attestor not in old.attestors:
            appointed += 1
    self._need(appointed <= 1, "charter: more than one new attestor")
    return True


@external
@pure
def check_benefit_step(new: uint256, old: uint256) -> bool:
    """
    @notice Refuses changes of a benefit's rules (R-92) and a large step of its deductible (R-93).
    @param new The word of a draft.
    @param old The word of a version.
    @return True.
    """
    self._need((new ^ old) & ~DEDUCTIBLE == 0, "charter: rules of a benefit are fixed")
    self._need(self._near(new, old, 62, 88, 0), "charter: step of deductible too large")
    return True


@external
@pure
def check_entitlement_step(new: uint256, old: uint256) -> bool:
    """
    @notice Refuses that a covered class becomes uncovered, and large steps of its amount and waiting time (R-93).
    @param new The word of a draft.
    @param old The word of a version.
    @return True.
    """
    # Called for 640 words of each version: a reason is brought along only where it is needed.
    if old >> 168 > 0:
        if new >> 168 == 0:
            self._need(False, "charter: a covered class uncovered")
        if not self._near(new, old, 168, 88, 0):
            self._need(False, "charter: step of an amount too large")
        if not self._near(new, old, 136, 32, 30 * DAY):
            self._need(False, "charter: step of a waiting time too large")
    return True


# Steps of each part (R-93)


@internal
@pure
def _step_money(new: uint256, old: uint256, spacing: uint256):
    self._need(self._near(new, old, 176, 80, spacing), "charter: step of round cap too large")
    self._need(self._near(new, old, 80, 96, spacing), "charter: step of year cap too large")
    self._need(self._close(new, old, 64, 16, 100), "charter: step of fee too large")
    self._need(self._same(new, old, 48, 16), "charter: call margin is fixed")
    self._need(self._close(new, old, 40, 8, 2), "charter: step of carries too large")
    self._need(self._same(new, old, 32, 8), "charter: funding or rounds is fixed")
    self._need(self._same(new, old, 0, 32), "charter: period is fixed")


@internal
@pure
def _step_members(new: uint256, old: uint256):
    self._need(self._near(new, old, 224, 32, 7 * DAY), "charter: step of grace too large")
    self._need(self._near(new, old, 192, 32, 7 * DAY), "charter: step of leaving notice too large")
    self._need(self._near(new, old, 172, 20, 16), "charter: step of largest runway too large")
    self._need(self._near(new, old, 152, 20, 16), "charter: step of least runway too large")
    self._need(self._near(new, old, 120, 32, 7 * DAY), "charter: step of newcomer time too large")
    self._need(self._near(new, old, 104, 16, 100), "charter: step of admissions too large")
    self._need(self._near(new, old, 72, 32, 10), "charter: step of admission floor too large")
    self._need(self._near(new, old, 40, 32, 30 * DAY), "charter: step of filing window too large")
    self._need(self._near(new, old, 8, 32, 30 * DAY), "charter: step of attestor silence too large")
    self._need(self._close(new, old, 0, 8, 1), "charter: step of attestor quorum too large")


@internal
@pure
def _step_court(new: uint256[4], old: uint256[4]):
    self._need(self._near(new[0], old[0], 224, 32, DAY), "charter: step of access time too large")
    self._need(self._near(new[0], old[0], 192, 32, DAY), "charter: step of commit time too large")
    self._need(self._near(new[0], old[0], 160, 32, DAY), "charter: step of reveal time too large")
    self._need(self._near(new[0], old[0], 128, 32, DAY), "charter: step of cure time too large")
    self._need(self._near(new[0], old[0], 96, 32, DAY), "charter: step of verdict notice too large")
    self._need(self._close(new[0], old[0], 88, 8, 2), "charter: step of panel size too large")
    self._need(self._close(new[0], old[0], 72, 16, 500), "charter: step of threshold too large")
    self._need(self._close(new[0], old[0], 64, 8, 20), "charter: step of lot delay too large")
    self._need(self._same(new[0], old[0], 56, 8), "charter: panel, strictness or waiver is fixed")
    self._need(self._near(new[0], old[0], 32, 24, 10), "charter: step of open quorum heads too large")
    self._need(self._close(new[0], old[0], 16, 16, 500), "charter: step of open quorum part too large")
    self._need(self._near(new[1], old[1], 176, 80, 0), "charter: step of juror pay too large")
    self._need(self._near(new[1], old[1], 96, 80, 0), "charter: step of juror bond too large")
    self._need(self._close(new[1], old[1], 80, 16, 1000), "charter: step of review by lot too large")
    self._need(self._near(new[1], old[1], 0, 80, 0), "charter: step of review above too large")
    self._need(self._near(new[2], old[2], 176, 80, 0), "charter: step of investigator fee too large")
    self._need(self._near(new[2], old[2], 144, 32, DAY), "charter: step of investigation time too large")
    self._need(self._near(new[2], old[2], 48, 96, 0), "charter: step of claim cap too large")
    self._need(self._same(new[2], old[2], 16, 32), "charter: time zone is fixed")
    self._need(self._close(new[2], old[2], 8, 8, 1), "charter: step of inviters too large")
    self._need(self._same(new[2], old[2], 0, 8), "charter: form of admission is fixed")
    self._need(self._near(new[3], old[3], 168, 88, 0), "charter: step of entry fee too large")
    self._need(self._same(new[3], old[3], 136, 32), "charter: minimum members is fixed")
    self._need(self._same(new[3], old[3], 96, 40), "charter: founding date is fixed")
    self._need(self._near(new[3], old[3], 64, 32, 10), "charter: step of floor of heads too large")
    self._need(self._near(new[3], old[3], 32, 32, 30 * DAY), "charter: step of run-off too large")


@internal
@pure
def _step_votes(new: uint256, old: uint256):
    self._need(self._near(new, old, 224, 32, 3 * DAY), "charter: step of voting time too large")
    self._need(self._near(new, old, 192, 32, 7 * DAY), "charter: step of adoption delay too large")
    self._need(self._near(new, old, 160, 32, 7 * DAY), "charter: step of execution time too large")
    self._need(self._close(new, old, 144, 16, 500), "charter: step of vote quorum too large")
    self._need(self._close(new, old, 128, 16, 500), "charter: step of majority too large")
    self._need(self._close(new, old, 112, 16, 500), "charter: step of wind-down majority too large")
    self._need(self._near(new, old, 80, 32, 7 * DAY), "charter: step of proposal pause too large")


@internal
@pure
def _step_classes(new: uint256[4], old: uint256[4]):
    for class_id: uint256 in range(MOST_CLASSES):
        shares: uint256 = self._class_shares(old, class_id)
        if shares == 0:
            break
        self._need(self._class_shares(new, class_id) == shares, "charter: shares of a class are fixed")


@internal
@pure
def _step_ladder(new: uint256, old: uint256):
    for step: uint256 in range(4):
        place: uint256 = 48 * step
        self._need((self._field(new, place, 48) == 0) == (self._field(old, place, 48) == 0), "charter: number of ladder steps is fixed")
        self._need(self._near(new, old, place + 16, 32, 30 * DAY), "charter: step of ladder times too large")
        self._need(self._close(new, old, place, 16, 1000), "charter: step of ladder grants too large")


# Ranges of each part


@internal
@view
def _check_money(terms: ICharter.Terms, spacing: uint256):
    # P-1 to P-10; F-2, F-3, F-4, F-6.
    round_cap: uint256 = self._field(terms.money, 176, 80)
    year_cap: uint256 = self._field(terms.money, 80, 96)
    fee: uint256 = self._field(terms.money, 64, 16)
    flags: uint256 = self._field(terms.money, 32, 8)
    period: uint256 = self._field(terms.money, 0, 32)
    min_runway: uint256 = self._field(terms.member, 152, 20)
    max_runway: uint256 = self._field(terms.member, 172, 20)
    self._need(round_cap > 0 and round_cap % spacing == 0, "charter: round cap is no whole number of ticks")
    self._need(round_cap // spacing <= LARGEST_ROUND_TICKS, "charter: round cap above 1024 ticks")
    self._need(year_cap >= round_cap, "charter: year cap below round cap")
    self._need(fee <= LARGEST_FEE, "charter: fee above a tenth")
    self._need(fee == 0 or terms.steward != empty(address), "charter: fee without a steward")
    self._need(self._field(terms.money, 48, 16) <= BPS, "charter: call margin above 100 per cent")
    self._need(self._field(terms.money, 40, 8) <= 12, "charter: more than 12 carries")
    self._need(flags <= 3, "charter: unknown flag")
    self._need(period >= DAY and period <= LONG, "charter: period out of range")
    self._need(period >= self._field(terms.court[0], 96, 32), "charter: period below verdict notice")
    self._need(flags & CALLED != 0 or min_runway * spacing >= round_cap, "charter: prepaid runway below round cap")
    self._need((max_runway + 1) * spacing + year_cap <= LARGEST_INDEX, "charter: runway and caps exceed the index")


@internal
@pure
def _check_members(terms: ICharter.Terms):
    # P-11 to P-20; F-1, F-4.
    word: uint256 = terms.member
    stages: uint256 = terms.court[0]
    period: uint256 = self._field(terms.money, 0, 32)
    path: uint256 = (
        self._field(stages, 224, 32) + self._field(stages, 192, 32) + self._field(stages, 160, 32) + self._field(stages, 96, 32)
        + 2 * period + HOUR
    )
    max_runway: uint256 = self._field(word, 172, 20)
    min_runway: uint256 = self._field(word, 152, 20)
    self._need(self._field(word, 224, 32) <= 90 * DAY, "charter: grace above 90 days")
    self._need(self._field(word, 192, 32) >= path, "charter: notice shorter than the path of a claim")
    self._need(min_runway > 0 and min_runway <= max_runway, "charter: least runway out of range")
    self._need(self._field(word, 120, 32) <= LONG, "charter: newcomer time above 366 days")
    self._need(self._field(word, 104, 16) <= BPS, "charter: admissions above 100 per cent")
    self._need(self._field(word, 72, 32) > 0, "charter: admission floor is zero")
    self._need(self._within(word, 40, 32, DAY, THREE_YEARS), "charter: filing window out of range")
    self._need(self._within(word, 8, 32, DAY, LONG), "charter: attestor silence out of range")


@internal
@pure
def _check_court(terms: ICharter.Terms):
    # P-21 to P-35; F-5.
    stages: uint256 = terms.court[0]
    money: uint256 = terms.court[1]
    size: uint256 = self._field(stages, 88, 8)
    juror_pay: uint256 = self._field(money, 176, 80)
    juror_bond: uint256 = self._field(money, 96, 80)
    for place: uint256 in [224, 192, 160]:
        self._need(self._within(stages, place, 32, HOUR, 30 * DAY), "charter: a stage of the panel out of range")
    self._need(self._within(stages, 128, 32, HOUR, 90 * DAY), "charter: cure time out of range")
    self._need(self._within(stages, 96, 32, HOUR, 90 * DAY), "charter: verdict notice out of range")
    self._need(size % 2 == 1 and size <= 15, "charter: panel size must be odd, 1 to 15")
    self._need(self._within(stages, 72, 16, 1, BPS), "charter: threshold out of range")
    self._need(self._within(stages, 64, 8, 1, 200), "charter: lot delay out of range")
    self._need(self._field(stages, 56, 8) <= 7, "charter: unknown flag")
    self._need(self._field(stages, 32, 24) > 0, "charter: open quorum is zero")
    self._need(self._field(stages, 16, 16) <= BPS, "charter: open quorum above 100 per cent")
    self._need(self._field(stages, 0, 16) == 0, "charter: reserved bits are set")
    self._need(juror_bond >= (2 * size + 1) * juror_pay, "charter: juror bond below the next panel's pay")
    self._need(juror_bond % 2 == 0, "charter: juror bond is odd")
    self._need(self._field(money, 80, 16) <= BPS, "charter: review above 100 per cent")
    if terms.investigator == empty(address):
        self._need(self._field(terms.court[2], 176, 80) == 0, "charter: fee without an investigator")


@internal
@pure
def _check_admission(terms: ICharter.Terms):
    # P-20, P-36, P-44 to P-46.
    roles: uint256 = terms.court[2]
    quorum: uint256 = self._field(terms.member, 0, 8)
    form: uint256 = self._field(roles, 0, 8)
    self._need(self._within(roles, 16, 32, DAY - 43_200, DAY + 50_400), "charter: time zone out of range")
    self._need(self._within(roles, 8, 8, 1, 5), "charter: inviters out of range")
    self._need(form <= OPEN, "charter: unknown form of admission")
    self._need(quorum <= 5 and quorum <= len(terms.attestors), "charter: quorum above the attestors")
    # Where admission is by invitation, attestors let the first members in.
    self._need(quorum > 0 or form == OPEN, "charter: attestors without a quorum")
    previous: address = empty(address)
    for attestor: address in terms.attestors:
        self._need(convert(attestor, uint160) > convert(previous, uint160), "charter: attestors not ascending")
        previous = attestor


@internal
@pure
def _check_classes(shares: uint256[4]):
    # P-38; F-6.
    self._need(self._class_shares(shares, 0) > 0, "charter: no class")
    ended: bool = False
    for class_id: uint256 in range(MOST_CLASSES):
        if self._class_shares(shares, class_id) == 0:
            ended = True
        else:
            self._need(not ended, "charter: a gap between classes")
    for j: uint256 in range(4):
        self._need(shares[j] >> 240 == 0, "charter: reserved bits are set")


@internal
@pure
def _check_ladder(word: uint256):
    # P-42; F-6.
    self._need(word >> 192 == 0, "charter: reserved bits are set")
    after: uint256 = 0
    bps: uint256 = 0
    for step: uint256 in range(4):
        next_after: uint256 = self._field(word, 48 * step + 16, 32)
        next_bps: uint256 = self._field(word, 48 * step, 16)
        if word >> (48 * step) == 0:
            break
        self._need(next_bps > bps and next_bps <= BPS, "charter: ladder not rising")
        self._need(step == 0 or next_after > after, "charter: ladder not rising")
        after = next_after
        bps = next_bps


@internal
@pure
def _check_votes(terms: ICharter.Terms):
    # P-49 to P-55; F-8.
    word: uint256 = terms.vote
    majority: uint256 = self._field(word, 128, 16)
    notice: uint256 = self._field(terms.member, 192, 32)
    self._need(self._within(word, 224, 32, 3 * DAY, 90 * DAY), "charter: voting time out of range")
    self._need(self._field(word, 192, 32) >= notice + 7 * DAY, "charter: adoption before a leaver is out")
    self._need(self._field(word, 192, 32) <= THREE_YEARS, "charter: adoption delay above three years")
    self._need(self._within(word, 160, 32, 7 * DAY, LONG), "charter: execution time out of range")
    self._need(self._within(word, 144, 16, 500, BPS), "charter: vote quorum out of range")
    self._need(majority > BPS // 2 and majority <= BPS, "charter: majority out of range")
    self._need(self._within(word, 112, 16, majority, BPS), "charter: wind-down majority out of range")
    self._need(self._within(word, 80, 32, DAY, LONG), "charter: proposal pause out of range")
    self._need(self._field(word, 0, 80) == 0, "charter: reserved bits are set")


@internal
@pure
def _check_ending(terms: ICharter.Terms):
    # P-47, P-56; F-9.
    word: uint256 = terms.court[3]
    if self._field(word, 136, 32) > 1:
        self._need(self._within(word, 96, 40, DAY, THREE_YEARS), "charter: founding deadline out of range")
    window: uint256 = self._field(terms.member, 40, 32)
    self._need(self._field(word, 32, 32) >= window + DAY, "charter: run-off below the filing window")
    self._need(self._field(word, 32, 32) <= window + LONG, "charter: run-off a year too long")
    self._need(self._field(word, 0, 32) == 0, "charter: reserved bits are set")
    self._need(terms.remainder != empty(address), "charter: no remainder")


# Helpers


@internal
@pure
def _need(holds: bool, reason: String[64]):
    """
    @dev As assert, but with one copy of the code that encodes the reason for all.
    """
    if not holds:
        raw_revert(abi_encode(reason, method_id=method_id("Error(string)")))


@internal
@pure
def _field(word: uint256, place: uint256, bits: uint256) -> uint256:
    return (word >> place) & ((1 << bits) - 1)


@internal
@pure
def _within(word: uint256, place: uint256, bits: uint256, least: uint256, largest: uint256) -> bool:
    number: uint256 = self._field(word, place, bits)
    return number >= least and number <= largest


@internal
@pure
def _same(new: uint256, old: uint256, place: uint256, bits: uint256) -> bool:
    return self._field(new, place, bits) == self._field(old, place, bits)


@internal
@pure
def _close(new: uint256, old: uint256, place: uint256, bits: uint256, unit: uint256) -> bool:
    # R-93: at most the unit.
    number: uint256 = self._field(new, place, bits)
    before: uint256 = self._field(old, place, bits)
    return max(number, before) - min(number, before) <= unit


@internal
@pure
def _near(new: uint256, old: uint256, place: uint256, bits: uint256, unit: uint256) -> bool:
    # R-93: at most a quarter or the unit, whichever is larger.
    return self._close(new, old, place, bits, max(unit, self._field(old, place, bits) // 4))


@internal
@pure
def _class_shares(shares: uint256[4], class_id: uint256) -> uint256:
    return self._field(shares[class_id // 10], 24 * (class_id % 10), 24)
