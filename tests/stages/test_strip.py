"""Strip: everything that a DOVE network put on a frame comes off, and nothing else."""

from __future__ import annotations

import pytest
from frames import A1, A2, BLUE, RED, TEP_IPS, TEP_MACS, eth, eth4, eth6, ipv4, ipv6, tagged, udp, underlay, vxlan
from small_network import decided, forward, network_map, outcome, tep, through

from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.strip import Strip
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Forward, Frame, Gather
from dovetool.wire import Carrier, VxlanHeader

STRIP = Strip()
DATAGRAM = udp(vxlan(eth4()), src_port=50000, dst_port=4789)
"""An overlay datagram, to be put into all kinds of packets."""


def on_ipv6(next_header: int = 17, extensions: bytes = b"") -> bytes:
    """A frame whose IPv6 packet carries the overlay datagram behind extension headers."""
    return eth6(extensions + DATAGRAM, next_header=next_header)


def changed(octets: bytes, at: int, new: bytes) -> bytes:
    """The octets with some of them replaced."""
    return octets[:at] + new + octets[at + len(new) :]


class TestOverlay:
    @pytest.mark.parametrize(
        "inner",
        [
            eth4(),
            eth6(),
            eth(A2, A1, 0x0806, b"arp"),
            eth(A2, A1, 3, b"\x42\x42\x03"),
            eth(A2, A1, payload=b""),
            eth4(vlans=bytes.fromhex("88a80007 81000005")),
        ],
        ids=["IPv4", "IPv6", "ARP", "802.3", "header only", "QinQ"],
    )
    def test_inner_frame_comes_out_as_it_is(self, inner: bytes) -> None:
        assert through(STRIP, underlay(inner)) == inner
        assert forward(STRIP, underlay(inner)).vnid == BLUE

    def test_linux_uses_another_port(self) -> None:
        assert through(STRIP, underlay(eth4(), dst_port=8472)) == eth4()

    def test_decode_as(self) -> None:
        frame = underlay(eth4(), dst_port=4799)
        assert through(STRIP, frame) == frame
        assert through(Strip({(Carrier.UDP, 4799): "vxlan"}), frame) == eth4()

    def test_port_that_is_not_decoded_any_more(self) -> None:
        assert through(Strip({(Carrier.UDP, 4799): "vxlan"}), underlay(eth4())) == underlay(eth4())

    @pytest.mark.parametrize("flags", [0x88, 0x0C], ids=["group policy", "as scapy sends"])
    def test_flags_of_others(self, flags: int) -> None:
        assert through(STRIP, changed(underlay(eth4()), 42, bytes((flags,)))) == eth4()

    @pytest.mark.parametrize(
        "vlans", ["81000005", "88a80007 81000005", "91000001 91000002 81000003"], ids=["802.1Q", "QinQ", "three"]
    )
    def test_vlan_tags_of_the_underlay(self, vlans: str) -> None:
        frame = underlay(eth4())
        assert through(STRIP, frame[:12] + bytes.fromhex(vlans) + frame[12:]) == eth4()

    def test_ipv4_options_of_the_underlay(self) -> None:
        packet = ipv4(bytes(4) + DATAGRAM)
        assert through(STRIP, eth(A2, A1, 0x0800, changed(packet, 0, b"\x46"))) == eth4()

    @pytest.mark.parametrize(
        ("first", "extensions"),
        [
            (0, b"\x11\0" + bytes(6)),
            (43, b"\x11\1" + bytes(14)),
            (60, b"\x11\2" + bytes(22)),
            (51, b"\x11\4" + bytes(22)),
            (44, b"\x11\0\0\0" + bytes(4)),
            (0, b"\x2b\0" + bytes(6) + b"\x3c\0" + bytes(6) + b"\x11\0" + bytes(6)),
        ],
        ids=["hop by hop", "routing", "destination", "authentication", "atomic fragment", "three"],
    )
    def test_ipv6_extension_headers_of_the_underlay(self, first: int, extensions: bytes) -> None:
        assert through(STRIP, on_ipv6(first, extensions)) == eth4()

    def test_frame_cut_by_capturing_keeps_its_length_on_the_wire(self) -> None:
        frame = underlay(eth4(udp(bytes(1000))))
        assert outcome(STRIP, frame[:80], len(frame)) == [Frame(frame[50:80], len(frame) - 50)]


