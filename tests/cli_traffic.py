"""Captures for tests of the command line, put together with struct: nothing of dovetool makes or reads them."""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from frames import BROADCAST, VM1, VM2, VM3, VM4, VM5, eth, tagged, underlay, vm_frame

MAP = """\
version: 1
networks: {blue: {vnid: 5001}, red: {vnid: 5002}}
teps:
  tep1: {ip: 192.0.2.1, mac: "02:00:00:00:01:01", encap: [vxlan]}
  tep2: {ip: 192.0.2.2, mac: "02:00:00:00:01:02", encap: [vxlan]}
  tep3: {ip: 192.0.2.3, mac: "02:00:00:00:01:03", encap: [vxlan]}
switches:
  sw1: {tep: tep1, ports: {p1: blue, p2: red, p3: blue}}
  sw2: {tep: tep2, ports: {p1: blue, p2: red}}
  sw3: {tep: tep3, ports: {p1: blue}}
vms:
  vm1: {mac: "02:00:00:00:00:0a", ip: [10.0.0.1], at: sw1/p1}
  vm2: {mac: "02:00:00:00:00:0b", ip: [10.0.0.2], at: sw2/p1}
  vm3: {mac: "02:00:00:00:00:0c", ip: [10.0.0.3], at: sw3/p1}
  vm4: {mac: "02:00:00:00:00:0d", ip: [10.0.0.4], at: sw1/p3}
  vm5: {mac: "02:00:00:00:00:0e", ip: [10.0.0.5], at: sw2/p2}
"""
STRANGER = b"\x02\0\0\0\x99\x99"
MTU = 1450
"""No frame of a VM is longer than this."""


class Record(NamedTuple):
    """A frame in a file: its octets and its length on the wire."""

    octets: bytes
    orig_len: int


@dataclass(frozen=True, slots=True)
class Flavour:
    """A kind of pcap file."""

    little: bool = True
    nanoseconds: bool = False
    snaplen: int = 262_144

    @property
    def order(self) -> str:
        return "<" if self.little else ">"

    def head(self) -> bytes:
        magic = 0xA1B23C4D if self.nanoseconds else 0xA1B2C3D4
        return struct.pack(f"{self.order}IHHIIII", magic, 2, 4, 0, 0, self.snaplen, 1)

    def record(self, frame: Record | bytes, fraction: int = 1) -> bytes:
        octets, orig_len = frame if isinstance(frame, Record) else (frame, len(frame))
        return struct.pack(f"{self.order}IIII", 1_700_000_000, fraction, len(octets), orig_len) + octets


def pcap(frames: Sequence[Record | bytes], flavour: Flavour | None = None) -> bytes:
    flavour = flavour or Flavour()
    return flavour.head() + b"".join(map(flavour.record, frames))


def block(kind: int, body: bytes) -> bytes:
    """A little-endian pcapng block."""
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


PCAPNG_HEAD = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 0))


def pcapng_record(frame: bytes) -> bytes:
    return block(6, struct.pack("<IIIII", 0, 0, 1, len(frame), len(frame)) + frame)


def pcapng(frames: Sequence[bytes]) -> bytes:
    return PCAPNG_HEAD + b"".join(map(pcapng_record, frames))


def frames_of(octets: bytes) -> list[bytes]:
    """The frames of a pcap file, which must be whole."""
    return [octets[start + 16 : end] for start, end in records_of(octets)]


def records_of(octets: bytes) -> Iterator[tuple[int, int]]:
    """Where the records of a whole pcap file begin and end."""
    order = "<" if octets[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at < len(octets):
        end = at + 16 + struct.unpack_from(f"{order}I", octets, at + 8)[0]
        yield at, end
        at = end
    assert at == len(octets), "the last record is cut"


def for_strip(size: int, choice: random.Random) -> Record:
    """What an underlay port may see."""
    inner = vm_frame(size)
    kinds = (
        underlay(inner, choice.randrange(5001, 5009)),
        underlay(inner),
        underlay(vm_frame(size, tos=1), tos=3),
        underlay(underlay(inner[:1400], 7)),
        underlay(tagged(inner)),
        tagged(inner),
        inner,
        eth(BROADCAST, VM1, 0x0806, bytes(46)),
        underlay(inner, tos=3),  # congestion that the inner frame cannot carry: rejected
    )
    return _cut(choice.choice(kinds), choice)


def for_tag(size: int, choice: random.Random) -> Record:
    """What VMs may send."""
    kinds = (
        vm_frame(size, choice.choice((VM2, VM3, VM4))),
        vm_frame(size, src=VM2, dst=VM1),
        vm_frame(size, BROADCAST),
        tagged(vm_frame(size)),
        tagged(vm_frame(size), 99),
        vm_frame(size, VM5),
        vm_frame(size, STRANGER),
        vm_frame(size, src=STRANGER),
        vm_frame(size)[:12] + b"\x81\0\xa0\x05" + vm_frame(size)[12:],
    )
    return _cut(choice.choice(kinds), choice)


def for_encap(size: int, choice: random.Random) -> Record:
    """What a switch may give to its TEP."""
    kinds = (
        tagged(vm_frame(size, choice.choice((VM2, VM3))), pcp=choice.randrange(8)),
        tagged(vm_frame(size, VM4)),
        tagged(vm_frame(size, BROADCAST)),
        tagged(vm_frame(size, VM5, VM5), 5002),
        tagged(vm_frame(size), 99),
        vm_frame(size),
    )
    return _cut(choice.choice(kinds), choice)


MIXTURES = {"strip": for_strip, "tag": for_tag, "encap": for_encap}


def _cut(frame: bytes, choice: random.Random) -> Record:
    """Most frames are whole; some were cut by a snap length, some of them within their headers."""
    keep = choice.choice((len(frame),) * 8 + (96, 40, 17, 9))
    return Record(frame[:keep], len(frame))


def large_pcap(command: str, octets: int, flavour: Flavour | None = None) -> bytes:
    """A pcap file of about so many octets, with traffic for a command; the same one each time."""
    flavour = flavour or Flavour()
    choice = random.Random(command)
    frames = [MIXTURES[command](choice.randrange(60, MTU), choice) for _ in range(700)]
    records = [flavour.record(frame, fraction) for fraction, frame in enumerate(frames)]
    average = sum(map(len, records)) / len(records)
    parts = itertools.chain([flavour.head()], choice.choices(records, k=int(octets / average)))
    return b"".join(parts)
