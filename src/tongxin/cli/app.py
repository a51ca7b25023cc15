# SPDX-License-Identifier: AGPL-3.0-only
"""How a command is declared: a function of a session that returns an answer.

Every command takes the options of `Options` besides its own, before or after its name.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, cast

import typer

from tongxin.cli.output import Answer
from tongxin.cli.session import Session
from tongxin.cli.text import _
from tongxin.settings import Language, load_settings

__all__ = ["Options", "command", "group", "root"]

P = ParamSpec("P")
Action = Callable[Concatenate[Session, P], Answer]


@dataclass(frozen=True)
class Options:
    """The options that every command takes; None means not given."""

    rpc: tuple[str, ...] | None = None
    mutual: str | None = None
    key_file: Path | None = None
    signer: str | None = None
    home: Path | None = None
    lang: Language | None = None
    as_json: bool = False
    yes: bool = False

    def over(self, before: "Options") -> "Options":
        """These options, and those given before the command's name where these say nothing."""
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        return replace(before, **{name: value for name, value in given.items() if value})

    def session(self) -> Session:
        """A session with these options.

        Raises:
            SettingsError: A setting has an impossible value.
        """
        signer = self.signer
        if signer is None and self.key_file is not None:
            signer = f"keystore:{self.key_file}"
        settings = load_settings(rpc=self.rpc, mutual=self.mutual, signer=signer, home=self.home, lang=self.lang)
        return Session(settings, as_json=self.as_json, yes=self.yes)


def _shared() -> list[inspect.Parameter]:
    """The options of `Options` as parameters of a command."""
    panel = _("Options of every command")
    annotations: dict[str, Any] = {
        "rpc": Annotated[
            list[str] | None,
            typer.Option(
                "--rpc", metavar="URL", help=_("endpoint of the chain; may be repeated"), rich_help_panel=panel
            ),
        ],
        "mutual": Annotated[
            str | None,
            typer.Option("--mutual", metavar="ADDRESS", help=_("address of the mutual's Fund"), rich_help_panel=panel),
        ],
        "key_file": Annotated[
            Path | None,
            typer.Option("--key-file", metavar="FILE", help=_("keystore of who acts"), rich_help_panel=panel),
        ],
        "signer": Annotated[
            str | None,
            typer.Option(
                "--signer",
                metavar="SPEC",
                help=_("keystore:FILE, env:NAME, command:PROGRAM or rpc:ADDRESS@URL; never a key itself"),
                rich_help_panel=panel,
            ),
        ],
        "home": Annotated[
            Path | None,
            typer.Option(
                "--home", metavar="FOLDER", help=_("folder of the local chain, keys and salts"), rich_help_panel=panel
            ),
        ],
        "lang": Annotated[
            Language | None,
            typer.Option("--lang", help=_("language of the texts"), rich_help_panel=panel),
        ],
        "as_json": Annotated[
            bool,
            typer.Option("--json", help=_("print JSON instead of tables"), rich_help_panel=panel),
        ],
        "yes": Annotated[
            bool,
            typer.Option("--yes", "-y", help=_("do not ask before acting"), rich_help_panel=panel),
        ],
    }
    defaults = {item.name: item.default for item in fields(Options)}
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=annotation)
        for name, annotation in annotations.items()
    ]


def _take_options(given: dict[str, Any]) -> Options:
    values = {item.name: given.pop(item.name, item.default) for item in fields(Options)}
    if values["rpc"] is not None:
        values["rpc"] = tuple(values["rpc"]) or None
    return Options(**values)


def _declare(run: Callable[..., None], parameters: list[inspect.Parameter], without: tuple[str, ...] = ()) -> None:
    """Gives a function the signature that the option parser is to read."""
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    own = [item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in parameters]
    shared = [item for item in _shared() if item.name not in without]
    signature = inspect.Signature([context, *own, *shared])
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {item.name: item.annotation for item in signature.parameters.values()}


def command(app: typer.Typer, name: str, text: str, *, own_json: bool = False) -> Callable[[Action[P]], Action[P]]:
    """Declares a command whose first parameter is the session and whose others are its own options.

    Args:
        app: The group it belongs to.
        name: As typed.
        text: What it does, translated.
        own_json: Whether the command has an option --json of its own.
    """

    def register(function: Action[P]) -> Action[P]:
        _first, *own = inspect.signature(function, eval_str=True).parameters.values()

        call = cast("Callable[..., Answer]", function)

        def run(**given: Any) -> None:
            context: typer.Context = given.pop("context")
            options = _take_options(given).over(context.obj)
            with options.session() as session:
                answer = call(session, **given)
                session.show(answer)
            if answer.code:
                raise typer.Exit(answer.code)

        _declare(run, own, without=("as_json",) if own_json else ())
        app.command(name, help=text)(run)
        return function

    return register


def group(parent: typer.Typer, name: str, text: str) -> typer.Typer:
    """Declares a group of commands."""
    app = typer.Typer(no_args_is_help=True, help=text)
    parent.add_typer(app, name=name)
    return app


def root(text: str) -> typer.Typer:
    """Declares the program itself."""
    app = typer.Typer(no_args_is_help=True, help=text, add_completion=True, pretty_exceptions_enable=False)

    def start(**given: Any) -> None:
        context: typer.Context = given.pop("context")
        context.obj = _take_options(given)

    _declare(start, [])
    app.callback()(start)
    return app
