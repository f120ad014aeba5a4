"""A network with trunk ports on two switches, and the frames that its guests send.

At each switch there are an access port of VLAN 10 and one of VLAN 20, a trunk, and a trunk whose native VLAN is 10.
VLAN 10 is the network blue, VLAN 20 red. The guests at the access ports are Linux's own network stack, which answers;
those at the trunks send what is here. Guests of the two networks have the same addresses.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from frames import BROADCAST, MULTICAST, TEP_IPS, TEP_MACS, checksum, eth, ipv4, put

VNIDS = {10: 5001, 20: 5002}
NAMES = {10: "blue", 20: "red"}
OLD_QINQ = 0x9100
STRANGER = bytes.fromhex("02000000aaee")


class Vlans(NamedTuple):
    """What a port of a switch is set to: the VLAN of frames without a tag, and those with."""

    native: int = 0
    tagged: tuple[int, ...] = ()

    @property
    def networks(self) -> dict[str, Any]:
        """The port in the words of a map."""
        untagged = {"untagged": NAMES[self.native]} if self.native else {}
        return untagged | {str(vlan): NAMES[vlan] for vlan in self.tagged}


PORTS = {"p10": Vlans(10), "p20": Vlans(20), "eth1": Vlans(tagged=(10, 20)), "eth2": Vlans(10, (20,))}
NUMBERS = {"p10": 1, "p20": 1, "eth1": 2, "eth2": 3}


class Guest(NamedTuple):
    """Where frames come from, or go to: a VLAN of a port, 0 for no tag."""

    site: int
    port: str
    vlan: int = 0

    @property
    def line(self) -> str:
        """The port, as captures name it."""
        return f"sw{self.site}/{self.port}"

    @property
    def place(self) -> str:
        """The place of a VM, as maps name it."""
        return f"{self.line}.{self.vlan}" if self.vlan else self.line

    @property
    def name(self) -> str:
        return self.place.replace("/", "-")

    @property
    def mac(self) -> bytes:
        return bytes((2, 0, 0, 0xAA, self.site, NUMBERS[self.port]))

    @property
    def ip(self) -> bytes:
        return bytes((10, 0, 0, 10 * self.site + NUMBERS[self.port]))


GUESTS = [
    Guest(site, port, vlan)
    for site in (1, 2)
    for port, vlans in PORTS.items()
    for vlan in (*([0] if vlans.native else []), *vlans.tagged)
]
STACKS = [guest for guest in GUESTS if guest.port in ("p10", "p20")]


def trunk_map(path: Path, native_at: Collection[str] = (), **tep: str | int) -> Path:
    """The map of the network; an access port is a trunk of one network without a tag.

    Args:
        path: where it is written.
        native_at: the ports that take the tag of their native VLAN too.
        tep: of both TEPs, besides.
    """
    ports = {
        port: vlans.networks | ({"native": vlans.native} if port in native_at else {}) for port, vlans in PORTS.items()
    }
    model = {
        "version": 1,
        "networks": {NAMES[vlan]: {"vnid": vnid, "unknown_unicast": "flood"} for vlan, vnid in VNIDS.items()},
        "teps": {f"tep{site}": _tep(site) | tep for site in (1, 2)},
        "switches": {f"sw{site}": {"tep": f"tep{site}", "ports": ports} for site in (1, 2)},
        "vms": {
            guest.name: {"mac": guest.mac.hex(":"), "ip": ".".join(map(str, guest.ip)), "at": guest.place}
            for guest in GUESTS
        },
    }
    path.write_text(json.dumps(model))
    return path


def _tep(site: int) -> dict[str, Any]:
    return {"ip": ".".join(map(str, TEP_IPS[site - 1])), "mac": TEP_MACS[site - 1].hex(":"), "encap": "vxlan"}


class Sent(NamedTuple):
    """A frame that a guest sends out of a port."""

    line: str
    octets: bytes


def vlan_tag(vlan: int, pcp: int = 0, *, dei: bool = False, tpid: int = 0x8100) -> bytes:
    return struct.pack("!HH", tpid, pcp << 13 | dei << 12 | vlan)


def announcements() -> list[Sent]:
    """Each guest tells its MAC address to its network."""
    return [Sent(guest.line, eth(BROADCAST, guest.mac, 0x0806, _arp(guest, guest.ip), _tag(guest))) for guest in GUESTS]


def good_frames() -> list[Sent]:
    """What guests may send: to each other, to all, to nobody known; with every priority; with a tag of their own."""
    numbers = iter(range(100, 10000))
    trunks = [guest for guest in GUESTS if guest not in STACKS]
    made = [each for guest in trunks for each in _asks(guest)]
    for number, guest in enumerate(trunks):
        pcp = number % 7 + 1
        made += (echo(guest, other, next(numbers), pcp) for other in GUESTS if other.line != guest.line)
        made += (_to(guest, dst, next(numbers), pcp) for dst in (BROADCAST, MULTICAST, STRANGER))
    blue, other = Guest(1, "eth1", 10), Guest(2, "eth1", 10)
    made += (echo(blue, other, next(numbers), pcp) for pcp in range(8))
    made += (echo(guest, other, next(numbers), 5, length=1400) for guest in (blue, Guest(1, "eth2")))
    return [*made, *_priority_alone(numbers)]


def _priority_alone(numbers: Iterator[int]) -> list[Sent]:
    """Tags with a priority and no VLAN, where frames without a tag are in a network."""
    guests = (Guest(1, "p10"), Guest(2, "p20"), Guest(1, "eth2"))
    frames = ((guest, _to(guest, BROADCAST, next(numbers), 0).octets) for guest in guests)
    return [Sent(guest.line, octets[:12] + vlan_tag(0, 6) + octets[12:]) for guest, octets in frames]


def others_tags() -> list[Sent]:
    """Frames with a tag that looks like one of 802.1Q, and has the TPID that was used before there was 802.1ad."""
    frames = ((guest, _to(guest._replace(vlan=0), BROADCAST, 22000 + at, 0)) for at, guest in enumerate(GUESTS))
    return [
        Sent(line, octets[:12] + vlan_tag(guest.vlan, 5, tpid=OLD_QINQ) + octets[12:])
        for guest, (line, octets) in frames
        if guest.vlan
    ]


def tags_in_tags() -> list[Sent]:
    """Frames of a trunk's VLANs with a tag of the guest's own behind, as a customer's in a provider's."""
    guests = [guest for guest in GUESTS if guest.vlan]
    return [_to(guest, BROADCAST, 21000 + at, 2, vlan_tag(77, 3)) for at, guest in enumerate(guests)]


def bad_frames() -> list[Sent]:
    """Frames with a VLAN that their port does not have, or without one where it has no native one."""
    numbers = iter(range(10000, 20000))
    wrong = [("eth1", (0, 30, 4094)), ("eth2", (30, 4094)), ("p10", (20, 30)), ("p20", (10, 30))]
    return [
        Sent(line, octets[:12] + tag + octets[12:])
        for site in (1, 2)
        for port, vlans in wrong
        for vlan in vlans
        for line, octets in [_to(Guest(site, port), BROADCAST, next(numbers), 0)]
        for tag in ([vlan_tag(vlan)] if vlan else [b"", vlan_tag(0, 3)])
    ]


def native_with_a_tag() -> list[Sent]:
    """Frames with the VLAN that the port has for frames without."""
    guests = [Guest(site, port, vlans.native) for site in (1, 2) for port, vlans in PORTS.items() if vlans.native]
    return [_to(guest, BROADCAST, 20000 + at, 2) for at, guest in enumerate(guests)]


def _asks(guest: Guest) -> list[Sent]:
    """ARP requests for the guests that answer; those of its network do."""
    return [Sent(guest.line, eth(BROADCAST, guest.mac, 0x0806, _arp(guest, each.ip), _tag(guest))) for each in STACKS]


def _arp(guest: Guest, asked: bytes) -> bytes:
    return struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + guest.mac + guest.ip + bytes(6) + asked


def echo(guest: Guest, other: Guest, number: int, pcp: int, length: int = 0) -> Sent:
    """An ICMP echo request, whether the other is in the same network or not."""
    packet = ipv4(echo_request(number, 1, length), src_ip=guest.ip, dst_ip=other.ip, protocol=1)
    return Sent(guest.line, eth(other.mac, guest.mac, 0x0800, packet, _tag(guest, pcp)))


def echo_request(ident: int, sequence: int, length: int = 0) -> bytes:
    octets = struct.pack("!BBHHH", 8, 0, 0, ident, sequence) + b"frame %d" % ident + bytes(length)
    return put(octets, 2, checksum(octets))


def _to(guest: Guest, dst: bytes, number: int, pcp: int, inner: bytes = b"") -> Sent:
    """A frame of no protocol; `inner` is a tag of the guest's own behind that of the VLAN."""
    payload = b"frame %d" % number + bytes(46)
    return Sent(guest.line, eth(dst, guest.mac, 0x88B6, payload, _tag(guest, pcp) + inner))


def _tag(guest: Guest, pcp: int = 0) -> bytes:
    return vlan_tag(guest.vlan, pcp) if guest.vlan else b""
