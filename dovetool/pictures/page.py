"""The page: one file with all pictures, tables, styles and scripts, which asks nobody for anything.

Its policy (Content Security Policy Level 3) allows the styles and scripts that stand in it, by their hashes, and
nothing else: no request, no code made of text. Vega interprets the expressions of pictures for that, and makes no
functions of them.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from dovetool import __version__
from dovetool.pictures.album import Album, album
from dovetool.pictures.html import Html, element, embedded, joined, name
from dovetool.pictures.ink import PAGE
from dovetool.pictures.sections.hops import hops
from dovetool.pictures.sections.places import belonging, moves
from dovetool.pictures.sections.summary import summary
from dovetool.pictures.sections.talks import talks
from dovetool.pictures.sections.traffic import ports, rates, sizes
from dovetool.pictures.sections.troubles import troubles
from dovetool.pictures.words import counted, moment, number
from dovetool.portrait.portrait import Portrait, record_of

_SECTIONS = {
    "summary": "Summary",
    "talks": "Who talks to whom",
    "rates": "Rate",
    "ports": "ECMP",
    "sizes": "Sizes, MTU",
    "findings": "Findings",
    "moves": "Migrations",
    "map": "Map",
    "hops": "Hops",
}
_FEW = 8
"""Captures whose names are shown at once."""
_NOTICE = """<!--
This page holds Vega, Vega-Lite, vega-embed and their parts: Copyright (c) 2015-2025 University of Washington
Interactive Data Lab and contributors, BSD 3-Clause License; D3: Copyright 2010-2024 Mike Bostock, ISC License.
-->"""


def page(portrait: Portrait, drawing_script: str) -> str:
    """The whole file; `drawing_script` defines `vegaEmbed`."""
    own = files("dovetool.pictures")
    style, script = (own.joinpath(f"page.{suffix}").read_text("utf-8") for suffix in ("css", "js"))
    pictures = album(portrait, PAGE)
    title = f"dovetool report: {_title(portrait.captures.names)}"
    head = joined(
        Html('<meta charset="utf-8">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, drawing_script, script)}">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        Html(f'<meta name="generator" content="dovetool {__version__}">'),
        element("title", title),
        element("style", Html(style)),
    )
    data = element("script", _data(portrait, pictures), type="application/json", id="data")
    scripts = joined(*(element("script", Html(each), type="module") for each in (drawing_script, script)))
    body = joined(_header(portrait), _main(portrait, pictures), _footer(), data, scripts)
    return f"<!doctype html>\n{_NOTICE}\n{element('html', element('head', head), element('body', body), lang='en')}\n"


def _policy(style: str, *scripts: str) -> str:
    allowed = " ".join(map(_hash, scripts))
    return f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"


def _hash(octets: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(octets.encode()).digest()).decode()}'"


def _data(portrait: Portrait, pictures: Album) -> Html:
    """What the script needs: specifications of pictures, and the numbers of rates, whose table it makes when asked."""
    specs = {picture.name: picture.spec(PAGE) for picture in pictures.pictures}
    return embedded({"pictures": specs, "rates": record_of(portrait.rates)})


def _header(portrait: Portrait) -> Html:
    captures, traffic = portrait.captures, portrait.traffic
    told = [f"{moment(traffic.first_ns)} to {moment(traffic.last_ns)} UTC"] if traffic.total.frames else ["no frames"]
    lines = [element("p", ", ".join(told), class_="span")]
    lines.append(element("p", "Map: ", name(portrait.map_name), class_="span") if portrait.map_name else Html(""))
    if portrait.selection:
        lines.append(element("p", "Only frames chosen by ", element("code", portrait.selection), class_="span"))
    damages = [
        element("p", element("strong", "Damaged: "), damage, ". All before that is in this report.")
        for damage in captures.damages
    ]
    banner = element("div", *damages, class_="damage", role="alert") if damages else Html("")
    switch = element("button", "Dark", type="button", id="theme", hidden=True)
    links = (element("a", title, href=f"#{key}") for key, title in _SECTIONS.items() if key != "hops" or portrait.hops)
    top = element("div", element("p", "dovetool report", class_="brand"), switch, class_="top")
    head = element("header", top, element("h1", name(_title(captures.names))), _all(captures.names), *lines, banner)
    return joined(head, element("nav", *links, aria_label="Sections"))


def _title(names: list[str]) -> str:
    """What the captures are called in few words: without their folders where there are several."""
    if len(names) == 1:
        return names[0]
    first = names[0].replace("\\", "/").rstrip("/").rpartition("/")[2]
    return f"{first} and {number(len(names) - 1)} more"


def _all(names: list[str]) -> Html:
    """Several captures, each by its whole name."""
    if len(names) == 1:
        return Html("")
    told = element("summary", counted(len(names), "capture"))
    items = [element("li", name(each)) for each in names]
    return element("details", told, element("ul", *items), class_="captures", open=len(names) <= _FEW)


def _main(portrait: Portrait, pictures: Album) -> Html:
    return element(
        "main",
        summary(portrait),
        talks(portrait, pictures.teps, pictures.vms),
        rates(portrait, pictures.rate),
        ports(portrait, pictures.ports),
        sizes(portrait, pictures.sizes),
        troubles(portrait),
        moves(portrait, pictures.moves),
        belonging(portrait),
        hops(portrait, pictures.hops),
        element(
            "noscript", element("p", "Pictures, sorting and filters need JavaScript; all tables are here without it.")
        ),
    )


def _footer() -> Html:
    return element(
        "footer",
        element(
            "p",
            f"Made by dovetool {__version__}. Octets are those on the wire. Times are UTC. Pictures are drawn by Vega"
            " (BSD-3-Clause), which is in this file; opening it asks no server for anything.",
        ),
    )
