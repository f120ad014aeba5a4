"""`dovetool map import kubernetes`: the map of a cluster, and what validate says of its traffic with it."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from cli_process import dovetool
from clusters import DATA, NETWORKS, NODES, ip, mac
from frames import eth, eth4, ipv4, udp, vxlan
from plain_capture import write_frames

from dovetool.vnid_map import VnidMap

CAPTURED = ("flannel", "calico")


def imported(folder: Path, *files: Path) -> Path:
    """The map of files."""
    done = dovetool("map", "import", "kubernetes", *map(str, files), "-o", "map.yaml", cwd=folder)
    assert done.code == 0, done.stderr
    return folder / "map.yaml"


def findings(capture: Path, map_file: Path) -> list[dict[str, Any]]:
    """What validate finds that is more than a note."""
    said = dovetool("validate", str(capture), "-m", str(map_file), "--json").stdout
    return [each for each in json.loads(said)["findings"] if each["severity"] != "info"]


def reasons(capture: Path, map_file: Path) -> set[str]:
    return {each["reason"] for each in findings(capture, map_file)}


def changed(network: str, folder: Path, old: str, new: str) -> Path:
    """A copy of a cluster with other words in its objects."""
    copy = Path(shutil.copytree(DATA / network, folder / "cluster"))
    for path in copy.glob("*.json"):
        path.write_text(path.read_text().replace(old, new))
    return copy


@pytest.mark.parametrize("network", NETWORKS)
def test_the_map_of_a_folder_is_that_of_its_files(network: str, tmp_path: Path) -> None:
    of_folder = imported(tmp_path, DATA / network).read_text()
    files = sorted(path for path in (DATA / network).glob("*.json") if path.stem != "truth")
    assert imported(tmp_path, *reversed(files)).read_text() == of_folder
    loaded = VnidMap.load(tmp_path / "map.yaml")
    assert ([tep.name for tep in loaded.teps], len(loaded.networks)) == ([*NODES], 1)
    assert {"shop/web-1", "bank/db-2", "vtep-node-a"} <= {*loaded.vm_names}


@pytest.mark.parametrize("network", CAPTURED)
@pytest.mark.parametrize("node", NODES)
def test_traffic_of_the_cluster_is_right(network: str, node: str, tmp_path: Path) -> None:
    assert findings(DATA / network / f"underlay-{node}.pcap", imported(tmp_path, DATA / network)) == []


@pytest.mark.parametrize("network", CAPTURED)
def test_a_node_that_is_left_out_is_found(network: str, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(DATA / network, tmp_path / "cluster"))
    nodes = json.loads((copy / "nodes.json").read_text())
    nodes["items"] = [each for each in nodes["items"] if each["metadata"]["name"] != "node-c"]
    (copy / "nodes.json").write_text(json.dumps(nodes))
    done = dovetool("map", "import", "kubernetes", str(copy), "-o", "map.yaml", cwd=tmp_path)
    assert "of TEP 'node-c' are left out" in done.stderr
    assert "unknown-tep" in reasons(DATA / network / "underlay-node-c.pcap", tmp_path / "map.yaml")


@pytest.mark.parametrize(
    ("network", "old", "new", "reason"),
    [
        ("flannel", '\\"VNI\\":1,', '\\"VNI\\":2,', "unknown-vnid"),
        ("calico", '"bpfLogLevel"', '"vxlanVNI": 4097, "bpfLogLevel"', "unknown-vnid"),
        ("flannel", "ce:fc:e9:ca:db:28", "ce:fc:e9:ca:db:29", "source-spoofed"),
        ("calico", "66:00:c0:ff:ee:0c", "66:00:c0:ff:ee:0d", "source-spoofed"),
    ],
)
def test_what_is_wrong_is_found(network: str, old: str, new: str, reason: str, tmp_path: Path) -> None:
    copy = changed(network, tmp_path, old, new)
    assert reason in reasons(DATA / network / "underlay-node-b.pcap", imported(tmp_path, copy)) | reasons(
        DATA / network / "underlay-node-c.pcap", tmp_path / "map.yaml"
    )


@pytest.mark.parametrize("network", CAPTURED)
def test_a_pod_that_is_elsewhere_is_found(network: str, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(DATA / network, tmp_path / "cluster"))
    pods = json.loads((copy / "pods.json").read_text())
    (api,) = (each for each in pods["items"] if each["metadata"]["name"] == "api-1")
    api["spec"]["nodeName"] = "node-a"
    (copy / "pods.json").write_text(json.dumps(pods))
    found = findings(DATA / network / "underlay-node-b.pcap", imported(tmp_path, copy))
    assert any("shop/api-1" in each["text"] for each in found if each["severity"] == "error")


def geneve(inner: bytes, vnid: int) -> bytes:
    return struct.pack("!HHI", 0, 0x6558, vnid << 8) + inner


def sent(
    header: Callable[[bytes, int], bytes],
    port: int,
    vnid: int,
    src: tuple[str, str],
    dst: tuple[str, str],
    macs: tuple[str, str],
) -> bytes:
    """A frame between nodes: `src` and `dst` are addresses of node and pod, `macs` those inside, to and from."""
    inner = eth4(src_ip=ip(src[1]), dst_ip=ip(dst[1]), ttl=63, dst=mac(macs[0]), src=mac(macs[1]))
    datagram = udp(header(inner, vnid), src_port=50_000, dst_port=port)
    packet = ipv4(datagram, src_ip=ip(src[0]), dst_ip=ip(dst[0]))
    return eth(mac("02:42:ac:14:00:0c"), mac("02:42:ac:14:00:0b"), 0x0800, packet)


A, B = "172.20.0.11", "172.20.0.12"


def cilium(vnid: int, src: tuple[str, str], dst: tuple[str, str], to: str = "ae:00:00:00:00:01") -> bytes:
    return sent(vxlan, 8472, vnid, src, dst, (to, "3e:00:00:00:00:0a"))


def antrea(src: tuple[str, str], dst: tuple[str, str], vnid: int = 0) -> bytes:
    return sent(geneve, 6081, vnid, src, dst, ("aa:bb:cc:dd:ee:ff", "3e:00:00:00:00:0a"))


def judged(network: str, frames: Iterable[bytes], folder: Path) -> set[str]:
    write_frames(folder / "traffic.pcap", frames)
    return reasons(folder / "traffic.pcap", imported(folder, DATA / network))


def test_identities_of_cilium(tmp_path: Path) -> None:
    """There and back two VNIDs; a node's own address; a service with a MAC address of zeros."""
    web, api = (A, "10.0.0.102"), (B, "10.0.1.102")
    right = [
        cilium(20481, web, api),
        cilium(30722, api, web),
        cilium(6, (A, "10.0.0.245"), api),
        cilium(20481, web, api, to="00:00:00:00:00:00"),
    ]
    assert judged("cilium", right, tmp_path) == set()
    assert judged("cilium", [cilium(20481, (A, "10.0.1.102"), (B, "10.0.1.103"))], tmp_path) & {
        "wrong-tep",
        "source-spoofed",
    }
    assert "unknown-tep" in judged("cilium", [cilium(20481, ("172.20.0.99", "10.0.0.102"), api)], tmp_path)


