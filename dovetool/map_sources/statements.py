"""What a source says of a network, one statement at a time, each with where it stands.

Statements are about things by their addresses and numbers: a TEP is known by its name or by an underlay address, a
network by its VNID. Which of them belong together is for `assemble` to find out. Addresses are packed octets, times
are nanoseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dovetool.vnid_map.prefixes import Prefix

__all__ = [
    "HostStatement",
    "NameStatement",
    "NetworkStatement",
    "Origin",
    "Place",
    "PolicyStatement",
    "PortStatement",
    "Prefix",
    "Statement",
    "TepStatement",
    "VmStatement",
    "VrfStatement",
]


class Origin(NamedTuple):
    """Where a statement stands.

    Attributes:
        file: the file as it was named, or found in a folder.
        where: the place in it, as keys and indexes ("10100.macs.02:00:..."), or a line.
        host: the host that the file is of; empty where none is told.
        taken_ns: when the snapshot was taken; None: not told.
    """

    file: str
    where: str = ""
    host: str = ""
    taken_ns: int | None = None


class Place(NamedTuple):
    """Where a VM is, as far as a source knows.

    Attributes:
        tep: the name of the TEP (that of its host), or one of its underlay addresses as octets.
        switch: name of the virtual switch; empty: that of the TEP.
        port: name of the port; empty: not told.
        vlan: VLAN of a trunk port, 0 for its untagged frames; None: an access port, or not told.
    """

    tep: str | bytes
    switch: str = ""
    port: str = ""
    vlan: int | None = None


class TepStatement(NamedTuple):
    """A tunnel end point.

    Attributes:
        name: its name, that of its host; empty where only an address is known.
        ips: underlay addresses, the first one preferred.
        macs: its MAC addresses in the underlay.
        router_macs: the MAC addresses by which it routes in an L3 VNI.
        encaps: encapsulations, preferred first; empty: not told.
        ports: encapsulation -> UDP port, where it is not the registered one.
        shared: others have its address too (an anycast VTEP).
        guessed: why it is unsure; empty: the source is sure.
        note: what else is to be told of it, as a comment.
    """

    origin: Origin
    name: str = ""
    ips: tuple[bytes, ...] = ()
    macs: tuple[bytes, ...] = ()
    router_macs: tuple[bytes, ...] = ()
    encaps: tuple[str, ...] = ()
    ports: Mapping[str, int] = {}
    shared: bool = False
    guessed: str = ""
    note: str = ""


class NetworkStatement(NamedTuple):
    """A virtual network.

    Attributes:
        vnid: its VNID; with a mask, the bits that tell it.
        name: its name; empty: not told.
        mask: which bits of a VNID on the wire tell the network; None: all of them.
        any_vnid: VNIDs on the wire are no number of this network (they are identities); `vnid` has no meaning then.
        gateway_mac: MAC address of its anycast gateway; empty: none, or not told.
        gateway_ips: addresses of that.
        group: underlay group of its broadcasts; empty: copies.
        floods: frames for unknown addresses go everywhere; None: not told.
        identities: VNID on the wire -> whose it is, of a network of identities.
        note: what else is to be told of it, as a comment.
    """

    origin: Origin
    vnid: int
    name: str = ""
    mask: int | None = None
    any_vnid: bool = False
    gateway_mac: bytes = b""
    gateway_ips: tuple[bytes, ...] = ()
    group: bytes = b""
    floods: bool | None = None
    identities: Mapping[int, str] = {}
    guessed: str = ""
    note: str = ""


class VrfStatement(NamedTuple):
    """Networks between which TEPs route.

    Attributes:
        name: its name.
        l3vni: VNID of routed frames between TEPs (symmetric IRB); None: they travel in the target's network.
        vnids: its networks.
    """

    origin: Origin
    name: str
    l3vni: int | None = None
    vnids: tuple[int, ...] = ()
    guessed: str = ""


class PortStatement(NamedTuple):
    """A port of a switch is in a network, whether or not a VM is there."""

    origin: Origin
    place: Place
    vnid: int
    guessed: str = ""


class VmStatement(NamedTuple):
    """A VM, or one of its network cards, is at a place of a network.

    Attributes:
        vnid: the network's VNID, as in its `NetworkStatement`.
        place: where it is.
        name: its name; empty: not told. Statements of one name in one network are about one VM.
        mac: its MAC address; empty: none, or not told.
        ips: its addresses.
        prefixes: IP networks behind it.
        is_local: the host at which it is says so itself; what others have heard of it counts for less.
        sequence: how often it has moved, where that is counted (EVPN MAC mobility); the higher is the later.
        from_ns: first moment there, where the source knows it; None: not told.
        until_ns: first moment not there any more; None: not told.
        shared: others may have its addresses too.
        elsewhere: it may be at other places at the same time: multihoming, a migration that is under way.
        guessed: why it is unsure; empty: the source is sure.
        note: what else is to be told of it, as a comment.
    """

    origin: Origin
    vnid: int
    place: Place
    name: str = ""
    mac: bytes = b""
    ips: tuple[bytes, ...] = ()
    prefixes: tuple[Prefix, ...] = ()
    is_local: bool = False
    sequence: int = 0
    from_ns: int | None = None
    until_ns: int | None = None
    shared: bool = False
    elsewhere: bool = False
    guessed: str = ""
    note: str = ""


class NameStatement(NamedTuple):
    """The VM with this MAC address in this network is called so, wherever it is."""

    origin: Origin
    vnid: int
    mac: bytes
    name: str


class PolicyStatement(NamedTuple):
    """VMs of one network may send to VMs of another."""

    origin: Origin
    source: int
    target: int
    guessed: str = ""


class HostStatement(NamedTuple):
    """A physical host, with the TEPs and switches on it, by name."""

    origin: Origin
    name: str
    teps: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()


Statement = (
    TepStatement
    | NetworkStatement
    | VrfStatement
    | PortStatement
    | VmStatement
    | NameStatement
    | PolicyStatement
    | HostStatement
)
