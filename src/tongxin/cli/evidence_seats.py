# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin evidence announce` and `examine`: the key of a juror's seat (R-122), and what it showed (R-126)."""

from typing import Annotated

import typer

from tongxin.chain.events import Revealed
from tongxin.chain.jury import panel_key
from tongxin.cli.claims import INCOMPLETE, ClaimArgument, Standing, own_seat, stage_name, standing
from tongxin.cli.output import Answer, fields, instant, listing
from tongxin.cli.session import NOT_SENT, CommandError, Session
from tongxin.cli.text import _
from tongxin.cli.unreadable import examined, finding_text
from tongxin.cli.vault import Vault
from tongxin.evidence.book import Book
from tongxin.evidence.keys import Identity, KeyKind
from tongxin.evidence.opening import seat_access
from tongxin.words import PanelKind, Stage

__all__ = ["announce", "announce_seats", "examine"]


def announce(
    session: Session,
    number: Annotated[
        int | None, typer.Argument(min=1, help=_("number of the claim; by default all on whose panels you sit"))
    ] = None,
    *,
    again: Annotated[
        bool, typer.Option("--again", help=_("a new key for a seat whose key you lost; ask the claimant to grant anew"))
    ] = False,
) -> Answer:
    """Announces the keys of one's seats; a first reader key is made if there is none."""
    return announce_seats(Vault(session), number, again=again)


def announce_seats(vault: Vault, number: int | None, *, again: bool = False) -> Answer:
    """The same for other commands."""
    session = vault.session
    vault.sweep()
    places = _seats_of(session) if number is None else [_seat_of(session, standing(session, number))]
    done = [_announce(vault, found, seat, again=again) for found, seat in places]
    shown = [
        (item["claim"], item["seat"], item["transaction"] or _("announced before"), instant(found.state.deadline))
        for item, (found, _seat) in zip(done, places, strict=True)
    ]
    columns = (_("claim"), _("seat"), _("transaction"), _("stage ends"))
    title = _(
        "Keys of your seats announced; open the evidence when access is given: tongxin evidence open CLAIM --out DIR"
    )
    if not done:
        title = _("You sit on no panel that waits for keys")
    return Answer({"seats": done}, listing(title, columns, shown))


def _seats_of(session: Session) -> list[tuple[Standing, int]]:
    """The seats of who acts on panels that wait for access or vote."""
    index = session.mutual.jury.index_of(session.signer.address)
    docket = session.mutual.court.docket()
    found: list[tuple[Standing, int]] = []
    if index is None:
        return found
    for number in range(max(1, docket.lowest_open), docket.filed + 1):
        state = session.mutual.court.state(number)
        if state.stage not in {Stage.ACCESS, Stage.VOTING} or state.open_panel:
            continue
        panel = session.mutual.jury.panel(panel_key(number, state.n))
        if panel is not None and index in panel.seats:
            found.append((standing(session, number), panel.seats.index(index)))
    return found


def _seat_of(session: Session, found: Standing) -> tuple[Standing, int]:
    if found.panel is None or found.state.stage not in {Stage.ACCESS, Stage.VOTING}:
        raise CommandError(
            _("claim {number} is at the stage '{now}': no key is announced now").format(
                number=found.number, now=stage_name(found.state.stage)
            )
        )
    if found.panel.kind is PanelKind.OPEN:
        raise CommandError(
            _("this panel is open to all members: announce your reader key with `tongxin evidence key announce`")
        )
    return found, own_seat(session, found.panel)


def _announce(vault: Vault, found: Standing, seat: int, *, again: bool) -> dict[str, object]:
    session, label = vault.session, vault.seat(found.key, seat)
    announced = session.mutual.seat_keys(found.key).get(seat)
    kept = label in vault.keystore.seats()
    answer: dict[str, object] = {"claim": found.number, "panel": found.key, "seat": seat, **NOT_SENT}
    if announced is not None and kept and not again:
        return answer
    reader = vault.reader()
    identity = vault.keystore.seat(label) if kept and not again else None
    if identity is None:
        identity = Identity.generate(reader.key.kind)
        vault.keystore.keep_seat(label, identity)
    recipient = identity.recipient
    if recipient.kind is KeyKind.HYBRID:
        vault.put(recipient.text.encode(), _("Putting the key"))
    receipt = session.act(session.mutual.jury.announce(found.key, seat, int(recipient.kind), recipient.public_key))
    return {**answer, **session.mined(receipt), "recipient": recipient.text}


# -- what a juror showed


def examine(
    session: Session,
    number: ClaimArgument,
    seat: Annotated[int, typer.Argument(min=0, help=_("number of the seat"))],
    *,
    panel: Annotated[
        int | None, typer.Option(min=0, max=2, help=_("number of the panel; by default the claim's latest"))
    ] = None,
) -> Answer:
    """Repeats a juror's attempt to open the evidence, with the secret that the juror showed."""
    vault = Vault(session)
    state = standing(session, number).state
    key = panel_key(number, state.n if panel is None else panel)
    shown = _shown(session, key, seat)
    found = seat_access(session.mutual, vault.shelf, number, key, seat, before=shown.log.block)
    if found is None:
        raise CommandError(_("seat {seat} had announced no key before access was given").format(seat=seat))
    finding = examined(vault, found, Identity.from_secret(found.kind, shown.reason))
    truth = finding.unreadable
    rows: list[tuple[str, object]] = [
        (_("claim"), number),
        (_("seat"), seat),
        (_("found"), finding_text(finding)),
        (_("the juror told the truth"), _("yes") if truth else _("no")),
    ]
    data: dict[str, object] = {
        "claim": number,
        "panel": key,
        "seat": seat,
        "finding": finding.name.lower(),
        "unreadable": truth,
    }
    return Answer(data, fields(_("What the juror showed"), rows))


def _shown(session: Session, key: int, seat: int) -> Revealed:
    """The vote *incomplete* of a seat, whose reason is the secret shown."""
    votes = [event for event in Book(session.mutual).reveals(key) if event.seat == seat]
    if not votes or votes[-1].level != INCOMPLETE or votes[-1].reason == bytes(32):
        raise CommandError(_("seat {seat} showed no secret: it did not vote 'incomplete' with one").format(seat=seat))
    return votes[-1]
