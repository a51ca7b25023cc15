# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from tongxin.errors import TongxinError

__all__ = ["ActuaryError"]


class ActuaryError(TongxinError):
    """A table, distribution or assumption that can't be computed with; the message says which and why."""
