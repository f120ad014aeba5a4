"""From parser events to plain data, by the core schema of YAML 1.2 (section 10.3), noting what is wrong on the way.

Names are text whatever they look like: the keys 7, on and 0x10 are the strings "7", "on" and "0x10". Values are
resolved: 0x10 is 16, and 12:34:56:12:34:56 and on are text, as YAML 1.2 has no numbers to the base of 60 and knows no
truth values but true and false. Aliases are followed within bounds; merge keys are YAML 1.1 and refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import field
from typing import Any, NamedTuple

from ruamel.yaml import events

from dovetool.values import dataclass
from dovetool.vnid_map.file.problems import Path, quoted

MAX_DEPTH = 32
"""Levels of nesting; a map needs 6."""
MAX_ALIASED = 1_000_000
"""Values that aliases may stand for, all together."""

_TAG = "tag:yaml.org,2002:"
_NUMBER_STARTS = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?[0-9]{1,40}|0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TYPES: dict[str, tuple[type, ...]] = {
    f"{_TAG}int": (int,),
    f"{_TAG}float": (float, int),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
}


class Spot(NamedTuple):
    """A place in the text, line and column from 1."""

    line: int
    column: int


class Remark(NamedTuple):
    """A mistake whose place is known."""

    spot: Spot
    text: str


class SourcePlace(NamedTuple):
    """Where a key and its value stand: in a list, the value twice; where a key has no value, the key."""

    key: Spot
    value: Spot


class StopError(Exception):
    """The text cannot be read any further; holds the remark that says why."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.text)
        self.remark = remark


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read.

    Attributes:
        value: what has been read of it.
        key: of a mapping, the key whose value comes next; of a list, the index.
        key_event: where that key stands; None: a key comes next (or there are none).
        keep: False for the value behind a key that was there before.
        size: values in it, those behind aliases included.
    """

    value: dict[str | int, Any] | list[Any]
    anchor: str | None
    key: str | int = 0
    key_event: events.Event | None = None
    keep: bool = True
    size: int = 1


def resolve(text: str) -> str | int | float | bool | None:
    """Return what a plain scalar stands for in the core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _INT.fullmatch(text):
        return int(text, 0 if text[:2] in {"0x", "0o"} else 10)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


