"""Where a large capture file can be cut: at records that were come upon by walking over all those before.

Nothing is guessed. What looks like a record may be the payload of one, a capture that was sent over a network, say; so
the walk goes from the beginning of the file on, by the reader's own checks, which takes a fraction of the time that any
work on the frames does. It ends where the reader would: what is damaged from some point on is left to who reads the
last range.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dovetool.capture.batch import Batch, Column, Passage
from dovetool.capture.foreign import CONVERSION
from dovetool.capture.pcap import RECORDS
from dovetool.capture.pcapng import SECTION, PcapngBlocks
from dovetool.capture.pcapng_blocks import INTERFACE, PACKETS, layout
from dovetool.capture.ranges.range import Range
from dovetool.capture.reader import CaptureReader
from dovetool.capture.remote.location import Location
from dovetool.capture.source import BlockBuffer, open_stream
from dovetool.capture.stdio import STDIO
from dovetool.errors import CaptureError

_FILE_HEADER = 24
_SIMPLE_LEAD = 12
"""Octets of a simple packet block before its frame."""


LEAD = 4 << 20
"""Octets of records before a range that belong to its lead."""


class _Records(NamedTuple):
    """Records that follow each other, one at least.

    Attributes:
        begins: (n,) where each begins in the file.
        number: of the first.
        head: what stands in the file for who reads on from them.
        section: number of the section that they are in.
    """

    begins: Column
    number: int
    head: bytes
    section: int = 0

    def at(self, place: int) -> int:
        """The row of the first that begins at a place of the file or behind it."""
        return int(np.searchsorted(self.begins, place))


def can_be_cut(path: Path, octets: int) -> bool:
    """Say whether a capture is a plain file of more than so many octets, and not compressed.

    What is elsewhere is not: to walk over it, all of it would have to be fetched.
    """
    if path == STDIO or isinstance(path, Location) or CONVERSION.is_wanted:
        return False
    try:
        if not path.is_file() or path.stat().st_size <= octets:
            return False
        with CaptureReader(path) as reader:
            return reader.compression is None
    except (CaptureError, OSError):
        return False  # who reads it tells


def ranges_of(path: Path, octets: int, lead: int = LEAD) -> Iterator[Range]:
    """The ranges of a file that can be cut, of so many octets or up to a record more; together they are all of it.

    Args:
        path: the file.
        octets: of a range.
        lead: of what is before it.
    """
    now = Range(path, 0, None, 1, b"")
    before: deque[_Records] = deque()
    for records in _walk(path):
        while before and (before[0].section != records.section or before[0].begins[-1] < records.begins[0] - lead):
            before.popleft()
        before.append(records)
        while (row := _cut(records, now, octets)) < len(records.begins):
            place = int(records.begins[row])
            yield _ending(now, place)
            now = Range(path, place, None, records.number + row, records.head, _lead(path, before, place - lead, place))
    yield now


def _cut(records: _Records, now: Range, octets: int) -> int:
    """The row of the record that a range is to end before, which has one at least."""
    return max(records.at(now.begin + octets), now.number + 1 - records.number)


def _ending(given: Range, place: int) -> Range:
    """The range up to a place."""
    return replace(given, end=place, lead=given.lead and replace(given.lead, end=place))


def _lead(path: Path, before: Iterable[_Records], begin: int, end: int) -> Range | None:
    """The records from a place on or behind it, if there are some before the end."""
    for records in before:
        row = records.at(begin)
        if row < len(records.begins):
            place = int(records.begins[row])
            return Range(path, place, None, records.number + row, records.head) if place < end else None
    return None


def _walk(path: Path) -> Iterator[_Records]:
    """The records of a file, up to its end, or to where it cannot be read on, as who reads the last range will tell."""
    with suppress(CaptureError, OSError), CaptureReader(path) as reader:
        yield from _walk_pcap(reader, path) if reader.pcap is not None else _walk_pcapng(path)


def _walk_pcap(reader: CaptureReader, path: Path) -> Iterator[_Records]:
    with path.open("rb") as file:
        head = file.read(_FILE_HEADER)
    for item in reader:
        if isinstance(item, Batch):
            yield _Records(item.offset + (reader.base - RECORDS.lead), item.first_number, head)


def _walk_pcapng(path: Path) -> Iterator[_Records]:
    stream = open_stream(path)
    buffer = BlockBuffer(stream)
    head, section = b"", 0
    try:
        for item in PcapngBlocks(buffer, str(path)):
            if isinstance(item, Passage):
                head = _head_with(head, item, buffer)
                section += item.kind == SECTION
                continue
            lead = PACKETS.lead if item.annex is None else np.where(item.annex.simple, _SIMPLE_LEAD, PACKETS.lead)
            yield _Records(item.offset - lead + buffer.base, item.first_number, head, section)
    finally:
        stream.close()


def _head_with(head: bytes, passage: Passage, buffer: BlockBuffer) -> bytes:
    """What stands before the records that come next, after a block that has just been read: as it stands."""
    if passage.kind not in {SECTION, INTERFACE}:
        return head
    (length,) = struct.unpack_from(layout("I", little=passage.little), buffer.view, buffer.start - 4)
    block = bytes(buffer.view[buffer.start - length : buffer.start])
    return block if passage.kind == SECTION else head + block
