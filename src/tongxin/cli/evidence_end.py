# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin evidence revoke` and `forget`: how a right to read ends (R-124, R-127)."""

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import RenderableType

from tongxin.chain.events import ReaderKeyAnnounced
from tongxin.cli.claims import open_claim_number
from tongxin.cli.documents import document_of, granted_data, granted_table
from tongxin.cli.output import Answer, fields, listing, stack
from tongxin.cli.session import NOT_SENT, CommandError, Session
from tongxin.cli.targets import SealedFolder, TargetArgument, read_target, word_of
from tongxin.cli.text import _
from tongxin.cli.vault import Vault
from tongxin.evidence.book import Book
from tongxin.evidence.granted import Granted, granted
from tongxin.evidence.keys import KeyKind, Recipient
from tongxin.evidence.keystore import destroy_file
from tongxin.evidence.sealing import digest_of
from tongxin.evidence.stores import Report

__all__ = ["forget", "revoke"]


@dataclass(frozen=True)
class _Withdrawn:
    """A wrapped key that was to go: what the stores say, and where the transaction is that put it on record, if any."""

    granted: Granted
    report: Report
    mined: dict[str, object]

    @property
    def gone(self) -> bool:
        return self.report.none_left


def revoke(
    session: Session,
    target: TargetArgument,
    *,
    reader: Annotated[
        list[str], typer.Option("--reader", help=_("a recipient age1..., its hash, or a member id; may be repeated"))
    ],
) -> Answer:
    """Deletes wrapped keys, looks whether they are gone, and then puts that on record."""
    vault = Vault(session)
    found = read_target(target)
    document = document_of(session, found)
    _only_own(vault, document)
    mutual = session.mutual if session.settings.mutual is not None else None
    everything = granted(document, vault.given, mutual=mutual, shelf=vault.shelf)
    chosen: list[Granted] = []
    for text in reader:
        digests = _digests(session, text, {item.reader for item in everything})
        matching = [item for item in everything if item.reader in digests]
        if not matching:
            raise CommandError(_("{reader} was not granted this document").format(reader=text))
        chosen += matching
    done = _withdraw(vault, chosen)
    remaining = [item for item in done if not item.gone]
    taken = {item.granted.grant for item in done}
    beside = [path for path in found.grants if digest_of(path) in taken] if isinstance(found, SealedFolder) else []
    for path in beside:
        destroy_file(path)
    rows: list[tuple[str, object]] = [
        (_("sealed document"), document),
        (_("wrapped keys deleted"), len(done) - len(remaining)),
        (_("wrapped keys destroyed in the folders named"), len(beside)),
        (_("what cannot be undone"), _("who opened the document before keeps what was read")),
    ]
    data: dict[str, object] = {"document": document, "files": [str(path) for path in beside], **_data(done)}
    return Answer(
        data,
        stack(fields(_("Revoked") if not remaining else _("Not revoked"), rows), _remaining_table(done)),
        code=1 if remaining else 0,
    )


def forget(
    session: Session,
    targets: Annotated[
        list[str] | None, typer.Argument(help=_("hashes of documents, or sealed files or folders"))
    ] = None,
    *,
    claim: Annotated[int | None, typer.Option(min=1, help=_("all documents of a claim"))] = None,
    closed: Annotated[
        bool, typer.Option("--closed", help=_("as a juror: the keys of your seats on closed claims"))
    ] = False,
) -> Answer:
    """Forgets."""
    vault = Vault(session)
    named = [read_target(text) for text in targets or []]
    documents = [document_of(session, item) for item in named]
    beside = [path for item in named if isinstance(item, SealedFolder) for path in item.grants]
    if claim is not None:
        open_claim_number(session, claim)
        documents += [item.document for item in Book(session.mutual).documents(claim=claim)]
    if not documents and not closed:
        raise CommandError(_("say what to forget: documents, --claim NUMBER, or --closed"))
    for document in documents:
        _only_own(vault, document)
    seats = vault.sweep() if closed else []
    mutual = session.mutual if session.settings.mutual is not None else None
    everything = [
        item for document in documents for item in granted(document, vault.given, mutual=mutual, shelf=vault.shelf)
    ]
    if documents:
        session.confirm(_("Destroy the keys of {count} documents for good?").format(count=len(documents)))
    done = _withdraw(vault, everything)
    for path in beside:
        destroy_file(path)
    destroyed = [document for document in documents if vault.keystore.destroy_document(document)]
    kept = [document for document in documents if document in vault.keystore.documents() or vault.given.of(document)]
    remaining = [item for item in done if not item.gone]
    rows: list[tuple[str, object]] = [
        (_("document keys destroyed"), len(destroyed)),
        (_("keys of seats destroyed"), len(seats)),
        (_("wrapped keys deleted"), len(done) - len(remaining)),
        (_("wrapped keys destroyed in the folders named"), len(beside)),
        (_("keys left in the keystore"), len(kept)),
        (_("wrapped keys left in a store"), len(remaining)),
    ]
    if documents:
        rows.append(
            (_("not reached"), _("other folders made by `evidence seal`, backups, and copies that readers kept"))
        )
    title = _("Forgotten") if not remaining and not kept else _("Not all is forgotten")
    parts: list[RenderableType] = [fields(title, rows)]
    if remaining:
        parts.append(_remaining_table(done))
    if everything:
        parts.append(
            granted_table(_("Who was granted them, and may have kept a copy: that cannot be undone"), everything)
        )
    data: dict[str, object] = {
        "documents": documents,
        "destroyed": destroyed,
        "kept": kept,
        "files": [str(path) for path in beside],
        "seats": [vars(seat) for seat in seats],
        **_data(done),
        "granted": granted_data(everything),
    }
    return Answer(data, stack(*parts), code=1 if remaining or kept else 0)


