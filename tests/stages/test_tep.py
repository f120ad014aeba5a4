"""Encap and Decap: where a frame goes, what the outer headers say, and what comes back out of them."""

from __future__ import annotations

from typing import Any

import pytest
from frames import (
    A1,
    A2,
    A3,
    BLUE,
    BROADCAST,
    IP6_A2,
    MULTICAST,
    RED,
    TEP_IPS,
    TEP_MACS,
    eth,
    eth4,
    eth6,
    tagged,
    udp,
    underlay,
    vxlan,
)
from small_network import (
    BLUE_TO_RED,
    IP_R2,
    NOBODY,
    R2,
    ROUTER,
    SECOND,
    STRANGER,
    decided,
    forward,
    network_map,
    outcome,
    outer_ip,
    outer_udp,
    port,
    tep,
    through,
    vnid_of,
)

from dovetool.frame.view import UNKNOWN
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.path import vm_to_vm
from dovetool.stages.stage import Stage
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Frame
from dovetool.vnid_map import VnidMap
from dovetool.wire import Carrier, DoveTag, EthernetHeader, Ipv4Header, Ipv6Header, UdpHeader, VlanTag, VxlanHeader

MAP = network_map()
GROUP = network_map(networks={"blue": {"group": "239.129.2.3"}})
FLOOD = network_map(networks={"blue": {"unknown_unicast": "flood"}})
IPV6_UNDERLAY: dict[str, Any] = {name: {"ip": f"2001:db8::{name[-1]}"} for name in ("tep1", "tep2", "tep3")}


def leaving(vnid_map: VnidMap = MAP, name: str = "tep1", **options: Any) -> Encap:  # noqa: ANN401
    """Encap at a tunnel end point."""
    return Encap(vnid_map, tep(vnid_map, name), **options)


def with_tep1(**changes: Any) -> VnidMap:  # noqa: ANN401
    """The map with other settings for tep1."""
    return network_map(teps={"tep1": changes})


def copies_of(stage: Stage, octets: bytes, **known: int) -> list[bytes]:
    """The frames that leave."""
    made = outcome(stage, octets, **known)
    assert isinstance(made, list), made
    return [frame.octets for frame in made]


def _known(new: int | None, before: int) -> int:
    """What is known about a frame's way behind a stage: None leaves what was known."""
    return before if new is None else new


