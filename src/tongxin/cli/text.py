# SPDX-License-Identifier: AGPL-3.0-only
"""The texts of the command line in the user's language; the English text is the id (see `tools/catalogue.py`)."""

import gettext
import os
import unicodedata
from pathlib import Path

from tongxin.settings import Language

__all__ = ["N_", "_", "choose_language", "current_language", "language_of_environment", "shown", "use_language"]

DOMAIN = "tongxin"
LOCALE_FOLDER = Path(__file__).parent / "locale"
_FOLDERS: dict[Language, list[str]] = {"zh": ["zh_Hans"], "en": []}

_current: gettext.NullTranslations = gettext.NullTranslations()
_language: Language = "en"


def _(message: str) -> str:
    """The text in the language in use."""
    return _current.gettext(message)


def shown(text: str) -> str:
    """Somebody else's text as it may be printed: signs that steer a terminal are made visible."""
    return "".join(
        sign if sign == "\n" or not unicodedata.category(sign).startswith("C") else "\ufffd" for sign in text
    )


def N_(message: str) -> str:  # noqa: N802 - the name by which catalogue tools know it
    """Marks a text that is translated later, where it is shown."""
    return message


def use_language(language: Language) -> None:
    """Shows all texts from now on in that language."""
    global _current, _language  # noqa: PLW0603 - the language is the process's
    _language = language
    _current = gettext.translation(DOMAIN, LOCALE_FOLDER, _FOLDERS[language], fallback=language == "en")


def current_language() -> Language:
    """The language in use."""
    return _language


def language_of_environment() -> Language:
    """The language of the process's locale (LC_ALL, LC_MESSAGES, LANG): Chinese if it says so, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        named = os.environ.get(name)
        if named:
            return "zh" if named.lower().startswith("zh") else "en"
    return "en"


def choose_language(arguments: list[str]) -> Language:
    """The language in which this call's texts, its help among them, are shown.

    It has to be known before the commands are read, so it is looked up in the raw arguments first.
    """
    named = os.environ.get("TONGXIN_LANG")
    for place, argument in enumerate(arguments):
        if argument == "--lang" and place + 1 < len(arguments):
            named = arguments[place + 1]
        elif argument.startswith("--lang="):
            named = argument.removeprefix("--lang=")
    for language in _FOLDERS:
        if named == language:
            return language
    return language_of_environment()