def _only_own(vault: Vault, document: bytes) -> None:
    """Stores may be shared: only who has the document's key or copies here, or acts for its member, deletes grants.

    Raises:
        CommandError: The document is somebody else's.
    """
    session = vault.session
    if document in vault.keystore.documents() or vault.given.of(document):
        return
    named = Book(session.mutual).naming(document) if session.settings.mutual is not None else None
    if named is not None and vault.somebody_acts:
        contacts = session.mutual.office.contacts(named.member_id)
        acting = {session.mutual.fund.member(named.member_id).wallet, contacts.contact_a, contacts.contact_b}
        if session.signer.address in acting:
            return
    raise CommandError(
        _("the document {hash} is not yours: its key is not in your keystore, and no claim of yours names it").format(
            hash=document.hex()
        )
    )


def _withdraw(vault: Vault, chosen: list[Granted]) -> list[_Withdrawn]:
    """A revocation is put on record only when every store says that none of the reader's wrapped keys is left."""
    done: list[_Withdrawn] = []
    readers = dict.fromkeys((item.document, item.reader) for item in chosen)
    for document, reader in readers:
        items = [item for item in chosen if (item.document, item.reader) == (document, reader)]
        reports = {item.grant: vault.stores.delete(item.grant) for item in items}
        mined = dict(NOT_SENT)
        if all(report.none_left for report in reports.values()):
            vault.given.destroy(document, reader)
            members = {item.member_id for item in items if item.member_id is not None and item.revoked is None}
            for member_id in members:
                action = vault.session.mutual.office.revoke(member_id, document, reader)
                mined = vault.session.mined(vault.session.act(action))
        done += [_Withdrawn(item, reports[item.grant], mined) for item in items]
    return done


def _digests(session: Session, text: str, known: set[bytes]) -> set[bytes]:
    """The hashes of the recipients that a text names; those of a member are all that were ever announced."""
    if text.startswith("age1"):
        return {Recipient.parse(text).digest}
    word = word_of(text)
    if word in known:
        return {word}
    return {
        event.public_key if event.kind == KeyKind.HYBRID else Recipient.x25519(event.public_key).digest
        for event in session.events(ReaderKeyAnnounced, (word,))
        if event.kind
    }


def _remaining_table(done: list[_Withdrawn]) -> RenderableType:
    shown = [(item.granted.grant, outcome.store, outcome.why) for item in done for outcome in item.report.failures]
    if not shown:
        return ""
    title = _("Stores that could not be asked or did not delete; give the command again later")
    return listing(title, (_("hash of the wrapped key"), _("store"), _("why")), shown)


def _data(done: list[_Withdrawn]) -> dict[str, object]:
    return {
        "deleted": [
            {"reader": item.granted.reader, "grant": item.granted.grant, **item.mined} for item in done if item.gone
        ],
        "remaining": [
            {
                "reader": item.granted.reader,
                "grant": item.granted.grant,
                "stores": [{"store": outcome.store, "why": outcome.why} for outcome in item.report.failures],
            }
            for item in done
            if not item.gone
        ],
    }
