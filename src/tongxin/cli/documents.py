# SPDX-License-Identifier: AGPL-3.0-only
"""Documents on the command line: which one is meant, and who was granted it."""

from rich.table import Table

from tongxin.cli.claims import open_claim_number
from tongxin.cli.output import listing
from tongxin.cli.session import Session
from tongxin.cli.targets import SealedFolder
from tongxin.cli.text import _
from tongxin.evidence.book import Book
from tongxin.evidence.granted import Granted

__all__ = ["document_of", "granted_data", "granted_table"]


def document_of(session: Session, target: int | bytes | SealedFolder) -> bytes:
    """The document that is meant; of a claim the one that it names last."""
    if isinstance(target, SealedFolder):
        return target.digest
    if isinstance(target, bytes):
        return target
    open_claim_number(session, target)
    return Book(session.mutual).documents(claim=target)[-1].document


def granted_table(title: str, found: list[Granted]) -> Table:
    """Wrapped keys for people: who, by which act, when, and whether it was taken back."""
    columns = (_("sealed document"), _("reader"), _("by"), _("granted"), _("revoked"))
    return listing(title, columns, [_row(item) for item in found])


def granted_data(found: list[Granted]) -> list[dict[str, object]]:
    """The same for programs."""
    return [vars(item) for item in found]


def _row(item: Granted) -> tuple[object, ...]:
    if item.seat is not None:
        act = _("claim {claim}, panel {panel}, seat {seat}").format(claim=item.claim, panel=item.panel, seat=item.seat)
    else:
        act = _("own grant") if item.block is not None else _("not on record")
    return (item.document.hex()[:16], item.juror or item.reader.hex(), act, _block(item.block), _block(item.revoked))


def _block(number: int | None) -> str:
    return "-" if number is None else _("block {number}").format(number=number)
