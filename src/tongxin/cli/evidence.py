# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin evidence`: sealed documents, who may read them, and how that ends (R-120 to R-127)."""

import typer

from tongxin.cli import (
    evidence_end,
    evidence_give,
    evidence_keys,
    evidence_list,
    evidence_read,
    evidence_seal,
    evidence_seats,
)
from tongxin.cli.app import command, group
from tongxin.cli.text import _


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    evidence = group(program, "evidence", _("Seal evidence, let others read it, read what you were granted."))
    keys = group(evidence, "key", _("Your own key, to which others grant."))
    command(keys, "new", _("Make a reader key."))(evidence_keys.new)
    command(keys, "show", _("Show your reader keys."))(evidence_keys.show)
    command(keys, "announce", _("Announce your reader key, so that others can grant to your member id."))(
        evidence_keys.announce
    )
    command(keys, "rotate", _("Change to a new reader key; older ones are kept for reading."))(evidence_keys.rotate)
    command(evidence, "seal", _("Seal files on this machine; nothing leaves it."))(evidence_seal.seal)
    command(evidence, "put", _("Put sealed files into the stores, or lost copies again."))(evidence_seal.put)
    command(evidence, "grant", _("Let a claim's panel, or a reader, open a document."))(evidence_give.grant)
    command(evidence, "list", _("Show documents, who was granted them, and where copies lie."))(evidence_list.list_)
    command(evidence, "revoke", _("Take a right to read back: delete a reader's wrapped key everywhere."))(
        evidence_end.revoke
    )
    command(evidence, "announce", _("As a juror: announce the key of your seat, before access is given."))(
        evidence_seats.announce
    )
    command(evidence, "open", _("Open what is yours or was granted to you, into a folder."))(evidence_read.open_)
    command(evidence, "examine", _("Check a juror's word that the evidence could not be read."))(evidence_seats.examine)
    command(evidence, "summary", _("Show the public summary of a claim, checked against the chain."))(
        evidence_read.summary
    )
    command(evidence, "forget", _("Destroy the key of a document and all wrapped copies of it."))(evidence_end.forget)
