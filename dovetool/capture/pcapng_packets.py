"""From packet blocks to a batch: one walk over the blocks, then what their options say."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np

from dovetool.capture import kernel
from dovetool.capture.batch import Annex, Batch, Column, Interface, Octets, columns_for, trimmed
from dovetool.capture.fcs import fcs_of_packets, without_fcs
from dovetool.capture.growing import grown
from dovetool.capture.pcapng_blocks import (
    MAX_BLOCK,
    OLD_PACKET,
    PACKET,
    PACKETS,
    SIMPLE_PACKET,
    layout,
    timing_of,
)
from dovetool.capture.pcapng_clock import PcapngClock
from dovetool.capture.pcapng_options import EPB_FLAGS, Survey, counted, survey
from dovetool.values import dataclass

_PACKETS = frozenset({PACKET, SIMPLE_PACKET, OLD_PACKET})
_NOT_COUNTED = 0xFFFF
_ANY_LENGTH = 1 << 32


@dataclass(frozen=True, slots=True)
class Section:
    """What the blocks of a section so far say about its packets.

    Attributes:
        little: byte order.
        interfaces: the interfaces described so far.
        clock: their ticks.
        fcs: octets of the frame check sequence that the frames of each interface end in; empty where none has one.
    """

    little: bool
    interfaces: Sequence[Interface]
    clock: PcapngClock
    fcs: Sequence[int] = ()

    @classmethod
    def begun(cls, *, little: bool) -> Self:
        """A section of which only the header was read."""
        return cls(little, (), PcapngClock((), little))

    def extended(self, interface: Interface, fcs: int = 0) -> Self:
        """The section with one more interface, whose frames end in a frame check sequence of so many octets.

        Raises:
            OptionError: an option of the interface reaches beyond its block.
        """
        clock = self.clock.extended(timing_of(interface, little=self.little))
        told = self.fcs if self.fcs or not fcs else [0] * len(self.interfaces)
        told = grown(told, fcs) if fcs or told else told
        return replace(self, interfaces=grown(self.interfaces, interface), clock=clock, fcs=told)

    def read(self, octets: Octets, start: int, end: int, number: int) -> tuple[Batch, int]:
        """Read frames that lie wholly inside `octets[start:end]`, up to a block that is no packet, or damaged.

        Args:
            octets: the block of octets, with slack behind `end`.
            start: where a block begins.
            end: end of what was read of the file.
            number: number of the first frame.

        Returns:
            The frames, `MOST_FRAMES` at most, and where the block begins that was not read.
        """
        columns = columns_for(8, end - start, 12)
        known = len(self.interfaces), self.implied_snaplen, MAX_BLOCK
        count, stop = kernel.walk_packets(octets, start, end, self.little, *known, columns)
        columns = trimmed(columns, count)
        annex = _annex(octets, columns, little=self.little)
        found = survey(annex, EPB_FLAGS) if annex is not None else None
        if annex is not None and found is not None and found.damaged.any():
            first = int(found.damaged.argmax())
            stop = int(columns[0, first]) - PACKETS.lead
            annex = _annex(octets, columns := columns[:, :first], little=self.little)
            found = survey(annex, EPB_FLAGS) if annex is not None else None
        return self._batch(octets, columns, annex, found, number), stop

    def _batch(self, octets: Octets, columns: Column, annex: Annex | None, found: Survey | None, number: int) -> Batch:
        offset, caplen, orig_len, stamp, interface, *_, kind = columns
        is_plain = annex is None or bool((kind == PACKET).all())
        batch = Batch(
            octets=octets,
            offset=offset,
            caplen=caplen,
            orig_len=orig_len,
            stamp=stamp.view(np.uint64),
            interface=interface,
            interfaces=self.interfaces,
            clock=self.clock,
            annex=annex,
            first_number=number,
            framed_for=PACKETS if is_plain else None,
        )
        batch = _without_fcs(batch, self, found)
        return batch if is_plain or batch.annex is None else replace(batch, annex=_with_drops(batch.annex, kind))

    @property
    def implied_snaplen(self) -> int:
        """Most octets of a frame in a simple packet block, which belongs to the first interface."""
        return self.interfaces[0].snaplen or _ANY_LENGTH if self.interfaces else 0


def begins_packet(block: memoryview, at: int, end: int, *, little: bool) -> bool:
    """Say whether a packet block lies wholly inside `block[at:end]`, if it is as long as it says."""
    if at > end - 12:
        return False
    kind, length = struct.unpack_from(layout("II", little=little), block, at)
    return kind in _PACKETS and 12 <= length <= end - at


def _without_fcs(batch: Batch, section: Section, found: Survey | None) -> Batch:
    """The frames without what the interface or the packet says that they end in."""
    if found is None and not section.fcs:
        return batch
    present, which = batch.by_interface
    fcs = np.array([section.fcs[number] if section.fcs else 0 for number in present.tolist()], np.int64)[which]
    if batch.annex is not None and found is not None:
        fcs = fcs_of_packets(batch.annex, found.place, fcs)
    return without_fcs(batch, fcs)


def _annex(octets: Octets, columns: Column, *, little: bool) -> Annex | None:
    """The options of the packets; None when all are enhanced packet blocks without any."""
    *_, offset, length, kind = columns
    if not length.any() and (kind == PACKET).all():
        return None
    return Annex(octets, offset, length, kind == SIMPLE_PACKET, little)


def _with_drops(annex: Annex, kind: Column) -> Annex:
    """The drop counts of obsolete packet blocks, which stand above their kind, as options."""
    drops = kind >> 8
    rows = np.flatnonzero((kind & 0xFF == OLD_PACKET) & (drops != _NOT_COUNTED))
    return counted(annex, rows, drops[rows].tolist()) if len(rows) else annex


def damage_of(block: memoryview, at: int, section: Section) -> str:
    """What is wrong with the packet block that `read_packets` stopped at."""
    kind, length, interface = struct.unpack_from(layout("III", little=section.little), block, at)
    (trailer,) = struct.unpack_from(layout("I", little=section.little), block, at + length - 4)
    if kind == OLD_PACKET:
        (interface,) = struct.unpack_from(layout("H", little=section.little), block, at + 8)
    if length % 4 or length > MAX_BLOCK:
        return f"a block claims {length:,} octets"
    if trailer != length:
        return f"a block claims {length:,} octets at its start and {trailer:,} at its end"
    if (0 if kind == SIMPLE_PACKET else interface) >= len(section.interfaces):
        return "a packet belongs to an interface that no block describes"
    if kind != SIMPLE_PACKET:
        (caplen,) = struct.unpack_from(layout("I", little=section.little), block, at + 20)
        if caplen <= length - 32:
            return "an option of a packet reaches beyond its block"
    return "a packet claims more octets than its block has"
