"""Routing at the tunnel end point (RFC 9135), stage by stage: what each router does, and what it refuses."""

from __future__ import annotations

import pytest
from frames import TEP_IPS, TEP_MACS, eth, eth4, tagged, udp, underlay
from frames import summed as sum_of
from routed_network import (
    BEHIND_C,
    BLUE,
    BLUE_IP,
    GATEWAY,
    IP4,
    IP6,
    L3,
    NOWHERE,
    OPS,
    R1,
    R2,
    RED,
    RED_GATEWAY,
    RED_IP,
    A,
    B,
    C,
    D,
    O,
    between,
    in_l3,
    routed_map,
    to_gateway,
)
from small_network import decided, outcome

from dovetool.audit.audit import Audit
from dovetool.frame.view import FrameView
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.stage import Stage
from dovetool.stages.switch import Tag
from dovetool.stages.untag import Untag
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Frame, Reject, carry_out
from dovetool.vnid_map import VnidMap

SYMMETRIC, ASYMMETRIC = routed_map(), routed_map(l3vni=None)


def made(stage: Stage, octets: bytes) -> bytes:
    """What a stage makes of a frame: one frame."""
    frames = carry_out(decided(stage, octets), Frame(octets, len(octets)))
    assert not isinstance(frames, Reject), frames
    (frame,) = frames
    return frame.octets


