"""From packet blocks to a batch: one walk over the blocks, then columns for all of them at once."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Annex, Batch, Column, Interface, Octets
from dovetool.capture.copying import gather
from dovetool.capture.fcs import fcs_of_packets, without_fcs
from dovetool.capture.pcapng_blocks import (
    MAX_BLOCK,
    OLD_PACKET,
    PACKET,
    SIMPLE_PACKET,
    PcapngFraming,
    layout,
    timing_of,
)
from dovetool.capture.pcapng_clock import PcapngClock
from dovetool.capture.pcapng_options import EPB_FLAGS, Survey, counted, survey

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
        fcs: number of an interface whose frames end in a frame check sequence, and its octets, for each such interface.
    """

    little: bool
    interfaces: tuple[Interface, ...]
    clock: PcapngClock
    fcs: tuple[tuple[int, int], ...] = ()

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
        told = (*self.fcs, (len(self.interfaces), fcs)) if fcs else self.fcs
        return replace(self, interfaces=(*self.interfaces, interface), clock=clock, fcs=told)

    def read(self, octets: Octets, start: int, end: int, number: int) -> tuple[Batch, int]:
        """The frames of a block; see `RecordFormat`. A block that is no packet ends them."""
        found, stop = find_packets(octets.data, start, end, little=self.little)
        batch = read_packets(octets, np.array(found, np.int64), self, number)
        return batch, stop if len(batch) == len(found) else found[len(batch)]

    @property
    def word(self) -> np.dtype[np.uint32]:
        """A 32-bit word in the byte order of the section."""
        return np.dtype("<u4" if self.little else ">u4")

    @property
    def implied_snaplen(self) -> int:
        """Most octets of a frame in a simple packet block, which belongs to the first interface."""
        return self.interfaces[0].snaplen or _ANY_LENGTH if self.interfaces else 0


def find_packets(block: memoryview, start: int, end: int, *, little: bool) -> tuple[list[int], int]:
    """Walk the packet blocks from `start`, the one loop that goes packet by packet.

    Returns:
        Where each packet block begins that lies wholly inside `block[:end]`, and where the block begins that is no
        packet, is not whole, or claims less than a block has.
    """
    found: list[int] = []
    append, head_at = found.append, struct.Struct(layout("II", little=little)).unpack_from
    at, last, packets = start, end - 12, _PACKETS
    while at <= last:
        kind, length = head_at(block, at)
        if kind not in packets or length < 12:
            break
        append(at)
        at += length
    if at > end:
        at = found.pop()
    return found, at


@dataclass(frozen=True, slots=True)
class _Columns:
    """The fields of n packet blocks; `room` is what a frame and its options may take."""

    at: Column
    length: Column
    frame_at: Column
    room: Column
    caplen: Column
    orig_len: Column
    stamp: NDArray[np.uint64]
    interface: Column

    def first_damaged(self, octets: Octets, section: Section) -> int | None:
        """The first block that contradicts itself."""
        trailer = gather(octets, self.at + self.length - 4, 4).view(section.word)
        damaged = (self.length & 3 != 0) | (self.caplen > self.room) | (trailer != self.length)
        damaged |= (self.interface >= len(section.interfaces)) | (self.length > MAX_BLOCK)
        return int(damaged.argmax()) if damaged.any() else None


def _columns(words: NDArray[np.uint32], at: Column, section: Section) -> _Columns:
    """The fields of enhanced packet blocks; the other kinds are read as if they were such, and mended later."""
    length = words[:, 1].astype(np.int64)
    return _Columns(
        at=at,
        length=length,
        frame_at=at + 28,
        room=length - 32,
        caplen=words[:, 5].astype(np.int64),
        orig_len=words[:, 6].astype(np.int64),
        stamp=words[:, 3].astype(np.uint64) << np.uint64(32) | words[:, 4],
        interface=words[:, 2].astype(np.int64),
    )


def _mend(columns: _Columns, words: NDArray[np.uint32], section: Section) -> None:
    """Read the obsolete and the simple packet blocks as what they are."""
    old = np.flatnonzero(words[:, 0] == OLD_PACKET)
    columns.interface[old] = words[old, 2] & 0xFFFF if section.little else words[old, 2] >> 16
    simple = np.flatnonzero(words[:, 0] == SIMPLE_PACKET)
    columns.frame_at[simple] -= 16
    columns.room[simple] += 16
    columns.orig_len[simple] = words[simple, 2]
    columns.caplen[simple] = np.minimum(columns.orig_len[simple], section.implied_snaplen)
    columns.stamp[simple] = 0
    columns.interface[simple] = 0


def read_packets(octets: Octets, at: Column, section: Section, number: int = 1) -> Batch:
    """The frames of packet blocks, up to the first block that is damaged.

    Args:
        octets: the block of octets that they lie in.
        at: (n,) where the packet blocks begin, each wholly inside and at least 12 octets long.
        section: what stands before them.
        number: number of the first frame.
    """
    words = gather(octets, at, 28).view(section.word).reshape(-1, 7)
    columns = _columns(words, at, section)
    plain = bool((words[:, 0] == PACKET).all())
    if not plain:
        _mend(columns, words, section)
    first = columns.first_damaged(octets, section)
    if first is None:
        annex = _annex(octets, columns, words, section)
        found = survey(annex, EPB_FLAGS) if annex is not None else None
        first = int(found.damaged.argmax()) if found is not None and found.damaged.any() else None
    if first is not None:
        return read_packets(octets, at[:first], section, number)
    batch = Batch(
        octets=octets,
        offset=columns.frame_at,
        caplen=columns.caplen,
        orig_len=columns.orig_len,
        stamp=columns.stamp,
        interface=columns.interface,
        interfaces=section.interfaces,
        clock=section.clock,
        annex=annex,
        first_number=number,
        framed_for=PcapngFraming if plain else None,
    )
    batch = _without_fcs(batch, section, found)
    return batch if batch.annex is None or plain else replace(batch, annex=_with_drops(batch.annex, words, section))


def _without_fcs(batch: Batch, section: Section, found: Survey | None) -> Batch:
    """The frames without what the interface or the packet says that they end in."""
    if found is None and not section.fcs:
        return batch
    of_interface = np.zeros(len(section.interfaces), np.int64)
    for number, octets in section.fcs:
        of_interface[number] = octets
    fcs = of_interface[batch.interface]
    if batch.annex is not None and found is not None:
        fcs = fcs_of_packets(batch.annex, found.place, fcs)
    return without_fcs(batch, fcs)


def _annex(octets: Octets, columns: _Columns, words: NDArray[np.uint32], section: Section) -> Annex | None:
    """The options of the packets; None when all are enhanced packet blocks without any."""
    simple = words[:, 0] == SIMPLE_PACKET
    padded = columns.caplen + (-columns.caplen & 3)
    length = np.where(simple, 0, columns.room - padded)
    if not length.any() and (words[:, 0] == PACKET).all():
        return None
    return Annex(octets, columns.frame_at + padded, length, simple, section.little)


def _with_drops(annex: Annex, words: NDArray[np.uint32], section: Section) -> Annex:
    """The drop counts of obsolete packet blocks as options."""
    drops = words[:, 2] >> 16 if section.little else words[:, 2] & 0xFFFF
    rows = np.flatnonzero((words[:, 0] == OLD_PACKET) & (drops != _NOT_COUNTED))
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
