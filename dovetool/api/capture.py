"""An open capture: its frames, and what can be had of them."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import islice
from operator import index
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack
from weakref import WeakSet

from dovetool.api import asking, checks
from dovetool.api.frame import Frame
from dovetool.api.reading import Reading
from dovetool.api.selecting import Selecting, Selection, selection_of
from dovetool.api.shown import frames_sheet
from dovetool.errors import CorruptCaptureError, DovetoolError, UsageError
from dovetool.views.sheet import Sheet

if TYPE_CHECKING:
    from types import TracebackType

    import pandas
    import polars
    from rich.console import RenderableType

    from dovetool.analysis.arrow import RecordBatch, Table
    from dovetool.api.statistics import Statistics
    from dovetool.vnid_map import VnidMap

_FEW = 10
"""Frames that a notebook shows."""
_Item = TypeVar("_Item")

Running = WeakSet[Generator[Any, None, None]]


class Capture:
    """A capture; iterate over it to get its frames, as often as you like.

    A file object that cannot be rewound is read once. A capture whose file ends inside a record, or is damaged, gives
    all frames before that place, and then raises a CorruptCaptureError.

    >>> import dovetool
    >>> with dovetool.open("samples/demo/taps/3-underlay.pcapng", "samples/demo/map.yaml") as capture:
    ...     for frame in capture.select(vnid="blue", ip="10.1.0.11", frame="4-"):
    ...         print(frame.number, frame.network, frame.src_vm, frame.inner.src_ip, frame.overlays[0].dst_tep)
    4 blue blue-a 10.1.0.10 tep2
    5 blue blue-b 10.1.0.11 tep1
    """

    def __init__(self, reading: Reading, running: Running | None = None) -> None:
        """Internal: `dovetool.open` makes it, and `select`."""
        self._reading, self._running = reading, WeakSet() if running is None else running

    @property
    def name(self) -> str:
        """What it is called: its path, or that of its file object."""
        return self._reading.looking.inputs.name

    @property
    def vnid_map(self) -> VnidMap | None:
        """The map that gives names and verdicts."""
        return self._reading.looking.names.vnid_map

    def select(self, **chosen: Unpack[Selecting]) -> Capture:
        """The same capture, of which only some frames are seen.

        Args:
            **chosen: `frame` (17, "1-20,40-", [1, 5]), `from_` and `to` (a frame number, "+1.5" seconds after the first
                frame, or a time as "2026-01-01T00:00:10Z"), `vnid` (number or name), `encap`, `tep`, `mac`, `ip`
                (address or subnet), `vm`: as `dovetool inspect` has them, each a value or several. `filter`: a display
                filter of Wireshark's, for which tshark is asked. A keyword that was chosen by before is replaced.

        Raises:
            UsageError: a value is none of its kind, or the map has no such name.
        """
        more = selection_of(chosen)
        selection = self._reading.selection.narrowed(more)
        with asking.in_python():
            selection.window()
            selection.wanted(self._reading.looking.names)
        return Capture(replace(self._reading, selection=selection), self._running)

    def frame(self, number: int) -> Frame:
        """The frame of that number, from 1, whatever is selected.

        Raises:
            UsageError: there is none.
        """
        checks.checked(number=(number, 1, 1 << 62))
        everything = Capture(replace(self._reading, selection=Selection([str(index(number))])), self._running)
        found = next(iter(everything), None)
        if found is None:
            raise UsageError(f"frame({number}): {self.name} does not have so many frames")
        return found

    def __iter__(self) -> Iterator[Frame]:
        """The frames, in the order of the file."""
        return self._closing(self._reading.frames())

    def batches(
        self, columns: asking.Words | None = None, *, layers: bool = False, raw: bool = False
    ) -> Iterator[RecordBatch]:
        """The frames in columns.

        Args:
            columns: names of `dovetool.COLUMNS`, or Wireshark's for the same; `"all"`; None: those that
                `dovetool export` writes.
            layers: a row is an overlay header of a frame, not a frame; then there are `dovetool.LAYER_COLUMNS` too.
            raw: addresses are octets, not texts.

        Yields:
            A `pyarrow.RecordBatch` of n rows, one a frame, in order. All have one schema: `time` is a timestamp in ns,
            UTC; texts of which there are few are dictionary-encoded. What a column holds is in its field's metadata.

        Raises:
            MissingLibraryError: pyarrow is not installed.
            UsageError: there is no such column.
            CorruptCaptureError: the file is damaged; all frames before were handed out.
        """
        from dovetool.api.columns import Columns

        return self._closing(
            self._reading.in_columns(Columns.of(self._reading.looking.names, columns, layers=layers, raw=raw))
        )

    def to_arrow(self, columns: asking.Words | None = None, *, layers: bool = False, raw: bool = False) -> Table:
        """All frames as one `pyarrow.Table`; see `batches`.

        Raises:
            CorruptCaptureError: the file is damaged; `partial` is the table of the frames before.
        """
        from dovetool.api.columns import Columns

        made = Columns.of(self._reading.looking.names, columns, layers=layers, raw=raw)
        batches: list[RecordBatch] = []
        try:
            batches.extend(self._reading.in_columns(made))
        except CorruptCaptureError as error:
            error.partial = made.table(batches)
            raise
        return made.table(batches)

    def to_pandas(
        self, columns: asking.Words | None = None, *, layers: bool = False, raw: bool = False
    ) -> pandas.DataFrame:
        """All frames as a `pandas.DataFrame`; see `batches`.

        Raises:
            MissingLibraryError: pandas or pyarrow is not installed.
            CorruptCaptureError: the file is damaged; `partial` is a `pyarrow.Table` of the frames before.
        """
        from dovetool.api.data_frames import to_pandas

        return to_pandas(self.to_arrow(columns, layers=layers, raw=raw))

    def to_polars(
        self, columns: asking.Words | None = None, *, layers: bool = False, raw: bool = False
    ) -> polars.DataFrame:
        """All frames as a `polars.DataFrame`; see `batches`.

        Raises:
            MissingLibraryError: polars or pyarrow is not installed.
            CorruptCaptureError: the file is damaged; `partial` is a `pyarrow.Table` of the frames before.
        """
        from dovetool.api.data_frames import to_polars

        return to_polars(self.to_arrow(columns, layers=layers, raw=raw))

    def stats(
        self,
        by: asking.Words = "vnid",
        *,
        sort: str | None = None,
        top: int | None = None,
        interval: float | None = None,
    ) -> Statistics:
        """Sum up the traffic of the selected frames.

        Args:
            by: what by: vnid, encap, tep, pair, host, vm, conversation, time, a column, or several of these.
            sort: what groups are sorted by: octets, frames, overhead, first, last, key, or a part of the key.
            top: groups at most; None: all.
            interval: width of a bin of time in seconds, 0.001 at least.

        Returns:
            What `dovetool stats --json` prints.

        Raises:
            UsageError: a value is none of its kind.
            CorruptCaptureError: the file is damaged; `partial` has what was counted before.
        """
        from dovetool.api.statistics import statistics

        return statistics(self._reading, by, sort, top, interval)

    def reading(self) -> Reading:
        """Internal: what is read."""
        return self._reading

    def close(self) -> None:
        """End the iterations that were begun. A file object stays open: it is whose that opened it."""
        for each in list(self._running):
            each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _closing(self, items: Generator[_Item, None, None]) -> Iterator[_Item]:
        self._running.add(items)
        return items

    def __reduce__(self) -> str:
        raise TypeError(f"a Capture cannot be pickled or copied: it may be read just now; pass {self.name} on instead")

    def __repr__(self) -> str:
        chosen = ", ".join(f"{name}={value!r}" for name, value in self._reading.selection._asdict().items() if value)
        return f"<Capture {self.name}{chosen and ': '}{chosen}>"

    def _sheet(self) -> Sheet:
        if not self._reading.looking.inputs.can_be_read_twice:
            return Sheet(f"{self.name}: can be read once", (), ())
        frames, damage = list[Frame](), ""
        try:
            frames.extend(islice(self._reading.frames(), _FEW + 1))
        except DovetoolError as error:
            damage = str(error)
        more = "and more" if len(frames) > _FEW else ""
        return frames_sheet(repr(self)[1:-1], frames[:_FEW], tuple(filter(None, (more, damage))))

    def __rich__(self) -> RenderableType:
        return self._sheet().rich()

    def _repr_html_(self) -> str:
        return self._sheet().html()
