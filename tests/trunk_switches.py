"""Switches with trunk ports and a VXLAN tunnel for each VLAN: Open vSwitch's userspace datapath, and Linux's bridge.

`python tests/trunk_switches.py ovs` makes `tests/kernel_data/ovs_trunks` anew, which needs root and Open vSwitch;
`linux` makes `linux_trunks`, which needs a kernel whose bridges filter VLANs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from frames import TEP_IPS, TEP_MACS
from netns import Namespace
from trunk_network import PORTS, VNIDS, Vlans
from trunk_sites import record

_SCHEMA = Path("/usr/share/openvswitch/vswitch.ovsschema")
_PROGRAMS = ("ovsdb-tool", "ovsdb-server", "ovs-vsctl", "ovs-vswitchd")


def _tep(site: int) -> str:
    return ".".join(map(str, TEP_IPS[site - 1]))


@contextmanager
def open_vswitch(host: Namespace, site: int) -> Iterator[None]:
    """A bridge with the ports, and one that the underlay is in: a datapath in userspace sends its tunnels by that."""
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing or not _SCHEMA.exists():
        pytest.skip(f"needs Open vSwitch: {' '.join(missing) or _SCHEMA} is not here")
    with tempfile.TemporaryDirectory(prefix="ovs-") as folder, _daemons(host, Path(folder)) as database:
        host.ip("link", "set", "under", "address", f"02:00:00:00:09:f{site}")  # else Linux answers there too
        host.run("sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1")
        _add_bridges(database, site)
        host.ip("address", "add", f"{_tep(site)}/24", "dev", "br-under")
        for device in ("br-under", "br-ports"):
            host.ip("link", "set", device, "up")
        yield


@contextmanager
def _daemons(host: Namespace, folder: Path) -> Iterator[str]:
    """The database and the switch itself, with all files in a folder; gone in the end."""
    database = f"unix:{folder}/db.sock"
    words = {
        "ovsdb-server": [f"--remote=p{database}", f"{folder}/conf.db"],
        "ovs-vswitchd": ["--disable-system", database],
    }
    subprocess.run(["ovsdb-tool", "create", f"{folder}/conf.db", _SCHEMA], check=True)
    with ExitStack() as stack:
        for name, each in words.items():
            stack.enter_context(_daemon(host, folder, name, each))
            if name == "ovsdb-server":
                _vsctl(database, "--no-wait", "init")
        yield database


@contextmanager
def _daemon(host: Namespace, folder: Path, name: str, words: list[str]) -> Iterator[None]:
    env = os.environ | {f"OVS_{each}DIR": str(folder) for each in ("RUN", "LOG", "DB")}
    options = [f"--unixctl={folder}/{name}.ctl", f"--log-file={folder}/{name}.log", "-vconsole:off", *words]
    with (folder / f"{name}.out").open("wb") as said:
        inside = ["ip", "netns", "exec", host.name, name]
        daemon = subprocess.Popen([*inside, *options], env=env, stdout=said, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        daemon.terminate()
        daemon.wait(20)


def _vsctl(database: str, *words: str) -> None:
    command = ["ovs-vsctl", "--timeout=20", "--retry", f"--db={database}", *words]
    subprocess.run(command, check=True, capture_output=True)


def _add_bridges(database: str, site: int) -> None:
    for bridge, mac in (("br-under", TEP_MACS[site - 1]), ("br-ports", bytes((2, 0, 0, 0, 9, site)))):
        settings = ["datapath_type=netdev", f'other_config:hwaddr="{mac.hex(":")}"']
        _vsctl(database, "add-br", bridge, "--", "set", "bridge", bridge, *settings)
    _vsctl(database, "add-port", "br-under", "under")
    for port, vlans in PORTS.items():
        _vsctl(database, "add-port", "br-ports", port, *_port_words(vlans))
    for vlan, vnid in VNIDS.items():
        tunnel = ["type=vxlan", f"options:remote_ip={_tep(3 - site)}", f"options:key={vnid}"]
        _vsctl(
            database, "add-port", "br-ports", f"vx{vlan}", f"tag={vlan}", "--", "set", "interface", f"vx{vlan}", *tunnel
        )


def _port_words(vlans: Vlans) -> list[str]:
    if not vlans.tagged:
        return [f"tag={vlans.native}"]
    trunks = ",".join(map(str, sorted({*vlans.tagged, *([vlans.native] if vlans.native else [])})))
    native = [f"tag={vlans.native}", "vlan_mode=native-untagged"] if vlans.native else ["vlan_mode=trunk"]
    return [*native, f"trunks={trunks}"]


@contextmanager
def linux_bridge(host: Namespace, site: int) -> Iterator[None]:
    """A bridge that filters VLANs, with a VXLAN device for each, from which frames come without a tag."""
    host.ip("address", "add", f"{_tep(site)}/24", "dev", "under")
    host.add_device("br0", "type", "bridge", "vlan_filtering", "1", "vlan_default_pvid", "0", "mcast_snooping", "0")
    for vlan, vnid in VNIDS.items():
        words = ["id", str(vnid), "local", _tep(site), "remote", _tep(3 - site), "dstport", "4789"]
        host.add_device(f"vx{vlan}", "type", "vxlan", *words)
    host.ip("link", "set", "br0", "up")
    for port, vlans in {**PORTS, **{f"vx{vlan}": Vlans(vlan) for vlan in VNIDS}}.items():
        host.ip("link", "set", port, "master", "br0", "up")
        for vlan in {vlans.native, *vlans.tagged} - {0}:
            kind = ["pvid", "untagged"] if vlan == vlans.native else []
            host.run("bridge", "vlan", "add", "vid", str(vlan), "dev", port, *kind)
    yield


SWITCHES = {"ovs": open_vswitch, "linux": linux_bridge}
NATIVE_AT = {"ovs": {"eth2"}, "linux": {"p10", "p20", "eth2"}}
"""The ports where they take the tag of the native VLAN: Open vSwitch does not at access ports."""


if __name__ == "__main__":
    record(SWITCHES[sys.argv[1]]).write(Path(__file__).parent / "kernel_data" / f"{sys.argv[1]}_trunks")
