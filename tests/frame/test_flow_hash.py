"""The UDP source port: one for a flow, spread over all flows, and the same on every machine."""

from __future__ import annotations

from collections import Counter

import pytest
from frames import A1, A2, A3, IP_A2, RED, eth, eth4, eth6, tagged, udp
from hypothesis import given
from hypothesis import strategies as st
from small_network import network_map, outer_udp, tep, through

from dovetool.frame.flow_hash import FIRST_PORT, entropy_port, flow_fields
from dovetool.stages.encap import Encap

ENCAP = Encap(MAP := network_map(), tep(MAP, "tep1"))


def port_of(frame: bytes, orig_len: int | None = None, pcp: int = 0) -> int:
    """The source port that Encap gives a frame."""
    whole = tagged(frame, pcp=pcp)
    return outer_udp(through(ENCAP, whole, orig_len and orig_len + 6)).src_port


def tcp(src_port: int, dst_port: int, rest: bytes = bytes(16)) -> bytes:
    """The beginning of a TCP segment."""
    return src_port.to_bytes(2, "big") + dst_port.to_bytes(2, "big") + rest


def test_ports_are_the_same_in_every_run() -> None:
    """Written down once: nobody's flows may change their path with a new release."""
    assert [port_of(frame) for frame in (eth4(), eth6(), eth(A2, A1, 0x0806, bytes(28)))] == [52004, 62242, 53091]


@given(payload=st.binary(max_size=60), tos=st.integers(0, 255), ttl=st.integers(0, 255), pcp=st.integers(0, 7))
def test_one_flow_has_one_port(payload: bytes, tos: int, ttl: int, pcp: int) -> None:
    """Payload, lengths, DSCP, TTL and priority do not tell flows apart."""
    frame = eth4(udp(payload, src_port=1234, dst_port=53), tos=tos, ttl=ttl)
    assert port_of(frame, pcp=pcp) == port_of(eth4(udp(b"", src_port=1234, dst_port=53)))


@given(segment=st.binary(min_size=4, max_size=40), protocol=st.sampled_from([6, 17, 132, 33, 136, 1, 50]))
def test_port_is_a_dynamic_one(segment: bytes, protocol: int) -> None:
    """RFC 7348 section 5: in 49152..65535."""
    assert 49152 <= port_of(eth4(segment, protocol=protocol)) <= 65535


BASE = eth4(udp())
OTHER_FLOWS = {
    "source MAC": eth4(udp(), src=A3),
    "source IP": eth4(udp(), src_ip=IP_A2),
    "destination IP": eth4(udp(), dst_ip=bytes((10, 0, 0, 77))),
    "protocol": eth4(udp(), protocol=6),
    "source port": eth4(udp(src_port=1001)),
    "destination port": eth4(udp(dst_port=2001)),
    "EtherType": eth(A2, A1, 0x88CC, BASE[14:]),
}


@pytest.mark.parametrize("name", OTHER_FLOWS)
def test_other_flow_has_another_port(name: str) -> None:
    """Two flows may share a port by chance, 1 in 16384; these do not."""
    assert port_of(OTHER_FLOWS[name]) != port_of(BASE)


@pytest.mark.parametrize("protocol", [1, 47, 50, 51])
def test_protocol_without_ports_has_one_port_for_all_its_octets(protocol: int) -> None:
    """ICMP, GRE, ESP, AH: what stands there changes from packet to packet."""
    assert port_of(eth4(tcp(1, 2), protocol=protocol)) == port_of(eth4(tcp(3, 4), protocol=protocol))


@pytest.mark.parametrize("protocol", [6, 17, 132, 33, 136], ids=["TCP", "UDP", "SCTP", "DCCP", "UDP-Lite"])
def test_protocol_with_ports(protocol: int) -> None:
    assert port_of(eth4(tcp(1, 2), protocol=protocol)) != port_of(eth4(tcp(1, 3), protocol=protocol))


