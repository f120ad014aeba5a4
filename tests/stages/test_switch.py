"""Tag and Untag: who sent the frame, which network its target is in, and who gets it."""

from __future__ import annotations

import pytest
from frames import A1, A2, A3, BLUE, BROADCAST, GREEN, IP_A2, IP_A3, MULTICAST, RED, eth, eth4, eth6, tagged, underlay
from small_network import (
    BLUE_TO_RED,
    IP6_R2,
    IP_R2,
    NOBODY,
    R1,
    R2,
    ROUTER,
    SECOND,
    STRANGER,
    forward,
    network_map,
    outcome,
    port,
    tep,
    through,
    vnid_of,
)

from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.switch import Tag
from dovetool.stages.untag import Untag
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Frame
from dovetool.vnid_map import VnidMap
from dovetool.wire import DoveTag, vnid

MAP = network_map()
WITH_POLICY = network_map(policies=BLUE_TO_RED)


def from_a1(vnid_map: VnidMap = MAP) -> Tag:
    """Tag at the port of a1."""
    return Tag(vnid_map, port(vnid_map, "sw1/p1"))


def moved_at_10_s(first: str, second: str, **changes: object) -> VnidMap:
    """The map with the VM a2 in one place until 10 s, and in another from then on."""
    until, since = {"port": first, "until": "1970-01-01T00:00:10Z"}, {"port": second, "from": "1970-01-01T00:00:10Z"}
    return network_map(vms={"a2": {"at": [until, since]}}, **changes)


class TestTheTag:
    def test_six_octets_come_and_none_changes(self) -> None:
        frame = eth4()
        assert through(from_a1(), frame) == frame[:12] + bytes.fromhex("88b5 0001 3890") + frame[12:]

    @pytest.mark.parametrize("type_or_length", [0x0003, 0x0026, 0x0806, 0xFFFF])
    def test_any_type_or_length_is_kept(self, type_or_length: int) -> None:
        frame = eth(A2, A1, type_or_length, b"\x42\x42\x03")
        assert through(from_a1(), frame) == tagged(frame)

    def test_header_without_payload_is_enough(self) -> None:
        assert through(from_a1(), eth(A2, A1, payload=b"")) == tagged(eth(A2, A1, payload=b""))

    def test_length_on_the_wire_grows_though_the_frame_was_cut(self) -> None:
        frame = eth4()[:20]
        assert outcome(from_a1(), frame, 1500) == [Frame(tagged(frame), 1506)]

    def test_tpid_of_the_map(self) -> None:
        vnid_map = network_map(tag={"tpid": 0x9999})
        frame = through(from_a1(vnid_map), eth4())
        assert frame == tagged(eth4(), tpid=0x9999)
        assert through(Untag(vnid_map), frame) == eth4()
        assert outcome(Untag(MAP), frame) is Reason.UNTAGGED

    @pytest.mark.parametrize(
        ("vlans", "pcp", "dei"),
        [
            ("8100 a005", 5, False),
            ("8100 1005", 0, True),
            ("8100 f005", 7, True),
            ("88a8 6007", 3, False),
            ("88a8 6007 8100 e005", 3, False),
            ("9100 2007 8100 e005", 1, False),
        ],
        ids=["PCP", "DEI", "both", "802.1ad", "802.1ad first", "old QinQ"],
    )
    def test_priority_comes_from_the_first_8021q_tag_which_stays(self, vlans: str, pcp: int, dei: bool) -> None:
        frame = eth4(vlans=bytes.fromhex(vlans))
        assert through(from_a1(), frame) == tagged(frame, pcp=pcp, dei=dei)