class TestOuterHeaders:
    def test_all_of_them(self) -> None:
        """FIG. 11: the VNID is in the overlay header, and the tag is gone."""
        frame = through(leaving(), tagged(eth4()))
        assert EthernetHeader.parse(frame) == EthernetHeader(TEP_MACS[1], TEP_MACS[0], 0x0800)
        assert outer_ip(frame) == Ipv4Header(TEP_IPS[0], TEP_IPS[1], 17, len(frame) - 14)
        assert frame[20:22] == b"\x40\0", "Don't Fragment"
        datagram = outer_udp(frame)
        assert (datagram.dst_port, datagram.length, datagram.checksum) == (4789, len(frame) - 34, 0)
        assert frame[42:] == vxlan(eth4(), BLUE)

    def test_next_hop_is_the_gateway(self) -> None:
        frame = through(leaving(with_tep1(gateway_mac=ROUTER.hex(":"))), tagged(eth4()))
        assert frame[:6] == ROUTER
        assert outer_ip(frame).dst_ip == TEP_IPS[1]

    def test_time_to_live(self) -> None:
        assert outer_ip(through(leaving(with_tep1(ttl=3)), tagged(eth4()))).ttl == 3

    def test_port_is_the_one_that_the_receiver_listens_on(self) -> None:
        vnid_map = network_map(teps={"tep1": {"ports": {"vxlan": 4444}}, "tep2": {"ports": {"vxlan": 8472}}})
        assert outer_udp(through(leaving(vnid_map), tagged(eth4()))).dst_port == 8472
        assert selectors_of(vnid_map).items() >= {(Carrier.UDP, port): "vxlan" for port in (4444, 8472, 4789)}.items()

    def test_vlan_of_the_underlay_carries_the_priority(self) -> None:
        frame = through(leaving(with_tep1(vlan=7)), tagged(eth4(), pcp=5))
        assert frame[12:14] == b"\x81\0"
        assert VlanTag.parse(frame, 14) == VlanTag(5, False, 7, 0x0800)
        assert Ipv4Header.parse(frame, 18).total_length == len(frame) - 18
        assert UdpHeader.parse(frame, 38).length == len(frame) - 38
        assert through(Decap(MAP), frame) == tagged(eth4(), pcp=5)

    @pytest.mark.parametrize("checksum", ["zero", "full"])
    def test_ipv6_underlay(self, checksum: str) -> None:
        teps = {**IPV6_UNDERLAY, "tep1": {**IPV6_UNDERLAY["tep1"], "udp_checksum": checksum}}
        vnid_map = network_map(teps=teps)
        frame = through(leaving(vnid_map), tagged(eth4(), pcp=1))
        ip, datagram = Ipv6Header.parse(frame, 14), UdpHeader.parse(frame, 54)
        assert (ip.src_ip, ip.dst_ip) == (tep(vnid_map, "tep1").ip, tep(vnid_map, "tep2").ip)
        assert (ip.next_header, ip.payload_length, ip.traffic_class) == (17, len(frame) - 54, 1 << 5)
        assert datagram.length == len(frame) - 54
        assert (datagram.checksum == 0) is (checksum == "zero")
        assert frame[62:] == vxlan(eth4(), BLUE)
        assert through(Decap(vnid_map), frame) == tagged(eth4(), pcp=1)

    def test_lengths_are_those_on_the_wire_though_the_frame_was_cut(self) -> None:
        """The UDP checksum is 0 then: not all the octets under it are known."""
        whole = tagged(eth4(udp(bytes(1000))))
        (frame,) = outcome(leaving(with_tep1(udp_checksum="full")), whole[:60], len(whole))
        assert isinstance(frame, Frame)
        assert (len(frame.octets), frame.orig_len) == (60 + 50 - 6, len(whole) + 50 - 6)
        assert outer_ip(frame.octets).total_length == frame.orig_len - 14
        datagram = outer_udp(frame.octets)
        assert (datagram.length, datagram.checksum) == (frame.orig_len - 34, 0)

    def test_frame_that_was_not_cut_has_a_checksum(self) -> None:
        frame = through(leaving(with_tep1(udp_checksum="full")), tagged(eth4()))
        pseudo = TEP_IPS[0] + TEP_IPS[1] + b"\0\x11" + frame[38:40]
        words = pseudo + frame[34:] + bytes(len(frame) % 2)
        total = sum(int.from_bytes(words[at : at + 2], "big") for at in range(0, len(words), 2))
        while total > 0xFFFF:
            total = (total & 0xFFFF) + (total >> 16)
        assert total == 0xFFFF
        assert outer_udp(frame).checksum != 0

    def test_checksum_of_0_is_sent_as_all_ones(self) -> None:
        """0 means that there is none (RFC 768). A last word that is the checksum so far makes it 0."""
        encap = leaving(with_tep1(udp_checksum="full"))
        so_far = outer_udp(through(encap, tagged(eth4(udp(b"\0\0"))))).checksum
        frame = through(encap, tagged(eth4(udp(so_far.to_bytes(2, "big")))))
        assert outer_udp(frame).checksum == 0xFFFF


