# SPDX-License-Identifier: AGPL-3.0-only
"""A chain of several production nodes (go-ethereum) on this machine.

Each node is a process with a database of its own; they gossip transactions to one another over the loopback address.
What on a public chain the consensus layer does is done here through the engine API: one node is asked to build a block,
every node that is connected is told of it, and then that it is the head. A node that was cut off or was down hears of
the blocks it missed from its peers. Source: github.com/ethereum/execution-apis, src/engine.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any

import urllib3

from tongxin.chain.node import dev_accounts

CHAIN_ID = 31338
GAS_LIMIT = 36_000_000
HOST = "127.0.0.1"
START_SECONDS = 60.0
ETHER = 10**18
ZERO_HASH = "0x" + "00" * 32
SYSTEM_CONTRACTS = Path(__file__).parent / "system_contracts.json"
"""Code of what stands in every genesis since Prague (EIP-4788, 2935, 7002, 7251): `geth --dev dumpgenesis`."""
ROOT = Path(__file__).parents[2]

_POOL = urllib3.PoolManager(retries=False, timeout=30)


class TestnetError(Exception):
    """A node could not be found or started, or refused what it was told."""

    __test__ = False


def find_geth() -> Path:
    """The node's program: the one TONGXIN_GETH names, else that of `make setup`, else one on the PATH."""
    candidates = [os.environ.get("TONGXIN_GETH"), str(ROOT / ".venv" / "bin" / "geth"), shutil.which("geth")]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return Path(candidate)
    raise TestnetError("the node's program geth is missing; run `make setup`, or set TONGXIN_GETH to its path")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _call(url: str, method: str, params: Sequence[Any], secret: bytes | None = None) -> Any:
    """One JSON-RPC request; with a secret as the engine API asks for it (a signed token of this moment)."""
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        parts = [json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps({"iat": int(time.time())})]
        signed = b".".join(urlsafe_b64encode(part.encode()).rstrip(b"=") for part in parts)
        mark = urlsafe_b64encode(digest(secret, signed, sha256)).rstrip(b"=")
        headers["Authorization"] = f"Bearer {(signed + b'.' + mark).decode()}"
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
    answer = json.loads(_POOL.request("POST", url, body=body.encode(), headers=headers).data)
    if "error" in answer:
        raise TestnetError(f"{method}: {answer['error']}")
    return answer["result"]


@dataclass
class Peer:
    """One node: a folder, a process when it runs, and where it answers."""

    folder: Path
    secret: bytes
    rpc_port: int = field(default_factory=_free_port)
    engine_port: int = field(default_factory=_free_port)
    peer_port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None
    is_told: bool = True

    @property
    def url(self) -> str:
        """Where clients ask."""
        return f"http://{HOST}:{self.rpc_port}"

    def call(self, method: str, *params: Any) -> Any:
        """Asks it as a client does."""
        return _call(self.url, method, params)

    def engine(self, method: str, *params: Any) -> Any:
        """Tells it as the consensus layer does."""
        return _call(f"http://{HOST}:{self.engine_port}", method, params, self.secret)

    def start(self) -> None:
        """Starts it on its database and waits until it answers."""
        (self.folder / "jwt").write_text(self.secret.hex())
        log = (self.folder / "node.log").open("ab")
        arguments = (
            f"--datadir {self.folder} --networkid {CHAIN_ID} --syncmode full --gcmode archive --state.scheme hash "
            f"--http --http.addr {HOST} --http.port {self.rpc_port} --http.api eth,net,web3,debug,admin,txpool "
            f"--authrpc.addr {HOST} --authrpc.port {self.engine_port} --authrpc.jwtsecret {self.folder / 'jwt'} "
            f"--port {self.peer_port} --nodiscover --nat none --ipcdisable --rpc.txfeecap 0 --cache 128 "
            f"--miner.gaslimit {GAS_LIMIT} --txpool.pricelimit 1"
        )
        with log:
            self.process = subprocess.Popen([find_geth(), *arguments.split()], stdout=log, stderr=log)
        limit = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                self.call("eth_chainId")
                return
            if self.process.poll() is not None or time.monotonic() > limit:
                raise TestnetError(f"the node did not start; its log is {self.folder / 'node.log'}")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kills it without a warning."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Asks it to end, so that it writes what it holds in memory."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

    @property
    def listens(self) -> bool:
        """Whether it runs and is told of new blocks."""
        return self.process is not None and self.is_told


