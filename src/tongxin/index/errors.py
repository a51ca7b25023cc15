# SPDX-License-Identifier: AGPL-3.0-only
"""What can go wrong with an index."""

from __future__ import annotations

from collections.abc import Mapping

from tongxin.errors import TongxinError

__all__ = [
    "ChainMovedError",
    "DisagreementError",
    "IndexingError",
    "LogFormError",
    "ReorganisationTooDeepError",
    "StoreError",
    "TooMuchError",
]


class IndexingError(TongxinError):
    """The index cannot go on; what it holds is unharmed."""


class LogFormError(IndexingError):
    """A contract of a mutual logged what its published source does not log."""


class StoreError(IndexingError):
    """The database cannot be opened, read or written; nothing of the last step was kept."""


class DisagreementError(IndexingError):
    """The endpoints show different chains, and no majority tells which is right; `said` is what each shows."""

    def __init__(self, what: str, said: Mapping[str, str]) -> None:
        listed = "; ".join(f"{endpoint}: {answer}" for endpoint, answer in said.items())
        super().__init__(
            f"the endpoints disagree on {what} ({listed}); nothing was indexed: name a further endpoint with --rpc, "
            "or leave out the one that is wrong"
        )
        self.said = dict(said)


class ReorganisationTooDeepError(IndexingError):
    """The chain dropped a block that was final."""

    def __init__(self, block: int) -> None:
        super().__init__(
            f"block {block}, which was final, is not the block that was indexed: the endpoint serves another chain, or "
            "the chain broke its finality. Check the endpoint; then `tongxin index rebuild` reads everything again"
        )
        self.block = block


class TooMuchError(IndexingError):
    """An endpoint does not answer for so many blocks or logs at once; `large` if its answer was too large or late."""

    def __init__(self, message: str, *, large: bool) -> None:
        super().__init__(message)
        self.large = large


class ChainMovedError(IndexingError):
    """The chain changed while it was read."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the chain changed while it was read ({what}); try again")
