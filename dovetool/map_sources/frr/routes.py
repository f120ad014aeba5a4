"""BGP's EVPN routes, `show bgp l2vpn evpn json`: MAC addresses, with IP addresses or without, and who takes part.

The VNI is nowhere in it but in the route targets, whose last number it is where they were made automatically
(RFC 8365 section 5.1.2.1); `show bgp l2vpn evpn vni json` tells those that were not. Only paths that are valid count:
others have the router ID for a next hop, which is no address of anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dovetool.map_sources.fields import Fields, whole
from dovetool.map_sources.linux.tables import MOST_VNI
from dovetool.map_sources.statements import Origin

MAC_IP, INCLUSIVE_MULTICAST, IP_PREFIX = 2, 3, 5
_TARGET = re.compile(r"RT:(\S+)")
_MOBILITY = re.compile(r"MM:([0-9]{1,10})\b")
_ROUTER_MAC = re.compile(r"Rmac:([0-9a-fA-F:]{17})")
_ENCAP = re.compile(r"ET:([0-9]{1,5})\b")
_ENCAPS = {8: "vxlan", 9: "nvgre", 12: "vxlan-gpe", 19: "geneve"}
"""Tunnel types of IANA's registry that a map knows."""
_OWN = "(unspec)"


class Route(NamedTuple):
    """A valid path of a route of type 2, 3 or 5.

    Attributes:
        kind: its type.
        mac: MAC address, of type 2.
        ip: IP address, of type 2 where it has one.
        tep: the next hop.
        encap: encapsulation to it.
        targets: route targets, as `AS:NUMBER`.
        sequence: MAC mobility, how often it has moved.
        router_mac: MAC address by which the next hop routes.
        is_own: the host that printed this has made it.
        segment: the Ethernet segment that it is on, which other tunnel end points may be on too; empty: none.
    """

    origin: Origin
    kind: int
    mac: bytes
    ip: bytes
    tep: bytes
    encap: str
    targets: tuple[str, ...]
    sequence: int
    router_mac: bytes
    is_own: bool
    segment: str


def routes(table: Fields) -> Iterator[Route]:
    """Read `show bgp l2vpn evpn` or `show bgp l2vpn evpn route`, whose paths are in a list more."""
    for _, distinguished in table.entries():
        for _, prefix in distinguished.entries():
            for path in _paths(prefix):
                yield from filter(None, [_route(path)])


def _paths(prefix: Fields) -> Iterator[Fields]:
    for index, path in enumerate(prefix.items("paths")):
        for inner in path if isinstance(path, list) else [path]:
            where = f"{prefix.origin.where}.paths[{index}]"
            yield Fields(inner, prefix.origin._replace(where=where))


def _route(path: Fields) -> Route | None:
    kind = path.number("routeType")
    hops = [hop.ip("ip") for hop in path.objects("nexthops")]
    if not path.flag("valid") or kind not in {MAC_IP, INCLUSIVE_MULTICAST, IP_PREFIX} or not hops or not hops[0]:
        return None
    words = path.object("extendedCommunity").text("string")
    encap = _ENCAP.search(words)
    known = _ENCAPS.get(int(encap[1])) if encap else "vxlan"
    if known is None or (kind == MAC_IP and "Default Gateway" in words):
        return None
    moved, router = _MOBILITY.search(words), _ROUTER_MAC.search(words)
    return Route(
        path.origin,
        kind,
        path.mac("mac"),
        path.ip("ip") if kind == MAC_IP else b"",
        hops[0],
        known,
        tuple(_TARGET.findall(words)),
        int(moved[1]) if moved else 0,
        path.as_mac(router[1], "extendedCommunity") if router else b"",
        path.text("peerId") == _OWN,
        path.text("esi") if path.text("esi").strip("0:") else "",
    )


class Targets:
    """Which VNI is a route target?

    Args:
        known: targets that are told to be of a VNI.
        routed: L3 VNIs, as far as they are known.
        found: all routes: those of type 3 have the targets of networks alone, those of type 5 the ones of VRFs.
    """

    def __init__(self, known: dict[str, int], routed: Iterable[int], found: Iterable[Route]) -> None:
        self._known = known
        self.routed = set(routed)
        networks: set[int] = set()
        prefixes: set[int] = set()
        for route in found:
            if route.kind == INCLUSIVE_MULTICAST:
                networks.update(self._vnis(route))
            elif route.kind == IP_PREFIX:
                prefixes.update(self._vnis(route))
        self._networks = networks - self.routed
        self.routed |= prefixes - networks

    def network(self, route: Route) -> tuple[int | None, str]:
        """Return the VNI of the network of a route of type 2 or 3, and why it is unsure.

        With two targets, one is that of the VRF, whichever comes first.
        """
        vnis = [vni for vni in self._vnis(route) if vni not in self.routed]
        sure = [vni for vni in vnis if vni in self._networks]
        if sure or len(vnis) == 1:
            return (sure or vnis)[0], ""
        return (vnis[0], f"one of the route targets {', '.join(route.targets)}") if vnis else (None, "")

    def _vnis(self, route: Route) -> list[int]:
        return [vni for target in route.targets if (vni := self._vni(target))]

    def _vni(self, target: str) -> int | None:
        if target in self._known:
            return self._known[target]
        value = whole(target.rpartition(":")[2], 0xFFFFFFFF) or 0
        return value & MOST_VNI if value >> 28 == 1 else value if value <= MOST_VNI else None


def known_targets(table: Fields) -> Iterator[tuple[str, int, bool]]:
    """Read `show bgp l2vpn evpn vni`: route target, its VNI, and whether that is an L3 VNI."""
    for name, row in table.entries():
        vni = whole(name, MOST_VNI)
        if vni:
            for key in ("exportRTs", "exportRts", "importRTs", "importRts"):
                for target in row.items(key):
                    if isinstance(target, str):
                        yield target, vni, row.text("type") == "L3"
