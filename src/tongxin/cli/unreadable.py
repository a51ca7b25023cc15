# SPDX-License-Identifier: AGPL-3.0-only
"""What a juror's attempt to open the evidence came to, in words, and the vote that rests on it (R-126)."""

from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.cli.vault import Vault
from tongxin.evidence.keys import Identity
from tongxin.evidence.opening import SeatAccess, examine_seat, late_key, seat_access
from tongxin.evidence.unreadable import Finding

__all__ = ["examined", "finding_text", "unreadable_secret"]


def finding_text(finding: Finding) -> str:
    """A finding in words."""
    return {
        Finding.READABLE: _("the evidence can be read"),
        Finding.NOT_THE_SEAT_KEY: _("the key is not the one that the seat announced before access was given"),
        Finding.NO_MANIFEST: _("no store has the list of keys that the claimant gave the panel"),
        Finding.NOT_NAMED: _("the claimant gave this seat no key"),
        Finding.NO_GRANT: _("no store has the wrapped key of this seat"),
        Finding.GRANT_DIFFERS: _("the wrapped key is another than the claimant named"),
        Finding.GRANT_SHUT: _("the wrapped key does not open with the key of this seat"),
        Finding.NO_KEY: _("there is no document key in what was wrapped"),
        Finding.OTHER_KEY: _("the wrapped key is not that of the claim's document"),
        Finding.NO_DOCUMENT: _("no store has the document"),
        Finding.DOCUMENT_UNREADABLE: _("the document does not open with its key"),
    }[finding]


def examined(vault: Vault, found: SeatAccess, seat_key: Identity) -> Finding:
    """Tries to open a seat's evidence, document and all.

    Raises:
        NoStoreError: A store that may hold it cannot be asked: nothing is known then.
    """
    with vault.fetched(found.told.evidence, found.hints) as document:
        return examine_seat(found, seat_key, document)


def unreadable_secret(session: Session, number: int, panel: int, seat: int) -> bytes:
    """The secret of one's seat, to be shown with a vote *incomplete*, after finding that nothing opens.

    Raises:
        CommandError: The evidence can be read, or the claimant is not to blame; showing the secret would then reveal
            the document to everybody, or prove nothing.
    """
    vault = Vault(session)
    seat_key = vault.keystore.seat(vault.seat(panel, seat))
    found = seat_access(session.mutual, vault.shelf, number, panel, seat)
    if seat_key is None or found is None:
        raise CommandError(
            _("your seat had announced no key when access was given, so the claimant could not give it one")
        )
    if late_key(session.mutual, vault.shelf, found.told.evidence, [seat_key]) is not None:
        raise CommandError(
            _("the claimant gave your seat the key later: tongxin evidence open {number}").format(number=number)
        )
    finding = examined(vault, found, seat_key)
    if not finding.unreadable:
        raise CommandError(_("{finding}; vote by what it says").format(finding=finding_text(finding)))
    session.note(finding_text(finding))
    return seat_key.secret
