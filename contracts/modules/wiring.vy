#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Wiring
@license AGPL-3.0-only
@notice Who speaks to the Fund besides the public: the mutual's Office, Court and Jury, named once and for ever.
@dev It gives nobody else any right. The founder's only power is this one call.
"""

event Wired:
    office: address
    court: address
    jury: address


# Verifies signed acts and may name another actor (R-50); alone changes wallets and classes.
office: public(address)
# Alone settles claims (R-80).
court: public(address)
# With the Court, holds and releases bonds.
jury: public(address)

_FOUNDER: immutable(address)


@deploy
def __init__(founder: address):
    """
    @notice Names who may wire.
    @param founder The Founder contract.
    """
    _FOUNDER = founder


@external
def wire(office: address, court: address, jury: address):
    """
    @notice Names the other contracts of the mutual; the founder, once.
    @param office The Office.
    @param court The Court.
    @param jury The Jury.
    """
    assert msg.sender == _FOUNDER, "fund: not the founder"
    assert self.court == empty(address), "fund: already wired"
    assert office != empty(address) and court != empty(address) and jury != empty(address), "fund: address missing"
    self.office = office
    self.court = court
    self.jury = jury
    log Wired(office=office, court=court, jury=jury)


@internal
@view
def _only_office():
    assert msg.sender == self.office, "fund: not the office"


@internal
@view
def _only_court():
    assert msg.sender == self.court, "fund: not the court"


@internal
@view
def _only_court_or_jury():
    assert msg.sender == self.court or msg.sender == self.jury, "fund: not the court or jury"


@internal
@view
def _check_actor(actor: address):
    """
    @dev The actor is the caller, or whoever the Office vouches for (R-50).
    """
    if actor != msg.sender:
        assert msg.sender == self.office, "fund: not the actor"
