"""Frames by VNID as one counts them in Python: by dovetool's frames or its columns, by dpkt, and by scapy.

Run as `python_frames.py WAY IN FRAMES`, of which 0 are all; prints JSON. Each library is loaded by who works with it.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from itertools import islice


def _frames(source: str, limit: int | None) -> Counter[int | None]:
    import dovetool

    return Counter(frame.vnid for frame in islice(dovetool.open(source), limit))


def _columns(source: str, _: int | None) -> Counter[int | None]:
    import dovetool

    counts: Counter[int | None] = Counter()
    for batch in dovetool.open(source).batches(["vnid"]):
        counts.update({each["values"]: each["counts"] for each in batch.column("vnid").value_counts().to_pylist()})
    return counts


def _dpkt(source: str, limit: int | None) -> Counter[int | None]:
    import dpkt

    counts: Counter[int | None] = Counter()
    with open(source, "rb") as file:  # noqa: PTH123  (as one writes it)
        for _, octets in islice(dpkt.pcap.Reader(file), limit):
            udp = dpkt.ethernet.Ethernet(octets).data.data
            if udp.dport == 4789:
                counts[int.from_bytes(udp.data[4:7])] += 1
    return counts


def _scapy(source: str, limit: int | None) -> Counter[int | None]:
    logging.getLogger("scapy").setLevel(logging.ERROR)
    from scapy.layers.inet import IP  # noqa: F401  (the layers below VXLAN)
    from scapy.layers.vxlan import VXLAN
    from scapy.utils import PcapReader

    counts: Counter[int | None] = Counter()
    with PcapReader(source) as reader:
        for packet in islice(reader, limit):
            if VXLAN in packet:
                counts[packet[VXLAN].vni] += 1
    return counts


_WAYS = {"frames": _frames, "columns": _columns, "dpkt": _dpkt, "scapy": _scapy}


def main(way: str, source: str, frames: str) -> None:
    """Count, one way or another."""
    print(json.dumps(_WAYS[way](source, int(frames) or None)))


if __name__ == "__main__":
    main(*sys.argv[1:])
