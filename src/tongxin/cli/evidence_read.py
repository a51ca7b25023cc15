# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin evidence open` and `summary`: reading what is one's own, was granted, or is public (R-121 to R-128)."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from tongxin.cli.claims import ClaimArgument, Standing, standing
from tongxin.cli.event_use import EVENT_USE_NAME, check_event_use, fault_text
from tongxin.cli.evidence_seats import announce_seats
from tongxin.cli.output import Answer, fields, instant
from tongxin.cli.papers import EventUsePaper, PaperError, read_paper
from tongxin.cli.session import CommandError, Session
from tongxin.cli.targets import SealedFolder, TargetArgument, read_target
from tongxin.cli.text import _, shown
from tongxin.cli.unreadable import examined, finding_text
from tongxin.cli.vault import Vault
from tongxin.evidence.book import Book
from tongxin.evidence.errors import OpenError, SummaryError
from tongxin.evidence.keys import Identity
from tongxin.evidence.keystore import Seat
from tongxin.evidence.opening import NotGrantedError, document_key, granted_key, late_key, seat_access
from tongxin.evidence.sealing import open_document
from tongxin.evidence.summary import Summary
from tongxin.evidence.unreadable import Finding
from tongxin.words import PanelKind, Stage

__all__ = ["open_", "summary"]

LARGEST_SUMMARY = 64 * 1024**2

OutOption = Annotated[Path, typer.Option(help=_("folder for the opened files; it is made"))]


def open_(session: Session, target: TargetArgument, *, out: OutOption) -> Answer:
    """Opens."""
    vault = Vault(session)
    found = read_target(target)
    if isinstance(found, int):
        return _open_claim(vault, found, out)
    if isinstance(found, SealedFolder):
        beside = [path.read_bytes() for path in found.grants]
        return _extracted(vault, found.document, _key(vault, found.digest, beside), found.digest, out, claim=None)
    named = Book(session.mutual).naming(found) if session.settings.mutual is not None else None
    key = _key(vault, found, [])
    return _fetch_and_open(vault, found, key, out, claim=None if named is None else named.claim)


def _key(vault: Vault, document: bytes, beside: list[bytes]) -> Identity:
    """The key of a document; the chain is asked only when nothing at hand gives it."""
    try:
        return document_key(document, vault.keystore, beside=beside)
    except NotGrantedError:
        if vault.session.settings.mutual is None:
            raise
        return document_key(document, vault.keystore, mutual=vault.session.mutual, shelf=vault.shelf)


