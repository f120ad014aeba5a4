"""Write a pcapng file: passages as they were read, batches as packet blocks whose headers are filled in all at once."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

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
        """Write the frames of a batch, with one call of the sink unless an interface has to be described before."""
        if len(batch):
            self.sink(self.records(batch).octets)

    def records(self, batch: Batch) -> Records:
        """The packet blocks of n frames, one at least; the interfaces that they need are described by the sink."""
        clock, annex = batch.clock, batch.annex
        order = annex.little if annex is not None else clock.little if isinstance(clock, PcapngClock) else None
        little = self._ensure(order)
        ids = self._ids(batch, little=little)
        stamps = self._stamps(batch, ids, little=little)
        laid_out = fitted(batch if in_place(batch) else replace(batch, framed_for=None), PACKETS)
        fill_packets(laid_out, ids, stamps, little=little)
        simple = stay_simple(laid_out, ids, self._described[0].snaplen)
        if simple is not None:
            return compacted(laid_out, simple, little=little)
        start, sizes = int(laid_out.offset[0]) - PACKETS.lead, record_sizes(laid_out, PACKETS)
        return Records(laid_out.octets.data[start : start + int(sizes.sum())], sizes)

    def _ids(self, batch: Batch, *, little: bool) -> Column:
        """The interface of each frame as the file to be written numbers them."""
        present, which = batch.by_interface
        ids: list[int] = []
        for index in present.tolist():
            interface = batch.interfaces[index]
            known, number = self._passed[index] if index < len(self._passed) else (None, -1)
            ids.append(number if known == interface else self._describe(interface, batch.clock, little=little))
        numbered: Column = np.array(ids, np.int64)[which]
        return numbered

    def declare(self, interface: Interface, clock: Clock) -> None:
        """Describe an interface before its first frame comes; without that it is described when it does."""
        self._describe(interface, clock, little=self._ensure(None))

    def _describe(self, interface: Interface, clock: Clock, *, little: bool) -> int:
        if interface not in self._added:
            described = self._widened(interface)
            if not interface.options and not isinstance(clock, PcapngClock):
                described = replace(described, options=_options_for(interface, clock, little=little))
            self._added[interface] = len(self._described)
            self.sink(self._note(described, little=little))
        return self._added[interface]

    def _note(self, interface: Interface, *, little: bool) -> bytes:
        """Number an interface; returns its description."""
        name = interface.name if self.rename is None else self.rename(interface.name)
        if name != interface.name:
            interface = renamed(interface, name, little=little)
        self._described.append(interface)
        self._timings.append(timing_of(interface, little=little))
        return emit_interface(interface, little=little)

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
