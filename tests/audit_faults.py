"""Faults to put into a clean capture, one at a time: what is changed, and which finding it must give, where."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from audited_traffic import (
    A1,
    A2,
    A3,
    G2,
    MAP,
    MOVE,
    NOWHERE,
    SECOND,
    START,
    STRANGER,
    Inner,
    M,
    Packet,
    captured,
    clean,
    ip,
    mac,
)
from frames import BLUE, BROADCAST, GREEN, RED, TEP_IPS, checksum, ipv4, udp
from plain_capture import Captured

Frames = list[Captured]
LATER = MOVE + 2 * SECOND


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: what was done.
        make: makes the frames of the capture that has it.
        found: reason -> numbers of the frames that it is found in, and nothing else.
        text: what the finding's text must say.
        map_text: the map.
    """

    name: str
    make: Callable[[], Frames]
    found: dict[str, list[int]]
    text: str = ""
    map_text: str = MAP

    def __str__(self) -> str:
        return self.name


def added(*packets: Packet, at_ns: int = START + SECOND) -> Callable[[], Frames]:
    """The clean capture with packets behind its first part, the first of them as number 22."""

    def make() -> Frames:
        new = [replace(packet, ts_ns=at_ns + place * 10_000) for place, packet in enumerate(packets)]
        return captured(sorted(clean() + new, key=lambda packet: packet.ts_ns))

    return make


def changed(number: int, **fields: int) -> Callable[[], Frames]:
    """The clean capture with other fields of one of its packets."""

    def make() -> Frames:
        packets = clean()
        packets[number - 1] = replace(packets[number - 1], **fields)  # type: ignore[arg-type]  # fields of integers
        return captured(packets)

    return make


def octets_changed(change: Callable[[bytes], bytes], packet: Packet | None = None) -> Callable[[], Frames]:
    """The clean capture with one more frame, number 22, whose octets are changed."""

    def make() -> Frames:
        frames = added(packet or Packet(1, 2, BLUE, Inner(port=1009)))()
        octets = change(frames[21].octets)
        frames[21] = frames[21]._replace(octets=octets, orig_len=len(octets))
        return frames

    return make


def without(number: int) -> Callable[[], Frames]:
    """The clean capture without a frame."""
    return lambda: captured([packet for place, packet in enumerate(clean(), 1) if place != number])


def put(at: int, value: bytes) -> Callable[[bytes], bytes]:
    return lambda octets: octets[:at] + value + octets[at + len(value) :]


def outer_sum(octets: bytes) -> bytes:
    """With the checksum of the outer IPv4 header made right."""
    head = octets[14:24] + b"\0\0" + octets[26:34]
    return put(24, struct.pack("!H", checksum(head)))(octets)


def fragments() -> Frames:
    frames = added(Packet(1, 2, BLUE, Inner(port=1009, size=800)), Packet(1, 2, BLUE, Inner(port=1009)))()
    whole = Packet(1, 2, BLUE, Inner(port=1009, size=800))
    datagram = whole.datagram()
    cut = (datagram[:400], 0x2000), (datagram[400:], 50)
    parts = [ipv4(part, src_ip=TEP_IPS[0], dst_ip=TEP_IPS[1], flags=flags) for part, flags in cut]
    for place, part in zip((21, 22), parts, strict=True):
        octets = frames[place].octets[:14] + part
        frames[place] = frames[place]._replace(octets=octets, orig_len=len(octets))
    return frames


def wrong_udp_sum(octets: bytes) -> bytes:
    return put(40, b"\x12\x34")(octets)


def partial_udp_sum(octets: bytes) -> bytes:
    pseudo = octets[26:34] + struct.pack("!HH", 17, len(octets) - 34)
    return put(40, struct.pack("!H", checksum(pseudo) ^ 0xFFFF))(octets)


def v6_without_sum() -> Frames:
    """The clean capture with one more frame between two TEPs on IPv6."""
    frames = added(Packet(1, 2, BLUE, Inner()))()
    datagram = udp(
        struct.pack("!II", 8 << 24, TEAL << 8) + Inner(X, Y, ip(8), ip(9)).octets(), src_port=50_001, dst_port=4789
    )
    ends = bytes.fromhex("20010db8") + bytes(11) + b"\1" + bytes.fromhex("20010db8") + bytes(11) + b"\2"
    head = struct.pack("!IHBB", 6 << 28, len(datagram), 17, 64) + ends
    octets = bytes.fromhex("020000000106 020000000105 86dd") + head + datagram
    frames[21] = frames[21]._replace(octets=octets, orig_len=len(octets))
    return frames


def arp_reply(octets: bytes) -> bytes:
    return put(70, b"\0\2")(octets)