class TestTaggedAlready:
    def test_known_vnid_goes_through_unchanged(self) -> None:
        verdict = forward(from_a1(), tagged(eth4(), BLUE, 5))
        assert verdict.unchanged
        assert (verdict.vnid, verdict.notes, verdict.ingress) == (BLUE, (), port(MAP, "sw1/p1").index)

    def test_where_no_port_is_known_any_known_vnid_does(self) -> None:
        """Only its switch can tell where it came from."""
        assert forward(Tag(MAP), tagged(eth4(), RED)).vnid == RED

    def test_a_vm_does_not_choose_its_network(self) -> None:
        for stage, interface in ((from_a1(), ""), (Tag(MAP), "sw1/p1")):
            for dst in (A2, R2, BROADCAST, STRANGER):
                frame = tagged(eth4(dst=dst), RED)
                assert outcome(stage, frame, interface=interface) is Reason.TAG_SPOOFED

    def test_a_policy_opens_the_way_to_a_target(self) -> None:
        """What the switch would give it, it may have already; a broadcast stays in the network of its sender."""
        assert forward(from_a1(WITH_POLICY), tagged(eth4(dst=R2), RED)).vnid == RED
        assert forward(from_a1(WITH_POLICY), tagged(eth4(dst=ROUTER, dst_ip=IP_R2), RED)).vnid == RED
        for dst in (BROADCAST, MULTICAST, STRANGER, A2):
            frame = tagged(eth4(dst=dst, dst_ip=NOBODY), RED)
            assert outcome(from_a1(WITH_POLICY), frame) is Reason.TAG_SPOOFED

    def test_a_trusted_port_may_send_any_known_tag(self) -> None:
        """As the uplink of another switch, with whatever is behind that."""
        vnid_map = network_map(switches={"sw1": {"ports": {"p1": {"network": "blue", "trusted": True}}}})
        at_p1 = Tag(vnid_map, port(vnid_map, "sw1/p1"))
        assert forward(at_p1, tagged(eth4(src=A3, dst=BROADCAST), RED)).vnid == RED
        assert outcome(at_p1, tagged(eth4(), 77)) is Reason.UNKNOWN_VNID
        assert outcome(at_p1, eth4(src=A3)) is Reason.SOURCE_SPOOFED

    def test_the_tag_hides_no_false_source(self) -> None:
        assert outcome(Tag(MAP, port(MAP, "sw1/p3")), tagged(eth4())) is Reason.SOURCE_SPOOFED

    def test_a_port_that_the_switch_does_not_have(self) -> None:
        assert outcome(Tag(MAP), tagged(eth4()), interface="sw1/p9") is Reason.UNKNOWN_PORT

    @pytest.mark.parametrize("stage", [from_a1(), Encap(MAP), Untag(MAP)], ids=["tag", "encap", "untag"])
    @pytest.mark.parametrize("between", ["", "81000007"])
    def test_a_tag_behind_another_tag_gets_nowhere(self, stage: Tag | Encap | Untag, between: str) -> None:
        """Else the one that is in front would be taken off, and the other count."""
        vlan = bytes.fromhex(between)
        hidden = eth4()[:12] + vlan + tagged(eth4(), RED)[12:]
        assert outcome(stage, tagged(hidden, BLUE)) is Reason.ALREADY_TAGGED

    def test_nor_does_one_behind_an_8021q_tag(self) -> None:
        hidden = eth4()[:12] + bytes.fromhex("81000007") + tagged(eth4(), RED)[12:]
        assert outcome(from_a1(), hidden) is Reason.ALREADY_TAGGED
        assert outcome(Decap(MAP), underlay(hidden)) is Reason.ALREADY_TAGGED

    @pytest.mark.parametrize("identifier", [0, 77])
    def test_unknown_vnid_does_not(self, identifier: int) -> None:
        """0 is legal on the wire, and never a network of a map."""
        assert outcome(from_a1(), tagged(eth4(), identifier)) is Reason.UNKNOWN_VNID

    @pytest.mark.parametrize("stage", [from_a1(), Untag(MAP)], ids=["tag", "untag"])
    def test_set_pad_bits_are_noted_and_ignored(self, stage: Tag | Untag) -> None:
        octets = bytearray(tagged(eth4()))
        octets[17] |= 0x05
        verdict = forward(stage, bytes(octets))
        assert verdict.notes == (Reason.NONZERO_PAD,)
        assert verdict.vnid == BLUE


