# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin evidence grant`: the owner of a document lets a panel or a reader open it (R-122 to R-124)."""

import hashlib
from typing import Annotated

import typer

from tongxin.chain.events import AccessGranted
from tongxin.cli.claims import Standing, stage_name, standing
from tongxin.cli.documents import document_of
from tongxin.cli.output import Answer, fields, instant, listing
from tongxin.cli.session import NOT_SENT, CommandError, Session
from tongxin.cli.targets import SealedFolder, TargetArgument, read_target
from tongxin.cli.text import _
from tongxin.cli.vault import Vault
from tongxin.evidence.access import SeatReader, earliest, prepare, seat_readers
from tongxin.evidence.book import Book
from tongxin.evidence.granted import granted
from tongxin.evidence.keys import Identity, Recipient
from tongxin.evidence.opening import document_key
from tongxin.words import PanelKind, Stage

__all__ = ["grant", "grant_panel"]

ReaderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--reader",
        help=_(
            "a recipient age1..., or the member id of who announced a key; may be repeated; by default a claim's panel"
        ),
    ),
]
MemberOption = Annotated[
    str | None, typer.Option("--member", help=_("whose document it is, where no claim names it: a member id"))
]


def grant(
    session: Session, target: TargetArgument, *, reader: ReaderOption = None, member: MemberOption = None
) -> Answer:
    """Grants to a claim's panel, or to readers."""
    found = read_target(target)
    if reader:
        return _grant_readers(session, found, reader, member)
    if not isinstance(found, int):
        raise CommandError(_("who shall read it? Name them with --reader, or name a claim, whose panel then reads"))
    return grant_panel(session, found)


# -- a drawn panel


def grant_panel(session: Session, number: int) -> Answer:
    """Gives a claim's panel access, or seats that announced their keys later; once more does nothing twice."""
    found = standing(session, number)
    vault = Vault(session)
    vault.sweep()
    panel = found.panel
    if panel is None or found.state.stage not in {Stage.ACCESS, Stage.VOTING}:
        raise CommandError(
            _("claim {number} is at the stage '{now}'; access is given after the draw").format(
                number=number, now=stage_name(found.state.stage)
            )
        )
    if panel.kind is PanelKind.OPEN:
        raise CommandError(
            _("an open panel judges by the public summary: grant the document itself to readers with --reader")
        )
    readers = seat_readers(session.mutual, vault.shelf, found.key, panel, found.state.attempt)
    key = _key_for_panel(vault, found)
    if found.state.stage is Stage.VOTING:
        return _grant_late(vault, found, readers, key)
    _wait_for_keys(session, found, readers)
    return _grant_access(vault, found, readers, key)


def _key_for_panel(vault: Vault, found: Standing) -> Identity:
    document = found.claim.evidence
    key = document_key(document, vault.keystore, mutual=vault.session.mutual, shelf=vault.shelf)
    named = Book(vault.session.mutual).documents(claim=found.number)[-1]
    if named.seal_key is not None and key.recipient.digest != named.seal_key:
        raise CommandError(
            _("the claim was filed with another seal_key than that of its document: no juror could accept this key")
        )
    if not vault.stores.holders(document).holders:
        raise CommandError(
            _("no store holds the document {hash}: put it first with `tongxin evidence put`").format(
                hash=document.hex()
            )
        )
    return key


def _wait_for_keys(session: Session, found: Standing, readers: tuple[SeatReader, ...]) -> None:
    """R-123: all seats have announced, or half of the time is over."""
    awaited = [item for item in readers if item.awaited]
    half = earliest(session.mutual, found.claim, found.state)
    if awaited and session.now() < half:
        seats = ", ".join(f"{item.seat} ({item.juror}{': ' + item.flaw if item.flaw else ''})" for item in awaited)
        raise CommandError(
            _("wait for the keys of seats {seats}; from {half} on access is given without them, until {end}").format(
                seats=seats, half=instant(half), end=instant(found.state.deadline)
            )
        )