class TestPriority:
    @pytest.mark.parametrize("pcp", range(8))
    def test_pcp_becomes_a_class_selector_and_comes_back(self, pcp: int) -> None:
        frame = through(leaving(), tagged(eth4(), pcp=pcp))
        assert outer_ip(frame).tos == pcp << 3 << 2
        assert DoveTag.parse(through(Decap(MAP), frame)).pcp == pcp

    def test_dscp_of_the_inner_packet(self) -> None:
        for frame in (eth4(tos=46 << 2), eth6(traffic_class=46 << 2)):
            sent = through(leaving(with_tep1(dscp="inherit")), tagged(frame, pcp=1))
            assert outer_ip(sent).tos == 46 << 2

    def test_frame_without_ip_has_no_dscp_to_inherit(self) -> None:
        assert outer_ip(through(leaving(with_tep1(dscp="inherit")), tagged(eth(A2, A1), pcp=1))).tos == 0

    @pytest.mark.parametrize("dscp", [0, 46, 63])
    def test_fixed_dscp(self, dscp: int) -> None:
        assert outer_ip(through(leaving(with_tep1(dscp=dscp)), tagged(eth4(tos=4), pcp=1))).tos == dscp << 2

    @pytest.mark.parametrize("dscp", range(0, 64, 7))
    def test_pcp_is_the_upper_half_of_the_outer_dscp(self, dscp: int) -> None:
        assert DoveTag.parse(through(Decap(MAP), underlay(eth4(), tos=dscp << 2))).pcp == dscp >> 3


class TestWhereTo:
    def test_remote_tunnel_end_point_is_that_of_the_target_at_the_time(self) -> None:
        until, since = "1970-01-01T00:00:10Z", "1970-01-01T00:00:10Z"
        places = [{"port": "sw2/p1", "until": until}, {"port": "sw3/p1", "from": since}]
        vnid_map = network_map(vms={"a2": {"at": places}})
        for ts_ns, remote in ((0, 2), (10 * SECOND - 1, 2), (10 * SECOND, 3)):
            frame = through(leaving(vnid_map), tagged(eth4()), ts_ns=ts_ns)
            assert outer_ip(frame).dst_ip == TEP_IPS[remote - 1]
            assert frame[:6] == TEP_MACS[remote - 1]

    def test_moment_of_arrival_counts_for_decap_too(self) -> None:
        vnid_map = network_map(vms={"a2": {"at": [{"port": "sw2/p1", "until": "1970-01-01T00:00:10Z"}]}})
        decap = Decap(vnid_map)
        assert through(decap, underlay(eth4()), ts_ns=10 * SECOND - 1) == tagged(eth4())
        assert outcome(decap, underlay(eth4()), ts_ns=10 * SECOND) is Reason.UNKNOWN_DESTINATION
        assert decap.change_times_ns == Encap(vnid_map).change_times_ns == (10 * SECOND,)

    def test_routed_frame_goes_by_its_ip_address(self) -> None:
        assert outer_ip(through(leaving(), tagged(eth4(dst=ROUTER)))).dst_ip == TEP_IPS[1]
        assert outer_ip(through(leaving(), tagged(eth6(dst=ROUTER, dst_ip=IP6_A2)))).dst_ip == TEP_IPS[1]
        assert outcome(leaving(), tagged(eth4(dst=ROUTER, dst_ip=IP_R2))) is Reason.UNKNOWN_DESTINATION

    def test_target_behind_the_same_tunnel_end_point_stays(self) -> None:
        """Claims 7 and 15: two VMs on one host."""
        assert outcome(leaving(), tagged(eth4(dst=A3))) is Reason.LOCAL
        verdict = forward(leaving(keep_local=True), tagged(eth4(dst=A3)))
        assert verdict.unchanged
        assert (verdict.local, verdict.tep, verdict.vnid) == (True, 0, BLUE)

    def test_decap_lets_pass_what_stayed(self) -> None:
        assert through(Decap(MAP), tagged(eth4(dst=A3)), local=True) == tagged(eth4(dst=A3))

    @pytest.mark.parametrize("dst", [STRANGER, R2], ids=["nobody", "VM of another network"])
    def test_unknown_unicast_is_dropped(self, dst: bytes) -> None:
        assert outcome(leaving(), tagged(eth4(dst=dst, dst_ip=NOBODY))) is Reason.UNKNOWN_DESTINATION

    def test_unknown_unicast_is_flooded_where_the_map_says_so(self) -> None:
        frames = copies_of(leaving(FLOOD), tagged(eth4(dst=STRANGER, dst_ip=NOBODY)))
        assert [outer_ip(frame).dst_ip for frame in frames] == TEP_IPS[1:]


