# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin evidence seal` and `put`: from files to ciphertexts in the stores (R-120)."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.cli.event_use import EVENT_USE_NAME
from tongxin.cli.output import Answer, fields, listing, stack
from tongxin.cli.papers import EventUsePaper, read_paper
from tongxin.cli.session import CommandError, Session
from tongxin.cli.targets import DOCUMENT_NAME, GRANT_SUFFIX, SEAL_KEY_NAME, check_sealed, read_target, sealed_at
from tongxin.cli.text import _
from tongxin.cli.vault import Vault
from tongxin.evidence import sealing
from tongxin.evidence.grants import wrap
from tongxin.evidence.keys import Identity, KeyKind, Recipient, kind_for
from tongxin.evidence.stores import NoStoreError, Report, State

__all__ = ["put", "seal"]

_UNFINISHED_NAME = ".document.age.unfinished"


def seal(
    session: Session,
    *,
    files: Annotated[list[Path], typer.Argument(help=_("files to seal together; their names are sealed too"))],
    out: Annotated[Path, typer.Option(help=_("folder for the sealed document and the wrapped keys"))],
    reader: Annotated[
        list[str] | None,
        typer.Option(help=_("who may open it: age1..., or the member id of who announced a key; may be repeated")),
    ] = None,
    event_use: Annotated[
        Path | None, typer.Option(help=_("the attestor's signed use of the event, to be sealed with the files"))
    ] = None,
    hybrid: Annotated[bool, typer.Option("--hybrid", help=_("safe against quantum computers too"))] = False,
    keep: Annotated[
        bool | None,
        typer.Option("--keep/--no-keep", help=_("keep the document's key for yourself; by default with a reader key")),
    ] = None,
) -> Answer:
    """Seals; the document gets its name when its key is kept."""
    vault = Vault(session)
    readers = {item.digest: item for item in map(vault.recipient, reader or [])}
    own = vault.keystore.readers()
    if not own and (keep or not (readers or keep is False)):
        raise CommandError(
            _(
                "you have no reader key to keep the document's key with; make one: `tongxin evidence key new` "
                "(or name with --reader who alone shall ever open it)"
            )
        )
    if keep is None:
        keep = bool(own)
        if not keep:
            session.note(_("you have no reader key, so the document's key is not kept: only the readers can open it"))
    if not keep and not readers:
        raise CommandError(_("nobody could ever open this: name a --reader, or leave --no-keep away"))
    document = out / DOCUMENT_NAME
    if document.exists():
        raise CommandError(_("{path} exists and is not overwritten; choose another folder").format(path=document))
    extra: dict[str, bytes] = {}
    if event_use is not None:
        read_paper(event_use, EventUsePaper)
        extra[EVENT_USE_NAME] = event_use.read_bytes()
    known = [*readers.values(), *([own[-1].key] if keep else [])]
    key = Identity.generate(KeyKind.HYBRID if hybrid else kind_for(known))
    unfinished = out / _UNFINISHED_NAME
    unfinished.unlink(missing_ok=True)
    with session.progress(_("Sealing"), sum(path.stat().st_size for path in files if path.is_file())) as show:
        sealed = sealing.seal(files, unfinished, identity=key, extra=extra, progress=lambda done, _total: show(done))
    if keep:
        vault.keystore.keep_document(sealed.digest, key)
    grants = {name: _grant(vault, sealed.digest, key, item, keep=keep) for name, item in _named(readers).items()}
    for name, content in grants.items():
        (out / name).write_bytes(content)
    (out / SEAL_KEY_NAME).write_text(key.recipient.text + "\n", encoding="ascii")
    unfinished.rename(document)
    rows: list[tuple[str, object]] = [
        (_("sealed document"), document),
        (_("hash"), sealed.digest),
        (_("bytes sealed, with padding"), sealed.size),
        (_("files inside"), len(sealed.files)),
        (_("kind of key"), key.kind.name.lower()),
        (_("key kept for yourself"), _("yes") if keep else _("no")),
    ]
    shown = [(out / name, item.text) for name, item in _named(readers).items()]
    data: dict[str, object] = {
        "document": str(document),
        "digest": sealed.digest,
        "size": sealed.size,
        "files": len(sealed.files),
        "kind": int(key.kind),
        "seal_key": key.recipient.digest,
        "recipient": key.recipient.text,
        "kept": keep,
        "grants": {name: item.text for name, item in _named(readers).items()},
    }
    view = fields(_("Sealed"), rows)
    if shown:
        view_of_grants = listing(_("Wrapped keys"), (_("file"), _("opens with the key of")), shown)
        return Answer(data, stack(view, view_of_grants))
    return Answer(data, view)


