"""What an audit says of single frames: above all, what it must not take for wrong."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pytest
from audited_traffic import A1, A2, A3, G2, STRANGER, Inner, Packet, ip, mac
from frames import BLUE, BROADCAST, GREEN, RED, checksum, eth4, tagged
from frames import underlay as small_underlay
from small_network import network_map

from dovetool.audit.audit import Audit
from dovetool.audit.examined import Examined, Hop
from dovetool.frame.view import FrameView
from dovetool.stages.map_selectors import selectors_of
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.model import MapFile
from dovetool.wire.ecn import CE, ECT_0, ECT_1, NOT_ECT, decapsulated

SLL = 113
MACS = {at: f"02:00:00:00:01:0{at}" for at in (1, 2, 3)}


def plan(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  (parts of a map)
    """A map of blue, red and green on three TEPs, as `audited_traffic` has it, with settings of all TEPs changed."""
    tep = {"encap": ["vxlan"], **changes}
    return {
        "version": 1,
        "networks": {"blue": {"vnid": BLUE}, "red": {"vnid": RED}, "green": {"vnid": GREEN}},
        "teps": {f"tep{at}": {"ip": f"192.0.2.{at}", "mac": text, **tep} for at, text in MACS.items()},
        "switches": {
            "sw1": {"tep": "tep1", "ports": {"p1": "blue", "p2": "red"}},
            "sw2": {"tep": "tep2", "ports": {"p1": "blue", "p2": "red", "p3": "green"}},
            "sw3": {"tep": "tep3", "ports": {"p1": "blue"}},
        },
        "vms": {
            "a1": {"mac": A1.hex(":"), "ip": ["10.0.0.1", "fd00::1"], "at": "sw1/p1"},
            "a2": {"mac": A2.hex(":"), "ip": ["10.0.0.2"], "at": "sw2/p1"},
            "a3": {"mac": A3.hex(":"), "ip": ["10.0.0.3"], "at": "sw3/p1"},
            "r1": {"mac": A1.hex(":"), "ip": ["10.0.0.1"], "at": "sw1/p2"},
            "g2": {"mac": G2.hex(":"), "ip": ["10.0.1.2"], "at": "sw2/p3"},
        },
        "policies": [{"from": "blue", "to": "green"}],
    }


def compiled(model: dict[str, Any]) -> VnidMap:
    return VnidMap.from_model(MapFile.model_validate(model))


def examined(octets: bytes, model: dict[str, Any] | None = None, **known: Any) -> Examined:  # noqa: ANN401
    vnid_map = compiled(model or plan())
    return Audit(vnid_map, selectors_of(vnid_map)).examine(FrameView(octets, **known))


def reasons(octets: bytes, model: dict[str, Any] | None = None, **known: Any) -> list[str]:  # noqa: ANN401
    """What is found: by the flow, and by checking the frame itself."""
    answer = examined(octets, model, **known)
    answers = [(check.answer(octets, len(octets)), found) for check, found in answer.checks]
    failed = [found[number - 1] for number, found in answers if number]
    return [found.kind.reason for found in (*answer.findings, *failed)]


def ipv6(src: str, dst: str) -> bytes:
    import ipaddress

    ends = ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
    return struct.pack("!IHBB", 6 << 28, 8, 59, 64) + ends + bytes(8)


def carried(frame: bytes, sender: int = 1, receiver: int = 2, vnid: int = BLUE) -> bytes:
    """A frame in VXLAN."""
    return small_underlay(frame, vnid, src=sender, dst=receiver)


class TestNothingIsWrongWith:
    """Frames that look odd, and are in order."""

    @pytest.mark.parametrize("source", ["0.0.0.0", "169.254.7.7"])
    def test_an_address_that_a_host_gives_itself(self, source: str) -> None:
        octets = bytes(map(int, source.split(".")))
        assert reasons(Packet(1, 2, BLUE, Inner(dst=BROADCAST, src_ip=octets)).octets()) == []

    @pytest.mark.parametrize("source", ["::", "fe80::aa:ff:fe00:1", "fd00::1"])
    def test_such_an_address_of_ipv6(self, source: str) -> None:
        frame = bytes.fromhex("3333ff000001") + A1 + b"\x86\xdd" + ipv6(source, "ff02::1:ff00:1")
        assert reasons(carried(frame)) == []

    def test_an_address_of_a_family_that_the_map_does_not_list(self) -> None:
        frame = A1 + A2 + b"\x86\xdd" + ipv6("2001:db8::77", "fd00::1")
        assert reasons(carried(frame, 2, 1)) == []

    def test_a_routed_frame(self) -> None:
        """The MAC address is a router's; the IP address tells the VM, of a network that may send here."""
        inner = Inner(STRANGER, G2, ip(1), ip(2, 1))
        assert reasons(Packet(1, 2, GREEN, inner).octets()) == []

    def test_a_frame_to_a_router_for_a_vm_of_its_network(self) -> None:
        assert reasons(Packet(1, 2, BLUE, Inner(dst=STRANGER)).octets()) == []

    def test_an_unknown_target_where_such_frames_are_flooded(self) -> None:
        model = plan()
        model["networks"]["blue"]["unknown_unicast"] = "flood"
        assert reasons(Packet(1, 2, BLUE, Inner(dst=STRANGER, dst_ip=ip(77))).octets(), model) == []

    def test_a_broadcast_to_the_group_of_its_network(self) -> None:
        """With the TTL of 1 that Linux gives it."""
        model = plan()
        model["networks"]["blue"]["group"] = "239.0.0.1"
        octets = Packet(1, 2, BLUE, Inner(dst=BROADCAST, arp=True), ttl=1).octets()
        octets = octets[:30] + bytes((239, 0, 0, 1)) + octets[34:]
        right = bytes.fromhex("01005e000001") + octets[6:24] + header_sum(octets) + octets[26:]
        assert reasons(right, model) == []

    def test_any_mac_of_a_routed_underlay(self) -> None:
        octets = mac(0x71) + mac(0x72) + Packet(1, 2, BLUE, Inner()).octets()[12:]
        assert reasons(octets, plan(gateway_mac="02:00:00:00:01:fe")) == []
        assert reasons(octets) == ["unexpected-underlay-mac"] * 2

    def test_the_router_of_the_map(self) -> None:
        model = plan()
        model["teps"]["tep1"]["gateway_mac"] = "02:00:00:00:01:fe"
        octets = bytes.fromhex("0200000001fe") + Packet(1, 2, BLUE, Inner()).octets()[6:]
        assert reasons(octets, model) == []

    def test_a_capture_without_link_layer(self) -> None:
        octets = bytes(14) + b"\x08\0" + Packet(1, 2, BLUE, Inner()).octets()[14:]
        assert reasons(octets, link_type=SLL) == []
        assert examined(octets, link_type=SLL).hop is Hop.UNDERLAY

    def test_a_group_policy(self) -> None:
        assert reasons(Packet(1, 2, BLUE, Inner(), header="88480007 00000000").octets()) == []

    def test_a_ttl_that_the_map_wants(self) -> None:
        assert reasons(Packet(1, 2, BLUE, Inner(), ttl=1).octets(), plan(ttl=1)) == []

    def test_a_guests_tag_that_the_map_keeps(self) -> None:
        tag = bytes.fromhex("81000014")
        assert reasons(Packet(1, 2, BLUE, Inner(vlan=tag)).octets(), plan(guest_vlan="keep")) == []
        taken_off = plan()
        taken_off["teps"]["tep2"]["guest_vlan"] = "strip"
        assert reasons(Packet(1, 2, BLUE, Inner(vlan=tag)).octets(), taken_off) == []
        assert reasons(Packet(2, 1, BLUE, Inner(A2, A1, ip(2), ip(1), vlan=tag)).octets(), taken_off) == ["guest-vlan"]

    def test_a_packet_above_the_mtu_where_the_map_lets_it_be(self) -> None:
        octets = Packet(1, 2, BLUE, Inner(size=1423)).octets()
        assert reasons(octets, plan(mtu=1500)) == ["mtu-exceeded"]
        assert reasons(octets, plan(mtu=1500, on_mtu="emit")) == []
        assert reasons(octets, plan(mtu=1501)) == []

    def test_a_tunnel_in_a_tunnel(self) -> None:
        """The tenants' own tunnels are none of the map's."""
        nested = Packet(8, 9, 77, Inner()).octets()
        frame = A2 + A1 + nested[12:]
        assert set(reasons(carried(frame))) == {"unlisted-address"}

    def test_traffic_that_is_none_of_the_maps(self) -> None:
        lldp = bytes.fromhex("0180c200000e") + mac(0x88) + b"\x88\xcc" + bytes(50)
        assert examined(lldp) == Examined(Hop.OTHER)

    def test_another_use_of_the_tags_ethertype(self) -> None:
        frame = A2 + A1 + bytes.fromhex("88b5") + b"some text of an experiment"
        assert reasons(carried(frame)) == []
        assert examined(frame).hop is Hop.OTHER


