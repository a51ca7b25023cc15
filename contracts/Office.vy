#pragma version 0.4.3
#pragma optimize codesize
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Office
@license AGPL-3.0-only
@notice The counter of one mutual: what a member decides about the membership itself, who may read a member's documents,
        admission without attestors, and a signed form of every act, so that a person without a coin of the chain can act
        through anybody who relays it.

        What it never does: hold money, or act for anybody who did not sign. The Fund, the Jury and the Court trust it
        in one thing: that the actor it names is its caller or signed the act (R-50).

        Who may do what: a member's wallet names contacts and a beneficiary, replaces itself, vetoes, changes class,
        announces the member's reader key, authorises readers and revokes; a contact vetoes, authorises and revokes;
        attestors sign changes of class and of a lost wallet; anybody completes what is due and relays.

        Not audited by a third party.
@dev Every signed act is EIP-712 data of this contract: `<Act>(<fields>,uint256 nonce,uint256 deadline)`, listed in
     docs/spec/interface.md; the nonce counts per member_id. A payment is bound by its method and payer: its amount
     follows from the act, and permits and authorisations carry a signature of their own (R-34).
     Wallets and attestors may be contracts (EIP-1271).
     One lock covers every function that changes state; effects come before calls of the mutual's other contracts.
"""

from snekmate.utils import eip712_domain_separator
from snekmate.utils import signature_checker

from interfaces import ICharter
from interfaces import IFund

initializes: eip712_domain_separator

exports: eip712_domain_separator.eip712Domain


struct Filing:
    member_id: bytes32
    benefit: uint256
    day: uint256
    claimed: uint256
    evidence: bytes32
    seal_key: bytes32
    summary: bytes32
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


interface Court:
    def file(filing: Filing, payment: IFund.Payment, actor: address) -> uint256: nonpayable
    def grant(c: uint256, claim: Claim, keys_hash: bytes32, actor: address): nonpayable
    def cure(c: uint256, claim: Claim, evidence: bytes32, actor: address): nonpayable
    def challenge(c: uint256, claim: Claim, seat: uint256, payment: IFund.Payment, actor: address): nonpayable


interface Jury:
    def announce(key: uint256, seat: uint256, kind: uint256, public_key: bytes32, actor: address): nonpayable
    def volunteer(member_id: bytes32, payment: IFund.Payment, actor: address) -> uint256: nonpayable
    def retire(actor: address): nonpayable


# Whom a member trusts to file in their place and to be paid then (R-48).
struct Contacts:
    contact_a: address
    contact_b: address
    beneficiary: address


event ContactsSet:
    member_id: indexed(bytes32)
    contact_a: address
    contact_b: address
    beneficiary: address


event WalletProposed:
    member_id: indexed(bytes32)
    wallet: indexed(address)
    ready_at: uint256


event WalletVetoed:
    member_id: indexed(bytes32)
    by: indexed(address)


event ClassRequested:
    member_id: indexed(bytes32)
    class_id: uint256
    applies_at: uint256


event ReaderKeyAnnounced:
    member_id: indexed(bytes32)
    kind: uint256
    public_key: bytes32


event Authorised:
    member_id: indexed(bytes32)
    document: indexed(bytes32)
    reader: indexed(bytes32)
    grant: bytes32
    actor: address


event Revoked:
    member_id: indexed(bytes32)
    document: indexed(bytes32)
    reader: indexed(bytes32)
    actor: address


event ActRelayed:
    member_id: indexed(bytes32)
    signer: indexed(address)
    act: bytes32
    nonce: uint256


HOUR: constant(uint256) = 3600
# R-47: time to veto a wallet that attestors propose.
VETO_TIME: constant(uint256) = 30 * 86_400

ACCEPTED: constant(uint256) = 2
LEAVING: constant(uint256) = 4
CONTACTS_NAMED: constant(uint256) = 32
EXITED: constant(uint256) = 128

# Of Fund.stage (R-106).
WINDING_DOWN: constant(uint256) = 3

# Kinds of public key (docs/spec/evidence.md): none, an X25519 key, or the hash of a hybrid recipient.
NO_KEY: constant(uint256) = 0
HYBRID: constant(uint256) = 2

# P-44.
INVITATION: constant(uint256) = 1
OPEN: constant(uint256) = 2

MOST_ATTESTORS: constant(uint256) = 8
# Longest encoded act without nonce and deadline, in bytes.
BODY: constant(uint256) = 320

DOMAIN_TYPEHASH: constant(bytes32) = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
FUND_NAME: constant(bytes32) = keccak256("Tongxin Fund")
FUND_VERSION: constant(bytes32) = keccak256("1")
ATTESTATION: constant(bytes32) = keccak256("Attestation(bytes32 member_id,address wallet,uint256 class_id,uint256 issued,uint256 expiry)")
FILING: constant(bytes32) = keccak256(
    "Filing(bytes32 member_id,uint256 benefit,uint256 day,uint256 claimed,bytes32 evidence,bytes32 seal_key,bytes32 summary,uint256 source)"
)

# Signed by attestors.
WALLET_CHANGE: constant(bytes32) = keccak256("WalletChange(bytes32 member_id,address wallet,uint256 issued,uint256 expiry)")
CLASS_CHANGE: constant(bytes32) = keccak256("ClassChange(bytes32 member_id,uint256 class_id,uint256 issued,uint256 expiry)")

# Signed by whoever acts.
JOIN: constant(bytes32) = keccak256(
    "Join(Attestation attestation,uint256 tick,bytes32 charter_hash,uint256 method,address payer,uint256 nonce,uint256 deadline)Attestation(bytes32 member_id,address wallet,uint256 class_id,uint256 issued,uint256 expiry)"
)
ACCEPT: constant(bytes32) = keccak256("Accept(bytes32 member_id,bytes32 charter_hash,uint256 nonce,uint256 deadline)")
TOP_UP: constant(bytes32) = keccak256("TopUp(bytes32 member_id,uint256 tick,uint256 method,address payer,uint256 nonce,uint256 deadline)")
SET_ORDER: constant(bytes32) = keccak256("SetOrder(bytes32 member_id,uint256 most_per_period,uint256 target,uint256 nonce,uint256 deadline)")
REJOIN: constant(bytes32) = keccak256(
    "Rejoin(bytes32 member_id,uint256 tick,bytes32 charter_hash,uint256 method,address payer,uint256 nonce,uint256 deadline)"
)
LEAVE: constant(bytes32) = keccak256("Leave(bytes32 member_id,uint256 nonce,uint256 deadline)")
STEP_BACK: constant(bytes32) = keccak256("StepBack(bytes32 member_id,uint256 nonce,uint256 deadline)")
SET_CONTACTS: constant(bytes32) = keccak256(
    "SetContacts(bytes32 member_id,address contact_a,address contact_b,address beneficiary,uint256 nonce,uint256 deadline)"
)
REPLACE_WALLET: constant(bytes32) = keccak256("ReplaceWallet(bytes32 member_id,address wallet,uint256 nonce,uint256 deadline)")
VETO_WALLET: constant(bytes32) = keccak256("VetoWallet(bytes32 member_id,uint256 nonce,uint256 deadline)")
CHANGE_CLASS: constant(bytes32) = keccak256("ChangeClass(bytes32 member_id,uint256 class_id,uint256 nonce,uint256 deadline)")
FILE: constant(bytes32) = keccak256(
    "File(Filing filing,uint256 method,address payer,uint256 nonce,uint256 deadline)Filing(bytes32 member_id,uint256 benefit,uint256 day,uint256 claimed,bytes32 evidence,bytes32 seal_key,bytes32 summary,uint256 source)"
)
GRANT: constant(bytes32) = keccak256("Grant(bytes32 member_id,uint256 claim,bytes32 keys_hash,uint256 nonce,uint256 deadline)")
CURE: constant(bytes32) = keccak256("Cure(bytes32 member_id,uint256 claim,bytes32 evidence,uint256 nonce,uint256 deadline)")
CHALLENGE: constant(bytes32) = keccak256(
    "Challenge(bytes32 member_id,uint256 claim,uint256 seat,uint256 method,address payer,uint256 nonce,uint256 deadline)"
)
VOLUNTEER: constant(bytes32) = keccak256("Volunteer(bytes32 member_id,uint256 method,address payer,uint256 nonce,uint256 deadline)")
RETIRE: constant(bytes32) = keccak256("Retire(bytes32 member_id,uint256 nonce,uint256 deadline)")
ANNOUNCE_SEAT: constant(bytes32) = keccak256(
    "AnnounceSeat(bytes32 member_id,uint256 panel,uint256 seat,uint256 kind,bytes32 public_key,uint256 nonce,uint256 deadline)"
)
ANNOUNCE_KEY: constant(bytes32) = keccak256(
    "AnnounceKey(bytes32 member_id,uint256 kind,bytes32 public_key,uint256 nonce,uint256 deadline)"
)
AUTHORISE: constant(bytes32) = keccak256(
    "Authorise(bytes32 member_id,bytes32 document,bytes32 reader,bytes32 grant,uint256 nonce,uint256 deadline)"
)
REVOKE: constant(bytes32) = keccak256("Revoke(bytes32 member_id,bytes32 document,bytes32 reader,uint256 nonce,uint256 deadline)")

FUND: public(immutable(address))
CHARTER: public(immutable(address))

# Signed acts relayed so far, by member_id.
nonces: public(HashMap[bytes32, uint256])
_contacts: HashMap[bytes32, Contacts]
# A wallet that attestors propose: wallet 160 | ready at 40, and zero when none is pending.
pending_wallet: public(HashMap[bytes32, uint256])
# When the attestors signed the last proposal of a wallet, so that an older one cannot follow it.
last_proposed: public(HashMap[bytes32, uint256])
# A decrease of shares that waits: class 16 | applies at 40, and zero when none is pending.
pending_class: public(HashMap[bytes32, uint256])
# Attestors' changes that were used: each works once.
used: public(HashMap[bytes32, bool])


@deploy
def __init__(fund: address, charter: address):
    """
    @notice Belongs to one mutual for ever; Court and Jury are those that the Fund names.
    @param fund The Fund.
    @param charter Its charter.
    """
    eip712_domain_separator.__init__("Tongxin Office", "1")
    FUND = fund
    CHARTER = charter


# Contacts (R-48)


@external
@nonreentrant
def set_contacts(member_id: bytes32, contact_a: address, contact_b: address, beneficiary: address):
    """
    @notice Names up to two people who may file in the member's place, and who is paid then; zero names nobody.
    @param member_id The member.
    @param contact_a The first contact.
    @param contact_b The second contact.
    @param beneficiary Who is paid when a contact files.
    """
    self._only_wallet(member_id)
    self._set_contacts(member_id, contact_a, contact_b, beneficiary)


@external
@view
def contacts(member_id: bytes32) -> (address, address, address):
    """
    @notice Whom a member named.
    @param member_id The member.
    @return First contact, second contact, beneficiary.
    """
    named: Contacts = self._contacts[member_id]
    return named.contact_a, named.contact_b, named.beneficiary


# Wallets (R-47)


@external
@nonreentrant
def replace_wallet(member_id: bytes32, wallet: address):
    """
    @notice A wallet hands its membership to another one, at once.
    @param member_id The member.
    @param wallet The new wallet.
    """
    self._only_wallet(member_id)
    self._replace_wallet(member_id, wallet)


@external
@nonreentrant
def propose_wallet(member_id: bytes32, wallet: address, issued: uint256, expiry: uint256, signatures: DynArray[Bytes[65], 5]):
    """
    @notice Attestors propose another wallet for a member who lost theirs; it can be vetoed for 30 days.
    @param member_id The member.
    @param wallet The proposed wallet.
    @param issued From when the attestors' signatures hold.
    @param expiry Until when they hold.
    @param signatures At least P-20 of them, in ascending order of the attestors' addresses.
    """
    assert staticcall IFund(FUND).members(member_id) != 0, "office: no such member"
    assert wallet != empty(address), "office: wallet missing"
    assert issued > self.last_proposed[member_id], "office: a later proposal exists"
    self._use_change(keccak256(abi_encode(WALLET_CHANGE, member_id, wallet, issued, expiry)), issued, expiry, signatures)
    self.last_proposed[member_id] = issued
    ready_at: uint256 = block.timestamp + VETO_TIME
    self.pending_wallet[member_id] = convert(wallet, uint256) << 96 | ready_at << 56
    log WalletProposed(member_id=member_id, wallet=wallet, ready_at=ready_at)


@external
@nonreentrant
def veto_wallet(member_id: bytes32):
    """
    @notice Refuses the proposed wallet; the present wallet or a contact.
    @param member_id The member.
    """
    self._veto_wallet(member_id, msg.sender)


@external
@nonreentrant
def complete_wallet(member_id: bytes32):
    """
    @notice Puts the proposed wallet in charge after 30 days without a veto; anybody. It has to accept the charter anew.
    @param member_id The member.
    """
    pending: uint256 = self.pending_wallet[member_id]
    assert pending != 0, "office: no wallet was proposed"
    assert block.timestamp >= pending >> 56 & (2**40 - 1), "office: the veto time is not over"
    self.pending_wallet[member_id] = 0
    extcall IFund(FUND).set_wallet(member_id, convert(pending >> 96, address), False)


# Classes (R-44)


@external
@nonreentrant
def change_class(member_id: bytes32, class_id: uint256, issued: uint256, expiry: uint256, signatures: DynArray[Bytes[65], 5]):
    """
    @notice Moves a member to the class that attestors signed: at once if its shares are no fewer, else requested.
    @param member_id The member, whose wallet calls and pays for more shares by allowance.
    @param class_id The new class.
    @param issued From when the attestors' signatures hold.
    @param expiry Until when they hold.
    @param signatures At least P-20 of them, in ascending order of the attestors' addresses.
    """
    self._only_wallet(member_id)
    self._change_class(member_id, class_id, issued, expiry, signatures)


@external
@nonreentrant
def apply_class(member_id: bytes32):
    """
    @notice Applies a requested decrease of shares when the leaving notice is over; anybody.
    @param member_id The member.
    """
    pending: uint256 = self.pending_class[member_id]
    assert pending != 0, "office: no class was requested"
    assert block.timestamp >= pending >> 200 & (2**40 - 1), "office: the notice is not over"
    self.pending_class[member_id] = 0
    member: uint256 = staticcall IFund(FUND).members(member_id)
    assert self._class_shares(pending >> 240) < member >> 44 & (2**24 - 1), "office: the shares fall no more"
    extcall IFund(FUND).set_class(member_id, pending >> 240, convert(member >> 96, address))


# Documents (R-124, R-125): the chain keeps the log alone, and nothing here ends with the membership


@external
@nonreentrant
def announce_key(member_id: bytes32, kind: uint256, public_key: bytes32):
    """
    @notice Says under which key the member reads what others grant; the latest counts (R-125).
    @param member_id The member.
    @param kind 1 for X25519, 2 for hybrid, 0 to withdraw the key.
    @param public_key The X25519 public key, the hash of the hybrid recipient, or zero to withdraw.
    """
    self._only_wallet(member_id)
    self._announce_key(member_id, kind, public_key)


@external
@nonreentrant
def authorise(member_id: bytes32, document: bytes32, reader: bytes32, grant: bytes32):
    """
    @notice Puts on record that the member let somebody read a document; the wallet or a contact (R-124).
    @param member_id The member.
    @param document Hash of the sealed document.
    @param reader Hash of the reader's public key, as a recipient.
    @param grant Hash of the document key wrapped to the reader.
    """
    self._authorise(member_id, document, reader, grant, msg.sender)


@external
@nonreentrant
def revoke(member_id: bytes32, document: bytes32, reader: bytes32):
    """
    @notice Puts on record that the wrapped key was withdrawn; the wallet or a contact (R-124). What was read stays read.
    @param member_id The member.
    @param document Hash of the sealed document.
    @param reader Hash of the reader's public key, as a recipient.
    """
    self._revoke(member_id, document, reader, msg.sender)


# Admission without attestors (R-38)


@external
@nonreentrant
def admit_invited(
    attestation: IFund.Attestation,
    inviters: DynArray[bytes32, 5],
    signatures: DynArray[Bytes[65], 5],
    tick: uint256,
    charter_hash: bytes32,
    payment: IFund.Payment,
):
    """
    @notice Admits a person whom P-45 members invite, where the charter says so or the attestors fell silent.
    @param attestation Who comes in; the inviters sign it as an attestor would, in the domain of the Fund.
    @param inviters The inviting members.
    @param signatures Their wallets' signatures, in the same order.
    @param tick Where the runway ends.
    @param charter_hash The charter that the person saw.
    @param payment How the price is paid.
    """
    form: uint256 = 0
    least: uint256 = 0
    form, least = self._admission_rules()
    if form != INVITATION:
        assert form != OPEN, "office: admission is open"
        last: uint256 = (staticcall IFund(FUND).admission() >> 4 & (2**20 - 1)) * HOUR
        silence: uint256 = staticcall IFund(FUND).member_terms() >> 8 & (2**32 - 1)
        assert block.timestamp > last + silence, "office: attestors admit here"
    assert len(inviters) >= least, "office: too few inviters"
    assert len(signatures) == len(inviters), "office: a signature for each inviter"
    digest: bytes32 = self._fund_digest(self._attestation_hash(attestation))
    wallets: DynArray[address, 6] = [attestation.wallet]
    for i: uint256 in range(len(inviters), bound=5):
        wallet: address = self._inviter(inviters[i])
        assert wallet not in wallets, "office: inviters need different wallets"
        assert signature_checker._is_valid_signature_now(wallet, digest, signatures[i]), "office: not the inviter's signature"
        wallets.append(wallet)
    extcall IFund(FUND).admit(attestation, tick, charter_hash, payment, msg.sender)


@external
@nonreentrant
def admit_open(attestation: IFund.Attestation, tick: uint256, charter_hash: bytes32, payment: IFund.Payment):
    """
    @notice Admits anybody, where the charter says that admission is open.
    @param attestation Who comes in, signed by nobody.
    @param tick Where the runway ends.
    @param charter_hash The charter that the person saw.
    @param payment How the price is paid.
    """
    form: uint256 = 0
    least: uint256 = 0
    form, least = self._admission_rules()
    assert form == OPEN, "office: admission is not open"
    extcall IFund(FUND).admit(attestation, tick, charter_hash, payment, msg.sender)


# Signed acts (R-50): anybody may relay them, the signer is the actor.


@external
@nonreentrant
def join_for(
    attestation: IFund.Attestation,
    signatures: DynArray[Bytes[65], 5],
    tick: uint256,
    charter_hash: bytes32,
    payment: IFund.Payment,
    deadline: uint256,
    signature: Bytes[65],
):
    """
    @notice Fund.join for the wallet of the attestation.
    @param attestation Who belongs, with which wallet, in which class.
    @param signatures The attestors' signatures.
    @param tick Where the runway ends.
    @param charter_hash The charter that the wallet saw.
    @param payment How the price is paid.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    body: Bytes[BODY] = abi_encode(JOIN, self._attestation_hash(attestation), tick, charter_hash, payment.method, payment.payer)
    self._spend(attestation.member_id, attestation.wallet, body, deadline, signature)
    extcall IFund(FUND).join(attestation, signatures, tick, charter_hash, payment, attestation.wallet)


