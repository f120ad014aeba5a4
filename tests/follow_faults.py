"""Faults on the way of packets: traffic goes through `run --taps`, and seeded faults into the captures of its hops.

Each fault hits one packet at one hop, and shows in all captures behind it, as it would in a network.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from frames import checksum, eth, ipv4, put, tcp, udp
from in_process import dovetool
from plain_capture import Captured, read_capture, write_pcapng

MS = 1_000_000
LATE_NS = 5 * MS
START_NS = 1_800_000_000 * 10**9
TAPS = ("1-vm", "2-tagged", "3-underlay", "4-received", "5-delivered")
MAP = """\
version: 1
networks: {blue: {vnid: 5001}, red: {vnid: 5002}}
teps:
  tep1: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan, geneve]}
  tep2: {ip: 192.0.2.2, mac: "02:00:00:00:01:02", encap: [vxlan, geneve]}
  tep3: {ip: 192.0.2.3, mac: "02:00:00:00:01:03", encap: [geneve]}
switches:
  sw1: {tep: tep1, ports: {p1: blue, p2: red, p3: blue}}
  sw2: {tep: tep2, ports: {p1: blue, p2: red}}
  sw3: {tep: tep3, ports: {p1: blue, p2: red}}
vms:
"""
_PLACES = ["sw1/p1", "sw2/p1", "sw3/p1", "sw1/p2", "sw2/p2", "sw3/p2", "sw1/p3"]
_NETWORK = [0, 0, 0, 1, 1, 1, 0]
BLUE_AND_RED = (5001, 5002)


def map_text() -> str:
    """The same addresses in both networks; two VMs of one are behind the same tunnel end point."""
    return MAP + "".join(
        f'  vm{at}: {{mac: "{_mac(at).hex(":")}", ip: [10.0.0.{_last(at)}], at: {place}}}\n'
        for at, place in enumerate(_PLACES)
    )


def _last(vm: int) -> int:
    return vm % 3 + 1 if vm < 6 else 9


def _mac(vm: int) -> bytes:
    return bytes((2, 0, 0, 0, 0, _last(vm)))


def traffic(seed: int, packets: int) -> list[Captured]:
    """What VMs send: TCP and UDP, some of it to all, each packet with a number in its payload."""
    choice = random.Random(seed)
    sent, time_ns = [], START_NS
    for number in range(packets):
        time_ns += choice.randrange(100_000, 2 * MS)
        source = choice.randrange(len(_PLACES))
        target = choice.choice([vm for vm in range(len(_PLACES)) if _NETWORK[vm] == _NETWORK[source] and vm != source])
        payload = mark_of(number) + choice.randbytes(choice.choice((0, 20, 200, 700)))
        is_for_all = choice.random() < 0.05
        is_tcp = not is_for_all and choice.random() < 0.5
        load = tcp(payload, src_port=4000 + source) if is_tcp else udp(payload, src_port=2000 + source)
        packet = ipv4(
            load,
            src_ip=bytes((10, 0, 0, _last(source))),
            dst_ip=bytes((10, 0, 0, _last(target))),
            protocol=6 if is_tcp else 17,
            ident=number + 1,
        )
        frame = eth(b"\xff" * 6 if is_for_all else _mac(target), _mac(source), 0x0800, packet)
        sent.append(Captured(time_ns, len(frame), frame, interface=_PLACES[source]))
    return sent


def mark_of(number: int) -> bytes:
    """What a packet is told by in all captures."""
    return b"<%06d>" % number


@dataclass
class Taps:
    """The captures of all hops, and the faults that were put in.

    Attributes:
        frames: of each hop, in the order in which they came by.
        found: what is to be found: by hop, from 0 for the first, how many of each kind.
        lost: by hop, the marks of the packets that were dropped.
    """

    frames: list[list[Captured]]
    found: list[dict[str, int]] = field(default_factory=list)
    lost: list[list[bytes]] = field(default_factory=list)
    _left: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path, seed: int, packets: int = 900) -> Taps:
        """Without faults."""
        (folder / "map.yaml").write_text(map_text())
        source = write_pcapng(folder / "in.pcapng", traffic(seed, packets))
        dovetool("run", source, folder / "out.pcapng", "-m", folder / "map.yaml", "--taps", folder / "clean")
        frames = [read_capture(folder / "clean" / f"{name}.pcapng") for name in TAPS]
        return cls(frames, [{} for _ in TAPS[1:]], [[] for _ in TAPS[1:]])

    def written(self, folder: Path) -> list[Path]:
        """The captures, with their faults."""
        folder.mkdir(exist_ok=True)
        return [write_pcapng(folder / f"{name}.pcapng", each) for name, each in zip(TAPS, self.frames, strict=True)]

    def put_in(self, count: int, seed: int) -> None:
        """Put in faults of all kinds in turn, each at a packet and a hop of its own."""
        choice = random.Random(seed)
        self._left = self._marks()
        choice.shuffle(self._left)
        kinds = [self._drop, self._delay, self._duplicate, self._reorder, self._mark_otherwise, self._misdeliver]
        for number in range(count):
            kind = kinds[number % len(kinds)]
            while not kind(self._left.pop(), choice.randrange(1, len(TAPS))):
                pass

    def _marks(self) -> list[bytes]:
        """The packets for one receiver that are in all captures, but for the first and last ones."""
        everywhere = [
            {_mark(frame.octets) for frame in frames if b"\xff" * 6 not in frame.octets} for frames in self.frames
        ]
        return sorted(set.intersection(*everywhere))[20:-20]

    def _count(self, hop: int, kind: str) -> bool:
        self.found[hop][kind] = self.found[hop].get(kind, 0) + 1
        return True

    def _behind(self, hop: int, mark: bytes) -> Iterator[tuple[list[Captured], int]]:
        """The captures from a hop on, and where the packet is in each."""
        for frames in self.frames[hop:]:
            yield frames, next(at for at, frame in enumerate(frames) if mark in frame.octets)

    def _drop(self, mark: bytes, hop: int) -> bool:
        for frames, at in self._behind(hop, mark):
            del frames[at]
        self.lost[hop - 1].append(mark)
        return self._count(hop - 1, "lost")

    def _delay(self, mark: bytes, hop: int) -> bool:
        """Later, by less than to the next packet of its flow."""
        frames = self.frames[0]
        at = next(place for place, frame in enumerate(frames) if mark in frame.octets)
        ends = frames[at].octets[26:38]
        due = frames[at].ts_ns + LATE_NS
        if any(frame.octets[26:38] == ends and frame.ts_ns <= due for frame in frames[at + 1 :]):
            return False
        for later, place in self._behind(hop, mark):
            frame = later.pop(place)
            frame = frame._replace(ts_ns=frame.ts_ns + LATE_NS)
            behind = next((n for n, other in enumerate(later) if other.ts_ns > frame.ts_ns), len(later))
            later.insert(behind, frame)
        return self._count(hop - 1, "delayed")

    def _duplicate(self, mark: bytes, hop: int) -> bool:
        for frames, at in self._behind(hop, mark):
            frames.insert(at + 1, frames[at]._replace(ts_ns=frames[at].ts_ns + 1000))
        return self._count(hop - 1, "duplicated")

    def _reorder(self, mark: bytes, hop: int) -> bool:
        """It changes places with the next packet of its flow, if that is soon behind it."""
        frames = self.frames[0]
        at = next(place for place, frame in enumerate(frames) if mark in frame.octets)
        ends, way = frames[at].octets[26:38], frames[at].interface
        other = next((f for f in frames[at + 1 :] if f.octets[26:38] == ends and f.interface == way), None)
        if other is None or _mark(other.octets) not in self._left:
            return False
        partner = _mark(other.octets)
        self._left.remove(partner)
        for later, place in self._behind(hop, mark):
            there = next(n for n, frame in enumerate(later) if partner in frame.octets)
            one, two = later[place], later[there]
            later[place], later[there] = two._replace(ts_ns=one.ts_ns), one._replace(ts_ns=two.ts_ns)
        if other.ts_ns - frames[at].ts_ns >= LATE_NS:
            self._count(hop - 1, "delayed")
        return self._count(hop - 1, "reordered")

    def _mark_otherwise(self, mark: bytes, hop: int) -> bool:
        """Another DSCP in the packet itself."""
        for frames, at in self._behind(hop, mark):
            octets = frames[at].octets
            start = octets.rindex(b"\x45", 0, octets.index(mark) - 27)
            head = put(octets[: start + 1] + bytes((46 << 2,)) + octets[start + 2 :], start + 10, 0)
            octets = put(head, start + 10, checksum(head[start : start + 20]))
            frames[at] = frames[at]._replace(octets=octets)
        return self._count(hop - 1, "dscp")

    def _misdeliver(self, mark: bytes, hop: int) -> bool:
        """It goes on in the other network, from the tag or the tunnel of its hop on."""
        if hop not in {2, 3}:
            return False
        for frames, at in list(self._behind(hop, mark))[:-1]:
            frames[at] = frames[at]._replace(octets=_in_other_network(frames[at].octets))
        return self._count(hop - 1, "misdelivered")


def _mark(octets: bytes) -> bytes:
    found = re.search(rb"<\d{6}>", octets)
    assert found is not None
    return found[0]


def _in_other_network(octets: bytes) -> bytes:
    """The frame with the other VNID: of 24 bits behind 4 in its tag, else in the second word of its tunnel header."""
    at, shift = (14, 4) if octets[12:14] == b"\x88\xb5" else (46, 8)
    word = int.from_bytes(octets[at : at + 4], "big")
    mine, other = BLUE_AND_RED if word >> shift & 0xFFFFFF == BLUE_AND_RED[0] else BLUE_AND_RED[::-1]
    assert word >> shift & 0xFFFFFF == mine
    return octets[:at] + (word ^ (mine ^ other) << shift).to_bytes(4, "big") + octets[at + 4 :]