def header_sum(octets: bytes) -> bytes:
    return struct.pack("!H", checksum(octets[14:24] + b"\0\0" + octets[26:34]))


@pytest.mark.parametrize("outer", [NOT_ECT, ECT_0, ECT_1, CE])
@pytest.mark.parametrize("inner", [NOT_ECT, ECT_0, ECT_1, CE])
def test_ecn(outer: int, inner: int) -> None:
    """Figure 4 of RFC 6040: one pair is dropped, four are marked as unused by any encapsulator."""
    found = reasons(Packet(1, 2, BLUE, Inner(tos=inner), tos=outer).octets())
    unused = {(ECT_0, NOT_ECT), (ECT_1, NOT_ECT), (ECT_0, ECT_1), (ECT_1, CE)}
    dropped = decapsulated(outer, inner) is None
    assert found == (["ecn-drop"] if dropped else ["ecn-mismatch"] if (outer, inner) in unused else [])


def test_critical_option() -> None:
    header = struct.pack("!BBHI", 1, 0x40, 0x6558, BLUE << 8) + bytes.fromhex("fff08000")
    vxlan = Packet(1, 2, BLUE, Inner(), dst_port=6081).octets()
    longer = struct.pack("!HHHH", 50_000, 6081, len(vxlan) - 34 + 4, 0)
    octets = vxlan[:16] + struct.pack("!H", len(vxlan) - 14 + 4) + vxlan[18:34] + longer + header + vxlan[50:]
    assert "critical-option" in reasons(octets, plan(encap=["geneve"]))


