"""From one encapsulation to another and back: addresses, network, flow and inner frame stay."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from frames import A1, A2, TEP_IPS, eth, eth4, ipv4, put, summed, tagged, udp, underlay
from guest_frames import guest_frames
from small_network import forward, network_map, outcome, tep, through

from dovetool.frame.find_tunnel import find_tunnel
from dovetool.frame.link_layer import link_layer
from dovetool.frame.view import FrameView
from dovetool.stages.encap import Encap
from dovetool.stages.strip import Strip
from dovetool.stages.translate import Translate
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Frame, settled
from dovetool.wire import ENCAPSULATIONS, SELECTORS, Carrier, GeneveHeader, VxlanHeader, vnid

OVER_IP = [each.name for each in ENCAPSULATIONS.values() if each.is_written and each.carrier is not Carrier.LINK]
UNDERLAYS: dict[str, dict[str, Any]] = {
    "IPv4": {},
    "IPv4 with checksum": {"udp_checksum": "full"},
    "IPv6": {"ip": "2001:db8::"},
    "IPv6 with VLAN and checksum": {"ip": "2001:db8::", "vlan": 7, "udp_checksum": "full", "ttl": 9},
}
VLAN_TPIDS = {b"\x81\0", b"\x88\xa8"}
FRAMES = {name: frame for name, frame in guest_frames().items() if frame[12:14] not in VLAN_TPIDS}


def sent(encap: str, settings: dict[str, Any], frame: bytes) -> bytes:
    """The frame, to a2, as tep1 sends it to tep2."""
    teps = {
        name: {**settings, "encap": [encap], **({"ip": settings["ip"] + name[-1]} if "ip" in settings else {})}
        for name in ("tep1", "tep2")
    }
    vnid_map = network_map(teps=teps)
    return through(Encap(vnid_map, tep(vnid_map, "tep1")), tagged(A2 + frame[6:], pcp=5))


def without_checksums(octets: bytes) -> bytes:
    """The frame with 0 in the outer UDP checksum."""
    view = FrameView(octets)
    link = link_layer(view)
    assert link is not None
    tunnel = find_tunnel(view, link, SELECTORS, 0)
    assert tunnel is not None
    if ENCAPSULATIONS[tunnel.header.encap].carrier is not Carrier.UDP:
        return octets
    at = tunnel.carrier_at + 6
    return octets[:at] + b"\0\0" + octets[at + 2 :]


def told(to: str, octets: bytes) -> set[str]:
    """What a translation tells as lost."""
    verdict = settled(forward(Translate(to), octets), Frame(octets, len(octets)))
    assert isinstance(verdict, Forward)
    return set(verdict.loss)


@pytest.mark.parametrize("settings", UNDERLAYS.values(), ids=UNDERLAYS)
@pytest.mark.parametrize(("first", "second"), list(permutations(OVER_IP, 2)))
def test_there_and_back(first: str, second: str, settings: dict[str, Any]) -> None:
    """The same octets come back, and strip gives the same frame at both places; a checksum may be lost, and is told."""
    for frame in FRAMES.values():
        original = sent(first, settings, frame)
        there = through(Translate(second), original)
        assert without_checksums(there) == without_checksums(sent(second, settings, frame))
        back = through(Translate(first), there)
        assert without_checksums(back) == without_checksums(original)
        assert through(Strip(), there) == through(Strip(), original)
        assert told(second, original) <= {"udp-checksum"}


def test_other_traffic_passes() -> None:
    """What is no overlay, what has that encapsulation already, and what carries something that is no frame."""
    for frame in (eth4(), eth(A2, A1), underlay(eth4(), dst_port=4799), bytes(5)):
        assert forward(Translate("geneve"), frame).unchanged
    assert forward(Translate("vxlan"), underlay(eth4())).unchanged


NO_OVERLAYS = {
    "VXLAN without the I flag": udp(bytes(8) + eth4(), src_port=50000, dst_port=4789),
    "a reply of DNS to an ephemeral port": udp(
        bytes.fromhex("1234818000010001") + bytes(20), src_port=53, dst_port=4789
    ),
    "version 3 of Geneve": udp(b"\xc0" + bytes(7) + eth4(), src_port=50000, dst_port=6081),
}


@pytest.mark.parametrize("to", ["nvgre", "geneve", "vxlan"])
@pytest.mark.parametrize("datagram", NO_OVERLAYS.values(), ids=NO_OVERLAYS)
def test_the_port_of_an_overlay_alone_makes_none(datagram: bytes, to: str) -> None:
    """RFC 7348 section 5: without the I flag there is no VNI; it is other traffic, as for strip."""
    assert forward(Translate(to), eth4(datagram)).unchanged


HEADER = slice(14, 34)


@pytest.mark.parametrize("to", ["nvgre", "geneve"])
def test_a_header_checksum_that_was_left_at_0_stays_so(to: str) -> None:
    """The card would have filled it in; nothing can be added to what was never a sum."""
    there = through(Translate(to), put(underlay(eth4()), 24, 0))
    assert there[24:26] == b"\0\0"
    assert there[:24] + there[26:] == (usual := through(Translate(to), underlay(eth4())))[:24] + usual[26:]
    assert told(to, put(underlay(eth4()), 24, 0)) == told(to, underlay(eth4()))


def test_a_header_checksum_that_is_0_and_right_becomes_another() -> None:
    frame = put(underlay(eth4()), 24, 0)
    frame = put(frame, 18, summed(frame[HEADER]) ^ 0xFFFF)  # the identification makes up for it
    assert summed(frame[HEADER]) == 0xFFFF
    there = through(Translate("nvgre"), frame)
    assert there[24:26] != b"\0\0"
    assert summed(there[HEADER]) == 0xFFFF


def test_header_checksums_of_tunnels_around_that_were_left_at_0() -> None:
    inside = underlay(eth4())[14:]
    frame = eth(A2, A1, 0x0800, put(ipv4(inside, protocol=4), 10, 0))
    there = through(Translate("geneve"), frame)
    assert there[24:26] == b"\0\0"
    assert summed(there[34:54]) == 0xFFFF
    both = through(Translate("nvgre"), put(frame, 44, 0))
    assert (both[24:26], both[44:46]) == (b"\0\0", b"\0\0")


def test_source_port_that_no_way_back_would_give_is_a_loss() -> None:
    """VXLAN's 16 bits do not fit into NVGRE's 8, unless they can be worked out anew."""
    verdict = forward(Translate("nvgre"), underlay(eth4()))  # from port 50000
    assert verdict.loss == ()
    assert verdict.guard is not None
    frame = underlay(eth4())
    other = settled(verdict, Frame(frame, len(frame)))
    assert isinstance(other, Forward)
    assert other.loss == ("source-port",)


def test_group_policy_is_a_loss() -> None:
    header = VxlanHeader(vnid(5001), group_policy=100).emit()
    packet = ipv4(udp(header + eth4(), src_port=50000, dst_port=4789), src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1])
    assert forward(Translate("geneve"), eth(A2, A1, 0x0800, packet)).loss == ("group-policy",)


def test_a_bare_packet_becomes_a_frame() -> None:
    """Geneve can carry IP alone, VXLAN cannot: it gets a header from nobody to nobody."""
    inner = ipv4(udp())
    header = GeneveHeader(vnid(5001), 0x0800).emit()
    packet = ipv4(udp(header + inner, src_port=50000, dst_port=6081), src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1])
    frame = eth(A2, A1, 0x0800, packet)
    assert forward(Translate("vxlan"), frame).loss == ("payload-type",)
    assert through(Strip(), through(Translate("vxlan"), frame)) == bytes(12) + b"\x08\0" + inner
    assert through(Strip(), frame) == bytes(12) + b"\x08\0" + inner
    assert forward(Translate("vxlan-gpe"), frame).loss == ()


def test_a_datagram_that_ends_before_the_bare_packet_in_it() -> None:
    """It is malformed, as one that ends before the header of a frame."""
    header = GeneveHeader(vnid(5001), 0x0800).emit()
    datagram = udp(b"", src_port=50000, dst_port=6081) + header + ipv4(udp())
    frame = eth(A2, A1, 0x0800, ipv4(datagram, src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1]))
    for stage in (Strip(), Translate("gretap"), Translate("vxlan-gpe")):
        assert outcome(stage, frame) is Reason.MALFORMED
