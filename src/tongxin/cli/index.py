# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin index`: the chain as tables, in SQLite or PostgreSQL.

What brings the database's and the server's libraries is imported where it is used: `tongxin --help` reads this module.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tongxin.chain.endpoints import NoEndpointError
from tongxin.chain.primitives import address_of, checksum
from tongxin.cli.app import command, group
from tongxin.cli.output import Answer, fields, instant, listing, stack
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _
from tongxin.index.errors import ChainMovedError, DisagreementError

if TYPE_CHECKING:
    from tongxin.index.follower import Follower, Indexed
    from tongxin.index.source import State
    from tongxin.index.status import IndexStatus
    from tongxin.index.store import Store

PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0
RATE = 600

Database = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help=_("sqlite:///FILE or postgresql://USER@HOST/NAME; by default index.sqlite in the home folder"),
    ),
]
Confirmations = Annotated[
    int | None, typer.Option(min=0, help=_("blocks below the head after which a block is confirmed"))
]
Finality = Annotated[
    int | None,
    typer.Option(min=0, help=_("blocks after which one is final, where no endpoint names its finalized block")),
]


def add_to(program: typer.Typer) -> None:
    """Declares the commands."""
    app = group(program, "index", _("The chain as SQL tables, which anybody can make anew at any time."))
    command(app, "run", _("Read what is new on the chain into the index."))(run)
    command(app, "status", _("How far the index is, and which endpoints dissent."))(status)
    command(app, "dump", _("Write all rows as text that is the same for every index of the same blocks."))(dump)
    command(app, "serve", _("Offer the index to programs and newspapers, for reading, over HTTP."))(serve)
    command(app, "rebuild", _("Empty the index and read everything again."))(rebuild)


def _address(session: Session, database: str | None) -> str:
    from tongxin.index.store import default_url  # noqa: PLC0415 - see above

    return database or session.settings.database or default_url(session.settings.home)


def _store(session: Session, database: str | None) -> Store:
    from tongxin.index.store import Store  # noqa: PLC0415 - see above

    return Store(_address(session, database))


@contextlib.contextmanager
def _follower(session: Session, store: Store, confirmations: int | None, finality: int | None) -> Iterator[Follower]:
    from tongxin.index.follower import Follower  # noqa: PLC0415 - see above
    from tongxin.index.source import Source  # noqa: PLC0415 - see above

    endpoints, settings = session.endpoints, session.settings
    with Source(endpoints.urls, chain_id=settings.chain_id) as source:
        yield Follower(
            store,
            source,
            endpoints,
            confirmations=settings.confirmations if confirmations is None else confirmations,
            finality=settings.finality if finality is None else finality,
        )


def run(
    session: Session,
    *,
    fund: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help=_("follow this mutual too; may be repeated"))
    ] = None,
    founder: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help=_("follow every mutual that this factory lists, later ones too")),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help=_("go on as the chain goes on, until interrupted"))] = False,
    database: Database = None,
    confirmations: Confirmations = None,
    finality: Finality = None,
) -> Answer:
    """Reads up to the head; with --follow it goes on from there."""
    funds = [checksum(address) for address in fund or ()]
    with _store(session, database) as store, _follower(session, store, confirmations, finality) as follower:
        if not funds and founder is None and session.settings.mutual is not None:
            funds = [checksum(session.settings.mutual)]
        follower.follow(funds, None if founder is None else checksum(founder))
        with _progress(session) as progress:
            done = follower.catch_up(progress)
        if follow:
            _follow(session, store, follower, done)
        return _answer(store, done)


def _follow(session: Session, store: Store, follower: Follower, done: Indexed) -> None:
    """Goes on until interrupted; what passes by itself is said and waited for."""
    session.show(_answer(store, done))
    session.out.file.flush()
    pause = PAUSE_SECONDS
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(pause)
            try:
                follower.look_for_listed()
                more = follower.catch_up()
            except (NoEndpointError, DisagreementError, ChainMovedError) as error:
                session.err.print(str(error), markup=False)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            pause = PAUSE_SECONDS
            done.events += more.events
            done.seconds += more.seconds
            done.steps += more.steps
            done.dropped += more.dropped
            done.block = more.block


