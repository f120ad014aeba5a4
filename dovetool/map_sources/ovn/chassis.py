"""Chassis: the tunnel end points of OVN, with their addresses and encapsulations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dovetool.map_sources.fields import whole
from dovetool.map_sources.ovn.addresses import parse_ip
from dovetool.map_sources.ovn.ovsdb import Row
from dovetool.map_sources.ovn.snapshot import Snapshot
from dovetool.map_sources.statements import HostStatement, Origin, Place, Statement, TepStatement

_PREFERENCE = ("geneve", "stt", "vxlan")
"""What ovn-controller takes first of those that both sides have (`preferred_encap` in its encaps.c)."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LAST_PORT = 0xFFFF


class Chassis(NamedTuple):
    """A host with a tunnel end point.

    Attributes:
        origin: where its row stands.
        name: its system-id.
        label: what people call it: the system-id, or the host name where that is a UUID.
        hostname: its host name.
        encaps: encapsulations that others may send to it in, preferred first.
        ips: its underlay addresses.
        ports: encapsulation -> UDP port, where it is not the registered one.
        is_foreign: a gateway of another make, for which ovn-controller-vtep speaks.
    """

    origin: Origin
    name: str
    label: str
    hostname: str
    encaps: tuple[str, ...]
    ips: tuple[bytes, ...]
    ports: Mapping[str, int]
    is_foreign: bool

    def place(self, port: str, vlan: int | None = None) -> Place:
        """A port of its integration bridge; each chassis has one of the same name, so that it goes by the chassis."""
        return Place(self.label, self.label, port, vlan)

    def statements(self) -> Iterator[Statement]:
        """Say that it is a TEP and a host."""
        yield TepStatement(self.origin, self.label, self.ips, encaps=self.encaps, ports=self.ports)
        yield HostStatement(self.origin, self.label, teps=(self.label,), switches=(self.label,))


def read(snapshot: Snapshot) -> dict[str, Chassis]:
    """The chassis, by what others refer to them with.

    Raises:
        MapSourceError: a value is not what it should be, or an encapsulation is nowhere.
    """
    rows, encaps = snapshot.by_uuid("Chassis"), snapshot.by_uuid("Encap")
    hostnames = Counter(row.text("hostname") for row in rows.values())
    found = {}
    for uuid, row in rows.items():
        own = row.uuids("encaps")
        if any(each not in encaps for each in own):
            raise snapshot.lost(row, "encaps", "Encap")
        found[uuid] = _chassis(row, [encaps[each] for each in own], hostnames)
    return found


def packs_ports(chassis: Mapping[str, Chassis]) -> bool:
    """Say whether tunnels between chassis may be VXLAN: there, a VNID has the egress port above 12 bits of the network.

    Source: ovn-architecture(7), "Tunnel Encapsulations"; gateways of another make are sent plain VNIDs.
    """
    return any(each.encaps[:1] == ("vxlan",) and not each.is_foreign for each in chassis.values())


def _chassis(row: Row, encaps: list[Row], hostnames: Counter[str]) -> Chassis:
    name, hostname = row.text("name"), row.text("hostname")
    is_readable = not _UUID.fullmatch(name) or not hostname or hostnames[hostname] > 1
    by_type = {kind: [each for each in encaps if each.text("type") == kind] for kind in _PREFERENCE}
    return Chassis(
        row.origin,
        name,
        name if is_readable else hostname,
        hostname,
        encaps=tuple(kind for kind, each in by_type.items() if each),
        ips=tuple(dict.fromkeys(ip for each in by_type.values() for ip in _ips(each))),
        ports={kind: port for kind, each in by_type.items() for port in _ports(each)},
        is_foreign=row.mapping("other_config").get("is-vtep") == "true",
    )


def _ips(encaps: list[Row]) -> list[bytes]:
    """The addresses of an encapsulation; the one that ports take who name none is the first."""
    others = sorted(encaps, key=lambda row: row.mapping("options").get("is_default") != "true")
    return [parse_ip(row, "ip") for row in others]


def _ports(encaps: list[Row]) -> Iterator[int]:
    for row in encaps:
        digits = row.mapping("options").get("dst_port", "")
        if digits:
            port = whole(digits, _LAST_PORT)
            if not port:
                raise row.error("options", f"found dst_port {digits!r:.20}; expected a port from 1 to 65535")
            yield port
