"""The tables of zebra's EVPN, row by row, in the shapes of FRR 8.4 and of those since.

They are objects by VNI, with the rows by their keys, and counts beside these (`numMacs`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dovetool.map_sources.fields import Fields, whole
from dovetool.map_sources.linux.tables import MOST_VNI
from dovetool.map_sources.statements import Origin

_MOST_VLAN = 4094
_NO_FLOOD = "disabled"


class VniEntry(NamedTuple):
    """What `show evpn vni` says of a VNI; an L3 VNI has other names for the same things.

    Attributes:
        is_l3: it carries what is routed between tunnel end points.
        vrf: the VRF that it is in.
        local: the host's own tunnel end point; empty: not told, or zebra has none.
        group: multicast group for what is for all.
        peers: tunnel end points that get copies of what is for all.
        networks: VNIs of the networks of the VRF, of an L3 VNI.
        router_mac: MAC address that the host routes with, of an L3 VNI.
    """

    origin: Origin
    vni: int
    is_l3: bool
    vrf: str
    local: bytes
    group: bytes
    peers: tuple[bytes, ...]
    networks: tuple[int, ...]
    router_mac: bytes


class MacEntry(NamedTuple):
    """A MAC address in a network: at a port of the host, behind a tunnel end point, or on an Ethernet segment."""

    origin: Origin
    vni: int
    mac: bytes
    is_local: bool
    port: str
    vlan: int | None
    tep: bytes
    segment: str
    sequence: int
    ips: tuple[bytes, ...]


class NeighbourEntry(NamedTuple):
    """An IP address in a network, with its MAC address, and where it was heard."""

    origin: Origin
    vni: int
    ip: bytes
    mac: bytes
    is_local: bool
    tep: bytes
    sequence: int


class RouterEntry(NamedTuple):
    """The MAC address of a tunnel end point that routes in an L3 VNI."""

    origin: Origin
    tep: bytes
    mac: bytes


def vni_entry(row: Fields) -> VniEntry | None:
    """Read a VNI of `show evpn vni` or `show evpn vni detail`; None: it is none that can be."""
    vni = row.number("vni", MOST_VNI)
    if not vni:
        return None
    return VniEntry(
        row.origin,
        vni,
        row.text("type") == "L3",
        row.text("vrf") or row.text("tenantVrf"),
        row.ip("vtepIp") or row.ip("localVtepIp"),
        row.ip("mcastGroup"),
        tuple(_peers(row)),
        tuple(_numbers(row, "l2Vnis")),
        _mac_or_none(row, "routerMac"),
    )


def mac_entries(table: Fields) -> Iterator[MacEntry]:
    """Read `show evpn mac vni all`, with or without `detail`."""
    for vni, inside in _by_vni(table):
        for mac, row in inside.object("macs").entries():
            if row.flag("defaultGateway") or row.flag("localInactive") or row.text("type") not in {"local", "remote"}:
                continue
            is_local = row.text("type") == "local"
            yield MacEntry(
                row.origin,
                vni,
                inside.as_mac(mac, "macs"),
                is_local,
                row.text("intf"),
                row.number("vlan", _MOST_VLAN),
                b"" if is_local else row.ip("remoteVtep"),
                row.text("remoteEs") or row.text("esi"),
                row.number("localSequence" if is_local else "remoteSequence") or 0,
                tuple(_active(row)),
            )


def neighbour_entries(table: Fields) -> Iterator[NeighbourEntry]:
    """Read `show evpn arp-cache vni all`: rows by IP address, of those that are in use."""
    for vni, inside in _by_vni(table):
        for ip, row in inside.entries():
            mac = _mac_or_none(row, "mac")
            if row.text("state") == "inactive" or row.flag("defaultGateway") or not mac:
                continue
            is_local = row.text("type") == "local"
            tep = b"" if is_local else row.ip("remoteVtep")
            sequence = row.number("localSequence" if is_local else "remoteSequence") or 0
            yield NeighbourEntry(row.origin, vni, inside.as_ip(ip, ip), mac, is_local, tep, sequence)


def router_entries(table: Fields) -> Iterator[RouterEntry]:
    """Read `show evpn rmac vni all` and `show evpn next-hops vni all`; VNI 0 is of a device for all VNIs."""
    for _, inside in table.entries():
        for _, row in inside.entries():
            tep = row.ip("vtepIp") or row.ip("nexthopIp") or row.ip("ip")
            mac = _mac_or_none(row, "routerMac")
            if tep and mac:
                yield RouterEntry(row.origin, tep, mac)


def segment_teps(row: Fields) -> tuple[str, tuple[bytes, ...]]:
    """Read a row of `show evpn es`: an Ethernet segment, and the other tunnel end points that are on it."""
    return row.text("esi"), tuple(filter(None, (each.ip("vtep") for each in row.objects("vteps"))))


def _by_vni(table: Fields) -> Iterator[tuple[int, Fields]]:
    for key, inside in table.entries():
        vni = whole(key, MOST_VNI)
        if vni:
            yield vni, inside


def _peers(row: Fields) -> Iterator[bytes]:
    """Yield the other tunnel end points; `numRemoteVteps` is a list of them in the details of 8.4, else a number."""
    for key in ("remoteVteps", "numRemoteVteps"):
        if not isinstance(row.data.get(key), list):
            continue
        for peer in row.items(key):
            if isinstance(peer, dict):
                inside = Fields(peer, row.origin)
                yield from filter(None, [inside.ip("ip") if inside.text("flood") != _NO_FLOOD else b""])
            else:
                yield from filter(None, [row.as_ip(peer, key)])


def _numbers(row: Fields, key: str) -> Iterator[int]:
    for value in row.items(key):
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST_VNI:
            raise row.bad(key, "expected VNIs")
        yield value


def _active(row: Fields) -> Iterator[bytes]:
    """Yield the IP addresses that `detail` has beside a MAC address; where it has none, the text "none"."""
    if isinstance(row.data.get("neighbors"), dict):
        inside = row.object("neighbors")
        yield from filter(None, (inside.as_ip(ip, "active") for ip in inside.items("active")))


def _mac_or_none(row: Fields, key: str) -> bytes:
    """Return a MAC address; a VRF that is down has a dash or nothing for it."""
    mac = row.mac(key) if len(row.text(key)) > 1 and row.text(key) != "None" else b""
    return mac if any(mac) else b""