@external
@nonreentrant
def accept_for(member_id: bytes32, charter_hash: bytes32, deadline: uint256, signature: Bytes[65]):
    """
    @notice Fund.accept for the member's wallet.
    @param member_id The member.
    @param charter_hash The charter that the wallet saw.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    actor: address = self._spend_wallet(member_id, abi_encode(ACCEPT, member_id, charter_hash), deadline, signature)
    extcall IFund(FUND).accept(member_id, charter_hash, actor)


@external
@nonreentrant
def top_up_for(member_id: bytes32, tick: uint256, payment: IFund.Payment, deadline: uint256, signature: Bytes[65]):
    """
    @notice Fund.top_up for the member's wallet.
    @param member_id The member.
    @param tick Where the runway ends.
    @param payment How the price is paid.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    body: Bytes[BODY] = abi_encode(TOP_UP, member_id, tick, payment.method, payment.payer)
    actor: address = self._spend_wallet(member_id, body, deadline, signature)
    extcall IFund(FUND).top_up(member_id, tick, payment, actor)


@external
@nonreentrant
def set_order_for(member_id: bytes32, most_per_period: uint256, target: uint256, deadline: uint256, signature: Bytes[65]):
    """
    @notice Fund.set_order for the member's wallet.
    @param member_id The member.
    @param most_per_period Largest amount per period, in units; 0 ends the order.
    @param target Runway to keep, in ticks.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    body: Bytes[BODY] = abi_encode(SET_ORDER, member_id, most_per_period, target)
    actor: address = self._spend_wallet(member_id, body, deadline, signature)
    extcall IFund(FUND).set_order(member_id, most_per_period, target, actor)


@external
@nonreentrant
def rejoin_for(member_id: bytes32, tick: uint256, charter_hash: bytes32, payment: IFund.Payment, deadline: uint256, signature: Bytes[65]):
    """
    @notice Fund.rejoin for the member's wallet.
    @param member_id The member.
    @param tick Where the runway ends.
    @param charter_hash The charter that the wallet saw.
    @param payment How the price is paid.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    body: Bytes[BODY] = abi_encode(REJOIN, member_id, tick, charter_hash, payment.method, payment.payer)
    actor: address = self._spend_wallet(member_id, body, deadline, signature)
    extcall IFund(FUND).rejoin(member_id, tick, charter_hash, payment, actor)


