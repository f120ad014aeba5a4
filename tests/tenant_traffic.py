"""A capture of the underlay of a data centre with six tenants: traffic that comes and goes, a migration, faults.

What it holds is decided by a seed, and counted here by itself, so that a report can be held against it.
"""

from __future__ import annotations

import math
import random
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from frames import checksum, put, udp

TENANTS = {"blue": 5001, "red": 5002, "green": 5003, "dev": 7001, "backup": 7002, "voice": 9000}
TEPS = 10
VMS = 8
"""Of a tenant."""
BEGIN_S = 1_767_265_200  # 2026-01-01T11:00:00Z
SPAN_S = 600
MOVED_S = 340
"""Into the capture, blue-0 moves from the first TEP to the fifth."""
_SNAPLEN = 160


class Packet(NamedTuple):
    """A frame: when, between which TEPs and VMs, how long."""

    ns: int
    vnid: int
    src_tep: int
    dst_tep: int
    src_vm: int
    dst_vm: int
    src_port: int
    inner_len: int


def tep_of(vnid: int, vm: int, second: float) -> int:
    """The place of a VM, which one leaves."""
    if (vnid, vm) == (5001, 0):
        return 0 if second < MOVED_S else 4
    return (vnid + 3 * vm) % TEPS


def packets(count: int, seed: int = 1) -> Iterator[Packet]:
    """The traffic: each tenant has hours of its own."""
    chance = random.Random(seed)
    vnids = list(TENANTS.values())
    for number in range(count):
        second = SPAN_S * number / count
        weights = [
            6 + 4 * math.sin(second / 45),
            4 + 3 * math.sin(second / 70 + 2),
            3,
            2 + (6 if 200 < second < 260 else 0),
            9 if 380 < second < 520 else 0.2,
            1,
        ]
        vnid = chance.choices(vnids, weights)[0]
        src, dst = chance.sample(range(VMS), 2)
        ends = tep_of(vnid, src, second), tep_of(vnid, dst, second)
        if ends[0] == ends[1]:
            continue
        length = _length(chance, vnid)
        port = 49152 + (0 if vnid == 9000 else chance.randrange(16384) if vnid != 7002 else chance.choice((11, 4711)))
        yield Packet(BEGIN_S * 10**9 + int(second * 10**9), vnid, *ends, src, dst, port, length)


def _length(chance: random.Random, vnid: int) -> int:
    if vnid == 9000:
        return 214
    if vnid == 7002:
        return chance.choice((8950, 8950, 66))
    return chance.choices((66, 590, 1414, 1514), (5, 3, 2, 3))[0]


def frame_of(packet: Packet) -> bytes:
    """Its octets, all of them."""
    vms = [bytes((2, 0x10, *packet.vnid.to_bytes(2, "big"), 0, vm)) for vm in (packet.src_vm, packet.dst_vm)]
    ips = [bytes((10, packet.vnid % 256, 0, 10 + vm)) for vm in (packet.src_vm, packet.dst_vm)]
    data = bytes(packet.inner_len - 14 - 20 - 8)
    inner = vms[1] + vms[0] + b"\x08\0" + _ip(ips[0], ips[1], udp(data, src_port=packet.src_port, dst_port=443))
    vxlan = struct.pack("!II", 0x08000000, packet.vnid << 8) + inner
    teps = [bytes((192, 0, 2, 1 + tep)) for tep in (packet.src_tep, packet.dst_tep)]
    macs = [bytes((2, 0, 0, 0, 2, 1 + tep)) for tep in (packet.src_tep, packet.dst_tep)]
    outer = _ip(teps[0], teps[1], udp(vxlan, src_port=packet.src_port, dst_port=4789))
    return macs[1] + macs[0] + b"\x08\0" + outer


def _ip(src: bytes, dst: bytes, payload: bytes) -> bytes:
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, 17, 0, src, dst)
    return put(header, 10, checksum(header)) + payload


def write_tenants(path: Path, count: int = 20_000, seed: int = 1) -> Counter[int]:
    """Write the capture; the answer is how many frames each VNID has."""
    written: Counter[int] = Counter()
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, _SNAPLEN, 1))
        for packet in packets(count, seed):
            octets = frame_of(packet)
            kept = octets[:_SNAPLEN]
            file.write(struct.pack("<IIII", *divmod(packet.ns, 10**9), len(kept), len(octets)) + kept)
            written[packet.vnid] += 1
    return written


def write_map(path: Path) -> Path:
    """Write the map: it knows nothing of the move, and takes one VM of red for another TEP's."""
    lines = ["version: 1", "networks:"]
    lines += [f"  {name}: {{vnid: {vnid}}}" for name, vnid in TENANTS.items()]
    lines += ["teps:"]
    lines += [
        f'  leaf{tep + 1}: {{ip: 192.0.2.{1 + tep}, mac: "02:00:00:00:02:{1 + tep:02x}", encap: [vxlan], mtu: 9216}}'
        for tep in range(TEPS)
    ]
    lines += ["switches:"]
    ports = ", ".join(f"{name}: {name}" for name in TENANTS)
    lines += [f"  sw{tep + 1}: {{tep: leaf{tep + 1}, ports: {{{ports}}}}}" for tep in range(TEPS)]
    lines += ["vms:"]
    for name, vnid in TENANTS.items():
        for vm in range(VMS):
            tep = tep_of(vnid, vm, 0) if (name, vm) != ("red", 3) else 8
            mac = f"02:10:{vnid >> 8:02x}:{vnid & 255:02x}:00:{vm:02x}"
            lines.append(f'  {name}-{vm}: {{mac: "{mac}", ip: 10.{vnid % 256}.0.{10 + vm}, at: sw{tep + 1}/{name}}}')
    path.write_text("\n".join(lines) + "\n")
    return path
