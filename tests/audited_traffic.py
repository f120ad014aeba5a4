"""A capture that obeys its map in everything, put together with struct: nothing of dovetool makes it.

    tep1: sw1/p1 a1, sw1/p2 r1, sw1/p3 m, until it moves   tep2: sw2/p1 a2, sw2/p2 r2, sw2/p3 g2
    tep3: sw3/p1 a3, and m later

a1, a2, a3 and m are of blue; r1 and r2 of red have the addresses of a1 and a2; blue may send to green, where g2 is.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from frames import BLUE, BROADCAST, GREEN, RED, ipv4, udp
from plain_capture import Captured, write_capture

NOWHERE = 5099
SECOND = 10**9
START = 1_767_225_600 * SECOND  # 2026-01-01
MOVE = START + 10 * SECOND
MAP = """\
version: 1
networks:
  blue: {vnid: 5001}
  red: {vnid: 5002}
  green: {vnid: 5003}
teps:
  tep1: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan], mtu: 1500}
  tep2: {ip: 192.0.2.2, mac: "02:00:00:00:01:02", encap: [vxlan], mtu: 1500}
  tep3: {ip: 192.0.2.3, mac: "02:00:00:00:01:03", encap: [vxlan], mtu: 1500}
  tep4: {ip: 192.0.2.4, mac: "02:00:00:00:01:04", encap: [geneve]}
switches:
  sw1: {tep: tep1, ports: {p1: blue, p2: red, p3: blue}}
  sw2: {tep: tep2, ports: {p1: blue, p2: red, p3: green}}
  sw3: {tep: tep3, ports: {p1: blue}}
  sw4: {tep: tep4, ports: {p1: green}}
vms:
  a1: {mac: "02:00:00:00:00:0a", ip: [10.0.0.1], at: sw1/p1}
  a2: {mac: "02:00:00:00:00:0b", ip: [10.0.0.2], at: sw2/p1}
  a3: {mac: "02:00:00:00:00:0c", ip: [10.0.0.3], at: sw3/p1}
  r1: {mac: "02:00:00:00:00:0a", ip: [10.0.0.1], at: sw1/p2}
  r2: {mac: "02:00:00:00:00:0b", ip: [10.0.0.2], at: sw2/p2}
  g2: {mac: "02:00:00:00:00:1b", ip: [10.0.1.2], at: sw2/p3}
  m:
    mac: "02:00:00:00:00:0d"
    ip: [10.0.0.4]
    at: [{port: sw1/p3, until: 2026-01-01T00:00:10Z}, {port: sw3/p1, from: 2026-01-01T00:00:10Z}]
policies:
  - {from: blue, to: green}
