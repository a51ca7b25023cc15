# SPDX-License-Identifier: AGPL-3.0-only
"""The embedded node: a local chain (anvil) that is there wherever Tongxin is installed, its state kept on disk.

Why the state is not left to anvil's own `--state-interval`: it overwrites its file in place, so a node killed while
writing would lose everything. Here the state is taken over JSON-RPC and put in place by a rename. Only what anvil
writes when it is asked to end is its own file, and that is checked before it replaces the former state.

In a state folder lie:

- `state.json.gz`, the chain as of the last checkpoint;
- `clock.json`, by how much the chain's clock is ahead of the machine's;
- `exit.json`, for a moment, what anvil wrote when it ended;
- `anvil.log`;
- `node.json`, address and process id of the running node;
- `owner.lock`, held by the process that started the node, and `anvil.lock`, held by the node itself as well.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import structlog

from tongxin.chain import dev_rpc
from tongxin.chain.running import RunningNode, read_running, running_node, try_lock
from tongxin.errors import TongxinError

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

__all__ = [
    "CHAIN_ID",
    "DEV_MNEMONIC",
    "EmbeddedNode",
    "NodeError",
    "NodeInUseError",
    "dev_accounts",
    "find_anvil",
    "run_node",
    "running_node",
]

log = structlog.get_logger(__name__)

CHAIN_ID = 31337
HOST = "127.0.0.1"
DEV_MNEMONIC = "test test test test test test test test test test test junk"
"""The published words from which every local chain derives its funded accounts; never a secret."""
DEV_ACCOUNTS = 10
DEV_BALANCE_ETHER = 10_000

START_SECONDS = 60.0
STOP_SECONDS = 120.0
HANDOVER_SECONDS = 60.0
"""How long a start waits for a node whose owner was killed to write its state and end."""
CHECKPOINT_SECONDS = 1.0
CLOCK_TOLERANCE_SECONDS = 5
"""A chain's clock that differs by no more from the machine's is taken for the machine's own."""
CHECKPOINT_SHARE = 20
"""After a checkpoint that took t seconds the next waits at least this many times t."""

# Ends the node when its owner is gone: the pipe on standard input closes with the owner, however that ended.
_GUARD = 'cat >/dev/null; kill -TERM "$1" 2>/dev/null'

_PLATFORMS = {
    ("Darwin", "arm64"): "anvil-darwin-arm64",
    ("Darwin", "x86_64"): "anvil-darwin-amd64",
    ("Linux", "aarch64"): "anvil-linux-arm64",
    ("Linux", "x86_64"): "anvil-linux-amd64",
}


class NodeError(TongxinError):
    """The embedded node cannot be found, started or kept running; the message says what to do."""


class NodeInUseError(NodeError):
    """Another process already runs a node on this state; `url` is where it answers, when that is known."""

    def __init__(self, state: Path, url: str | None) -> None:
        where = f" at {url}" if url else ""
        super().__init__(f"a node already runs on {state}{where}; use it, or stop it first")
        self.url = url


def find_anvil() -> Path:
    """The node's program: the one TONGXIN_ANVIL names, else that of `make setup`, else one on the PATH.

    Raises:
        NodeError: There is none.
    """
    named = os.environ.get("TONGXIN_ANVIL")
    if named:
        path = Path(named)
        if not path.is_file() or not os.access(path, os.X_OK):
            raise NodeError(f"TONGXIN_ANVIL names {named}, which is no program that can be run")
        return path
    package = _PLATFORMS.get((platform.system(), platform.machine()))
    if package is not None:
        for folder in [Path.cwd(), *Path(__file__).resolve().parents]:
            path = folder / "node_modules" / "@foundry-rs" / package / "bin" / "anvil"
            if path.is_file():
                return path
    on_path = shutil.which("anvil")
    if on_path is not None:
        return Path(on_path)
    raise NodeError("the local chain's program anvil is missing; run `make setup`, or set TONGXIN_ANVIL to its path")


