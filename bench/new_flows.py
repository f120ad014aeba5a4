"""Captures in which each frame is of a flow that was not met before, and what they cost: CPU time, user and system.

One has a conversation a frame. The other has pairs of many VMs behind many tunnel end points, nearly all of which are
pairs that no frame had before.
"""

from __future__ import annotations

import random
import resource
import statistics
import struct
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from bench.captures import FILE_HEADER, RECORD, checksum
from bench.measure import ToolError, settings

FRAMES = 100_000
_PAIRS, _NEW_PAIRS = 50_000, 44_000
_TEPS, _GROUPS, _NETWORKS = 200, 10, 20
_VMS = _TEPS * _GROUPS
_BEGIN_S = 1_767_225_600  # 2026-01-01


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took, and the one that it is held against.

    Attributes:
        name: what it does.
        frames: of the capture.
        seconds: CPU time, the median.
        peer: what does the same; empty when nothing does, or it is not installed.
        peer_seconds: its CPU time.
    """

    name: str
    frames: int
    seconds: float
    peer: str = ""
    peer_seconds: float = 0.0

    @property
    def line(self) -> str:
        """It in words."""
        text = f"dovetool {self.name}, {self.frames:,} frames: {self.seconds:.2f} s of CPU"
        if not self.peer_seconds:
            return text
        return f"{text}, {self.seconds / self.peer_seconds:.2f} times that of {self.peer} ({self.peer_seconds:.2f} s)"


def _mac(number: int) -> bytes:
    return b"\2\0\0" + number.to_bytes(3, "big")


def _ip(number: int) -> bytes:
    return b"\x0a\0" + (number + 1).to_bytes(2, "big")


def _frame(source: int, target: int, src_port: int, dst_port: int) -> bytes:
    """A TCP segment from a VM to another."""
    addresses, payload = _ip(source) + _ip(target), bytes(20)
    head = struct.pack("!HHIIBBH", src_port, dst_port, 1, 1, 5 << 4, 0x10, 0xFFFF)
    total = checksum(addresses + struct.pack("!HH", 6, 40) + head + bytes(4) + payload)
    ip = struct.pack("!BBHHHBB", 0x45, 0, 60, 1, 0x4000, 64, 6)
    ip += struct.pack("!H", checksum(ip + bytes(2) + addresses)) + addresses
    return _mac(target) + _mac(source) + b"\x08\0" + ip + head + struct.pack("!HH", total, 0) + payload


def _write(path: Path, frames: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.write(FILE_HEADER)
        for number, frame in enumerate(frames):
            seconds, us = divmod(number * 5, 1_000_000)
            file.write(RECORD.pack(_BEGIN_S + seconds, us, len(frame), len(frame)) + frame)


def _conversations() -> Iterator[bytes]:
    rng = random.Random("conversations")
    met: set[tuple[int, ...]] = set()
    while len(met) < FRAMES:
        source, target = rng.sample(range(_VMS), 2)
        found = source, target, rng.randrange(1024, 65536), rng.choice((22, 80, 443, 5432, 8080))
        if found not in met:
            met.add(found)
            yield _frame(*found)


def _pairs() -> list[tuple[int, int]]:
    """Pairs of VMs of one network: first one for each two tunnel end points, in any order, then others, then again."""
    rng = random.Random("pairs")
    pairs: dict[tuple[int, int], None] = {}
    ways = [(a, b) for a in range(_TEPS) for b in range(_TEPS) if a != b]
    rng.shuffle(ways)
    for a, b in ways:
        group = rng.randrange(_GROUPS) * _TEPS
        pairs[group + a, group + b] = None
    while len(pairs) < _NEW_PAIRS:
        group = rng.randrange(_GROUPS) * _TEPS
        a, b = rng.sample(range(_TEPS), 2)
        pairs[group + a, group + b] = None
    chosen = list(pairs)
    chosen += rng.choices(chosen, k=_PAIRS - len(chosen))
    rng.shuffle(chosen)
    return chosen


def _map() -> str:
    """A map of the VMs: ten on each host, each of another network."""
    lines = ["version: 1", "networks:", *(f"  net{n}: {{vnid: {5001 + n}}}" for n in range(_NETWORKS)), "teps:"]
    lines += [
        f'  tep{n}: {{ip: 192.0.{2 + n // 100}.{1 + n % 100}, mac: "02:00:00:01:00:{n:02x}", encap: [vxlan]}}'
        for n in range(_TEPS)
    ]
    ports = ", ".join(f"p{n}: net{n}" for n in range(_NETWORKS))
    lines += ["switches:", *(f"  sw{n}: {{tep: tep{n}, ports: {{{ports}}}}}" for n in range(_TEPS)), "vms:"]
    for vm in range(_VMS):
        ip, place = ".".join(map(str, _ip(vm))), f"sw{vm % _TEPS}/p{vm // _TEPS * 2}"
        lines.append(f'  vm{vm}: {{mac: "{_mac(vm).hex(":")}", ip: [{ip}], at: {place}}}')
    return "\n".join(lines) + "\n"


def cpu_seconds(command: Sequence[str]) -> float:
    """User and system time of a command; raises ToolError when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=settings(), check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise ToolError(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _costs(name: str, frames: int, runs: int, ours: list[str], peer: list[str]) -> Cost:
    """The medians of some runs, in turn."""
    commands = [ours, *([peer] if peer and which(peer[0]) else [])]
    times = [[cpu_seconds(command) for command in commands] for _ in range(runs)]
    medians = [statistics.median(column) for column in zip(*times, strict=True)]
    return Cost(name, frames, medians[0], " ".join(peer[:-2]), medians[1] if len(medians) > 1 else 0.0)


def new_flows(folder: Path, dovetool: Sequence[str], runs: int) -> Iterator[Cost]:
    """Measure; the captures are made in a folder, and stay there."""
    plain, pairs, tagged, underlay, target = (
        str(folder / f"{name}.pcap") for name in ("flows", "pairs", "tagged-pairs", "underlay-pairs", "target")
    )
    mapped = ["-m", str(folder / "pairs.yaml")]
    _write(Path(plain), _conversations())
    _write(Path(pairs), (_frame(*pair, 40_000, 443) for pair in _pairs()))
    Path(mapped[1]).write_text(_map())
    for stage, source, made in (("tag", pairs, tagged), ("encap", tagged, underlay)):
        cpu_seconds([*dovetool, stage, source, made, *mapped])
    for name, words, peer in (
        ("inspect", ["inspect", plain], ["tshark", "-r", plain]),
        (
            "stats --by conversation",
            ["stats", "--by", "conversation", plain],
            ["tshark", "-q", "-z", "conv,tcp", "-r", plain],
        ),
    ):
        yield _costs(name, FRAMES, runs, [*dovetool, *words], peer)
    for name, words in (
        ("encap", ["encap", tagged, target]),
        ("validate", ["validate", underlay]),
        ("inspect -m", ["inspect", underlay]),
    ):
        yield _costs(name, _PAIRS, runs, [*dovetool, *words, *mapped], [])
