"""What a map is about, as the stages see it: frozen values with packed addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dovetool.wire.overlay import ENCAPSULATIONS, InnerVlan


@dataclass(frozen=True, slots=True)
class Tep:
    """A tunnel end point; `index` counts from 0 in file order.

    Attributes:
        ip: 4 or 16 octets; none at all where the underlay is layer 2 alone.
        mac: 6 octets; empty where the map does not tell.
        encaps: names of the encapsulations it knows, preferred first.
        ports: encapsulation -> UDP port, only those that the map gives.
        gateway_mac: of the router that is its next hop in the underlay; None: the other TEP is reached directly.
        dscp: "from-pcp", "inherit" or 0 to 63.
        udp_checksum: "zero" or "full"; None: not said.
        underlay: what carries its tunnels: "ip", "l2" or, of a gateway, "both".
        is_gateway: it translates between TEPs that share no encapsulation.
        guest_vlan: what becomes of the 802.1Q tag of a guest's frame: "strip", "keep" or "reject"; None: not said.
        on_mtu: what becomes of a packet above its MTU: "reject", "fragment" or "emit".
        geneve_priority: Geneve carries the tag's PCP and DEI in an option.
        geneve_options: (class, type) of critical options that it understands; None: any.
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
    udp_checksum: str | None
    underlay: str = "ip"
    is_gateway: bool = False
    guest_vlan: str | None = None
    on_mtu: str = "reject"
    geneve_priority: bool = False
    geneve_options: frozenset[tuple[int, int]] | None = frozenset()

    def sends_checksum(self, encap: str) -> bool:
        """Say whether it sends UDP checksums: as the map says, else on IPv6 where the encapsulation asks for them.

        Source: RFC 8926 section 4.3, RFC 7348 section 5, RFC 6935 section 5.
        """
        if self.udp_checksum is None:
            return ENCAPSULATIONS[encap].sums_ipv6 and len(self.ip) == 16
        return self.udp_checksum == "full"

    def vlan_treatment(self, encap: str) -> str:
        """What becomes of the 802.1Q tag of a guest's frame that it sends: "strip", "keep" or "reject"."""
        return self.guest_vlan or ("reject" if ENCAPSULATIONS[encap].inner_vlan is InnerVlan.FORBIDDEN else "keep")

    def understands(self, option: tuple[int, int]) -> bool:
        """Say whether it knows a critical option of Geneve, by class and type."""
        return self.geneve_options is None or option in self.geneve_options


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a switch: `name` is SWITCH/PORT, `vnid` that of the network it is in, `tep` the switch's.

    Attributes:
        trusted: a frame may come in by it with the tag of any network.
    """

    name: str
    index: int
    switch: str
    vnid: int
    tep: Tep
    trusted: bool = False


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
    _tep_indexes: frozenset[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tep_indexes", frozenset(tep.index for tep in self.teps))

    def has_port_at(self, tep: int) -> bool:
        """True when the TEP of that index has a port in it."""
        return tep in self._tep_indexes


@dataclass(frozen=True, slots=True)
class Station:
    """A VM at a place, with its MAC address."""

    vm: str
    vnid: int
    port: Port
    mac: bytes = b""
