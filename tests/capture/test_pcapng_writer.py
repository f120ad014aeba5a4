"""Interfaces, sections and simple packets on their way through the writer."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from capture_strategies import Packet, block, interface, option, section, simple
from second_opinion import blocks, frames, put, rewritten, stored, tshark

from dovetool import __version__
from dovetool.capture.batch import Annex, Batch, Passage
from dovetool.capture.blocks import BLOCKS
from dovetool.capture.framing import fitted, lay_out
from dovetool.capture.pcapng import PcapngClock, PcapngWriter
from dovetool.capture.reader import CaptureReader

NAME = option(2, b"eth\xff7", "<")
NANO = option(9, b"\x09", "<") + bytes(4)


def read(octets: bytes) -> list[Batch | Passage]:
    """All blocks of a file that fits one buffer, so that its batches stay valid."""
    with CaptureReader(stored(octets)) as reader:
        return list(reader)


def batches(octets: bytes) -> list[Batch]:
    return [each for each in read(octets) if isinstance(each, Batch)]


def test_an_interface_is_read_with_all_it_says() -> None:
    (batch,) = batches(section("<") + interface("<", 113, 96, NAME + NANO) + Packet(b"x" * 10, 20, 5).emit())
    (found,) = batch.interfaces
    assert (found.link_type, found.snaplen, found.name, found.options) == (113, 96, "eth\ufffd7", NAME + NANO)
    assert batch.ts_ns.tolist() == [5]


def test_consecutive_packets_are_one_batch_and_other_blocks_end_it() -> None:
    one, other = Packet(b"abc").emit(), block(0x40000BAD, b"1234", "<")
    found = read(section("<") + interface("<") + one * 3 + other + one + interface("<") + one)
    kinds = [len(each) if isinstance(each, Batch) else hex(each.kind) for each in found]
    assert kinds == ["0xa0d0d0a", "0x1", 3, "0x40000bad", 1, "0x1", 1]
    assert [each.first_number for each in found if isinstance(each, Batch)] == [1, 4, 5]
    assert [len(each.interfaces) for each in found if isinstance(each, Batch)] == [1, 1, 2]


def test_each_section_has_its_own_interfaces() -> None:
    sections = [
        section(order) + interface(order, link) + Packet(b"z", ticks=7, order=order).emit()
        for order, link in [("<", 1), (">", 113), ("<", 228)]
    ]
    found = batches(b"".join(sections))
    assert [each.interfaces[0].link_type for each in found] == [1, 113, 228]
    assert [each.ts_ns.tolist() for each in found] == [[7000]] * 3


def test_a_section_of_an_unknown_version_is_skipped_where_its_length_is_known() -> None:
    good = section("<") + interface("<") + Packet(b"good").emit()
    strange = b"\xff" * 3_000_000
    octets = good + section("<", major=9, length=len(strange)) + strange + good
    assert [len(each) for each in batches(octets)] == [1, 1]
    assert rewritten(stored(octets)) == good * 2


@pytest.mark.parametrize("snaplen", [0, 96, 300_000])
def test_longer_frames_get_a_larger_snaplen(snaplen: int) -> None:
    octets = section("<") + interface("<", 1, snaplen, NAME) + Packet(b"x").emit()
    found = blocks(rewritten(stored(octets), grows=True))
    assert struct.unpack_from("<HHI", found[1].body) == (1, 0, max(snaplen, 262_144) if snaplen else 0)
    assert found[1].body[8:] == NAME


def test_our_own_section_says_who_wrote_it() -> None:
    out = bytearray()
    PcapngWriter(out.extend).finish()
    ((_, body, little),) = blocks(bytes(out))
    assert little
    assert option(4, f"dovetool {__version__}".encode(), "<") in body


def twin_of(batch: Batch, row: int) -> Batch:
    """The batch with one frame on an Ethernet twin of its interface."""
    clock = batch.clock
    assert isinstance(clock, PcapngClock)
    at = int(batch.interface[row])
    column = batch.interface.copy()
    column[row] = len(batch.interfaces)
    interfaces = (*batch.interfaces, replace(batch.interfaces[at], link_type=1))
    return replace(batch, interface=column, interfaces=interfaces, clock=clock.extended(clock.timings[at]))


def test_a_twin_is_described_before_its_first_frame_and_later_ids_move() -> None:
    """Statistics and packets of an interface described after the twin find it under its new number."""
    statistics = block(5, struct.pack("<III", 1, 0, 0), "<")
    octets = section("<") + interface("<", 113, 0, NAME + NANO) + Packet(b"a", ticks=1).emit() * 2
    octets += interface("<", 1) + statistics + Packet(b"b", number=1, ticks=2).emit() + Packet(b"c", ticks=3).emit()
    out = bytearray()
    writer = PcapngWriter(out.extend)
    for index, each in enumerate(read(octets)):
        put(writer, twin_of(each, 1) if isinstance(each, Batch) else each)
        assert index or len(out) == 28
    found = blocks(bytes(out))
    assert [each.kind for each in found] == [0x0A0D0D0A, 1, 6, 1, 6, 1, 5, 6, 6]
    assert [each.body[0] for each in found if each.kind == 1] == [113, 1, 1]
    assert found[3].body[8:] == NAME + NANO
    assert [each.body[0] for each in found if each.kind in {5, 6}] == [0, 1, 2, 2, 1]
    assert [ts_ns for ts_ns, *_ in frames(stored(bytes(out)))] == [1, 1, 2000, 3]


def test_interfaces_stand_where_they_do_however_frames_were_batched() -> None:
    """Each before its first frame, in the order of these, and equal ones once."""
    octets = section("<") + interface("<", 113) + b"".join(Packet(bytes([at])).emit() for at in range(7))
    passages, batch = read(octets)[:2], batches(octets)[0]
    named = [replace(batch.interfaces[0], name=name, options=option(2, name.encode(), "<")) for name in "abca"]
    twins = replace(
        batch,
        interface=np.array([0, 3, 2, 3, 1, 4, 0]),
        interfaces=(*batch.interfaces, *named),
        clock=batch.clock.with_twins([0, 0, 0, 0]),
    )
    made = []
    for size in (1, 3, 7):
        out = bytearray()
        writer = PcapngWriter(out.extend)
        for each in passages:
            put(writer, each)
        for start in range(0, 7, size):
            writer.write(twins.take(np.arange(start, min(start + size, 7))))
        made.append(bytes(out))
    assert made[1:] == made[:1] * 2
    found = blocks(made[0])[1:]
    assert [each.body[8:][4:5] if each.kind == 1 else each.body[0] for each in found] == [
        *(b"", 0, b"c", 1, b"b", 2, 1, b"a", 3, 3, 0)
    ]


def test_an_unused_twin_is_not_described() -> None:
    octets = section("<") + interface("<", 113) + Packet(b"a").emit()
    out = bytearray()
    writer = PcapngWriter(out.extend)
    for each in read(octets):
        put(writer, replace(twin_of(each, 0), interface=each.interface) if isinstance(each, Batch) else each)
    assert bytes(out) == octets


def test_an_interface_that_changed_where_it_stands_is_a_twin_too() -> None:
    octets = section("<") + interface("<", 113, 0, NANO) + Packet(b"a", ticks=9).emit()
    out = bytearray()
    writer = PcapngWriter(out.extend)
    for each in read(octets):
        if isinstance(each, Batch):
            each = replace(each, interfaces=(replace(each.interfaces[0], link_type=1),))  # noqa: PLW2901
        put(writer, each)
    assert tshark(stored(bytes(out)), "frame.interface_id", "frame.encap_type", "frame.time_epoch") == [
        ("1", "1", "0.000000009")
    ]


def test_a_worker_writes_only_its_frames() -> None:
    octets = section("<") + interface("<", 1) + Packet(b"abc", options=option(1, b"x", "<")).emit()
    elsewhere, here = bytearray(), bytearray()
    writer = PcapngWriter(elsewhere.extend)
    for each in read(octets):
        if isinstance(each, Batch):
            writer.sink = here.extend
        put(writer, each)
    assert bytes(elsewhere + here) == octets
    assert blocks(bytes(here))[0].kind == 6


def test_a_batch_of_the_other_byte_order_begins_a_section() -> None:
    """Options are never read in the wrong byte order, even when the writer did not see the source's section."""
    out = bytearray()
    writer = PcapngWriter(out.extend)
    writer.begin()
    for order in "<>":
        options = option(9, b"\x03", order)
        packet = Packet(b"a", ticks=4, order=order, options=option(1, b"said", order))
        for each in batches(section(order) + interface(order, 1, 0, options) + packet.emit()):
            writer.write(each)
    assert [each.little for each in blocks(bytes(out)) if each.kind == 6] == [True, False]
    assert tshark(stored(bytes(out)), "frame.time_epoch", "frame.comment") == [("0.004000000", "said")] * 2