def test_names_of_identities(tmp_path: Path) -> None:
    write_frames(tmp_path / "traffic.pcap", [cilium(20481, (A, "10.0.0.102"), (B, "10.0.1.102"))])
    map_file = imported(tmp_path, DATA / "cilium")
    assert b"shop/web" in dovetool("inspect", "traffic.pcap", "-m", str(map_file), cwd=tmp_path).stdout


def test_antrea_has_no_vnid(tmp_path: Path) -> None:
    """And with policies across clusters the label of the sender."""
    web, api = (A, "10.244.0.2"), (B, "10.244.1.2")
    right = [antrea(web, api), antrea(api, web), antrea((A, "10.244.0.1"), api), antrea(web, api, vnid=7)]
    assert judged("antrea", right, tmp_path) == set()
    assert judged("antrea", [antrea((A, "10.244.1.2"), (B, "10.244.1.3"))], tmp_path) & {"wrong-tep", "source-spoofed"}
    assert "unknown-tep" in judged("antrea", [antrea(("172.20.0.99", "10.244.0.2"), api)], tmp_path)


def test_two_stacks_are_in_the_map(tmp_path: Path) -> None:
    """As two MAC addresses of a node's device."""
    copy = Path(shutil.copytree(DATA / "calico", tmp_path / "cluster"))
    nodes = json.loads((copy / "nodes.json").read_text())
    for number, each in enumerate(nodes["items"], 1):
        each["metadata"]["annotations"]["projectcalico.org/IPv6VXLANTunnelAddr"] = f"fd00:9::{number}"
        each["metadata"]["annotations"]["projectcalico.org/IPv6Address"] = f"2001:db8::{number}/64"
    (copy / "nodes.json").write_text(json.dumps(nodes))
    loaded = VnidMap.load(imported(tmp_path, copy))
    (station,) = loaded.stations_by_ip(4096, ip("fd00:9::1"), 0)
    assert station.macs == (mac("66:07:02:c1:cc:60"), mac("66:d4:d5:51:3d:42"))
    tep = loaded.tep("node-a")
    assert tep is not None
    assert tep.ips == (ip(A), ip("2001:db8::1"))


