"""Whatever is no markup is text."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from dovetool.pictures.html import THIN, Html, element, embedded, joined, name, text


class Read(HTMLParser):
    """What a parser sees: tags with attributes, and text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.words = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.words += data


@given(st.text(), st.text())
def test_text_stays_text(words: str, title: str) -> None:
    read = Read(element("p", words, title=title))
    ((tag, ((attribute, value),)),) = read.tags
    assert (tag, attribute) == ("p", "title")
    if words.isprintable():
        assert read.words == words
    if title.isprintable():
        assert value == title
    assert all(character.isprintable() or character == THIN for character in read.words)


def test_what_turns_text_around_becomes_visible() -> None:
    assert text("a\u202eb\x1b[31m\n") == "a\\u202eb\\x1b[31m\\n"
    assert name("<b>") == "<bdi>&lt;b&gt;</bdi>"
    assert joined("<", Html("<br>"), 1) == "&lt;<br>1"
    assert (
        element("input", class_="n", hidden=True, data_v=0, title=None) == '<input class="n" hidden data-v="0"></input>'
    )


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_nothing_ends_a_script(value: object) -> None:
    told = embedded(value)
    assert "<" not in told
    assert "-->" not in told
    assert json.loads(told) == value
