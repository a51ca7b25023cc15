# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin evidence list`: documents, who was granted them, where copies lie."""

from dataclasses import dataclass
from typing import Annotated

import typer

from tongxin.cli.claims import open_claim_number
from tongxin.cli.documents import document_of, granted_data, granted_table
from tongxin.cli.output import Answer, listing, stack
from tongxin.cli.session import Session
from tongxin.cli.targets import read_target
from tongxin.cli.text import _
from tongxin.cli.vault import Vault
from tongxin.evidence.book import Book, Named
from tongxin.evidence.granted import Granted, granted

__all__ = ["list_"]


def list_(
    session: Session,
    target: Annotated[
        str | None, typer.Argument(help=_("a claim or document; by default all whose keys you keep"))
    ] = None,
    *,
    mine: Annotated[
        bool, typer.Option("--mine", help=_("besides those of the claim or document named, all whose keys you keep"))
    ] = False,
) -> Answer:
    """Lists."""
    vault = Vault(session)
    with_chain = session.settings.mutual is not None
    documents: list[bytes] = []
    named: list[Named] = []
    if with_chain:
        vault.sweep()
        named = Book(session.mutual).documents()
    if target is not None:
        found = read_target(target)
        if isinstance(found, int):
            open_claim_number(session, found)
            documents += [item.document for item in named if item.claim == found]
        else:
            documents.append(document_of(session, found))
    if mine or target is None:
        documents += [item for item in vault.keystore.documents() if item not in documents]
    answers = [_described(vault, document, named) for document in documents]
    seats = vault.keystore.seats()
    shown = [
        (
            item.document,
            ", ".join(map(str, item.claims)) or "-",
            _("yes") if item.kept else _("no"),
            ", ".join(item.stores) or _("none"),
        )
        for item in answers
    ]
    view = listing(_("Documents"), (_("hash"), _("claims"), _("key kept"), _("copies in")), shown)
    given = [one for item in answers for one in item.granted]
    parts = [view]
    if given:
        parts.append(granted_table(_("Wrapped keys"), given))
    if seats:
        parts.append(
            listing(
                _("Keys of your seats"),
                (_("claim"), _("panel"), _("seat")),
                [(item.panel // 8, item.panel % 4, item.seat) for item in seats],
            )
        )
    data: dict[str, object] = {
        "documents": [{**vars(item), "granted": granted_data(item.granted)} for item in answers],
        "seats": [{"claim": item.panel // 8, "panel": item.panel, "seat": item.seat} for item in seats],
    }
    return Answer(data, stack(*parts))


@dataclass(frozen=True)
class _Described:
    document: bytes
    claims: list[int]
    kept: bool
    stores: list[str]
    granted: list[Granted]


def _described(vault: Vault, document: bytes, named: list[Named]) -> _Described:
    mutual = vault.session.mutual if vault.session.settings.mutual is not None else None
    return _Described(
        document,
        sorted({item.claim for item in named if item.document == document}),
        document in vault.keystore.documents(),
        list(vault.stores.holders(document).holders),
        granted(document, vault.given, mutual=mutual, shelf=vault.shelf),
    )
