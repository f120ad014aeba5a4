"""The page in a browser: it draws the right numbers, asks for nothing, and what names say stays text."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cli_process import PATIENCE, dovetool
from follow_faults import Taps
from overlay_expectations import shown
from portraits import summed
from tenant_traffic import write_map, write_tenants

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install playwright)")
pytest.importorskip("vl_convert", reason="vl-convert-python is not installed (extra report)")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own, of pipes that end with it
]
EVIL = "</script><img src=x onerror=alert(1)>{{7*7}}'\"&amp;"
EVIL_FILE = "<b onclick=alert(2)>\u202egpj.pcap"
COUNT = 4000


class Made(NamedTuple):
    """A capture, its map, and the page about them."""

    capture: Path
    map_file: Path
    page: Path


class Opened(NamedTuple):
    """A page that is open, and what it said and asked for."""

    page: Any
    said: list[str]
    asked: list[str]

    def rows(self, picture: str) -> list[dict[str, Any]]:
        """The data that a picture is drawn from."""
        told: str = self.page.evaluate("name => JSON.stringify(dovetool.views[name].data('rows'))", picture)
        rows: list[dict[str, Any]] = json.loads(told)
        return rows


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("page")
    write_tenants(folder / "in.pcap", COUNT)
    made = Made(folder / "in.pcap", write_map(folder / "map.yaml"), folder / "report.html")
    ended = dovetool("report", made.capture, "-m", made.map_file, "-o", made.page)
    assert (ended.code, ended.stderr) == (0, "")
    return made


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("hostile")
    write_tenants(folder / EVIL_FILE, 600)
    map_file = write_map(folder / "map.yaml")
    names = json.dumps(EVIL)
    text = map_file.read_text().replace("  blue: {vnid", f"  {names}: {{vnid").replace("blue: blue", f"blue: {names}")
    text = re.sub(r"leaf1\b(?!/)", json.dumps(f"T{EVIL}").replace("\\", r"\\"), text)
    map_file.write_text(text.replace("  red-3:", f"  {json.dumps('V' + EVIL)}:"))
    made = Made(folder / EVIL_FILE, map_file, folder / "report.html")
    ended = dovetool("report", made.capture, "-m", made.map_file, "-o", made.page)
    assert (ended.code, ended.stderr) == (0, "")
    return made


@pytest.fixture(scope="module")
def followed_page(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A page that follows packets past five captures, with names that are hostile and long."""
    folder = tmp_path_factory.mktemp("followed")
    taps = Taps.of(folder, 1)
    taps.put_in(59, 1)
    (folder / "places").mkdir()
    for number, path in enumerate(taps.written(folder / "taps")):
        path.rename(folder / "places" / f"{number}{EVIL.replace('/', '')}.pcapng")
    made = Made(folder / "places", folder / "map.yaml", folder / "report.html")
    ended = dovetool("report", made.capture, "--follow", "-m", made.map_file, "-o", made.page)
    assert (ended.code, ended.stderr) == (0, "")
    return made


@pytest.fixture(scope="module")
def browser(made: Made, hostile: Made, followed_page: Made) -> Iterator[Any]:
    """Chromium; it starts when all pages are made, for these are made by forks of this process."""
    del made, hostile, followed_page
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def opened(browser: Any, made: Made, **settings: Any) -> Opened:  # noqa: ANN401  (playwright need not be there)
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **settings})
    page.set_default_timeout(PATIENCE * 1000)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(made.page.as_uri())
    page.evaluate("dovetool.drawn")
    return Opened(page, said, asked)


@pytest.fixture
def view(browser: Any, made: Made) -> Iterator[Opened]:  # noqa: ANN401
    view = opened(browser, made)
    yield view
    assert view.said == []
    assert view.asked == [made.page.as_uri()]
    view.page.close()


def test_it_says_nothing_and_asks_for_nothing(view: Opened, made: Made) -> None:
    assert view.page.locator(".picture[data-drawn] svg").count() == 6
    assert view.page.title() == f"dovetool report: {made.capture}"
    assert made.page.stat().st_size < 8 << 20


