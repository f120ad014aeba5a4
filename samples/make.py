"""Make the samples again: `python samples/make.py`, in the environment that dovetool is installed in.

The frames come from captures of a real Linux VXLAN stack in `tests/kernel_data` (its README.md says how they were
made). A function for each case picks frames and writes `in.pcap` or `in.pcapng`; then the case's own command makes all
the rest, and `case.toml` notes the command, its exit status and its summary. `map.yaml` and `README.md` are written by
hand. With a folder as argument, the inputs alone are made, into that folder.

What comes out is no proof by itself: look at it, as each README.md says, before it becomes what the tests expect.
"""

from __future__ import annotations

import contextlib
import io
import json
import struct
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dovetool import cli
from dovetool.analysis.single_frame import known_frames
from dovetool.capture.reader import CaptureReader
from dovetool.wire.checksum import internet_checksum

SAMPLES = Path(__file__).resolve().parent
KERNEL = SAMPLES.parent / "tests" / "kernel_data"
START_NS = 1_767_225_600 * 10**9  # 2026-01-01T00:00:00Z, where the clock of made-up times begins
RUN = ("run", "{in}", "{out}", "-m", "{map}", "--taps", "{taps}", "--summary", "json")
RUN_WITH_REJECTS = (*RUN, "--rejects", "{rejects}")


class Seen(NamedTuple):
    """A frame, when it was seen and where."""

    ts_ns: int
    octets: bytes
    interface: str = ""

    @property
    def src_mac(self) -> str:
        """The source MAC address."""
        return self.octets[6:12].hex(":")


def kernel(name: str) -> list[Seen]:
    """The frames of a capture of Linux's."""
    with CaptureReader(KERNEL / name) as reader:
        return [Seen(one.ts_ns, one.frame.octets, one.interface) for one in known_frames(reader)]


def sent_by(frames: Iterable[Seen], mac: str, port: str) -> list[Seen]:
    """The frames from one MAC address, as seen where its VM is plugged in."""
    return [frame._replace(interface=port) for frame in frames if frame.src_mac == mac]


def by_time(*parts: Iterable[Seen]) -> list[Seen]:
    """All frames in the order of their times."""
    return sorted((frame for part in parts for frame in part), key=lambda frame: frame.ts_ns)


def at(milliseconds: int, port: str, frame: Seen) -> Seen:
    """The frame at a made-up time and port."""
    return Seen(START_NS + milliseconds * 10**6, frame.octets, port)


def readdressed(frame: Seen, dst_mac: str, dst_ip: str) -> Seen:
    """An ICMP frame to another target; only the IPv4 header's checksum depends on it."""
    header = bytearray(frame.octets[14:34])
    header[16:20] = bytes(map(int, dst_ip.split(".")))
    header[10:12] = bytes(2)
    header[10:12] = internet_checksum(bytes(header)).to_bytes(2, "big")
    octets = bytes.fromhex(dst_mac.replace(":", "")) + frame.octets[6:14] + bytes(header) + frame.octets[34:]
    return frame._replace(octets=octets)


def prioritised(frame: Seen, tci: int) -> Seen:
    """The frame with an 802.1Q tag."""
    return frame._replace(octets=frame.octets[:12] + struct.pack("!HH", 0x8100, tci) + frame.octets[12:])