@external
@nonreentrant
def leave_for(member_id: bytes32, deadline: uint256, signature: Bytes[65]):
    """
    @notice Fund.leave for the member's wallet.
    @param member_id The member.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    actor: address = self._spend_wallet(member_id, abi_encode(LEAVE, member_id), deadline, signature)
    extcall IFund(FUND).leave(member_id, actor)


@external
@nonreentrant
def step_back_for(member_id: bytes32, deadline: uint256, signature: Bytes[65]):
    """
    @notice Fund.step_back for the member's wallet, while the mutual gathers (R-107).
    @param member_id The member.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    actor: address = self._spend_wallet(member_id, abi_encode(STEP_BACK, member_id), deadline, signature)
    extcall IFund(FUND).step_back(member_id, actor)


@external
@nonreentrant
def set_contacts_for(
    member_id: bytes32, contact_a: address, contact_b: address, beneficiary: address, deadline: uint256, signature: Bytes[65]
):
    """
    @notice `set_contacts` for the member's wallet.
    @param member_id The member.
    @param contact_a The first contact.
    @param contact_b The second contact.
    @param beneficiary Who is paid when a contact files.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    self._spend_wallet(member_id, abi_encode(SET_CONTACTS, member_id, contact_a, contact_b, beneficiary), deadline, signature)
    self._set_contacts(member_id, contact_a, contact_b, beneficiary)


@external
@nonreentrant
def replace_wallet_for(member_id: bytes32, wallet: address, deadline: uint256, signature: Bytes[65]):
    """
    @notice `replace_wallet` for the member's wallet.
    @param member_id The member.
    @param wallet The new wallet.
    @param deadline Until when the act may be relayed.
    @param signature The present wallet's signature.
    """
    self._spend_wallet(member_id, abi_encode(REPLACE_WALLET, member_id, wallet), deadline, signature)
    self._replace_wallet(member_id, wallet)


@external
@nonreentrant
def veto_wallet_for(member_id: bytes32, signer: address, deadline: uint256, signature: Bytes[65]):
    """
    @notice `veto_wallet` for the member's wallet or a contact.
    @param member_id The member.
    @param signer The wallet or the contact.
    @param deadline Until when the act may be relayed.
    @param signature The signer's signature.
    """
    self._spend(member_id, signer, abi_encode(VETO_WALLET, member_id), deadline, signature)
    self._veto_wallet(member_id, signer)


@external
@nonreentrant
def change_class_for(
    member_id: bytes32,
    class_id: uint256,
    issued: uint256,
    expiry: uint256,
    signatures: DynArray[Bytes[65], 5],
    deadline: uint256,
    signature: Bytes[65],
):
    """
    @notice `change_class` for the member's wallet.
    @param member_id The member.
    @param class_id The new class.
    @param issued From when the attestors' signatures hold.
    @param expiry Until when they hold.
    @param signatures The attestors' signatures.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    self._spend_wallet(member_id, abi_encode(CHANGE_CLASS, member_id, class_id), deadline, signature)
    self._change_class(member_id, class_id, issued, expiry, signatures)


