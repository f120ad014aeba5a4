"""Trunk ports: the VLAN of a frame says its network, goes in the tag, and the receiving port puts its own on."""

from __future__ import annotations

from pathlib import Path

import pytest
from frames import A1, A2, A3, BLUE, BROADCAST, RED, eth4, tagged
from hypothesis import given
from hypothesis import strategies as st
from in_process import dovetool, validated
from plain_capture import Captured, write_pcapng
from small_network import decided, network_map, network_map_file, outcome, through, vnid_of

from dovetool.jobs.maps import port_named
from dovetool.stages.switch import Tag
from dovetool.stages.untag import Untag
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies
from dovetool.wire import DoveTag

TRUNKS = {
    "sw1": {"ports": {"p1": {"10": "blue", "20": "red", "untagged": "green"}}},
    "sw2": {"ports": {"p1": {"110": "blue", "120": "red"}}},
}
VMS = {
    "a1": {"at": "sw1/p1.10"},
    "r1": {"at": "sw1/p1.20"},
    "a3": {"at": "sw3/p1"},
    "a2": {"at": {"port": "sw2/p1", "vlan": 110}},
    "r2": {"at": "sw2/p1.120"},
}
MAP = network_map(switches=TRUNKS, vms=VMS)


def vlan(vid: int, pcp: int = 0, *, dei: bool = False, tpid: int = 0x8100) -> bytes:
    return tpid.to_bytes(2, "big") + (pcp << 13 | dei << 12 | vid).to_bytes(2, "big")


@pytest.mark.parametrize(("vid", "vnid"), [(10, BLUE), (20, RED)])
def test_the_vlan_is_the_network_and_goes_with_its_priority_into_the_tag(vid: int, vnid: int) -> None:
    made = through(Tag(MAP), eth4(dst=BROADCAST, vlans=vlan(vid, 5, dei=True)), interface="sw1/p1")
    assert made == tagged(eth4(dst=BROADCAST), vnid, 5, dei=True)


def test_frames_without_a_vlan_or_with_a_priority_alone_are_in_the_untagged_network() -> None:
    green = MAP.ports[2].vnid
    stranger = bytes((2, 0, 0, 0, 9, 9))
    plain = through(Tag(MAP), eth4(dst=BROADCAST, src=stranger), interface="sw1/p1")
    assert plain == tagged(eth4(dst=BROADCAST, src=stranger), green)
    with_priority = through(Tag(MAP), eth4(dst=BROADCAST, src=stranger, vlans=vlan(0, 6)), interface="sw1/p1")
    assert with_priority == tagged(eth4(dst=BROADCAST, src=stranger), green, 6)


@pytest.mark.parametrize("interface", ["sw1/p1 eth", ""])
def test_another_vlan_is_refused(interface: str) -> None:
    assert outcome(Tag(MAP), eth4(vlans=vlan(30)), interface=interface) is Reason.UNKNOWN_VLAN


def test_a_vm_is_at_no_other_vlan_of_its_trunk() -> None:
    only_blue = network_map(switches=TRUNKS, vms={**VMS, "r1": {"at": "sw2/p1.120"}})
    assert outcome(Tag(only_blue), eth4(dst=A2, vlans=vlan(20)), interface="sw1/p1") is Reason.SOURCE_SPOOFED


def test_one_vm_at_two_vlans_is_told_by_the_frame() -> None:
    """a1 and r1 have one MAC address, at two VLANs of one trunk."""
    assert vnid_of(through(Tag(MAP), eth4(dst=BROADCAST, vlans=vlan(10)))) == BLUE
    assert vnid_of(through(Tag(MAP), eth4(dst=BROADCAST, vlans=vlan(20)))) == RED


@pytest.mark.parametrize(
    ("name", "vlans", "made"),
    [
        ("sw1/p1", vlan(10), BLUE),
        ("sw1/p1.10", vlan(10), BLUE),
        ("sw1/p1.10", b"", BLUE),
        ("sw1/p1.10", vlan(20), Reason.UNKNOWN_VLAN),
        ("sw2/p1", b"", Reason.UNKNOWN_VLAN),
    ],
)
def test_ingress_names_a_trunk_or_one_of_its_vlans(name: str, vlans: bytes, made: object) -> None:
    found = outcome(Tag(MAP, port_named(MAP, name)), eth4(dst=BROADCAST, vlans=vlans))
    assert (vnid_of(found[0].octets) if isinstance(found, list) else found) == made


@pytest.mark.parametrize(("vnid", "forwarded"), [(BLUE, True), (RED, True), (MAP.networks[2].vnid + 77, False)])
def test_a_dove_tag_is_that_of_one_of_the_trunks_networks(vnid: int, *, forwarded: bool) -> None:
    made = outcome(Tag(MAP), tagged(eth4(dst=BROADCAST), vnid), interface="sw1/p1")
    assert isinstance(made, list) is forwarded


NATIVE = network_map(
    switches={**TRUNKS, "sw1": {"ports": {"p1": {"untagged": "blue", "native": 10, "20": "red"}}}},
    vms={**VMS, "a1": {"at": "sw1/p1"}},
)


