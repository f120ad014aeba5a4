"""An Ethernet header for a packet that came through a tunnel without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dovetool.belonging.target import dst_ip, src_ip
from dovetool.errors import FrameError
from dovetool.frame.link_layer import Link
from dovetool.frame.view import FrameView
from dovetool.wire.ethernet import EthernetHeader
from dovetool.wire.fields import BROADCAST, EtherType, is_multicast

if TYPE_CHECKING:
    from dovetool.vnid_map import Network, VnidMap

_ARP_LEN, _REQUEST = 28, b"\0\1"
_ARP_SEEN = (bytes(6) + b"\xff" * 8 + bytes(4) + b"\xff" * 6).ljust(_ARP_LEN, b"\0")  # operation, MAC addresses
NO_MAC = bytes(6)
"""The address of nobody, where none is known."""


def plain_header(ethertype: int) -> bytes:
    """The header of a packet of which nothing more is known: from nobody to nobody."""
    return EthernetHeader(NO_MAC, NO_MAC, ethertype).emit()


def bare_header(view: FrameView, link: Link, ethertype: int, vnid_map: VnidMap, network: Network) -> bytes:
    """The header that what is of `ethertype` would have in its network: the MACs that its IP addresses belong to.

    A multicast or broadcast address has a MAC address of its own (RFC 1112 section 6.4, RFC 2464 section 7); else one
    that the map does not know becomes that of nobody.
    """
    if ethertype == EtherType.ARP:
        return _arp_header(view, link.offset)
    target, source = dst_ip(view, link), src_ip(view, link)
    dst_mac = (_group_mac(target) if target is not None else None) or _owner(view, vnid_map, network, target)
    return EthernetHeader(dst_mac, _owner(view, vnid_map, network, source), ethertype).emit()


def _arp_header(view: FrameView, at: int) -> bytes:
    """That of ARP: it is from the sender that it names, and for all when it asks (RFC 826)."""
    try:
        arp = view.take(at, _ARP_LEN, _ARP_SEEN, layer="ARP")
    except FrameError:
        return plain_header(EtherType.ARP)
    dst_mac = BROADCAST if arp[6:8] == _REQUEST else arp[18:24]
    return EthernetHeader(dst_mac, arp[8:14], EtherType.ARP).emit()


def _owner(view: FrameView, vnid_map: VnidMap, network: Network, ip: bytes | None) -> bytes:
    station = vnid_map.station_by_ip(network.vnid, ip, view.ts_ns) if ip is not None else None
    if station is None or station.mac:
        return NO_MAC if station is None else station.mac
    devices = vnid_map.devices.of(station, view.ts_ns) if vnid_map.devices is not None else ()
    return devices[0].mac if devices else NO_MAC


def _group_mac(ip: bytes) -> bytes | None:
    if ip == b"\xff" * 4:
        return BROADCAST
    if not is_multicast(ip):
        return None
    return b"\x33\x33" + ip[12:] if len(ip) == 16 else b"\x01\x00\x5e" + bytes((ip[1] & 0x7F,)) + ip[2:]
