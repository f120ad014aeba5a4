"""walk_packets beside a plain reader of packet blocks, and beside what the capture layer reads."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from walls import walled, walled_columns

from dovetool.capture.batch import Interface
from dovetool.capture.pcapng_blocks import MAX_BLOCK
from dovetool.capture.pcapng_packets import Section
from dovetool.core.records import walk_packets

ENHANCED, SIMPLE, OBSOLETE, STATISTICS = 6, 3, 2, 5
MOST_BLOCK = 120
Rows = list[tuple[int, ...]]


@dataclass(frozen=True)
class Blocks:
    """Octets of a section, and what stands before them."""

    octets: bytes
    little: bool
    interfaces: int
    snaplen: int

    def walk(self, start: int, end: int, room: int) -> tuple[Rows, int]:
        """The walk of the core, with walls around."""
        settings = (self.little, self.interfaces, self.snaplen, MOST_BLOCK)
        columns = walled_columns(8, room)
        n, stop = walk_packets(walled(self.octets), start, end, *settings, columns)
        assert (columns[:, n:] == -1).all()
        assert walk_packets(walled(self.octets, at_start=True), start, end, *settings, columns) == (n, stop)
        return [tuple(row) for row in columns[:, :n].T.tolist()], stop

    def expected(self, start: int, end: int, room: int) -> tuple[Rows, int]:
        rows: Rows = []
        while len(rows) < room and (row := self._row(start, end)) is not None:
            rows.append(row)
            start += struct.unpack_from(self._order + "I", self.octets, start + 4)[0]
        return rows, start

    @property
    def _order(self) -> str:
        return "<" if self.little else ">"

    def _row(self, at: int, end: int) -> tuple[int, ...] | None:
        """The packet at a place; None where there is no whole and sound one."""
        octets = self.octets[at:end]
        if len(octets) < 12:
            return None
        kind, length = struct.unpack_from(self._order + "II", octets)
        if length % 4 or not 12 <= length <= min(len(octets), MOST_BLOCK):
            return None
        if octets[4:8] != octets[length - 4 : length]:
            return None
        body = octets[8 : length - 4]
        if kind == SIMPLE and len(body) >= 4:
            return self._simple(at, body)
        if kind in (ENHANCED, OBSOLETE) and len(body) >= 20:
            return self._full(at, body, kind)
        return None

    def _simple(self, at: int, body: bytes) -> tuple[int, ...] | None:
        (orig_len,) = struct.unpack_from(self._order + "I", body)
        caplen = min(orig_len, self.snaplen)
        if caplen > len(body) - 4 or not self.interfaces:
            return None
        return at + 12, caplen, orig_len, 0, 0, at + 12 + (caplen + 3) // 4 * 4, 0, SIMPLE

    def _full(self, at: int, body: bytes, kind: int) -> tuple[int, ...] | None:
        layout = "IIIII" if kind == ENHANCED else "HHIIII"
        interface, *drops, high, low, caplen, orig_len = struct.unpack_from(self._order + layout, body)
        if caplen > len(body) - 20 or interface >= self.interfaces:
            return None
        padded = (caplen + 3) // 4 * 4
        (stamp,) = struct.unpack("=q", struct.pack("=Q", high << 32 | low))
        return (
            *(at + 28, caplen, orig_len, stamp, interface),
            *(at + 28 + padded, len(body) - 20 - padded, kind | sum(drops) << 8),
        )


words = st.one_of(st.integers(0, 3), st.integers(0, (1 << 32) - 1))


@st.composite
def packet(draw: st.DrawFn, order: str, interfaces: int) -> bytes:
    """A packet block, now and then with a field that is a little off."""
    kind = draw(st.sampled_from([ENHANCED, ENHANCED, SIMPLE, OBSOLETE]))
    frame = draw(st.binary(max_size=20))
    caplen = len(frame) + draw(st.sampled_from([0] * 9 + [4, -1]))
    padded = frame + bytes(-len(frame) % 4)
    comment = struct.pack(order + "HH", 1, 4) + b"abcd"
    options = b"" if kind == SIMPLE else draw(st.sampled_from([b"", b"\0\0\0\0", comment]))
    interface = draw(st.integers(0, interfaces - (draw(st.integers(0, 9)) > 0)))
    if kind == SIMPLE:
        head = struct.pack(order + "I", draw(st.one_of(st.just(max(caplen, 0)), words)))
    elif kind == ENHANCED:
        head = struct.pack(order + "IIIII", interface, draw(words), draw(words), max(caplen, 0), draw(words))
    else:
        drops = draw(st.sampled_from([0, 1, 0x1234, 0xFFFF]))
        head = struct.pack(order + "HHIIII", interface, drops, draw(words), draw(words), max(caplen, 0), draw(words))
    body = head + padded + options
    length = len(body) + 12 + draw(st.sampled_from([0] * 15 + [1, 4, -4]))
    trailer = length + draw(st.sampled_from([0] * 15 + [1]))
    kind = draw(st.sampled_from([kind] * 15 + [STATISTICS]))
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", trailer)


@st.composite
def sections(draw: st.DrawFn) -> Blocks:
    little, interfaces = draw(st.booleans()), draw(st.sampled_from([0, 1, 2, 2, 3]))
    packets = draw(st.lists(packet("<" if little else ">", max(interfaces, 1)), max_size=6))
    octets = b"".join(packets)
    cut = draw(st.sampled_from([0, 0, 0, 1, 4, 13, 30]))
    snaplen = draw(st.sampled_from([1 << 32, 16, 5, 4])) if interfaces else 0
    return Blocks(octets[: max(len(octets) - cut, 0)], little, interfaces, snaplen)


@given(blocks=sections(), room=st.integers(0, 7))
def test_the_packets_are_those_of_a_plain_reader(blocks: Blocks, room: int) -> None:
    size = len(blocks.octets)
    assert blocks.walk(0, size, room) == blocks.expected(0, size, room)


@given(octets=st.binary(max_size=100), little=st.booleans(), data=st.data())
def test_any_octets_at_all(octets: bytes, little: bool, data: st.DataObject) -> None:
    blocks = Blocks(octets, little, 2, 1 << 32)
    start = data.draw(st.integers(0, len(octets)))
    end = data.draw(st.integers(start, len(octets)))
    assert blocks.walk(start, end, 3) == blocks.expected(start, end, 3)


@given(octets=st.binary(max_size=140), length=st.integers(0, 140), kind=st.sampled_from([2, 3, 6]))
def test_any_octets_in_a_block(octets: bytes, length: int, kind: int) -> None:
    """The frame around them is right, so what is inside is looked at, up to the longest block and beyond."""
    framed = struct.pack("<II", kind, length) + octets[: max(length - 12, 0)] + struct.pack("<I", length) + bytes(12)
    blocks = Blocks(framed, True, 1 << 32, 1 << 32)
    assert blocks.walk(0, len(framed), 3) == blocks.expected(0, len(framed), 3)


@given(blocks=sections())
def test_the_packets_are_those_that_the_capture_layer_reads(blocks: Blocks) -> None:
    """Options are not the walk's business: where the capture layer stops at damaged ones, the walk goes on."""
    interfaces = tuple(
        Interface(1, 0 if blocks.snaplen == 1 << 32 else blocks.snaplen) for _ in range(blocks.interfaces)
    )
    section = Section.begun(little=blocks.little)
    for interface in interfaces:
        section = section.extended(interface)
    padded = np.concatenate([np.frombuffer(blocks.octets, np.uint8), np.zeros(256, np.uint8)])
    batch, stop = section.read(padded, 0, len(blocks.octets), 1)
    columns = walled_columns(8, 7)
    settings = (blocks.little, len(interfaces), section.implied_snaplen, MAX_BLOCK)
    n, found_stop = walk_packets(padded, 0, len(blocks.octets), *settings, columns)
    k = len(batch)
    assert (n, found_stop) == (k, stop) or (k < n and columns[6, k] > 0)
    of_batch = (batch.offset, batch.caplen, batch.orig_len, batch.stamp.view(np.int64), batch.interface)
    assert columns[:5, :k].tolist() == [column.tolist() for column in of_batch]
    if batch.annex is not None and batch.annex.octets is padded:
        assert columns[5:7, :k].tolist() == [batch.annex.offset.tolist(), batch.annex.length.tolist()]


def test_what_is_asked_for_has_to_be_there() -> None:
    octets, columns = np.zeros(100, np.uint8), walled_columns(8, 2)
    with pytest.raises(ValueError, match="octets 0 to 101 of a block of 100"):
        walk_packets(octets, 0, 101, True, 1, 0, MOST_BLOCK, columns)
    with pytest.raises(ValueError, match="a snap length of -1"):
        walk_packets(octets, 0, 100, True, 1, -1, MOST_BLOCK, columns)
    with pytest.raises(ValueError, match="4 columns, not 8"):
        walk_packets(octets, 0, 100, True, 1, 0, MOST_BLOCK, columns[:4])
