"""Tables of a page: plain ones, which the page's script lets sort, filter and cut short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dovetool.pictures.html import Html, element, joined

_FEW = 12
"""Rows that need no filter."""


class Column(NamedTuple):
    """A column: its head, and whether it holds numbers."""

    head: str
    is_number: bool = False
    hint: str = ""


def words(*heads: str) -> list[Column]:
    """Columns of text."""
    return [Column(head) for head in heads]


def numbers(*heads: str) -> list[Column]:
    """Columns of numbers."""
    return [Column(head, is_number=True) for head in heads]


class Cell(NamedTuple):
    """What is shown, and what it is sorted by."""

    shown: object
    value: float | int | str


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], others: str = "") -> Html:
    """A table; `others` is a line about what is not in it."""
    body = [element("tr", *map(_cell, columns, row)) for row in rows]
    if not body:
        return Html("")
    heads = [
        element("th", column.head, scope="col", class_="n" if column.is_number else None, title=column.hint or None)
        for column in columns
    ]
    whole = element("table", element("thead", element("tr", *heads)), element("tbody", *body), aria_label=caption)
    wide = element("div", whole, class_="scroll", tabindex="0", role="group", aria_label=caption)
    note = element("p", others, class_="note") if others else ""
    title = element("div", element("h4", caption), class_="title")
    return element("div", title, wide, note, class_="table", data_filter=len(body) > _FEW)


def _cell(column: Column, content: object) -> Html:
    shown, value = content if isinstance(content, Cell) else (content, None)
    return element("td", shown, class_="n" if column.is_number else None, data_v=value)


def terms(pairs: Iterable[tuple[str, object, object]]) -> Html:
    """Single facts: what, how much, and a line below it."""
    facts = (
        element("div", element("dt", what), element("dd", shown, element("small", *([more] if more else []))))
        for what, shown, more in pairs
    )
    return element("dl", joined(*facts), class_="facts")