@external
@nonreentrant
def file_for(filing: Filing, payment: IFund.Payment, signer: address, deadline: uint256, signature: Bytes[65]) -> uint256:
    """
    @notice Court.file for the member's wallet or a contact; the Court checks that the signer is one.
    @param filing What is claimed.
    @param payment How the bond is paid.
    @param signer The wallet or the contact.
    @param deadline Until when the act may be relayed.
    @param signature The signer's signature.
    @return The claim's number.
    """
    filing_hash: bytes32 = keccak256(
        abi_encode(
            FILING,
            filing.member_id,
            filing.benefit,
            filing.day,
            filing.claimed,
            filing.evidence,
            filing.seal_key,
            filing.summary,
            filing.source,
        )
    )
    body: Bytes[BODY] = abi_encode(FILE, filing_hash, payment.method, payment.payer)
    self._spend(filing.member_id, signer, body, deadline, signature)
    return extcall Court(self._court()).file(filing, payment, signer)


@external
@nonreentrant
def grant_for(c: uint256, claim: Claim, keys_hash: bytes32, signer: address, deadline: uint256, signature: Bytes[65]):
    """
    @notice Court.grant for the claimant; the Court checks that the signer is the claim's wallet or filer.
    @param c The claim's number.
    @param claim The claim.
    @param keys_hash Hash of the wrapped keys.
    @param signer The claim's wallet or filer.
    @param deadline Until when the act may be relayed.
    @param signature The signer's signature.
    """
    self._spend(claim.member_id, signer, abi_encode(GRANT, claim.member_id, c, keys_hash), deadline, signature)
    extcall Court(self._court()).grant(c, claim, keys_hash, signer)


