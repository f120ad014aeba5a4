"""How a policy sends: its encapsulation, its gateway, its priority, and answers alone in the other direction."""

from __future__ import annotations

from pathlib import Path

import pytest
from frames import A1, A2, A3, BLUE, IP_A3, RED, eth, ipv4, ipv6, tagged, tcp, udp
from in_process import dovetool, validated
from plain_capture import Captured, write_pcapng
from small_network import IP_R2, R2, network_map, network_map_file, outcome, port, through, vnid_of

from dovetool.belonging.answers import is_answer
from dovetool.frame.link_layer import ethernet_layer
from dovetool.frame.view import FrameView
from dovetool.stages.encap import Encap
from dovetool.stages.switch import Tag
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import VnidMap
from dovetool.wire import DoveTag

TWO = {"tep1": {"encap": ["vxlan", "geneve"]}, "tep2": {"encap": ["vxlan", "geneve"]}}
GATEWAY = {"gw": {"ip": "192.0.2.9", "mac": "02:00:00:00:01:09", "encap": ["vxlan", "geneve"], "gateway": True}}
VXLAN_PORT, GENEVE_PORT = 4789, 6081


def policy_map(**how: object) -> VnidMap:
    return network_map(teps={**TWO, **GATEWAY}, policies=[{"from": "blue", "to": "red", **how}])


def from_a1_to_r2(payload: bytes, protocol: int = 17) -> bytes:
    """A frame of a1 in blue for r2 in red."""
    return eth(R2, A1, 0x0800, ipv4(payload, protocol=protocol, dst_ip=IP_R2))


def back(payload: bytes, protocol: int = 17) -> bytes:
    """A frame of r2 in red for a3, an address that blue alone has."""
    return eth(A3, R2, 0x0800, ipv4(payload, protocol=protocol, src_ip=IP_R2, dst_ip=IP_A3))


def outer(frame: bytes) -> tuple[bytes, int]:
    """Destination address and UDP port of an underlay frame."""
    return frame[30:34], int.from_bytes(frame[36:38], "big")


@pytest.mark.parametrize(
    ("how", "way"),
    [
        ({}, (b"\xc0\0\2\2", VXLAN_PORT)),
        ({"encap": "geneve"}, (b"\xc0\0\2\2", GENEVE_PORT)),
        ({"via": "gw"}, (b"\xc0\0\2\x09", VXLAN_PORT)),
        ({"via": "gw", "encap": "geneve"}, (b"\xc0\0\2\x09", GENEVE_PORT)),
    ],
)
def test_a_policy_says_in_which_encapsulation_and_through_which_gateway(
    how: dict[str, str], way: tuple[bytes, int]
) -> None:
    vnid_map = policy_map(**how)
    sent = through(Tag(vnid_map, port(vnid_map, "sw1/p1")), from_a1_to_r2(udp()))
    assert outer(through(Encap(vnid_map), sent, ingress=0)) == way
    by_mac = tagged(eth(R2, A3, 0x0800, ipv4(udp())), RED)
    assert outer(through(Encap(vnid_map), by_mac)) == way, "of a VM that blue alone has"
    own = tagged(eth(A2, A1, 0x0800, ipv4(udp())))
    assert outer(through(Encap(vnid_map), own)) == (b"\xc0\0\2\2", VXLAN_PORT), "inside a network no policy asks"


def test_what_is_asked_for_goes_before_the_policy() -> None:
    vnid_map = policy_map(encap="geneve")
    assert outer(through(Encap(vnid_map, encap="vxlan"), tagged(from_a1_to_r2(udp()), RED), ingress=0))[1] == VXLAN_PORT


def test_a_policy_gives_the_priority() -> None:
    vlan = bytes.fromhex("8100 6000")
    for how, pcp in (({}, 3), ({"pcp": 5}, 5), ({"pcp": 0}, 0)):
        vnid_map = policy_map(**how)
        frame = from_a1_to_r2(udp())
        made = through(Tag(vnid_map, port(vnid_map, "sw1/p1")), frame[:12] + vlan + frame[12:])
        assert (DoveTag.parse(made).pcp, vnid_of(made)) == (pcp, RED)


def test_both_ways() -> None:
    vnid_map = policy_map(both_ways=True)
    assert vnid_of(through(Tag(vnid_map, port(vnid_map, "sw2/p2")), back(udp()))) == BLUE


SYN, SYN_ACK, ACK = 0x02, 0x12, 0x10


def segment(flags: int) -> bytes:
    octets = bytearray(tcp(b"data"))
    octets[13] = flags
    return bytes(octets)


