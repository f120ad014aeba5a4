"""Plain data to YAML 1.2 that reads like a map written by hand: an entry a line where it fits, comments beside.

Only what can be nothing but a plain scalar stands bare, in YAML 1.1 too; all else is in double quotes, and every
character that cannot be seen is escaped. So no name becomes markup, and no comment ends its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from dovetool.vnid_map.file.problems import Path

_WIDTH = 120
_LONGEST_KEY = 1000
"""Characters of a key that may stand before a colon without a sign; YAML 1.2 section 7.4.2 says 1024."""
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_.+/-]*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?", re.ASCII)
_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"])
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

Value = Any
"""A mapping with texts and numbers as its keys, a list, a text, a number, a truth value or None; nested."""


class Notes:
    """Comments by the path of what they are about."""

    def __init__(self, notes: Mapping[Path, Sequence[str]]) -> None:
        self._own = notes
        self._below: dict[Path, list[Path]] = {}
        for path in notes:
            for length in range(len(path)):
                self._below.setdefault(path[:length], []).append(path)

    def own(self, path: Path) -> str:
        """What is to be said of a thing itself; empty: nothing."""
        return _comment(self._own.get(path, ()))

    def whole(self, path: Path) -> str:
        """What is to be said of a thing and of all that is in it."""
        said = list(self._own.get(path, ()))
        for inner in self._below.get(path, ()):
            where = " ".join(map(str, inner[len(path) :]))
            said += [f"{where}: {text}" for text in self._own[inner]]
        return _comment(said)


def entries(section: str, data: Iterable[tuple[str, Value]], notes: Notes) -> Iterator[str]:
    """Yield the lines of a section, whose entries stand below each other."""
    yield from _noted(f"{section}:", "", notes.own((section,)))
    for key, value in data:
        yield from _lines("  ", key_text(key), value, (section, key), notes)


def listed(section: str, values: Sequence[Value], notes: Notes) -> Iterator[str]:
    """Yield the lines of a section that is a list."""
    yield from _noted(f"{section}:", "", notes.own((section,)))
    for index, value in enumerate(values):
        yield from _noted(f"  - {flow(value)}", "  ", notes.whole((section, index)))


def single(key: str, value: Value, notes: Notes) -> Iterator[str]:
    """Yield the lines of a value at the top."""
    yield from _lines("", key, value, (key,), notes)


def comment_line(text: str) -> str:
    """A line that is a comment."""
    return f"# {_seen(text)}".rstrip()


def key_text(key: str | int) -> str:
    """A key as it stands before its colon."""
    if isinstance(key, int):
        return str(key)
    text = scalar(key)
    return text if len(text) <= _LONGEST_KEY else f"? {text}"


def flow(value: Value) -> str:
    """A value in one line."""
    if isinstance(value, str):
        return scalar(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join([f"{_inner_key(key)}: {flow(each)}" for key, each in value.items()]) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return str(value)
    return "[" + ", ".join([flow(each) for each in value]) + "]"


def scalar(text: str) -> str:
    """A text as YAML has it: bare where it can mean nothing else, else in quotes."""
    if _BARE.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{_seen(text, _ESCAPES)}"'


@lru_cache(maxsize=4096)
def _inner_key(key: str | int) -> str:
    text = key_text(key)
    return f"{text} " if text.startswith("? ") else text


def _lines(indent: str, key: str, value: Value, path: Path, notes: Notes) -> Iterator[str]:
    long_key = key.startswith("? ")
    start = f"{indent}{key}\n{indent}:" if long_key else f"{indent}{key}:"
    line = f"{start} {flow(value)}"
    if len(line) <= _WIDTH or not value or isinstance(value, str | int | float):
        yield from _noted(line, indent, notes.whole(path))
        return
    yield from _noted(start, indent, notes.own(path))
    deeper = indent + "  "
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from _lines(deeper, key_text(inner), each, (*path, inner), notes)
    else:
        for index, each in enumerate(value):
            yield from _noted(f"{deeper}- {flow(each)}", deeper, notes.whole((*path, index)))


def _noted(line: str, indent: str, comment: str) -> Iterator[str]:
    """Yield a line with its comment behind it, or before it where it gets too long."""
    if comment and len(line) + 2 + len(comment) <= _WIDTH and "\n" not in line:
        yield f"{line}  {comment}"
        return
    if comment:
        yield indent + comment
    yield line


def _comment(said: Sequence[str]) -> str:
    return comment_line("; ".join(said)) if said else ""


def _seen(text: str, escapes: Mapping[str, str] = {}) -> str:
    """The text without any character that cannot be seen, or that `escapes` names."""
    if text.isprintable() and not escapes:
        return text
    return "".join(escapes.get(each) or (each if each.isprintable() else _escaped(each)) for each in text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
