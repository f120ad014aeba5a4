"""The map file, declared once: pydantic checks each entry by it, and the JSON Schema for editors is made from it.

What one entry alone cannot show (a reference to nothing, two owners of one address) is found by `conflicts`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from dovetool.vnid_map import schema
from dovetool.vnid_map.file.value_types import (
    Dscp,
    Encap,
    GeneveOption,
    Group,
    Ip,
    IpOrPrefix,
    Mac,
    Name,
    NameIfAny,
    PlaceName,
    PlaceVlan,
    PortRef,
    TimeNs,
    Tpid,
    UdpEncap,
    UdpPort,
    Vlan,
    Vnid,
    VnidKey,
    VnidRange,
)
from dovetool.vnid_map.prefixes import Prefix
from dovetool.vnid_map.values import UNTAGGED

_MAP_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True)


def _as_port(value: object) -> object:
    """Take the name of a network alone, or networks by VLAN alone, for the settings of a port."""
    if not isinstance(value, dict):
        return value if isinstance(value, BaseModel) else {"network": value}
    vlans = {key: network for key, network in value.items() if str(key).isdecimal() or key == UNTAGGED}
    if not vlans or "vlans" in value:
        return value
    return {"vlans": vlans} | {key: each for key, each in value.items() if key not in vlans}


def _listed(value: object) -> object:
    """Take one value for a list of one."""
    return [value] if value is None or isinstance(value, str | bytes | Prefix) else value


def _placed(value: object) -> object:
    """Take one place for a list of one, and a port alone for a place without further settings."""
    places = value if isinstance(value, list | tuple) else [value] if isinstance(value, str | dict) else value
    if not isinstance(places, list | tuple):
        return places
    return [{"port": place} if isinstance(place, str) else place for place in places]


class Tag(BaseModel):
    """How the tag looks between a switch and its TEP."""

    model_config = _MAP_CONFIG

    tpid: Tpid = Field(default=0x88B5, description="EtherType that marks the tag; the default is for experiments")


class Gateway(BaseModel):
    """The router of a network that each of its TEPs is (an anycast gateway, RFC 9135 section 4.1)."""

    model_config = _MAP_CONFIG

    mac: Annotated[tuple[Mac, ...], BeforeValidator(_listed)] = Field(
        min_length=1,
        strict=False,
        description="MAC address by which VMs reach it, or several; the first is the source of what it routes",
        json_schema_extra=schema.or_one,
    )
    ip: Annotated[tuple[Ip, ...], BeforeValidator(_listed)] = Field(
        default=(), strict=False, description="its IP addresses, or just one", json_schema_extra=schema.or_one
    )


class Network(BaseModel):
    """A virtual network: the frames that one 24-bit VNID isolates (RFC 7348 section 4)."""

    model_config = _MAP_CONFIG

    vnid: VnidRange = Field(
        description="virtual network identifier; {value, mask}: the bits of it that tell the network; any: all others"
    )
    gateway: Gateway | None = Field(default=None, description="the router that each TEP of the network is")
    identities: dict[VnidKey, Name] = Field(
        default={}, description="VNIDs on the wire that are identities (vnid: any) -> whose they are"
    )
    group: Group | None = Field(
        default=None, description="underlay multicast group for broadcasts; none: a copy to each TEP"
    )
    unknown_unicast: Literal["drop", "flood"] = Field(
        default="drop", description="what happens to a frame for a MAC address that no VM of the network has"
    )


class Tep(BaseModel):
    """A tunnel end point: where frames enter and leave the underlay."""

    model_config = _MAP_CONFIG | ConfigDict(json_schema_extra={"allOf": schema.UNDERLAY_RULES})

    ip: Annotated[tuple[Ip, ...], BeforeValidator(_listed)] = Field(
        default=(),
        min_length=1,
        strict=False,
        description="address in an IP underlay, or several, preferred first; one that is only layer 2 has none",
        json_schema_extra=schema.or_one,
    )
    mac: Annotated[tuple[Mac, ...], BeforeValidator(_listed)] = Field(
        default=(),
        min_length=1,
        strict=False,
        description="MAC address in the underlay, or several; without it none is checked, and encap refuses to work",
        json_schema_extra=schema.or_one,
    )
    router_mac: Annotated[tuple[Mac, ...], BeforeValidator(_listed)] = Field(
        default=(),
        min_length=1,
        strict=False,
        description="MAC address by which it routes in the L3 VNI of a VRF (RFC 9135 section 4.2), or several",
        json_schema_extra=schema.or_one,
    )
    shared: bool = Field(
        default=False, description="true on all TEPs with a common address: to others they are one TEP (anycast, MLAG)"
    )
    vrf: Name | None = Field(
        default=None,
        description="VRF of the underlay that its addresses are in; in another VRF, others may have the same",
    )
    underlay: Literal["ip", "l2", "both"] = Field(
        default="ip", description="what carries its tunnels: IP, only Ethernet (l2), or both, which a gateway may"
    )
    gateway: bool = Field(
        default=False,
        description="it translates between TEPs that share no encapsulation (gateway_mac is another thing: a router)",
    )
    encap: Annotated[tuple[Encap, ...], BeforeValidator(_listed)] = Field(
        min_length=1,
        strict=False,
        description="encapsulations it knows, preferred first, or just one",
        json_schema_extra=schema.or_one,
    )
    ports: dict[UdpEncap, UdpPort] = Field(
        default={}, description="UDP port of an encapsulation; default: the registered one"
    )
    mtu: int | None = Field(
        default=None, ge=68, le=0xFFFF, description="largest IP packet that it sends, in octets; none: any"
    )
    vlan: int | None = Field(default=None, ge=1, le=4094, description="802.1Q VLAN of the underlay; none: untagged")
    gateway_mac: Mac | None = Field(
        default=None, description="MAC address of the router that is the next hop; none: the other TEP's"
    )
    ttl: int = Field(default=64, ge=1, le=255, description="TTL or hop limit of the outer header")
    dscp: Dscp = Field(default="from-pcp", description="outer DSCP: from the tag, the inner header, or a value")
    udp_checksum: Literal["zero", "full"] | None = Field(
        default=None, description="outer UDP checksum; default: zero, but full for Geneve over IPv6"
    )
    guest_vlan: Literal["strip", "keep", "reject"] | None = Field(
        default=None,
        description="what becomes of the 802.1Q tag of a guest's frame (RFC 7348 section 6.1, RFC 7637 section 3.3)",
    )
    on_mtu: Literal["reject", "fragment", "emit"] = Field(
        default="reject", description="what becomes of a packet above the MTU"
    )
    geneve_priority: bool = Field(default=False, description="carry the tag's PCP and DEI in a Geneve option")
    geneve_options: Annotated[tuple[GeneveOption, ...], BeforeValidator(_listed)] = Field(
        default=(),
        strict=False,
        description="critical options of Geneve that it understands, as 0xCLASS:0xTYPE, or any",
        json_schema_extra=schema.or_one,
    )


class SwitchPort(BaseModel):
    """A port of a virtual switch."""

    model_config = _MAP_CONFIG | ConfigDict(json_schema_extra={"oneOf": schema.PORT_RULES})

    network: NameIfAny = Field(default=None, description="name of the network that it is in")
    vlans: dict[Vlan, Name] = Field(
        default={},
        min_length=1,
        description="a trunk: VLAN, or untagged -> name of the network that its frames are in",
    )
    trusted: bool = Field(
        default=False, description="a frame that comes in with the tag of any network keeps it, as from another switch"
    )
    native: int | None = Field(
        default=None,
        ge=1,
        le=4094,
        description="VLAN of untagged frames: what comes in with its tag is one of them, and none goes out with it",
    )


class Switch(BaseModel):
    """A virtual switch: each of its ports is in one network, or a trunk; or it is in one as a whole."""

    model_config = _MAP_CONFIG | ConfigDict(json_schema_extra={"anyOf": schema.SWITCH_RULES})

    tep: Name = Field(description="the TEP that carries its frames")
    network: NameIfAny = Field(default=None, description="name of the network that all other ports of it are in")
    ports: dict[PlaceName, Annotated[SwitchPort, BeforeValidator(_as_port)]] = Field(
        default={},
        description="port name -> network name, networks by VLAN, or settings of the port",
        json_schema_extra=schema.or_names,
    )


class _Frequent(BaseModel):
    """What there may be very many of in a map.

    Which of its fields are set is the same for most: sets of their own would be a fifth of the memory of a map.
    """

    _SAME: ClassVar[dict[frozenset[str], set[str]]] = {}

    @model_validator(mode="after")
    def _share_fields_set(self) -> Self:
        told = self.__pydantic_fields_set__
        object.__setattr__(self, "__pydantic_fields_set__", self._SAME.setdefault(frozenset(told), told))
        return self


class Placement(_Frequent):
    """Where a VM is, from a time on (included) until another (not included)."""

    model_config = _MAP_CONFIG

    port: PortRef = Field(description="SWITCH/PORT, SWITCH/PORT.VLAN, or SWITCH where all of it is in one network")
    vlan: PlaceVlan | None = Field(default=None, description="VLAN of a trunk port, where `port` does not tell it")
    from_ns: TimeNs | None = Field(default=None, alias="from", description="when it came there; none: it always was")
    until_ns: TimeNs | None = Field(default=None, alias="until", description="when it left; none: it is still there")


class Nic(_Frequent):
    """A network card of a VM: its addresses and its places."""

    model_config = _MAP_CONFIG | ConfigDict(json_schema_extra={"anyOf": schema.NIC_RULES})

    mac: Annotated[tuple[Mac, ...], BeforeValidator(_listed)] = Field(
        default=(), min_length=1, strict=False, description="MAC address, or several", json_schema_extra=schema.or_one
    )
    ip: Annotated[tuple[IpOrPrefix, ...], BeforeValidator(_listed)] = Field(
        default=(),
        strict=False,
        description="IP addresses, and prefixes of what is behind it, or just one",
        json_schema_extra=schema.or_one,
    )
    at: Annotated[tuple[Placement, ...], BeforeValidator(_placed)] = Field(
        default=(),
        min_length=1,
        strict=False,
        description="SWITCH/PORT, or a list of places, in time or several at once",
        json_schema_extra=schema.or_places,
    )


class Vm(Nic):
    """A virtual machine: its addresses and its places, or its network cards."""

    model_config = _MAP_CONFIG | ConfigDict(json_schema_extra={"anyOf": schema.VM_RULES})

    nics: tuple[Nic, ...] = Field(
        default=(), min_length=1, strict=False, description="network cards, each with addresses and places of its own"
    )
    shared: bool = Field(
        default=False, description="true on all VMs with a common address: they may have it at once (VRRP, anycast)"
    )


class Policy(BaseModel):
    """A permission: VMs of one network may send to VMs of another, and how."""

    model_config = _MAP_CONFIG

    source: Name = Field(alias="from", description="network that sends")
    target: Name = Field(alias="to", description="network that is reached")
    both_ways: bool = Field(default=False, description="the other network may send, too")
    stateful: bool = Field(default=False, description="the other network may answer, but not begin")
    encap: Encap | None = Field(default=None, description="encapsulation that such frames are sent in")
    via: Name | None = Field(default=None, description="name of a gateway TEP that such frames are sent through")
    pcp: int | None = Field(default=None, ge=0, le=7, description="priority that such frames get")


class Vrf(BaseModel):
    """Networks between which TEPs route (RFC 9135): what one of them sends to the gateway reaches the others."""

    model_config = _MAP_CONFIG

    l3vni: Vnid | None = Field(
        default=None,
        description="VNID of routed frames between TEPs (symmetric IRB); none: that of the target (asymmetric)",
    )
    networks: tuple[Name, ...] = Field(min_length=1, strict=False, description="names of its networks")


class Host(BaseModel):
    """A physical host (FIG. 4), with what runs on it."""

    model_config = _MAP_CONFIG

    teps: tuple[Name, ...] = Field(default=(), strict=False, description="names of its TEPs")
    switches: tuple[PlaceName, ...] = Field(default=(), strict=False, description="names of its switches")


class MapFile(BaseModel):
    """Who belongs where: the virtual networks, the TEPs, the switches and the VMs of an overlay."""

    model_config = _MAP_CONFIG

    version: Literal[1] = Field(description="version of this format")
    tag: Tag = Field(default=Tag(), description="the tag on the wire")
    networks: dict[Name, Network] = Field(default={}, description="virtual networks by name")
    teps: dict[Name, Tep] = Field(default={}, description="tunnel end points by name")
    switches: dict[PlaceName, Switch] = Field(default={}, description="switches by name")
    vms: dict[Name, Vm] = Field(default={}, description="virtual machines by name")
    policies: tuple[Policy, ...] = Field(default=(), strict=False, description="who may reach whom; all else is denied")
    vrfs: dict[Name, Vrf] = Field(default={}, description="networks that TEPs route between, by the VRF's name")
    hosts: dict[Name, Host] = Field(default={}, description="physical hosts by name")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of map files, which editors check and complete them by."""
    return schema.whole(MapFile.model_json_schema())
