"""A line that chooses frames, as the browser's filter bar takes it: our options, columns, or a display filter."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command

from dovetool.cli import selection, window
from dovetool.errors import DovetoolError, UsageError
from dovetool.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dovetool.analysis.indexed import IndexedCapture
    from dovetool.analysis.indexed.row_filter import Between, End, RowFilter, Term
    from dovetool.jobs.looking import Looking

_PORT = r"(?::(?P<port{}>[0-9]{{1,5}}))?"
_END = re.compile(rf"\[(?P<ip6>[^\]]+)\]{_PORT.format(6)}|(?P<ip4>[^:]+){_PORT.format(4)}|(?P<other>.+)")
_app = typer.Typer(add_completion=False, rich_markup_mode=None)


@dataclass(frozen=True, slots=True)
class _Words:
    """What the words of a line say, one by one."""

    terms: list[str]
    window: tuple[list[str] | None, str | None, str | None]
    chosen: tuple[list[str] | None, ...]
    display_filter: str | None


@_app.command(context_settings={"help_option_names": []})
def _words(
    terms: Annotated[list[str] | None, typer.Argument(metavar="COLUMN=VALUE")] = None,
    frame: window.Frames = None,
    display_filter: selection.Filter = None,
    first: window.First = None,
    last: window.Last = None,
    vnid: selection.Vnids = None,
    vm: selection.Vms = None,
    tep: selection.Teps = None,
    mac: selection.Macs = None,
    ip: selection.Ips = None,
    encap: selection.Encaps = None,
) -> _Words:
    return _Words(terms or [], (frame, first, last), (vnid, encap, tep, mac, ip, vm), display_filter)


@dataclass(frozen=True, slots=True)
class FilterLine:
    """What a line asks for, once it was understood.

    Attributes:
        looking: the capture.
        words: what the line says.
        terms: what it asks of columns.
        decode_as: ports that tshark has to know.
    """

    looking: Looking
    words: _Words
    terms: tuple[Term, ...]
    decode_as: Sequence[str]

    @classmethod
    def of(cls, line: str, looking: Looking, decode_as: Sequence[str]) -> FilterLine:
        """Understand a line.

        Raises:
            UsageError: there is no such option, column or value, or a name is not in the map.
        """
        from dovetool.jobs.selection import frame_filter
        from dovetool.jobs.window import window_of

        words = _understood(line)
        filter_line = cls(looking, words, tuple(map(_term, words.terms)), decode_as)
        window_of(*words.window)
        frame_filter(looking.names, *words.chosen)
        return filter_line

    def begin(self, capture: IndexedCapture) -> RowFilter:
        """A filter that begins at the first frame; a display filter has tshark read what is there of the capture.

        Raises:
            FilterError, ProgramError, CaptureError: as `filtered` of `asking_tshark`.
        """
        from dovetool.analysis.frame_selection import Picker
        from dovetool.analysis.frame_summary import Sight
        from dovetool.analysis.indexed.row_filter import RowFilter
        from dovetool.jobs.selection import frame_filter
        from dovetool.jobs.window import window_of
        from dovetool.observe.observe import Detail

        names = self.looking.names
        wanted = frame_filter(names, *self.words.chosen)
        picker = Picker(window_of(*self.words.window))
        if self.words.display_filter is not None:
            picker.pick_among(self._numbers(self.words.display_filter, capture))
        judge = self.looking.judge() if any("verdict" in word for word in self.words.terms) else None
        sight = Sight(self.looking.observe(wanted.detail, Detail.ALL), names, judge, wanted)
        return RowFilter(sight, picker, self.terms)

    def _numbers(self, text: str, capture: IndexedCapture) -> Iterator[int]:
        from dovetool.analysis.indexed.writing import as_file
        from dovetool.jobs.asking_tshark import numbers_chosen

        with as_file(capture) as path:
            yield from numbers_chosen(path, text, self.looking, self.decode_as, capture.kinds)


def _understood(line: str) -> _Words:
    """The words of a line; one that begins with neither an option nor a column is a display filter."""
    from dovetool.analysis.indexed.row_filter import is_display_filter

    if is_display_filter(line):
        return _Words([], (None, None, None), (None,) * 6, line)
    try:
        found = get_command(_app).main(shlex.split(line), prog_name="filter", standalone_mode=False)
    except DovetoolError:
        raise
    except Exception as error:
        told = getattr(error, "format_message", None)
        if told is None and not isinstance(error, ValueError):  # `shlex` tells of a quotation that does not end
            raise
        raise UsageError(told() if told is not None else str(error)) from error
    assert isinstance(found, _Words)  # noqa: S101  (that is what the command returns)
    return found


def _term(word: str) -> Term:
    from dovetool.analysis.indexed.row_filter import BETWEEN, ENDS, ColumnTerm, EitherTerm, term_parts
    from dovetool.jobs.columns import column_named

    parts = term_parts(word)
    if parts is None:
        name, equals, _ = word.partition("=")
        if equals:
            column_named(name.rstrip("!"), word)
        raise UsageError(f"{word}: expected an option, as --vnid 5001, or a column and a value, as ttl=64")
    name, is_negated, value = parts
    if name == BETWEEN:
        return _between(value, is_negated=is_negated)
    texts = frozenset(value.split(","))
    if name in ENDS:
        return EitherTerm(tuple(ColumnTerm(column, texts) for column in ENDS[name]), is_negated)
    return ColumnTerm(name, texts, is_negated)


def _between(text: str, *, is_negated: bool) -> Between:
    from dovetool.analysis.indexed.row_filter import Between

    ends = [end for end in map(_end, text.split(",")) if end is not None]
    if len(ends) != 2:
        raise UsageError(f"between={text}: expected two ends, as 10.0.0.1:1024,10.0.0.2:80 or [fd00::1]:80,[fd00::2]:1")
    return Between(ends[0], ends[1], is_negated)


def _end(text: str) -> End | None:
    from dovetool.analysis.indexed.row_filter import End

    match = _END.fullmatch(text)
    if match is None:
        return None
    port = match["port6"] or match["port4"]
    return End(match["ip6"] or match["ip4"] or match["other"], int(port) if port else None)
