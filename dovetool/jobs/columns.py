"""Columns as words name them."""

from __future__ import annotations

from collections.abc import Iterable

from dovetool.errors import UsageError
from dovetool.jobs.known_names import did_you_mean

_EVERY = "all"
"""Stands for all columns."""
_INFO = ("info", "_ws.col.info")
"""What Wireshark calls the text about a frame."""


def column_named(word: str, option: str = "-e", others: tuple[str, ...] = (), *, by_layer: bool = False) -> str:
    """The column that a word names, by our name or by Wireshark's; `others` are what else it might have meant.

    Raises:
        UsageError: there is none, or there are several; or it is of overlay headers, and not asked for `by_layer`.
    """
    from dovetool.observe.catalogue import COLUMNS, LAYER_COLUMNS, named

    if word in LAYER_COLUMNS:
        if by_layer:
            return word
        raise UsageError(f"{option} {word}: is about one overlay header; dovetool export --layers has a row for each")
    found = named(word)
    if len(found) > 1:
        raise UsageError(f"{option} {word}: is Wireshark's name of {' and '.join(found)}; say which")
    if word.casefold() in _INFO:
        raise UsageError(f"{option} {word}: is no column, but what `inspect` shows as Info, and its JSON as info")
    if not found:
        known = (*others, *COLUMNS, *(LAYER_COLUMNS if by_layer else ()))
        raise UsageError(f"{option} {word}: there is no such column; -e help lists them{did_you_mean(word, known)}")
    return found[0]


def columns_named(words: Iterable[str], option: str = "-e", *, by_layer: bool = False) -> tuple[str, ...]:
    """The columns that words name, each once; a word may name several with commas between them, or `all` of them.

    Raises:
        UsageError: as `column_named`.
    """
    from dovetool.observe.catalogue import COLUMNS, LAYER_COLUMNS

    every = (*COLUMNS, *(LAYER_COLUMNS if by_layer else ()))
    chosen: list[str] = []
    for part in (part.strip() for word in words for part in word.split(",")):
        chosen += every if part == _EVERY else [column_named(part, option, (_EVERY,), by_layer=by_layer)]
    return tuple(dict.fromkeys(chosen))