def test_pictures_have_the_numbers_of_stats(view: Opened, made: Made) -> None:
    by_pair = summed(made.capture, "-m", made.map_file, "--by", "pair")
    drawn = {(row["src"], row["dst"]): (row["frames"], row["octets"]) for row in view.rows("teps") if row["c"] == 0}
    assert drawn == {
        (group["src_tep"], group["dst_tep"]): (group["frames"], group["octets"]) for group in by_pair["groups"]
    }
    by_vnid = summed(made.capture, "-m", made.map_file, "--by", "vnid")["groups"]
    bins = [row for row in view.rows("rate") if "end" not in row]
    series = view.page.evaluate("dovetool.data.rates.series.map(each => each.network)")
    assert {name: sum(row[f"s{place}"] for row in bins) for place, name in enumerate(series)} == {
        group["network"]: group["octets"] for group in by_vnid
    }
    ports = [row for row in view.rows("ports") if row["c"] == 0]
    assert sum(row["frames"] for row in ports) == by_pair["frames"]
    sizes = view.rows("sizes")
    assert {
        sum(row["packets"] for row in sizes if row["kind"].startswith(kind)) for kind in ("tenants", "underlay")
    } == {by_pair["frames"]}
    assert {(row["vm"], row["tep"], row["how"]) for row in view.rows("moves")} == {
        ("blue-0 (blue)", "leaf1", "seen"),
        ("blue-0 (blue)", "leaf5", "seen"),
        ("blue-0 (blue)", "leaf1", "map"),
    }


def test_another_network_is_chosen(view: Opened) -> None:
    select = view.page.locator('select[data-picture="vms"]')
    select.select_option(label="red")
    view.page.wait_for_function("dovetool.views.vms.signal('choice') === 2 || dovetool.views.vms.signal('choice') > 0")
    labels = view.page.locator("#picture-vms .role-axis-label text").all_text_contents()
    assert labels
    assert all(label.startswith("red-") for label in labels)


def test_a_part_of_the_time_is_chosen(view: Opened) -> None:
    """What is dragged over in the strip is what the large picture shows."""
    svg = view.page.locator("#picture-rate svg")
    svg.scroll_into_view_if_needed()
    box = svg.bounding_box()
    y = box["y"] + box["height"] - 24
    view.page.mouse.move(box["x"] + 400, y)
    view.page.mouse.down()
    view.page.mouse.move(box["x"] + 600, y, steps=8)
    view.page.mouse.up()
    low, high = view.page.evaluate("dovetool.views.rate.signal('chosen').t.map(Number)")
    assert 60_000 < high - low < 200_000


def visible(view: Opened, block: str) -> list[list[str]]:
    rows: list[list[str]] = view.page.evaluate(
        """block => [...document.querySelectorAll(`${block} tbody tr:not([hidden])`)]
             .map(row => [...row.cells].map(cell => cell.textContent))""",
        block,
    )
    return rows


def test_tables_sort_and_filter(view: Opened) -> None:
    block = '#talks .table:has([aria-label^="TEPs"])'
    table = view.page.locator(block)
    assert len(visible(view, block)) == 12
    table.get_by_role("button", name="Show all").click()
    whole = visible(view, block)
    assert len(whole) > 100
    head = table.get_by_role("columnheader", name="Frames")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    frames = [int(row[4].replace("\u202f", "")) for row in visible(view, block)]
    assert frames == sorted(frames, reverse=True)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    table.get_by_role("columnheader", name="Network").get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    names = [row[0] for row in visible(view, block)]
    assert names == sorted(names)
    table.get_by_role("searchbox").fill("leaf1 192.0.2.1 voice")
    assert visible(view, block) == [
        row for row in visible(view, block) if row[0] == "voice" and "192.0.2.1" in " ".join(row)
    ]
    assert 0 < len(visible(view, block)) < len(whole)
    assert "of" in table.locator("output").text_content()


def test_numbers_of_rates_are_there_when_asked_for(view: Opened, made: Made) -> None:
    assert view.page.locator("#rates table").count() == 0
    view.page.locator("#rates summary").click()
    view.page.locator("#rates table").wait_for()
    rows = view.page.evaluate(
        """[...document.querySelectorAll('#rates tbody tr')]
             .map(row => [...row.cells].slice(1).map(each => +each.textContent.replaceAll("\u202f", "")))"""
    )
    total = summed(made.capture)
    assert sum(sum(row[::2]) for row in rows) == total["octets"]
    assert sum(sum(row[1::2]) for row in rows) == total["frames"]


