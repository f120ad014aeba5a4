"""Out and back again: what one stage puts on a frame, another takes off, for any frame that a VM may send."""

from __future__ import annotations

import pytest
from frames import BLUE, BROADCAST, TEP_IPS, tagged
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_network import network_map, outcome, outer_ip, port, tep
from strategies import ipv4_packets, ipv6_packets, vm_frames

from dovetool.frame.view import FrameView
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.strip import Strip
from dovetool.stages.switch import Tag
from dovetool.stages.untag import Untag
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Frame
from dovetool.vnid_map import VnidMap

FLOOD = {"networks": {"blue": {"unknown_unicast": "flood"}}}
IPV6 = {f"tep{number}": {"ip": f"2001:db8::{number}"} for number in (1, 2, 3)}
MAPS = {
    "IPv4": network_map(**FLOOD),
    "IPv4 with VLAN and checksum": network_map(teps={"tep1": {"vlan": 7, "udp_checksum": "full"}}, **FLOOD),
    "IPv6": network_map(teps=IPV6, **FLOOD),
    "IPv6 with VLAN and checksum": network_map(
        teps={**IPV6, "tep1": {"ip": "2001:db8::1", "vlan": 7, "udp_checksum": "full"}}, **FLOOD
    ),
    "group": network_map(networks={"blue": {"group": "239.0.0.1", "unknown_unicast": "flood"}}),
    "another TPID": network_map(tag={"tpid": 0x9999}, **FLOOD),
}
EACH_MAP = pytest.mark.parametrize("name", MAPS)
FEW = settings(max_examples=60)


@st.composite
def guest_frames(draw: st.DrawFn) -> Frame:
    """A frame that a VM may send, sometimes cut by a snap length behind what the stages need."""
    octets = draw(
        st.one_of(
            vm_frames(),
            st.builds(lambda packet: BROADCAST + bytes(6) + b"\x08\0" + packet, ipv4_packets()),
            st.builds(lambda packet: BROADCAST + bytes(6) + b"\x86\xdd" + packet, ipv6_packets()),
            st.builds(lambda rest: b"\2" + rest, st.binary(min_size=13, max_size=80)),
        )
    )
    kept = draw(st.sampled_from([len(octets)] * 3 + [draw(st.integers(14, len(octets)))]))
    return Frame(octets[:kept], len(octets) + draw(st.sampled_from([0, 0, 100])) * (kept < len(octets)))


def made_by(stage: Tag | Encap | Decap | Untag | Strip, frame: Frame) -> list[Frame] | Reason:
    """What a stage makes of a frame."""
    return outcome(stage, frame.octets, frame.orig_len)


def with_tag(frame: Frame, vnid_map: VnidMap, pcp: int) -> Frame:
    """The frame with the tag of network blue."""
    return Frame(tagged(frame.octets, BLUE, pcp, tpid=vnid_map.tpid), frame.orig_len + 6)


def sent(vnid_map: VnidMap, frame: Frame) -> list[Frame]:
    """The frames that leave tep1; frames for a VM behind it do not, and are of no interest here."""
    made = made_by(Encap(vnid_map, tep(vnid_map, "tep1")), frame)
    assume(isinstance(made, list))
    assert isinstance(made, list)
    return made


@EACH_MAP
@settings(FEW)
@given(frame=guest_frames())
def test_untag_undoes_tag(name: str, frame: Frame) -> None:
    """Octet for octet, and in its length on the wire."""
    vnid_map = MAPS[name]
    made = made_by(Tag(vnid_map, port(vnid_map, "sw1/p1")), frame)
    assume(isinstance(made, list))
    assert isinstance(made, list)
    assume(made[0].octets != frame.octets)  # an EtherType at random was the TPID
    delivered = made_by(Untag(vnid_map), made[0])
    assert delivered == [frame]


@EACH_MAP
@settings(FEW)
@given(frame=guest_frames(), pcp=st.integers(0, 7))
def test_decap_undoes_encap(name: str, frame: Frame, pcp: int) -> None:
    """With its network and priority, at each tunnel end point that gets a copy."""
    vnid_map = MAPS[name]
    there = with_tag(frame, vnid_map, pcp)
    for copy in sent(vnid_map, there):
        back = made_by(Decap(vnid_map), copy)
        if back is not Reason.ALREADY_TAGGED:
            assert back == [there]


@EACH_MAP
@settings(FEW)
@given(frame=guest_frames(), pcp=st.integers(0, 7))
def test_strip_undoes_tag_and_encap(name: str, frame: Frame, pcp: int) -> None:
    """Without knowing the map, as long as the frame is no overlay packet or tagged frame itself."""
    vnid_map = MAPS[name]
    strip = Strip(tpid=vnid_map.tpid)
    assume(strip.decide(FrameView(frame.octets, frame.orig_len)) == strip.decide(FrameView(bytes(14))))
    there = with_tag(frame, vnid_map, pcp)
    assert made_by(strip, there) == [frame]
    for copy in sent(vnid_map, there):
        assert made_by(strip, copy) == [frame]


@settings(FEW)
@given(frame=guest_frames())
def test_broadcast_reaches_each_other_tunnel_end_point_once(frame: Frame) -> None:
    vnid_map = MAPS["IPv4"]
    everywhere = Frame(BROADCAST + frame.octets[6:], frame.orig_len)
    targets = [outer_ip(copy.octets).dst_ip for copy in sent(vnid_map, with_tag(everywhere, vnid_map, 0))]
    assert targets == TEP_IPS[1:]
