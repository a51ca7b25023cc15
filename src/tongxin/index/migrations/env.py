# SPDX-License-Identifier: AGPL-3.0-only
"""Runs the steps on the connection that the program gives."""

from alembic import context

from tongxin.index.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
