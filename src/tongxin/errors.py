# SPDX-License-Identifier: AGPL-3.0-only
"""The one exception tree of Tongxin."""

from __future__ import annotations


class TongxinError(Exception):
    """Something that a person can understand and act on; the message says what happened and what to do."""
