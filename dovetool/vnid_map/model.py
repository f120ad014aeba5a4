"""The map file, declared once: pydantic checks each entry by it, and the JSON Schema for editors is made from it.

What one entry alone cannot show (a reference to nothing, two owners of one address) is found by `conflicts`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from dovetool.vnid_map.value_types import (
    Dscp,
    Encap,
    GeneveOption,
    Group,
    Ip,
    Mac,
    Name,
    PlaceName,
    PortRef,
    TepIp,
    TepMac,
    TimeNs,
    Tpid,
    UdpEncap,
    UdpPort,
    Vnid,
    in_any_case,
)

_UNDERLAY_RULES: list[Any] = [  # for editors, what `tep_rules` says of the underlay
    {
        "if": {"properties": {"underlay": {"const": "l2"}}, "required": ["underlay"]},
        "then": {"properties": {"ip": False, "encap": {"items": in_any_case("pbb")}}, "required": ["mac"]},
        "else": {"required": ["ip"]},
    },
    {
        "if": {"properties": {"underlay": {"const": "both"}}, "required": ["underlay"]},
        "then": {"properties": {"gateway": {"const": True}}, "required": ["gateway", "mac"]},
    },
]
_MAP_CONFIG = ConfigDict(extra="forbid", frozen=True, strict=True)


def _or_one(schema: dict[str, Any]) -> None:
    """Let the JSON Schema of a list also take one string in its place."""
    array = {key: schema.pop(key) for key in ("type", "items", "minItems") if key in schema}
    items = array.get("items", {})
    schema["anyOf"] = [items if items.get("type") == "string" else {"type": "string"}, array]


def _or_names(schema: dict[str, Any]) -> None:
    """Let the JSON Schema of a mapping to objects also take a name in the place of each."""
    patterns = schema["patternProperties"]
    for pattern, settings in patterns.items():
        patterns[pattern] = {"anyOf": [{"type": "string", "minLength": 1}, settings]}


def _in_network(value: object) -> object:
    """Take the name of a network alone for a port without further settings."""
    return value if isinstance(value, dict | BaseModel) else {"network": value}


def _listed(value: object) -> object:
    """Take one value for a list of one."""
    return [value] if isinstance(value, str | bytes) else value


def _placed(value: object) -> object:
    """Take a port alone for a VM that is always there."""
    return [{"port": value}] if isinstance(value, str) else value


class Tag(BaseModel):
    """How the tag looks between a switch and its TEP."""

    model_config = _MAP_CONFIG

    tpid: Tpid = Field(default=0x88B5, description="EtherType that marks the tag; the default is for experiments")


class Network(BaseModel):
    """A virtual network: the frames that one 24-bit VNID isolates (RFC 7348 section 4)."""

    model_config = _MAP_CONFIG

    vnid: Vnid = Field(description="virtual network identifier")
    group: Group | None = Field(default=None, description="underlay group for broadcast; none: a copy to each TEP")
    unknown_unicast: Literal["drop", "flood"] = Field(
        default="drop", description="what happens to a frame for a MAC address that no VM of the network has"
    )


class Tep(BaseModel):
    """A tunnel end point: where frames enter and leave the underlay."""

    model_config = _MAP_CONFIG | ConfigDict(json_schema_extra={"allOf": _UNDERLAY_RULES})

    ip: TepIp = Field(default=None, description="address in an IP underlay; one that is layer 2 alone has none")
    mac: TepMac = Field(
        default=None, description="MAC address in the underlay; without it none is judged, and encap asks for it"
    )
    underlay: Literal["ip", "l2", "both"] = Field(
        default="ip", description="what carries its tunnels: IP, Ethernet alone (l2), or both, which a gateway may"
    )
    gateway: bool = Field(
        default=False,
        description="it translates between TEPs that share no encapsulation (gateway_mac is another thing: a router)",
    )
    encap: Annotated[tuple[Encap, ...], BeforeValidator(_listed)] = Field(
        min_length=1,
        strict=False,
        description="encapsulations it knows, preferred first, or one alone",
        json_schema_extra=_or_one,
    )
    ports: dict[UdpEncap, UdpPort] = Field(
        default={}, description="UDP port of an encapsulation; else the registered one"
    )
    mtu: int | None = Field(
        default=None, ge=68, le=0xFFFF, description="most octets of an IP packet it sends; none: any"
    )
    vlan: int | None = Field(default=None, ge=1, le=4094, description="802.1Q VLAN of the underlay; none: untagged")
    gateway_mac: Mac | None = Field(
        default=None, description="MAC address of the router that is the next hop; none: the other TEP's"
    )
    ttl: int = Field(default=64, ge=1, le=255, description="TTL or hop limit of the outer header")
    dscp: Dscp = Field(default="from-pcp", description="outer DSCP: from the tag, the inner header, or a value")
    udp_checksum: Literal["zero", "full"] | None = Field(
        default=None, description="outer UDP checksum; none said: zero, but full for Geneve over IPv6"
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
        json_schema_extra=_or_one,
    )


class SwitchPort(BaseModel):
    """A port of a virtual switch."""

    model_config = _MAP_CONFIG

    network: Name = Field(description="name of the network it is in")
    trusted: bool = Field(
        default=False, description="a frame that comes in with the tag of any network keeps it, as from another switch"
    )


class Switch(BaseModel):
    """A virtual switch: each of its ports is in one network."""

    model_config = _MAP_CONFIG

    tep: Name = Field(description="the TEP that carries its frames")
    ports: dict[PlaceName, Annotated[SwitchPort, BeforeValidator(_in_network)]] = Field(
        description="port name -> network name, or settings of the port", json_schema_extra=_or_names
    )

    @property
    def networks(self) -> dict[str, str]:
        """Port name -> name of its network."""
        return {name: port.network for name, port in (self.ports or {}).items()}


class Placement(BaseModel):
    """Where a VM is, from a time on (included) until another (not included)."""

    model_config = _MAP_CONFIG

    port: PortRef = Field(description="SWITCH/PORT")
    from_ns: TimeNs | None = Field(default=None, alias="from", description="first moment there; none: since ever")
    until_ns: TimeNs | None = Field(
        default=None, alias="until", description="first moment not there any more; none: never"
    )


class Vm(BaseModel):
    """A virtual machine: its addresses and its places."""

    model_config = _MAP_CONFIG

    mac: Mac = Field(description="MAC address")
    ip: Annotated[tuple[Ip, ...], BeforeValidator(_listed)] = Field(
        default=(), strict=False, description="IP addresses, or one alone", json_schema_extra=_or_one
    )
    at: Annotated[tuple[Placement, ...], BeforeValidator(_placed)] = Field(
        min_length=1, strict=False, description="SWITCH/PORT, or a list of places in time", json_schema_extra=_or_one
    )


class Policy(BaseModel):
    """A permission: VMs of one network may send to VMs of another."""

    model_config = _MAP_CONFIG

    source: Name = Field(alias="from", description="network that sends")
    target: Name = Field(alias="to", description="network that is reached")


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

    @property
    def networks_of_ports(self) -> dict[str, str]:
        """SWITCH/PORT -> name of its network."""
        switches = self.switches.items()
        return {f"{name}/{port}": network for name, switch in switches for port, network in switch.networks.items()}
