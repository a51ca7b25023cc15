# SPDX-License-Identifier: AGPL-3.0-only
"""Whether a signed use of an event is one for a claim: what its jurors look at (R-128)."""

from enum import StrEnum

from tongxin.chain.keys import SignerError, signer_of
from tongxin.chain.mutual import Mutual
from tongxin.chain.structs import Claim
from tongxin.chain.typed_data import event_use
from tongxin.cli.papers import EventUsePaper
from tongxin.cli.text import _

__all__ = ["EVENT_USE_NAME", "EventUseFault", "check_event_use", "fault_text"]

EVENT_USE_NAME = "event-use.json"
"""The file's name inside the sealed evidence."""


class EventUseFault(StrEnum):
    """What is wrong with a signed use of an event; the names are part of the JSON output."""

    OTHER_MUTUAL = "other_mutual"
    OTHER_MEMBER = "other_member"
    OTHER_BENEFIT = "other_benefit"
    OTHER_DAY = "other_day"
    BAD_SIGNATURE = "bad_signature"
    NO_ATTESTOR = "no_attestor"


def check_event_use(paper: EventUsePaper, mutual: Mutual, claim: Claim) -> tuple[EventUseFault, ...]:
    """What is wrong with a use that was brought with a claim; nothing if the tuple is empty.

    The signer must be an attestor of the version by which the claim is judged, or of that in force when it was filed.
    That the event was not used elsewhere is the attestor's word: nobody else has its register.

    Args:
        paper: As it lay in the evidence.
        mutual: The mutual of the claim.
        claim: The claim as it was filed.
    """
    found = []
    if (paper.chain_id, paper.fund.lower()) != (mutual.endpoints.chain_id, mutual.fund.address.lower()):
        found.append(EventUseFault.OTHER_MUTUAL)
    if bytes.fromhex(paper.member_id[2:]) != claim.member_id:
        found.append(EventUseFault.OTHER_MEMBER)
    if paper.benefit != claim.benefit:
        found.append(EventUseFault.OTHER_BENEFIT)
    if paper.day != claim.day:
        found.append(EventUseFault.OTHER_DAY)
    if _signer(paper, mutual) != paper.signer.lower():
        found.append(EventUseFault.BAD_SIGNATURE)
    elif paper.signer.lower() not in _attestors(mutual, claim):
        found.append(EventUseFault.NO_ATTESTOR)
    return tuple(found)


def fault_text(fault: EventUseFault) -> str:
    """What is wrong, in words."""
    return {
        EventUseFault.OTHER_MUTUAL: _("the use of the event was signed for another mutual"),
        EventUseFault.OTHER_MEMBER: _("the use of the event was signed for another member"),
        EventUseFault.OTHER_BENEFIT: _("the use of the event was signed for another benefit"),
        EventUseFault.OTHER_DAY: _("the use of the event was signed for another day"),
        EventUseFault.BAD_SIGNATURE: _("the signature on the use of the event is not that of who it names"),
        EventUseFault.NO_ATTESTOR: _("whoever signed the use of the event is no attestor of this mutual"),
    }[fault]


def _signer(paper: EventUsePaper, mutual: Mutual) -> str | None:
    """Whose signature it is, in lower case; None if it is nobody's."""
    member_id, use = bytes.fromhex(paper.member_id[2:]), bytes.fromhex(paper.use[2:])
    typed = event_use(mutual.attestation_domain, member_id, paper.benefit, paper.day, use)
    try:
        return signer_of(typed, bytes.fromhex(paper.signature[2:])).lower()
    except SignerError:
        return None


def _attestors(mutual: Mutual, claim: Claim) -> set[str]:
    versions = {claim.version, mutual.charter.version_at(claim.filed_at)}
    return {address.lower() for version in versions for address in mutual.charter.attestors(version)}
