"""A batch: one block of octets, and columns that say where the frames lie in it and when they were seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.origin import Origin
from dovetool.errors import TimeRangeError
from dovetool.values import dataclass

Octets = NDArray[np.uint8]
Column = NDArray[np.int64]
Stamps = NDArray[np.uint64]

MOST_FRAMES = 1 << 16
"""Frames of a batch that is read."""
LAST_NS = (1 << 63) - 1
"""The last time that a column of nanoseconds can hold; the first is as long before 1970."""
_LONGEST_TICK_NS = 1_000_000_000
_UNTOLD = (
    "is before 1677 or after 2262, which 64 bits of nanoseconds cannot tell; "
    "dovetool inspect --frame N-M -w keeps other frames, and time --shift moves the times of all"
)
SLACK = 256
"""Octets of padding behind the last record of a block, so that a fixed-width read of any frame's head stays inside."""


@dataclass(frozen=True, slots=True)
class Interface:
    """Where frames were captured.

    Attributes:
        link_type: LINKTYPE_ value of the frames (https://www.tcpdump.org/linktypes.html).
        snaplen: most octets kept of a frame; 0 means no limit.
        name: interface name, empty where the file has none.
        options: the options of a pcapng Interface Description Block as they stand in the file, in its byte order.
        tenant: the virtual network that all its frames came in, where its description says so; -1 where none does.
    """

    link_type: int
    snaplen: int = 0
    name: str = ""
    options: bytes = b""
    tenant: int = -1


class Clock(Protocol):
    """How a container writes times: turns the raw stamps of a batch into nanoseconds and back."""

    def to_ns(self, stamps: Stamps, interface: Column) -> Column:
        """Raw stamps (n,) to nanoseconds since 1970 (n,); the first or last that fits where one does not."""

    def from_ns(self, ts_ns: Column, interface: Column) -> Stamps:
        """Nanoseconds since 1970 (n,) to raw stamps (n,); a TimeRangeError when one does not fit."""

    def exact_ns(self, stamp: int, interface: int) -> int:
        """A raw stamp in nanoseconds since 1970, whether that fits or not."""

    def with_twins(self, of: Iterable[int]) -> Self:
        """The clock for more interfaces, each with the time of the one whose twin it is."""


@dataclass(frozen=True, slots=True)
class Annex:
    """Per-packet options of a pcapng file, kept as they were read until the packet is written again.

    Attributes:
        octets: the block that holds the options.
        offset: (n,) where the options of frame i begin in `octets`.
        length: (n,) octets of its options, a multiple of 4; 0 for none.
        simple: (n,) True where the frame came in a Simple Packet Block, which has no time.
        little: byte order of the options.
    """

    octets: Octets
    offset: Column
    length: Column
    simple: NDArray[np.bool_]
    little: bool = True

    def take(self, rows: Column) -> Self:
        """The options of the frames `rows` (m,), in that order."""
        return replace(self, offset=self.offset[rows], length=self.length[rows], simple=self.simple[rows])


@dataclass(frozen=True, slots=True)
class Path:
    """What earlier stages found out about the way of n frames; -1 where they found nothing.

    Attributes:
        ingress: (n,) index of the switch port that the frame came in by.
        tep: (n,) index of the tunnel end point where it was last.
        origin: (n,) index of the tunnel end point that sent it there.
        local: (n,) 1 for a frame that does not leave its tunnel end point, else 0.
        frame: (n,) number of the frame that went into the first stage, from 0 on in order.
    """

    ingress: Column
    tep: Column
    origin: Column
    local: Column
    frame: Column

    def take(self, rows: Column) -> Self:
        """The ways of the frames `rows` (m,), in that order."""
        columns = (self.ingress, self.tep, self.origin, self.local, self.frame)
        ingress, tep, origin, local, frame = (each[rows] for each in columns)
        return replace(self, ingress=ingress, tep=tep, origin=origin, local=local, frame=frame)


