# SPDX-License-Identifier: AGPL-3.0-only
"""Indexes for payments and news: they hold only the rows that such questions ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NEWS = sa.text("event IN ('Filed', 'Verdict', 'Challenged', 'Closed', 'Settled', 'Paid')")
_OUTWARD = sa.text("target = 'outside'")


def upgrade() -> None:
    """Makes both."""
    op.create_index(
        "ix_claim_history_news",
        "claim_history",
        ["mutual", "block", "log_index"],
        sqlite_where=_NEWS,
        postgresql_where=_NEWS,
    )
    op.create_index(
        "ix_flows_outward",
        "flows",
        ["mutual", "target", "block", "log_index", "part"],
        sqlite_where=_OUTWARD,
        postgresql_where=_OUTWARD,
    )