def geneve(octets: bytes) -> bytes:
    """The same inner frame in Geneve."""
    datagram = udp(struct.pack("!BBHI", 0, 0, 0x6558, BLUE << 8) + octets[50:], src_port=50_001, dst_port=6081)
    return octets[:14] + ipv4(datagram, src_ip=octets[26:30], dst_ip=octets[30:34])


def tagged_inside(octets: bytes) -> bytes:
    longer = octets[:62] + struct.pack("!HI", 0x88B5, BLUE << 4) + octets[62:]
    datagram = longer[34:38] + struct.pack("!H", len(longer) - 34) + longer[40:]
    return longer[:14] + ipv4(datagram, src_ip=longer[26:30], dst_ip=longer[30:34])


def tagged(vnid: int, *, pad: int = 0, inner: Inner | None = None) -> Callable[[], Frames]:
    """The clean capture with a tagged frame, as between a switch and its TEP."""

    def change(_: bytes) -> bytes:
        octets = (inner or Inner()).octets()
        return octets[:12] + struct.pack("!HI", 0x88B5, vnid << 4 | pad) + octets[12:]

    return octets_changed(change)


def untagged(inner: Inner) -> Callable[[], Frames]:
    """The clean capture with a frame of a VM."""
    return octets_changed(lambda _: inner.octets())


def seen_from(tep: int, *numbers: int) -> Callable[[], Frames]:
    """What a capture at a TEP shows, without some of its frames."""
    seen = [packet for packet in clean() if tep in (packet.sender, packet.receiver)]
    return lambda: captured([packet for place, packet in enumerate(seen, 1) if place not in numbers])


TEAL, X, Y = 5004, mac(0x2A), mac(0x2B)
FULL_V6 = (
    MAP.replace("  green: {vnid: 5003}", "  green: {vnid: 5003}\n  teal: {vnid: 5004}")
    .replace(
        "switches:\n",
        """\
  tep5: {ip: "2001:db8::1", mac: "02:00:00:00:01:05", encap: [vxlan], udp_checksum: full}
  tep6: {ip: "2001:db8::2", mac: "02:00:00:00:01:06", encap: [vxlan], udp_checksum: full}
switches:
  sw5: {tep: tep5, ports: {p1: teal}}
  sw6: {tep: tep6, ports: {p1: teal}}
""",
    )
    .replace(
        "policies:",
        """\
  x: {mac: "02:00:00:00:00:2a", ip: [10.0.0.8], at: sw5/p1}
  y: {mac: "02:00:00:00:00:2b", ip: [10.0.0.9], at: sw6/p1}
policies:""",
    )
)
PROXY = Inner(A2, A1, ip(2), ip(1), arp=True)
NO_ADDRESSES = MAP.replace("ip: [10.0.0.1], ", "").replace("ip: [10.0.0.2], ", "")
ONE_PORT = [Packet(2, 3, BLUE, Inner(A2, A3, ip(2), ip(3), 7000 + flow), src_port=50_000) for flow in range(17)]
VLAN = bytes.fromhex("81000014")

