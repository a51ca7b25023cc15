# SPDX-License-Identifier: AGPL-3.0-only
from __future__ import annotations

from tongxin.errors import TongxinError

__all__ = ["BenchError"]


class BenchError(TongxinError):
    """The bench could not measure what it should, so that its figures would not mean what they say."""
