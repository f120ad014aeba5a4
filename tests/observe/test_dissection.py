"""What the dissector shows of headers that Wireshark has no fields for, and of what has none."""

from __future__ import annotations

import pytest
from frames import TEP_IPS, eth, eth4, ipv4, udp
from frames import vxlan as in_vxlan

from dovetool.frame.view import FrameView
from dovetool.observe.dissection import Dissection, dissect
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe
from dovetool.wire import GeneveHeader, GeneveOption, NvgreHeader, VxlanHeader, vnid

MACS = bytes((2, 0, 0, 0, 1, 1)), bytes((2, 0, 0, 0, 1, 2))


def over_udp(port: int, octets: bytes) -> bytes:
    datagram = udp(octets, src_port=50_000, dst_port=port)
    return eth(*MACS, 0x0800, ipv4(datagram, src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1]))


def dissected(octets: bytes, orig_len: int | None = None, *, link_type: int = 1) -> Dissection:
    return dissect(FrameView(octets, orig_len, link_type=link_type), Observe(), Names())


def values(dissection: Dissection, name: str) -> list[object]:
    return [each.value for each in dissection.fields(name)]


def test_logical_ports_of_ovn() -> None:
    """Class 0x0102, type 0x80: 15 bits of ingress, 16 of egress (ovn-architecture(7), "Tunnel Encapsulations")."""
    option = GeneveOption(0x0102, 0x80, (5 << 16 | 0x8001).to_bytes(4, "big"))
    found = dissected(over_udp(6081, GeneveHeader(vnid(7), options=(option,)).emit() + eth4()))
    assert values(found, "geneve.option.ovn.ingress") == [5]
    assert values(found, "geneve.option.ovn.egress") == [0x8001]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0x0100, "Linux (0x0100)"),
        (0x0101, "Open vSwitch (0x0101)"),
        (0x0102, "Open Virtual Networking (OVN) (0x0102)"),
        (0x0108, "Amazon (0x0108)"),
        (0x0110, "Amazon (0x0110)"),
        (0x0111, "IBM (0x0111)"),
        (0x00FF, "0x00ff"),
        (0x7777, "0x7777"),
        (0xFEFF, "0xfeff"),
        (0xFF00, "experimental (0xff00)"),
        (0xFFFF, "experimental (0xffff)"),
    ],
)
def test_classes_of_options(number: int, shown: str) -> None:
    """By the name that IANA's registry has for them; what it has no name for, by number."""
    option = GeneveOption(number, 0x01)
    found = dissected(over_udp(6081, GeneveHeader(vnid(7), options=(option,)).emit() + eth4()))
    assert [each.shown for each in found.fields("geneve.option.class")] == [shown]
    (layer,) = [layer for layer in found.layers if layer.name == "geneve.option"]
    assert layer.title == f"Geneve option, class {shown}"


def test_priority_of_the_tag_in_geneve() -> None:
    found = dissected(
        over_udp(6081, GeneveHeader(vnid(7), options=(GeneveOption.priority(5, dei=True),)).emit() + eth4())
    )
    assert values(found, "geneve.option.dove.pcp") == [5]
    assert values(found, "geneve.option.dove.dei") == [True]


def test_options_of_others_are_octets() -> None:
    option = GeneveOption(0x0104, 0x01, b"abcdefgh")
    found = dissected(over_udp(6081, GeneveHeader(vnid(7), options=(option,)).emit() + eth4()))
    assert values(found, "geneve.option.unknown.data") == [b"abcdefgh"]


def test_group_policy() -> None:
    found = dissected(over_udp(4789, VxlanHeader(vnid(7), 0xABCD).emit() + eth4()))
    assert values(found, "vxlan.gbp") == [0xABCD]
    assert values(found, "vxlan.flag_g") == [True]


def test_flow_of_nvgre() -> None:
    packet = ipv4(NvgreHeader(vnid(5001), 0x7F).emit() + eth4(), src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1])
    packet = packet[:9] + b"\x2f" + packet[10:]
    found = dissected(eth(*MACS, 0x0800, packet))
    assert (values(found, "nvgre.vsid"), values(found, "nvgre.flowid")) == ([5001], [0x7F])
    assert values(found, "overlay.encap") == ["nvgre"]


def test_bits_are_drawn_with_dots_for_others() -> None:
    found = dissected(over_udp(4789, in_vxlan(eth4(), 5001)))
    drawn = {each.name: each.bits for layer in found.layers for each in layer.fields}
    assert drawn["vxlan.flag_i"] == ".... 1..."
    assert drawn["ip.frag_offset"] == "...0 0000 0000 0000"
    assert drawn["vxlan.vni"] == ""


@pytest.mark.parametrize("behind", [0, 2, 4, 9])
def test_the_options_of_tcp_belong_to_it(behind: int) -> None:
    """A header of 24 octets, as far as they are there; the rest is data."""
    segment = bytes(12) + b"\x60" + bytes(7 + behind)
    packet = ipv4(segment, src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1])
    found = dissected(eth(*MACS, 0x0800, packet[:9] + b"\x06" + packet[10:]))
    shown = [(layer.name, layer.length) for layer in found.layers]
    assert shown[2:] == [("tcp", min(20 + behind, 24)), *([("data", behind - 4)] if behind > 4 else [])]


@pytest.mark.parametrize("kept", range(0, 64, 3))
def test_a_cut_frame_shows_what_is_there(kept: int) -> None:
    """No field reaches beyond what was captured, and what is behind the last one is shown as data or not at all."""
    whole = over_udp(4789, in_vxlan(eth4(), 5001))
    found = dissected(whole[:kept], len(whole))
    assert all(layer.offset + layer.length <= kept for layer in found.layers)
    assert all(each.offset + each.length <= kept for layer in found.layers for each in layer.fields)


def test_a_link_type_that_nobody_knows_is_data() -> None:
    (layer,) = dissected(bytes(20), link_type=147).layers
    assert (layer.name, layer.length) == ("data", 20)
