# SPDX-License-Identifier: AGPL-3.0-only
"""What a command works with, opened when first needed: settings, chain, mutual, who acts, where to write."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from types import TracebackType
from typing import Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tongxin.chain.endpoints import Endpoints
from tongxin.chain.journal import Journal
from tongxin.chain.keys import Signer, open_signer
from tongxin.chain.node import running_node
from tongxin.chain.transactions import Sender
from tongxin.cli.output import NOT_A_TERMINAL_WIDTH, Answer, say
from tongxin.cli.text import _
from tongxin.errors import TongxinError
from tongxin.settings import PRIVATE_KEY_VARIABLE, Settings

__all__ = ["CommandError", "Session"]


class CommandError(TongxinError):
    """A command cannot be carried out as it was given."""


class Session:
    """One call of the program.

    Args:
        settings: What it was told.
        as_json: Whether the answer is printed as JSON.
        yes: Whether to act without asking.
    """

    def __init__(self, settings: Settings, *, as_json: bool, yes: bool) -> None:
        self.settings = settings
        self.as_json = as_json
        self._yes = yes
        self._closing = contextlib.ExitStack()
        self.out = Console(width=None if sys.stdout.isatty() else NOT_A_TERMINAL_WIDTH)
        self.err = Console(stderr=True, width=None if sys.stderr.isatty() else NOT_A_TERMINAL_WIDTH)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def show(self, answer: Answer) -> None:
        """Prints the command's answer."""
        say(answer, self.out, as_json=self.as_json)

    @cached_property
    def endpoints(self) -> Endpoints:
        """The chain.

        Raises:
            CommandError: No endpoint is named and no local node runs.
        """
        urls = self.settings.rpc
        if not urls:
            running = running_node(self.settings.node_folder)
            if running is None:
                raise CommandError(
                    _("no chain to talk to: start one with `tongxin node`, or name an endpoint with --rpc URL")
                )
            urls = (running.url,)
        return self._closing.enter_context(Endpoints(urls, chain_id=self.settings.chain_id))

    @cached_property
    def signer(self) -> Signer:
        """Who acts.

        Raises:
            CommandError: Nobody is named.
            SignerError: The key cannot be opened.
        """
        spec = self.settings.signer
        if spec is None and os.environ.get(PRIVATE_KEY_VARIABLE):
            spec = f"env:{PRIVATE_KEY_VARIABLE}"
        if spec is None:
            raise CommandError(
                _(
                    "who acts? Name a keystore with --key-file FILE, another signer with --signer SPEC, or set {name}"
                ).format(name=PRIVATE_KEY_VARIABLE)
            )
        return open_signer(spec, self.password)

    @cached_property
    def sender(self) -> Sender:
        """The account that acts, sending through the journal in the home folder."""
        journal = self._closing.enter_context(Journal(self.settings.home / "sent.sqlite3"))
        return Sender(self.endpoints, self.signer, journal)

    def password(self) -> str:
        """The keystore's password: from the environment, a file, or asked at the terminal.

        Raises:
            CommandError: It is in no place where it may be, and nobody can be asked.
        """
        if self.settings.password is not None:
            return self.settings.password.get_secret_value()
        path = self.settings.password_file
        if path is not None:
            try:
                return path.read_text(encoding="utf-8").splitlines()[0]
            except (OSError, UnicodeDecodeError, IndexError) as error:
                raise CommandError(_("the password file {path} cannot be read").format(path=path)) from error
        if not sys.stdin.isatty():
            raise CommandError(_("the keystore needs a password: set TONGXIN_PASSWORD or TONGXIN_PASSWORD_FILE"))
        return str(typer.prompt(_("Password of the keystore"), hide_input=True, err=True))

    def expect_again(self, password: str) -> None:
        """Asks for a new password a second time.

        Raises:
            CommandError: The two differ.
        """
        if str(typer.prompt(_("The same password again"), hide_input=True, err=True)) != password:
            raise CommandError(_("the two passwords differ; nothing was written"))

    def note(self, text: str) -> None:
        """Tells a person something beside the answer."""
        if not self.as_json:
            self.err.print(text, style="dim", highlight=False)

    def confirm(self, question: str) -> None:
        """Asks before acting, when a person sits at the terminal and has not said --yes.

        Raises:
            CommandError: The person says no; nothing was done.
        """
        if self._yes or self.as_json or not sys.stdin.isatty():
            return
        if not typer.confirm(question, err=True):
            raise CommandError(_("nothing was done"))

    @contextlib.contextmanager
    def progress(self, text: str, total: int) -> Iterator[Callable[[int], None]]:
        """A progress bar on standard error; yields a function that takes how much is done."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.err, disable=not self.err.is_terminal, transient=True) as bar:
            task = bar.add_task(text, total=total)
            yield lambda done: bar.update(task, completed=done)
