"""Frames on their way to a reader: as a list, in full, as a JSON array, or as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from typing import IO, TYPE_CHECKING, Protocol

from dovetool.analysis.found_frames import FoundFrames, SeenFrame
from dovetool.observe.dissection import Dissection
from dovetool.observe.names import Names
from dovetool.values import dataclass
from dovetool.views.frames.frame_record import frame_record, layers_record

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from dovetool.views.frames.packet_list import PacketList

Dissect = Callable[[Sequence[SeenFrame]], Iterable[Dissection]]
"""Takes frames apart."""


class Printer(Protocol):
    """Shows frames as they come."""

    def show(self, found: FoundFrames) -> None:
        """Show some more frames."""

    def end(self) -> None:
        """There are no more."""


@dataclass(slots=True)
class ListPrinter:
    """A line a frame."""

    output: IO[str]
    names: Names
    start_ns: Callable[[], int]
    width: int
    _list: PacketList | None = field(default=None)

    def show(self, found: FoundFrames) -> None:
        """Show some more frames; the first ones choose the columns."""
        if self._list is None:
            from dovetool.views.frames.packet_list import PacketList

            self._list = PacketList(self.names, self.start_ns(), self.width)
        self.output.write("".join(f"{line}\n" for line in self._list.lines(found)))

    def end(self) -> None:
        """Say so when there was nothing to show, or no room for a column."""
        if self._list is None:
            self.output.write("No frame fits.\n")
        elif self._list.left_out:
            self.output.write(f"left out: {', '.join(self._list.left_out)} (try COLUMNS=200)\n")


@dataclass(frozen=True, slots=True)
class DetailPrinter:
    """Every frame in full, and its octets; a blank line between two."""

    console: Console
    dissect: Dissect
    verbose: bool
    hexadecimal: bool

    def show(self, found: FoundFrames) -> None:
        """Show some more frames."""
        from rich.text import Text

        from dovetool.views.frames.frame_detail import detail, frame_title, hex_view

        frames = list(found)
        for frame, dissection in zip(frames, self.dissect(frames), strict=True):
            if self.verbose:
                self._print(detail(frame, dissection))
            else:
                self._print([Text(frame_title(frame), style="bold")])
            if self.hexadecimal:
                self._print(hex_view(frame.known.frame.octets, dissection))
            self._print([Text()])

    def _print(self, lines: Iterable[Text]) -> None:
        for line in lines:
            if self.console.is_terminal:
                self.console.print(line, soft_wrap=True)
            else:  # the console would take far longer to find out that there is nothing to colour
                self.console.file.write(f"{line.plain}\n")

    def end(self) -> None:
        """Nothing is left to say."""


@dataclass(slots=True)
class JsonPrinter:
    """JSON objects: one a line, or with `is_array` all of them in one array.

    Attributes:
        output: where they go.
        names: gives names.
        dissect: takes frames apart, for the objects to have layers; None: they have none.
        is_array: one array.
    """

    output: IO[str]
    names: Names
    dissect: Dissect | None
    is_array: bool
    _is_first: bool = True

    def show(self, found: FoundFrames) -> None:
        """Show some more frames."""
        frames = list(found)
        dissections = self.dissect(frames) if self.dissect is not None else [None] * len(frames)
        for frame, dissection in zip(frames, dissections, strict=True):
            record = frame_record(frame, self.names)
            if dissection is not None:
                record["layers"] = layers_record(dissection)
            before = ("[\n" if self._is_first else ",\n") if self.is_array else ""
            self.output.write(before + json.dumps(record, ensure_ascii=False) + ("" if self.is_array else "\n"))
            self._is_first = False

    def end(self) -> None:
        """Close the array."""
        if self.is_array:
            self.output.write("[]\n" if self._is_first else "\n]\n")