class TestPassesUnchanged:
    @pytest.mark.parametrize(
        "frame",
        [
            eth4(),
            eth(A2, A1, 0x0806, b"arp"),
            b"",
            bytes(13),
            changed(underlay(eth4()), 42, b"\0"),
            underlay(eth4())[:42],
            eth4(udp(dst_port=53)),
            eth4(DATAGRAM, protocol=6),
            changed(eth4(DATAGRAM), 14, b"\x55"),
            changed(eth4(DATAGRAM), 14, b"\x44"),
            on_ipv6(50),
        ],
        ids=[
            *("plain", "ARP", "empty", "runt", "no I flag", "no overlay header", "other port", "TCP"),
            *("IPv5", "header length 16", "ESP"),
        ],
    )
    def test_what_is_no_overlay(self, frame: bytes) -> None:
        verdict = forward(STRIP, frame)
        assert verdict.unchanged
        assert verdict.vnid is None

    @pytest.mark.parametrize("place", ["2000", "0005", "20b9"], ids=["first", "last", "middle"])
    def test_outer_ipv4_fragments(self, place: str) -> None:
        frame = changed(underlay(eth4()), 20, bytes.fromhex(place))
        assert isinstance(decided(STRIP, frame), Gather)
        assert through(STRIP, frame) == frame

    @pytest.mark.parametrize("place", ["0001", "0008", "0009"], ids=["first", "last", "middle"])
    def test_outer_ipv6_fragments(self, place: str) -> None:
        frame = on_ipv6(44, b"\x11\0" + bytes.fromhex(place) + bytes(4))
        assert isinstance(decided(STRIP, frame), Gather)
        assert through(STRIP, frame) == frame

    @pytest.mark.parametrize("frame", [underlay(eth4()), on_ipv6(44, b"\x11\0" + bytes(6))], ids=["IPv4", "IPv6"])
    def test_captured_up_to_the_udp_port(self, frame: bytes) -> None:
        """Without the port nobody can tell that it is an overlay packet; with it, it is `truncated`."""
        inner = frame.index(vxlan(b"")) + VxlanHeader.LEN
        for caplen in range(len(frame)):
            made = outcome(STRIP, frame[:caplen], len(frame))
            if caplen < inner - 12:
                assert made == [Frame(frame[:caplen], len(frame))], caplen
            elif caplen < inner + 14:
                assert made is Reason.TRUNCATED, caplen
            else:
                assert made == [Frame(frame[inner:caplen], len(frame) - inner)], caplen


class TestLengths:
    """Padding and trailers go; lengths that contradict each other are `malformed`."""

    def test_trailer_of_the_outer_frame(self) -> None:
        assert through(STRIP, underlay(eth4()) + b"trailer") == eth4()

    def test_trailer_that_capturing_cut(self) -> None:
        frame = underlay(eth4())
        assert outcome(STRIP, frame + b"tra", len(frame) + 7) == [Frame(eth4(), len(eth4()))]

    def test_datagram_shorter_than_its_packet(self) -> None:
        frame = eth4(DATAGRAM + b"more")
        assert through(STRIP, frame) == eth4()
        assert through(STRIP, frame + b"trailer") == eth4()

    @pytest.mark.parametrize("excess", [1, 1000])
    def test_packet_longer_than_the_frame(self, excess: int) -> None:
        frame = underlay(eth4())
        total = len(frame) - 14 + excess
        assert outcome(STRIP, changed(frame, 16, total.to_bytes(2, "big"))) is Reason.MALFORMED

    def test_datagram_longer_than_its_packet(self) -> None:
        frame = underlay(eth4())
        length = (len(frame) - 34 + 1).to_bytes(2, "big")
        assert outcome(STRIP, changed(frame, 38, length)) is Reason.MALFORMED
        assert outcome(STRIP, changed(frame, 38, length) + b"trailer") is Reason.MALFORMED

    def test_ipv6_packet_longer_than_the_frame(self) -> None:
        frame = on_ipv6()
        assert outcome(STRIP, changed(frame, 18, (len(frame) - 54 + 1).to_bytes(2, "big"))) is Reason.MALFORMED

    def test_no_room_for_an_inner_ethernet_header(self) -> None:
        """Octets of a trailer do not make up for it."""
        short = eth4(udp(vxlan(bytes(13)), dst_port=4789))
        assert outcome(STRIP, short) is Reason.MALFORMED
        assert outcome(STRIP, short + bytes(20)) is Reason.MALFORMED
        assert through(STRIP, eth4(udp(vxlan(bytes(14)), dst_port=4789)) + bytes(20)) == bytes(14)

    def test_length_0_of_a_big_frame(self) -> None:
        """Linux hands frames of more than 64 KiB to a card, or to a capture, with 0 in the length fields (BIG TCP)."""
        inner = eth4(udp(bytes(100)))
        frame = changed(changed(underlay(inner), 16, b"\0\0"), 38, b"\0\0")
        assert through(STRIP, frame) == inner
        assert outcome(STRIP, frame[:70], 70_000) == [Frame(inner[:20], 69_950)]
        assert through(STRIP, changed(changed(on_ipv6(), 18, b"\0\0"), 58, b"\0\0")) == eth4()

    @pytest.mark.parametrize("stage", [STRIP, Decap(network_map())], ids=["strip", "decap"])
    def test_trailer_is_never_read_as_part_of_the_inner_frame(self, stage: Strip | Decap) -> None:
        """An inner frame of 14 octets says IPv4; what looks like the packet, with ECN, is the outer frame's trailer."""
        inner = eth(A2, A1, 0x0800, b"")
        frame = underlay(inner, tos=3) + ipv4(b"", tos=2)
        verdict = forward(stage, frame)
        assert (verdict.patches, verdict.trim) == ((), 20)
        assert through(stage, frame) == (inner if stage is STRIP else tagged(inner))

    def test_tag_in_the_trailer_is_none(self) -> None:
        inner = eth(A2, A1, 0x88B5, b"")
        assert through(STRIP, underlay(inner) + bytes(20)) == inner

    def test_tunnel_that_reaches_into_the_trailer_of_the_outer_one(self) -> None:
        nested = underlay(eth4())
        frame = underlay(nested[:-4])
        assert outcome(STRIP, frame + nested[-4:]) is Reason.MALFORMED

    def test_length_0_of_a_tunnel_in_a_tunnel_ends_before_the_trailer(self) -> None:
        nested = changed(changed(underlay(eth4()), 16, b"\0\0"), 38, b"\0\0")
        assert through(STRIP, underlay(nested) + b"trailer") == eth4()


