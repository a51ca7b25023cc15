# SPDX-License-Identifier: AGPL-3.0-only
"""`tongxin charter`: write rules, check them, read them, compare them, before founding, joining or voting."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text as Line
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tongxin.charter import Charter, CharterError, canonical_json, document_hash, load_charter, numbers_of
from tongxin.charter.advice import Advice, advice
from tongxin.charter.changes import compare
from tongxin.charter.errors import Fault
from tongxin.charter.explain import explain as explain_rules
from tongxin.charter.reading import WrittenCharter, load_written
from tongxin.charter.schema import schema_text
from tongxin.charter.steps import step_faults
from tongxin.charter.wizard import Answers, Ask, Question, write_charter
from tongxin.charter.wording import Section
from tongxin.cli.app import command, group
from tongxin.cli.changes import change_data, class_number, compared, label
from tongxin.cli.lists import check_problems
from tongxin.cli.output import Answer, fields, listing, stack
from tongxin.cli.sealed_lists import opener_of
from tongxin.cli.session import CommandError, Session
from tongxin.cli.text import _, current_language
from tongxin.roster import read_roster

CharterFile = Annotated[Path, typer.Argument(help=_("the charter, a YAML file"))]
ClassOption = Annotated[
    str | None, typer.Option("--class", metavar="CLASS", help=_("tell it to members of this class: its number or name"))
]


def add_to(program: typer.Typer) -> None:
    """Declares the group."""
    charters = group(program, "charter", _("Write, check, read and compare charters."))
    command(charters, "check", _("Check a charter as founding would, and warn of what may go wrong."))(check)
    command(charters, "explain", _("Say in plain words what a charter's rules mean for a member."))(explain)
    command(charters, "diff", _("Say in plain words what a proposal changes, and what no vote can change."))(diff)
    command(charters, "schema", _("Print the JSON Schema of charter files, for editors."))(schema)
    command(charters, "new", _("Write a charter by answering questions."))(new)


def check(
    session: Session,
    file: CharterFile,
    *,
    roster: Annotated[
        Path | None, typer.Option(help=_("CSV of the members: counts each class for the warning on privacy"))
    ] = None,
    follows: Annotated[
        list[Path] | None,
        typer.Option(
            help=_(
                "the version in force: check that a vote may go from it to FILE; repeat for those of the last 90 days"
            )
        ),
    ] = None,
) -> Answer:
    """Loads the charter, which raises everything that is wrong with it; then warns."""
    written = load_written(file)
    charter = written.charter
    if follows:
        _check_steps(written, [load_charter(one) for one in follows])
    warnings = advice(charter, _sizes(session, charter, roster) if roster is not None else None)
    document = canonical_json(charter)
    hashed = document_hash(document)
    rows: list[tuple[str, object]] = [
        (_("charter"), label(charter.name)),
        (_("hash"), hashed),
        (_("document"), _("{count} bytes").format(count=len(document))),
        (_("warnings"), len(warnings)),
    ]
    placed = [(one, *_line_of(written, one)) for one in warnings]
    data: dict[str, object] = {
        "name": charter.name.model_dump(),
        "charter_hash": hashed,
        "document_bytes": len(document),
        "warnings": [
            {"path": one.path, "line": line, "file": source, **one.reason.data()} for one, source, line in placed
        ],
    }
    parts: list[RenderableType] = [fields(_("Founding would accept this charter"), rows)]
    if placed:
        shown = [(line, one.path, one.reason.said(current_language())) for one, _source, line in placed]
        parts.append(listing(_("What may go wrong"), (_("line"), _("field"), _("reason")), shown))
    return Answer(data, stack(*parts))


def explain(session: Session, file: CharterFile, *, class_: ClassOption = None) -> Answer:
    """Says the rules as a member would want to read them."""
    del session
    charter = load_charter(file)
    class_id = class_number(charter, class_)
    sections = explain_rules(charter, class_id)
    data: dict[str, object] = {
        "name": charter.name.model_dump(),
        "class": class_id,
        "sections": [{"title": one.title.data(), "lines": [line.data() for line in one.lines]} for one in sections],
        "charter": charter.model_dump(mode="json", exclude_none=True),
    }
    return Answer(data, stack(Line(label(charter.name), style="bold"), *(_section(one) for one in sections)))


def diff(
    session: Session,
    current: Annotated[Path, typer.Argument(help=_("the version in force, a YAML file"))],
    proposal: Annotated[Path, typer.Argument(help=_("the proposed version, a YAML file"))],
    *,
    class_: ClassOption = None,
    recent: Annotated[
        list[Path] | None,
        typer.Option(help=_("another version that was in force in the last 90 days; may be repeated")),
    ] = None,
) -> Answer:
    """Says what changes, for whom, from when, and what the contracts would refuse."""
    del session
    before, after = load_charter(current), load_charter(proposal)
    class_id = class_number(before, class_)
    found = compare(before, after, class_id=class_id, recent=[load_charter(one) for one in recent or []])
    data: dict[str, object] = {
        "class": class_id,
        "changes": [change_data(one) for one in found.changes],
        "refused": [{"rule": one.rule, "path": one.path, "problem": one.problem} for one in found.faults],
        "scope": int(found.scope),
        "timing": found.timing.data(),
    }
    return Answer(data, compared(found))


def schema(session: Session) -> Answer:
    """Prints the schema; the same with and without --json."""
    session.out.file.write(schema_text())
    return Answer({}, silent=True)


def new(
    session: Session,
    file: Annotated[Path, typer.Argument(help=_("the file to write"))],
    *,
    answers: Annotated[
        Path | None,
        typer.Option(help=_("YAML with the answers, so that nobody is asked; what is missing is the default")),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help=_("replace a file that is there"))] = False,
) -> Answer:
    """Asks, writes the file, and checks what it wrote."""
    if file.exists() and not overwrite:
        raise CommandError(_("{file} is there already; name another file, or give --overwrite").format(file=file))
    language = current_language()
    if answers is not None:
        given = Answers(_read_answers(answers), str(answers))
        text = write_charter(given, language)
        given.refuse_unused()
    elif sys.stdin.isatty():
        text = write_charter(_asking(session), language)
    else:
        raise CommandError(_("nobody can be asked here: name a file of answers with --answers FILE"))
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(_("{file} can't be written: {reason}").format(file=file, reason=error.strerror)) from error
    return check(session, file)


def _check_steps(written: WrittenCharter, versions: list[Charter]) -> None:
    newest, *recent = versions
    if newest == written.charter:
        faults = step_faults(numbers_of(newest), numbers_of(newest))
    else:
        faults = list(compare(newest, written.charter, recent=recent).faults)
    if faults:
        raise CharterError(written.source, written.located(faults))


def _line_of(written: WrittenCharter, one: Advice) -> tuple[str, int]:
    """File and line of what a warning is about."""
    (placed,) = written.located([Fault("", one.path, "")])
    return placed.file or written.source, placed.line


def _sizes(session: Session, charter: Charter, roster: Path) -> dict[int, int]:
    """Members of each class in a roster."""
    names: dict[str, int] = {}
    for place, item in enumerate(charter.classes):
        names |= {item.label.zh: place, item.label.en: place, str(place): place}
    report = read_roster(roster, names, opener=opener_of(session))
    check_problems(session, roster, report.problems, report.total, only_good=False)
    sizes = dict.fromkeys(range(len(charter.classes)), 0)
    for row in report.rows:
        sizes[row.class_id] += 1
    return sizes


def _section(section: Section) -> RenderableType:
    language = current_language()
    lines = [Padding(Line(line.said(language)), (0, 0, 0, 2)) for line in section.lines]
    return stack(Line(""), Line(section.title.said(language), style="bold"), *lines)


def _read_answers(path: Path) -> object:
    try:
        given = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise CommandError(_("{file} can't be read: {reason}").format(file=path, reason=error)) from error
    if not isinstance(given, dict):
        raise CommandError(_("{file} holds no named answers, such as 'round_cap: 100'").format(file=path))
    return json.loads(json.dumps(given, default=str))


def _asking(session: Session) -> Ask:
    """Asks at the terminal, again until an answer fits."""

    def ask(question: Question) -> str:
        while True:
            text = question.text.said(current_language())
            answer = str(
                typer.prompt(text, default=question.default or "", show_default=bool(question.default), err=True)
            )
            problem = question.problem(answer)
            if problem is None:
                return answer
            session.err.print(problem, highlight=False)

    return ask