def test_reserved_vnid() -> None:
    """I-SIDs below 256 are reserved in 802.1ah."""
    model = plan(underlay="l2", encap=["pbb"])
    model["networks"]["blue"]["vnid"] = 200
    for tep in model["teps"].values():
        del tep["ip"]
    header = bytes.fromhex(MACS[2].replace(":", "") + MACS[1].replace(":", "")) + b"\x88\xe7" + bytes((0, 0, 0, 200))
    assert reasons(header + Inner().octets(), model) == ["reserved-vnid"]


def test_layer_2_underlay() -> None:
    """TEPs are told by their MAC addresses."""
    model = plan(underlay="l2", encap=["pbb"])
    for tep in model["teps"].values():
        del tep["ip"]
    ends = [bytes.fromhex(MACS[at].replace(":", "")) for at in (2, 1, 3)]
    tag = b"\x88\xe7" + BLUE.to_bytes(4, "big")
    assert reasons(ends[0] + ends[1] + tag + Inner().octets(), model) == []
    assert reasons(ends[0] + ends[2] + tag + Inner().octets(), model) == ["wrong-tep"]
    assert reasons(ends[0] + STRANGER + tag + Inner().octets(), model) == ["unknown-tep"]


def test_bare_packet() -> None:
    """Geneve carries an IP packet without a frame around it: the IP addresses tell the VMs."""
    model = plan(encap=["geneve"])

    def geneve(sender: int, src: bytes) -> bytes:
        inner = replace(Inner(), src_ip=src).octets()[14:]
        datagram = struct.pack("!BBHI", 0, 0, 0x0800, BLUE << 8) + inner
        udp = struct.pack("!HHHH", 50_000, 6081, 8 + len(datagram), 0) + datagram
        packet = Packet(sender, 2, BLUE, Inner()).octets()[:34]
        octets = packet[:16] + struct.pack("!H", 20 + len(udp)) + packet[18:] + udp
        return octets[:24] + header_sum(octets) + octets[26:]

    assert reasons(geneve(1, ip(1)), model) == []
    assert reasons(geneve(3, ip(1)), model) == ["wrong-tep"]