class TestEntry:
    """The router of the sender."""

    @pytest.mark.parametrize("ips", [IP4, IP6], ids=["IPv4", "IPv6"])
    def test_symmetric_goes_to_the_router_of_the_target(self, ips: dict[bytes, bytes]) -> None:
        expected = aged(to_gateway(A, ips[C]), 1, R2 + R1)
        assert made(Tag(SYMMETRIC), to_gateway(A, ips[C])) == tagged(expected, L3)

    @pytest.mark.parametrize("ips", [IP4, IP6], ids=["IPv4", "IPv6"])
    def test_asymmetric_goes_to_the_target(self, ips: dict[bytes, bytes]) -> None:
        expected = aged(to_gateway(A, ips[C]), 1, C + RED_GATEWAY)
        assert made(Tag(ASYMMETRIC), to_gateway(A, ips[C])) == tagged(expected, RED)

    def test_behind_the_same_tep_it_is_routed_once(self) -> None:
        """Section 5 is for what leaves the tunnel end point."""
        frame = to_gateway(A, IP4[D])
        assert made(Tag(SYMMETRIC), frame) == tagged(aged(frame, 1, D + RED_GATEWAY), RED)

    def test_own_network_is_routed_back(self) -> None:
        frame = to_gateway(A, IP4[B])
        assert made(Tag(ASYMMETRIC), frame) == tagged(aged(frame, 1, B + GATEWAY), BLUE)

    def test_prefix_leads_to_its_vm(self) -> None:
        frame = to_gateway(A, BEHIND_C)
        assert made(Tag(ASYMMETRIC), frame) == tagged(aged(frame, 1, C + RED_GATEWAY), RED)

    def test_longest_prefix_of_all_networks_wins(self) -> None:
        longer = routed_map(l3vni=None, vms={"b": {"ip": ["10.1.0.2", "10.9.3.0/24"]}})
        frame = to_gateway(A, BEHIND_C)
        assert made(Tag(longer), frame) == tagged(aged(frame, 1, B + GATEWAY), BLUE)

    def test_priority_and_vlan_of_the_guest_stay(self) -> None:
        frame = to_gateway(A, IP4[C], vlans=bytes.fromhex("8100a007"))
        assert made(Tag(SYMMETRIC), frame) == tagged(aged(frame, 1, R2 + R1), L3, pcp=5)

    def test_nearest_of_several_places(self) -> None:
        """A VM with places at both tunnel end points is reached without the underlay."""
        both = routed_map(vms={"c": {"at": ["s2/q", "s1/q"]}})
        frame = to_gateway(A, IP4[C])
        assert made(Tag(both), frame) == tagged(aged(frame, 1, C + RED_GATEWAY), RED)
        assert outcome(Encap(both, both.tep("t1")), made(Tag(both), frame)) is Reason.LOCAL

    def test_vm_without_mac_is_reached_by_the_device_at_its_port(self) -> None:
        with_pod = routed_map(l3vni=None, vms={"pod": {"ip": ["10.2.0.9"], "at": "s2/q"}})
        frame = to_gateway(A, bytes((10, 2, 0, 9)))
        assert made(Tag(with_pod), frame) == tagged(aged(frame, 1, C + RED_GATEWAY), RED)

    def test_network_without_gateway_gets_the_sender_s(self) -> None:
        one = routed_map(l3vni=None, networks={"red": {"gateway": None}})
        frame = to_gateway(A, IP4[C])
        assert made(Tag(one), frame) == tagged(aged(frame, 1, C + GATEWAY), RED)

    def test_networks_that_no_vrf_joins_go_by_policy(self) -> None:
        """As they always did: by IP address, without a change."""
        to_ops = routed_map(policies=[{"from": "blue", "to": "ops"}])
        frame = to_gateway(A, IP4[O])
        assert made(Tag(to_ops), frame) == tagged(frame, OPS)

    @pytest.mark.parametrize(
        ("frame", "reason"),
        [
            (to_gateway(A, BLUE_IP), Reason.LOCAL),
            (to_gateway(A, RED_IP), Reason.LOCAL),
            (to_gateway(A, bytes.fromhex("fe80") + bytes(13) + b"\xfe"), Reason.LOCAL),
            (to_gateway(A, bytes.fromhex("fe800000000000000200 5efffe000101")), Reason.LOCAL),
            (eth(GATEWAY, A, 0x0806, bytes(28)), Reason.LOCAL),
            (eth(GATEWAY, A), Reason.LOCAL),
            (to_gateway(A, NOWHERE), Reason.NO_ROUTE),
            (to_gateway(A, IP4[O]), Reason.NO_ROUTE),
            (to_gateway(A, bytes.fromhex("fe80") + bytes(13) + b"\x09"), Reason.LOCAL),
            (to_gateway(A, bytes((169, 254, 169, 254))), Reason.LOCAL),
            (eth4(dst=GATEWAY, src=A, src_ip=bytes((169, 254, 0, 1)), dst_ip=IP4[C]), Reason.NO_ROUTE),
            (to_gateway(A, bytes((224, 0, 0, 9))), Reason.NO_ROUTE),
            (to_gateway(A, IP4[C], ttl=1), Reason.TTL_EXCEEDED),
            (to_gateway(A, IP4[C], ttl=0), Reason.TTL_EXCEEDED),
            (to_gateway(A, IP6[C], hop_limit=1), Reason.TTL_EXCEEDED),
            (to_gateway(A, BLUE_IP, ttl=1), Reason.LOCAL),
            (to_gateway(A, NOWHERE, ttl=1), Reason.NO_ROUTE),
            (to_gateway(A, IP4[C])[:33], Reason.MALFORMED),
            (to_gateway(A, IP4[C])[:14] + b"\x44" + to_gateway(A, IP4[C])[15:], Reason.MALFORMED),
            (to_gateway(A, IP6[C])[:14] + b"\x40" + to_gateway(A, IP6[C])[15:], Reason.MALFORMED),
        ],
    )
    def test_refused(self, frame: bytes, reason: Reason) -> None:
        for vnid_map in (SYMMETRIC, ASYMMETRIC):
            assert outcome(Tag(vnid_map), frame) is reason

    def test_trunk(self) -> None:
        """The VLAN of the sender's port goes, that of the receiver's comes."""
        trunks = routed_map(
            switches={
                "s1": {"ports": {"e": {"100": "blue"}, "q": "red"}},
                "s2": {"ports": {"e": {"200": "red"}, "p": "blue"}},
            },
            vms={"a": {"at": "s1/e.100"}, "c": {"at": "s2/e.200"}},
        )
        frame = to_gateway(A, IP4[C], vlans=bytes.fromhex("8100a064"))
        tagged_frame = made(Tag(trunks), frame)
        assert tagged_frame == tagged(aged(to_gateway(A, IP4[C]), 1, R2 + R1), L3, pcp=5)
        received = made(Decap(trunks), made(Encap(trunks), tagged_frame))
        delivered = aged(to_gateway(A, IP4[C], vlans=bytes.fromhex("8100a0c8")), 2, C + RED_GATEWAY)
        assert made(Untag(trunks), received) == delivered

    def test_gateway_of_a_network_in_no_vrf(self) -> None:
        """It knows its own addresses; what is beyond them, policies decide."""
        alone = routed_map(vrfs={"tenant": {"networks": ["red"]}}, policies=[{"from": "blue", "to": "ops"}])
        assert made(Tag(alone), to_gateway(A, IP4[O])) == tagged(to_gateway(A, IP4[O]), OPS)
        assert made(Tag(alone), to_gateway(A, IP4[B])) == tagged(to_gateway(A, IP4[B]), BLUE)
        assert outcome(Tag(alone), to_gateway(A, IP4[C])) is Reason.POLICY_DENIED
        assert outcome(Tag(alone), to_gateway(A, NOWHERE)) is Reason.NO_ROUTE
        assert outcome(Tag(alone), to_gateway(A, BLUE_IP)) is Reason.LOCAL

    @pytest.mark.parametrize("tep", ["t1", "t2"])
    def test_tep_without_router_mac(self, tep: str) -> None:
        lacking = routed_map(teps={tep: {"router_mac": None}})
        assert outcome(Tag(lacking), to_gateway(A, IP4[C])) is Reason.UNKNOWN_ROUTER
        assert isinstance(decided(Tag(lacking), to_gateway(A, IP4[D])), Forward)


