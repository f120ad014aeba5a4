"""Make the captures of the pages in `docs` again: `python samples/underlays.py [FOLDER]`.

The VMs' frames are Linux's (`tests/kernel_data`), at made-up times. `run`, with the map of the tutorial or with one
that differs from it, makes of them what two leaves send to each other. `kubernetes/any-node-a.pcap` is not made here:
README.md tells where it is from.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from make import SAMPLES, Seen, at, by_time, carried_out, kernel, write_pcap, write_pcapng

from dovetool.analysis.single_frame import known_frames
from dovetool.capture.reader import CaptureReader
from dovetool.wire.fields import vnid
from dovetool.wire.geneve import GeneveHeader
from dovetool.wire.geneve_option import GeneveOption
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.udp import UdpHeader
from dovetool.wire.vxlan import VxlanHeader

AHEAD_NS = 2_500_000
"""How far the clock of leaf2 is ahead."""

REWIRED = ("swp3: ops}}\n  leaf2", "swp3: blue}}\n  leaf2")
"""What is done to port swp3 of leaf1 by mistake."""

A_BLUE, A_OPS = "02:aa:00:00:00:01", "02:cc:00:00:00:0a"
RED = (5002).to_bytes(3, "big")


def plain(name: str) -> list[Seen]:
    """ARP, ping and TCP over IPv4 of a capture: first the eight frames of a ping, then a connection of 24."""
    kinds = (b"\x08\x06", b"\x08\x00\x01", b"\x08\x00\x06")
    return [
        one for one in kernel(name) if one.octets[12:14] + one.octets[23:24] in kinds or one.octets[12:14] == kinds[0]
    ]


def of_tenant(number: int, begin: int, frames: Sequence[Seen], first_mac: str) -> list[Seen]:
    """Frames of two VMs, one behind each leaf, from `begin` on, in ms; their distances stay."""
    zero = at(begin, "", frames[0]).ts_ns - frames[0].ts_ns
    leaf = {True: "leaf1", False: "leaf2"}
    return [Seen(one.ts_ns + zero, one.octets, f"{leaf[one.src_mac == first_mac]}/swp{number}") for one in frames]


def underlay(frames: Sequence[Seen], vnid_map: str) -> list[Seen]:
    """What the leaves send of it, the name of the leaf as its interface."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "map.yaml").write_text(vnid_map)
        write_pcapng(work / "in.pcapng", frames)
        words = ("run", work / "in.pcapng", work / "out.pcapng", "-m", work / "map.yaml", "--taps", work / "taps")
        carried_out([*map(str, words), "--summary", "json"])
        with CaptureReader(work / "taps" / "3-underlay.pcapng") as reader:
            return [Seen(one.ts_ns, one.frame.octets, one.interface) for one in known_frames(reader)]


def traffic() -> list[Seen]:
    """Two tenants with the same addresses, and a third, of which a port gets into the network of the first."""
    vnid_map = (SAMPLES / "tutorial" / "map.yaml").read_text()
    blue, red, ops = map(plain, ("v4_3vni/inner_vni100.pcap", "v4_3vni/inner_vni200.pcap", "bum/inner_vmA_vni100.pcap"))
    right = by_time(
        of_tenant(1, 0, blue[:32], A_BLUE),
        of_tenant(2, 10, red[:7], A_BLUE),
        of_tenant(3, 900, ops[:6], A_OPS),
    )
    wrong = [at(begin, "leaf1/swp3", ops[0]) for begin in (4000, 5000, 6000)]
    return underlay(right, vnid_map) + underlay(wrong, vnid_map.replace(*REWIRED))