@pytest.mark.parametrize("tag", [b"", vlan(0, 6), vlan(10, 6)])
@pytest.mark.parametrize("interface", ["sw1/p1", ""])
def test_the_native_vlan_is_that_of_frames_without(tag: bytes, interface: str) -> None:
    """Of a1, which is there in blue; r1 in red has the same MAC address."""
    made = through(Tag(NATIVE), eth4(dst=BROADCAST, vlans=tag), interface=interface)
    assert made == tagged(eth4(dst=BROADCAST), BLUE, 6 if tag else 0)
    assert through(Untag(NATIVE), tagged(eth4(dst=A1, src=A3), BLUE, 6)) == eth4(dst=A1, src=A3)


def test_the_receiving_port_puts_its_vlan_on() -> None:
    assert through(Untag(MAP), tagged(eth4(dst=A2), BLUE, 5, dei=True)) == eth4(dst=A2, vlans=vlan(110, 5, dei=True))
    assert through(Untag(MAP), tagged(eth4(dst=A3, src=A2), BLUE, 5)) == eth4(dst=A3, src=A2)


@given(pcp=st.integers(0, 7), dei=st.booleans(), inner=st.sampled_from([b"", vlan(77, 3), vlan(78, tpid=0x88A8)]))
def test_untag_undoes_tag(pcp: int, *, dei: bool, inner: bytes) -> None:
    same_vlans = network_map(
        switches={**TRUNKS, "sw2": {"ports": {"p1": {"10": "blue", "20": "red"}}}},
        vms={**VMS, "a2": {"at": "sw2/p1.10"}, "r2": {"at": "sw2/p1.20"}},
    )
    frame = eth4(dst=A2, vlans=vlan(10, pcp, dei=dei) + inner)
    assert through(Untag(same_vlans), through(Tag(same_vlans), frame, interface="sw1/p1")) == frame


def test_a_broadcast_has_a_frame_for_each_vlan_and_each_vm_gets_its_own() -> None:
    verdict = decided(Untag(MAP, name_receivers=True), tagged(eth4(dst=BROADCAST), BLUE, 3))
    assert isinstance(verdict, Copies)
    made = outcome(Untag(MAP), tagged(eth4(dst=BROADCAST), BLUE, 3))
    assert isinstance(made, list)
    assert {copy.receivers: frame.octets for copy, frame in zip(verdict.verdicts, made, strict=True)} == {
        ("a2",): eth4(dst=BROADCAST, vlans=vlan(110, 3)),
        ("a3",): eth4(dst=BROADCAST),
    }


def test_run_counts_the_frames_of_each_vlan_once(tmp_path: Path) -> None:
    map_file = network_map_file(tmp_path / "map.json", switches=TRUNKS | {"sw3": {"tep": "tep2"}}, vms=VMS)
    frame = eth4(dst=BROADCAST, vlans=vlan(10))
    path = write_pcapng(tmp_path / "in.pcapng", [Captured(0, len(frame), frame, interface="sw1/p1")] * 2)
    said = dovetool("run", path, tmp_path / "out.pcapng", "-m", map_file)
    *_, untag = said["stages"]
    assert untag["replicas"] > 0
    assert said["frames_in"] == said["forwarded"] + said["absorbed"] + sum(said["rejected"].values()) == 2
    assert said["frames_out"] == untag["frames_out"]


SECURITY = bytes.fromhex("8909 0101 0001 0007")


@pytest.mark.parametrize("tags", [vlan(10, 3, tpid=0x88A8), vlan(10, 3, tpid=0x9100), SECURITY + vlan(10, 3)])
def test_only_an_802_1q_tag_behind_the_addresses_is_a_vlan_of_the_trunk(tags: bytes) -> None:
    """Tags of providers, and an 802.1Q tag behind Cisco's for security, are the guest's own, and stay."""
    frame = eth4(dst=BROADCAST, src=bytes((2, 0, 0, 0, 9, 9)), vlans=tags)
    assert through(Tag(MAP), frame, interface="sw1/p1") == tagged(frame, MAP.ports[2].vnid)
    assert outcome(Tag(MAP), frame, interface="sw2/p1") is Reason.UNKNOWN_VLAN


def test_validate_finds_what_the_trunk_refuses(tmp_path: Path) -> None:
    map_file = network_map_file(tmp_path / "map.json", switches=TRUNKS, vms=VMS)
    frames = [eth4(dst=A2, vlans=vlan(vid)) for vid in (10, 30)]
    path = write_pcapng(tmp_path / "in.pcapng", [Captured(0, len(each), each, interface="sw1/p1") for each in frames])
    (finding,) = validated(path, map_file)["findings"]
    assert (finding["reason"], finding["frames"]) == ("unknown-vlan", [2])


def test_the_tag_has_the_trunks_priority() -> None:
    made = through(Tag(MAP), eth4(dst=A2, vlans=vlan(10, 7)), interface="sw1/p1")
    assert DoveTag.parse(made).pcp == 7
