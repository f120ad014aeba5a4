"""Ethernet, IPv4, IPv6 and UDP as a tunnel end point writes them; scapy reads the same, checksums included."""

from __future__ import annotations

import pytest
from captured_headers import ETHERNET, IPV4, IPV6, UDP
from hypothesis import given
from hypothesis import strategies as st
from scapy_reader import scapy_checksum, scapy_layer

from dovetool.errors import MalformedError
from dovetool.wire import EthernetHeader, EtherType, Ipv4Header, Ipv6Header, UdpHeader, VlanTag
from dovetool.wire.ethernet import ethernet

OCTET, WORD = st.integers(0, 255), st.integers(0, 0xFFFF)
IPV4_HEADERS = st.builds(
    Ipv4Header,
    src_ip=st.binary(min_size=4, max_size=4),
    dst_ip=st.binary(min_size=4, max_size=4),
    protocol=OCTET,
    total_length=WORD,
    tos=OCTET,
    ttl=OCTET,
)
IPV6_HEADERS = st.builds(
    Ipv6Header,
    src_ip=st.binary(min_size=16, max_size=16),
    dst_ip=st.binary(min_size=16, max_size=16),
    next_header=OCTET,
    payload_length=WORD,
    traffic_class=OCTET,
    hop_limit=OCTET,
    flow_label=st.integers(0, 0xFFFFF),
)


def test_captured_fields() -> None:
    """Each field of the captured headers, read by hand."""
    assert EthernetHeader.parse(ETHERNET) == EthernetHeader(
        bytes.fromhex("02005e100002"), bytes.fromhex("02005e100001"), EtherType.IPV4
    )
    assert Ipv4Header.parse(IPV4) == Ipv4Header(bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2)), 17, 126, tos=0, ttl=64)
    assert Ipv4Header.parse(IPV4).checksum == 0x8F00
    assert Ipv6Header.parse(IPV6) == Ipv6Header(IPV6[8:24], IPV6[24:40], 17, 86, 0, 64)
    assert UdpHeader.parse(UDP) == UdpHeader(51332, 4789, 106, 0xD738)


@given(header=IPV4_HEADERS)
def test_scapy_reads_the_ipv4_header(header: Ipv4Header) -> None:
    """No options, Don't Fragment, and a checksum that is right."""
    octets = header.emit()
    packet = scapy_layer("IP", octets)
    assert (packet.version, packet.ihl, packet.len, packet.tos) == (4, 5, header.total_length, header.tos)
    assert (str(packet.flags), packet.frag, packet.id, packet.ttl) == ("DF", 0, 0, header.ttl)
    assert (packet.proto, packet.chksum) == (header.protocol, scapy_checksum(octets[:10] + b"\0\0" + octets[12:]))
    assert scapy_checksum(octets) == 0
    assert Ipv4Header.parse(octets) == header


@given(header=IPV6_HEADERS)
def test_scapy_reads_the_ipv6_header(header: Ipv6Header) -> None:
    packet = scapy_layer("IPv6", header.emit())
    assert (packet.version, packet.tc, packet.fl) == (6, header.traffic_class, header.flow_label)
    assert (packet.plen, packet.nh, packet.hlim) == (header.payload_length, header.next_header, header.hop_limit)
    assert Ipv6Header.parse(header.emit()) == header


@pytest.mark.parametrize("first", [0x44, 0x40, 0x55, 0x65, 0x05])
def test_other_version_or_short_header_is_no_ipv4(first: int) -> None:
    with pytest.raises(MalformedError, match="IPv4"):
        Ipv4Header.parse(bytes((first,)) + IPV4[1:])


@pytest.mark.parametrize("first", [0x40, 0x50, 0x00, 0xF0])
def test_other_version_is_no_ipv6(first: int) -> None:
    with pytest.raises(MalformedError, match="IPv6"):
        Ipv6Header.parse(bytes((first,)) + IPV6[1:])


def test_ipv4_options_count_in_the_header_length() -> None:
    header = Ipv4Header.parse(b"\x4f" + IPV4[1:])
    assert header.header_len == 60


@pytest.mark.parametrize(
    ("flags", "fragment", "offset"),
    [("0000", False, 0), ("4000", False, 0), ("2000", True, 0), ("0001", True, 8), ("3fff", True, 65528)],
    ids=["whole", "do not", "first", "last", "middle"],
)
def test_ipv4_fragments(flags: str, fragment: bool, offset: int) -> None:
    """The place counts in units of 8 octets (RFC 791 section 3.1)."""
    header = Ipv4Header.parse(IPV4[:6] + bytes.fromhex(flags) + IPV4[8:])
    assert (header.is_fragment, header.fragment_offset) == (fragment, offset)


@given(ports=st.tuples(WORD, WORD), length=WORD, checksum=WORD)
def test_scapy_reads_the_udp_header(ports: tuple[int, int], length: int, checksum: int) -> None:
    header = UdpHeader(*ports, length, checksum)
    packet = scapy_layer("UDP", header.emit())
    assert (packet.sport, packet.dport, packet.len, packet.chksum) == (*ports, length, checksum)


@given(tag=st.builds(VlanTag, st.integers(0, 7), st.booleans(), st.integers(0, 0xFFF), WORD))
def test_vlan_tag_both_ways(tag: VlanTag) -> None:
    assert VlanTag.parse(tag.emit()) == tag


def test_ethernet_with_and_without_a_vlan() -> None:
    dst, src = ETHERNET[:6], ETHERNET[6:12]
    assert ethernet(dst, src, EtherType.IPV4) == ETHERNET
    octets = ethernet(dst, src, EtherType.IPV4, vid=0xABC, pcp=5)
    assert octets == dst + src + bytes.fromhex("8100 aabc 0800")
    vlan = scapy_layer("Ether", octets).payload
    assert (vlan.prio, vlan.vlan, vlan.type) == (5, 0xABC, EtherType.IPV4)
