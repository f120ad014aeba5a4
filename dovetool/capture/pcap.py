"""The pcap file format: a 24-octet file header, then records of 16 octets and a frame.

Source: draft-ietf-opsawg-pcap. Both byte orders; microseconds (magic 0xA1B2C3D4) and nanoseconds (0xA1B23C4D).

    file header:  magic 32 | major 16 | minor 16 | reserved 32 | reserved 32 | snaplen 32
                  | FCS length 4 | ignored 1 | FCS length is there 1 | reserved 10 | link type 16
    record:       seconds 32 | fraction 32 | captured length 32 | original length 32 | the frame
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar, Self

import numpy as np

from dovetool.capture import kernel
from dovetool.capture.batch import Batch, Column, Framing, Interface, Octets, Stamps, columns_for, trimmed
from dovetool.capture.fcs import fcs_of_word, without_fcs
from dovetool.errors import CaptureError, TimeRangeError
from dovetool.values import dataclass

MAX_CAPLEN = 262_144
"""Most octets of a frame that libpcap and Wireshark accept; a longer record is taken for damage."""
_MOST_SNAPLEN = 1 << 24
_LIMITS = "is before 1970 or after 2106, which pcap cannot hold; pcapng can"
_RESERVED = 0x03FF_0000  # of the link type word
RECORDS = Framing(16, 1, 0)
"""The room that a record needs around its frame."""
_MAGICS = {0xA1B2C3D4: False, 0xA1B23C4D: True}  # magic number -> nanoseconds


@dataclass(frozen=True, slots=True)
class PcapFormat:
    """What the file header says; also the clock of its records.

    Attributes:
        link_type: LINKTYPE_ value.
        snaplen: most octets kept of a frame; 0 means no limit.
        nanoseconds: the fraction of a time counts nanoseconds, else microseconds.
        little: little-endian, else big-endian.
        fcs: octets of the frame check sequence that frames end in where they are read; none is ever written.
    """

    LEN: ClassVar[int] = 24
    RECORD_LEN: ClassVar[int] = 16

    link_type: int
    snaplen: int = MAX_CAPLEN
    nanoseconds: bool = False
    little: bool = True
    fcs: int = 0

    @classmethod
    def parse(cls, octets: bytes, name: str) -> Self:
        """Read a file header.

        Raises:
            CaptureError: the magic number is not pcap's, the version is not 2.x, or reserved bits are set, which may
                give the link type another meaning (libpcap refuses them too).
        """
        for little in (True, False):
            magic, major, minor, _, _, snaplen, link = struct.unpack_from(_layout("IHHIIII", little=little), octets)
            if magic in _MAGICS:
                break
        else:
            raise CaptureError(f"{name}: not a pcap file")
        if major != 2:
            raise CaptureError(f"{name}: pcap version {major}.{minor}; dovetool reads version 2")
        if link & _RESERVED:
            raise CaptureError(f"{name}: reserved bits of the link type word are set (0x{link:08x})")
        return cls(link & 0xFFFF, snaplen, _MAGICS[magic], little, fcs_of_word(link))

    def emit(self) -> bytes:
        """The file header, version 2.4."""
        magic = next(key for key, nanoseconds in _MAGICS.items() if nanoseconds == self.nanoseconds)
        layout = _layout("IHHIIII", little=self.little)
        return struct.pack(layout, magic, 2, 4, 0, 0, self.snaplen, self.link_type)

    @property
    def interface(self) -> Interface:
        """The one interface of the file."""
        return Interface(self.link_type, self.snaplen)

    @property
    def max_caplen(self) -> int:
        """A record that claims more octets than this is damage."""
        return max(MAX_CAPLEN, self.snaplen if self.snaplen <= _MOST_SNAPLEN else 0)

    @property
    def word(self) -> np.dtype[np.uint32]:
        """A 32-bit word of the file, in its byte order."""
        return np.dtype("<u4" if self.little else ">u4")

    def caplen_at(self, block: bytearray | memoryview, record: int) -> int:
        """The captured length that the record header at `record` claims."""
        length: int = struct.unpack_from(_layout("I", little=self.little), block, record + 8)[0]
        return length

    def read(self, octets: Octets, start: int, end: int, number: int) -> tuple[Batch, int]:
        """Read frames that lie wholly inside `octets[start:end]`, up to the first that is damaged.

        Args:
            octets: the block, with slack behind `end`.
            start: where a record begins.
            end: end of what was read of the file.
            number: number of the first frame.

        Returns:
            The frames, `MOST_FRAMES` at most, and where the record begins that was not read.
        """
        columns = columns_for(4, end - start, self.RECORD_LEN)
        count, stop = kernel.walk_records(octets, start, end, self.little, self.max_caplen, columns)
        offset, caplen, orig_len, stamp = trimmed(columns, count)
        batch = Batch(
            octets=octets,
            offset=offset,
            caplen=caplen,
            orig_len=orig_len,
            stamp=stamp.view(np.uint64),
            interface=np.zeros(count, np.int64),
            interfaces=(self.interface,),
            clock=self,
            first_number=number,
            framed_for=RECORDS,
        )
        return without_fcs(batch, np.full(count, self.fcs)) if self.fcs else batch, stop

    def to_ns(self, stamps: Stamps, interface: Column) -> Column:
        """Stamps, eight octets as they stand in the file, to nanoseconds since 1970."""
        words = np.ascontiguousarray(stamps).view(self.word).reshape(-1, 2).astype(np.int64)
        fraction = words[:, 1] if self.nanoseconds else words[:, 1] * 1000
        ns: Column = words[:, 0] * 1_000_000_000 + fraction
        return ns

    def from_ns(self, ts_ns: Column, interface: Column) -> Stamps:
        """Nanoseconds since 1970 to stamps; finer than the file's unit is cut off."""
        words = np.empty((len(ts_ns), 2), self.word)
        seconds = ts_ns // 1_000_000_000
        beyond = seconds >> 32 != 0
        if beyond.any():
            raise TimeRangeError(int(ts_ns[beyond.argmax()]), _LIMITS)
        words[:, 0] = seconds
        words[:, 1] = (ts_ns - seconds * 1_000_000_000) // (1 if self.nanoseconds else 1000)
        return words.view(np.uint64).reshape(-1)

    def exact_ns(self, stamp: int, interface: int) -> int:
        """A stamp in ns since 1970."""
        return int(self.to_ns(np.array([stamp], np.uint64), np.zeros(1, np.int64))[0])

    def with_twins(self, of: Iterable[int]) -> Self:
        """All interfaces have the same time."""
        return self


