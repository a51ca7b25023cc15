# SPDX-License-Identifier: AGPL-3.0-only
"""Indexes for payments, settlements and news, which hold only the rows that such questions ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NEWS = sa.text("event IN ('Filed', 'Verdict', 'Challenged', 'Closed', 'Settled', 'Paid')")
_OUTWARD = sa.text("target = 'outside'")
_OF_CLAIM = sa.text("target = 'outside' AND claim IS NOT NULL")


def upgrade() -> None:
    """Makes them."""
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
    op.create_index(
        "ix_flows_outward_claim",
        "flows",
        ["mutual", "claim", "target", "block", "log_index", "part"],
        sqlite_where=_OF_CLAIM,
        postgresql_where=_OF_CLAIM,
    )
    op.create_index("ix_settlements_mutual_claim", "settlements", ["mutual", "claim"])
    op.drop_index("ix_seat_keys_mutual_panel", "seat_keys")
    op.create_index(
        "ix_seat_keys_of_panel",
        "seat_keys",
        ["mutual", "panel", "block", "log_index", "seat", "attempt", "juror", "kind", "public_key"],
    )
