# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from tongxin.errors import TongxinError

__all__ = ["DemoError"]


class DemoError(TongxinError):
    """The demo can't be run as asked, or the chain does not hold what it must; the message says which."""
