# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin node`: the embedded local chain."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain.node import CHAIN_ID, EmbeddedNode, dev_accounts, run_node
from tongxin.cli.app import command
from tongxin.cli.output import Answer, fields, say
from tongxin.cli.session import Session
from tongxin.cli.text import _


def add_to(program: typer.Typer) -> None:
    """Declares the command."""
    command(program, "node", _("Run a local chain whose state is kept on disk, until interrupted."))(node)


def node(
    session: Session,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help=_("where to listen on 127.0.0.1; 0 takes a free port"))
    ] = 8545,
    state: Annotated[Path | None, typer.Option(help=_("folder of the chain; by default in the home folder"))] = None,
) -> Answer:
    """Runs until told to end; what it says first is where it answers."""
    folder = state or session.settings.node_folder

    def ready(running: EmbeddedNode) -> None:
        accounts = [account.address for account in dev_accounts()]
        data: dict[str, object] = {
            "url": running.url,
            "chain_id": CHAIN_ID,
            "state": str(folder),
            "accounts": accounts,
        }
        rows = [
            (_("endpoint"), running.url),
            (_("chain"), CHAIN_ID),
            (_("state"), folder),
            (_("funded accounts"), accounts[0] + " ..."),
        ]
        say(
            Answer(data, fields(_("The local chain runs; interrupt to stop it"), rows)),
            session.out,
            as_json=session.as_json,
        )
        session.out.file.flush()

    run_node(folder, port=port, on_ready=ready)
    return Answer({}, silent=True)
