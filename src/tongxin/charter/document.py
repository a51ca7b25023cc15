# SPDX-License-Identifier: AGPL-3.0-only
"""The canonical document of a charter: what is hashed, consented to and published on chain."""

from __future__ import annotations

import json
from typing import Final

from eth_utils.crypto import keccak
from pydantic import ValidationError

from tongxin.charter.errors import CharterError, Fault
from tongxin.charter.faults import faults_of
from tongxin.charter.rules import Charter

LONGEST_DOCUMENT: Final = 32_768
"""Bytes that `Charter.publish` takes (docs/spec/interface.md)."""


def canonical_json(charter: Charter) -> bytes:
    """The one document of a charter: JSON with sorted keys, no spaces, UTF-8; quantities in canonical form.

    Raises:
        CharterError: It is too long to be published.
    """
    rules = charter.model_dump(mode="json", exclude_none=True)
    document = json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if len(document) > LONGEST_DOCUMENT:
        problem = f"its document has {len(document):,} bytes; shorten its texts to {LONGEST_DOCUMENT:,}"
        raise CharterError(charter.name.en, [Fault("", "", problem)])
    return document


def document_hash(document: bytes) -> bytes:
    """Keccak-256 of a canonical document: the charter hash."""
    return keccak(document)


def read_document(document: bytes) -> Charter:
    """The charter of a published document.

    Raises:
        CharterError: It is no charter, or not in canonical form.
    """
    source = "published document"
    try:
        rules = json.loads(document)
    except ValueError as error:
        raise CharterError(source, [Fault("", "", f"is no JSON: {error}")]) from error
    try:
        charter = Charter.model_validate(rules)
    except ValidationError as error:
        raise CharterError(source, faults_of(error)) from error
    if canonical_json(charter) != document:
        raise CharterError(source, [Fault("", "", "is not in canonical form, so another document has its meaning")])
    return charter
