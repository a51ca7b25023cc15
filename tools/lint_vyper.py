# SPDX-License-Identifier: AGPL-3.0-only
r"""Checks Vyper sources against the house rules; the first step of `make test` and of CI.

Some rules keep away from constructs that vyper 0.4.3 miscompiles (CVE-2026-114114 to -114118, no fixed release):

- `ascii`: printable ASCII and `\n` only;
- `ternary`: no `a if c else b`;
- `code-offset`: `create_from_blueprint` takes a literal `code_offset`, or none;
- `value-parameter`: no parameter is named `value`.

The others keep sources readable and licensed:

- `pragma`: exactly `#pragma version 0.4.3`;
- `licence`: the SPDX line of AGPL-3.0-only before any code;
- `natspec`: a `@title` for the file, a `@notice` for each external function, and a `@param` for each of its parameters;
- `message`: each `assert` and `raise` carries a literal message of the form "module: plain reason".

An interface file (`.vyi`) needs no NatSpec on its functions: their implementation has it.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from vyper import ast as vy_ast
from vyper.exceptions import VyperException

PRAGMA = "#pragma version 0.4.3"
LICENCE = "# SPDX-License-Identifier: AGPL-3.0-only"
MESSAGE = re.compile(r"[a-z][a-z0-9_]*: \S.*")
MAX_MESSAGE_BYTES = 64
"""Longest revert message: each word of 32 bytes more costs code size."""


@dataclass(frozen=True, order=True)
class Finding:
    """One breach of one rule, at a line counted from 1."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


def _text_findings(raw: bytes, path: str) -> Iterator[Finding]:
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if any(byte != 0x20 and not 0x21 <= byte <= 0x7E for byte in line):
            yield Finding(path, number, "ascii", "only printable ASCII and \\n may stand in a source")
    if raw and not raw.endswith(b"\n"):
        yield Finding(path, raw.count(b"\n") + 1, "ascii", "the file must end with a line feed")


def _code_findings(module: vy_ast.Module, path: str) -> Iterator[Finding]:
    for node in module.get_descendants(vy_ast.IfExp):
        yield Finding(path, node.lineno, "ternary", "write an if statement")
    for call in module.get_descendants(vy_ast.Call):
        if not isinstance(call.func, vy_ast.Name) or call.func.id != "create_from_blueprint":
            continue
        for keyword in call.keywords:
            if keyword.arg == "code_offset" and not isinstance(keyword.value, vy_ast.Int):
                yield Finding(path, call.lineno, "code-offset", "code_offset must be a literal number")


def _parameter_findings(module: vy_ast.Module, path: str) -> Iterator[Finding]:
    for function in module.get_descendants(vy_ast.FunctionDef):
        for argument in function.args.args:
            if argument.arg == "value":
                yield Finding(path, argument.lineno, "value-parameter", "name it after what it is, as in amount")


def _header_findings(text: str, path: str) -> Iterator[Finding]:
    header = []
    for line in text.split("\n"):
        if line and not line.startswith("#"):
            break
        header.append(line)
    if PRAGMA not in header:
        yield Finding(path, 1, "pragma", f"the header must hold: {PRAGMA}")
    if LICENCE not in header:
        yield Finding(path, 1, "licence", f"the header must hold: {LICENCE}")


def _docstring(node: vy_ast.Module | vy_ast.FunctionDef) -> str:
    doc_string = getattr(node, "doc_string", None)
    return "" if doc_string is None else str(doc_string.value)


def _natspec_findings(module: vy_ast.Module, path: str) -> Iterator[Finding]:
    if "@title" not in _docstring(module):
        yield Finding(path, 1, "natspec", "the file needs a docstring with @title")
    if path.endswith(".vyi"):
        return
    for function in module.get_children(vy_ast.FunctionDef):
        decorators = {getattr(decorator, "id", "") for decorator in function.decorator_list}
        if not decorators & {"external", "deploy"}:
            continue
        doc = _docstring(function)
        if "@notice" not in doc:
            yield Finding(path, function.lineno, "natspec", f"{function.name} needs a docstring with @notice")
        for argument in function.args.args:
            if not re.search(rf"@param {re.escape(argument.arg)}\b", doc):
                yield Finding(path, function.lineno, "natspec", f"{function.name} needs @param {argument.arg}")


