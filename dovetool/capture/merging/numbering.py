"""The interfaces, times and blocks of several captures as those of one: a pcap file, or a section of pcapng.

It is pcap where all are, with one link type; times are then of the finest unit among them. Else each interface keeps
its own ticks, so that no time changes. Interfaces that say the same of themselves and have the same label are one, but
for those of one section, of which the first, second and so on are told apart.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from dovetool.capture.batch import Batch, Interface, Passage, Stamps
from dovetool.capture.growing import grown
from dovetool.capture.merging.byte_order import turned_block, turned_options
from dovetool.capture.merging.labels import labelled
from dovetool.capture.merging.packet_options import turned_annex
from dovetool.capture.pcap import PcapFormat
from dovetool.capture.pcapng_blocks import (
    INTERFACE,
    SECTION,
    STATISTICS,
    emit_interface,
    emit_interface_options,
    layout,
    parse_interface,
    renamed,
    timing_of,
)
from dovetool.capture.pcapng_clock import MICROSECONDS, PcapngClock, Timing

_NANOSECONDS = 9
_NAMES, _SECRETS = 4, 10
_MOST_KNOWN = 4096  # blocks that are told from others of the same content


def common_format(formats: Sequence[PcapFormat | None]) -> PcapFormat | None:
    """The format of a pcap file that can hold all of these files as they are; None where none can."""
    files = [each for each in formats if each is not None]
    if len(files) < len(formats) or len({each.link_type for each in files}) > 1:
        return None
    no_limit = any(not each.snaplen for each in files)
    snaplen = 0 if no_limit else max(each.snaplen for each in files)
    return replace(files[0], snaplen=snaplen, nanoseconds=any(each.nanoseconds for each in files), fcs=0)


class Numbering:
    """Gives each interface its place in the whole.

    Attributes:
        pcap: the format of the whole; None: it is pcapng.
        little: byte order of the whole.
    """

    def __init__(self, pcap: PcapFormat | None, *, little: bool) -> None:
        self.pcap, self.little = pcap, little
        self._places: dict[tuple[Interface, int], int] = {}
        self._interfaces: Sequence[Interface] = ()
        self._clock: PcapFormat | PcapngClock = pcap or PcapngClock((), little)
        self._known: dict[bytes, int] = {}

    @property
    def interfaces(self) -> Sequence[Interface]:
        """Those that have a place."""
        return self._interfaces

    def describe(self, interface: Interface, timing: Timing, turn: int = 0) -> int:
        """The place of an interface, which is a new one or was there already; `turn` of its section say the same."""
        place = self._places.setdefault((interface, turn), len(self._places))
        if place == len(self._interfaces):
            self._interfaces = grown(self._interfaces, interface)
            if isinstance(self._clock, PcapngClock):
                self._clock = self._clock.extended(timing)
        return place

    def described(self, since: int) -> Iterator[Passage]:
        """The descriptions of the interfaces from a place on, where the whole is pcapng."""
        for interface in self._interfaces[since:] if self.pcap is None else ():
            yield Passage(INTERFACE, emit_interface(interface, little=self.little), self.little)

    def placed(self, batch: Batch, places: Sequence[int]) -> Batch:
        """A batch of one of the captures as one of the whole.

        Args:
            batch: n frames.
            places: of the interfaces of its section, by their numbers there.
        """
        present, which = batch.by_interface
        number = np.array([places[index] for index in present.tolist()], np.int64)[which]
        annex = batch.annex
        if annex is not None and annex.little != self.little:
            annex = turned_annex(annex)
        return replace(
            batch,
            stamp=self._stamps(batch),
            interface=number,
            interfaces=self._interfaces,
            clock=self._clock,
            annex=annex,
        )

    def _stamps(self, batch: Batch) -> Stamps:
        clock = batch.clock
        if not isinstance(clock, PcapFormat):
            return batch.stamp
        if self.pcap is None:
            ns = clock.to_ns(batch.stamp, batch.interface)
            return (ns if clock.nanoseconds else ns // 1000).astype(np.uint64)
        if (clock.little, clock.nanoseconds) == (self.pcap.little, self.pcap.nanoseconds):
            return batch.stamp
        return self.pcap.from_ns(clock.to_ns(batch.stamp, batch.interface), batch.interface)

    def is_known(self, block: bytes, giver: int) -> bool:
        """Say whether another giver has given a block of the same content before."""
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        return self._known.setdefault(block, giver) != giver


class Places:
    """The places that the interfaces of one capture have in the whole, by their numbers in its section.

    Attributes:
        label: what tells its interfaces from those of the others.
    """

    def __init__(self, numbering: Numbering, label: str, giver: int) -> None:
        self._numbering, self.label, self._giver = numbering, label, giver
        self._places: list[int] = []
        self._alike: Counter[Interface] = Counter()

    def begin(self, pcap: PcapFormat) -> None:
        """It is a pcap file, which has one interface."""
        numbering = self._numbering
        if numbering.pcap is not None:
            interface = replace(numbering.pcap.interface, name=self.label)
            timing = Timing()
        else:
            timing = Timing(_NANOSECONDS if pcap.nanoseconds else MICROSECONDS)
            raw = emit_interface_options(self.label, timing.resolution, little=numbering.little)
            interface = Interface(pcap.link_type, pcap.snaplen, self.label, raw)
        self._places = [numbering.describe(interface, timing)]

    def placed(self, batch: Batch) -> Batch:
        """A batch of it as one of the whole."""
        return self._numbering.placed(batch, self._places)

    def passed(self, passage: Passage) -> Iterable[Passage]:
        """What becomes of a block without a frame."""
        numbering = self._numbering
        if passage.kind == SECTION:
            self._places, self._alike = [], Counter()
            return ()
        if passage.kind == INTERFACE:
            self._places.append(self._describe(passage))
            return ()
        octets = passage.octets if passage.little == numbering.little else turned_block(passage)
        if octets is None or (passage.kind in (_NAMES, _SECRETS) and numbering.is_known(octets, self._giver)):
            return ()
        if passage.kind == STATISTICS:
            octets = self._renumbered(octets)
        return (Passage(passage.kind, octets, numbering.little),)

    def _describe(self, passage: Passage) -> int:
        little, numbering = passage.little, self._numbering
        interface = parse_interface(passage.octets, little=little)
        timing = timing_of(interface, little=little)
        if little != numbering.little:
            interface = replace(interface, options=turned_options(interface.options, INTERFACE, little=little))
        name = labelled(interface.name, self.label)
        if name != interface.name:
            interface = renamed(interface, name, little=numbering.little)
        turn = self._alike[interface]
        self._alike[interface] += 1
        return numbering.describe(interface, timing, turn)

    def _renumbered(self, octets: bytes) -> bytes:
        word = layout("I", little=self._numbering.little)
        (number,) = struct.unpack_from(word, octets, 8)
        if number >= len(self._places):
            return octets
        return octets[:8] + struct.pack(word, self._places[number]) + octets[12:]
