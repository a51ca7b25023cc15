# SPDX-License-Identifier: AGPL-3.0-only
"""The JSON Schema of a charter file, for editors; `charters/charter.schema.json` is its copy.

A schema sees forms, not sense: what founding refuses beyond it (F-1 to F-9, ranges) is said by `tongxin charter check`.
"""

from __future__ import annotations

import json
from typing import Final

from tongxin.charter.reading import EXTENDS
from tongxin.charter.rules import Charter

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def charter_schema() -> dict[str, object]:
    """The schema: a whole charter, or a file that extends one and so may leave anything out."""
    rules = Charter.model_json_schema(mode="validation")
    definitions = rules.pop("$defs")
    definitions["Charter"] = rules
    return {
        "$schema": DIALECT,
        "title": "Charter of a mutual (Tongxin)",
        "description": "docs/spec/charter.md says what each field means and which range it has",
        "if": {"required": [EXTENDS]},
        "then": {
            "type": "object",
            "properties": {EXTENDS: {"type": "string", "description": "the file on which this one builds"}},
            "propertyNames": {"enum": [EXTENDS, *Charter.model_fields]},
        },
        "else": {"$ref": "#/$defs/Charter"},
        "$defs": definitions,
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(charter_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
