"""The three jobs as one writes them with dpkt at first: parse each frame, and write the result.

Run as `naive_dpkt.py JOB IN OUT FRAMES`.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import dpkt

_TAG = bytes.fromhex("88b500138900")
_SNAPLEN = 262144  # dpkt declares 1500 otherwise, and readers cut longer frames


def strip(octets: bytes) -> bytes:
    """Take the outer headers of VXLAN off."""
    udp = dpkt.ethernet.Ethernet(octets).data.data
    return bytes(udp.data[8:]) if udp.dport == 4789 else octets


def tag(octets: bytes) -> bytes:
    """Insert a tag of 6 octets."""
    frame = dpkt.ethernet.Ethernet(octets)
    return bytes(frame.dst + frame.src + _TAG) + octets[12:]


def encap(octets: bytes) -> bytes:
    """Put outer headers of VXLAN in the place of the tag."""
    frame = dpkt.ethernet.Ethernet(octets)
    payload = bytes.fromhex("0800000000138900") + frame.dst + frame.src + octets[18:]
    udp = dpkt.udp.UDP(sport=49152, dport=4789, ulen=8 + len(payload), data=payload)
    ip = dpkt.ip.IP(src=b"\xc0\0\2\1", dst=b"\xc0\0\2\2", p=17, len=28 + len(payload), data=udp)
    return bytes(dpkt.ethernet.Ethernet(dst=b"\2\0\0\0\1\1", src=b"\2\0\0\0\1\0", type=0x0800, data=ip))


def main(job: str, source: str, target: str, frames: str) -> None:
    """Do one job on the first frames of a capture."""
    work = {"strip": strip, "tag": tag, "encap": encap}[job]
    with Path(source).open("rb") as file, Path(target).open("wb") as out:
        writer = dpkt.pcap.Writer(out, snaplen=_SNAPLEN)
        for time, octets in islice(dpkt.pcap.Reader(file), int(frames)):
            writer.writepkt(work(octets), time)


if __name__ == "__main__":
    main(*sys.argv[1:])
