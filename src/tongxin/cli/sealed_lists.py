# SPDX-License-Identifier: AGPL-3.0-only
"""Who opens a sealed list: one's own reader keys, or a key file that is named (R-129)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.cli.vault import Vault
from tongxin.evidence import age
from tongxin.evidence.errors import WrongKeyError
from tongxin.evidence.keys import Identity, Recipient, read_identities
from tongxin.roster import Opener, Sealer
from tongxin.roster.keyfiles import AGE_MAGIC

__all__ = ["IdentityFile", "opener_of", "own_recipient", "sealer_to"]

IdentityFile = Annotated[
    Path | None,
    typer.Option("--identity", help=_("key file, as age-keygen writes it, that opens a sealed list; by default yours")),
]


def opener_of(session: Session, identity: Path | None = None) -> Opener:
    """What opens a sealed list in memory; nothing is asked before there is one to open.

    Args:
        session: Whose keys.
        identity: A key file, plain or under a passphrase; None means one's own reader keys, the newest first.
    """

    def opened(sealed: bytes) -> bytes:
        for key in _own(session) if identity is None else _of_file(session, identity):
            try:
                return age.decrypt_bytes(sealed, key)
            except WrongKeyError:
                continue
        raise CommandError(_("none of your keys opens this sealed file; name another key file with --identity"))

    return opened


def sealer_to(reader: Recipient) -> Sealer:
    """What seals a list to a reader."""
    return lambda plain: age.encrypt_bytes(plain, reader)


def own_recipient(session: Session) -> Recipient:
    """The public key of one's own reader key in use.

    Raises:
        NoReaderKeyError: There is none.
    """
    return Vault(session).keystore.reader().key


def _own(session: Session) -> Iterator[Identity]:
    keystore = Vault(session).keystore
    keystore.reader()
    for reader in reversed(keystore.readers()):
        yield keystore.identity(reader)


def _of_file(session: Session, path: Path) -> tuple[Identity, ...]:
    try:
        content = path.read_bytes()
        if content.startswith(AGE_MAGIC):
            content = age.decrypt_bytes_with_passphrase(content, session.password(_("Password of the key file")))
        return read_identities(content.decode("ascii"))
    except OSError as error:
        raise CommandError(_("{path} cannot be read: {reason}").format(path=path, reason=error.strerror)) from error
    except UnicodeDecodeError as error:
        raise CommandError(_("{path} is no key file as age-keygen writes it").format(path=path)) from error
