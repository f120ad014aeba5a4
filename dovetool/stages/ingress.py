"""The port that a frame comes in by, and what may come in there.

The audit asks the same questions of captures, so that it finds what a switch would refuse.
"""

from __future__ import annotations

from collections.abc import Callable

from dovetool.belonging.answers import may_send
from dovetool.belonging.routing import sending_macs
from dovetool.belonging.target import target_stations
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import Network, Port, Station, Trunk, VnidMap
from dovetool.wire.dove_tag import TAG_OFFSET
from dovetool.wire.fields import EtherType, is_group

_VID = 0x0FFF


Entry = Port | Trunk
"""What a frame comes in by: a port, or a trunk, whose frames are in networks by their VLAN."""


def entry(vnid_map: VnidMap, interface: str) -> Entry | Reason | None:
    """What an interface named SWITCH/PORT stands for; None when it is not named after a switch of the map."""
    found = vnid_map.trunk_at(interface) or vnid_map.port_at(interface)
    if found is None and vnid_map.has_switch(interface.partition("/")[0]) and "/" in interface:
        return Reason.UNKNOWN_PORT
    return found


def interface_port(view: FrameView, link: Link, vnid_map: VnidMap) -> Port | Reason | None:
    """The port that a frame without a DOVE tag comes in by, as its interface tells; None as `entry`."""
    found = entry(vnid_map, view.interface)
    return member(view, link, found) if isinstance(found, Port | Trunk) else found


def member(view: FrameView, link: Link, found: Entry) -> Port | Reason:
    """The port that a frame without a DOVE tag is at: on a trunk, that of its VLAN.

    Where a VLAN of a trunk is named itself, as its interface on a host is, frames may come without their tag.
    """
    if isinstance(found, Trunk):
        return found.ports.get(vid_of(view, link), Reason.UNKNOWN_VLAN)
    return found if not has_vlan_tag(view, link) or fits(view, link, found) else Reason.UNKNOWN_VLAN


def tagged_member(view: FrameView, link: Link, vnid_map: VnidMap, found: Entry, network: Network) -> Port | Reason:
    """The port that a frame with the DOVE tag of a network comes in by: of a trunk, one that may give it."""
    ports = (found,) if isinstance(found, Port) else tuple(found.ports.values())
    return next((port for port in ports if may_tag(view, link, vnid_map, port, network)), Reason.TAG_SPOOFED)


def any_port(found: Entry) -> Port:
    """A port of those that it stands for; they have their tunnel end point in common."""
    return found if isinstance(found, Port) else next(iter(found.ports.values()))


def has_vlan_tag(view: FrameView, link: Link) -> bool:
    """Say whether a frame has a tag that tells its VLAN on a trunk: one with TPID 0x8100 behind the MAC addresses.

    Other tags (of providers, say) are to a bridge of customer VLANs what any other EtherType is: they stay, and tell no
    VLAN (IEEE 802.1Q-2018 sections 5.5 and 9.5; so do Linux, but for 0x88A8 not Open vSwitch).
    """
    return link.tci is not None and view.word(TAG_OFFSET, layer="Ethernet") == EtherType.VLAN


def vid_of(view: FrameView, link: Link) -> int:
    """The VLAN of a frame; 0 where it has none, or a priority alone (IEEE 802.1Q-2018 section 6.9.1)."""
    return (link.tci or 0) & _VID if has_vlan_tag(view, link) else 0


def fits(view: FrameView, link: Link, port: Port) -> bool:
    """Say whether a frame may be at a port by its VLAN; one that is no trunk's lets guests have their own."""
    return port.vlan is None or vid_of(view, link) in (port.vlan, port.native)


def underlay_names(vnid_map: VnidMap) -> Callable[[str], str]:
    """What interfaces are called where their frames have left: that of a port after the tunnel end point behind it."""

    def name_of(interface: str) -> str:
        found = entry(vnid_map, interface)
        if found is None:
            return interface
        return "" if isinstance(found, Reason) or "/" in found.tep.name else found.tep.name

    return name_of


def sole_ports(view: FrameView, link: Link, stations: tuple[Station, ...]) -> tuple[Port, ...] | Reason:
    """The one port that these VMs are at, and that a frame may be at by its VLAN; never a guess.

    They are several where that makes no difference: of one VM, in one network behind one tunnel end point.
    """
    fitting = [station for station in stations if fits(view, link, station.port)]
    if not fitting:
        return Reason.UNKNOWN_VLAN if stations else Reason.UNKNOWN_SOURCE
    ports = {station.port.index: station.port for station in fitting}
    alike = {(station.vm, station.vnid, station.port.tep.index, station.port.vlan) for station in fitting}
    return tuple(ports.values()) if len(ports) == 1 or len(alike) == 1 else Reason.AMBIGUOUS_SOURCE


def is_elsewhere(vnid_map: VnidMap, port: Port, src_mac: bytes, ts_ns: int) -> bool:
    """Say whether the VM with a source MAC address is not at a port where it seems to send.

    It is at another port of the network, or was or will be here and is not now. Whom the network does not know may
    well be here: not every host is in the map, and VMs of other networks may have the same address. But on a trunk a
    VM that the map has at some of its VLANs is at no other.
    """
    there = vnid_map.stations_by_mac(port.vnid, src_mac, ts_ns)
    if there:
        return all(station.port.index != port.index for station in there)
    if port.vlan is not None:
        stations = vnid_map.stations_with_mac(src_mac, ts_ns)
        if any(each.port.line == port.line for each in stations):
            return True
    return any(stay.station.port.index == port.index for stay in vnid_map.stays_by_mac(port.vnid, src_mac))


def may_tag(view: FrameView, link: Link, vnid_map: VnidMap, port: Port, network: Network) -> bool:
    """Say whether a frame may come in by a port with the tag of a network: the one that the switch might give it.

    That is the port's own, or the one of its target, where a policy opens the way, or its gateway has routed it. What
    is for everyone, or for nobody known, stays in the port's own.
    """
    if port.trusted or network.vnid == port.vnid or _is_routed(view, vnid_map, port, network):
        return True
    dst_mac = view.take(0, 6, layer="Ethernet")
    if is_group(dst_mac) or not may_send(view, link, vnid_map, port.vnid, network):
        return False
    return bool(target_stations(view, link, vnid_map, network.vnid, dst_mac))


def _is_routed(view: FrameView, vnid_map: VnidMap, port: Port, network: Network) -> bool:
    """Say whether a frame is one that the tunnel end point behind a port has routed into another network of its VRF."""
    own = vnid_map.network(port.vnid) if network.vrf is not None else None
    if own is None or own.vrf != network.vrf or not own.gateway_macs:
        return False
    macs = port.tep.router_macs if network.is_l3 else sending_macs(network) or own.gateway_macs
    return view.take(6, 6, layer="Ethernet") in macs
