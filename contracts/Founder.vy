#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Founder
@license AGPL-3.0-only
@notice Founds mutuals: from a charter's numbers it deploys Charter, Fund, Office, Jury, Court and Assembly, wires
        them to one another and lists the mutual. Every mutual has contracts of its own and the same code.

        What it never does: hold money, or touch a mutual after listing it: each contract obeys it once. A mutual that is
        half founded takes no money, because its Fund names no Court before the last step.

        Who may do what: anybody begins; only who began takes the steps that follow, in the order of this file.

        Not audited by a third party.
@dev Each step is a transaction of its own below 16.7 million gas. Code comes from blueprints (EIP-5202), whose
     addresses are fixed at deployment.
"""

from interfaces import ICharter
from interfaces import IFund


interface Jury:
    def wire(court: address): nonpayable


struct Mutual:
    charter: address
    fund: address
    office: address
    jury: address
    court: address
    assembly: address
    begun_by: address
    done: bool


event Begun:
    id: indexed(uint256)
    by: indexed(address)
    charter: address


event Deployed:
    id: indexed(uint256)
    part: indexed(uint256)
    contract: address


event Founded:
    id: indexed(uint256)
    fund: indexed(address)
    charter_hash: bytes32


# The charter's slot of the founding.
FIRST: constant(uint256) = 1

# Parts, as named in `Deployed`.
FUND: constant(uint256) = 1
OFFICE: constant(uint256) = 2
JURY: constant(uint256) = 3
COURT: constant(uint256) = 4
ASSEMBLY: constant(uint256) = 5

CHARTER_BLUEPRINT: public(immutable(address))
FUND_BLUEPRINT: public(immutable(address))
# The rest of the Fund's code, which the Fund deploys itself.
ANNEX_BLUEPRINT: public(immutable(address))
STAGES_BLUEPRINT: public(immutable(address))
OFFICE_BLUEPRINT: public(immutable(address))
JURY_BLUEPRINT: public(immutable(address))
COURT_BLUEPRINT: public(immutable(address))
ASSEMBLY_BLUEPRINT: public(immutable(address))
# The contract that checks numbers, one for all mutuals.
BOUNDS: public(immutable(address))

# Mutuals by number, from 1, in the order in which they were begun.
mutuals: public(HashMap[uint256, Mutual])
count: public(uint256)


@deploy
def __init__(
    charter: address,
    fund: address,
    annex: address,
    stages: address,
    office: address,
    jury: address,
    court: address,
    assembly: address,
    bounds: address,
):
    """
    @notice Fixes the code of every mutual that is founded here.
    @param charter Blueprint of Charter.
    @param fund Blueprint of Fund.
    @param annex Blueprint of FundAnnex.
    @param stages Blueprint of FundStages.
    @param office Blueprint of Office.
    @param jury Blueprint of Jury.
    @param court Blueprint of Court.
    @param assembly Blueprint of Assembly.
    @param bounds The Bounds contract.
    """
    for blueprint: address in [charter, fund, annex, stages, office, jury, court, assembly]:
        assert slice(blueprint.code, 0, 3) == x"FE7100", "founder: not a blueprint"
    assert bounds.is_contract, "founder: bounds have no code"
    CHARTER_BLUEPRINT = charter
    FUND_BLUEPRINT = fund
    ANNEX_BLUEPRINT = annex
    STAGES_BLUEPRINT = stages
    OFFICE_BLUEPRINT = office
    JURY_BLUEPRINT = jury
    COURT_BLUEPRINT = court
    ASSEMBLY_BLUEPRINT = assembly
    BOUNDS = bounds


@external
@nonreentrant
def begin(terms: ICharter.Terms, token: address, spacing: uint256) -> uint256:
    """
    @notice Step 1: deploys the charter and drafts its first version. The caller alone takes the steps that follow.
    @param terms The numbers, and the hash of the canonical document.
    @param token P-1.
    @param spacing P-2.
    @return The mutual's number.
    """
    id: uint256 = self.count + 1
    self.count = id
    charter: address = create_from_blueprint(CHARTER_BLUEPRINT, self, BOUNDS, token, spacing, code_offset=3)
    self.mutuals[id].charter = charter
    self.mutuals[id].begun_by = msg.sender
    log Begun(id=id, by=msg.sender, charter=charter)
    extcall ICharter(charter).draft(terms, True)
    return id


@external
@nonreentrant
def add_benefits(
    id: uint256, first: uint256, benefits: DynArray[uint256, 16], entitlements: DynArray[DynArray[uint256, 40], 16]
):
    """
    @notice Step 2, in as many transactions as it takes: the benefits with their amounts and waiting times.
    @param id The mutual's number.
    @param first The id of the first benefit: as many as were added before.
    @param benefits P-39.
    @param entitlements P-40 and P-41, by benefit and class.
    """
    self._only_beginner(id)
    extcall ICharter(self.mutuals[id].charter).add_benefits(FIRST, first, benefits, entitlements)


@external
@nonreentrant
def deploy_fund(id: uint256):
    """
    @notice Step 3: seals the charter, which refuses by F-1 to F-9, and deploys the Fund.
    @param id The mutual's number.
    """
    self._only_beginner(id)
    assert self.mutuals[id].fund == empty(address), "founder: the fund is there"
    charter: address = self.mutuals[id].charter
    extcall ICharter(charter).seal(FIRST)
    fund: address = create_from_blueprint(FUND_BLUEPRINT, charter, self, ANNEX_BLUEPRINT, STAGES_BLUEPRINT, code_offset=3)
    self.mutuals[id].fund = fund
    log Deployed(id=id, part=FUND, contract=fund)


@external
@nonreentrant
def deploy_office(id: uint256):
    """
    @notice Step 4.
    @param id The mutual's number.
    """
    self._only_beginner(id)
    fund: address = self.mutuals[id].fund
    assert fund != empty(address), "founder: deploy the fund first"
    assert self.mutuals[id].office == empty(address), "founder: the office is there"
    office: address = create_from_blueprint(OFFICE_BLUEPRINT, fund, self.mutuals[id].charter, code_offset=3)
    self.mutuals[id].office = office
    log Deployed(id=id, part=OFFICE, contract=office)


@external
@nonreentrant
def deploy_jury(id: uint256):
    """
    @notice Step 5.
    @param id The mutual's number.
    """
    self._only_beginner(id)
    mutual: Mutual = self.mutuals[id]
    assert mutual.office != empty(address), "founder: deploy the office first"
    assert mutual.jury == empty(address), "founder: the jury is there"
    jury: address = create_from_blueprint(
        JURY_BLUEPRINT, mutual.charter, mutual.fund, mutual.office, self, code_offset=3
    )
    self.mutuals[id].jury = jury
    log Deployed(id=id, part=JURY, contract=jury)


@external
@nonreentrant
def deploy_court(id: uint256):
    """
    @notice Step 6.
    @param id The mutual's number.
    """
    self._only_beginner(id)
    mutual: Mutual = self.mutuals[id]
    assert mutual.jury != empty(address), "founder: deploy the jury first"
    assert mutual.court == empty(address), "founder: the court is there"
    court: address = create_from_blueprint(
        COURT_BLUEPRINT, mutual.charter, mutual.fund, mutual.office, mutual.jury, code_offset=3
    )
    self.mutuals[id].court = court
    log Deployed(id=id, part=COURT, contract=court)


@external
@nonreentrant
def deploy_assembly(id: uint256):
    """
    @notice Step 7: deploys the Assembly, wires the contracts to one another and lists the mutual.
    @param id The mutual's number.
    """
    self._only_beginner(id)
    mutual: Mutual = self.mutuals[id]
    assert mutual.court != empty(address), "founder: deploy the court first"
    assert not mutual.done, "founder: the mutual is founded"
    assembly: address = create_from_blueprint(ASSEMBLY_BLUEPRINT, mutual.charter, mutual.fund, code_offset=3)
    self.mutuals[id].assembly = assembly
    self.mutuals[id].done = True
    extcall ICharter(mutual.charter).wire(assembly)
    extcall Jury(mutual.jury).wire(mutual.court)
    extcall IFund(mutual.fund).wire(mutual.office, mutual.court, mutual.jury, assembly)
    log Deployed(id=id, part=ASSEMBLY, contract=assembly)
    log Founded(id=id, fund=mutual.fund, charter_hash=staticcall ICharter(mutual.charter).charter_hash(1))


@internal
@view
def _only_beginner(id: uint256):
    begun_by: address = self.mutuals[id].begun_by
    assert begun_by != empty(address), "founder: no such mutual"
    assert msg.sender == begun_by, "founder: another one began it"
