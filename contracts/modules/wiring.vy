#pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title Wiring
@license AGPL-3.0-only
@notice Who speaks to the Fund besides the public: the mutual's Office, Court, Jury and Assembly, named once and for ever.
@dev It gives nobody else any right. The founder's only power is this one call.
"""

from modules import words


event Wired:
    office: address
    court: address
    jury: address
    assembly: address


# Verifies signed acts and may name another actor (R-50); alone changes wallets and classes.
office: public(address)
# Alone settles claims (R-80).
court: public(address)
# With the Court, holds and releases bonds.
jury: public(address)
# Alone winds down by vote (R-108).
assembly: public(address)

_FOUNDER: immutable(address)


@deploy
def __init__(founder: address):
    """
    @notice Names who may wire.
    @param founder The Founder contract.
    """
    _FOUNDER = founder


@internal
def _wire(office: address, court: address, jury: address, assembly: address):
    """
    @dev By the founder, once.
    """
    if msg.sender != _FOUNDER:
        words._fail("fund: not the founder")
    if self.court != empty(address):
        words._fail("fund: already wired")
    if office == empty(address) or court == empty(address) or jury == empty(address) or assembly == empty(address):
        words._fail("fund: address missing")
    self.office = office
    self.court = court
    self.jury = jury
    self.assembly = assembly
    log Wired(office=office, court=court, jury=jury, assembly=assembly)


@internal
@view
def _only_office():
    if msg.sender != self.office:
        words._fail("fund: not the office")


@internal
@view
def _only_court():
    if msg.sender != self.court:
        words._fail("fund: not the court")


@internal
@view
def _only_court_or_jury():
    if msg.sender != self.court and msg.sender != self.jury:
        words._fail("fund: not the court or jury")


@internal
@view
def _check_actor(actor: address):
    """
    @dev The actor is the caller, or whoever the Office vouches for (R-50).
    """
    if actor != msg.sender and msg.sender != self.office:
        words._fail("fund: not the actor")
