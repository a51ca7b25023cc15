# SPDX-License-Identifier: AGPL-3.0-only
"""What the model raises where the contracts revert."""

from __future__ import annotations

from tongxin.errors import TongxinError


class ModelRevert(TongxinError):  # noqa: N818 - the chain's word for it
    """A rule forbids the call; nothing of it has happened.

    `rule` is its id in docs/spec, `reason` says what is wrong in the form of the contracts' messages.
    """

    def __init__(self, rule: str, reason: str) -> None:
        self.rule = rule
        self.reason = reason
        super().__init__(f"{reason} ({rule})")


def require(condition: object, rule: str, reason: str) -> None:
    """Go on if the condition is true.

    Raises:
        ModelRevert: It is not.
    """
    if not condition:
        raise ModelRevert(rule, reason)
