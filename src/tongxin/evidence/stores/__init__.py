# SPDX-License-Identifier: AGPL-3.0-only
"""Where sealed evidence lies: folders, S3, IPFS, several at once. A store learns ciphertexts, their sizes and times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tongxin.evidence.stores.base import Store, Stored
from tongxin.evidence.stores.faults import StoreAddressError
from tongxin.evidence.stores.folder import FolderStore
from tongxin.evidence.stores.several import NoStoreError, Outcome, Report, State, Stores
from tongxin.evidence.stores.watch import Limits

__all__ = [
    "Limits",
    "NoStoreError",
    "Outcome",
    "Report",
    "State",
    "Store",
    "Stored",
    "Stores",
    "open_store",
    "open_stores",
]


def open_store(url: str, limits: Limits | None = None) -> Store:
    """The store at an address: `folder:/path` or a path, `s3://bucket/prefix?endpoint=...`, `ipfs+http://host:5001`.

    Nothing is sent before the store is used.

    Raises:
        StoreAddressError: It is no address of a store.
    """
    if url.startswith("s3:"):
        # boto3 takes a third of a second to import, which commands that need no bucket don't pay.
        from tongxin.evidence.stores.s3 import S3Store  # noqa: PLC0415

        return S3Store(url, limits)
    if url.startswith("ipfs"):
        from tongxin.evidence.stores.ipfs import IpfsStore  # noqa: PLC0415

        return IpfsStore(url, limits)
    path = url.removeprefix("folder:")
    if not path or "://" in path or "\0" in path:
        raise StoreAddressError(
            "this is no address of a store; write it like folder:/path, s3://bucket/prefix?endpoint=https://host "
            "or ipfs+http://127.0.0.1:5001"
        )
    return FolderStore(Path(path), limits)


def open_stores(urls: Sequence[str], limits: Limits | None = None) -> Stores:
    """Several stores in order of preference, as `open_store` opens each.

    Raises:
        StoreAddressError: One is no address of a store.
        StoreError: None is named.
    """
    return Stores([open_store(url, limits) for url in urls])
