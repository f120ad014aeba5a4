"""TEPs with several addresses, a common one, or the same in several VRFs: sent, received, judged, named.

tep1: sw1/p1 a1, sw1/p2 r1, sw1/p3 a3     tep2: sw2/p1 a2, sw2/p2 r2      tep3: sw3/p1
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool
from frames import A2, BLUE, BROADCAST, GREEN, RED, TEP_IPS, TEP_MACS, eth, eth4, ipv4, tagged, udp, underlay, vxlan
from plain_capture import write_frames
from small_network import R2, forward, network_map, network_map_file, outcome, outer_ip, tep, through, vnid_of

from dovetool.audit.audit import Audit
from dovetool.frame.view import FrameView
from dovetool.observe.names import Names
from dovetool.observe.observe import Observe
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.map_selectors import selectors_of
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import VnidMap

SECOND_IP, SECOND_MAC = bytes((198, 51, 100, 1)), bytes((2, 0, 0, 0, 1, 0x11))
TWO_IPS: dict[str, Any] = {"tep1": {"ip": ["192.0.2.1", "198.51.100.1", "2001:db8::1"]}}
LEAF = {"ip": "192.0.2.1", "encap": ["vxlan"], "shared": True}
LEAVES: dict[str, Any] = {"tep1": {**LEAF, "mac": "02:00:00:00:01:01"}, "tep2": {**LEAF, "mac": "02:00:00:00:01:02"}}


def carried(
    inner: bytes, vnid: int = BLUE, src: bytes = TEP_IPS[0], dst: bytes = TEP_IPS[1], macs: bytes = b""
) -> bytes:
    """A frame in VXLAN between two addresses, with any MAC addresses (destination first)."""
    packet = ipv4(udp(vxlan(inner, vnid), src_port=50_000, dst_port=4789), src_ip=src, dst_ip=dst)
    return (macs or TEP_MACS[1] + TEP_MACS[0]) + b"\x08\0" + packet


def reasons(vnid_map: VnidMap, octets: bytes) -> list[str]:
    found = Audit(vnid_map, selectors_of(vnid_map)).examine(FrameView(octets)).findings
    return [finding.kind.reason for finding in found]


@pytest.mark.parametrize("source", [TEP_IPS[0], SECOND_IP])
def test_every_address_of_a_tep_is_its_own(source: bytes) -> None:
    vnid_map = network_map(teps=TWO_IPS)
    packet = carried(eth4(), src=source)
    assert reasons(vnid_map, packet) == []
    assert forward(Decap(vnid_map), packet).origin == 0
    back = carried(eth4(dst=eth4()[6:12], src=A2, src_ip=bytes((10, 0, 0, 2)), dst_ip=bytes((10, 0, 0, 1))),
                   src=TEP_IPS[1], dst=source, macs=TEP_MACS[0] + TEP_MACS[1])  # fmt: skip
    assert reasons(vnid_map, back) == []
    assert forward(Decap(vnid_map, tep(vnid_map, "tep1")), back).tep == 0
    assert reasons(network_map(), carried(eth4(), src=SECOND_IP)) == ["unknown-tep"]


def test_it_sends_from_the_address_of_the_family_that_the_other_has() -> None:
    vnid_map = network_map(teps={**TWO_IPS, "tep2": {"ip": "2001:db8::2"}})
    sent = through(Encap(vnid_map, tep(vnid_map, "tep1")), tagged(eth4()))
    assert sent[12:14] == b"\x86\xdd"
    assert (sent[22 + 15], sent[38 + 15]) == (1, 2)
    assert outer_ip(through(Encap(network_map(teps=TWO_IPS)), tagged(eth4()))).src_ip == TEP_IPS[0]


def test_both_mac_addresses_of_a_tep_are_its_own() -> None:
    vnid_map = network_map(teps={"tep1": {"mac": ["02:00:00:00:01:01", "02:00:00:00:01:11"]}})
    assert reasons(vnid_map, carried(eth4(), macs=TEP_MACS[1] + SECOND_MAC)) == []
    assert reasons(vnid_map, carried(eth4(), macs=TEP_MACS[1] + TEP_MACS[2])) == ["wrong-underlay-mac"]


@pytest.mark.parametrize("mac", [TEP_MACS[0], TEP_MACS[1]])
def test_a_pair_of_leaves_is_one_tep_to_the_others(mac: bytes) -> None:
    """Whichever of the two has sent it: VMs of both are behind their common address."""
    vnid_map = network_map(teps=LEAVES)
    packet = carried(eth4(dst=A2), dst=TEP_IPS[0], src=TEP_IPS[2], macs=mac + TEP_MACS[2])
    received = forward(Decap(vnid_map, tep(vnid_map, "tep2")), packet)
    assert vnid_map.teps[received.tep or 0].name == "tep1+tep2"
    assert outcome(Encap(vnid_map, tep(vnid_map, "tep1")), tagged(eth4(dst=A2))) is Reason.LOCAL
    sent = carried(eth(BROADCAST, A2), dst=TEP_IPS[2], macs=TEP_MACS[2] + mac)
    assert reasons(vnid_map, sent) == []


EAST: dict[str, Any] = {"tep1": {"vrf": "east"}, "tep2": {"vrf": "east"}, "tep3": {"vrf": "east"}}
WEST: dict[str, Any] = {
    f"w{number}": {"vrf": "west", "ip": f"192.0.2.{number}", "mac": f"02:00:00:00:01:0{number}", "encap": ["vxlan"]}
    for number in (1, 2)
}


class TestVrfsOfTheUnderlay:
    """Two tenants of a provider: tep1 and tep2 in the VRF east, with blue; w1 and w2 in west, with red."""

    @pytest.fixture
    def model(self) -> dict[str, Any]:
        switches = {
            "sw1": {"ports": {"p2": "blue"}},
            "sw2": {"ports": {"p2": "blue"}},
            "sw8": {"tep": "w1", "ports": {"p": "red"}},
            "sw9": {"tep": "w2", "ports": {"p": "red"}},
        }
        vms = {
            "r1": {"mac": "02:00:00:00:00:31", "ip": ["10.0.0.49"], "at": "sw8/p"},
            "r2": {"mac": R2.hex(":"), "at": "sw9/p"},
        }
        return {"teps": {**EAST, **WEST}, "switches": switches, "vms": vms}

    def test_the_network_tells_which_pair_it_is(self, model: dict[str, Any]) -> None:
        vnid_map = network_map(**model)
        assert vnid_map.repeats_ips
        inner = eth4(
            dst=R2, src=bytes((2, 0, 0, 0, 0, 0x31)), src_ip=bytes((10, 0, 0, 49)), dst_ip=bytes((10, 0, 0, 34))
        )
        for octets, vnid, names in (
            (underlay(eth4()), BLUE, ("tep1", "tep2")),
            (underlay(inner, RED), RED, ("w1", "w2")),
        ):
            made = forward(Decap(vnid_map), octets)
            assert (vnid_map.teps[made.origin or 0].name, vnid_map.teps[made.tep or 0].name) == names
            assert vnid_of(through(Decap(vnid_map), octets)) == vnid
            assert reasons(vnid_map, octets) == []
            seen = Observe().observe(FrameView(octets))
            assert Names(vnid_map).teps(seen.overlays[0]) == names

    def test_a_network_that_neither_pair_has(self, model: dict[str, Any]) -> None:
        """It is the first pair of the map, and told of that one."""
        assert reasons(network_map(**model), underlay(eth4(), 5003))[0] == "isolation-violation"

    def test_the_tep_at_work_is_meant(self, model: dict[str, Any]) -> None:
        vnid_map = network_map(**model)
        packet = underlay(eth4())
        assert outcome(Decap(vnid_map, tep(vnid_map, "w2")), packet) is Reason.VNID_NOT_ON_TEP
        assert isinstance(outcome(Decap(vnid_map, tep(vnid_map, "tep2")), packet), list)
        assert outcome(Decap(vnid_map, tep(vnid_map, "tep3")), packet) is Reason.NOT_FOR_THIS_TEP

    def test_filters_tell_them_apart(self, model: dict[str, Any], tmp_path: Path) -> None:
        network_map_file(tmp_path / "map.json", **model)
        write_frames(tmp_path / "in.pcap", [underlay(eth4()), underlay(eth4(dst=R2), RED), underlay(eth4(dst=R2), RED)])
        for name, frames in (("tep1", 1), ("w1", 2), ("192.0.2.1", 3)):
            ended = dovetool("stats", "in.pcap", "-m", "map.json", "--tep", name, "--csv", cwd=tmp_path)
            assert (ended.code, ended.stderr) == (0, "")
            counted = [line.split(b",")[2] for line in ended.stdout.splitlines()[1:]]
            assert sum(map(int, counted)) == frames


def test_lists_tell_them_apart(tmp_path: Path) -> None:
    switches = {"sw8": {"tep": "w1", "ports": {"p": "green"}}, "sw9": {"tep": "w2", "ports": {"p": "green"}}}
    network_map_file(tmp_path / "map.json", teps={**EAST, **WEST}, switches=switches)
    write_frames(tmp_path / "in.pcap", [underlay(eth4()), underlay(eth4(), GREEN)])
    listed = dovetool("inspect", "in.pcap", "-m", "map.json", cwd=tmp_path)
    assert [line.split()[3:5] for line in listed.stdout.decode().splitlines()[2:4]] == [["tep1", "tep2"], ["w1", "w2"]]
    ended = dovetool("inspect", "in.pcap", "-m", "map.json", "--json", cwd=tmp_path)
    ends = [frame["overlays"][0] for frame in json.loads(ended.stdout)]
    assert [(each["src_tep"], each["dst_tep"]) for each in ends] == [("tep1", "tep2"), ("w1", "w2")]


def test_the_name_of_one_stands_for_all_its_addresses(tmp_path: Path) -> None:
    network_map_file(tmp_path / "map.json", teps=TWO_IPS)
    write_frames(tmp_path / "in.pcap", [underlay(eth4()), carried(eth4(), src=SECOND_IP), underlay(eth4(), src=3)])
    ended = dovetool("stats", "in.pcap", "-m", "map.json", "--by", "pair", "--tep", "tep1", "--csv", cwd=tmp_path)
    assert [line.split(b",")[:2] for line in ended.stdout.splitlines()[1:]] == [
        [b"tep1", b"192.0.2.1"],
        [b"tep1", b"198.51.100.1"],
    ]


def test_each_of_a_pair_is_a_name_for_both(tmp_path: Path) -> None:
    network_map_file(tmp_path / "map.json", teps=LEAVES)
    write_frames(tmp_path / "in.pcap", [underlay(eth4(), src=3, dst=1), underlay(eth4(), src=3, dst=3)])
    for name in ("tep1", "tep2", "tep1+tep2"):
        ended = dovetool("inspect", "in.pcap", "-m", "map.json", "--tep", name, cwd=tmp_path)
        assert ended.stdout.count(b"tep1+tep2") == 1
        assert b"\n     2" not in ended.stdout
    ended = dovetool("inspect", "in.pcap", "-m", "map.json", "--tep", "tep4", cwd=tmp_path)
    assert "it has tep1, tep2, tep3" in ended.complaint
