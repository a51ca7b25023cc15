# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin found`: a charter becomes a mutual on the chain."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from tongxin.chain.founder import Founder
from tongxin.chain.founding import deploy_factory
from tongxin.chain.founding import found as found_mutual
from tongxin.chain.primitives import checksum
from tongxin.chain.token import Token
from tongxin.charter import Charter, encode, load_charter
from tongxin.cli.app import command
from tongxin.cli.output import Answer, fields
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _

STEPS = 16


def add_to(program: typer.Typer) -> None:
    """Declares the command."""
    command(program, "found", _("Found a mutual from a charter; can be interrupted and resumed."))(found)


def found(
    session: Session,
    *,
    charter: Annotated[Path, typer.Argument(help=_("the charter, a YAML file"))],
    token: Annotated[str | None, typer.Option(help=_("address of the token, if the charter leaves it open"))] = None,
    steward: Annotated[str | None, typer.Option(help=_("who receives the fee, if left open"))] = None,
    attestor: Annotated[list[str] | None, typer.Option(help=_("who vouches, if left open; may be repeated"))] = None,
    investigator: Annotated[str | None, typer.Option(help=_("whom panels may commission, if left open"))] = None,
    factory: Annotated[
        str | None, typer.Option(help=_("a factory that stands on the chain; by default one is deployed"))
    ] = None,
    label: Annotated[str, typer.Option(help=_("tells two mutuals with the same charter apart"))] = "",
) -> Answer:
    """Deploys the factory if none is named, then the mutual, then publishes the charter's document."""
    rules = _with_parties(
        load_charter(charter), charter, token=token, steward=steward, attestors=attestor, investigator=investigator
    )
    decimals = Token(session.endpoints, str(rules.token.address)).decimals()
    encoded = encode(rules, decimals)
    session.confirm(_("Found '{name}'? Its rules cannot be changed afterwards.").format(name=rules.name.en))
    with session.progress(_("founding"), STEPS) as done:
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
        (_("factory"), maker.address),
        (_("charter hash"), encoded.document_hash),
        (
            _("next"),
            _("set TONGXIN_MUTUAL={address}, then `tongxin attest key` and `tongxin enrol`").format(
                address=parts["mutual"]
            ),
        ),
    ]
    return Answer(data, fields(_("Founded; nobody can change it or take its money"), rows))


def _with_parties(
    rules: Charter,
    file: Path,
    *,
    token: str | None,
    steward: str | None,
    attestors: list[str] | None,
    investigator: str | None,
) -> Charter:
    """The charter with the addresses that its file leaves open; those that it names cannot be replaced."""
    for name, option, written in (
        ("--token", token, rules.token.address),
        ("--steward", steward, rules.steward),
        ("--attestor", attestors, rules.membership.admission.attestors),
        ("--investigator", investigator, rules.court.investigator.address),
    ):
        if option and written:
            raise CommandError(
                _("{file} names that address already; change the file instead of giving {option}").format(
                    file=file, option=name
                )
            )
    if rules.token.address is None and token is None:
        raise CommandError(_("{file} leaves the token open: name its address with --token ADDRESS").format(file=file))
    try:
        return rules.with_parties(
            token=token,
            steward=steward,
            attestors=tuple(attestors) if attestors else None,
            investigator=investigator,
        )
    except ValidationError as error:
        raise CommandError(_("an address is none: {reason}").format(reason=error.errors()[0]["msg"])) from error
