# SPDX-License-Identifier: AGPL-3.0-only
"""Why something is not proven."""

from __future__ import annotations

from tongxin.errors import TongxinError

__all__ = ["DisagreementError", "ProofError"]


class ProofError(TongxinError):
    """What was shown does not follow from the block's hash, or cannot be had."""


class DisagreementError(ProofError):
    """Endpoints do not show the same block, or too few show any."""
