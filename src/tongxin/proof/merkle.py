# SPDX-License-Identifier: AGPL-3.0-only
"""Merkle Patricia tries: what stands under a key, proven against the root (Ethereum yellow paper, appendix D)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import rlp
from rlp.exceptions import RLPException
from trie.exceptions import InvalidNode, MissingTrieNode, ValidationError
from trie.hexary import HexaryTrie

from tongxin.chain.primitives import keccak
from tongxin.proof.errors import ProofError

__all__ = ["ProvenTrie", "list_root"]


class ProvenTrie:
    """The part of a trie that some nodes show. Nodes that do not hang below the root are of no effect.

    Args:
        root: Hash of the root node.
        nodes: Nodes as `eth_getProof` gives them, in any order.
    """

    def __init__(self, root: bytes, nodes: Iterable[bytes]) -> None:
        self._trie = HexaryTrie({keccak(node): node for node in set(nodes)}, root_hash=root)

    def get(self, key: bytes) -> bytes:
        """What stands under a hashed key; nothing (b"") if it is proven that nothing does.

        Raises:
            ProofError: A node on the way is missing or altered.
        """
        try:
            return bytes(self._trie.get(key))
        except MissingTrieNode as error:
            raise ProofError("a node of the proof is missing or altered") from error
        except (InvalidNode, ValidationError, RLPException, TypeError, ValueError, IndexError) as error:
            raise ProofError(f"the proof holds what is no node of a trie ({type(error).__name__})") from error


def list_root(items: Sequence[bytes]) -> bytes:
    """The root of the trie of a block's transactions or receipts, which stand under their places in it."""
    trie = HexaryTrie({})
    for place, item in enumerate(items):
        trie[rlp.encode(place)] = item
    return bytes(trie.root_hash)