@pytest.mark.parametrize("grows", [False, True])
def test_simple_packets_stay_simple_while_their_length_is_implied(grows: bool) -> None:
    """A larger snap length would imply a longer frame, so a cut frame becomes an enhanced packet without time."""
    octets = section("<") + interface("<", 1, 8) + simple(b"whole", 5) + simple(b"cut off ", 50) + Packet(b"e").emit()
    out = rewritten(stored(octets), grows=grows)
    assert [each.kind for each in blocks(out)][2:] == ([3, 6, 6] if grows else [3, 3, 6])
    assert frames(stored(out)) == frames(stored(octets))
    assert tshark(stored(out), "frame.time_epoch")[0] == ("",)


def test_frames_that_a_stage_laid_out_are_filled_in_where_they_are() -> None:
    """One call of the sink, from the block itself."""
    options = option(1, b"kept", "<") + bytes(4)
    (batch,) = batches(section("<") + interface("<") + Packet(b"abcde", options=options).emit() * 2)
    given: list[bytes | memoryview] = []
    writer = PcapngWriter(given.append)
    writer.begin()
    writer.write(batch.take(np.array([0])))
    offset, size = lay_out(batch.caplen - 2, writer.framing, batch.annex)
    block_of_octets = BLOCKS.take(size)
    for row, at in enumerate(offset.tolist()):
        block_of_octets[at : at + 3] = np.frombuffer(batch.frame(row)[2:], np.uint8)
    laid_out = replace(batch, octets=block_of_octets, offset=offset, caplen=batch.caplen - 2, framed_for=writer.framing)
    given.clear()
    writer.write(laid_out)
    (view,) = given
    assert np.shares_memory(np.frombuffer(view, np.uint8), block_of_octets)
    assert bytes(view) == Packet(b"cde", 5, options=options).emit() * 2


