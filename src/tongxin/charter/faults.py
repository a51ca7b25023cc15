# SPDX-License-Identifier: AGPL-3.0-only
"""Puts what the validation of a charter found into words: which field, which parameter, what would be right."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Sequence

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from tongxin.charter.errors import Fault
from tongxin.charter.rules import Charter

Location = tuple[int | str, ...]


def faults_of(error: ValidationError) -> list[Fault]:
    """The faults in words, without lines."""
    return [fault_of(detail) for detail in error.errors()]


def fault_of(detail: ErrorDetails) -> Fault:
    """One fault in words, without its line."""
    location = detail["loc"]
    field = _field(location)
    rule = field.title if field is not None and field.title is not None else ""
    return Fault(rule, path_text(location), _problem(detail, field))


def path_text(location: Location) -> str:
    """A place in a charter as people write it: `benefits[1].amounts[0]`."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _problem(detail: ErrorDetails, field: FieldInfo | None) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown(detail["loc"])
    if kind == "missing":
        return "is missing" + (f"; {_example(field)}" if field is not None else "")
    if kind == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    example = f"; {_example(field)}" if field is not None and field.examples else ""
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        return "must be a group of fields, indented below its name"
    if kind in {"tuple_type", "list_type"}:
        return f"must be a list, one entry a line after a dash{example}"
    return detail["msg"] + example


def _example(field: FieldInfo) -> str:
    meaning = f"{field.description}; " if field.description else ""
    return f"{meaning}write for example {field.examples[0]}" if field.examples else f"{meaning}write it"


def _unknown(location: Location) -> str:
    owner = _model(location[:-1])
    known = sorted(owner.model_fields) if owner is not None else []
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    if near:
        return f"no such field; did you mean '{near[0]}'?"
    return f"no such field; there are {', '.join(known)}"


def _model(location: Sequence[int | str]) -> type[BaseModel] | None:
    """The group of fields at a place; None when nothing is known there."""
    model: type[BaseModel] | None = Charter
    for step in location:
        if isinstance(step, int):
            continue
        if model is None or step not in model.model_fields:
            return None
        model = _model_within(model.model_fields[step].annotation)
    return model


def _model_within(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, BaseModel) else None
    for argument in typing.get_args(annotation):
        found = _model_within(argument)
        if found is not None:
            return found
    return None


def _field(location: Location) -> FieldInfo | None:
    """The field at a place; for an entry of a list, the list."""
    names = [position for position, step in enumerate(location) if isinstance(step, str)]
    if not names:
        return None
    owner = _model(location[: names[-1]])
    return owner.model_fields.get(str(location[names[-1]])) if owner is not None else None
