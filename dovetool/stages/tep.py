"""The tunnel end point: it turns the tag into an overlay header, and back (FIG. 10, FIG. 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dovetool.errors import FrameError
from dovetool.stages.ecn import decapsulated, marking
from dovetool.stages.layers import Link, ethernet_layer, link_layer
from dovetool.stages.outer import Destination, Service, destination, group_destination, outer_headers
from dovetool.stages.patch import Patch
from dovetool.stages.service import service_for
from dovetool.stages.switch import interface_port, pad_note
from dovetool.stages.target import target_station
from dovetool.stages.tunnel import Tunnel, find_tunnel, frame_ip_layer
from dovetool.stages.verdict import Copies, Forward, Reason, Reject, Splice, Verdict
from dovetool.stages.view import ETHERNET, FrameView
from dovetool.vnid_map import Network, Tep, VnidMap
from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.fields import is_group
from dovetool.wire.overlay import ENCAPSULATIONS, UDP_PORTS

_ECN = 0x03


@dataclass(frozen=True, slots=True)
class Encap:
    """Outgoing: the tag goes, and an overlay header comes that carries its VNID to the target's tunnel end point.

    Attributes:
        vnid_map: who belongs where.
        tep: the tunnel end point at work; None: that of the port that the frame came in by.
        encap: the encapsulation to use; None: the first of the local list that the remote side knows too.
        keep_local: frames that do not leave go on as they are, marked as local; else they are rejected.
    """

    vnid_map: VnidMap
    tep: Tep | None = None
    encap: str | None = None
    keep_local: bool = False

    name = "encap"

    @property
    def change_times_ns(self) -> tuple[int, ...]:
        """When VMs come, go and move."""
        return self.vnid_map.change_times_ns

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if view.link_type != ETHERNET:
            return Reject(Reason.NOT_ETHERNET)
        try:
            link = ethernet_layer(view, 0, self.vnid_map.tpid)
            if link.tag is None:
                return Reject(Reason.UNTAGGED)
            network = self.vnid_map.network(link.tag.vnid)
            return Reject(Reason.UNKNOWN_VNID) if network is None else self._send(view, link, link.tag, network)
        except FrameError as error:
            return Reject(Reason(error.reason))

    def _send(self, view: FrameView, link: Link, tag: DoveTag, network: Network) -> Verdict:
        dst_mac = view.take(0, 6, layer="Ethernet")
        local = self._local(view, network)
        if isinstance(local, Reason):
            return Reject(local)
        if not is_group(dst_mac):
            station = target_station(view, link, self.vnid_map, network.vnid, dst_mac)
            if station is not None:
                return self._to_one(view, link, tag, local, station.port.tep)
            if not network.floods:
                return Reject(Reason.UNKNOWN_DESTINATION)
        return self._to_all(view, link, tag, local, network)

    def _local(self, view: FrameView, network: Network) -> Tep | Reason:
        """The tunnel end point that the frame leaves by."""
        if self.tep is not None:
            return self.tep
        if view.ingress >= 0:
            return self.vnid_map.ports[view.ingress].tep
        port = interface_port(self.vnid_map, view.interface)
        if port is not None:
            return port if isinstance(port, Reason) else port.tep
        return self._tep_of_sender(view, network)

    def _tep_of_sender(self, view: FrameView, network: Network) -> Tep | Reason:
        """Where the sender is, by its MAC address: in the frame's network, or in one that may send to it."""
        src_mac, now = view.take(6, 6, layer="Ethernet"), view.ts_ns
        stations = (
            self.vnid_map.station_by_mac(origin, src_mac, now) for origin in (network.vnid, *network.reached_from)
        )
        teps = {station.port.tep.index: station.port.tep for station in stations if station is not None}
        if not teps:
            return Reason.UNKNOWN_SOURCE
        return Reason.AMBIGUOUS_SOURCE if len(teps) > 1 else teps.popitem()[1]

    def _to_one(self, view: FrameView, link: Link, tag: DoveTag, local: Tep, remote: Tep) -> Verdict:
        if remote.index == local.index:
            return _local(tag, local) if self.keep_local else Reject(Reason.LOCAL)
        encap = self._encap(local, (remote,))
        if isinstance(encap, Reason):
            return Reject(encap)
        return _wrapped(local, destination(local, remote, encap), encap, service_for(view, link, tag, local), tag)

    def _to_all(self, view: FrameView, link: Link, tag: DoveTag, local: Tep, network: Network) -> Verdict:
        """Broadcast, multicast, unknown unicast: to the network's group, else a copy to each tunnel end point."""
        remotes = tuple(tep for tep in network.teps if tep.index != local.index)
        copies = [_local(tag, local)] if self._stays_too(view, local, network) else []
        groups = [remotes] if network.group is not None and remotes else [(remote,) for remote in remotes]
        for reached in groups:
            encap = self._encap(local, reached)
            if isinstance(encap, Reason):
                return Reject(encap)
            group = network.group
            to = destination(local, reached[0], encap) if group is None else group_destination(local, group, encap)
            copies.append(_wrapped(local, to, encap, service_for(view, link, tag, local), tag))
        if not copies:
            return Reject(Reason.LOCAL)
        return Copies(tuple(copies)) if len(copies) > 1 else copies[0]

    def _stays_too(self, view: FrameView, local: Tep, network: Network) -> bool:
        """True when the network has another port behind the same tunnel end point."""
        return self.keep_local and any(
            port.tep.index == local.index and port.index != view.ingress for port in network.ports
        )

    def _encap(self, local: Tep, remotes: tuple[Tep, ...]) -> str | Reason:
        """The first encapsulation of the local list that all the others know, over the same kind of underlay."""
        if any(len(remote.ip) != len(local.ip) for remote in remotes):
            return Reason.NO_COMMON_ENCAP
        common = [name for name in local.encaps if all(name in remote.encaps for remote in remotes)]
        if self.encap is not None:
            common = [name for name in common if name == self.encap]
        if not common:
            return Reason.NO_COMMON_ENCAP
        return common[0] if common[0] in ENCAPSULATIONS else Reason.UNSUPPORTED_ENCAP


