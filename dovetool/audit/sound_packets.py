"""What holds of nearly all packets in tunnels, found out in short: nothing is wrong with them.

A capture of many VMs has a new pair of them in each frame, but all these are built alike, and go between tunnel end
points that the map says the same of. So what depends on that alone is found out once, and remembered; of each pair only
its places and addresses are looked up. Whatever is not sure here goes the long way, which alone has words for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from dovetool.audit.examined import Entropy, Examined, Hop
from dovetool.audit.form import Form, checks, form
from dovetool.audit.underlay import Ends, Neighbours, carriage, read_ends
from dovetool.belonging.participants import read_talk
from dovetool.belonging.routing import sending_macs
from dovetool.belonging.target import target_stations
from dovetool.errors import FrameError
from dovetool.frame.flow_hash import FlowFields
from dovetool.frame.ip_layer import IpLayer, ip_layer
from dovetool.frame.link_layer import Link
from dovetool.frame.recall import Recall
from dovetool.frame.selectors import Selectors
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import FrameView
from dovetool.stages.arrival import Arrival, ecn_inside, fault_of_headers, inner_link, is_ours
from dovetool.stages.checksums import Sum, outer_sums
from dovetool.stages.service import flow_of
from dovetool.vnid_map import Network, Tep, VnidMap

_ECN = 0x03
_MOST_PAIRS = 1 << 10  # of kinds of tunnel end points


class _Build(NamedTuple):
    """What a packet in whose form nothing is wrong is built of; `flow` tells its flow where UDP carries it."""

    link: Link
    inner_ip: IpLayer | None
    sums: tuple[Sum, ...]
    flow: FlowFields | None


class SoundPackets:
    """Finds out of which packets between tunnel end points nothing is wrong."""

    def __init__(
        self,
        vnid_map: VnidMap,
        selectors: Selectors,
        neighbours: Neighbours,
        tunnel_of: Callable[[FrameView], Tunnel | None],
    ) -> None:
        """Look at packets; `tunnel_of` finds the tunnel of a frame from its beginning."""
        self._vnid_map, self._selectors, self._neighbours = vnid_map, selectors, neighbours
        self._tunnel_of = tunnel_of
        self._kinds: dict[str, Tep] = {}
        self._kind_of: dict[int, Tep] = {}
        self._builds: dict[tuple[int, int], Recall[_Build | None]] = {}

    def examine(self, view: FrameView, tunnel: Tunnel) -> Examined | None:
        """What there is to say about a packet with which nothing is wrong; None when that is not sure."""
        try:
            return self._examined(view, tunnel)
        except FrameError:
            return None

    def _examined(self, view: FrameView, tunnel: Tunnel) -> Examined | None:
        if tunnel.ip is None or tunnel.header.vnid is None or not (tunnel.carries_frame and is_ours(tunnel)):
            return None
        if tunnel.header.is_control:
            return None  # what becomes of it is for decap to say
        network, found = self._vnid_map.network(tunnel.header.vnid), read_ends(view, tunnel, self._vnid_map)
        sender, receiver = found.sender, found.receiver
        if network is None or network.is_l3 or sender is None or receiver is None or found.to_group:
            return None
        build = self._recall(sender, receiver)(view)
        if build is None or not self._is_at_home(view, tunnel, build.link, network, found):
            return None
        if next(self._neighbours.findings(view, tunnel, found), None) is not None:
            return None
        packet = Form(view, tunnel, build.link, build.inner_ip, sender, receiver, False, build.sums)
        path = sender.index, receiver.index
        entropy = None if build.flow is None else Entropy(path, tunnel.carrier_at, build.flow)
        return Examined(Hop.UNDERLAY, checks=tuple(checks(packet)), path=path, entropy=entropy)

    def _recall(self, sender: Tep, receiver: Tep) -> Recall[_Build | None]:
        """The question how packets between two tunnel end points are built, which those of their kinds share."""
        kinds = self._kind(sender), self._kind(receiver)
        key = id(kinds[0]), id(kinds[1])  # each is kept, so that its id is its own
        known = self._builds.get(key)
        if known is None:
            if len(self._builds) >= _MOST_PAIRS:
                self._builds.clear()
            known = self._builds[key] = Recall(lambda view: self._build(view, *kinds))
        return known

    def _kind(self, tep: Tep) -> Tep:
        """What the map says of a tunnel end point, without what tells it from others."""
        kind = self._kind_of.get(tep.index)
        if kind is None:
            nobody = replace(
                tep, name="", index=0, ip=b"", mac=b"", other_ips=(), other_macs=(), router_macs=(), names=()
            )
            kind = self._kind_of[tep.index] = self._kinds.setdefault(repr(nobody), nobody)
        return kind

    def _build(self, view: FrameView, sender: Tep, receiver: Tep) -> _Build | None:
        """What a packet is built of; None when something is wrong with that."""
        view.behind = 0
        try:
            tunnel = self._tunnel_of(view)
            return None if tunnel is None else self._well_built(view, tunnel, sender, receiver)
        except FrameError:
            return None

    def _well_built(self, view: FrameView, tunnel: Tunnel, sender: Tep, receiver: Tep) -> _Build | None:
        vnid_map, selectors = self._vnid_map, self._selectors
        network = None if tunnel.header.vnid is None else vnid_map.network(tunnel.header.vnid)
        if network is None or carriage(view, tunnel, Ends(b"", b"", sender, receiver), selectors) is not None:
            return None
        link = inner_link(view, tunnel, vnid_map)
        inner_ip = ip_layer(view, link, _ECN)
        sums = tuple(outer_sums(view, tunnel, link, selectors, (receiver,)))
        packet = Form(view, tunnel, link, inner_ip, sender, receiver, False, sums)
        is_wrong = next(form(packet), None) is not None or (link.ethertype == vnid_map.tpid and link.tci is not None)
        view.behind = tunnel.behind
        if is_wrong or fault_of_headers(vnid_map, Arrival(tunnel, link, network, sender), receiver) is not None:
            return None
        if inner_ip is not None and ecn_inside(tunnel, inner_ip) is None:
            return None
        flow = flow_of(view, tunnel.inner, link, inner_ip) if packet.is_udp else None
        return _Build(link, inner_ip, sums, flow)

    def _is_at_home(self, view: FrameView, tunnel: Tunnel, link: Link, network: Network, found: Ends) -> bool:
        """Say whether one VM of a network sends to another, each from its place, the sender under its own address."""
        vnid_map, sender, receiver = self._vnid_map, found.sender, found.receiver
        talk = read_talk(view, view.take(tunnel.inner, 12, layer="inner Ethernet"), link)
        if talk.to_group or talk.arp_mac or sender is None or receiver is None or vnid_map.devices is not None:
            return False
        if talk.src_mac in sending_macs(network) or talk.dst_mac in network.gateway_macs:
            return False  # it is routed
        source = vnid_map.station_by_mac(network.vnid, talk.src_mac, view.ts_ns)
        if source is None or source.port.tep is not sender or sender.is_gateway:
            return False
        if talk.claims_ip:
            owner = vnid_map.station_by_ip(network.vnid, talk.src_ip, view.ts_ns)
            if owner is None or owner.vm != source.vm:
                return False
        targets = target_stations(view, link, vnid_map, network.vnid, talk.dst_mac)
        is_there = any(target.port.tep is receiver for target in targets) and network.has_port_at(receiver.index)
        return is_there and not receiver.is_gateway
