# SPDX-License-Identifier: AGPL-3.0-only
"""What a command works with, opened when first needed: settings, chain, mutual, who acts, where to write."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tongxin.chain.endpoints import Endpoints
from tongxin.chain.events import Event
from tongxin.chain.journal import Journal
from tongxin.chain.keys import Signer, open_signer
from tongxin.chain.mutual import DocumentNotFoundError, Mutual
from tongxin.chain.records import CourtTerms, FundTerms
from tongxin.chain.reverts import SettleFirst
from tongxin.chain.running import running_node
from tongxin.chain.standing import Depth, depth_of
from tongxin.chain.transactions import Action, Receipt, Sender, TransactionPendingError, restore
from tongxin.charter import Charter, read_document
from tongxin.cli.output import NOT_A_TERMINAL_WIDTH, Answer, fields, money, say
from tongxin.cli.text import _
from tongxin.cli.words import status_text
from tongxin.errors import TongxinError
from tongxin.settings import PRIVATE_KEY_VARIABLE, Settings

if TYPE_CHECKING:
    from tongxin.roster import TagKey

__all__ = ["ASK", "NOT_SENT", "CommandError", "Session"]

E = TypeVar("E", bound=Event)

ASK = "-"
"""Stands for an identity number among a command's arguments; it is asked for then."""

NOT_SENT: Final[dict[str, object]] = {"transaction": None, "block": None, "status": None}
"""What stands in an answer for `Session.mined` where what was asked for was on record before."""

RESTORE_SECONDS = 30.0
"""How long a command waits for what a reorganisation undid before it goes on."""