class TestPortsOfSwitches:
    """Untagged frames, captured at an interface that is named after a port."""

    def test_what_comes_and_goes_there(self) -> None:
        assert reasons(Inner().octets(), interface="sw1/p1") == []
        assert reasons(Inner().octets(), interface="sw2/p1") == []
        assert reasons(Inner(A1, G2, ip(1), ip(2, 1)).octets(), interface="sw1/p1") == []

    def test_an_address_of_elsewhere(self) -> None:
        """A frame between two others came in by this port, with a false source."""
        assert reasons(Inner().octets(), interface="sw3/p1") == ["source-spoofed"]

    def test_a_network_that_no_policy_lets_it_reach(self) -> None:
        assert reasons(Inner(G2, A1, ip(2, 1), ip(1)).octets(), interface="sw2/p3") == ["policy-denied"]

    def test_the_network_of_the_port_tells_namesakes_apart(self) -> None:
        """A port of red is not blue's, whoever has the same address there."""
        assert reasons(Inner(dst=BROADCAST, arp=True).octets(), interface="sw1/p2") == []

    def test_a_vm_at_the_port_that_it_left(self) -> None:
        model = plan()
        moved = {"port": "sw3/p1", "from": "1970-01-01T00:00:05Z"}
        model["vms"]["a1"]["at"] = [{"port": "sw1/p1", "until": "1970-01-01T00:00:05Z"}, moved]
        frame = Inner().octets()
        assert reasons(frame, model, interface="sw1/p1", ts_ns=4_999_999_999) == []
        assert reasons(frame, model, interface="sw1/p1", ts_ns=5_000_000_000) == ["source-spoofed"]
        assert reasons(frame, model, interface="sw3/p1", ts_ns=5_000_000_000) == []

    def test_a_vm_at_the_port_that_it_left_for_another_network(self) -> None:
        """It is found in whatever it sends there: what is for many cannot have come from elsewhere, either."""
        model = plan()
        moved = {"port": "sw2/p3", "from": "1970-01-01T00:00:05Z"}
        model["vms"]["a1"]["at"] = [{"port": "sw1/p1", "until": "1970-01-01T00:00:05Z"}, moved]
        model["policies"].append({"from": "green", "to": "blue"})
        for frame in (Inner(), Inner(dst=STRANGER), Inner(dst=BROADCAST, arp=True), Inner(dst=G2, dst_ip=ip(2, 1))):
            assert reasons(frame.octets(), model, interface="sw1/p1", ts_ns=5_000_000_000) == ["source-spoofed"]
            assert reasons(tagged(frame.octets(), BLUE), model, interface="sw1/p1", ts_ns=5_000_000_000) == [
                "source-spoofed"
            ]
        assert reasons(Inner(dst=G2, dst_ip=ip(2, 1)).octets(), model, interface="sw2/p3", ts_ns=5_000_000_000) == []

    def test_a_tag_that_the_switch_would_not_give(self) -> None:
        assert reasons(tagged(Inner().octets(), BLUE), interface="sw1/p1") == []
        assert reasons(tagged(Inner(A1, G2, ip(1), ip(2, 1)).octets(), GREEN), interface="sw1/p1") == []
        spoofed = tagged(Inner(A1, BROADCAST, arp=True).octets(), RED)
        assert reasons(spoofed) == []  # r1 may have sent it
        assert reasons(spoofed, interface="sw1/p1") == ["tag-spoofed"]
        assert reasons(spoofed, interface="sw1/p2") == []
        assert reasons(spoofed, interface="sw1/p9") == ["unknown-port"]
        assert reasons(tagged(Inner(dst=BROADCAST).octets(), GREEN), interface="sw1/p1") == ["tag-spoofed"]

    def test_a_port_that_is_trusted_with_tags(self) -> None:
        model = plan()
        model["switches"]["sw1"]["ports"]["p1"] = {"network": "blue", "trusted": True}
        assert reasons(tagged(Inner(A1, BROADCAST, arp=True).octets(), RED), model, interface="sw1/p1") == []

    @pytest.mark.parametrize("between", ["", "81000007"])
    def test_a_tag_behind_another_tag(self, between: str) -> None:
        frame = Inner().octets()
        hidden = frame[:12] + bytes.fromhex(between) + tagged(frame, RED)[12:]
        assert "already-tagged" in reasons(tagged(hidden, BLUE))
        assert not between or "already-tagged" in reasons(hidden)

    def test_an_address_of_another_network_where_unknown_ones_are_flooded(self) -> None:
        """A silent host of blue may have it too, unless a policy makes the other network the way to go."""
        model = plan()
        model["vms"]["r9"] = {"mac": STRANGER.hex(":"), "ip": ["10.0.0.9"], "at": "sw1/p2"}
        model["networks"]["blue"]["unknown_unicast"] = "flood"
        frame = Inner(A2, STRANGER, ip(2), ip(9)).octets()
        hops = [(frame, {"interface": "sw2/p1"}), (tagged(frame, BLUE), {}), (carried(frame, 2, 1), {})]
        assert [reasons(octets, model, **known) for octets, known in hops] == [[], [], []]
        model["policies"].append({"from": "blue", "to": "red"})
        found = [reasons(octets, model, **known) for octets, known in hops]
        assert found == [[], ["isolation-violation"], ["isolation-violation"]]

    def test_a_stranger_who_sends_to_a_vm(self) -> None:
        frame = Inner(STRANGER, A2, ip(77), ip(2)).octets()
        assert examined(frame).hop is Hop.UNTAGGED
        assert reasons(frame) == ["unknown-source"]

    def test_a_vm_that_sends_to_a_stranger(self) -> None:
        """Where the network floods such frames it is no mistake."""
        frame = Inner(A2, STRANGER, ip(2), ip(77)).octets()
        assert reasons(frame) == ["unknown-destination"]
        flooding = plan()
        flooding["networks"]["blue"]["unknown_unicast"] = "flood"
        assert reasons(frame, flooding) == []

    def test_strangers_among_themselves(self) -> None:
        frame = Inner(STRANGER, mac(0x98)).octets()
        assert (examined(frame).hop, reasons(frame)) == (Hop.OTHER, [])

    def test_no_such_port(self) -> None:
        assert reasons(Inner().octets(), interface="sw1/p9") == ["unknown-port"]


def test_frames_as_a_stage_takes_them() -> None:
    """A map of another test, to be sure that no detail of the one here decides."""
    vnid_map = network_map()
    audit = Audit(vnid_map, selectors_of(vnid_map))
    assert audit.examine(FrameView(carried(eth4()))).findings == ()
    late = audit.examine(FrameView(carried(eth4(), 3)))
    assert [found.kind.reason for found in late.findings] == ["wrong-tep"]


def test_every_kind_is_told_apart_by_its_words() -> None:
    """No two rules mean the same, and each rests on something."""
    from dovetool.belonging.finding import Kind

    assert len({kind.rule.meaning for kind in Kind}) == len(list(Kind))
    assert all(kind.rule.source for kind in Kind)