def _grant(vault: Vault, document: bytes, key: Identity, reader: Recipient, *, keep: bool) -> bytes:
    """What is kept here of a grant makes it possible to put it again, and to forget it."""
    return vault.given.grant(document, key, reader) if keep else wrap(key, reader)


def _named(readers: dict[bytes, Recipient]) -> dict[str, Recipient]:
    """The readers by the names of their files: the last letters of their recipients, which they can compare."""
    return {f"{item.text[-12:]}{GRANT_SUFFIX}": item for item in readers.values()}


def put(
    session: Session,
    *,
    paths: Annotated[
        list[str] | None,
        typer.Argument(help=_("sealed files or folders; with --repair also hashes or nothing: all yours")),
    ] = None,
    repair: Annotated[bool, typer.Option("--repair", help=_("look for lost copies and put them again"))] = False,
) -> Answer:
    """Puts."""
    vault = Vault(session)
    reports = _repaired(vault, paths or []) if repair else _put(vault, paths or [])
    shown = [
        (name, outcome.store, _state_name(outcome.state), outcome.why or outcome.location or "")
        for name, report in reports
        for outcome in report.outcomes
    ]
    lost = [report.digest.hex() for _name, report in reports if not report.holders]
    data: dict[str, object] = {
        "blobs": [
            {
                "name": name,
                "digest": report.digest,
                "stores": [
                    {
                        "store": outcome.store,
                        "state": outcome.state.value,
                        "why": outcome.why,
                        "location": outcome.location,
                    }
                    for outcome in report.outcomes
                ],
            }
            for name, report in reports
        ],
        "lost": lost,
    }
    columns = (_("file"), _("store"), _("outcome"), _("more"))
    return Answer(data, listing(_("Stores"), columns, shown), code=1 if lost else 0)


def _put(vault: Vault, paths: list[str]) -> list[tuple[str, Report]]:
    if not paths:
        raise CommandError(_("name what to put: a folder made by `evidence seal`, or sealed files"))
    files: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            sealed = sealed_at(path)
            files += [sealed.document, *sealed.grants]
        else:
            files.append(path)
    for path in files:
        check_sealed(path)
    return [(path.name, vault.put(path, _("Putting {name}").format(name=path.name))) for path in files]


def _repaired(vault: Vault, paths: list[str]) -> list[tuple[str, Report]]:
    """Each document named, or each one's own, and the wrapped keys kept of it."""
    documents: list[bytes] = []
    for text in paths:
        target = read_target(text)
        if isinstance(target, int):
            raise CommandError(
                _("name documents by their hashes: `evidence list {number}` shows them").format(number=target)
            )
        documents.append(target if isinstance(target, bytes) else target.digest)
    reports: list[tuple[str, Report]] = []
    for document in documents or list(vault.keystore.documents()):
        try:
            reports.append((document.hex(), vault.stores.repair(document, hints=vault.locations(document))))
        except NoStoreError:
            reports.append((document.hex(), vault.stores.holders(document)))
        reports += [
            (_("wrapped key"), vault.put(grant, _("Putting a wrapped key")))
            for grant in vault.given.of(document).values()
        ]
    reports += [(_("manifest"), vault.put(manifest, _("Putting a manifest"))) for manifest in vault.manifests()]
    return reports


def _state_name(state: State) -> str:
    return {
        State.STORED: _("stored"),
        State.FETCHED: _("fetched"),
        State.HELD: _("held"),
        State.SOUND: _("sound"),
        State.RESTORED: _("put again"),
        State.DELETED: _("deleted"),
        State.ABSENT: _("not there"),
        State.DAMAGED: _("damaged"),
        State.FAILED: _("failed"),
    }[state]