_TAG = re.compile(r"0x[0-9a-fA-F]{64}")


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

    # -- the chain

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
    def mutual(self) -> Mutual:
        """The mutual that is meant, its contracts' code checked.

        Raises:
            CommandError: None is named.
            NotDeployedError: There is none at that address.
        """
        if self.settings.mutual is None:
            raise CommandError(_("which mutual? Name its address with --mutual ADDRESS, or set TONGXIN_MUTUAL"))
        found = Mutual.at(self.endpoints, self.settings.mutual)
        self._restore()
        return found

    def _restore(self) -> None:
        """What was sent from here and undone by a reorganisation comes before whatever is looked at or done now."""
        if not self._journal_file.exists():
            return
        try:
            undone = restore(self.endpoints, self.journal, seconds=RESTORE_SECONDS)
        except TransactionPendingError as error:
            self.note(str(error))
            return
        if undone:
            self.note(
                _("gone from the chain, as after a reorganisation; sent again as they were signed: {hashes}").format(
                    hashes=", ".join(undone)
                )
            )

    @property
    def fund_terms(self) -> FundTerms:
        """What the charter says of money and membership."""
        return self.mutual.fund_terms

    @property
    def court_terms(self) -> CourtTerms:
        """What the charter says of claims."""
        return self.mutual.court_terms

    @property
    def spacing(self) -> int:
        """Index units between two ticks."""
        return self.mutual.spacing

    def rules(self, slot: int | None = None) -> Charter:
        """The rules of a draft, by default those in force, as published on the chain, their hash checked.

        Raises:
            CommandError: They were not published, or not by a plain transaction.
        """
        chosen = self.mutual.in_force.slot if slot is None else slot
        try:
            return read_document(self.mutual.document(chosen))
        except DocumentNotFoundError as error:
            raise CommandError(
                _("the document of draft {slot} is not on the chain: ask who proposed it for the file").format(
                    slot=chosen
                )
            ) from error

    def now(self) -> int:
        """The latest block's time, in seconds since 1970."""
        return self.mutual.head().timestamp

    @property
    def fund_address(self) -> str:
        """The mutual's address."""
        return self.mutual.fund.address

    def depth(self) -> Depth:
        """How firm the chain is now, by the settings."""
        settings = self.settings
        return depth_of(self.endpoints, confirmations=settings.confirmations, finality=settings.finality)

    def events(self, kind: type[E], topics: Sequence[bytes | None] = ()) -> Iterator[E]:
        """The mutual's events of a kind, in order; `topics` as in `fetch_logs`."""
        for event in self.mutual.events(kinds=(kind,), topics=topics):
            if isinstance(event, kind):
                yield event

    def receipt(self, transaction: str) -> Receipt | None:
        """The receipt of a mined transaction, or None."""
        raw = self.endpoints.request("eth_getTransactionReceipt", transaction)
        return None if raw is None else Receipt.of_json(raw)

    # -- who acts

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
        return self.open(spec)

    def open(self, spec: str) -> Signer:
        """A signer by its name, as `open_signer` takes it.

        Raises:
            SignerError: The name names none, or the key cannot be opened.
        """
        return open_signer(spec, self.password)

    @cached_property
    def journal(self) -> Journal:
        """What was sent from this home folder."""
        return self._closing.enter_context(Journal(self._journal_file))

    @property
    def _journal_file(self) -> Path:
        return self.settings.home / "sent.sqlite3"

    @cached_property
    def sender(self) -> Sender:
        """The account that acts, sending through the journal in the home folder."""
        return Sender(self.endpoints, self.signer, self.journal)

    def password(self, asked: str | None = None) -> str:
        """A password: from the environment, a file, or asked at the terminal.

        Args:
            asked: What the terminal says; by default that it is the keystore's.

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
            raise CommandError(_("a password is needed here: set TONGXIN_PASSWORD or TONGXIN_PASSWORD_FILE"))
        return str(typer.prompt(asked or _("Password of the keystore"), hide_input=True, err=True))

    def new_password(self, asked: str) -> str:
        """A password for something new, asked twice at a terminal.

        Raises:
            CommandError: It is in no place where it may be and nobody can be asked, or the two differ.
        """
        password = self.password(asked)
        if sys.stdin.isatty() and self.settings.password is None and self.settings.password_file is None:
            self.expect_again(password)
        return password

    def expect_again(self, password: str) -> None:
        """Asks for a new password a second time.

        Raises:
            CommandError: The two differ.
        """
        if str(typer.prompt(_("The same password again"), hide_input=True, err=True)) != password:
            raise CommandError(_("the two passwords differ; nothing was written"))

    # -- acting

    def act(self, action: Action, purpose: str | None = None) -> Receipt:
        """Sends an act and waits for it; a closed round that stands before it is settled first (R-13).

        Raises:
            Reverted: The contract refuses it, and says why.
        """
        try:
            return self.sender.send(action, purpose)
        except SettleFirst:
            self.note(_("a closed round had to be settled first"))
            self.sender.send(self.mutual.fund.settle_round())
            return self.sender.send(action, purpose)

    def allow(self, amount: int) -> None:
        """Lets the mutual take that amount from who acts, if it may not yet."""
        self.mutual.allow(self.sender, amount)

    @property
    def tag_key_file(self) -> Path:
        """Where the attestor's key of this mutual lies."""
        return self.settings.home / "keys" / f"{self.mutual.fund.address.lower()}.key"

    @property
    def event_key_file(self) -> Path:
        """Where the key of the attestor's register of events lies."""
        return self.settings.home / "keys" / "events.key"

    @property
    def event_register_file(self) -> Path:
        """Where the attestor's register of events lies."""
        return self.settings.home / "events.sqlite3"

    @cached_property
    def tag_key(self) -> TagKey:
        """The attestor's key of this mutual; its password is asked if it is sealed.

        Raises:
            TagKeyError: There is none, or it cannot be opened.
        """
        from tongxin.roster import TagKey  # noqa: PLC0415 - brings what opens sealed keys, which only attestors need

        return TagKey.load(self.tag_key_file, lambda: self.password(_("Password of the attestor's key")))

    def member_id(self, text: str) -> bytes:
        """A member by member id; or `-`, and the attestor is asked for an identity number.

        Raises:
            CommandError: It is neither: an identity number is never an argument (I-16), and not repeated either.
        """
        if _TAG.fullmatch(text):
            return bytes.fromhex(text[2:])
        if text == ASK:
            key = self.tag_key
            return key.member_id(self.mutual.fund.address, self.ask_identity_number())
        raise CommandError(
            _(
                "a member is named by the member id, 0x and 64 hexadecimal digits, as `join` and `enrol` show it; an "
                "attestor can write - and is then asked for the identity number, which is never an argument"
            )
        )

    def ask_identity_number(self) -> str:
        """An identity number: typed at the terminal without being shown, else the next line of standard input.

        Raises:
            CommandError: There is none.
        """
        if sys.stdin.isatty():
            return str(typer.prompt(_("Identity number"), hide_input=True, err=True))
        line = sys.stdin.readline().strip()
        if not line:
            raise CommandError(_("an identity number is asked for, and there is none on standard input"))
        return line

    # -- money

    @property
    def decimals(self) -> int:
        """Decimals of the mutual's token."""
        return self.mutual.decimals

    @cached_property
    def symbol(self) -> str:
        """The token's symbol."""
        return self.mutual.token.symbol()

    def money(self, units: int) -> str:
        """An amount of the mutual's token, for people."""
        return money(units, self.decimals, self.symbol)

    # -- telling

    def show(self, answer: Answer) -> None:
        """Prints the command's answer."""
        say(answer, self.out, as_json=self.as_json)

    def mined(self, receipt: Receipt, depth: Depth | None = None) -> dict[str, object]:
        """Where a transaction is, and how firmly it stands there, for `--json`; of many, by one `depth` for all."""
        return {
            "transaction": receipt.hash,
            "block": receipt.block,
            "status": (depth or self.depth()).standing(receipt.block),
        }

    def done(self, receipt: Receipt, title: str, rows: list[tuple[str, object]], **data: object) -> Answer:
        """The answer of a command that sent one transaction."""
        status = self.depth().standing(receipt.block)
        everything: dict[str, object] = {
            **data,
            "transaction": receipt.hash,
            "block": receipt.block,
            "status": status,
            "gas_used": receipt.gas_used,
        }
        where = _("{hash} in block {block}, {status}").format(
            hash=receipt.hash, block=receipt.block, status=status_text(status)
        )
        return Answer(everything, fields(title, [*rows, (_("transaction"), where)]))

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
