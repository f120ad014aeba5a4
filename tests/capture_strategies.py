"""Generated captures: pcapng files built block by block, and pcap files record by record."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from hypothesis import strategies as st

OPTION_CODES = [1, 2, 3, 4, 5, 6, 7, 2988, 2989, 19372, 900]


def tells_no_fcs(each: tuple[int, bytes]) -> bool:
    """The flags of a packet (option 2) that tell no frame check sequence, in either byte order, or another option."""
    code, value = each
    return code != 2 or len(value) != 4 or not ((value[0] | value[3]) & 0xE0 or (value[1] | value[2]) & 1)


def option(code: int, value: bytes, order: str) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def block(kind: int, body: bytes, order: str) -> bytes:
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order: str, *, major: int = 1, length: int = -1, options: bytes = b"") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, major, 0, length) + options, order)


def interface(order: str, link_type: int = 1, snaplen: int = 0, options: bytes = b"") -> bytes:
    return block(1, struct.pack(order + "HHI", link_type, 0, snaplen) + options, order)


@dataclass
class Packet:
    """An enhanced packet block."""

    octets: bytes
    orig_len: int | None = None
    ticks: int = 0
    number: int = 0
    options: bytes = b""
    order: str = field(default="<")

    def emit(self) -> bytes:
        orig_len = len(self.octets) if self.orig_len is None else self.orig_len
        head = struct.pack(
            self.order + "IIIII", self.number, self.ticks >> 32, self.ticks & 0xFFFFFFFF, len(self.octets), orig_len
        )
        return block(6, head + self.octets + bytes(-len(self.octets) % 4) + self.options, self.order)


def simple(octets: bytes, orig_len: int, order: str = "<") -> bytes:
    return block(3, struct.pack(order + "I", orig_len) + octets + bytes(-len(octets) % 4), order)


def old_packet(packet: Packet, drops: int) -> bytes:
    """The obsolete block with the same frame."""
    enhanced = packet.emit()
    kind = struct.pack(packet.order + "I", 2)
    return kind + enhanced[4:8] + struct.pack(packet.order + "HH", packet.number, drops) + enhanced[12:]


@st.composite
def option_lists(draw: st.DrawFn, order: str) -> bytes:
    """Options of a block, with or without an end mark."""
    found = draw(
        st.lists(st.tuples(st.sampled_from(OPTION_CODES), st.binary(max_size=9)).filter(tells_no_fcs), max_size=4)
    )
    end = draw(st.sampled_from([b"", bytes(4)]))
    return b"".join(option(code, value, order) for code, value in found) + (end if found else b"")


@st.composite
def interface_options(draw: st.DrawFn, order: str) -> bytes:
    resolution = draw(st.sampled_from([None, 0, 3, 6, 9, 12, 0x80, 0x88, 0x80 + 29, 0x80 + 34]))
    offset = draw(st.sampled_from([None, 0, 3600, -3600]))
    found = b""
    if draw(st.booleans()):
        found += option(2, draw(st.text(max_size=5)).encode(), order)
    if resolution is not None:
        found += option(9, bytes([resolution]), order)
    if offset is not None:
        found += option(14, struct.pack(order + "q", offset), order)
    return found + (bytes(4) if found and draw(st.booleans()) else b"")


@st.composite
def sections(draw: st.DrawFn) -> bytes:
    """A section with a few interfaces, packets and other blocks."""
    order = draw(st.sampled_from("<>"))
    snaplens = draw(st.lists(st.sampled_from([0, 40, 65535]), min_size=1, max_size=3))
    found = section(order)
    found += b"".join(
        interface(order, draw(st.sampled_from([1, 113])), snaplen, draw(interface_options(order)))
        for snaplen in snaplens
    )
    for _ in range(draw(st.integers(0, 6))):
        octets = draw(st.binary(max_size=60))
        orig_len = len(octets) + draw(st.integers(0, 2000))
        number = draw(st.integers(0, len(snaplens) - 1))
        match draw(st.sampled_from(["packet", "packet", "packet", "simple", "other", "statistics"])):
            case "packet":
                ticks, options = draw(st.integers(0, 2**64 - 1)), draw(option_lists(order))
                found += Packet(octets, orig_len, ticks, number, options, order).emit()
            case "simple":
                orig_len = len(octets) if not snaplens[0] or len(octets) < snaplens[0] else orig_len
                found += simple(octets[: snaplens[0] or None], orig_len, order)
            case "other":
                kind = draw(st.sampled_from([4, 9, 10, 0xBAD, 0x40000BAD, 0x77777777]))
                found += block(kind, octets[: len(octets) // 4 * 4], order)
            case "statistics":
                found += block(5, struct.pack(order + "III", number, 1, 2) + draw(option_lists(order)), order)
    return found


pcapng_files = st.lists(sections(), min_size=1, max_size=3).map(b"".join)


@dataclass(frozen=True)
class PcapFile:
    """A pcap file and what it says."""

    order: str
    nanoseconds: bool
    records: list[tuple[int, int, int, bytes]]  # seconds, fraction, original length, octets

    def emit(self) -> bytes:
        magic = 0xA1B23C4D if self.nanoseconds else 0xA1B2C3D4
        head = struct.pack(self.order + "IHHIIII", magic, 2, 4, 0, 0, 262144, 1)
        return head + b"".join(
            struct.pack(self.order + "IIII", seconds, fraction, len(octets), orig_len) + octets
            for seconds, fraction, orig_len, octets in self.records
        )


@st.composite
def pcap_files(draw: st.DrawFn) -> PcapFile:
    nanoseconds = draw(st.booleans())
    word = st.integers(0, 2**32 - 1)
    fraction = st.integers(0, 10**9 - 1 if nanoseconds else 10**6 - 1)
    record = st.tuples(word, fraction, st.integers(0, 2**32 - 1), st.binary(max_size=80))
    return PcapFile(draw(st.sampled_from("<>")), nanoseconds, draw(st.lists(record, max_size=12)))