class TestIngress:
    """The port is --ingress, else the interface's name, else the place of the one VM with the source MAC address."""

    def test_given_port_counts_first(self) -> None:
        verdict = forward(Tag(MAP, port(MAP, "sw1/p2")), eth4(dst=BROADCAST), interface="sw1/p1")
        assert (verdict.vnid, verdict.ingress) == (RED, port(MAP, "sw1/p2").index)

    def test_name_of_the_interface_counts_before_the_source_mac(self) -> None:
        """a1 and r1 have one MAC address."""
        for name, network in (("sw1/p1", BLUE), ("sw1/p2", RED)):
            verdict = forward(Tag(MAP), eth4(dst=BROADCAST), interface=name)
            assert (verdict.vnid, verdict.ingress) == (network, port(MAP, name).index)

    @pytest.mark.parametrize("interface", ["", "eth0", "eth0/p1", "sw1", "sw1p1"])
    def test_source_mac_counts_where_no_port_is_named(self, interface: str) -> None:
        verdict = forward(Tag(MAP), eth4(src=A2, dst=A3), interface=interface)
        assert (verdict.vnid, verdict.ingress) == (BLUE, port(MAP, "sw2/p1").index)

    @pytest.mark.parametrize("interface", ["sw1/p9", "sw1/", "sw1/p1/x"])
    def test_port_that_a_switch_of_the_map_does_not_have(self, interface: str) -> None:
        assert outcome(Tag(MAP), eth4(src=A2), interface=interface) is Reason.UNKNOWN_PORT

    def test_two_vms_with_the_source_mac_are_never_a_guess(self) -> None:
        assert outcome(Tag(MAP), eth4(src=A1)) is Reason.AMBIGUOUS_SOURCE

    def test_nobody_with_the_source_mac(self) -> None:
        assert outcome(Tag(MAP), eth4(src=STRANGER)) is Reason.UNKNOWN_SOURCE

    def test_source_mac_of_a_vm_at_another_port_of_the_network(self) -> None:
        assert outcome(Tag(MAP, port(MAP, "sw1/p3")), eth4(src=A1)) is Reason.SOURCE_SPOOFED
        assert outcome(Tag(MAP), eth4(src=A1), interface="sw1/p3") is Reason.SOURCE_SPOOFED

    def test_unknown_source_mac_at_a_known_port_is_let_in(self) -> None:
        """The port tells the network; it need not be a VM of the map that sends."""
        assert vnid_of(through(from_a1(), eth4(src=STRANGER))) == BLUE

    def test_source_mac_is_looked_up_at_the_time_of_the_frame(self) -> None:
        vnid_map = moved_at_10_s("sw1/p1", "sw2/p2")
        before, after = (
            forward(Tag(vnid_map), eth4(src=A2, dst=BROADCAST), ts_ns=ts_ns) for ts_ns in (10 * SECOND - 1, 10 * SECOND)
        )
        assert (before.vnid, before.ingress) == (BLUE, port(vnid_map, "sw1/p1").index)
        assert (after.vnid, after.ingress) == (RED, port(vnid_map, "sw2/p2").index)


