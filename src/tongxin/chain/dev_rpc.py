# SPDX-License-Identifier: AGPL-3.0-only
"""What only a local chain can be asked to do: mine at will, move its clock, write its state.

Each function takes the endpoint's URL and speaks JSON-RPC itself, so that it works beside any client. None of them
exists on a real chain: there they raise `RpcError`.
"""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from tongxin.errors import TongxinError

__all__ = [
    "RpcError",
    "block_time",
    "clock",
    "increase_time",
    "mine",
    "request",
    "set_automine",
    "set_balance",
    "set_code",
    "set_next_block_timestamp",
    "set_storage_at",
]

TIMEOUT_SECONDS = 120.0


class RpcError(TongxinError):
    """The endpoint refused a request; `code` is the number of JSON-RPC 2.0."""

    def __init__(self, method: str, code: int, message: str) -> None:
        super().__init__(f"{method}: {message} (code {code})")
        self.method = method
        self.code = code


def request(url: str, method: str, *params: object, timeout: float = TIMEOUT_SECONDS) -> Any:
    """One JSON-RPC call; returns its result.

    Raises:
        OSError: Nothing answers at the URL, or not in time.
        RpcError: The endpoint answers with an error.
    """
    parts = urlsplit(url)
    # No proxy is ever asked: a local chain is reached directly.
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=timeout)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    try:
        connection.request("POST", parts.path or "/", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
    except (http.client.HTTPException, ValueError) as error:
        raise ConnectionError(f"{url} does not speak JSON-RPC: {error}") from error
    finally:
        connection.close()
    if "error" in answer:
        raise RpcError(method, answer["error"]["code"], answer["error"]["message"])
    return answer["result"]


def set_automine(url: str, enabled: bool) -> None:  # noqa: FBT001 - the RPC's own flag
    """Whether each transaction gets a block at once; off for bulk work, with `mine` after every 200 or so."""
    request(url, "evm_setAutomine", enabled)


def mine(url: str, blocks: int = 1) -> None:
    """Mines blocks at once; the first takes what is pending."""
    request(url, "anvil_mine", hex(blocks))


def block_time(url: str) -> int:
    """The latest block's timestamp, in seconds since 1970."""
    return int(request(url, "eth_getBlockByNumber", "latest", False)["timestamp"], 16)


def clock(url: str) -> int:
    """What the chain's clock shows now, in seconds since 1970: the time a block mined now would have."""
    return int(request(url, "eth_getBlockByNumber", "pending", False)["timestamp"], 16)


def increase_time(url: str, seconds: int) -> None:
    """Moves the clock forward and mines one block, so that the new time holds for calls too."""
    request(url, "evm_increaseTime", seconds)
    mine(url)


def set_next_block_timestamp(url: str, timestamp: int) -> None:
    """The time of the next block, in seconds since 1970; the clock runs on from there.

    Raises:
        RpcError: The time is before the latest block's.
    """
    request(url, "evm_setNextBlockTimestamp", timestamp)


def set_balance(url: str, address: str, wei: int) -> None:
    """Gives an account that balance of the chain's own coin."""
    request(url, "anvil_setBalance", address, hex(wei))


def set_code(url: str, address: str, code: bytes) -> None:
    """Replaces the code at an address, leaving its storage."""
    request(url, "anvil_setCode", address, "0x" + code.hex())


def set_storage_at(url: str, address: str, slot: int, word: bytes) -> None:
    """Overwrites one storage slot of a contract with 32 bytes.

    Raises:
        ValueError: `word` has another length.
    """
    if len(word) != 32:
        raise ValueError(f"a storage slot holds 32 bytes, not {len(word)}")
    request(url, "anvil_setStorageAt", address, f"0x{slot:064x}", "0x" + word.hex())
