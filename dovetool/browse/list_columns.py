"""What the columns of the list of frames say: those of the catalogue, and those that only people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from dovetool.analysis.columns import FrameTable, cells_of
from dovetool.analysis.indexed.row_filter import value_text
from dovetool.observe.catalogue import COLUMNS, Kind
from dovetool.values import dataclass
from dovetool.views.frames.list_cells import (
    DESTINATION,
    ENCAP,
    FROM,
    INFO,
    NETWORK,
    PROTOCOL,
    SOURCE,
    TO,
    VERDICT,
    VNID,
    LookCells,
)
from dovetool.views.numbers import seconds_text
from dovetool.views.plain import printable


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of the list.

    Attributes:
        name: what it is called by.
        head: what stands over it.
        is_number: it is set to the right.
        spare: where room is short, columns with a higher number are left out first; 0 stays.
        told: what it says.
    """

    name: str
    head: str
    is_number: bool = False
    spare: int = 0
    told: str = ""


_OWN = (
    ListColumn("since", "Time", is_number=True, told="seconds since the first frame"),
    ListColumn("from", "From", spare=2, told="where the outermost tunnel comes from, by name or address"),
    ListColumn("to", "To", spare=2, told="where it goes to"),
    ListColumn("encap", "Encap", spare=3, told="overlay headers and tags, the outermost first"),
    ListColumn("vnid_path", "VNID", is_number=True, told="their networks"),
    ListColumn("networks", "Network", spare=4, told="the names of these"),
    ListColumn("source", "Source", told="who sends the innermost frame, by name or address"),
    ListColumn("destination", "Destination", told="who gets it"),
    ListColumn("kind", "Protocol", told="what it carries"),
    ListColumn("info", "Info", spare=1, told="what else there is to say about it"),
    ListColumn("first_problem", "Verdict", told="what is wrong with it by the map, and how much more"),
)
_HEADS = {
    "number": ListColumn("number", "No.", is_number=True),
    "hop": ListColumn("hop", "Hop", spare=6),
    "length": ListColumn("length", "Length", is_number=True, spare=5),
}
OWN: Mapping[str, ListColumn] = {column.name: column for column in _OWN}
"""Columns that the list has besides those of the catalogue."""
USUAL = (
    *("number", "since", "hop", "from", "to", "encap", "vnid_path", "networks", "source", "destination", "kind"),
    *("length", "info", "first_problem"),
)
"""The columns of a list for which nobody chose any: those of `inspect`."""
ONLY_WITH_MAP = frozenset({"networks", "first_problem"})
_CELL = {
    "from": FROM,
    "to": TO,
    "encap": ENCAP,
    "vnid_path": VNID,
    "networks": NETWORK,
    "source": SOURCE,
    "destination": DESTINATION,
    "kind": PROTOCOL,
    "info": INFO,
    "first_problem": VERDICT,
}
_OF_EACH = frozenset({FROM, TO, SOURCE, DESTINATION})


def column_of(name: str) -> ListColumn:
    """A column by its name."""
    if name in OWN:
        return OWN[name]
    column = COLUMNS[name]
    return _HEADS.get(name, ListColumn(name, name, is_number=column.kind is Kind.NUMBER, told=column.told))


@dataclass(slots=True)
class ListedFrames:
    """Frames whose columns are asked for.

    Attributes:
        frames: the frames.
        looks: the cells of each of their looks, by its number.
        start_ns: time of the first frame of the capture.
    """

    frames: FrameTable
    looks: Sequence[LookCells]
    start_ns: int
    _ends: dict[int, list[str]] = field(default_factory=dict)

    def texts(self, name: str) -> list[str]:
        """What the frames have in a column."""
        if name == "since":
            return [seconds_text(ts_ns - self.start_ns, 6) for ts_ns in self.frames.found.batch.exact_times()]
        if name not in OWN:
            return cells_of(name, self.frames).mapped(lambda value: printable(value_text(name, value)))
        at, numbers = _CELL[name], self.frames.entries.tolist()
        if name == "info":
            octets = self.frames.found.frames()
            return [self.looks[number].info.text(frame) for number, frame in zip(numbers, octets, strict=True)]
        if at not in _OF_EACH:
            return [self.looks[number].shared[at] for number in numbers]
        if not self._ends:
            self._find_ends()
        return self._ends[at]

    def _find_ends(self) -> None:
        """Who sends each frame to whom."""
        numbers = self.frames.entries.tolist()
        self._ends = {at: [""] * len(numbers) for at in _OF_EACH}
        for alike in self.frames.found.alike():
            for at, texts in self.looks[numbers[alike.rows[0]]].own(alike.located).items():
                for row, text in zip(alike.rows, texts, strict=True):
                    self._ends[at][row] = text
