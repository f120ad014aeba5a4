"""Options of packets: a hash goes with the octets it was made of, a comment comes behind what is there."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from capture_strategies import OPTION_CODES, Packet, interface, old_packet, option, section, tells_no_fcs
from hypothesis import given
from hypothesis import strategies as st
from second_opinion import blocks, stored, tshark

from dovetool.capture.batch import Annex, Batch
from dovetool.capture.pcapng import PcapngWriter, changed, commented
from dovetool.capture.reader import CaptureReader

HASH = 3
orders = st.sampled_from("<>")
end_marks = st.sampled_from([b"", bytes(4)])
few = st.tuples(st.sampled_from([*OPTION_CODES, HASH]), st.binary(max_size=6)).filter(tells_no_fcs)
lists = st.lists(st.tuples(st.lists(few, max_size=4) | st.lists(few, min_size=30, max_size=40), end_marks), max_size=8)


def emit(found: list[tuple[int, bytes]], end: bytes, order: str) -> bytes:
    return b"".join(option(code, value, order) for code, value in found) + (end if found else b"")


def annex_of(runs: list[bytes], order: str) -> Annex:
    length = np.array([len(run) for run in runs], np.int64)
    octets = np.frombuffer(b"".join(runs) + bytes(256), np.uint8)
    return Annex(octets, np.cumsum(length) - length, length, length < 0, order == "<")


def runs_of(annex: Annex) -> list[bytes]:
    pairs = zip(annex.offset.tolist(), annex.length.tolist(), strict=True)
    return [annex.octets[at : at + size].tobytes() for at, size in pairs]


@given(orders, lists, st.data())
def test_only_the_hashes_of_changed_frames_go(
    order: str, packets: list[tuple[list[tuple[int, bytes]], bytes]], data: st.DataObject
) -> None:
    annex = annex_of([emit(found, end, order) for found, end in packets], order)
    touched = data.draw(st.lists(st.booleans(), min_size=len(packets), max_size=len(packets)))
    expected = [
        emit([each for each in found if each[0] != HASH or not hit], end, order)
        for (found, end), hit in zip(packets, touched, strict=True)
    ]
    assert runs_of(changed(annex, np.array(touched, np.bool_))) == expected
    assert runs_of(changed(annex, np.flatnonzero(touched))) == expected


def test_nothing_to_drop_costs_nothing() -> None:
    annex = annex_of([option(1, b"comment", "<"), b"", option(2, bytes(4), "<")], "<")
    assert changed(annex, np.array([True, True, True])) is annex


def batch_of(octets: bytes) -> Batch:
    with CaptureReader(stored(octets)) as reader:
        return next(block for block in reader if isinstance(block, Batch))


@given(orders, lists.filter(bool), st.data())
def test_a_comment_comes_behind_the_options(
    order: str, packets: list[tuple[list[tuple[int, bytes]], bytes]], data: st.DataObject
) -> None:
    octets = section(order) + interface(order)
    octets += b"".join(Packet(b"frame", options=emit(*each, order), order=order).emit() for each in packets)
    texts = ["one", "größer", ""]
    which = data.draw(st.lists(st.integers(0, 2), min_size=len(packets), max_size=len(packets)))
    with CaptureReader(stored(octets)) as reader:
        batch = next(block for block in reader if isinstance(block, Batch))
        said = commented(batch, texts, np.array(which, np.int64))
        assert said.annex is not None
        runs = runs_of(said.annex)
    expected = [
        emit([*found, (1, texts[index].encode())], end if found else bytes(4), order)
        for (found, end), index in zip(packets, which, strict=True)
    ]
    assert runs == expected


@pytest.mark.parametrize("order", ["<", ">"])
def test_tshark_shows_the_comments_of_frames_from_pcap(order: str) -> None:
    records = b"".join(struct.pack("<IIII", n, 0, 60, 60) + bytes([n]) * 60 for n in range(4))
    batch = batch_of(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 0, 1) + records)
    out = bytearray()
    writer = PcapngWriter(out.extend)
    writer.begin(little=order == "<")
    writer.write(commented(batch, ["malformed", "untagged"], np.array([1, 0, 0, 1]), little=order == "<"))
    seen = tshark(stored(bytes(out)), "frame.time_epoch", "frame.comment")
    assert [comment for _, comment in seen] == ["untagged", "malformed", "malformed", "untagged"]
    assert [float(time) for time, _ in seen] == [0, 1, 2, 3]
    assert {each.little for each in blocks(bytes(out))} == {order == "<"}


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_drop_count_of_an_obsolete_block_becomes_an_option(order: str) -> None:
    flags = option(2, bytes(4), order) + bytes(4)
    packets = [
        old_packet(Packet(b"one", order=order, number=1, options=flags), 5),
        old_packet(Packet(b"two", order=order, number=1), 0xFFFF),
        old_packet(Packet(b"three", order=order), 0),
    ]
    octets = section(order) + interface(order) * 2 + b"".join(packets)
    out = bytearray()
    writer = PcapngWriter(out.extend)
    with CaptureReader(stored(octets)) as reader:
        for block in reader:
            if isinstance(block, Batch):
                assert block.interface.tolist() == [1, 1, 0]
                writer.write(block)
            else:
                writer.pass_on(block)
    five = struct.pack(order + "Q", 5)
    counted = [
        Packet(b"one", order=order, number=1, options=option(4, five, order) + flags).emit(),
        Packet(b"two", order=order, number=1).emit(),
        Packet(b"three", order=order, options=option(4, bytes(8), order) + bytes(4)).emit(),
    ]
    assert bytes(out[-len(b"".join(counted)) :]) == b"".join(counted)