@external
@nonreentrant
def cure_for(c: uint256, claim: Claim, evidence: bytes32, signer: address, deadline: uint256, signature: Bytes[65]):
    """
    @notice Court.cure for the claimant; the Court checks that the signer is the claim's wallet or filer.
    @param c The claim's number.
    @param claim The claim.
    @param evidence Hash of the completed evidence.
    @param signer The claim's wallet or filer.
    @param deadline Until when the act may be relayed.
    @param signature The signer's signature.
    """
    self._spend(claim.member_id, signer, abi_encode(CURE, claim.member_id, c, evidence), deadline, signature)
    extcall Court(self._court()).cure(c, claim, evidence, signer)


@external
@nonreentrant
def challenge_for(
    member_id: bytes32,
    c: uint256,
    claim: Claim,
    seat: uint256,
    payment: IFund.Payment,
    signer: address,
    deadline: uint256,
    signature: Bytes[65],
):
    """
    @notice Court.challenge for the claimant, or for another member.
    @param member_id The claim's member for the claimant, else the signer's own.
    @param c The claim's number.
    @param claim The claim.
    @param seat A juror's seat.
    @param payment How the bond is paid.
    @param signer The claim's wallet or filer, or the member's wallet.
    @param deadline Until when the act may be relayed.
    @param signature The signer's signature.
    """
    if signer != self._wallet(member_id):
        # Strangers must not use up a member's nonces. The Court compares the claim with its digest.
        assert member_id == claim.member_id and (signer == claim.wallet or signer == claim.filer), "office: not the member's wallet"
    body: Bytes[BODY] = abi_encode(CHALLENGE, member_id, c, seat, payment.method, payment.payer)
    self._spend(member_id, signer, body, deadline, signature)
    extcall Court(self._court()).challenge(c, claim, seat, payment, signer)


