"""What all codecs promise: captured octets both ways, and a clear error for every shorter length and for junk."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from captured_headers import ETHERNET, IPV4, IPV6, TAG, UDP, VLAN, VXLAN
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetool.errors import FrameError, TruncatedError
from dovetool.stages.view import FrameView
from dovetool.wire import (
    ENCAPSULATIONS,
    UDP_PORTS,
    DoveTag,
    EthernetHeader,
    Ipv4Header,
    Ipv6Header,
    UdpHeader,
    VlanTag,
    VxlanHeader,
    vnid,
)

CODECS: dict[str, tuple[Any, bytes]] = {
    "tag": (DoveTag, TAG),
    "Ethernet": (EthernetHeader, ETHERNET),
    "802.1Q": (VlanTag, VLAN),
    "IPv4": (Ipv4Header, IPV4),
    "IPv6": (Ipv6Header, IPV6),
    "UDP": (UdpHeader, UDP),
    "VXLAN": (VxlanHeader, VXLAN),
}
BY_NAME = pytest.mark.parametrize("name", CODECS)


@BY_NAME
def test_captured_octets_both_ways(name: str) -> None:
    """IPv4: what is sent differs in identification and flags, which are not kept, so in the checksum too."""
    codec, octets = CODECS[name]
    header = codec.parse(octets, 0)
    assert len(octets) == codec.LEN
    assert codec.parse(header.emit(), 0) == header
    if codec is not Ipv4Header:
        assert header.emit() == octets


@BY_NAME
def test_header_is_read_where_it_stands(name: str) -> None:
    codec, octets = CODECS[name]
    assert codec.parse(b"\xff" * 7 + octets + b"\xff" * 5, 7) == codec.parse(octets, 0)


@BY_NAME
@pytest.mark.parametrize("before", [0, 7])
def test_every_shorter_length_is_truncated(name: str, before: int) -> None:
    """The error says what was needed and what was there; octets before the header do not help."""
    codec, octets = CODECS[name]
    for length in range(len(octets)):
        with pytest.raises(TruncatedError) as caught:
            codec.parse(bytes(before) + octets[:length], before)
        assert (caught.value.need, caught.value.have, caught.value.offset) == (codec.LEN, length, before)


@BY_NAME
def test_offset_beyond_the_end_is_truncated(name: str) -> None:
    codec, octets = CODECS[name]
    with pytest.raises(TruncatedError) as caught:
        codec.parse(octets, len(octets) + 3)
    assert caught.value.have == 0


@BY_NAME
@settings(deadline=None)
@given(data=st.data())
def test_junk_raises_frame_errors_only(name: str, data: st.DataObject) -> None:
    """Any octets, or good ones with some overwritten; what is taken for a header can be written and read again."""
    codec, octets = CODECS[name]
    spoiled = bytearray(octets)
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(octets) - 1), st.integers(0, 255)), max_size=4)):
        spoiled[at] = value
    junk = data.draw(st.one_of(st.just(bytes(spoiled)), st.binary(max_size=64)))
    offset = data.draw(st.integers(0, 3))
    with suppress(FrameError):
        header = codec.parse(junk, offset)
        sent = header.emit()
        assert len(sent) == codec.LEN
        if codec is DoveTag or (codec is Ipv4Header and (header.is_fragment or header.header_len > codec.LEN)):
            return  # pad bits, fragments and options are read and never sent
        assert codec.parse(sent, 0) == header


@pytest.mark.parametrize("name", ENCAPSULATIONS)
def test_encapsulation_reads_what_it_emits(name: str) -> None:
    encapsulation = ENCAPSULATIONS[name]
    assert encapsulation.name == name
    for identifier in (0, 1, 5001, 0xFF_FFFF):
        octets = encapsulation.emit(vnid(identifier))
        read = encapsulation.read(FrameView(b"\xff" * 3 + octets), 3)
        assert (read.encap, read.vnid, read.length, read.payload) == (name, identifier, len(octets), 0x6558)


@pytest.mark.parametrize("name", ENCAPSULATIONS)
def test_encapsulation_cut_short_is_a_frame_error(name: str) -> None:
    """`truncated` where capturing cut the frame, `malformed` where the frame was that short."""
    encapsulation = ENCAPSULATIONS[name]
    octets = encapsulation.emit(vnid(5001))
    for length in range(len(octets)):
        for orig_len, reason in ((len(octets), "truncated"), (length, "malformed")):
            with pytest.raises(FrameError) as caught:
                encapsulation.read(FrameView(octets[:length], orig_len), 0)
            assert caught.value.reason == reason


@pytest.mark.parametrize("name", ENCAPSULATIONS)
@settings(deadline=None)
@given(octets=st.binary(max_size=80), offset=st.integers(0, 90))
def test_encapsulation_reads_junk_with_frame_errors_only(name: str, octets: bytes, offset: int) -> None:
    with suppress(FrameError):
        read = ENCAPSULATIONS[name].read(FrameView(octets), offset)
        assert 0 < read.length <= len(octets) - offset
        assert 0 <= read.vnid <= 0xFF_FFFF


def test_each_registered_port_leads_to_an_encapsulation_that_lists_it() -> None:
    assert dict.fromkeys((4789, 8472), "vxlan").items() <= UDP_PORTS.items()
    for port, name in UDP_PORTS.items():
        assert port in ENCAPSULATIONS[name].udp_ports
