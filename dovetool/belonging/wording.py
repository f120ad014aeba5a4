"""How findings name things: with the names of the map where it has them, else by their addresses."""

from __future__ import annotations

from collections.abc import Sequence

from dovetool.belonging.participants import Talk
from dovetool.vnid_map import Network, Station, Tep, VnidMap
from dovetool.wire import addresses
from dovetool.wire.fields import BROADCAST

NO_POLICY = "no policy of the map lets the one network reach the other"
_MOST_NAMES = 3


def vm_text(vnid_map: VnidMap, stations: Sequence[Station]) -> str:
    """VMs with their networks, as in `vm1 (blue)`."""
    names = list(dict.fromkeys([f"{station.vm} ({network_name(vnid_map, station.vnid)})" for station in stations]))
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return " or ".join(names[:_MOST_NAMES]) + more


def network_name(vnid_map: VnidMap, vnid: int) -> str:
    """The name of a network."""
    network = vnid_map.network(vnid)
    return network.name if network is not None else f"VNID {vnid}"


def network_text(network: Network) -> str:
    """A network with its VNID."""
    return f"{network.name} (VNID {network.vnid})"


def place_text(station: Station) -> str:
    """Where a VM is, as in `sw1/p1 behind tep1`."""
    return f"{station.port.name} behind {station.port.tep.name}"


def places_text(stations: Sequence[Station]) -> str:
    """Where a VM is, at once."""
    return " or ".join(dict.fromkeys(map(place_text, stations)))


def owners_text(vnid_map: VnidMap, owners: Sequence[Station]) -> str:
    """Whose an IP address is; of VMs without a MAC address, also where they are."""
    where = f" at {places_text(owners)}" if not owners[0].mac else ""
    return vm_text(vnid_map, owners) + where


def way_text(sender: Tep | None, receiver: Tep | None) -> str:
    """The way through the underlay, as far as it is known, as in ` from tep1 to tep2`."""
    return (f" from {sender.name}" if sender is not None else "") + (f" to {receiver.name}" if receiver else "")


def target_text(talk: Talk) -> str:
    """What a frame is for that has no known VM as its target."""
    if talk.dst_mac == BROADCAST:
        return "the broadcast address"
    return "a multicast address" if talk.to_group else address_text(talk.destination)


def address_text(address: bytes) -> str:
    """A MAC or IP address."""
    return addresses.address_text(address) or "no address"
