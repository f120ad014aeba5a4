"""What networks and addresses are called: by the names of a map where there is one, else by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.belonging.target import users_of, without_device
from dovetool.values import dataclass
from dovetool.wire.addresses import address_text
from dovetool.wire.fields import is_group

if TYPE_CHECKING:
    from dovetool.observe.observation import Observation, Overlay
    from dovetool.vnid_map import Network, Station, Tep, VnidMap

_MAC_LEN = 6


@dataclass(frozen=True, slots=True)
class Names:
    """Gives names; `vnid_map` None knows none."""

    vnid_map: VnidMap | None = None

    @property
    def change_times_ns(self) -> tuple[int, ...]:
        """When names of VMs change their meaning."""
        return self.vnid_map.change_times_ns if self.vnid_map is not None else ()

    def network(self, vnid: int | None) -> str | None:
        """The name of a network; of one whose VNIDs are identities, whose it is, where the map tells."""
        network = self._network(vnid)
        return None if network is None or vnid is None else network.identities.get(vnid, network.name)

    def common(self, vnid: int | None) -> tuple[int | None, str | None]:
        """The VNID and name of a network for both directions, which may have several: none where all are identities."""
        network = self._network(vnid)
        if network is None:
            return vnid, None
        return None if network.bits.is_any else network.vnid, network.name

    def own_vnid(self, vnid: int) -> int:
        """The number of the network that a VNID on the wire stands for; where all are identities, the VNID itself."""
        network = self._network(vnid)
        return vnid if network is None or network.bits.is_any else network.vnid

    def _network(self, vnid: int | None) -> Network | None:
        return self.vnid_map.network(vnid) if self.vnid_map is not None and vnid is not None else None

    def _key(self, vnid: int | None) -> int | None:
        """The number that the map has VMs by."""
        network = self._network(vnid)
        return vnid if network is None else network.vnid

    def overlays(self, seen: Observation) -> tuple[Overlay, ...]:
        """All overlay headers and tags of a frame, the outermost first.

        What looks like a tag with set pad bits is another use of the EtherType, unless the map has such a network.
        """
        return tuple(each for each in seen.overlays if not each.has_pad or self.network(each.vnid) is not None)

    def vnid(self, seen: Observation) -> int | None:
        """The network of the innermost frame, by those overlays."""
        vnids = [overlay.vnid for overlay in self.overlays(seen) if overlay.vnid is not None] or seen.told
        return self.own_vnid(vnids[-1]) if vnids else None

    def ends_text(self, overlay: Overlay) -> str:
        """What the two ends of a tunnel are called, as in `tep1 -> tep2`; `?` where one has no address."""
        named = zip(self.teps(overlay), (overlay.src, overlay.dst), strict=True)
        return " -> ".join(name or address_text(address) or "?" for name, address in named)

    def teps(self, overlay: Overlay) -> tuple[str | None, str | None]:
        """The names of the tunnel end points that a tunnel goes between."""
        source, target = (None if tep is None else tep.name for tep in self.ends_of(overlay))
        return source, target

    def ends_of(self, overlay: Overlay) -> tuple[Tep | None, Tep | None]:
        """The tunnel end points that a tunnel goes between, as the stages choose them."""
        if self.vnid_map is None or not overlay.src:
            return None, None
        from dovetool.vnid_map.tunnel_ends import pair_between  # noqa: PLC0415  (what has no map loads nothing of them)

        return pair_between(self.vnid_map, overlay.src, overlay.dst, overlay.vnid)

    def tep(self, address: bytes) -> str | None:
        """The name of the tunnel end point that has an underlay address, or of those in several VRFs that have it."""
        if self.vnid_map is None or not address:
            return None
        by_mac = self.vnid_map.tep_by_mac(address) if len(address) == _MAC_LEN else None
        teps = self.vnid_map.teps_by_ip(address) if by_mac is None else (by_mac,)
        return " or ".join(tep.name for tep in teps) or None

    def host(self, tep: Tep | None) -> str | None:
        """The name of the physical host of a tunnel end point; TEPs that share an address may have several."""
        hosts = self.vnid_map.hosts_of(tep.index) if self.vnid_map is not None and tep is not None else ()
        return "+".join([host.name for host in hosts]) or None

    def tep_by_own_mac(self, mac: bytes) -> str | None:
        """The name of the one tunnel end point whose network card has a MAC address."""
        teps = [tep for tep in self.vnid_map.teps if mac in tep.macs] if self.vnid_map is not None else []
        return teps[0].name if len(teps) == 1 else None

    def vm(self, vnid: int | None, mac: bytes, ts_ns: int, ip: bytes = b"") -> str | None:
        """The name of the one VM that has a MAC address in a network at that time.

        A sender may be of another network than the one that its frame travels in, and outside of all networks there is
        only the address: then it has to be the only one with it. Of VMs without a MAC address, which send by that of
        their node's device or by any, the IP address tells which it is.
        """
        if self.vnid_map is None or not mac:
            return None
        key = self._key(vnid)
        stations = self.vnid_map.stations_by_mac(key, mac, ts_ns) if key is not None else ()
        stations = stations or self.vnid_map.stations_with_mac(mac, ts_ns)
        if not stations and self.vnid_map.devices is not None and key is not None and ip:
            return _only(without_device(self.vnid_map, self.vnid_map.stations_by_ip(key, ip, ts_ns), ts_ns))
        return _only(users_of(self.vnid_map, stations, ip, ts_ns))

    def vm_by_ip(self, vnid: int | None, ip: bytes, ts_ns: int) -> str | None:
        """As `vm`, by an IP address: a router between two networks leaves it as it is."""
        if self.vnid_map is None or not ip:
            return None
        network = self._network(vnid)
        if network is not None and network.vrf is not None:
            routed = self.vnid_map.route(network.vrf, ip, ts_ns)
            if routed:
                return _only(routed)
        key = vnid if network is None else network.vnid
        stations = self.vnid_map.stations_by_ip(key, ip, ts_ns) if key is not None else ()
        return _only(stations or self.vnid_map.stations_with_ip(ip, ts_ns))

    def home(self, seen: Observation, interface: str) -> int | None:
        """The network that the innermost frame travels in; outside of all, that of the port SWITCH/PORT it came by."""
        vnid = self.vnid(seen)
        if vnid is not None or self.vnid_map is None:
            return vnid
        trunk = self.vnid_map.trunk_at(interface)
        port = self.vnid_map.port_at(interface) if trunk is None else trunk.ports.get(seen.inner.vlan)
        return port.vnid if port is not None else None

    def ends(self, seen: Observation, ts_ns: int, interface: str = "") -> tuple[str | None, str | None]:
        """The VMs that send and get the innermost frame."""
        inner, vnid = seen.inner, self.home(seen, interface)
        sender = self.sender(vnid, inner.src_mac, inner.src_ip, ts_ns)
        return sender, self.receiver(vnid, inner.dst_mac, inner.dst_ip, ts_ns)

    def sender(self, vnid: int | None, mac: bytes, ip: bytes, ts_ns: int) -> str | None:
        """The VM that sends a frame in a network, by MAC address or, behind a router, by IP address."""
        return self.vm(vnid, mac, ts_ns, ip) or self.vm_by_ip(vnid, ip, ts_ns)

    def receiver(self, vnid: int | None, mac: bytes, ip: bytes, ts_ns: int) -> str | None:
        """The VM that gets it, likewise; what is sent to a group is for nobody alone."""
        return None if mac and is_group(mac) else self.vm(vnid, mac, ts_ns, ip) or self.vm_by_ip(vnid, ip, ts_ns)


def _only(stations: tuple[Station, ...]) -> str | None:
    owners = {station.vm for station in stations}
    return owners.pop() if len(owners) == 1 else None
