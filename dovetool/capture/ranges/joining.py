"""Captures that were made of the ranges of one file become one file, as if it had never been cut.

Of pcap the records follow each other behind one header. Of pcapng they go on in the same section: what describes an
interface that is described already goes, and packets are told by the numbers of the whole.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Container, Sequence
from pathlib import Path

import numpy as np

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.copying import scatter
from dovetool.capture.pcap import PcapFormat
from dovetool.capture.pcapng import INTERFACE, SECTION, SECTION_MAGIC, PcapngBlocks
from dovetool.capture.pcapng_blocks import PACKETS, STATISTICS, layout
from dovetool.capture.source import BlockBuffer, open_stream
from dovetool.capture.target import Sink
from dovetool.capture.writer import refuse_other_links

_AT_ONCE = 1 << 21
_NUMBER_AT = 8
"""Where in the block of a packet, or of statistics, the number of its interface stands."""


def join(parts: Sequence[Path], sink: Sink, anew: Container[int] = ()) -> None:
    """Make one capture of several, which are there and neither compressed nor damaged.

    Args:
        parts: made by one writer's rules of ranges that follow each other; one at least.
        sink: takes the octets of the capture.
        anew: which of them do not go on in the section that the one before has ended in.

    Raises:
        UsageError: the frames do not fit into one pcap file.
        CaptureError: a part cannot be read; or what the sink raises.
    """
    with parts[0].open("rb") as file:
        is_pcapng = file.read(4) == SECTION_MAGIC
    if not is_pcapng:
        _join_pcap(parts, sink)
        return
    joined = _Joined(sink)
    for number, part in enumerate(parts):
        joined.take(part, goes_on=number > 0 and number not in anew)


def refuse_mixed_links(parts: Sequence[Path]) -> None:
    """Raise a UsageError where files are pcap, and have other link types than the first one."""
    known: set[int] = set()
    for part in parts:
        with part.open("rb") as file:
            header = file.read(PcapFormat.LEN)
        if not header.startswith(SECTION_MAGIC):
            link_type = PcapFormat.parse(header, part.name).link_type
            refuse_other_links(next(iter(known), link_type), {link_type})
            known.add(link_type)


def _join_pcap(parts: Sequence[Path], sink: Sink) -> None:
    filled = [part for part in parts if part.stat().st_size > PcapFormat.LEN] or parts[:1]
    refuse_mixed_links(filled)
    for number, part in enumerate(filled):
        with part.open("rb") as file:
            header = file.read(PcapFormat.LEN)
            if number == 0:
                sink(header)
            while octets := file.read(_AT_ONCE):
                sink(octets)


class _Joined:
    """A pcapng file that grows by parts.

    An interface is told by its description and, as several may say the same, by which of them it is.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._numbers: dict[tuple[bytes, int], int] = {}
        """Of the interfaces of the section that was written last."""
        self._places: list[int] = []
        """By the number of an interface in the section of the part: its number in the whole."""
        self._alike: Counter[bytes] = Counter()
        self._little = True

    def take(self, part: Path, *, goes_on: bool) -> None:
        """Add a part, which may go on in the section that the last one has ended in."""
        stream = open_stream(part)
        buffer = BlockBuffer(stream)
        end = 0
        try:
            for item in PcapngBlocks(buffer, str(part)):
                begin, end = end, buffer.position
                if isinstance(item, Batch):
                    self._renumber(item)
                    self._sink(buffer.view[begin - buffer.base : end - buffer.base])
                else:
                    self._pass_on(item, goes_on=goes_on)
                    goes_on = goes_on and item.kind != SECTION
        finally:
            stream.close()

    def _renumber(self, batch: Batch) -> None:
        """Give the packets of a batch, where it lies, the numbers that interfaces have in the whole."""
        numbers = np.array(self._places, np.int64)[batch.interface]
        rows = np.flatnonzero(numbers != batch.interface)
        if len(rows):
            word = "<u4" if self._little else ">u4"
            scatter(batch.octets, batch.offset[rows] - PACKETS.lead + _NUMBER_AT, numbers[rows].astype(word), 4)

    def _pass_on(self, passage: Passage, *, goes_on: bool) -> None:
        """Take a block without a frame; the section of a part that goes on is that of the whole."""
        octets = passage.octets
        if passage.kind == SECTION:
            self._places, self._alike, self._little = [], Counter(), passage.little
            if goes_on:
                return
            self._numbers = {}
        elif passage.kind == INTERFACE:
            key = octets, self._alike[octets]
            self._alike[octets] += 1
            is_known = key in self._numbers
            self._places.append(self._numbers.setdefault(key, len(self._numbers)))
            if is_known:
                return
        elif passage.kind == STATISTICS:
            word = layout("I", little=passage.little)
            (number,) = struct.unpack_from(word, octets, _NUMBER_AT)
            if number < len(self._places):
                octets = octets[:_NUMBER_AT] + struct.pack(word, self._places[number]) + octets[_NUMBER_AT + 4 :]
        self._sink(octets)