def _message_findings(module: vy_ast.Module, path: str) -> Iterator[Finding]:
    statements = [(node, node.msg) for node in module.get_descendants(vy_ast.Assert)]
    statements += [(node, node.exc) for node in module.get_descendants(vy_ast.Raise)]
    for node, message in statements:
        if not isinstance(message, vy_ast.Str):
            yield Finding(path, node.lineno, "message", "a revert needs a literal message")
        elif not MESSAGE.fullmatch(message.value):
            yield Finding(path, node.lineno, "message", 'a message has the form "module: plain reason"')
        elif len(message.value) > MAX_MESSAGE_BYTES:
            yield Finding(path, node.lineno, "message", f"a message has at most {MAX_MESSAGE_BYTES} characters")


def _parse(text: str, path: str) -> vy_ast.Module:
    return vy_ast.parse_to_ast(text, module_path=path, resolved_path=path, is_interface=path.endswith(".vyi"))


def _unreadable(error: Exception, path: str) -> Finding:
    line = getattr(error, "lineno", None) or 1
    return Finding(path, line, "syntax", str(error).strip().split("\n", maxsplit=1)[0])


def lint(raw: bytes, path: str) -> list[Finding]:
    """All findings in one of our own sources; `path` tells a module (.vy) from an interface (.vyi)."""
    findings = list(_text_findings(raw, path))
    text = raw.decode("ascii", errors="replace").replace("\ufffd", "?")
    try:
        module = _parse(text, path)
    except (VyperException, SyntaxError) as error:
        return sorted([*findings, _unreadable(error, path)])
    for check in (_code_findings, _parameter_findings, _natspec_findings, _message_findings):
        findings += check(module, path)
    findings += _header_findings(text, path)
    return sorted(findings)


def _lines_of_prose(text: str, module: vy_ast.Module) -> set[int]:
    prose = {number for number, line in enumerate(text.split("\n"), start=1) if line.lstrip().startswith("#")}
    documented = [module, *module.get_descendants(vy_ast.FunctionDef)]
    for node in documented:
        doc_string = getattr(node, "doc_string", None)
        if doc_string is not None:
            prose |= set(range(doc_string.lineno, doc_string.end_lineno + 1))
    return prose


def miscompilation_findings(raw: bytes, path: str) -> list[Finding]:
    """What a library's source holds of the constructs that the compiler is known to miscompile.

    A library keeps its own style, so other characters than ASCII are accepted on lines that hold prose alone.
    """
    text = "".join(chr(byte) if byte < 0x80 else "?" for byte in raw)
    try:
        module = _parse(text, path)
    except (VyperException, SyntaxError) as error:
        return [_unreadable(error, path)]
    prose = _lines_of_prose(text, module)
    findings = [finding for finding in _text_findings(raw, path) if finding.line not in prose]
    findings += _code_findings(module, path)
    return sorted(findings)


def sources(arguments: list[str]) -> list[Path]:
    """The Vyper files among the arguments and below the folders among them.

    Raises:
        FileNotFoundError: An argument names nothing.
    """
    found: set[Path] = set()
    for argument in map(Path, arguments):
        if argument.is_dir():
            found |= {path for path in argument.rglob("*.vy*") if path.suffix in {".vy", ".vyi"}}
        elif argument.is_file():
            found.add(argument)
        else:
            raise FileNotFoundError(f"{argument}: no such file or folder")
    return sorted(found)


def main(arguments: list[str] | None = None) -> int:
    """Prints the findings; returns 1 when there is one, 2 when a path is wrong."""
    parser = argparse.ArgumentParser(description="Check Vyper sources against the house rules.")
    parser.add_argument("paths", nargs="+", help="files, or folders to search for .vy and .vyi")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    options = parser.parse_args(arguments)
    try:
        files = sources(options.paths)
    except FileNotFoundError as error:
        print(f"lint_vyper: {error}", file=sys.stderr)
        return 2
    findings = [finding for path in files for finding in lint(path.read_bytes(), path.as_posix())]
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            print(finding)
        print(f"lint_vyper: {len(files)} sources, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