@external
@nonreentrant
def volunteer_for(member_id: bytes32, payment: IFund.Payment, deadline: uint256, signature: Bytes[65]) -> uint256:
    """
    @notice Jury.volunteer for the member's wallet.
    @param member_id The member.
    @param payment How the bond is paid.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    @return The volunteer's index.
    """
    body: Bytes[BODY] = abi_encode(VOLUNTEER, member_id, payment.method, payment.payer)
    actor: address = self._spend_wallet(member_id, body, deadline, signature)
    return extcall Jury(staticcall IFund(FUND).jury()).volunteer(member_id, payment, actor)


@external
@nonreentrant
def retire_for(member_id: bytes32, deadline: uint256, signature: Bytes[65]):
    """
    @notice Jury.retire for the member's wallet.
    @param member_id A member that the volunteering wallet controls.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    actor: address = self._spend_wallet(member_id, abi_encode(RETIRE, member_id), deadline, signature)
    extcall Jury(staticcall IFund(FUND).jury()).retire(actor)


@external
@nonreentrant
def announce_seat_for(
    member_id: bytes32,
    key: uint256,
    seat: uint256,
    kind: uint256,
    public_key: bytes32,
    deadline: uint256,
    signature: Bytes[65],
):
    """
    @notice Jury.announce for the member's wallet; the Jury checks that it is the seat's.
    @param member_id A member that the juror's wallet controls.
    @param key A drawn panel.
    @param seat The seat.
    @param kind 1 for X25519, 2 for hybrid.
    @param public_key The X25519 public key, or the hash of the hybrid recipient.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    body: Bytes[BODY] = abi_encode(ANNOUNCE_SEAT, member_id, key, seat, kind, public_key)
    actor: address = self._spend_wallet(member_id, body, deadline, signature)
    extcall Jury(staticcall IFund(FUND).jury()).announce(key, seat, kind, public_key, actor)


@external
@nonreentrant
def announce_key_for(member_id: bytes32, kind: uint256, public_key: bytes32, deadline: uint256, signature: Bytes[65]):
    """
    @notice `announce_key` for the member's wallet.
    @param member_id The member.
    @param kind 1 for X25519, 2 for hybrid, 0 to withdraw the key.
    @param public_key The X25519 public key, the hash of the hybrid recipient, or zero to withdraw.
    @param deadline Until when the act may be relayed.
    @param signature The wallet's signature.
    """
    self._spend_wallet(member_id, abi_encode(ANNOUNCE_KEY, member_id, kind, public_key), deadline, signature)
    self._announce_key(member_id, kind, public_key)


@external
@nonreentrant
def authorise_for(
    member_id: bytes32,
    document: bytes32,
    reader: bytes32,
    grant: bytes32,
    signer: address,
    deadline: uint256,
    signature: Bytes[65],
):
    """
    @notice `authorise` for the member's wallet or a contact.
    @param member_id The member.
    @param document Hash of the sealed document.
    @param reader Hash of the reader's public key, as a recipient.
    @param grant Hash of the document key wrapped to the reader.
    @param signer The wallet or the contact.
    @param deadline Until when the act may be relayed.
    @param signature The signer's signature.
    """
    self._spend(member_id, signer, abi_encode(AUTHORISE, member_id, document, reader, grant), deadline, signature)
    self._authorise(member_id, document, reader, grant, signer)


