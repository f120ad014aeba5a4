"""What a capture file says of itself and of all its frames: counts, times, interfaces, drops, encapsulations.

Every frame is counted. What it is built of costs more to find out than all the rest, so of many frames it is asked of a
share alone, taken evenly over the file, unless all are wanted.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import field

import numpy as np

from dovetool.capture.batch import LAST_NS, Batch, Column, Interface, Passage
from dovetool.capture.pcap import PcapFormat
from dovetool.capture.pcapng_blocks import INTERFACE, SECTION, STATISTICS, layout, parse_interface
from dovetool.capture.pcapng_options import OptionError, options
from dovetool.engine.flow_table import Classifier
from dovetool.errors import CaptureError
from dovetool.frame.view import FrameView
from dovetool.values import dataclass

_ALL_OF = 16_384
"""Frames of a file that are all looked at, before a share is."""
_EVERY, _OF_A_BATCH = 4, 64
"""Of every so many batches one is looked at, and so many frames of it."""
_HEAD = 20  # octets of a statistics block before its options
_IF_DROPPED, _OS_DROPPED = 5, 7


@dataclass(slots=True)
class InterfaceFacts:
    """An interface, and what came by it.

    Attributes:
        interface: as the file describes it.
        frames: that came by it.
        dropped: frames that were lost before they could be written, as its last statistics say; None: they do not.
    """

    interface: Interface
    frames: int = 0
    dropped: int | None = None


@dataclass(slots=True)
class FileFacts:
    """What is known about a file.

    Attributes:
        frames: how many there are.
        octets: of all frames on the wire.
        captured: of them in the file.
        longest: frame, in octets on the wire.
        first_ns: time of the earliest frame; None without any.
        last_ns: of the latest one.
        in_time_order: no frame is earlier than the one before it.
        untold: frames with times that 64 bits of ns cannot tell, and that count for none of these.
        interfaces: in the order of the file, over all sections.
        encapsulations: frames looked at, by their headers from the outermost on, as `vxlan` or `gre/vxlan`; `none`.
        looked_at: frames that were; as many as there are, or a share.
    """

    frames: int = 0
    octets: int = 0
    captured: int = 0
    longest: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    in_time_order: bool = True
    untold: int = 0
    interfaces: list[InterfaceFacts] = field(default_factory=list)
    encapsulations: Counter[str] = field(default_factory=Counter)
    looked_at: int = 0

    @property
    def dropped(self) -> int | None:
        """Frames lost at all interfaces that tell; None: none tells."""
        told = [each.dropped for each in self.interfaces if each.dropped is not None]
        return sum(told) if told else None


@dataclass(frozen=True, slots=True)
class About:
    """What is to be told about a file.

    Attributes:
        name: what it is called.
        facts: what its frames say; as far as it could be read.
        pcap: its file header; None for pcapng.
        compression: the name of it; None without.
        size: octets of the file; None of a pipe.
        sha256: of the file as it lies there, in hexadecimal; None where that was not asked.
        damage: what is wrong with it from some point on.
    """

    name: str
    facts: FileFacts
    pcap: PcapFormat | None
    compression: str | None
    size: int | None
    sha256: str | None = None
    damage: CaptureError | None = None


class Clerk:
    """Takes down the facts of a file, from its batches and passages.

    Attributes:
        facts: those so far.
    """

    def __init__(self, encap_of: Callable[[FrameView], str], *, looks_at_all: bool) -> None:
        """Begin.

        Args:
            encap_of: the encapsulations of a frame, in a word.
            looks_at_all: ask it of every frame, not of a share.
        """
        self.facts = FileFacts()
        self._classifier: Classifier[str] = Classifier(encap_of)
        self._looks_at_all = looks_at_all
        self._latest_ns = -LAST_NS
        self._section_begins = 0
        self._turn = 0

    def begin(self, interfaces: Sequence[Interface]) -> None:
        """A pcap file implies these."""
        self.facts.interfaces = [InterfaceFacts(interface) for interface in interfaces]

    def meet(self, passage: Passage) -> None:
        """A block without a frame."""
        facts = self.facts
        if passage.kind == SECTION:
            self._section_begins = len(facts.interfaces)
        elif passage.kind == INTERFACE:
            facts.interfaces.append(InterfaceFacts(parse_interface(passage.octets, little=passage.little)))
        elif passage.kind == STATISTICS:
            self._statistics(passage)

    def _statistics(self, passage: Passage) -> None:
        (number,) = struct.unpack_from(layout("I", little=passage.little), passage.octets, 8)
        place = self._section_begins + number
        if place >= len(self.facts.interfaces):
            return
        lost: dict[int, int] = {}
        try:
            for option in options(passage.octets[_HEAD:-4], little=passage.little):
                if option.code in (_IF_DROPPED, _OS_DROPPED) and len(option.value) == 8:
                    lost[option.code] = struct.unpack(layout("Q", little=passage.little), option.value)[0]
        except OptionError:
            return
        if lost:
            self.facts.interfaces[place].dropped = sum(lost.values())

    def take(self, batch: Batch) -> None:
        """Frames."""
        facts = self.facts
        wire = batch.wire_len
        facts.frames += len(batch)
        facts.octets += int(wire.sum())
        facts.captured += int(batch.caplen.sum())
        facts.longest = max(facts.longest, int(wire.max()))
        times = batch.ts_ns if isinstance(batch.clock, PcapFormat) else batch.fitting_ns
        facts.untold += len(batch) - len(times)
        if len(times):
            self._take_times(times)
        present, which = batch.by_interface
        for number, count in zip(present.tolist(), np.bincount(which).tolist(), strict=True):
            facts.interfaces[self._section_begins + number].frames += count
        self._turn += 1
        if self._looks_at_all or facts.looked_at < _ALL_OF or self._turn % _EVERY == 0:
            self._look(batch)

    def _take_times(self, times: Column) -> None:
        facts, first, last = self.facts, int(times.min()), int(times.max())
        facts.first_ns = first if facts.first_ns is None else min(facts.first_ns, first)
        facts.last_ns = last if facts.last_ns is None else max(facts.last_ns, last)
        if facts.in_time_order:
            facts.in_time_order = int(times[0]) >= self._latest_ns and bool((times[1:] >= times[:-1]).all())
            self._latest_ns = last

    def _look(self, batch: Batch) -> None:
        facts = self.facts
        if not self._looks_at_all and facts.looked_at >= _ALL_OF:
            step = max(1, len(batch) // _OF_A_BATCH)
            batch = batch.take(np.arange(0, len(batch), step))
        elif not self._looks_at_all:
            batch = batch.first(_ALL_OF - facts.looked_at)
        numbers = self._classifier.numbers(batch)
        counts = np.bincount(numbers)
        for number in np.flatnonzero(counts).tolist():
            facts.encapsulations[self._classifier.answers[number]] += int(counts[number])
        facts.looked_at += len(batch)