def write_pcap(path: Path, frames: Iterable[Seen]) -> None:
    """Write a pcap file with microseconds, as tcpdump does."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)]
    for frame in frames:
        seconds, rest = divmod(frame.ts_ns, 10**9)
        length = len(frame.octets)
        parts += struct.pack("<IIII", seconds, rest // 1000, length, length), frame.octets
    path.write_bytes(b"".join(parts))


def write_pcapng(path: Path, frames: Sequence[Seen]) -> None:
    """Write a pcapng file with nanoseconds and an interface for each port."""
    ports = list(dict.fromkeys(frame.interface for frame in frames))
    parts = [_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for port in ports:
        options = _option(2, port.encode()) + _option(9, b"\x09") + bytes(4)
        parts.append(_block(1, struct.pack("<HHI", 1, 0, 0) + options))
    for frame in frames:
        length = len(frame.octets)
        stamp = (frame.ts_ns >> 32, frame.ts_ns & 0xFFFF_FFFF)
        head = struct.pack("<IIIII", ports.index(frame.interface), *stamp, length, length)
        parts.append(_block(6, head + _padded(frame.octets)))
    path.write_bytes(b"".join(parts))


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def demo(folder: Path) -> None:
    """Two tenants with the same addresses, a broadcast, a policy, a migration; times are made up."""
    first = kernel("bum/inner_vmA_vni100.pcap")
    second = kernel("bum/inner_vmA_vni200.pcap")
    third = kernel("v4_3vni/inner_vni100.pcap")
    moved = kernel("migrate/inner_vmB_vni100.pcap")
    stayed = kernel("migrate/inner_vmB_vni200.pcap")
    ping, pong = third[10:12]
    frames = [
        at(0, "sw1/p1", first[0]),
        at(1, "sw2/p1", first[1]),
        at(2, "sw1/p1", first[2]),
        at(3, "sw2/p1", first[3]),
        at(1000, "sw1/p2", second[0]),
        at(1001, "sw2/p2", second[1]),
        at(1002, "sw1/p2", second[2]),
        at(1003, "sw2/p2", second[3]),
        at(2000, "sw3/p2", ping),
        at(2001, "sw2/p4", pong),
        at(3000, "sw3/p2", readdressed(ping, "02:cc:00:00:00:0c", "10.1.0.12")),
        at(11_000, "sw2/p1", moved[15]),
        at(11_001, "sw2/p3", moved[18]),
        at(12_000, "sw2/p2", stayed[12]),
        at(12_001, "sw1/p2", stayed[13]),
    ]
    write_pcapng(folder / "in.pcapng", frames)


def two_tenants(folder: Path) -> None:
    """What two VMs of each of two tenants sent, up to their first TCP connection."""
    parts = []
    for tenant, vnid in (("blue", 100), ("red", 200)):
        frames = kernel(f"v4_3vni/inner_vni{vnid}.pcap")[:35]
        parts.append(sent_by(frames, "02:aa:00:00:00:01", f"sw1/{tenant}"))
        parts.append(sent_by(frames, "02:aa:00:00:00:02", f"sw2/{tenant}"))
    write_pcapng(folder / "in.pcapng", by_time(*parts))


def migration(folder: Path) -> None:
    """What each VM sent, seen beside it; VM A of the first tenant moves."""
    move_ns = 1_795_478_293 * 10**9
    blue = sent_by(kernel("migrate/inner_vmA_vni100.pcap"), "02:cc:00:00:00:0a", "sw1/blue")
    blue = [frame._replace(interface="sw2/blue") if frame.ts_ns >= move_ns else frame for frame in blue]
    others = [
        sent_by(kernel(f"migrate/inner_vm{vm.upper()}_vni{vnid}.pcap"), f"02:cc:00:00:00:0{vm}", port)
        for vm, vnid, port in (("b", 100, "sw3/blue"), ("a", 200, "sw1/red"), ("b", 200, "sw3/red"))
    ]
    write_pcapng(folder / "in.pcapng", by_time(blue, *others))


def broadcast(folder: Path) -> None:
    """What each VM sent, seen beside it: broadcast, multicast, unknown unicast and replies."""
    parts = [
        sent_by(kernel(f"{run}/inner_vm{vm.upper()}_vni100.pcap"), f"02:cc:00:00:00:0{vm}", f"sw{switch}/{network}")
        for run, network in (("bum", "blue"), ("mcast", "red"))
        for switch, vm in enumerate("abc", 1)
    ]
    write_pcapng(folder / "in.pcapng", by_time(*parts))


def policy(folder: Path) -> None:
    """Echo requests and replies between two networks, and one request from a third; times are made up."""
    frames = kernel("v4_3vni/inner_vni100.pcap")
    stranger = readdressed(kernel("migrate/inner_vmB_vni100.pcap")[2], "02:aa:00:00:00:02", "10.0.0.2")
    ways = [(frame, "sw1/p1" if frame.src_mac.endswith("01") else "sw2/p1") for frame in frames[10:14] + frames[18:20]]
    ways.insert(4, (stranger, "sw1/p2"))
    write_pcapng(folder / "in.pcapng", [at(10 * number, port, frame) for number, (frame, port) in enumerate(ways)])


def routing(folder: Path) -> None:
    """What VMs of two networks sent to their routers, and the first of it again with a TTL of 2."""
    vms = {"web1": "sw1/web1", "dbu": "sw1/dbu", "web2": "sw2/web2", "db1": "sw2/db1", "db2": "sw2/db2"}
    sent = by_time(
        *(
            [frame._replace(interface=port) for frame in kernel(f"ovn_router/host-{vm}.pcap") if is_for_router(frame)]
            for vm, port in vms.items()
        )
    )
    short = next(frame for frame in sent if frame.interface == "sw1/web1")
    write_pcapng(folder / "in.pcapng", [*sent, with_ttl(short, 2)._replace(ts_ns=sent[-1].ts_ns + 1_000_000)])


def is_for_router(frame: Seen) -> bool:
    """An IPv4 packet for one of OVN's routers."""
    return frame.octets[:5].hex() == "02000000ff" and frame.octets[12:14] == b"\x08\0"