def aged(frame: bytes, hops: int, macs: bytes) -> bytes:
    """The frame with other MAC addresses, its TTL so much less, its IPv4 checksum computed again."""
    vlans = 4 * (frame[12:14] == b"\x81\0")
    at = 14 + vlans
    if frame[at] >> 4 == 6:
        return macs + frame[12 : at + 7] + bytes((frame[at + 7] - hops,)) + frame[at + 8 :]
    head = frame[at : at + 8] + bytes((frame[at + 8] - hops, frame[at + 9], 0, 0)) + frame[at + 12 : at + 20]
    head = head[:10] + (sum_of(head) ^ 0xFFFF).to_bytes(2, "big") + head[12:]
    return macs + frame[12:at] + head + frame[at + 20 :]


class TestBetween:
    """The sending tunnel end point, in an L3 VNI."""

    def test_goes_to_the_tep_with_the_router_mac(self) -> None:
        sent = made(Encap(SYMMETRIC), tagged(between(), L3))
        assert sent[:12] + sent[26:34] == underlay(b"")[:12] + underlay(b"")[26:34]
        assert sent[46:50] == (L3 << 8).to_bytes(4, "big")
        assert sent[50:] == between()

    @pytest.mark.parametrize(
        ("frame", "reason"),
        [
            (between(dst=b"\2" * 6), Reason.UNKNOWN_ROUTER),
            (between(dst=b"\xff" * 6), Reason.UNKNOWN_ROUTER),
            (between(src=b"\2" * 6), Reason.UNKNOWN_ROUTER),
            (between(src=R2, dst=R2), Reason.LOCAL),
        ],
    )
    def test_refused(self, frame: bytes, reason: Reason) -> None:
        assert outcome(Encap(SYMMETRIC), tagged(frame, L3)) is reason

    def test_sender_of_a_routed_frame_is_told_by_its_ip_address(self) -> None:
        frame = between(src=RED_GATEWAY, dst=C)
        assert made(Encap(ASYMMETRIC), tagged(frame, RED))[26:34] == bytes((192, 0, 2, 1, 192, 0, 2, 2))
        assert outcome(Encap(ASYMMETRIC), tagged(between(NOWHERE, src=RED_GATEWAY, dst=C), RED)) is (
            Reason.UNKNOWN_SOURCE
        )


