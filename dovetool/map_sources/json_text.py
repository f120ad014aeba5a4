"""JSON as programs print it: warnings before it, several values after each other, in UTF-8 or UTF-16."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from dovetool.errors import MapSourceError

_SKIPPED = re.compile(r"(?:\s+|^%[^\n]*)+", re.MULTILINE)
"""Space, and lines that begin with `%`: vtysh writes its complaints so."""
_BEGINS_JSON = re.compile(r"\{\s*(?:[\"}]|\Z)|\[\s*(?:[\[{\"\]]|-?[0-9][0-9.eE+-]*\s*[,\]]|\Z)")
_MOST_DIGITS = 40
_IS_TABLE = '"headings":['
"""What tables of OVSDB databases have. Most of their columns are empty sets (RFC 7047 section 5.1), which take three
times the memory of all else; their text cannot be part of a string, where quotes are escaped."""


def decoded(octets: bytes) -> str | None:
    """The text of a file in UTF-8, or in UTF-16 with its mark, as PowerShell writes it; None: it is no text."""
    encoding = "utf-16" if octets[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = octets.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def begins_json(text: str, *, in_earnest: bool) -> bool:
    """Say whether a text is meant as JSON: an object or a list.

    Args:
        text: a text.
        in_earnest: any text that begins with a bracket is; else not a heading in brackets, as in other files.
    """
    start = _behind_space(text, 0)
    return text[start : start + 1] in {"{", "["} if in_earnest else _BEGINS_JSON.match(text, start) is not None


def is_empty(text: str) -> bool:
    """Say whether a text has nothing but space and warnings: the command whose output it is has failed.

    `ip` and `bridge` may have written the bracket of their list before they found out.
    """
    start = _behind_space(text, 0)
    return text[start:].rstrip() in {"", "["}


def values(text: str, file: str, reduce: Callable[[dict[str, Any]], object] | None = None) -> Iterator[Any]:
    """Return the JSON values of a text, one after the other; null stands for empty sets of a database table.

    Args:
        text: the text.
        file: its name, for errors.
        reduce: what to keep of each object in them, the inner ones first; None: all.

    Raises:
        MapSourceError: it is not JSON; names line and column.
    """
    if _IS_TABLE in text:
        slim = text.replace('["set",[]]', "null").replace('["map",[]]', "null")
        with suppress(MapSourceError):  # it is told below, with its place in the file itself
            return iter(list(_values(slim, file, reduce)))
    return _values(text, file, reduce)


def _values(text: str, file: str, reduce: Callable[[dict[str, Any]], object] | None) -> Iterator[Any]:
    decode = json.JSONDecoder(object_hook=reduce, parse_int=_whole_number).raw_decode
    at = 0
    while True:
        at = _behind_space(text, at)
        if at == len(text):
            return
        try:
            value, at = decode(text, at)
        except json.JSONDecodeError as error:
            raise MapSourceError(file, _place(error), f"not JSON: {error.msg}{_ending(text, error)}") from None
        except RecursionError:
            raise MapSourceError(file, "", "nested too deep; expected JSON of a few levels") from None
        yield value


def _behind_space(text: str, at: int) -> int:
    skipped = _SKIPPED.match(text, at)
    return skipped.end() if skipped else at


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _place(error: json.JSONDecodeError) -> str:
    return f"line {error.lineno}, column {error.colno}"


def _ending(text: str, error: json.JSONDecodeError) -> str:
    """A hint where the text breaks off: the output was cut."""
    return " (the file ends there: was it cut?)" if not text[error.pos :].strip() else ""
