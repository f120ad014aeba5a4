"""Whatever a file contains comes out again: pcapng block by block, pcap record by record."""

from __future__ import annotations

import numpy as np
from capture_strategies import Packet, PcapFile, interface, option, pcap_files, pcapng_files, section
from hypothesis import given, settings
from hypothesis import strategies as st
from second_opinion import blocks, frames, rewritten, stored

from dovetool.capture.batch import Batch
from dovetool.capture.framing import BARE, fitted
from dovetool.capture.pcap import PcapFormat
from dovetool.capture.pcapng import PcapngWriter
from dovetool.capture.reader import CaptureReader
from dovetool.capture.writer import PcapWriter

_FEW = settings(max_examples=60)


@_FEW
@given(pcapng_files)
def test_pcapng_comes_out_as_it_went_in(octets: bytes) -> None:
    assert blocks(rewritten(stored(octets))) == blocks(octets)


@_FEW
@given(pcapng_files)
def test_pcapng_that_was_laid_out_anew_is_the_same(octets: bytes) -> None:
    """Frames that were copied away from where they were read are written with all that belonged to them."""
    out = bytearray()
    writer = PcapngWriter(out.extend)
    with CaptureReader(stored(octets)) as reader:
        for block in reader:
            if isinstance(block, Batch):
                writer.write(fitted(block, BARE))
            else:
                writer.pass_on(block)
    assert blocks(bytes(out)) == blocks(octets)


@_FEW
@given(pcapng_files, st.data())
def test_pcapng_rows_are_written_in_the_order_asked(octets: bytes, data: st.DataObject) -> None:
    out = bytearray()
    writer = PcapngWriter(out.extend)
    expected = []
    with CaptureReader(stored(octets)) as reader:
        for block in reader:
            if isinstance(block, Batch):
                rows = data.draw(st.lists(st.integers(0, len(block) - 1), max_size=2 * len(block)))
                taken = block.take(np.array(rows, np.int64))
                expected += [(int(taken.ts_ns[row]), taken.frame(row)) for row in range(len(taken))]
                writer.write(taken)
            else:
                writer.pass_on(block)
    seen = [(ts_ns, frame) for ts_ns, _, frame in frames(stored(bytes(out)))]
    assert seen == expected


@_FEW
@given(pcap_files())
def test_pcap_comes_out_as_it_went_in(capture: PcapFile) -> None:
    """Octet for octet: byte order, unit of time, original length, order."""
    out = bytearray()
    with CaptureReader(stored(capture.emit())) as reader:
        assert reader.pcap is not None
        writer = PcapWriter(out.extend, reader.pcap)
        writer.begin()
        for batch in reader:
            assert isinstance(batch, Batch)
            writer.write(batch)
    assert bytes(out) == capture.emit()


@_FEW
@given(pcap_files())
def test_pcap_is_read_as_it_says(capture: PcapFile) -> None:
    unit = 1 if capture.nanoseconds else 1000
    expected = [(s * 10**9 + f * unit, orig_len, octets) for s, f, orig_len, octets in capture.records]
    assert frames(stored(capture.emit())) == expected


@_FEW
@given(pcap_files(), st.booleans(), st.booleans())
def test_pcap_to_another_pcap_keeps_all_but_finer_time(capture: PcapFile, little: bool, nanoseconds: bool) -> None:
    out = bytearray()
    with CaptureReader(stored(capture.emit())) as reader:
        writer = PcapWriter(out.extend, PcapFormat(1, nanoseconds=nanoseconds, little=little))
        writer.begin()
        for batch in reader:
            assert isinstance(batch, Batch)
            writer.write(batch)
    before, unit = frames(stored(capture.emit())), 1 if nanoseconds else 1000
    assert frames(stored(bytes(out))) == [frame._replace(ts_ns=frame.ts_ns // unit * unit) for frame in before]


@_FEW
@given(pcap_files())
def test_pcap_to_pcapng_keeps_all(capture: PcapFile) -> None:
    """The interface gets the unit of time of the pcap file, so ticks are what the file had."""
    out = rewritten(stored(capture.emit()))
    assert frames(stored(out)) == frames(stored(capture.emit()))
    if capture.records:
        assert option(9, b"\x09" if capture.nanoseconds else b"\x06", "<") in blocks(out)[1].body


def test_a_file_larger_than_the_buffer_is_the_same() -> None:
    """Packets across the borders of blocks read, one of them larger than the buffer."""
    sizes = [60, 1514, 9000, 0, 3, 262_144, 3_000_000] * 40
    options = option(1, b"a comment", "<") + bytes(4)
    packets = [Packet(bytes([n % 251]) * size, None, n, options=options * (n % 3 == 0)) for n, size in enumerate(sizes)]
    octets = section("<") + interface("<") + b"".join(packet.emit() for packet in packets[:200])
    assert rewritten(stored(octets)) == octets