def _grant_access(vault: Vault, found: Standing, readers: tuple[SeatReader, ...], key: Identity) -> Answer:
    session, number = vault.session, found.number
    ready = prepare(
        session.mutual,
        number,
        found.claim,
        found.state,
        readers=readers,
        key=key,
        given=vault.given,
        copies=vault.locations(found.claim.evidence),
    )
    action = session.mutual.court.grant(number, found.claim, ready.manifest.digest)
    session.sender.estimate(action)
    vault.keep_manifest(ready.manifest)
    for content in ready.grants.values():
        vault.put(content, _("Putting wrapped keys"))
    vault.put(ready.manifest.to_bytes(), _("Putting the manifest"))
    purpose = f"grant {session.mutual.court.address} {number} {found.state.n} {found.state.attempt}"
    receipt = session.act(action, purpose)
    event = receipt.one(AccessGranted)
    without = [item.seat for item in readers if item.awaited]
    rows: list[tuple[str, object]] = [
        (_("claim"), number),
        (_("seats that can read"), ", ".join(str(seat) for seat in ready.grants) or "-"),
        (_("seats without a key"), ", ".join(map(str, without)) or "-"),
        (_("votes until"), instant(event.commit_by)),
        (_("shown until"), instant(event.reveal_by)),
    ]
    if without:
        rows.append((_("next"), _("a seat that announces later gets its key by the same command")))
    data: dict[str, object] = {
        "claim": number,
        "panel": event.key,
        "keys_hash": event.keys_hash,
        "seats": sorted(ready.grants),
        "without": without,
        "commit_by": event.commit_by,
        "reveal_by": event.reveal_by,
    }
    return session.done(receipt, _("The panel votes"), rows, **data)


def _grant_late(vault: Vault, found: Standing, readers: tuple[SeatReader, ...], key: Identity) -> Answer:
    """Seats that announced after the access get their keys one by one (R-123, R-124)."""
    session, document = vault.session, found.claim.evidence
    all_granted = granted(document, vault.given, mutual=session.mutual, shelf=vault.shelf)
    have = {item.reader for item in all_granted if item.block is not None and item.revoked is None}
    late = [
        item for item in readers if item.recipient is not None and not item.voted and item.recipient.digest not in have
    ]
    for content in vault.given.of(document).values():
        vault.put(content, _("Putting wrapped keys"))
    for manifest in vault.manifests():
        vault.put(manifest, _("Putting the manifest"))
    done = [
        _authorise(vault, found.claim.member_id, document, key, item.recipient)
        for item in late
        if item.recipient is not None
    ]
    panel = found.panel
    rows: list[tuple[str, object]] = [
        (_("claim"), found.number),
        (_("access"), _("given before")),
        (_("seats that got their keys now"), ", ".join(str(item.seat) for item in late) or "-"),
        (_("votes until"), instant(0 if panel is None else panel.commit_by)),
    ]
    data: dict[str, object] = {
        "claim": found.number,
        "panel": found.key,
        "seats": [],
        "late": [item.seat for item in late],
        "without": [item.seat for item in readers if item.awaited],
        "authorised": done,
        "commit_by": 0 if panel is None else panel.commit_by,
        "reveal_by": 0 if panel is None else panel.reveal_by,
    }
    return Answer(data, fields(_("The panel votes"), rows))


# -- readers


def _grant_readers(
    session: Session, target: int | bytes | SealedFolder, readers: list[str], member: str | None
) -> Answer:
    vault = Vault(session)
    document = document_of(session, target)
    recipients = [vault.recipient(text) for text in readers]
    member_id = _owner(session, document, member)
    beside = [path.read_bytes() for path in target.grants] if isinstance(target, SealedFolder) else []
    key = document_key(document, vault.keystore, beside=beside, mutual=session.mutual, shelf=vault.shelf)
    done = [_authorise(vault, member_id, document, key, item) for item in recipients]
    shown = [(item["recipient"], item["grant"], item["transaction"] or _("was done before")) for item in done]
    if not vault.stores.holders(document).holders:
        session.note(_("no store holds the document itself yet: `tongxin evidence put`"))
    columns = (_("reader"), _("hash of the wrapped key"), _("transaction"))
    data: dict[str, object] = {"document": document, "member_id": member_id, "granted": done}
    return Answer(data, listing(_("Granted"), columns, shown))


def _authorise(vault: Vault, member_id: bytes, document: bytes, key: Identity, reader: Recipient) -> dict[str, object]:
    """Puts the wrapped key and then records it, unless it stands on record already."""
    session = vault.session
    content = vault.given.grant(document, key, reader)
    vault.put(content, _("Putting a wrapped key"))
    digest = hashlib.sha256(content).digest()
    answer: dict[str, object] = {
        "recipient": reader.text,
        "reader": reader.digest,
        "grant": digest,
        **NOT_SENT,
    }
    standing_now = {
        item.granted.grant
        for item in Book(session.mutual).authorisations(document=document, reader=reader.digest)
        if item.stands and item.granted.member_id == member_id
    }
    if digest not in standing_now:
        action = session.mutual.office.authorise(member_id, document, reader.digest, digest)
        purpose = f"authorise {session.mutual.office.address} {member_id.hex()} {digest.hex()}"
        answer |= session.mined(session.act(action, purpose))
    return answer


def _owner(session: Session, document: bytes, member: str | None) -> bytes:
    if member is not None:
        return session.member_id(member)
    named = Book(session.mutual).naming(document)
    if named is None:
        raise CommandError(_("no claim names this document: say whose it is with --member"))
    return named.member_id
