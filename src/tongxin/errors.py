# SPDX-License-Identifier: AGPL-3.0-only
"""The one exception tree of Tongxin."""

from __future__ import annotations

__all__ = ["TongxinError"]


class TongxinError(Exception):
    """Something that a person can understand and act on; the message says what happened and what to do."""

    def details(self) -> dict[str, object]:
        """The same for a program: the kind of error, its message and the data it carries."""
        carried = {name: item for name, item in vars(self).items() if not name.startswith("_")}
        return {"error": type(self).__name__, "message": str(self), **carried}