def _open_claim(vault: Vault, number: int, out: Path) -> Answer:
    """One's own claim, or from the seat on its panel, or by a member's own grant."""
    session = vault.session
    found = standing(session, number)
    document = found.claim.evidence
    if document in vault.keystore.documents():
        return _fetch_and_open(vault, document, document_key(document, vault.keystore), out, claim=number)
    seats = [item for item in vault.keystore.seats() if item.panel // 8 == number]
    seats = [item for item in seats if item == vault.seat(item.panel, item.seat)]
    if seats:
        return _open_seat(vault, found, max(seats, key=lambda item: item.panel), out)
    if _awaits_my_key(vault, found):
        session.note(_("you had announced no key for your seat: that is done now; open again when access is given"))
        return announce_seats(vault, number)
    key = document_key(document, vault.keystore, mutual=session.mutual, shelf=vault.shelf)
    return _fetch_and_open(vault, document, key, out, claim=number)


def _awaits_my_key(vault: Vault, found: Standing) -> bool:
    """Whether who acts sits on the drawn panel that waits for access or votes."""
    panel = found.panel
    if panel is None or panel.kind is PanelKind.OPEN or found.state.stage not in {Stage.ACCESS, Stage.VOTING}:
        return False
    return _sits(vault, found)


def _sits(vault: Vault, found: Standing) -> bool:
    """Whether who acts has a seat on the claim's present panel."""
    index = vault.session.mutual.jury.index_of(vault.session.signer.address) if vault.somebody_acts else None
    return found.panel is not None and index is not None and index in found.panel.seats


def _open_seat(vault: Vault, found: Standing, label: Seat, out: Path) -> Answer:
    session, number = vault.session, found.number
    voted = _vote_stands_since(session, label)
    given = seat_access(session.mutual, vault.shelf, number, label.panel, label.seat, before=voted)
    if given is None and found.state.stage is Stage.ACCESS:
        raise CommandError(
            _("the claimant has not given access yet and has until {time}; open again when it is given").format(
                time=instant(found.state.deadline)
            )
        )
    seat_key = vault.keystore.seat(label)
    assert seat_key is not None  # noqa: S101 - its label was listed
    document = found.claim.evidence if given is None else given.told.evidence
    key = None if given is None else granted_key(given, seat_key)
    if key is None:
        key = late_key(session.mutual, vault.shelf, document, [seat_key])
    if key is None and given is None:
        raise CommandError(
            _(
                "your seat announced its key after access was given to the others; ask the claimant to give "
                "`tongxin evidence grant {number}` again"
            ).format(number=number)
        )
    if key is not None:
        try:
            return _fetch_and_open(vault, document, key, out, claim=number, hints=() if given is None else given.hints)
        except (OpenError, CommandError) as error:
            if given is None or not examined(vault, given, seat_key).unreadable:
                raise
            session.note(str(error))
    assert given is not None  # noqa: S101 - without it there was no key, or the error was raised
    finding = examined(vault, given, seat_key)
    if finding is Finding.NOT_THE_SEAT_KEY and label.panel == found.key and not _sits(vault, found):
        raise CommandError(
            _("you sit on this panel no longer: your seat was drawn anew, because no vote of yours was shown in time")
        )
    raise CommandError(_advice(number, finding))


def _vote_stands_since(session: Session, label: Seat) -> int | None:
    """The block in which a seat showed the vote that stands; a later access gives it no key (R-73)."""
    panel = session.mutual.jury.panel(label.panel)
    if panel is None or panel.votes[label.seat] is None:
        return None
    shown = [event.log.block for event in Book(session.mutual).reveals(label.panel) if event.seat == label.seat]
    return shown[-1] if shown else None


def _advice(number: int, finding: Finding) -> str:
    if finding is Finding.NOT_THE_SEAT_KEY:
        return _(
            "the key kept for your seat is not the one that you announced; announce a new one with "
            "`tongxin evidence announce {number} --again` and ask the claimant to give `evidence grant {number}` again"
        ).format(number=number)
    return _(
        "{finding}. Ask the claimant; if it stays so, `tongxin vote commit {number} --unreadable` votes 'incomplete' "
        "and shows your seat's key as proof, which counts against the claim, not against you"
    ).format(finding=finding_text(finding), number=number)


def _fetch_and_open(
    vault: Vault, document: bytes, key: Identity, out: Path, *, claim: int | None, hints: tuple[str, ...] = ()
) -> Answer:
    with vault.fetched(document, hints or vault.locations(document)) as path:
        if path is None:
            raise CommandError(_("no store has the document {hash}").format(hash=document.hex()))
        return _extracted(vault, path, key, document, out, claim=claim)


def _extracted(vault: Vault, path: Path, key: Identity, document: bytes, out: Path, *, claim: int | None) -> Answer:
    with vault.session.progress(_("Opening"), path.stat().st_size) as show:
        files = open_document(path, key, out, digest=document, progress=lambda done, _total: show(done))
    rows: list[tuple[str, object]] = [(_("sealed document"), document), (_("folder"), out)]
    use: str | None = None
    if claim is not None:
        use = _event_use(vault.session, files, claim)
        rows.append((_("use of the event"), use))
    rows += [(_("file"), item.name) for item in files]
    data: dict[str, object] = {
        "document": document,
        "claim": claim,
        "files": [str(item) for item in files],
        "event_use": use,
    }
    return Answer(data, fields(_("Opened; these files are not sealed any more: delete them when you are done"), rows))


def _event_use(session: Session, files: tuple[Path, ...], number: int) -> str:
    """What a juror should know of the attestor's signature on the use of the event (R-128)."""
    path = next((item for item in files if item.name == EVENT_USE_NAME), None)
    if path is None:
        return _("none: no attestor signed that this event is used for this claim alone")
    try:
        faults = check_event_use(read_paper(path, EventUsePaper), session.mutual, session.mutual.claim(number))
    except PaperError as error:
        return str(error)
    return "; ".join(map(fault_text, faults)) or _("signed by an attestor for this claim")


# -- the public summary


def summary(
    session: Session,
    number: ClaimArgument,
    *,
    out: Annotated[Path | None, typer.Option(help=_("where to write it; needed when it is no text"))] = None,
) -> Answer:
    """Fetches the summary, which is a plain file, and checks it against the claim."""
    digest = standing(session, number).claim.summary
    content = Vault(session).shelf.read(digest, LARGEST_SUMMARY)
    if content is None:
        raise CommandError(_("no store has the summary {hash}").format(hash=digest.hex()))
    data: dict[str, object] = {"claim": number, "summary": digest, "size": len(content), "file": None, "text": None}
    if out is not None:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            with out.open("xb") as file:
                file.write(content)
        except OSError as error:
            raise CommandError(
                _("{path} cannot be written: {reason}").format(path=out, reason=error.strerror)
            ) from error
        data["file"] = str(out)
        return Answer(data, fields(_("Public summary, as the claim names it"), [(_("file"), out)]))
    try:
        rows: list[tuple[str, object]] = [
            (name, escape(shown(str(item))))
            for name, item in Summary.parse(content).model_dump(exclude={"format"}).items()
            if item
        ]
    except SummaryError:
        try:
            rows = [(_("text"), escape(shown(content.decode("utf-8"))))]
        except UnicodeDecodeError as error:
            raise CommandError(_("the summary is no text: say where to write it with --out FILE")) from error
    data["text"] = content.decode("utf-8")
    return Answer(data, fields(_("Public summary, as the claim names it"), rows))