class Framing(NamedTuple):
    """The octets that a container puts around a frame.

    Attributes:
        lead: octets of a record before the frame.
        pad: the frame is padded to a multiple of this.
        trail: octets behind the padding, and behind options where it has such.
        has_options: a record carries the options of its packet.
    """

    lead: int
    pad: int
    trail: int
    has_options: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """n frames of a capture, in file order.

    Attributes:
        octets: block that holds the frames, at least `SLACK` octets longer than its last frame's end.
        offset: (n,) where frame i begins in `octets`.
        caplen: (n,) octets of it that were captured.
        orig_len: (n,) octets it had on the wire.
        stamp: (n,) time as the container wrote it; `clock` reads it, `ts_ns` is the time in ns.
        interface: (n,) index into `interfaces`.
        interfaces: the interfaces of the section that the batch lies in.
        clock: reads and writes stamps.
        annex: per-packet options, for frames of a pcapng file.
        path: the way of the frames, when they go through several stages at once.
        first_number: number of the first frame, counted from 1 over the whole capture.
        had_fcs: (n,) True where a frame check sequence was taken off; None where none was, or where that is counted.
        origin: the files that the frames come from, and their numbers there; None where there is one alone.
        place: (n,) where its octets can be read again, for who keeps nothing else of it; None where nobody asked.
        framed_for: the framing whose records lie in `octets` one behind the other, so that a writer can fill in their
            headers where they are; None when the frames lie anyhow.
    """

    octets: Octets
    offset: Column
    caplen: Column
    orig_len: Column
    stamp: Stamps
    interface: Column
    interfaces: Sequence[Interface]
    clock: Clock
    annex: Annex | None = None
    path: Path | None = None
    first_number: int = 1
    had_fcs: NDArray[np.bool_] | None = None
    origin: Origin | None = None
    place: Column | None = None
    framed_for: Framing | None = None

    def __len__(self) -> int:
        return len(self.offset)

    @property
    def present(self) -> Column:
        """Indices of the interfaces that the frames came by, ascending; a section may have thousands, a batch few."""
        return self.by_interface[0]

    @property
    def by_interface(self) -> tuple[Column, Column]:
        """The same (k,), and which of them (n,) each frame came by."""
        return distinct(self.interface)

    @property
    def wire_len(self) -> Column:
        """(n,) octets of each frame on the wire: as many as were captured at least, whatever the file says."""
        longest: Column = np.maximum(self.orig_len, self.caplen)
        return longest

    @property
    def ts_ns(self) -> Column:
        """(n,) time of each frame in ns since 1970; the first or last that fits where it does not."""
        return self.clock.to_ns(self.stamp, self.interface)

    @property
    def told_ns(self) -> Column:
        """The same, for what shows times, or reckons with them.

        Raises:
            TimeRangeError: one does not fit.
        """
        ts_ns = self.ts_ns
        if not _surely_fit(ts_ns):
            unfit = next((time for time in self.exact_times() if abs(time) > LAST_NS), None)
            if unfit is not None:
                raise TimeRangeError(unfit, _UNTOLD)
        return ts_ns

    @property
    def fitting_ns(self) -> Column:
        """(m,) the same of those frames alone whose time fits."""
        ts_ns = self.ts_ns
        if _surely_fit(ts_ns):
            return ts_ns
        return ts_ns[[abs(time) <= LAST_NS for time in self.exact_times()]]

    def exact_times(self) -> Iterator[int]:
        """The time of each frame in ns since 1970, one by one, whether it fits or not."""
        ts_ns = self.ts_ns
        if _surely_fit(ts_ns):
            return iter(ts_ns.tolist())
        return map(self.clock.exact_ns, self.stamp.tolist(), self.interface.tolist())

    @property
    def link_types(self) -> set[int]:
        """The link types of the frames."""
        return {self.interfaces[index].link_type for index in self.present.tolist()}

    def take(self, rows: Column) -> Self:
        """The frames `rows` (m,), in that order; their octets are shared, not copied."""
        return replace(
            self,
            offset=self.offset[rows],
            caplen=self.caplen[rows],
            orig_len=self.orig_len[rows],
            stamp=self.stamp[rows],
            interface=self.interface[rows],
            annex=self.annex.take(rows) if self.annex is not None else None,
            path=self.path.take(rows) if self.path is not None else None,
            had_fcs=self.had_fcs[rows] if self.had_fcs is not None else None,
            origin=self.origin.take(rows) if self.origin is not None else None,
            place=self.place[rows] if self.place is not None else None,
            framed_for=None,
        )

    def first(self, count: int) -> Self:
        """The first frames, as many as that at most."""
        return self if count >= len(self) else self.take(np.arange(count))

    def frame(self, row: int) -> bytes:
        """The captured octets of one frame."""
        start = self.offset.item(row)
        return self.octets[start : start + self.caplen.item(row)].tobytes()


def _surely_fit(ts_ns: Column) -> bool:
    """Say whether all times are so far from the ends of what 64 bits can tell that none was moved there."""
    return bool((np.abs(ts_ns) <= LAST_NS - _LONGEST_TICK_NS).all())


def distinct(numbers: Column) -> tuple[Column, Column]:
    """The distinct ones (k,) of some numbers, ascending, and which of them (n,) each is: what it takes goes by n."""
    if not len(numbers):
        return numbers, numbers
    least, end = int(numbers.min()), int(numbers.max()) + 1
    if least + 1 == end:
        return np.full(1, least), np.zeros(len(numbers), np.int64)
    if end > 4 * len(numbers):
        found, which = np.unique(numbers, return_inverse=True)
        return found, which
    present = np.flatnonzero(np.bincount(numbers))
    places = np.zeros(end, np.int64)
    places[present] = np.arange(len(present))
    return present, places[numbers]


def columns_for(count: int, octets: int, least: int) -> Column:
    """Room for so many columns of the records, of `least` octets each, that a block of so many octets can have."""
    return np.empty((count, min(octets // least, MOST_FRAMES)), np.int64)


def trimmed(columns: Column, count: int) -> Column:
    """The columns of the records that there are; of few in much room, in room of their own."""
    records = columns[:, :count]
    return records.copy() if 4 * count < columns.shape[1] else records


@dataclass(frozen=True, slots=True)
class Passage:
    """A block of a pcapng file that holds no frame, on its way to the same place in the output.

    Attributes:
        kind: block type (0x0A0D0D0A for a section header, 1 for an interface description, ...).
        octets: the whole block as read, with both length fields.
        little: byte order of its section.
    """

    kind: int
    octets: bytes
    little: bool