def _layout(fields: str, *, little: bool) -> str:
    return ("<" if little else ">") + fields


def fill_records(batch: Batch, file_format: PcapFormat) -> memoryview:
    """Write the record headers into the room before each frame.

    Args:
        batch: laid out for `RECORDS`.
        file_format: format of the file to be written.

    Returns:
        The octets of the records, one behind the other.
    """
    stamps = stamps_for(batch, file_format)
    kernel.fill_records(batch.octets, batch.offset, batch.caplen, batch.orig_len, stamps, file_format.little)
    start = int(batch.offset[0]) - 16
    end = int(batch.offset[-1] + batch.caplen[-1])
    return batch.octets.data[start:end]


def stamps_for(batch: Batch, file_format: PcapFormat) -> Stamps:
    """The stamps of a batch as `file_format` writes them; untouched when they come from such a file.

    Raises:
        TimeRangeError: 32 bits of seconds since 1970 cannot hold one.
    """
    source = batch.clock
    if isinstance(source, PcapFormat) and (source.little, source.nanoseconds) == (
        file_format.little,
        file_format.nanoseconds,
    ):
        return batch.stamp
    try:
        return file_format.from_ns(batch.told_ns, batch.interface)
    except TimeRangeError as error:
        raise _beyond(batch.exact_times()) from error


def _beyond(times: Iterable[int]) -> TimeRangeError:
    """The error about the first of the times that does not fit; one does not."""
    return TimeRangeError(next(ts_ns for ts_ns in times if ts_ns // 1_000_000_000 >> 32), _LIMITS)


def grown(file_format: PcapFormat, *, to: int = MAX_CAPLEN) -> PcapFormat:
    """The same format with a snap length that lets longer frames through (0 stays: no limit)."""
    return replace(file_format, snaplen=max(file_format.snaplen, to) if file_format.snaplen else 0)
