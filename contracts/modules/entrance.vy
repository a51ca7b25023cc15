#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Entrance
@license AGPL-3.0-only
@notice Who may come in: attestors' signatures (R-32), consent to the charter (R-33), admissions per week (R-37).
@dev Attestations are EIP-712 typed data of this fund on this chain; attestors may be contracts (EIP-1271). A signature
     is no unique identifier here: what makes an attestation usable once is the member_id.
"""

from snekmate.utils import eip712_domain_separator
from snekmate.utils import signature_checker

from interfaces import ICharter
from interfaces import IFund
from modules import standing
from modules import terms
from modules import words

uses: standing
uses: terms
initializes: eip712_domain_separator

# charter tag 160 | week 16 | count 28 | base 28 | last attested hour 20 | unused 3 | not founded yet 1.
admission: public(uint256)

# P-46 of version 1, and of the version last adopted once one was; each in ascending order.
_ATTESTORS: immutable(DynArray[address, 8])
_attestors: DynArray[address, 8]

_ATTESTATION_TYPEHASH: constant(bytes32) = keccak256(
    "Attestation(bytes32 member_id,address wallet,uint256 class_id,uint256 issued,uint256 expiry)"
)
_ROSTER_TYPEHASH: constant(bytes32) = keccak256(
    "Roster(bytes32[] ids,address[] wallets,uint256 class_id,uint256 issued,uint256 expiry)"
)
_MASK_160: constant(uint256) = 2**160 - 1
# Set until the mutual is wired, so that a half-founded one takes no money.
_UNFOUNDED: constant(uint256) = 1


@deploy
def __init__(charter: address):
    """
    @notice Reads the founding version's hash and its attestors, who stand there in ascending order.
    @param charter The sealed charter of the mutual.
    """
    eip712_domain_separator.__init__("Tongxin Fund", "1")
    _ATTESTORS = staticcall ICharter(charter).attestors(1)
    document: bytes32 = staticcall ICharter(charter).charter_hash(1)
    self.admission = (
        ((convert(document, uint256) & _MASK_160) << 96) | ((block.timestamp // words.HOUR) << 4) | _UNFOUNDED
    )


@external
@view
def attestors(attestor: address) -> bool:
    """
    @notice Whether an address is an attestor of the mutual.
    @param attestor The address.
    @return True if it is.
    """
    return attestor in self._list(standing._flags())


@internal
@view
def _check_quorum():
    flags: uint256 = standing._flags()
    if terms._quorum(flags) > len(self._list(flags)):
        words._fail("fund: quorum above attestors")


@internal
@view
def _list(flags: uint256) -> DynArray[address, 8]:
    """
    @dev The attestors of the version in use.
    """
    if flags & standing.AMENDED != 0:
        return self._attestors
    return _ATTESTORS


@internal
def _adopt(version: uint256, document: bytes32):
    """
    @dev R-95: the attestors of that version vouch, and its hash is what newcomers consent to.
    """
    self._attestors = staticcall ICharter(terms.CHARTER).attestors(version)
    self._check_quorum()
    self.admission = (self.admission & words.MASK_96) | ((convert(document, uint256) & _MASK_160) << 96)


@internal
def _found():
    """
    @dev The mutual is complete: it may take money from now on.
    """
    self.admission ^= _UNFOUNDED


@internal
@view
def _check_founded():
    """
    @dev Without a court nobody could judge a claim, or say that a leaver's claims are settled.
    """
    if self.admission & _UNFOUNDED != 0:
        words._fail("fund: not founded yet")


@internal
@view
def _check_charter(charter_hash: bytes32):
    """
    @dev R-33.
    """
    if convert(charter_hash, uint256) & _MASK_160 != self.admission >> 96:
        words._fail("fund: not the charter in force")


@internal
@pure
def _attestation_hash(attestation: IFund.Attestation) -> bytes32:
    return keccak256(
        abi_encode(
            _ATTESTATION_TYPEHASH,
            attestation.member_id,
            attestation.wallet,
            attestation.class_id,
            attestation.issued,
            attestation.expiry,
        )
    )


@internal
@pure
def _roster_hash(
    ids: DynArray[bytes32, 500],
    wallets: DynArray[address, 500],
    class_id: uint256,
    issued: uint256,
    expiry: uint256,
) -> bytes32:
    """
    @dev EIP-712 hashes an array as its elements in a row, without offset and length.
    """
    ids_hash: bytes32 = keccak256(slice(abi_encode(ids), 64, 32 * len(ids)))
    wallets_hash: bytes32 = keccak256(slice(abi_encode(wallets), 64, 32 * len(wallets)))
    return keccak256(abi_encode(_ROSTER_TYPEHASH, ids_hash, wallets_hash, class_id, issued, expiry))


@internal
@view
def _check_time(issued: uint256, expiry: uint256):
    if issued > block.timestamp:
        words._fail("fund: attestation is of the future")
    if block.timestamp > expiry:
        words._fail("fund: attestation has expired")


@internal
@view
def _check_attestors(struct_hash: bytes32, signatures: DynArray[Bytes[65], 5]):
    """
    @dev R-32: at least P-20 different attestors, in ascending order of address, and no signature besides.
    """
    flags: uint256 = standing._flags()
    quorum: uint256 = terms._quorum(flags)
    if quorum == 0:
        words._fail("fund: no attestor admits here")
    if len(signatures) < quorum:
        words._fail("fund: too few attestations")
    digest: bytes32 = eip712_domain_separator._hash_typed_data_v4(struct_hash)
    names: DynArray[address, 8] = _ATTESTORS
    if flags & standing.AMENDED != 0:
        names = self._attestors
    following: uint256 = 0
    for signature: Bytes[65] in signatures:
        signer: address = empty(address)
        if len(signature) == 65:
            signer = ecrecover(
                digest,
                convert(slice(signature, 64, 1), uint256),
                extract32(signature, 0, output_type=uint256),
                extract32(signature, 32, output_type=uint256),
            )
        found: bool = False
        for i: uint256 in range(following, len(names), bound=8):
            if names[i] == signer:
                found = True
            elif names[i].is_contract:
                found = signature_checker._is_valid_ERC1271_signature_now(names[i], digest, signature)
            if found:
                following = i + 1
                break
        if not found:
            words._fail("fund: not an attestor's signature")


@internal
def _count(flags: uint256, joining: uint256, heads: uint256, attested: bool):
    """
    @dev R-37.
    """
    word: uint256 = self.admission
    week: uint256 = block.timestamp // words.WEEK
    count: uint256 = (word >> 52) & words.MASK_28
    base: uint256 = (word >> 24) & words.MASK_28
    hour: uint256 = (word >> 4) & words.MASK_20
    if week >= 65_536:
        words._fail("fund: time is out of range")
    if (word >> 80) & 65_535 != week:
        count = 0
        base = heads
    count += joining
    if count > terms._most_admissions(flags, base) or count > words.MASK_28:
        words._fail("fund: admissions are full this week")
    if attested:
        hour = block.timestamp // words.HOUR
    self.admission = ((word >> 96) << 96) | (week << 80) | (count << 52) | (base << 24) | (hour << 4)


@internal
def _uncount(joined: uint256):
    """
    @dev R-107: who joined in the present week and stepped back leaves the place to others.
    @param joined The hour of joining, rounded up.
    """
    word: uint256 = self.admission
    week: uint256 = (word >> 80) & 65_535
    if week == block.timestamp // words.WEEK and joined * words.HOUR > week * words.WEEK:
        self.admission = word - (1 << 52)
