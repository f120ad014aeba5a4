"""The overlay of the benchmark: 4 networks of 16 VMs behind 4 TEPs, and the map file that says so.

The captures hold what the TEP of one host sends: the source of every flow is behind the first TEP, its target behind
one of the others, so each stage forwards every frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

NETWORKS = 4
TEPS = 4
VMS_PER_NETWORK = 16
FLOWS = 1000
TPID = 0x88B5


@dataclass(frozen=True, slots=True)
class Vm:
    """One VM: number `index` of network number `network`; both count from 0."""

    network: int
    index: int

    @property
    def vnid(self) -> int:
        """The VNID of its network."""
        return 5001 + self.network

    @property
    def mac(self) -> bytes:
        """Its MAC address, locally administered."""
        return bytes((2, 0, 0, 1, self.network, self.index))

    @property
    def ip(self) -> bytes:
        """Its IPv4 address."""
        return bytes((10, self.network, 0, 1 + self.index))

    @property
    def tep(self) -> int:
        """The number of its TEP, from 0."""
        return self.index % TEPS


@dataclass(frozen=True, slots=True)
class Flow:
    """A 5-tuple from one VM to another of its network."""

    source: Vm
    target: Vm
    is_tcp: bool
    src_port: int
    dst_port: int


def _network(network: int) -> list[Vm]:
    return [Vm(network, index) for index in range(VMS_PER_NETWORK)]


def flows() -> list[Flow]:
    """The flows: every pair of VMs that the underlay parts, in turn; UDP and TCP by halves."""
    networks = [_network(network) for network in range(NETWORKS)]
    pairs = [(a, b) for vms in networks for a in vms if a.tep == 0 for b in vms if b.tep != 0]
    return [
        Flow(*pairs[n % len(pairs)], is_tcp=n // len(pairs) % 2 == 1, src_port=32768 + 7 * n, dst_port=1024 + n % 50)
        for n in range(FLOWS)
    ]


def vnid_of_mac() -> dict[bytes, int]:
    """The VNID of each source MAC address."""
    return {flow.source.mac: flow.source.vnid for flow in flows()}


def _mac_text(mac: bytes) -> str:
    return mac.hex(":")


def _ip_text(ip: bytes) -> str:
    return ".".join(map(str, ip))


def write_map(path: Path) -> None:
    """Write the map file (YAML)."""
    ports = ", ".join(f"p{network}: net{network}" for network in range(NETWORKS))
    lines = ["version: 1", "networks:"]
    lines += [f"  net{network}: {{vnid: {Vm(network, 0).vnid}}}" for network in range(NETWORKS)]
    lines += ["teps:"]
    encaps = "[vxlan, geneve, nvgre]"
    lines += [f'  tep{n}: {{ip: 192.0.2.{n + 1}, mac: "02:00:00:00:01:0{n}", encap: {encaps}}}' for n in range(TEPS)]
    lines += ["switches:"]
    lines += [f"  sw{n}: {{tep: tep{n}, ports: {{{ports}}}}}" for n in range(TEPS)]
    lines += ["vms:"]
    for vm in (vm for network in range(NETWORKS) for vm in _network(network)):
        where = f"at: sw{vm.tep}/p{vm.network}"
        name = f"vm{vm.network}-{vm.index}"
        lines.append(f'  {name}: {{mac: "{_mac_text(vm.mac)}", ip: [{_ip_text(vm.ip)}], {where}}}')
    path.write_text("\n".join(lines) + "\n")
