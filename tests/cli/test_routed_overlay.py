"""VMs without a MAC address: pods, whose packets go from the tunnel device of one node to that of another.

    node1: sw1/vtep   device d1, pods web and api        node2: sw2/vtep   device d2, pod db
    node3: sw3/vtep   device d3                          router at sw3/r, no device

The capture of a node is a real one, of flannel's devices, routes and neighbours in Linux.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool
from frames import BLUE, TEP_MACS, eth4, tagged, underlay
from plain_capture import read_capture, write_frames
from small_network import forward, outcome, port, tep, through

from dovetool.audit.audit import Audit
from dovetool.frame.view import FrameView
from dovetool.stages.decap import Decap
from dovetool.stages.encap import Encap
from dovetool.stages.map_selectors import selectors_of
from dovetool.stages.switch import Tag
from dovetool.stages.untag import Untag
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import VnidMap
from dovetool.vnid_map.file.model import MapFile

CAPTURE = Path(__file__).parents[1] / "map_sources/data/kubernetes/flannel/underlay-node-a.pcap"
D1, D2, D3, ROUTER, STRANGER = (bytes((2, 0, 0, 0, 0, last)) for last in (0xD1, 0xD2, 0xD3, 0xEE, 0x99))
WEB, API, DB = bytes((10, 244, 1, 2)), bytes((10, 244, 1, 3)), bytes((10, 244, 2, 2))


def plan(*, with_devices: bool = True) -> dict[str, Any]:
    devices = {
        "d1": {"mac": D1.hex(":"), "ip": ["10.244.1.0"], "at": "sw1/vtep"},
        "d2": {"mac": D2.hex(":"), "ip": ["10.244.2.0"], "at": "sw2/vtep"},
        "d3": {"mac": D3.hex(":"), "ip": ["10.244.3.0"], "at": "sw3/vtep"},
        "router": {"mac": ROUTER.hex(":"), "ip": ["10.0.0.0/8"], "at": "sw3/r"},
    }
    pods = {
        "web": {"ip": ["10.244.1.2"], "at": "sw1/vtep"},
        "api": {"ip": ["10.244.1.3"], "at": "sw1/vtep"},
        "db": {"ip": ["10.244.2.2"], "at": "sw2/vtep"},
    }
    return {
        "version": 1,
        "networks": {"pods": {"vnid": BLUE}},
        "teps": {
            f"node{number}": {"ip": f"192.0.2.{number}", "mac": TEP_MACS[number - 1].hex(":"), "encap": ["vxlan"]}
            for number in (1, 2, 3)
        },
        "switches": {
            f"sw{number}": {"tep": f"node{number}", "ports": {"vtep": "pods", "r": "pods"}} for number in (1, 2, 3)
        },
        "vms": {**(devices if with_devices else {}), **pods},
    }


def compiled(model: dict[str, Any]) -> VnidMap:
    return VnidMap.from_model(MapFile.model_validate(model))


MAP = compiled(plan())
ALONE = compiled(plan(with_devices=False))


def packet(src_mac: bytes = D1, dst_mac: bytes = D2, src: bytes = WEB, dst: bytes = DB) -> bytes:
    return eth4(src=src_mac, dst=dst_mac, src_ip=src, dst_ip=dst)


def found(octets: bytes, vnid_map: VnidMap = MAP, **known: Any) -> dict[str, str]:  # noqa: ANN401
    findings = Audit(vnid_map, selectors_of(vnid_map)).examine(FrameView(octets, **known)).findings
    return {finding.kind.reason: finding.text for finding in findings}


class TestByDevices:
    def test_a_pod_sends_from_its_device_to_that_of_another(self) -> None:
        for octets in (underlay(packet()), tagged(packet())):
            assert found(octets) == {}
        assert forward(Decap(MAP), underlay(packet())).notes == ()
        back = packet(D2, D1, DB, API)
        assert found(underlay(back, src=2, dst=1)) == {}

    def test_the_device_sends_for_itself_too(self) -> None:
        assert found(underlay(packet(src=bytes((10, 244, 1, 0))))) == {}
        assert found(underlay(packet(src=bytes((172, 16, 9, 9))))).keys() == {"unlisted-address"}

    def test_a_pod_of_another_node(self) -> None:
        assert found(underlay(packet(D2, D1, WEB, API), src=2, dst=1)) == {
            "source-spoofed": "d2 (pods) at sw2/vtep behind node2 uses 10.244.1.2, which the map gives to web (pods) at"
            " sw1/vtep behind node1"
        }
        assert forward(Decap(MAP), underlay(packet(D2, D1, WEB, API), src=2, dst=1)).notes == (Reason.SOURCE_SPOOFED,)

    def test_its_device_at_another_node(self) -> None:
        """The pod's address and its device's MAC address, from a TEP that neither is behind."""
        assert found(underlay(packet(), src=3)) == {
            "wrong-tep": "web (pods) sent into pods (VNID 5001) from node3; the map has it at sw1/vtep behind node1"
        }

    def test_its_address_from_its_node_with_the_mac_of_another(self) -> None:
        (reason, text), = found(underlay(packet(D2, D1, WEB, API), src=1, dst=1)).items()  # fmt: skip
        assert reason == "source-spoofed"
        assert "node1 sent 10.244.1.2, of web (pods) behind it, with 02:00:00:00:00:d2" in text

    def test_a_strange_mac(self) -> None:
        text = found(underlay(packet(STRANGER)))["source-spoofed"]
        assert text.endswith(
            "uses 10.244.1.2, which the map gives to web (pods) at sw1/vtep behind node1 with 02:00:00:00:00:d1"
        )

    def test_to_the_device_of_another_node(self) -> None:
        wrong = underlay(packet(dst_mac=D3), dst=3)
        assert found(wrong) == {}, "d3 carries no pods, so that it may be a router"
        wrong = packet(D1, D2, WEB, API)
        text = (
            "a packet for api (pods) at sw1/vtep behind node1 went to 02:00:00:00:00:d2, of d2 (pods) at sw2/vtep"
            " behind node2"
        )
        assert found(underlay(wrong)) == {"wrong-tep": text}
        assert found(tagged(wrong)) == {"wrong-tep": text}
        assert forward(Decap(MAP), underlay(wrong)).notes == (Reason.WRONG_TEP,)

    def test_to_a_router_for_a_pod(self) -> None:
        assert found(underlay(packet(dst_mac=ROUTER), dst=3)) == {}

    def test_it_goes_where_the_pod_is(self) -> None:
        assert through(Encap(MAP, tep(MAP, "node1")), tagged(packet()))[30:34] == bytes((192, 0, 2, 2))
        assert forward(Untag(MAP), tagged(packet())).receivers == ("db",)
        assert forward(Untag(MAP, tep(MAP, "node2")), tagged(packet())).receivers == ("db",)
        assert forward(Untag(MAP), tagged(packet(dst=bytes((10, 244, 2, 0))))).receivers == ("d2",)
        assert outcome(Decap(MAP), underlay(packet(), dst=3)) is Reason.WRONG_TEP

    def test_arp_in_the_name_of_a_pod(self) -> None:
        def arp(sender: bytes, told: bytes) -> bytes:
            head = bytes.fromhex("0001080006040001") + told + WEB + bytes(6) + API + bytes(18)
            return underlay(b"\xff" * 6 + sender + b"\x08\x06" + head)

        assert found(arp(D1, D1)) == {}
        assert found(arp(D1, D2)).keys() == {"source-spoofed"}


class TestWithoutDevices:
    """Cilium, Antrea: the inner MAC addresses are in no object, and mean nothing."""

    def test_any_mac_will_do(self) -> None:
        sent = packet(STRANGER, bytes.fromhex("aabbccddeeff"))
        assert found(underlay(sent), ALONE) == {}
        assert forward(Decap(ALONE), underlay(sent)).notes == ()
        assert through(Encap(ALONE, tep(ALONE, "node1")), tagged(sent))[30:34] == bytes((192, 0, 2, 2))
        assert forward(Untag(ALONE), tagged(sent)).receivers == ("db",)

    def test_its_ip_address_tells_where_it_sends_from(self) -> None:
        sent = packet(STRANGER, bytes.fromhex("aabbccddeeff"))
        assert forward(Tag(ALONE), sent).ingress == port(ALONE, "sw1/vtep").index
        assert through(Encap(ALONE), tagged(sent))[26:34] == bytes((192, 0, 2, 1, 192, 0, 2, 2))
        for stage in (Tag(MAP), Encap(MAP)):
            octets = sent if isinstance(stage, Tag) else tagged(sent)
            assert outcome(stage, octets) is Reason.UNKNOWN_SOURCE, "its device has a MAC address of its own"

    def test_but_from_the_right_node(self) -> None:
        sent = packet(STRANGER, bytes.fromhex("aabbccddeeff"))
        assert found(underlay(sent, src=3), ALONE) == {
            "wrong-tep": "web (pods) sent into pods (VNID 5001) from node3; the map has it at sw1/vtep behind node1"
        }
        assert outcome(Decap(ALONE), underlay(sent, dst=3)) is Reason.WRONG_TEP

    def test_nobody_has_no_mac(self) -> None:
        """No frame is a pod's by a MAC address alone, nor by one of zeros."""
        for mac in (bytes(6), STRANGER):
            unknown = packet(mac, STRANGER, bytes((10, 9, 9, 9)), bytes((10, 9, 9, 8)))
            assert found(underlay(unknown), ALONE).keys() == {"unknown-source", "unknown-destination"}
            assert outcome(Tag(ALONE), unknown) is Reason.UNKNOWN_SOURCE
        for vnid_map in (MAP, ALONE):
            assert vnid_map.stations_with_mac(b"", 0) == ()
            assert vnid_map.stations_by_mac(BLUE, b"", 0) == ()
            assert vnid_map.station_by_mac(BLUE, b"", 0) is None


