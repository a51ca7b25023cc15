# SPDX-License-Identifier: AGPL-3.0-only
"""${message}"""

import sqlalchemy as sa
from alembic import op

from tongxin.index.types import Address, Amount, Hash

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the change."""
    ${upgrades if upgrades else "pass"}