class TestExit:
    """The router of the target, in the symmetric model; the receiving tunnel end point, in the other."""

    @pytest.mark.parametrize("ips", [IP4, IP6], ids=["IPv4", "IPv6"])
    def test_routed_again_into_the_target_s_network(self, ips: dict[bytes, bytes]) -> None:
        frame = between(ips[A], ips[C])
        assert made(Decap(SYMMETRIC), in_l3(frame)) == tagged(aged(frame, 1, C + RED_GATEWAY), RED)

    def test_prefix(self) -> None:
        frame = between(dst_ip=BEHIND_C)
        assert made(Decap(SYMMETRIC), in_l3(frame)) == tagged(aged(frame, 1, C + RED_GATEWAY), RED)

    def test_congestion_met_in_the_underlay(self) -> None:
        """ECN and TTL change together, and the checksum is right."""
        frame = between(tos=2)
        got = made(Decap(SYMMETRIC), underlay(frame, L3, tos=3))
        assert got == tagged(aged(between(tos=3), 1, C + RED_GATEWAY), RED)

    @pytest.mark.parametrize("ips", [IP4, IP6], ids=["IPv4", "IPv6"])
    def test_bare_packet(self, ips: dict[bytes, bytes]) -> None:
        """VXLAN-GPE may carry it without Ethernet; there are no routers' MAC addresses to be wrong then."""
        bare = routed_map(teps={name: {"encap": ["vxlan-gpe"]} for name in ("t1", "t2", "t3")})
        packet = between(ips[A], ips[C])[14:]
        header = bytes((0x0C, 0, 0, 1 if ips is IP4 else 2)) + (L3 << 8).to_bytes(4, "big")
        octets = eth4(
            udp(header + packet, dst_port=4790), dst=TEP_MACS[1], src=TEP_MACS[0], src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1]
        )
        assert made(Decap(bare), octets) == tagged(aged(between(ips[A], ips[C]), 1, C + RED_GATEWAY), RED)
        assert Audit(bare, selectors_of(bare)).examine(FrameView(octets)).findings == ()

    def test_stripped_vlan(self) -> None:
        strips = routed_map(teps={"t2": {"guest_vlan": "strip"}})
        frame = between(vlans=bytes.fromhex("81000007"))
        assert made(Decap(strips), in_l3(frame)) == tagged(aged(between(), 1, C + RED_GATEWAY), RED)

    def test_in_its_own_network_it_is_as_the_sender_s_router_made_it(self) -> None:
        frame = between(src=RED_GATEWAY, dst=C)
        assert made(Decap(ASYMMETRIC), underlay(frame, RED)) == tagged(frame, RED)

    def test_for_the_gateway_itself_through_the_underlay(self) -> None:
        """Each tunnel end point is the gateway, so it routes what another one did not."""
        frame = to_gateway(A, IP4[C])
        assert made(Decap(SYMMETRIC), underlay(frame, BLUE)) == tagged(aged(frame, 1, C + RED_GATEWAY), RED)
        assert outcome(Decap(SYMMETRIC), underlay(to_gateway(A, BLUE_IP), BLUE)) is Reason.LOCAL
        assert outcome(Decap(SYMMETRIC), underlay(to_gateway(A, IP4[D]), BLUE)) is Reason.WRONG_TEP

    def test_network_without_gateway_gets_another_s_of_the_vrf(self) -> None:
        one = routed_map(networks={"red": {"gateway": None}})
        assert made(Decap(one), in_l3(between()))[:12] == C + R2
        assert made(Tag(one), to_gateway(A, IP4[D]))[:12] == D + GATEWAY

    @pytest.mark.parametrize(
        ("frame", "reason"),
        [
            (in_l3(between(dst=R1)), Reason.UNKNOWN_ROUTER),
            (in_l3(between(dst=b"\xff" * 6)), Reason.UNKNOWN_ROUTER),
            (in_l3(between(src=b"\2" * 6)), Reason.UNKNOWN_ROUTER),
            (in_l3(between(dst_ip=NOWHERE)), Reason.NO_ROUTE),
            (in_l3(between(dst_ip=IP4[O])), Reason.NO_ROUTE),
            (in_l3(between(dst_ip=IP4[D])), Reason.WRONG_TEP),
            (in_l3(between(dst_ip=RED_IP)), Reason.LOCAL),
            (in_l3(eth(R2, R1, 0x0806, bytes(28))), Reason.LOCAL),
            (in_l3(between(ttl=1)), Reason.TTL_EXCEEDED),
            (in_l3(between(IP6[A], IP6[C], hop_limit=1)), Reason.TTL_EXCEEDED),
            (in_l3(between(dst=bytes.fromhex("020000000f03")), dst=3), Reason.VNID_NOT_ON_TEP),
        ],
    )
    def test_refused(self, frame: bytes, reason: Reason) -> None:
        assert outcome(Decap(SYMMETRIC), frame) is reason


@pytest.mark.parametrize("ips", [IP4, IP6], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize(("vnid_map", "hops"), [(SYMMETRIC, 2), (ASYMMETRIC, 1)], ids=["symmetric", "asymmetric"])
def test_from_vm_to_vm(vnid_map: VnidMap, hops: int, ips: dict[bytes, bytes]) -> None:
    """c gets it from its own gateway, with a TTL of one less for each router."""
    frame = to_gateway(A, ips[C])
    for stage in (Tag(vnid_map), Encap(vnid_map), Decap(vnid_map), Untag(vnid_map)):
        frame = made(stage, frame)
    assert frame == aged(to_gateway(A, ips[C]), hops, C + RED_GATEWAY)
