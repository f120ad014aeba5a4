"""How values look in terminals and notebooks: whatever came from a capture or a map stays text."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import dovetool

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
IN, MAP = SAMPLES / "demo" / "in.pcapng", SAMPLES / "demo" / "map.yaml"
HOSTILE = "<img src=x onerror=alert(1)>[bold]&"  # a map refuses control characters
TAGS = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "pre", "span", "code"}


def hostile(tmp_path: Path) -> tuple[Path, Path]:
    """A capture and a map whose names are markup, escape sequences and HTML."""
    text = MAP.read_text().partition("# Three")[2].partition("\n")[2]
    for name in ("blue-a", "blue", "tep1"):
        text = re.sub(rf"(?<![\w\"-]){name}(?![\w-])", f'"{HOSTILE}{name.upper()}"', text)
    vnid_map = tmp_path / "map.yaml"
    vnid_map.write_text(text)
    source = tmp_path / "<b>in.pcapng"
    frames = list(dovetool.open(IN))
    told = [
        dovetool.Frame(each.octets, time_ns=each.time_ns, interface=each.interface, comments=(f"\x1b[2J{HOSTILE}",))
        for each in frames
    ]
    dovetool.strip(told, source)
    return source, vnid_map


def shown(tmp_path: Path) -> list[Any]:
    source, text = hostile(tmp_path)
    vnid_map = dovetool.VnidMap.load(text)
    capture = dovetool.open(source, vnid_map)
    frame = capture.frame(1)
    return [
        capture,
        frame,
        frame.explain(),
        capture.stats(by="vm"),
        dovetool.validate(source, vnid_map),
        dovetool.trace(source, 11, vnid_map),
        dovetool.run(source, tmp_path / "out.pcapng", vnid_map),
        dovetool.tag(capture, vnid_map=vnid_map),
    ]


class Elements(HTMLParser):
    """Gathers the elements of a page, their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_names_are_no_html_and_control_nothing(tmp_path: Path) -> None:
    pages = [Elements(value._repr_html_()) for value in shown(tmp_path)]
    for page in pages:
        assert page.tags <= TAGS
        assert page.attributes <= {"style", "scope"}
        assert "\x1b" not in page.text
    assert sum("<img src=x onerror=alert(1)>" in page.text for page in pages) >= 4


@pytest.mark.parametrize("terminal", [False, True])
def test_names_are_no_markup_for_rich(tmp_path: Path, terminal: bool) -> None:
    for value in shown(tmp_path):
        console = Console(file=io.StringIO(), width=200, force_terminal=terminal, color_system="standard")
        console.print(value)
        assert isinstance(console.file, io.StringIO)
        text = console.file.getvalue()
        assert "\x1b[2J" not in text
        assert text.strip()


def test_texts_of_values(tmp_path: Path) -> None:
    source, vnid_map = IN, MAP
    capture = dovetool.open(source, vnid_map)
    assert repr(capture.select(vnid="blue")).endswith("in.pcapng: vnid=['blue']>")
    assert repr(capture.frame(1)) == "<Frame 1: 42 octets 10.1.0.10 > 10.1.0.11 ARP>"
    assert repr(capture.stats()) == "<Statistics by vnid: 1 groups, 15 frames>"
    summary = dovetool.run(source, tmp_path / "out.pcapng", vnid_map)
    assert repr(summary) == "<Summary run: 15 in, 15 out, 1 rejected>"
    assert repr(dovetool.trace(source, 11, vnid_map)).endswith("in.pcapng: rejected>")
    assert str(capture.frame(1).explain()).startswith("Frame 1: 42 octets, 2026-01-01T00:00:00Z, sw1/p1\n")
    assert "rejected as policy-denied: 1" in Elements(summary._repr_html_()).text


def test_a_capture_that_is_cut_shows_what_it_has(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(IN.read_bytes()[:-9])
    page = Elements(dovetool.open(cut)._repr_html_())
    assert "10.1.0.11" in page.text
    many = Elements(dovetool.open(SAMPLES / "strip-mixed" / "in.pcap")._repr_html_())
    assert "and more" in many.text