@pytest.mark.parametrize("with_devices", [True, False])
def test_a_packet_without_an_ethernet_header(*, with_devices: bool) -> None:
    """It gets those of the devices, or of nobody; it is the pod's either way."""
    model = plan(with_devices=with_devices)
    for entry in model["teps"].values():
        entry["encap"] = ["vxlan-gpe"]
    vnid_map = compiled(model)
    inner = packet()[14:]
    bare = underlay(packet())[:42] + bytes.fromhex("0c00000100138900") + inner
    bare = bare[:36] + (4790).to_bytes(2, "big") + (16 + len(inner)).to_bytes(2, "big") + bare[40:]
    bare = bare[:16] + (36 + len(inner)).to_bytes(2, "big") + bare[18:24] + b"\0\0" + bare[26:]
    made = through(Decap(vnid_map, verifies=False), bare)
    assert made[:12] == (D2 + D1 if with_devices else bytes(12))
    assert forward(Untag(vnid_map), made).receivers == ("db",)


PODS = {
    f"{name}-{number}": {"ip": f"10.244.{third}.{number + 1}", "at": f"sw-{'abc'[third]}/vtep"}
    for third, name in enumerate(("web", "api", "db"))
    for number in (1, 2)
}
FLANNEL = {
    "version": 1,
    "networks": {"flannel": {"vnid": 1}},
    "teps": {
        f"node-{node}": {
            "ip": f"172.20.0.{11 + at}",
            "mac": f"02:42:ac:14:00:0{'bcd'[at]}",
            "encap": ["vxlan"],
            "ports": {"vxlan": 8472},
        }
        for at, node in enumerate("abc")
    },
    "switches": {f"sw-{node}": {"tep": f"node-{node}", "ports": {"vtep": "flannel"}} for node in "abc"},
    "vms": {
        "vtep-a": {"mac": "3e:5a:10:aa:00:01", "ip": ["10.244.0.0"], "at": "sw-a/vtep"},
        "vtep-b": {"mac": "ce:fc:e9:ca:db:28", "ip": ["10.244.1.0"], "at": "sw-b/vtep"},
        "vtep-c": {"mac": "92:01:5e:01:fe:01", "ip": ["10.244.2.0"], "at": "sw-c/vtep"},
        **PODS,
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "map.json").write_text(json.dumps(FLANNEL))
    (tmp_path / "in.pcap").write_bytes(CAPTURE.read_bytes())
    return tmp_path


def test_what_linux_sends_is_right(folder: Path) -> None:
    ended = dovetool("validate", "in.pcap", "-m", "map.json", "--json", cwd=folder)
    record = json.loads(ended.stdout)
    assert (record["errors"], record["warnings"], record["hops"]["underlay"]) == (0, 0, 38)
    swapped = json.loads(json.dumps(FLANNEL).replace("10.244.1.2", "10.244.9.9").replace("10.244.2.2", "10.244.1.2"))
    (folder / "map.json").write_text(json.dumps(swapped))
    ended = dovetool("validate", "in.pcap", "-m", "map.json", "--json", cwd=folder)
    assert {finding["reason"] for finding in json.loads(ended.stdout)["findings"]} >= {"source-spoofed", "wrong-tep"}


def test_pods_have_names(folder: Path) -> None:
    ended = dovetool("stats", "in.pcap", "-m", "map.json", "--by", "vm", "--json", cwd=folder)
    groups = {group["vm"]: group["frames_sent"] for group in json.loads(ended.stdout)["groups"] if group["vnid"]}
    pods = {"web-1": 9, "web-2": 8, "api-1": 4, "api-2": 4, "db-1": 6, "db-2": 4}
    assert groups == pods | {"vtep-a": 2, "vtep-c": 1}
    ended = dovetool("inspect", "in.pcap", "-m", "map.json", "--vm", "api-1", "--json", cwd=folder)
    pairs = {(frame["src_vm"], frame["dst_vm"]) for frame in json.loads(ended.stdout)}
    assert pairs == {pair for web in ("web-1", "web-2") for pair in ((web, "api-1"), ("api-1", web))}
    dovetool("split", "in.pcap", "vms", "--by", "vm", "-m", "map.json", cwd=folder)
    counts = {path.stem: len(read_capture(path)) for path in (folder / "vms").iterdir()}
    assert (counts["web-1"], counts["api-1"], counts["vtep-a"]) == (18, 8, 4)


def test_each_pod_gets_its_own(folder: Path) -> None:
    """decap and untag at one node: what came to it, to the pods there."""
    write_frames(folder / "to-a.pcap", [frame.octets for frame in read_capture(CAPTURE)])
    dovetool("decap", "to-a.pcap", "tagged.pcap", "-m", "map.json", "--tep", "node-a", cwd=folder)
    dovetool("untag", "tagged.pcap", "out.pcap", "-m", "map.json", "--tep", "node-a", "--split", "got", cwd=folder)
    counts = {path.stem: len(read_capture(path)) for path in (folder / "got").iterdir()}
    assert counts == {"web-1": 9, "web-2": 8, "vtep-a": 2}


def test_pods_of_a_network_whose_vnids_are_identities(tmp_path: Path) -> None:
    """Cilium: the VNID tells the sender's identity, and the MAC addresses nothing."""
    model = plan(with_devices=False)
    model["networks"] = {"pods": {"vnid": "any", "identities": {"12345": "shop/web", "777": "shop/db"}}}
    (tmp_path / "map.json").write_text(json.dumps(model))
    there, back = packet(STRANGER, D3), packet(D2, STRANGER, DB, WEB)
    write_frames(tmp_path / "in.pcap", [underlay(there, 12345), underlay(back, 777, src=2, dst=1)])
    ended = dovetool("validate", "in.pcap", "-m", "map.json", cwd=tmp_path)
    assert (ended.code, ended.stderr) == (0, "")
    dovetool("split", "in.pcap", "vms", "--by", "vm", "-m", "map.json", cwd=tmp_path)
    assert {path.stem: len(read_capture(path)) for path in (tmp_path / "vms").iterdir()} == {"web": 2, "db": 2}
    ended = dovetool("stats", "in.pcap", "-m", "map.json", "--by", "vm", "--json", cwd=tmp_path)
    assert {group["vm"] for group in json.loads(ended.stdout)["groups"]} == {"web", "db"}
