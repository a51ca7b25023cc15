# SPDX-License-Identifier: AGPL-3.0-only
"""Reads a charter from YAML, so that every error names the line, the field and what would be right."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tongxin.charter.errors import CharterError, Fault
from tongxin.charter.faults import Location, fault_of
from tongxin.charter.refusals import refusals
from tongxin.charter.rules import Charter

LARGEST_FILE = 1 << 20
"""Bytes of a charter file; a longer one is no charter."""


def load_charter(path: Path) -> Charter:
    """The charter in a YAML file, checked by F-1 to F-9.

    Raises:
        CharterError: The file can't be read, is no charter, or founding would refuse it.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CharterError(str(path), [Fault("", "", "is larger than a megabyte; this is no charter")])
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CharterError(str(path), [Fault("", "", f"can't be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise CharterError(str(path), [Fault("", "", "is not UTF-8; save it as UTF-8")]) from error
    return parse_charter(text, str(path))


def parse_charter(text: str, source: str) -> Charter:
    """The charter in a YAML text, checked by F-1 to F-9.

    Args:
        text: The YAML.
        source: What errors call it, usually the file's path.

    Raises:
        CharterError: It is no charter, or founding would refuse it.
    """
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 0
        problem = (error.problem or "can't be understood").strip().splitlines()[0]
        raise CharterError(source, [Fault("", "", f"this is no YAML: {problem}", line)]) from error
    except YAMLError as error:
        raise CharterError(source, [Fault("", "", f"this is no YAML: {error}")]) from error
    if not isinstance(tree, CommentedMap):
        raise CharterError(source, [Fault("", "", "a charter is a list of named fields, such as 'format: 1'", 1)])
    try:
        charter = Charter.model_validate(tree)
    except ValidationError as error:
        faults = [replace(fault_of(detail), line=_line(tree, detail["loc"])) for detail in error.errors()]
        raise CharterError(source, sorted(faults, key=lambda fault: fault.line)) from error
    faults = [replace(fault, line=_line(tree, _location(fault.path))) for fault in refusals(charter)]
    if faults:
        raise CharterError(source, sorted(faults, key=lambda fault: fault.line))
    return charter


def _location(path: str) -> Location:
    return tuple(int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path))


def _line(tree: CommentedMap, location: Location) -> int:
    """Line of a field, counted from 1; of the nearest group around it when it is not there."""
    node: object = tree
    line = 1
    for step in location:
        if isinstance(node, CommentedMap) and step in node:
            line = node.lc.key(step)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = node.lc.item(step)[0] + 1
        else:
            break
        node = node[step]
    return line
