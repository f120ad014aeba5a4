"""Which VNID has a bridge, or a VLAN of it?

A bridge that does not tell VLANs apart is one network, that of the VXLAN device in it. One that does has a network for
each VLAN: either by a VXLAN device for each, whose untagged VLAN it is, or by one device for all of them, which
`bridge vlan tunnelshow` gives the VNI of each VLAN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dovetool.map_sources.linux.host import Host
from dovetool.map_sources.linux.links import Link
from dovetool.map_sources.linux.tables import DeviceVni, PortVlans
from dovetool.map_sources.statements import Origin

_MANY = 1 << 16
"""So many VNIs are no list of networks any more."""


class Domains:
    """The broadcast domains of a host: bridge, and VLAN where it tells them apart -> VNID."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._aware = set(filter(self._filters, {host.bridge_of(link.name) for link in host.vxlans()}))
        self._vnids: dict[tuple[str, int | None], int] = {}
        self.joined: dict[int, int] = {}
        """VNID of a second VXLAN device in a bridge -> that of the first, whose network it is too."""
        for link in host.vxlans():
            bridge = host.bridge_of(link.name)
            if bridge:
                self._add(bridge, link)
        self._vlans = {(bridge, vnid): vlan for (bridge, vlan), vnid in self._vnids.items()}
        self._port_vlans: dict[str, dict[int, PortVlans]] = {}
        self._trunks: dict[str, bool] = {}

    def vnids(self) -> Iterator[tuple[str, int | None, int]]:
        """Yield bridge, VLAN (None: it does not tell them apart) and VNID of each domain."""
        return ((bridge, vlan, vnid) for (bridge, vlan), vnid in self._vnids.items())

    def is_aware(self, bridge: str) -> bool:
        """Say whether a bridge tells VLANs apart."""
        return bridge in self._aware

    def of_bridge(self, bridge: str, vlan: int | None) -> int | None:
        """Return the VNID of a VLAN of a bridge; None: it is none of the overlay's."""
        vnid = self._vnids.get((bridge, vlan))
        return self._vnids.get((bridge, None)) if vnid is None else vnid

    def of_device(self, name: str) -> int | None:
        """Return the VNID of the network that a device of the host itself has a foot in, if it has."""
        link = self.host.links.get(name)
        seen: set[str] = set()
        while link is not None and link.kind == "macvlan" and link.name not in seen:
            seen.add(link.name)
            link = self.host.links.get(link.lower)
        if link is None:
            return None
        if link.vxlan is not None:
            return (link.vxlan.vni or None) if not self.host.bridge_of(link.name) else None
        if link.kind == "vlan":
            return self.of_bridge(link.lower, link.vlan)
        return self.of_bridge(link.name, self._pvid(link.name) if self.is_aware(link.name) else None)

    def vlan_of_vnid(self, bridge: str, vnid: int) -> int | None:
        """Return the VLAN of a bridge that has a VNID; None: the bridge does not tell them apart, or has none such."""
        return self._vlans.get((bridge, vnid))

    def own_vnids(self, link: Link) -> Iterator[tuple[int, bytes, Origin]]:
        """Yield each VNID of a VXLAN device, with its group or peer, and where that stands."""
        vxlan = link.vxlan
        if vxlan is None:
            return
        if vxlan.vni:
            yield vxlan.vni, vxlan.target, link.origin
            return
        seen: set[int] = set()
        for given in self.host.vnis.get(link.name, ()):
            for vni in self._of_range(link, given):
                seen.add(vni)
                yield vni, given.target, given.origin
        for tunnel in self.host.tunnels.get(link.name, ()):
            for vni in range(tunnel.vni, tunnel.vni + tunnel.last - tunnel.first + 1):
                if vni not in seen:
                    yield vni, b"", link.origin

    def _of_range(self, link: Link, given: DeviceVni) -> Iterable[int]:
        """Return the VNIs of a range; of one that lets nearly everything in, those that are used."""
        if given.last - given.first < _MANY:
            return range(given.first, given.last + 1)
        used = {entry.source_vni or entry.vni for entry in self.host.fdb if entry.device == link.name}
        return sorted(vni for vni in used if vni and given.first <= vni <= given.last)

    def vlan_of(self, port: str, vlan: int) -> PortVlans | None:
        """Return what a port of a bridge does with a VLAN."""
        known = self._port_vlans.get(port)
        if known is None:
            entries = self.host.vlans.get(port, ())
            known = {each: entry for entry in reversed(entries) for each in range(entry.first, entry.last + 1)}
            self._port_vlans[port] = known
        return known.get(vlan)

    def is_trunk(self, port: str) -> bool:
        """Say whether frames with tags come in at a port of a bridge."""
        if port not in self._trunks:
            self._trunks[port] = any(not entry.is_untagged for entry in self.host.vlans.get(port, ()))
        return self._trunks[port]

    def _filters(self, bridge: str) -> bool:
        """Say whether a bridge tells VLANs apart, where its own details are not told: as it looks."""
        link = self.host.links.get(bridge)
        if link is not None and link.filters_vlans is not None:
            return link.filters_vlans
        inside = [vxlan for vxlan in self.host.vxlans() if vxlan.master == bridge]
        if any(self.host.tunnels.get(vxlan.name) for vxlan in inside):
            return True
        return len(inside) > 1 and all(self.host.vlans.get(vxlan.name) for vxlan in inside)

    def _add(self, bridge: str, link: Link) -> None:
        vni = link.vxlan.vni if link.vxlan else 0
        if bridge not in self._aware:
            if vni and self._vnids.setdefault((bridge, None), vni) != vni:
                self.joined[vni] = self._vnids[bridge, None]
            return
        for tunnel in self.host.tunnels.get(link.name, ()):
            for offset, vlan in enumerate(range(tunnel.first, tunnel.last + 1)):
                self._vnids.setdefault((bridge, vlan), tunnel.vni + offset)
        if vni:
            untagged = [entry for entry in self.host.vlans.get(link.name, ()) if entry.is_untagged and entry.is_pvid]
            self._vnids.setdefault((bridge, untagged[0].first if untagged else None), vni)

    def _pvid(self, name: str) -> int | None:
        return next((entry.first for entry in self.host.vlans.get(name, ()) if entry.is_pvid), None)
