# SPDX-License-Identifier: AGPL-3.0-only
"""Which form a database's tables have: brought up to date, or told to be of another version of the program."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tongxin.index import migrations
from tongxin.index.errors import StoreError

__all__ = ["check_form", "upgrade"]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    return config


@cache
def _forms() -> tuple[str, ...]:
    """The steps that this program knows, the newest first."""
    return tuple(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def upgrade(connection: Connection, shown: str) -> None:
    """Makes the tables, or brings them up to date.

    Args:
        connection: To the database, in no transaction.
        shown: Its address, for people.

    Raises:
        StoreError: A newer program made them; nothing was changed.
    """
    with connection.begin():
        found = MigrationContext.configure(connection).get_current_revision()
    _check_known(found, shown)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def check_form(connection: Connection, shown: str) -> None:
    """Checks that tables which are only read are those of this program.

    Args:
        connection: To the database.
        shown: Its address, for people.

    Raises:
        StoreError: There are none, or an older or a newer program made them.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        raise StoreError(f"there is no index at {shown}: make it with `tongxin index run`")
    _check_known(found, shown)
    if found != _forms()[0]:
        raise StoreError(
            f"an older version of this program made the index {shown} (its tables have form {found}, ours "
            f"{_forms()[0]}): bring it up to date with `tongxin index run`"
        )


def _check_known(found: str | None, shown: str) -> None:
    if found is not None and found not in _forms():
        raise StoreError(
            f"a newer version of this program made the index {shown} (its tables have form {found}, the newest that "
            f"this one knows is {_forms()[0]}): upgrade the program, or name another --database and make an index "
            "there with `tongxin index run`"
        )