def seen_at(leaf: str, frames: Sequence[Seen]) -> list[Seen]:
    """What a capture at that leaf has: the frames' times are those of leaf1, and the last of red does not arrive."""
    if leaf == "leaf1":
        return list(frames)
    lost = max(number for number, frame in enumerate(frames) if frame.octets[46:49] == RED)
    seen = [(6_000 + abs(number // 2 % 6 - 3) * 1_000, frame) for number, frame in enumerate(frames) if number != lost]
    return [
        frame._replace(ts_ns=frame.ts_ns + AHEAD_NS + (way if frame.interface == "leaf1" else -way))
        for way, frame in seen
    ]


def on_port(port: int) -> list[Seen]:
    """A ping between leaves that send VXLAN to another UDP port than the registered ones."""
    vnid_map = (SAMPLES / "tutorial" / "map.yaml").read_text().replace("vxlan}", f"vxlan, ports: {{vxlan: {port}}}}}")
    return underlay(of_tenant(1, 0, plain("v4_3vni/inner_vni100.pcap")[:8], A_BLUE), vnid_map)


def enclosed(frame: Seen, macs: str, source: bytes, target: bytes, port: int, header: bytes) -> Seen:
    """The frame in UDP over IPv4, from the port 65500 and the last octet of the source."""
    udp = UdpHeader(65500 + source[-1], port, UdpHeader.LEN + len(header) + len(frame.octets)).emit()
    length = Ipv4Header.LEN + len(udp) + len(header) + len(frame.octets)
    outer = bytes.fromhex(macs) + b"\x08\x00" + Ipv4Header(source, target, 17, length).emit()
    return frame._replace(octets=outer + udp + header + frame.octets)


def with_options(*options: GeneveOption) -> list[Seen]:
    """A ping between leaves, in Geneve with options."""
    header = GeneveHeader(vnid(5001), options=options).emit()
    leaves = {"leaf1/swp1": 1, "leaf2/swp1": 2}
    return [
        enclosed(
            frame,
            f"0200000001{3 - leaves[frame.interface]:02x}0200000001{leaves[frame.interface]:02x}",
            bytes([192, 0, 2, leaves[frame.interface]]),
            bytes([192, 0, 2, 3 - leaves[frame.interface]]),
            6081,
            header,
        )
        for frame in of_tenant(1, 0, plain("v4_3vni/inner_vni100.pcap")[:8], A_BLUE)
    ]


def mirrored(frame: Seen, session: int, source: int) -> Seen:
    """A copy of the frame as a mirror session sends it, from the address 10.0.0.SOURCE to that of a collector."""
    addresses = bytes([10, 0, 0, source]), bytes([10, 0, 9, 5])
    return enclosed(frame, "02000a00090502000a000001", *addresses, 4789, VxlanHeader(vnid(session)).emit())


def mirror() -> list[Seen]:
    """Two sessions that see the same packets, each at its end, and the beginning of one that nobody knows; no ARP."""
    some = [frame for frame in plain("v4_3vni/inner_vni100.pcap")[:11] if frame.octets[12:14] != b"\x08\x06"]
    frames = of_tenant(1, 0, some, A_BLUE)
    later = [frame._replace(ts_ns=frame.ts_ns + 6_000) for frame in frames]
    sessions = [(1001, 1, "leaf1"), (1002, 2, "leaf2")]
    copies = [
        mirrored(frame if frame.interface.startswith(leaf) else delayed, session, source)
        for frame, delayed in zip(frames, later, strict=True)
        for session, source, leaf in sessions
    ]
    return by_time(copies, [mirrored(frame, 1009, 3) for frame in frames[:2]])


def captures() -> dict[str, list[Seen]]:
    """All of them, by their names."""
    frames = traffic()
    leaves = {f"tutorial/{leaf}.pcap": by_time(seen_at(leaf, frames)) for leaf in ("leaf1", "leaf2")}
    options = GeneveOption(0xFFFF, 0x80, bytes.fromhex("00000007")), GeneveOption(0x0101, 0x01, bytes(4))
    others = {"ports/underlay.pcap": on_port(4799), "mirror/collector.pcap": mirror()}
    return leaves | others | {"options/underlay.pcap": with_options(*options)}


def main(words: Sequence[str]) -> None:
    """Make them, here or in another folder."""
    for name, frames in captures().items():
        target = (Path(words[0]) if words else SAMPLES) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_pcap(target, frames)


if __name__ == "__main__":
    main(sys.argv[1:])
