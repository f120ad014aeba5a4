"""The site: it is built without a warning, has every page, and asks nobody else for anything."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import website
from cli_process import PATIENCE
from documents import ROOT, STORIES
from ruamel.yaml import YAML

pytestmark = [
    pytest.mark.skipif(find_spec("zensical") is None, reason="Zensical is not installed (dependency group docs)"),
]
CONFIG = ROOT / "mkdocs.yml"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTHS = (1280, 375)


def built(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build what is in `build/pages` of a folder."""
    shutil.copy(CONFIG, folder)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "-f", str(folder / CONFIG.name)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    website.main(str(folder / "build" / "pages"))
    done = built(folder)
    assert (done.returncode, done.stderr) == (0, "No issues found\n"), done.stdout + done.stderr
    return folder / "build" / "site"


def listed(entries: list[Any]) -> Iterator[str]:
    """The pages of the navigation."""
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from listed(value) if isinstance(value, list) else [value]


def test_each_page_is_in_the_navigation() -> None:
    pages = list(listed(YAML(typ="safe").load(CONFIG)["nav"]))
    assert sorted(pages) == sorted([*(page.removeprefix("docs/") for page in STORIES[1:]), *website.ALSO])


def test_each_page_is_there(site: Path) -> None:
    for page in STORIES[1:]:
        path = Path(page).relative_to("docs").with_suffix("")
        assert (site / (path.parent if path.name == "index" else path) / "index.html").is_file(), page
    assert (site / "samples" / "browse" / "browse.png").is_file()


def test_what_only_tests_look_at_is_left_out(site: Path) -> None:
    text = (site / "reference" / "map" / "index.html").read_text(encoding="utf-8")
    assert "folder: usual" not in text
    assert ("flowchart LR" in text) == (shutil.which("dot") is None)


@pytest.mark.parametrize(("link", "code"), [("index.md#title", 0), ("other.md", 1), ("index.md#nowhere", 1)])
def test_a_link_to_nowhere_stops_it(link: str, code: int, tmp_path: Path) -> None:
    pages = tmp_path / "build" / "pages"
    pages.mkdir(parents=True)
    (pages / "index.md").write_text(f"# Title\n\n[A link]({link})\n")
    assert built(tmp_path).returncode == code


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of a folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # playwright's own, of pipes that end with it
def test_it_fits_and_asks_nobody_else(site: Path) -> None:
    """On a desk and on a phone: nothing but what has its own bar is wider than the window."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with served(site) as address, sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(java_script_enabled=False)  # which takes a fraction of the time, and changes no width
        names = [path.parent.relative_to(site).as_posix() for path in sorted(site.rglob("index.html"))]
        made_alike = [name for name in names if name.startswith("reference/commands/")][1:]
        for name in sorted({*names} - {*made_alike}):
            page.goto(f"{address}{name}/")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} at {width}"
        asked: list[str] = []
        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}reference/map/", wait_until="networkidle")
        page.keyboard.press("Control+k")
        page.keyboard.type("gateway")
        end = time.monotonic() + PATIENCE
        while not any(url.endswith("search.json") for url in asked):
            assert time.monotonic() < end, asked
            page.wait_for_timeout(100)
        page.wait_for_load_state("networkidle")
        browser.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
