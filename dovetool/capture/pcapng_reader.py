"""Read a pcapng file: batches of frames, and every other block in its place."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.fcs import fcs_of_interface
from dovetool.capture.pcapng_blocks import (
    INTERFACE,
    MAX_BLOCK,
    SECTION,
    SECTION_MAGIC,
    STATISTICS,
    BlockError,
    SectionHeader,
    emit_interface,
    layout,
    parse_interface,
)
from dovetool.capture.pcapng_options import OptionError, options
from dovetool.capture.pcapng_packets import Section, begins_packet, damage_of
from dovetool.capture.source import BlockBuffer
from dovetool.errors import BrokenOffError, CorruptCaptureError

_LEAST = 12  # octets of a block without a body
_SECTION_LEAST = 28
_MAJOR = 1
_MOST_BEFORE = 1 << 20  # octets of blocks that may stand before the first interface, and are held until it comes
_MOST_INTERFACES = 1 << 18  # of a section; about a kilobyte is held of each
_OPTIONS_AT = {SECTION: 24, INTERFACE: 16, STATISTICS: 20}


class _Head(NamedTuple):
    """Kind, length and byte order of a block."""

    kind: int
    length: int
    little: bool

    @property
    def options_at(self) -> int:
        """Where the options begin; for an unknown kind, where the body does."""
        return _OPTIONS_AT.get(self.kind, 8)


class PcapngBlocks:
    """The blocks of a pcapng file, in order; packet blocks that follow each other are one batch.

    A batch is valid until the next one is asked for.

    Attributes:
        section: what was read so far of the section that the next block lies in; None outside of any.

    Raises, while it is iterated and after everything before that point:
        CorruptCaptureError: the file is damaged, or ends inside a block (BrokenOffError).
    """

    def __init__(self, buffer: BlockBuffer, name: str) -> None:
        self._buffer, self._name = buffer, name
        self.section: Section | None = None
        self._number = 1
        self._skipping = 0

    def beginning(self) -> list[Batch | Passage]:
        """The blocks up to the first interface, as before it no packet can be.

        The iteration goes on behind them; where the file is damaged, it is what tells.

        Raises:
            BrokenOffError: the file ends inside one of them.
        """
        found: list[Batch | Passage] = []
        try:
            for block in self:
                found.append(block)
                if (self.section is not None and self.section.interfaces) or self._buffer.position > _MOST_BEFORE:
                    break
        except CorruptCaptureError as error:
            if isinstance(error, BrokenOffError):
                raise
        return found

    def __iter__(self) -> Iterator[Batch | Passage]:
        buffer = self._buffer
        while True:
            try:
                yield from self._whole_blocks()
                wanted = self._wanted()
            except (BlockError, OptionError) as error:
                raise self._corrupt(str(error)) from error
            if not buffer.refill(wanted):
                break
        if buffer.end > buffer.start or self._skipping:
            raise self._corrupt("the file ends inside a block", BrokenOffError)

    def _corrupt(self, what: str, kind: type[CorruptCaptureError] = CorruptCaptureError) -> CorruptCaptureError:
        return kind(self._name, self._buffer.position, self._number - 1, what)

    def _whole_blocks(self) -> Iterator[Batch | Passage]:
        """What the octets at hand contain in full."""
        while True:
            self._skip()
            if self.section is not None and not self._skipping:
                yield from self._packets(self.section)
            head = None if self._skipping else self._head()
            if head is None or head.length > self._buffer.end - self._buffer.start:
                return
            passage = self._take(head)
            if passage is not None:
                yield passage

    def _skip(self) -> None:
        """Drop what is left of a section that cannot be read."""
        count = min(self._skipping, self._buffer.end - self._buffer.start)
        self._buffer.start += count
        self._skipping -= count

    def _packets(self, section: Section) -> Iterator[Batch]:
        buffer = self._buffer
        while begins_packet(buffer.view, buffer.start, buffer.end, little=section.little):
            batch, buffer.start = section.read(buffer.octets, buffer.start, buffer.end, self._number)
            if not len(batch):
                raise BlockError(damage_of(buffer.view, buffer.start, section))
            self._number += len(batch)
            yield batch

    def _head(self) -> _Head | None:
        """The head of the next block; None when too few octets are there to tell.

        Raises:
            BlockError: no block can begin like this.
        """
        buffer = self._buffer
        view, start, left = buffer.view, buffer.start, buffer.end - buffer.start
        if left < _LEAST or (left < _SECTION_LEAST and view[start : start + 4] == SECTION_MAGIC):
            return None
        if view[start : start + 4] == SECTION_MAGIC:
            header = SectionHeader.parse(view, start)
            head = _Head(SECTION, header.block_len, header.little)
        elif self.section is None:
            raise BlockError("a block stands outside of any section")
        else:
            little = self.section.little
            kind, length = struct.unpack_from(layout("II", little=little), view, start)
            head = _Head(kind, length, little)
        if head.length < head.options_at + 4 or head.length % 4 or head.length > MAX_BLOCK:
            raise BlockError(f"a block claims {head.length:,} octets")
        return head

    def _wanted(self) -> int:
        """Octets needed from the buffer's start on before another block can be read."""
        head = None if self._skipping else self._head()
        if head is not None:
            return head.length
        left = self._buffer.end - self._buffer.start
        return left + 1 if self._skipping else _LEAST if left < _LEAST else _SECTION_LEAST

    def _take(self, head: _Head) -> Passage | None:
        """Consume a whole block that is no packet; None when it is not to be passed on.

        Raises:
            BlockError: it contradicts itself.
            OptionError: an option reaches beyond it.
        """
        buffer = self._buffer
        octets = bytes(buffer.view[buffer.start : buffer.start + head.length])
        (trailer,) = struct.unpack_from(layout("I", little=head.little), octets, head.length - 4)
        if trailer != head.length:
            raise BlockError(f"a block claims {head.length:,} octets at its start and {trailer:,} at its end")
        if head.kind == SECTION and self._leaps(SectionHeader.parse(octets)):
            return None
        if head.kind == INTERFACE and self.section is not None:
            octets = self._with_interface(self.section, octets)
        elif head.kind in _OPTIONS_AT:
            for _ in options(octets[head.options_at : -4], little=head.little):
                pass  # walking them is the check
        if head.kind == SECTION:
            self.section = Section.begun(little=head.little)
        buffer.start += head.length
        return Passage(head.kind, octets, head.little)

    def _with_interface(self, section: Section, block: bytes) -> bytes:
        """Go on in the section with one interface more; returns its description, which tells no frame check sequence.

        Raises:
            BlockError: there are too many.
            OptionError: an option reaches beyond it.
        """
        if len(section.interfaces) >= _MOST_INTERFACES:
            raise BlockError(f"a section describes more than {_MOST_INTERFACES:,} interfaces")
        little = section.little
        interface = parse_interface(block, little=little)
        fcs, raw = fcs_of_interface(interface.options, little=little)
        interface = replace(interface, options=raw)
        self.section = section.extended(interface, fcs)
        return emit_interface(interface, little=little) if fcs else block

    def _leaps(self, header: SectionHeader) -> bool:
        """Begin to skip a section of a version that is not known.

        Raises:
            BlockError: nobody knows where it ends.
        """
        if header.major == _MAJOR:
            return False
        if header.section_len < 0 or header.section_len % 4:
            raise BlockError(f"a section has version {header.major} and does not say where it ends")
        self.section, self._skipping = None, header.block_len + header.section_len
        return True
