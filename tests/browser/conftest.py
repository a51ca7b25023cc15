# SPDX-License-Identifier: AGPL-3.0-only
"""The library as it is now, built and served, and the two places where it runs: a browser and Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page

from support import chromium

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "frontend" / "build.mjs"
PAGE = (
    '<!doctype html><html lang="en"><title>Evidence</title><script type="module" src="interop.mjs"></script></html>\n'
)
IN_PAGE = "async ([name, given]) => await (await import('/interop.mjs'))[name](given)"
IN_NODE = """
const [file, name] = process.argv.slice(1);
let given = "";
for await (const chunk of process.stdin) given += chunk;
const called = (await import(file))[name];
console.log(JSON.stringify(await called(JSON.parse(given))));
"""


class Side(Protocol):
    """Where the library runs.

    Attributes:
        folder: What the page's server gives and takes.
        server: Its address.
    """

    folder: Path
    server: str

    def call(self, name: str, given: object) -> Any:
        """What a function of interop.mjs returns."""


class InBrowser:
    def __init__(self, page: Page, folder: Path, server: str) -> None:
        self.folder = folder
        self.server = server
        self._page = page

    def call(self, name: str, given: object) -> Any:
        return self._page.evaluate(IN_PAGE, [name, given])


class InNode:
    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self.server = server

    def call(self, name: str, given: object) -> Any:
        command: list[str | Path] = [
            chromium.NODE,
            "--input-type=module",
            "-e",
            IN_NODE,
            self.folder / "interop.mjs",
            name,
        ]
        done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the library, bundled from the sources as they are."""
    assert chromium.NODE.exists(), f"{chromium.NODE} is missing; run: make setup"
    folder = tmp_path_factory.mktemp("built")
    subprocess.run([chromium.NODE, BUILD, folder], check=True)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.launched() as running:
        yield running


@pytest.fixture
def pages(built: Path, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with the library and a page, and the address where both are served."""
    folder = tmp_path / "pages"
    shutil.copytree(built, folder)
    shutil.copy(Path(__file__).parent / "interop.mjs", folder)
    (folder / "index.html").write_text(PAGE)
    (folder / "favicon.ico").touch()
    with chromium.served(folder) as server:
        yield folder, server


@pytest.fixture
def page(browser: Browser, pages: tuple[Path, str]) -> Iterator[Page]:
    """The page, loaded; a complaint of the browser or a script fails the test."""
    with browser.new_context() as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{pages[1]}/index.html")
        yield page
        assert complaints == []


@pytest.fixture(params=["browser", "node"])
def side(request: pytest.FixtureRequest, pages: tuple[Path, str]) -> Side:
    if request.param == "browser":
        return InBrowser(request.getfixturevalue("page"), *pages)
    return InNode(*pages)