class TestWhoSends:
    """Without --tep: the port the frame came in by, the interface's name, or where its source MAC address is."""

    def test_port_from_the_tag_stage(self) -> None:
        frame = through(Encap(MAP), tagged(eth4(dst=A1, src=A2)), ingress=port(MAP, "sw3/p1").index)
        assert outer_ip(frame).src_ip == TEP_IPS[2]

    def test_name_of_the_interface(self) -> None:
        assert outer_ip(through(Encap(MAP), tagged(eth4(dst=A1)), interface="sw3/p1")).src_ip == TEP_IPS[2]
        assert outcome(Encap(MAP), tagged(eth4(dst=A1)), interface="sw3/p9") is Reason.UNKNOWN_PORT

    def test_source_mac_in_the_network_of_the_tag(self) -> None:
        assert outer_ip(through(Encap(MAP), tagged(eth4(dst=A1, src=A2)))).src_ip == TEP_IPS[1]
        assert outcome(Encap(MAP), tagged(eth4(dst=A1, src=R2))) is Reason.UNKNOWN_SOURCE

    def test_source_mac_in_a_network_that_may_send_there(self) -> None:
        vnid_map = network_map(policies=BLUE_TO_RED)
        assert outer_ip(through(Encap(vnid_map), tagged(eth4(dst=R2, src=A3), RED))).src_ip == TEP_IPS[0]

    def test_two_places_of_the_source_mac_are_never_a_guess(self) -> None:
        vnid_map = network_map(vms={"r2": {"mac": A3.hex(":")}}, policies=BLUE_TO_RED)
        assert outcome(Encap(vnid_map), tagged(eth4(dst=A1, src=A3), RED)) is Reason.AMBIGUOUS_SOURCE


class TestBroadcast:
    @pytest.mark.parametrize("dst", [BROADCAST, MULTICAST], ids=["broadcast", "multicast"])
    def test_copy_to_every_other_tunnel_end_point_of_the_network(self, dst: bytes) -> None:
        for source, network, remotes in (("tep1", BLUE, [2, 3]), ("tep2", BLUE, [1, 3]), ("tep1", RED, [2])):
            frames = copies_of(leaving(name=source), tagged(eth4(dst=dst), network))
            assert [outer_ip(frame).dst_ip for frame in frames] == [TEP_IPS[remote - 1] for remote in remotes]
            assert {frame[42:] for frame in frames} == {vxlan(eth4(dst=dst), network)}

    def test_one_copy_to_the_group_of_the_network(self) -> None:
        """RFC 1112 section 6.4: the lower 23 bits of the group's address become part of the MAC address."""
        (frame,) = copies_of(leaving(GROUP), tagged(eth4(dst=BROADCAST)))
        assert outer_ip(frame).dst_ip == bytes((239, 129, 2, 3))
        assert frame[:6] == bytes.fromhex("01005e010203")

    def test_ipv6_group(self) -> None:
        """RFC 2464 section 7: 33-33 and the last four octets."""
        vnid_map = network_map(teps=IPV6_UNDERLAY, networks={"blue": {"group": "ff05::a1b2:c3d4"}})
        (frame,) = copies_of(leaving(vnid_map), tagged(eth4(dst=BROADCAST)))
        assert frame[:6] == bytes.fromhex("3333a1b2c3d4")
        assert Ipv6Header.parse(frame, 14).dst_ip == bytes.fromhex("ff05") + bytes(10) + bytes.fromhex("a1b2c3d4")
        assert through(Decap(vnid_map), frame) == tagged(eth4(dst=BROADCAST))

    def test_network_on_one_tunnel_end_point_only(self) -> None:
        vnid_map = network_map(switches={"sw1": {"ports": {"p4": "green"}}}, networks={"green": {"group": "239.0.0.9"}})
        frame = tagged(eth4(dst=BROADCAST), 5003)
        assert outcome(leaving(vnid_map), frame) is Reason.LOCAL

    def test_copy_stays_for_other_ports_behind_the_same_tunnel_end_point(self) -> None:
        """With keep_local: a3 is behind tep1 as a1 is; red has no second port there."""
        ingress = port(MAP, "sw1/p1").index
        verdict = decided(Encap(MAP, keep_local=True), tagged(eth4(dst=BROADCAST)), ingress=ingress)
        assert isinstance(verdict, Copies)
        assert [copy.local for copy in verdict.verdicts] == [copy.unchanged for copy in verdict.verdicts]
        assert [copy.local for copy in verdict.verdicts] == [True, False, False]
        assert verdict.verdicts[0].tep == 0
        red = decided(Encap(MAP, keep_local=True), tagged(eth4(dst=BROADCAST), RED), ingress=port(MAP, "sw1/p2").index)
        assert isinstance(red, Forward)
        assert not red.local

    @pytest.mark.parametrize("vnid_map", [MAP, GROUP], ids=["copies", "group"])
    def test_each_vm_gets_it_once_on_the_whole_way(self, vnid_map: VnidMap) -> None:
        """From a1, by tag, encap, decap and untag: every other VM of blue gets one copy."""
        _, encap, decap, untag = vm_to_vm(vnid_map, name_receivers=True)
        frame, ingress = tagged(eth4(dst=BROADCAST)), port(vnid_map, "sw1/p1").index
        verdict = decided(encap, frame, ingress=ingress)
        assert isinstance(verdict, Copies)
        receivers: list[str] = []
        for copy, sent in zip(verdict.verdicts, copies_of(encap, frame, ingress=ingress), strict=True):
            known: dict[str, Any] = {"ingress": ingress, "local": copy.local, "tep": _known(copy.tep, -1)}
            received = forward(decap, sent, **known)
            known |= {"tep": _known(received.tep, known["tep"]), "origin": _known(received.origin, -1)}
            receivers += forward(untag, through(decap, sent, **known), **known).receivers
        assert sorted(receivers) == ["a2", "a3"]

    def test_one_copy_that_cannot_be_sent_rejects_the_frame(self) -> None:
        vnid_map = network_map(teps={"tep3": {"encap": ["nvgre"]}})
        assert outcome(leaving(vnid_map), tagged(eth4(dst=BROADCAST))) is Reason.NO_COMMON_ENCAP


