"""What all codecs promise: captured octets both ways, and a clear error for every shorter length and for junk."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from captured_headers import (
    ERSPAN_II,
    ERSPAN_III,
    ETHERNET,
    GENEVE,
    GRETAP_PLAIN,
    IPV4,
    IPV6,
    NVGRE,
    PBB,
    STT,
    TAG,
    UDP,
    VLAN,
    VXLAN,
    VXLAN_GPE,
)
from hypothesis import given
from hypothesis import strategies as st

from dovetool.errors import FrameError, TruncatedError
from dovetool.wire import (
    DoveTag,
    Erspan2Header,
    Erspan3Header,
    EthernetHeader,
    GeneveHeader,
    GreHeader,
    Ipv4Header,
    Ipv6Header,
    NvgreHeader,
    PbbHeader,
    SttHeader,
    UdpHeader,
    VlanTag,
    VxlanGpeHeader,
    VxlanHeader,
)

CODECS: dict[str, tuple[Any, bytes]] = {
    "tag": (DoveTag, TAG),
    "Ethernet": (EthernetHeader, ETHERNET),
    "802.1Q": (VlanTag, VLAN),
    "IPv4": (Ipv4Header, IPV4),
    "IPv6": (Ipv6Header, IPV6),
    "UDP": (UdpHeader, UDP),
    "VXLAN": (VxlanHeader, VXLAN),
    "VXLAN-GPE": (VxlanGpeHeader, VXLAN_GPE),
    "Geneve": (GeneveHeader, GENEVE),
    "GRE": (GreHeader, GRETAP_PLAIN),
    "NVGRE": (NvgreHeader, NVGRE),
    "ERSPAN II": (Erspan2Header, ERSPAN_II[8:]),
    "ERSPAN III": (Erspan3Header, ERSPAN_III[8:]),
    "I-TAG": (PbbHeader, PBB),
    "STT": (SttHeader, STT[20:]),
}
LONGER = (GeneveHeader, GreHeader, Erspan3Header)
"""With optional parts: LEN is the header without them."""
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
        assert len(sent) == (header.length if codec in LONGER else codec.LEN)
        if codec is DoveTag or (codec is Ipv4Header and (header.is_fragment or header.header_len > codec.LEN)):
            return  # pad bits, fragments and options are read and never sent
        assert codec.parse(sent, 0) == header
