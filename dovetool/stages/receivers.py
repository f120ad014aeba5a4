"""Who gets a frame that a switch delivers, where VMs may be at several places: each network card once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator

from dovetool.frame.view import UNKNOWN
from dovetool.vnid_map import Network, Port, Station, VnidMap

Receivers = dict[int, tuple[str, ...]]
"""Names of VMs by the VLAN that their ports put on; 0: none."""


def likely(stations: tuple[Station, ...], port: Port | None, origin: int, tep: int) -> tuple[Station, ...]:
    """Of the places of a sender, those that a frame may be from; none where they are of several VMs.

    It came in by `port`, or left the tunnel end point `origin`; what is out of a tunnel at `tep` is from elsewhere.
    """
    if port is not None:
        stations = tuple(each for each in stations if each.port.index == port.index) or stations
    elif origin != UNKNOWN:
        stations = tuple(each for each in stations if each.port.tep.index == origin) or stations
    elif tep != UNKNOWN:
        stations = tuple(each for each in stations if each.port.tep.index != tep) or stations
    return stations if len({each.vm for each in stations}) == 1 else ()


def others_of(
    vnid_map: VnidMap, network: Network, entered: Port | None, ts_ns: int, sender: Station | None = None
) -> Iterator[Station]:
    """The VMs of a network that get a broadcast.

    A switch does not send a frame back out of the port it came in by, nor by another port to the network card of the
    sender.
    """
    stations = vnid_map.stations_of(network.vnid, ts_ns)
    card = None if sender is None else card_of(sender)
    port = -1 if entered is None else entered.index
    return (each for each in stations if each.port.index != port and (card is None or card_of(each) != card))


def card_of(station: Station) -> tuple[str, bytes, int]:
    """What tells the network card of a VM; each VLAN of a trunk counts as one."""
    return station.vm, station.mac, station.port.vlan or 0


def once_each(stations: Iterable[Station], key: Callable[[Station], Hashable]) -> list[Station]:
    """The stations, the first of those with each key."""
    found: dict[Hashable, Station] = {}
    for station in stations:
        found.setdefault(key(station), station)
    return list(found.values())


def by_vlan(stations: Iterable[Station]) -> Receivers:
    """The names of VMs, by the VLANs of their ports."""
    found: Receivers = {}
    for station in stations:
        vlan = station.port.vlan or 0
        found[vlan] = (*found.get(vlan, ()), station.vm)
    return found