class TestEncapsulationAndUnderlay:
    def test_none_in_common(self) -> None:
        vnid_map = network_map(teps={"tep2": {"encap": ["nvgre"]}})
        assert outcome(leaving(vnid_map), tagged(eth4())) is Reason.NO_COMMON_ENCAP

    def test_asked_for_one_that_is_not_common(self) -> None:
        vnid_map = network_map(teps={"tep1": {"encap": ["vxlan", "nvgre"]}})
        assert outcome(leaving(vnid_map, encap="nvgre"), tagged(eth4())) is Reason.NO_COMMON_ENCAP
        assert through(leaving(vnid_map, encap="vxlan"), tagged(eth4()))[42:] == vxlan(eth4())

    def test_first_of_the_local_list_that_the_remote_side_knows(self) -> None:
        vnid_map = network_map(teps={"tep1": {"encap": ["nvgre", "vxlan"]}})
        assert through(leaving(vnid_map), tagged(eth4()))[42:] == vxlan(eth4())

    def test_tunnel_end_points_of_two_ip_versions(self) -> None:
        vnid_map = network_map(teps={"tep2": {"ip": "2001:db8::2"}})
        assert outcome(leaving(vnid_map), tagged(eth4())) is Reason.NO_COMMON_ENCAP

    @pytest.mark.parametrize("vlan", [None, 7])
    def test_mtu_counts_the_outer_ip_packet(self, vlan: int | None) -> None:
        """20 IP, 8 UDP, 8 VXLAN and the inner frame, without the Ethernet header and VLAN tag of the underlay."""
        vnid_map = with_tep1(mtu=20 + 8 + 8 + len(eth4()), vlan=vlan)
        frame = through(leaving(vnid_map), tagged(eth4()))
        assert Ipv4Header.parse(frame, 14 if vlan is None else 18).total_length == 36 + len(eth4())
        assert outcome(leaving(vnid_map), tagged(eth4()) + b"x") is Reason.MTU_EXCEEDED

    def test_mtu_counts_the_length_on_the_wire(self) -> None:
        vnid_map, frame = with_tep1(mtu=36 + len(eth4())), tagged(eth4())
        assert isinstance(outcome(leaving(vnid_map), frame[:40], len(frame)), list)
        assert outcome(leaving(vnid_map), frame[:40], len(frame) + 1) is Reason.MTU_EXCEEDED

    def test_mtu_of_an_ipv6_underlay_counts_its_header(self) -> None:
        teps = {**IPV6_UNDERLAY, "tep1": {**IPV6_UNDERLAY["tep1"], "mtu": 40 + 16 + len(eth4())}}
        vnid_map = network_map(teps=teps)
        assert len(through(leaving(vnid_map), tagged(eth4()))) == 14 + 40 + 16 + len(eth4())
        assert outcome(leaving(vnid_map), tagged(eth4()) + b"x") is Reason.MTU_EXCEEDED

    @pytest.mark.parametrize(("teps", "header"), [({}, 20), (IPV6_UNDERLAY, 0)], ids=["IPv4", "IPv6"])
    def test_packet_longer_than_its_length_field_can_say(self, teps: dict[str, Any], header: int) -> None:
        """IPv4 counts its own header in the 16 bits, IPv6 does not."""
        vnid_map = network_map(teps=teps)
        most = 0xFFFF - header - 16 + 6
        frame = tagged(eth4())
        assert isinstance(outcome(leaving(vnid_map), frame, most), list)
        assert outcome(leaving(vnid_map), frame, most + 1) is Reason.MTU_EXCEEDED

    def test_one_copy_too_long_rejects_the_frame_whole(self) -> None:
        vnid_map = network_map(teps={"tep1": {"mtu": 100}})
        assert outcome(leaving(vnid_map), tagged(eth4(udp(bytes(100)), dst=BROADCAST))) is Reason.MTU_EXCEEDED