class TestNested:
    def test_three_tunnels(self) -> None:
        frame = underlay(underlay(underlay(eth4(), 1), 2), 3)
        assert through(STRIP, frame) == eth4()
        assert forward(STRIP, frame).vnid == 1

    @pytest.mark.parametrize("depth", [0, 1, 2, 3, 4])
    def test_depth(self, depth: int) -> None:
        layers = [eth4()]
        for identifier in (1, 2, 3):
            layers.append(underlay(layers[-1], identifier))
        assert through(Strip(depth=depth), layers[3]) == layers[max(3 - depth, 0)]

    def test_no_more_than_8_tunnels_unless_asked(self) -> None:
        frame = eth4()
        for _ in range(9):
            frame = underlay(frame)
        assert through(STRIP, frame) == underlay(eth4())
        assert through(Strip(depth=9), frame) == eth4()

    def test_trailers_of_each_tunnel(self) -> None:
        assert through(STRIP, underlay(underlay(eth4()) + b"inner trailer") + b"trailer") == eth4()

    def test_fragment_in_a_tunnel_is_as_it_is(self) -> None:
        fragment = changed(underlay(eth4()), 20, b"\x20\0")
        assert through(STRIP, underlay(fragment)) == fragment

    def test_ipv6_in_ipv4_in_ipv6(self) -> None:
        frame = eth6(udp(vxlan(underlay(on_ipv6())), dst_port=4789))
        assert through(STRIP, frame) == eth4()


class TestTag:
    def test_tag_alone(self) -> None:
        frame = tagged(eth4(), RED, 5, dei=True)
        assert through(STRIP, frame) == eth4()
        assert forward(STRIP, frame).vnid == RED

    def test_tag_inside_the_overlay(self) -> None:
        frame = underlay(tagged(eth4(), RED), BLUE)
        assert through(STRIP, frame) == eth4()
        assert forward(STRIP, frame).vnid == RED

    def test_tag_around_the_overlay(self) -> None:
        """Without a map, too, what the tag's frame carries is looked at."""
        assert through(STRIP, tagged(underlay(eth4()))) == eth4()

    def test_tag_and_8021q_tag(self) -> None:
        frame = eth4(vlans=bytes.fromhex("8100a005"))
        assert through(STRIP, tagged(frame)) == frame

    @pytest.mark.parametrize("orig_len", [24, 60], ids=["runt", "cut"])
    @pytest.mark.parametrize("captured", [20, 21, 23])
    def test_8021q_tag_behind_it_that_the_frame_ends_in(self, captured: int, orig_len: int) -> None:
        frame = eth4(vlans=bytes.fromhex("8100a005"))
        octets = tagged(frame)[:captured]
        assert outcome(STRIP, octets, orig_len) == [Frame(frame[: captured - 6], orig_len - 6)]
        assert outcome(STRIP, underlay(tagged(frame))[: 50 + captured], 50 + len(frame) + 6) == [
            Frame(frame[: captured - 6], len(frame))
        ]

    @pytest.mark.parametrize("pad", range(1, 16))
    def test_set_pad_bits_mean_another_use_of_the_ethertype(self, pad: int) -> None:
        octets = tagged(eth4())
        frame = changed(octets, 17, bytes((octets[17] | pad,)))
        assert forward(STRIP, frame).unchanged
        assert through(STRIP, underlay(frame)) == frame

    def test_other_tpid(self) -> None:
        frame = tagged(eth4(), tpid=0x9999)
        assert forward(STRIP, frame).unchanged
        assert through(Strip(tpid=0x9999), frame) == eth4()
        assert forward(Strip(tpid=0x9999), tagged(eth4())).unchanged

    def test_ethertype_alone_is_no_tag(self) -> None:
        """Six octets of tag and an EtherType must follow the addresses."""
        for length in range(14, 20):
            assert forward(STRIP, tagged(eth4())[:length]).unchanged


