"""The sending tunnel end point: it turns the tag into an overlay header (FIG. 10, FIG. 11)."""

from __future__ import annotations

from collections.abc import Iterable

from dovetool.belonging.routing import nearest, route, routers, sending_macs
from dovetool.belonging.target import dst_ip, src_ip, target_stations, without_device
from dovetool.errors import FrameError
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.stages.ingress import entry
from dovetool.stages.opening import tagged
from dovetool.stages.outer_headers import outer_headers
from dovetool.stages.route import NextHop, Router
from dovetool.stages.service import service_for
from dovetool.stages.stage import ByMap
from dovetool.stages.switch import pad_notes
from dovetool.values import dataclass
from dovetool.verdict.reasons import Reason
from dovetool.verdict.verdict import Copies, Forward, Reject, Splice, Verdict
from dovetool.vnid_map import Network, Policy, Station, Tep, VnidMap
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import is_group
from dovetool.wire.overlay import ENCAPSULATIONS


@dataclass(frozen=True, slots=True)
class Encap(ByMap):
    """Outgoing: the tag goes, and an overlay header comes that carries its VNID to the target's tunnel end point.

    Attributes:
        vnid_map: who belongs where.
        tep: the tunnel end point at work; None: that of the port that the frame came in by.
        encap: the encapsulation to use; None: the first of the local list that the remote side knows too.
        keep_local: frames that do not leave go on as they are, marked as local; else they are rejected.
        relay: work at the gateways alone: only frames that have arrived at one are sent on; all others pass.
    """

    vnid_map: VnidMap
    tep: Tep | None = None
    encap: str | None = None
    keep_local: bool = False
    relay: bool = False

    name = "encap"

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if self.relay and (view.local or not self._is_at_gateway(view)):
            return Forward()
        try:
            found = tagged(view, self.vnid_map)
            return found if isinstance(found, Reject) else self._send(view, *found)
        except FrameError as error:
            return Reject.of(error)

    def _is_at_gateway(self, view: FrameView) -> bool:
        return view.tep >= 0 and self.vnid_map.teps[view.tep].is_gateway

    def _send(self, view: FrameView, link: Link, tag: DoveTag, network: Network) -> Verdict:
        dst_mac = view.take(0, 6, layer="Ethernet")
        local = self._local(view, link, network)
        if isinstance(local, Reason):
            return Reject(local)
        if network.is_l3:
            remote = self._router(view, link, network, dst_mac)
            return (
                Reject(Reason.UNKNOWN_ROUTER)
                if remote is None
                else self._to_one(view, link, tag, (local, remote), network)
            )
        if not is_group(dst_mac):
            stations = target_stations(view, link, self.vnid_map, network.vnid, dst_mac)
            station = nearest(stations, local)
            if station is not None:
                return self._to_one(view, link, tag, (local, station.port.tep), network)
            if not network.floods:
                return Reject(Reason.UNKNOWN_DESTINATION)
        return self._to_all(view, link, tag, local, network)

    def _router(self, view: FrameView, link: Link, l3: Network, mac: bytes) -> Tep | None:
        """The tunnel end point that has a router's MAC address in an L3 VNI; of several, the one before the target."""
        found = routers(self.vnid_map, l3, mac)
        if len(found) < 2:
            return found[0] if found else None
        targets = route(self.vnid_map, l3, dst_ip(view, link) or b"", view.ts_ns)
        return next((tep for tep in found for each in targets if each.port.tep.index == tep.index), found[0])

    def _local(self, view: FrameView, link: Link, network: Network) -> Tep | Reason:
        """The tunnel end point that the frame leaves by."""
        if self.tep is not None:
            return self.tep
        if self.relay:
            return self.vnid_map.teps[view.tep]
        if view.ingress >= 0:
            return self.vnid_map.ports[view.ingress].tep
        found = entry(self.vnid_map, view.interface)
        if found is not None:
            return found if isinstance(found, Reason) else found.tep
        return self._tep_of_sender(view, link, network)

    def _tep_of_sender(self, view: FrameView, link: Link, network: Network) -> Tep | Reason:
        """Where the sender is, by its MAC address: in the frame's network, or in one that may send to it.

        What a router has sent comes from the tunnel end point of that, or of the VM that has its IP address.
        """
        src_mac, now = view.take(6, 6, layer="Ethernet"), view.ts_ns
        if network.is_l3:
            found = routers(self.vnid_map, network, src_mac)
            return found[0] if len(found) == 1 else Reason.AMBIGUOUS_SOURCE if found else Reason.UNKNOWN_ROUTER
        if src_mac in sending_macs(network):
            return _only_tep(route(self.vnid_map, network, src_ip(view, link) or b"", now))
        origins = network.vnid, *network.reached_from
        stations = [each for origin in origins for each in self.vnid_map.stations_by_mac(origin, src_mac, now)]
        if not stations and self.vnid_map.devices is not None:
            address = src_ip(view, link) or b""
            owners = [each for origin in origins for each in self.vnid_map.stations_by_ip(origin, address, now)]
            return _only_tep(without_device(self.vnid_map, tuple(owners), now))
        return _only_tep(stations)

    def _to_one(self, view: FrameView, link: Link, tag: DoveTag, ends: tuple[Tep, Tep], network: Network) -> Verdict:
        local, remote = ends
        if remote.index == local.index:
            return _local(tag, local) if self.keep_local else Reject(Reason.LOCAL)
        policy = self._policy(view, network) if network.reached_from and not local.is_gateway else None
        wanted, via = (None, None) if policy is None else (policy.encap, policy.via)
        hop = Router(self.vnid_map, local, self.encap or wanted).to_one(via or remote)
        return Reject(hop) if isinstance(hop, Reason) else self._wrapped(view, link, tag, local, hop)

    def _policy(self, view: FrameView, network: Network) -> Policy | None:
        """The policy that lets the frame into its network; None for one that comes from there."""
        if view.ingress >= 0:
            return self.vnid_map.policy(self.vnid_map.ports[view.ingress].vnid, network.vnid)
        src_mac, now = view.take(6, 6, layer="Ethernet"), view.ts_ns
        if self.vnid_map.station_by_mac(network.vnid, src_mac, now) is not None:
            return None
        origins = (vnid for vnid in network.reached_from if self.vnid_map.station_by_mac(vnid, src_mac, now))
        origin = next(origins, None)
        return None if origin is None else self.vnid_map.policy(origin, network.vnid)

    def _to_all(self, view: FrameView, link: Link, tag: DoveTag, local: Tep, network: Network) -> Verdict:
        """Broadcast, multicast, unknown unicast: to the network's group, else a copy to each tunnel end point."""
        hops = Router(self.vnid_map, local, self.encap).to_all(network, self._origin(view, link, local, network))
        if isinstance(hops, Reason):
            return Reject(hops)
        copies: list[Forward] = [_local(tag, local)] if self._stays_too(view, local, network) else []
        for hop in hops:
            wrapped = self._wrapped(view, link, tag, local, hop)
            if isinstance(wrapped, Reject):
                return wrapped
            copies.append(wrapped)
        if not copies:
            return Reject(Reason.VNID_NOT_ON_TEP if self.relay else Reason.LOCAL)
        return Copies(tuple(copies)) if len(copies) > 1 else copies[0]

    def _origin(self, view: FrameView, link: Link, local: Tep, network: Network) -> Tep | None:
        """At a gateway, the tunnel end point that has sent it the frame; None for a frame of its own."""
        if not local.is_gateway or (self.tep is None and not self.relay):
            return None
        origin = self.vnid_map.teps[view.origin] if view.origin >= 0 else self._tep_of_sender(view, link, network)
        return None if isinstance(origin, Reason) or origin.index == local.index else origin

    def _stays_too(self, view: FrameView, local: Tep, network: Network) -> bool:
        """True when the network has another port behind the same tunnel end point."""
        return self.keep_local and any(
            port.tep.index == local.index and port.index != view.ingress for port in network.ports
        )

    def _wrapped(self, view: FrameView, link: Link, tag: DoveTag, local: Tep, hop: NextHop) -> Forward | Reject:
        if not ENCAPSULATIONS[hop.encap].allows(tag.vnid):
            return Reject(Reason.RESERVED_VNID)
        guest_vlan = "keep" if link.tci is None else local.vlan_treatment(hop.encap)
        if guest_vlan == "reject":
            return Reject(Reason.INNER_VLAN)
        outer = outer_headers(local, hop.to, hop.encap, service_for(view, tag, local))
        cut = link.vlans_end - 2 - TAG_OFFSET if guest_vlan == "strip" else DoveTag.LEN
        splices = (Splice(0, insert=outer.octets), Splice(TAG_OFFSET, cut=cut))
        return Forward(
            splices,
            patches=outer.patches,
            vnid=tag.vnid,
            notes=pad_notes(tag),
            limit=outer.limit,
            cut=outer.cut,
        )


def _only_tep(stations: Iterable[Station]) -> Tep | Reason:
    """The one tunnel end point that a sender is behind."""
    teps = {station.port.tep.index: station.port.tep for station in stations}
    if not teps:
        return Reason.UNKNOWN_SOURCE
    return Reason.AMBIGUOUS_SOURCE if len(teps) > 1 else teps.popitem()[1]


def _local(tag: DoveTag, local: Tep) -> Forward:
    """The frame goes on as it is, to be delivered behind the tunnel end point where it is, and only there."""
    return Forward(vnid=tag.vnid, tep=local.index, local=True)
