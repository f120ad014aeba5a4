"""NVGRE, and how it is told from Ethernet over GRE with a key (RFC 7637 section 3.2)."""

from __future__ import annotations

import pytest
from captured_headers import GRETAP_KEY, GRETAP_PLAIN, NVGRE, NVGRE_OVS
from hypothesis import given
from hypothesis import strategies as st
from looked_at import read_octets
from scapy_reader import scapy_layer

from dovetool.errors import FrameError, MalformedError
from dovetool.wire import ENCAPSULATIONS, NvgreHeader, OverlayFields, OverlayHeader, Vnid, vnid


@pytest.mark.parametrize(("octets", "vsid", "flow"), [(NVGRE, 0x123456, 2), (NVGRE_OVS, 5001, 77)])
def test_captured_header_both_ways(octets: bytes, vsid: int, flow: int) -> None:
    assert NvgreHeader.parse(octets) == NvgreHeader(vnid(vsid), flow)
    assert NvgreHeader(vnid(vsid), flow).emit() == octets
    assert read_octets("nvgre", octets) == OverlayHeader("nvgre", vnid(vsid), 8)


@given(vsid=st.integers(0, 0xFF_FFFF).map(vnid), flow=st.integers(0, 255))
def test_scapy_reads_key_and_protocol(vsid: Vnid, flow: int) -> None:
    packet = scapy_layer("GRE", NvgreHeader(vsid, flow).emit())
    assert (packet.key, packet.proto, packet.key_present, packet.seqnum_present) == (vsid << 8 | flow, 0x6558, 1, 0)
    assert NvgreHeader.parse(NvgreHeader(vsid, flow).emit()) == NvgreHeader(vsid, flow)


@pytest.mark.parametrize(
    ("key", "name", "identifier"),
    [
        (0, "gretap", 0),
        (100, "gretap", 100),
        (0x000F_FFFF, "gretap", 0xF_FFFF),
        (0x0010_0000, "nvgre", 0x1000),
        (0x1234_5602, "nvgre", 0x123456),
        (0xFFFF_FEFF, "nvgre", 0xFF_FFFE),
        (0xFFFF_FF00, "nvgre", 0xFF_FFFF),
    ],
)
def test_reserved_vsid_is_a_key_of_gretap(key: int, name: str, identifier: int) -> None:
    """VSIDs up to 0xFFF are reserved; the one left to vendors is received."""
    octets = bytes.fromhex("20006558") + key.to_bytes(4, "big")
    assert read_octets("nvgre", octets) == OverlayHeader(name, vnid(identifier), 8)


@pytest.mark.parametrize(
    "octets",
    [
        GRETAP_PLAIN,
        GRETAP_KEY,
        bytes.fromhex("30006558 12345602 00000001"),
        bytes.fromhex("a0006558 00000000 12345602"),
        bytes.fromhex("20086558 12345602"),
    ],
    ids=["plain", "key", "sequence", "checksum", "reserved bit"],
)
def test_other_headers_are_read_as_gretap_reads_them(octets: bytes) -> None:
    assert read_octets("nvgre", octets) == read_octets("gretap", octets)


@pytest.mark.parametrize("octets", ["20000800 12345602", "20016558 12345602", "60006558 12345602"])
def test_what_is_neither_is_refused(octets: str) -> None:
    with pytest.raises(FrameError, match="GRE"):
        read_octets("nvgre", bytes.fromhex(octets))
    with pytest.raises(MalformedError, match="NVGRE"):
        NvgreHeader.parse(bytes.fromhex(octets))


def test_flow_octet_is_the_last_and_left_to_the_caller() -> None:
    octets = bytearray(ENCAPSULATIONS["nvgre"].emit(OverlayFields(vnid(5001))))
    at = ENCAPSULATIONS["nvgre"].flow_at
    assert (at, octets[7]) == (7, 0)
    octets[7] = 77
    assert bytes(octets) == NVGRE_OVS


@pytest.mark.parametrize("flow", [-1, 256])
def test_flow_of_more_than_8_bits_is_refused(flow: int) -> None:
    with pytest.raises(ValueError, match=str(flow)):
        NvgreHeader(vnid(5001), flow)
