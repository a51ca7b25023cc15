# SPDX-License-Identifier: AGPL-3.0-only
"""Reads a charter from YAML, so that every error names the file, the line, the field and what would be right.

A file may build on another by `extends: other.yaml`: groups of fields are merged, everything else (lists too) is
replaced. What is founded is the whole charter; the document does not know how many files it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
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
MOST_FILES = 8
"""Files that may build on one another."""
EXTENDS = "extends"


@dataclass(frozen=True)
class Place:
    """Where a field is written."""

    file: str
    line: int


@dataclass(frozen=True)
class WrittenCharter:
    """A charter, and where each of its fields is written.

    Attributes:
        charter: The whole charter.
        source: What errors call the file.
        places: The place of each field and entry of a list.
    """

    charter: Charter
    source: str
    places: dict[Location, Place]

    def located(self, faults: Iterable[Fault]) -> list[Fault]:
        """Faults with their lines, in the order of the file."""
        return _located(faults, self.source, self.places)


def load_charter(path: Path) -> Charter:
    """The charter in a YAML file, checked by F-1 to F-9.

    Raises:
        CharterError: The file can't be read, is no charter, or founding would refuse it.
    """
    return load_written(path).charter


def load_written(path: Path) -> WrittenCharter:
    """The same with the places of its fields.

    Raises:
        CharterError: As `load_charter`.
    """
    return _checked(str(path), *_merged(path, []))


def parse_charter(text: str, source: str) -> Charter:
    """The charter in a YAML text that stands alone, checked by F-1 to F-9.

    Args:
        text: The YAML.
        source: What errors call it, usually the file's path.

    Raises:
        CharterError: It is no charter, builds on another file, or founding would refuse it.
    """
    rules, places = _plain(_tree(text, source), source)
    if EXTENDS in rules:
        line = places[EXTENDS,].line
        raise CharterError(source, [Fault("", EXTENDS, "only a file can build on another file", line)])
    return _checked(source, rules, places).charter


def _checked(source: str, rules: dict[str, object], places: dict[Location, Place]) -> WrittenCharter:
    try:
        charter = Charter.model_validate(rules)
    except ValidationError as error:
        details = error.errors()
        inner = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
        # A list whose entries are wrong is also said to be too short; that would only confuse.
        told = [one for one in details if one["type"] != "too_short" or one["loc"] not in inner]
        faults = [(fault_of(detail), detail["loc"]) for detail in told]
        located = [_at(fault, location, source, places) for fault, location in faults]
        raise CharterError(source, _sorted(located, source)) from error
    faults_found = _located(refusals(charter), source, places)
    if faults_found:
        raise CharterError(source, faults_found)
    return WrittenCharter(charter, source, places)


def _merged(path: Path, above: list[Path]) -> tuple[dict[str, object], dict[Location, Place]]:
    """The fields of a file over those of the file that it extends."""
    source = str(path)
    rules, places = _plain(_tree(_text(path), source), source)
    named = rules.pop(EXTENDS, None)
    if named is None:
        return rules, places
    line = places.pop((EXTENDS,)).line
    if not isinstance(named, str) or not named.strip():
        raise CharterError(source, [Fault("", EXTENDS, "must name a file, such as illustrative.yaml", line)])
    base = path.parent / named
    chain = [*above, path]
    if base.resolve() in [one.resolve() for one in chain]:
        raise CharterError(source, [Fault("", EXTENDS, f"{named} builds on this file itself", line)])
    if len(chain) >= MOST_FILES:
        raise CharterError(source, [Fault("", EXTENDS, f"more than {MOST_FILES} files build on one another", line)])
    if not base.is_file():
        raise CharterError(source, [Fault("", EXTENDS, f"there is no file {base}", line)])
    base_rules, base_places = _merged(base, chain)
    return _over(base_rules, rules, base_places, places)


def _over(
    base: dict[str, object],
    rules: dict[str, object],
    base_places: dict[Location, Place],
    places: dict[Location, Place],
) -> tuple[dict[str, object], dict[Location, Place]]:
    kept = dict(base_places)

    def merge(lower: dict[str, object], upper: dict[str, object], at: Location) -> dict[str, object]:
        merged = dict(lower)
        for name, item in upper.items():
            here = (*at, name)
            below = merged.get(name)
            if isinstance(item, dict) and isinstance(below, dict):
                merged[name] = merge(below, item, here)
                continue
            for location in [one for one in kept if one[: len(here)] == here]:
                del kept[location]
            merged[name] = item
        return merged

    merged = merge(base, rules, ())
    return merged, {**kept, **places}


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CharterError(str(path), [Fault("", "", "is larger than a megabyte; this is no charter")])
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CharterError(str(path), [Fault("", "", f"can't be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise CharterError(str(path), [Fault("", "", "is not UTF-8; save it as UTF-8")]) from error


def _tree(text: str, source: str) -> CommentedMap:
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
    return tree


def _plain(tree: CommentedMap, file: str) -> tuple[dict[str, object], dict[Location, Place]]:
    """The tree without its comments, and the place of every field and entry."""
    places: dict[Location, Place] = {}

    def walk(node: object, at: Location) -> object:
        if isinstance(node, CommentedMap):
            for name in node:
                places[*at, name] = Place(file, node.lc.key(name)[0] + 1)
            return {name: walk(item, (*at, name)) for name, item in node.items()}
        if isinstance(node, CommentedSeq):
            for position in range(len(node)):
                places[*at, position] = Place(file, node.lc.item(position)[0] + 1)
            return [walk(item, (*at, position)) for position, item in enumerate(node)]
        return node

    rules = walk(tree, ())
    assert isinstance(rules, dict)  # noqa: S101 - a map is walked into a dict
    return rules, places


def _located(faults: Iterable[Fault], source: str, places: dict[Location, Place]) -> list[Fault]:
    return _sorted([_at(fault, location_of(fault.path), source, places) for fault in faults], source)


def _sorted(faults: list[Fault], source: str) -> list[Fault]:
    """This file's faults first, each file's by line."""
    return sorted(faults, key=lambda fault: (fault.file not in {"", source}, fault.file, fault.line))


def location_of(path: str) -> Location:
    """The steps of a path such as `benefits[1].amounts[0]`."""
    return tuple(int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path))


def _at(fault: Fault, location: Location, source: str, places: dict[Location, Place]) -> Fault:
    """A fault with the place of its field, or of the nearest group around it when it is not there."""
    for length in range(len(location), 0, -1):
        place = places.get(location[:length])
        if place is not None:
            return replace(fault, line=place.line, file="" if place.file == source else place.file)
    return replace(fault, line=1)
