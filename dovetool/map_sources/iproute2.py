"""The source `iproute2`: Linux hosts with VXLAN devices, by what `ip -j` and `bridge -j` print on each of them.

Of each host: `ip -j -d link`, `ip -j addr`, `ip -j neigh`, `ip -j route`, `ip -j nexthop`, `bridge -j fdb`,
`bridge -j vlan`, `bridge -j vlan tunnelshow`, `bridge -j vni`; any of them may be missing, but for the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from dovetool.errors import MapSourceError
from dovetool.map_sources.documents import Document
from dovetool.map_sources.linux import outputs
from dovetool.map_sources.linux.attachments import attachments
from dovetool.map_sources.linux.fabric import Fabric
from dovetool.map_sources.linux.forwarding import vm_statements
from dovetool.map_sources.linux.gateways import own_statements
from dovetool.map_sources.linux.host import Host
from dovetool.map_sources.linux.presence import told_once
from dovetool.map_sources.linux.tenants import l3vnids, tenant_statements
from dovetool.map_sources.linux.underlay import host_statements, peers, tep_statements
from dovetool.map_sources.statements import Statement, VrfStatement

COMMANDS = (
    ("ip", "-j", "-d", "link"),
    ("ip", "-j", "addr"),
    ("ip", "-j", "neigh"),
    ("ip", "-j", "route"),
    ("ip", "-j", "nexthop"),
    ("bridge", "-j", "fdb"),
    ("bridge", "-j", "vlan"),
    ("bridge", "-j", "vlan", "tunnelshow"),
    ("bridge", "-j", "vni"),
)


class Iproute2:
    """Outputs of `ip` and `bridge`."""

    name: ClassVar[str] = "iproute2"
    summary: ClassVar[str] = "Linux bridges and VXLAN devices: ip -j -d link, ip -j addr|neigh, bridge -j fdb|vlan|vni"

    def recognise(self, document: Document) -> str | None:
        """Name the command whose output a document is."""
        return outputs.recognise(document)

    def statements(self, documents: Sequence[tuple[str, Document]]) -> Iterator[Statement]:
        """Say what all hosts say together.

        Raises:
            MapSourceError: a row does not have the shape that it should, or nothing tells the VNIDs of a host.
        """
        fabric = Fabric(documents)
        for member in fabric.members:
            _want_vnids(member.host)
        yield from told_once(_said(fabric))

    def live_commands(self) -> Iterator[tuple[str, ...]]:
        """The commands of this host."""
        yield from COMMANDS


def _said(fabric: Fabric) -> Iterator[Statement]:
    routed = l3vnids(fabric)
    found = list(peers(fabric))
    yield from tep_statements(fabric, (ip for tep in found for ip in tep.ips))
    yield from found
    yield from host_statements(fabric)
    yield from attachments(fabric, routed)
    tenants = list(tenant_statements(fabric))
    yield from tenants
    vrfs = [each for each in tenants if isinstance(each, VrfStatement)]
    yield from own_statements(fabric, routed, vrfs)
    yield from vm_statements(fabric, routed)


def _want_vnids(host: Host) -> None:
    """Refuse a forwarding table with tunnel end points in it where no VXLAN device is told, and so no VNID.

    Raises:
        MapSourceError: it is so.
    """
    if any(host.vxlans()):
        return
    for entry in host.fdb:
        if entry.dst:
            what = f"nothing tells the VNI of {entry.device}; expected `ip -j -d link` of this host too (with -d)"
            raise MapSourceError(entry.origin.file, f"{entry.origin.where}.ifname", what)
