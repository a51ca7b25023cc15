# SPDX-License-Identifier: AGPL-3.0-only
"""In which ways a store fails; every message names the store by its address, which holds no secret."""

from __future__ import annotations

from tongxin.evidence.errors import StoreError

__all__ = [
    "BlobChangedError",
    "DamagedBlobError",
    "MissingBlobError",
    "NotDeletedError",
    "SlowStoreError",
    "StoreAddressError",
    "StoreFaultError",
]


class StoreAddressError(StoreError):
    """A text that can't be the address of a store."""


class StoreFaultError(StoreError):
    """A store that can't be reached, refuses, or does not do what it says; `why` tells which."""

    def __init__(self, store: str, why: str) -> None:
        super().__init__(f"{store}: {why}")
        self.store = store
        self.why = why


class MissingBlobError(StoreFaultError):
    """The store does not hold the blob."""


class DamagedBlobError(StoreFaultError):
    """The store handed over something else than the blob that was asked for: other bytes, too few, too many."""


class SlowStoreError(StoreFaultError):
    """The store hangs, or is too slow to wait for."""


class NotDeletedError(StoreFaultError):
    """The store still holds a blob after it was told to delete it."""


class BlobChangedError(StoreFaultError):
    """The file changed while it was being put; nothing counts as stored."""