def with_ttl(frame: Seen, ttl: int) -> Seen:
    """The same IPv4 packet with another TTL."""
    octets = bytearray(frame.octets)
    octets[22], octets[24:26] = ttl, b"\0\0"
    octets[24:26] = internet_checksum(bytes(octets[14:34])).to_bytes(2, "big")
    return frame._replace(octets=bytes(octets))


def tagged(folder: Path) -> None:
    """A frame with each kind of priority; times are made up."""
    frames = kernel("v4_3vni/inner_vni100.pcap")
    picked = [
        prioritised(frames[10], 5 << 13),  # PCP 5, DEI 0, VLAN 0: the tag is 88 B5 A0 01 38 90
        frames[11],  # no 802.1Q tag: PCP 0
        prioritised(frames[12], 3 << 13 | 1 << 12),  # PCP 3, drop eligible
        prioritised(frames[13], 7 << 13 | 100),  # PCP 7, in VLAN 100 of the tenant
        frames[8],  # ARP, broadcast
        frames[18],  # IPv6
    ]
    write_pcap(folder / "in.pcap", [at(10 * number, "", frame) for number, frame in enumerate(picked)])


def strip_mixed(folder: Path) -> None:
    """The beginnings of two underlay captures of Linux's, and frames that our own encap put into VLANs; no order."""
    plain = kernel("v4_3vni/inner_vni100.pcap")[10:12]
    frames = [at(10 * number, port, plain[number % 2]) for number, port in enumerate(("sw1/p1", "sw2/p1") * 2)]
    frames += [at(100 + 10 * number, port, plain[number % 2]) for number, port in enumerate(("sw3/p1", "sw4/p1") * 2)]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        write_pcapng(work / "in.pcapng", frames)
        words = (
            *("run", work / "in.pcapng", work / "out.pcapng", "-m", SAMPLES / "strip-mixed/underlay.yaml"),
            *("--taps", work / "taps", "--summary", "json", "--strict"),
        )
        carried_out([str(word) for word in words])
        with CaptureReader(work / "taps" / "3-underlay.pcapng") as reader:
            own = [Seen(one.ts_ns, one.frame.octets) for one in known_frames(reader)]
    write_pcap(folder / "in.pcap", kernel("v4_3vni/underlay.pcap")[:30] + kernel("v6_2vni/underlay.pcap")[:20] + own)


class Case(NamedTuple):
    """How a sample is made: its input, and the command that makes the rest."""

    make_input: Callable[[Path], None]
    args: tuple[str, ...] = RUN


CASES = {
    "demo": Case(demo, RUN_WITH_REJECTS),
    "two-tenants": Case(two_tenants),
    "migration": Case(migration),
    "broadcast": Case(broadcast),
    "policy": Case(policy, RUN_WITH_REJECTS),
    "routing": Case(routing, RUN_WITH_REJECTS),
    "tagged": Case(tagged, ("tag", "{in}", "{out}", "-m", "{map}", "--summary", "json")),
    "strip-mixed": Case(strip_mixed, ("strip", "{in}", "{out}", "--summary", "json")),
}


def carried_out(words: Sequence[str]) -> tuple[int, dict[str, Any]]:
    """Run a command: its exit status and its summary, without the time it took."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        status = cli.run(list(words))
    if status:
        raise SystemExit(f"{' '.join(words)}: {said.getvalue()}")
    summary = json.loads(said.getvalue())
    del summary["seconds"]
    return status, summary


def as_toml(args: Sequence[str], status: int, summary: dict[str, Any]) -> str:
    """A case.toml."""
    stages = summary.pop("stages", [])
    lines = ["# Written by samples/make.py.", f"args = {json.dumps(list(args))}", f"exit_status = {status}"]
    for head, table in (("[summary]", summary), *(("[[summary.stages]]", stage) for stage in stages)):
        lines += ["", head, *(f"{key} = {_toml_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _toml_value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml_value(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


def make(name: str, case: Case) -> None:
    """Make all files of a case."""
    folder = SAMPLES / name
    for old in (*folder.glob("*.pcap*"), *folder.glob("taps/*")):
        old.unlink()
    case.make_input(folder)
    source = next(folder.glob("in.*"))
    files = {
        "in": source,
        "out": folder / f"out{source.suffix}",
        "map": folder / "map.yaml",
        "taps": folder / "taps",
        "rejects": folder / "rejects.pcapng",
    }
    status, summary = carried_out([word.format(**files) for word in case.args])
    (folder / "case.toml").write_text(as_toml(case.args, status, summary))


def main(words: Sequence[str]) -> None:
    """Make everything, or only the inputs into a folder."""
    for name, case in CASES.items():
        if words:
            target = Path(words[0]) / name
            target.mkdir(parents=True)
            case.make_input(target)
        else:
            make(name, case)


if __name__ == "__main__":
    main(sys.argv[1:])