class Testnet:
    """Several nodes of one chain, with blocks made on demand.

    While `running` a block is made as soon as a transaction waits. Blocks finalise the one `FINAL_DEPTH` before them.
    """

    __test__ = False
    FINAL_DEPTH = 8

    def __init__(self, folder: Path, nodes: int = 2) -> None:
        self.clock_ahead = 0
        self.secret = secrets.token_bytes(32)
        self.peers = [Peer(folder / f"node{number}", self.secret) for number in range(nodes)]
        genesis = folder / "genesis.json"
        genesis.write_text(json.dumps(_genesis()))
        for peer in self.peers:
            peer.folder.mkdir(parents=True)
            made = f"init --datadir {peer.folder} --state.scheme hash {genesis}"
            subprocess.run([find_geth(), *made.split()], check=True, capture_output=True)
            peer.start()
        self.connect()
        self.chain: list[dict[str, Any]] = [self.peers[0].call("eth_getBlockByNumber", "latest", False)]
        self._lock = threading.RLock()
        self._end = threading.Event()
        self._maker = threading.Thread(target=self._run, daemon=True)
        self.produce()

    def connect(self) -> None:
        """Makes every running node a peer of every other."""
        running = [peer for peer in self.peers if peer.process is not None]
        for peer in running:
            for other in running:
                if other is not peer:
                    peer.call("admin_addPeer", other.call("admin_nodeInfo")["enode"])

    @property
    def head(self) -> dict[str, Any]:
        """The last block that was made."""
        return self.chain[-1]

    def _run(self) -> None:
        while not self._end.wait(0.1):
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                waiting = next((peer for peer in self.peers if peer.listens and self._waiting(peer)), None)
                if waiting is not None and self._has_head(waiting):
                    self.produce(waiting)

    def produce(self, maker: Peer | None = None, *, seconds: int = 1) -> dict[str, Any]:
        """Makes one block at `maker`, by default the first node that has the head, and tells all that listen.

        Args:
            maker: The node whose waiting transactions it takes.
            seconds: By how much at least its time is after its parent's.

        Returns:
            The block, without its transactions.
        """
        with self._lock:
            parent = self.head
            maker = maker or next(peer for peer in self.peers if peer.listens and self._has_head(peer))
            moment = max(int(time.time()) + self.clock_ahead, int(parent["timestamp"], 16) + seconds)
            attributes = {
                "timestamp": hex(moment),
                "prevRandao": "0x" + secrets.token_hex(32),
                "suggestedFeeRecipient": dev_accounts(1)[0].address,
                "withdrawals": [],
                "parentBeaconBlockRoot": ZERO_HASH,
            }
            begun = maker.engine("engine_forkchoiceUpdatedV3", self._choice(), attributes)
            if begun["payloadStatus"]["status"] != "VALID":
                raise TestnetError(f"the node would not build on {parent['number']}: {begun}")
            time.sleep(0.05)
            built = maker.engine("engine_getPayloadV4", begun["payloadId"])
            payload = built["executionPayload"]
            for peer in self.peers:
                if peer.listens:
                    said = peer.engine("engine_newPayloadV4", payload, [], ZERO_HASH, built["executionRequests"])
                    if said["status"] not in {"VALID", "SYNCING", "ACCEPTED"}:
                        raise TestnetError(f"a node refused block {payload['blockNumber']}: {said}")
            self.chain.append(
                {"hash": payload["blockHash"], "number": payload["blockNumber"], "timestamp": payload["timestamp"]}
            )
            self._choose()
            return self.head

    @staticmethod
    def _waiting(peer: Peer) -> int:
        return int(peer.call("txpool_status")["pending"], 16)

    def _has_head(self, peer: Peer) -> bool:
        block: dict[str, Any] = peer.call("eth_getBlockByNumber", "latest", False)
        return bool(block["hash"] == self.head["hash"])

    def _choice(self) -> dict[str, str]:
        final = self.chain[max(0, len(self.chain) - 1 - self.FINAL_DEPTH)]["hash"]
        return {"headBlockHash": self.head["hash"], "safeBlockHash": final, "finalizedBlockHash": final}

    def _choose(self) -> None:
        for peer in self.peers:
            if peer.listens:
                peer.engine("engine_forkchoiceUpdatedV3", self._choice(), None)

    def advance(self, seconds: int) -> None:
        """Moves the chain's clock, with a block."""
        # Blocks may have been made faster than their times allow: then the chain is ahead of the clock already.
        self.clock_ahead = max(self.clock_ahead, int(self.head["timestamp"], 16) - int(time.time())) + seconds
        self.produce()

    def reorganise(self, depth: int) -> None:
        """Drops the last blocks and makes one more than they were, of whatever transactions then wait.

        The first node that listens is set back and builds another branch; the others are told of it and change over,
        putting the transactions of the dropped blocks back among those that wait.
        """
        if not 0 < depth <= self.FINAL_DEPTH:
            raise TestnetError(f"a final block cannot be dropped: depth {depth}")
        with self._lock:
            del self.chain[-depth:]
            maker = next(peer for peer in self.peers if peer.listens)
            maker.call("debug_setHead", self.head["number"])
            for _ in range(depth + 1):
                self.produce(maker, seconds=2)

    def catch_up(self, peer: Peer, seconds: float = 60.0) -> None:
        """Waits until a node that was down or cut off has the head."""
        self.connect()
        limit = time.monotonic() + seconds
        while not self._has_head(peer):
            if time.monotonic() > limit:
                raise TestnetError("the node did not catch up")
            self.produce()
            time.sleep(0.2)

    def close(self) -> None:
        """Ends the chain."""
        self._end.set()
        if self._maker.is_alive():
            self._maker.join()
        for peer in self.peers:
            peer.kill()

    def run(self) -> None:
        """Begins to make blocks whenever a transaction waits."""
        self._maker.start()