@pytest.mark.parametrize("place", ["2000", "0005", "2005"], ids=["first", "last", "middle"])
def test_ipv4_fragments_of_a_packet_have_one_port(place: str) -> None:
    """Only the first holds the ports of the datagram, so none of them counts them (RFC 6438 section 3)."""
    fragments = [eth4(tcp(*ports)) for ports in ((1, 2), (3, 4))]
    ports = {port_of(frame[:20] + bytes.fromhex(place) + frame[22:]) for frame in fragments}
    first = eth4(tcp(1, 2))
    assert ports == {port_of(first[:20] + b"\x20\0" + first[22:])}


def test_ipv6_fragments_of_a_packet_have_one_port() -> None:
    places = ("0001", "0009", "0010")
    frames = [
        eth6(b"\x11\0" + bytes.fromhex(place) + bytes(4) + tcp(number, 2), next_header=44)
        for number, place in enumerate(places)
    ]
    assert len({port_of(frame) for frame in frames}) == 1


def test_ipv6_ports_behind_an_extension_header() -> None:
    frames = [eth6(b"\x06\0" + bytes(6) + tcp(number, 2), next_header=0) for number in (1, 2)]
    assert port_of(frames[0]) != port_of(frames[1])


def test_8021q_tag_does_not_hide_the_flow() -> None:
    vlans = bytes.fromhex("8100a005")
    ports = {port_of(eth4(udp(src_port=number), vlans=vlans)) for number in range(8)}
    assert len(ports) == 8


def test_frame_cut_by_capturing_has_the_port_of_the_whole_as_long_as_the_ports_are_there() -> None:
    frame = eth4(udp(bytes(500)))
    assert port_of(frame[:38], len(frame)) == port_of(frame)


def test_flows_spread_over_all_ports() -> None:
    """4,096 flows that differ by a port only: a hash at random leaves out 22 % of them, and fills no port with 8."""
    ports = Counter(port_of(eth4(udp(src_port=1024 + number))) for number in range(4096))
    assert len(ports) > 3400
    assert max(ports.values()) < 8
    buckets = Counter(port // 1024 for port in ports.elements())
    assert len(buckets) == 16
    assert max(buckets.values()) < 350, "256 each if they were spread evenly"


def test_network_is_no_part_of_the_flow() -> None:
    """Frames of one flow take one way, also where a policy carries them into another network."""
    tag_at = [tagged(eth4(), network) for network in (5001, RED)]
    fields = flow_fields(((0, 12),), ((18, 20),))
    assert len({entropy_port(frame, fields) for frame in tag_at}) == 1


def test_fields_are_packed_into_words() -> None:
    assert flow_fields(((0, 2), (6, 4))) == ((0, 0xFFFF_0000_0000_FFFF), (8, 0xFFFF))
    assert flow_fields(((9, 1), (9, 2))) == ((9, 0xFFFF),)
    assert flow_fields(((3, 1),), ((5, 1),)) == ((3, 0xFF), (5, 0xFF)), "a group begins with a word of its own"
    assert flow_fields(()) == flow_fields() == ()


@given(at=st.integers(0, 20), octets=st.binary(min_size=20, max_size=40))
def test_place_in_the_frame_does_not_matter(at: int, octets: bytes) -> None:
    """A frame has the same port inside a tunnel, however long the headers before it are."""
    groups = (((0, 12),), ((14, 2), (17, 3)))
    moved = (tuple((start + at, length) for start, length in group) for group in groups)
    assert entropy_port(bytes(at) + octets, flow_fields(*moved)) == entropy_port(octets, flow_fields(*groups))


@given(octets=st.binary(max_size=40), spans=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), max_size=4))
def test_only_octets_in_the_spans_count(octets: bytes, spans: list[tuple[int, int]]) -> None:
    inside = {at for start, length in spans for at in range(start, start + length)}
    other = bytes(value if at in inside else value ^ 0xFF for at, value in enumerate(octets))
    fields = flow_fields(tuple(spans))
    assert entropy_port(octets, fields) == entropy_port(other, fields) >= FIRST_PORT
