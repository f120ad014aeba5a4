"""What one frame in a tunnel shows of the network that it is in."""

from __future__ import annotations

from typing import NamedTuple


class Claim(NamedTuple):
    """Somebody says that an IP address is at a MAC address: by ARP, neighbour discovery or DHCP."""

    mac: bytes
    ip: bytes


class Outline(NamedTuple):
    """What frames in tunnels have in common that are built alike; as of `Seen`."""

    encap: str
    port: int
    vnid: int
    is_answer: bool


class Seen(NamedTuple):
    """A frame in a tunnel.

    Attributes:
        src: underlay address that it comes from, 4 or 16 octets.
        dst: underlay address that it goes to.
        src_mac: MAC address in the underlay; empty where none was captured.
        dst_mac: likewise.
        encap: name of the encapsulation.
        port: UDP port that it goes to; 0 where there is none.
        vnid: the VNID that it carries.
        inner_src: source MAC address of the frame inside; empty for a bare packet.
        inner_dst: destination MAC address, likewise.
        src_ip: source of IP; empty without one.
        dst_ip: destination of IP.
        ttl: TTL or hop limit of IP; 0 without IP.
        claim: what it says of an address.
        is_answer: it is an ARP reply to one that asked, which others may give in its name.
    """

    src: bytes
    dst: bytes
    src_mac: bytes
    dst_mac: bytes
    encap: str
    port: int
    vnid: int
    inner_src: bytes = b""
    inner_dst: bytes = b""
    src_ip: bytes = b""
    dst_ip: bytes = b""
    ttl: int = 0
    claim: Claim | None = None
    is_answer: bool = False