class TestTargetNetwork:
    """Claims 1 and 9: the tag carries the VNID of the network that the target belongs to."""

    @pytest.mark.parametrize("dst", [A2, A3, BROADCAST, MULTICAST, STRANGER], ids=lambda mac: mac.hex(":"))
    def test_own_network(self, dst: bytes) -> None:
        """Broadcast, multicast and unknown unicast carry the network of the source."""
        assert vnid_of(through(from_a1(WITH_POLICY), eth4(dst=dst, dst_ip=NOBODY))) == BLUE

    def test_target_in_a_network_that_a_policy_allows(self) -> None:
        assert vnid_of(through(from_a1(WITH_POLICY), eth4(dst=R2))) == RED

    def test_default_is_to_deny(self) -> None:
        assert outcome(from_a1(), eth4(dst=R2)) is Reason.POLICY_DENIED

    def test_policy_has_a_direction(self) -> None:
        r1 = Tag(WITH_POLICY, port(WITH_POLICY, "sw1/p2"))
        assert outcome(r1, eth4(dst=A2, src=R1)) is Reason.POLICY_DENIED

    def test_policy_for_another_network_does_not_help(self) -> None:
        vnid_map = network_map(policies=[{"from": "blue", "to": "green"}, {"from": "green", "to": "red"}])
        assert outcome(from_a1(vnid_map), eth4(dst=R2)) is Reason.POLICY_DENIED

    @pytest.mark.parametrize("frame", [eth4(dst=R2), eth4(dst=ROUTER, dst_ip=IP_R2)], ids=["MAC", "IP"])
    def test_where_unknown_targets_are_flooded_others_of_their_address_do_not_matter(self, frame: bytes) -> None:
        """A silent host of blue may have the address of one in red; only a policy makes red a way to go."""
        flooding = {"networks": {"blue": {"unknown_unicast": "flood"}}}
        assert vnid_of(through(from_a1(network_map(**flooding)), frame)) == BLUE
        assert vnid_of(through(from_a1(network_map(**flooding, policies=BLUE_TO_RED)), frame)) == RED

    def test_own_network_is_preferred_to_an_allowed_one(self) -> None:
        """r2 gets the addresses of a2: the same MAC address is then in blue and in red."""
        vnid_map = network_map(vms={"r2": {"mac": A2.hex(":"), "ip": ["10.0.0.2"]}}, policies=BLUE_TO_RED)
        assert vnid_of(through(from_a1(vnid_map), eth4(dst=A2))) == BLUE
        assert vnid_of(through(from_a1(vnid_map), eth4(dst=ROUTER, dst_ip=IP_A2))) == BLUE

    def test_two_allowed_networks_with_the_address_are_never_a_guess(self) -> None:
        vnid_map = network_map(
            switches={"sw3": {"ports": {"p2": "green"}}},
            vms={"g2": {"mac": R2.hex(":"), "at": "sw3/p2"}},
            policies=[*BLUE_TO_RED, {"from": "blue", "to": "green"}],
        )
        assert outcome(from_a1(vnid_map), eth4(dst=R2)) is Reason.DUPLICATE_ADDRESS

    def test_one_allowed_network_of_two_with_the_address(self) -> None:
        vnid_map = network_map(
            switches={"sw3": {"ports": {"p2": "green"}}},
            vms={"g2": {"mac": R2.hex(":"), "at": "sw3/p2"}},
            policies=[{"from": "blue", "to": "green"}],
        )
        assert vnid_of(through(from_a1(vnid_map), eth4(dst=R2))) == GREEN

    def test_same_addresses_in_two_networks_stay_apart(self) -> None:
        """Claim 5: what is sent to one MAC address goes to a1 or to r1, by the network of the sender."""
        a2, r2 = Tag(MAP, port(MAP, "sw2/p1")), Tag(MAP, port(MAP, "sw2/p2"))
        assert vnid_of(through(a2, eth4(dst=A1, src=A2))) == BLUE
        assert vnid_of(through(r2, eth4(dst=R1, src=R2))) == RED


class TestRoutedFrames:
    """For a MAC address that is no VM's, the destination IP address tells the target."""

    def test_ipv4(self) -> None:
        assert vnid_of(through(from_a1(WITH_POLICY), eth4(dst=ROUTER, dst_ip=IP_R2))) == RED
        assert outcome(from_a1(), eth4(dst=ROUTER, dst_ip=IP_R2)) is Reason.POLICY_DENIED

    def test_ipv6(self) -> None:
        assert vnid_of(through(from_a1(WITH_POLICY), eth6(dst=ROUTER, dst_ip=IP6_R2))) == RED
        assert outcome(from_a1(), eth6(dst=ROUTER, dst_ip=IP6_R2)) is Reason.POLICY_DENIED

    def test_behind_an_8021q_tag(self) -> None:
        frame = eth4(dst=ROUTER, vlans=bytes.fromhex("81000005"), dst_ip=IP_R2)
        assert vnid_of(through(from_a1(WITH_POLICY), frame)) == RED

    def test_mac_of_a_vm_counts_before_the_ip_address(self) -> None:
        assert vnid_of(through(from_a1(WITH_POLICY), eth4(dst=A2, dst_ip=IP_R2))) == BLUE

    def test_address_of_nobody_is_unknown_unicast(self) -> None:
        frame = eth4(dst=ROUTER, dst_ip=NOBODY)
        assert vnid_of(through(from_a1(WITH_POLICY), frame)) == BLUE

    def test_destination_cut_off_by_capturing_is_unknown_unicast(self) -> None:
        frame = eth4(dst=ROUTER, dst_ip=IP_R2)
        assert vnid_of(through(from_a1(WITH_POLICY), frame[:33], len(frame))) == BLUE