def test_nodes_that_say_themselves_what_they_have(tmp_path: Path) -> None:
    """The kernel's own words, of the same devices at the same ports, add MAC addresses and contradict nothing."""
    words = ["map", "import", "kubernetes,iproute2", "-o", "map.yaml", "--strict"]
    hosts = DATA / "flannel-hosts"
    done = dovetool(*words, str(DATA / "flannel"), *map(str, sorted(hosts.iterdir())), cwd=tmp_path)
    assert (done.code, "contradiction" in done.stderr) == (0, False)
    loaded = VnidMap.load(tmp_path / "map.yaml")
    truth = json.loads((DATA / "flannel" / "truth.json").read_text())["nodes"]
    assert {tep.name: tep.macs for tep in loaded.teps} == {name: (mac(each["mac"]),) for name, each in truth.items()}
    assert len(loaded.vm_names) == len(NODES) + 6
    assert findings(DATA / "flannel" / "underlay-node-a.pcap", tmp_path / "map.yaml") == []


def test_names_that_are_none_for_a_map(tmp_path: Path) -> None:
    """The cluster refuses such names, and files may have them all the same."""
    copy = changed("flannel", tmp_path, '"web-1"', '"web\\n-1: {x\\u001b[31m"')
    names = VnidMap.load(imported(tmp_path, copy)).vm_names
    assert any(name.startswith("shop/web") and "\x1b" not in name and "\n" not in name for name in names)


def test_no_overlay_is_an_error_in_one_line(tmp_path: Path) -> None:
    nodes = DATA / "cilium" / "nodes.json"
    done = dovetool("map", "import", "kubernetes", str(nodes), "-o", "map.yaml", cwd=tmp_path)
    assert (done.code, done.stderr.count("\n"), [*tmp_path.iterdir()]) == (2, 1, [])
    assert "nodes and pods alone do not tell the overlay here" in done.stderr


KUBECTL = """#!/bin/sh
case "$*" in
*"get nodes,pods -A"*) cat '{data}/nodes.json' '{data}/pods.json' ;;
*metadata.name={config}) cat '{data}/configmap-{config}.json' ;;
*ciliumnodes,*) {cilium} ;;
*"get configmaps"*) echo '{{"apiVersion": "v1", "kind": "List", "items": []}}' ;;
*) echo "error: the server doesn't have a resource type" >&2; exit 1 ;;
esac
"""


@pytest.mark.parametrize(("network", "config"), [("flannel", "kube-flannel-cfg"), ("cilium", "cilium-config")])
def test_live(network: str, config: str, tmp_path: Path) -> None:
    """A `kubectl` that has the objects of one cluster, and does not know the kinds of other networks."""
    data = DATA / network
    cilium = f"cat '{data}/ciliumnodes.json' '{data}/ciliumendpoints.json'" if network == "cilium" else "exit 1"
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "kubectl").write_text(KUBECTL.format(data=data, config=config, cilium=cilium))
    (programs / "kubectl").chmod(0o755)
    path = {"PATH": f"{programs}:{os.environ['PATH']}"}
    done = dovetool("map", "import", "kubernetes", "--live", "-o", "live.yaml", cwd=tmp_path, settings=path)
    assert (done.code, "doesn't have a resource type" in done.stderr) == (0, True)
    assert (tmp_path / "live.yaml").read_text() == imported(tmp_path, data).read_text()