FAULTS = [
    Fault("wrong VNID", added(Packet(1, 3, RED, Inner(A1, A3, ip(1), ip(3)))), {"isolation-violation": [22]}, "a3"),
    Fault(
        "VNID of a network with no such VM", added(Packet(1, 2, GREEN, Inner(port=7))), {"isolation-violation": [22]}
    ),
    Fault(
        "broadcast into another network",
        added(Packet(3, 2, RED, Inner(A3, BROADCAST, ip(3)))),
        {"isolation-violation": [22]},
    ),
    Fault(
        "policy denied",
        added(Packet(2, 1, BLUE, Inner(G2, A1, ip(2, 1), ip(1)))),
        {"policy-denied": [22]},
        "g2 (green)",
    ),
    Fault("swapped TEPs", added(Packet(2, 1, BLUE, Inner(port=7))), {"wrong-tep": [22, 22]}),
    Fault(
        "source behind another TEP", added(Packet(3, 2, BLUE, Inner(port=7))), {"wrong-tep": [22]}, "sw1/p1 behind tep1"
    ),
    Fault(
        "target behind another TEP", added(Packet(1, 3, BLUE, Inner(port=7))), {"wrong-tep": [22]}, "sw2/p1 behind tep2"
    ),
    Fault("spoofed IP", added(Packet(1, 2, BLUE, Inner(src_ip=ip(3)))), {"source-spoofed": [22]}, "a3 (blue)"),
    Fault(
        "spoofed IP of ARP", added(Packet(1, 2, BLUE, Inner(src_ip=ip(3), arp=True))), {"source-spoofed": [22]}, "ARP"
    ),
    Fault(
        "MAC of another in ARP", added(Packet(1, 2, BLUE, Inner(arp=True, arp_mac=A3))), {"source-spoofed": [22]}, "ARP"
    ),
    Fault("spoofed MAC", added(Packet(3, 1, BLUE, Inner(A2, A1, ip(3), ip(1)))), {"source-spoofed": [22]}, "10.0.0.3"),
    Fault("invented MAC", added(Packet(1, 2, BLUE, Inner(STRANGER))), {"source-spoofed": [22]}, "02:00:00:00:00:99"),
    Fault("IP that the map does not give", added(Packet(1, 2, BLUE, Inner(src_ip=ip(77)))), {"unlisted-address": [22]}),
    Fault("unknown source", added(Packet(1, 2, BLUE, Inner(STRANGER, src_ip=ip(77)))), {"unknown-source": [22]}),
    Fault(
        "unknown destination",
        added(Packet(1, 2, BLUE, Inner(dst=STRANGER, dst_ip=ip(77)))),
        {"unknown-destination": [22]},
    ),
    Fault(
        "late frame, sent",
        added(Packet(1, 2, BLUE, Inner(M, A2, ip(4), ip(2))), at_ns=MOVE),
        {"in-flight": [22]},
        "m (blue) sent from sw1/p3 behind tep1; the VM left there at 2026-01-01T00:00:10Z, and is at sw3/p1",
    ),
    Fault(
        "late frame, received", added(Packet(2, 1, BLUE, Inner(A2, M, ip(2), ip(4))), at_ns=MOVE), {"in-flight": [22]}
    ),
    Fault(
        "later frame, sent", added(Packet(1, 2, BLUE, Inner(M, A2, ip(4), ip(2))), at_ns=LATER), {"late-frame": [24]}
    ),
    Fault(
        "later frame, received",
        added(Packet(2, 1, BLUE, Inner(A2, M, ip(2), ip(4))), at_ns=LATER),
        {"late-frame": [24]},
    ),
    Fault(
        "frame from where the VM is not yet", added(Packet(3, 2, BLUE, Inner(M, A2, ip(4), ip(2)))), {"wrong-tep": [22]}
    ),
    Fault(
        "MAC at two places",
        added(*(Packet(tep, 3 - tep, RED, Inner(STRANGER, A2 if tep == 1 else A1, ip(77))) for tep in (1, 2, 1))),
        {"unknown-source": [22, 23, 24], "duplicate-address": [24]},
        "tep1 and tep2",
    ),
    Fault(
        "IP with two MACs",
        added(
            *(
                Packet(tep, 3 - tep, RED, Inner(src, dst, ip(50), arp=True))
                for tep, src, dst in ((1, A1, A2), (2, A2, A1), (1, A1, A2))
            )
        ),
        {"duplicate-address": [24]},
        "10.0.0.50",
        map_text=NO_ADDRESSES,
    ),
    Fault("missing broadcast copy", without(2), {"broadcast-incomplete": [1]}, "no copy to tep3"),
    Fault("missing broadcast copy, at the sender", seen_from(3, 3, 4), {"broadcast-incomplete": [3]}, "are its own"),
    Fault(
        "broadcast to a TEP outside",
        added(Packet(1, 3, RED, Inner(dst=BROADCAST, arp=True))),
        {"vnid-not-on-tep": [22]},
        "broadcast",
    ),
    Fault("VNID not on the TEP", added(Packet(1, 3, RED, Inner())), {"vnid-not-on-tep": [22]}, "tep3"),
    Fault("unknown TEP, source", added(Packet(9, 2, BLUE, Inner(), src_mac=1)), {"unknown-tep": [22]}, "192.0.2.9"),
    Fault(
        "unknown TEP, destination", added(Packet(1, 9, BLUE, Inner(), dst_mac=2)), {"unknown-tep": [22]}, "192.0.2.9"
    ),
    Fault("unknown VNID", added(Packet(1, 2, NOWHERE, Inner())), {"unknown-vnid": [22]}, "5099"),
    Fault("MAC of another TEP", added(Packet(1, 2, BLUE, Inner(), dst_mac=3)), {"wrong-underlay-mac": [22]}, "tep3's"),
    Fault("MAC of nobody", added(Packet(1, 2, BLUE, Inner(), src_mac=0x77)), {"unexpected-underlay-mac": [22]}),
    Fault("other encapsulation", octets_changed(geneve), {"no-common-encap": [22]}, "tep1 knows vxlan"),
    Fault("old port", added(Packet(1, 2, BLUE, Inner(), dst_port=8472)), {"wrong-port": [22]}, "listens on 4789"),
    Fault("port of nothing", added(Packet(1, 2, BLUE, Inner(), dst_port=5000)), {"wrong-port": [22]}, "UDP port 5000"),
    Fault(
        "reserved flag", added(Packet(1, 2, BLUE, Inner(), header="0c00000000000000")), {"reserved-bits": [22]}, "04 00"
    ),
    Fault("reserved octet", added(Packet(1, 2, BLUE, Inner(), header="0800000000000001")), {"reserved-bits": [22]}),
    Fault("no I flag", added(Packet(1, 2, BLUE, Inner(), header="0000000000000000")), {"bad-overlay-header": [22]}),
    Fault("bad UDP checksum", octets_changed(wrong_udp_sum), {"bad-checksum": [22]}, "UDP"),
    Fault("bad IPv4 checksum", octets_changed(put(24, b"\x12\x34")), {"bad-checksum": [22]}, "outer IPv4"),
    Fault("UDP checksum left to a card", octets_changed(partial_udp_sum), {"checksum-offloaded": [22]}, "network card"),
    Fault("no UDP checksum", v6_without_sum, {"missing-checksum": [22]}, "udp_checksum: full", map_text=FULL_V6),
    Fault(
        "ARP answered by another TEP", octets_changed(arp_reply, Packet(3, 1, BLUE, PROXY)), {"proxy-arp": [22]}, "a2"
    ),
    Fault("bad inner IPv4 checksum", octets_changed(put(74, b"\x12\x34")), {"bad-inner-checksum": [22]}),
    Fault("constant source port", added(*ONE_PORT), {"no-entropy": [37, 38]}, "50000"),
    Fault("source port 0", octets_changed(put(34, b"\0\0")), {"no-entropy": [22]}),
    Fault("TTL 1", added(Packet(1, 2, BLUE, Inner(), ttl=1)), {"low-ttl": [22]}, "TTL 1"),
    Fault("TTL 1 of one copy of a broadcast", changed(2, ttl=1), {"low-ttl": [2]}),
    Fault("inner VLAN", added(Packet(1, 2, BLUE, Inner(vlan=VLAN))), {"guest-vlan": [22]}, "VLAN 20"),
    Fault(
        "inner VLAN that the map forbids",
        added(Packet(1, 2, BLUE, Inner(vlan=VLAN))),
        {"inner-vlan": [22]},
        map_text=MAP.replace("mtu: 1500", "mtu: 1500, guest_vlan: reject"),
    ),
    Fault("CE around Not-ECT", added(Packet(1, 2, BLUE, Inner(), tos=3)), {"ecn-drop": [22]}),
    Fault("ECT around Not-ECT", added(Packet(1, 2, BLUE, Inner(), tos=2)), {"ecn-mismatch": [22]}),
    Fault("over the MTU", added(Packet(1, 2, BLUE, Inner(size=1423))), {"mtu-exceeded": [22]}, "1500"),
    Fault(
        "datagram shorter than its packet", octets_changed(put(38, struct.pack("!H", 110))), {"length-mismatch": [22]}
    ),
    Fault("datagram longer than its packet", octets_changed(put(38, struct.pack("!H", 500))), {"malformed": [22]}),
    Fault(
        "packet longer than its frame",
        octets_changed(lambda octets: outer_sum(put(16, struct.pack("!H", 500))(octets))),
        {"malformed": [22]},
    ),
    Fault(
        "inner packet longer than its frame",
        octets_changed(lambda octets: inner_sum(put(66, b"\x01\0")(octets))),
        {"length-mismatch": [22]},
    ),
    Fault("outer fragments", fragments, {"outer-fragment": [22, 23]}, "first fragment"),
    Fault("tag inside a tunnel", octets_changed(tagged_inside), {"already-tagged": [22]}),
    Fault("pad bits of a tag", tagged(BLUE, pad=5), {"nonzero-pad": [22]}, "0x5"),
    Fault("tag of an unknown VNID", tagged(NOWHERE), {"unknown-vnid": [22]}),
    Fault("tag of the wrong VNID", tagged(GREEN), {"isolation-violation": [22]}),
    Fault("untagged, policy denied", untagged(Inner(G2, A1, ip(2, 1), ip(1))), {"policy-denied": [22]}),
    Fault("untagged, spoofed IP", untagged(Inner(A3, M, ip(2), ip(4))), {"source-spoofed": [22]}),
]


def inner_sum(octets: bytes) -> bytes:
    """With the checksum of the inner IPv4 header made right."""
    head = octets[64:74] + b"\0\0" + octets[76:84]
    return put(74, struct.pack("!H", checksum(head)))(octets)


def frames_by_reason(record: dict[str, Any]) -> dict[str, list[int]]:
    """Numbers of the frames of each reason."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for finding in record["findings"]:
        assert finding["count"] == len(finding["frames"]) <= 10
        found[finding["reason"]] += finding["frames"]
    return {reason: sorted(numbers) for reason, numbers in found.items()}
