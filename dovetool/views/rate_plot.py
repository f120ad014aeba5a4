"""Rates over time as lines of a picture, in the characters of a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from dovetool.values import dataclass
from dovetool.views.numbers import decimal_text, rate_unit
from dovetool.views.palette import REST, colour_of
from dovetool.views.paper import Paper
from dovetool.views.plain import cut
from dovetool.vnid_map.texts import time_text

_SECOND = 10**9
_MARKS = "+xo*~#%@"
"""What lines are drawn with where colours do not tell them apart; after the last the first comes again."""
_TO_ASCII = str.maketrans("─│┌┐└┘▁…", "-|++++_~")
_ABOVE = 1.001
"""The axis reaches so far above the highest rate."""
_LEAST_ROWS = 3
_OTHER_ROWS = 2
"""The title, and the line below."""
_LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the picture.

    Attributes:
        label: what it is of; data.
        amounts: octets or frames in each bin; one or more.
        is_rest: it is the sum of what has no line of its own.
    """

    label: str
    amounts: Sequence[int]
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class RatePlot:
    """Lines over the same time.

    Attributes:
        lines: one or more.
        width_ns: width of a bin.
        begin_ns: when the first bin begins, in ns since 1970.
        is_frames: the amounts are frames, not octets.
        by: what the lines stand for; empty where there is one for all.
    """

    lines: Sequence[Line]
    width_ns: int
    begin_ns: int
    is_frames: bool
    by: str

    def text(self, paper: Paper) -> str:
        """The picture, with a title above and the highest rate below; with ANSI sequences if there are colours."""
        plot = self._narrowed(2 * paper.width)
        per_second = _SECOND / plot.width_ns * (1 if self.is_frames else 8)
        highest = max(max(line.amounts) for line in plot.lines) * per_second
        scale, unit = rate_unit(highest, "frames/s" if self.is_frames else "bit/s")
        rates = [[amount * per_second / scale for amount in line.amounts] for line in plot.lines]
        each_s = decimal_text(plot.width_ns / _SECOND)
        title = f"{unit}{' by ' + self.by if self.by else ''}, mean of every {each_s} s, {plot._times()}"
        text = "\n".join(
            (cut(title, paper.width), plot._body(rates, unit, paper), cut(plot._highest(rates, unit), paper.width))
        )
        return text if paper.is_unicode else text.translate(_TO_ASCII)

    def _narrowed(self, most: int) -> RatePlot:
        """The same with at most so many bins; each is as many of these as it takes."""
        together = -(-len(self.lines[0].amounts) // most)
        if together == 1:
            return self
        starts = range(0, len(self.lines[0].amounts), together)
        lines = [
            replace(line, amounts=[sum(line.amounts[start : start + together]) for start in starts])
            for line in self.lines
        ]
        return replace(self, lines=lines, width_ns=self.width_ns * together)

    def _highest(self, rates: Sequence[list[float]], unit: str) -> str:
        """Words for the highest rate."""
        at = max(range(len(rates)), key=lambda each: max(rates[each]))
        place = rates[at].index(max(rates[at]))
        whose = f", {self.lines[at].label}" if self.by else ""
        moment = time_text(self.begin_ns + place * self.width_ns)
        return f"highest: {decimal_text(rates[at][place])} {unit} from {moment}{whose}"

    def _body(self, rates: Sequence[list[float]], unit: str, paper: Paper) -> str:
        """The lines, the axes and the legend, in the rows that title and last line leave."""
        least = self._drawn(rates, unit, paper, _LEAST_ROWS)
        around = least.count("\n") + 1 - _LEAST_ROWS
        rows = paper.height - _OTHER_ROWS - around
        return self._drawn(rates, unit, paper, rows) if rows > _LEAST_ROWS else least

    def _drawn(self, rates: Sequence[list[float]], unit: str, paper: Paper, rows: int) -> str:
        from uniplot import plot_to_string

        edges = self._edges(len(rates[0]))
        by_marks = not paper.is_unicode or (len(rates) > 1 and not paper.has_colours)
        labels = [cut(line.label, min(_LONGEST_LABEL, paper.width - 4)) for line in self.lines] if self.by else None
        colours = [REST if line.is_rest else colour_of(at) for at, line in enumerate(self.lines)]
        text: str = plot_to_string(
            [[rate for rate in each for _ in range(2)] for each in rates],
            [edges] * len(rates),
            lines=True,
            character_set="ascii" if by_marks else "block",
            force_ascii_characters=list(_MARKS),
            color=colours if paper.has_colours else False,
            legend_labels=labels,
            x_gridlines=[],
            x_min=edges[0],
            x_max=edges[-1],
            x_unit="" if self._tells_seconds else " s",
            y_min=0,
            y_max=max(map(max, rates)) * _ABOVE or 1,
            y_unit=f" {unit}",
            width=paper.width,
            height=rows,
            line_length_hard_cap=paper.width,
        )
        return text

    def _times(self) -> str:
        return "UTC" if self._tells_seconds else f"after {time_text(self.begin_ns)}"

    @property
    def _tells_seconds(self) -> bool:
        """Whole seconds tell the bins apart; the axis of moments knows no more."""
        return self.width_ns % _SECOND == 0

    def _edges(self, count: int) -> list[datetime] | list[float]:
        """Where each bin begins and ends, as moments in UTC, or in seconds after the first one begins."""
        edges = [edge * self.width_ns for bin_ in range(count) for edge in (bin_, bin_ + 1)]
        if self._tells_seconds:
            return [
                datetime.fromtimestamp((self.begin_ns + edge) // _SECOND, UTC).replace(tzinfo=None) for edge in edges
            ]
        return [edge / _SECOND for edge in edges]
