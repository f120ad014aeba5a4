"""`dovetool strip` gives the frames that the VMs of Open vSwitch saw through Geneve and NVGRE, octet for octet."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

import pytest
from in_process import stripped
from plain_capture import Captured, by_sender, read_capture, write_capture

KERNEL = Path(__file__).resolve().parents[1] / "kernel_data"

KEYS = [("ovs_geneve", 100), ("ovs_geneve", 200), ("ovs_nvgre", 5001), ("ovs_nvgre", 0xFFFFFE)]
TEPS = {bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))}
FLOW_ID = 0x4D


class Carried(NamedTuple):
    """What a tunnel packet carries, and for whom."""

    key: int
    inner: bytes


def geneve_of(octets: bytes) -> Carried:
    """A whole Geneve packet on UDP on IPv4, as Open vSwitch sends it: all headers of the least length."""
    port, udp_length, checksum = struct.unpack_from("!HHH", octets, 36)
    first, protocol, word = struct.unpack_from("!HHI", octets, 42)
    assert (octets[23], port, checksum) == (17, 6081, 0)
    assert (first, protocol, word & 0xFF) == (0, 0x6558, 0)  # version 0, no options, no flags
    assert 34 + udp_length == len(octets)
    return Carried(word >> 8, octets[50:])


def nvgre_of(octets: bytes) -> Carried:
    """A whole GRE packet on IPv4 with a key, which is VSID and FlowID."""
    flags, protocol, key = struct.unpack_from("!HHI", octets, 34)
    assert (octets[23], flags, protocol, key & 0xFF) == (47, 0x2000, 0x6558, FLOW_ID)
    return Carried(key >> 8, octets[42:])


READERS = {"ovs_geneve": geneve_of, "ovs_nvgre": nvgre_of}


def carried(frame: Captured, name: str) -> Carried | None:
    """What a plain reader finds in a frame of the underlay; None for the hosts' own IPv6."""
    octets = frame.octets
    assert frame.orig_len == len(octets)
    if octets[12:14] == b"\x86\xdd":
        return None
    (length,) = struct.unpack_from("!H", octets, 16)
    assert (octets[12:15], 14 + length) == (b"\x08\x00\x45", len(octets))
    assert {octets[26:30], octets[30:34]} == TEPS
    return READERS[name](octets)


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_strip_gives_the_inner_frames_of_each_key(name: str, key: int, tmp_path: Path) -> None:
    """The packets of one network become its VMs' frames, in each sender's order, at the times of the packets."""
    underlay = read_capture(KERNEL / name / "underlay.pcap")
    pairs = [(frame, found) for frame in underlay if (found := carried(frame, name)) is not None and found.key == key]
    part = write_capture(tmp_path / "part.pcap", [frame for frame, _ in pairs])
    after, summary = stripped(part, tmp_path)
    assert after == [Captured(frame.ts_ns, len(found.inner), found.inner) for frame, found in pairs]
    assert summary["vnids"] == {str(key): len(pairs)}
    assert by_sender(after) == by_sender(read_capture(KERNEL / name / f"inner_key{key}.pcap"))


@pytest.mark.parametrize("name", READERS)
def test_strip_takes_both_networks_at_once(name: str, tmp_path: Path) -> None:
    """In the order of the capture; the hosts' own IPv6 stays as it is."""
    underlay = read_capture(KERNEL / name / "underlay.pcap")
    found = [carried(frame, name) for frame in underlay]
    after, summary = stripped(KERNEL / name / "underlay.pcap", tmp_path)
    assert [frame.ts_ns for frame in after] == [frame.ts_ns for frame in underlay]
    assert [frame.octets for frame in after] == [
        frame.octets if each is None else each.inner for frame, each in zip(underlay, found, strict=True)
    ]
    keys = [key for of, key in KEYS if of == name]
    seen = {key: len(read_capture(KERNEL / name / f"inner_key{key}.pcap")) for key in keys}
    assert summary["vnids"] == {str(key): count for key, count in seen.items()}
    assert (summary["unchanged"], summary["rejected"]) == (found.count(None), {})