class TestDecap:
    def test_tag_is_made_from_the_vnid_and_the_inner_header(self) -> None:
        """Claim 2."""
        frame = eth4(vlans=bytes.fromhex("8100a005"))
        verdict = forward(Decap(MAP), underlay(frame, tos=3 << 5))
        assert (verdict.vnid, verdict.tep) == (BLUE, tep(MAP, "tep2").index)
        assert through(Decap(MAP), underlay(frame, tos=3 << 5)) == tagged(frame, BLUE, 3)

    def test_vnid_tells_apart_vms_with_one_address(self) -> None:
        for network in (BLUE, RED):
            frame = through(Decap(MAP), underlay(eth4(dst=A1, src=A2), network, src=2, dst=1))
            assert vnid_of(frame) == network

    def test_decode_as(self) -> None:
        frame = underlay(eth4(), dst_port=4799)
        assert outcome(Decap(MAP), frame) is Reason.NOT_OVERLAY
        assert through(Decap(MAP, selectors={(Carrier.UDP, 4799): "vxlan"}), frame) == tagged(eth4())

    def test_padding_behind_the_outer_packet_goes(self) -> None:
        assert through(Decap(MAP), underlay(eth4()) + b"trailer") == tagged(eth4())

    def test_frame_cut_by_capturing_keeps_its_length_on_the_wire(self) -> None:
        frame = underlay(eth4(udp(bytes(1000))))
        made = outcome(Decap(MAP), frame[:90], len(frame))
        assert made == [Frame(tagged(frame[50:90]), len(frame) - 50 + 6)]

    @pytest.mark.parametrize(
        ("stage", "frame", "reason"),
        [
            (Decap(MAP), underlay(eth4(), 77), Reason.UNKNOWN_VNID),
            (Decap(MAP), underlay(eth4(), 0), Reason.UNKNOWN_VNID),
            (Decap(MAP), underlay(eth4(), RED, dst=3), Reason.VNID_NOT_ON_TEP),
            (Decap(MAP), underlay(eth4(), dst=3), Reason.WRONG_TEP),
            (Decap(MAP, tep(MAP, "tep1")), underlay(eth4()), Reason.NOT_FOR_THIS_TEP),
            (Decap(network_map(teps={"tep1": {"ip": "192.0.2.9"}})), underlay(eth4()), Reason.UNKNOWN_TEP),
            (Decap(network_map(teps={"tep2": {"ip": "192.0.2.9"}})), underlay(eth4()), Reason.UNKNOWN_TEP),
            (Decap(MAP), underlay(tagged(eth4())), Reason.ALREADY_TAGGED),
            (Decap(MAP), underlay(eth4(dst=R2)), Reason.UNKNOWN_DESTINATION),
            (Decap(MAP), eth4(), Reason.NOT_OVERLAY),
            (Decap(MAP), tagged(eth4()), Reason.NOT_OVERLAY),
        ],
        ids=lambda value: value if isinstance(value, Reason) else "",
    )
    def test_frame_that_does_not_belong_there(self, stage: Decap, frame: bytes, reason: Reason) -> None:
        assert outcome(stage, frame) is reason

    def test_unknown_unicast_in_a_network_that_floods(self) -> None:
        frame = eth4(dst=STRANGER, dst_ip=NOBODY)
        assert through(Decap(FLOOD), underlay(frame)) == tagged(frame)

    def test_group_of_the_network_and_no_other(self) -> None:
        frame = through(leaving(GROUP), tagged(eth4(dst=BROADCAST)))
        verdict = forward(Decap(GROUP), frame)
        assert (verdict.vnid, verdict.tep) == (BLUE, UNKNOWN)
        assert forward(Decap(GROUP, tep(GROUP, "tep3")), frame).tep == tep(GROUP, "tep3").index
        other = network_map(networks={"red": {"group": "239.129.2.3"}})
        assert outcome(Decap(other), frame) is Reason.UNKNOWN_TEP

    def test_vxlan_header_is_the_last_thing_that_goes(self) -> None:
        sent = through(leaving(), tagged(eth4()))
        assert VxlanHeader.parse(sent, 42).vni == BLUE
        assert through(Decap(MAP), sent)[18:] == eth4()[12:]


