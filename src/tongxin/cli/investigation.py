# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin claim commission` and `claim report`: the charter's investigator looks into a claim (R-84)."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain.events import Commissioned, InvestigatorAsked, Reported
from tongxin.cli.claims import ClaimArgument, own_seat, standing
from tongxin.cli.output import Answer, instant
from tongxin.cli.session import CommandError, Session
from tongxin.cli.targets import sealed_at
from tongxin.cli.text import _
from tongxin.cli.vault import Vault

__all__ = ["commission", "report"]


def commission(session: Session, number: ClaimArgument) -> Answer:
    """Asks for the investigator, from one's own seat; a majority of seats commissions it."""
    found = standing(session, number)
    if found.panel is None:
        raise CommandError(_("claim {number} has no panel yet").format(number=number))
    seat = own_seat(session, found.panel)
    receipt = session.act(session.mutual.court.commission(number, found.claim, seat))
    asked = receipt.one(InvestigatorAsked)
    done = receipt.all(Commissioned)
    rows: list[tuple[str, object]] = [(_("claim"), number), (_("seat"), asked.seat)]
    if done:
        rows += [(_("commissioned"), _("yes")), (_("votes until"), instant(done[0].commit_by))]
    else:
        rows.append((_("commissioned"), _("not yet: a majority of the seats must ask")))
    data: dict[str, object] = {
        "claim": number,
        "seat": asked.seat,
        "commissioned": bool(done),
        "commit_by": done[0].commit_by if done else found.panel.commit_by,
    }
    return session.done(receipt, _("Investigation asked for"), rows, **data)


def report(
    session: Session,
    number: ClaimArgument,
    file: Annotated[
        Path, typer.Argument(help=_("the sealed report, as `evidence seal` made it; it goes into the stores"))
    ],
) -> Answer:
    """Reports, as the investigator."""
    found = standing(session, number)
    sealed = sealed_at(file)
    vault = Vault(session)
    session.sender.estimate(session.mutual.court.report(number, found.claim, sealed.digest))
    vault.put(sealed.document, _("Putting the report"))
    for path in sealed.grants:
        vault.put(path, _("Putting wrapped keys"))
    receipt = session.act(session.mutual.court.report(number, found.claim, sealed.digest))
    event = receipt.one(Reported)
    rows: list[tuple[str, object]] = [(_("claim"), number), (_("hash of the report"), event.report_hash)]
    return session.done(receipt, _("Report filed"), rows, claim=number, report_hash=event.report_hash)
