"""Where a tenant's frame is going: the VM that it is for, and the place of that VM at the frame's time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dovetool.errors import FrameError
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.wire.fields import EtherType

if TYPE_CHECKING:
    from dovetool.vnid_map import Station, VnidMap

_SRC_IP = {EtherType.IPV4: (12, 4), EtherType.IPV6: (8, 16)}  # (offset in the header, octets)
_DST_IP = {EtherType.IPV4: (16, 4), EtherType.IPV6: (24, 16)}


def dst_ip(view: FrameView, link: Link) -> bytes | None:
    """The packed destination address of an IP packet; None when the frame carries none, or it is cut off."""
    return _address(view, link, _DST_IP)


def src_ip(view: FrameView, link: Link) -> bytes | None:
    """The packed source address of an IP packet; None when the frame carries none, or it is cut off."""
    return _address(view, link, _SRC_IP)


def _address(view: FrameView, link: Link, places: Mapping[int, tuple[int, int]]) -> bytes | None:
    if link.ethertype not in places:
        return None
    offset, length = places[link.ethertype]
    try:
        return view.take(link.offset + offset, length)
    except FrameError:
        return None


def target_stations(view: FrameView, link: Link, vnid_map: VnidMap, vnid: int, dst_mac: bytes) -> tuple[Station, ...]:
    """The VM of network `vnid` that a unicast frame is for, at all its places; VMs that share an address are several.

    It is looked up by MAC address; the IP address decides where the MAC address is no VM's of any network, as in a
    frame that was sent to a router, and which VM without a MAC address is meant behind that of its node's device.
    """
    found = vnid_map.stations_by_mac(vnid, dst_mac, view.ts_ns)
    if found:
        return found if vnid_map.devices is None else users_of(vnid_map, found, dst_ip(view, link), view.ts_ns)
    if vnid_map.stations_with_mac(dst_mac, view.ts_ns):
        return ()
    address = dst_ip(view, link)
    return vnid_map.stations_by_ip(vnid, address, view.ts_ns) if address is not None else ()


def users_of(vnid_map: VnidMap, stations: tuple[Station, ...], ip: bytes | None, ts_ns: int) -> tuple[Station, ...]:
    """Those whose frames VMs with a MAC address send and get: without one, and behind it by the IP address; or they."""
    devices = vnid_map.devices
    if devices is None or not ip:
        return stations
    used: list[Station] = []
    for station in stations:
        owners = vnid_map.stations_by_ip(station.vnid, ip, ts_ns)
        used += [owner for owner in owners if not owner.mac and devices.carries(station, owner)] or [station]
    return tuple(used)


def without_device(vnid_map: VnidMap, stations: tuple[Station, ...], ts_ns: int) -> tuple[Station, ...]:
    """The VMs that have no MAC address, nor a device in the map: only their IP addresses tell them."""
    devices = vnid_map.devices
    if devices is None:
        return ()
    return tuple(station for station in stations if not station.mac and not devices.of(station, ts_ns))
