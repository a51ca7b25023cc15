# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin found`: a charter becomes a mutual on the chain."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain.founder import Founder
from tongxin.chain.founding import deploy_factory
from tongxin.chain.founding import found as found_mutual
from tongxin.chain.primitives import checksum
from tongxin.chain.token import Token
from tongxin.charter import encode, load_charter
from tongxin.cli.app import command
from tongxin.cli.output import Answer, fields
from tongxin.cli.parties import Attestors, Investigator, Parties, Remainder, Steward, with_parties
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _

FACTORY_STEPS = 10
MUTUAL_STEPS = 7
"""Transactions of a founding beside those that add benefits."""


def add_to(program: typer.Typer) -> None:
    """Declares the command."""
    command(program, "found", _("Found a mutual from a charter; can be interrupted and resumed."))(found)


def found(
    session: Session,
    *,
    charter: Annotated[Path, typer.Argument(help=_("the charter, a YAML file"))],
    token: Annotated[str | None, typer.Option(help=_("address of the token, if the charter leaves it open"))] = None,
    steward: Steward = None,
    attestor: Attestors = None,
    investigator: Investigator = None,
    remainder: Remainder = None,
    factory: Annotated[
        str | None, typer.Option(help=_("a factory that stands on the chain; by default one is deployed"))
    ] = None,
    label: Annotated[str, typer.Option(help=_("tells two mutuals with the same charter apart"))] = "",
) -> Answer:
    """Deploys the factory if none is named, then the mutual, then publishes the charter's document."""
    rules = load_charter(charter)
    if rules.token.address is None and token is None:
        raise CommandError(
            _("{file} leaves the token open: name its address with --token ADDRESS").format(file=charter)
        )
    attestors = tuple(attestor) if attestor else None
    rules = with_parties(rules, charter, Parties(token, steward, attestors, investigator, remainder))
    decimals = Token(session.endpoints, str(rules.token.address)).decimals()
    encoded = encode(rules, decimals)
    session.confirm(
        _("Found '{name}'? Afterwards only its members can change its rules, by vote.").format(name=rules.name.en)
    )
    steps = MUTUAL_STEPS + len(list(encoded.benefit_batches())) + (FACTORY_STEPS if factory is None else 0)
    with session.progress(_("founding"), steps) as done:
        count = 0

        def step(name: str) -> None:
            nonlocal count
            count += 1
            done(count)
            session.note(name)

        maker = Founder(session.endpoints, factory) if factory is not None else deploy_factory(session.sender, step)
        if factory is not None:
            maker.check()
        listing = found_mutual(session.sender, maker, encoded, label=label, progress=step)
    parts = {
        name: checksum(address)
        for name, address in (
            ("mutual", listing.fund),
            ("charter", listing.charter),
            ("office", listing.office),
            ("jury", listing.jury),
            ("court", listing.court),
            ("assembly", listing.assembly),
        )
    }
    data: dict[str, object] = {
        **parts,
        "factory": maker.address,
        "charter_hash": encoded.document_hash,
    }
    rows: list[tuple[str, object]] = [
        (_("mutual"), parts["mutual"]),
        (_("charter"), parts["charter"]),
        (_("office"), parts["office"]),
        (_("jury"), parts["jury"]),
        (_("court"), parts["court"]),
        (_("assembly"), parts["assembly"]),
        (_("factory"), maker.address),
        (_("charter hash"), encoded.document_hash),
        (
            _("next"),
            _("set TONGXIN_MUTUAL={address}, then `tongxin attest key` and `tongxin enrol`").format(
                address=parts["mutual"]
            ),
        ),
    ]
    return Answer(
        data, fields(_("Founded; nobody can take its money, and only its members can change its rules"), rows)
    )
