# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin key`: keystores of those who act."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain.keys import create_keystore
from tongxin.cli.app import command, group
from tongxin.cli.output import Answer, fields
from tongxin.cli.session import Session
from tongxin.cli.text import _


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    keys = group(program, "key", _("Make and look at keystores."))
    command(keys, "new", _("Make a new key in an encrypted file that only you can read."))(new)
    command(keys, "address", _("Show the address of who acts."))(address)


def new(session: Session, file: Annotated[Path, typer.Argument(help=_("where to write the keystore"))]) -> Answer:
    """Makes a keystore; its password is asked twice at a terminal."""
    password = session.new_password(_("Password of the keystore"))
    made = create_keystore(file, password)
    rows = [(_("address"), made), (_("file"), file)]
    return Answer(
        {"address": made, "file": str(file)},
        fields(_("New key; keep the file and the password, both are needed"), rows),
    )


def address(session: Session) -> Answer:
    """Shows who acts."""
    return Answer({"address": session.signer.address}, session.signer.address)
