"""Markup that cannot be made by data: whatever is no `Html` is text, and is escaped."""

from __future__ import annotations

import html
import json

from dovetool.views.plain import printable

THIN = "\u202f"
"""A narrow space that does not break, between thousands."""


class Html(str):
    """Text that is markup."""

    __slots__ = ()


def text(words: object) -> Html:
    """Any text as such: control characters and those that change its direction become visible."""
    if isinstance(words, Html):
        return words
    return Html(html.escape(THIN.join(map(printable, str(words).split(THIN)))))


def element(tag: str, *children: object, **attributes: object) -> Html:
    """An element. Attributes that are None or False are left out, `class_` is `class`, `data_v` is `data-v`."""
    given = "".join(
        f" {name.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{text(value)}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{tag}{given}>{joined(*children)}</{tag}>")


def joined(*children: object) -> Html:
    """One after the other."""
    return Html("".join(map(text, children)))


def name(words: str) -> Html:
    """A name, which keeps its direction to itself."""
    return element("bdi", words) if words else Html("")


def embedded(value: object) -> Html:
    """JSON for a script element, which nothing in it can end."""
    return Html(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c").replace("-->", "--\\u003e"))
