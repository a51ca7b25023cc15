# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

import string

import pytest
from babel.messages.catalog import Message

import catalogue
from tongxin.cli.text import _, use_language

CHINESE = catalogue.load("zh_Hans")


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def is_refusal(message: Message) -> bool:
    """Whether a text is only that of a contract's refusal, which other people change."""
    return {path for path, _line in message.locations} == {"chain/reverts.py"}


def test_every_text_has_a_chinese_translation_and_none_is_left_over() -> None:
    gathered = {message.id for message in catalogue.gather() if message.id and not is_refusal(message)}
    translated = {message.id for message in CHINESE if message.id and message.string and not is_refusal(message)}
    assert len(gathered) > 400
    assert gathered - translated == set(), "run tools/catalogue.py and translate what it lists"
    assert translated - gathered == set(), "run tools/catalogue.py"


def test_refusals_of_the_contracts_are_told_in_chinese_but_for_the_newest() -> None:
    refusals = {message.id for message in catalogue.gather() if message.id and is_refusal(message)}
    translated = {message.id for message in CHINESE if message.string}
    assert len(refusals) > 200
    assert len(refusals - translated) <= len(refusals) // 10, "run tools/catalogue.py and translate what it lists"


def test_translations_name_the_same_values() -> None:
    for message in CHINESE:
        if message.id:
            assert names(str(message.string)) == names(str(message.id)), message.id


def test_the_compiled_catalogue_is_that_of_its_source() -> None:
    compiled = (catalogue.LOCALE / "zh_Hans" / "LC_MESSAGES" / "tongxin.mo").read_bytes()
    assert compiled == catalogue.compiled(CHINESE), "run tools/catalogue.py"


@pytest.mark.parametrize("text", ["'{column}' is empty"])
def test_chinese_is_shown_when_asked_for(text: str) -> None:
    use_language("zh")
    try:
        assert _(text) not in {text, ""}
    finally:
        use_language("en")
    assert _(text) == text
