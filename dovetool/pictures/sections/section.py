"""What sections are made of."""

from __future__ import annotations

from dovetool.pictures.html import Html, element, joined, name
from dovetool.pictures.picture import Picture
from dovetool.pictures.table import Cell
from dovetool.pictures.words import moment, number
from dovetool.portrait.labels import End
from dovetool.portrait.traffic import Traffic

_DAY = 86_400 * 10**9


def section(key: str, title: str, *parts: object) -> Html:
    """A section with its heading."""
    heading = element("h2", title, id=f"{key}-title")
    return element("section", heading, *parts, id=key, aria_labelledby=f"{key}-title")


def figure(picture: Picture | None, choice: str = "") -> Html:
    """A picture, what it says in words, and what it may be about instead."""
    if picture is None:
        return Html("")
    chooser = Html("")
    if len(picture.choices) > 1:
        options = (element("option", label, value=place) for place, label in enumerate(picture.choices))
        select = element("select", *options, data_picture=picture.name)
        chooser = element("label", f"{choice} ", select, class_="choice")
    drawn = element("div", class_="picture", id=f"picture-{picture.name}", data_picture=picture.name)
    return element("figure", chooser, drawn, element("figcaption", picture.told))


def paragraph(*words: object) -> Html:
    """A paragraph of text."""
    return element("p", *words)


def end_cell(end: End) -> Cell:
    """An end with its addresses."""
    addresses = [each for each in (end.address if end.name else "", end.ip) if each]
    small = element("small", " ".join(addresses)) if addresses else ""
    return Cell(joined(name(end.label), " " if small else "", small), end.label)


def time_cell(ts_ns: int, traffic: Traffic) -> Cell:
    """A time of a capture; without its day where all of it is of one."""
    whole = moment(ts_ns)
    is_one_day = traffic.first_ns // _DAY == traffic.last_ns // _DAY
    return Cell(element("time", whole.partition(" ")[2] if is_one_day else whole, title=whole), whole)


def number_cell(count: int) -> Cell:
    """A whole number."""
    return Cell(number(count), count)
