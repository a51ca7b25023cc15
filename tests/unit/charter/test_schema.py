# SPDX-License-Identifier: AGPL-3.0-only
"""The JSON Schema: current, and true to the charters that we ship."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tongxin.charter.rules import Charter
from tongxin.charter.schema import charter_schema, schema_text

CHARTERS = Path(__file__).parents[3] / "charters"
FILES = sorted(CHARTERS.glob("*.yaml"))
SCHEMA: dict[str, Any] = charter_schema()
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def problems(item: Any, schema: Any, path: str = "") -> list[str]:
    """What a document does against the parts of JSON Schema that ours uses."""
    if "$ref" in schema:
        return problems(item, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], path)
    if "anyOf" in schema:
        choices = [problems(item, one, path) for one in schema["anyOf"]]
        return [] if [] in choices else [f"{path} fits no form"]
    kind = TYPES[schema["type"]] if "type" in schema else object
    if not isinstance(item, kind) or (isinstance(item, bool) and kind not in {bool, object}):
        return [f"{path} is no {schema['type']}"]
    if isinstance(item, dict):
        return group_problems(item, schema, path)
    if isinstance(item, list):
        inner = [
            one for position, part in enumerate(item) for one in problems(part, schema["items"], f"{path}[{position}]")
        ]
        fits = schema.get("minItems", 0) <= len(item) <= schema.get("maxItems", len(item))
        return inner if fits else [f"{path} has {len(item)} entries", *inner]
    return leaf_problems(item, schema, path)


def leaf_problems(item: Any, schema: Any, path: str) -> list[str]:
    if "enum" in schema and item not in schema["enum"]:
        return [f"{path} is none of {schema['enum']}"]
    if "pattern" in schema and not re.search(schema["pattern"], str(item)):
        return [f"{path} does not look like {schema['pattern']}"]
    return []


def group_problems(item: dict[str, Any], schema: Any, path: str) -> list[str]:
    names = schema.get("properties", {})
    known = names.keys() if schema.get("additionalProperties") is False else schema["propertyNames"]["enum"]
    found = [f"{path}.{name} is missing" for name in schema.get("required", []) if name not in item]
    found += [f"{path}.{name} is unknown" for name in item if name not in known]
    for name in item.keys() & names.keys():
        found += problems(item[name], names[name], f"{path}.{name}")
    return found


def check(rules: Any) -> list[str]:
    return problems(rules, SCHEMA["then"] if "extends" in rules else SCHEMA["else"])


def rules_of(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def test_the_file_in_charters_is_current() -> None:
    written = (CHARTERS / "charter.schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), "run tongxin charter schema > charters/charter.schema.json"


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_charter_fits_the_schema(path: Path) -> None:
    assert check(rules_of(path)) == []


def test_what_is_no_charter_does_not_fit() -> None:
    rules = rules_of(CHARTERS / "example-immediate.yaml")
    for change, message in (
        ({"format": "1"}, ".format is no integer"),
        ({"fees": 3}, ".fees is unknown"),
        ({"money": {**rules["money"], "fee": "4"}}, ".money.fee does not look like"),
        ({"money": {**rules["money"], "period": 7}}, ".money.period is no string"),
        ({"voting": {}}, ".voting.voting_time is missing"),
        ({"ladder": [{"after": "0d"}] * 5}, ".ladder has 5 entries"),
        ({"share_rule": "fair"}, ".share_rule is none of"),
    ):
        assert any(message in one for one in check({**rules, **change})), message
    assert check({"extends": "base.yaml", "moneys": {}}) == [".moneys is unknown"]


def test_each_parameter_stands_in_the_schema() -> None:
    text = schema_text()
    spec = (CHARTERS.parent / "docs" / "spec" / "charter.md").read_text(encoding="utf-8")
    ids = {int(number) for number in re.findall(r"^\| P-(\d+) \|", spec, re.MULTILINE)}
    assert ids == set(range(1, 62))
    assert ids - {int(number) for number in re.findall(r'"P-(\d+)', text)} == set()
    assert set(SCHEMA["$defs"]["Charter"]["properties"]) == set(Charter.model_fields)