@external
@nonreentrant
def revoke_for(
    member_id: bytes32, document: bytes32, reader: bytes32, signer: address, deadline: uint256, signature: Bytes[65]
):
    """
    @notice `revoke` for the member's wallet or a contact.
    @param member_id The member.
    @param document Hash of the sealed document.
    @param reader Hash of the reader's public key, as a recipient.
    @param signer The wallet or the contact.
    @param deadline Until when the act may be relayed.
    @param signature The signer's signature.
    """
    self._spend(member_id, signer, abi_encode(REVOKE, member_id, document, reader), deadline, signature)
    self._revoke(member_id, document, reader, signer)


# Internals


@internal
def _spend_wallet(member_id: bytes32, body: Bytes[BODY], deadline: uint256, signature: Bytes[65]) -> address:
    wallet: address = self._wallet(member_id)
    self._spend(member_id, wallet, body, deadline, signature)
    return wallet


@internal
def _spend(member_id: bytes32, signer: address, body: Bytes[BODY], deadline: uint256, signature: Bytes[65]):
    """
    @dev R-50. `body` is the encoded struct, type hash first, without nonce and deadline; all its fields are words.
    """
    assert block.timestamp <= deadline, "office: the signed act has expired"
    assert signer != empty(address), "office: no such member"
    nonce: uint256 = self.nonces[member_id]
    struct_hash: bytes32 = keccak256(concat(body, convert(nonce, bytes32), convert(deadline, bytes32)))
    digest: bytes32 = eip712_domain_separator._hash_typed_data_v4(struct_hash)
    assert signature_checker._is_valid_signature_now(signer, digest, signature), "office: not the actor's signature"
    self.nonces[member_id] = nonce + 1
    log ActRelayed(member_id=member_id, signer=signer, act=extract32(body, 0), nonce=nonce)


@internal
def _use_change(struct_hash: bytes32, issued: uint256, expiry: uint256, signatures: DynArray[Bytes[65], 5]):
    """
    @dev R-44, R-47: at least P-20 different attestors of the version in force, in its ascending order; each change works
         once.
    """
    assert issued <= block.timestamp, "office: the change is of the future"
    assert block.timestamp <= expiry, "office: the change has expired"
    assert not self.used[struct_hash], "office: the change was used"
    quorum: uint256 = staticcall IFund(FUND).member_terms() & 255
    assert quorum > 0, "office: no attestor signs here"
    assert len(signatures) >= quorum, "office: too few attestors"
    self.used[struct_hash] = True
    digest: bytes32 = eip712_domain_separator._hash_typed_data_v4(struct_hash)
    version: uint256 = staticcall ICharter(CHARTER).current()
    attestors: DynArray[address, MOST_ATTESTORS] = staticcall ICharter(CHARTER).attestors(version)
    following: uint256 = 0
    for signature: Bytes[65] in signatures:
        found: bool = False
        for i: uint256 in range(following, len(attestors), bound=MOST_ATTESTORS):
            if signature_checker._is_valid_signature_now(attestors[i], digest, signature):
                found = True
                following = i + 1
                break
        assert found, "office: not an attestor's signature"


@internal
def _set_contacts(member_id: bytes32, contact_a: address, contact_b: address, beneficiary: address):
    self._contacts[member_id] = Contacts(contact_a=contact_a, contact_b=contact_b, beneficiary=beneficiary)
    log ContactsSet(member_id=member_id, contact_a=contact_a, contact_b=contact_b, beneficiary=beneficiary)
    is_any_named: bool = contact_a != empty(address) or contact_b != empty(address) or beneficiary != empty(address)
    extcall IFund(FUND).set_contacts_flag(member_id, is_any_named)


@internal
def _replace_wallet(member_id: bytes32, wallet: address):
    # A wallet that acts is not lost: a pending proposal ends.
    self.pending_wallet[member_id] = 0
    extcall IFund(FUND).set_wallet(member_id, wallet, True)


@internal
def _veto_wallet(member_id: bytes32, by: address):
    self._check_side(member_id, by)
    assert self.pending_wallet[member_id] != 0, "office: no wallet was proposed"
    self.pending_wallet[member_id] = 0
    log WalletVetoed(member_id=member_id, by=by)


@internal
def _announce_key(member_id: bytes32, kind: uint256, public_key: bytes32):
    assert kind <= HYBRID, "office: no such kind of key"
    assert (kind == NO_KEY) == (public_key == empty(bytes32)), "office: key and kind do not go together"
    log ReaderKeyAnnounced(member_id=member_id, kind=kind, public_key=public_key)


@internal
def _authorise(member_id: bytes32, document: bytes32, reader: bytes32, grant: bytes32, actor: address):
    self._check_side(member_id, actor)
    assert document != empty(bytes32) and reader != empty(bytes32) and grant != empty(bytes32), "office: hash missing"
    log Authorised(member_id=member_id, document=document, reader=reader, grant=grant, actor=actor)