def test_a_batch_whose_room_does_not_fit_any_more_is_laid_out_anew() -> None:
    (batch,) = batches(section("<") + interface("<") + Packet(b"abcde").emit() * 2)
    options = option(1, b"new", "<")
    annex = Annex(
        np.frombuffer(options + bytes(256), np.uint8), batch.offset * 0, batch.offset * 0 + 8, batch.offset < 0
    )
    out = bytearray()
    writer = PcapngWriter(out.extend)
    writer.write(replace(batch, annex=annex))
    assert bytes(out).endswith(Packet(b"abcde", options=options).emit() * 2)
    assert fitted(batch, writer.framing) is batch


def test_ids_and_times_of_frames_from_pcap(tmp_path: Path) -> None:
    """Two pcap sources of different clocks share a file: each interface ticks as its source did."""
    out = bytearray()
    writer = PcapngWriter(out.extend)
    for magic, fraction in [(0xA1B2C3D4, 999_999), (0xA1B23C4D, 999_999_999)]:
        path = tmp_path / hex(magic)
        head = struct.pack(">IHHIIII", magic, 2, 4, 0, 0, 70 + (fraction > 10**6), 1)
        path.write_bytes(head + struct.pack(">IIII", 1, fraction, 2, 9) + b"ab")
        with CaptureReader(path) as reader:
            for each in reader:
                put(writer, each)
    assert tshark(stored(bytes(out)), "frame.interface_id", "frame.time_epoch", "frame.len", "frame.cap_len") == [
        ("0", "1.999999000", "9", "2"),
        ("1", "1.999999999", "9", "2"),
    ]
