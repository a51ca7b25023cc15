# SPDX-License-Identifier: AGPL-3.0-only
"""The charter of a mutual: read from YAML, checked, hashed, and packed into the words that the chain stores."""

from tongxin.charter.document import canonical_json, document_hash, read_document
from tongxin.charter.encoding import CharterWords, EncodedCharter, decode, encode, pack, terms_of, words_of_terms
from tongxin.charter.errors import CharterError, Fault
from tongxin.charter.numbers import SCALE, BenefitNumbers, CharterNumbers, numbers_of
from tongxin.charter.reading import load_charter, parse_charter
from tongxin.charter.refusals import refusals
from tongxin.charter.rules import Charter

__all__ = [
    "SCALE",
    "BenefitNumbers",
    "Charter",
    "CharterError",
    "CharterNumbers",
    "CharterWords",
    "EncodedCharter",
    "Fault",
    "canonical_json",
    "decode",
    "document_hash",
    "encode",
    "load_charter",
    "numbers_of",
    "pack",
    "parse_charter",
    "read_document",
    "refusals",
    "terms_of",
    "words_of_terms",
]
