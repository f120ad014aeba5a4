"""JSON text -> plain data by the json module; where something is wrong, also parser events, to learn where.

The json module is the fastest way and gives no positions. The events are the ones of YAML, so that one composer finds
the places and the duplicate keys of both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ruamel.yaml import events

from dovetool.values import dataclass
from dovetool.vnid_map.file.compose import Remark, Spot, StopError, resolve

_TOKEN = re.compile(r'([{}\[\]])|("(?:[^"\\]|\\.)*")|([^\s{}\[\],:"]+)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place as events have it: line and column from 0."""

    line: int
    column: int


def parse(text: str) -> object:
    """Read JSON; None where its events have to tell more: a key stands twice, or it is nested too deep.

    Raises:
        StopError: it is not JSON; holds the place.
    """
    duplicates = False

    def mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal duplicates
        result = dict(pairs)
        duplicates |= len(result) != len(pairs)
        return result

    try:
        data: object = json.loads(text, object_pairs_hook=mapping, parse_int=resolve, parse_constant=resolve)
    except json.JSONDecodeError as error:
        spot = Spot(error.lineno, error.colno)
        raise StopError(Remark(spot, f"not JSON: {error.msg}; expected JSON or YAML 1.2")) from None
    except RecursionError:
        return None
    return None if duplicates else data


def tokens(text: str) -> Iterator[events.Event]:
    """Yield the events of JSON text that `parse` took, or would but for duplicate keys and deep nesting."""
    line, line_start = 0, 0
    for match in _TOKEN.finditer(text):
        start = match.start()
        newlines = text.count("\n", line_start, start)
        if newlines:
            line, line_start = line + newlines, text.rfind("\n", line_start, start) + 1
        yield _event(match, _Mark(line, start - line_start))


def _event(match: re.Match[str], mark: _Mark) -> events.Event:
    bracket, string, literal = match.groups()
    if bracket == "{":
        return events.MappingStartEvent(None, None, implicit=True, start_mark=mark, end_mark=mark)
    if bracket == "[":
        return events.SequenceStartEvent(None, None, implicit=True, start_mark=mark, end_mark=mark)
    if bracket == "}":
        return events.MappingEndEvent(mark, mark)
    if bracket == "]":
        return events.SequenceEndEvent(mark, mark)
    plain = string is None
    value = literal if plain else json.loads(string, strict=False)
    return events.ScalarEvent(None, None, (plain, not plain), value, mark, mark)
