# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin charter`: look at the rules before founding or joining."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from tongxin.charter import Charter, canonical_json, document_hash, load_charter
from tongxin.cli.app import command, group
from tongxin.cli.output import Answer, duration, fields, listing, stack
from tongxin.cli.session import Session
from tongxin.cli.text import _, current_language

CharterFile = Annotated[Path, typer.Argument(help=_("the charter, a YAML file"))]


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    charters = group(program, "charter", _("Check and read charters."))
    command(charters, "check", _("Check a charter as founding would, and show its hash."))(check)
    command(charters, "explain", _("Show in tables what a charter says."))(explain)


def check(session: Session, file: CharterFile) -> Answer:
    """Loads the charter, which raises everything that is wrong with it."""
    del session
    charter = load_charter(file)
    document = canonical_json(charter)
    hashed = document_hash(document)
    rows = [
        (_("charter"), label(charter.name)),
        (_("hash"), hashed),
        (_("document"), _("{count} bytes").format(count=len(document))),
    ]
    data: dict[str, object] = {
        "name": charter.name.model_dump(),
        "charter_hash": hashed,
        "document_bytes": len(document),
    }
    return Answer(data, fields(_("Founding would accept this charter"), rows))


def explain(session: Session, file: CharterFile) -> Answer:
    """Shows money, times, classes and benefits."""
    del session
    charter = load_charter(file)
    return Answer({"charter": charter.model_dump(mode="json", exclude_none=True)}, explained(charter))


def label(text: object) -> str:
    """A members' text in the language in use."""
    return str(getattr(text, current_language()))


def explained(charter: Charter) -> RenderableType:
    """A charter as tables."""
    symbol = charter.token.symbol
    money, court, membership = charter.money, charter.court, charter.membership
    rules = fields(
        label(charter.name),
        [
            (_("counts in"), symbol),
            (_("funding"), f"{money.funding.value}, {money.rounds.value}"),
            (_("most a full share pays in one settlement"), f"{money.round_cap} {symbol}"),
            (_("most a full share pays in one year"), f"{money.year_cap} {symbol}"),
            (_("management fee on what is paid"), percent(money.fee)),
            (_("least deposit of a full share when joining"), f"{membership.min_runway} {symbol}"),
            (_("notice of leaving"), duration(membership.leave_notice)),
            (_("time to file a claim"), duration(court.filing_window)),
            (_("panel"), f"{court.panel.value}, {court.panel_size}"),
            (_("votes needed"), percent(court.threshold) + (" +" if court.strict else "")),
            (_("insurance licence"), charter.disclosures.licence),
            (_("complaints"), charter.disclosures.complaints),
            (_("audit of the contracts"), charter.disclosures.audit),
        ],
    )
    classes = listing(
        _("Classes"),
        (_("number"), _("class"), _("share")),
        [(place, label(item.label), f"{item.shares / 1000:g}") for place, item in enumerate(charter.classes)],
        right=1,
    )
    benefits = listing(
        _("Benefits"),
        (_("number"), _("benefit"), _("kind"), _("amount by class"), _("waiting time")),
        [
            (
                place,
                label(item.label),
                item.kind.value,
                " / ".join(str(amount) for amount in item.amounts),
                " / ".join(dict.fromkeys(duration(wait) for wait in item.waiting)),
            )
            for place, item in enumerate(charter.benefits)
        ],
    )
    return stack(rules, classes, benefits)


def percent(basis_points: int) -> str:
    """Basis points as per cent."""
    return f"{basis_points / 100:g} %"
