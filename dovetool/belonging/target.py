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


def target_station(view: FrameView, link: Link, vnid_map: VnidMap, vnid: int, dst_mac: bytes) -> Station | None:
    """The VM of network `vnid` that a unicast frame is for.

    It is looked up by MAC address; the IP address decides where the MAC address is no VM's of any network, as in a
    frame that was sent to a router.
    """
    station = vnid_map.station_by_mac(vnid, dst_mac, view.ts_ns)
    if station is not None or vnid_map.stations_with_mac(dst_mac, view.ts_ns):
        return station
    address = dst_ip(view, link)
    return vnid_map.station_by_ip(vnid, address, view.ts_ns) if address is not None else None