ANSWERS = [
    (6, segment(SYN), False),
    (6, segment(SYN | 0xC0), False),
    (6, segment(SYN_ACK), True),
    (6, segment(ACK), True),
    (6, segment(0x04), True),
    (17, udp(src_port=53, dst_port=40000), True),
    (17, udp(src_port=123, dst_port=123), True),
    (17, udp(src_port=40000, dst_port=53), False),
    (1, bytes((0, 0, 0, 0)), True),
    (1, bytes((3, 1, 0, 0)), True),
    (1, bytes((8, 0, 0, 0)), False),
    (132, bytes(12) + bytes((2, 0, 0, 4)), True),
    (132, bytes(12) + bytes((1, 0, 0, 4)), False),
    (47, bytes(8), False),
    (6, b"\0\x50", False),
]


@pytest.mark.parametrize(("protocol", "payload", "answers"), ANSWERS)
def test_who_is_answered_only_may_not_begin(protocol: int, payload: bytes, *, answers: bool) -> None:
    vnid_map = policy_map(stateful=True)
    found = outcome(Tag(vnid_map, port(vnid_map, "sw2/p2")), back(payload, protocol))
    assert found is Reason.POLICY_DENIED if not answers else isinstance(found, list)
    assert isinstance(outcome(Tag(vnid_map, port(vnid_map, "sw1/p1")), from_a1_to_r2(payload, protocol)), list)


@pytest.mark.parametrize(("kind", "answers"), [(129, True), (2, True), (128, False), (135, False)])
def test_answers_of_icmpv6(kind: int, *, answers: bool) -> None:
    view = FrameView(eth(A2, R2, 0x86DD, ipv6(bytes((kind, 0, 0, 0)), next_header=58)))
    assert is_answer(view, ethernet_layer(view, 0)) is answers


def test_arp_answers_nobody_in_another_network() -> None:
    view = FrameView(eth(A2, R2, 0x0806, bytes(28)))
    assert not is_answer(view, ethernet_layer(view, 0))


def test_a_policy_of_its_own_lets_the_other_side_begin() -> None:
    both = [{"from": "blue", "to": "red", "stateful": True}, {"from": "red", "to": "blue"}]
    vnid_map = network_map(policies=both)
    assert isinstance(outcome(Tag(vnid_map, port(vnid_map, "sw2/p2")), back(segment(SYN), 6)), list)


def test_validate_tells_beginnings_and_other_ways(tmp_path: Path) -> None:
    """Through the commands: what `encap` sends by one map breaks another that says more."""
    from_a3_to_r2 = eth(R2, A3, 0x0800, ipv4(segment(SYN), protocol=6, src_ip=IP_A3, dst_ip=IP_R2))
    how = {"stateful": True, "encap": "geneve"}
    plain = network_map_file(
        tmp_path / "plain.json", teps=TWO, policies=[{"from": "blue", "to": "red", "both_ways": True}]
    )
    strict = network_map_file(tmp_path / "strict.json", teps=TWO, policies=[{"from": "blue", "to": "red", **how}])
    frames = [
        Captured(0, len(octets), octets, interface=place)
        for octets, place in (
            (from_a3_to_r2, "sw1/p3"),
            (back(segment(SYN_ACK), 6), "sw2/p2"),
            (back(segment(SYN), 6), "sw2/p2"),
        )
    ]
    source = write_pcapng(tmp_path / "in.pcapng", frames)
    dovetool("tag", source, tmp_path / "tagged.pcapng", "-m", plain)
    assert [each["frames"] for each in validated(tmp_path / "tagged.pcapng", strict)["findings"]] == [[3]]
    for encap, wrong in (("vxlan", [1, 2, 3]), ("geneve", [3])):
        sent = tmp_path / f"{encap}.pcapng"
        dovetool("encap", tmp_path / "tagged.pcapng", sent, "-m", plain, "--encap", encap)
        found = [each for each in validated(sent, strict)["findings"] if each["reason"] == "policy-denied"]
        assert sorted(number for each in found for number in each["frames"]) == wrong, validated(sent, strict)
    assert validated(tmp_path / "tagged.pcapng", plain)["errors"] == 0


def test_a_beginning_that_floods_breaks_no_policy(tmp_path: Path) -> None:
    """What may only answer and does not is flooded in its own network, as if there were no policy, at every hop."""
    model = network_map_file(
        tmp_path / "map.json",
        networks={"blue": {"unknown_unicast": "flood"}},
        policies=[{"from": "red", "to": "blue", "stateful": True}],
    )
    packets = [ipv4(segment(flags), protocol=6, src_ip=IP_A3, dst_ip=IP_R2) for flags in (SYN, ACK)]
    sent = [(eth(R2, A3, 0x0800, packet), place) for packet in packets for place in ("", "sw1/p3")]
    frames = [Captured(at, len(octets), octets, interface=place) for at, (octets, place) in enumerate(sent)]
    source = write_pcapng(tmp_path / "in.pcapng", frames)
    summary = dovetool("run", source, tmp_path / "out.pcapng", "-m", model, "--taps", tmp_path / "taps")
    assert (summary["notes"], set(summary["vnids"])) == ({}, {str(BLUE), str(RED)})
    for tap in (tmp_path / "taps").iterdir():
        assert validated(tap, model)["errors"] == 0, tap.name