@internal
def _revoke(member_id: bytes32, document: bytes32, reader: bytes32, actor: address):
    self._check_side(member_id, actor)
    assert document != empty(bytes32) and reader != empty(bytes32), "office: hash missing"
    log Revoked(member_id=member_id, document=document, reader=reader, actor=actor)


@internal
def _change_class(member_id: bytes32, class_id: uint256, issued: uint256, expiry: uint256, signatures: DynArray[Bytes[65], 5]):
    """
    @dev R-44. A new change takes the place of a requested one.
    """
    self._use_change(keccak256(abi_encode(CLASS_CHANGE, member_id, class_id, issued, expiry)), issued, expiry, signatures)
    member: uint256 = staticcall IFund(FUND).members(member_id)
    next_shares: uint256 = self._class_shares(class_id)
    if next_shares >= member >> 44 & (2**24 - 1):
        self.pending_class[member_id] = 0
        extcall IFund(FUND).set_class(member_id, class_id, convert(member >> 96, address))
        return
    # What the Fund checks when it changes a class holds for a request already.
    assert staticcall IFund(FUND).stage() >> 248 < WINDING_DOWN, "office: the mutual is winding down"
    assert self._is_in_force(member), "office: not in force"
    assert member & LEAVING == 0, "office: already leaving"
    changed: uint256 = (staticcall IFund(FUND).history(member_id) >> 140 & (2**20 - 1)) * HOUR
    window: uint256 = staticcall IFund(FUND).member_terms() >> 40 & (2**32 - 1)
    assert changed == 0 or changed + window < block.timestamp, "office: changed too recently"
    applies_at: uint256 = block.timestamp + (staticcall IFund(FUND).member_terms() >> 192 & (2**32 - 1))
    self.pending_class[member_id] = class_id << 240 | applies_at << 200
    log ClassRequested(member_id=member_id, class_id=class_id, applies_at=applies_at)


@internal
@view
def _admission_rules() -> (uint256, uint256):
    """
    @dev P-44 and P-45 of the version in force.
    """
    version: uint256 = staticcall ICharter(CHARTER).current()
    terms: uint256[4] = staticcall ICharter(CHARTER).court_terms(version)
    return terms[2] & 255, terms[2] >> 8 & 255


@internal
@view
def _inviter(member_id: bytes32) -> address:
    """
    @dev R-38: in force, accepted, a member for the newcomers' time, not leaving.
    """
    member: uint256 = staticcall IFund(FUND).members(member_id)
    newcomer: uint256 = staticcall IFund(FUND).member_terms() >> 120 & (2**32 - 1)
    assert self._is_in_force(member), "office: an inviter is not in force"
    assert member & ACCEPTED != 0 and member & LEAVING == 0, "office: an inviter is leaving or has not accepted"
    assert (member >> 24 & (2**20 - 1)) * HOUR + newcomer <= block.timestamp, "office: an inviter is a newcomer"
    return convert(member >> 96, address)


@internal
@view
def _is_in_force(member: uint256) -> bool:
    """
    @dev A < X, and not exited. False for an empty record.
    """
    index: uint256 = staticcall IFund(FUND).books() >> 160
    runway_end: uint256 = (member >> 68 & (2**28 - 1)) * staticcall ICharter(CHARTER).spacing()
    return runway_end > index and member & EXITED == 0


@internal
@view
def _class_shares(class_id: uint256) -> uint256:
    """
    @dev P-38; reverts for a class that the charter does not have.
    """
    assert class_id < 40, "office: no such class"
    shares: uint256 = staticcall IFund(FUND).shares_words(class_id // 10) >> (24 * (class_id % 10)) & (2**24 - 1)
    assert shares > 0, "office: no such class"
    return shares


@internal
@view
def _check_side(member_id: bytes32, actor: address):
    """
    @dev R-47, R-124: the member's wallet or a contact. Contacts of a record that was erased (R-107) name nobody.
    """
    assert actor != empty(address), "office: not the wallet or a contact"
    member: uint256 = staticcall IFund(FUND).members(member_id)
    if convert(member >> 96, address) != actor:
        named: Contacts = self._contacts[member_id]
        is_named: bool = actor == named.contact_a or actor == named.contact_b
        assert is_named and member & CONTACTS_NAMED != 0, "office: not the wallet or a contact"


@internal
@view
def _only_wallet(member_id: bytes32):
    assert msg.sender == self._wallet(member_id), "office: not the member's wallet"


@internal
@view
def _wallet(member_id: bytes32) -> address:
    return convert(staticcall IFund(FUND).members(member_id) >> 96, address)


@internal
@view
def _court() -> address:
    return staticcall IFund(FUND).court()


@internal
@pure
def _attestation_hash(attestation: IFund.Attestation) -> bytes32:
    return keccak256(
        abi_encode(
            ATTESTATION, attestation.member_id, attestation.wallet, attestation.class_id, attestation.issued, attestation.expiry
        )
    )


@internal
@view
def _fund_digest(struct_hash: bytes32) -> bytes32:
    separator: bytes32 = keccak256(abi_encode(DOMAIN_TYPEHASH, FUND_NAME, FUND_VERSION, chain.id, FUND))
    return keccak256(concat(x"1901", separator, struct_hash))
