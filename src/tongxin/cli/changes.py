# SPDX-License-Identifier: AGPL-3.0-only
"""What another version of the rules changes, for people and for programs."""

from rich.console import RenderableType
from rich.text import Text as Line

from tongxin.charter import Charter
from tongxin.charter.changes import SCOPES, Change, Comparison
from tongxin.cli.output import fields, listing, stack
from tongxin.cli.session import CommandError
from tongxin.cli.text import _, current_language

__all__ = ["change_data", "changes_view", "class_number", "compared", "label"]


def label(text: object) -> str:
    """A members' text in the language in use."""
    return str(getattr(text, current_language()))


def class_number(charter: Charter, named: str | None) -> int | None:
    """A class by its number or its name in either language.

    Raises:
        CommandError: There is none of that name.
    """
    if named is None:
        return None
    for place, one in enumerate(charter.classes):
        if named.casefold() in {str(place), one.label.zh.casefold(), one.label.en.casefold()}:
            return place
    known = ", ".join(f"{place} {label(one.label)}" for place, one in enumerate(charter.classes))
    raise CommandError(_("there is no class '{name}'; there are {known}").format(name=named, known=known))


def change_data(one: Change) -> dict[str, object]:
    """A change for `--json`."""
    return {
        "path": one.path,
        "before": one.before,
        "after": one.after,
        "waits": one.increase,
        "refused": one.refused,
        **one.meaning.data(),
    }


def changes_view(found: Comparison) -> RenderableType:
    """The changes as a table."""
    if not found.changes:
        return Line(_("The two say the same."))
    rows = [(one.meaning.said(current_language()), one.refused) for one in found.changes]
    return listing(_("What changes"), (_("change"), _("refused")), rows)


def compared(found: Comparison) -> RenderableType:
    """The changes, what they concern, when they take effect, and whether the contracts would take them."""
    if not found.changes:
        return changes_view(found)
    language = current_language()
    scope = ", ".join(text.said(language) for bit, text in SCOPES.items() if bit in found.scope) or _("the text alone")
    closing = fields(
        _("The proposal"),
        [
            (_("concerns"), scope),
            (_("takes effect"), found.timing.said(language)),
            (_("the contracts"), _("would refuse it") if found.faults else _("would accept it")),
        ],
    )
    return stack(changes_view(found), closing)