def test_light_and_dark(browser: Any, made: Made, view: Opened) -> None:  # noqa: ANN401
    def back(page: Any) -> str:  # noqa: ANN401
        colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    light = back(view.page)
    view.page.locator("#theme").click()
    dark = back(view.page)
    assert light != dark
    system = opened(browser, made, color_scheme="dark")
    assert back(system.page) == dark
    system.page.locator("#theme").click()
    assert back(system.page) == light
    system.page.close()


def test_narrow_screens(browser: Any, made: Made) -> None:  # noqa: ANN401
    """Nothing but tables is wider than the screen, and these scroll by themselves."""
    view = opened(browser, made, viewport={"width": 360, "height": 740})
    assert view.page.evaluate("document.documentElement.scrollWidth") == 360
    assert view.said == []
    view.page.close()


def test_lanes_have_the_numbers_of_follow(browser: Any, followed_page: Made) -> None:  # noqa: ANN401
    """A line for each group and way, with what is lost on each step; names stay text, on a narrow screen, too."""
    view = opened(browser, followed_page, viewport={"width": 360, "height": 740})
    found = json.loads(shown("follow", followed_page.capture, "-m", followed_page.map_file, "--json"))
    drawn = [(row["group"], row["seen"], row["lost"].split(" ")[0]) for row in view.rows("hops") if row["c"] == 0]
    assert drawn == [
        (group["network"], str(hop["seen"]), str(hop["lost"]))
        for group in found["groups"]
        for hop in group["hops"]
        if hop["seen"]
    ]
    view.page.locator('select[data-picture="hops"]').select_option(label="flows")
    view.page.wait_for_function("dovetool.views.hops.signal('choice') === 2")
    assert len({row["line"] for row in view.rows("hops") if row["c"] == 2}) == 16
    assert view.page.locator("#hops img, #hops b").count() == 0
    assert view.page.evaluate("document.documentElement.scrollWidth") == 360
    assert (view.said, view.asked) == ([], [followed_page.page.as_uri()])
    view.page.close()


def test_on_paper(view: Opened) -> None:
    """What is for hands is gone, pictures are there, and no table is cut; paper is light."""
    view.page.locator("#theme").click()
    view.page.emulate_media(media="print")
    assert not view.page.locator("nav").is_visible()
    assert not view.page.locator("#theme").is_visible()
    assert view.page.locator(".picture svg").first.is_visible()
    assert view.page.evaluate("getComputedStyle(document.querySelector('.scroll')).overflowX") == "visible"
    assert view.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--text')") == "#1c2127"
    assert view.page.pdf(format="A4")[:5] == b"%PDF-"


def test_without_scripts_all_rows_are_there(browser: Any, made: Made) -> None:  # noqa: ANN401
    page = browser.new_page(java_script_enabled=False)
    page.goto(made.page.as_uri())
    assert page.locator("#talks tbody tr:visible").count() > 200
    page.close()


def test_hostile_names_stay_text(browser: Any, hostile: Made) -> None:  # noqa: ANN401
    view = opened(browser, hostile)
    page = view.page
    assert page.locator("img, b, [onclick], [onerror]").count() == 0
    assert page.locator("#summary tbody td").get_by_text(EVIL, exact=True).count() == 1
    assert page.locator("h1").text_content() == str(hostile.capture).replace("\u202e", "\\u202e")
    assert "\u202e" not in page.content()
    assert EVIL in page.locator('select[data-picture="teps"] option').all_text_contents()
    assert {EVIL} <= {row["network"] for row in page.evaluate("dovetool.data.rates.series")}
    assert any(EVIL in (row["vm"]) for row in view.rows("moves"))
    page.locator("#picture-teps svg path[aria-roledescription='rect mark']").first.hover(force=True)
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert page.locator("#vg-tooltip-element *:not(table):not(tbody):not(tr):not(td)").count() == 0
    page.locator('select[data-picture="vms"]').select_option(label="red")
    page.wait_for_function("dovetool.views.vms.signal('choice') > 0")
    assert view.said == []
    assert view.asked == [hostile.page.as_uri()]
    page.close()