def dev_accounts(count: int = DEV_ACCOUNTS) -> list[LocalAccount]:
    """The first of the accounts that the node funds; their keys are public knowledge."""
    from eth_account import Account  # noqa: PLC0415 - see `tongxin.chain.keys`

    Account.enable_unaudited_hdwallet_features()
    return [Account.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}") for index in range(count)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _clock_arguments(state: Path) -> list[str]:
    """A chain's clock may differ from the machine's; over a restart it keeps the distance, which anvil forgets."""
    try:
        ahead = int(json.loads((state / "clock.json").read_text(encoding="utf-8"))["ahead_seconds"])
    except (OSError, ValueError, TypeError, KeyError):
        return []
    if abs(ahead) <= CLOCK_TOLERANCE_SECONDS:
        return []
    return ["--timestamp", str(int(time.time()) + ahead)]


def _write_atomically(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


class EmbeddedNode:
    """A local chain that runs while the object is open; use it as a context manager.

    Args:
        state: The folder that keeps the chain; None keeps it in memory and forgets it at the end.
        port: Where to listen on the loopback address; 0 takes a free port.
        genesis_time: The first block's time in seconds since 1970, now by default; a kept chain has its own.
        hardfork: The rules of the chain. Figures for gas hold for cancun; prague adds EIP-2935.
        old_states: Whether calls at earlier blocks can be answered; without, a chain of many accounts is twice as fast.

    Raises:
        NodeError: The node does not start.
        NodeInUseError: Another process runs a node on that folder.
    """

    def __init__(
        self,
        state: Path | None = None,
        *,
        port: int = 0,
        genesis_time: int | None = None,
        hardfork: Literal["cancun", "prague"] = "cancun",
        old_states: bool = True,
    ) -> None:
        self._state = state
        self._wanted_port = port
        self._genesis_time = genesis_time
        self._hardfork = hardfork
        self._old_states = old_states
        self._closing = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._stop_checkpoints = threading.Event()
        self._checkpointed_block = -1
        self.url = ""

    def __enter__(self) -> Self:
        """Starts the node; it answers when this returns."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops the node and keeps its state."""
        self.stop()

    @property
    def pid(self) -> int:
        """The node's process id."""
        return self._running().pid

    @property
    def is_alive(self) -> bool:
        """Whether the node's process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the node and waits until it answers."""
        if self._process is not None:
            raise NodeError("this node was already started")
        with contextlib.ExitStack() as undo:
            self._start(undo)
            self._closing = undo.pop_all()

    def stop(self) -> None:
        """Ends the node, its state written; does nothing when it is not running.

        Raises:
            NodeError: It did not end, or ended without writing its state; the last checkpoint is kept.
        """
        self._closing.close()

    def wait(self, timeout: float) -> bool:
        """Waits for the node to end by itself; returns whether it did within `timeout` seconds."""
        try:
            self._running().wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def checkpoint(self) -> None:
        """Writes the chain's state now; needs a state folder."""
        if self._state is None:
            raise NodeError("this node keeps its chain in memory")
        block = int(dev_rpc.request(self.url, "eth_blockNumber"), 16)
        dumped: str = dev_rpc.request(self.url, "anvil_dumpState")
        _write_atomically(self._state / "state.json.gz", bytes.fromhex(dumped[2:]))
        self._keep_clock(self._state)
        self._checkpointed_block = block

    def log_tail(self, lines: int = 5) -> str:
        """The last lines of the node's log."""
        try:
            text = self._log_path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise NodeError("this node is not running")
        return self._process

    def _start(self, undo: contextlib.ExitStack) -> None:
        program = find_anvil()
        if self._state is None:
            folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="tongxin-node-")))
        else:
            folder = self._state
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise NodeError(f"the node's state cannot be kept in {folder}: {error.strerror}") from error
        self._log_path = folder / "anvil.log"
        inherited: tuple[int, ...] = ()
        arguments: list[str] = []
        if self._state is not None:
            inherited = (self._lock(undo, self._state),)
            self._adopt_exit_state()
            arguments = ["--dump-state", str(folder / "exit.json")]
        if self._state is not None and (folder / "state.json.gz").exists():
            arguments += ["--load-state", str(self._unpack_state(undo)), *_clock_arguments(self._state)]
        elif self._genesis_time is not None:
            arguments += ["--timestamp", str(self._genesis_time)]
        self._launch(undo, program, folder, arguments, inherited)
        if self._state is not None:
            self._correct_clock()
            self._announce(undo, self._state)
            undo.callback(self._keep_clock, self._state)
            self._start_checkpoints(undo)

    def _lock(self, undo: contextlib.ExitStack, state: Path) -> int:
        owner = undo.enter_context((state / "owner.lock").open("a"))
        if not try_lock(owner):
            running = read_running(state)
            raise NodeInUseError(state, running.url if running else None)
        node = undo.enter_context((state / "anvil.lock").open("a"))
        deadline = time.monotonic() + HANDOVER_SECONDS
        while not try_lock(node):
            # The former owner was killed: its node is being told to write its state and end.
            if time.monotonic() > deadline:
                running = read_running(state)
                which = f"process {running.pid}" if running else "a process"
                raise NodeError(f"{which} still holds {state}, though what started it is gone; end it and try again")
            time.sleep(0.05)
        return node.fileno()

    def _adopt_exit_state(self) -> None:
        """Makes what anvil wrote at its end the kept state, if it is whole."""
        assert self._state is not None  # noqa: S101 - narrows the type; callers keep it
        written = self._state / "exit.json"
        if not written.exists():
            return
        raw = written.read_bytes()
        try:
            whole = isinstance(json.loads(raw), dict)
        except ValueError:
            whole = False
        if whole:
            _write_atomically(self._state / "state.json.gz", gzip.compress(raw, compresslevel=1))
        else:
            log.warning("node.exit_state_damaged", path=str(written), kept="the last checkpoint")
        written.unlink()

    def _unpack_state(self, undo: contextlib.ExitStack) -> Path:
        assert self._state is not None  # noqa: S101 - narrows the type; callers keep it
        packed = self._state / "state.json.gz"
        unpacked = self._state / "loading.json"
        try:
            unpacked.write_bytes(gzip.decompress(packed.read_bytes()))
        except (OSError, EOFError, ValueError) as error:
            raise NodeError(f"the kept chain {packed} is damaged ({error}); move it away to begin a new one") from error
        undo.callback(unpacked.unlink, missing_ok=True)
        return unpacked

    def _launch(
        self,
        undo: contextlib.ExitStack,
        program: Path,
        folder: Path,
        arguments: list[str],
        inherited: tuple[int, ...],
    ) -> None:
        if self._wanted_port and not _is_free(self._wanted_port):
            raise NodeError(f"port {self._wanted_port} is in use; choose another, or 0 for any free one")
        port = self._wanted_port or _free_port()
        self.url = f"http://{HOST}:{port}"
        command = [str(program), "--host", HOST, "--port", str(port), "--chain-id", str(CHAIN_ID)]
        command += ["--hardfork", self._hardfork, "--mnemonic", DEV_MNEMONIC, "--accounts", str(DEV_ACCOUNTS)]
        command += ["--balance", str(DEV_BALANCE_ETHER), "--no-request-size-limit", "--quiet"]
        command += ["--cache-path", str(folder / "cache"), *arguments]
        if not self._old_states:
            command += ["--prune-history"]
        with self._log_path.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=inherited,
                # An interrupt from the keyboard goes to the owner alone, who stops the node in order.
                start_new_session=True,
            )
        self._process = process
        undo.callback(self._end)
        guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", str(process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        undo.callback(_dismiss, guard)
        self._await_answer(process)

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise NodeError(f"the node ended while starting (exit code {process.returncode}):\n{self.log_tail()}")
            with contextlib.suppress(OSError, dev_rpc.RpcError):
                if int(dev_rpc.request(self.url, "eth_chainId", timeout=5), 16) == CHAIN_ID:
                    return
            time.sleep(0.02)
        raise NodeError(f"the node did not answer within {START_SECONDS:.0f} seconds; its log is {self._log_path}")

    def _correct_clock(self) -> None:
        """Brings the clock up to the last block, if it was moved between the last checkpoint and a kill."""
        behind = dev_rpc.block_time(self.url) - dev_rpc.clock(self.url)
        if behind > 0:
            dev_rpc.request(self.url, "evm_increaseTime", behind)

    def _keep_clock(self, state: Path) -> None:
        with contextlib.suppress(OSError, dev_rpc.RpcError):
            # A node that died can't be asked; the clock of the last checkpoint then holds.
            ahead = dev_rpc.clock(self.url) - int(time.time())
            _write_atomically(state / "clock.json", json.dumps({"ahead_seconds": ahead}).encode())

    def _announce(self, undo: contextlib.ExitStack, state: Path) -> None:
        path = state / "node.json"
        _write_atomically(path, json.dumps(asdict(RunningNode(self.url, self.pid))).encode())
        undo.callback(path.unlink, missing_ok=True)

    def _start_checkpoints(self, undo: contextlib.ExitStack) -> None:
        self._stop_checkpoints.clear()
        thread = threading.Thread(target=self._checkpoints, name="tongxin-node-checkpoints", daemon=True)
        thread.start()

        def finish() -> None:
            self._stop_checkpoints.set()
            thread.join()

        undo.callback(finish)

    def _checkpoints(self) -> None:
        pause = CHECKPOINT_SECONDS
        while not self._stop_checkpoints.wait(pause):
            began = time.monotonic()
            try:
                if int(dev_rpc.request(self.url, "eth_blockNumber"), 16) != self._checkpointed_block:
                    self.checkpoint()
            except (OSError, dev_rpc.RpcError) as error:
                if not self.is_alive:
                    return
                log.warning("node.checkpoint_failed", error=str(error))
            pause = max(CHECKPOINT_SECONDS, CHECKPOINT_SHARE * (time.monotonic() - began))

    def _end(self) -> None:
        process = self._running()
        self._process = None
        ended_by_itself = process.poll() is not None
        if not ended_by_itself:
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise NodeError(f"the node did not end within {STOP_SECONDS:.0f} seconds and was killed") from None
        if self._state is None:
            return
        wrote = (self._state / "exit.json").exists()
        self._adopt_exit_state()
        if not ended_by_itself and not wrote:
            raise NodeError(
                f"the node ended without writing its state; the last checkpoint is kept:\n{self.log_tail()}"
            )


def _dismiss(guard: subprocess.Popen[bytes]) -> None:
    guard.kill()
    guard.wait()
    if guard.stdin is not None:
        guard.stdin.close()


@contextlib.contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    def handle(_number: int, _frame: object) -> None:
        stop.set()

    former = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def run_node(
    state: Path,
    *,
    port: int = 8545,
    genesis_time: int | None = None,
    on_ready: Callable[[EmbeddedNode], None] = lambda _node: None,
) -> None:
    """Runs the node until the process is told to end (interrupt, terminate or hang-up); its state is then written.

    Args:
        state: The folder that keeps the chain.
        port: Where to listen on the loopback address; 0 takes a free port.
        genesis_time: The time of a new chain's first block, in seconds since 1970.
        on_ready: Called once the node answers.

    Raises:
        NodeError: The node does not start, or ends by itself.
    """
    stop = threading.Event()
    with _signals(stop), EmbeddedNode(state, port=port, genesis_time=genesis_time) as node:
        on_ready(node)
        while not stop.wait(0.2):
            if not node.is_alive:
                raise NodeError(f"the node ended by itself; the last checkpoint is kept:\n{node.log_tail()}")
