# SPDX-License-Identifier: AGPL-3.0-only
"""How firmly something stands on the chain, in words."""

from tongxin.chain.standing import Standing
from tongxin.cli.text import _

__all__ = ["status_text"]


def status_text(status: Standing) -> str:
    """A status in words."""
    return {"seen": _("seen"), "confirmed": _("confirmed"), "final": _("final")}[status]
