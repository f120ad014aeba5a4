"""What a map is about, as the stages see it: frozen values with packed addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tep:
    """A tunnel end point; `index` counts from 0 in file order.

    Attributes:
        ip: 4 or 16 octets.
        mac: 6 octets.
        encaps: names of the encapsulations it knows, preferred first.
        ports: encapsulation -> UDP port, only those that the map gives.
        dscp: "from-pcp", "inherit" or 0 to 63.
        udp_checksum: "zero" or "full".
    """

    name: str
    index: int
    ip: bytes
    mac: bytes
    encaps: tuple[str, ...]
    ports: Mapping[str, int]
    mtu: int | None
    vlan: int | None
    gateway_mac: bytes | None
    ttl: int
    dscp: str | int
    udp_checksum: str


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a switch: `name` is SWITCH/PORT, `vnid` that of the network it is in, `tep` the switch's."""

    name: str
    index: int
    switch: str
    vnid: int
    tep: Tep


@dataclass(frozen=True, slots=True)
class Network:
    """A virtual network.

    Attributes:
        group: underlay multicast group, 4 or 16 octets; None: a copy to each TEP.
        floods: frames for an unknown MAC address go everywhere, instead of nowhere.
        reaches: VNIDs of the networks that a policy lets this one send to, in file order.
        reached_from: VNIDs of the networks that a policy lets send to this one, in file order.
        teps: the TEPs that have a port in it, by index.
        ports: its ports, by index.
    """

    name: str
    vnid: int
    group: bytes | None
    floods: bool
    reaches: tuple[int, ...]
    reached_from: tuple[int, ...]
    teps: tuple[Tep, ...]
    ports: tuple[Port, ...]


@dataclass(frozen=True, slots=True)
class Station:
    """A VM at a place."""

    vm: str
    vnid: int
    port: Port