"""


def mac(last: int) -> bytes:
    return bytes((2, 0, 0, 0, 0, last))


A1, A2, A3, M, G2, STRANGER = map(mac, (0x0A, 0x0B, 0x0C, 0x0D, 0x1B, 0x99))


def ip(last: int, third: int = 0) -> bytes:
    return bytes((10, 0, third, last))


@dataclass(frozen=True)
class Inner:
    """The frame of a VM."""

    src: bytes = A1
    dst: bytes = A2
    src_ip: bytes = ip(1)
    dst_ip: bytes = ip(2)
    port: int = 1000
    tos: int = 0
    size: int = 60
    vlan: bytes = b""
    arp: bool = False
    arp_mac: bytes = b""

    def octets(self) -> bytes:
        macs = self.dst + self.src + self.vlan
        if self.arp:
            sender = (self.arp_mac or self.src) + self.src_ip
            return macs + bytes.fromhex("0806000108000604 0001") + sender + bytes(6) + self.dst_ip + bytes(18)
        return (
            macs
            + b"\x08\0"
            + ipv4(
                udp(bytes(self.size), src_port=self.port, dst_port=7),
                src_ip=self.src_ip,
                dst_ip=self.dst_ip,
                tos=self.tos,
            )
        )


@dataclass(frozen=True)
class Packet:
    """A VXLAN packet between two TEPs."""

    sender: int
    receiver: int
    vnid: int
    inner: Inner
    ts_ns: int = 0
    dst_port: int = 4789
    src_port: int = 0  # 0: one for each inner flow
    ttl: int = 64
    tos: int = 0
    header: str = "0800000000000000"
    src_mac: int = 0
    dst_mac: int = 0

    def src_port_of_flow(self) -> int:
        return self.src_port or 49152 + (self.inner.port * 31 + self.inner.src[-1] * 7 + self.inner.dst[-1]) % 16384

    def datagram(self) -> bytes:
        first, word = struct.unpack("!II", bytes.fromhex(self.header))
        return udp(
            struct.pack("!II", first, word | self.vnid << 8) + self.inner.octets(),
            src_port=self.src_port_of_flow(),
            dst_port=self.dst_port,
        )

    def octets(self) -> bytes:
        src, dst = bytes((192, 0, 2, self.sender)), bytes((192, 0, 2, self.receiver))
        macs = bytes((2, 0, 0, 0, 1, self.dst_mac or self.receiver, 2, 0, 0, 0, 1, self.src_mac or self.sender))
        return macs + b"\x08\0" + ipv4(self.datagram(), src_ip=src, dst_ip=dst, tos=self.tos, ttl=self.ttl)


def clean() -> list[Packet]:
    """The capture, in the order of its frames; a frame's number is its place and one."""
    ask = Inner(dst=BROADCAST, arp=True)
    ask3 = Inner(A3, BROADCAST, ip(3), ip(1), arp=True)
    packets = [
        Packet(1, 2, BLUE, ask),
        Packet(1, 3, BLUE, ask),
        Packet(2, 1, BLUE, Inner(A2, A1, ip(2), ip(1), arp=True)),
        *(Packet(1, 2, BLUE, Inner(port=1000 + flow)) for flow in range(3)),
        *(Packet(2, 1, BLUE, Inner(A2, A1, ip(2), ip(1), 1000 + flow)) for flow in range(3)),
        Packet(1, 2, RED, Inner(port=2000)),
        Packet(2, 1, RED, Inner(A2, A1, ip(2), ip(1), 2000)),
        Packet(1, 2, RED, Inner(dst=BROADCAST, arp=True)),
        Packet(1, 3, BLUE, Inner(A1, A3, ip(1), ip(3), 3000)),
        Packet(3, 1, BLUE, Inner(A3, A1, ip(3), ip(1), 3000)),
        Packet(1, 2, GREEN, Inner(A1, G2, ip(1), ip(2, 1), 4000)),
        Packet(1, 2, BLUE, Inner(M, A2, ip(4), ip(2), 5000)),
        Packet(2, 1, BLUE, Inner(A2, M, ip(2), ip(4), 5000)),
        Packet(3, 1, BLUE, ask3),
        Packet(3, 2, BLUE, ask3),
        Packet(1, 2, BLUE, Inner(tos=2, port=1003), tos=2),
        Packet(1, 2, BLUE, Inner(tos=2, port=1003), tos=3),
    ]
    early = [replace(packet, ts_ns=START + at * 1_000_000) for at, packet in enumerate(packets)]
    moved = [
        Packet(3, 2, BLUE, Inner(M, A2, ip(4), ip(2), 5001)),
        Packet(2, 3, BLUE, Inner(A2, M, ip(2), ip(4), 5001)),
    ]
    late = [replace(packet, ts_ns=MOVE + (at + 1) * 1_000_000) for at, packet in enumerate(moved)]
    return early + late


def captured(packets: Sequence[Packet]) -> list[Captured]:
    frames = [(packet.ts_ns, packet.octets()) for packet in packets]
    return [Captured(ts_ns, len(octets), octets) for ts_ns, octets in frames]


def write_map(folder: Path, text: str = MAP) -> Path:
    path = folder / "map.yaml"
    path.write_text(text)
    return path


def write_clean(folder: Path) -> Path:
    return write_capture(folder / "clean.pcap", captured(clean()))
