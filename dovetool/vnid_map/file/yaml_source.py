"""YAML text -> parser events, as fast as can be done without being wrong.

ruamel.yaml's own parser knows YAML 1.2 and takes 20 microseconds a value. The C parser that it can use where one is
installed (ruamel.yaml.clib) is twenty times faster, and knows the grammar of YAML 1.1 alone. It never takes valid text
for something else here, with these differences, all dealt with:

- It refuses a colon inside a plain scalar of a flow collection, as in {until: 2026-01-01T00:00:10Z}. On a second try
  such colons are masked by a character that the text does not have; each scalar gets them back.
- It takes U+0085, U+2028 and U+2029 for line breaks, and an anchor's name to end before the first odd character. Text
  that may have one of these is left to ruamel.yaml's own parser.

What the C parser refuses is parsed again by the other one, which has the last word and writes the error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError

from dovetool.values import dataclass
from dovetool.vnid_map.file.compose import Composer, Remark, Spot, StopError, spot_of
from dovetool.vnid_map.file.problems import Path, quoted

_UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")  # section 5.1
_NOT_FOR_C = re.compile(r"[\x85\u2028\u2029]|[&*](?![0-9A-Za-z_-]*(?:[\s,\]}]|\Z))")
_INNER_COLON = re.compile("(?<=[0-9A-Za-z:]):(?=[0-9A-Za-z:])")
_MASKS = ("\ue03a", "\ue13a", "\uf03a")  # of the private use area; neither they nor their escapes may be in a text

_HAS_C = YAML(typ="safe").Parser is not YAML(typ="safe", pure=True).Parser


class _RefusedError(Exception):
    """A parser refuses the text; holds the remark that says why."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.text)
        self.remark = remark


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to parse a text: masked or not, by C or not."""

    text: str
    pure: bool
    restore: Callable[[str], str] | None = None


def compose(text: str, wanted: Collection[Path] = ()) -> Composer:
    """Read YAML.

    Args:
        text: one document.
        wanted: paths whose places to note.

    Raises:
        StopError: it is not YAML, or too much of it; holds the place.
    """
    bad = _UNPRINTABLE.search(text)
    if bad:
        line, column = text.count("\n", 0, bad.start()) + 1, bad.start() - text.rfind("\n", 0, bad.start())
        raise StopError(Remark(Spot(line, column), f"found the character {quoted(bad[0])}; expected text"))
    for way in _ways(text):
        composer = Composer(wanted, way.restore)
        try:
            composer.read(_events(way))
        except _RefusedError as refused:
            if way.pure:
                raise StopError(refused.remark) from None
        else:
            return composer
    raise AssertionError("the last way is pure")


def _ways(text: str) -> Iterator[_Way]:
    """Yield the ways to parse a text, fastest first, the authoritative one last."""
    if _HAS_C and not _NOT_FOR_C.search(text):
        yield _Way(text, pure=False)
        mask = next((mask for mask in _MASKS if mask not in text and f"{ord(mask):04x}" not in text.lower()), None)
        if mask is not None:
            yield _Way(_INNER_COLON.sub(mask, text), pure=False, restore=lambda scalar: scalar.replace(mask, ":"))
    yield _Way(text, pure=True)


def _events(way: _Way) -> Iterator[events.Event]:
    """Yield the events of the text.

    Raises:
        _RefusedError: it is not YAML.
    """
    spot = Spot(1, 1)
    try:
        for event in YAML(typ="safe", pure=way.pure).parse(way.text):
            spot = spot_of(event)
            yield event
    except Exception as error:  # ruamel.yaml has no one class for what is wrong with a text: some are AssertionErrors
        raise _RefusedError(_remark_of(error, spot)) from error


def _remark_of(error: Exception, last: Spot) -> Remark:
    """Say what the parser said, at the place it named, or else at the last event before."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Remark(last, f"not YAML: {error}; expected YAML 1.2 or JSON")
    spot = Spot(error.problem_mark.line + 1, error.problem_mark.column + 1)
    since = f", {error.context}" if error.context else ""
    if error.context_mark is not None and error.context_mark.line + 1 != spot.line:
        since += f" that begins in line {error.context_mark.line + 1}"
    hint = " (a tab? use spaces)" if "\\t" in str(error.problem) else ""
    return Remark(spot, f"not YAML: {error.problem}{since}; expected YAML 1.2 or JSON{hint}")