def _genesis() -> dict[str, Any]:
    """Prague from the first block on; the published development accounts have coin."""
    blocks = "homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul berlin london mergeNetsplit"
    config: dict[str, Any] = {"chainId": CHAIN_ID, "terminalTotalDifficulty": 0}
    config |= {f"{name}Block": 0 for name in blocks.split()}
    config |= {f"{name}Time": 0 for name in ("shanghai", "cancun", "prague")}
    config["blobSchedule"] = {
        "cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3338477},
        "prague": {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716},
    }
    alloc: dict[str, Any] = {account.address: {"balance": hex(10_000 * ETHER)} for account in dev_accounts()}
    for address, code in json.loads(SYSTEM_CONTRACTS.read_text()).items():
        alloc[address] = {"balance": "0x0", "nonce": "0x1", "code": code}
    return {
        "config": config,
        "difficulty": "0x0",
        "gasLimit": hex(GAS_LIMIT),
        "timestamp": hex(int(time.time()) - 3600),
        "alloc": alloc,
    }


@contextlib.contextmanager
def production_nodes(folder: Path, nodes: int = 2) -> Iterator[Testnet]:
    """A chain of several nodes that makes blocks by itself, ended at the end."""
    chain = Testnet(folder, nodes)
    try:
        chain.run()
        yield chain
    finally:
        chain.close()