PACKET4, PACKET6 = ipv4(DATAGRAM, src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1]), ipv6(DATAGRAM)
SLL = bytes.fromhex("0000 0001 0006") + TEP_MACS[0] + b"\0\0"
LINKS: dict[str, tuple[int, bytes, bytes]] = {
    "SLL": (113, SLL + b"\x08\0", PACKET4),
    "SLL IPv6": (113, SLL + b"\x86\xdd", PACKET6),
    "SLL 802.1Q": (113, SLL + bytes.fromhex("8100 0005 0800"), PACKET4),
    "SLL2": (276, b"\x08\0" + bytes(18), PACKET4),
    "SLL2 IPv6": (276, b"\x86\xdd" + bytes(18), PACKET6),
    "RAW": (101, b"", PACKET4),
    "RAW IPv6": (101, b"", PACKET6),
    "RAW of BSD": (12, b"", PACKET4),
    "RAW of OpenBSD": (14, b"", PACKET6),
    "IPV4": (228, b"", PACKET4),
    "IPV6": (229, b"", PACKET6),
    "NULL little endian": (0, b"\2\0\0\0", PACKET4),
    "NULL big endian": (0, b"\0\0\0\2", PACKET4),
    "NULL IPv6 of macOS": (0, b"\x1e\0\0\0", PACKET6),
    "NULL IPv6 of FreeBSD": (0, b"\0\0\0\x1c", PACKET6),
    "NULL IPv6 of NetBSD": (0, b"\x18\0\0\0", PACKET6),
    "LOOP": (108, b"\0\0\0\2", PACKET4),
    "LOOP IPv6 of OpenBSD": (108, b"\0\0\0\x18", PACKET6),
}


class TestOtherLinkTypes:
    @pytest.mark.parametrize("name", LINKS)
    def test_overlay(self, name: str) -> None:
        link_type, header, packet = LINKS[name]
        assert through(STRIP, header + packet, link_type=link_type) == eth4()

    @pytest.mark.parametrize("name", LINKS)
    def test_no_overlay(self, name: str) -> None:
        """It cannot stand in a file of Ethernet frames; where it can it passes unchanged."""
        link_type, header, _ = LINKS[name]
        frame = header + (ipv6(udp()) if "IPv6" in name or name == "IPV6" else ipv4(udp()))
        assert outcome(STRIP, frame, link_type=link_type) is Reason.NOT_OVERLAY
        assert through(Strip(ethernet_only=False), frame, link_type=link_type) == frame

    @pytest.mark.parametrize("link_type", [0, 101, 108, 113, 276])
    def test_empty_frame(self, link_type: int) -> None:
        assert outcome(STRIP, b"", link_type=link_type) is Reason.NOT_OVERLAY

    def test_decap_knows_them_too(self) -> None:
        link_type, header, packet = LINKS["SLL2"]
        assert through(Decap(network_map()), header + packet, link_type=link_type) == tagged(eth4())


class TestUndoes:
    @pytest.mark.parametrize("frame", [eth4(), eth6(), eth(A2, A1), eth4(vlans=bytes.fromhex("8100a005"))])
    def test_strip_undoes_encap(self, frame: bytes) -> None:
        vnid_map = network_map(teps={"tep1": {"vlan": 7, "udp_checksum": "full"}})
        assert through(STRIP, through(Encap(vnid_map, tep(vnid_map, "tep1")), tagged(frame, pcp=5))) == frame

    def test_nothing_is_left_to_do_the_second_time(self) -> None:
        once = through(STRIP, underlay(underlay(tagged(eth4()))))
        assert forward(STRIP, once).unchanged

    def test_verdict_says_nothing_about_ports_and_receivers(self) -> None:
        verdict = decided(STRIP, underlay(eth4()))
        assert isinstance(verdict, Forward)
        assert (verdict.ingress, verdict.tep, verdict.local, verdict.receivers) == (None, None, False, ())
