# SPDX-License-Identifier: AGPL-3.0-only
"""Blobs in an IPFS node, through the RPC of Kubo.

A blob of at most 1 MiB is one raw block. Its CID follows from its hash, so any node finds it by hash alone. A larger
one is a tree of blocks whose CID does not follow; the entry `/tongxin/<hash>` among the node's own files (MFS) leads
this node to it, and the location `ipfs:<CID>` any other.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Final

from tongxin.evidence.stores.base import Receiver, Source, Store, digest_of_name
from tongxin.evidence.stores.faults import (
    BlobChangedError,
    DamagedBlobError,
    MissingBlobError,
    NotDeletedError,
    SlowStoreError,
    StoreFaultError,
)
from tongxin.evidence.stores.kubo import Kubo, RefusedError
from tongxin.evidence.stores.watch import Limits, Watch

__all__ = ["LARGEST_BLOCK", "SCHEME", "IpfsStore", "raw_cid"]

LARGEST_BLOCK: Final = 1024**2
"""Bytes of a block that every node takes from another."""
SCHEME: Final = "ipfs:"
_FOLDER: Final = "/tongxin"
_AT_ONCE: Final = 50
_CID: Final = re.compile(r"[A-Za-z0-9]{46,120}")
_RAW_SHA256: Final = bytes((0x01, 0x55, 0x12, 0x20))
_RAW_BEGINS: Final = "bafkrei"
"""How the CID of such a block begins; it has no blocks under it."""
_NOT_HERE: Final = ("not found locally", "could not find", "not found", "does not exist")


def raw_cid(digest: bytes) -> str:
    """The CID of a blob that is one raw block: version 1, codec raw, SHA-256, in lower-case base 32 (multiformats)."""
    return "b" + base64.b32encode(_RAW_SHA256 + digest).decode().lower().rstrip("=")


class IpfsStore(Store):
    """The node behind one RPC; whoever reaches the RPC rules the node, so it belongs on this machine or in a tunnel.

    Args:
        url: `ipfs+http://127.0.0.1:5001`.
        limits: How long it is waited for.

    Raises:
        StoreAddressError: The address can't be one.
    """

    def __init__(self, url: str, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self._node = Kubo(url, limits)
        super().__init__(self._node.url, limits)

    def close(self) -> None:
        """Closes all connections; a later call opens new ones."""
        self._node.close()

    def follows(self, hint: str) -> bool:
        """Whether the hint is a CID."""
        return self._hinted(hint) is not None

    def list(self) -> Iterator[bytes]:
        """The digests of all blobs that this node was given."""
        names = self._watched(lambda _watch: self._names())
        yield from (digest for name in names if (digest := digest_of_name(name)) is not None)

    def _names(self) -> Sequence[str]:
        try:
            answer = self._node.ask("files/ls", _FOLDER)
        except RefusedError as error:
            if _is_missing(error):
                return ()
            raise
        with self._understood():
            return [str(item["Name"]) for item in answer[0]["Entries"] or ()]

    def _write(self, source: Source, watch: Watch) -> str:
        if source.size <= LARGEST_BLOCK:
            answer = self._node.upload("block/put", source, watch, cid_codec="raw", mhtype="sha2-256", pin="true")
            with self._understood():
                cid = str(answer[0]["Key"])
            if cid != raw_cid(source.digest):
                source.check()
                raise DamagedBlobError(self.url, "it took something else than was sent")
        else:
            answer = self._node.upload(
                "add",
                source,
                watch,
                cid_version="1",
                raw_leaves="true",
                pin="true",
                chunker="size-1048576",
                quieter="true",
            )
            with self._understood():
                cid = str(answer[-1]["Hash"])
            try:
                source.check()
            except BlobChangedError:
                self._drop(self._checked(cid), watch)
                raise
        self._enter(source.digest, self._checked(cid))
        return SCHEME + cid

    def _enter(self, digest: bytes, cid: str) -> None:
        """Makes the entry that leads from the hash to the CID."""
        entry = _entry(digest)
        self._node.ask("files/mkdir", _FOLDER, parents="true")
        found = self._entered(digest)
        if found == cid:
            return
        if found is not None:
            self._node.ask("files/rm", entry, force="true")
        self._node.ask("files/cp", f"/ipfs/{cid}", entry)

    def _entered(self, digest: bytes) -> str | None:
        try:
            answer = self._node.ask("files/stat", _entry(digest))
        except RefusedError as error:
            if _is_missing(error):
                return None
            raise
        with self._understood():
            return self._checked(str(answer[0]["Hash"]))

    def _read(self, digest: bytes, hint: str | None, receiver: Receiver, watch: Watch) -> None:  # noqa: ARG002
        cid = self._entered(digest)
        if cid is not None:
            try:
                self._cat(cid, receiver, offline=True)
            except RefusedError as error:
                if receiver.size or not _is_missing(error):
                    raise
            else:
                return
        self._cat(cid or self._hinted(hint) or raw_cid(digest), receiver, offline=False)

    def _cat(self, cid: str, receiver: Receiver, *, offline: bool) -> None:
        """Reads what this node holds, or what it finds among others."""
        wait = self.limits.silence_seconds if offline else min(self.limits.search_seconds, self.limits.silence_seconds)
        try:
            for block in self._node.stream("cat", cid, silence=wait, offline=str(offline).lower()):
                receiver.take(block)
        except SlowStoreError as error:
            if offline or receiver.size:
                raise
            raise MissingBlobError(
                self.url, f"neither it nor a node it asked gave the blob in {wait:g} seconds"
            ) from error
        except RefusedError as error:
            if offline:
                raise
            raise MissingBlobError(self.url, f"it does not find the blob ({error.why})") from error

    def _has(self, digest: bytes, watch: Watch) -> bool:
        cid = self._entered(digest) or raw_cid(digest)
        blocks, whole = self._blocks(cid, watch)
        return whole and all(self._is_here(block, watch) for block in blocks)

    def _delete(self, digest: bytes, hint: str | None, watch: Watch) -> bool:
        entered = self._entered(digest)
        roots = {raw_cid(digest)} | ({entered} if entered else set())
        hinted = self._hinted(hint)
        if hinted and hinted not in roots and self._is_blob(hinted, digest, watch):
            roots.add(hinted)
        dropped = [self._drop(root, watch) for root in sorted(roots)]
        if entered:
            self._node.ask("files/rm", _entry(digest), force="true")
        if self._entered(digest) is not None:
            raise NotDeletedError(self.url, f"its entry for {digest.hex()} is still there after deleting it")
        return any(dropped) or entered is not None

    def _drop(self, root: str, watch: Watch) -> bool:
        """Unpins a tree of blocks and removes them, the root last, so that a deletion cut short can be repeated."""
        blocks, _ = self._blocks(root, watch)
        held = [block for block in blocks if self._is_here(block, watch)]
        try:
            self._node.ask("pin/rm", root)
        except RefusedError as error:
            if "not pinned" not in error.why:
                raise
        for start in range(0, len(held), _AT_ONCE):
            batch = held[start : start + _AT_ONCE]
            watch.moved(0)
            with self._understood():
                refused = [item for item in self._node.ask("block/rm", *batch, force="true") if item.get("Error")]
            if refused:
                raise NotDeletedError(self.url, "something else on this node has the blob pinned; unpin that first")
        if any(self._is_here(block, watch) for block in held):
            raise NotDeletedError(self.url, f"it still holds blocks of {root} after removing them")
        return bool(held)

    def _blocks(self, root: str, watch: Watch) -> tuple[Sequence[str], bool]:
        """The blocks of a tree that the node can still name, leaves first, and whether it could follow all of it.

        Read node by node: `refs` ends at the first block that is missing.
        """
        found = [root]
        seen = {root}
        whole = True
        for cid in found:
            if cid.startswith(_RAW_BEGINS):
                continue
            watch.moved(0)
            try:
                answer = self._node.ask("dag/get", cid, offline="true", output_codec="dag-json")
            except RefusedError as error:
                if not _is_missing(error):
                    raise
                whole = False
                continue
            with self._understood():
                children = dict.fromkeys(self._checked(str(link["Hash"]["/"])) for link in answer[0]["Links"])
            found += [child for child in children if child not in seen]
            seen.update(children)
        return found[::-1], whole

    def _is_here(self, cid: str, watch: Watch) -> bool:
        watch.moved(0)
        try:
            self._node.ask("block/stat", cid, offline="true")
        except RefusedError as error:
            if _is_missing(error):
                return False
            raise
        return True

    def _is_blob(self, cid: str, digest: bytes, watch: Watch) -> bool:
        """Whether what lies here under a CID that somebody named is the blob: nothing else is ever deleted."""
        found = hashlib.sha256()
        try:
            for block in self._node.stream("cat", cid, silence=self.limits.silence_seconds, offline="true"):
                watch.moved(len(block))
                found.update(block)
        except RefusedError:
            return False
        return found.digest() == digest

    def _hinted(self, hint: str | None) -> str | None:
        if hint is None or not hint.startswith(SCHEME):
            return None
        cid = hint.removeprefix(SCHEME)
        return cid if _CID.fullmatch(cid) else None

    def _checked(self, cid: str) -> str:
        if not _CID.fullmatch(cid):
            raise StoreFaultError(self.url, "it answers with something that is no CID")
        return cid

    @contextlib.contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise StoreFaultError(self.url, "it answers in a form that is not Kubo's") from error


def _entry(digest: bytes) -> str:
    return f"{_FOLDER}/{digest.hex()}"


def _is_missing(error: RefusedError) -> bool:
    return any(words in error.why for words in _NOT_HERE)
