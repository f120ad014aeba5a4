"""A frame of a virtual network as it was met: in which network, between which tunnel end points, who talks to whom."""

from __future__ import annotations

from dataclasses import replace

from dovetool.belonging.answers import may_reach, may_send
from dovetool.belonging.bare_packet import bare_header
from dovetool.belonging.routing import nearest, route
from dovetool.belonging.target import dst_ip, src_ip, target_stations, users_of, without_device
from dovetool.errors import FrameError
from dovetool.frame.link_layer import Link
from dovetool.frame.tunnel import Tunnel
from dovetool.frame.view import FrameView
from dovetool.values import dataclass
from dovetool.vnid_map import Network, Station, Tep, VnidMap
from dovetool.wire.fields import EtherType, is_group

_ARP_OPERATION, _ARP_SENDER_MAC, _ARP_SENDER_IP = 6, 8, 14  # for IPv4 over Ethernet (RFC 826)
_ARP_REPLY = 2
NO_MACS = bytes(12)
"""Those of a bare packet between routers."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Who talks to whom, as the frame says.

    Attributes:
        src_mac: source MAC address.
        dst_mac: destination MAC address.
        src_ip: source of IP, or sender of ARP; empty without one.
        dst_ip: destination of IP; empty without one.
        arp_mac: MAC address of the sender of ARP; empty without ARP.
        is_arp_reply: it answers who has an address.
        is_bare: it has no MAC addresses of its own; they are those of its IP addresses, and 0 for that of nobody.
    """

    src_mac: bytes
    dst_mac: bytes
    src_ip: bytes = b""
    dst_ip: bytes = b""
    arp_mac: bytes = b""
    is_arp_reply: bool = False
    is_bare: bool = False

    @property
    def source(self) -> bytes:
        """The address that it shows of its source: MAC, or in a bare packet of nobody that of IP."""
        return self.src_ip if self.is_bare and not any(self.src_mac) else self.src_mac

    @property
    def destination(self) -> bytes:
        """The same of its destination."""
        return self.dst_ip if self.is_bare and not any(self.dst_mac) else self.dst_mac

    @property
    def to_group(self) -> bool:
        """A broadcast or multicast."""
        return is_group(self.dst_mac)

    @property
    def claims_ip(self) -> bool:
        """It says of an IP address that it is the sender's own; the unspecified address says nothing."""
        return any(self.src_ip)


def read_talk(view: FrameView, macs: bytes, link: Link) -> Talk:
    """Who talks to whom in a frame with these MAC addresses (destination first), whose link layer ends at `link`."""
    src_mac, dst_mac = macs[6:], macs[:6]
    if link.ethertype == EtherType.ARP:
        try:
            arp_mac = view.take(link.offset + _ARP_SENDER_MAC, 6, layer="ARP")
            src_address = view.take(link.offset + _ARP_SENDER_IP, 4, layer="ARP")
            is_reply = view.one_of(link.offset + _ARP_OPERATION, (_ARP_REPLY,), layer="ARP") is not None
            return Talk(src_mac, dst_mac, src_address, b"", arp_mac, is_reply)
        except FrameError:
            return Talk(src_mac, dst_mac)
    return Talk(src_mac, dst_mac, src_ip(view, link) or b"", dst_ip(view, link) or b"")


def read_inner_talk(view: FrameView, tunnel: Tunnel, link: Link, vnid_map: VnidMap, network: Network) -> Talk:
    """The same inside a tunnel; the MAC addresses of a bare packet are those that it would have in its network."""
    if tunnel.carries_frame:
        return read_talk(view, view.take(tunnel.inner, 12, layer="inner Ethernet"), link)
    macs = NO_MACS if network.is_l3 else bare_header(view, link, tunnel.header.payload, vnid_map, network)[:12]
    return replace(read_talk(view, macs, link), is_bare=True)