class TestUntag:
    def test_tag_goes_and_none_of_the_other_octets_changes(self) -> None:
        frame = eth4(vlans=bytes.fromhex("8100a005"))
        assert through(Untag(MAP), tagged(frame, BLUE, 5, dei=True)) == frame

    def test_target_vm_gets_the_frame(self) -> None:
        untag = Untag(MAP, name_receivers=True)
        assert forward(untag, tagged(eth4(dst=A2))).receivers == ("a2",)
        assert forward(untag, tagged(eth4(dst=ROUTER, dst_ip=IP_A3))).receivers == ("a3",)

    def test_vnid_tells_apart_vms_with_one_address(self) -> None:
        untag = Untag(MAP, name_receivers=True)
        assert forward(untag, tagged(eth4(dst=A1, src=A2), BLUE)).receivers == ("a1",)
        assert forward(untag, tagged(eth4(dst=R1, src=R2), RED)).receivers == ("r1",)

    def test_broadcast_goes_to_all_of_the_network_but_the_sender(self) -> None:
        untag = Untag(MAP, name_receivers=True)
        assert forward(untag, tagged(eth4(dst=BROADCAST), BLUE)).receivers == ("a3", "a2")
        assert forward(untag, tagged(eth4(dst=BROADCAST), RED)).receivers == ("r2",)

    def test_broadcast_behind_one_tunnel_end_point(self) -> None:
        untag = Untag(MAP, tep(MAP, "tep1"), name_receivers=True)
        assert forward(untag, tagged(eth4(dst=BROADCAST, src=A2), BLUE)).receivers == ("a1", "a3")

    def test_tunnel_end_point_that_decap_found_counts_too(self) -> None:
        verdict = forward(Untag(MAP, name_receivers=True), tagged(eth4(dst=BROADCAST)), tep=tep(MAP, "tep2").index)
        assert verdict.receivers == ("a2",)

    def test_wrong_tunnel_end_point(self) -> None:
        assert outcome(Untag(MAP, tep(MAP, "tep1")), tagged(eth4(dst=A2))) is Reason.WRONG_TEP

    def test_network_without_a_port_there(self) -> None:
        assert outcome(Untag(MAP, tep(MAP, "tep3")), tagged(eth4(dst=BROADCAST), RED)) is Reason.VNID_NOT_ON_TEP

    @pytest.mark.parametrize("dst", [STRANGER, R2], ids=["nobody", "VM of another network"])
    def test_unknown_unicast_is_dropped(self, dst: bytes) -> None:
        assert outcome(Untag(MAP), tagged(eth4(dst=dst, dst_ip=NOBODY), BLUE)) is Reason.UNKNOWN_DESTINATION

    def test_unknown_unicast_is_flooded_where_the_map_says_so(self) -> None:
        vnid_map = network_map(networks={"blue": {"unknown_unicast": "flood"}})
        verdict = forward(Untag(vnid_map, name_receivers=True), tagged(eth4(dst=STRANGER, dst_ip=NOBODY)))
        assert verdict.receivers == ("a3", "a2")

    def test_frame_without_a_tag(self) -> None:
        assert outcome(Untag(MAP), eth4()) is Reason.UNTAGGED

    def test_length_on_the_wire_shrinks_though_the_frame_was_cut(self) -> None:
        frame = tagged(eth4())[:24]
        assert outcome(Untag(MAP), frame, 1506) == [Frame(eth4()[:18], 1500)]