@dataclass(slots=True)
class Composer:
    """Builds the data of one document, with a stack instead of recursion.

    Attributes:
        wanted: paths whose places are noted in `places`; an alias hides what is behind it.
        restore: turns a scalar's text into what stands in the file.
        remarks: mistakes so far.
    """

    wanted: Collection[Path] = ()
    restore: Callable[[str], str] | None = None
    remarks: list[Remark] = field(default_factory=list)
    places: dict[Path, SourcePlace] = field(default_factory=dict)
    data: Any = None
    _stack: list[_Open] = field(default_factory=list)
    _anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    _aliased: int = 0
    _documents: int = 0

    def read(self, stream: Iterable[events.Event]) -> None:
        """Read all events.

        Raises:
            StopError: no use in going on: too deep, too much behind aliases, or a second document.
        """
        take: dict[type[events.Event], Callable[[Any], None]] = {
            events.ScalarEvent: self._scalar,
            events.MappingStartEvent: self._start,
            events.SequenceStartEvent: self._start,
            events.MappingEndEvent: self._end,
            events.SequenceEndEvent: self._end,
            events.AliasEvent: self._alias,
            events.DocumentStartEvent: self._document,
        }
        for event in stream:
            handle = take.get(type(event))
            if handle is not None:
                handle(event)

    def _remark(self, event: events.Event, text: str) -> None:
        self.remarks.append(Remark(spot_of(event), text))

    def _stop(self, event: events.Event, text: str) -> StopError:
        return StopError(Remark(spot_of(event), text))

    def _document(self, event: events.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._stop(event, "found a second document; expected the end of the file")
        if event.version not in {None, (1, 2)}:
            version = ".".join(map(str, event.version))
            self._remark(event, f"found YAML {version}; expected YAML 1.2 (leave the %YAML line out)")

    def _scalar(self, event: events.ScalarEvent) -> None:
        text = event.value if self.restore is None else self.restore(event.value)
        top = self._stack[-1] if self._stack else None
        if top is not None and top.key_event is None and isinstance(top.value, dict):
            self._key(event, text, top)
            return
        value: object = text
        if event.ctag is not None:
            value = self._tagged(event, text)
        elif event.implicit[0]:
            value = resolve(text)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        self._attach(event, value, 1)

    def _key(self, event: events.ScalarEvent, text: str, top: _Open) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = (text, 1)
        if text == "<<" and event.implicit[0]:
            self._remark(event, "found a merge key <<; expected a name (YAML 1.2 has no merge keys: write it out)")
        top.keep = text not in top.value
        if not top.keep:
            self._remark(event, f"found the key {quoted(text)} a second time; expected each key once")
        top.key, top.key_event = text, event

    def _tagged(self, event: events.ScalarEvent, text: str) -> object:
        tag = str(event.tag)
        if tag in {"!", f"{_TAG}str"}:
            return text
        value = resolve(text)
        if tag not in _TYPES:
            self._remark(event, f"found the tag {quoted(tag)}; expected a value without a tag")
        elif not isinstance(value, _TYPES[tag]):
            self._remark(event, f"found {quoted(text)}; expected a value that fits its tag !!{tag[len(_TAG) :]}")
        return value

    def _start(self, event: events.CollectionStartEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise self._stop(event, f"found more than {MAX_DEPTH} levels of nesting; expected a map, which has few")
        mapping = type(event) is events.MappingStartEvent
        if event.tag is not None and str(event.tag) not in {"!", f"{_TAG}map" if mapping else f"{_TAG}seq"}:
            self._remark(event, f"found the tag {quoted(str(event.tag))}; expected a value without a tag")
        if self._stack and self._stack[-1].key_event is None and isinstance(self._stack[-1].value, dict):
            raise self._stop(event, f"found {'a mapping' if mapping else 'a list'} as a key; expected a name")
        value: dict[str | int, Any] | list[Any] = {} if mapping else []
        self._attach(event, value, 0)
        self._stack.append(_Open(value, event.anchor))

    def _end(self, _event: events.Event) -> None:
        done = self._stack.pop()
        if done.anchor is not None:
            self._anchors[done.anchor] = (done.value, done.size)
        if self._stack:
            self._stack[-1].size += done.size

    def _alias(self, event: events.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise self._stop(
                event, f"found the alias {quoted(event.anchor)}; expected an anchor &{event.anchor} before"
            )
        value, size = self._anchors[event.anchor]
        self._aliased += size
        if self._aliased > MAX_ALIASED:
            raise self._stop(event, f"found aliases for more than {MAX_ALIASED:,} values; expected a map without them")
        top = self._stack[-1]
        if top.key_event is None and isinstance(top.value, dict):
            raise self._stop(event, "found an alias as a key; expected a name")
        self._attach(event, value, size)

    def _attach(self, event: events.Event, value: object, size: int) -> None:
        """Put a value where it belongs; a container adds its size when it ends."""
        if not self._stack:
            self.data = value
            self._note(event, event)
            return
        top = self._stack[-1]
        top.size += size
        if isinstance(top.value, list):
            top.key = len(top.value)
            top.value.append(value)
        elif top.keep:
            top.value[top.key] = value
        if self.wanted:
            self._note(event, top.key_event or event)
        top.key_event = None

    def _note(self, event: events.Event, key_event: events.Event) -> None:
        path = tuple(each.key for each in self._stack)
        if path in self.wanted:
            absent = type(event) is events.ScalarEvent and event.value == "" and event.implicit[0]
            self.places.setdefault(path, SourcePlace(spot_of(key_event), spot_of(key_event if absent else event)))


def spot_of(event: events.Event) -> Spot:
    """Return where an event begins."""
    return Spot(event.start_mark.line + 1, event.start_mark.column + 1)