@dataclass(frozen=True, slots=True)
class Scene:
    """A frame in a network of the map.

    Attributes:
        vnid_map: who belongs where.
        network: the network whose VNID it carries.
        talk: who talks to whom in it.
        ts_ns: its time.
        grace_ns: how long a frame may still be on its way after its VM has moved.
        sender: the tunnel end point that it left by; None where that is not known.
        receiver: the tunnel end point that it goes to; likewise.
        here: the VM of the network that has its source MAC address, if any.
        allowed: VMs with that address in networks that may send to this one.
        elsewhere: VMs with that address in all other networks.
        targets: the VM of the network that it is for, at all its places; none for a group, and when there is none.
        strays: where there is none, VMs of other networks with the destination MAC address; where the network floods,
            those that it may send to, as the others are none of its business.
    """

    vnid_map: VnidMap
    network: Network
    talk: Talk
    ts_ns: int
    sender: Tep | None = None
    receiver: Tep | None = None
    here: tuple[Station, ...] = ()
    allowed: tuple[Station, ...] = ()
    elsewhere: tuple[Station, ...] = ()
    targets: tuple[Station, ...] = ()
    strays: tuple[Station, ...] = ()
    grace_ns: int = 0

    @property
    def target(self) -> Station | None:
        """The VM that it is for, behind its receiver if it is there."""
        return nearest(self.targets, self.receiver)

    @property
    def sources(self) -> tuple[Station, ...]:
        """The VMs that may have sent it: those behind its sender, where there are such."""
        found = self.here + (self.allowed if self.targets else ())
        return tuple(station for station in found if self._is_behind_sender(station)) or found

    def _is_behind_sender(self, station: Station) -> bool:
        return self.sender is None or station.port.tep.index == self.sender.index


def set_scene(
    view: FrameView,
    vnid_map: VnidMap,
    network: Network,
    talk: Talk,
    link: Link,
    ends: tuple[Tep | None, Tep | None] = (None, None),
    *,
    grace_ns: int = 0,
) -> Scene:
    """Look everybody up who takes part in a frame; in an L3 VNI, by IP addresses."""
    if network.is_l3:
        here = route(vnid_map, network, talk.src_ip, view.ts_ns)
        there = route(vnid_map, network, talk.dst_ip, view.ts_ns)
        return Scene(vnid_map, network, talk, view.ts_ns, *ends, here=here, targets=there, grace_ns=grace_ns)
    stations = vnid_map.stations_with_mac(talk.src_mac, view.ts_ns)
    if vnid_map.devices is not None:
        stations = _users(vnid_map, network, talk, stations, view.ts_ns)
    targets: tuple[Station, ...] = ()
    strays: tuple[Station, ...] = ()
    if not talk.to_group:
        targets = target_stations(view, link, vnid_map, network.vnid, talk.dst_mac)
        strays = () if targets else vnid_map.stations_with_mac(talk.dst_mac, view.ts_ns)
        if network.floods:
            strays = _reached(view, link, vnid_map, network, strays)
    others = {station.vnid for station in stations if station.vnid != network.vnid}
    senders = [vnid for vnid in others if may_send(view, link, vnid_map, vnid, network)]
    return Scene(
        vnid_map,
        network,
        talk,
        view.ts_ns,
        *ends,
        here=tuple(station for station in stations if station.vnid == network.vnid),
        allowed=tuple(station for station in stations if station.vnid in senders),
        elsewhere=tuple(station for station in stations if station.vnid not in (network.vnid, *senders)),
        targets=targets,
        strays=strays,
        grace_ns=grace_ns,
    )


def _reached(
    view: FrameView, link: Link, vnid_map: VnidMap, network: Network, stations: tuple[Station, ...]
) -> tuple[Station, ...]:
    """Those that a frame of a network may be sent to, though they are in others."""
    reached = [vnid for vnid in network.reaches if may_reach(view, link, vnid_map, network.vnid, vnid)]
    return tuple(station for station in stations if station.vnid in reached)


def _users(
    vnid_map: VnidMap, network: Network, talk: Talk, stations: tuple[Station, ...], ts_ns: int
) -> tuple[Station, ...]:
    """Who sends with the source MAC address, where there are VMs without one: it may be a device's, or unknown."""
    if stations or not talk.claims_ip:
        return users_of(vnid_map, stations, talk.src_ip, ts_ns)
    owners = vnid_map.stations_by_ip(network.vnid, talk.src_ip, ts_ns)
    return without_device(vnid_map, owners, ts_ns)