def _local(tag: DoveTag, local: Tep) -> Forward:
    """The frame goes on as it is, to be delivered behind the tunnel end point where it is, and only there."""
    return Forward(vnid=tag.vnid, tep=local.index, local=True)


def _wrapped(local: Tep, to: Destination, encap: str, service: Service, tag: DoveTag) -> Forward:
    outer = outer_headers(local, to, encap, service)
    splices = (Splice(0, insert=outer.octets), Splice(TAG_OFFSET, cut=DoveTag.LEN))
    return Forward(splices, patches=outer.patches, vnid=tag.vnid, note=pad_note(tag), limit=outer.limit)


@dataclass(frozen=True, slots=True)
class Decap:
    """Incoming: the outer headers go, and the tag comes, made from the VNID, the map and the inner header.

    Attributes:
        vnid_map: who belongs where.
        tep: the tunnel end point at work; None: the one that each frame is addressed to.
        ports: UDP destination port -> encapsulation.
    """

    vnid_map: VnidMap
    tep: Tep | None = None
    ports: Mapping[int, str] = field(default_factory=lambda: UDP_PORTS)

    name = "decap"

    @property
    def change_times_ns(self) -> tuple[int, ...]:
        """When VMs come, go and move."""
        return self.vnid_map.change_times_ns

    def decide(self, view: FrameView) -> Verdict:
        """Decide about one frame."""
        if view.local:
            return Forward()
        try:
            link = link_layer(view)
            tunnel = find_tunnel(view, link, self.ports, 0xFF) if link is not None else None
            return Reject(Reason.NOT_OVERLAY) if tunnel is None else self._receive(view, tunnel)
        except FrameError as error:
            return Reject(Reason(error.reason))

    def _receive(self, view: FrameView, tunnel: Tunnel) -> Verdict:
        network = self.vnid_map.network(tunnel.header.vnid)
        if network is None:
            return Reject(Reason.UNKNOWN_VNID)
        receiver = self._receiver(view, tunnel, network)
        if isinstance(receiver, Reason):
            return Reject(receiver)
        link = ethernet_layer(view, tunnel.inner, self.vnid_map.tpid)
        fault = self._fault(view, tunnel, link, network, receiver)
        return Reject(fault) if fault is not None else self._tagged(view, tunnel, link, receiver)

    def _receiver(self, view: FrameView, tunnel: Tunnel, network: Network) -> Tep | Reason | None:
        """The tunnel end point that gets the frame; None for a group, which several may get."""
        ip = tunnel.ip
        addresses = view.take(ip.src_at, 2 * ip.address_len, layer="IP")
        source, target = addresses[: ip.address_len], addresses[ip.address_len :]
        if self.vnid_map.tep_by_ip(source) is None:
            return Reason.UNKNOWN_TEP
        receiver = self.vnid_map.tep_by_ip(target)
        if receiver is None:
            if network not in self.vnid_map.group_networks(target):
                return Reason.UNKNOWN_TEP
            receiver = self.tep
        if self.tep is not None and receiver is not self.tep:
            return Reason.NOT_FOR_THIS_TEP
        return receiver

    def _fault(
        self, view: FrameView, tunnel: Tunnel, link: Link, network: Network, receiver: Tep | None
    ) -> Reason | None:
        """What keeps the inner frame from being delivered behind this tunnel end point."""
        if link.tag is not None:
            return Reason.ALREADY_TAGGED
        if receiver is not None and receiver not in network.teps:
            return Reason.VNID_NOT_ON_TEP
        dst_mac = view.take(tunnel.inner, 6, layer="inner Ethernet")
        if is_group(dst_mac):
            return None
        station = target_station(view, link, self.vnid_map, network.vnid, dst_mac)
        if station is None:
            return None if network.floods else Reason.UNKNOWN_DESTINATION
        return Reason.WRONG_TEP if receiver is not None and station.port.tep is not receiver else None

    def _tagged(self, view: FrameView, tunnel: Tunnel, link: Link, receiver: Tep | None) -> Verdict:
        patches: tuple[Patch, ...] = ()
        ip = frame_ip_layer(view, link, _ECN)
        if ip is not None:
            ecn = decapsulated(tunnel.ip.tos & _ECN, ip.tos & _ECN)
            if ecn is None:
                return Reject(Reason.ECN_DROP)
            patches = marking(ip, ip.offset - tunnel.inner + DoveTag.LEN, ecn)
        tag = DoveTag(tunnel.header.vnid, tunnel.ip.tos >> 5, tpid=self.vnid_map.tpid)
        splices = (Splice(0, cut=tunnel.inner), Splice(tunnel.inner + TAG_OFFSET, insert=tag.emit()))
        index = None if receiver is None else receiver.index
        return Forward(splices, tunnel.behind, patches, vnid=tag.vnid, tep=index)
