"""Frames that VMs send, of every shape, built octet by octet, and a map of two sites for them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import frames
from frames import BROADCAST, VM1, VM2, checksum, put, sealed

IP1, IP2 = IPv4Address("10.0.0.1"), IPv4Address("10.0.0.2")
IP1_6, IP2_6 = IPv6Address("fd00::1"), IPv6Address("fd00::2")
TEP1_MAC, TEP2_MAC = "02:00:00:00:01:01", "02:00:00:00:01:02"
TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58


def ethernet(payload: bytes, ethertype: int, dst: bytes = VM2, *vlans: tuple[int, int]) -> bytes:
    """A frame of VM1; `vlans` are (TPID, TCI), the outermost first."""
    return frames.eth(dst, VM1, ethertype, payload, b"".join(struct.pack("!HH", *vlan) for vlan in vlans))


def ipv4(payload: bytes, protocol: int, *, tos: int = 0, dst: IPv4Address = IP2, fragment: int = 0) -> bytes:
    """An IPv4 packet; `fragment` is the field of flags and offset."""
    return frames.ipv4(payload, dst_ip=dst.packed, protocol=protocol, tos=tos, ident=7, flags=fragment)


def ipv6(payload: bytes, protocol: int, *, tos: int = 0, dst: IPv6Address = IP2_6, hop_limit: int = 64) -> bytes:
    """An IPv6 packet."""
    return frames.ipv6(payload, dst_ip=dst.packed, next_header=protocol, traffic_class=tos, hop_limit=hop_limit)


def udp(data: bytes, *, src_port: int = 40000, v6: bool = False, dst: IPv4Address | IPv6Address | None = None) -> bytes:
    """A UDP datagram to port 40001."""
    ends = (IP1_6 if v6 else IP1).packed + (dst or (IP2_6 if v6 else IP2)).packed
    return sealed(frames.udp(data, src_port=src_port, dst_port=40001), 6, UDP, ends)


def tcp(data: bytes, *, v6: bool = False, src_port: int = 40002) -> bytes:
    """A TCP segment of the middle of a connection."""
    ends = (IP1_6 if v6 else IP1).packed + (IP2_6 if v6 else IP2).packed
    return sealed(frames.tcp(data, src_port=src_port), 16, TCP, ends)


def _arp(operation: int) -> bytes:
    return struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + VM1 + IP1.packed + bytes(6) + IP2.packed


def _echo(data: bytes) -> bytes:
    octets = struct.pack("!BBHHH", 8, 0, 0, 77, 1) + data
    return put(octets, 2, checksum(octets))


def _icmpv6(octets: bytes, dst: IPv6Address) -> bytes:
    return sealed(octets, 2, ICMPV6, IP1_6.packed + dst.packed)


def _neighbour_solicitation() -> bytes:
    solicited = IPv6Address("ff02::1:ff00:2")
    octets = b"\x87\0\0\0" + bytes(4) + IP2_6.packed + b"\x01\x01" + VM1
    packet = ipv6(_icmpv6(octets, solicited), ICMPV6, dst=solicited, hop_limit=255)
    return ethernet(packet, 0x86DD, bytes.fromhex("3333ff000002"))


def _neighbour_advertisement() -> bytes:
    octets = b"\x88\0\0\0" + b"\x60\0\0\0" + IP1_6.packed + b"\x02\x01" + VM1
    return ethernet(ipv6(_icmpv6(octets, IP2_6), ICMPV6, hop_limit=255), 0x86DD)


def guest_frames() -> dict[str, bytes]:
    """Frames of VM1 to VM2, or to all, by what they are."""
    whole = udp(bytes(range(200)))
    everyone = IPv4Address("255.255.255.255")
    return {
        "arp-request": ethernet(_arp(1), 0x0806, BROADCAST),
        "arp-reply-padded": ethernet(_arp(2), 0x0806).ljust(60, b"\0"),
        "neighbour-solicitation": _neighbour_solicitation(),
        "neighbour-advertisement": _neighbour_advertisement(),
        "udp-even": ethernet(ipv4(udp(b"even"), UDP), 0x0800),
        "udp-odd": ethernet(ipv4(udp(b"odd"), UDP), 0x0800),
        "udp-minimum": ethernet(ipv4(udp(b"."), UDP), 0x0800).ljust(60, b"\0"),
        "udp-without-data": ethernet(ipv4(udp(b""), UDP), 0x0800),
        "udp-broadcast": ethernet(ipv4(udp(b"all", dst=everyone), UDP, dst=everyone), 0x0800, BROADCAST),
        "udp-long": ethernet(ipv4(udp(bytes(range(250)) * 4), UDP), 0x0800),
        "tcp": ethernet(ipv4(tcp(b"GET"), TCP), 0x0800),
        "tcp-full": ethernet(ipv4(tcp(b"x" * 1460, src_port=40004), TCP), 0x0800),
        "udp6-odd": ethernet(ipv6(udp(b"odd", v6=True), UDP), 0x86DD),
        "tcp6": ethernet(ipv6(tcp(b"four", v6=True), TCP), 0x86DD),
        "ping": ethernet(ipv4(_echo(bytes(range(56))), ICMP), 0x0800),
        "ping6": ethernet(ipv6(_icmpv6(struct.pack("!BBHHH", 128, 0, 0, 7, 1) + b"ping", IP2_6), ICMPV6), 0x86DD),
        "fragment-first": ethernet(ipv4(whole[:96], UDP, fragment=0x2000), 0x0800),
        "fragment-last": ethernet(ipv4(whole[96:], UDP, fragment=12), 0x0800),
        "vlan": ethernet(ipv4(udp(b"vlan"), UDP), 0x0800, VM2, (0x8100, 0x6014)),
        "vlan-arp": ethernet(_arp(1), 0x0806, BROADCAST, (0x8100, 0xB014)),
        "vlan-priority": ethernet(ipv6(udp(b"prio", v6=True), UDP), 0x86DD, VM2, (0x8100, 0xE000)),
        "qinq": ethernet(ipv4(udp(b"qinq"), UDP), 0x0800, VM2, (0x88A8, 0x4064), (0x8100, 0x0014)),
        "llc": ethernet(b"\x42\x42\x03" + bytes(35), 38).ljust(60, b"\0"),
        "llc-odd": ethernet(b"\xaa\xaa\x03\x00\x00\x00\x88\xb6odd", 11),
        "experimental": ethernet(b"any octets at all", 0x88B6),
        "header-alone": ethernet(b"", 0x88B6),
        "jumbo": ethernet(ipv4(udp(bytes(8972), src_port=40009), UDP), 0x0800),
        "jumbo6-odd": ethernet(ipv6(udp(b"j" * 8951, v6=True, src_port=40009), UDP), 0x86DD),
    }


def two_sites(
    path: Path,
    *,
    networks: Mapping[str, Mapping[str, Any]],
    tep1: Mapping[str, Any] | None = None,
    tep2: Mapping[str, Any] | None = None,
    v6: bool = False,
) -> Path:
    """A map: VM1 behind tep1, VM2 behind tep2, and their namesakes in every network.

    Network NAME has the ports sw1/NAME and sw2/NAME. `tep1` and `tep2` are settings besides addresses.
    """
    ips = tep_ips(v6=v6)
    teps = {
        name: {"ip": ip, "mac": mac, "encap": ["vxlan"], **(more or {})}
        for name, ip, mac, more in (("tep1", ips[0], TEP1_MAC, tep1), ("tep2", ips[1], TEP2_MAC, tep2))
    }
    ports = {name: name for name in networks}
    vms = {
        f"vm{number}-{name}": {"mac": mac.hex(":"), "ip": [str(ip) for ip in ips], "at": f"sw{number}/{name}"}
        for name in networks
        for number, mac, ips in ((1, VM1, (IP1, IP1_6)), (2, VM2, (IP2, IP2_6)))
    }
    switches = {f"sw{number}": {"tep": f"tep{number}", "ports": ports} for number in (1, 2)}
    content = {"version": 1, "networks": networks, "teps": teps, "switches": switches, "vms": vms}
    path.write_text(json.dumps(content))
    return path


def tep_ips(*, v6: bool) -> tuple[str, str]:
    """The underlay addresses of the two sites."""
    base = ip_address("2001:db8::" if v6 else "192.0.2.0")
    return str(base + 1), str(base + 2)
