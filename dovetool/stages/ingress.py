"""The port that a frame comes in by, and what may come in there.

The audit asks the same questions of captures, so that it finds what a switch would refuse.
"""

from __future__ import annotations

from collections.abc import Callable

from dovetool.belonging.target import target_station
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.verdict.reasons import Reason
from dovetool.vnid_map import Network, Port, Station, VnidMap
from dovetool.wire.fields import is_group


def interface_port(vnid_map: VnidMap, interface: str) -> Port | Reason | None:
    """The port that an interface named SWITCH/PORT stands for; None when it is not named after a switch of the map."""
    port = vnid_map.port_at(interface)
    if port is None and vnid_map.has_switch(interface.partition("/")[0]) and "/" in interface:
        return Reason.UNKNOWN_PORT
    return port


def underlay_names(vnid_map: VnidMap) -> Callable[[str], str]:
    """What interfaces are called where their frames have left: that of a port after the tunnel end point behind it."""

    def name_of(interface: str) -> str:
        port = interface_port(vnid_map, interface)
        if port is None:
            return interface
        return "" if isinstance(port, Reason) or "/" in port.tep.name else port.tep.name

    return name_of


def only_port(stations: tuple[Station, ...]) -> Port | Reason:
    """The one port that these VMs are at; never a guess."""
    ports = {station.port.index: station.port for station in stations}
    if not ports:
        return Reason.UNKNOWN_SOURCE
    return Reason.AMBIGUOUS_SOURCE if len(ports) > 1 else ports.popitem()[1]


def is_elsewhere(vnid_map: VnidMap, port: Port, src_mac: bytes, ts_ns: int) -> bool:
    """Say whether the VM with a source MAC address is not at a port where it seems to send.

    It is at another port of the network, or was or will be here and is not now. Whom the network does not know may
    well be here: not every host is in the map, and VMs of other networks may have the same address.
    """
    station = vnid_map.station_by_mac(port.vnid, src_mac, ts_ns)
    if station is not None:
        return station.port.index != port.index
    return any(stay.station.port.index == port.index for stay in vnid_map.stays_by_mac(port.vnid, src_mac))


def may_tag(view: FrameView, link: Link, vnid_map: VnidMap, port: Port, network: Network) -> bool:
    """Say whether a frame may come in by a port with the tag of a network: the one that the switch might give it.

    That is the port's own, or the one of its target, where a policy opens the way. What is for everyone, or for nobody
    known, stays in the port's own.
    """
    if port.trusted or network.vnid == port.vnid:
        return True
    dst_mac = view.take(0, 6, layer="Ethernet")
    if port.vnid not in network.reached_from or is_group(dst_mac):
        return False
    return target_station(view, link, vnid_map, network.vnid, dst_mac) is not None
