# SPDX-License-Identifier: AGPL-3.0-only
"""What a person names on the command line: a claim, a document by its hash, a sealed file or folder."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tongxin.cli.session import CommandError
from tongxin.cli.text import _
from tongxin.evidence import header
from tongxin.evidence.errors import DamagedError
from tongxin.evidence.keys import Recipient
from tongxin.evidence.sealing import digest_of

__all__ = [
    "DOCUMENT_NAME",
    "GRANT_SUFFIX",
    "SEAL_KEY_NAME",
    "SealedFolder",
    "TargetArgument",
    "read_target",
    "sealed_at",
    "word_of",
]

DOCUMENT_NAME = "document.age"
SEAL_KEY_NAME = "seal_key.txt"
GRANT_SUFFIX = ".grant.age"
_HASH = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")

TargetArgument = Annotated[
    str, typer.Argument(help=_("number of a claim, hash of a document, or a sealed file or folder"))
]


@dataclass(frozen=True)
class SealedFolder:
    """What `evidence seal` wrote.

    Attributes:
        document: The sealed document.
        digest: Its hash.
        seal_key: The document key's recipient; None when it does not lie beside the document.
        grants: The wrapped keys that lie beside it.
    """

    document: Path
    digest: bytes
    seal_key: Recipient | None
    grants: tuple[Path, ...]


def read_target(text: str) -> int | bytes | SealedFolder:
    """A claim's number, a document's hash, or a sealed file.

    Raises:
        CommandError: It is none of them.
    """
    found = _HASH.fullmatch(text)
    if found is not None:
        return bytes.fromhex(found[1])
    if text.isdecimal() and int(text):
        return int(text)
    return sealed_at(Path(text))


def word_of(text: str) -> bytes:
    """A hash.

    Raises:
        CommandError: It is none.
    """
    found = _HASH.fullmatch(text)
    if found is None:
        raise CommandError(_("'{text}' is no hash: 64 hexadecimal digits").format(text=text))
    return bytes.fromhex(found[1])


def sealed_at(path: Path) -> SealedFolder:
    """A sealed document with what lies beside it, by its folder or its own path.

    Raises:
        CommandError: There is none, or it is not sealed.
    """
    document = path / DOCUMENT_NAME if path.is_dir() else path
    check_sealed(document)
    beside = document.parent / SEAL_KEY_NAME
    own = document.name == DOCUMENT_NAME
    return SealedFolder(
        document,
        digest_of(document),
        Recipient.parse(beside.read_text(encoding="ascii")) if own and beside.exists() else None,
        tuple(sorted(document.parent.glob(f"*{GRANT_SUFFIX}"))) if own else (),
    )


def check_sealed(path: Path) -> None:
    """Makes sure that a file is sealed, so that nothing plain leaves the machine.

    Raises:
        CommandError: It is not, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            header.read(file)
    except OSError as error:
        raise CommandError(_("{path} cannot be read: {reason}").format(path=path, reason=error.strerror)) from error
    except DamagedError as error:
        raise CommandError(
            _("{path} is not sealed, so it stays here; seal it first: tongxin evidence seal FILE --out DIR").format(
                path=path
            )
        ) from error
