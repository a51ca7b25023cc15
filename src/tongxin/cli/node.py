# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin node` and `mint`: the embedded local chain and its test stablecoin."""

from pathlib import Path
from typing import Annotated

import typer

from tongxin.chain.endpoints import Endpoints
from tongxin.chain.founding import deploy_stablecoin
from tongxin.chain.journal import Journal
from tongxin.chain.keys import KeySigner
from tongxin.chain.node import CHAIN_ID, EmbeddedNode, dev_accounts, run_node
from tongxin.chain.token import StableCoin
from tongxin.chain.transactions import Sender
from tongxin.cli.app import command
from tongxin.cli.output import Answer, fields, money, say
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _

COIN = ("Tongxin Test Coin", "TSC")
FIRST_COINS = 10_000_000 * 10**6
"""What each funded account gets when the test stablecoin is new: ten million, of six decimals."""


def add_to(program: typer.Typer) -> None:
    """Declares the commands."""
    command(program, "node", _("Run a local chain whose state is kept on disk, until interrupted."))(node)
    command(program, "mint", _("Make test coins on a local chain; who deployed the token only."))(mint)


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
        token = _test_coin(running.url, folder)
        data: dict[str, object] = {
            "url": running.url,
            "chain_id": CHAIN_ID,
            "state": str(folder),
            "token": token,
            "accounts": accounts,
        }
        rows = [
            (_("endpoint"), running.url),
            (_("chain"), CHAIN_ID),
            (_("state folder"), folder),
            (_("test stablecoin"), token),
            (_("funded accounts"), accounts[0] + " ..."),
        ]
        answer = Answer(data, fields(_("The local chain runs; interrupt to stop it"), rows))
        say(answer, session.out, as_json=session.as_json)
        session.out.file.flush()

    run_node(folder, port=port, on_ready=ready)
    return Answer({}, silent=True)


def _test_coin(url: str, folder: Path) -> str:
    """The chain's test stablecoin, deployed by the first funded account when the chain is new."""
    accounts = dev_accounts()
    with Endpoints(url) as endpoints, Journal(folder / "sent.sqlite3") as journal:
        sender = Sender(endpoints, KeySigner(accounts[0]), journal)
        coin = StableCoin(endpoints, deploy_stablecoin(sender, *COIN))
        actions = [(f"first coins {account.address}", coin.mint(account.address, FIRST_COINS)) for account in accounts]
        sender.send_many(actions)
    return coin.address


def mint(
    session: Session,
    to: Annotated[str, typer.Argument(help=_("address"))],
    amount: Annotated[int, typer.Argument(min=1, help=_("whole coins"))],
    token: Annotated[str | None, typer.Option(help=_("the test stablecoin; by default the mutual's token"))] = None,
) -> Answer:
    """Makes coins."""
    coin = StableCoin(session.endpoints, token or session.mutual.token.address)
    coin.check()
    if coin.owner() != session.signer.address:
        raise CommandError(_("only {owner} makes coins of this token").format(owner=coin.owner()))
    units = amount * 10 ** coin.decimals()
    receipt = session.act(coin.mint(to, units))
    rows: list[tuple[str, object]] = [
        (_("to"), to),
        (_("made"), money(units, coin.decimals(), coin.symbol())),
    ]
    return session.done(receipt, _("Test coins, worth nothing"), rows, to=to, amount=units, token=coin.address)
