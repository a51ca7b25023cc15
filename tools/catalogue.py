# SPDX-License-Identifier: AGPL-3.0-only
"""Keeps the catalogues of texts: gathers the texts of the sources, merges them into each language, compiles.

`tools/catalogue.py` rewrites `src/tongxin/cli/locale`; a new text then waits in `zh_Hans/LC_MESSAGES/tongxin.po` for
its translation. `tests/unit/cli/test_catalogue.py` fails while one is missing.
"""

from __future__ import annotations

import datetime as dt
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tongxin.chain.reverts import Reverted

SOURCES = Path(__file__).resolve().parents[1] / "src" / "tongxin"
LOCALE = SOURCES / "cli" / "locale"
FOLDERS = ("cli", "roster")
HEADER = (
    "# SPDX-License-Identifier: AGPL-3.0-only\n# Texts of the command line; gathered and compiled by tools/catalogue.py"
)
KEYWORDS = {"_": None, "N_": None, "_n": None}
LANGUAGES = ("zh_Hans",)
WRITTEN = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
"""A fixed time in the headers: the same texts give the same files."""


def gather() -> Catalog:
    """All texts that the sources mark and those of the contracts' refusals, without translations."""
    catalog = Catalog(
        project="tongxin", version="1", copyright_holder="The Tongxin contributors", charset="utf-8", fuzzy=False
    )
    for folder in FOLDERS:
        found = extract_from_dir(SOURCES / folder, [("**.py", "python")], keywords=KEYWORDS)
        for file, _line, message, comments, context in found:
            # No line numbers: they would change the catalogue with every edit of a source.
            catalog.add(message, locations=[(f"{folder}/{file}", 0)], auto_comments=comments, context=context)
    for kind in refusals(Reverted):
        for text in (kind.happened(), kind.advice):
            catalog.add(text, locations=[("chain/reverts.py", 0)])
    return catalog


def refusals(kind: type[Reverted]) -> list[type[Reverted]]:
    """A class of refusals and all that derive from it."""
    return [kind, *(item for part in kind.__subclasses__() for item in refusals(part))]


def load(language: str) -> Catalog:
    """A language's catalogue as it stands; an empty one when there is none."""
    path = LOCALE / language / "LC_MESSAGES" / "tongxin.po"
    if not path.exists():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """What the program reads."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main() -> int:
    """Merges and compiles; returns 1 while a Chinese text is missing."""
    template = gather()
    missing = 0
    for language in LANGUAGES:
        catalog = load(language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        catalog.header_comment = HEADER
        catalog.creation_date = catalog.revision_date = WRITTEN
        folder = LOCALE / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "tongxin.po").open("wb") as file:
            write_po(file, catalog, width=120, sort_output=True, include_lineno=False, omit_header=False)
        (folder / "tongxin.mo").write_bytes(compiled(catalog))
        for message in catalog:
            if message.id and not message.string:
                missing += 1
                print(f"{language}: {message.id}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
