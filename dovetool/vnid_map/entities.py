"""What a map is about, as the stages see it: frozen values with packed addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from dovetool.values import dataclass
from dovetool.vnid_map.vnid_bits import ANY, VnidBits
from dovetool.wire.overlay import ENCAPSULATIONS, InnerVlan


@dataclass(frozen=True, slots=True)
class Tep:
    """A tunnel end point; `index` counts from 0 in file order.

    Attributes:
        ip: its preferred address, 4 or 16 octets; none at all where the underlay is layer 2 alone.
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
        other_ips: further addresses, in the map's order.
        other_macs: further MAC addresses.
        router_macs: MAC addresses by which it routes in an L3 VNI; the first is the source of what it routes.
        vrf: VRF of the underlay that its addresses are in; None: the only one.
        names: of those in the map that are this one, where several share an address.
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
    other_ips: tuple[bytes, ...] = ()
    other_macs: tuple[bytes, ...] = ()
    router_macs: tuple[bytes, ...] = ()
    vrf: str | None = None
    names: tuple[str, ...] = ()

    @property
    def ips(self) -> tuple[bytes, ...]:
        """All its addresses, the preferred one first."""
        return (self.ip, *self.other_ips) if self.ip else ()

    @property
    def macs(self) -> tuple[bytes, ...]:
        """All its MAC addresses in the underlay that the map tells."""
        return (self.mac, *self.other_macs) if self.mac else ()

    def ip_towards(self, ip: bytes) -> bytes:
        """Its address that can send to another one, of the same IP version; empty where it has none."""
        return next((own for own in self.ips if len(own) == len(ip)), b"")

    def sends_checksum(self, encap: str, ip: bytes) -> bool:
        """Say whether it sends UDP checksums to an IP address: as the map says, else on IPv6 where the codec asks.

        Source: RFC 8926 section 4.3, RFC 7348 section 5, RFC 6935 section 5.
        """
        if self.udp_checksum is None:
            return ENCAPSULATIONS[encap].sums_ipv6 and len(ip) == 16
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
        vlan: of a trunk, the VLAN whose frames are meant, 0 for untagged ones; None: the port is no trunk.
        line: SWITCH/PORT without the VLAN.
        native: of a trunk's untagged frames, the VLAN whose tag they may come in with.
    """

    name: str
    index: int
    switch: str
    vnid: int
    tep: Tep
    trusted: bool = False
    vlan: int | None = None
    line: str = ""
    native: int | None = None


@dataclass(frozen=True, slots=True)
class Trunk:
    """A port whose frames are in networks by their VLAN; `line` is SWITCH/PORT, and `ports` its ports by VLAN."""

    line: str
    ports: Mapping[int, Port]

    @property
    def tep(self) -> Tep:
        """The switch's tunnel end point."""
        return next(iter(self.ports.values())).tep


@dataclass(frozen=True, slots=True)
class Network:
    """A virtual network.

    Attributes:
        group: underlay multicast group, 4 or 16 octets; None: a copy to each TEP.
        floods: frames for an unknown MAC address go everywhere, instead of nowhere.
        reaches: VNIDs of the networks that a policy lets this one send to, in file order.
        reached_from: VNIDs of the networks that a policy lets send to this one, in file order.
        answers: VNIDs of those that it may only answer.
        teps: the TEPs that have a port in it, by index.
        ports: its ports, by index.
        bits: which VNIDs on the wire are this network's; left out: `vnid` alone. That is its number here whatever they
            are: the value of them, 0 where they are identities.
        identities: of such a network, VNID on the wire -> whose it is.
        gateway_macs: MAC addresses of the router that each of its TEPs is; the first is the source of what it routes.
        gateway_ips: IP addresses of that router.
        vrf: the VRF that it is routed in; None: none.
        is_l3: it has no ports: it carries what the TEPs of `vrf` route to each other.
    """

    name: str
    vnid: int
    group: bytes | None
    floods: bool
    reaches: tuple[int, ...]
    reached_from: tuple[int, ...]
    teps: tuple[Tep, ...]
    ports: tuple[Port, ...]
    bits: VnidBits = ANY
    identities: Mapping[int, str] = field(default_factory=dict)
    gateway_macs: tuple[bytes, ...] = ()
    gateway_ips: tuple[bytes, ...] = ()
    vrf: Vrf | None = None
    is_l3: bool = False
    answers: frozenset[int] = frozenset()
    _tep_indexes: frozenset[int] = field(init=False, repr=False, compare=False)
    _has_trunks: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.vnid and self.bits.is_any:
            object.__setattr__(self, "bits", VnidBits(self.vnid))
        object.__setattr__(self, "_tep_indexes", frozenset(tep.index for tep in self.teps))
        object.__setattr__(self, "_has_trunks", any(port.vlan for port in self.ports))

    @property
    def has_trunks(self) -> bool:
        """True when one of its ports is a VLAN of a trunk."""
        return self._has_trunks

    def has_port_at(self, tep: int) -> bool:
        """True when the TEP of that index has a port in it; in an L3 VNI, when it routes there."""
        return tep in self._tep_indexes


@dataclass(frozen=True, slots=True)
class Station:
    """A VM, or one of its network cards, at a place.

    Attributes:
        mac: its MAC address; empty where the map gives it none.
        other_macs: further ones.
    """

    vm: str
    vnid: int
    port: Port
    mac: bytes = b""
    other_macs: tuple[bytes, ...] = ()

    @property
    def macs(self) -> tuple[bytes, ...]:
        """All its MAC addresses."""
        return (self.mac, *self.other_macs) if self.mac else ()


@dataclass(frozen=True, slots=True)
class Policy:
    """VMs of one network may send to VMs of another, and how (FIG. 4).

    Attributes:
        source: VNID of the network that sends.
        target: VNID of the one that is reached.
        is_answer: it may only answer what another policy lets the other one send.
        encap: the encapsulation to use; None: as ever.
        via: the gateway to go through; None: as ever.
        pcp: the priority to give; None: as ever.
    """

    source: int
    target: int
    is_answer: bool = False
    encap: str | None = None
    via: Tep | None = None
    pcp: int | None = None


@dataclass(frozen=True, slots=True)
class Vrf:
    """Networks between which TEPs route (RFC 9135).

    Attributes:
        l3vni: VNID of what they route to each other; None: it travels in the target's network.
        vnids: of its networks.
        gateway_macs: of all its networks, in file order.
        gateway_ips: likewise.
    """

    name: str
    l3vni: int | None
    vnids: tuple[int, ...]
    gateway_macs: tuple[bytes, ...] = ()
    gateway_ips: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Host:
    """A physical host (FIG. 4): the indexes of its TEPs, and the names of its switches."""

    name: str
    teps: tuple[int, ...]
    switches: tuple[str, ...]


class Relations(NamedTuple):
    """What joins the things of a map."""

    policies: tuple[Policy, ...] = ()
    vrfs: tuple[Vrf, ...] = ()
    hosts: tuple[Host, ...] = ()