@contextlib.contextmanager
def _progress(session: Session) -> Iterator[Callable[[int, int, int], None]]:
    """A progress bar over blocks, on standard error."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[events]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=session.err, disable=not session.err.is_terminal, transient=True) as bar:
        task = bar.add_task(_("index"), total=1, events="")

        def show(blocks: int, total: int, events: int) -> None:
            bar.update(task, completed=blocks, total=total, events=_("{count} events").format(count=events))

        yield show


def _answer(store: Store, done: Indexed) -> Answer:
    data: dict[str, object] = {
        "database": store.shown,
        "block": done.block,
        "events": done.events,
        "seconds": round(done.seconds, 3),
        "steps": done.steps,
        "reorganisations": done.dropped,
    }
    rows = [
        (_("database"), store.shown),
        (_("block"), done.block),
        (_("events read"), done.events),
        (_("events per second"), round(done.events_per_second)),
        (_("reorganisations followed"), done.dropped),
    ]
    return Answer(data, fields(_("The index is at the chain's head"), rows))


def status(session: Session, database: Database = None) -> Answer:
    """From the database alone; no endpoint is asked."""
    from tongxin.index.status import status_of  # noqa: PLC0415 - see above

    with _store(session, database) as store:
        found = status_of(store)
        return Answer(_status_data(store, found), _status_view(store, found))


def _status_data(store: Store, found: IndexStatus) -> dict[str, object]:
    at = found.heights
    return {
        "database": store.shown,
        "chain_id": None if at is None else at.chain_id,
        "head": None if at is None else at.head,
        "head_time": None if at is None else at.head_time,
        "confirmed": None if at is None else at.confirmed,
        "final": None if at is None else at.final,
        "mutuals": [
            {
                "fund": address_of(item.fund),
                "token": item.symbol,
                "block": item.block,
                "members": item.members,
                "claims": item.claims,
            }
            for item in found.followed
        ],
        "endpoints": [
            {
                "endpoint": item.endpoint,
                "state": item.state,
                "block": item.head,
                "since": item.since or None,
                "what": item.what or None,
            }
            for item in found.endpoints
        ],
        "dissents": [
            {"endpoint": endpoint, "block": block, "times": times, "what": what}
            for endpoint, block, times, what in found.dissents
        ],
    }


def _status_view(store: Store, found: IndexStatus) -> RenderableType:
    at = found.heights
    if at is None:
        return _("The index {database} is empty: fill it with `tongxin index run`.").format(database=store.shown)
    rows: list[tuple[str, object]] = [
        (_("database"), store.shown),
        (_("chain"), at.chain_id),
        (_("head"), f"{at.head} ({instant(at.head_time)})"),
        (_("confirmed up to"), at.confirmed),
        (_("final up to"), at.final),
    ]
    followed = [(address_of(item.fund), item.symbol, item.block, item.members, item.claims) for item in found.followed]
    columns = (_("mutual"), _("token"), _("indexed up to"), _("members"), _("claims"))
    parts: list[RenderableType] = [fields(_("Index"), rows), listing(_("Mutuals"), columns, followed, right=3)]
    if found.endpoints:
        titles = (_("endpoint"), _("state"), _("last block"), _("since"), _("why"))
        heard = [
            (item.endpoint, _state(item.state), item.head, instant(item.since) if item.since else "", item.what)
            for item in found.endpoints
        ]
        parts.append(listing(_("Endpoints of the last run"), titles, heard))
    if found.dissents:
        names = (_("endpoint"), _("last block"), _("times"), _("what"))
        parts.append(listing(_("Endpoints that the others contradict"), names, found.dissents))
    return stack(*parts)


def _state(state: State) -> str:
    return {
        "keeps up": _("keeps up"),
        "behind": _("behind"),
        "stands still": _("stands still: does not count"),
        "no answer": _("no answer"),
        "another chain": _("another chain"),
    }[state]


def dump(
    session: Session,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help=_("write it to this file instead of standard output"))
    ] = None,
    database: Database = None,
) -> Answer:
    """Rows of the technical tables are left out."""
    from tongxin.index.dump import dump as write_dump  # noqa: PLC0415 - see above

    with _store(session, database) as store:
        if out is None:
            write_dump(store, session.out.file)
            return Answer({}, silent=True)
        try:
            with out.open("w", encoding="utf-8", newline="\n") as file:
                count = write_dump(store, file)
        except OSError as error:
            raise CommandError(_("{path} cannot be written: {reason}").format(path=out, reason=error)) from error
        return Answer({"out": str(out), "rows": count}, fields(_("Dump"), [(_("file"), out), (_("rows"), count)]))


def rebuild(
    session: Session,
    database: Database = None,
    confirmations: Confirmations = None,
    finality: Finality = None,
) -> Answer:
    """Which mutuals are followed is kept."""
    with _store(session, database) as store, _follower(session, store, confirmations, finality) as follower:
        session.confirm(_("Empty the index {database} and read everything again?").format(database=store.shown))
        follower.begin_anew()
        with _progress(session) as progress:
            return _answer(store, follower.catch_up(progress))


def serve(
    session: Session,
    *,
    host: Annotated[str, typer.Option(help=_("address to listen on; 0.0.0.0 for everybody"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help=_("port; 0 takes a free one"))] = 8470,
    rate: Annotated[
        int, typer.Option(min=0, help=_("requests per minute that one address may make; 0: any number"))
    ] = RATE,
    proxy: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help=_("a proxy whose X-Forwarded-For is believed; may be repeated")),
    ] = None,
    database: Database = None,
) -> Answer:
    """Until interrupted; `tongxin index run --follow` beside it keeps the index at the chain's head."""
    from tongxin.index.api import serve as api  # noqa: PLC0415 - see above

    def started(url: str) -> None:
        session.show(Answer({"url": url}, _("The index is offered at {url}/v1; Ctrl-C ends it.").format(url=url)))
        session.out.file.flush()

    with contextlib.suppress(KeyboardInterrupt):
        api.serve(
            _address(session, database),
            host=host,
            port=port,
            limits=api.Limits(per_minute=rate or None),
            proxies=proxy or (),
            started=started,
        )
    return Answer({}, silent=True)
