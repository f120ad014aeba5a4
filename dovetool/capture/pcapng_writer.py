"""Write a pcapng file: passages as they were read, batches as packet blocks whose headers are filled in all at once."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter

import numpy as np

from dovetool.capture.batch import Batch, Clock, Column, Interface, Passage, Stamps
from dovetool.capture.framing import Records, fitted, record_sizes
from dovetool.capture.pcap import MAX_CAPLEN, PcapFormat
from dovetool.capture.pcapng_blocks import (
    INTERFACE,
    PACKETS,
    SECTION,
    STATISTICS,
    UNKNOWN_LENGTH,
    emit_interface,
    emit_interface_options,
    emit_section,
    layout,
    parse_interface,
    renamed,
    timing_of,
)
from dovetool.capture.pcapng_clock import PcapngClock, Timing
from dovetool.capture.pcapng_fill import compacted, fill_packets, in_place, stay_simple
from dovetool.capture.target import Sink

_NANOSECONDS = 9


class PcapngWriter:
    """Writes sections, interfaces and packets.

    An interface that was passed on is known by its place in `Batch.interfaces`. What stands there in a batch and was
    not passed on, say the same interface with another link type, is described just before the first frame that needs
    it; equal ones are one.

    Attributes:
        sink: takes the octets; may be exchanged between two calls.
        rename: what an interface of that name is called in the file; None: as it is.
    """

    framing = PACKETS

    def __init__(self, sink: Sink, *, grows: bool = False, rename: Callable[[str], str] | None = None) -> None:
        self.sink = sink
        self.rename = rename
        self._grows = grows
        self._little: bool | None = None
        self._passed: list[tuple[Interface, int]] = []
        self._added: dict[Interface, int] = {}
        self._described: list[Interface] = []
        self._timings: list[Timing] = []

    def begin(self, little: bool | None = None) -> None:
        """Begin a section of our own, for a source that has none."""
        little = True if little is None else little
        self._enter(little)
        self.sink(emit_section(little=little))

    def _enter(self, little: bool) -> None:
        self._little = little
        self._passed, self._added, self._described, self._timings = [], {}, [], []

    def _ensure(self, little: bool | None) -> bool:
        """Be in a section of the byte order, where one is asked for, and of any otherwise."""
        if self._little is None or little not in {None, self._little}:
            self.begin(little)
        return bool(self._little)

    def pass_on(self, passage: Passage) -> None:
        """Write a block that is no packet."""
        octets = passage.octets
        if passage.kind == SECTION:
            self._enter(passage.little)
            octets = octets[:16] + struct.pack("<q", UNKNOWN_LENGTH) + octets[24:]
        else:
            self._ensure(passage.little)
        if passage.kind == INTERFACE:
            interface = parse_interface(octets, little=passage.little)
            self._passed.append((interface, len(self._described)))
            octets = self._note(self._widened(interface), little=passage.little)
        elif passage.kind == STATISTICS:
            octets = self._renumbered(octets, little=passage.little)
        self.sink(octets)

    def _widened(self, interface: Interface) -> Interface:
        """The interface with a snap length that lets longer frames through (0 stays: no limit)."""
        if not self._grows or not interface.snaplen:
            return interface
        return replace(interface, snaplen=max(interface.snaplen, MAX_CAPLEN))

    def _renumbered(self, octets: bytes, *, little: bool) -> bytes:
        number = layout("I", little=little)
        (interface,) = struct.unpack_from(number, octets, 8)
        if interface >= len(self._passed):
            return octets
        return octets[:8] + struct.pack(number, self._passed[interface][1]) + octets[12:]

    def write(self, batch: Batch) -> None:
        """Write the frames of a batch; the sink is called once for all between which no interface is described."""
        if not len(batch):
            return
        descriptions, (octets, sizes) = self._made(batch)
        begins = np.cumsum(sizes) - sizes if descriptions else sizes
        done = 0
        for row, description in descriptions:
            begin = int(begins[row])
            if begin > done:
                self.sink(octets[done:begin])
                done = begin
            self.sink(description)
        self.sink(octets[done:])

    def records(self, batch: Batch) -> Records:
        """The packet blocks of n frames, one at least; the interfaces that they need are described by the sink."""
        descriptions, records = self._made(batch)
        for _, description in descriptions:
            self.sink(description)
        return records

    def octets_ahead(self, batch: Batch) -> list[tuple[int, int]]:
        """What `write` will put before n frames besides their blocks: the row that it comes before, and its octets."""
        little, begins = self._order(batch)
        sizes = [(0, len(emit_section(little=little)))] if begins else []
        for row, interface in self._unknown(batch, *batch.by_interface, anew=begins):
            described = self._named(self._described_as(interface, batch.clock, little=little), little=little)
            sizes.append((row, len(emit_interface(described, little=little))))
        return sizes

    def _order(self, batch: Batch) -> tuple[bool, bool]:
        """The byte order of a section that a batch can be in, and whether that has to be begun."""
        clock, annex = batch.clock, batch.annex
        order = annex.little if annex is not None else clock.little if isinstance(clock, PcapngClock) else self._little
        little = True if order is None else order
        return little, little != self._little

    def _made(self, batch: Batch) -> tuple[list[tuple[int, bytes]], Records]:
        """The packet blocks of n frames, one at least, and descriptions with the rows that they come before."""
        little, begins = self._order(batch)
        if begins:
            self.begin(little)
        present, which = batch.by_interface
        unknown = self._unknown(batch, present, which, anew=False)
        descriptions = [(row, self._describe(interface, batch.clock, little=little)) for row, interface in unknown]
        numbers = [self._number(index, batch.interfaces[index]) for index in present.tolist()]
        ids: Column = np.array(numbers, np.int64)[which]
        stamps = self._stamps(batch, ids, little=little)
        laid_out = fitted(batch if in_place(batch) else replace(batch, framed_for=None), PACKETS)
        fill_packets(laid_out, ids, stamps, little=little)
        simple = stay_simple(laid_out, ids, self._described[0].snaplen)
        if simple is not None:
            return descriptions, compacted(laid_out, simple, little=little)
        start, sizes = int(laid_out.offset[0]) - PACKETS.lead, record_sizes(laid_out, PACKETS)
        return descriptions, Records(laid_out.octets.data[start : start + int(sizes.sum())], sizes)

    def _unknown(self, batch: Batch, present: Column, which: Column, *, anew: bool) -> list[tuple[int, Interface]]:
        """The interfaces to be described, in the order of their first frames, however these were cut into batches.

        Args:
            batch: n frames.
            present: (k,) the interfaces that they came by.
            which: (n,) which of them.
            anew: none is described yet.

        Returns:
            The row of the first frame of each, and the interface.
        """
        places = [(at, index, batch.interfaces[index]) for at, index in enumerate(present.tolist())]
        new = [(at, each) for at, index, each in places if anew or self._number(index, each) is None]
        if not new:
            return []
        rows = np.unique(which, return_index=True)[1].tolist()
        found: dict[Interface, int] = {}
        for row, interface in sorted(((rows[at], each) for at, each in new), key=itemgetter(0)):
            found.setdefault(interface, row)
        return [(row, interface) for interface, row in found.items()]

    def _number(self, index: int, interface: Interface) -> int | None:
        """What the file to be written numbers an interface by; None for one that is not described."""
        if index < len(self._passed) and self._passed[index][0] == interface:
            return self._passed[index][1]
        return self._added.get(interface)

    def declare(self, interface: Interface, clock: Clock) -> None:
        """Describe an interface before its first frame comes; without that it is described when it does."""
        little = self._ensure(None)
        if interface not in self._added:
            self.sink(self._describe(interface, clock, little=little))

    def _describe(self, interface: Interface, clock: Clock, *, little: bool) -> bytes:
        self._added[interface] = len(self._described)
        return self._note(self._described_as(interface, clock, little=little), little=little)

    def _described_as(self, interface: Interface, clock: Clock, *, little: bool) -> Interface:
        described = self._widened(interface)
        if interface.options or isinstance(clock, PcapngClock):
            return described
        return replace(described, options=_options_for(interface, clock, little=little))

    def _note(self, interface: Interface, *, little: bool) -> bytes:
        """Number an interface; returns its description."""
        interface = self._named(interface, little=little)
        self._described.append(interface)
        self._timings.append(timing_of(interface, little=little))
        return emit_interface(interface, little=little)

    def _named(self, interface: Interface, *, little: bool) -> Interface:
        name = interface.name if self.rename is None else self.rename(interface.name)
        return interface if name == interface.name else renamed(interface, name, little=little)

    @property
    def described(self) -> int:
        """Interfaces of the section so far."""
        return len(self._described)

    def _stamps(self, batch: Batch, ids: Column, *, little: bool) -> Stamps:
        """The ticks of the frames: those that were read, or, from another container, the times in ticks."""
        if isinstance(batch.clock, PcapngClock):
            return batch.stamp
        return PcapngClock(self._timings, little).from_ns(batch.ts_ns, ids)

    def finish(self) -> None:
        """Complete the file: without any frame it still has a section."""
        self._ensure(None)


def _options_for(interface: Interface, clock: Clock, *, little: bool) -> bytes:
    """The options of an interface of another container: its name, and ticks as long as its clock's."""
    micro = isinstance(clock, PcapFormat) and not clock.nanoseconds
    resolution = 6 if micro else _NANOSECONDS
    return emit_interface_options(interface.name, resolution, little=little, tenant=interface.tenant)