class TestMigration:
    """A VM is at a place from a moment on (included) until another (not included)."""

    @pytest.mark.parametrize(
        ("ts_ns", "at"), [(0, "tep2"), (10 * SECOND - 1, "tep2"), (10 * SECOND, "tep3"), (99 * SECOND, "tep3")]
    )
    def test_exact_moment(self, ts_ns: int, at: str) -> None:
        vnid_map = moved_at_10_s("sw2/p1", "sw3/p1")
        for name in ("tep2", "tep3"):
            made = outcome(Untag(vnid_map, tep(vnid_map, name)), tagged(eth4()), ts_ns=ts_ns)
            assert (made if name != at else Reason.WRONG_TEP) is Reason.WRONG_TEP
            assert isinstance(made, list) is (name == at)

    @pytest.mark.parametrize(("ts_ns", "network"), [(10 * SECOND - 1, BLUE), (10 * SECOND, RED)])
    def test_vm_keeps_its_addresses_in_another_network(self, ts_ns: int, network: int) -> None:
        """Claim 8: a2 moves from blue to red; the same frame to it is tagged with its network of the time."""
        vnid_map = moved_at_10_s("sw2/p1", "sw2/p2", policies=BLUE_TO_RED)
        frame = through(from_a1(vnid_map), eth4(dst=A2), ts_ns=ts_ns)
        assert vnid_of(frame) == network
        assert forward(Untag(vnid_map, name_receivers=True), frame, ts_ns=ts_ns).receivers == ("a2",)

    def test_frames_by_a_port_that_the_vm_has_left(self) -> None:
        """As within one network; a port answers for the moment of the frame, without any grace."""
        for place in ("sw2/p2", "sw3/p1"):
            vnid_map = moved_at_10_s("sw2/p1", place)
            for name, first, last in (("sw2/p1", 0, 10 * SECOND - 1), (place, 10 * SECOND, 99 * SECOND)):
                at_port, frame = Tag(vnid_map, port(vnid_map, name)), eth4(src=A2, dst=BROADCAST)
                for ts_ns in (0, 10 * SECOND - 1, 10 * SECOND, 99 * SECOND):
                    made = outcome(at_port, frame, ts_ns=ts_ns)
                    assert (made is not Reason.SOURCE_SPOOFED) is (first <= ts_ns <= last)

    def test_a_vm_that_is_gone_sends_nothing_by_its_port(self) -> None:
        vnid_map = network_map(vms={"a2": {"at": [{"port": "sw2/p1", "until": "1970-01-01T00:00:10Z"}]}})
        at_port = Tag(vnid_map, port(vnid_map, "sw2/p1"))
        assert outcome(at_port, eth4(src=A2, dst=A1), ts_ns=10 * SECOND) is Reason.SOURCE_SPOOFED

    def test_vm_that_is_gone_is_unknown(self) -> None:
        vnid_map = network_map(vms={"a2": {"at": [{"port": "sw2/p1", "until": "1970-01-01T00:00:10Z"}]}})
        assert isinstance(outcome(Untag(vnid_map), tagged(eth4()), ts_ns=10 * SECOND - 1), list)
        assert outcome(Untag(vnid_map), tagged(eth4()), ts_ns=10 * SECOND) is Reason.UNKNOWN_DESTINATION

    def test_stages_tell_when_their_decisions_change(self) -> None:
        vnid_map = moved_at_10_s("sw2/p1", "sw3/p1")
        assert Tag(vnid_map).change_times_ns == Untag(vnid_map).change_times_ns == (10 * SECOND,)


@pytest.mark.parametrize("pcp", range(8))
@pytest.mark.parametrize("dei", [False, True])
def test_untag_reads_any_priority(pcp: int, dei: bool) -> None:
    octets = eth4()[:12] + DoveTag(vnid(BLUE), pcp, dei).emit() + eth4()[12:]
    assert through(Untag(MAP), octets) == eth4()
