# SPDX-License-Identifier: AGPL-3.0-only
"""Real servers for stores, each a process of its own that lives as long as a test needs it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0
MOTO = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""


def program(name: str) -> Path:
    """A program that `tools/setup_stores.sh` builds, or that is on the PATH; the test fails where it is missing."""
    built = ROOT / ".venv" / "bin" / name
    found = str(built) if built.exists() else shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing, so nothing was tested here: run tools/setup_stores.sh (it needs Go)")
    return Path(found)


@contextlib.contextmanager
def moto_server() -> Iterator[str]:
    """moto's S3 in a process of its own; its address."""
    with subprocess.Popen(
        [sys.executable, "-c", MOTO],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()
            _end(process)


@contextlib.contextmanager
def versity_server(folder: Path, access: str, secret: str) -> Iterator[str]:
    """A Versity S3 gateway on a folder, which keeps old versions of objects in buckets where that is switched on."""
    data, versions, sidecar = (folder / name for name in ("data", "versions", "attributes"))
    for made in (data, versions, sidecar):
        made.mkdir(parents=True)
    port = _free_port()
    command = [program("versitygw"), "--quiet", "--port", f"127.0.0.1:{port}", "posix", "--sidecar", sidecar]
    keys = {"ROOT_ACCESS_KEY": access, "ROOT_SECRET_KEY": secret}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [*map(str, command), "--versioning-dir", str(versions), str(data)],
            stdout=log,
            stderr=log,
            env={**os.environ, **keys},
        ) as process,
    ):
        try:
            _wait(process, folder / "log", lambda: _answers(f"http://127.0.0.1:{port}"))
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(process)


@dataclass(frozen=True)
class KuboNode:
    """A running daemon: its RPC address as a store's, its folder, where other nodes reach it."""

    url: str
    folder: Path
    peer: str

    def rpc(self, command: str, *arguments: str) -> bytes:
        """What a command answers."""
        query = "&".join(f"arg={item}" for item in arguments)
        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request("POST", f"{self.url.removeprefix('ipfs+')}/api/v0/{command}?{query}", timeout=60)
            assert answer.status == 200, answer.data
            return answer.data

    def connect(self, other: KuboNode) -> None:
        self.rpc("swarm/connect", other.peer)


@contextlib.contextmanager
def kubo_node(folder: Path) -> Iterator[KuboNode]:
    """A Kubo daemon that knows nobody and reaches nothing but the loopback address."""
    ipfs = program("ipfs")
    environment = {**os.environ, "IPFS_PATH": str(folder), "IPFS_TELEMETRY": "off"}

    def run(*arguments: str) -> None:
        subprocess.run([ipfs, *arguments], env=environment, check=True, capture_output=True, timeout=START_SECONDS)

    # The profile `test`: loopback addresses with free ports, no bootstrap, no mDNS, no AutoConf, no port mapping.
    run("init", "--empty-repo", "--profile=test")
    run("config", "Routing.Type", "none")
    run("config", "--json", "Plugins.Plugins", json.dumps({"telemetry": {"Config": {"Mode": "off"}}}))
    log_path = folder / "log"
    with (
        log_path.open("wb") as log,
        subprocess.Popen([ipfs, "daemon"], env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            _wait(process, log_path, lambda: "Daemon is ready" in log_path.read_text())
            port = (folder / "api").read_text().strip().rsplit("/", 1)[1]
            node = KuboNode(f"ipfs+http://127.0.0.1:{port}", folder, "")
            peer = next(address for address in json.loads(node.rpc("id"))["Addresses"] if "127.0.0.1" in address)
            yield KuboNode(node.url, folder, peer)
        finally:
            _end(process)


def access_keys() -> tuple[str, str]:
    """An access key and a secret key that nothing else contains."""
    return f"AK{secrets.token_hex(9).upper()}", secrets.token_hex(20)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _answers(url: str) -> bool:
    with urllib3.PoolManager(retries=False) as pool:
        try:
            pool.request("GET", url, timeout=1)
        except urllib3.exceptions.HTTPError:
            return False
    return True


def _wait(process: subprocess.Popen[bytes], log: Path, ready: object) -> None:
    assert callable(ready)
    end = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
