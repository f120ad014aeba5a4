"""What decisions look at, read from many frames at once."""

from __future__ import annotations

import numpy as np
import pytest
from both_ways import batch_of
from frames import TEP_IPS, eth, udp
from frames import ipv4 as outer_ipv4
from frames import vxlan as in_vxlan
from guest_frames import IP2, TCP, UDP, ethernet, ipv4
from strategies import Captured

from dovetool.engine.readings import Kind, Read, Readings
from dovetool.frame.view import FrameView, Shape
from dovetool.stages.strip import Strip
from dovetool.verdict.verdict import Frame

WORDS = np.zeros(2, np.uint64)


def readings(*frames: bytes) -> Readings:
    captured = [Captured(Frame(octets, len(octets)), 0, 1) for octets in frames]
    return Readings(batch_of(captured), [WORDS[: len(frames)]], 16)


@pytest.mark.parametrize("at", [0, 8, 248, 592, 4000])
def test_a_word_is_that_of_each_frame_that_is_long_enough(at: int) -> None:
    """However short the frames beside it are, and wherever the block of both ends."""
    long, mask = bytes(range(256)) * 20, 0x00FF_00FF_0000_FFFF
    word = int.from_bytes(long[at : at + 8], "little") & mask
    for frames, row in (((long[: at + 8], b"short"), 0), ((b"short", long[: at + 8]), 1)):
        assert readings(*frames)[Read(Kind.WORD, at, mask)][row] == word


def test_a_read_beyond_all_frames_is_anything() -> None:
    assert len(readings(b"short", b"too")[Read(Kind.WORD, 4000, 1)]) == 2


def test_a_choice_is_its_place() -> None:
    """None of them is 0."""
    found = readings(bytes((0, 18, 0xB5)), bytes((0, 0, 1)))[Read(Kind.CHOICE, 1, (7, 4789))]
    assert found.tolist() == [2, 0]


def strip_shape(protocol: int, segment: bytes) -> Shape:
    inner = ethernet(ipv4(segment, protocol, dst=IP2), 0x0800)
    datagram = udp(in_vxlan(inner, 5001), dst_port=4789)
    view = FrameView(eth(bytes(6), bytes(6), 0x0800, outer_ipv4(datagram, src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1])))
    Strip().decide(view)
    return view.shape()


def test_flows_of_tcp_and_of_udp_are_looked_up_alike() -> None:
    """One table holds both, so that each frame is looked up once."""
    assert strip_shape(TCP, bytes(20)) == strip_shape(UDP, bytes(8))