class TestGuestTags:
    """What becomes of the 802.1Q tags of guests at the receiving tunnel end point."""

    @pytest.mark.parametrize("tos", [0, 3], ids=["", "marked"])
    @pytest.mark.parametrize("vlans", ["81006005", "88a81007 8100e005"], ids=["802.1Q", "QinQ"])
    def test_stripped(self, vlans: str, tos: int) -> None:
        """All of them, and nothing of them goes into the tag; a congestion mark still finds its place."""
        frame = underlay(eth4(vlans=bytes.fromhex(vlans), tos=tos and 1), tos=tos)
        vnid_map = network_map(teps={"tep2": {"guest_vlan": "strip"}})
        assert through(Decap(vnid_map), frame) == tagged(eth4(tos=tos))
        assert through(Decap(MAP), frame)[18:22] == bytes.fromhex(vlans)[:4]

    @pytest.mark.parametrize("treatment", ["strip", "reject"])
    def test_each_that_listens_to_a_group_does_as_it_is_told(self, treatment: str) -> None:
        """One that refuses a frame keeps it from nobody else, and is reported."""
        teps = {"tep2": {"guest_vlan": treatment}, "tep3": {"guest_vlan": "keep"}}
        vnid_map = network_map(networks={"blue": {"group": "239.129.2.3"}}, teps=teps)
        vlan = bytes.fromhex("81006005")
        sent = through(leaving(vnid_map), tagged(eth4(dst=BROADCAST, vlans=vlan), pcp=3))
        kept, bare = (tagged(eth4(dst=BROADCAST, vlans=each), pcp=3) for each in (vlan, b""))
        made = outcome(Decap(vnid_map), sent)
        assert isinstance(made, list)
        assert [frame.octets for frame in made] == ([bare, kept] if treatment == "strip" else [kept])
        if treatment == "reject":
            assert forward(Decap(vnid_map), sent).notes == (Reason.INNER_VLAN,)
            assert outcome(Decap(vnid_map, tep(vnid_map, "tep2")), sent) is Reason.INNER_VLAN
