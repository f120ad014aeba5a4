"""`map import iproute2 --live` on a host of this kernel: what its own `ip` and `bridge` print is what was set."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from netns import Namespace, namespaces

from dovetool.vnid_map.file.load import load
from dovetool.vnid_map.texts import ip_text, mac_text

pytestmark = pytest.mark.root

GUEST, AWAY, GATEWAY, UNDERLAY = (f"02:00:00:00:0{number}:01" for number in range(4))


def set_up(host: Namespace) -> None:
    """A bridge with a VXLAN device and a port, a VM at the port, one behind another host, and a gateway."""
    host.ip("link", "add", "under", "address", UNDERLAY, "type", "veth", "peer", "name", "far")
    host.ip("addr", "add", "192.0.2.1/24", "dev", "under")
    host.ip("link", "set", "under", "up")
    host.add_device("vx7007", "type", "vxlan", "id", "7007", "local", "192.0.2.1", "dstport", "8472", "nolearning")
    host.add_device("shop", "address", "00:00:5e:00:01:07", "type", "bridge")
    host.ip("link", "add", "tap1", "type", "veth", "peer", "name", "guest")
    for device in ("vx7007", "tap1"):
        host.ip("link", "set", device, "master", "shop", "up")
    host.ip("link", "set", "shop", "up")
    host.ip("addr", "add", "10.7.0.254/24", "dev", "shop")
    bridge(host, "fdb", "add", GUEST, "dev", "tap1", "master", "static")
    bridge(host, "fdb", "add", AWAY, "dev", "vx7007", "dst", "192.0.2.2", "self")
    bridge(host, "fdb", "append", "00:00:00:00:00:00", "dev", "vx7007", "dst", "192.0.2.2")
    for number, mac in enumerate((GUEST, AWAY), 1):
        host.ip("neigh", "add", f"10.7.0.{number}", "lladdr", mac, "dev", "shop", "nud", "permanent")


def bridge(host: Namespace, *words: str) -> None:
    subprocess.run(["bridge", "-netns", host.name, *words], check=True, capture_output=True, text=True)


def test_the_map_of_this_host(tmp_path: Path) -> None:
    map_file = tmp_path / "map.yaml"
    command = [sys.executable, "-m", "dovetool", "map", "import", "iproute2", "--live", "-o", str(map_file)]
    with namespaces(1) as (host,):
        set_up(host)
        subprocess.run(["ip", "netns", "exec", host.name, *command], check=True, capture_output=True, text=True)
    found = load(map_file)
    network = found.networks["shop"]
    assert (network.vnid.value, network.unknown_unicast) == (7007, "flood")
    assert network.gateway is not None
    assert [ip_text(each) for each in network.gateway.ip] == ["10.7.0.254"]
    own, other = (next(tep for tep in found.teps.values() if ip_text(tep.ip[0]) == f"192.0.2.{last}") for last in "12")
    assert ([mac_text(each) for each in own.mac], own.ports, other.ports) == (
        [UNDERLAY],
        {"vxlan": 8472},
        {"vxlan": 8472},
    )
    vms = {
        mac_text(vm.mac[0]): ([ip_text(each) for each in vm.ip if isinstance(each, bytes)], vm.at[0].port)
        for vm in found.vms.values()
    }
    assert vms[GUEST][0] == ["10.7.0.1"]
    assert vms[GUEST][1].endswith("/tap1")
    assert vms[AWAY] == (["10.7.0.2"], "tep-192.0.2.2/shop")
    assert set(vms) == {GUEST, AWAY}
