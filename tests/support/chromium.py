# SPDX-License-Identifier: AGPL-3.0-only
"""The browser that tests drive, and the pages that it gets.

Looked for in this order: the program that `TONGXIN_CHROMIUM` names; `chromium`, `chromium-browser` or `google-chrome`
on the PATH; the headless one that `make setup` brings (package @sparticuz/chromium; Linux on x86-64 alone). That one
has its own libraries too, so that it starts on a system without any desktop.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

__all__ = ["NODE", "PAGES_POLICY", "Chromium", "find", "launched", "served"]

ROOT = Path(__file__).parents[2]
NODE = Path(sys.prefix) / "bin" / "node"
PAGES_POLICY = "default-src 'self'"
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome")
# The sandbox needs rights that a container's root lacks; the pages here are our own.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
UNPACK = """
const fs = require("node:fs");
const { createBrotliDecompress } = require("node:zlib");
const { pipeline } = require("node:stream/promises");
const [from, to] = process.argv.slice(1);
pipeline(fs.createReadStream(from), createBrotliDecompress(), fs.createWriteStream(to));
"""


@dataclass(frozen=True)
class Chromium:
    """A browser's program, and what must be in its environment."""

    program: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def find() -> Chromium:
    """The browser to test with.

    Raises:
        AssertionError: There is none; says what to do.
    """
    if told := os.environ.get("TONGXIN_CHROMIUM"):
        assert Path(told).is_file(), f"TONGXIN_CHROMIUM names {told}, which is no file"
        return Chromium(Path(told))
    for name in NAMES:
        if found := shutil.which(name):
            return Chromium(Path(found))
    assert (sys.platform, platform.machine()) == ("linux", "x86_64"), (
        "there is no Chromium on the PATH, and the one of `make setup` runs on Linux x86-64 alone; "
        "install Chromium, or name its program in TONGXIN_CHROMIUM"
    )
    return _bundled()


def _bundled() -> Chromium:
    for needed in (PACKAGE, NODE):
        assert needed.exists(), f"{needed} is missing; run: make setup"
    version = json.loads((PACKAGE / "package.json").read_text())["version"]
    folder = ROOT / "node_modules" / ".cache" / f"chromium-{version}"
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        unpacked = Path(tempfile.mkdtemp(prefix="chromium-", dir=folder.parent))
        _unpack(unpacked)
        try:
            unpacked.rename(folder)
        except OSError:  # another worker was faster
            shutil.rmtree(unpacked)
    libraries = os.pathsep.join(filter(None, (str(folder / "lib"), os.environ.get("LD_LIBRARY_PATH"))))
    return Chromium(folder / "chromium", {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_PATH": str(folder)})


def _unpack(folder: Path) -> None:
    for name in ("chromium", "al2023.tar", "fonts.tar"):
        source = PACKAGE / "bin" / f"{name}.br"
        subprocess.run([NODE, "-e", UNPACK, source, folder / name], check=True)
        if name.endswith(".tar"):
            with tarfile.open(folder / name) as archive:
                archive.extractall(folder, filter="data")
            (folder / name).unlink()
    (folder / "chromium").chmod(0o755)


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """A running browser without a window."""
    chromium = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.program, args=FLAGS, env={**os.environ, **chromium.environment}
        )
        try:
            yield browser
        finally:
            browser.close()


class _Pages(SimpleHTTPRequestHandler):
    """Files of a folder under a strict policy; what is sent by PUT is written there."""

    extensions_map = {".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript"}  # noqa: RUF012

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", PAGES_POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def do_PUT(self) -> None:
        name = Path(self.path).name
        (Path(self.directory) / name).write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(HTTPStatus.NO_CONTENT)
        self.end_headers()

    def log_message(self, format: str, *_args: object) -> None:  # noqa: A002
        """Says nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder on a loopback port, at the address given."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
