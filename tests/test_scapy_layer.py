"""scapy's layer of the tag against the codec of ours, both ways."""

# ruff: noqa: ANN401  (scapy has no types)

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_capture import read_capture

from dovetool.installed import how_to_add
from dovetool.wire import DoveTag, vnid

with warnings.catch_warnings():  # scapy uses ciphers that the cryptography package is about to drop
    warnings.simplefilter("ignore")
    from scapy.layers import inet, inet6, l2

    from dovetool.scapy import DOVE

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "tagged" / "out.pcap"
TAGGED = Path(__file__).resolve().parents[1] / "samples" / "demo" / "taps" / "2-tagged.pcapng"
ETHER: Any = l2.Ether
MACS = {"dst": "02:00:00:00:00:0b", "src": "02:00:00:00:00:0a"}
TAGS = st.builds(DoveTag, st.integers(0, 0xFF_FFFF).map(vnid), st.integers(0, 7), st.booleans())


def ether() -> Any:
    return ETHER(**MACS)


@given(tag=TAGS, ethertype=st.integers(0x600, 0xFFFF), payload=st.binary(max_size=64))
def test_what_scapy_writes_we_read(tag: DoveTag, ethertype: int, payload: bytes) -> None:
    frame = bytes(ether() / DOVE(pcp=tag.pcp, dei=tag.dei, vnid=tag.vnid, type=ethertype) / payload)
    assert DoveTag.parse(frame) == tag
    assert frame[:12] + frame[18:] == bytes(ETHER(**MACS, type=ethertype) / payload)


@given(tag=TAGS, pad=st.integers(0, 15), ethertype=st.integers(0x8000, 0x80F2), payload=st.binary(max_size=64))
def test_what_we_write_scapy_reads(tag: DoveTag, pad: int, ethertype: int, payload: bytes) -> None:
    octets = bytearray(bytes(12) + tag.emit() + ethertype.to_bytes(2, "big") + payload)
    octets[17] |= pad
    packet = ETHER(bytes(octets))
    read = packet[DOVE]
    assert (read.pcp, bool(read.dei), read.vnid, read.pad, read.type) == (tag.pcp, tag.dei, tag.vnid, pad, ethertype)
    assert bytes(packet) == bytes(octets)


def test_captured_frames_stay_as_they_are() -> None:
    for capture in (SAMPLE, TAGGED):
        frames = [frame.octets for frame in read_capture(capture)]
        packets = [ETHER(octets) for octets in frames]
        assert [packet[DOVE].vnid for packet in packets] == [DoveTag.parse(octets).vnid for octets in frames]
        assert [bytes(packet) for packet in packets] == frames


@pytest.mark.parametrize(
    ("inner", "ethertype"),
    [
        (inet.IP() / inet.ICMP(), 0x0800),
        (inet6.IPv6(), 0x86DD),
        (l2.ARP(), 0x0806),
        (l2.Dot1Q(vlan=7) / inet.IP(), 0x8100),
        (DOVE(vnid=7) / inet.IP(), 0x88B5),
    ],
    ids=["IPv4", "IPv6", "ARP", "802.1Q", "tag in tag"],
)
def test_what_may_stand_below(inner: Any, ethertype: int) -> None:
    frame = bytes(ether() / DOVE(vnid=5001) / inner)
    assert int.from_bytes(frame[18:20], "big") == ethertype
    assert type(ETHER(frame)[DOVE].payload) is type(inner)


def test_below_a_vlan() -> None:
    for outer in (l2.Dot1Q(vlan=7), l2.Dot1AD(vlan=7)):
        frame = bytes(ether() / outer / DOVE(vnid=5001))
        assert DoveTag.parse(frame, 16).vnid == 5001
        assert ETHER(frame)[DOVE].vnid == 5001


def test_a_length_leads_to_llc() -> None:
    """As in an 802.3 frame: the length is filled in, and what is behind it only fills the frame."""
    frame = bytes(ether() / DOVE(vnid=5001) / l2.LLC() / l2.STP())
    assert int.from_bytes(frame[18:20], "big") == len(frame) - 20
    packet = ETHER(frame + bytes(5))
    assert packet[l2.LLC].payload.name == "Spanning Tree Protocol"
    assert bytes(packet.lastlayer()) == bytes(5)


def test_without_scapy() -> None:
    code = "import sys; sys.modules['scapy'] = None\nimport dovetool.scapy"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == f"ImportError: scapy is not installed: {how_to_add('scapy')}"
